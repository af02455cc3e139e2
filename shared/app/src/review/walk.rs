//! Pages of a list that shows rows in the order of their numbers.

use columns::{Zone, ZoneMap};
use domain::ids::RowId;
use predicate::sort::RowKey;

use super::assemble;
use super::list::{Found, Position};
use super::scan::Scan;
use crate::error::Error;

/// How many blocks are judged at a time once the first ones held too little.
const MAX_BLOCKS: usize = 32;

/// Whether the order asked for is that of the row numbers, and the zone maps, where they had to be read.
pub(crate) async fn applies(scan: &Scan<'_>) -> Result<(Vec<ZoneMap>, bool), Error> {
    let order = scan.query.order();
    let laid_out = scan.layout.order();
    let ascending = order.keys().iter().all(|key| !key.descending);
    let as_laid_out = order.keys().len() <= laid_out.len() && order.columns().zip(laid_out).all(|(a, b)| a == *b);
    let walks = order.keys().is_empty() || (ascending && as_laid_out && scan.layout.one_stretch(scan.review));
    if walks && scan.query.passes_all() {
        return Ok((Vec::new(), true));
    }
    let zones = scan.zones().await?;
    let walks = walks || (scan.query.sorts_frozen() && constant(scan, &zones));
    Ok((zones, walks))
}

/// Whether all rows agree in every column of the order, as when all sources are of one type.
fn constant(scan: &Scan<'_>, zones: &[ZoneMap]) -> bool {
    if zones.is_empty() {
        return false;
    }
    let one_value = |column: &str| {
        let mut value: Option<&str> = None;
        zones.iter().all(|map| {
            let Some(zone) = map.column(column).filter(|zone| zone.absent == 0) else { return false };
            let Zone::Text(texts) = &zone.zone else { return false };
            let Some([one]) = texts.distinct.as_deref() else { return false };
            *value.get_or_insert(one) == one
        })
    };
    scan.query.order().columns().all(one_value)
}

/// One page.
pub(crate) async fn page(
    scan: &mut Scan<'_>,
    zones: &[ZoneMap],
    position: Position,
    limit: usize,
    backwards: bool,
) -> Result<Found, Error> {
    // A sort that became a walk, because a reviewer's rows changed, starts again: walking is cheap.
    let from = Position { looked: 0, held: Vec::new(), ..position };
    let mut found = if scan.query.passes_all() {
        every(scan, from, limit, backwards)
    } else {
        filtered(scan, zones, from, limit, backwards).await?
    };
    // A page that ends behind a row says so by the row's sort key too, for the day on which the walk is a sort.
    for end in [&mut found.end, &mut found.next].into_iter().flatten() {
        if let (None, Some(row)) = (&end.key, end.row) {
            end.key = key_of(scan, RowId(row)).await?;
        }
    }
    Ok(found)
}

/// The sort key of a row; `None` where nothing is sorted by.
pub(crate) async fn key_of(scan: &Scan<'_>, row: RowId) -> Result<Option<RowKey>, Error> {
    if scan.query.order().keys().is_empty() || !scan.query.sorts_frozen() {
        return Ok(None);
    }
    let frozen = assemble::frozen(scan.deps, scan.review, scan.layout, &[row]).await?;
    Ok(frozen.get(&row).map(|frozen| frozen.sort_key(scan.query.order())))
}

/// The caller's pages of rows behind a position, each with its rows, in walking order.
fn pages(scan: &Scan<'_>, from: Option<u32>, backwards: bool) -> Vec<(u32, u64)> {
    let review = scan.review;
    let mut pages: Vec<(u32, u64)> =
        review.pages().into_iter().map(|page| (page, review.visible(page) & behind(page, from, backwards))).collect();
    pages.retain(|(_, rows)| *rows != 0);
    if backwards {
        pages.reverse();
    }
    pages
}

/// The rows of a page that lie behind a row.
fn behind(page: u32, from: Option<u32>, backwards: bool) -> u64 {
    let Some(from) = from.map(RowId) else { return u64::MAX };
    let upto = from.bit() | (from.bit() - 1);
    match (page.cmp(&from.page()), backwards) {
        (std::cmp::Ordering::Less, false) | (std::cmp::Ordering::Greater, true) => 0,
        (std::cmp::Ordering::Greater, false) | (std::cmp::Ordering::Less, true) => u64::MAX,
        (std::cmp::Ordering::Equal, false) => !upto,
        (std::cmp::Ordering::Equal, true) => from.bit() - 1,
    }
}

