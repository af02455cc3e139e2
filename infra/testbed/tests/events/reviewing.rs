//! Samples of approvals and of certifications with their results.

use insta::assert_json_snapshot;

use crate::scene::{ACTIVE, IN_PROGRESS, INVENTORY, Scene};

#[tokio::test]
async fn open_approvals_are_listed() {
    let scene = Scene::after(ACTIVE).await;
    let answer = scene.handled("approvals-list.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "status": 200,
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json"
      },
      "body": {
        "approvals": [
          {
            "campaign_id": "a808d917-4d2e-8804-9f2b-dd2dd2fd90b1",
            "account_id": "acct-omar",
            "account_name": "omar",
            "application_id": "payroll",
            "application_name": "Payroll",
            "status": "pending",
            "decision": null,
            "reviewer": "lena@corp.example",
            "comment": null,
            "decided_at": null,
            "decided_by": null,
            "undo_expires_at": null
          }
        ],
        "pageInfo": {
          "hasNextPage": false,
          "endCursor": "eyJiIjoieFo5TnhhQkJkbXcwIiwicCI6eyJyIjowLCJ3Ijp0cnVlLCJiIjoxfX0"
        }
      }
    }
    "#);
}

#[tokio::test]
async fn an_account_is_approved() {
    let scene = Scene::after(ACTIVE).await;
    let answer = scene.handled("approvals-decide.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "status": 200,
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json",
        "etag": "\"1\""
      },
      "body": {
        "campaign_id": "a808d917-4d2e-8804-9f2b-dd2dd2fd90b1",
        "account_id": "acct-omar",
        "account_name": "omar",
        "application_id": "payroll",
        "application_name": "Payroll",
        "status": "approved",
        "decision": "approved",
        "reviewer": "lena@corp.example",
        "comment": "Runs the close",
        "decided_at": "2026-01-01T00:00:00Z",
        "decided_by": "ann@corp.example",
        "undo_expires_at": "2026-01-01T00:00:30Z"
      }
    }
    "#);
}

#[tokio::test]
async fn an_account_that_is_not_in_the_campaign_is_not_found() {
    let scene = Scene::after(ACTIVE).await;
    let answer = scene.refused("approvals-decide-unknown-account.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "status": 404,
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json"
      },
      "body": {
        "error": {
          "code": "NOT_FOUND",
          "message": "There is no such thing, or none for the caller.",
          "request_id": "00000000-0000-0000-0000-00000000000b"
        }
      }
    }
    "#);
}

#[tokio::test]
async fn a_workflow_is_created() {
    let scene = Scene::after(INVENTORY).await;
    let answer = scene.handled("reviews-create-workflow.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "status": 200,
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json"
      },
      "body": {
        "workflow_id": "73b5fcaa-2b8c-874f-b8cf-736e5a823971"
      }
    }
    "#);
}

#[tokio::test]
async fn a_certification_is_created_and_ordered_by_a_message() {
    let scene = Scene::after(&[INVENTORY, &["reviews-create-workflow.json"]].concat()).await;
    let answer = scene.handled("reviews-create-certification.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "status": 200,
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json"
      },
      "body": {
        "certification_id": "7602460d-d62d-83fa-a834-fec01d86daaa"
      },
      "sent": [
        "materialise job-0753f4c6-7d6a-83e1-8c31-19a09f5e4efb"
      ]
    }
    "#);
}

#[tokio::test]
async fn results_are_listed() {
    let scene = Scene::after(IN_PROGRESS).await;
    let answer = scene.handled("reviews-list-results.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "status": 200,
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json"
      },
      "body": {
        "values": [
          {
            "result_id": 0,
            "source": {
              "id": "acct-omar",
              "name": "omar",
              "type": "Account",
              "account_type": "user",
              "application_id": "payroll",
              "email": "omar@corp.example",
              "mfa_enabled": false,
              "owner_id": "omar",
              "privileged": true,
              "status": "active",
              "datasource_id": "payroll",
              "datasource_name": "Payroll",
              "platform": "PayrollSuite"
            },
            "destination": {
              "id": "role-close",
              "name": "PeriodClose",
              "type": "Role",
              "application_id": "payroll",
              "datasource_id": "payroll",
              "datasource_name": "Payroll",
              "platform": "PayrollSuite"
            },
            "waypoint": null,
            "path_summary": [],
            "joined_nodes": {},
            "accumulated_effective_permissions": [],
            "accumulated_raw_permissions": [],
            "risk_level": "medium",
            "decision": "NONE",
            "decision_at": null,
            "decision_by": null,
            "marked_fixed_at": null,
            "marked_fixed_by": null,
            "flagged": false,
            "notes": "",
            "reviewers": [
              {
                "user_type": "Identity",
                "id": "lena",
                "email": "lena@corp.example",
                "name": "Lena"
              }
            ],
            "old_reviewers": [],
            "is_assigned_to_current_user": false,
            "signed_off_state": "NOT_SIGNED_OFF",
            "signed_off_at": null,
            "signed_off_by": null,
            "updated_at": null,
            "updated_by": null,
            "notification_status": "UNKNOWN",
            "action_log_entries": [],
            "version": 0,
            "reviewer_assignment": null,
            "notification_response_infos": [],
            "automation_run_ids": [],
            "revoke_request_infos": [],
            "predefined_question_response": [],
            "display": [],
            "outlier_info": null
          }
        ],
        "next_page_token": "",
        "has_more": false,
        "has_previous": false
      }
    }
    "#);
}

#[tokio::test]
async fn a_result_is_decided() {
    let scene = Scene::after(IN_PROGRESS).await;
    let answer = scene.handled("reviews-update-result.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "status": 200,
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json"
      },
      "body": {}
    }
    "#);
}

#[tokio::test]
async fn a_result_that_is_not_there_is_not_found() {
    let scene = Scene::after(IN_PROGRESS).await;
    let answer = scene.refused("reviews-update-unknown-result.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "status": 404,
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json"
      },
      "body": {
        "code": "NotFound",
        "message": "there is no such thing, or none for the caller",
        "request_id": "00000000-0000-0000-0000-00000000000b",
        "timestamp": "2026-01-01T00:00:00Z",
        "details": []
      }
    }
    "#);
}
