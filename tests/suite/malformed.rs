//! Malformed input to every operation that takes any, made from the published interface description: refused as the
//! client's fault, with the place of the fault, and never by an error of the server.

use std::collections::BTreeSet;

use blackbox::Answer;
use blackbox::contract::{Operation, published};
use serde_json::{Map, Value, json};

use crate::world::{World, administrator};

/// An id that nothing has.
const NOBODY: &str = "0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b";

/// A word that no vocabulary has.
const NO_WORD: &str = "NO_SUCH_WORD";

/// Things that exist, so that no request is refused for what its path names.
struct Scene {
    campaign: String,
    certification: String,
    account: String,
    source: String,
    rule: String,
    provider: String,
    provider_source: String,
    user: String,
    group: String,
}

impl Scene {
    fn new() -> Self {
        let world = World::new(3);
        let (certification, _) = world.certification();
        let campaign = world.active();
        let make = |path: &str, body: Value, id: &str| {
            let made = administrator().sweeping().post(path, body);
            made.body.pointer(id).and_then(Value::as_str).unwrap_or_else(|| panic!("{path}: {}", made.text)).to_owned()
        };
        let word = world.word.as_str();
        let condition = "account.privileged = true";
        let rule = json!({ "name": word, "type": "account", "condition": condition, "decision": "flag_for_review" });
        let rule = make("/api/v1/campaign-rules", rule, "/id");
        let assigned = administrator().sweeping();
        let _ =
            assigned.post(&format!("/api/v1/campaigns/{campaign}/rules"), json!({ "rule_ids": [rule] })).expect(200);
        let provider = json!({ "name": word, "custom_template": "application" });
        let provider = make("/api/v1/providers/custom", provider, "/value/id");
        let sources = format!("/api/v1/providers/custom/{provider}/datasources");
        let provider_source = make(&sources, json!({ "name": word }), "/value/id");
        let user = make("/scim/v2/Users", json!({ "userName": format!("{word}@corp.example") }), "/id");
        let group = make("/scim/v2/Groups", json!({ "displayName": word }), "/id");
        let (account, source) = (world.accounts[0].clone(), world.source);
        Self { campaign, certification, account, source, rule, provider, provider_source, user, group }
    }

    /// The path of an operation with its parameters filled in.
    fn path(&self, operation: &Operation) -> String {
        let of = |folder: &str| operation.path.starts_with(folder);
        let fill = |name: &str| match name {
            "id" | "templateId" if of("/api/v1/campaigns/") => self.campaign.as_str(),
            "id" | "ruleId" if of("/api/v1/campaign") => &self.rule,
            "id" if of("/scim/v2/Users") => &self.user,
            "id" if of("/scim/v2/Groups") => &self.group,
            "certification_id" => &self.certification,
            "accountId" => &self.account,
            "datasource_id" => &self.source,
            "provider_id" => &self.provider,
            "data_source_id" => &self.provider_source,
            _ => NOBODY,
        };
        let parts = operation.path.split('{').enumerate().map(|(n, part)| match part.split_once('}') {
            Some((name, rest)) if n > 0 => format!("{}{rest}", fill(name)),
            _ => part.to_owned(),
        });
        parts.collect()
    }

    fn send(&self, operation: &Operation, body: Vec<u8>) -> Answer {
        administrator().sweeping().send(&operation.method, &self.path(operation), Some(body))
    }
}

/// The operations that take a JSON body, with its schema. Settings are apart: each has a body of its own.
fn with_bodies() -> Vec<(&'static Operation, &'static Value)> {
    let all = published().operations().iter().filter(|operation| operation.described["operationId"] != "PutSetting");
    let schema = |operation: &'static Operation| {
        let content = operation.described["requestBody"]["content"].as_object()?;
        content.iter().find(|(name, _)| name.ends_with("json")).map(|(_, media)| &media["schema"])
    };
    let found: Vec<_> = all.filter_map(|operation| Some((operation, schema(operation)?))).collect();
    assert!(found.len() > 40, "{} operations take a body", found.len());
    found
}

