//! Automations: what is done with rows, without a person, as soon as a certification has been built.
//!
//! There are at most [`MAX_AUTOMATIONS`], so that lists are read whole. What a certification applies is settled when it is
//! begun: each automation in the version that it has then (`to_run`).

mod attach;

pub use attach::{AttachInput, Attached, attach, attached, detach};
pub(crate) use attach::{attach_to_new, detach_all, to_run};

use domain::automation::attachment::Full;
use domain::automation::{Action, ActionParts, AttachmentBehavior, Automation, Content, Criteria, MAX_AUTOMATIONS};
use domain::ids::AutomationId;
use predicate::places;
use store::keys::{self, Kind};
use store::tx::Committed;

use crate::call::Call;
use crate::cursor::{self, Binding};
use crate::deps::Deps;
use crate::error::{Error, Faults};
use crate::event::{self, Event};
use crate::outgoing::{self, Told};
use crate::page::Page;
use crate::{retry, valid};

/// The longest filter, in characters.
pub const MAX_FILTER: usize = predicate::limits::LENGTH;

/// An automation as a client says it, all of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContentInput {
    /// 1 to 200 characters.
    pub name: String,
    /// At most 4,000 characters.
    pub description: String,
    /// Means nothing.
    pub priority: i32,
    /// Which workflows it is attached to by itself.
    pub attachment: AttachmentBehavior,
    /// Which rows it is for; one of the two filters at least.
    pub criteria: Criteria,
    /// What becomes of them.
    pub action: ActionParts,
}

/// Which part of a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListInput {
    /// At most so many, at least 1.
    pub limit: usize,
    /// A cursor of this list.
    pub after: Option<String>,
}

/// Makes an automation, and attaches it to every workflow where it says so.
///
/// # Errors
/// [`Error::Invalid`] names everything that is wrong with the input.
pub async fn create(deps: &Deps, call: &Call, input: ContentInput) -> Result<AutomationId, Error> {
    let automation =
        Automation { id: AutomationId::new(call.created("automation")), content: checked(input)?, version: 1 };
    let committed = retry::settled(|| async {
        if deps.store.automations().get(&automation.id).await?.is_some() {
            // A repeated call finds what it made the first time.
            return Ok(Ok(Committed::default()));
        }
        let roster = deps.store.automations().roster().await?;
        let mut next = roster.value;
        next.enrol(&automation, roster.version + 1).map_err(|Full| no_room())?;
        let mut tx = deps.store.write(call.command, call.now);
        tx.insert_automation(&automation)?;
        tx.put_roster(&next, roster.version)?;
        event::tell_by(&mut tx, call, &Event::AutomationCreated((&automation).into()))?;
        Ok(tx.commit().await)
    })
    .await?;
    outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
    Ok(automation.id)
}

fn no_room() -> Error {
    Error::invalid("name", format!("there are {MAX_AUTOMATIONS} already; delete one first"))
}

/// Gives an automation another content: what is not given is as if it had never been. Certifications that have begun keep
/// what they settled.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Invalid`] names everything that is wrong with the input; [`Error::Stale`].
pub async fn replace(deps: &Deps, call: &Call, id: AutomationId, input: ContentInput) -> Result<(), Error> {
    deps.store.automations().get(&id).await?.ok_or_else(Error::not_found)?;
    let content = checked(input)?;
    let committed = retry::settled(|| async {
        let stored = deps.store.automations().get(&id).await?.ok_or_else(Error::not_found)?;
        if stored.is_by(call.command) {
            return Ok(Ok(Committed::default()));
        }
        call.expects(stored.version)?;
        let next = stored.value.replaced(content.clone());
        if next == stored.value {
            return Ok(Ok(Committed::default()));
        }
        let roster = deps.store.automations().roster().await?;
        let mut enrolled = roster.value;
        enrolled.update(&next, roster.version + 1).map_err(|Full| switched_too_often())?;
        let mut tx = deps.store.write(call.command, call.now);
        tx.update_automation(&next, stored.version)?;
        tx.put_roster(&enrolled, roster.version)?;
        event::tell_by(&mut tx, call, &Event::AutomationUpdated((&next).into()))?;
        Ok(tx.commit().await)
    })
    .await?;
    outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
    Ok(())
}

