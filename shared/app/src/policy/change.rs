//! Making, changing and deleting policies.

use domain::ids::PolicyId;
use domain::policy::{Policy, PolicyEdit, Targets};
use store::keys::{self, Kind};

use super::input::{PolicyInput, checked, is_short};
use super::load;
use crate::call::Call;
use crate::deps::Deps;
use crate::error::{Error, Faults};
use crate::in_use;
use crate::retry::{Again, deleted_before, settled};

/// The priority of a policy that names none.
const PRIORITY: u32 = 100;

/// Makes a policy.
///
/// # Errors
/// [`Error::Invalid`] names everything that is wrong with the input, in a condition with its place.
pub async fn create(deps: &Deps, call: &Call, input: PolicyInput) -> Result<Policy, Error> {
    let id = PolicyId::new(call.created("policy"));
    if call.repeatable
        && let Some(made) = deps.store.policies().get(&id).await?
    {
        return Ok(made.value);
    }
    let policy = complete(call, id, checked(input, None)?)?;
    is_short(&policy)?;
    let mut tx = deps.store.write(call.command, call.now);
    tx.insert_policy(&policy)?;
    let _nothing_to_send = tx.commit().await?;
    Ok(policy)
}

/// A new policy, when everything is there that it needs.
fn complete(call: &Call, id: PolicyId, edit: PolicyEdit) -> Result<Policy, Error> {
    let mut faults = Faults::new();
    faults.require(edit.name.is_some(), "name", "is required");
    faults.require(edit.expectation.is_some(), "type", "is required");
    let (Some(name), Some(expectation)) = (edit.name, edit.expectation) else {
        return Err(faults.done().err().unwrap_or_else(|| Error::Bug("a required field is missing".to_owned())));
    };
    Ok(Policy {
        id,
        name,
        description: edit.description.unwrap_or_default(),
        expectation,
        targets: Targets {
            applications: edit.target_applications.unwrap_or_default(),
            groups: edit.target_groups.unwrap_or_default(),
            account_types: edit.target_account_types.unwrap_or_default(),
        },
        on_failure: edit.on_failure.unwrap_or_default(),
        auto_approve: edit.auto_approve.unwrap_or(false),
        priority: edit.priority.unwrap_or(PRIORITY),
        status: edit.status.unwrap_or_default(),
        created_at: call.now,
        created_by: call.caller.user.clone(),
        updated_at: call.now,
        version: 1,
    })
}

/// Changes a policy: what is checked from now on. What was computed or decided by it stands, under the version that did
/// it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Invalid`]; [`Error::Stale`].
pub async fn update(deps: &Deps, call: &Call, id: PolicyId, input: PolicyInput) -> Result<Policy, Error> {
    let mut again = Again::new();
    loop {
        let stored = load(deps, id).await?;
        if stored.is_by(call.command) {
            return Ok(stored.value);
        }
        call.expects(stored.version)?;
        let edit = checked(input.clone(), Some(&stored.value.expectation))?;
        let next = stored.value.edited(edit, call.now);
        if next == stored.value {
            return Ok(next);
        }
        is_short(&next)?;
        let mut tx = deps.store.write(call.command, call.now);
        tx.update_policy(&next, &stored.value)?;
        match tx.commit().await {
            Err(error) if again.after(&error).await => {}
            Err(error) => return Err(error.into()),
            Ok(_nothing_to_send) => return Ok(next),
        }
    }
}

/// Deletes a policy. Campaigns that are not running lose it; what was computed or decided by it stands.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] while it is applied to a campaign that runs or is being started;
/// [`Error::Stale`].
pub async fn delete(deps: &Deps, call: &Call, id: PolicyId) -> Result<(), Error> {
    settled(|| try_delete(deps, call, id)).await
}

async fn try_delete(deps: &Deps, call: &Call, id: PolicyId) -> Result<Result<(), store::Error>, Error> {
    let Some(stored) = deps.store.policies().get(&id).await? else {
        return deleted_before(deps, call, &keys::aggregate(Kind::Policy, id)).await.map(Ok);
    };
    call.expects(stored.version)?;
    let uses = deps.store.policies().uses(&stored.value.id).await?;
    let waiting = in_use::waiting(deps, &uses, "policy").await?;
    let mut tx = deps.store.write(call.command, call.now);
    tx.delete_policy(&stored.value, stored.version, &uses, &waiting)?;
    Ok(tx.commit().await.map(|_nothing_to_send| ()))
}
