//! How the inventory follows a directory: all of it becomes a new version of its data source.
//!
//! That happens a minute after the first change that the inventory does not have, and before a snapshot is taken. It may
//! happen twice at the same time: both write what they see, and a version that says what is there already is none.

use domain::ids::{CommandId, DataSourceId, JobId};
use intake::scim::{Group, Person};
use intake::{Format, Parsed};
use jiff::Timestamp;
use serde_json::{Map, Value};
use store::Stored;
use store::job::{Ending, Job};
use store::scim::{Directory, Resource};

use super::{ResourceId, ResourceKind, find, schema};
use crate::call::Call;
use crate::deps::{Deps, Message};
use crate::error::Error;
use crate::loading::ingestion::delivery::Delivery;
use crate::loading::ingestion::making::Read;
use crate::loading::ingestion::onto::Onto;
use crate::loading::ingestion::report::faults_of;
use crate::loading::ingestion::terms::Terms;
use crate::loading::jobs::task::Task;
use crate::loading::jobs::{self, Worked};
use crate::loading::sources::source::TRIES;
use crate::outgoing::{self, Told};
use crate::retry::Again;

/// How many directories one sweep hands over.
const AT_ONCE: usize = 20;
/// How many directories one listing asks for.
const PAGE: usize = 100;

/// Hands over the directories that the inventory is to follow now. Answers how many.
///
/// # Errors
/// [`Error::Unavailable`]: the next sweep tries again.
pub async fn begin_due(deps: &Deps) -> Result<usize, Error> {
    let now = deps.clock.now();
    let mut begun = 0;
    for source in deps.store.directories().due(now, AT_ONCE).await? {
        let Some(stored) = deps.store.directories().get(&source).await? else { continue };
        if stored.value.due.is_some_and(|due| due <= now) {
            begun += usize::from(begin(deps, stored, now).await?);
        }
    }
    Ok(begun)
}

