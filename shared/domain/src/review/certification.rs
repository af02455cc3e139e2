//! A certification: one execution of a workflow.

use jiff::{SignedDuration, Timestamp};

use crate::automation::run::RunStatus;
use crate::ids::{ReviewId, SnapshotId, WorkflowId};
use crate::query::Query;
use crate::refusal::Refusal;
use crate::user::{Role, User};

/// The state of a certification as both dialects know it. The codes stand on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum CertState {
    /// Rows are being collected.
    Searching = 1,
    /// Being reviewed.
    InProgress = 2,
    /// Finished.
    Completed = 3,
}

impl CertState {
    /// The word in records and on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Searching => "SEARCHING",
            Self::InProgress => "IN_PROGRESS",
            Self::Completed => "COMPLETED",
        }
    }
}

/// A certification. Counts and the last change of any row are kept beside it, because every decision changes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certification {
    /// Its id; that of its campaign where there is one.
    pub id: ReviewId,
    /// What it was made from.
    pub workflow_id: WorkflowId,
    /// The workflow's query at that time. Never changes.
    pub query_used: Query,
    /// At most 200 characters.
    pub name: String,
    /// At most 4000 characters.
    pub notes: String,
    /// When it should be finished.
    pub due_date: Option<Timestamp>,
    /// Reviewers assigned to the certification as a whole, for display.
    pub reviewers: Vec<User>,
    /// Where it stands; see [`Certification::phase`] for what that allows.
    pub state: CertState,
    /// The picture of the inventory that it shows. Never changes once set; `None` until one has been taken.
    pub snapshot: Option<SnapshotId>,
    /// When it was created.
    pub started_at: Timestamp,
    /// By whom.
    pub created_by: User,
    /// When its rows were complete.
    pub query_completed_at: Option<Timestamp>,
    /// When it was completed or terminated.
    pub completed_at: Option<Timestamp>,
    /// By whom.
    pub completed_by: Option<User>,
    /// When it was broken off; also sets `completed_at`.
    pub terminated_at: Option<Timestamp>,
    /// When it expired. The state stays in progress.
    pub expired_at: Option<Timestamp>,
    /// Who has said, when it was created, that they know how its data sources are.
    pub sources_acknowledged: Option<Acknowledged>,
    /// Why its rows could not be collected; empty otherwise.
    pub error_reason: String,
    /// Last change of the certification itself.
    pub updated_at: Timestamp,
    /// By whom; `None` until somebody did.
    pub updated_by: Option<User>,
    /// 1 more with each change. The ETag.
    pub version: u64,
    /// Number of rows; 0 until they are complete.
    pub total: u32,
    /// Where its automations stand; `None` until their turn comes, and for a certification that has none.
    pub automation_run: Option<RunStatus>,
}

/// That somebody knew something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledged {
    /// Who.
    pub by: User,
    /// When they said so.
    pub at: Timestamp,
}

/// What a certification begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beginning {
    /// Its id; that of its campaign where there is one.
    pub id: ReviewId,
    /// What it is made from.
    pub workflow_id: WorkflowId,
    /// The workflow's query.
    pub query_used: Query,
    /// At most 200 characters.
    pub name: String,
    /// At most 4000 characters.
    pub notes: String,
    /// When it should be finished.
    pub due_date: Option<Timestamp>,
    /// Reviewers assigned to the certification as a whole.
    pub reviewers: Vec<User>,
    /// When it is created.
    pub started_at: Timestamp,
    /// By whom.
    pub created_by: User,
}

impl Certification {
    /// A certification whose rows are still to be collected.
    #[must_use]
    pub fn begin(beginning: Beginning) -> Self {
        let Beginning { id, workflow_id, query_used, name, notes, due_date, reviewers, started_at, created_by } =
            beginning;
        Self {
            id,
            workflow_id,
            query_used,
            name,
            notes,
            due_date,
            reviewers,
            state: CertState::Searching,
            snapshot: None,
            started_at,
            created_by,
            query_completed_at: None,
            completed_at: None,
            completed_by: None,
            terminated_at: None,
            expired_at: None,
            sources_acknowledged: None,
            error_reason: String::new(),
            updated_at: started_at,
            updated_by: None,
            version: 1,
            total: 0,
            automation_run: None,
        }
    }
}

/// What a certification allows, told by state and dates together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// No rows yet.
    Searching,
    /// Open to reviewers.
    Open,
    /// Past its due date and closed by that.
    Expired {
        /// Since when.
        at: Timestamp,
    },
    /// Completed.
    Completed {
        /// Since when.
        at: Timestamp,
    },
    /// Broken off.
    Terminated {
        /// Since when.
        at: Timestamp,
    },
}

