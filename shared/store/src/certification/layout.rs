//! What an attempt was built from and how its rows are laid out: written before publication, never changed after.

use std::sync::Arc;

use domain::ids::ReviewId;

use super::Certifications;
use crate::error::Error;
use crate::expr::Expr;
use crate::item::{self, Fields, Item};
use crate::keys::{self, BLOCKS_PER_ZONES};
use crate::table::{Query, Read, Write};
use crate::tx::Tx;

/// How the rows of an attempt are laid out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// How many rows.
    pub rows: u32,
    /// The first row of each block, ascending from 0; a block ends where the next begins.
    pub starts: Vec<u32>,
    /// Whatever readers need to know about all blocks, as its writer likes it; at most 300 KB.
    pub header: String,
}

impl Plan {
    /// The block of a row, with the row's place in it; `None` beyond the last row.
    pub fn locate(&self, row: u32) -> Option<(u32, usize)> {
        if row >= self.rows {
            return None;
        }
        let block = self.starts.partition_point(|start| *start <= row).checked_sub(1)?;
        let start = self.starts.get(block)?;
        Some((u32::try_from(block).ok()?, usize::try_from(row - start).ok()?))
    }

    /// The rows of a block; empty for one that does not exist.
    pub fn rows_of(&self, block: u32) -> std::ops::Range<u32> {
        let at = usize::try_from(block).unwrap_or(usize::MAX);
        let start = self.starts.get(at).copied().unwrap_or(self.rows);
        let end = at.checked_add(1).and_then(|next| self.starts.get(next)).copied().unwrap_or(self.rows);
        start..end
    }

    /// How many blocks.
    pub fn blocks(&self) -> u32 {
        u32::try_from(self.starts.len()).unwrap_or(u32::MAX)
    }
}

impl Certifications<'_> {
    /// Writes the layout of an attempt. Safe to repeat.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::Unavailable`].
    pub async fn write_plan(&self, id: &ReviewId, attempt: u32, plan: &Plan) -> Result<(), Error> {
        self.0.table().put(&plan_item(id, attempt, plan), &Expr::default()).await?;
        Ok(())
    }

    /// The layout of an attempt; `None` when it was never written.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn plan(&self, id: &ReviewId, attempt: u32) -> Result<Option<Arc<Plan>>, Error> {
        if let Some(plan) = self.0.cache().plan(id, attempt) {
            return Ok(Some(plan));
        }
        let key = keys::plan(id, attempt);
        let mut item = self.0.table().get(&key, Read::Eventual).await?;
        if item.is_none() {
            // Whoever is told of it at once may be faster than a replica.
            item = self.0.table().get(&key, Read::Consistent).await?;
        }
        item.map(|item| self.keep_plan(id, attempt, &item)).transpose()
    }

    /// Reads a layout out of its item and keeps it.
    pub(crate) fn keep_plan(&self, id: &ReviewId, attempt: u32, item: &Item) -> Result<Arc<Plan>, Error> {
        let (starts, rest) = item.get_binary("starts")?.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(Error::corrupt(item.label(), "block starts of a broken length"));
        }
        let plan = Arc::new(Plan {
            rows: item.get_number("rows")?,
            starts: starts.iter().map(|start| u32::from_le_bytes(*start)).collect(),
            header: item.get_text("d")?.to_owned(),
        });
        self.0.cache().keep_plan(id, attempt, Arc::clone(&plan));
        Ok(plan)
    }

    /// Writes the encoded zone maps of the blocks from `n` * 128 on. Safe to repeat.
    ///
    /// # Errors
    /// [`Error::TooLarge`] beyond 400 KB; [`Error::Unavailable`].
    pub async fn write_zones(&self, id: &ReviewId, attempt: u32, n: u32, zones: &[u8]) -> Result<(), Error> {
        self.0.table().put(&zones_item(id, attempt, n, zones), &Expr::default()).await?;
        Ok(())
    }

    /// The encoded zone maps of an attempt with so many blocks, one entry for every 128 blocks, in order. They never
    /// change, so that they are kept once all of them have been seen.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn zones(&self, id: &ReviewId, attempt: u32, blocks: u32) -> Result<Arc<Vec<Vec<u8>>>, Error> {
        if let Some(zones) = self.0.cache().zones(id, attempt) {
            return Ok(zones);
        }
        let query = Query::prefix(keys::review_partition(id), keys::zones_prefix(attempt), Read::Eventual);
        let items = self.0.table().query(&query).await?.items;
        let zones: Result<Vec<Vec<u8>>, Error> = items.iter().map(|item| Ok(item.get_binary("d")?.to_vec())).collect();
        let zones = Arc::new(zones?);
        if zones.len() == blocks.div_ceil(BLOCKS_PER_ZONES) as usize {
            self.0.cache().keep_zones(id, attempt, Arc::clone(&zones));
        }
        Ok(zones)
    }
}

impl Tx<'_> {
    /// Adds what an attempt is built from, as JSON, unless it is frozen already: the first writer wins, and every later
    /// step reads only that, so that a repeated step lands the same rows on the same keys.
    pub fn freeze_inputs(&mut self, id: &ReviewId, attempt: u32, inputs: &str) {
        let key = keys::inputs(id, attempt);
        let mut item = item::keyed(&key);
        item.insert("v".to_owned(), item::number(1));
        item.insert("d".to_owned(), item::text(inputs));
        self.plan("inputs", key, None, Write::Put(item, Expr::absent()));
    }
}

/// What an attempt was built from.
pub(crate) fn inputs_of(item: &Item) -> Result<String, Error> {
    Ok(item.get_text("d")?.to_owned())
}

/// The item of a layout.
pub(crate) fn plan_item(id: &ReviewId, attempt: u32, plan: &Plan) -> Item {
    let mut item = item::keyed(&keys::plan(id, attempt));
    let starts: Vec<u8> = plan.starts.iter().flat_map(|start| start.to_le_bytes()).collect();
    item.insert("v".to_owned(), item::number(1));
    item.insert("rows".to_owned(), item::number(plan.rows));
    item.insert("starts".to_owned(), item::binary(starts));
    item.insert("d".to_owned(), item::text(&plan.header));
    item
}

/// The item of encoded zone maps.
pub(crate) fn zones_item(id: &ReviewId, attempt: u32, n: u32, zones: &[u8]) -> Item {
    let mut item = item::keyed(&keys::zones(id, attempt, n));
    item.insert("v".to_owned(), item::number(1));
    item.insert("d".to_owned(), item::binary(zones));
    item
}
