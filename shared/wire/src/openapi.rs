//! The OpenAPI 3.1 document, generated from the route table and the schemas that stand here beside the encoders.
//!
//! The committed copy is `docs/api/openapi.json`. A test fails when it is stale; `UPDATE=1 cargo test -p wire` writes
//! it anew. The tests of the encoders check each sample answer against its schema, so that neither can change alone.

mod awf;
mod campaigns;
mod common;
mod examples;
mod history;
mod inventory;
mod page;
mod policies;
mod recurrence;
mod rules;
pub(crate) mod schema;
mod scim;

use serde_json::{Map, Value, json};

use crate::routes::{Answer, Description, Dialect, Operation, Parameter, ROUTES, Route, describe};

pub use page::page;

/// The whole document. It does not depend on where it is served: the server is the origin it was fetched from.
#[must_use]
pub fn document() -> Value {
    let mut paths = Map::new();
    for route in ROUTES {
        let path = paths.entry(route.path).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(path) = path {
            path.insert(route.method.as_str().to_ascii_lowercase(), operation_object(route));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Access reviews",
            "version": "1.0.0",
            "summary": "Load who has access to what, let people review it, keep the record.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "bearer": [] }],
        "tags": tags(),
        "paths": paths,
        "components": {
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer", "description": "An API key's token" } },
            "schemas": schemas(),
        },
    })
}

/// Every schema of the document by name.
#[must_use]
pub fn schemas() -> Map<String, Value> {
    let all = [
        campaigns::schemas(),
        history::schemas(),
        recurrence::schemas(),
        rules::schemas(),
        policies::schemas(),
        awf::schemas(),
        inventory::schemas(),
        scim::schemas(),
        common::schemas(),
    ]
    .concat();
    let with_example = |(name, mut schema): (&str, Value)| {
        if let (Some(example), Value::Object(schema)) = (examples::example(name), &mut schema) {
            schema.insert("examples".to_owned(), json!([example]));
        }
        (name.to_owned(), schema)
    };
    all.into_iter().map(with_example).collect()
}

/// The tags of the routes in their order, each once.
fn tags() -> Vec<Value> {
    let mut names: Vec<&str> = Vec::new();
    for route in ROUTES {
        if !names.contains(&route.tag) {
            names.push(route.tag);
        }
    }
    names.into_iter().map(|name| json!({ "name": name })).collect()
}

fn operation_object(route: &Route) -> Value {
    let description = describe(route.operation);
    let mut object = Map::new();
    object.insert("operationId".to_owned(), route.operation.name().into());
    object.insert("tags".to_owned(), json!([route.tag]));
    object.insert("summary".to_owned(), route.summary.into());
    match route.minimum_role {
        Some(role) => {
            let text = format!("Least role: {role}.{}", if route.reads { " Auditors may read." } else { "" });
            object.insert("description".to_owned(), text.into());
        }
        None => _ = object.insert("security".to_owned(), json!([])),
    }
    if let Some(role) = route.minimum_role {
        object.insert("x-minimum-role".to_owned(), role.word().into());
    }
    object.insert("x-reads".to_owned(), route.reads.into());
    let parameters = parameters(route, &description);
    if !parameters.is_empty() {
        object.insert("parameters".to_owned(), parameters.into());
    }
    if let Some(body) = description.request {
        let mut content = content(route, body);
        if let (Operation::PutDataSource, Value::Object(content)) = (route.operation, &mut content) {
            // CSV files and pair lists.
            content.insert("text/plain".to_owned(), json!({ "schema": schema::text() }));
        }
        object.insert("requestBody".to_owned(), json!({ "required": body != "UploadInput", "content": content }));
    }
    object.insert("responses".to_owned(), responses(route, &description));
    Value::Object(object)
}

fn content(route: &Route, schema: &str) -> Value {
    json!({ route.dialect.media_type(): { "schema": schema::of(schema) } })
}

/// What clients have to know of ids that other systems choose: the gateway undoes the encoding of a path twice.
const ENCODED_TWICE: &str = "Percent-encoded. One with a percent sign or a question mark is encoded twice (`100%` as `100%2525`), any other may be";