impl Phase {
    /// How long a closed review can still be mended, inclusive: 7 times 24 hours.
    pub const GRACE: SignedDuration = SignedDuration::from_hours(7 * 24);

    /// Whether `now` is within the grace period that began at `closed_at`.
    #[must_use]
    pub fn in_grace(closed_at: Timestamp, now: Timestamp) -> bool {
        now.duration_since(closed_at) <= Self::GRACE
    }

    /// That ordinary work on rows is possible.
    ///
    /// # Errors
    /// The refusal that names what is in the way.
    pub const fn require_open(self) -> Result<(), Refusal> {
        match self {
            Self::Open => Ok(()),
            Self::Searching => Err(Refusal::NotStarted),
            Self::Expired { .. } => Err(Refusal::Expired),
            Self::Completed { .. } => Err(Refusal::Completed),
            Self::Terminated { .. } => Err(Refusal::Terminated),
        }
    }
}

/// What can happen to a certification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificationCommand {
    /// The picture of the inventory was fixed.
    FixSnapshot {
        /// Which.
        snapshot: SnapshotId,
    },
    /// All rows are in place, and automations are being applied to them.
    Automate,
    /// That has come to an end.
    Automated {
        /// How.
        status: RunStatus,
    },
    /// All rows are in place, and as automations have left them.
    Publish {
        /// How many.
        total: u32,
    },
    /// The rows could not be collected.
    Fail {
        /// Why; not empty.
        reason: String,
    },
    /// Collecting the rows begins anew after a failure.
    Retry {
        /// What it begins with this time: what it is made from may have changed since. Its notes are not looked at, those
        /// that stand stay.
        beginning: Box<Beginning>,
    },
    /// Somebody, or the system, finishes it. Ask [`super::may_complete`] first.
    Complete {
        /// Who.
        by: User,
    },
    /// Somebody breaks it off.
    Terminate {
        /// Who.
        by: User,
    },
    /// Its due date has passed.
    Expire,
    /// Somebody edits it.
    Edit {
        /// Who.
        by: User,
        /// What.
        edit: CertificationEdit,
    },
}

/// New values of a certification's editable properties; `None` leaves one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CertificationEdit {
    /// New name.
    pub name: Option<String>,
    /// New notes.
    pub notes: Option<String>,
    /// New reviewers.
    pub reviewers: Option<Vec<User>>,
    /// New due date, or none.
    pub due_date: Option<Option<Timestamp>>,
}

impl Certification {
    /// What it allows.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        let completed_at = match self.completed_at {
            Some(at) => at,
            None => self.updated_at,
        };
        match (self.state, self.terminated_at, self.expired_at) {
            (CertState::Searching, _, _) => Phase::Searching,
            (CertState::InProgress, _, None) => Phase::Open,
            (CertState::InProgress, _, Some(at)) => Phase::Expired { at },
            (CertState::Completed, Some(at), _) => Phase::Terminated { at },
            (CertState::Completed, None, _) => Phase::Completed { at: completed_at },
        }
    }

    /// Whether it is open although its due date has passed: the very instant is still in time.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        matches!(self.phase(), Phase::Open) && self.due_date.is_some_and(|due| due < now)
    }

    /// The due date, while something may happen when it passes: as long as it is open.
    #[must_use]
    pub fn due_while_open(&self) -> Option<Timestamp> {
        if matches!(self.phase(), Phase::Open) { self.due_date } else { None }
    }

    /// Whether a role sees it at all. Reviewers see open reviews, and of these the ones with a row of theirs, which is
    /// for the caller to check.
    #[must_use]
    pub const fn visible_to(&self, role: Role) -> bool {
        role.sees_everything() || matches!(self.phase(), Phase::Open)
    }

    /// That it can be deleted: one that is over, however it ended, is evidence.
    ///
    /// # Errors
    /// The refusal that names the state in the way.
    pub const fn require_deletable(&self) -> Result<(), Refusal> {
        match self.phase() {
            Phase::Searching | Phase::Open => Ok(()),
            Phase::Expired { .. } => Err(Refusal::Expired),
            Phase::Completed { .. } => Err(Refusal::Completed),
            Phase::Terminated { .. } => Err(Refusal::Terminated),
        }
    }

    /// When its picture of the inventory was taken.
    #[must_use]
    pub fn snapshot_time(&self) -> Option<Timestamp> {
        self.snapshot.map(SnapshotId::time)
    }
}

