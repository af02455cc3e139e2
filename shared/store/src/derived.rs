//! What is derived for an attempt of a certification, gathered and written in as few requests as the table allows.
//!
//! Items of all kinds share requests: a small certification has a handful of each, and a request of its own for every
//! kind would cost it more than its rows.

use domain::ids::{ReviewId, RowId};
use domain::user::UserKey;
use jiff::Timestamp;

use crate::Store;
use crate::block;
use crate::certification::{Plan, layout};
use crate::coverage;
use crate::error::Error;
use crate::groups;
use crate::item::Item;
use crate::lookup::{self, IdentityHash};
use crate::reach::{self, Reach};

/// Derived items of one attempt. Nobody reads them before the attempt is published.
#[derive(Debug)]
#[must_use = "nothing is written before `write`"]
pub struct Derived<'a> {
    store: &'a Store,
    review: ReviewId,
    attempt: u32,
    items: Vec<Item>,
}

impl Store {
    /// Begins to gather what is derived for an attempt.
    pub fn derived(&self, review: &ReviewId, attempt: u32) -> Derived<'_> {
        Derived { store: self, review: *review, attempt, items: Vec::new() }
    }
}

impl Derived<'_> {
    /// Adds encoded blocks under their numbers.
    ///
    /// # Errors
    /// [`Error::TooLarge`] for a block beyond 87 MB.
    pub fn blocks(&mut self, blocks: impl IntoIterator<Item = (u32, Vec<u8>)>) -> Result<(), Error> {
        self.items.extend(block::items_of(&self.review, self.attempt, blocks)?);
        Ok(())
    }

    /// Adds the encoded zone maps of the blocks from `n` * 128 on: at most 400 KB.
    pub fn zones(&mut self, n: u32, zones: &[u8]) {
        self.items.push(layout::zones_item(&self.review, self.attempt, n, zones));
    }

    /// Adds the encoded batch groups from number `n` * 256 on: at most 400 KB.
    pub fn groups(&mut self, n: u32, groups: &[u8]) {
        self.items.push(groups::item(&self.review, self.attempt, n, groups));
    }

    /// Adds the lookup: one entry for each row of the attempt.
    pub fn lookup(&mut self, rows: &[(IdentityHash, RowId)]) {
        self.items.extend(lookup::items(&self.review, self.attempt, rows));
    }

    /// Adds the reach of all reviewers, and the list of them.
    pub fn reaches(&mut self, reaches: impl IntoIterator<Item = (UserKey, Reach)>) {
        self.items.extend(reach::items(&self.review, self.attempt, reaches));
    }

    /// Adds that these applications are covered by the campaign, which was started at a time.
    pub fn coverage<'a>(&mut self, started_at: Timestamp, applications: impl IntoIterator<Item = &'a str>) {
        self.items.extend(coverage::items(&self.review, started_at, applications));
    }

    /// Adds the layout.
    pub fn plan(&mut self, plan: &Plan) {
        self.items.push(layout::plan_item(&self.review, self.attempt, plan));
    }

    /// Writes everything. Safe to repeat as long as the attempt is not published: the same things land on the same keys.
    ///
    /// # Errors
    /// [`Error::TooLarge`] for an item that the table does not hold; [`Error::Unavailable`], with a part written.
    pub async fn write(self) -> Result<(), Error> {
        self.store.table().batch_put(self.items).await
    }
}
