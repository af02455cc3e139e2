//! What a command changes on a row, or why it is refused. The only place where decision rules live.
//!
//! Both dialects end here. The campaign dialect has [`RowCommand::Decide`] and [`RowCommand::Undo`], the other one
//! [`RowCommand::Update`] and [`RowCommand::SignOff`]; their vocabularies meet in [`Change`]:
//!
//! | campaign decision | changes                                                     |
//! | ----------------- | ----------------------------------------------------------- |
//! | approved          | accepted, signed off                                        |
//! | rejected          | rejected, signed off; removal asked for where enforced      |
//! | revoked           | rejected, signed off; removal asked for                     |
//! | flagged           | flagged, not signed off                                     |
//!
//! A campaign decision may be taken again and lifts a sign-off, each time with a new undo window. In the other dialect
//! a sign-off locks the row, except that a rejected row may become fixed, that operators may still change the note (it is
//! where remediation writes its ticket numbers), and that repeating what stands is no change. On a row that is not signed
//! off a decision that agrees with somebody else's is one all the same: it stands in the log, and the row is theirs.
//!
//! What rules and policies decide is a campaign decision as well ([`RowCommand::Automatic`]), but only on rows that nobody
//! has decided or set aside: whatever a person did stands, also when it was done a moment before the rule's turn.
//!
//! What automations wish for a row while a review is being prepared is an update of the other dialect ([`fulfil`]).
//!
//! What nobody had decided when a review expired may be rejected then ([`RowCommand::RejectUndecided`]).
//!
//! An administrator may take a sign-off back and mend rows for some days after a review has ended ([`RowCommand::Force`]),
//! and whoever was asked to remove an access may tell at any time how that goes ([`RowCommand::Answer`]).
//!
//! Whether the caller may act on the row at all (assignment, delegation) has been checked before: a row that is not the
//! caller's does not exist for them. Whether new reviewers may be assigned has been checked before as well.

mod automated;
mod awf;
mod campaign;
mod expired;
mod forced;

use jiff::Timestamp;

pub use automated::{AutomationWish, Fulfilled, Wished, fulfil};

pub use crate::verdict::Verdict;

use crate::automatic::Automatic;
use crate::ids::RowId;
use crate::note::{NoteDigest, NoteEdit};
use crate::page::Change;
use crate::refusal::Refusal;
use crate::review::{Phase, RevokeMode};
use crate::row::{Decision, NotificationStatus, RowState};
use crate::settings::{NotesBehavior, Settings};
use crate::user::{Role, UserKey};

/// What the other dialect does in one update; `None` leaves a part. Applied in the order of the fields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowUpdate {
    /// New decision; [`Decision::None`] clears.
    pub decision: Option<Decision>,
    /// New note.
    pub note: NoteEdit,
    /// New reviewers, already resolved, checked and completed by delegates; empty leaves them.
    pub reviewers: Option<Vec<UserKey>>,
    /// The instructions that found them, where nobody named them.
    pub instructions: Option<NoteDigest>,
    /// Sign off, or (refused on a signed-off row) not.
    pub signed_off: Option<bool>,
}

/// What an administrator does by force; the parts that an update has, and one more.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ForcedUpdate {
    /// What changes. Not signed off takes a sign-off back before anything else is looked at.
    pub update: RowUpdate,
    /// How the removal of the access goes, where that is to be put right.
    pub removal: Option<NotificationStatus>,
}

