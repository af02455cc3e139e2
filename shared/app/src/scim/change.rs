//! Writing users and groups: each call is one transaction with the directory, whole or not at all.

use std::collections::BTreeSet;

use domain::ids::DataSourceId;
use domain::refusal::Refusal;
use jiff::SignedDuration;
use serde_json::{Map, Value};
use store::Stored;
use store::scim::{Directory, Resource, Term};

use super::patch::{self, Members};
use super::{
    Kind, MAX_GROUPS, MAX_MEMBERS, MAX_MEMBERSHIPS, MAX_USERS, ResourceId, ResourceKind, ResourceView, find, id_of,
    name_of, refused, resource, source_of,
};
use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::retry::Again;

/// How long after a change the inventory follows by itself: clients send many changes at once.
const QUIET: SignedDuration = SignedDuration::from_secs(60);
/// How many groups a user is taken out of in the transaction that deletes it; more are left one transaction earlier.
const GROUPS_AT_ONCE: usize = 40;

/// The directory that a command changes, and the version that it stands at; `None` where it is not there yet.
struct Held {
    directory: Directory,
    version: Option<u64>,
}

async fn held(deps: &Deps, call: &Call, source: &DataSourceId) -> Result<Held, Error> {
    Ok(match deps.store.directories().get(source).await? {
        Some(Stored { value, version, .. }) => Held { directory: value, version: Some(version) },
        None => {
            let directory = Directory::new(source.clone(), name_of(&call.caller.user), call.now);
            Held { directory, version: None }
        }
    })
}

impl Held {
    /// The directory after one more change, which the inventory is to follow.
    fn changed(mut self, call: &Call) -> Self {
        self.directory.revision += 1;
        self.directory.due.get_or_insert(call.now + QUIET);
        self
    }

    /// Counts the members of a group that has `now` of them instead of `before`.
    fn count(&mut self, before: usize, now: usize) -> Result<(), Error> {
        let count = |members: usize| u32::try_from(members).unwrap_or(u32::MAX);
        let total = self.directory.memberships.saturating_sub(count(before)).saturating_add(count(now));
        if now > before && (now > MAX_MEMBERS || total > MAX_MEMBERSHIPS) {
            let issue = format!("a group has at most {MAX_MEMBERS} members, all groups together {MAX_MEMBERSHIPS}");
            return Err(refused(Kind::TooMany, issue));
        }
        self.directory.memberships = total;
        Ok(())
    }
}

/// Makes a user or a group.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Refused`] when its user name is taken; [`Error::Unavailable`].
pub async fn create(
    deps: &Deps,
    call: &Call,
    kind: ResourceKind,
    body: &Map<String, Value>,
) -> Result<ResourceView, Error> {
    let source = source_of(call)?;
    let (attributes, wanted) = whole(kind, body)?;
    let terms = resource::terms(kind, &attributes);
    let (mut again, mut perhaps_made) = (Again::new(), call.repeatable);
    loop {
        if perhaps_made && let Some(id) = deps.store.directories().made_by(&source, call.command).await? {
            // An earlier life of the call was faster.
            let made = deps.store.directories().resource(&source, id).await?;
            return made.map(ResourceView::from).ok_or_else(Error::not_found);
        }
        let mut held = held(deps, call, &source).await?;
        is_free(deps, &source, &terms, None).await?;
        let most = match kind {
            ResourceKind::User => MAX_USERS,
            ResourceKind::Group => MAX_GROUPS,
        };
        if held.directory.census(kind).total() >= most {
            return Err(refused(Kind::TooMany, format!("the directory holds {most} of them already")));
        }
        let members = known(deps, &source, &held.directory, &wanted, &[]).await?;
        held.count(0, members.len())?;
        let number = held.directory.census_mut(kind).add();
        let resource = Resource {
            id: ResourceId { kind, number },
            attributes: attributes.clone(),
            members,
            created_at: call.now,
            modified_at: call.now,
        };
        let Held { directory, version } = held.changed(call);
        let mut tx = deps.store.write(call.command, call.now);
        tx.insert_resource(&source, &resource, &terms)?;
        tx.remember_made(&source, resource.id);
        tx.put_directory(&directory, version)?;
        match tx.commit().await {
            Ok(_) => return Ok(Stored::written(resource, 1, call.command).into()),
            Err(error) if again.after(&error).await => perhaps_made = true,
            Err(error) => return Err(error.into()),
        }
    }
}

