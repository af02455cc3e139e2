//! Which data source an account id belongs to.
//!
//! It is told by the current versions of the data sources. Whoever brings account ids that the data source did not have looks
//! for them there first, and says when putting them in place that nobody else has brought any since: a count of all such
//! deliveries stands in an item of its own, which each of them reads before it looks, and moves on.

use super::Inventory;
use crate::doc;
use crate::error::Error;
use crate::expr::Expr;
use crate::item;
use crate::keys;
use crate::table::{Read, Write};
use crate::tx::Tx;

impl Inventory<'_> {
    /// How often account ids have been brought that were not there before, read consistently.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn claims(&self) -> Result<u64, Error> {
        let item = self.0.table().get(&keys::claims(), Read::Consistent).await?;
        Ok(item.as_ref().map_or(0, doc::version_of))
    }
}

impl Tx<'_> {
    /// Adds that account ids are brought which were in no other data source when `claims` was read. Where others have brought
    /// some since, the commit fails.
    pub fn claim_accounts(&mut self, claims: u64) {
        let key = keys::claims();
        let mut item = item::keyed(&key);
        item.insert("v".to_owned(), item::number(1));
        item.insert("rev".to_owned(), item::number(claims + 1));
        item.insert("cmd".to_owned(), item::text(self.command().to_string()));
        let condition = match claims {
            0 => Expr::absent(),
            _ => Expr::condition("#rev = :rev").value(":rev", item::number(claims)),
        };
        self.plan("the claims of account ids", key, Some(claims + 1), Write::Put(item, condition));
    }
}
