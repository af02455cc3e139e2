//! What each function is given: the places that the template tells it of, as far as its role lets it use them.
//!
//! All functions run in this process, and each could reach everything. Instead each gets dependencies of its own, so that
//! a variable or a grant that the template forgot is missing here as it would be in AWS.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use app::deps::{Deps, Events, Fetched, Growing, Label, Message, Objects, PortError, Queue, Soon};
use app::event::Envelope;
use engine::Engine;
use runtime::ports::{QUEUES, SqsQueues};

use crate::Error;
use crate::queues::Queues;
use crate::template::{Function, Template};

/// Dependencies by the logical id of their function.
#[derive(Clone)]
pub(crate) struct Assigned(BTreeMap<String, Arc<Deps>>);

impl Assigned {
    /// Divides `deps`, which may do everything, among the functions of the template.
    pub(crate) fn new(template: &Template, deps: &Deps, engine: &Engine, queues: &Queues) -> Result<Self, Error> {
        let mut assigned = BTreeMap::new();
        for (id, function) in &template.functions {
            let queue = Known {
                sends: those_that_allow("sqs:SendMessage", function, queues)?,
                receives: those_that_allow("sqs:ChangeMessageVisibility", function, queues)?,
            };
            let events: Arc<dyn Events> = match function.variables.get("EVENT_BUS_NAME") {
                Some(bus) if allows(function, "events:PutEvents", bus) => Arc::clone(&deps.events),
                _ => Arc::new(NoBus),
            };
            let own = Deps {
                store: deps.store.through(engine.client_of(table_grants(function))),
                queue: Arc::new(queue),
                events,
                objects: Arc::new(Bucket::of(function, Arc::clone(&deps.objects))),
                ..deps.clone()
            };
            assigned.insert(id.clone(), Arc::new(own));
        }
        Ok(Self(assigned))
    }

    /// What a function is given.
    pub(crate) fn of(&self, function: &str) -> Result<Arc<Deps>, Error> {
        let deps = self.0.get(function).map(Arc::clone);
        deps.ok_or_else(|| Error::new(format!("the template has no function `{function}`")))
    }
}

fn allows(function: &Function, action: &str, resource: &str) -> bool {
    function.grants.iter().any(|grant| grant.action == action && grant.resource == resource)
}

/// What a function may do on the table and its indexes.
fn table_grants(function: &Function) -> Vec<engine::Grant> {
    let grants = function.grants.iter().filter_map(|grant| {
        let action = grant.action.strip_prefix("dynamodb:")?.to_owned();
        let index = grant.resource.split_once("/index/").map(|(_, index)| index.to_owned());
        Some(engine::Grant { action, index, partitions: grant.partitions.clone() })
    });
    grants.collect()
}

/// The queues that a function is told of, as far as it may do something there.
fn those_that_allow(action: &str, function: &Function, queues: &Queues) -> Result<SqsQueues, Error> {
    let mut addresses = Vec::new();
    for (kind, variable) in QUEUES {
        let named = function.variables.get(variable);
        if let Some(queue) = named.filter(|queue| allows(function, action, queue)) {
            addresses.push((kind, queues.address(queue)?.to_owned()));
        }
    }
    Ok(SqsQueues::new(queues.client.clone(), addresses))
}

/// The queues as one function may use them.
struct Known {
    sends: SqsQueues,
    receives: SqsQueues,
}

impl Queue for Known {
    fn send<'a>(&'a self, message: &'a Message) -> Soon<'a, Result<(), PortError>> {
        self.sends.send(message)
    }

    fn put_off<'a>(&'a self, queue: &'a str, body: &'a str, wait: Duration) -> Soon<'a, Result<(), PortError>> {
        self.sends.put_off(queue, body, wait)
    }

    fn come_again<'a>(&'a self, queue: &'a str, waits: &'a [(String, Duration)]) -> Soon<'a, Result<(), PortError>> {
        self.receives.come_again(queue, waits)
    }
}

/// The bus of a function that may not tell anything.
struct NoBus;

