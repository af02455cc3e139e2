//! How somebody finds a data source, to know later whether something was said of it since.

use domain::ids::{CommandId, DataSourceId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Inventory, Source, SourceRecord};
use crate::doc::{self, Stored};
use crate::error::Error;
use crate::expr::Expr;
use crate::item;
use crate::keys::{self, Kind};
use crate::table::{Read, Write};
use crate::tx::Tx;

/// A data source, or what its deletion left behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// The data source; `None` when it is deleted or has never been there.
    pub source: Option<Stored<Source>>,
    /// The command that has deleted it, for as long as that is remembered: far longer than a delivery is on its way.
    pub gone: Option<CommandId>,
}

/// What there was of a data source. Two that are the same: nobody has loaded, made or deleted it in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// Nothing, as far as is remembered.
    Nothing,
    /// What this command has deleted.
    Deleted(CommandId),
    /// The data source.
    There {
        /// When it was made.
        since: Timestamp,
        /// The delivery that was taken last.
        delivery: Option<CommandId>,
    },
}

impl Standing {
    /// What there is.
    pub fn found(&self) -> Found {
        match (&self.source, self.gone) {
            (Some(stored), _) => Found::from(&stored.value),
            (None, Some(by)) => Found::Deleted(by),
            (None, None) => Found::Nothing,
        }
    }
}

impl From<&Source> for Found {
    fn from(source: &Source) -> Self {
        Self::There { since: source.created_at, delivery: source.delivery }
    }
}

impl Inventory<'_> {
    /// One data source or what its deletion left behind, read consistently.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn standing(&self, id: &DataSourceId) -> Result<Standing, Error> {
        let nothing = Standing { source: None, gone: None };
        let key = keys::aggregate(Kind::Source, id);
        let Some(item) = self.0.table().get(&key, Read::Consistent).await? else { return Ok(nothing) };
        match doc::read::<SourceRecord>(&item)? {
            Some(stored) => Ok(Standing { source: Some(stored.map(Source::from)), ..nothing }),
            None => Ok(Standing { gone: doc::command_of(&item), ..nothing }),
        }
    }
}

impl Tx<'_> {
    /// Adds a data source as [`Self::insert_source`] does, if nobody has made and deleted one since it was found missing:
    /// `gone` is the deletion that was found.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn insert_source_after(&mut self, source: &Source, gone: Option<CommandId>) -> Result<(), Error> {
        let key = keys::aggregate(Kind::Source, &source.id);
        let item = doc::item(&key, &SourceRecord::from(source), 1, self.command())?;
        let condition = match gone {
            None => Expr::absent(),
            Some(by) => Expr::condition("attribute_not_exists(#pk) OR (attribute_exists(#gone) AND #cmd = :by)")
                .value(":by", item::text(by.to_string())),
        };
        self.plan("data source", key.clone(), Some(1), Write::Put(item, condition));
        self.enter_source(source, &key);
        Ok(())
    }
}
