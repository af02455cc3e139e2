//! How built rows come into the table: in one go, or range by range.
//!
//! Up to a range of blocks, everything is written in one go and published at once: an interruption costs no more than
//! seconds, and marks would cost more requests than the rows. Beyond that every finished range is marked, so that the next
//! worker goes on behind it and clients see how far the work has come. Lookup, reach and layout come last, unmarked, because
//! publishing follows.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;
use store::derived::Derived;
use store::job::{Job, Part};

use super::Progress;
use super::build::Built;
use crate::deps::Deps;
use crate::error::Error;
use crate::loading::jobs::building::OrderRecord;
use crate::loading::jobs::{self, Left};
use crate::loading::layout;
use crate::loading::offload;
use crate::zones;

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
    let all = 0..built.blocks();
    if all.len() > blocks_per_range(deps) {
        if let Some(stopped) = ranges(deps, job, order, built, left).await? {
            return Ok(Some(stopped));
        }
    } else if !all.is_empty() {
        add_range(&mut derived, built, (0, all)).await?;
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
    for (n, first) in (0..).zip((0..built.blocks()).step_by(blocks_per_range(deps))) {
        let blocks = first..(first + blocks_per_range(deps)).min(built.blocks());
        let rows = rows_of(built, &blocks);
        let mark = u32::try_from(rows.start).unwrap_or(u32::MAX);
        if done.contains(&mark) {
            continue;
        }
        let mut derived = deps.store.derived(&order.review, order.attempt);
        add_range(&mut derived, built, (n, blocks)).await?;
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

/// Adds the blocks of the range `n`, and the item of their zone maps where it is worth it.
async fn add_range(
    derived: &mut Derived<'_>,
    built: &Arc<Built>,
    (n, blocks): (u32, Range<usize>),
) -> Result<(), Error> {
    let own = Arc::clone(built);
    let encoded = offload(move || own.encode(blocks)).await??;
    derived.blocks(encoded.blocks)?;
    if built.blocks() >= zones::FROM as usize {
        derived.zones(n, &encoded.zones);
    }
    Ok(())
}

fn blocks_per_range(deps: &Deps) -> usize {
    deps.settings.blocks_per_range.max(1)
}

/// The rows in a range of blocks.
fn rows_of(built: &Built, blocks: &Range<usize>) -> Range<usize> {
    let to = (blocks.end * layout::ROWS_PER_BLOCK).min(built.rows());
    blocks.start * layout::ROWS_PER_BLOCK..to
}
