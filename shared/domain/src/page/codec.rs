//! The stored bytes of a [`PageState`].
//!
//! ```text
//! version            1 byte: 1, 2 where some row has an answer, 3 where automations have touched some row, or 4 where
//!                    instructions have found the reviewers of some row
//! sequence number    varint
//! head               32 bytes
//! masks              accepted, rejected, fixed, flagged, signed off, touched: 8 bytes each, little endian
//! recent commands    count (1 byte), 8 bytes each, the latest last
//! users              count (varint), each length (varint) and text
//! notes              count (varint), each sequence number (varint) and tag (8 bytes)
//! marks              from version 3 on: count (varint), each a uuid (16 bytes) and a version (varint, 0 for a run)
//! touched rows       ascending; each:
//!   shape            1 byte, see `shape`
//!   version          varint
//!   decided, signed off, marked fixed, updated    where the shape says so: user (varint), time (varint)
//!   note             where the shape says so: index (varint)
//!   reviewers        where the shape says so: count (varint), user each (varint)
//!   notification     where the shape says so: code (1 byte); its highest bit says that the index of an answer (varint)
//!                    among the notes follows, from version 2 on
//!   runs, display    from version 3 on: count (varint) and index among the marks each (varint), twice
//!   instructions     from version 4 on: 0 (varint) for none, else one more than their index among the notes
//! ```
//!
//! Users and notes are written once and referred to by number. Times are milliseconds, as zigzag difference to the
//! time last written of the same kind (the first to the epoch): what was decided, or signed off, in one go costs one byte
//! a row. Decision, flag and whether the
//! row is signed off are told by the masks alone. New versions are read beside this one, which stays readable.

use std::collections::{HashMap, VecDeque};

use jiff::Timestamp;
use uuid::Uuid;

use super::masks::Masks;
use super::state::{PageState, RECENT, slots};
use crate::ids::{AutomationId, AutomationRunId};
use crate::note::NoteTag;
use crate::row::{DisplayMark, Mark, NoteRef, NotificationStatus, RowState};
use crate::user::UserKey;

/// Without answers.
const PLAIN: u8 = 1;
/// With answers.
const ANSWERED: u8 = 2;
/// With what automations did, and perhaps answers.
const AUTOMATED: u8 = 3;
/// With the instructions that have found reviewers, and perhaps what automations did, and answers.
const INSTRUCTED: u8 = 4;
/// The bit of a notification's code that says that there is an answer.
const HAS_ANSWER: u8 = 0x80;

/// The kinds of marks, each with a time of its own to count from.
#[derive(Clone, Copy)]
enum Kind {
    Decided,
    SignedOff,
    MarkedFixed,
    Updated,
}

impl Kind {
    fn last(self, times: &mut [i64; 4]) -> &mut i64 {
        let [decided, signed_off, marked_fixed, updated] = times;
        match self {
            Self::Decided => decided,
            Self::SignedOff => signed_off,
            Self::MarkedFixed => marked_fixed,
            Self::Updated => updated,
        }
    }
}

/// Bits of a row's first byte.
mod shape {
    pub(super) const DECIDED: u8 = 1;
    /// The sign-off mark equals the mark of the decision and is not repeated.
    pub(super) const SIGNED_AS_DECIDED: u8 = 1 << 1;
    /// The update mark equals the sign-off mark and is not repeated.
    pub(super) const UPDATED_AS_SIGNED: u8 = 1 << 2;
    /// The update mark equals the mark of the decision and is not repeated.
    pub(super) const UPDATED_AS_DECIDED: u8 = 1 << 3;
    pub(super) const NOTE: u8 = 1 << 4;
    pub(super) const MARKED_FIXED: u8 = 1 << 5;
    pub(super) const REVIEWERS: u8 = 1 << 6;
    pub(super) const NOTIFICATION: u8 = 1 << 7;
}

/// Bytes that are no page state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Written by a later version, or no page state at all.
    #[error("unknown page format {0}")]
    Version(u8),
    /// Ends too early, goes on too long, or contradicts itself.
    #[error("corrupt page state")]
    Corrupt,
}

