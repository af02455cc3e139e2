//! What came of deliveries of inventory: who repeats one is told what it did, whatever has been loaded since.

use domain::ids::{CommandId, DataSourceId};

use crate::doc;
use crate::error::Error;
use crate::expr::Expr;
use crate::idempotency::KEPT;
use crate::inventory::Inventory;
use crate::item::{self, Fields};
use crate::keys;
use crate::table::{Read, Write};
use crate::tx::Tx;

/// The attribute that holds what came of it.
const REPORT: &str = "report";

impl Inventory<'_> {
    /// What came of a delivery that is in place, or was, read consistently; `None` for one that never was, and when it is longer
    /// ago than calls may be repeated.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn delivered(&self, source: &DataSourceId, delivery: &CommandId) -> Result<Option<String>, Error> {
        let item = self.store().table().get(&keys::delivered(source, delivery), Read::Consistent).await?;
        item.map(|item| item.get_text(REPORT).map(str::to_owned)).transpose()
    }
}

impl Tx<'_> {
    /// Adds what came of the delivery that the command puts in place. Where that stands already, the commit fails.
    pub fn note_delivery(&mut self, source: &DataSourceId, report: &str) {
        let key = keys::delivered(source, &self.command());
        let mut item = item::keyed(&key);
        item.insert("v".to_owned(), item::number(1));
        item.insert(REPORT.to_owned(), item::text(report));
        item.insert(keys::TTL.to_owned(), item::number(doc::seconds(self.now(), KEPT + KEPT)));
        self.plan("what came of a delivery", key, None, Write::Put(item, Expr::absent()));
    }
}
