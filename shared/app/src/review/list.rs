//! Lists of rows: any order, any filter, forwards and backwards, a bounded amount of work for each page.
//!
//! Two ways lead to a page. Where the order asked for is that of the row numbers, rows are *walked* from the cursor on.
//! Any other order is *sorted*: all rows are looked at, and the first of those behind the cursor are kept. A reviewer's
//! own list in the usual order is a walk, because rows are laid out for it.
//!
//! A cursor names the last row that was settled: its number, and those of its sort keys that can change. What is frozen
//! about it is read again from its block, so that no name or address travels in addresses and their logs. It also tells
//! whether the list is walked: a list keeps to the way it began, even when a reassignment would now lead to the other.
//! A row whose sort key changes between two pages is shown where it stands when its page is read.
//!
//! A call examines a bounded number of rows ([`super::EXAMINED_ROWS`]), reads a bounded number of notes, and passes over a bounded number of rows
//! to reach an offset; then it answers a shorter page, perhaps an empty one, with a cursor from which the search
//! resumes.

pub(super) mod ask;
mod bounds;
pub(crate) mod every;
pub(crate) mod filter;
pub(super) mod line;
pub(super) mod order;
pub(crate) mod overlay;
pub(super) mod pace;
pub(super) mod piece;
pub(super) mod scan;
mod sorted;
pub(super) mod walk;

use domain::ids::{ReviewId, RowId};
use domain::settings::ViewSort;
use serde::{Deserialize, Serialize};

use self::ask::Ask;
use self::filter::{Query, frozen_columns};
use self::order::{Entry, Keys};
use self::scan::Scan;
use super::input::{LineColumn, ListInput, RowFilter, SortColumn, SortKey, Start};
use super::open::{Dialect, Entered, Review, look};
use super::row::RowView;
use crate::call::Call;
use crate::cursor::{self, Binding};
use crate::deps::Deps;
use crate::error::Error;
use crate::page::Page;
use crate::review::row::assemble::{self, Known};
use crate::settings;

/// The most rows of one page.
pub const MAX_PAGE: usize = 5_000;

/// A place in a list, as a cursor holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Position {
    /// The row to go on behind.
    #[serde(rename = "r")]
    row: u32,
    /// Those of its sort keys that can change.
    #[serde(rename = "k", default, skip_serializing_if = "Vec::is_empty")]
    keys: Keys,
    /// How many rows are still to be passed over.
    #[serde(rename = "s", default, skip_serializing_if = "is_zero")]
    skip: u64,
    /// Whether the list is walked.
    #[serde(rename = "w")]
    walks: bool,
    /// How many blocks the page took: how far the next one looks at first.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    blocks: Option<u32>,
    /// The order that the list began with, where the client named none: it stays when the setting changes.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    order: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
const fn is_zero(value: &u64) -> bool {
    *value == 0
}

impl Position {
    fn behind(
        (query, order): (&Query, &Option<String>),
        (walks, blocks): (bool, Option<u32>),
        ((keys, row), skip): (&Entry, u64),
    ) -> Self {
        let changing = query.order.iter().zip(keys).filter(|(key, _)| frozen_columns(&key.by).is_empty());
        let keys = changing.map(|(_, value)| value.clone()).collect();
        Self { row: row.0, keys, skip, walks, blocks, order: order.clone() }
    }
}

/// Rows of a review, as far as the caller sees them. Empty before there are any.
///
/// # Errors
/// [`Error::NotFound`] when there is no such review, or none for this caller; [`Error::Invalid`] for a filter that
/// cannot be read, and on `after` for a cursor of another list, filter or order.
pub async fn list(
    deps: &Deps,
    call: &Call,
    id: ReviewId,
    dialect: Dialect,
    input: ListInput,
) -> Result<Page<RowView>, Error> {
    let asked = Asked::of(id, dialect, input)?;
    match look(deps, call, id, dialect).await? {
        Entered::NotStarted(_) => Ok(Page::empty()),
        Entered::Open(review) => within(deps, call, &review, asked).await,
    }
}

/// What a client asks for, read and checked before anything is looked up.
#[derive(Debug)]
pub(crate) struct Asked {
    query: Query,
    binding: Binding,
    position: Option<Position>,
    ask: Ask,
    with_log: bool,
    with_answers: bool,
    /// Whether the order is left to the setting.
    usual_order: bool,
    dialect: Dialect,
}

impl Asked {
    /// The same, with what those who remove access have said.
    pub(crate) fn with_answers(self) -> Self {
        Self { with_answers: true, ..self }
    }

    /// Reads it.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a filter that cannot be read, and on `after` for a cursor of another list, filter or order.
    pub(crate) fn of(id: ReviewId, dialect: Dialect, input: ListInput) -> Result<Self, Error> {
        let query = Query::new(&input.filter, &input.order)?;
        let binding = binding(id, dialect, &input);
        let position: Option<Position> = match &input.start {
            Start::First | Start::Offset(_) => None,
            Start::After(cursor) => Some(cursor::open(&binding, cursor, "after")?),
        };
        let skip = match (&position, &input.start) {
            (Some(position), _) => position.skip,
            (None, Start::Offset(offset)) => *offset,
            (None, Start::First | Start::After(_)) => 0,
        };
        let ask = Ask { skip, limit: input.limit.clamp(1, MAX_PAGE), backwards: input.backwards };
        let usual_order = dialect == Dialect::Certification && input.order.is_empty();
        let with_log = input.with_log;
        Ok(Self { query, binding, position, ask, with_log, with_answers: false, usual_order, dialect })
    }
}

