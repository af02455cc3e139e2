//! What functions beside the reviews themselves are given while the log is caught: people by provisioning, receivers, rules,
//! automations, stand-ins, files.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use jiff::SignedDuration;
use local::template::Template;
use local::{Algorithm, Role, Stack};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use wire::routes::ROUTES;

use crate::canaries::{EMAIL, HOOK, NAME, NOTE, PASSWORD, SEARCH, SECRET, TITLE};
use crate::client::Client;

const ADMINISTRATOR: &str = "administrator";
const CERTIFICATIONS: &str = "/api/preview/awf/certifications";

/// Somebody who signs in by a token of the issuer, and one with that token's signature torn off.
pub async fn signed_in(client: &Client, stack: &Stack) {
    let jwt = stack.jwt(Algorithm::ALL[0], Role::Administrator, Some(EMAIL), SignedDuration::from_hours(1));
    let jwt = jwt.expect("the local issuer signs");
    client.knows("by jwt", &jwt);
    client.send("by jwt", "GET", "/api/v1/me", "").await.ok();
    client.send("by jwt", "GET", &format!("/api/preview/awf/users?search={SEARCH}"), "").await.ok();
    let torn: String = jwt.chars().rev().collect();
    client.knows("torn", &torn);
    client.send("torn", "GET", "/api/v1/me", "").await;
}

/// A user with all that a directory knows, and one with something that it should not tell.
pub async fn provisioned(client: &Client) {
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": EMAIL, "externalId": EMAIL,
        "name": { "formatted": NAME, "familyName": NAME }, "displayName": NAME, "title": TITLE, "active": true,
        "emails": [{ "value": EMAIL, "primary": true }], "password": PASSWORD,
    });
    let made = client.send(ADMINISTRATOR, "POST", "/scim/v2/Users", user.to_string()).await.ok();
    let path = format!("/scim/v2/Users/{}", made.id("/id"));
    client.send(ADMINISTRATOR, "POST", "/scim/v2/Users", user.to_string()).await;
    let change = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "password", "value": PASSWORD }, { "op": PASSWORD, "path": NAME }] });
    client.send(ADMINISTRATOR, "PATCH", &path, change.to_string()).await;
    client.send(ADMINISTRATOR, "GET", &format!("/scim/v2/Users?filter=userName%20eq%20%22{EMAIL}%22"), "").await.ok();
    client.send(ADMINISTRATOR, "GET", &format!("/scim/v2/Users?filter=password%20eq%20%22{PASSWORD}%22"), "").await;
    client.send(ADMINISTRATOR, "DELETE", &path, "").await.ok();
}

/// A rule that decides in a campaign, and rules that cannot be read.
pub async fn ruled(client: &Client, stack: &Stack) {
    const CAMPAIGNS: &str = "/api/v1/campaigns";
    let rule = |condition: &str| {
        json!({ "name": TITLE, "description": NOTE, "type": "account", "condition": condition, "decision": "auto_reject" })
            .to_string()
    };
    for condition in [&format!("account.nothing = '{SEARCH}'"), SEARCH] {
        client.send(ADMINISTRATOR, "POST", "/api/v1/campaign-rules", rule(condition)).await;
    }
    let rule = client.send(ADMINISTRATOR, "POST", "/api/v1/campaign-rules", rule("account.privileged = false")).await;
    let period = ("2026-01-01T00:00:00Z", "2036-01-01T00:00:00Z");
    let campaign = json!({ "name": TITLE, "description": NOTE, "start_date": period.0, "end_date": period.1 });
    let campaign = client.send(ADMINISTRATOR, "POST", CAMPAIGNS, campaign.to_string()).await.ok();
    let campaign = format!("{CAMPAIGNS}/{}", campaign.id("/id"));
    let rules = json!({ "rule_ids": [rule.ok().id("/id")] });
    client.send(ADMINISTRATOR, "POST", &format!("{campaign}/rules"), rules.to_string()).await.ok();
    client.send(ADMINISTRATOR, "POST", &format!("{campaign}/start"), "").await.ok();
    stack.idle().await.expect("the queues answer");
}

