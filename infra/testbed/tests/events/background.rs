//! Samples of the authorizer, of the queues and of the timer.

use engine::Faults;
use insta::assert_json_snapshot;

use crate::scene::{INVENTORY, ORDERED, STARTED, Scene};

/// What a client puts where an upload told it to.
const UPLOADED: &str = r#"{"name":"Warehouse","applications":[{"id":"wms","name":"WMS"}],"accounts":[{"id":"a1","account_name":"lena","application_id":"wms"}]}"#;
const OPENED: &[&str] = &["inventory-open-upload.json"];

#[tokio::test]
async fn a_token_names_its_caller() {
    let scene = Scene::after(&[]).await;
    let answer = scene.handled("authorizer-known-token.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "answer": {
        "context": {
          "email": "ann@corp.example",
          "key_id": "key-00000000-0000-0000-0000-000000000001",
          "name": "Ann Ó",
          "role": "administrator",
          "user_id": "ann",
          "user_type": "localCookieUser"
        },
        "isAuthorized": true
      }
    }
    "#);
}

#[tokio::test]
async fn a_token_that_nobody_has_names_nobody() {
    let scene = Scene::after(&[]).await;
    let answer = scene.refused("authorizer-unknown-token.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "answer": {
        "context": {},
        "isAuthorized": true
      }
    }
    "#);
}

#[tokio::test]
async fn a_jwt_names_the_person_of_the_inventory_with_its_address() {
    let scene = Scene::after(INVENTORY).await;
    let answer = scene.handled("authorizer-jwt.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "answer": {
        "context": {
          "email": "lena@corp.example",
          "key_id": "",
          "name": "Lena",
          "role": "reviewer",
          "user_id": "lena",
          "user_type": "Identity"
        },
        "isAuthorized": true
      }
    }
    "#);
}

#[tokio::test]
async fn a_jwt_that_has_expired_names_nobody() {
    let scene = Scene::after(&[]).await;
    let answer = scene.refused("authorizer-jwt-expired.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "answer": {
        "context": {},
        "isAuthorized": true
      }
    }
    "#);
}

#[tokio::test]
async fn a_jwt_without_signature_names_nobody() {
    let scene = Scene::after(&[]).await;
    let answer = scene.refused("authorizer-jwt-unsigned.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "answer": {
        "context": {},
        "isAuthorized": true
      }
    }
    "#);
}

#[tokio::test]
async fn the_rows_of_a_campaign_are_built() {
    let scene = Scene::after(STARTED).await;
    let answer = scene.handled("materialize-campaign.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "answer": {
        "batchItemFailures": []
      }
    }
    "#);
}

#[tokio::test]
async fn the_rows_of_a_certification_are_built() {
    let scene = Scene::after(ORDERED).await;
    let answer = scene.handled("materialize-certification.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "answer": {
        "batchItemFailures": []
      }
    }
    "#);
}

#[tokio::test]
async fn a_message_of_another_queue_builds_nothing_and_comes_again() {
    let scene = Scene::after(&[]).await;
    let answer = scene.refused("materialize-foreign-message.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "answer": {
        "batchItemFailures": [
          {
            "itemIdentifier": "9925e1c1-0bf6-4823-a34a-65bf5dbac347"
          }
        ]
      }
    }
    "#);
}

#[tokio::test]
async fn an_uploaded_object_begins_the_work() {
    let scene = Scene::after(OPENED).await;
    scene.upload(UPLOADED).await;
    let answer = scene.handled("ingest-object-created.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "answer": {
        "batchItemFailures": []
      },
      "sent": [
        "ingest job-bc31d48f-998e-8380-b567-fd4f2efbdd8f"
      ]
    }
    "#);
}

#[tokio::test]
async fn an_upload_is_taken_in() {
    let scene = Scene::after(OPENED).await;
    scene.upload(UPLOADED).await;
    let _ = scene.handled("ingest-object-created.json").await;
    let answer = scene.handled("ingest-job.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "answer": {
        "batchItemFailures": []
      }
    }
    "#);
    let listed = scene.handled("inventory-list-datasources.json").await;
    assert_eq!(listed["body"]["datasources"][0]["datasource_id"], "warehouse");
}

#[tokio::test]
async fn the_test_of_a_new_notification_is_taken_note_of() {
    let scene = Scene::after(&[]).await;
    let answer = scene.handled("ingest-test-event.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "answer": {
        "batchItemFailures": []
      }
    }
    "#);
}

#[tokio::test]
async fn a_message_of_another_queue_takes_nothing_in_and_comes_again() {
    let scene = Scene::after(&[]).await;
    let answer = scene.refused("ingest-foreign-message.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "answer": {
        "batchItemFailures": [
          {
            "itemIdentifier": "b9a51e15-5cdb-4592-a0a9-d95d4334f31a"
          }
        ]
      }
    }
    "#);
}

#[tokio::test]
async fn a_tick_finds_an_upload_that_nobody_told_of() {
    let scene = Scene::after(OPENED).await;
    scene.upload(UPLOADED).await;
    let answer = scene.handled("schedules-every-minute.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "answer": null,
      "sent": [
        "ingest job-bc31d48f-998e-8380-b567-fd4f2efbdd8f"
      ]
    }
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_tick_fails_when_the_table_answers_nobody() {
    let scene = Scene::after(&[]).await;
    scene.bed.engine.set_faults(Faults { throttled: 1.0, ..Faults::default() }).expect("faults");
    let answer = scene.refused("schedules-table-throttled.json").await;
    assert_json_snapshot!(answer, @r#"
    {
      "error": "unavailable: the table is unavailable while reading OUT#00#SWEEP META: ProvisionedThroughputExceededException: The level of configured provisioned throughput for the table was exceeded."
    }
    "#);
}