impl PageState {
    /// The stored bytes. The same state gives the same bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer { bytes: Vec::with_capacity(1024), times: [0; 4], users: HashMap::new() };
        let answered = self.rows.iter().any(|(_, row)| row.answer.is_some());
        let instructed = self.rows.iter().any(|(_, row)| row.instructions.is_some());
        let automated = self.marks().or_else(|| instructed.then(Vec::new));
        let version = match (&automated, answered) {
            (Some(_), _) if instructed => INSTRUCTED,
            (Some(_), _) => AUTOMATED,
            (None, true) => ANSWERED,
            (None, false) => PLAIN,
        };
        writer.bytes.push(version);
        writer.varint(self.seq);
        writer.bytes.extend(self.head);
        let masks = &self.masks;
        let touched = self.rows.iter().fold(0, |mask, (slot, _)| mask | 1u64 << slot);
        for mask in [masks.accepted, masks.rejected, masks.fixed, masks.flagged, masks.signed_off, touched] {
            writer.bytes.extend(mask.to_le_bytes());
        }
        writer.bytes.push(self.recent.len() as u8);
        self.recent.iter().for_each(|tag| writer.bytes.extend(tag));
        let users = self.users();
        writer.varint(users.len() as u64);
        for (index, user) in users.into_iter().enumerate() {
            writer.varint(user.as_str().len() as u64);
            writer.bytes.extend(user.as_str().as_bytes());
            writer.users.insert(user, index as u64);
        }
        let mut notes: Vec<NoteRef> = Vec::new();
        for note in self.rows.iter().flat_map(|(_, row)| [row.note, row.answer, row.instructions]).flatten() {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        writer.varint(notes.len() as u64);
        for note in &notes {
            writer.varint(note.seq);
            writer.bytes.extend(note.tag.0);
        }
        if let Some(marks) = &automated {
            writer.varint(marks.len() as u64);
            marks.iter().for_each(|mark| writer.mark_of(*mark));
        }
        for (_, row) in &self.rows {
            writer.row(row, &notes);
            if let Some(marks) = &automated {
                writer.automated(row, marks);
            }
            if instructed {
                writer.instructions(row, &notes);
            }
        }
        writer.bytes
    }

    /// What automations have left on the rows of the page, each once; `None` where they have left nothing.
    fn marks(&self) -> Option<Vec<AutomationMark>> {
        let mut marks: Vec<AutomationMark> = Vec::new();
        for mark in self.rows.iter().flat_map(|(_, row)| runs_of(row).chain(displays_of(row))) {
            if !marks.contains(&mark) {
                marks.push(mark);
            }
        }
        (!marks.is_empty()).then_some(marks)
    }

    /// Reads stored bytes. Never panics, whatever they are, and allocates no more than they are long, some constant
    /// factor aside.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        match bytes.split_first() {
            Some((&version @ (PLAIN | ANSWERED | AUTOMATED | INSTRUCTED), rest)) => {
                let reader = Reader { bytes: rest, times: [0; 4], version };
                reader.page().ok_or(DecodeError::Corrupt)
            }
            Some((version, _)) => Err(DecodeError::Version(*version)),
            None => Err(DecodeError::Corrupt),
        }
    }
}

/// A run of automations, or an automation in a version: a uuid and a number, which is 0 for a run.
type AutomationMark = (Uuid, u64);

fn runs_of(row: &RowState) -> impl Iterator<Item = AutomationMark> {
    row.automation_runs.iter().map(|run| (run.uuid(), 0))
}

fn displays_of(row: &RowState) -> impl Iterator<Item = AutomationMark> {
    row.display.iter().map(|mark| (mark.automation.uuid(), mark.version))
}

struct Writer {
    bytes: Vec<u8>,
    times: [i64; 4],
    users: HashMap<UserKey, u64>,
}

impl Writer {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    fn user(&mut self, user: &UserKey) {
        // INVARIANT: `users` holds every user that a row names.
        let index = self.users.get(user).copied().unwrap_or_default();
        self.varint(index);
    }

    fn mark(&mut self, kind: Kind, mark: &Mark) {
        self.user(&mark.by);
        let time = mark.at.as_millisecond();
        let last = kind.last(&mut self.times);
        let delta = time.wrapping_sub(*last);
        *last = time;
        self.varint(((delta << 1) ^ (delta >> 63)) as u64);
    }

    fn row(&mut self, row: &RowState, notes: &[NoteRef]) {
        let signed_as_decided = row.signed_off.is_some() && row.signed_off == row.decided;
        let updated_as_signed = row.signed_off.is_some() && row.updated == row.signed_off;
        let updated_as_decided = !updated_as_signed && row.decided.is_some() && row.updated == row.decided;
        let bits = [
            (shape::DECIDED, row.decided.is_some()),
            (shape::SIGNED_AS_DECIDED, signed_as_decided),
            (shape::UPDATED_AS_SIGNED, updated_as_signed),
            (shape::UPDATED_AS_DECIDED, updated_as_decided),
            (shape::NOTE, row.note.is_some()),
            (shape::MARKED_FIXED, row.marked_fixed.is_some()),
            (shape::REVIEWERS, row.reviewers.is_some()),
            (shape::NOTIFICATION, row.notification != NotificationStatus::Unknown),
        ];
        self.bytes.push(bits.into_iter().filter(|(_, on)| *on).fold(0, |shape, (bit, _)| shape | bit));
        self.varint(row.version.into());
        row.decided.iter().for_each(|mark| self.mark(Kind::Decided, mark));
        row.signed_off.iter().filter(|_| !signed_as_decided).for_each(|mark| self.mark(Kind::SignedOff, mark));
        row.marked_fixed.iter().for_each(|mark| self.mark(Kind::MarkedFixed, mark));
        let repeated = updated_as_signed || updated_as_decided;
        row.updated.iter().filter(|_| !repeated).for_each(|mark| self.mark(Kind::Updated, mark));
        if let Some(note) = row.note {
            self.note(note, notes);
        }
        if let Some(reviewers) = &row.reviewers {
            self.varint(reviewers.len() as u64);
            reviewers.iter().for_each(|user| self.user(user));
        }
        if row.notification != NotificationStatus::Unknown {
            let has_answer = if row.answer.is_some() { HAS_ANSWER } else { 0 };
            self.bytes.push(row.notification.code() | has_answer);
            row.answer.iter().for_each(|answer| self.note(*answer, notes));
        }
    }

