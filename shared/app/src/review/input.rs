//! What callers ask of the rows of a review, in words that belong to neither dialect.

use domain::decide::Verdict;
use domain::ids::RowId;
use domain::row::{Approval, Decision, NotificationStatus};
use domain::run::{Outcome, Response};
use jiff::Timestamp;

/// A decision on one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecideInput {
    /// What the caller decided.
    pub verdict: Verdict,
    /// Why, at most 4,000 characters; `None` or blank leaves the comment empty.
    pub comment: Option<String>,
}

/// The same decision on several accounts, all or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchInput {
    /// 1 to 1,000 account ids; duplicates count once.
    pub accounts: Vec<String>,
    /// What the caller decided.
    pub verdict: Verdict,
    /// Why, stored with every account.
    pub comment: Option<String>,
}

/// A user as a client names one: type and id decide, e-mail and name must fit the record when they are given.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UserReference {
    /// The user's type, `localCookieUser` for local users, else the identity's node type.
    pub user_type: String,
    /// The user's id within the type.
    pub id: String,
    /// When given: must equal the record's, letter case aside.
    pub email: Option<String>,
    /// When given: must equal the record's.
    pub name: Option<String>,
}

/// Who shall review the rows of a review, as a client names them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AssignmentInput {
    /// The manager of each row's source.
    pub users_manager: bool,
    /// The owners of each row's destination.
    pub resource_managers: bool,
    /// These, on every row.
    pub reviewers: Vec<UserReference>,
    /// These, where automatic assignment finds nobody.
    pub fallback_reviewers: Vec<UserReference>,
}

/// Changes of one row, applied together in the order of the fields. `None` leaves a field as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpdateInput {
    /// The new decision; `Decision::None` clears it.
    pub decision: Option<Decision>,
    /// The new note; blank clears it.
    pub notes: Option<String>,
    /// The row's new reviewers; an empty list leaves them.
    pub reviewers: Option<Vec<UserReference>>,
    /// `true` signs off, `false` asks for an undone sign-off, which an ordinary update may not do to a signed-off row.
    pub signed_off: Option<bool>,
}

/// Changes of one row by force. `None` leaves a field as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ForceInput {
    /// What changes; `signed_off: false` takes the sign-off back before anything else is looked at.
    pub update: UpdateInput,
    /// How the removal of the access goes, where that is to be put right.
    pub removal: Option<NotificationStatus>,
}

/// What whoever removes access tells about a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerInput {
    /// How the removal goes.
    pub status: NotificationStatus,
    /// What they say about it, at most 255 bytes; `None` and empty say nothing.
    pub info: Option<String>,
}

/// The same change on many rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkInput {
    /// Which rows.
    pub selection: Selection,
    /// The change.
    pub change: UpdateInput,
    /// Where an earlier call with this selection has stopped.
    pub after: Option<String>,
}

/// How a smart action is applied.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SmartInput {
    /// Whether it is only to be told what would become of the rows.
    pub dry_run: bool,
    /// Where an earlier call has stopped.
    pub after: Option<String>,
}

/// Rows that are changed together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// These, at most 1,000.
    Rows(Vec<RowId>),
    /// Those that a filter finds.
    Matching(Box<RowFilter>),
    /// All that the caller sees.
    All,
}

/// What became of many rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BulkOutcome {
    /// Each row of the selection, in the order of their numbers where a filter found them.
    pub rows: Vec<(RowId, RowOutcome)>,
    /// Where the next call goes on; `None` when no rows are left.
    pub next: Option<String>,
}

/// What became of one of many rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowOutcome {
    /// It was changed, or would be.
    Updated,
    /// All that was asked for stands already.
    Unchanged,
    /// It was left alone; the word says why, that of a [`domain::refusal::Refusal`] or `not_found`.
    Skipped(&'static str),
}

impl BulkOutcome {
    /// How many rows were changed.
    pub fn updated(&self) -> usize {
        self.rows.iter().filter(|(_, outcome)| *outcome == RowOutcome::Updated).count()
    }
}

/// Which rows to sign off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignOffInput {
    /// These, at most 1,000.
    Rows(Vec<RowId>),
    /// Every row that is assigned to the caller.
    AssignedToMe,
}

/// What became of a sign-off of several rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SignOffOutcome {
    /// Rows that are signed off by this call.
    pub signed_off: u64,
    /// Rows that were left alone: undecided, or signed off already.
    pub skipped: u64,
}

/// Which rows a list shows. All conditions hold together.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct RowFilter {
    /// Only items in this state.
    pub status: Option<Approval>,
    /// Only items of this risk level: `low`, `medium`, `high`.
    pub risk: Option<String>,
    /// Only items whose source's name contains this, letter case aside.
    pub search: Option<String>,
    /// A filter over what is reviewed, in the filter language.
    pub filter: Option<String>,
    /// A filter over what was decided, in the filter language.
    pub mutable_filter: Option<String>,
    /// Only these lines of the run history.
    pub lines: LineFilter,
}

/// Which lines of the run history of a campaign a list shows. All conditions hold together.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct LineFilter {
    /// The name of the person contains this, letter case aside.
    pub user: Option<String>,
    /// The application has this id, or exactly this name.
    pub application: Option<String>,
    /// The approver has this e-mail address, letter case aside.
    pub approver: Option<String>,
    /// One of these responses; any when empty.
    pub responses: Vec<Response>,
    /// This result; `Some(None)` asks for lines without one.
    pub outcome: Option<Option<Outcome>>,
    /// Answered at this time or later.
    pub from: Option<Timestamp>,
    /// Answered at this time or earlier.
    pub to: Option<Timestamp>,
}

/// What a list is sorted by. Rows that agree in all keys stay in the order of their ids; absent values come last.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SortKey {
    /// The column.
    pub by: SortColumn,
    /// Whether the largest value comes first.
    pub descending: bool,
}

/// What a row can be sorted by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SortColumn {
    /// A frozen column of the block, by its name (`source.name`, `risk.score`).
    Frozen(String),
    /// The item's state, in the order of [`Approval`].
    Status,
    /// The e-mail address of the first effective reviewer.
    Reviewer,
    /// When the row was decided.
    DecidedAt,
    /// The name of the person: the owner of the account, or, where there is none, the account itself.
    Person,
    /// A column of the run history.
    Line(LineColumn),
}

/// What a line of the run history says beside what is frozen about its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineColumn {
    /// The e-mail address of the approver.
    Approver,
    /// The word of the response.
    Response,
    /// When it came.
    AnsweredAt,
    /// The word of its result.
    Outcome,
}

/// A list of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListInput {
    /// Which rows.
    pub filter: RowFilter,
    /// In which order; empty is the order of the ids.
    pub order: Vec<SortKey>,
    /// At most this many rows, at least 1.
    pub limit: usize,
    /// Where to start.
    pub start: Start,
    /// From the last row towards the first.
    pub backwards: bool,
    /// Whether each row comes with its action log, which takes another request.
    pub with_log: bool,
}

/// Where a list starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// At its first row.
    First,
    /// After what a cursor stands for.
    After(String),
    /// After this many rows.
    Offset(u64),
}