/// What a body says of a whole resource: its attributes, and the ids of its members.
fn whole(kind: ResourceKind, body: &Map<String, Value>) -> Result<(Map<String, Value>, Vec<String>), Error> {
    let mut attributes = resource::read(kind, body)?;
    let members = attributes.shift_remove("members");
    let members = members.map(|members| patch::ids(&members)).transpose()?;
    Ok((attributes, members.unwrap_or_default()))
}

/// Replaces a user or group. What the body does not say is gone.
///
/// # Errors
/// As [`patch`].
pub async fn replace(
    deps: &Deps,
    call: &Call,
    kind: ResourceKind,
    id: &str,
    body: &Map<String, Value>,
) -> Result<ResourceView, Error> {
    let (attributes, members) = whole(kind, body)?;
    let own = body.iter().find(|(name, _)| name.eq_ignore_ascii_case("id")).map(|(_, value)| value);
    if own.is_some_and(|own| !own.is_null() && own != id) {
        return Err(refused(Kind::Mutability, "id cannot be changed"));
    }
    change(deps, call, kind, id, |_| {
        let members = vec![Members::Replace(members.clone())];
        Ok((attributes.clone(), if kind == ResourceKind::Group { members } else { Vec::new() }))
    })
    .await
}

/// Changes a user or group.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Invalid`], [`Error::Refused`] when its new user name is taken;
/// [`Error::Unavailable`]. Either nothing of the change is carried out, or all of it.
pub async fn patch(
    deps: &Deps,
    call: &Call,
    kind: ResourceKind,
    id: &str,
    body: &Map<String, Value>,
) -> Result<ResourceView, Error> {
    change(deps, call, kind, id, |held| {
        let mut attributes = held.clone();
        let members = patch::apply(kind, &mut attributes, body)?;
        Ok((attributes, members))
    })
    .await
}