/// The rows of a mask in walking order.
fn rows_of(page: u32, mut rows: u64, backwards: bool) -> impl Iterator<Item = RowId> {
    std::iter::from_fn(move || {
        if rows == 0 {
            return None;
        }
        let slot = if backwards { 63 - rows.leading_zeros() } else { rows.trailing_zeros() };
        rows &= !(1 << slot);
        RowId::at(page, u8::try_from(slot).unwrap_or(0))
    })
}

/// A page of an unfiltered walk: the numbers alone decide, nothing is read.
fn every(scan: &Scan<'_>, from: Position, limit: usize, backwards: bool) -> Found {
    let mut skip = from.skip;
    let mut rows = Vec::new();
    for (page, mask) in pages(scan, from.row, backwards) {
        let held = u64::from(mask.count_ones());
        if skip >= held {
            skip -= held;
            continue;
        }
        let left = usize::try_from(skip).unwrap_or(usize::MAX);
        rows.extend(rows_of(page, mask, backwards).skip(left));
        skip = 0;
        if rows.len() > limit {
            break;
        }
    }
    finish(rows, limit, None)
}

/// A page out of rows that were found, one more than fit on it when there is more; or `resume` from where the search
/// was broken off.
fn finish(mut rows: Vec<RowId>, limit: usize, resume: Option<Position>) -> Found {
    let more = rows.len() > limit;
    rows.truncate(limit);
    let end = rows.last().map(|row| Position { row: Some(row.0), ..Position::default() });
    let next = if more { end.clone() } else { resume };
    Found { rows, end, next }
}

/// A page of a filtered walk: blocks are judged in their order until the page is full.
async fn filtered(
    scan: &mut Scan<'_>,
    zones: &[ZoneMap],
    from: Position,
    limit: usize,
    backwards: bool,
) -> Result<Found, Error> {
    let mut blocks = scan.blocks();
    let starts = from.row.and_then(|row| scan.layout.plan.locate(row)).map(|(block, _)| block);
    blocks.retain(|block| starts.is_none_or(|start| if backwards { *block <= start } else { *block >= start }));
    if backwards {
        blocks.reverse();
    }
    let may = |block: &u32| zones.get(*block as usize).is_none_or(|map| scan.query.may_match(map));
    let blocks: Vec<u32> = blocks.iter().copied().filter(may).collect();
    let mut skip = from.skip;
    let mut rows: Vec<RowId> = Vec::new();
    let (mut examined, mut batch, mut at) = (0, 1, 0);
    while let Some(chunk) = blocks.get(at..(at + batch).min(blocks.len())).filter(|chunk| !chunk.is_empty()) {
        at += chunk.len();
        batch = (batch * 2).min(MAX_BLOCKS);
        let chunk = chunk.to_vec();
        for judged in scan.judge(&chunk).await? {
            examined += scan.visible(&judged.rows);
            let mut passed: Vec<RowId> =
                judged.passed.ones_iter().filter_map(|index| at_index(&judged.rows, index)).collect();
            if backwards {
                passed.reverse();
            }
            let own = |row: &RowId| behind(row.page(), from.row, backwards) & row.bit() != 0;
            for row in passed.into_iter().filter(own) {
                if skip > 0 { skip -= 1 } else { rows.push(row) }
            }
        }
        if rows.len() > limit {
            return Ok(finish(rows, limit, None));
        }
        if examined >= scan.deps.settings.examined_rows && at < blocks.len() {
            let resume = last_row(scan, &chunk, backwards);
            return Ok(finish(rows, limit, Some(Position { row: resume, skip, ..Position::default() })));
        }
    }
    Ok(finish(rows, limit, None))
}

fn at_index(rows: &std::ops::Range<u32>, index: usize) -> Option<RowId> {
    rows.start.checked_add(u32::try_from(index).ok()?).map(RowId)
}

/// The row of a chunk that lies farthest in walking order.
fn last_row(scan: &Scan<'_>, chunk: &[u32], backwards: bool) -> Option<u32> {
    let rows = scan.layout.plan.rows_of(*chunk.last()?);
    if backwards { Some(rows.start) } else { rows.end.checked_sub(1) }
}
