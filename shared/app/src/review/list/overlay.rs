//! What was decided about rows, as columns that a filter can be evaluated on, and as values to sort by.
//!
//! The columns have the names that the filter language resolves to: `decision`, `signed_off_state`,
//! `notification_status`, `notes`, and `reviewers.email`, `reviewers.name`, `reviewers.id`. Only those that a filter names
//! are made.

use std::borrow::Cow;
use std::collections::BTreeMap;

use columns::{Batch, BatchError, Column, Data, ListBuilder, TextBuilder, TimeBuilder};
use domain::page::PageState;
use domain::row::{Approval, Decision, NotificationStatus, RowState};
use domain::run::Outcome;
use domain::user::User;
use jiff::Timestamp;

use super::line::{Circumstances, Line, column as line};
use crate::deps::Deps;
use crate::error::Error;
use crate::review::open::Review;
use crate::user::People;

/// The reviewers of one row.
pub(crate) type Reviewers<'a> = Vec<Cow<'a, User>>;

/// One row, as far as it can change.
pub(crate) struct Changing<'a> {
    /// What was decided.
    pub(crate) state: &'a RowState,
    /// The text of its note.
    pub(crate) note: Option<&'a str>,
    /// Who reviews it; empty unless somebody asks.
    pub(crate) reviewers: Reviewers<'a>,
    /// Who decided, where somebody asks for lines of the run history.
    pub(crate) decider: Option<User>,
}

impl Changing<'_> {
    /// Its line of the run history.
    pub(crate) fn line(&self, circumstances: &Circumstances) -> Line<'_> {
        Line::of(circumstances, self.state, self.decider.as_ref(), self.reviewers.iter().map(AsRef::as_ref))
    }
}

/// The columns of `names` for some rows of a review in these `circumstances`. A row that is not looked at has no values.
///
/// # Errors
/// When columns do not fit together: a bug.
pub(crate) fn batch(
    names: &[String],
    circumstances: &Circumstances,
    rows: &[Option<Changing<'_>>],
) -> Result<Batch, BatchError> {
    Batch::of(rows.len(), names.iter().filter_map(|name| column(name, circumstances, rows)))
}

fn column(name: &str, circumstances: &Circumstances, rows: &[Option<Changing<'_>>]) -> Option<Column> {
    match name {
        "decision" => Some(texts(name, rows, |row| Some(decision_word(row.state.decision)))),
        "signed_off_state" => Some(texts(name, rows, |row| Some(sign_off_word(row.state)))),
        "notification_status" => Some(texts(name, rows, |row| Some(notification_word(row.state.notification)))),
        "notes" => Some(texts(name, rows, |row| row.note)),
        "reviewers.email" => Some(lists(name, rows, |user| &user.email)),
        "reviewers.name" => Some(lists(name, rows, |user| &user.name)),
        "reviewers.id" => Some(lists(name, rows, |user| &user.id)),
        line::APPROVER => Some(texts(name, rows, |row| row.line(circumstances).approver)),
        line::RESPONSE => Some(texts(name, rows, |row| Some(row.line(circumstances).response.word()))),
        line::RESULT => Some(texts(name, rows, |row| row.line(circumstances).outcome.map(Outcome::word))),
        line::ANSWERED_AT => Some(times(name, rows, |row| row.line(circumstances).answered_at)),
        _ => None,
    }
}

fn texts<'a>(
    name: &str,
    rows: &'a [Option<Changing<'_>>],
    value: impl Fn(&'a Changing<'_>) -> Option<&'a str>,
) -> Column {
    let mut builder = TextBuilder::new();
    rows.iter().for_each(|row| builder.push(row.as_ref().and_then(&value)));
    builder.finish(name)
}

fn times(name: &str, rows: &[Option<Changing<'_>>], value: impl Fn(&Changing<'_>) -> Option<Timestamp>) -> Column {
    let mut builder = TimeBuilder::new();
    rows.iter().for_each(|row| builder.push(row.as_ref().and_then(&value).map(Timestamp::as_millisecond)));
    builder.finish(name)
}

fn lists(name: &str, rows: &[Option<Changing<'_>>], value: impl Fn(&User) -> &str) -> Column {
    let mut builder = ListBuilder::new();
    for row in rows {
        builder.push(row.as_ref().map(|row| row.reviewers.iter().map(|user| value(user))));
    }
    builder.finish(name)
}

/// The reviewers as assigned of the rows of a block: each distinct one is read once.
#[derive(Debug, Default)]
pub(crate) struct Assigned<'a> {
    column: Option<&'a Column>,
    users: Vec<Option<User>>,
}

