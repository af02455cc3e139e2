//! Certifications: created asynchronously, listed, read, completed.

use serde_json::{Value, json};

use crate::world::{World, all_rows, awf_error, names_field, operator};

const NOBODY: &str = "0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b";

#[test]
fn a_certification_over_role_assignments_has_one_row_per_person_and_role() {
    let world = World::new(9);
    let (id, total) = world.certification();
    // nine readers, and the one who inherits the other role from a group
    assert_eq!(total, 10);
    let read = operator().get(&format!("/api/preview/awf/certifications/{id}")).expect(200);
    let value = &read.body["value"];
    assert_eq!(value["name"], "Autumn");
    assert_eq!(value["due_date"], "2099-06-30T16:00:00Z");
    assert_eq!(value["error_reason"], "");
    for absent in ["completed_at", "completed_by", "expired_at", "terminated_at"] {
        assert_eq!(value[absent], Value::Null, "{absent}");
    }
    for count in ["total_complete_count", "total_rejected_count", "total_accepted_count", "total_fixed_count"] {
        assert_eq!(value[count], 0, "{count}");
    }
    assert_eq!(value["creator"], value["created_by"]);
    assert_eq!(value["created_at"], value["started_at"]);
    assert!(value["query_completed_at"].is_string());
    assert_eq!(value["query_used"]["source_node_types"]["nodes"][0]["node_type"], "Account");
    let rows = all_rows(&operator(), &format!("/api/preview/awf/certifications/{id}/results?page_size=3"));
    let mut ids: Vec<u64> = rows.iter().map(|row| row["result_id"].as_u64().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, (0..10).collect::<Vec<_>>());
}

#[test]
fn certifications_are_listed_by_workflow() {
    let world = World::new(3);
    let workflow = world.workflow();
    let mut made = Vec::new();
    for name in ["first", "second"] {
        let created = operator()
            .post("/api/preview/awf/certifications", json!({ "workflow_id": workflow, "name": name }))
            .expect(200);
        made.push(created.str("/certification_id").to_owned());
    }
    for parameter in ["workflow_id", "workfow_id"] {
        let listed = operator().get(&format!("/api/preview/awf/certifications?{parameter}={workflow}")).expect(200);
        let ids: Vec<&str> =
            listed.list("/values").iter().map(|entry| entry["certification_id"].as_str().unwrap()).collect();
        assert_eq!(ids, [made[1].as_str(), made[0].as_str()]);
        assert_eq!(listed.body["total_result_count"], 2);
        assert_eq!(listed.body["has_more"], false);
        assert_eq!(listed.body["next_page_token"], "");
    }
    names_field(&operator().get("/api/preview/awf/certifications"), "workflow_id");
    awf_error(&operator().get(&format!("/api/preview/awf/certifications?workflow_id={NOBODY}")), 404, "NotFound");
}

#[test]
fn bad_certifications_are_refused_by_field() {
    names_field(&operator().post("/api/preview/awf/certifications", json!({})), "workflow_id");
    awf_error(&operator().post("/api/preview/awf/certifications", json!({ "workflow_id": NOBODY })), 404, "NotFound");
    let workflow = World::new(3).workflow();
    let answer = operator().post(
        "/api/preview/awf/certifications",
        json!({ "workflow_id": workflow, "data_source": 9, "due_date": "soon", "name": "n".repeat(201) }),
    );
    for field in ["data_source", "due_date", "name"] {
        names_field(&answer, field);
    }
    names_field(
        &operator().post("/api/preview/awf/certifications", json!({ "workflow_id": workflow, "data_source": 2 })),
        "snapshot_id",
    );
    let levels =
        json!({ "workflow_id": workflow, "reviewer_assignment": { "reviewers_managers_for_approval_levels": [0] } });
    names_field(
        &operator().post("/api/preview/awf/certifications", levels),
        "reviewer_assignment.reviewers_managers_for_approval_levels",
    );
    let nobody = json!({ "workflow_id": workflow, "reviewer_assignment": { "reviewers": [{ "user_type": "Identity", "id": "own-nobody" }] } });
    names_field(&operator().post("/api/preview/awf/certifications", nobody), "reviewer_assignment.reviewers[0]");
}

#[test]
fn a_certification_completes_only_when_every_row_is_decided_and_signed_off() {
    let world = World::new(3);
    let (id, total) = world.certification();
    let path = format!("/api/preview/awf/certifications/{id}");
    let answer = operator().post_empty(&format!("{path}:complete"));
    awf_error(&answer, 409, "FailedPrecondition");
    assert!(answer.text.contains(&total.to_string()), "the number of open rows is missing: {}", answer.text);
    for row in 0..total {
        let body = json!({ "value": { "result_id": row, "decision": "ACCEPTED" } });
        let _ = operator().put(&format!("{path}/results"), body).expect(200);
    }
    awf_error(&operator().post_empty(&format!("{path}:complete")), 409, "FailedPrecondition");
    let ids: Vec<u64> = (0..total).collect();
    let signed = operator().post(&format!("{path}/results:sign_off"), json!({ "result_ids": ids })).expect(200);
    assert_eq!(signed.body, json!({ "signed_off": total, "skipped": 0 }));
    assert_eq!(operator().post_empty(&format!("{path}:complete")).expect(200).body, json!({}));
    let read = operator().get(&path).expect(200);
    assert_eq!(read.body["value"]["state"], "COMPLETED");
    assert_eq!(read.body["value"]["total_accepted_count"], total);
    assert!(read.body["value"]["completed_by"]["id"].is_string());
    awf_error(&operator().post_empty(&format!("{path}:complete")), 409, "FailedPrecondition");
    awf_error(
        &operator().put(&format!("{path}/results"), json!({ "value": { "result_id": 0, "notes": "late" } })),
        409,
        "FailedPrecondition",
    );
    assert_eq!(all_rows(&operator(), &format!("{path}/results")).len() as u64, total);
}

#[test]
fn verbs_work_with_an_encoded_colon() {
    let world = World::new(3);
    let (id, _) = world.certification();
    awf_error(
        &operator().post_empty(&format!("/api/preview/awf/certifications/{id}%3Acomplete")),
        409,
        "FailedPrecondition",
    );
    let path = format!("/api/preview/awf/certifications/{id}/results%3Asign_off");
    assert_eq!(
        operator().post(&path, json!({ "result_ids": [0] })).expect(200).body,
        json!({ "signed_off": 0, "skipped": 1 })
    );
}

#[test]
fn a_campaign_is_visible_as_a_certification_but_not_the_other_way_round() {
    let world = World::new(6);
    let campaign = world.active();
    let value =
        operator().get(&format!("/api/preview/awf/certifications/{campaign}")).expect(200).body["value"].clone();
    assert_eq!(value["state"], "IN_PROGRESS");
    assert_eq!(value["total_result_count"], 6);
    let decided = json!({ "value": { "result_id": 0, "decision": "REJECTED", "notes": "left" } });
    let _ = operator().put(&format!("/api/preview/awf/certifications/{campaign}/results"), decided).expect(200);
    let counts = operator().get(&format!("/api/v1/campaigns/{campaign}/approvals/counts")).expect(200);
    assert_eq!(counts.body, json!({ "pending": 5, "approved": 0, "rejected": 1, "flagged": 0 }));

    let (certification, _) = world.certification();
    crate::world::campaigns_error(&operator().get(&format!("/api/v1/campaigns/{certification}")), 404, "NOT_FOUND");
}
