//! What is done while the log is caught, with canaries wherever a client can put one.

use local::Stack;
use serde_json::{Value, json};

use crate::canaries::{BROKEN, EMAIL, NAME, NOTE, REPEAT, SEARCH, TITLE, TOKEN};
use crate::client::Client;

const ADMINISTRATOR: &str = "administrator";

/// An organisation of one reviewer and two accounts, one of which is called by an address.
fn picture() -> Value {
    json!({
        "name": TITLE, "platform": TITLE,
        "owners": [
            {"id": EMAIL, "name": NAME, "email": EMAIL},
            {"id": "o2", "name": NAME, "email": "o2@aviary.example", "manager_id": EMAIL},
        ],
        "applications": [{"id": "app", "name": TITLE}],
        "roles": [{"id": "role", "name": TITLE, "application_id": "app"}],
        "accounts": [
            {"id": EMAIL, "account_name": NAME, "application_id": "app", "owner_id": "o2", "email": EMAIL},
            {"id": "a2", "account_name": NAME, "application_id": "app", "owner_id": "o2"},
        ],
        "role_assignments": [{"account_id": EMAIL, "role_id": "role"}, {"account_id": "a2", "role_id": "role"}],
    })
}

/// Tokens that open nothing, bodies that cannot be read, roles that may not, things that are not there.
pub async fn refused(client: &Client) {
    for who in [TOKEN, EMAIL, "nobody", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJjYW5hcmlhQGF2aWFyeS5leGFtcGxlIn0."] {
        client.send(who, "GET", "/api/v1/me", "").await;
        client.send(who, "GET", "/api/preview/awf/workflows", "").await;
    }
    let broken = format!("{{\"name\": \"{BROKEN}");
    let wrong =
        json!({"name": {"first": BROKEN}, "decision": BROKEN, "value": BROKEN, "query": BROKEN, "user": BROKEN});
    for (method, path) in [
        ("POST", "/api/v1/campaigns"),
        ("POST", "/api/v1/campaigns/query/test"),
        ("POST", "/api/v1/api-keys"),
        ("POST", "/api/preview/awf/workflows"),
        ("POST", "/api/preview/awf/certifications"),
        ("PUT", "/api/v1/inventory/datasources/cage"),
        ("PUT", "/api/v1/inventory/datasources/cage?format=pairs"),
        ("PUT", "/api/v1/inventory/datasources/cage?format=accounts.csv"),
        ("PUT", "/api/v1/inventory/datasources/cage?format=oaa_application"),
        ("POST", "/api/v1/providers/custom"),
    ] {
        client.send(ADMINISTRATOR, method, path, broken.clone()).await;
        client.send(ADMINISTRATOR, method, path, wrong.to_string()).await;
        client.send("reviewer", method, path, wrong.to_string()).await;
    }
    for path in [
        format!("/api/v1/campaigns/{EMAIL}"),
        format!("/{EMAIL}/{TOKEN}"),
        format!("/api/v1/campaigns?status={SEARCH}&after={BROKEN}"),
        format!("/api/preview/awf/certifications?workflow_id={EMAIL}"),
    ] {
        client.send(ADMINISTRATOR, "GET", &path, "").await;
        client.send(ADMINISTRATOR, "PATCH", &path, BROKEN).await;
    }
    let spaces = [("idempotency-key", ""), ("if-match", BROKEN)];
    for header in spaces {
        client.send_with(ADMINISTRATOR, "POST", "/api/v1/campaigns", "{}", &[header]).await;
    }
}

