//! Providers of pushed inventory: a kind of system each, bound to a template, with data sources that payloads are pushed
//! to.
//!
//! The data source of a provider is a data source of the inventory, under the id that its clients know it by. What is
//! pushed to it is the matter of [`crate::loading::ingestion::push`] and [`crate::loading::ingestion::parts`].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::ids::{DataSourceId, JobId};
use domain::refusal::Refusal;
use intake::oaa::unarmoured;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::inventory::{Size, Source};
use store::job::{Ending, Job};
use store::provider::Provider;
use store::{Listing, Stored};
use uuid::Uuid;

use super::source;
use crate::call::Call;
use crate::cursor::{self, Binding};
use crate::deps::{Deps, Message};
use crate::error::Error;
use crate::loading::jobs::task::Task;
use crate::loading::jobs::{self, Left, Worked};
use crate::outgoing::{self, Told};
use crate::page::Page;

pub use intake::Template;

/// How many entries one listing asks for.
const PAGE: usize = 200;
/// How many providers there may be, and data sources of one: each list of them is read whole.
const MAX_LISTED: usize = 1_000;
/// The longest icon, encoded, in characters.
pub const MAX_ICON: usize = 64 * 1024;

/// A provider to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderInput {
    /// Unique among providers.
    pub name: String,
    /// The shape of its payloads.
    pub template: Template,
    /// Whether people are set up after it; only for systems of human resources.
    pub provisioning: bool,
}

/// What else is known of a provider, as its record keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Options {
    #[serde(default)]
    provisioning: bool,
}

impl Options {
    fn of(provider: &Provider) -> Self {
        serde_json::from_str(&provider.options).unwrap_or_default()
    }

    fn text(self) -> Result<String, Error> {
        serde_json::to_string(&self).map_err(|error| Error::Bug(format!("a provider's options: {error}")))
    }
}

/// What a list is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OrderBy {
    /// The id.
    #[default]
    Id,
    /// The name, whatever its letter case.
    Name,
    /// When it was made.
    CreatedAt,
}

/// Which part of a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListInput {
    /// The one of this name alone.
    pub name: Option<String>,
    /// The order.
    pub order: OrderBy,
    /// Whether the order is turned round.
    pub descending: bool,
    /// Entries at most.
    pub limit: usize,
    /// The cursor of the previous page.
    pub after: Option<String>,
}

/// A provider as its clients see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderView {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The name of its template.
    pub template: String,
    /// Whether people are set up after it.
    pub provisioning: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its version.
    pub version: u64,
}

/// A data source of a provider as its clients see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderSourceView {
    /// Its id.
    pub id: DataSourceId,
    /// Its provider.
    pub provider: Uuid,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When something was pushed to it last.
    pub loaded_at: Option<Timestamp>,
}

impl From<Stored<Provider>> for ProviderView {
    fn from(stored: Stored<Provider>) -> Self {
        let Options { provisioning } = Options::of(&stored.value);
        let Provider { id, name, template, created_at, .. } = stored.value;
        Self { id, name, template, provisioning, created_at, version: stored.version }
    }
}

/// Providers.
///
/// # Errors
/// [`Error::Invalid`] for a cursor of another list; [`Error::Unavailable`].
pub async fn list(deps: &Deps, input: &ListInput) -> Result<Page<ProviderView>, Error> {
    let all = all_providers(deps).await?.into_iter().map(ProviderView::from).collect();
    page(all, "providers", input, |provider| Listed {
        id: provider.id.to_string(),
        name: &provider.name,
        created_at: provider.created_at,
    })
}

async fn all_providers(deps: &Deps) -> Result<Vec<Stored<Provider>>, Error> {
    let mut all: Vec<Stored<Provider>> = Vec::new();
    loop {
        let page = deps.store.providers().list(all.last().map(|last| last.value.id), PAGE).await?;
        let more = page.more && !page.values.is_empty();
        all.extend(page.values);
        if !more {
            return Ok(all);
        }
    }
}

/// What lists are filtered and ordered by.
struct Listed<'a> {
    id: String,
    name: &'a str,
    created_at: Timestamp,
}

