//! What `template.yaml` says, read as AWS SAM would: functions, routes, queues, schedules, the table.
//!
//! The local stack has no list of its own. What is needed of the intrinsic functions is little: a reference is the logical
//! id that it names, which is how resources find each other here.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_yaml_ng::Value;

mod grants;

pub use grants::Grant;

use crate::rhythm::{FORMS, Rhythm};

/// The deployed template itself.
pub const TEXT: &str = include_str!("../../../template.yaml");

/// The template, as far as one process plays it.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// By logical id.
    pub functions: BTreeMap<String, Function>,
    /// Every HTTP event.
    pub routes: Vec<Route>,
    /// By logical id.
    pub queues: BTreeMap<String, Queue>,
    /// Queues that call functions.
    pub pumps: Vec<Pump>,
    /// Timers that call functions.
    pub schedules: Vec<Schedule>,
    /// Rules of the bus that fill queues.
    pub rules: Vec<Rule>,
    /// Logical id of the function that says who calls.
    pub authorizer: String,
    /// Logical id of the queue that hears of new uploads.
    pub uploads_queue: String,
    /// The table's properties as they stand in the template.
    pub table: serde_json::Value,
}

/// A Lambda function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// The binary that it runs, which is the name of its crate.
    pub binary: String,
    /// How long an invocation may take.
    pub timeout: Duration,
    /// Logical ids of the resources that it is told of, by the variable that does so.
    pub variables: BTreeMap<String, String>,
    /// What its role allows.
    pub grants: Vec<Grant>,
}

/// A method and path of the HTTP API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Method; `None` together with the path for the route of whatever no other matches.
    pub method: Option<String>,
    /// Path template of API Gateway: a parameter is a whole segment.
    pub path: Option<String>,
    /// Logical id of the function.
    pub function: String,
    /// Whether the authorizer is left out.
    pub anonymous: bool,
}

/// An SQS queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Seconds for which a delivered message is hidden.
    pub visibility_seconds: u64,
    /// Seconds before a new message is delivered.
    pub delay_seconds: u64,
    /// Logical id of the queue for messages that failed too often, and how often that is.
    pub redrive: Option<(String, u64)>,
}

/// A queue that calls a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pump {
    /// Logical id of the queue.
    pub queue: String,
    /// Logical id of the function.
    pub function: String,
    /// Messages in one call.
    pub batch_size: u32,
    /// Calls at the same time.
    pub concurrency: u32,
}

/// A timer that calls a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Logical id of the function.
    pub function: String,
    /// When it does.
    pub rhythm: Rhythm,
}

/// A rule of the bus that fills a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Types of the events that it takes.
    pub kinds: Vec<String>,
    /// Logical id of the queue.
    pub queue: String,
}

/// The template has something that the local stack does not understand.
#[derive(Debug)]
pub struct Error(String);

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "template.yaml: {}", self.0)
    }
}

impl std::error::Error for Error {}

#[derive(Deserialize)]
struct Parameters {
    #[serde(rename = "Parameters", default)]
    parameters: BTreeMap<String, Parameter>,
}

#[derive(Deserialize)]
struct Parameter {
    #[serde(rename = "Default")]
    default: Option<Value>,
}

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "Globals", default)]
    globals: Value,
    #[serde(rename = "Resources")]
    resources: BTreeMap<String, Resource>,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(rename = "Type")]
    kind: String,
    #[serde(rename = "Metadata", default)]
    metadata: Value,
    #[serde(rename = "Properties", default)]
    properties: Value,
}

impl Template {
    /// The template of this product.
    ///
    /// # Errors
    /// When it has something that the local stack does not understand.
    pub fn load() -> Result<Self, Error> {
        Self::parse(TEXT)
    }

    fn parse(text: &str) -> Result<Self, Error> {
        let document = with_defaults(text).map_err(|error| Error(error.to_string()))?;
        let mut template = Self {
            functions: BTreeMap::new(),
            routes: Vec::new(),
            queues: BTreeMap::new(),
            pumps: Vec::new(),
            schedules: Vec::new(),
            rules: Vec::new(),
            authorizer: String::new(),
            uploads_queue: String::new(),
            table: serde_json::Value::Null,
        };
        let usual_timeout = at(&document.globals, &["Function", "Timeout"]).and_then(Value::as_u64).unwrap_or(3);
        for (id, resource) in &document.resources {
            let properties = &resource.properties;
            match resource.kind.as_str() {
                "AWS::Serverless::Function" => {
                    let grants = grants::of(&document.resources, properties)?;
                    template.function(id, resource, usual_timeout, grants)?;
                }
                "AWS::Serverless::HttpApi" => template.authorizer = authorizer(properties)?,
                "AWS::SQS::Queue" => {
                    template.queues.insert(id.clone(), queue(id, properties)?);
                }
                "AWS::Events::Rule" => template.rules.push(bus_rule(id, properties)?),
                "AWS::DynamoDB::Table" => template.table = plain(properties),
                "AWS::S3::Bucket" => template.uploads_queue.extend(notified(id, properties)?),
                _ => {}
            }
        }
        Ok(template)
    }

