//! Reading users and groups.

use std::collections::BTreeMap;

use domain::ids::DataSourceId;
use serde_json::{Map, Value, json};
use store::Stored;
use store::scim::{Directory, Resource, STRETCH};

use super::filter::{self, Filter};
use super::{Kind, ResourceId, ResourceKind, ResourceView, id_of, kind_word, refused, resource, source_of};
use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;

/// How many resources a page holds at most, and when the client does not say.
pub const MAX_PAGE: u32 = 500;
/// How many resources a filter is tried on that no look-up answers.
const MAX_EXAMINED: usize = 20_000;

/// Which resources are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListInput {
    /// Those that satisfy it; all without one.
    pub filter: Option<String>,
    /// The place of the first on the page, from 1.
    pub start: u32,
    /// How many at most; 0 asks for the total alone.
    pub count: u32,
    /// Whether the groups of users are wanted.
    pub with_groups: bool,
}

/// A page of resources.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// How many there are.
    pub total: u32,
    /// The place of the first of these.
    pub start: u32,
    /// Those on the page.
    pub resources: Vec<ResourceView>,
}

/// One user or group.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Unavailable`].
pub async fn get(deps: &Deps, call: &Call, kind: ResourceKind, id: &str) -> Result<ResourceView, Error> {
    let source = source_of(call)?;
    let id = id_of(kind, id)?;
    let stored = deps.store.directories().resource(&source, id).await?.ok_or_else(Error::not_found)?;
    let mut found = vec![ResourceView::from(stored)];
    if kind == ResourceKind::User {
        name_groups(deps, &source, &mut found).await?;
    }
    found.pop().ok_or_else(Error::not_found)
}

/// A page of users or groups.
///
/// # Errors
/// [`Error::Invalid`] for a filter that cannot be read, or that would have to be tried on too many; [`Error::Unavailable`].
pub async fn list(deps: &Deps, call: &Call, kind: ResourceKind, input: &ListInput) -> Result<Found, Error> {
    let source = source_of(call)?;
    let wanted = input.filter.as_deref().map(|text| filter::parse(kind, text)).transpose();
    let wanted = wanted.map_err(|issue| refused(Kind::InvalidFilter, issue))?;
    let start = input.start.max(1);
    let Some(Stored { value: directory, .. }) = deps.store.directories().get(&source).await? else {
        return Ok(Found { total: 0, start, resources: Vec::new() });
    };
    let (total, mut resources) = match wanted {
        None => {
            let page = page(deps, &source, &directory, kind, start, input.count).await?;
            (directory.census(kind).total(), page.into_iter().map(ResourceView::from).collect())
        }
        Some(filter) => {
            let found = matching(deps, &source, &directory, kind, &filter).await?;
            let total = u32::try_from(found.len()).unwrap_or(u32::MAX);
            let skipped = usize::try_from(start - 1).unwrap_or(usize::MAX);
            (total, found.into_iter().skip(skipped).take(rows(input.count)).collect::<Vec<_>>())
        }
    };
    let is_unnamed = resources.iter().any(|view| view.groups.is_none());
    if kind == ResourceKind::User && input.with_groups && is_unnamed && directory.memberships > 0 {
        name_groups(deps, &source, &mut resources).await?;
    }
    Ok(Found { total, start, resources })
}

fn rows(count: u32) -> usize {
    usize::try_from(count.min(MAX_PAGE)).unwrap_or_default()
}

/// The resources from a place on. What lies before is passed over by stretches; at most one of them is read.
async fn page(
    deps: &Deps,
    source: &DataSourceId,
    directory: &Directory,
    kind: ResourceKind,
    start: u32,
    count: u32,
) -> Result<Vec<Stored<Resource>>, Error> {
    let (Some((first, skipped)), true) = (directory.census(kind).seek(start - 1), count > 0) else {
        return Ok(Vec::new());
    };
    debug_assert!(skipped < STRETCH);
    let skipped = usize::try_from(skipped).unwrap_or_default();
    let found = deps.store.directories().from(source, kind, first, skipped + rows(count)).await?;
    Ok(found.into_iter().skip(skipped).take(rows(count)).collect())
}

/// The resources that satisfy a filter, in the order of their ids.
async fn matching(
    deps: &Deps,
    source: &DataSourceId,
    directory: &Directory,
    kind: ResourceKind,
    filter: &Filter,
) -> Result<Vec<ResourceView>, Error> {
    let directories = deps.store.directories();
    let examined = if let Some((_, id)) = filter.needed(&["id"]) {
        let id = id_of(kind, &id).ok();
        match id {
            Some(id) => directories.some(source, &[id]).await?,
            None => Vec::new(),
        }
    } else if let Some((attribute, value)) = filter.needed(resource::sought(kind)) {
        let mut ids = directories.find(source, attribute, &value).await?;
        ids.retain(|id| id.kind == kind);
        directories.some(source, &ids).await?
    } else {
        let total = directory.census(kind).total();
        if usize::try_from(total).unwrap_or(usize::MAX) > MAX_EXAMINED {
            let issue = format!("the filter would be tried on more than {MAX_EXAMINED} resources; ask for an eq of");
            return Err(refused(Kind::TooMany, format!("{issue} {}", resource::sought(kind).join(", "))));
        }
        directories.from(source, kind, 1, MAX_EXAMINED).await?
    };
    let mut views: Vec<ResourceView> = examined.into_iter().map(ResourceView::from).collect();
    if kind == ResourceKind::User && filter.names("groups") && directory.memberships > 0 {
        name_groups(deps, source, &mut views).await?;
    }
    views.retain(|view| filter.matches(&whole(view, filter)));
    Ok(views)
}

/// What a filter is tried on: the attributes of a resource, and what is kept beside them.
fn whole(view: &ResourceView, filter: &Filter) -> Map<String, Value> {
    let mut all = view.attributes.clone();
    all.insert("id".to_owned(), view.id.to_string().into());
    if filter.names("schemas") {
        all.insert("schemas".to_owned(), json!(view.schemas()));
    }
    if filter.names("meta") {
        all.insert("meta".to_owned(), Value::Object(view.meta()));
    }
    if filter.names("members") {
        let members = view.members.iter().map(|id| json!({ "value": id.to_string(), "type": kind_word(id.kind) }));
        all.insert("members".to_owned(), members.collect());
    }
    if let Some(groups) = &view.groups {
        let groups = groups.iter().map(|(id, name)| json!({ "value": id.to_string(), "display": name }));
        all.insert("groups".to_owned(), groups.collect());
    }
    all
}

/// Tells of each user which groups it is in.
async fn name_groups(deps: &Deps, source: &DataSourceId, users: &mut [ResourceView]) -> Result<(), Error> {
    let mut groups: BTreeMap<ResourceId, Vec<(ResourceId, String)>> =
        users.iter().map(|user| (user.id, Vec::new())).collect();
    for Stored { value: group, .. } in all(deps, source, ResourceKind::Group).await? {
        let name = group.attributes.get("displayName").and_then(Value::as_str).unwrap_or_default();
        for member in &group.members {
            if let Some(groups) = groups.get_mut(member) {
                groups.push((group.id, name.to_owned()));
            }
        }
    }
    for user in users {
        user.groups = groups.remove(&user.id);
    }
    Ok(())
}

/// Every resource of a kind.
pub(super) async fn all(
    deps: &Deps,
    source: &DataSourceId,
    kind: ResourceKind,
) -> Result<Vec<Stored<Resource>>, Error> {
    Ok(deps.store.directories().from(source, kind, 1, usize::MAX).await?)
}
