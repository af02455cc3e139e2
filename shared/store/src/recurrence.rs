//! Campaigns that are made again and again: what is set up, and how far it has come.
//!
//! One item beside the campaign that the others are made like. It stands in the index of due times while there is a next
//! time, and is changed in the transaction that makes a campaign: whoever comes second finds another version.

use domain::ids::CampaignId;
use domain::recurrence::Series;
use jiff::Timestamp;

use crate::Store;
use crate::doc::{self, Stored};
use crate::error::Error;
use crate::keys;
use crate::records::SeriesRecord;
use crate::tx::Tx;

/// The partition of the index of due times in which series are found.
const DUE: &str = "RECUR";

/// Series of campaigns.
#[derive(Debug, Clone, Copy)]
pub struct Recurrences<'a>(&'a Store);

impl Store {
    /// Series of campaigns.
    pub fn recurrences(&self) -> Recurrences<'_> {
        Recurrences(self)
    }
}

impl Recurrences<'_> {
    /// The series of campaigns made like one, read consistently; also one that is called off.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn get(&self, template: &CampaignId) -> Result<Option<Stored<Series>>, Error> {
        let stored = self.0.load::<SeriesRecord>(&keys::recurrence(template)).await?;
        stored.map(|stored| stored.try_map(|record| record.into_domain(template))).transpose()
    }

    /// Campaigns whose series have a time at or before `now`, at most `limit`, the longest overdue first. The index may
    /// lag: read each series before acting on it.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<CampaignId>, Error> {
        self.0.due(DUE, now, limit).await
    }
}

impl Tx<'_> {
    /// Adds a series as it stands from now on, from `version`, the one that was read; `None` where there was none.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn put_series(&mut self, series: &Series, version: Option<u64>) -> Result<(), Error> {
        let key = keys::recurrence(&series.template);
        let next = version.map_or(1, |version| version + 1);
        let mut item = doc::item(&key, &SeriesRecord::from(series), next, self.command())?;
        if let Some(next) = series.next {
            doc::due(&mut item, DUE, next.at, &series.template.to_string());
        }
        match version {
            None => self.insert_item("recurrence", key, item),
            Some(version) => self.replace_item("recurrence", key, item, version),
        }
        Ok(())
    }
}