impl<'a> Assigned<'a> {
    /// Those of a block that has the column `reviewers`.
    pub(crate) fn of(batch: &'a Batch) -> Self {
        let column = batch.column("reviewers");
        let users = match column.map(|column| &column.data) {
            Some(Data::TextList { dict, .. }) => dict.iter().map(crate::user::decode).collect(),
            Some(_) | None => Vec::new(),
        };
        Self { column, users }
    }

    /// Everybody who is assigned to some row.
    pub(crate) fn everybody(&self) -> impl Iterator<Item = &User> {
        self.users.iter().flatten()
    }

    /// The reviewers that count for the row at a place: as assigned, unless somebody changed them.
    pub(crate) fn effective(&self, place: usize, state: &RowState, people: &People) -> Reviewers<'_> {
        match &state.reviewers {
            Some(changed) => changed.iter().map(|key| Cow::Owned(people.get(key))).collect(),
            None => {
                let codes = self.column.and_then(|column| column.list(place)).map(columns::Elements::codes);
                let user = |code: &u32| self.users.get(*code as usize)?.as_ref().map(Cow::Borrowed);
                codes.unwrap_or_default().iter().filter_map(user).collect()
            }
        }
    }
}

/// Which rows of a page are in a state of the campaign vocabulary; `None` is a page that nobody touched.
pub(crate) fn in_status(page: Option<&PageState>, status: Approval) -> u64 {
    let Some(page) = page else { return if status == Approval::Pending { u64::MAX } else { 0 } };
    let masks = page.masks();
    let removed = || {
        let removed = page.rows().filter(|(_, row)| row.approval() == Approval::Revoked);
        removed.fold(0, |rows, (slot, _)| rows | 1 << slot)
    };
    match status {
        Approval::Pending => !(masks.decided() | masks.flagged),
        Approval::Approved => masks.accepted,
        Approval::Flagged => masks.flagged,
        Approval::Rejected => masks.rejected & !removed(),
        Approval::Revoked => removed(),
    }
}

/// The number that a state sorts by.
pub(crate) const fn status_rank(status: Approval) -> i64 {
    match status {
        Approval::Pending => 0,
        Approval::Approved => 1,
        Approval::Rejected => 2,
        Approval::Flagged => 3,
        Approval::Revoked => 4,
    }
}

/// The states of the touched pages among `pages`, which ascend; an untouched page has no entry. Pages that lie close
/// together are read by ranges, where a page without a state costs nothing, others by their keys.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn touched(deps: &Deps, review: &Review, pages: &[u32]) -> Result<BTreeMap<u32, PageState>, Error> {
    /// How many times as many pages a range may hold.
    const SPARSE: usize = 4;
    let (Some(first), Some(last)) = (pages.first(), pages.last()) else { return Ok(BTreeMap::new()) };
    let span = usize::try_from(last - first).unwrap_or(usize::MAX);
    let id = review.id();
    if span <= pages.len().saturating_mul(SPARSE) {
        let mut states = deps.store.pages().touched(&id, *first..last.saturating_add(1)).await?;
        states.retain(|page, _| pages.binary_search(page).is_ok());
        return Ok(states);
    }
    let mut states = deps.store.pages().states(&id, pages).await?;
    states.retain(|_, state| state.seq() > 0);
    Ok(states)
}

/// As the filter language and both dialects' files write it.
pub(crate) const fn decision_word(decision: Decision) -> &'static str {
    match decision {
        Decision::None => "NONE",
        Decision::Accepted => "ACCEPTED",
        Decision::Rejected => "REJECTED",
        Decision::Fixed => "FIXED",
    }
}

/// As the filter language and both dialects' files write it.
pub(crate) const fn sign_off_word(state: &RowState) -> &'static str {
    if state.is_signed_off() { "SIGNED_OFF" } else { "NOT_SIGNED_OFF" }
}

/// As the filter language and both dialects' files write it.
pub(crate) const fn notification_word(status: NotificationStatus) -> &'static str {
    match status {
        NotificationStatus::Unknown => "UNKNOWN",
        NotificationStatus::Pending => "PENDING",
        NotificationStatus::Succeed => "SUCCEED",
        NotificationStatus::Failed => "FAILED",
    }
}