    fn mark_of(&mut self, (id, version): AutomationMark) {
        self.bytes.extend(id.as_bytes());
        self.varint(version);
    }

    fn automated(&mut self, row: &RowState, marks: &[AutomationMark]) {
        // INVARIANT: `marks` holds every mark of every row.
        let index = |mark| marks.iter().position(|other| *other == mark).unwrap_or_default() as u64;
        self.varint(row.automation_runs.len() as u64);
        runs_of(row).for_each(|mark| self.varint(index(mark)));
        self.varint(row.display.len() as u64);
        displays_of(row).for_each(|mark| self.varint(index(mark)));
    }

    fn note(&mut self, note: NoteRef, notes: &[NoteRef]) {
        self.varint(index_of(note, notes));
    }

    fn instructions(&mut self, row: &RowState, notes: &[NoteRef]) {
        self.varint(row.instructions.map_or(0, |instructions| 1 + index_of(instructions, notes)));
    }
}

fn index_of(note: NoteRef, notes: &[NoteRef]) -> u64 {
    // INVARIANT: `notes` holds every note and answer that a row names, and all instructions.
    notes.iter().position(|other| *other == note).unwrap_or_default() as u64
}

struct Reader<'a> {
    bytes: &'a [u8],
    times: [i64; 4],
    version: u8,
}