/// A campaign from its inventory to its end.
pub async fn reviewed(client: &Client, stack: &Stack) {
    let repeat = [("idempotency-key", REPEAT)];
    let source = "/api/v1/inventory/datasources/cage";
    client.send(ADMINISTRATOR, "PUT", source, picture().to_string()).await.ok();
    client.send(ADMINISTRATOR, "PUT", source, format!("{EMAIL} {NAME}\n{EMAIL}")).await;
    let key = json!({"name": TITLE, "role": "reviewer", "user": EMAIL}).to_string();
    let key = client.send_with(ADMINISTRATOR, "POST", "/api/v1/api-keys", key, &repeat).await.ok();
    client.knows("canaria", &key.id("/token"));
    client.send("canaria", "GET", "/api/v1/me", "").await.ok();

    let body = json!({
        "name": TITLE, "description": NOTE, "start_date": "2026-01-01T00:00:00Z", "end_date": "2036-01-01T00:00:00Z",
    });
    let created = client.send_with(ADMINISTRATOR, "POST", "/api/v1/campaigns", body.to_string(), &repeat).await.ok();
    client.send_with(ADMINISTRATOR, "POST", "/api/v1/campaigns", body.to_string(), &repeat).await.ok();
    client.send_with(ADMINISTRATOR, "POST", "/api/v1/campaigns", "{}", &repeat).await;
    let campaign = format!("/api/v1/campaigns/{}", created.id("/id"));
    client.send(ADMINISTRATOR, "POST", &format!("{campaign}/start"), "").await.ok();
    stack.idle().await.expect("the queues answer");

    client.send("canaria", "GET", &format!("{campaign}/review-items?search={SEARCH}"), "").await;
    client.send("canaria", "GET", &format!("{campaign}/review-items?filter=name%20zz%20%22{SEARCH}%22"), "").await;
    let rejected = json!({"decision": "rejected", "comment": NOTE}).to_string();
    let account = format!("{campaign}/approvals/{EMAIL}");
    client.send("canaria", "GET", &format!("{campaign}/review-items/{EMAIL}"), "").await.ok();
    client.send_with("canaria", "POST", &account, rejected.clone(), &repeat).await.ok();
    client.send("canaria", "POST", &format!("{account}/undo"), "").await.ok();
    client.send("canaria", "POST", &format!("{account}/undo"), "").await;
    client.send("canaria", "POST", &format!("{campaign}/approvals/{NOTE}"), rejected).await;
    let batch = json!({"account_ids": [EMAIL, "a2"], "decision": "approved", "comment": NOTE}).to_string();
    client.send("canaria", "POST", &format!("{campaign}/approvals/batch"), batch).await.ok();
    client.send(ADMINISTRATOR, "POST", &format!("{campaign}/complete"), "").await.ok();
    client.send("canaria", "POST", &account, json!({"decision": "approved"}).to_string()).await;
    let other = json!({"name": TITLE, "role": "auditor", "user": EMAIL}).to_string();
    let other = client.send(ADMINISTRATOR, "POST", "/api/v1/api-keys", other).await.ok();
    client.knows("revoked", &other.id("/token"));
    let id = other.body["id"].as_str().or(other.body["key"]["id"].as_str()).expect("the key's id").to_owned();
    client.send(ADMINISTRATOR, "DELETE", &format!("/api/v1/api-keys/{id}"), "").await.ok();
    client.send("revoked", "GET", "/api/v1/me", "").await;
}

/// A certification with notes and reassignments, and a question that cannot be asked.
pub async fn certified(client: &Client, stack: &Stack) {
    let workflow = json!({
        "name": TITLE, "notes": NOTE, "query": {
            "source_node_types": {"nodes": [{"node_type": "Account"}], "nodes_operator": "AND"},
            "destination_node_types": {"nodes": [{"node_type": "Role"}], "nodes_operator": "AND"},
        },
    });
    let workflow = client.send("operator", "POST", "/api/preview/awf/workflows", workflow.to_string()).await.ok();
    let workflow = workflow.id("/workflow_id");
    let body = json!({"workflow_id": workflow, "name": TITLE, "reviewer_assignment": {"users_manager": true}});
    let created = client.send("operator", "POST", "/api/preview/awf/certifications", body.to_string()).await.ok();
    stack.idle().await.expect("the queues answer");
    let results = format!("/api/preview/awf/certifications/{}/results", created.id("/certification_id"));
    for value in [
        json!({"result_id": 0, "decision": "REJECTED", "notes": NOTE}),
        json!({"result_id": 0, "reviewers": [{"user_type": "Identity", "id": EMAIL}]}),
        json!({"result_id": 0, "reviewers": [{"user_type": BROKEN, "id": NOTE, "email": EMAIL}]}),
        json!({"result_id": 99, "notes": NOTE}),
    ] {
        client.send("operator", "PUT", &results, json!({"value": value}).to_string()).await;
    }
    client.send("operator", "GET", &format!("{results}?filter=source.name%20eq%20%22{SEARCH}"), "").await;
    client.send("operator", "POST", &format!("{results}:sign_off"), json!({"result_ids": [0]}).to_string()).await;
}

/// Uploads that are taken in, and uploads that cannot be.
pub async fn uploaded(client: &Client, stack: &Stack) {
    let bad = format!("{{\"accounts\": [{{\"id\": \"{NOTE}\", \"owner_id\": 7, \"email\": \"{EMAIL}\"}}, {BROKEN}");
    let other = json!({
        "name": TITLE, "applications": [{"id": "other", "name": TITLE}],
        "accounts": [{"id": "another@aviary.example", "account_name": NAME, "application_id": "other", "email": EMAIL}],
    });
    for text in [bad, picture().to_string(), other.to_string()] {
        let opened =
            client.send(ADMINISTRATOR, "POST", "/api/v1/inventory/datasources/aviary/uploads", "{}").await.ok();
        client.send("nobody", "PUT", &opened.id("/url"), text).await.ok();
        stack.idle().await.expect("the queues answer");
        let upload = format!("/api/v1/inventory/uploads/{}", opened.id("/upload_id"));
        client.send(ADMINISTRATOR, "GET", &upload, "").await.ok();
    }
}