impl Events for NoBus {
    fn publish<'a>(&'a self, events: &'a [Envelope]) -> Soon<'a, Vec<Result<(), PortError>>> {
        let refused = || PortError {
            action: "telling an event".to_owned(),
            reason: "the template does not let this function".to_owned(),
            retryable: false,
        };
        Box::pin(async move { events.iter().map(|_| Err(refused())).collect() })
    }
}

/// The variables that tell a function of a bucket, and the folder that its files lie in: locally all lie in one place.
const BUCKETS: [(&str, &str); 2] = [("UPLOADS_BUCKET", "uploads/"), ("EXPORTS_BUCKET", "exports/")];

/// The object store as one function may use it.
struct Bucket {
    objects: Arc<dyn Objects>,
    folder: &'static str,
    fetches: bool,
    reads: bool,
    writes: bool,
}

impl Bucket {
    fn of(function: &Function, objects: Arc<dyn Objects>) -> Self {
        let told = BUCKETS.into_iter().find_map(|(variable, folder)| Some((function.variables.get(variable)?, folder)));
        let Some((bucket, folder)) = told else {
            return Self { objects, folder: "", fetches: false, reads: false, writes: false };
        };
        let all = format!("{bucket}/{folder}*");
        let fetches = allows(function, "s3:GetObject", &all);
        // Whether an object is there is told only to who may list the bucket.
        let reads = fetches && allows(function, "s3:ListBucket", bucket);
        Self { objects, folder, fetches, reads, writes: allows(function, "s3:PutObject", &all) }
    }

    fn has(&self, key: &str) -> bool {
        key.starts_with(self.folder)
    }

    fn refused<'a, T: Send + 'a>(action: &str, key: &str) -> Soon<'a, Result<T, PortError>> {
        let action = format!("{action} of the object `{key}`");
        let reason = "the template does not let this function".to_owned();
        Box::pin(async move { Err(PortError { action, reason, retryable: false }) })
    }
}

impl Objects for Bucket {
    fn upload_url<'a>(&'a self, key: &'a str, max: u64, valid_for: Duration) -> Soon<'a, Result<String, PortError>> {
        if self.writes && self.has(key) {
            self.objects.upload_url(key, max, valid_for)
        } else {
            Self::refused("PUT", key)
        }
    }

    fn size<'a>(&'a self, key: &'a str) -> Soon<'a, Result<Option<u64>, PortError>> {
        if self.reads && self.has(key) { self.objects.size(key) } else { Self::refused("HEAD", key) }
    }

    fn get<'a>(&'a self, key: &'a str, at_most: u64) -> Soon<'a, Result<Fetched, PortError>> {
        if self.reads && self.has(key) { self.objects.get(key, at_most) } else { Self::refused("GET", key) }
    }

    fn put<'a>(&'a self, key: &'a str, bytes: Vec<u8>) -> Soon<'a, Result<(), PortError>> {
        if self.writes && self.has(key) { self.objects.put(key, bytes) } else { Self::refused("PUT", key) }
    }

    fn begin<'a>(&'a self, key: &'a str, label: &'a Label) -> Soon<'a, Result<Box<dyn Growing>, PortError>> {
        if self.writes && self.has(key) { self.objects.begin(key, label) } else { Self::refused("PUT", key) }
    }

    fn download_url<'a>(&'a self, key: &'a str, valid_for: Duration) -> Soon<'a, Result<String, PortError>> {
        if self.fetches && self.has(key) {
            self.objects.download_url(key, valid_for)
        } else {
            Self::refused("GET", key)
        }
    }
}

#[cfg(test)]
mod tests {
    use app::deps::Ids;
    use runtime::ports::SystemIds;

    use super::*;
    use crate::options::Options;
    use crate::stack;

    /// The installation of the template, with one of its functions' dependencies.
    async fn given(function: &str) -> Arc<Deps> {
        let template = Template::load().unwrap();
        let engine = Engine::memory().unwrap();
        engine.create_table("access-review").unwrap();
        let queues = Queues::create(&template.queues).await.unwrap();
        let directory = std::env::temp_dir().join(format!("assigned-{}", SystemIds.uuid().simple()));
        let options = Options::for_tests();
        let (deps, _) = stack::deps(&options, &engine, &queues, &template, "http://127.0.0.1:1", &directory).unwrap();
        Assigned::new(&template, &deps, &engine, &queues).unwrap().of(function).unwrap()
    }

