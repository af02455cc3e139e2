//! Batch groups of an attempt: rows that can be decided together, encoded by whoever formed them, some hundred to an item.

use columns::Batch;
use domain::ids::ReviewId;

use crate::Store;
use crate::error::Error;
use crate::item::{self, Fields, Item};
use crate::keys;
use crate::table::{Query, Read};

/// Groups that share an item: with 500 rows each they stay far below what an item holds.
pub const GROUPS_PER_ITEM: usize = 256;

/// Batch groups.
#[derive(Debug, Clone, Copy)]
pub struct Groups<'a>(&'a Store);

impl Store {
    /// Batch groups.
    pub fn groups(&self) -> Groups<'_> {
        Groups(self)
    }
}

impl Groups<'_> {
    /// The groups from number `n` * 256 on, counted from nought; `None` where there are none.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn some(&self, review: &ReviewId, attempt: u32, n: u32) -> Result<Option<Batch>, Error> {
        let item = self.0.table().get(&keys::groups(review, attempt, n), Read::Consistent).await?;
        item.as_ref().map(decoded).transpose()
    }

    /// All groups of an attempt, in their order.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn all(&self, review: &ReviewId, attempt: u32) -> Result<Vec<Batch>, Error> {
        let query = Query::prefix(keys::review_partition(review), keys::groups_prefix(attempt), Read::Consistent);
        self.0.table().query(&query).await?.items.iter().map(decoded).collect()
    }
}

fn decoded(item: &Item) -> Result<Batch, Error> {
    columns::decode(item.get_binary("d")?).map_err(|error| Error::corrupt(item.label(), error))
}

/// The item of the encoded groups from number `n` * 256 on.
pub(crate) fn item(review: &ReviewId, attempt: u32, n: u32, encoded: &[u8]) -> Item {
    let mut item = item::keyed(&keys::groups(review, attempt, n));
    item.insert("v".to_owned(), item::number(1));
    item.insert("d".to_owned(), item::binary(encoded));
    item
}
