//! Pages of a list in an order that has to be sorted for: the first rows behind a place, out of all rows.
//!
//! Which rows come first is known only when all have been looked at that may be among them. Where zone maps tell the bounds
//! of what is sorted by, most blocks need no look once the page is full ([`super::bounds`]); where they do not, a sorted
//! page looks at every row that the filters leave, however many there are: 1,000,000 rows take about 20 requests for their
//! blocks, and 12,000 read units unless they are cached. What is held in memory does not grow with them: some blocks at a time, and about twice the rows of
//! the page. What is bounded is what could be expensive without end: the notes that a filter reads and the rows that an
//! offset passes over. When those bounds are met, the page is shorter and its cursor names the last row that was
//! settled; everything before it is on a page, and nothing behind it is.

use super::ask::{Ask, Found, Rest};
use super::bounds::{self, Prospects};
use super::order::{Entry, First};
use super::pace::MAX_BLOCKS;
use super::piece::Piece;
use super::scan::{NOTES_READ, Scan};
use crate::error::Error;

/// One page of `pieces`: the rows behind `behind`.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn page(
    scan: &mut Scan<'_>,
    mut pieces: Vec<Piece>,
    behind: Option<Entry>,
    ask: Ask,
) -> Result<Found, Error> {
    scan.prune(&mut pieces).await?;
    let wanted = ask.wanted(scan.bound());
    // Of rows whose notes are still to be read, more are needed than fit on the page.
    let held = if scan.query.needs.notes { wanted.saturating_add(NOTES_READ) } else { wanted };
    let query = scan.query;
    let order = (query.order.as_slice(), ask.backwards);
    let zones = if bounds::may_tell(order.0) { scan.zones(pieces.len()).await? } else { &[] };
    let mut prospects = Prospects::new(order, pieces, zones, behind.as_ref(), MAX_BLOCKS);
    let mut first = First::new(order.0, ask.backwards, behind, held);
    loop {
        let chunk = prospects.next(first.last_wanted());
        if chunk.is_empty() {
            break;
        }
        scan.examine(chunk, &mut |entry| first.offer(entry)).await?;
    }
    let (rows, dropped) = first.finish();
    let last = rows.last().cloned();
    let confirmed = scan.confirm(rows, wanted).await?;
    let rest = if confirmed.passed.len() >= wanted {
        confirmed.passed.last().cloned()
    } else if !confirmed.complete {
        confirmed.last
    } else if dropped {
        last
    } else {
        None
    };
    Ok(Found::cut(confirmed.passed, ask, rest.map_or(Rest::Nothing, Rest::Behind)))
}
