//! Samples of inventory, campaigns and settings.

use insta::assert_json_snapshot;

use crate::scene::{ACTIVE, DRAFT, INVENTORY, Scene};

#[tokio::test]
async fn a_data_source_is_put() {
    let scene = Scene::after(&[]).await;
    let answer = scene.handled("inventory-put-datasource.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "status": 200,
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json"
      },
      "body": {
        "created": 5,
        "updated": 0,
        "removed": 0,
        "warnings": []
      }
    }
    "#);
}

#[tokio::test]
async fn a_data_source_with_an_account_of_no_application_is_refused() {
    let scene = Scene::after(&[]).await;
    let answer = scene.refused("inventory-put-datasource-with-fault.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "status": 400,
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json"
      },
      "body": {
        "error": {
          "code": "VALIDATION_ERROR",
          "message": "The request has 1 invalid field.",
          "details": [
            {
              "field": "accounts[0].application_id",
              "issue": "unknown application `nowhere`"
            }
          ],
          "request_id": "00000000-0000-0000-0000-000000000002"
        }
      }
    }
    "#);
}

#[tokio::test]
async fn data_sources_are_listed() {
    let scene = Scene::after(INVENTORY).await;
    let answer = scene.handled("inventory-list-datasources.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "status": 200,
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json"
      },
      "body": {
        "datasources": [
          {
            "datasource_id": "payroll",
            "name": "Payroll",
            "platform": "PayrollSuite",
            "format": "full",
            "provider_id": null,
            "created_at": "2026-01-01T00:00:00Z",
            "last_sync_time": "2026-01-01T00:00:00Z",
            "account_count": 1,
            "node_count": 5,
            "edge_count": 1
          }
        ],
        "pageInfo": {
          "hasNextPage": false,
          "endCursor": "eyJiIjoicDJLbWhfQTN3TFB5IiwicCI6InBheXJvbGwifQ"
        }
      }
    }
    "#);
}

#[tokio::test]
async fn an_upload_is_opened() {
    let scene = Scene::after(&[]).await;
    let answer = scene.handled("inventory-open-upload.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "status": 200,
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json"
      },
      "body": {
        "upload_id": "upl-bc31d48f-998e-8380-b567-fd4f2efbdd8f",
        "url": "memory:uploads/upl-bc31d48f-998e-8380-b567-fd4f2efbdd8f",
        "method": "PUT",
        "expires_at": "2026-01-01T01:00:00Z",
        "max_bytes": 268435456
      }
    }
    "#);
}

#[tokio::test]
async fn a_campaign_is_created() {
    let scene = Scene::after(INVENTORY).await;
    let answer = scene.handled("campaigns-create.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "status": 201,
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json",
        "etag": "\"1\""
      },
      "body": {
        "id": "a808d917-4d2e-8804-9f2b-dd2dd2fd90b1",
        "name": "Payroll review",
        "description": "Before the audit",
        "type": "periodic",
        "status": "draft",
        "start_date": "2026-01-01T06:00:00Z",
        "end_date": "2035-12-31T18:00:00Z",
        "created_at": "2026-01-01T00:00:00Z",
        "scope": {
          "applications": [
            "payroll"
          ],
          "account_types": []
        },
        "query": {
          "inclusion_filters": [],
          "exclusion_filters": []
        },
        "reviewer_assignment": {
          "users_manager": true,
          "resource_managers": false,
          "reviewers": [],
          "fallback_reviewers": []
        },
        "revoke_mode": "record_only",
        "auto_start": false,
        "template_id": null,
        "workflow_id": "aa9f813b-067f-87a5-94a9-329f0bd16f51",
        "updated_at": "2026-01-01T00:00:00Z",
        "created_by": "ann@corp.example",
        "started_at": null,
        "completed_at": null,
        "terminated_at": null,
        "expired": false,
        "start_state": "none",
        "start_error": null,
        "progress": {
          "total": 0,
          "pending": 0,
          "approved": 0,
          "rejected": 0,
          "flagged": 0
        }
      }
    }
    "#);
}

#[tokio::test]
async fn every_fault_of_a_campaign_is_named() {
    let scene = Scene::after(INVENTORY).await;
    let answer = scene.refused("campaigns-create-with-faults.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "status": 400,
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json"
      },
      "body": {
        "error": {
          "code": "VALIDATION_ERROR",
          "message": "The request has 2 invalid fields.",
          "details": [
            {
              "field": "end_date",
              "issue": "must be after start_date"
            },
            {
              "field": "name",
              "issue": "must not be empty"
            }
          ],
          "request_id": "00000000-0000-0000-0000-000000000005"
        }
      }
    }
    "#);
}