/// The schema itself, behind references; of several choices, the first object.
fn plain(schema: &'static Value) -> &'static Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return plain(published().schema(reference).expect("a schema of the document"));
    }
    let choices = schema["oneOf"].as_array().or(schema["anyOf"].as_array());
    match choices {
        Some(choices) => choices.iter().map(plain).find(|choice| choice["properties"].is_object()).unwrap_or(schema),
        None => schema,
    }
}

/// The JSON types that a schema allows, in any of its choices; none when it allows all.
fn types(schema: &Value) -> BTreeSet<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return types(published().schema(reference).expect("a schema of the document"));
    }
    if let Some(choices) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        return choices.iter().flat_map(types).collect();
    }
    match &schema["type"] {
        Value::String(name) => BTreeSet::from([name.clone()]),
        Value::Array(names) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => BTreeSet::new(),
    }
}

/// How a field is made wrong.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    /// Something of another JSON type, in every field that holds no others.
    Leaf,
    /// Something of another JSON type instead of objects and lists.
    Container,
    /// A word that is none, where only some are.
    Word,
}

/// A body with a fault in every field, and the places of the faults.
fn faulty(schema: &'static Value, fault: Fault, place: &str, places: &mut Vec<String>) -> Option<Value> {
    let allowed = types(schema);
    let schema = plain(schema);
    let fields = schema["properties"].as_object();
    if let Some(fields) = fields.filter(|_| place.is_empty() || fault != Fault::Container || place == "value") {
        let mut body = Map::new();
        for (name, field) in fields {
            let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
            body.extend(faulty(field, fault, &place, places).map(|value| (name.clone(), value)));
        }
        return (!body.is_empty()).then_some(Value::Object(body));
    }
    let is_list = allowed.contains("array") && schema["items"].is_object();
    if is_list && fault != Fault::Container {
        let item = faulty(&schema["items"], fault, &format!("{place}[0]"), places);
        return item.map(|item| json!([item]));
    }
    let value = match fault {
        Fault::Leaf => {
            let others = [("object", json!({ "wrong": true })), ("array", json!([[]])), ("integer", json!(7))];
            let other = others.into_iter().find(|(name, _)| !allowed.is_empty() && !allowed.contains(*name));
            other.map(|(_, value)| value)
        }
        Fault::Container => (fields.is_some() || is_list).then(|| json!(7)),
        Fault::Word => {
            let either = allowed.contains("string") && (allowed.contains("integer") || allowed.contains("boolean"));
            let known = schema["enum"].as_array().is_some_and(|words| words.iter().any(Value::is_string));
            (either || known).then(|| json!(NO_WORD))
        }
    }?;
    places.push(place.to_owned());
    Some(value)
}

/// The places that an error names.
fn named(answer: &Answer) -> BTreeSet<String> {
    let campaigns = answer.body["error"]["details"].as_array().into_iter().flatten();
    let awf = answer.body["details"].as_array().into_iter().flatten();
    let awf = awf.flat_map(|detail| detail["field_violations"].as_array().into_iter().flatten());
    campaigns.chain(awf).filter_map(|fault| fault["field"].as_str()).map(str::to_owned).collect()
}

/// What an answer to faults at these places lacks: it is 400 and names each, or what holds it.
fn lacks(answer: &Answer, places: &[String]) -> Vec<String> {
    if answer.status != 400 {
        return vec![format!("{} answered {} {}", answer.request, answer.status, answer.text)];
    }
    if answer.request.contains("/scim/v2") {
        // Provisioning tells one fault in words.
        return Vec::new();
    }
    let named = named(answer);
    let missed = places.iter().filter(|place| !named.contains(*place));
    missed.map(|place| format!("{} does not name {place}: {named:?}", answer.request)).collect()
}