    fn message() -> Message {
        Message::Ingest { job: domain::ids::JobId::new(SystemIds.uuid()) }
    }

    #[tokio::test]
    async fn a_function_sends_only_where_the_template_lets_it() {
        assert!(given("InventoryFunction").await.queue.send(&message()).await.is_ok());
        assert!(given("ApprovalsFunction").await.queue.send(&message()).await.is_err());
    }

    /// Whoever changes a review that is overdue has it expire first, and hands over what nobody had decided.
    #[tokio::test]
    async fn whatever_may_have_a_review_expire_can_hand_over_what_is_left_to_reject() {
        let left = Message::Evaluate { job: domain::ids::JobId::new(SystemIds.uuid()) };
        for changes in ["Approvals", "Automate", "Campaigns", "Evaluate", "Reviews", "Schedules"] {
            let sent = given(&format!("{changes}Function")).await.queue.send(&left).await;
            assert!(sent.is_ok(), "{changes}: {sent:?}");
        }
    }

    #[tokio::test]
    async fn a_function_tells_events_only_where_the_template_lets_it() {
        let template = Template::load().unwrap();
        let event = Envelope {
            id: "1".to_owned(),
            kind: "row.decided".to_owned(),
            at: "2026-05-01T08:00:00Z".parse().unwrap(),
            detail: "{}".to_owned(),
        };
        let mut silent = Vec::new();
        for function in template.functions.keys() {
            let told = given(function).await.events.publish(std::slice::from_ref(&event)).await;
            if told.iter().any(Result::is_err) {
                silent.push(function.as_str());
            }
        }
        // Whoever is silent here tells nothing: who callers are, what rules say, what files hold, and what people are mailed.
        assert_eq!(silent, ["AuthorizerFunction", "NotifyFunction", "RenderFunction", "RulesFunction", "ScimFunction"]);
    }

    #[tokio::test]
    async fn a_function_reads_and_offers_only_the_uploads_that_the_template_lets_it() {
        let (reader, offerer, stranger) =
            (given("IngestFunction").await, given("InventoryFunction").await, given("ApprovalsFunction").await);
        let minute = Duration::from_secs(60);
        assert!(reader.objects.size("uploads/x").await.is_ok());
        assert!(reader.objects.upload_url("uploads/x", 1, minute).await.is_err());
        assert!(offerer.objects.upload_url("uploads/x", 1, minute).await.is_ok());
        assert!(stranger.objects.size("uploads/x").await.is_err());
        assert!(
            given("SchedulesFunction").await.objects.size("uploads/x").await.is_ok(),
            "it looks for forgotten uploads"
        );
    }

    #[tokio::test]
    async fn files_are_written_by_one_function_and_handed_out_by_another() {
        let (writer, reader, stranger) =
            (given("RenderFunction").await, given("ExportsFunction").await, given("IngestFunction").await);
        let label = Label { media_type: "text/csv", file_name: "a.csv".to_owned() };
        let minute = Duration::from_secs(60);
        assert!(writer.objects.begin("exports/1/a.csv", &label).await.is_ok());
        assert!(writer.objects.begin("uploads/1/a.csv", &label).await.is_err());
        assert!(writer.objects.download_url("exports/1/a.csv", minute).await.is_err());
        assert!(reader.objects.download_url("exports/1/a.csv", minute).await.is_ok());
        assert!(reader.objects.begin("exports/1/a.csv", &label).await.is_err());
        assert!(stranger.objects.download_url("exports/1/a.csv", minute).await.is_err());
    }

    #[tokio::test]
    async fn the_authorizer_reads_keys_and_nothing_else() {
        let deps = given("AuthorizerFunction").await;
        assert!(deps.store.api_keys().by_hash(&[0; 32]).await.is_ok());
        assert!(deps.store.workflows().get(&domain::ids::WorkflowId::new(SystemIds.uuid())).await.is_err());
    }
}
