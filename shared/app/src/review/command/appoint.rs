//! Who reviews each of many rows from now on.

use std::collections::{BTreeMap, HashMap};

use domain::assignment::{OwnAccess, Rules};
use domain::ids::RowId;
use domain::review::ReviewerAssignment;
use domain::settings::SelfReview;
use domain::user::{User, UserKey};

use super::act::TOO_MANY;
use super::{assign, update};
use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::loading::graph::NONE;
use crate::loading::offload;
use crate::loading::paths::access::Ends;
use crate::loading::paths::join::Joins;
use crate::loading::people::Assigner;
use crate::loading::people::directory::Directory;
use crate::loading::sources::current;
use crate::review::input::UserReference;
use crate::review::open::Review;
use crate::review::row::{assemble, find};
use crate::standing::{self, Settled};
use crate::user;

/// The word for rows whose reviewers would judge their own access.
const OWN_ACCESS: &str = "own_access";
/// The word for rows whose source is not in the picture any more.
const UNKNOWN_SOURCE: &str = "unknown_source";

/// The reviewers of each row, or the word for why it cannot have them.
pub(super) type Appointed = HashMap<RowId, Result<Vec<UserKey>, &'static str>>;

/// Those whom a client names, with their delegates.
///
/// # Errors
/// [`Error::Invalid`] names everybody who may review none of the rows.
pub(super) async fn by_name(
    deps: &Deps,
    call: &Call,
    review: &Review,
    rows: &[RowId],
    named: &[UserReference],
) -> Result<Appointed, Error> {
    let named = update::resolved(deps, call, named).await?;
    let self_review = review.settings(deps).await?.self_review();
    let rules = Settled::now(deps).await?.rules_by_name(self_review);
    let everywhere = within_bounds(standing::by_hand(&rules, named.clone(), &OwnAccess::default())?)?;
    match self_review {
        SelfReview::CheckingDisabled => Ok(rows.iter().map(|row| (*row, Ok(everywhere.clone()))).collect()),
        SelfReview::CheckingEnabled => {
            let owns = find::own_accesses(deps, review, rows).await?;
            Ok(rows.iter().map(|row| (*row, of_row(&rules, &named, owns.get(row)))).collect())
        }
    }
}

fn of_row(rules: &Rules, named: &[(String, User)], own: Option<&OwnAccess>) -> Result<Vec<UserKey>, &'static str> {
    let own = own.ok_or(OWN_ACCESS)?;
    let users = standing::by_hand(rules, named.to_vec(), own).map_err(|_| OWN_ACCESS)?;
    within_bounds(users).map_err(|_| OWN_ACCESS)
}

fn within_bounds(users: Vec<User>) -> Result<Vec<UserKey>, Error> {
    assign::bounded(&users)?;
    Ok(users.iter().map(User::key).collect())
}

/// Those whom instructions find in the picture under review, as when the rows were built.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn by_ladder(
    deps: &Deps,
    call: &Call,
    review: &Review,
    rows: &[RowId],
    assignment: &ReviewerAssignment,
) -> Result<Appointed, Error> {
    let Some(snapshot) = review.certification.snapshot else { return Ok(Appointed::new()) };
    let snapshot = deps.store.snapshots().get(&snapshot).await?.ok_or_else(Error::not_found)?;
    let workflow = deps.store.workflows().get(&review.certification.workflow_id).await?;
    let creator = workflow.map_or_else(|| review.certification.created_by.clone(), |stored| stored.value.creator);
    let settings = review.settings(deps).await?;
    let rules = Settled::now(deps).await?.rules(assignment.clone(), creator, settings.self_review());
    let provider = settings.identity_provider();
    let joined = review.certification.query_used.joined_nodes.clone();
    let layout = review.plan(deps).await?;
    let frozen = assemble::frozen(deps, review, &layout, rows).await?;
    let graph = current::load(deps, &snapshot.value.sources).await?;
    let found = offload(move || {
        let joins = Joins::of(&graph, &joined);
        let assigner = Assigner::new(&graph, Directory::new(&graph, provider), Some(&joins), &rules);
        let found = frozen.iter().map(|(row, frozen)| {
            let ends = Ends::of(&graph, frozen).filter(|ends| ends.source != NONE);
            (*row, ends.map(|ends| assigner.reviewers_of(ends.source, ends.destination)))
        });
        found.collect::<Vec<(RowId, Option<Vec<User>>)>>()
    })
    .await?;
    let people: BTreeMap<UserKey, &User> =
        found.iter().flat_map(|(_, users)| users.iter().flatten()).map(|user| (user.key(), user)).collect();
    let people: Vec<User> = people.into_values().cloned().collect();
    user::remember(deps, call.command, &people).await?;
    let reviewers = found.into_iter().map(|(row, users)| {
        let users = users.ok_or(UNKNOWN_SOURCE).and_then(|users| within_bounds(users).map_err(|_| TOO_MANY));
        (row, users)
    });
    Ok(reviewers.collect())
}
