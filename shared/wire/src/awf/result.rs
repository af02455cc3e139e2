//! Results: the rows of a certification, their changes and their sign-off.

use app::error::{Error, Fault};
use app::review::{
    AnswerInput, BulkInput, ForceInput, ListInput, RowFilter, Selection, SignOffInput, Start, UpdateInput,
};
use domain::ids::RowId;
use domain::refusal::RefusalKind;
use domain::row::Decision;

use super::enums::{DECISION, NOTIFICATION, SIGNED_OFF};
use super::{paging, user};
use crate::decode::{Faults, MAX_ITEMS, MAX_TEXT, Object, Query, integer, parse};
use crate::exchange::Pairs;

/// Rows on a page when the client does not say.
pub const PAGE: usize = 100;
/// Rows on a page at most.
pub const MAX_PAGE: usize = 2000;

/// A change of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update<Input = UpdateInput> {
    /// The row.
    pub row: RowId,
    /// What changes.
    pub input: Input,
    /// Where the fields stood in the body: `value`, or empty.
    place: String,
}

impl<Input> Update<Input> {
    /// Names the fields of a use case's error as they stood in the body. A change that is refused for what it lacks is
    /// a fault of the field that is lacking.
    #[must_use]
    pub fn located(&self, error: Error) -> Error {
        located(&self.place, error)
    }
}

/// The same error with the fields of `place` named as they stood in the body.
pub(super) fn located(place: &str, error: Error) -> Error {
    let at = |field: &str| if place.is_empty() { field.to_owned() } else { format!("{place}.{field}") };
    match error {
        Error::Invalid(faults) => {
            Error::Invalid(faults.into_iter().map(|fault| Fault::new(at(&fault.field), fault.issue)).collect())
        }
        Error::Refused(refusal) if refusal.kind() == RefusalKind::Invalid => match refusal.field() {
            Some(field) => Error::invalid(at(field), refusal.to_string()),
            None => Error::Refused(refusal),
        },
        other => other,
    }
}

/// Decodes a change of one row.
///
/// # Errors
/// All faults of the body; a body that changes nothing is one.
pub fn update(body: &[u8]) -> Result<Update, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?.unwrapped();
    let row = body.required("result_id", row_id(&body));
    let input = changes(&body);
    let changes_nothing = input == UpdateInput::default();
    something(row, input, &body, changes_nothing, "decision, notes, reviewers, signed_off_state")
}

/// Decodes a change of one row by force.
///
/// # Errors
/// As [`update`].
pub fn force(body: &[u8]) -> Result<Update<ForceInput>, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?.unwrapped();
    let row = body.required("result_id", row_id(&body));
    let input = ForceInput { update: changes(&body), removal: NOTIFICATION.field(&body, "notification_status") };
    let changes_nothing = input == ForceInput::default();
    let names = "decision, notes, reviewers, signed_off_state, notification_status";
    something(row, input, &body, changes_nothing, names)
}

/// Decodes what whoever removes access tells about a row.
///
/// # Errors
/// All faults of the body.
pub fn webhook_info(body: &[u8]) -> Result<Update<AnswerInput>, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?.unwrapped();
    let row = body.required("result_id", row_id(&body));
    let status = NOTIFICATION.field(&body, "notification_status");
    if status.is_none() && !body.is_faulty("notification_status") {
        body.fault("notification_status", "is required and must be one of PENDING, SUCCEED, FAILED");
    }
    let info = body.text("webhook_info", MAX_TEXT);
    match (row, status, faults.check()) {
        (Some(row), Some(status), Ok(())) => {
            Ok(Update { row, input: AnswerInput { status, info }, place: body.path().to_owned() })
        }
        _ => Err(faults.error()),
    }
}

/// What a body asks to change on a row.
fn changes(body: &Object<'_>) -> UpdateInput {
    UpdateInput {
        decision: decision(body),
        notes: body.text("notes", MAX_TEXT),
        reviewers: user::references(body, "reviewers").filter(|reviewers| !reviewers.is_empty()),
        signed_off: SIGNED_OFF.field(body, "signed_off_state"),
    }
}

/// The change, unless the body has faults; that it changes nothing is one.
fn something<Input>(
    row: Option<RowId>,
    input: Input,
    body: &Object<'_>,
    changes_nothing: bool,
    names: &str,
) -> Result<Update<Input>, Error> {
    body.faults().check()?;
    if changes_nothing {
        let place = if body.path().is_empty() { "body" } else { body.path() };
        body.faults().add(place, format!("must change at least one of {names}"));
    }
    match (row, body.faults().check()) {
        (Some(row), Ok(())) => Ok(Update { row, input, place: body.path().to_owned() }),
        (None | Some(_), _) => Err(body.faults().error()),
    }
}

/// The decision under either of its names; both together must agree.
fn decision(body: &Object<'_>) -> Option<Decision> {
    let (one, other) = (DECISION.field(body, "decision"), DECISION.field(body, "decisions"));
    if let (Some(one), Some(other)) = (one, other)
        && one != other
    {
        body.fault("decisions", "must not differ from decision");
    }
    one.or(other)
}

fn row_id(body: &Object<'_>) -> Option<RowId> {
    let number = body.integer("result_id", 0..=i64::from(u32::MAX))?;
    u32::try_from(number).ok().map(RowId)
}

/// Decodes the row number of a path.
///
/// # Errors
/// It is not an integer of at least 0.
pub fn path_row(path: &Pairs) -> Result<RowId, Error> {
    let text = path.get("result_id").unwrap_or_default();
    let number = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten();
    let number = number.ok_or_else(|| Error::invalid("result_id", "must be an integer of at least 0"))?;
    u32::try_from(number).map(RowId).map_err(|_| Error::not_found())
}

