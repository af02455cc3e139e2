//! Campaign rules, which of them a campaign uses, and which job evaluates them.
//!
//! The rules of a campaign stand in one item beside it, a short list in the order of assignment. Whether a rule is
//! enabled anywhere stands with the rule ([`crate::uses`]), so that deleting it can be refused exactly.

use domain::ids::{CampaignId, JobId, RuleId};
use domain::rule::Rule;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::doc::{self, Listing, Record, Stored};
use crate::error::Error;
use crate::item::Item;
use crate::keys::{self, Key, Kind, List};
use crate::records::RuleRecord;
use crate::table::Read;
use crate::tx::Tx;
use crate::uses::Uses;

const LIST: List<'static> = List::All(Kind::Rule);
/// How many rules a campaign may have: an assignment writes an item for each, and so does a campaign that is made from
/// another one, beside its other items, in one transaction.
pub const MAX_ASSIGNED: usize = 40;

/// A rule of a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignedRule {
    /// The rule.
    pub rule: RuleId,
    /// Whether it is evaluated.
    pub enabled: bool,
    /// When it was assigned.
    pub assigned_at: Timestamp,
    /// The version that a campaign which is over has ended with; none as long as the newest counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct AssignedRecord {
    rules: Vec<AssignedRule>,
}

impl Record for AssignedRecord {
    const KIND: &'static str = "list of assigned rules";
    const FORMAT: u32 = 1;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct EvaluationRecord {
    job: JobId,
}

impl Record for EvaluationRecord {
    const KIND: &'static str = "evaluation";
    const FORMAT: u32 = 1;
}

fn of(stored: Stored<RuleRecord>) -> Stored<Rule> {
    let version = stored.version;
    stored.map(|record| record.into_domain(version))
}

/// Campaign rules.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a>(&'a Store);

impl Store {
    /// Campaign rules.
    pub fn rules(&self) -> Rules<'_> {
        Rules(self)
    }
}

impl Rules<'_> {
    /// One rule, read consistently; `None` also when it is deleted.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn get(&self, id: &RuleId) -> Result<Option<Stored<Rule>>, Error> {
        Ok(self.0.load(&rule_key(id)).await?.map(of))
    }

    /// Several rules in the order of `ids`, read consistently; those that do not exist are left out.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn get_many(&self, ids: &[RuleId]) -> Result<Vec<Rule>, Error> {
        let items = self.0.table().batch_get(ids.iter().map(rule_key).collect(), Read::Consistent).await?;
        let mut rules = Vec::with_capacity(items.len());
        for item in items {
            rules.extend(doc::read(&item)?.map(|stored| of(stored).value));
        }
        rules.sort_by_key(|rule: &Rule| ids.iter().position(|id| *id == rule.id));
        Ok(rules)
    }

    /// Rules, the last created first, then by id; at most `limit` behind the one that `after` names.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn list(&self, after: Option<(Timestamp, RuleId)>, limit: usize) -> Result<Listing<Rule>, Error> {
        let after = after.map(|(at, id)| keys::newest_first(&LIST, at, id).sk);
        let found = self.0.load_list(&LIST, after.as_deref(), limit).await?;
        let values = found.values.into_iter().map(|stored| of(stored).value);
        Ok(Listing { values: values.collect(), more: found.more })
    }

    /// Several rules as they were in given versions, in the order of `pinned`, whether or not they still exist.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; [`Error::Corrupt`] also for a version that there never was.
    pub async fn versions(&self, pinned: &[(RuleId, u64)]) -> Result<Vec<Rule>, Error> {
        let found = self.0.load_versions(Kind::Rule, pinned).await?;
        Ok(found.into_iter().map(|stored| of(stored).value).collect())
    }

    /// One rule as it was in a version, whether or not it still exists; `None` for a version that there never was.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn version(&self, id: &RuleId, version: u64) -> Result<Option<Rule>, Error> {
        let mut found = self.0.find_versions(Kind::Rule, &[(id, version)]).await?;
        Ok(found.pop().flatten().map(|stored| of(stored).value))
    }

    /// The campaigns in which a rule is enabled.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn uses(&self, id: &RuleId) -> Result<Uses, Error> {
        self.0.load_uses(Kind::Rule, id).await
    }

    /// The rules of a campaign in the order of their assignment, read consistently; version 0 before the first.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn assigned(&self, campaign: &CampaignId) -> Result<Stored<Vec<AssignedRule>>, Error> {
        let stored = self.0.load::<AssignedRecord>(&keys::assigned_rules(campaign)).await?;
        let none = Stored { value: Vec::new(), version: 0, command: None, earlier: Vec::new() };
        Ok(stored.map_or(none, |stored| stored.map(|record| record.rules)))
    }

    /// The job that evaluates the rules of a campaign, or did so last, read consistently.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn evaluation(&self, campaign: &CampaignId) -> Result<Option<Stored<JobId>>, Error> {
        let stored = self.0.load::<EvaluationRecord>(&keys::evaluation(campaign)).await?;
        Ok(stored.map(|stored| stored.map(|record| record.job)))
    }
}

