//! All rows that a caller sees and that pass a filter, in order: what a file holds, where a list has pages.
//!
//! Only their numbers and sort keys are held in memory together; blocks are looked at some at a time.

use domain::ids::RowId;

use super::filter::Query;
use super::order::{Entry, compare};
use super::pace::MAX_BLOCKS;
use super::piece;
use super::scan::{NOTES_READ, Scan};
use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::review::input::{RowFilter, SortKey};
use crate::review::open::{Layout, Review};

/// A filter and an order that have been read.
#[derive(Debug)]
pub(crate) struct Wanted(Query);

impl Wanted {
    /// Reads them.
    ///
    /// # Errors
    /// [`Error::Invalid`] names every condition that cannot be read, and why.
    pub(crate) fn new(filter: &RowFilter, order: &[SortKey]) -> Result<Self, Error> {
        Query::new(filter, order).map(Self)
    }

    /// Refuses what asks about columns that the caller may not see.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub(crate) fn in_sight(self, hidden: &[String]) -> Result<Self, Error> {
        self.0.requires_sight(hidden)?;
        Ok(self)
    }
}

/// The numbers of the rows.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn rows(
    deps: &Deps,
    call: &Call,
    review: &Review,
    layout: &Layout,
    wanted: &Wanted,
) -> Result<Vec<RowId>, Error> {
    let query = &wanted.0.over(&review.certification.query_used);
    if review.total() == 0 {
        return Ok(Vec::new());
    }
    let mut pieces = piece::all(review, &layout.plan)?;
    Scan::new(deps, call, review, layout, query).prune(&mut pieces).await?;
    let mut found: Vec<Entry> = Vec::new();
    while !pieces.is_empty() {
        let some = pieces.drain(..pieces.len().min(MAX_BLOCKS)).collect();
        let mut passed: Vec<Entry> = Vec::new();
        // A scan of its own for each portion: what one keeps of states, and may read of notes, is meant for a page.
        let mut scan = Scan::new(deps, call, review, layout, query);
        scan.examine(some, &mut |entry| passed.push(entry)).await?;
        found.extend(confirmed(deps, call, (review, layout), query, passed).await?);
    }
    found.sort_unstable_by(|one, two| compare(&query.order, false, one, two));
    Ok(found.into_iter().map(|(_, row)| row).collect())
}

/// Those that pass with their notes read, where the filter looks at notes.
async fn confirmed(
    deps: &Deps,
    call: &Call,
    (review, layout): (&Review, &Layout),
    query: &Query,
    passed: Vec<Entry>,
) -> Result<Vec<Entry>, Error> {
    if !query.needs.notes {
        return Ok(passed);
    }
    let mut all = Vec::with_capacity(passed.len());
    for some in passed.chunks(NOTES_READ) {
        let mut scan = Scan::new(deps, call, review, layout, query);
        all.extend(scan.confirm(some.to_vec(), usize::MAX).await?.passed);
    }
    Ok(all)
}
