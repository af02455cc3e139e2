//! Making, changing and deleting rules.

use domain::ids::RuleId;
use domain::rule::{Rule, RuleEdit};
use store::keys::{self, Kind};

use super::input::{RuleInput, checked};
use super::load;
use crate::call::Call;
use crate::deps::Deps;
use crate::error::{Error, Faults};
use crate::in_use;
use crate::retry::{Again, deleted_before, settled};

/// Makes a rule.
///
/// # Errors
/// [`Error::Invalid`] names everything that is wrong with the input, in a condition with its place.
pub async fn create(deps: &Deps, call: &Call, input: RuleInput) -> Result<Rule, Error> {
    let id = RuleId::new(call.created("rule"));
    if call.repeatable
        && let Some(made) = deps.store.rules().get(&id).await?
    {
        return Ok(made.value);
    }
    let rule = complete(call, id, checked(deps, call, input, None).await?)?;
    let mut tx = deps.store.write(call.command, call.now);
    tx.insert_rule(&rule)?;
    let _nothing_to_send = tx.commit().await?;
    Ok(rule)
}

/// A new rule, when everything is there that it needs.
fn complete(call: &Call, id: RuleId, edit: RuleEdit) -> Result<Rule, Error> {
    let missing = [
        ("name", edit.name.is_none()),
        ("type", edit.kind.is_none()),
        ("condition", edit.condition.is_none()),
        ("decision", edit.action.is_none()),
    ];
    let mut faults = Faults::new();
    for (field, missing) in missing {
        faults.require(!missing, field, "is required");
    }
    let (Some(name), Some(kind), Some(condition), Some(action)) = (edit.name, edit.kind, edit.condition, edit.action)
    else {
        return Err(faults.done().err().unwrap_or_else(|| Error::Bug("a required field is missing".to_owned())));
    };
    Ok(Rule {
        id,
        name,
        description: edit.description.unwrap_or_default(),
        kind,
        condition,
        action,
        status: edit.status.unwrap_or_default(),
        created_at: call.now,
        created_by: call.caller.user.clone(),
        updated_at: call.now,
        version: 1,
    })
}

/// Changes a rule: what a campaign evaluates from now on. What it has done stands, under the version that did it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Invalid`]; [`Error::Stale`].
pub async fn update(deps: &Deps, call: &Call, id: RuleId, input: RuleInput) -> Result<Rule, Error> {
    let mut again = Again::new();
    loop {
        let stored = load(deps, id).await?;
        if stored.is_by(call.command) {
            return Ok(stored.value);
        }
        call.expects(stored.version)?;
        let edit = checked(deps, call, input.clone(), Some(&stored.value.action)).await?;
        let next = stored.value.edited(edit, call.now);
        if next == stored.value {
            return Ok(next);
        }
        let mut tx = deps.store.write(call.command, call.now);
        tx.update_rule(&next, &stored.value)?;
        match tx.commit().await {
            Err(error) if again.after(&error).await => {}
            Err(error) => return Err(error.into()),
            Ok(_nothing_to_send) => return Ok(next),
        }
    }
}

/// Deletes a rule. Campaigns that are not running lose it; what it has done stands.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] while it is enabled in a campaign that runs or is being started;
/// [`Error::Stale`].
pub async fn delete(deps: &Deps, call: &Call, id: RuleId) -> Result<(), Error> {
    settled(|| try_delete(deps, call, id)).await
}

async fn try_delete(deps: &Deps, call: &Call, id: RuleId) -> Result<Result<(), store::Error>, Error> {
    let Some(stored) = deps.store.rules().get(&id).await? else {
        return deleted_before(deps, call, &keys::aggregate(Kind::Rule, id)).await.map(Ok);
    };
    call.expects(stored.version)?;
    let uses = deps.store.rules().uses(&stored.value.id).await?;
    let waiting = in_use::waiting(deps, &uses, "rule").await?;
    let mut tx = deps.store.write(call.command, call.now);
    tx.delete_rule(&stored.value, stored.version, &uses, &waiting)?;
    Ok(tx.commit().await.map(|_nothing_to_send| ()))
}
