//! Directories as identity providers keep them, on the whole backend.

mod changing;
mod crash;
mod finding;
mod following;

use domain::refusal::Refusal;
use engine::{Crash, simulate};
use serde_json::{Value, json};

use super::find::{Found, ListInput};
use super::*;
use crate::loading::jobs::sweep;
use crate::loading::sources::{snapshot, source};
use crate::testing::stand::Stand;

fn object(body: Value) -> Map<String, Value> {
    let Value::Object(body) = body else { panic!("{body}") };
    body
}

async fn made(stand: &Stand, kind: ResourceKind, body: Value) -> ResourceView {
    change::create(&stand.deps, &stand.call(), kind, &object(body)).await.unwrap()
}

async fn user(stand: &Stand, name: &str) -> String {
    made(stand, ResourceKind::User, json!({ "userName": name, "active": true })).await.id.to_string()
}

async fn patched(stand: &Stand, kind: ResourceKind, id: &str, operations: Value) -> Result<ResourceView, Error> {
    change::patch(&stand.deps, &stand.call(), kind, id, &object(json!({ "Operations": operations }))).await
}

async fn listed(stand: &Stand, kind: ResourceKind, filter: Option<&str>, start: u32, count: u32) -> Found {
    let input = ListInput { filter: filter.map(str::to_owned), start, count, with_groups: true };
    find::list(&stand.deps, &stand.call(), kind, &input).await.unwrap()
}

fn ids(found: &Found) -> Vec<String> {
    found.resources.iter().map(|view| view.id.to_string()).collect()
}

fn word(error: &Error) -> &str {
    match error {
        Error::Invalid(faults) => &faults[0].field,
        other => panic!("{other:?}"),
    }
}
