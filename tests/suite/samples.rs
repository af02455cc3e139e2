//! The documented samples of workflows, certifications and results, sent as they are written, and every documented field
//! looked for in what comes back.

use serde_json::{Value, json};

use crate::world::{World, administrator, all_rows, operator};

const CERTIFICATIONS: &str = "/api/preview/awf/certifications";

fn has_all(value: &Value, fields: &str) {
    for field in fields.split_whitespace() {
        assert!(value.get(field).is_some(), "{field} is missing in {value}");
    }
}

/// Sends a body exactly as it is written.
fn send(method: &str, path: &str, body: &str) -> Value {
    administrator().send(method, path, Some(body.as_bytes().to_vec())).expect(200).body
}

fn row(certification: &str, number: u64) -> Value {
    operator().get(&format!("{CERTIFICATIONS}/{certification}/results/{number}")).expect(200).body["value"].clone()
}

#[test]
fn the_samples_of_results_do_what_they_say() {
    let world = World::new(9);
    let (id, _) = world.certification();
    let results = format!("{CERTIFICATIONS}/{id}/results");
    let update = r#"{ "value": { "result_id": 4, "decision": "REJECTED", "notes": "No longer in the vault team", "signed_off_state": "SIGNED_OFF" } }"#;
    assert_eq!(send("PUT", &results, update), json!({}));
    let updated = row(&id, 4);
    assert_eq!((&updated["decision"], &updated["signed_off_state"]), (&json!("REJECTED"), &json!("SIGNED_OFF")));
    assert_eq!(updated["notes"], "No longer in the vault team");

    let told =
        r#"{ "result_id": "4", "notification_status": "FAILED", "webhook_info": "Directory refused the removal" }"#;
    assert_eq!(send("POST", &format!("{results}:update_webhook_info"), told), json!({}));
    let info = row(&id, 4)["notification_response_infos"][0].clone();
    has_all(
        &info,
        "notification_type webhook_type status error_message updated_at snow_info webhook_info jira_info slack_app_info",
    );
    has_all(&info["snow_info"], "ticket_number sys_id");
    assert_eq!(info["webhook_info"]["info"], "Directory refused the removal");

    let force = r#"{ "value": { "result_id": 4, "signed_off_state": "NOT_SIGNED_OFF" } }"#;
    assert_eq!(send("POST", &format!("{results}:force_update"), force), json!({}));
    assert_eq!(row(&id, 4)["signed_off_state"], "NOT_SIGNED_OFF");

    let decisions = r#"{ "value": { "result_id": 0, "decisions": "RESULT_DECISION_ACCEPTED" } }"#;
    assert_eq!(send("PUT", &results, decisions), json!({}));
    let log = row(&id, 0)["action_log_entries"][0].clone();
    has_all(&log, "action user time decision_detail approval_level");
    assert_eq!(log["decision_detail"], json!({ "decision": "RESULT_DECISION_ACCEPTED", "note": "" }));
}

#[test]
fn every_documented_field_of_a_result_is_there() {
    let world = World::new(3);
    let (id, _) = world.certification();
    let shown = row(&id, 0);
    has_all(
        &shown,
        "result_id source destination waypoint accumulated_effective_permissions accumulated_raw_permissions decision notes
         reviewers reviewer_assignment signed_off_state signed_off_at signed_off_by updated_at updated_by
         notification_status notification_response_infos action_log_entries",
    );
    has_all(
        &shown,
        "path_summary joined_nodes decision_by decision_at marked_fixed_by marked_fixed_at automation_run_ids
         is_assigned_to_current_user old_reviewers revoke_request_infos predefined_question_response display outlier_info
         flagged risk_level version",
    );
    has_all(&shown["source"], "id name type datasource_id");
    has_all(&shown["reviewers"][0], "user_type id email name");
    let page = operator().get(&format!("{CERTIFICATIONS}/{id}/results")).expect(200).body;
    has_all(&page, "values next_page_token has_more has_previous");
    assert_eq!(page["values"][0], row(&id, page["values"][0]["result_id"].as_u64().unwrap()));
}

#[test]
fn every_documented_field_of_workflows_and_certifications_is_there() {
    let world = World::new(3);
    let (id, _) = world.certification();
    let certification = operator().get(&format!("{CERTIFICATIONS}/{id}")).expect(200).body["value"].clone();
    has_all(
        &certification,
        "certification_id workflow_id query_used name notes due_date reviewers state snapshot_time started_at
         query_completed_at completed_at created_by completed_by results_updated_at results_updated_by updated_at
         updated_by error_reason expired_at version total_result_count total_complete_count total_rejected_count
         total_accepted_count total_fixed_count creator created_at terminated_at",
    );
    assert_eq!(certification["state"], "IN_PROGRESS");
    let workflow = certification["workflow_id"].as_str().unwrap();
    let listed = operator().get(&format!("{CERTIFICATIONS}?workflow_id={workflow}")).expect(200).body;
    has_all(&listed, "values has_more total_result_count next_page_token");
    assert_eq!(listed["values"][0], certification);

    let shown = operator().get(&format!("/api/preview/awf/workflows/{workflow}")).expect(200).body["value"].clone();
    has_all(&shown, "workflow_id name description owner notes query creator created_at");
    has_all(
        &shown["query"],
        "raw_permissions effective_permissions source_node_types destination_node_types required_intermediate_node_types
         avoided_intermediate_node_types waypoint_node_types path_summary_node_types no_relation snapshot_id
         node_relationship_type include_all_source_tags_in_results include_all_destination_tags_in_results page_size
         page_token",
    );
    has_all(
        &shown["query"]["source_node_types"]["nodes"][0],
        "node_type node_id tags conditions condition_expression excluded_tags count_conditions direct_relationship_only
         node_type_grouping_constraint",
    );
    assert!(shown["query"]["page_size"].is_string() && shown["query"]["snapshot_id"].is_string());
}

#[test]
fn every_order_and_form_of_paging_reaches_each_row_once() {
    let world = World::new(25);
    let (id, total) = world.certification();
    let results = format!("{CERTIFICATIONS}/{id}/results");
    for order in ["", "destination.name desc", "source.department, source.name desc", "waypoint.name", "idp.name asc"] {
        for backwards in ["false", "True"] {
            let query =
                format!("page_size=4&paginate_direction_backwards={backwards}&order_by={}", order.replace(' ', "%20"));
            let rows = all_rows(&operator(), &format!("{results}?{query}"));
            let mut numbers: Vec<u64> = rows.iter().map(|row| row["result_id"].as_u64().unwrap()).collect();
            let reversed = numbers.is_sorted_by(|one, other| one > other);
            assert!(backwards == "false" || !order.is_empty() || reversed, "{numbers:?}");
            numbers.sort_unstable();
            assert_eq!(numbers, (0..total).collect::<Vec<_>>(), "{order} {backwards}");
        }
    }
    let first = operator().get(&format!("{results}?page_size=4")).expect(200);
    assert_eq!((&first.body["has_previous"], &first.body["has_more"]), (&json!(false), &json!(true)));
    let token = first.str("/next_page_token");
    let second = operator().get(&format!("{results}?page_size=4&page_token={token}")).expect(200);
    assert_eq!(second.body["has_previous"], true);
    let by_offset = operator().get(&format!("{results}?page_size=4&page_token=4&offset=9&size=1")).expect(200);
    assert_eq!(by_offset.body["values"], second.body["values"], "older names count only by themselves");
    let most = operator().get(&format!("{results}?page_size=99999")).expect(200);
    assert_eq!(most.list("/values").len() as u64, total);
}