/// A certification with an automation, a stand-in and a receiver: decided in bulk, exported, completed and told of.
pub async fn served(client: &Client, stack: &Stack) {
    let sides = |kind: &str| json!({ "nodes": [{ "node_type": kind }], "nodes_operator": "AND" });
    let workflow = json!({ "name": TITLE, "query": {
        "source_node_types": sides("Account"), "destination_node_types": sides("Role") } });
    let workflow = client.send("operator", "POST", "/api/preview/awf/workflows", workflow.to_string()).await.ok();
    let workflow = workflow.id("/workflow_id");
    let (address, mut told) = receiver();
    let receiver = json!({ "workflow_id": workflow,
        "value": { "url": address, "secret": SECRET, "events": ["review.completed"] } });
    let setting = "/api/private/workflows/access/global_settings/webhook_settings";
    client.send(ADMINISTRATOR, "PUT", setting, receiver.to_string()).await.ok();
    let automation = json!({ "name": TITLE, "criteria": { "filter": format!("source.name ne \"{SEARCH}\"") },
        "action": { "decision": "ACCEPTED", "notes": NOTE } });
    let automation =
        client.send(ADMINISTRATOR, "POST", "/api/preview/awf/automations", automation.to_string()).await.ok();
    let attachment = json!({ "id": automation.id("/id"), "workflow_id": workflow, "opt_in": false });
    client.send(ADMINISTRATOR, "POST", "/api/preview/awf/automations:attach", attachment.to_string()).await.ok();
    let person = |id: &str| json!({ "user_type": "Identity", "id": id });
    let pair = json!({ "values": [{ "original_user": person(EMAIL), "delegate_user": person("o2") }] });
    client.send(ADMINISTRATOR, "POST", "/api/preview/awf/delegation/users:add", pair.to_string()).await;

    let order = json!({ "workflow_id": workflow, "name": TITLE, "reviewer_assignment": { "users_manager": true } });
    let id = client.send("operator", "POST", CERTIFICATIONS, order.to_string()).await.ok().id("/certification_id");
    stack.idle().await.expect("the queues answer");
    let path = format!("{CERTIFICATIONS}/{id}");
    let bulk =
        json!({ "filter": "source.id pr", "decision": "REJECTED", "notes": NOTE, "signed_off_state": "SIGNED_OFF" });
    client.send("operator", "POST", &format!("{path}/results:bulk_update"), bulk.to_string()).await.ok();
    let export = json!({ "certification_id": id, "format": 0, "title": TITLE });
    client.send("operator", "POST", "/api/preview/awf/exports/access_review:create", export.to_string()).await.ok();
    stack.idle().await.expect("the queues answer");
    client.send("operator", "POST", &format!("{path}:complete"), "").await.ok();
    let told = tokio::time::timeout(Duration::from_secs(180), told.recv()).await;
    assert_eq!(told, Ok(Some(())), "the receiver is told half a minute after the end");
    stack.idle().await.expect("the queues answer");
}

/// A receiver on this machine that takes every message; its address, which is nobody's business either, and word of each.
fn receiver() -> (String, UnboundedReceiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (taken, told) = unbounded_channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream);
            let mut length = 0;
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).is_err() || line.trim().is_empty() {
                    break;
                }
                let told =
                    line.to_lowercase().strip_prefix("content-length:").and_then(|told| told.trim().parse().ok());
                length = told.unwrap_or(length);
            }
            let _ = reader.read_exact(&mut vec![0; length]);
            let _ = reader.get_mut().write_all(b"HTTP/1.1 204 Taken\r\nconnection: close\r\n\r\n");
            let _ = taken.send(());
        }
    });
    (format!("http://{address}/{HOOK}"), told)
}

/// Every function of the template has logged something, so that what it does not say has been looked for.
pub fn nobody_was_silent(lines: &[Value], template: &Template) {
    let spoke: BTreeSet<String> = lines.iter().filter_map(|line| who_said(line, template)).collect();
    let all: BTreeSet<String> = template.functions.values().map(|function| function.binary.clone()).collect();
    let silent: Vec<_> = all.difference(&spoke).collect();
    assert!(silent.is_empty(), "nothing was heard of {silent:?}");
}

/// The function that a line can only be from.
fn who_said(line: &Value, template: &Template) -> Option<String> {
    match line["message"].as_str()? {
        "answered" => {
            let route = ROUTES.iter().find(|route| line["operation"] == route.operation.name())?;
            Some(format!("{:?}", route.function).to_lowercase())
        }
        "handled" => {
            let queue = line["queue"].as_str().or(line["span"]["queue"].as_str())?;
            let pump = template.pumps.iter().find(|pump| pump.queue.to_lowercase() == format!("{queue}queue"))?;
            Some(template.functions.get(&pump.function)?.binary.clone())
        }
        "swept" => Some("schedules".to_owned()),
        "a JWT is refused" => Some("authorizer".to_owned()),
        _ => None,
    }
}
