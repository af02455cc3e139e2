//! Certifications whose automations leave nothing to do.

use serde_json::{Value, json};

use crate::alone::Alone;
use crate::world::{World, attached, operator};

const AUTO_COMPLETE: &str = "cert_auto_complete_settings";
const COMPLETION: &str = "cert_completion_settings";
const CERTIFICATIONS: &str = "/api/preview/awf/certifications";

fn accepted() -> Value {
    json!({ "decision": "ACCEPTED", "signed_off_state": "SIGNED_OFF" })
}

/// A workflow whose automation does this to the rows of this filter.
fn workflow(filter: &str, action: &Value) -> String {
    let workflow = World::new(3).workflow();
    let automation = json!({ "name": "Decide", "criteria": { "filter": filter }, "action": action });
    let _ = attached(&workflow, &automation);
    workflow
}

/// A certification of a workflow, once its automations have run.
fn born(workflow: &str) -> Value {
    let made = operator().post(CERTIFICATIONS, json!({ "workflow_id": workflow })).expect(200);
    let path = format!("{CERTIFICATIONS}/{}", made.str("/certification_id"));
    let shown = operator().until(&path, |body| body["value"]["state"] != "SEARCHING");
    assert_eq!(shown["value"]["automation_run_status"], "SUCCEEDED");
    shown["value"].clone()
}

fn until_completed(certification: &Value) -> Value {
    let path = format!("{CERTIFICATIONS}/{}", certification["certification_id"].as_str().expect("an id"));
    operator().until(&path, |body| body["value"]["state"] == "COMPLETED")["value"].clone()
}

/// Certifications that stay open, each with the reason.
#[derive(Default)]
struct Open(Vec<(String, String)>);

impl Open {
    fn stays(&mut self, certification: &Value, why: &str) {
        assert_eq!(certification["state"], "IN_PROGRESS", "{why}");
        self.0.push((certification["certification_id"].as_str().expect("an id").to_owned(), why.to_owned()));
    }

    /// Asked for when others that were made later have completed.
    fn still(&self) {
        for (id, why) in &self.0 {
            let shown = operator().get(&format!("{CERTIFICATIONS}/{id}")).expect(200);
            assert_eq!(shown.body["value"]["state"], "IN_PROGRESS", "{why}");
        }
    }
}

#[test]
fn a_certification_completes_by_itself_where_its_automations_have_done_everything() {
    let alone = Alone::new();
    alone.put(AUTO_COMPLETE, json!("AUTO_COMPLETE_ENABLED"));
    let everything = "source.id pr";
    let (decided, accepted, rejected) = (
        json!({ "decision": "ACCEPTED" }),
        accepted(),
        json!({ "decision": "REJECTED", "signed_off_state": "SIGNED_OFF" }),
    );
    let mut open = Open::default();
    let rules = ["ALL_ROWS_HAVE_DECISION", "ANYTIME", "ALL_ROWS_HAVE_NON_REJECTED_DECISION"];
    for rule in rules.map(|rule| format!("COMPLETION_ALLOWED_{rule}")) {
        alone.put(COMPLETION, json!(rule));
        let done = until_completed(&born(&workflow(everything, &accepted)));
        assert_eq!(done["completed_by"]["user_type"], "system", "{rule}");
        assert_eq!(done["total_accepted_count"], done["total_result_count"], "{rule}");
        open.stays(&born(&workflow(everything, &decided)), "not signed off");
        open.stays(&born(&workflow("source.department eq \"Finance\"", &accepted)), "rows are left");
        let rejects = born(&workflow(everything, &rejected));
        if rule.ends_with("NON_REJECTED_DECISION") {
            open.stays(&rejects, "what is rejected has to be fixed");
        } else {
            let _ = until_completed(&rejects);
        }
    }
    // The last row that is fixed ends it.
    let rejects = born(&workflow(everything, &rejected));
    let results = format!("{CERTIFICATIONS}/{}/results", rejects["certification_id"].as_str().expect("an id"));
    for row in 0..rejects["total_result_count"].as_u64().expect("rows") {
        let _ = operator().put(&results, json!({ "value": { "result_id": row, "decision": "FIXED" } })).expect(200);
    }
    let _ = until_completed(&rejects);
    open.still();

    alone.put(AUTO_COMPLETE, json!("AUTO_COMPLETE_DISABLED"));
    alone.put(COMPLETION, json!("COMPLETION_ALLOWED_ALL_ROWS_HAVE_DECISION"));
    let unwanted = born(&workflow(everything, &accepted));
    alone.put(AUTO_COMPLETE, json!("AUTO_COMPLETE_ENABLED"));
    let _ = until_completed(&born(&workflow(everything, &accepted)));
    open.0.clear();
    open.stays(&unwanted, "nobody wanted that");
    open.still();
}

#[test]
fn a_certification_without_rows_does_not_complete_by_itself() {
    let alone = Alone::new();
    alone.put(AUTO_COMPLETE, json!(1));
    let world = World::new(3);
    let nodes =
        |kind: &str, condition: &str| json!({ "nodes": [{ "node_type": kind, "condition_expression": condition }] });
    let query = json!({ "source_node_types": nodes("Account", &format!("id eq \"nobody-{}\"", world.word)),
        "destination_node_types": nodes("Role", "") });
    let made = operator().post("/api/preview/awf/workflows", json!({ "name": "Nobody", "query": query })).expect(200);
    let workflow = made.str("/workflow_id").to_owned();
    let _ = attached(
        &workflow,
        &json!({ "name": "Decide", "criteria": { "filter": "source.id pr" },
        "action": accepted() }),
    );
    let born = born(&workflow);
    assert_eq!(born["total_result_count"], 0);
    let _ = until_completed(&self::born(&self::workflow("source.id pr", &accepted())));
    let mut open = Open::default();
    open.stays(&born, "no rows");
    open.still();
}
