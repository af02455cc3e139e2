//! Every reason for which a well-formed command of somebody who may give it is not carried out.
//!
//! Each dialect maps [`Refusal::kind`] to its own status and shows [`Refusal::code`] and the message.

/// Why a command changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The row has changed since the caller read it.
    #[error("the object has changed since it was read: its version is {current}")]
    Stale {
        /// The version that stands now.
        current: u64,
    },
    /// The review has not begun.
    #[error("the review has not started")]
    NotStarted,
    /// The review is completed.
    #[error("the review is completed")]
    Completed,
    /// The review was terminated.
    #[error("the review was terminated")]
    Terminated,
    /// The review has expired.
    #[error("the review has expired")]
    Expired,
    /// The review ended too long ago to be mended.
    #[error("the review ended more than 7 days ago and cannot be changed any more")]
    GraceElapsed,
    /// The row is signed off.
    #[error("the row is signed off")]
    SignedOff,
    /// An ordinary update cannot lift a sign-off.
    #[error("an ordinary update cannot undo a sign-off")]
    CannotUndoSignOff,
    /// Only decided rows can be signed off.
    #[error("only a row with a decision can be signed off")]
    SignOffNeedsDecision,
    /// Only rejected rows can be fixed.
    #[error("only a rejected row can be marked as fixed")]
    FixedNeedsRejected,
    /// The decision needs a note.
    #[error("this decision needs a note")]
    NoteRequired,
    /// There is no decision to undo.
    #[error("there is no decision to undo")]
    NothingToUndo,
    /// The decision was not a person's.
    #[error("an automatic decision cannot be undone")]
    DecidedAutomatically,
    /// Only the decider and administrators may undo.
    #[error("only the person who decided and administrators may undo this decision")]
    NotTheDecider,
    /// More than 30 seconds have passed since the decision.
    #[error("the 30 second undo window for this decision has passed")]
    UndoWindowElapsed,
    /// The completion rule is not met.
    #[error("{not_signed_off} rows are not signed off and {rejected} are still rejected")]
    RowsBlockCompletion {
        /// Rows that are not signed off.
        not_signed_off: i64,
        /// Rows that are rejected and not fixed; 0 where the rule does not look at them.
        rejected: i64,
    },
    /// The campaign is being started already.
    #[error("the campaign is already being started")]
    AlreadyStarting,
    /// The campaign has been started before.
    #[error("the campaign has already been started")]
    AlreadyStarted,
    /// Reviews expire here, and the campaign would be over before it began.
    #[error("the end of the campaign has passed")]
    EndsInThePast,
    /// The property cannot be changed in this state.
    #[error("`{field}` cannot be changed while the review is {state}")]
    NotEditable {
        /// The property, as clients name it.
        field: &'static str,
        /// The state in the way.
        state: &'static str,
    },
    /// Running campaigns cannot be deleted.
    #[error("a running campaign cannot be deleted")]
    Running,
    /// A running campaign uses it.
    #[error("a {what} cannot be deleted while a running campaign uses it")]
    InUse {
        /// The kind of thing, as clients know it.
        what: &'static str,
    },
    /// A workflow with reviews cannot be deleted.
    #[error("a workflow cannot be deleted while it has certifications or campaigns")]
    HasReviews,
    /// The review is that of a campaign.
    #[error("the certification of a campaign is deleted with its campaign")]
    OfCampaign,
    /// Rules of the campaign are being evaluated already.
    #[error("an evaluation of this campaign is still under way")]
    AlreadyEvaluating,
    /// The file is being written, or could not be.
    #[error("the export is {status}: there is nothing to download")]
    NothingExported {
        /// The status of the export, as clients know it.
        status: &'static str,
    },
    /// The file shows what its reader may not see any more, or not all that they may.
    #[error("what you may see of the review has changed since it was exported: export it again")]
    SightChanged,
    /// A delivery would take away more than it may.
    #[error(
        "{removed} of {of} {what} would be gone, more than the {percent} % that may be removed unless `force` is set"
    )]
    RemovesTooMuch {
        /// Of what.
        what: &'static str,
        /// How many of them would be gone.
        removed: u64,
        /// How many there are.
        of: u64,
        /// The share that may go.
        percent: u8,
    },
    /// The data source was deleted while a delivery was on its way.
    #[error("the data source was deleted after the upload was opened")]
    DeletedMeanwhile,
    /// Somebody else loaded the data source while a delivery was on its way.
    #[error("the data source was loaded by somebody else after the upload was opened: send it again if it is newer")]
    LoadedMeanwhile,
    /// Something else has the name.
    #[error("there is a {what} of this name already")]
    AlreadyExists {
        /// The kind of thing, as clients know it.
        what: &'static str,
    },
}

