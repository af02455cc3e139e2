//! Whom rules have made reviewers before: a rule may hand such a row on, where nobody has handed it to somebody else since.
//!
//! The log of a page tells who changed reviewers. Of it counts what stands before the job at work, so that a job that is
//! begun anew plans the same.

use std::collections::{BTreeMap, BTreeSet};

use domain::automatic::AutomaticStep;
use domain::ids::{CommandId, JobId, ReviewId};
use domain::page::{Change, Entry, ROWS};
use domain::user::UserKey;

use super::planned::Planned;
use crate::deps::Deps;
use crate::error::Error;
use crate::unattended;

/// Adds to what is planned for rows, by page, whom a rule gave them to before. `(review, job, range)` tell what is at work.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn look_back(
    deps: &Deps,
    (review, job, range): (ReviewId, JobId, u32),
    planned: &mut BTreeMap<u32, Vec<Planned>>,
) -> Result<(), Error> {
    let assigns = |rows: &[Planned]| rows.iter().any(|row| matches!(row.automatic.step, AutomaticStep::Assign { .. }));
    let assigning: Vec<u32> = planned.iter().filter(|(_, rows)| assigns(rows)).map(|(page, _)| *page).collect();
    if assigning.is_empty() {
        return Ok(());
    }
    let states = deps.store.pages().states(&review, &assigning).await?;
    let moved = |page: &u32| {
        let rows = planned.get(page).map(Vec::as_slice).unwrap_or_default();
        states.get(page).is_some_and(|state| rows.iter().any(|row| state.row_or_default(row.row).reviewers.is_some()))
    };
    let moved: Vec<u32> = assigning.into_iter().filter(moved).collect();
    if moved.is_empty() {
        return Ok(());
    }
    // A turn changes a row at least, so that a page has no more turns than rows.
    let own: BTreeSet<CommandId> = (0..ROWS).map(|turn| unattended::command("evaluate", &job, range, turn)).collect();
    for (page, log) in deps.store.pages().logs(&review, &moved).await? {
        let before: Vec<&Entry> = log.iter().take_while(|entry| !own.contains(&entry.command)).collect();
        for row in planned.get_mut(&page).into_iter().flatten() {
            let (slot, step) = (row.row.slot(), &mut row.automatic.step);
            if let AutomaticStep::Assign { over, .. } = step {
                *over = last_given(&before, slot);
            }
        }
    }
    Ok(())
}

/// Whom a machine gave a row of the page to, if that is the last that happened to its reviewers.
fn last_given(log: &[&Entry], slot: u8) -> Option<Vec<UserKey>> {
    let given = |entry: &&Entry| {
        let new = entry.changes_of(slot).find_map(|change| match change {
            Change::Reviewers { new, .. } => Some(new.clone()),
            _ => None,
        });
        new.map(|new| (entry.actor.is_system(), new))
    };
    let last = log.iter().rev().find_map(given);
    last.filter(|(by_system, _)| *by_system).map(|(_, new)| new)
}
