//! Pages of a list that shows rows in the order of their numbers, which is how they lie.
//!
//! The place behind a row is its number, so that a walk stops anywhere and goes on exactly there.

use std::collections::VecDeque;

use columns::{Zone, ZoneMap};
use domain::ids::RowId;

use super::ask::{Ask, Found, Rest};
use super::order::Entry;
use super::pace::{Pace, share_stripe};
use super::piece::Piece;
use super::scan::Scan;
use crate::error::Error;
use crate::review::input::SortKey;
use crate::review::open::Review;

/// How many blocks are looked at first where no block has to be read: their pages share one request.
const PAGES_ONLY_BLOCKS: usize = 16;
/// About how many rows a block holds.
const ROWS_PER_BLOCK: usize = 512;

/// Whether the order asked for is that of the row numbers: because nothing else is asked for, because the caller's rows
/// were laid out in it, or because all rows agree in what is sorted by, which the layout or the zone maps tell.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn applies(scan: &mut Scan<'_>, pieces: &[Piece]) -> Result<bool, Error> {
    let query = scan.query;
    let Some(columns) = query.frozen_order() else { return Ok(false) };
    let differing = columns.into_iter().zip(&query.order).filter(|(column, _)| !scan.layout.agrees_in(column));
    let (columns, keys): (Vec<&str>, Vec<&SortKey>) = differing.unzip();
    let ascending = keys.iter().all(|key| !key.descending);
    if columns.is_empty() || ascending && is_laid_out(scan.review, scan, &columns) {
        return Ok(true);
    }
    let maps = scan.zones(pieces.len()).await?;
    Ok(!maps.is_empty() && columns.iter().all(|column| is_constant(maps, column)))
}

fn is_laid_out(review: &Review, scan: &Scan<'_>, columns: &[&str]) -> bool {
    scan.layout.order().starts_with(columns) && scan.layout.one_stretch(review)
}

/// Whether all rows have the same text in a column, as when all sources are of one type.
fn is_constant(maps: &[ZoneMap], column: &str) -> bool {
    let mut texts = maps.iter().map(|map| {
        let zone = map.column(column).filter(|zone| zone.absent == 0)?;
        let Zone::Text(texts) = &zone.zone else { return None };
        match texts.distinct.as_deref() {
            Some([only]) => Some(only),
            Some(_) | None => None,
        }
    });
    let Some(Some(first)) = texts.next() else { return false };
    texts.all(|text| text == Some(first))
}

/// One page of `pieces`, which lie in walking order. `blocks` is how many the page before has taken.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn page(
    scan: &mut Scan<'_>,
    pieces: Vec<Piece>,
    ask: Ask,
    blocks: Option<u32>,
) -> Result<Found, Error> {
    if scan.query.passes_all() {
        return Ok(every(&pieces, ask));
    }
    scan.walk();
    let first = match blocks {
        Some(blocks) => usize::try_from(blocks).unwrap_or(usize::MAX),
        None if scan.spares_blocks() => PAGES_ONLY_BLOCKS,
        None => ask.limit / ROWS_PER_BLOCK + 1,
    };
    let mut pace = Pace::new(first);
    let found = filtered(scan, pieces, ask, &mut pace).await?;
    Ok(found.at_pace(pace.of_page(ask.limit)))
}

/// A page of an unfiltered walk: numbers alone decide, nothing is read, and any distance is passed over at once.
fn every(pieces: &[Piece], ask: Ask) -> Found {
    let mut skip = ask.skip;
    let mut passed: Vec<Entry> = Vec::new();
    for piece in pieces {
        let count = u64::try_from(piece.count()).unwrap_or(u64::MAX);
        if skip >= count {
            skip -= count;
            continue;
        }
        let skipped = usize::try_from(skip).unwrap_or(usize::MAX);
        passed.extend(piece.ids(ask.backwards).into_iter().skip(skipped).map(|row| (Vec::new(), row)));
        skip = 0;
        if passed.len() > ask.limit {
            break;
        }
    }
    Found::cut(passed, Ask { skip: 0, ..ask }, Rest::Nothing)
}

/// A page of a filtered walk: blocks are looked at in their order until the page is full.
async fn filtered(scan: &mut Scan<'_>, mut pieces: Vec<Piece>, ask: Ask, pace: &mut Pace) -> Result<Found, Error> {
    scan.prune(&mut pieces).await?;
    let wanted = ask.wanted(scan.bound());
    let mut ahead = Ahead {
        pieces: pieces.into(),
        left: scan.bound(),
        backwards: ask.backwards,
        whole_stripes: scan.query.needs.states,
    };
    let mut passed: Vec<Entry> = Vec::new();
    let mut behind: Option<RowId> = None;
    loop {
        let chunk = ahead.take(pace.next(wanted - passed.len()));
        let blocks = chunk.len();
        let Some(last) = chunk.last().and_then(|piece| piece.ids(ask.backwards).last().copied()) else {
            return Ok(Found::cut(
                passed,
                ask,
                if ahead.pieces.is_empty() { Rest::Nothing } else { Rest::behind(behind) },
            ));
        };
        let mut found: Vec<Entry> = Vec::new();
        scan.examine(chunk, &mut |entry| found.push(entry)).await?;
        pace.note(blocks, found.len());
        found.sort_unstable_by_key(|(_, row)| *row);
        if ask.backwards {
            found.reverse();
        }
        let confirmed = scan.confirm(found, wanted - passed.len()).await?;
        passed.extend(confirmed.passed);
        if passed.len() >= wanted {
            let last = passed.last().map(|(_, row)| *row);
            return Ok(Found::cut(passed, ask, Rest::behind(last)));
        }
        if !confirmed.complete {
            let tested = confirmed.last.map(|(_, row)| row);
            return Ok(Found::cut(passed, ask, Rest::behind(tested.or(behind))));
        }
        behind = Some(last);
    }
}

/// What a walk has still before it.
struct Ahead {
    /// In walking order.
    pieces: VecDeque<Piece>,
    /// How many rows may still be examined.
    left: usize,
    backwards: bool,
    /// Whether pieces that share a stripe of states are taken together, so that no stripe is asked for twice.
    whole_stripes: bool,
}

impl Ahead {
    /// The next pieces, about as many as `blocks`, as long as they hold no more rows than may still be examined; the last
    /// one may be cut.
    fn take(&mut self, blocks: usize) -> Vec<Piece> {
        let mut taken: Vec<Piece> = Vec::new();
        while let Some(next) = self.pieces.front() {
            let joins = |last: &Piece| self.whole_stripes && share_stripe(last, next);
            if self.left == 0 || taken.len() >= blocks && !taken.last().is_some_and(joins) {
                break;
            }
            let Some(mut piece) = self.pieces.pop_front() else { break };
            let count = piece.count();
            if count > self.left {
                taken.push(piece.split(self.left, self.backwards));
                self.pieces.push_front(piece);
                self.left = 0;
            } else {
                self.left -= count;
                taken.push(piece);
            }
        }
        taken
    }
}
