//! Help pages of reviews: their templates, and what a reviewer reads.

use domain::help_page::{Facts, HelpPage, HelpPageKey, MAX_TEMPLATE, Usage, render};
use domain::ids::ReviewId;
use domain::refusal::Refusal;
use domain::user::User;
use jiff::Timestamp;

use crate::call::Call;
use crate::cursor::{self, Binding};
use crate::deps::Deps;
use crate::error::{Error, Faults};
use crate::page::Page;
use crate::retry::settled;
use crate::review::open::{Dialect, Review, enter_rows};
use crate::review::read::reviewers;
use crate::user::People;
use crate::valid;

/// A list of templates: those for all workflows first, then by the ids of workflows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListInput {
    /// At most this many, at least 1.
    pub limit: usize,
    /// The cursor of a page before.
    pub after: Option<String>,
}

/// Makes the template of a key.
///
/// # Errors
/// [`Error::Invalid`] names what is wrong; [`Error::NotFound`] when there is no such workflow; [`Error::Refused`] when
/// the key has a template.
pub async fn create(deps: &Deps, call: &Call, page: HelpPage) -> Result<(), Error> {
    let page = checked(deps, page).await?;
    settled(|| try_create(deps, call, &page)).await
}

async fn try_create(deps: &Deps, call: &Call, page: &HelpPage) -> Result<Result<(), store::Error>, Error> {
    exists(deps, &page.key).await?;
    match deps.store.help_pages().get(&page.key).await? {
        // A repeated call finds what it made the first time.
        Some(stored) if stored.is_by(call.command) => return Ok(Ok(())),
        Some(_) => return Err(Refusal::AlreadyExists { what: "help page template" }.into()),
        None => {}
    }
    let mut tx = deps.store.write(call.command, call.now);
    tx.insert_help_page(page)?;
    Ok(tx.commit().await.map(|_nothing_to_send| ()))
}

/// Gives a key this template, whether or not it has one.
///
/// # Errors
/// [`Error::Invalid`] names what is wrong; [`Error::NotFound`] when there is no such workflow; [`Error::Stale`].
pub async fn put(deps: &Deps, call: &Call, page: HelpPage) -> Result<(), Error> {
    let page = checked(deps, page).await?;
    settled(|| try_put(deps, call, &page)).await
}

async fn try_put(deps: &Deps, call: &Call, page: &HelpPage) -> Result<Result<(), store::Error>, Error> {
    exists(deps, &page.key).await?;
    let stored = deps.store.help_pages().get(&page.key).await?;
    if stored.as_ref().is_some_and(|stored| stored.is_by(call.command)) {
        return Ok(Ok(()));
    }
    call.expects(stored.as_ref().map_or(0, |stored| stored.version))?;
    let mut tx = deps.store.write(call.command, call.now);
    match &stored {
        Some(stored) => tx.update_help_page(page, stored.version)?,
        None => tx.insert_help_page(page)?,
    }
    Ok(tx.commit().await.map(|_nothing_to_send| ()))
}

async fn checked(deps: &Deps, page: HelpPage) -> Result<HelpPage, Error> {
    let mut faults = Faults::new();
    let name = valid::name(&mut faults, "name", &page.name);
    let long = page.template.chars().nth(MAX_TEMPLATE).is_some();
    faults.require(!long, "template_body", &format!("must have at most {MAX_TEMPLATE} characters"));
    faults.done()?;
    exists(deps, &page.key).await?;
    Ok(HelpPage { name, ..page })
}

async fn exists(deps: &Deps, key: &HelpPageKey) -> Result<(), Error> {
    if let Some(workflow) = &key.workflow {
        deps.store.workflows().get(workflow).await?.ok_or_else(Error::not_found)?;
    }
    Ok(())
}

/// The template of exactly this key, as it was written, with its version.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(deps: &Deps, _call: &Call, key: &HelpPageKey) -> Result<(HelpPage, u64), Error> {
    let stored = deps.store.help_pages().get(key).await?.ok_or_else(Error::not_found)?;
    Ok((stored.value, stored.version))
}

/// Removes a template for good.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`].
pub async fn delete(deps: &Deps, call: &Call, key: &HelpPageKey) -> Result<(), Error> {
    settled(|| try_delete(deps, call, key)).await
}

async fn try_delete(deps: &Deps, call: &Call, key: &HelpPageKey) -> Result<Result<(), store::Error>, Error> {
    let stored = deps.store.help_pages().get(key).await?.ok_or_else(Error::not_found)?;
    call.expects(stored.version)?;
    let mut tx = deps.store.write(call.command, call.now);
    tx.delete_help_page(&stored.value, stored.version)?;
    Ok(tx.commit().await.map(|_nothing_to_send| ()))
}

/// All templates.
///
/// # Errors
/// [`Error::Invalid`] for a cursor of another list.
pub async fn list(deps: &Deps, _call: &Call, input: ListInput) -> Result<Page<HelpPage>, Error> {
    let binding = Binding::of("help pages", &[]);
    let after: Option<(Option<_>, String)> =
        input.after.as_deref().map(|cursor| cursor::open(&binding, cursor, "after")).transpose()?;
    let has_previous = after.is_some();
    let after = after.and_then(|(workflow, usage)| Some(HelpPageKey { workflow, usage: Usage::from_word(&usage)? }));
    let found = deps.store.help_pages().list(after.as_ref(), input.limit.max(1)).await?;
    let last = found.values.last().map(|page| (page.key.workflow, page.key.usage.word()));
    let end = last.map(|last| cursor::seal(&binding, last)).transpose()?;
    Ok(Page { next: if found.more { end.clone() } else { None }, items: found.values, end, has_previous })
}

/// What a reviewer reads about a certification: the template of its workflow, else that for all workflows, with its
/// placeholders filled; empty when there is neither.
///
/// # Errors
/// [`Error::NotFound`] when there is no such certification, or none for this caller.
pub async fn read(deps: &Deps, call: &Call, id: ReviewId, usage: Usage) -> Result<String, Error> {
    let review = enter_rows(deps, call, id, Dialect::Certification).await?;
    let workflow_id = review.certification.workflow_id;
    let pages = deps.store.help_pages();
    let own = pages.get(&HelpPageKey { workflow: Some(workflow_id), usage }).await?;
    let found = match own {
        Some(own) => Some(own),
        None => pages.get(&HelpPageKey { workflow: None, usage }).await?,
    };
    let Some(template) = found.map(|stored| stored.value.template) else { return Ok(String::new()) };
    let workflow = deps.store.workflows().get(&workflow_id).await?.ok_or_else(Error::not_found)?.value;
    // What costs further reads is asked for where it is shown.
    let activity = if template.contains("LAST_ACTIVITY") { activity(deps, call, &review).await? } else { None };
    let everybody =
        if template.contains("REVIEWERS") { reviewers::reviewers(deps, call, &review).await? } else { Vec::new() };
    let url = deps.settings.link_to(id);
    let facts = Facts {
        workflow: &workflow,
        certification: &review.certification,
        url: url.as_deref().unwrap_or_default(),
        activity: activity.as_ref().map(|(at, by)| (*at, by.name.as_str())),
        reviewers: &everybody,
    };
    Ok(render(&template, &facts))
}

/// The last change of any row.
async fn activity(deps: &Deps, call: &Call, review: &Review) -> Result<Option<(Timestamp, User)>, Error> {
    let Some((at, by)) = deps.store.certifications().tally(&review.id()).await?.updated else { return Ok(None) };
    let mut people = People::with(call);
    people.complete(deps, [&by]).await?;
    Ok(Some((at, people.get(&by))))
}
