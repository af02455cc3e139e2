//! Lists of rows: any order, any filter, forwards and backwards, a bounded amount of work for each page.
//!
//! Two ways lead to a page. Where the order asked for is that of the row numbers, rows are *walked* from the cursor on.
//! Any other order *sorts*: all rows are looked at, and the first of those behind the cursor are kept. A reviewer's own
//! list in the usual order is a walk, because rows are laid out for it.
//!
//! Cursors name a place by value, so that both ways understand each other's. A call examines a bounded number of rows;
//! then it answers what it has, and a cursor from which the search resumes.

use domain::ids::{ReviewId, RowId};
use predicate::sort::RowKey;
use serde::{Deserialize, Serialize};

use super::assemble::{self, Known};
use super::filter::Query;
use super::input::{ListInput, SortColumn, SortKey, Start};
use super::open::{Dialect, Entered, Review, enter};
use super::row::RowView;
use super::scan::Scan;
use super::{sorted, walk};
use crate::call::Call;
use crate::cursor::{self, Binding};
use crate::deps::Deps;
use crate::error::Error;
use crate::page::Page;

/// The most rows of one page.
pub const MAX_PAGE: usize = 5_000;
/// The deepest place that a list may be started at by counting rows in an order that has to be sorted for.
const MAX_OFFSET: u64 = 100_000;

/// A place in a list.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Position {
    /// The row to go on behind.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub(crate) row: Option<u32>,
    /// Its sort key; absent where the order is that of the numbers.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<RowKey>,
    /// How many rows are still to be passed over.
    #[serde(rename = "s", default, skip_serializing_if = "is_zero")]
    pub(crate) skip: u64,
    /// How many blocks an unfinished sort has looked at.
    #[serde(rename = "n", default, skip_serializing_if = "is_zero")]
    pub(crate) looked: u64,
    /// The best rows that it found in them, ascending, each as the distance from the one before.
    #[serde(rename = "c", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) held: Vec<u32>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
const fn is_zero(value: &u64) -> bool {
    *value == 0
}

/// The rows of a page and where the next one starts.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The rows, in the order of the list.
    pub(crate) rows: Vec<RowId>,
    /// Where the page ends, for every page that is not empty.
    pub(crate) end: Option<Position>,
    /// Where the next page starts, when there may be one.
    pub(crate) next: Option<Position>,
}

/// Rows of a review, as far as the caller sees them. Empty before there are any.
///
/// # Errors
/// [`Error::NotFound`] when there is no such review, or none for this caller; [`Error::Invalid`] for a filter that
/// cannot be read, and for a cursor of another list, filter or order.
pub async fn list(
    deps: &Deps,
    call: &Call,
    id: ReviewId,
    dialect: Dialect,
    input: ListInput,
) -> Result<Page<RowView>, Error> {
    let input = with_default_order(dialect, input);
    let query = Query::new(&input.filter, &input.order)?;
    let binding = binding(id, dialect, &input);
    let position = position(&binding, &input)?;
    let review = match enter(deps, call, id, dialect).await? {
        Entered::NotStarted(_) => return Ok(Page::empty()),
        Entered::Open(review) if review.total() == 0 => return Ok(Page::empty()),
        Entered::Open(review) => review,
    };
    let has_previous = position != Position::default();
    let layout = review.plan(deps).await?;
    let mut scan = Scan {
        deps,
        call,
        review: &review,
        layout: &layout,
        query: &query,
        states: std::collections::BTreeMap::new(),
    };
    let limit = input.limit.clamp(1, MAX_PAGE);
    let (zones, walks) = walk::applies(&scan).await?;
    let found = if walks {
        walk::page(&mut scan, &zones, position, limit, input.backwards).await?
    } else {
        sorted::page(&mut scan, &zones, position, limit, input.backwards).await?
    };
    let states = std::mem::take(&mut scan.states);
    page(deps, call, &review, &binding, found, Known { states, with_log: input.with_log, ..Known::default() }, has_previous)
        .await
}

async fn page(
    deps: &Deps,
    call: &Call,
    review: &Review,
    binding: &Binding,
    found: Found,
    known: Known,
    has_previous: bool,
) -> Result<Page<RowView>, Error> {
    let items = assemble::rows(deps, call, review, &found.rows, known).await?;
    let seal = |position: Option<Position>| position.map(|position| cursor::seal(binding, position)).transpose();
    let next = seal(found.next)?;
    let end = seal(found.end)?.or_else(|| next.clone());
    Ok(Page { items, next, end, has_previous })
}

/// Results are shown by the type of their source unless the client asks for something else.
fn with_default_order(dialect: Dialect, input: ListInput) -> ListInput {
    match dialect {
        Dialect::Certification if input.order.is_empty() => {
            let by_type = SortKey { by: SortColumn::Frozen("source.type".to_owned()), descending: false };
            ListInput { order: vec![by_type], ..input }
        }
        Dialect::Certification | Dialect::Campaign => input,
    }
}

/// A cursor serves the list that it came from: same review, filter, order and direction.
fn binding(id: ReviewId, dialect: Dialect, input: &ListInput) -> Binding {
    let ListInput { filter, order, limit: _, start: _, backwards, with_log: _ } = input;
    let parts = [format!("{filter:?}"), format!("{order:?}"), backwards.to_string()];
    let [filter, order, backwards] = &parts;
    Binding::of("rows", &[&id.to_string(), dialect.word(), filter, order, backwards])
}

fn position(binding: &Binding, input: &ListInput) -> Result<Position, Error> {
    match &input.start {
        Start::First => Ok(Position::default()),
        Start::After(cursor) => cursor::open(binding, cursor, "after"),
        Start::Offset(offset) if *offset > MAX_OFFSET && !input.order.is_empty() => {
            Err(Error::invalid("after", "is too deep for an offset: follow the cursors of the pages"))
        }
        Start::Offset(offset) => Ok(Position { skip: *offset, ..Position::default() }),
    }
}
