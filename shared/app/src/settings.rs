//! Settings: what administrators choose for everything or for one workflow, and what holds for a review.
//!
//! A choice counts from the moment it is stored, also for reviews that are open; what is decided when rows are built (whom
//! they are assigned to) counts for the reviews that come after.

mod check;
mod secret;

use domain::ids::WorkflowId;
use domain::settings::{Book, ColumnSettings, Expiration, Origin, Scope, Setting, Settings, Value};
use store::Stored;
use store::tx::Committed;

use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::event::{self, Event, OfSetting};
use crate::outgoing::{self, Told};
use crate::retry::settled;

pub(crate) use check::{in_sight, order_of};
pub use secret::forget as forget_secret;

/// How many books are read together.
const BOOKS_AT_ONCE: usize = 50;
/// How many bytes of names of columns are listed: more than an answer holds.
const MAX_LISTED: usize = 8 << 20;

/// The value of a setting, as it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct SettingView {
    /// What holds.
    pub value: Value,
    /// For which workflow; `None` for everything.
    pub scope: Scope,
    /// The version of what is stored for just this scope; 0 where nothing is.
    pub version: u64,
}

/// The columns of everything, and those of the workflows that have their own, by their ids.
#[derive(Debug, Clone, PartialEq)]
pub struct AllColumns {
    /// What holds where a workflow has none of its own.
    pub everything: ColumnSettings,
    /// Workflows with their own, by their ids.
    pub workflows: Vec<(WorkflowId, ColumnSettings)>,
    /// Whether there may be more behind the last of them.
    pub more: bool,
}

/// What holds of a setting for a workflow, or for everything.
///
/// # Errors
/// [`Error::NotFound`] when there is no such workflow.
pub async fn get(deps: &Deps, _call: &Call, setting: Setting, scope: Scope) -> Result<SettingView, Error> {
    exists(deps, scope).await?;
    let books = deps.store.settings();
    let all = books.get(None, setting).await?.map(|stored| stored.value).unwrap_or_default();
    let own = match scope {
        Some(_) => books.get(scope, setting).await?.map(|stored| stored.value).unwrap_or_default(),
        None => Book::default(),
    };
    let held = if scope.is_some() { own.get(setting) } else { all.get(setting) };
    let version = held.map_or(0, |held| held.version);
    let value = Settings::new(own, all, Origin::Certification).value(setting);
    Ok(SettingView { value, scope, version })
}

/// Stores a value, for a workflow or for everything.
///
/// # Errors
/// [`Error::Invalid`] names everything that is wrong with the value, and `workflow_id` where a setting has one value for
/// everything; [`Error::NotFound`] when there is no such workflow; [`Error::Stale`].
pub async fn put(deps: &Deps, call: &Call, value: Value, scope: Scope) -> Result<SettingView, Error> {
    allows(value.setting(), scope)?;
    exists(deps, scope).await?;
    let (value, secret) = secret::apart(check::checked(value, deps.settings.webhook_reach)?);
    let put = settled(|| try_put(deps, call, (&value, secret.as_deref()), scope)).await?;
    let Some((version, committed)) = put else { return get(deps, call, value.setting(), scope).await };
    outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
    Ok(SettingView { value, scope, version })
}

/// Writes a value: the version that it has from then on; `None` where an earlier life of the call has.
async fn try_put(
    deps: &Deps,
    call: &Call,
    (value, secret): (&Value, Option<&str>),
    scope: Scope,
) -> Result<Result<Option<(u64, Committed)>, store::Error>, Error> {
    let setting = value.setting();
    // Deleted since the try before, perhaps.
    exists(deps, scope).await?;
    let stored = deps.store.settings().get(scope, setting).await?;
    if stored.as_ref().is_some_and(|stored| stored.is_by(call.command)) {
        return Ok(Ok(None));
    }
    let held = stored.as_ref().and_then(|stored| stored.value.get(setting));
    let held = held.map_or(0, |held| held.version);
    call.expects(held)?;
    let (mut book, version) = opened(stored);
    let before = held_of(&book, setting);
    book.put(value.clone(), version + 1);
    let mut tx = deps.store.write(call.command, call.now);
    tx.put_settings(scope, setting, &book, version)?;
    secret::follow(&mut tx, scope, before.as_ref(), Some(value), secret)?;
    if scope.is_some() {
        note_override(deps, &mut tx, setting).await?;
    }
    let told = OfSetting::new(setting, scope, (held, version + 1), Some(value))?;
    event::tell_by(&mut tx, call, &Event::SettingChanged(told))?;
    Ok(tx.commit().await.map(|committed| Some((version + 1, committed))))
}

/// Has the book of everything say that some workflow has its own value, so that others need not look for one.
async fn note_override(deps: &Deps, tx: &mut store::tx::Tx<'_>, setting: Setting) -> Result<(), Error> {
    let (mut book, version) = opened(deps.store.settings().get(None, setting).await?);
    if !book.overridden().contains(&setting) {
        book.note_override(setting);
        tx.put_settings(None, setting, &book, version)?;
    }
    Ok(())
}

