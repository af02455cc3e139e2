//! Policies, and which of them are applied to a campaign.
//!
//! The policies of a campaign stand in one item beside it, a short list in the order of their application. Where a policy
//! is applied stands with the policy ([`crate::uses`]), so that deleting it can be refused exactly.

use domain::ids::{CampaignId, PolicyId};
use domain::policy::Policy;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::doc::{self, Listing, Record, Stored};
use crate::error::Error;
use crate::item::Item;
use crate::keys::{self, Key, Kind, List};
use crate::records::PolicyRecord;
use crate::table::Read;
use crate::tx::Tx;
use crate::uses::Uses;

const LIST: List<'static> = List::All(Kind::Policy);
/// How many policies a campaign may have: a campaign that is made from another one writes an item for each, beside its
/// other items and those of its rules, in one transaction.
pub const MAX_APPLIED: usize = 30;

/// A policy of a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AppliedPolicy {
    /// The policy.
    pub policy: PolicyId,
    /// What stands in for its own limit in this campaign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// When it was applied first.
    pub applied_at: Timestamp,
    /// The version that a campaign which is over has ended with; none as long as the newest counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct AppliedRecord {
    policies: Vec<AppliedPolicy>,
}

impl Record for AppliedRecord {
    const KIND: &'static str = "list of applied policies";
    const FORMAT: u32 = 1;
}

/// A policy as it was when something began that goes by it, in a form that can be kept with that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrozenPolicy {
    version: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    threshold: Option<f64>,
    policy: PolicyRecord,
}

impl FrozenPolicy {
    /// A policy with the threshold of its campaign, as far as checks go by it: its description is left out.
    pub fn new(policy: &Policy, threshold: Option<f64>) -> Self {
        let mut record = PolicyRecord::from(policy);
        record.description.clear();
        Self { version: policy.version, threshold, policy: record }
    }

    /// The policy, and the threshold of its campaign.
    pub fn thaw(self) -> (Policy, Option<f64>) {
        (self.policy.into_domain(self.version), self.threshold)
    }
}

fn of(stored: Stored<PolicyRecord>) -> Stored<Policy> {
    let version = stored.version;
    stored.map(|record| record.into_domain(version))
}

/// Policies.
#[derive(Debug, Clone, Copy)]
pub struct Policies<'a>(&'a Store);

impl Store {
    /// Policies.
    pub fn policies(&self) -> Policies<'_> {
        Policies(self)
    }
}

impl Policies<'_> {
    /// One policy, read consistently; `None` also when it is deleted.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn get(&self, id: &PolicyId) -> Result<Option<Stored<Policy>>, Error> {
        Ok(self.0.load(&policy_key(id)).await?.map(of))
    }

    /// Several policies in the order of `ids`, read consistently; those that do not exist are left out.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn get_many(&self, ids: &[PolicyId]) -> Result<Vec<Policy>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let items = self.0.table().batch_get(ids.iter().map(policy_key).collect(), Read::Consistent).await?;
        let mut policies = Vec::with_capacity(items.len());
        for item in items {
            policies.extend(doc::read(&item)?.map(|stored| of(stored).value));
        }
        policies.sort_by_key(|policy: &Policy| ids.iter().position(|id| *id == policy.id));
        Ok(policies)
    }

    /// Policies, the last created first, then by id; at most `limit` behind the one that `after` names.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn list(&self, after: Option<(Timestamp, PolicyId)>, limit: usize) -> Result<Listing<Policy>, Error> {
        let after = after.map(|(at, id)| keys::newest_first(&LIST, at, id).sk);
        let found = self.0.load_list(&LIST, after.as_deref(), limit).await?;
        let values = found.values.into_iter().map(|stored| of(stored).value);
        Ok(Listing { values: values.collect(), more: found.more })
    }

    /// Several policies as they were in given versions, in the order of `pinned`, whether or not they still exist.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; [`Error::Corrupt`] also for a version that there never was.
    pub async fn versions(&self, pinned: &[(PolicyId, u64)]) -> Result<Vec<Policy>, Error> {
        let found = self.0.load_versions(Kind::Policy, pinned).await?;
        Ok(found.into_iter().map(|stored| of(stored).value).collect())
    }

    /// One policy as it was in a version, whether or not it still exists; `None` for a version that there never was.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn version(&self, id: &PolicyId, version: u64) -> Result<Option<Policy>, Error> {
        let mut found = self.0.find_versions(Kind::Policy, &[(id, version)]).await?;
        Ok(found.pop().flatten().map(|stored| of(stored).value))
    }

    /// The campaigns to which a policy is applied.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn uses(&self, id: &PolicyId) -> Result<Uses, Error> {
        self.0.load_uses(Kind::Policy, id).await
    }

    /// The policies of a campaign in the order of their application, read consistently; version 0 before the first.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn applied(&self, campaign: &CampaignId) -> Result<Stored<Vec<AppliedPolicy>>, Error> {
        let stored = self.0.load::<AppliedRecord>(&keys::applied_policies(campaign)).await?;
        let none = Stored { value: Vec::new(), version: 0, command: None, earlier: Vec::new() };
        Ok(stored.map_or(none, |stored| stored.map(|record| record.policies)))
    }
}

