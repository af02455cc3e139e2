//! Writes of the access-reviews dialect: workflows, certifications, their rows, and what is prepared for them.

use serde_json::{Value, json};

use super::{Make, NOBODY, Request, Scene, done, made};
use crate::world::{administrator, operator};

const ACTIONS: &str = "/api/preview/awf/smart_action_definitions";
const FILTERS: &str = "/api/preview/awf/quick_filters";
const AUTOMATIONS: &str = "/api/preview/awf/automations";
const TEMPLATES: &str = "/api/preview/awf/help_page_templates";

/// A certification of which every row is decided and signed off.
fn answered(scene: &Scene) -> String {
    let (id, _) = scene.world.certification();
    let all = json!({ "filter": "source.id pr", "decision": "ACCEPTED", "signed_off_state": "SIGNED_OFF" });
    let path = format!("/api/preview/awf/certifications/{id}/results:bulk_update");
    done(&operator().sweeping().post(&path, all));
    id
}

fn action() -> String {
    made(ACTIONS, action_body(), "/id")
}

fn action_body() -> Value {
    json!({ "name": "Accept", "apply_to_all_rows": true, "mutable_fields": { "decision": "ACCEPTED" } })
}

fn filter_body(workflow: &str) -> Value {
    json!({ "name": "Writers", "workflow_id": workflow, "filter": "concrete_permissions co \"write\"" })
}

fn automation() -> String {
    made(AUTOMATIONS, automation_body(), "/id")
}

fn automation_body() -> Value {
    json!({ "name": "Mark", "criteria": { "filter": "source.id pr" }, "action": { "display_style": "HIGHLIGHT" } })
}

/// An automation and a workflow that it is attached to.
fn attached(scene: &Scene) -> Value {
    let pair = json!({ "id": automation(), "workflow_id": scene.world.workflow() });
    done(&administrator().sweeping().post(&format!("{AUTOMATIONS}:attach"), pair.clone()));
    pair
}

fn page(workflow: &str) -> Value {
    json!({ "workflow_id": workflow, "name": "Guide", "usage": "HELP_PAGE", "template_body": "Look closely." })
}

/// A workflow that has a help page.
fn guided(scene: &Scene) -> String {
    let workflow = scene.world.workflow();
    done(&operator().sweeping().post(TEMPLATES, page(&workflow)));
    workflow
}

fn removal() -> Value {
    json!({ "result_id": 3, "notification_status": "FAILED", "webhook_info": "refused" })
}

/// One request for each operation.
pub const WRITES: &[Make] = &[
    |scene| {
        let nodes = |kind: &str| json!({ "nodes": [{ "node_type": kind }], "nodes_operator": "AND" });
        let query = json!({ "source_node_types": nodes("Account"), "destination_node_types": nodes("Role") });
        Request::making("CreateWorkflow", &[]).body(json!({ "name": scene.world.word, "query": query }))
    },
    |scene| {
        let change = json!({ "value": { "workflow_id": scene.world.workflow(), "notes": "Before the audit" } });
        Request::of_one("UpdateWorkflow", &[]).body(change).naming(&["/value/workflow_id"])
    },
    |scene| Request::of_one("DeleteWorkflow", &[&scene.world.workflow()]),
    |scene| {
        let body = json!({ "workflow_id": scene.world.workflow(), "name": "June" });
        Request::making("CreateCertification", &[]).body(body).naming(&["/workflow_id"])
    },
    |scene| {
        let change = json!({ "value": { "certification_id": scene.certification(), "name": "June, late" } });
        Request::of_one("UpdateCertification", &[]).body(change).naming(&["/value/certification_id"])
    },
    |scene| Request::of_one("DeleteCertification", &[&scene.world.certification().0]),
    |scene| Request::of_one("CompleteCertification", &[&answered(scene)]),
    |scene| {
        let change = json!({ "value": { "result_id": 0, "decision": "REJECTED", "notes": "left" } });
        Request::of_one("UpdateResult", &[scene.certification()]).body(change)
    },
    |scene| Request::making("SignOffResults", &[scene.certification()]).body(json!({ "result_ids": [0] })),
    |scene| {
        let change = json!({ "result_ids": [1], "decision": "ACCEPTED" });
        Request::making("BulkUpdateResults", &[scene.certification()]).body(change)
    },
    |scene| {
        let apply = json!({ "id": action() });
        Request::making("ApplySmartAction", &[scene.certification()]).body(apply).naming(&["/id"])
    },
    |scene| {
        let change = json!({ "result_id": 2, "decision": "ACCEPTED" });
        Request::of_one("ForceUpdateResult", &[scene.certification()]).body(change)
    },
    |scene| Request::of_one("UpdateWebhookInfo", &[scene.certification()]).body(removal()),
    |scene| Request::of_one("PutWebhookInfo", &[scene.certification()]).body(removal()),
    |scene| {
        let mut body = action_body();
        body["workflow_id"] = json!(scene.world.workflow());
        Request::making("CreateSmartAction", &[]).body(body).naming(&["/workflow_id"])
    },
    |_| {
        let change = json!({ "value": { "id": action(), "description": "For the end" } });
        Request::of_one("UpdateSmartAction", &[]).body(change).naming(&["/value/id"])
    },
    |_| Request::of_one("DeleteSmartAction", &[&action()]),
    |scene| {
        let body = filter_body(&scene.world.workflow());
        Request::making("CreateQuickFilter", &[]).body(body).naming(&["/workflow_id"])
    },
    |scene| {
        let filter = made(FILTERS, filter_body(&scene.world.workflow()), "/id");
        Request::of_one("DeleteQuickFilter", &[&filter])
    },
    |_| Request::making("CreateAutomation", &[]).body(automation_body()),
    |_| {
        let mut change = automation_body();
        change["id"] = json!(automation());
        Request::of_one("ReplaceAutomation", &[]).body(change).naming(&["/id"])
    },
    |_| Request::of_one("DeleteAutomation", &[&automation()]),
    |scene| {
        let pair = json!({ "id": automation(), "workflow_id": scene.world.workflow() });
        Request::making("AttachAutomations", &[]).body(pair).naming(&["/id", "/workflow_id"])
    },
    |scene| Request::making("DetachAutomations", &[]).body(attached(scene)).naming(&["/id", "/workflow_id"]),
    |scene| {
        let ask = json!({ "certification_id": scene.certification(), "format": "CSV" });
        Request::making("CreateExport", &[]).body(ask).naming(&["/certification_id"])
    },
    |scene| Request::making("CreateHelpPage", &[]).body(page(&scene.world.workflow())).naming(&["/workflow_id"]),
    |scene| Request::of_one("PutHelpPage", &[]).body(page(&scene.world.workflow())).naming(&["/workflow_id"]),
    |scene| Request::of_one("DeleteHelpPage", &[&guided(scene), "HELP_PAGE"]),
];

/// What only reads and names things elsewhere than in its path: for each of them, the request with an id of nothing.
pub fn reads(scene: &Scene) -> Vec<Request> {
    let of = |operation: &str, query: &str| Request::making(operation, &[]).query(format!("?{query}"));
    let trial = json!({ "id": automation(), "certification_id": scene.certification() });
    vec![
        of("ListCertifications", &format!("workflow_id={NOBODY}")),
        of("GetAccessGraph", &format!("certification_id={NOBODY}&result_id=0")),
        of("ReadHelpPage", &format!("certification_id={NOBODY}&usage=HELP_PAGE")),
        Request::making("TestAutomation", &[]).body(trial).naming(&["/id", "/certification_id"]),
    ]
}
