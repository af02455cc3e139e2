//! What happened to a row, as people read it: the entries of its page's log, with the texts of notes beside them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::automatic::Cause;
use domain::ids::{CommandId, ReviewId, RowId};
use domain::note::NoteDigest;
use domain::page::{Change, Entry};
use domain::user::UserKey;

use crate::deps::Deps;
use crate::error::Error;
use crate::review::row::{LogAction, LogLine};
use crate::user::People;

/// The logs of some pages.
#[derive(Debug, Default)]
pub(crate) struct Logs {
    entries: BTreeMap<u32, Vec<Entry>>,
    /// Texts by page, entry and digest: one entry may write several notes.
    texts: HashMap<(u32, u64, [u8; 32]), String>,
}

/// Reads the logs of `pages`, with the texts of their notes; `None` when they are not wanted.
pub(crate) async fn read(deps: &Deps, id: ReviewId, pages: Option<&BTreeSet<u32>>) -> Result<Option<Logs>, Error> {
    let Some(pages) = pages else { return Ok(None) };
    let pages: Vec<u32> = pages.iter().copied().collect();
    let entries = deps.store.pages().logs(&id, &pages).await?;
    let mut texts = HashMap::new();
    for (page, log) in &entries {
        let noted = log.iter().flat_map(|entry| &entry.acts).any(|act| act.change.text().is_some());
        if !noted {
            continue;
        }
        for (seq, text) in deps.store.pages().all_notes(&id, *page).await? {
            texts.insert((*page, seq, NoteDigest::of(&text).0), text);
        }
    }
    Ok(Some(Logs { entries, texts }))
}

impl Logs {
    /// Everybody that the logs name.
    pub(crate) fn people(&self) -> impl Iterator<Item = &UserKey> {
        self.entries.values().flatten().flat_map(|entry| {
            let named = entry.acts.iter().flat_map(|act| match &act.change {
                Change::Cleared { decider, .. } => decider.iter().collect::<Vec<_>>(),
                Change::Reviewers { old, new } => old.iter().chain(new).collect(),
                Change::Automatic { .. }
                | Change::Decided { .. }
                | Change::Flagged
                | Change::Note { .. }
                | Change::SignedOff
                | Change::SignOffUndone
                | Change::Notification { .. }
                | Change::Answered { .. }
                | Change::Commented { .. }
                | Change::Instructed { .. }
                | Change::Displayed { .. } => Vec::new(),
            });
            std::iter::once(&entry.actor).chain(named)
        })
    }

    /// What happened to a row, oldest first.
    pub(crate) fn of(&self, row: RowId, people: &People) -> Vec<LogLine> {
        let entries = self.entries.get(&row.page()).map(Vec::as_slice).unwrap_or_default();
        entries.iter().flat_map(|entry| self.lines(entry, row, people)).collect()
    }

    fn lines(&self, entry: &Entry, row: RowId, people: &People) -> Vec<LogLine> {
        let changes: Vec<&Change> =
            entry.acts.iter().filter(|act| act.rows & row.bit() != 0).map(|act| &act.change).collect();
        let by = people.get(&entry.actor);
        // Each cause explains what stands behind it; what people do has none, and is one part.
        let parts = changes.chunk_by(|_, next| !matches!(next, Change::Automatic { .. }));
        let lines = parts.flat_map(|part| {
            let cause = part.iter().find_map(|change| match change {
                Change::Automatic { cause } => Some(*cause),
                _ => None,
            });
            // A part writes one text at most, beside instructions, which nobody reads in a log.
            let told_of = |change: &&&Change| !matches!(change, Change::Instructed { .. });
            let written = part.iter().filter(told_of).find_map(|change| change.text());
            let written = written.and_then(|digest| self.texts.get(&(row.page(), entry.seq, digest.0)).cloned());
            let by = by.clone();
            let line = move |what| LogLine { at: entry.at, by: by.clone(), what, cause };
            let told = part.iter().filter(|change| !is_told_with_decision(part, cause, change));
            let mut told: Vec<LogAction> = told.filter_map(|change| action(change, &written, people)).collect();
            if is_note_alone(part, cause) {
                told.insert(0, LogAction::Note { text: written });
            }
            told.into_iter().map(line).collect::<Vec<_>>()
        });
        lines.collect()
    }
}

/// Whether a change is the note of what an automation decided: it has one line for both.
fn is_told_with_decision(part: &[&Change], cause: Option<Cause>, change: &Change) -> bool {
    let decides = || part.iter().any(|change| matches!(change, Change::Decided { .. }));
    matches!(cause, Some(Cause::Automation { .. })) && matches!(change, Change::Note { .. }) && decides()
}

/// Whether an automation brought a note that is neither that of the row nor told with a decision.
fn is_note_alone(part: &[&Change], cause: Option<Cause>) -> bool {
    let has = |is_it: fn(&Change) -> bool| part.iter().any(|change| is_it(change));
    let is_kept = has(|change| matches!(change, Change::Commented { .. }));
    matches!(cause, Some(Cause::Automation { .. }))
        && is_kept
        && !has(|change| matches!(change, Change::Decided { .. }))
}

/// What a change is to a reader; the mark of an automatic one says why the others of its entry were made.
fn action(change: &Change, written: &Option<String>, people: &People) -> Option<LogAction> {
    let users = |keys: &[UserKey]| keys.iter().map(|key| people.get(key)).collect();
    Some(match change {
        Change::Automatic { cause: _ }
        | Change::Commented { digest: _ }
        | Change::Displayed { .. }
        | Change::Instructed { digest: _ } => return None,
        Change::Decided { decision } => LogAction::Decided { decision: *decision, note: written.clone() },
        Change::Flagged => LogAction::Flagged,
        Change::Cleared { reason, previous, decider } => LogAction::Cleared {
            reason: *reason,
            previous: *previous,
            decider: decider.as_ref().map(|decider| people.get(decider)),
        },
        Change::Note { digest: None } => LogAction::Note { text: None },
        Change::Note { digest: Some(_) } => LogAction::Note { text: written.clone() },
        Change::Reviewers { old, new } => LogAction::Reviewers { old: users(old), new: users(new) },
        Change::SignedOff => LogAction::SignedOff,
        Change::SignOffUndone => LogAction::SignOffUndone,
        Change::Notification { status } => LogAction::Notification { status: *status },
        Change::Answered { status, info } => {
            LogAction::Answered { status: *status, info: written.clone().filter(|_| info.is_some()) }
        }
    })
}

/// Rows of a page that a call changed under any of its commands, as their entries tell: what a repeated call answers.
pub(crate) fn touched_by(log: &[Entry], commands: &[CommandId]) -> u64 {
    let own = log.iter().filter(|entry| commands.contains(&entry.command)).flat_map(|entry| &entry.acts);
    own.fold(0, |rows, act| rows | act.rows)
}
