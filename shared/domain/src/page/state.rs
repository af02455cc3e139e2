//! The fold of a page's log.

use std::collections::VecDeque;

use sha2::{Digest, Sha256};

use super::entry::{Act, Change, Entry};
use super::masks::Masks;
use crate::automatic::Cause;
use crate::ids::{CommandId, ReviewId, RowId};
use crate::row::{Decision, DisplayMark, Mark, NoteRef, NotificationStatus, RowState};
use crate::user::UserKey;
use jiff::Timestamp;

/// How many of the last commands a state remembers; see the module documentation.
pub const RECENT: usize = 24;

/// The current state of 64 rows. A page that nobody touched has no record: [`PageState::new`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageState {
    pub(super) seq: u64,
    pub(super) head: [u8; 32],
    pub(super) masks: Masks,
    /// Touched rows by place, ascending.
    pub(super) rows: Vec<(u8, RowState)>,
    /// Tags of the last commands, the latest at the back: its sequence number is `seq`.
    pub(super) recent: VecDeque<[u8; 8]>,
}

/// The first entry at which a log does not continue the ones before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the log breaks at entry {seq}")]
pub struct Broken {
    /// The sequence number that should have stood there.
    pub seq: u64,
}

/// Whether a command is already part of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Yes: as the entry with this sequence number.
    At(u64),
    /// No.
    No,
    /// Not among the entries after this sequence number; earlier ones have to be looked up in the log.
    Perhaps {
        /// The last sequence number that the state does not remember.
        up_to: u64,
    },
}

/// What the first entry of a page's log carries as `previous`.
#[must_use]
pub fn genesis(review: ReviewId, page: u32) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(b"access-review/page/1\0");
    hasher.update(review.uuid().as_bytes());
    hasher.update(page.to_be_bytes());
    hasher.finalize().into()
}

/// Folds a log from its beginning and checks every link.
///
/// Compare the result with the stored state ([`verify_against`]) to notice entries missing at the end.
///
/// # Errors
/// [`Broken`] names the first entry that does not follow.
pub fn verify<'a>(
    review: ReviewId,
    page: u32,
    entries: impl IntoIterator<Item = &'a Entry>,
) -> Result<PageState, Broken> {
    let mut state = PageState::new(review, page);
    for entry in entries {
        state.apply(entry)?;
    }
    Ok(state)
}

/// Folds a log and compares it with the stored state.
///
/// # Errors
/// [`Broken`] names the first entry that does not follow, or the one after the last when the log ends too early or the
/// state is not its fold.
pub fn verify_against<'a>(
    review: ReviewId,
    page: u32,
    entries: impl IntoIterator<Item = &'a Entry>,
    stored: &PageState,
) -> Result<(), Broken> {
    let state = verify(review, page, entries)?;
    if state == *stored { Ok(()) } else { Err(Broken { seq: state.seq.saturating_add(1) }) }
}

impl PageState {
    /// The state of a page before its first command.
    #[must_use]
    pub fn new(review: ReviewId, page: u32) -> Self {
        Self { seq: 0, head: genesis(review, page), masks: Masks::default(), rows: Vec::new(), recent: VecDeque::new() }
    }

    /// Sequence number of the last entry; 0 before the first. The condition of the page's next write.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// Hash of the last entry.
    #[must_use]
    pub const fn head(&self) -> [u8; 32] {
        self.head
    }

    /// Which rows are in which status.
    #[must_use]
    pub const fn masks(&self) -> Masks {
        self.masks
    }

    /// The state of the row at a place; `None` when nobody touched it.
    #[must_use]
    pub fn row(&self, slot: u8) -> Option<&RowState> {
        let at = self.rows.binary_search_by_key(&slot, |(slot, _)| *slot).ok()?;
        self.rows.get(at).map(|(_, row)| row)
    }

    /// The state of a row of this page, the untouched one included.
    #[must_use]
    pub fn row_or_default(&self, row: RowId) -> RowState {
        self.row(row.slot()).cloned().unwrap_or_default()
    }