/// The same change on many rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bulk {
    /// What is asked for.
    pub input: BulkInput,
    /// Where the fields stood in the body.
    place: String,
}

impl Bulk {
    /// Names the fields of a use case's error as they stood in the body.
    #[must_use]
    pub fn located(&self, error: Error) -> Error {
        located(&self.place, paging::tokens(error))
    }
}

/// Decodes the same change on many rows, named or found by filters.
///
/// # Errors
/// All faults of the body; naming rows besides a filter is one, and so is changing nothing.
pub fn bulk(body: &[u8]) -> Result<Bulk, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?.unwrapped();
    let rows = row_ids(&body);
    let text = |name: &str| body.text(name, usize::MAX).filter(|text| !text.trim().is_empty());
    let filter = RowFilter { filter: text("filter"), mutable_filter: text("mutable_filter"), ..RowFilter::default() };
    let change = changes(&body);
    let after = body.text("page_token", usize::MAX).filter(|token| !token.is_empty());
    let selection = match (rows, filter == RowFilter::default()) {
        (Some(rows), true) => Selection::Rows(rows),
        (None, _) => Selection::Matching(Box::new(filter)),
        (Some(_), false) => {
            body.fault("result_ids", "must be absent where a filter is given");
            Selection::Rows(Vec::new())
        }
    };
    if selection == Selection::Matching(Box::default()) && !body.is_faulty("result_ids") {
        body.fault("result_ids", "is required unless filter or mutable_filter is given");
    }
    let changes_nothing = change == UpdateInput::default();
    let names = "decision, notes, reviewers, signed_off_state";
    let update = something(Some(RowId(0)), change, &body, changes_nothing, names)?;
    let Update { input: change, place, .. } = update;
    Ok(Bulk { input: BulkInput { selection, change, after }, place })
}

/// Decodes which rows to sign off.
///
/// # Errors
/// All faults of the body; naming no rows is one, and so is naming rows besides `all_assigned_to_me`.
pub fn sign_off(body: &[u8]) -> Result<SignOffInput, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?.unwrapped();
    let mine = body.flag("all_assigned_to_me").unwrap_or(false);
    let rows = row_ids(&body);
    faults.check()?;
    match (mine, rows) {
        (true, None) => Ok(SignOffInput::AssignedToMe),
        (false, Some(rows)) => Ok(SignOffInput::Rows(rows)),
        (true, Some(_)) => Err(Error::invalid(body.path_of("result_ids"), "must be absent with all_assigned_to_me")),
        (false, None) => {
            Err(Error::invalid(body.path_of("result_ids"), "is required unless all_assigned_to_me is true"))
        }
    }
}

/// Row numbers in order, each once; an empty list counts as absent.
fn row_ids(body: &Object<'_>) -> Option<Vec<RowId>> {
    let items = body.list("result_ids", MAX_ITEMS)?;
    let mut rows = std::collections::BTreeSet::new();
    for (n, item) in items.iter().enumerate() {
        match integer(item).and_then(|number| u32::try_from(number).ok()) {
            Some(number) => _ = rows.insert(number),
            None => body.fault(&format!("result_ids[{n}]"), "must be an integer of at least 0"),
        }
    }
    (!rows.is_empty()).then(|| rows.into_iter().map(RowId).collect())
}

/// Decodes the query of the list of results.
///
/// A page token is an opaque cursor or, in decimal digits, the number of rows to skip. `offset` and `size` are older
/// names, which count only where neither `page_token` nor `page_size` is given.
///
/// # Errors
/// All faults of the query.
pub fn list(query: &Pairs) -> Result<ListInput, Error> {
    let faults = Faults::new();
    let query = Query::new(query, &faults);
    let legacy = query.text("page_token").is_none() && query.text("page_size").is_none();
    let (start, limit) = if legacy {
        (offset(&query, "offset"), size(&query, "size"))
    } else {
        (token(&query), size(&query, "page_size"))
    };
    let filter = RowFilter {
        filter: query.text("filter").map(str::to_owned),
        mutable_filter: query.text("mutable_filter").map(str::to_owned),
        ..RowFilter::default()
    };
    let order = super::order::parse(&query);
    let backwards = query.flag("paginate_direction_backwards").unwrap_or(false);
    faults.check()?;
    Ok(ListInput { filter, order, limit, start, backwards, with_log: true })
}

fn token(query: &Query<'_>) -> Start {
    match query.text("page_token") {
        None => Start::First,
        Some(token) => match token.parse::<u64>() {
            Ok(0) => Start::First,
            Ok(rows) => Start::Offset(rows),
            Err(_) => Start::After(token.to_owned()),
        },
    }
}

fn offset(query: &Query<'_>, name: &str) -> Start {
    match query.integer(name) {
        None | Some(0) => Start::First,
        Some(rows) => match u64::try_from(rows) {
            Ok(rows) => Start::Offset(rows),
            Err(_) => {
                query.fault(name, "must be at least 0");
                Start::First
            }
        },
    }
}

/// 0 stands for the default, and what is beyond the largest page for the largest page.
fn size(query: &Query<'_>, name: &str) -> usize {
    match query.integer(name) {
        None | Some(0) => PAGE,
        Some(rows) => match usize::try_from(rows) {
            Ok(rows) => rows.min(MAX_PAGE),
            Err(_) => {
                query.fault(name, "must be at least 0");
                PAGE
            }
        },
    }
}

#[cfg(test)]
mod tests;