/// A command on one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowCommand {
    /// Decide in the campaign dialect.
    Decide {
        /// What.
        verdict: Verdict,
        /// The comment that comes with it; absent leaves the one there is.
        comment: NoteEdit,
    },
    /// The same, but only where nobody has decided or set aside: changes nothing on a row that is not pending.
    DecidePending {
        /// What.
        verdict: Verdict,
        /// The comment that comes with it.
        comment: NoteEdit,
    },
    /// Take the own decision back, in the campaign dialect.
    Undo,
    /// Update in the other dialect.
    Update(RowUpdate),
    /// Sign off, one of many rows.
    SignOff,
    /// Update by force, also a while after the review has ended.
    Force(ForcedUpdate),
    /// Tell how the removal of the access goes, whatever the state of the review is. Never changes the decision.
    Answer {
        /// How it goes.
        status: NotificationStatus,
        /// Digest of what is said about it.
        info: Option<NoteDigest>,
    },
    /// Take in what came of asking somebody to remove the access: counts only as long as nobody has told how that goes.
    Asked {
        /// How it goes.
        status: NotificationStatus,
        /// Digest of what is said about it.
        info: Option<NoteDigest>,
    },
    /// Reject and sign off what nobody had decided when the review expired; what has been decided since stands.
    RejectUndecided {
        /// The note that comes with it.
        note: NoteEdit,
    },
    /// Do what a rule or policy asks for. Changes nothing on a row that is not pending any more.
    Automatic(Automatic),
}

impl RowCommand {
    /// Whether it is carried out although the review has been closed meanwhile: what the state of the review leaves of it
    /// has then been judged by [`apply_command`] alone.
    #[must_use]
    pub const fn outlives_the_review(&self) -> bool {
        matches!(self, Self::Force(_) | Self::Answer { .. } | Self::Asked { .. })
    }
}

/// What a decision depends on beside row and command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// Who gives the command.
    pub actor: UserKey,
    /// Their role.
    pub role: Role,
    /// Where the review stands.
    pub phase: Phase,
    /// Decisions that need a note from callers of role reviewer.
    pub notes: NotesRequired,
    /// Whether a rejection asks for the removal of the access.
    pub revoke_mode: RevokeMode,
    /// All reviewers of the row as assigned at its creation; used where a command replaces reviewers.
    pub assigned: Vec<UserKey>,
    /// The version of the row that the caller has read; `None` when they do not care.
    pub if_match: Option<u64>,
}

/// Decisions that need a note from callers of role reviewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct NotesRequired {
    /// Accepting does.
    pub accept: bool,
    /// Rejecting does.
    pub reject: bool,
}

impl From<&Settings> for NotesRequired {
    fn from(settings: &Settings) -> Self {
        let required = |behavior| match behavior {
            NotesBehavior::PopUpRequired => true,
            NotesBehavior::NoPopUp | NotesBehavior::PopUpOptional => false,
        };
        let ui = settings.ui_customization();
        Self { accept: required(ui.accept_notes), reject: required(ui.reject_notes) }
    }
}

/// What a command changes on a row, in order; empty when everything it asks for stands already.
///
/// # Errors
/// The refusal that names what is in the way; nothing of the command is to be written then.
pub fn apply_command(
    row: &RowState,
    command: &RowCommand,
    context: &Context,
    now: Timestamp,
) -> Result<Vec<Change>, Refusal> {
    Refusal::unless_current(u64::from(row.version), context.if_match)?;
    match command {
        RowCommand::Decide { verdict, comment } => campaign::decide(row, *verdict, *comment, context),
        RowCommand::DecidePending { verdict, comment } => campaign::decide_pending(row, *verdict, *comment, context),
        RowCommand::Undo => campaign::undo(row, context, now),
        RowCommand::Update(update) => awf::update(row, update, context, now),
        RowCommand::SignOff => awf::update(row, &awf::SIGN_OFF, context, now),
        RowCommand::Force(forced) => forced::update(row, forced, context, now),
        RowCommand::Answer { status, info } => Ok(vec![Change::Answered { status: *status, info: *info }]),
        RowCommand::Asked { .. } if !is_asked(row) => Ok(Vec::new()),
        RowCommand::Asked { status: NotificationStatus::Pending, .. } if row.answer.is_some() => Ok(Vec::new()),
        RowCommand::Asked { status, info } => Ok(vec![Change::Answered { status: *status, info: *info }]),
        RowCommand::RejectUndecided { note } => Ok(expired::reject_undecided(row, *note, context)),
        RowCommand::Automatic(automatic) => campaign::automatic(row, automatic, context),
    }
}

/// The rows that stand in the way of a command, each with the reason.
pub type Refused = Vec<(RowId, Refusal)>;

