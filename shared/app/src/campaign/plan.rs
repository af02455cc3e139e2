//! Checks of what clients say about a campaign, the same for a new one and a changed one, and what its workflow shows.

use std::collections::BTreeSet;

use domain::assignment::MAX_REVIEWERS;
use domain::inventory::Family;
use domain::query::{NodeSet, NodeSpec, NodesOperator, Query};
use domain::review::{Campaign, CampaignEdit, CampaignPlan, ReviewerAssignment, Scope, StartState};
use jiff::Timestamp;

use super::input::CreateInput;
use crate::deps::Deps;
use crate::error::{Error, Fault, Faults};
use crate::loading::population;
use crate::review::AssignmentInput;
use crate::{user, valid};

/// The most applications or account types that a scope names.
const MAX_SCOPE: usize = 1_000;
/// The most conditions on either side of a query.
const MAX_CONDITIONS: usize = 100;

/// The type of a campaign that names none.
const DEFAULT_KIND: &str = "periodic";

/// What the client said, checked and with its users found. Nothing is required here: what has to be there when a
/// campaign is made is checked by [`complete`]. What the campaign has already is `held`: who sends it back says nothing new, and
/// may, even where an application or a person has left since.
pub(super) async fn checked(
    deps: &Deps,
    input: CreateInput,
    held: Option<&CampaignPlan>,
) -> Result<CampaignEdit, Error> {
    let mut faults = Faults::new();
    let name = input.name.as_deref().map(|name| valid::name(&mut faults, "name", name));
    if let Some(description) = &input.description {
        valid::text(&mut faults, "description", description);
    }
    if let Some(kind) = &input.kind {
        let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let fits = (1..=64).contains(&kind.len()) && kind.chars().all(valid);
        faults.require(fits, "type", "must be 1 to 64 of a-z, 0-9 and _");
    }
    if let Some(scope) = &input.scope {
        check_scope(deps, &mut faults, scope, held.map(|held| &held.scope)).await?;
    }
    if let Some(query) = &input.query {
        for (field, filters) in
            [("inclusion_filters", &query.inclusion_filters), ("exclusion_filters", &query.exclusion_filters)]
        {
            let few = filters.len() <= MAX_CONDITIONS;
            faults.require(few, &format!("query.{field}"), "must have at most 100 conditions");
        }
        for Fault { field, issue } in population::check_campaign_query(query) {
            faults.add(format!("query.{field}"), issue);
        }
    }
    faults.done()?;
    let reviewer_assignment = match input.reviewer_assignment {
        Some(assignment) => Some(resolved(deps, &assignment, held.map(|held| &held.reviewer_assignment)).await?),
        None => None,
    };
    let is_held = |scope: &Scope| held.is_some_and(|held| says_the_same(&held.scope, scope));
    let scope = input.scope.map(|scope| held.filter(|_| is_held(&scope)).map_or(scope, |held| held.scope.clone()));
    Ok(CampaignEdit {
        name,
        description: input.description,
        kind: input.kind,
        start_date: input.start_date,
        end_date: input.end_date,
        scope,
        query: input.query,
        reviewer_assignment,
        revoke_mode: input.revoke_mode,
        auto_start: input.auto_start,
    })
}

/// Whether two scopes cover the same, in whatever order and however often they say it.
fn says_the_same(one: &Scope, other: &Scope) -> bool {
    let set = |values: &[String]| values.iter().cloned().collect::<BTreeSet<_>>();
    set(&one.applications) == set(&other.applications) && set(&one.account_types) == set(&other.account_types)
}

async fn check_scope(deps: &Deps, faults: &mut Faults, scope: &Scope, held: Option<&Scope>) -> Result<(), Error> {
    for (field, values) in [("scope.applications", &scope.applications), ("scope.account_types", &scope.account_types)]
    {
        faults.require(values.len() <= MAX_SCOPE, field, "must have at most 1000 entries");
        let blank = values.iter().any(|value| value.trim().is_empty() || value.chars().count() > 256);
        faults.require(!blank, field, "must hold texts of 1 to 256 characters");
    }
    let is_new = |application: &&String| held.is_none_or(|held| !held.applications.contains(application));
    let fresh: Vec<String> = scope.applications.iter().filter(is_new).cloned().collect();
    if !fresh.is_empty() && scope.applications.len() <= MAX_SCOPE {
        for unknown in population::unknown_applications(deps, &fresh).await? {
            faults.add("scope.applications", format!("unknown application `{unknown}`"));
        }
    }
    Ok(())
}

