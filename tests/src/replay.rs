//! Documented conversations with the API: requests sent as they are written, answers held against the documented ones.
//!
//! A conversation is a JSON file (`tests/samples`) with `about`, `names` and `steps`. `names` are ids and e-mail addresses
//! that get a word of their own for every replay, wherever they stand, so that replays never meet. A step has:
//!
//! | field | meaning |
//! | --- | --- |
//! | `say` | what the step is about, for messages |
//! | `as` | a role, the e-mail address of a reviewer, or a token; `administrator` when absent |
//! | `send`, `body` | method and path, and the JSON that is sent |
//! | `status` | the status that is expected; 200 when absent |
//! | `until` | JSON pointer to value: a `GET` is repeated until all of them hold |
//! | `answer` | the documented answer: what comes back has all its fields, of the same JSON types, with the same values |
//! | `free` | fields whose values depend on time, chance or what else the stack holds: only their types count, with all in them |
//! | `some` | lists that hold at least the documented elements |
//! | `exact` | true when the answer has no other fields than the documented ones |
//! | `learn` | documented id to the JSON pointer of the real one, which stands for it from then on |
//!
//! `free` and `some` name a field by the end of its path: `id`, or `destination/id`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{Answer, Persona, Target, unique};

/// Replays a conversation.
///
/// # Panics
/// When a step answers another status, or an answer differs from the documented one: with all differences.
#[expect(clippy::panic, reason = "a test client fails the test")]
pub fn replay(target: &Target, conversation: &str) {
    let script: Value = serde_json::from_str(conversation).unwrap_or_else(|error| panic!("not JSON: {error}"));
    let mut stage = Stage::new(target, &script);
    let mut found = Vec::new();
    for step in elements(&script, "steps") {
        let step = stage.names.real(step);
        let say = text(&step, "say");
        let answer = stage.carry_out(&step);
        let status = step.get("status").and_then(Value::as_u64).unwrap_or(200);
        if u64::from(answer.status) != status {
            found.push(format!("{say}: {} answered {} {}", answer.request, answer.status, answer.text));
            break;
        }
        if let Some(sample) = step.get("answer") {
            let rules = Rules::of(&step);
            let mut differences = Vec::new();
            rules.compare(sample, &answer.body, "", false, &mut differences);
            found.extend(differences.into_iter().map(|difference| format!("{say}: {difference}")));
        }
        stage.learn(&step, &answer);
    }
    assert!(found.is_empty(), "{}:\n{}", text(&script, "about"), found.join("\n"));
}

/// Who speaks to whom, and what things are called this time.
struct Stage<'a> {
    target: &'a Target,
    names: Names,
    reviewers: BTreeMap<String, Persona>,
}

impl<'a> Stage<'a> {
    fn new(target: &'a Target, script: &Value) -> Self {
        let word = unique("s");
        let called = |name: &str| match name.split_once('@') {
            Some((local, domain)) => format!("{local}.{word}@{domain}"),
            None => format!("{name}-{word}"),
        };
        let names = elements(script, "names").iter().filter_map(Value::as_str);
        let names = names.map(|name| (name.to_owned(), Value::String(called(name)))).collect();
        Self { target, names: Names(names), reviewers: BTreeMap::new() }
    }

    fn carry_out(&mut self, step: &Value) -> Answer {
        let (method, path) = text(step, "send").split_once(' ').unwrap_or_default();
        let who = self.speaker(step.get("as").and_then(Value::as_str).unwrap_or("administrator"));
        match step.get("until").and_then(Value::as_object) {
            Some(goals) => {
                let reached = |body: &Value| goals.iter().all(|(pointer, value)| body.pointer(pointer) == Some(value));
                let _ = who.until(path, reached);
                who.get(path)
            }
            None => who.send(method, path, step.get("body").map(|body| body.to_string().into_bytes())),
        }
    }

    fn speaker(&mut self, name: &str) -> Persona {
        if !name.contains('@') {
            let known = self.target.tokens.contains_key(name);
            return if known { self.target.persona(name) } else { self.target.with_token(name) };
        }
        let target = self.target;
        let hired = self.reviewers.entry(name.to_owned()).or_insert_with(|| {
            let key = serde_json::json!({ "name": "replay", "role": "reviewer", "user": name });
            target.with_token(target.persona("administrator").post("/api/v1/api-keys", key).expect(201).str("/token"))
        });
        hired.clone()
    }

