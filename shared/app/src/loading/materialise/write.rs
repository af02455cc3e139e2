//! How built rows come into the table: in one go, or range by range.
//!
//! Up to a range of blocks, everything is written in one go and published at once: an interruption costs no more than
//! seconds, and marks would cost more requests than the rows. Beyond that every finished range is marked, so that the next
//! worker goes on behind it and clients see how far the work has come. Lookup, reach and layout come last, unmarked, because
//! publishing follows.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use store::derived::Derived;
use store::job::{Job, Part};

use super::Progress;
use super::build::{BLOCKS_PER_RANGE, Built};
use crate::deps::Deps;
use crate::error::Error;
use crate::loading::jobs::{self, Left, OrderRecord};
use crate::loading::{layout, offload};

/// Writes whatever is not marked as written; answers why it stopped before the end, if it did. `started_at` is when the
/// review was started.
///
/// # Errors
/// [`Error::Unavailable`]; [`Error::TooLarge`] for rows that the table does not hold.
pub(super) async fn all(
    deps: &Deps,
    job: &Job,
    order: &OrderRecord,
    (built, started_at): (&Arc<Built>, Timestamp),
    left: Left<'_>,
) -> Result<Option<Progress>, Error> {
    let mut derived = deps.store.derived(&order.review, order.attempt);
    if built.blocks() > BLOCKS_PER_RANGE {
        if let Some(stopped) = ranges(deps, job, order, built, left).await? {
            return Ok(Some(stopped));
        }
    } else if built.blocks() > 0 {
        add_range(&mut derived, built, 0).await?;
    }
    let own = Arc::clone(built);
    let (lookup, reach, groups) = offload(move || (own.lookup(), own.reach(), own.groups())).await?;
    derived.lookup(&lookup);
    for (n, groups) in (0..).zip(groups?) {
        derived.groups(n, &groups);
    }
    derived.reaches(reach);
    derived.coverage(started_at, built.applications());
    derived.plan(&built.plan(order));
    derived.write().await?;
    Ok(None)
}

/// Writes the ranges of blocks that are not marked, and marks them.
async fn ranges(
    deps: &Deps,
    job: &Job,
    order: &OrderRecord,
    built: &Arc<Built>,
    left: Left<'_>,
) -> Result<Option<Progress>, Error> {
    let total = u64::try_from(built.rows()).unwrap_or(u64::MAX);
    let Some(finished) = jobs::resume(deps, job, total).await? else { return Ok(Some(Progress::CalledOff)) };
    let done: BTreeSet<u32> = finished.into_iter().map(|(mark, _)| mark).collect();
    for first in (0..built.blocks()).step_by(BLOCKS_PER_RANGE) {
        let rows = rows_of(built, first);
        let mark = u32::try_from(rows.start).unwrap_or(u32::MAX);
        if done.contains(&mark) {
            continue;
        }
        let mut derived = deps.store.derived(&order.review, order.attempt);
        add_range(&mut derived, built, first).await?;
        derived.write().await?;
        let part = Part { processed: u64::try_from(rows.len()).unwrap_or(0), ..Part::default() };
        if !jobs::finish_range(deps, job, mark, &part).await? {
            return Ok(Some(Progress::CalledOff));
        }
        if jobs::is_short(left) {
            return Ok(Some(Progress::Interrupted));
        }
    }
    Ok(None)
}

/// Adds the blocks from `first` on, as many as share an item of zone maps, and that item.
async fn add_range(derived: &mut Derived<'_>, built: &Arc<Built>, first: usize) -> Result<(), Error> {
    let own = Arc::clone(built);
    let to = (first + BLOCKS_PER_RANGE).min(built.blocks());
    let encoded = offload(move || own.encode(first..to)).await??;
    derived.blocks(encoded.blocks)?;
    derived.zones(u32::try_from(first / BLOCKS_PER_RANGE).unwrap_or(u32::MAX), &encoded.zones);
    Ok(())
}

/// The rows in the blocks of the range that begins with the block `first`.
fn rows_of(built: &Built, first: usize) -> std::ops::Range<usize> {
    let from = first * layout::ROWS_PER_BLOCK;
    let to = ((first + BLOCKS_PER_RANGE) * layout::ROWS_PER_BLOCK).min(built.rows());
    from..to
}