    fn function(&mut self, id: &str, resource: &Resource, usual_timeout: u64, grants: Vec<Grant>) -> Result<(), Error> {
        let properties = &resource.properties;
        let binary = text(&resource.metadata, &["BuildProperties", "Binary"]);
        let binary = binary.ok_or_else(|| Error(format!("{id} names no binary")))?;
        let timeout = at(properties, &["Timeout"]).and_then(Value::as_u64).unwrap_or(usual_timeout);
        let timeout = Duration::from_secs(timeout);
        let variables = variables(properties);
        self.functions.insert(id.to_owned(), Function { binary, timeout, variables, grants });
        let Some(Value::Mapping(events)) = at(properties, &["Events"]) else { return Ok(()) };
        for (name, event) in events {
            let name = name.as_str().unwrap_or_default();
            let kind = text(event, &["Type"]).unwrap_or_default();
            let place = |what: &str| Error(format!("{id}.{name} {what}"));
            match kind.as_str() {
                "HttpApi" => self.routes.push(Route {
                    method: text(event, &["Properties", "Method"]),
                    path: text(event, &["Properties", "Path"]),
                    function: id.to_owned(),
                    anonymous: text(event, &["Properties", "Auth", "Authorizer"]).as_deref() == Some("NONE"),
                }),
                "SQS" => self.pumps.push(pump(id, event).ok_or_else(|| place("names no queue"))?),
                "Schedule" => {
                    let when = text(event, &["Properties", "Schedule"]).unwrap_or_default();
                    let known = Rhythm::of(&when);
                    let rhythm =
                        known.ok_or_else(|| place(&format!("has the schedule `{when}`, which is not {FORMS}")))?;
                    self.schedules.push(Schedule { function: id.to_owned(), rhythm });
                }
                other => return Err(place(&format!("has an event of the unknown type `{other}`"))),
            }
        }
        Ok(())
    }
}

/// The document, in which each reference to a parameter is the parameter's default: what is deployed without a choice.
fn with_defaults(text: &str) -> Result<Document, serde_yaml_ng::Error> {
    let mut document: Value = serde_yaml_ng::from_str(text)?;
    let Parameters { parameters } = serde_yaml_ng::from_value(document.clone())?;
    fill(&mut document, &parameters);
    serde_yaml_ng::from_value(document)
}

fn fill(value: &mut Value, parameters: &BTreeMap<String, Parameter>) {
    match value {
        Value::Mapping(members) => members.values_mut().for_each(|member| fill(member, parameters)),
        Value::Sequence(items) => items.iter_mut().for_each(|item| fill(item, parameters)),
        Value::Tagged(tagged) if tagged.tag == "Ref" => {
            let named = tagged.value.as_str().and_then(|name| parameters.get(name));
            if let Some(default) = named.and_then(|parameter| parameter.default.clone()) {
                *value = default;
            }
        }
        Value::Tagged(tagged) => fill(&mut tagged.value, parameters),
        _ => {}
    }
}

/// What a function is told, as far as it is the name of another resource.
fn variables(properties: &Value) -> BTreeMap<String, String> {
    let Some(Value::Mapping(variables)) = at(properties, &["Environment", "Variables"]) else { return BTreeMap::new() };
    let named = variables.iter().filter_map(|(name, value)| match value {
        Value::Tagged(tagged) if tagged.tag == "Ref" => Some((name.as_str()?.to_owned(), text(value, &[])?)),
        _ => None,
    });
    named.collect()
}

fn authorizer(properties: &Value) -> Result<String, Error> {
    let name = text(properties, &["Auth", "DefaultAuthorizer"]).ok_or_else(|| Error("no default authorizer".into()))?;
    text(properties, &["Auth", "Authorizers", &name, "FunctionArn"])
        .map(owner)
        .ok_or_else(|| Error(format!("the authorizer `{name}` names no function")))
}