    #[expect(clippy::panic, reason = "a test client fails the test")]
    fn learn(&mut self, step: &Value, answer: &Answer) {
        for (name, pointer) in step.get("learn").and_then(Value::as_object).into_iter().flatten() {
            let found = pointer.as_str().and_then(|pointer| answer.body.pointer(pointer));
            let found = found.unwrap_or_else(|| panic!("{}: nothing at {pointer} in {}", answer.request, answer.text));
            self.names.0.push((name.clone(), found.clone()));
        }
    }
}

/// Documented names and the real ones.
struct Names(Vec<(String, Value)>);

impl Names {
    /// The value with every documented name in it replaced.
    fn real(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => match self.0.iter().find(|(name, _)| name == text) {
                Some((_, whole)) => whole.clone(),
                None => Value::String(self.within(text)),
            },
            Value::Array(items) => items.iter().map(|item| self.real(item)).collect(),
            // What is learnt is said by its documented name.
            Value::Object(fields) => {
                let real = |name: &String, field| if name == "learn" { Value::clone(field) } else { self.real(field) };
                fields.iter().map(|(name, field)| (name.clone(), real(name, field))).collect()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    /// A text with documented names in it, the longest first: one may begin like another.
    fn within(&self, text: &str) -> String {
        let mut names: Vec<_> = self.0.iter().collect();
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        let mut text = text.to_owned();
        for (n, (name, _)) in names.iter().enumerate() {
            text = text.replace(name.as_str(), &format!("\u{0}{n}\u{0}"));
        }
        for (n, (_, value)) in names.iter().enumerate() {
            let real = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            text = text.replace(&format!("\u{0}{n}\u{0}"), &real);
        }
        text
    }
}

/// How an answer is held against the documented one.
struct Rules {
    free: Vec<String>,
    some: Vec<String>,
    exact: bool,
}

impl Rules {
    fn of(step: &Value) -> Self {
        let names = |field| elements(step, field).iter().filter_map(Value::as_str).map(str::to_owned).collect();
        Self { free: names("free"), some: names("some"), exact: step.get("exact") == Some(&Value::Bool(true)) }
    }

    fn compare(&self, sample: &Value, actual: &Value, path: &str, free: bool, found: &mut Vec<String>) {
        let free = free || ends_with_any(path, &self.free);
        match (sample, actual) {
            (Value::Null, _) if free => {}
            (Value::Object(sample), Value::Object(actual)) => {
                for (name, sample) in sample {
                    match actual.get(name) {
                        Some(actual) => self.compare(sample, actual, &format!("{path}/{name}"), free, found),
                        None => found.push(format!("{path}/{name} is missing")),
                    }
                }
                let more = actual.keys().filter(|name| self.exact && !sample.contains_key(*name));
                found.extend(more.map(|name| format!("{path}/{name} is not documented")));
            }
            (Value::Array(sample), Value::Array(actual)) => self.compare_lists(sample, actual, path, free, found),
            _ if free && kind(sample) == kind(actual) => {}
            _ if free => found.push(format!("{path} is {actual}, of another kind than {sample}")),
            _ if sample == actual => {}
            _ => found.push(format!("{path} is {actual}, documented is {sample}")),
        }
    }

    fn compare_lists(&self, sample: &[Value], actual: &[Value], path: &str, free: bool, found: &mut Vec<String>) {
        let differences = |sample: &Value, actual: &Value, n: usize| {
            let mut inner = Vec::new();
            self.compare(sample, actual, &format!("{path}/{n}"), free, &mut inner);
            inner
        };
        if ends_with_any(path, &self.some) {
            for sample in sample {
                let tries: Vec<_> =
                    actual.iter().enumerate().map(|(n, actual)| differences(sample, actual, n)).collect();
                // The nearest miss says the most.
                match tries.into_iter().min_by_key(Vec::len) {
                    Some(nearest) => found.extend(nearest),
                    None => found.push(format!("{path} is empty")),
                }
            }
        } else if free {
            match sample.first() {
                Some(_) if actual.is_empty() => found.push(format!("{path} is empty")),
                Some(sample) => {
                    found.extend(actual.iter().enumerate().flat_map(|(n, actual)| differences(sample, actual, n)))
                }
                None => {}
            }
        } else if sample.len() == actual.len() {
            let pairs = sample.iter().zip(actual).enumerate();
            found.extend(pairs.flat_map(|(n, (sample, actual))| differences(sample, actual, n)));
        } else {
            found.push(format!("{path} has {} elements, documented are {}: {actual:?}", actual.len(), sample.len()));
        }
    }
}

/// What a value is, as far as it is documented by a sample.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Null,
    Bool,
    Integer,
    Fraction,
    Text,
    Time,
    Uuid,
    List,
    Object,
}

fn kind(value: &Value) -> Kind {
    match value {
        Value::Null => Kind::Null,
        Value::Bool(_) => Kind::Bool,
        Value::Number(number) if number.is_f64() => Kind::Fraction,
        Value::Number(_) => Kind::Integer,
        Value::String(text) if text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok() => Kind::Time,
        Value::String(text) if uuid::Uuid::try_parse(text).is_ok() => Kind::Uuid,
        Value::String(_) => Kind::Text,
        Value::Array(_) => Kind::List,
        Value::Object(_) => Kind::Object,
    }
}

fn ends_with_any(path: &str, names: &[String]) -> bool {
    names.iter().any(|name| path.strip_suffix(name.as_str()).is_some_and(|rest| rest.ends_with('/')))
}

fn elements<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn differences(rules: &Value, sample: &Value, actual: &Value) -> Vec<String> {
        let mut found = Vec::new();
        Rules::of(rules).compare(sample, actual, "", false, &mut found);
        found
    }