/// The part of a list that is asked for. The lists are short: they are filtered and ordered here.
fn page<T>(all: Vec<T>, list: &str, input: &ListInput, listed: impl Fn(&T) -> Listed<'_>) -> Result<Page<T>, Error> {
    let ListInput { name, order, descending, limit, after } = input;
    let (by, direction) = (format!("{order:?}"), descending.to_string());
    let binding = Binding::of(list, &[&by, &direction, name.as_deref().unwrap_or_default()]);
    let behind =
        after.as_deref().map(|after| cursor::open::<(String, String)>(&binding, after, "after")).transpose()?;
    let key = |item: &T| {
        let Listed { id, name, created_at } = listed(item);
        let by = match order {
            OrderBy::Id => String::new(),
            OrderBy::Name => name.to_lowercase(),
            OrderBy::CreatedAt => format!("{:020}", created_at.as_millisecond()),
        };
        (by, id)
    };
    let is_wanted = |item: &T| name.as_deref().is_none_or(|name| listed(item).name == name);
    let mut found: Vec<((String, String), T)> =
        all.into_iter().filter(is_wanted).map(|item| (key(&item), item)).collect();
    found.sort_by(|(one, _), (other, _)| if *descending { other.cmp(one) } else { one.cmp(other) });
    if let Some(behind) = &behind {
        found.retain(|(key, _)| if *descending { key < behind } else { key > behind });
    }
    let more = found.len() > *limit;
    found.truncate(*limit);
    let end = found.last().map(|(key, _)| cursor::seal(&binding, key)).transpose()?;
    Ok(Page {
        items: found.into_iter().map(|(_, item)| item).collect(),
        next: if more { end.clone() } else { None },
        end,
        has_previous: behind.is_some(),
    })
}

/// Refuses to make one more of what is listed whole.
fn has_room(held: usize, what: &str) -> Result<(), Error> {
    match held < MAX_LISTED {
        true => Ok(()),
        false => Err(Error::invalid("name", format!("there are {MAX_LISTED} {what} already"))),
    }
}

/// Makes a provider.
///
/// # Errors
/// [`Error::Invalid`] when there are too many, [`Error::Refused`] when its name is taken; [`Error::Unavailable`].
pub async fn create(deps: &Deps, call: &Call, input: ProviderInput) -> Result<ProviderView, Error> {
    let options = Options { provisioning: input.provisioning };
    options.fit(input.template)?;
    let id = call.created("provider");
    let known = all_providers(deps).await?;
    if call.repeatable
        && let Some(made) = known.iter().find(|provider| provider.value.id == id)
    {
        // A repeated call finds what it made the first time, also where that was the last one that there was room for.
        return Ok(made.clone().into());
    }
    has_room(known.len(), "providers")?;
    let provider = Provider {
        id,
        name: input.name,
        template: input.template.name().to_owned(),
        options: options.text()?,
        created_at: call.now,
        updated_at: call.now,
    };
    let mut tx = deps.store.write(call.command, call.now);
    tx.insert_provider(&provider)?;
    commit_named(tx, "provider").await?;
    Ok(Stored::written(provider, 1, call.command).into())
}

impl Options {
    /// Whether a provider of this template may have them.
    fn fit(self, template: Template) -> Result<(), Error> {
        match (self.provisioning, template) {
            (false, _) | (true, Template::Hris) => Ok(()),
            (true, Template::Application | Template::IdentityProvider) => {
                Err(Error::invalid("provisioning", "is for providers of the template hris"))
            }
        }
    }
}

/// The template of a provider.
pub(crate) fn template(provider: &Provider) -> Result<Template, Error> {
    let template = Template::from_name(&provider.template);
    template.ok_or_else(|| Error::Bug(format!("the template `{}`", provider.template)))
}