fn every_body_with(fault: Fault) {
    let scene = Scene::new();
    let mut found = Vec::new();
    for (operation, schema) in with_bodies() {
        let mut places = Vec::new();
        let Some(body) = faulty(schema, fault, "", &mut places) else { continue };
        found.extend(lacks(&scene.send(operation, body.to_string().into_bytes()), &places));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_field_of_another_type_is_named_wherever_it_stands() {
    every_body_with(Fault::Leaf);
}

#[test]
fn a_value_that_is_no_object_or_list_is_named() {
    every_body_with(Fault::Container);
}

#[test]
fn a_word_that_is_none_is_named() {
    every_body_with(Fault::Word);
}

#[test]
fn what_is_no_json_object_is_refused_by_every_operation() {
    let scene = Scene::new();
    let mut found = Vec::new();
    for (operation, schema) in with_bodies() {
        let field = plain(schema)["properties"].as_object().and_then(|fields| fields.keys().next()).expect("a field");
        let deep = format!("{{\"{field}\":{}{}}}", "[".repeat(200), "]".repeat(200));
        for text in ["{\"value\":", "[]", "\"text\"", "\u{feff}{}", &deep] {
            let answer = scene.send(operation, text.as_bytes().to_vec());
            let short: String = text.chars().take(12).collect();
            if answer.status != 400 {
                found.push(format!("{short}: {} answered {} {}", answer.request, answer.status, answer.text));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn an_empty_object_is_an_error_of_the_server_nowhere() {
    let scene = Scene::new();
    for (operation, _) in with_bodies() {
        let answer = scene.send(operation, b"{}".to_vec());
        assert!(answer.status < 500, "{} answered {} {}", answer.request, answer.status, answer.text);
    }
}

#[test]
fn a_body_over_the_limit_is_refused_by_every_operation() {
    let scene = Scene::new();
    let big = format!("{{\"name\":\"{}\"}}", "x".repeat(4 * 1024 * 1024 + 1)).into_bytes();
    let mut statuses = Vec::new();
    for (operation, _) in with_bodies() {
        let answer = scene.send(operation, big.clone());
        statuses.extend((answer.status != 413).then(|| format!("{} answered {}", answer.request, answer.status)));
    }
    assert!(statuses.is_empty(), "{}", statuses.join("\n"));
}

#[test]
fn a_setting_that_cannot_be_is_named() {
    let operations = published().operations().iter();
    let put = operations.clone().find(|operation| operation.described["operationId"] == "PutSetting").expect("a route");
    let parameters = put.described["parameters"].as_array().into_iter().flatten();
    let settings = parameters.clone().find(|parameter| parameter["name"] == "setting").expect("a parameter");
    let mut found = Vec::new();
    for setting in settings["schema"]["enum"].as_array().expect("names of settings") {
        let path = put.path.replace("{setting}", setting.as_str().expect("a name"));
        let held = administrator().sweeping().get(&path).expect(200).body["value"].clone();
        let tries: Vec<(Value, String)> = match &held {
            Value::Object(fields) => {
                let spoilt = fields.keys().map(|name| {
                    let mut value = held.clone();
                    value[name] = if fields[name].is_object() { json!(7) } else { json!({ "wrong": true }) };
                    (value, format!("value.{name}"))
                });
                spoilt.chain([(json!(["wrong"]), "value".to_owned())]).collect()
            }
            _ => vec![(json!(NO_WORD), "value".to_owned()), (json!(["wrong"]), "value".to_owned())],
        };
        for (value, place) in tries {
            let answer = administrator().sweeping().put(&path, json!({ "value": value }));
            found.extend(lacks(&answer, &[place]));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_query_parameter_that_cannot_be_is_named() {
    let scene = Scene::new();
    let mut found = Vec::new();
    for operation in published().operations() {
        let parameters = operation.described["parameters"].as_array().into_iter().flatten();
        let (needed, others): (Vec<_>, Vec<_>) = parameters
            .filter(|parameter| parameter["in"] == "query")
            .partition(|parameter| parameter["required"] == true);
        let needed: String = needed
            .iter()
            .map(|parameter| format!("{}={}&", parameter["name"].as_str().expect("a name"), scene.certification))
            .collect();
        for parameter in others {
            let (name, schema) = (parameter["name"].as_str().expect("a name"), &parameter["schema"]);
            let typed = ["integer", "number", "boolean"].iter().any(|name| schema["type"] == **name);
            if !typed && !schema["enum"].is_array() && schema["format"] != "date-time" {
                continue;
            }
            let path = format!("{}?{needed}{name}={NO_WORD}", scene.path(operation));
            let body = operation.described["requestBody"].is_object().then(|| b"{}".to_vec());
            let answer = administrator().sweeping().send(&operation.method, &path, body);
            found.extend(lacks(&answer, &[name.to_owned()]));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