#[tokio::test]
async fn an_auditor_creates_no_campaign() {
    let scene = Scene::after(INVENTORY).await;
    let answer = scene.refused("campaigns-create-as-auditor.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "status": 403,
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json"
      },
      "body": {
        "error": {
          "code": "FORBIDDEN",
          "message": "The caller's role may not do this.",
          "request_id": "00000000-0000-0000-0000-000000000005"
        }
      }
    }
    "#);
}

#[tokio::test]
async fn a_campaign_is_started_by_a_message() {
    let scene = Scene::after(DRAFT).await;
    let answer = scene.handled("campaigns-start.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "status": 200,
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json"
      },
      "body": {
        "status": "queued",
        "message": "Start of campaign accepted"
      },
      "sent": [
        "materialise job-a029de72-557b-8e2e-8598-338639223975"
      ]
    }
    "#);
}

#[tokio::test]
async fn a_campaign_is_read() {
    let scene = Scene::after(ACTIVE).await;
    let answer = scene.handled("campaigns-get.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "status": 200,
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json",
        "etag": "\"4\""
      },
      "body": {
        "id": "a808d917-4d2e-8804-9f2b-dd2dd2fd90b1",
        "name": "Payroll review",
        "description": "Before the audit",
        "type": "periodic",
        "status": "active",
        "start_date": "2026-01-01T06:00:00Z",
        "end_date": "2035-12-31T18:00:00Z",
        "created_at": "2026-01-01T00:00:00Z",
        "scope": {
          "applications": [
            "payroll"
          ],
          "account_types": []
        },
        "query": {
          "inclusion_filters": [],
          "exclusion_filters": []
        },
        "reviewer_assignment": {
          "users_manager": true,
          "resource_managers": false,
          "reviewers": [],
          "fallback_reviewers": []
        },
        "revoke_mode": "record_only",
        "auto_start": false,
        "template_id": null,
        "workflow_id": "aa9f813b-067f-87a5-94a9-329f0bd16f51",
        "updated_at": "2026-01-01T00:00:00Z",
        "created_by": "ann@corp.example",
        "started_at": "2026-01-01T00:00:00Z",
        "completed_at": null,
        "terminated_at": null,
        "expired": false,
        "start_state": "done",
        "start_error": null,
        "progress": {
          "total": 1,
          "pending": 1,
          "approved": 0,
          "rejected": 0,
          "flagged": 0
        }
      }
    }
    "#);
}

#[tokio::test]
async fn a_caller_learns_who_they_are() {
    let scene = Scene::after(&[]).await;
    let answer = scene.handled("settings-me.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "status": 200,
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json"
      },
      "body": {
        "user": {
          "user_type": "localCookieUser",
          "id": "ann",
          "email": "ann@corp.example",
          "name": "Ann Ó"
        },
        "roles": [
          "administrator"
        ]
      }
    }
    "#);
}

#[tokio::test]
async fn who_was_not_recognised_is_told_so() {
    let scene = Scene::after(&[]).await;
    let answer = scene.refused("settings-me-without-caller.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "status": 401,
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json"
      },
      "body": {
        "error": {
          "code": "UNAUTHORIZED",
          "message": "A valid bearer token is needed.",
          "request_id": "00000000-0000-0000-0000-000000000002"
        }
      }
    }
    "#);
}

#[tokio::test]
async fn health_needs_no_token() {
    let scene = Scene::after(&[]).await;
    let answer = scene.handled("settings-health.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "status": 200,
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json"
      },
      "body": {
        "status": "ok"
      }
    }
    "#);
}

#[tokio::test]
async fn a_key_is_created() {
    let scene = Scene::after(&[]).await;
    let answer = scene.handled("settings-create-key.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "status": 201,
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json"
      },
      "body": {
        "id": "key-6d0fb20c-cff4-88fc-a41b-4e4bf156ef2e",
        "name": "nightly load",
        "role": "operator",
        "user": {
          "user_type": "localCookieUser",
          "id": "65bc9713-4b52-852f-86f0-93d98b5f8de0",
          "email": "loader@corp.example",
          "name": "loader"
        },
        "expires_at": null,
        "created_at": "2026-01-01T00:00:00Z",
        "created_by": {
          "user_type": "localCookieUser",
          "id": "ann",
          "email": "ann@corp.example",
          "name": "Ann Ó"
        },
        "token": "[token]"
      }
    }
    "#);
}

#[tokio::test]
async fn what_no_other_route_matches_is_not_found() {
    let scene = Scene::after(&[]).await;
    let answer = scene.refused("settings-unmatched-path.json").await;
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
          "message": "There is no such route.",
          "request_id": "00000000-0000-0000-0000-000000000002"
        }
      }
    }
    "#);
}