/// What a command makes of a certification. A repeated command that finds its own result returns the same
/// certification, version included: nothing has to be written.
///
/// # Errors
/// The refusal that names the state in the way.
pub fn step_certification(
    certification: &Certification,
    command: CertificationCommand,
    now: Timestamp,
) -> Result<Certification, Refusal> {
    let mut next = certification.clone();
    let by = match certification.phase() {
        Phase::Searching => step_searching(&mut next, command, now)?,
        Phase::Open => step_open(&mut next, command, now)?,
        phase @ (Phase::Expired { .. } | Phase::Completed { .. } | Phase::Terminated { .. }) => {
            step_closed(phase, &command)?
        }
    };
    if next != *certification {
        next.version += 1;
        next.updated_at = now;
        next.updated_by = by.or(next.updated_by);
    }
    Ok(next)
}

/// Whose change it was; `None` for workers.
type By = Option<User>;

fn step_searching(next: &mut Certification, command: CertificationCommand, now: Timestamp) -> Result<By, Refusal> {
    use CertificationCommand as Command;
    match command {
        // The first picture stands: a retry of the same attempt must see the same rows.
        Command::FixSnapshot { snapshot } => next.snapshot = next.snapshot.or(Some(snapshot)),
        // A late message of an attempt that has failed: its rows are not the ones that a retry will show.
        Command::Publish { .. } | Command::Automate | Command::Automated { .. } if !next.error_reason.is_empty() => {
            return Err(Refusal::NotStarted);
        }
        // A message that comes twice finds them at work, or done.
        Command::Automate => next.automation_run = next.automation_run.or(Some(RunStatus::Running)),
        Command::Automated { status } => next.automation_run = Some(status),
        Command::Publish { total } => {
            next.state = CertState::InProgress;
            next.query_completed_at = Some(now);
            next.total = total;
        }
        Command::Fail { reason } => next.error_reason = reason,
        Command::Retry { .. } if next.error_reason.is_empty() => return Err(Refusal::AlreadyStarting),
        Command::Retry { beginning } => {
            let held = next.clone();
            let beginning = Beginning { id: held.id, workflow_id: held.workflow_id, notes: held.notes, ..*beginning };
            *next = Certification {
                version: held.version,
                updated_by: held.updated_by,
                sources_acknowledged: held.sources_acknowledged,
                automation_run: held.automation_run,
                ..Certification::begin(beginning)
            };
        }
        Command::Edit { by, edit } => {
            next.edit(edit);
            return Ok(Some(by));
        }
        Command::Complete { .. } | Command::Terminate { .. } | Command::Expire => {
            return Err(Refusal::NotStarted);
        }
    }
    Ok(None)
}

fn step_open(next: &mut Certification, command: CertificationCommand, now: Timestamp) -> Result<By, Refusal> {
    use CertificationCommand as Command;
    match command {
        Command::Complete { by } => {
            next.close(&by, now);
            Ok(Some(by))
        }
        Command::Terminate { by } => {
            next.close(&by, now);
            next.terminated_at = Some(now);
            Ok(Some(by))
        }
        Command::Expire => {
            next.expired_at = Some(now);
            Ok(Some(User::system()))
        }
        Command::Edit { by, edit } => {
            next.edit(edit);
            Ok(Some(by))
        }
        // A message that comes twice finds its work done.
        Command::Publish { .. } | Command::Automate | Command::Automated { .. } => Ok(None),
        Command::FixSnapshot { .. } | Command::Fail { .. } | Command::Retry { .. } => Err(Refusal::AlreadyStarted),
    }
}

fn step_closed(phase: Phase, command: &CertificationCommand) -> Result<By, Refusal> {
    use CertificationCommand as Command;
    match (phase, command) {
        // A sweep or a message that comes twice.
        (Phase::Expired { .. }, Command::Expire)
        | (_, Command::Publish { .. } | Command::Automate | Command::Automated { .. }) => Ok(None),
        (_, Command::FixSnapshot { .. } | Command::Fail { .. } | Command::Retry { .. }) => Err(Refusal::AlreadyStarted),
        (_, Command::Complete { .. } | Command::Terminate { .. } | Command::Expire | Command::Edit { .. }) => {
            phase.require_open().map(|()| None)
        }
    }
}

impl Certification {
    fn close(&mut self, by: &User, now: Timestamp) {
        self.state = CertState::Completed;
        self.completed_at = Some(now);
        self.completed_by = Some(by.clone());
    }

    fn edit(&mut self, edit: CertificationEdit) {
        let CertificationEdit { name, notes, reviewers, due_date } = edit;
        if let Some(name) = name {
            self.name = name;
        }
        if let Some(notes) = notes {
            self.notes = notes;
        }
        if let Some(reviewers) = reviewers {
            self.reviewers = reviewers;
        }
        if let Some(due_date) = due_date {
            self.due_date = due_date;
        }
    }
}