/// Rows of a review that the caller has entered.
///
/// # Errors
/// [`Error::Unavailable`]; [`Error::Invalid`] on `after`.
pub(crate) async fn within(deps: &Deps, call: &Call, review: &Review, asked: Asked) -> Result<Page<RowView>, Error> {
    let Asked { query, binding, position, ask, with_log, with_answers, usual_order, dialect } = asked;
    let hidden = review.hidden_columns(call);
    let has_previous = position.is_some() || ask.skip > 0;
    let order = match &position {
        _ if !usual_order => None,
        Some(Position { order: Some(order), .. }) => Some(ViewSort { order_by: order.clone() }),
        Some(Position { order: None, .. }) | None => {
            Some(settings::in_sight(&review.settings(deps).await?.view_sort(), &hidden))
        }
    };
    let query = match &order {
        Some(order) => query.sorted_by(settings::order_of(order)),
        None => query,
    };
    let query = query.in_words_of(dialect, &hidden)?;
    // Certifications name nodes by their aliases.
    let is_by_alias = dialect == Dialect::Certification;
    let query = if is_by_alias { query.over(&review.certification.query_used) } else { query };
    if review.total() == 0 {
        return Ok(Page::empty());
    }
    let order = order.map(|order| order.order_by);
    let known = Known { with_log, with_answers, ..Known::default() };
    let page = page(deps, call, review, (&query, &order, &binding), (position, ask), known).await?;
    Ok(Page { has_previous, ..page })
}

async fn page(
    deps: &Deps,
    call: &Call,
    review: &Review,
    (query, order, binding): (&Query, &Option<String>, &Binding),
    (position, ask): (Option<Position>, Ask),
    known: Known,
) -> Result<Page<RowView>, Error> {
    let layout = review.plan(deps).await?;
    let mut scan = Scan::new(deps, call, review, &layout, query);
    let mut pieces = piece::all(review, &layout.plan)?;
    let walks = match &position {
        Some(position) => position.walks,
        None => walk::applies(&mut scan, &pieces).await?,
    };
    let found = if walks {
        piece::walk_from(&mut pieces, position.as_ref().map(|position| RowId(position.row)), ask.backwards);
        walk::page(&mut scan, pieces, ask, position.and_then(|position| position.blocks)).await?
    } else {
        let behind = match position {
            Some(position) => Some((scan.keys_of(RowId(position.row), position.keys).await?, RowId(position.row))),
            None => None,
        };
        sorted::page(&mut scan, pieces, behind, ask).await?
    };
    let rows: Vec<RowId> = found.rows.iter().map(|(_, row)| *row).collect();
    let known = Known { states: scan.known(&rows), ..known };
    let items = assemble::rows(deps, call, review, &rows, known).await?;
    let seal =
        |place: (&Entry, u64)| cursor::seal(binding, Position::behind((query, order), (walks, found.blocks), place));
    let next = found.next.as_ref().map(|(entry, skip)| seal((entry, *skip))).transpose()?;
    let end = match (&next, found.rows.last()) {
        (Some(next), _) => Some(next.clone()),
        (None, last) => last.map(|last| seal((last, 0))).transpose()?,
    };
    Ok(Page { items, next, end, has_previous: false })
}

/// A cursor serves the list that it came from: same review, filter, order and direction.
fn binding(id: ReviewId, dialect: Dialect, input: &ListInput) -> Binding {
    let ListInput { filter, order, limit: _, start: _, backwards, with_log: _ } = input;
    let RowFilter { status, risk, search, filter, mutable_filter, lines } = filter;
    let status = status.map(|status| crate::review::list::overlay::status_rank(status).to_string());
    let of_lines = [lines.frozen(), lines.changing()];
    let texts = [&status, risk, search, filter, mutable_filter].map(|text| text.as_deref().unwrap_or_default());
    let id = id.to_string();
    let direction = if *backwards { "backwards" } else { "forwards" };
    let mut parts = vec![id.as_str(), dialect.word(), direction];
    parts.extend(texts);
    parts.extend(of_lines.iter().flatten().map(String::as_str));
    for SortKey { by, descending } in order {
        parts.push(if *descending { "descending" } else { "ascending" });
        parts.push(match by {
            SortColumn::Frozen(column) => column,
            SortColumn::Status => "=status",
            SortColumn::Reviewer => "=reviewer",
            SortColumn::DecidedAt => "=decided_at",
            SortColumn::Person => "=person",
            SortColumn::Line(LineColumn::Approver) => "=approver",
            SortColumn::Line(LineColumn::Response) => "=response",
            SortColumn::Line(LineColumn::AnsweredAt) => "=answered_at",
            SortColumn::Line(LineColumn::Outcome) => "=outcome",
        });
    }
    Binding::of("rows", &parts)
}