/// Changes a resource by what `decide` says of its attributes as they stand.
async fn change(
    deps: &Deps,
    call: &Call,
    kind: ResourceKind,
    id: &str,
    decide: impl Fn(&Map<String, Value>) -> Result<(Map<String, Value>, Vec<Members>), Error>,
) -> Result<ResourceView, Error> {
    let source = source_of(call)?;
    let id = id_of(kind, id)?;
    let mut again = Again::new();
    loop {
        let found = deps.store.directories().resource(&source, id).await?.ok_or_else(Error::not_found)?;
        if found.is_by(call.command) {
            return Ok(found.into());
        }
        call.expects(found.version)?;
        let mut held = held(deps, call, &source).await?;
        let (attributes, steps) = decide(&found.value.attributes)?;
        let members = stepped(deps, &source, &held.directory, &found.value, steps).await?;
        if attributes == found.value.attributes && members == found.value.members {
            return Ok(found.into());
        }
        held.count(found.value.members.len(), members.len())?;
        let (old, terms) = (resource::terms(kind, &found.value.attributes), resource::terms(kind, &attributes));
        is_free(deps, &source, &terms, Some(id)).await?;
        let changed = Resource { attributes, members, modified_at: call.now, ..found.value };
        let Held { directory, version } = held.changed(call);
        let mut tx = deps.store.write(call.command, call.now);
        tx.update_resource(&source, &changed, found.version, &old, &terms)?;
        tx.put_directory(&directory, version)?;
        match tx.commit().await {
            Ok(_) => {
                let version = found.version + 1;
                return Ok(Stored::written(changed, version, call.command).into());
            }
            Err(error) if again.after(&error).await => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// The members of a group after the steps of a change.
async fn stepped(
    deps: &Deps,
    source: &DataSourceId,
    directory: &Directory,
    group: &Resource,
    steps: Vec<Members>,
) -> Result<Vec<ResourceId>, Error> {
    let mut members: BTreeSet<ResourceId> = group.members.iter().copied().collect();
    for step in steps {
        match step {
            Members::Add(ids) => members.extend(known(deps, source, directory, &ids, &group.members).await?),
            Members::Replace(ids) => {
                members = known(deps, source, directory, &ids, &group.members).await?.into_iter().collect();
            }
            Members::Remove(ids) => {
                for id in ids.iter().filter_map(|id| id.parse().ok()) {
                    members.remove(&id);
                }
            }
            Members::Clear => members.clear(),
        }
    }
    if members.contains(&group.id) {
        return Err(refused(Kind::InvalidValue, "a group cannot be a member of itself"));
    }
    Ok(members.into_iter().collect())
}

/// The users and groups that are named, each once. Those that are `held` were looked at when they came in.
async fn known(
    deps: &Deps,
    source: &DataSourceId,
    directory: &Directory,
    named: &[String],
    held: &[ResourceId],
) -> Result<Vec<ResourceId>, Error> {
    if named.len() > MAX_MEMBERS {
        return Err(refused(Kind::TooMany, format!("a group has at most {MAX_MEMBERS} members")));
    }
    let unknown = |id: &str| refused(Kind::InvalidValue, format!("there is no user or group `{id}`"));
    let mut ids = BTreeSet::new();
    for name in named {
        let id: ResourceId = name.parse().map_err(|_| unknown(name))?;
        if !directory.census(id.kind).knows(id.number) {
            return Err(unknown(name));
        }
        ids.insert(id);
    }
    let new: Vec<ResourceId> = ids.iter().copied().filter(|id| held.binary_search(id).is_err()).collect();
    let found: BTreeSet<ResourceId> =
        deps.store.directories().some(source, &new).await?.into_iter().map(|stored| stored.value.id).collect();
    match new.iter().find(|id| !found.contains(id)) {
        Some(id) => Err(unknown(&id.to_string())),
        None => Ok(ids.into_iter().collect()),
    }
}

/// Whether the values that only one resource may have are free, or its own.
async fn is_free(deps: &Deps, source: &DataSourceId, terms: &[Term], own: Option<ResourceId>) -> Result<(), Error> {
    for term in terms.iter().filter(|term| term.unique) {
        let holder = deps.store.directories().holder(source, term.attribute, &term.value).await?;
        if holder.is_some() && holder != own {
            return Err(Refusal::AlreadyExists { what: "user" }.into());
        }
    }
    Ok(())
}

/// Deletes a user or group. It leaves the groups that it is in.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Unavailable`].
pub async fn delete(deps: &Deps, call: &Call, kind: ResourceKind, id: &str) -> Result<(), Error> {
    let source = source_of(call)?;
    let id = id_of(kind, id)?;
    let mut again = Again::new();
    loop {
        let found = deps.store.directories().resource(&source, id).await?.ok_or_else(Error::not_found)?;
        call.expects(found.version)?;
        let mut held = held(deps, call, &source).await?;
        let mut groups = find::all(deps, &source, ResourceKind::Group).await?;
        groups.retain(|group| group.value.members.binary_search(&id).is_ok());
        let is_last = groups.len() <= GROUPS_AT_ONCE;
        groups.truncate(GROUPS_AT_ONCE);
        let left = u32::try_from(groups.len()).unwrap_or_default();
        held.directory.memberships = held.directory.memberships.saturating_sub(left);
        let mut tx = deps.store.write(call.command, call.now);
        for Stored { value: group, version, .. } in groups {
            let terms = resource::terms(ResourceKind::Group, &group.attributes);
            let members = group.members.iter().copied().filter(|member| *member != id).collect();
            let without = Resource { members, modified_at: call.now, ..group };
            tx.update_resource(&source, &without, version, &terms, &terms)?;
        }
        if is_last {
            held.count(found.value.members.len(), 0)?;
            held.directory.census_mut(kind).remove(id.number);
            let terms = resource::terms(kind, &found.value.attributes);
            tx.delete_resource(&source, &found.value, found.version, &terms)?;
        }
        let Held { directory, version } = held.changed(call);
        tx.put_directory(&directory, version)?;
        match tx.commit().await {
            Ok(_) if is_last => return Ok(()),
            Ok(_) => {}
            Err(error) if again.after(&error).await => {}
            Err(error) => return Err(error.into()),
        }
    }
}
