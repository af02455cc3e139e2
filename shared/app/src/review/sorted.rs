//! Pages of a list in an order that has to be sorted for: the first rows behind a place, out of all rows.
//!
//! When there are more rows than one call examines, the page is answered empty, with a cursor that carries how far the
//! search has come and which rows are the best so far; the call that completes it fills the page.

use std::cmp::Ordering;

use columns::ZoneMap;
use domain::ids::RowId;
use predicate::sort::{Order, RowKey};

use super::list::{Found, Position};
use super::scan::Scan;
use super::walk;
use crate::error::Error;

/// How many blocks are judged at a time.
const BLOCKS: usize = 64;
/// How many rows an unfinished sort carries in its cursor.
const MAX_HELD: usize = 1_000;

/// The first rows of an order, out of many that come in any order.
struct First<'a> {
    order: &'a Order,
    backwards: bool,
    limit: usize,
    held: Vec<(RowKey, RowId)>,
}

impl First<'_> {
    fn compare(&self, one: &(RowKey, RowId), two: &(RowKey, RowId)) -> Ordering {
        let ordering = self.order.compare(&one.0, &two.0).then(one.1.cmp(&two.1));
        if self.backwards { ordering.reverse() } else { ordering }
    }

    fn offer(&mut self, key: RowKey, row: RowId) {
        self.held.push((key, row));
        if self.held.len() >= self.limit.saturating_mul(2).max(1_024) {
            self.trim();
        }
    }

    fn trim(&mut self) {
        let mut held = std::mem::take(&mut self.held);
        held.sort_unstable_by(|one, two| self.compare(one, two));
        held.truncate(self.limit);
        self.held = held;
    }
}

/// One page.
pub(crate) async fn page(
    scan: &mut Scan<'_>,
    zones: &[ZoneMap],
    position: Position,
    limit: usize,
    backwards: bool,
) -> Result<Found, Error> {
    let query = scan.query;
    let may = |block: &u32| zones.get(*block as usize).is_none_or(|map| query.may_match(map));
    let blocks: Vec<u32> = scan.blocks().into_iter().filter(may).collect();
    let rows: usize = blocks.iter().map(|block| scan.visible(&scan.layout.plan.rows_of(*block))).sum();
    let bound = scan.deps.settings.examined_rows;
    // A sort that takes several calls carries its best rows in the cursor, which must stay short.
    let limit = if rows > bound { limit.min(MAX_HELD) } else { limit };
    let skip = usize::try_from(position.skip).unwrap_or(usize::MAX);
    if rows > bound && skip > 0 {
        return Err(Error::invalid("after", "is too deep for an offset: follow the cursors of the pages"));
    }
    let wanted = limit.saturating_add(skip).saturating_add(1);
    let mut first = First { order: query.order(), backwards, limit: wanted, held: Vec::new() };
    let after = after(scan, &position).await?;
    let mut at = usize::try_from(position.looked).unwrap_or(usize::MAX).min(blocks.len());
    reoffer(scan, &mut first, &position).await?;
    let mut examined = 0;
    while let Some(chunk) = blocks.get(at..(at + BLOCKS).min(blocks.len())).filter(|chunk| !chunk.is_empty()) {
        at += chunk.len();
        for judged in scan.judge(chunk).await? {
            examined += scan.visible(&judged.rows);
            for index in judged.passed.ones_iter() {
                let Some(row) = judged.rows.clone().nth(index).map(RowId) else { continue };
                let entry = (query.order().key(&judged.batch, index), row);
                if after.as_ref().is_none_or(|after| first.compare(&entry, after).is_gt()) {
                    first.offer(entry.0, entry.1);
                }
            }
        }
        if examined >= bound && at < blocks.len() {
            first.trim();
            return Ok(unfinished(position, at, first.held));
        }
    }
    first.trim();
    Ok(finish(first.held, skip, limit))
}

/// The place behind which the page starts.
async fn after(scan: &Scan<'_>, position: &Position) -> Result<Option<(RowKey, RowId)>, Error> {
    let Some(row) = position.row.map(RowId) else { return Ok(None) };
    let key = match &position.key {
        Some(key) => Some(key.clone()),
        None => walk::key_of(scan, row).await?,
    };
    Ok(key.map(|key| (key, row)))
}

fn finish(held: Vec<(RowKey, RowId)>, skip: usize, limit: usize) -> Found {
    let mut rows: Vec<(RowKey, RowId)> = held.into_iter().skip(skip).collect();
    let more = rows.len() > limit;
    rows.truncate(limit);
    let end = rows.last().map(|(key, row)| Position {
        row: Some(row.0),
        key: Some(key.clone()),
        ..Position::default()
    });
    let next = if more { end.clone() } else { None };
    Found { rows: rows.into_iter().map(|(_, row)| row).collect(), end, next }
}

/// Nothing yet, and where to go on: the best rows so far travel as the distances between their numbers.
fn unfinished(position: Position, looked: usize, held: Vec<(RowKey, RowId)>) -> Found {
    let mut numbers: Vec<u32> = held.into_iter().map(|(_, row)| row.0).collect();
    numbers.sort_unstable();
    let before = std::iter::once(0).chain(numbers.iter().copied());
    let held = numbers.iter().zip(before).map(|(number, before)| number - before).collect();
    let looked = u64::try_from(looked).unwrap_or(u64::MAX);
    Found { rows: Vec::new(), end: None, next: Some(Position { looked, held, ..position }) }
}

/// Puts the best rows of earlier calls forward again, as they stand now.
async fn reoffer(scan: &mut Scan<'_>, first: &mut First<'_>, position: &Position) -> Result<(), Error> {
    if position.held.is_empty() {
        return Ok(());
    }
    let mut number: u32 = 0;
    let mut blocks: Vec<u32> = Vec::new();
    let mut rows = std::collections::HashSet::new();
    for distance in &position.held {
        number = number.saturating_add(*distance);
        rows.insert(number);
        blocks.extend(scan.layout.plan.locate(number).map(|(block, _)| block));
    }
    blocks.dedup();
    for chunk in blocks.chunks(BLOCKS) {
        for judged in scan.judge(chunk).await? {
            for index in judged.passed.ones_iter() {
                let Some(row) = judged.rows.clone().nth(index).filter(|row| rows.contains(row)) else { continue };
                first.offer(scan.query.order().key(&judged.batch, index), RowId(row));
            }
        }
    }
    Ok(())
}
