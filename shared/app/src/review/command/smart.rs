//! Applying a smart action: its change on the rows that its filters find and that the caller may change.

use domain::decide::RowUpdate;
use domain::ids::{ReviewId, SmartActionId};
use domain::note::NoteEdit;
use domain::smart_action::{MutableFields, SmartAction};
use domain::user::User;

use super::bulk::{self, Asked, Reviewers, Work, require_workable};
use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::review::input::{BulkOutcome, RowFilter, Selection, SmartInput, UserReference};
use crate::review::open::{Dialect, enter_rows};

/// Applies a smart action, or tells what it would do.
///
/// # Errors
/// [`Error::NotFound`] when there is no such review or action, or not for this caller, and for an action of another
/// workflow; [`Error::Invalid`] on `id` for one that asks about columns which the caller may not see; else as
/// [`crate::review::bulk_update`].
pub async fn apply_smart_action(
    deps: &Deps,
    call: &Call,
    id: ReviewId,
    action: SmartActionId,
    input: SmartInput,
) -> Result<BulkOutcome, Error> {
    let review = enter_rows(deps, call, id, Dialect::Certification).await?;
    let action = deps.store.prepared().smart_action(&action).await?.ok_or_else(Error::not_found)?.value;
    if action.workflow.is_some_and(|workflow| workflow != review.certification.workflow_id) {
        return Err(Error::not_found());
    }
    let asked = Asked::of(id, &selection(&action), input.after.as_deref())?;
    // The filter is not the caller's own, so that what it asks about is not named.
    let blind = |_| Error::invalid("id", "asks about columns that are hidden from reviewers");
    asked.requires_sight(&review.hidden_columns(call)).map_err(blind)?;
    require_workable(deps, call, &review).await?;
    let MutableFields { decision, notes, signed_off, reviewers, assignment } = &action.fields;
    let named: Vec<UserReference> = reviewers.iter().map(reference).collect();
    let reviewers = match (assignment, named.is_empty()) {
        (_, false) => Some(Reviewers::Named(&named)),
        (Some(assignment), true) => Some(Reviewers::Found(assignment)),
        (None, true) => None,
    };
    let change = RowUpdate {
        decision: *decision,
        note: NoteEdit::from_text(notes.as_deref()),
        reviewers: None,
        instructions: None,
        signed_off: *signed_off,
    };
    let note = notes.as_deref().filter(|note| !note.trim().is_empty());
    let work = Work { change, note, reviewers, rehearse: input.dry_run };
    bulk::apply(deps, call, &review, &asked, work).await
}

fn selection(action: &SmartAction) -> Selection {
    if !action.has_filter() {
        return Selection::All;
    }
    let text = |text: &String| (!text.trim().is_empty()).then(|| text.clone());
    let filter = text(&action.filter);
    let mutable_filter = text(&action.mutable_filter);
    Selection::Matching(Box::new(RowFilter { filter, mutable_filter, ..RowFilter::default() }))
}

fn reference(user: &User) -> UserReference {
    UserReference { user_type: user.user_type.clone(), id: user.id.clone(), email: None, name: None }
}