/// Asks for a version. `false` when somebody else did, or the directory has just changed.
async fn begin(deps: &Deps, stored: Stored<Directory>, now: Timestamp) -> Result<bool, Error> {
    let call = Call::by_itself(&format!("cut {}", stored.value.source), deps.ids.uuid(), now, now);
    let job = JobId::new(call.created("cut"));
    let directory = Directory { due: None, ..stored.value };
    let mut tx = deps.store.write(call.command, now);
    tx.put_directory(&directory, Some(stored.version))?;
    jobs::insert(&mut tx, &Message::Ingest { job }, &Task::Directory(directory.source), &call.caller.user)?;
    match tx.commit().await {
        Ok(committed) => {
            outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
            Ok(true)
        }
        Err(error) if error.is_conflict() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Works on a job that cuts a version.
///
/// # Errors
/// [`Error::Unavailable`]: to be tried again. Everything else is recorded with the job.
pub(crate) async fn work(deps: &Deps, job: &Job, source: &DataSourceId) -> Result<Worked, Error> {
    let now = deps.clock.now();
    let (worked, ending) = match follow(deps, source, now).await {
        Ok(rows) => (Worked::Completed { rows }, Ending::Completed { result: None, processed: None }),
        Err(error) if error.retryable() => return Err(error),
        Err(error) => {
            tracing::warn!(job = %job.id, %error, "the inventory cannot follow a directory");
            (Worked::Failed, Ending::Failed { error: "the directory is refused by the inventory".to_owned() })
        }
    };
    deps.store.jobs().end(&job.id, &ending, now).await?;
    Ok(worked)
}

/// Makes the inventory follow every directory that it is behind: before it is frozen.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn follow_all(deps: &Deps, now: Timestamp) -> Result<(), Error> {
    let mut after: Option<DataSourceId> = None;
    loop {
        let page = deps.store.directories().list(after.as_ref(), PAGE).await?;
        after = page.values.last().map(|stored| stored.value.source.clone());
        for Stored { value: directory, .. } in page.values {
            if directory.cut < directory.revision {
                match follow(deps, &directory.source, now).await {
                    Err(Error::Invalid(_)) => tracing::warn!("the inventory cannot follow a directory"),
                    other => drop(other?),
                }
            }
        }
        if !page.more || after.is_none() {
            return Ok(());
        }
    }
}

/// Puts what a directory holds in place as the current version of its data source. Answers how many things changed.
async fn follow(deps: &Deps, source: &DataSourceId, now: Timestamp) -> Result<u64, Error> {
    for _ in 0..TRIES {
        let Some(sight) = Sight::of(deps, source).await? else { return Ok(0) };
        match sight.put(deps, now).await {
            // Somebody who may have seen more was faster.
            Err(Error::Stale) => {}
            other => return other,
        }
    }
    Err(Error::Unavailable(format!("the data source {source} changes too often")))
}

/// What a directory holds that the inventory does not have.
struct Sight {
    source: DataSourceId,
    name: String,
    /// The revision that it has at least.
    revision: u64,
    /// How the data source stood before anything was looked at: what is put in place later has been seen later.
    loaded: Option<u64>,
    parsed: Parsed,
}

impl Sight {
    /// Looks at a directory; `None` when the inventory has all of it.
    async fn of(deps: &Deps, source: &DataSourceId) -> Result<Option<Self>, Error> {
        // INVARIANT: data source, revision, resources, in this order: each is at least as new as the one before.
        let loaded = deps.store.inventory().source(source).await?.map(|stored| stored.version);
        let Some(Stored { value: directory, .. }) = deps.store.directories().get(source).await? else {
            return Ok(None);
        };
        let Directory { name, revision, cut, .. } = directory;
        if cut >= revision {
            return Ok(None);
        }
        let users = find::all(deps, source, ResourceKind::User).await?;
        let groups = find::all(deps, source, ResourceKind::Group).await?;
        let (id, called) = (source.clone(), name.clone());
        let parsed = crate::loading::offload(move || {
            let people: Vec<Person> = users.into_iter().map(|stored| person(stored.value)).collect();
            let groups: Vec<Group> = groups.into_iter().map(|stored| group(stored.value)).collect();
            intake::scim::picture(&intake::DataSource { id: &id, name: &called }, people, groups)
        });
        let parsed = parsed.await?.map_err(|faults| Error::Invalid(faults_of(faults)))?;
        Ok(Some(Self { source: source.clone(), name, revision, loaded, parsed }))
    }

    /// Puts it in place. Answers how many things changed.
    ///
    /// # Errors
    /// [`Error::Stale`] when the data source was loaded since it was looked at; [`Error::Unavailable`].
    async fn put(self, deps: &Deps, now: Timestamp) -> Result<u64, Error> {
        let Self { source, name, revision, loaded, parsed } = self;
        let delivery = Delivery {
            id: source,
            onto: Onto::Version(loaded),
            version: CommandId::new(deps.ids.uuid()),
            by: None,
            now,
            format: Format::Scim,
            name: Some(name),
            terms: Terms::default(),
        };
        let report = delivery.load(deps, Read::made(parsed), None).await?;
        has_followed(deps, &delivery.id, revision, now).await?;
        Ok(report.changed())
    }
}

/// Notes which revision the inventory has.
async fn has_followed(deps: &Deps, source: &DataSourceId, revision: u64, now: Timestamp) -> Result<(), Error> {
    let mut again = Again::new();
    loop {
        let Some(stored) = deps.store.directories().get(source).await? else { return Ok(()) };
        if stored.value.cut >= revision {
            return Ok(());
        }
        let due = stored.value.due.filter(|_| stored.value.revision > revision);
        let directory = Directory { cut: revision, due, ..stored.value };
        let mut tx = deps.store.write(CommandId::new(deps.ids.uuid()), now);
        tx.put_directory(&directory, Some(stored.version))?;
        match tx.commit().await {
            Ok(_) => return Ok(()),
            Err(error) if again.after(&error).await => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn group(resource: Resource) -> Group {
    let name = text(&resource.attributes, "displayName").unwrap_or_default();
    let members = |kind: ResourceKind| -> Vec<String> {
        resource.members.iter().filter(|id| id.kind == kind).map(ResourceId::to_string).collect()
    };
    Group {
        id: resource.id.to_string(),
        name,
        external_id: text(&resource.attributes, "externalId"),
        users: members(ResourceKind::User),
        groups: members(ResourceKind::Group),
        created_at: resource.created_at,
    }
}

fn person(resource: Resource) -> Person {
    let Resource { id, attributes, created_at, .. } = resource;
    let none = Map::new();
    let object = |name: &str| attributes.get(name).and_then(Value::as_object).unwrap_or(&none);
    let (name, company) = (object("name"), object(schema::ENTERPRISE));
    let manager = company.get("manager").and_then(Value::as_object).and_then(|manager| text(manager, "value"));
    Person {
        id: id.to_string(),
        user_name: text(&attributes, "userName").unwrap_or_default(),
        external_id: text(&attributes, "externalId"),
        name: text(&attributes, "displayName").or_else(|| text(name, "formatted")).or_else(|| full_name(name)),
        emails: emails(&attributes),
        is_active: attributes.get("active").and_then(Value::as_bool),
        title: text(&attributes, "title"),
        user_type: text(&attributes, "userType"),
        department: text(company, "department"),
        division: text(company, "division"),
        organization: text(company, "organization"),
        cost_center: text(company, "costCenter"),
        employee_number: text(company, "employeeNumber"),
        manager,
        created_at,
    }
}

fn text(holder: &Map<String, Value>, name: &str) -> Option<String> {
    holder.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn full_name(name: &Map<String, Value>) -> Option<String> {
    let parts: Vec<&str> =
        ["givenName", "familyName"].into_iter().filter_map(|part| name.get(part).and_then(Value::as_str)).collect();
    Some(parts.join(" ")).filter(|name| !name.is_empty())
}

/// E-mail addresses, the one to use first.
fn emails(attributes: &Map<String, Value>) -> Vec<String> {
    let entries = attributes.get("emails").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let (first, rest): (Vec<&Value>, Vec<&Value>) =
        entries.iter().partition(|entry| super::resource::is_primary(entry));
    let value = |entry: &Value| entry.get("value").and_then(Value::as_str).map(str::to_owned);
    first.into_iter().chain(rest).filter_map(value).collect()
}

#[cfg(test)]
mod tests {
    use domain::inventory::Family;
    use engine::simulate;
    use serde_json::json;

    use super::super::{change, source_of};
    use super::*;
    use crate::testing::stand::Stand;

    fn object(body: Value) -> Map<String, Value> {
        body.as_object().cloned().unwrap_or_default()
    }

    /// The status of the first account in the inventory.
    async fn status(stand: &Stand, source: &DataSourceId) -> Option<String> {
        let held = stand.deps.store.inventory().source(source).await.unwrap().unwrap().value;
        let picture = stand.deps.store.inventory().read(source, &held.current.unwrap()).await.unwrap().unwrap();
        picture.nodes.iter().find(|node| node.family == Family::Account)?.text("status").map(str::to_owned)
    }

    #[test]
    fn who_has_seen_less_does_not_take_back_what_somebody_else_has_put_in_place() {
        simulate(1, async {
            let stand = Stand::new();
            let (deps, now, kind) = (&stand.deps, stand.deps.clock.now(), ResourceKind::User);
            let body = object(json!({ "userName": "ann", "active": true }));
            let ann = change::create(deps, &stand.call(), kind, &body).await.unwrap().id.to_string();
            let source = source_of(&stand.call()).unwrap();
            // The first time the data source is not there yet, the second time it is.
            for active in [false, true] {
                let slow = Sight::of(deps, &source).await.unwrap().unwrap();
                let change = json!({ "Operations": [{ "op": "replace", "path": "active", "value": active }] });
                change::patch(deps, &stand.call(), kind, &ann, &object(change)).await.unwrap();
                follow_all(deps, now).await.unwrap();
                let late = slow.put(deps, now).await;
                assert!(matches!(late, Err(Error::Stale)), "{late:?}");
                let expected = if active { "active" } else { "inactive" };
                assert_eq!(status(&stand, &source).await.as_deref(), Some(expected));
                assert_eq!(follow(deps, &source, now).await.unwrap(), 0, "the inventory has all of it");
                let body = object(json!({ "userName": format!("bo{active}") }));
                change::create(deps, &stand.call(), kind, &body).await.unwrap();
            }
        });
    }
}
