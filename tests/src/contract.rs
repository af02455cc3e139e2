//! The published interface description (`docs/api/openapi.json`), as the client of the suite holds every exchange against
//! it: an answer has a documented status, and a body of the documented type with no field that is not documented; what was
//! accepted is what the document allows.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::Answer;
use crate::schema::Checker;

/// What the product says of itself, in the copy that is committed.
static DOCUMENT: LazyLock<Contract> = LazyLock::new(|| {
    let document = serde_json::from_str(include_str!("../../docs/api/openapi.json"));
    Contract::new(document.unwrap_or_default())
});

/// The parameter whose value may hold slashes, and so be several segments.
const SPANNING: &str = "accountId";

/// The published description.
pub fn published() -> &'static Contract {
    &DOCUMENT
}

/// A description, operation by operation.
pub struct Contract {
    operations: Vec<Operation>,
    components: Value,
}

/// One operation.
pub struct Operation {
    /// HTTP method.
    pub method: String,
    /// Path template.
    pub path: String,
    /// What is said of it.
    pub described: Value,
}

impl Contract {
    fn new(document: Value) -> Self {
        let mut operations = Vec::new();
        for (path, methods) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
            for (method, described) in methods.as_object().into_iter().flatten() {
                let (method, path, described) = (method.to_uppercase(), path.clone(), described.clone());
                operations.push(Operation { method, path, described });
            }
        }
        Self { operations, components: document.get("components").cloned().unwrap_or_default() }
    }

    /// Every operation.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// A schema of the document by its name.
    #[must_use]
    pub fn schema(&self, reference: &str) -> Option<&Value> {
        self.components.pointer(reference.strip_prefix("#/components")?)
    }

    /// The operation that a request is for; none for paths that are not described.
    #[must_use]
    pub fn operation(&self, method: &str, path: &str) -> Option<&Operation> {
        let path = path.split('?').next().unwrap_or(path);
        let segments: Vec<String> = path.split('/').map(|segment| segment.replace("%3A", ":")).collect();
        let fitting = self.operations.iter().filter(|operation| operation.method == method);
        let fitting = fitting.filter_map(|operation| Some((literals(&operation.path, &segments)?, operation)));
        // A literal wins over a parameter.
        fitting.max_by_key(|(literals, _)| *literals).map(|(_, operation)| operation)
    }

    /// What an exchange has that the document does not: empty when all is as documented.
    #[must_use]
    pub fn differences(&self, operation: &Operation, sent: &[u8], answer: &Answer) -> Vec<String> {
        if by_the_gateway(answer) {
            return Vec::new();
        }
        let Some(documented) = operation.described.pointer(&format!("/responses/{}", answer.status)) else {
            return vec![format!("the status {} is not documented", answer.status)];
        };
        let mut found = self.of_answer(documented, answer);
        if (200..300).contains(&answer.status) {
            found.extend(self.of_request(operation.described.get("requestBody").unwrap_or(&Value::Null), sent));
        }
        found
    }

    fn of_answer(&self, documented: &Value, answer: &Answer) -> Vec<String> {
        let Some(content) = documented["content"].as_object() else {
            return if answer.bytes.is_empty() { Vec::new() } else { vec!["a body is not documented".to_owned()] };
        };
        let told = answer.headers.get("content-type").map(String::as_str).unwrap_or_default();
        let told = told.split(';').next().unwrap_or_default();
        match content.get(told) {
            None => vec![format!("the type {told:?} is not documented")],
            Some(media) if told.ends_with("json") => self.violations(&media["schema"], &answer.body, true),
            Some(_) => Vec::new(),
        }
    }

    fn of_request(&self, documented: &Value, sent: &[u8]) -> Vec<String> {
        let Some(content) = documented["content"].as_object() else { return Vec::new() };
        let Some(media) = content.iter().find(|(name, _)| name.ends_with("json")).map(|(_, media)| media) else {
            return Vec::new();
        };
        // Files, and bodies that may be left out, are none.
        let Ok(body) = serde_json::from_slice::<Value>(sent) else { return Vec::new() };
        let found = self.violations(&media["schema"], &body, false);
        // What is documented in an envelope may come without one, and the other way round.
        let others = [body.get("value").cloned(), Some(json!({ "value": body }))];
        let fits = |other: Value| self.violations(&media["schema"], &other, false).is_empty();
        if others.into_iter().flatten().any(fits) { Vec::new() } else { found }
    }

    /// What a value violates of a schema of the document; with `strict`, fields that are not documented as well.
    fn violations(&self, schema: &Value, value: &Value, strict: bool) -> Vec<String> {
        Checker { components: &self.components, strict }.violations(schema, value)
    }
}