fn queue(id: &str, properties: &Value) -> Result<Queue, Error> {
    let redrive = match at(properties, &["RedrivePolicy"]) {
        None => None,
        Some(policy) => {
            let target = text(policy, &["deadLetterTargetArn"]).map(owner);
            let count = at(policy, &["maxReceiveCount"]).and_then(Value::as_u64);
            let redrive = target.zip(count);
            Some(redrive.ok_or_else(|| Error(format!("{id} has a redrive policy without target or count")))?)
        }
    };
    let seconds = |name: &str| at(properties, &[name]).and_then(Value::as_u64);
    let visibility_seconds = seconds("VisibilityTimeout").unwrap_or(30);
    Ok(Queue { visibility_seconds, delay_seconds: seconds("DelaySeconds").unwrap_or(0), redrive })
}

fn pump(id: &str, event: &Value) -> Option<Pump> {
    let number = |path: &[&str]| at(event, path).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
    Some(Pump {
        queue: text(event, &["Properties", "Queue"]).map(owner)?,
        function: id.to_owned(),
        batch_size: number(&["Properties", "BatchSize"]).unwrap_or(10),
        concurrency: number(&["Properties", "ScalingConfig", "MaximumConcurrency"]).unwrap_or(1),
    })
}

/// A rule that looks at the type of an event alone, and has one target.
fn bus_rule(id: &str, properties: &Value) -> Result<Rule, Error> {
    let kinds = at(properties, &["EventPattern", "detail-type"]).and_then(Value::as_sequence);
    let targets = at(properties, &["Targets"]).and_then(Value::as_sequence);
    let (Some(kinds), Some([target])) = (kinds, targets.map(Vec::as_slice)) else {
        return Err(Error(format!("{id} is no rule that names types of events and one target")));
    };
    let kinds = kinds.iter().filter_map(|kind| kind.as_str().map(str::to_owned)).collect();
    let queue = text(target, &["Arn"]).map(owner).ok_or_else(|| Error(format!("{id} fills no queue")))?;
    Ok(Rule { kinds, queue })
}

/// The queue that hears of new objects; `None` for a bucket that tells nobody.
fn notified(id: &str, properties: &Value) -> Result<Option<String>, Error> {
    let Some(Value::Sequence(queues)) = at(properties, &["NotificationConfiguration", "QueueConfigurations"]) else {
        return Ok(None);
    };
    let queue = queues.first().and_then(|queue| text(queue, &["Queue"])).map(owner);
    queue.map(Some).ok_or_else(|| Error(format!("{id} notifies no queue")))
}

/// The value at a path of mapping keys.
fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, key| value.get(key))
}

/// The text at a path; a reference (`!Ref X`, `!GetAtt X.Arn`) is the text it was written with. Of a choice, what holds
/// unless somebody chooses.
fn text(value: &Value, path: &[&str]) -> Option<String> {
    match at(value, path)? {
        Value::String(text) => Some(text.clone()),
        Value::Tagged(tagged) if tagged.tag == "If" => text(tagged.value.get(2)?, &[]),
        Value::Tagged(tagged) => tagged.value.as_str().map(str::to_owned),
        _ => None,
    }
}

/// The logical id in a reference to an attribute: `Queue.Arn` belongs to `Queue`.
fn owner(reference: String) -> String {
    reference.split('.').next().unwrap_or_default().to_owned()
}