/// The changes of one command on many rows: all of them, or the refusals of all rows that refuse.
///
/// # Errors
/// Every row that refuses, in the order given; nothing is to be written then.
pub fn apply_to_all<'a>(
    rows: impl IntoIterator<Item = (RowId, &'a RowState)>,
    command: &RowCommand,
    context: &Context,
    now: Timestamp,
) -> Result<Vec<(RowId, Vec<Change>)>, Refused> {
    let mut changes = Vec::new();
    let mut refused = Refused::new();
    for (id, row) in rows {
        match apply_command(row, command, context, now) {
            Ok(done) => changes.push((id, done)),
            Err(refusal) => refused.push((id, refusal)),
        }
    }
    if refused.is_empty() { Ok(changes) } else { Err(refused) }
}

/// The change that a note edit amounts to: none when the note stands already.
fn edit_note(row: &RowState, edit: NoteEdit) -> Option<Change> {
    match (edit, row.note) {
        (NoteEdit::Keep, _) | (NoteEdit::Clear, None) => None,
        (NoteEdit::Clear, Some(_)) => Some(Change::Note { digest: None }),
        (NoteEdit::Set(digest), Some(note)) if note.tag == digest.tag() => None,
        (NoteEdit::Set(digest), _) => Some(Change::Note { digest: Some(digest) }),
    }
}

/// That a row with this decision may be left with the note it will have.
fn require_note(row: &RowState, decision: Decision, edit: NoteEdit, context: &Context) -> Result<(), Refusal> {
    let required = match (context.role, decision) {
        (Role::Reviewer, Decision::Accepted) => context.notes.accept,
        (Role::Reviewer, Decision::Rejected) => context.notes.reject,
        (Role::Reviewer, Decision::None | Decision::Fixed) => false,
        (Role::Administrator | Role::Operator | Role::Auditor, _) => false,
    };
    let has_note = match edit {
        NoteEdit::Keep => row.note.is_some(),
        NoteEdit::Clear => false,
        NoteEdit::Set(_) => true,
    };
    if required && !has_note { Err(Refusal::NoteRequired) } else { Ok(()) }
}

/// Whether the removal of the access is on its way.
fn is_asked(row: &RowState) -> bool {
    row.notification == NotificationStatus::Pending
}

/// What a decision wants to come of the access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Removal {
    /// It stays, or nobody has said for good that it goes.
    None,
    /// It goes, and nobody is asked to see to that.
    Unasked,
    /// Somebody is to remove it.
    Asked,
}

impl Removal {
    /// Of a row that is left with this decision.
    fn of(decision: Decision, signed_off: bool, mode: RevokeMode) -> Self {
        match (decision, mode) {
            (Decision::Rejected, RevokeMode::Enforce) if signed_off => Self::Asked,
            (Decision::Rejected, _) => Self::Unasked,
            (Decision::None | Decision::Accepted | Decision::Fixed, _) => Self::None,
        }
    }
}

/// The change that brings the removal of a rejected access to what it should be, if any. A removal that was carried out
/// or has failed is history and stays, until the access is rejected anew: then it is there again, whatever became of it
/// before. What somebody told of a row that was not rejected for good has asked nobody.
fn ask_removal(row: &RowState, wanted: Removal) -> Option<Change> {
    use NotificationStatus as Status;
    let was_rejected = row.decision == Decision::Rejected;
    let status = match (row.notification, wanted) {
        (Status::Pending | Status::Succeed, Removal::Asked) if was_rejected && row.is_signed_off() => return None,
        (Status::Unknown | Status::Pending | Status::Succeed | Status::Failed, Removal::Asked) => Status::Pending,
        (Status::Pending, Removal::None | Removal::Unasked) => Status::Unknown,
        (Status::Succeed | Status::Failed, Removal::Unasked) if !was_rejected => Status::Unknown,
        (Status::Unknown | Status::Succeed | Status::Failed, Removal::None | Removal::Unasked) => return None,
    };
    Some(Change::Notification { status })
}

#[cfg(test)]
mod tests;