/// Whether no function answered, but the gateway for one that failed or was not there: in words of its own.
fn by_the_gateway(answer: &Answer) -> bool {
    let only_message = |fields: &serde_json::Map<String, Value>| fields.len() == 1 && fields.contains_key("message");
    answer.status >= 500 && answer.body.as_object().is_some_and(only_message)
}

/// How many segments of a template are literal, or end so; none when the path is of another template.
fn literals(template: &str, segments: &[String]) -> Option<usize> {
    fits(&template.split('/').collect::<Vec<_>>(), segments)
}

fn fits(template: &[&str], segments: &[String]) -> Option<usize> {
    let (Some((first, rest)), Some((segment, others))) = (template.split_first(), segments.split_first()) else {
        return (template.is_empty() && segments.is_empty()).then_some(0);
    };
    match first.strip_prefix('{').and_then(|open| open.split_once('}')) {
        None => fits(rest, others).filter(|_| first == segment).map(|more| more + 1),
        Some((name, verb)) => {
            let takes = segment.strip_suffix(verb).is_some_and(|value| !value.is_empty());
            let here = fits(rest, others).filter(|_| takes).map(|more| more + usize::from(!verb.is_empty()));
            here.or_else(|| if name == SPANNING { fits(template, others) } else { None })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn path(method: &str, path: &str) -> String {
        published().operation(method, path).unwrap().path.clone()
    }

    #[test]
    fn requests_find_their_operation_and_literals_win_over_parameters() {
        assert_eq!(path("GET", "/api/v1/campaigns/query/fields"), "/api/v1/campaigns/query/fields");
        assert_eq!(path("GET", "/api/v1/campaigns/x?limit=1"), "/api/v1/campaigns/{id}");
        let spanning = path("POST", "/api/v1/campaigns/x/approvals/arn:aws:iam::1:user/ann");
        assert_eq!(spanning, "/api/v1/campaigns/{id}/approvals/{accountId}");
        let undone = path("POST", "/api/v1/campaigns/x/approvals/a/b/undo");
        assert_eq!(undone, "/api/v1/campaigns/{id}/approvals/{accountId}/undo");
        let certification = "/api/preview/awf/certifications/{certification_id}";
        assert_eq!(path("POST", "/api/preview/awf/certifications/x%3Acomplete"), format!("{certification}:complete"));
        assert_eq!(path("GET", "/api/preview/awf/certifications/x"), certification);
        assert!(published().operation("GET", "/nowhere").is_none());
        assert!(published().operation("DELETE", "/health").is_none());
    }

    #[test]
    fn what_is_not_documented_is_a_difference() {
        let document = json!({
            "paths": { "/things": { "get": { "responses": { "200": { "content": { "application/json": {
                "schema": { "$ref": "#/components/schemas/Thing" } } } } } } } },
            "components": { "schemas": { "Thing": {
                "type": "object", "required": ["at"], "properties": { "at": { "type": "string", "format": "date-time" } } } } },
        });
        let contract = Contract::new(document);
        let differences = |status: u16, kind: &str, body: Value| {
            let answer = Answer {
                status,
                headers: BTreeMap::from([("content-type".to_owned(), kind.to_owned())]),
                text: body.to_string(),
                bytes: body.to_string().into_bytes(),
                body,
                request: String::new(),
            };
            contract
                .operation("GET", "/things")
                .map_or(9, |operation| contract.differences(operation, b"", &answer).len())
        };
        let fine = json!({ "at": "2026-01-01T00:00:00Z" });
        assert_eq!(differences(200, "application/json", fine.clone()), 0);
        assert_eq!(differences(404, "application/json", fine.clone()), 1);
        assert_eq!(differences(500, "application/json", json!({ "message": "Internal Server Error" })), 0);
        assert_eq!(differences(500, "application/json", json!({ "error": {} })), 1);
        assert_eq!(differences(200, "text/html", fine), 1);
        assert_eq!(differences(200, "application/json", json!({ "at": "soon" })), 1);
        assert_eq!(differences(200, "application/json", json!({})), 1);
        assert_eq!(differences(200, "application/json", json!({ "at": "2026-01-01T00:00:00Z", "more": 1 })), 1);
    }
}