/// Changes a provider: `provisioning`, when given.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Invalid`] when the template does not have what is asked for;
/// [`Error::Unavailable`].
pub async fn change(deps: &Deps, call: &Call, id: &str, provisioning: Option<bool>) -> Result<ProviderView, Error> {
    let mut again = crate::retry::Again::new();
    loop {
        let stored = load(deps, id).await?;
        if stored.is_by(call.command) {
            return Ok(stored.into());
        }
        call.expects(stored.version)?;
        let mut options = Options::of(&stored.value);
        options.provisioning = provisioning.unwrap_or(options.provisioning);
        options.fit(template(&stored.value)?)?;
        let changed = Provider { options: options.text()?, updated_at: call.now, ..stored.value.clone() };
        let mut tx = deps.store.write(call.command, call.now);
        tx.update_provider(&changed, stored.version)?;
        match tx.commit().await {
            Ok(_) => {
                let version = stored.version + 1;
                return Ok(Stored::written(changed, version, call.command).into());
            }
            Err(error) if again.after(&error).await => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Sets the icon of a provider: an image as base64, of at most [`MAX_ICON`] characters, which nobody here looks into.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Invalid`] for an icon that is empty, too large or not encoded;
/// [`Error::Unavailable`].
pub async fn set_icon(deps: &Deps, call: &Call, id: &str, icon: &str) -> Result<(), Error> {
    if icon.is_empty() || icon.len() > MAX_ICON {
        return Err(Error::invalid("icon_base64", format!("must have 1 to {MAX_ICON} characters")));
    }
    let icon = unarmoured(icon).map_err(|issue| Error::invalid("icon_base64", issue))?;
    let mut again = crate::retry::Again::new();
    loop {
        let stored = load(deps, id).await?;
        if stored.is_by(call.command) {
            return Ok(());
        }
        call.expects(stored.version)?;
        let changed = Provider { updated_at: call.now, ..stored.value };
        let mut tx = deps.store.write(call.command, call.now);
        tx.update_provider(&changed, stored.version)?;
        tx.put_icon(changed.id, icon.clone());
        match tx.commit().await {
            Ok(_) => return Ok(()),
            Err(error) if again.after(&error).await => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Commits something whose name must be free.
async fn commit_named(tx: store::tx::Tx<'_>, what: &'static str) -> Result<(), Error> {
    match tx.commit().await {
        Ok(_) => Ok(()),
        Err(error) if error.is_conflict() => Err(Refusal::AlreadyExists { what }.into()),
        Err(error) => Err(error.into()),
    }
}

/// One provider, with its icon as base64.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Unavailable`].
pub async fn get(deps: &Deps, id: &str) -> Result<(ProviderView, Option<String>), Error> {
    let stored = load(deps, id).await?;
    let icon = deps.store.providers().icon(stored.value.id).await?;
    Ok((stored.into(), icon.map(|icon| STANDARD.encode(icon))))
}

async fn load(deps: &Deps, id: &str) -> Result<Stored<Provider>, Error> {
    let id: Uuid = id.parse().map_err(|_| Error::not_found())?;
    deps.store.providers().get(id).await?.ok_or_else(Error::not_found)
}

/// Deletes a provider. It is gone at once, and its name is free; its data sources follow in the background.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Unavailable`].
pub async fn delete(deps: &Deps, call: &Call, id: &str) -> Result<(), Error> {
    let mut again = crate::retry::Again::new();
    loop {
        let stored = load(deps, id).await?;
        call.expects(stored.version)?;
        let mut tx = deps.store.write(call.command, call.now);
        tx.delete_provider(&stored.value, stored.version)?;
        let job = JobId::new(call.created("deletion of a provider"));
        jobs::insert(&mut tx, &Message::Ingest { job }, &Task::Provider(stored.value.id), &call.caller.user)?;
        match tx.commit().await {
            Ok(committed) => {
                outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
                return Ok(());
            }
            Err(error) if again.after(&error).await => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Retires the data sources of a provider that was deleted. Repeating goes on where it was interrupted.
pub(crate) async fn clear(deps: &Deps, job: &Job, provider: Uuid, left: Left<'_>) -> Result<Worked, Error> {
    let now = deps.clock.now();
    let mut rows = 0;
    for held in all_sources(deps, provider).await? {
        if jobs::is_short(left) {
            deps.queue.send(&Message::Ingest { job: job.id }).await?;
            return Ok(Worked::Continued);
        }
        let what = format!("retire {}", held.value.id);
        let call = Call::by_itself(&what, provider, job.created_at, now);
        source::retire(deps, &call, &held.value.id, None).await?;
        rows += 1;
    }
    deps.store.jobs().end(&job.id, &Ending::Completed { result: None, processed: None }, now).await?;
    Ok(Worked::Completed { rows })
}

/// The data sources of a provider.
///
/// # Errors
/// [`Error::NotFound`] for an unknown provider, [`Error::Invalid`] for a cursor of another list; [`Error::Unavailable`].
pub async fn list_sources(deps: &Deps, provider: &str, input: &ListInput) -> Result<Page<ProviderSourceView>, Error> {
    let provider = load(deps, provider).await?.value.id;
    let all = all_sources(deps, provider).await?.into_iter().map(|stored| view(provider, stored.value)).collect();
    page(all, &format!("data sources of {provider}"), input, |source| Listed {
        id: source.id.to_string(),
        name: &source.name,
        created_at: source.created_at,
    })
}

async fn all_sources(deps: &Deps, provider: Uuid) -> Result<Vec<Stored<Source>>, Error> {
    let mut all: Vec<Stored<Source>> = Vec::new();
    loop {
        let after = all.last().map(|last| last.value.id.clone());
        let Listing { values, more } = deps.store.inventory().sources_of(provider, after.as_ref(), PAGE).await?;
        let more = more && !values.is_empty();
        all.extend(values);
        if !more {
            return Ok(all);
        }
    }
}

fn view(provider: Uuid, source: Source) -> ProviderSourceView {
    let Source { id, name, loaded_at, created_at, .. } = source;
    ProviderSourceView { id, provider, name, created_at, loaded_at }
}

/// Makes a data source of a provider. It is part of the inventory, and empty until its first payload.
///
/// # Errors
/// [`Error::NotFound`] for an unknown provider, [`Error::Invalid`] when it has too many, [`Error::Refused`] when the name
/// is taken; [`Error::Unavailable`].
pub async fn create_source(
    deps: &Deps,
    call: &Call,
    provider: &str,
    name: String,
) -> Result<ProviderSourceView, Error> {
    let provider = load(deps, provider).await?.value;
    has_room(all_sources(deps, provider.id).await?.len(), "data sources of this provider")?;
    let id = DataSourceId::new(&call.created("data source").to_string());
    let source = Source {
        id: id.map_err(|error| Error::Bug(error.to_string()))?,
        name,
        platform: String::new(),
        kind: String::new(),
        provider: Some(provider.id),
        current: None,
        delivery: None,
        loaded_at: None,
        last_error: String::new(),
        warnings: 0,
        size: Size::default(),
        created_at: call.now,
        updated_at: call.now,
    };
    let mut tx = deps.store.write(call.command, call.now);
    tx.insert_source(&source)?;
    tx.require_provider(provider.id);
    let committed = commit_named(tx, "data source").await;
    if committed.is_err() {
        // One that was deleted meanwhile takes no more: nobody would ever retire them.
        load(deps, &provider.id.to_string()).await?;
    }
    committed?;
    Ok(view(provider.id, source))
}

/// One data source of a provider.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Unavailable`].
pub async fn get_source(deps: &Deps, provider: &str, id: &str) -> Result<ProviderSourceView, Error> {
    let (provider, stored) = load_source(deps, provider, id).await?;
    Ok(view(provider.id, stored.value))
}

/// A data source and its provider.
pub(crate) async fn load_source(deps: &Deps, provider: &str, id: &str) -> Result<(Provider, Stored<Source>), Error> {
    let provider = load(deps, provider).await?.value;
    let id = DataSourceId::new(id).map_err(|_| Error::not_found())?;
    let stored = deps.store.inventory().source(&id).await?;
    let stored = stored.filter(|stored| stored.value.provider == Some(provider.id)).ok_or_else(Error::not_found)?;
    Ok((provider, stored))
}

/// Deletes a data source of a provider. Snapshots keep what it delivered.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Unavailable`].
pub async fn delete_source(deps: &Deps, call: &Call, provider: &str, id: &str) -> Result<(), Error> {
    let (_, stored) = load_source(deps, provider, id).await?;
    source::retire(deps, call, &stored.value.id, call.if_match).await
}

#[cfg(test)]
mod tests;