/// The policies in the item of a campaign's policies.
pub(crate) fn applied_of(item: &Item) -> Result<Vec<AppliedPolicy>, Error> {
    Ok(doc::read::<AppliedRecord>(item)?.map(|stored| stored.value.policies).unwrap_or_default())
}

fn policy_key(id: &PolicyId) -> Key {
    keys::aggregate(Kind::Policy, id)
}

impl Tx<'_> {
    /// Adds a new policy.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn insert_policy(&mut self, policy: &Policy) -> Result<(), Error> {
        let key = policy_key(&policy.id);
        self.insert(key.clone(), &PolicyRecord::from(policy))?;
        self.list(keys::newest_first(&LIST, policy.created_at, policy.id), &key);
        Ok(())
    }

    /// Adds a change of a policy from `before`, as it was read. That version stays readable.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn update_policy(&mut self, policy: &Policy, before: &Policy) -> Result<(), Error> {
        self.replace(policy_key(&policy.id), &PolicyRecord::from(policy), before.version)?;
        self.keep_version(Kind::Policy, before.id, &PolicyRecord::from(before), before.version)
    }

    /// Adds the deletion of a policy that stands at `version`, if it is applied nowhere but where it was when `uses` were
    /// read, and the `waiting` ones of those campaigns, at most [`crate::uses::MAX_WAITING`], have not changed. Its record
    /// stays, because logs name it.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn delete_policy(
        &mut self,
        policy: &Policy,
        version: u64,
        uses: &Uses,
        waiting: &[(CampaignId, u64)],
    ) -> Result<(), Error> {
        self.delete(policy_key(&policy.id), &PolicyRecord::from(policy), version, true)?;
        self.unlist(keys::newest_first(&LIST, policy.created_at, policy.id));
        self.end_uses(Kind::Policy, policy.id, uses, waiting.iter().copied());
        Ok(())
    }

    /// Adds the policies of a campaign as they are from now on, from `version`, the one that was read. `switched` tells
    /// which of them became, or ceased to be, applied to it: those must not have been deleted.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn apply_policies(
        &mut self,
        campaign: &CampaignId,
        policies: &[AppliedPolicy],
        version: u64,
        switched: &[(PolicyId, bool)],
    ) -> Result<(), Error> {
        let key = keys::applied_policies(campaign);
        let record = AppliedRecord { policies: policies.to_vec() };
        match version {
            0 => self.insert(key, &record)?,
            version => self.replace(key, &record, version)?,
        }
        for (policy, applied) in switched {
            self.note_use(Kind::Policy, policy, campaign, *applied);
        }
        Ok(())
    }
}