fn switched_too_often() -> Error {
    Error::invalid(
        "attachment_behavior.attach_to_new_workflows",
        "was switched on too often with another opt_in each time; attach the automation to all workflows instead",
    )
}

/// One automation.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(deps: &Deps, _call: &Call, id: AutomationId) -> Result<Automation, Error> {
    Ok(deps.store.automations().get(&id).await?.ok_or_else(Error::not_found)?.value)
}

/// Automations by name.
///
/// # Errors
/// [`Error::Invalid`] for a cursor of another list.
pub async fn list(deps: &Deps, _call: &Call, input: &ListInput) -> Result<Page<Automation>, Error> {
    let roster = deps.store.automations().roster().await?.value;
    let ids: Vec<AutomationId> = roster.automations().collect();
    let all = deps.store.automations().get_many(&ids).await?;
    paged(&Binding::of("automations", &[]), all, input, |automation| automation)
}

/// Deletes an automation and its attachments; what it has done stays, and certifications that have begun still apply it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`].
pub async fn delete(deps: &Deps, call: &Call, id: AutomationId) -> Result<(), Error> {
    let committed = retry::settled(|| async {
        let Some(stored) = deps.store.automations().get(&id).await? else {
            let before = retry::deleted_before(deps, call, &keys::aggregate(Kind::Automation, id)).await;
            return before.map(|()| Ok(Committed::default()));
        };
        call.expects(stored.version)?;
        let roster = deps.store.automations().roster().await?;
        let mut next = roster.value;
        next.strike(id);
        let mut tx = deps.store.write(call.command, call.now);
        tx.delete_automation(&stored.value, stored.version)?;
        tx.put_roster(&next, roster.version)?;
        event::tell_by(&mut tx, call, &Event::AutomationDeleted((&stored.value).into()))?;
        Ok(tx.commit().await)
    })
    .await?;
    outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
    Ok(())
}

/// The content of an input, checked as a whole.
pub(crate) fn checked(input: ContentInput) -> Result<Content, Error> {
    let ContentInput { name, description, priority, attachment, criteria, action } = input;
    let mut faults = Faults::new();
    let name = valid::name(&mut faults, "name", &name);
    valid::text(&mut faults, "description", &description);
    check_criteria(&mut faults, &criteria);
    valid::text(&mut faults, "action.notes", &action.notes);
    let action = Action::of(action).map_err(|found| {
        for fault in found {
            let dot = if fault.field.is_empty() { "" } else { "." };
            faults.add(format!("action{dot}{}", fault.field), fault.issue);
        }
    });
    faults.done()?;
    // What is wrong with the action has been told.
    let action = action.map_err(|()| Error::invalid("action", "is not valid"))?;
    Ok(Content { name, description, priority, attachment, criteria, action })
}

/// Adds what is wrong with the filters.
fn check_criteria(faults: &mut Faults, criteria: &Criteria) {
    let Criteria { filter, mutable_filter } = criteria;
    faults.require(
        criteria.is_something(),
        "criteria",
        "needs filter or mutable_filter: an automation for every row has to say so in a filter",
    );
    for (field, text, schema) in
        [("criteria.filter", filter, places::frozen()), ("criteria.mutable_filter", mutable_filter, places::previous())]
    {
        if text.trim().is_empty() {
            continue;
        }
        if let Err(found) = predicate::filter(text, &schema) {
            found.iter().for_each(|fault| faults.add(field, fault.to_string()));
        }
    }
}

/// A page of a list that was read whole and stands in the order of names.
fn paged<T>(
    binding: &Binding,
    all: Vec<T>,
    input: &ListInput,
    automation: impl Fn(&T) -> &Automation,
) -> Result<Page<T>, Error> {
    let after: Option<(String, AutomationId)> =
        input.after.as_deref().map(|cursor| cursor::open(binding, cursor, "after")).transpose()?;
    let has_previous = after.is_some();
    let behind = |entry: &T| after.as_ref().is_none_or(|(name, id)| automation(entry).order() > (name.as_str(), *id));
    let mut items: Vec<T> = all.into_iter().filter(behind).collect();
    let more = items.len() > input.limit.max(1);
    items.truncate(input.limit.max(1));
    let end = items.last().map(|entry| cursor::seal(binding, automation(entry).order())).transpose()?;
    Ok(Page { items, next: end.clone().filter(|_| more), end, has_previous })
}

#[cfg(test)]
mod tests;