    /// Touched rows by place, ascending.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = (u8, &RowState)> {
        self.rows.iter().map(|(slot, row)| (*slot, row))
    }

    /// Every user that the state names, each once, in the order of first appearance: what a reader has to look up to
    /// show names.
    #[must_use]
    pub fn users(&self) -> Vec<UserKey> {
        let mut users: Vec<UserKey> = Vec::new();
        for (_, row) in &self.rows {
            for user in named(row) {
                if !users.contains(user) {
                    users.push(user.clone());
                }
            }
        }
        users
    }

    /// Whether a command is part of this page; see the module documentation.
    #[must_use]
    pub fn seen(&self, command: CommandId) -> Seen {
        let tag = tag(command);
        let back = self.recent.iter().rev().zip((1..=self.seq).rev());
        if let Some((_, seq)) = back.into_iter().find(|(recent, _)| **recent == tag) {
            return Seen::At(seq);
        }
        match self.seq - self.recent.len() as u64 {
            0 => Seen::No,
            up_to => Seen::Perhaps { up_to },
        }
    }

    /// The entry with which a command would continue the log. `None` when it changes nothing: nothing is written then.
    #[must_use]
    pub fn next(&self, command: CommandId, at: Timestamp, actor: UserKey, acts: Vec<Act>) -> Option<Entry> {
        if acts.is_empty() {
            return None;
        }
        let at = Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at);
        Some(Entry { seq: self.seq + 1, command, at, actor, acts, previous: self.head })
    }

    /// Continues the fold.
    ///
    /// # Errors
    /// [`Broken`] when the entry is not the next one or changes nothing; the state is unchanged then.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), Broken> {
        let broken = Broken { seq: self.seq.saturating_add(1) };
        let nothing = |act: &Act| act.rows == 0 || act.change == Change::Decided { decision: Decision::None };
        let empty = entry.acts.is_empty() || entry.acts.iter().any(nothing);
        if Some(entry.seq) != self.seq.checked_add(1) || entry.previous != self.head || empty {
            return Err(broken);
        }
        for slot in slots(entry.acts.iter().fold(0, |rows, act| rows | act.rows)) {
            let row = self.row_mut(slot);
            for act in entry.acts.iter().filter(|act| act.rows & 1 << slot != 0) {
                change(row, &act.change, entry);
            }
            row.updated = Some(mark(entry));
            row.version = row.version.saturating_add(1);
            let row = row.clone();
            self.masks.set(slot, &row);
        }
        self.seq = entry.seq;
        self.head = entry.hash();
        self.recent.push_back(tag(entry.command));
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
        Ok(())
    }

    fn row_mut(&mut self, slot: u8) -> &mut RowState {
        let at = match self.rows.binary_search_by_key(&slot, |(slot, _)| *slot) {
            Ok(at) => at,
            Err(at) => {
                self.rows.insert(at, (slot, RowState::default()));
                at
            }
        };
        #[expect(clippy::indexing_slicing, reason = "the search just found or made the element")]
        &mut self.rows[at].1
    }
}

/// What one change makes of a row.
fn change(row: &mut RowState, change: &Change, entry: &Entry) {
    match change {
        Change::Automatic { cause: Cause::Automation { id: _, version: _, run } } => {
            if !row.automation_runs.contains(run) {
                row.automation_runs.push(*run);
            }
        }
        Change::Automatic { cause: Cause::Rule { .. } | Cause::Policy { .. } } | Change::Commented { digest: _ } => {}
        Change::Displayed { automation, version } => {
            let mark = DisplayMark { automation: *automation, version: *version };
            if !row.display.contains(&mark) {
                row.display.push(mark);
            }
        }
        Change::Decided { decision: Decision::Fixed } => {
            row.decision = Decision::Fixed;
            row.flagged = false;
            row.marked_fixed = Some(mark(entry));
        }
        Change::Decided { decision } => {
            row.decision = *decision;
            row.flagged = false;
            row.decided = Some(mark(entry));
            row.marked_fixed = None;
        }
        Change::Flagged => {
            row.decision = Decision::None;
            row.flagged = true;
            row.decided = Some(mark(entry));
            row.marked_fixed = None;
        }
        Change::Cleared { reason: _, previous: _, decider: _ } => {
            row.decision = Decision::None;
            row.flagged = false;
            row.decided = None;
            row.marked_fixed = None;
        }
        Change::Note { digest } => {
            row.note = digest.map(|digest| NoteRef { seq: entry.seq, tag: digest.tag() });
        }
        Change::Reviewers { old: _, new } => {
            row.reviewers = Some(new.clone());
            row.instructions = None;
        }
        Change::Instructed { digest } => {
            row.instructions = Some(NoteRef { seq: entry.seq, tag: digest.tag() });
        }
        Change::SignedOff => row.signed_off = Some(mark(entry)),
        Change::SignOffUndone => row.signed_off = None,
        Change::Notification { status } => {
            row.notification = *status;
            row.answer = None;
        }
        Change::Answered { status, info } => {
            let told = info.filter(|_| *status != NotificationStatus::Unknown);
            answered(row, *status, told.map(|info| NoteRef { seq: entry.seq, tag: info.tag() }));
        }
    }
}

/// Takes in what those tell who remove access.
fn answered(row: &mut RowState, status: NotificationStatus, said: Option<NoteRef>) {
    // Who says no more than that it still goes on takes nothing back of what was said about that.
    let goes_on = status == NotificationStatus::Pending && row.notification == status;
    row.answer = said.or(row.answer.filter(|_| goes_on));
    row.notification = status;
}

fn mark(entry: &Entry) -> Mark {
    Mark { by: entry.actor.clone(), at: entry.at }
}

/// The users a row's state names.
pub(super) fn named(row: &RowState) -> impl Iterator<Item = &UserKey> {
    let marks = [&row.decided, &row.signed_off, &row.marked_fixed, &row.updated];
    let marks = marks.into_iter().flatten().map(|mark| &mark.by);
    marks.chain(row.reviewers.iter().flatten())
}

/// The places of a mask's bits, ascending.
pub(super) fn slots(mask: u64) -> impl Iterator<Item = u8> {
    (0..64).filter(move |slot| mask & 1 << slot != 0)
}

fn tag(command: CommandId) -> [u8; 8] {
    let digest: [u8; 32] = Sha256::digest(command.uuid().as_bytes()).into();
    let mut tag = [0; 8];
    tag.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    tag
}
