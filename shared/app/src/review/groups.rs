//! Batch groups as a caller sees them, and deciding on one.
//!
//! A group was formed over all rows when the campaign started. Of it everybody sees their own rows: a reviewer those that
//! they review, and no group without one.

use std::collections::BTreeMap;

use domain::decide::RowCommand;
use domain::ids::{ReviewId, RowId};
use domain::note::NoteEdit;

use super::input::DecideInput;
use super::open::{Dialect, Entered, Review, enter, read};
use super::row::RowView;
use crate::call::Call;
use crate::cursor::{self, Binding};
use crate::deps::Deps;
use crate::error::{Error, Faults};
use crate::group::{self, Group};
use crate::page::Page;
use crate::review::command::act::{Act, OnRefusal, carry_out};
use crate::review::command::decide::known;
use crate::review::command::earlier;
use crate::review::row::{assemble, find, log};
use crate::valid;

/// The most groups on a page, where a client asks for pages.
pub const MAX_GROUPS: usize = 500;
/// The most groups that are read where it does not: more than an answer holds.
pub const ALL_GROUPS: usize = 20_000;
/// The most accounts on a page, more than an answer holds: it ends early, after the group that reaches them.
const MAX_ACCOUNTS: usize = 100_000;

/// Which part of the list of groups is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupsInput {
    /// At most so many groups, 1 to [`ALL_GROUPS`].
    pub limit: usize,
    /// A cursor of this list.
    pub after: Option<String>,
}

/// A group with the accounts of it that the caller sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupView {
    /// The group; its rows are those that the caller sees.
    pub group: Group,
    /// Ids of their accounts, in the order of the rows.
    pub accounts: Vec<String>,
}

/// The groups in which the caller sees rows, by number; none before the campaign has rows.
///
/// # Errors
/// [`Error::NotFound`] when there is no such campaign, or none for this caller; [`Error::Invalid`] for a cursor of another
/// list.
pub async fn groups(deps: &Deps, call: &Call, id: ReviewId, input: GroupsInput) -> Result<Page<GroupView>, Error> {
    let binding = Binding::of("batch groups", &[&id.to_string()]);
    let after: u32 = match &input.after {
        Some(cursor) => cursor::open(&binding, cursor, "after")?,
        None => 0,
    };
    let review = match read(deps, call, id, Dialect::Campaign).await? {
        Entered::Open(review) => review,
        Entered::NotStarted(_) => return Ok(Page::empty()),
    };
    let stored = deps.store.groups().all(&id, review.attempt).await?;
    let all = stored.iter().flat_map(group::of_batch).filter(|group| group.number > after);
    let mut seen = all.map(|group| visible(&review, group)).filter(|group| !group.rows.is_empty()).peekable();
    let (mut page, mut accounts) = (Vec::new(), 0);
    while page.len() < input.limit.clamp(1, ALL_GROUPS) && accounts < MAX_ACCOUNTS {
        let Some(group) = seen.next() else { break };
        accounts += group.rows.len();
        page.push(group);
    }
    let end = page.last().map(|group| cursor::seal(&binding, group.number)).transpose()?;
    let next = end.clone().filter(|_| seen.peek().is_some());
    let ids = account_ids(deps, &review, &page).await?;
    let view = |group: Group| {
        let accounts = group.rows.iter().filter_map(|row| ids.get(row).cloned()).collect();
        GroupView { group, accounts }
    };
    Ok(Page { items: page.into_iter().map(view).collect(), next, end, has_previous: after > 0 })
}

fn visible(review: &Review, group: Group) -> Group {
    let rows = group.rows.iter().copied().filter(|row| review.sees(*row)).collect();
    Group { rows, ..group }
}

async fn account_ids(deps: &Deps, review: &Review, groups: &[Group]) -> Result<BTreeMap<RowId, String>, Error> {
    let layout = review.plan(deps).await?;
    let mut places: BTreeMap<u32, Vec<(usize, RowId)>> = BTreeMap::new();
    for row in groups.iter().flat_map(|group| &group.rows) {
        if let Some((block, index)) = layout.plan.locate(row.0) {
            places.entry(block).or_default().push((index, *row));
        }
    }
    let numbers: Vec<u32> = places.keys().copied().collect();
    let mut ids = BTreeMap::new();
    for block in deps.store.blocks().read_many(&review.id(), review.attempt, &numbers).await? {
        let batch = block.columns(&["source.id"])?;
        for (index, row) in places.get(&block.number()).into_iter().flatten() {
            ids.extend(batch.text("source.id", *index).map(|id| (*row, id.to_owned())));
        }
    }
    Ok(ids)
}

/// Decides the same about all rows of a group that the caller sees and that nobody has decided, all or none; answers those
/// that this call decided, by account name. What somebody else decides meanwhile stands.
///
/// # Errors
/// [`Error::NotFound`] when there is no such group, or none for this caller; [`Error::Refused`] unless the campaign is
/// active; [`Error::Invalid`].
pub async fn decide_group(
    deps: &Deps,
    call: &Call,
    id: ReviewId,
    group: &str,
    input: DecideInput,
) -> Result<Vec<RowView>, Error> {
    let mut faults = Faults::new();
    if let Some(comment) = &input.comment {
        valid::text(&mut faults, "comment", comment);
    }
    faults.done()?;
    let number = group::number(group).ok_or_else(Error::not_found)?;
    let review = enter(deps, call, id, Dialect::Campaign).await?.started()?;
    let group = numbered(deps, &review, number).await?.map(|group| visible(&review, group));
    let group = group.filter(|group| !group.rows.is_empty()).ok_or_else(Error::not_found)?;
    if earlier::of_repeated(deps, call, &review).await?.is_empty() {
        review.certification.phase().require_open()?;
    }
    let targets = find::rows(deps, &review, &group.rows).await?;
    let note = input.comment.as_deref().filter(|comment| !comment.trim().is_empty());
    let command = RowCommand::DecidePending { verdict: input.verdict, comment: NoteEdit::from_text(note) };
    // A version names one row: a group has none to insist on.
    let call = Call { if_match: None, ..call.clone() };
    let act =
        Act { targets: &targets, command: &command, texts: note.into_iter().collect(), on_refusal: OnRefusal::Stop };
    let done = carry_out(deps, &call, &review, act).await?;
    let mut decided: Vec<RowId> =
        done.changes.iter().filter(|(_, changes)| !changes.is_empty()).map(|(row, _)| *row).collect();
    for page in &done.already {
        let log = deps.store.pages().log(&id, *page).await?;
        let rows = log::touched_by(&log, &[call.command]);
        decided.extend((0..64).filter(|slot| rows & 1 << slot != 0).filter_map(|slot| RowId::at(*page, slot)));
    }
    decided.sort_unstable();
    decided.dedup();
    assemble::rows(deps, &call, &review, &decided, known(done, note)).await
}

/// The group of a number.
async fn numbered(deps: &Deps, review: &Review, number: u32) -> Result<Option<Group>, Error> {
    let item = (number - 1) / u32::try_from(store::groups::GROUPS_PER_ITEM).unwrap_or(u32::MAX);
    let stored = deps.store.groups().some(&review.id(), review.attempt, item).await?;
    Ok(stored.and_then(|batch| group::of_batch(&batch).into_iter().find(|group| group.number == number)))
}

#[cfg(test)]
mod tests;
