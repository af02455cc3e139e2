//! Removes what nothing points to any more: attempts that were never published, versions that no snapshot names.
//!
//! Only sweepers may delete. A sweep does a bounded amount, says whether anything is left, and may be repeated: what
//! leads to the rest (the layout, the list of reviewers) goes last.

use domain::ids::{CommandId, DataSourceId, ReviewId};
use domain::user::UserKey;

use crate::Store;
use crate::error::Error;
use crate::item;
use crate::keys::{self, Key, PAGES_PER_REACH, SHARDS};
use crate::lookup;
use crate::table::{Query, Read};

/// How far a sweep came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swept {
    /// Nothing is left.
    All,
    /// The limit was reached: sweep again.
    Some,
}

/// Deletes.
#[derive(Debug, Clone, Copy)]
pub struct Sweeper<'a>(&'a Store);

impl Store {
    /// Deletes what nothing points to. To be used by sweepers alone.
    pub fn sweeper(&self) -> Sweeper<'_> {
        Sweeper(self)
    }
}

/// What may still be deleted in this call.
struct Budget(usize);

impl Budget {
    fn take(&mut self, wanted: usize) -> usize {
        let taken = wanted.min(self.0);
        self.0 -= taken;
        taken
    }
}

impl Sweeper<'_> {
    /// Deletes at most `limit` items of an attempt of a certification: blocks, lookup, reach, zone maps, batch groups, inputs, layout.
    /// `rows` is how many rows the attempt has or may have had. The caller makes sure that the attempt is not the live
    /// one and that nobody builds it any more.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn attempt(&self, review: &ReviewId, attempt: u32, rows: u32, limit: usize) -> Result<Swept, Error> {
        let mut budget = Budget(limit);
        for shard in 0..SHARDS {
            let partition = keys::block_partition(review, attempt, shard);
            if self.range(Query::all(partition, Read::Consistent), &mut budget).await? == Swept::Some {
                return Ok(Swept::Some);
            }
        }
        // What is known by name is deleted last and together, so that a call with a small limit does not begin anew with
        // the same names for ever.
        let names: Vec<Key> = (0..lookup::buckets(rows)).map(|n| keys::lookup(review, attempt, n)).collect();
        let users = Store::reaches(self.0).users(review, attempt).await?;
        self.reaches(review, attempt, rows, users).await?;
        self.0.table().batch_delete(&names).await?;
        for prefix in [keys::zones_prefix(attempt), keys::groups_prefix(attempt), keys::reviewers_prefix(attempt)] {
            let query = Query::prefix(keys::review_partition(review), prefix, Read::Consistent);
            if self.range(query, &mut budget).await? == Swept::Some {
                return Ok(Swept::Some);
            }
        }
        self.0.table().batch_delete(&[keys::plan(review, attempt), keys::inputs(review, attempt)]).await?;
        Ok(Swept::All)
    }

    /// Deletes at most `limit` items of what was decided on the rows of a certification: states, logs, notes. The caller
    /// makes sure that the certification is gone.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn decisions(&self, review: &ReviewId, limit: usize) -> Result<Swept, Error> {
        let mut budget = Budget(limit);
        for shard in 0..SHARDS {
            let query = Query::all(keys::page_partition(review, shard), Read::Consistent);
            if self.range(query, &mut budget).await? == Swept::Some {
                return Ok(Swept::Some);
            }
        }
        Ok(Swept::All)
    }

    /// Deletes what some users reach in an attempt of `rows` rows.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn reaches(
        &self,
        review: &ReviewId,
        attempt: u32,
        rows: u32,
        users: impl IntoIterator<Item = UserKey>,
    ) -> Result<(), Error> {
        let chunks = rows.div_ceil(domain::page::ROWS * PAGES_PER_REACH).max(1);
        let mut names: Vec<Key> = Vec::new();
        for user in users {
            names.extend((0..chunks).map(|chunk| keys::reach(&user, review, attempt, chunk)));
        }
        self.0.table().batch_delete(&names).await
    }

    /// Deletes at most `limit` items of a version of a data source. The caller makes sure that neither the data source
    /// nor a snapshot names it and that nobody writes it any more.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn version(&self, source: &DataSourceId, version: &CommandId, limit: usize) -> Result<Swept, Error> {
        // The head goes first: a version without one is not there.
        self.0.table().batch_delete(&[keys::version_head(source, version)]).await?;
        self.range(Query::all(keys::version_partition(source, version), Read::Consistent), &mut Budget(limit)).await
    }

    async fn range(&self, query: Query, budget: &mut Budget) -> Result<Swept, Error> {
        loop {
            let wanted = budget.take(100);
            if wanted == 0 {
                return Ok(Swept::Some);
            }
            let page = self.0.table().query(&query.clone().limit(wanted)).await?;
            let names: Vec<Key> = page.items.iter().map(item::key_of).collect::<Result<_, _>>()?;
            self.0.table().batch_delete(&names).await?;
            budget.0 += wanted - names.len();
            if !page.more {
                return Ok(Swept::All);
            }
        }
    }
}
