//! Campaigns.

use domain::ids::{CampaignId, CommandId};
use domain::review::Campaign;
use jiff::Timestamp;

use crate::Store;
use crate::doc::{self, Listing, Record, Stored};
use crate::error::Error;
use crate::item::Item;
use crate::keys::{self, Key, Kind, List};
use crate::records::CampaignRecord;
use crate::table::Read;
use crate::tx::Tx;

const LIST: List<'static> = List::All(Kind::Campaign);
/// The partition of the index of due times in which campaigns that start by themselves are found.
const DUE: &str = "CAMPAIGN";

pub(crate) fn of(stored: Stored<CampaignRecord>) -> Stored<Campaign> {
    let version = stored.version;
    stored.map(|record| record.into_domain(version))
}

/// Campaigns.
#[derive(Debug, Clone, Copy)]
pub struct Campaigns<'a>(&'a Store);

impl Store {
    /// Campaigns.
    pub fn campaigns(&self) -> Campaigns<'_> {
        Campaigns(self)
    }
}

impl Campaigns<'_> {
    /// One campaign, read consistently; `None` also when it is deleted.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn get(&self, id: &CampaignId) -> Result<Option<Stored<Campaign>>, Error> {
        Ok(self.0.load(&keys::aggregate(Kind::Campaign, id)).await?.map(of))
    }

    /// One campaign, read consistently, also when it was deleted and is kept as evidence.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn get_kept(&self, id: &CampaignId) -> Result<Option<Stored<Campaign>>, Error> {
        let item = self.0.table().get(&keys::aggregate(Kind::Campaign, id), Read::Consistent).await?;
        Ok(item.as_ref().map(doc::read_kept).transpose()?.flatten().map(of))
    }

    /// Several campaigns, read consistently and in no order; those that do not exist are left out.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn get_many(&self, ids: &[CampaignId]) -> Result<Vec<Stored<Campaign>>, Error> {
        let names = ids.iter().map(|id| keys::aggregate(Kind::Campaign, id)).collect();
        let mut found = Vec::new();
        for item in self.0.table().batch_get(names, Read::Consistent).await? {
            found.extend(doc::read(&item)?.map(of));
        }
        Ok(found)
    }

    /// Campaigns that start by themselves at or before `now`, at most `limit`, the longest overdue first. The index may
    /// lag: read each campaign before acting on it.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<CampaignId>, Error> {
        self.0.due(DUE, now, limit).await
    }

    /// Campaigns, the last created first, then by id; at most `limit` behind the one that `after` names.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn list(
        &self,
        after: Option<(Timestamp, CampaignId)>,
        limit: usize,
    ) -> Result<Listing<Stored<Campaign>>, Error> {
        let after = after.map(|(at, id)| keys::newest_first(&LIST, at, id).sk);
        let found = self.0.load_list(&LIST, after.as_deref(), limit).await?;
        Ok(Listing { values: found.values.into_iter().map(of).collect(), more: found.more })
    }
}

fn item(key: &Key, campaign: &Campaign, version: u64, command: CommandId) -> Result<Item, Error> {
    let mut item = doc::item(key, &CampaignRecord::from(campaign), version, command)?;
    if let Some(at) = campaign.starts_by_itself() {
        doc::due(&mut item, DUE, at, &campaign.id.to_string());
    }
    Ok(item)
}

impl Tx<'_> {
    /// Adds a new campaign. The commit fails when its workflow was deleted.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn insert_campaign(&mut self, campaign: &Campaign) -> Result<(), Error> {
        let key = keys::aggregate(Kind::Campaign, campaign.id);
        let item = item(&key, campaign, 1, self.command())?;
        self.insert_item(CampaignRecord::KIND, key.clone(), item);
        self.count_use(Kind::Workflow, campaign.workflow_id);
        self.list(keys::newest_first(&LIST, campaign.created_at, campaign.id), &key);
        Ok(())
    }

    /// Adds a change of a campaign from `version`, the one that was read. One that is deleted leaves all lists; it is
    /// kept for good when it had ever been started.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn update_campaign(&mut self, campaign: &Campaign, version: u64) -> Result<(), Error> {
        let key = keys::aggregate(Kind::Campaign, campaign.id);
        if campaign.deleted_at.is_none() {
            let item = item(&key, campaign, version + 1, self.command())?;
            self.replace_item(CampaignRecord::KIND, key, item, version);
            return Ok(());
        }
        self.delete(key, &CampaignRecord::from(campaign), version, campaign.started_at.is_some())?;
        self.unlist(keys::newest_first(&LIST, campaign.created_at, campaign.id));
        Ok(())
    }
}