/// The rules in the item of a campaign's rules.
pub(crate) fn assigned_of(item: &Item) -> Result<Vec<AssignedRule>, Error> {
    Ok(doc::read::<AssignedRecord>(item)?.map(|stored| stored.value.rules).unwrap_or_default())
}

fn rule_key(id: &RuleId) -> Key {
    keys::aggregate(Kind::Rule, id)
}

impl Tx<'_> {
    /// Adds a new rule.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn insert_rule(&mut self, rule: &Rule) -> Result<(), Error> {
        let key = rule_key(&rule.id);
        self.insert(key.clone(), &RuleRecord::from(rule))?;
        self.list(keys::newest_first(&LIST, rule.created_at, rule.id), &key);
        Ok(())
    }

    /// Adds a change of a rule from `before`, as it was read. That version stays readable.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn update_rule(&mut self, rule: &Rule, before: &Rule) -> Result<(), Error> {
        self.replace(rule_key(&rule.id), &RuleRecord::from(rule), before.version)?;
        self.keep_version(Kind::Rule, before.id, &RuleRecord::from(before), before.version)
    }

    /// Adds the deletion of a rule that stands at `version`, if it is used nowhere but where it was when `uses` were
    /// read, and the `waiting` ones of those campaigns, at most [`crate::uses::MAX_WAITING`], have not changed. Its record stays,
    /// because logs name it.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn delete_rule(
        &mut self,
        rule: &Rule,
        version: u64,
        uses: &Uses,
        waiting: &[(CampaignId, u64)],
    ) -> Result<(), Error> {
        self.delete(rule_key(&rule.id), &RuleRecord::from(rule), version, true)?;
        self.unlist(keys::newest_first(&LIST, rule.created_at, rule.id));
        self.end_uses(Kind::Rule, rule.id, uses, waiting.iter().copied());
        Ok(())
    }

    /// Adds the rules of a campaign as they are from now on, from `version`, the one that was read. `switched` tells
    /// which of them became, or ceased to be, enabled in it: those must not have been deleted.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn assign_rules(
        &mut self,
        campaign: &CampaignId,
        rules: &[AssignedRule],
        version: u64,
        switched: &[(RuleId, bool)],
    ) -> Result<(), Error> {
        let key = keys::assigned_rules(campaign);
        let record = AssignedRecord { rules: rules.to_vec() };
        match version {
            0 => self.insert(key, &record)?,
            version => self.replace(key, &record, version)?,
        }
        for (rule, enabled) in switched {
            self.note_use(Kind::Rule, rule, campaign, *enabled);
        }
        Ok(())
    }

    /// Adds that a job evaluates the rules of a campaign from now on, if the evaluation that was read is still the last:
    /// `version` is 0 when there was none.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn begin_evaluation(&mut self, campaign: &CampaignId, job: JobId, version: u64) -> Result<(), Error> {
        let (key, record) = (keys::evaluation(campaign), EvaluationRecord { job });
        match version {
            0 => self.insert(key, &record),
            version => self.replace(key, &record, version),
        }
    }
}