fn parameters(route: &Route, description: &Description) -> Vec<Value> {
    let in_path = route.parameters().into_iter().map(|name| {
        let schema = if name == "setting" { awf::settings::names() } else { schema::text() };
        match name {
            "accountId" => {
                json!({ "name": name, "in": "path", "required": true, "schema": schema, "description": ENCODED_TWICE })
            }
            _ => json!({ "name": name, "in": "path", "required": true, "schema": schema }),
        }
    });
    let in_query = description.query.iter().map(|Parameter { name, required, schema, text }| {
        json!({ "name": name, "in": "query", "required": required, "schema": schema(), "description": text })
    });
    let header = |name: &str, text: &str| json!({ "name": name, "in": "header", "required": false, "schema": { "type": "string" }, "description": text });
    let key = header("Idempotency-Key", "Makes a repeated request harmless for 24 hours");
    let stale = if route.dialect == Dialect::Scim { 412 } else { 409 };
    let version = header("If-Match", &format!("The ETag the caller has seen; a newer version answers {stale}"));
    let headers = [(route.takes_keys(), key), (route.versioned, version)];
    let headers = headers.into_iter().filter_map(|(taken, header)| taken.then_some(header));
    in_path.chain(in_query).chain(headers).collect()
}

fn responses(route: &Route, description: &Description) -> Value {
    let mut responses = Map::new();
    let mut success = Map::new();
    success.insert("description".to_owned(), "Success".into());
    match description.answer {
        Some(Answer::Json(schema)) => _ = success.insert("content".to_owned(), content(route, schema)),
        Some(Answer::Elsewhere) => {
            let address =
                json!({ "description": "Where the file is, for some minutes", "schema": { "type": "string" } });
            success.insert("headers".to_owned(), json!({ "Location": address }));
        }
        Some(Answer::Html) => {
            success.insert("content".to_owned(), json!({ "text/html": { "schema": { "type": "string" } } }));
        }
        None => {}
    }
    responses.insert(description.status.to_string(), Value::Object(success));
    let error = match route.dialect {
        Dialect::Campaigns => "Error",
        Dialect::Awf => "AwfError",
        Dialect::Scim => "ScimError",
    };
    for (status, text) in failures(route, description) {
        responses.insert(status.to_owned(), json!({ "description": text, "content": content(route, error) }));
    }
    Value::Object(responses)
}

/// Whether a route is for something that must be there.
fn finds(route: &Route) -> bool {
    match route.operation {
        // What is not there yet is made under the id that the path names.
        Operation::PutDataSource | Operation::CreateUpload => false,
        // These name it in their query or body.
        Operation::UpdateWorkflow
        | Operation::ListCertifications
        | Operation::CreateCertification
        | Operation::UpdateCertification
        | Operation::CreateSmartAction
        | Operation::UpdateSmartAction
        | Operation::CreateQuickFilter
        | Operation::ReplaceAutomation
        | Operation::AttachAutomations
        | Operation::DetachAutomations
        | Operation::TestAutomation
        | Operation::CreateExport
        | Operation::CreateHelpPage
        | Operation::PutHelpPage
        | Operation::GetAccessGraph
        | Operation::ReadHelpPage => true,
        _ => !route.parameters().is_empty(),
    }
}

/// The statuses of failure that a route may answer, and when.
fn failures(route: &Route, description: &Description) -> Vec<(&'static str, &'static str)> {
    let names = !route.parameters().is_empty() || !description.query.is_empty();
    let takes = description.request.is_some();
    let signed_in = route.minimum_role.is_some();
    [
        (names || takes || route.takes_keys(), "400", "The request has invalid fields; all of them are listed"),
        (signed_in, "401", "No valid token"),
        (signed_in, "403", "The caller may not do this"),
        (finds(route), "404", "There is no such thing, or none for the caller"),
        (
            route.takes_keys() || matches!(route.operation, Operation::ListRunHistory | Operation::DownloadExport),
            "409",
            "The state forbids it, or the version is stale",
        ),
        (route.versioned && route.dialect == Dialect::Scim, "412", "The version in If-Match is stale"),
        (takes, "413", "The body is larger than 4 MB"),
        (route.takes_keys(), "422", "The idempotency key came with another request before"),
        (signed_in, "503", "Busy or restarting: the same request may be sent again"),
    ]
    .into_iter()
    .filter_map(|(may, status, text)| may.then_some((status, text)))
    .collect()
}

#[cfg(test)]
pub(crate) mod check;
#[cfg(test)]
mod tests;