/// A value without tags as JSON.
fn plain(value: &Value) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use wire::routes::{ROUTES, Route, SPANNING};

    use super::*;

    fn template() -> Template {
        Template::load().unwrap()
    }

    /// API Gateway knows no verb behind a parameter: the function splits it off. At the end of a path, a parameter may be
    /// told to take several segments; where no path ends with it, the first of those that go on behind it does so for all.
    fn as_gateway(route: &Route) -> String {
        let segments = route.path.split('/').map(|segment| match segment.split_once("}:") {
            Some((parameter, _)) => format!("{parameter}}}"),
            None => segment.to_owned(),
        });
        let Some((head, _)) = route.path.split_once(SPANNING) else { return segments.collect::<Vec<_>>().join("/") };
        let alike = ROUTES.iter().filter(|other| other.method == route.method);
        let first = alike.map(|other| other.path).filter(|path| path.starts_with(&format!("{head}{SPANNING}"))).min();
        match first == Some(route.path) {
            true => format!("{head}{}", SPANNING.replace('}', "+}")),
            false => route.path.to_owned(),
        }
    }

    #[test]
    fn the_template_has_exactly_the_routes_of_the_code() {
        let template = template();
        let code = ROUTES.iter().map(|route| {
            let function = format!("{:?}Function", route.function);
            (route.method.to_string(), as_gateway(route), function, route.minimum_role.is_none())
        });
        let declared = template.routes.iter().filter_map(|route| {
            Some((route.method.clone()?, route.path.clone()?, route.function.clone(), route.anonymous))
        });
        assert_eq!(declared.collect::<BTreeSet<_>>(), code.collect::<BTreeSet<_>>());
        let rest: Vec<_> = template.routes.iter().filter(|route| route.path.is_none()).collect();
        assert_eq!(rest.len(), 1, "one route for everything else");
        assert_eq!((rest[0].function.as_str(), rest[0].anonymous), ("SettingsFunction", true));
    }

    #[test]
    fn the_table_of_the_template_is_that_of_the_embedded_engine() {
        let declared = template().table;
        let embedded = engine::table_definition("any");
        for part in ["BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes"] {
            assert_eq!(declared[part], embedded[part], "{part}");
        }
        assert_eq!(declared["TimeToLiveSpecification"]["AttributeName"], "ttl");
    }

    #[test]
    fn every_queue_with_a_worker_hides_messages_for_six_timeouts_and_gives_up_after_five_tries() {
        let template = template();
        assert_eq!(template.pumps.len(), 7);
        for pump in &template.pumps {
            let queue = &template.queues[&pump.queue];
            let timeout = template.functions[&pump.function].timeout.as_secs();
            assert!(queue.visibility_seconds >= 6 * timeout, "{}", pump.queue);
            assert!(pump.concurrency >= 2, "the default of its parameter");
            let (dead_letters, count) = queue.redrive.clone().unwrap();
            assert_eq!(count, 5);
            assert!(template.queues[&dead_letters].redrive.is_none());
        }
    }

    #[test]
    fn the_authorizer_is_given_every_variable_that_it_reads_and_no_other() {
        let document: Document = serde_yaml_ng::from_str(TEXT).unwrap();
        let authorizer = &document.resources[&template().authorizer].properties;
        let Some(Value::Mapping(given)) = at(authorizer, &["Environment", "Variables"]) else { panic!("no variables") };
        let given: BTreeSet<_> = given.keys().filter_map(Value::as_str).collect();
        assert_eq!(given, authn::settings::VARIABLES.into_iter().collect());
    }

    #[test]
    fn a_rule_of_the_bus_names_events_that_there_are_and_a_queue_with_a_worker() {
        let template = template();
        assert_eq!(template.rules.len(), 2);
        for rule in &template.rules {
            assert!(template.pumps.iter().any(|pump| pump.queue == rule.queue), "{rule:?}");
            for kind in &rule.kinds {
                let schema = format!("{}/../../docs/events/{kind}.schema.json", env!("CARGO_MANIFEST_DIR"));
                assert!(std::path::Path::new(&schema).exists(), "{kind} is no event: {schema}");
            }
        }
    }

    #[test]
    fn one_schedule_ticks_every_minute_and_uploads_are_heard_of() {
        let template = template();
        let tick = Schedule { function: "SchedulesFunction".into(), rhythm: Rhythm::Every(Duration::from_secs(60)) };
        assert_eq!(template.schedules, [tick]);
        assert_eq!(template.uploads_queue, "IngestQueue");
        assert_eq!(template.authorizer, "AuthorizerFunction");
    }

    #[test]
    fn a_schedule_by_the_calendar_is_read_and_one_that_cannot_be_is_told_the_forms() {
        let at = |schedule: &str| {
            Template::parse(&TEXT.replace("Schedule: rate(1 minute)", &format!("Schedule: {schedule}")))
        };
        let known = at("cron(0 8 ? * MON-FRI *)").unwrap();
        assert!(
            matches!(known.schedules.as_slice(), [Schedule { rhythm: Rhythm::At(_), .. }]),
            "{:?}",
            known.schedules
        );
        let refused = at("cron(0 8 * * *)").unwrap_err().to_string();
        assert!(refused.contains("SchedulesFunction.EveryMinute") && refused.contains("rate(1 minute)"), "{refused}");
        assert!(refused.contains("cron(minutes hours day-of-month month day-of-week year)"), "{refused}");
    }
}
