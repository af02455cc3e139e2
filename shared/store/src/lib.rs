//! The table: every key, every stored form, and one module per aggregate.
//!
//! The store speaks through `aws-sdk-dynamodb` alone; which engine answers is the client's matter. [`keys`] formats
//! every key and lists every question that is asked. Handles ([`Store::pages`], [`Store::campaigns`], ...) read; what is
//! written goes through one of three doors:
//!
//! - [`Store::write`] gathers small aggregates and messages into one transaction ([`tx::Tx`]);
//! - [`page::Pages::commit`] carries out a command on rows: state, log, notes, counts and messages together;
//! - bulk writers (`blocks().write`, `lookup().write`, `reaches().write_all`, `inventory().write`) put items that nobody
//!   reads before something else points to them, and are safe to repeat.
//!
//! Nothing here reads a clock or decides anything: times are arguments, decisions are the caller's closures. A lost
//! answer never becomes a conflict: every conditional write recognises its own command.

pub mod api_key;
pub mod automation;
pub mod block;
mod cache;
pub mod campaign;
pub mod certification;
pub mod coverage;
mod delivered;
pub mod derived;
mod doc;
pub mod ending;
pub mod enter;
mod error;
mod expr;
pub mod groups;
pub mod help_page;
pub mod idempotency;
pub mod instructions;
pub mod inventory;
mod item;
pub mod job;
pub mod keys;
pub mod label;
mod last;
pub mod letter;
pub mod lookup;
pub mod outbox;
pub mod page;
pub mod policy;
pub mod prepared;
pub mod provider;
pub mod queue;
pub mod reach;
mod receipts;
mod records;
pub mod recurrence;
mod retry;
pub mod rule;
pub mod scim;
pub mod secret;
pub mod settings;
mod settled;
pub mod snapshot;
pub mod standing;
pub mod sweep;
mod table;
pub mod tx;
pub mod upload;
pub mod user;
pub mod uses;
mod versions;
pub mod workflow;

use std::sync::Arc;

use aws_sdk_dynamodb::Client;

pub use cache::DEFAULT_BYTES as DEFAULT_CACHE_BYTES;
pub use doc::{Listing, Stored};
pub use error::Error;
pub use outbox::Outgoing;
pub use retry::{Backoff, causes};
pub use table::Read;

use cache::Cache;
use last::Last;
use receipts::Receipts;
use table::Table;

/// The product's table. Cheap to clone; clones share what they keep in memory.
#[derive(Debug, Clone)]
pub struct Store {
    table: Table,
    cache: Arc<Cache>,
    last: Arc<Last>,
    receipts: Arc<Receipts>,
}

impl Store {
    /// The table `table` behind `client`.
    pub fn new(client: Client, table: impl Into<Arc<str>>) -> Self {
        Self {
            table: Table::new(client, table),
            cache: Arc::new(Cache::new(DEFAULT_CACHE_BYTES)),
            last: Arc::default(),
            receipts: Arc::default(),
        }
    }

    /// The same table through another client, as another process would have it; only the memory of blocks, which never
    /// change, is shared.
    #[must_use]
    pub fn through(&self, client: Client) -> Self {
        let (cache, last) = (Arc::clone(&self.cache), Arc::clone(&self.last));
        Self { table: Table::new(client, self.table.name()), cache, last, receipts: Arc::default() }
    }

    /// The same, keeping at most `bytes` of blocks in memory.
    #[must_use]
    pub fn with_cache(self, bytes: usize) -> Self {
        Self { cache: Arc::new(Cache::new(bytes)), ..self }
    }

    /// Opens the connection: one small read, to be done while a function starts.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the table does not answer, [`Error::Rejected`] when it is not there.
    pub async fn warm(&self) -> Result<(), Error> {
        self.table.get(&keys::out_sweep(0), table::Read::Eventual).await.map(|_| ())
    }

    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    pub(crate) fn cache(&self) -> &Cache {
        &self.cache
    }

    pub(crate) fn last(&self) -> &Last {
        &self.last
    }

    pub(crate) fn receipts(&self) -> &Receipts {
        &self.receipts
    }
}

#[cfg(test)]
mod tests;
