//! What was decided, as columns to be laid over a block of frozen rows.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use columns::{Batch, BatchError, IntBuilder, ListBuilder, TextBuilder, TimeBuilder};
use domain::ids::RowId;
use domain::page::PageState;
use domain::row::{Approval, Decision, NoteRef, NotificationStatus, RowState};
use domain::user::User;

use super::filter::Needs;
use crate::user::People;

/// The state in the words of the campaign dialect, as a number that sorts.
pub(crate) const STATUS: &str = "=status";
/// When the row was decided.
pub(crate) const DECIDED_AT: &str = "=decided_at";
/// The e-mail address of the first reviewer.
pub(crate) const REVIEWER: &str = "=reviewer";

/// Whether a column is one of those that only lists use.
pub(crate) fn is_laid_over(column: &str) -> bool {
    column.starts_with('=')
}

/// The number of a status: pending, approved, rejected, flagged, revoked.
pub(crate) const fn status_code(status: Approval) -> i64 {
    match status {
        Approval::Pending => 0,
        Approval::Approved => 1,
        Approval::Rejected => 2,
        Approval::Flagged => 3,
        Approval::Revoked => 4,
    }
}

/// What is known of the rows of a block beside its frozen columns.
pub(crate) struct Changing<'a> {
    /// The rows of the block.
    pub(crate) rows: Range<u32>,
    /// The states of its pages; pages that nobody touched may be left out.
    pub(crate) states: &'a BTreeMap<u32, PageState>,
    /// The texts of its notes.
    pub(crate) notes: &'a HashMap<(u32, NoteRef), String>,
    /// Who is who, for reviewers that were changed.
    pub(crate) people: &'a People,
}

impl Changing<'_> {
    /// Lays what is needed over the frozen columns.
    pub(crate) fn lay_over(&self, batch: &mut Batch, needs: Needs) -> Result<(), BatchError> {
        if !needs.states {
            return Ok(());
        }
        let states: Vec<Option<&RowState>> = self.rows.clone().map(|row| self.state(RowId(row))).collect();
        lay_states(batch, &states)?;
        if needs.notes {
            self.lay_notes(batch, &states)?;
        }
        if needs.reviewers {
            self.lay_reviewers(batch, &states)?;
        }
        Ok(())
    }

    fn state(&self, row: RowId) -> Option<&RowState> {
        self.states.get(&row.page())?.row(row.slot())
    }

    fn lay_notes(&self, batch: &mut Batch, states: &[Option<&RowState>]) -> Result<(), BatchError> {
        let mut notes = TextBuilder::new();
        for (row, state) in self.rows.clone().map(RowId).zip(states) {
            let note = state.and_then(|state| state.note);
            notes.push(note.and_then(|note| self.notes.get(&(row.page(), note))).map(String::as_str));
        }
        batch.overlay(notes.finish("notes"))
    }

    fn lay_reviewers(&self, batch: &mut Batch, states: &[Option<&RowState>]) -> Result<(), BatchError> {
        let (mut emails, mut names, mut ids) = (ListBuilder::new(), ListBuilder::new(), ListBuilder::new());
        let mut first = TextBuilder::new();
        let assigned = batch.column("reviewers").cloned();
        let mut decoded: HashMap<String, Option<User>> = HashMap::new();
        for (index, state) in states.iter().enumerate() {
            let users: Vec<User> = match state.and_then(|state| state.reviewers.as_ref()) {
                Some(changed) => changed.iter().map(|key| self.people.get(key)).collect(),
                None => {
                    let texts = assigned.as_ref().and_then(|column| column.list(index));
                    let texts = texts.into_iter().flat_map(|texts| texts.iter());
                    let user = |text: &str| {
                        let known = decoded.entry(text.to_owned()).or_insert_with(|| crate::user::decode(text));
                        known.clone()
                    };
                    texts.filter_map(user).collect()
                }
            };
            first.push(users.first().map(|user| user.email.as_str()).filter(|email| !email.is_empty()));
            emails.push(Some(users.iter().map(|user| &user.email)));
            names.push(Some(users.iter().map(|user| &user.name)));
            ids.push(Some(users.iter().map(|user| &user.id)));
        }
        batch.overlay(emails.finish("reviewers.email"))?;
        batch.overlay(names.finish("reviewers.name"))?;
        batch.overlay(ids.finish("reviewers.id"))?;
        batch.overlay(first.finish(REVIEWER))
    }
}

fn lay_states(batch: &mut Batch, states: &[Option<&RowState>]) -> Result<(), BatchError> {
    let (mut decision, mut signed_off) = (TextBuilder::new(), TextBuilder::new());
    let (mut notification, mut status) = (TextBuilder::new(), IntBuilder::new());
    let mut decided_at = TimeBuilder::new();
    let untouched = RowState::default();
    for state in states {
        let state = state.unwrap_or(&untouched);
        decision.push(Some(decision_word(state.decision)));
        signed_off.push(Some(if state.is_signed_off() { "SIGNED_OFF" } else { "NOT_SIGNED_OFF" }));
        notification.push(Some(notification_word(state.notification)));
        status.push(Some(status_code(state.approval())));
        decided_at.push(state.decided.as_ref().map(|mark| mark.at.as_millisecond()));
    }
    batch.overlay(decision.finish("decision"))?;
    batch.overlay(signed_off.finish("signed_off_state"))?;
    batch.overlay(notification.finish("notification_status"))?;
    batch.overlay(status.finish(STATUS))?;
    batch.overlay(decided_at.finish(DECIDED_AT))
}

const fn decision_word(decision: Decision) -> &'static str {
    match decision {
        Decision::None => "NONE",
        Decision::Accepted => "ACCEPTED",
        Decision::Rejected => "REJECTED",
        Decision::Fixed => "FIXED",
    }
}

const fn notification_word(status: NotificationStatus) -> &'static str {
    match status {
        NotificationStatus::Unknown => "UNKNOWN",
        NotificationStatus::Pending => "PENDING",
        NotificationStatus::Succeed => "SUCCEED",
        NotificationStatus::Failed => "FAILED",
    }
}