    #[test]
    fn an_answer_has_all_documented_fields_with_their_values() {
        let sample = json!({ "a": 1, "b": { "c": ["x"] } });
        assert!(differences(&json!({}), &sample, &json!({ "a": 1, "b": { "c": ["x"], "more": 1 } })).is_empty());
        assert_eq!(differences(&json!({}), &sample, &json!({ "a": 2 })), ["/a is 2, documented is 1", "/b is missing"]);
        assert_eq!(differences(&json!({}), &sample, &json!({ "a": 1, "b": { "c": [] } })).len(), 1);
        assert_eq!(differences(&json!({}), &json!({ "a": 1 }), &json!({ "a": 1.0 })).len(), 1);
        assert_eq!(differences(&json!({ "exact": true }), &json!({}), &json!({ "a": 1 })), ["/a is not documented"]);
    }

    #[test]
    fn free_fields_keep_their_types_with_all_in_them() {
        let rules = json!({ "free": ["at", "b/id"] });
        let sample = json!({ "at": "2026-01-01T00:00:00Z", "b": { "id": [{ "n": 1 }] }, "id": 1 });
        let mut actual = json!({ "at": "2027-01-01T00:00:00.5Z", "b": { "id": [{ "n": 5 }, { "n": 6 }] }, "id": 1 });
        assert!(differences(&rules, &sample, &actual).is_empty());
        actual["b"]["id"][1] = json!({ "n": "6" });
        assert_eq!(differences(&rules, &sample, &actual).len(), 1);
        actual["b"]["id"] = json!([]);
        actual["at"] = json!("soon");
        actual["id"] = json!(2);
        assert_eq!(differences(&rules, &sample, &actual).len(), 3);
        actual["at"] = Value::Null;
        assert_eq!(differences(&rules, &sample, &actual).len(), 3, "a documented value is never null");
    }

    #[test]
    fn a_list_of_some_holds_at_least_the_documented_elements() {
        let rules = json!({ "some": ["list"] });
        let sample = json!({ "list": [{ "a": 1 }] });
        assert!(differences(&rules, &sample, &json!({ "list": [{ "a": 2 }, { "a": 1, "b": 1 }] })).is_empty());
        assert_eq!(differences(&rules, &sample, &json!({ "list": [{ "a": 2 }] })).len(), 1);
        assert_eq!(differences(&rules, &sample, &json!({ "list": [] })), ["/list is empty"]);
    }

    #[test]
    fn names_are_replaced_wherever_they_stand_the_longest_first() {
        let names = Names(vec![("app".to_owned(), json!("app-x")), ("app-2".to_owned(), json!(7))]);
        let told = json!({ "send": "GET /app-2/app", "body": ["app-2", "app", "an app"], "learn": { "app": "/app" } });
        let real = json!({ "send": "GET /7/app-x", "body": [7, "app-x", "an app-x"], "learn": { "app": "/app" } });
        assert_eq!(names.real(&told), real);
    }
}