/// An assignment with its users found; those of `held` are known.
///
/// # Errors
/// [`Error::Invalid`] names everybody who does not exist, and the list that is longer than a row can have reviewers.
pub(crate) async fn resolved(
    deps: &Deps,
    input: &AssignmentInput,
    held: Option<&ReviewerAssignment>,
) -> Result<ReviewerAssignment, Error> {
    let (named, fallback) = ("reviewer_assignment.reviewers", "reviewer_assignment.fallback_reviewers");
    let mut faults = Faults::new();
    for (field, users) in [(named, &input.reviewers), (fallback, &input.fallback_reviewers)] {
        faults.require(users.len() <= MAX_REVIEWERS, field, "must have at most 40 users");
    }
    faults.done()?;
    let held = held.map_or((&[][..], &[][..]), |held| (&held.reviewers[..], &held.fallback_reviewers[..]));
    let reviewers = user::resolve_beside(deps, &input.reviewers, named, held.0).await?;
    let fallback_reviewers = user::resolve_beside(deps, &input.fallback_reviewers, fallback, held.1).await?;
    Ok(ReviewerAssignment {
        users_manager: input.users_manager,
        resource_managers: input.resource_managers,
        reviewers,
        fallback_reviewers,
    })
}

/// The plan of a new campaign.
///
/// # Errors
/// [`Error::Invalid`] names what is missing.
pub(super) fn complete(edit: CampaignEdit) -> Result<CampaignPlan, Error> {
    let missing = [
        ("name", edit.name.is_none()),
        ("start_date", edit.start_date.is_none()),
        ("end_date", edit.end_date.is_none()),
    ];
    let mut faults = Faults::new();
    for (field, missing) in missing {
        faults.require(!missing, field, "is required");
    }
    let (Some(name), Some(start_date), Some(end_date)) = (edit.name, edit.start_date, edit.end_date) else {
        return Err(faults.done().err().unwrap_or_else(|| Error::Bug("a required field is missing".to_owned())));
    };
    let plan = CampaignPlan {
        name,
        description: edit.description.unwrap_or_default(),
        kind: edit.kind.unwrap_or_else(|| DEFAULT_KIND.to_owned()),
        start_date,
        end_date,
        scope: edit.scope.unwrap_or_default(),
        query: edit.query.unwrap_or_default(),
        reviewer_assignment: edit.reviewer_assignment.unwrap_or_else(ReviewerAssignment::campaign_default),
        revoke_mode: edit.revoke_mode.unwrap_or_default(),
        auto_start: edit.auto_start.unwrap_or(false),
    };
    dates(&plan)?;
    Ok(plan)
}

/// That a campaign ends after it starts.
///
/// # Errors
/// [`Error::Invalid`].
pub(super) fn dates(plan: &CampaignPlan) -> Result<(), Error> {
    if plan.end_date > plan.start_date { Ok(()) } else { Err(Error::invalid("end_date", "must be after `start_date`")) }
}

/// That nobody moves the end of a campaign whose rows are in place into the past, which matters where reviews expire: it would be
/// over at once, and ending it now is what completing and terminating are for. Clients send back what they have read, also of a
/// campaign that is overdue.
///
/// # Errors
/// [`Error::Invalid`].
pub(super) fn end_ahead(before: &Campaign, next: &Campaign, now: Timestamp) -> Result<(), Error> {
    let stands = before.plan.end_date == next.plan.end_date;
    let is_planned = next.start_state != StartState::Done;
    if stands || is_planned || next.plan.end_date > now {
        return Ok(());
    }
    Err(Error::invalid("end_date", "must be in the future"))
}

/// The scope of a campaign as a query of the other dialect: accounts with access to their applications. What the query
/// builder says beyond that has no counterpart there.
pub(super) fn query_of(plan: &CampaignPlan) -> Query {
    let node = |family: Family, id: &str| NodeSpec {
        node_type: default_type(family).to_owned(),
        node_id: id.to_owned(),
        ..NodeSpec::default()
    };
    let destinations = match plan.scope.applications.as_slice() {
        [] => vec![node(Family::Application, "")],
        some => some.iter().map(|id| node(Family::Application, id)).collect(),
    };
    let set = |nodes| NodeSet { nodes, nodes_operator: NodesOperator::Or };
    Query {
        source_node_types: set(vec![node(Family::Account, "")]),
        destination_node_types: set(destinations),
        ..Query::default()
    }
}

/// The node type of entities that name none.
const fn default_type(family: Family) -> &'static str {
    match family {
        Family::Identity => "Identity",
        Family::Application => "Application",
        Family::Account => "Account",
        Family::Group => "Group",
        Family::Role => "Role",
        Family::Resource => "Resource",
        Family::Classification => "Classification",
    }
}
