//! Comparing a review with one before: which rows are new, which are gone, and what was decided about the others then.

use std::collections::{BTreeSet, HashMap};

use domain::ids::{ReviewId, RowId};
use domain::review::{CertState, Phase};
use domain::settings::Settings;
use domain::user::Role;
use store::Read;
use store::lookup::IdentityHash;

use super::allowed::may_compare;
use super::portion::{READ, require_time};
use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::loading::jobs::Left;
use crate::review::RowView;
use crate::review::list::every::{self, Wanted};
use crate::review::open::Review;
use crate::review::row::assemble::{self, Known};
use crate::same::Identity;

/// How a row stands to the review before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Difference {
    /// It was not there.
    Added,
    /// It was there.
    Unchanged,
    /// It is not there any more.
    Removed,
}

impl Difference {
    /// As it stands in files.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Added => "ADDED",
            Self::Unchanged => "UNCHANGED",
            Self::Removed => "REMOVED",
        }
    }
}

/// The review before, of the same workflow.
///
/// # Errors
/// [`Error::NotFound`] when there is no such review with rows, or it is of another workflow, or it is the same, and to
/// reviewers, who read what others have decided there, unless it is over and began earlier; [`Error::Forbidden`] to
/// reviewers where they may not compare.
pub(super) async fn before(
    deps: &Deps,
    call: &Call,
    review: &Review,
    settings: &Settings,
    id: ReviewId,
) -> Result<Review, Error> {
    if !may_compare(call, settings) {
        return Err(Error::forbidden());
    }
    let found = deps.store.certifications().get(&id).await?.ok_or_else(Error::not_found)?;
    let (one, other) = (&found.certification, &review.certification);
    let alike = one.workflow_id == other.workflow_id && one.id != other.id && one.state != CertState::Searching;
    let is_over = !matches!(one.phase(), Phase::Searching | Phase::Open) && one.started_at < other.started_at;
    if !alike || (call.caller.role == Role::Reviewer && !is_over) {
        return Err(Error::not_found());
    }
    // Reviews of one workflow are of one kind.
    Ok(Review { origin: review.origin, ..Review::of_all(found) })
}

/// For each row its like in another review, with what was decided there.
pub(super) async fn alike(
    deps: &Deps,
    call: &Call,
    other: &Review,
    rows: &[RowView],
) -> Result<Vec<Option<RowView>>, Error> {
    if other.total() == 0 {
        return Ok(rows.iter().map(|_| None).collect());
    }
    let identities: Vec<Identity<'_>> = rows.iter().map(|row| Identity::of(&row.frozen, other.origin)).collect();
    let hashes: Vec<IdentityHash> = identities.iter().map(Identity::hash).collect();
    let found =
        deps.store.lookup().find_many(&other.id(), other.attempt, other.total(), &hashes, Read::Eventual).await?;
    let numbers: BTreeSet<RowId> = found.values().flatten().copied().collect();
    let numbers: Vec<RowId> = numbers.into_iter().collect();
    let views = assemble::rows(deps, call, other, &numbers, Known::default()).await?;
    let views: HashMap<RowId, RowView> = views.into_iter().map(|view| (view.row, view)).collect();
    // Different rows may share a hash.
    let like = |(identity, hash): (&Identity<'_>, &IdentityHash)| {
        let mut candidates = found.get(hash).into_iter().flatten().filter_map(|row| views.get(row));
        candidates.find(|view| Identity::of(&view.frozen, other.origin) == *identity).cloned()
    };
    Ok(identities.iter().zip(&hashes).map(like).collect())
}

/// The numbers of the rows of the review before that are not in this one, in order.
///
/// # Errors
/// [`Error::TooLarge`] when time runs out; [`Error::Unavailable`].
pub(super) async fn removed(
    deps: &Deps,
    call: &Call,
    (review, before): (&Review, &Review),
    wanted: &Wanted,
    left: Left<'_>,
) -> Result<Vec<RowId>, Error> {
    if before.total() == 0 {
        return Ok(Vec::new());
    }
    let layout = before.plan(deps).await?;
    let mut gone = Vec::new();
    for some in every::rows(deps, call, before, &layout, wanted).await?.chunks(READ) {
        require_time(left)?;
        let rows = assemble::rows(deps, call, before, some, Known::default()).await?;
        let still = alike(deps, call, review, &rows).await?;
        gone.extend(rows.iter().zip(still).filter(|(_, still)| still.is_none()).map(|(row, _)| row.row));
    }
    Ok(gone)
}