impl Reader<'_> {
    fn take(&mut self, length: usize) -> Option<&[u8]> {
        let (taken, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    /// A varint in its shortest form.
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits || (byte == 0 && shift > 0) {
                return None;
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    /// A count of things that each take at least `size` of the bytes that are left.
    fn count(&mut self, size: usize) -> Option<usize> {
        let count = usize::try_from(self.varint()?).ok()?;
        (count <= self.bytes.len() / size).then_some(count)
    }

    fn page(mut self) -> Option<PageState> {
        let seq = self.varint()?;
        let head = self.array()?;
        let mut words = [0; 6];
        for word in &mut words {
            *word = u64::from_le_bytes(self.array()?);
        }
        let [accepted, rejected, fixed, flagged, signed_off, touched] = words;
        let masks = Masks { accepted, rejected, fixed, flagged, signed_off };
        let statuses = [accepted, rejected, fixed, flagged];
        let disjoint = statuses.iter().map(|mask| mask.count_ones()).sum::<u32>()
            == statuses.iter().fold(0, |all, mask| all | mask).count_ones();
        let within = statuses.iter().chain([&signed_off]).all(|mask| mask & !touched == 0);
        let recent = usize::from(self.byte()?);
        if !disjoint || !within || recent > RECENT || recent as u64 != seq.min(RECENT as u64) {
            return None;
        }
        let recent = (0..recent).map(|_| self.array()).collect::<Option<VecDeque<_>>>()?;
        let users = self.users()?;
        let notes = self.notes(seq)?;
        let marks = if self.version >= AUTOMATED { self.marks()? } else { Vec::new() };
        let mut rows = Vec::new();
        for slot in slots(touched) {
            let mut row = self.row(slot, &masks, &users, &notes)?;
            if self.version >= AUTOMATED {
                self.automated(&mut row, &marks)?;
            }
            if self.version == INSTRUCTED {
                row.instructions = self.instructions(&notes)?;
            }
            rows.push((slot, row));
        }
        self.bytes.is_empty().then_some(PageState { seq, head, masks, rows, recent })
    }

    fn users(&mut self) -> Option<Vec<UserKey>> {
        let count = self.count(4)?;
        let user = |_| {
            let length = self.count(1)?;
            std::str::from_utf8(self.take(length)?).ok()?.parse().ok()
        };
        (0..count).map(user).collect()
    }

    fn notes(&mut self, seq: u64) -> Option<Vec<NoteRef>> {
        let count = self.count(9)?;
        let note = |_| {
            let note = NoteRef { seq: self.varint()?, tag: NoteTag(self.array()?) };
            (1..=seq).contains(&note.seq).then_some(note)
        };
        (0..count).map(note).collect()
    }

    fn marks(&mut self) -> Option<Vec<AutomationMark>> {
        let count = self.count(17)?;
        (0..count).map(|_| Some((Uuid::from_bytes(self.array()?), self.varint()?))).collect()
    }

    fn automated(&mut self, row: &mut RowState, marks: &[AutomationMark]) -> Option<()> {
        for (id, version) in self.some_of(marks)? {
            row.automation_runs.push((version == 0).then_some(AutomationRunId::new(id))?);
        }
        for (id, version) in self.some_of(marks)? {
            row.display.push(DisplayMark { automation: AutomationId::new(id), version });
        }
        Some(())
    }

    fn some_of(&mut self, marks: &[AutomationMark]) -> Option<Vec<AutomationMark>> {
        let count = self.count(1)?;
        (0..count).map(|_| marks.get(usize::try_from(self.varint()?).ok()?).copied()).collect()
    }

    fn mark(&mut self, kind: Kind, users: &[UserKey]) -> Option<Mark> {
        let by = users.get(usize::try_from(self.varint()?).ok()?)?.clone();
        let zigzag = self.varint()?;
        let delta = (zigzag >> 1) as i64 ^ -((zigzag & 1) as i64);
        let last = kind.last(&mut self.times);
        *last = last.wrapping_add(delta);
        Some(Mark { by, at: Timestamp::from_millisecond(*last).ok()? })
    }

    fn row(&mut self, slot: u8, masks: &Masks, users: &[UserKey], notes: &[NoteRef]) -> Option<RowState> {
        let shape = self.byte()?;
        let has = |bit: u8| shape & bit != 0;
        let on = |mask: u64| mask & 1 << slot != 0;
        let version = u32::try_from(self.varint()?).ok()?;
        let decided = if has(shape::DECIDED) { Some(self.mark(Kind::Decided, users)?) } else { None };
        let signed_off = match (on(masks.signed_off), has(shape::SIGNED_AS_DECIDED)) {
            (true, true) => Some(decided.clone()?),
            (true, false) => Some(self.mark(Kind::SignedOff, users)?),
            (false, true) => return None,
            (false, false) => None,
        };
        let marked_fixed = if has(shape::MARKED_FIXED) { Some(self.mark(Kind::MarkedFixed, users)?) } else { None };
        let updated = match (has(shape::UPDATED_AS_SIGNED), has(shape::UPDATED_AS_DECIDED)) {
            (true, true) => return None,
            (true, false) => signed_off.clone()?,
            (false, true) => decided.clone()?,
            (false, false) => self.mark(Kind::Updated, users)?,
        };
        let note = if has(shape::NOTE) { Some(self.note(notes)?) } else { None };
        let reviewers = if has(shape::REVIEWERS) {
            let count = self.count(1)?;
            let user = |_| users.get(usize::try_from(self.varint()?).ok()?).cloned();
            Some((0..count).map(user).collect::<Option<Vec<_>>>()?)
        } else {
            None
        };
        let (notification, answer) =
            if has(shape::NOTIFICATION) { self.notification(notes)? } else { (NotificationStatus::Unknown, None) };
        Some(RowState {
            decision: masks.decision(slot),
            flagged: on(masks.flagged),
            signed_off,
            decided,
            marked_fixed,
            note,
            reviewers,
            instructions: None,
            notification,
            answer,
            automation_runs: Vec::new(),
            display: Vec::new(),
            updated: Some(updated),
            version,
        })
    }

    fn note(&mut self, notes: &[NoteRef]) -> Option<NoteRef> {
        notes.get(usize::try_from(self.varint()?).ok()?).copied()
    }

    /// The instructions of a row, if it has any.
    fn instructions(&mut self, notes: &[NoteRef]) -> Option<Option<NoteRef>> {
        match usize::try_from(self.varint()?).ok()? {
            0 => Some(None),
            next => Some(Some(*notes.get(next - 1)?)),
        }
    }

    fn notification(&mut self, notes: &[NoteRef]) -> Option<(NotificationStatus, Option<NoteRef>)> {
        let byte = self.byte()?;
        let (code, has_answer) =
            if self.version != PLAIN { (byte & !HAS_ANSWER, byte & HAS_ANSWER != 0) } else { (byte, false) };
        let status = NotificationStatus::from_code(code).filter(|status| *status != NotificationStatus::Unknown)?;
        let answer = if has_answer { Some(self.note(notes)?) } else { None };
        Some((status, answer))
    }
}