/// What a caller can do about a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalKind {
    /// Change the request.
    Invalid,
    /// Ask somebody else.
    Forbidden,
    /// Read again, then decide anew.
    Stale,
    /// The state does not allow it.
    State,
}

impl Refusal {
    /// That an object still has the version the caller has read, where they say which.
    ///
    /// # Errors
    /// [`Refusal::Stale`].
    pub fn unless_current(current: u64, read: Option<u64>) -> Result<(), Self> {
        match read {
            Some(read) if read != current => Err(Self::Stale { current }),
            Some(_) | None => Ok(()),
        }
    }

    /// A word for machines; part of the API.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Stale { .. } => "stale_version",
            Self::NotStarted => "not_started",
            Self::Completed => "completed",
            Self::Terminated => "terminated",
            Self::Expired => "expired",
            Self::GraceElapsed => "grace_elapsed",
            Self::SignedOff => "signed_off",
            Self::CannotUndoSignOff => "cannot_undo_sign_off",
            Self::SignOffNeedsDecision => "sign_off_needs_decision",
            Self::FixedNeedsRejected => "fixed_needs_rejected",
            Self::NoteRequired => "note_required",
            Self::NothingToUndo => "nothing_to_undo",
            Self::DecidedAutomatically => "decided_automatically",
            Self::NotTheDecider => "not_the_decider",
            Self::UndoWindowElapsed => "undo_window_elapsed",
            Self::RowsBlockCompletion { .. } => "rows_block_completion",
            Self::AlreadyStarting => "already_starting",
            Self::AlreadyStarted => "already_started",
            Self::EndsInThePast => "ends_in_the_past",
            Self::NotEditable { .. } => "not_editable",
            Self::Running => "running",
            Self::InUse { .. } => "in_use",
            Self::HasReviews => "has_reviews",
            Self::OfCampaign => "of_campaign",
            Self::AlreadyEvaluating => "already_evaluating",
            Self::NothingExported { .. } => "nothing_exported",
            Self::SightChanged => "sight_changed",
            Self::RemovesTooMuch { .. } => "removes_too_much",
            Self::DeletedMeanwhile => "deleted_meanwhile",
            Self::LoadedMeanwhile => "loaded_meanwhile",
            Self::AlreadyExists { .. } => "already_exists",
        }
    }

    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> RefusalKind {
        match self {
            Self::NoteRequired => RefusalKind::Invalid,
            Self::NotTheDecider => RefusalKind::Forbidden,
            Self::Stale { .. } => RefusalKind::Stale,
            Self::NotStarted
            | Self::Completed
            | Self::Terminated
            | Self::Expired
            | Self::GraceElapsed
            | Self::SignedOff
            | Self::CannotUndoSignOff
            | Self::SignOffNeedsDecision
            | Self::FixedNeedsRejected
            | Self::NothingToUndo
            | Self::DecidedAutomatically
            | Self::UndoWindowElapsed
            | Self::RowsBlockCompletion { .. }
            | Self::AlreadyStarting
            | Self::AlreadyStarted
            | Self::EndsInThePast
            | Self::NotEditable { .. }
            | Self::Running
            | Self::InUse { .. }
            | Self::HasReviews
            | Self::OfCampaign
            | Self::AlreadyEvaluating
            | Self::NothingExported { .. }
            | Self::SightChanged
            | Self::RemovesTooMuch { .. }
            | Self::DeletedMeanwhile
            | Self::LoadedMeanwhile
            | Self::AlreadyExists { .. } => RefusalKind::State,
        }
    }

    /// The field of the request that is in the way, where one is: the awf name; the campaign dialect calls `notes`
    /// `comment`.
    #[must_use]
    pub const fn field(&self) -> Option<&'static str> {
        match self {
            Self::NoteRequired => Some("notes"),
            Self::SignedOff | Self::CannotUndoSignOff | Self::SignOffNeedsDecision => Some("signed_off_state"),
            Self::FixedNeedsRejected => Some("decision"),
            Self::NotEditable { field, .. } => Some(field),
            Self::Stale { .. }
            | Self::NotStarted
            | Self::Completed
            | Self::Terminated
            | Self::Expired
            | Self::GraceElapsed
            | Self::NothingToUndo
            | Self::DecidedAutomatically
            | Self::NotTheDecider
            | Self::UndoWindowElapsed
            | Self::RowsBlockCompletion { .. }
            | Self::AlreadyStarting
            | Self::AlreadyStarted
            | Self::EndsInThePast
            | Self::Running
            | Self::InUse { .. }
            | Self::HasReviews
            | Self::OfCampaign
            | Self::AlreadyEvaluating
            | Self::NothingExported { .. }
            | Self::SightChanged
            | Self::DeletedMeanwhile
            | Self::LoadedMeanwhile => None,
            Self::RemovesTooMuch { .. } => Some("force"),
            Self::AlreadyExists { .. } => Some("name"),
        }
    }
}