/// Forgets what is stored for a workflow, or for everything: what holds then is the next in line.
///
/// # Errors
/// As [`put`].
pub async fn remove(deps: &Deps, call: &Call, setting: Setting, scope: Scope) -> Result<(), Error> {
    allows(setting, scope)?;
    exists(deps, scope).await?;
    let committed = settled(|| try_remove(deps, call, setting, scope)).await?;
    outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
    Ok(())
}

async fn try_remove(
    deps: &Deps,
    call: &Call,
    setting: Setting,
    scope: Scope,
) -> Result<Result<Committed, store::Error>, Error> {
    let stored = deps.store.settings().get(scope, setting).await?;
    if stored.as_ref().is_some_and(|stored| stored.is_by(call.command)) {
        return Ok(Ok(Committed::default()));
    }
    let held = stored.as_ref().and_then(|stored| stored.value.get(setting));
    let held = held.map_or(0, |held| held.version);
    call.expects(held)?;
    let (mut book, version) = opened(stored);
    let before = held_of(&book, setting);
    if !book.remove(setting) {
        return Ok(Ok(Committed::default()));
    }
    let mut tx = deps.store.write(call.command, call.now);
    tx.put_settings(scope, setting, &book, version)?;
    secret::follow(&mut tx, scope, before.as_ref(), None, None)?;
    event::tell_by(&mut tx, call, &Event::SettingRemoved(OfSetting::new(setting, scope, (held, 0), None)?))?;
    Ok(tx.commit().await)
}

/// The columns of everything and of each workflow behind `after` that has its own, at least as many as an answer can hold.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn all_columns(deps: &Deps, _call: &Call, mut after: Option<WorkflowId>) -> Result<AllColumns, Error> {
    let books = deps.store.settings();
    let all = books.ruling(None).await?;
    let mut workflows: Vec<(WorkflowId, ColumnSettings)> = Vec::new();
    let (mut more, mut held) = (all.overridden().contains(&Setting::Columns), 0);
    while more && held < MAX_LISTED {
        let page = books.of_workflows(after, BOOKS_AT_ONCE).await?;
        after = page.values.last().map(|(workflow, _)| *workflow);
        more = page.more && after.is_some();
        for (workflow, book) in page.values {
            if let Some(Value::Columns(own)) = book.get(Setting::Columns).map(|held| &held.value) {
                held += own.shown.iter().chain(&own.hidden).map(String::len).sum::<usize>();
                workflows.push((workflow, own.clone()));
            }
        }
    }
    let everything = Settings::new(Book::default(), all, Origin::Certification).columns();
    Ok(AllColumns { everything, workflows, more })
}

/// Every setting that rules the reviews of a workflow, predefined notes included.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn whole(deps: &Deps, workflow: WorkflowId, origin: Origin) -> Result<Settings, Error> {
    let books = deps.store.settings();
    let (own, all) = futures::try_join!(books.whole(Some(workflow)), books.whole(None))?;
    Ok(Settings::new(own, all, origin))
}

/// What rules the reviews of a workflow, predefined notes aside, where `all` is stored for everything: a request more
/// only where some workflow has values of its own.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn of_workflow(
    deps: &Deps,
    all: Book,
    workflow: WorkflowId,
    origin: Origin,
) -> Result<Settings, Error> {
    let own = match all.overridden().is_empty() {
        true => Book::default(),
        false => deps.store.settings().ruling(Some(workflow)).await?,
    };
    Ok(Settings::new(own, all, origin))
}

/// What becomes of the rows of the reviews of a workflow that expire.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn expiration(deps: &Deps, workflow: WorkflowId) -> Result<Expiration, Error> {
    let books = deps.store.settings();
    let of = |scope| books.get(scope, Setting::Expiration);
    let (own, all) = futures::try_join!(of(Some(workflow)), of(None))?;
    let book = |stored: Option<Stored<Book>>| stored.map(|stored| stored.value).unwrap_or_default();
    Ok(Settings::new(book(own), book(all), Origin::Certification).expiration())
}

/// Adds to a workflow's deletion that of its own values.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn delete_of_workflow(deps: &Deps, tx: &mut store::tx::Tx<'_>, workflow: WorkflowId) -> Result<(), Error> {
    let mut books = Vec::new();
    let alone = Setting::ALL.iter().copied().filter(|setting| setting.stands_alone());
    for setting in std::iter::once(Setting::Columns).chain(alone) {
        if let Some(stored) = deps.store.settings().get(Some(workflow), setting).await? {
            books.push((setting, stored));
        }
    }
    Ok(tx.delete_settings(workflow, &books)?)
}

/// A book to be changed, with the version that it stands at.
fn opened(stored: Option<Stored<Book>>) -> (Book, u64) {
    stored.map_or_else(|| (Book::default(), 0), |stored| (stored.value, stored.version))
}

fn held_of(book: &Book, setting: Setting) -> Option<Value> {
    book.get(setting).map(|held| held.value.clone())
}

fn allows(setting: Setting, scope: Scope) -> Result<(), Error> {
    if scope.is_some() && !setting.per_workflow() {
        return Err(Error::invalid("workflow_id", "this setting has one value, for all workflows"));
    }
    Ok(())
}

async fn exists(deps: &Deps, scope: Scope) -> Result<(), Error> {
    if let Some(workflow) = scope {
        deps.store.workflows().get(&workflow).await?.ok_or_else(Error::not_found)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
