use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, KeysAndAttributes, Put, PutRequest, TransactWriteItem, Update, WriteRequest,
};

use super::*;

const TABLE: &str = "reviews";

fn engine() -> Engine {
    let engine = Engine::memory().unwrap();
    engine.create_table(TABLE).unwrap();
    engine
}

/// A client that never retries, so that a test sees the fault itself.
fn plain(engine: &Engine) -> Client {
    Client::from_conf(engine.client_config().retry_config(RetryConfig::disabled()).build())
}

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

async fn put(client: &Client, pk: &str, sk: &str, value: &str) {
    let put = client.put_item().table_name(TABLE).item("pk", text(pk)).item("sk", text(sk)).item("value", text(value));
    put.send().await.unwrap();
}

async fn value(client: &Client, pk: &str, sk: &str, consistent: bool) -> Option<String> {
    let get = client.get_item().table_name(TABLE).key("pk", text(pk)).key("sk", text(sk)).consistent_read(consistent);
    let item = get.send().await.unwrap().item?;
    Some(item.get("value")?.as_s().unwrap().clone())
}

fn transact_put(sk: &str, condition: Option<&str>) -> TransactWriteItem {
    let put = Put::builder()
        .table_name(TABLE)
        .item("pk", text("t"))
        .item("sk", text(sk))
        .set_condition_expression(condition.map(str::to_owned))
        .build()
        .unwrap();
    TransactWriteItem::builder().put(put).build()
}

async fn all(client: &Client, pk: &str) -> Vec<String> {
    let mut pages = client
        .query()
        .table_name(TABLE)
        .consistent_read(true)
        .key_condition_expression("pk = :pk")
        .expression_attribute_values(":pk", text(pk))
        .into_paginator()
        .send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        found.extend(page.unwrap().items().iter().map(|item| item["sk"].as_s().unwrap().clone()));
    }
    found
}

#[test]
fn what_was_written_is_read_back_and_survives_in_a_file() {
    let path = std::env::temp_dir().join(format!("engine-{}.db", std::process::id()));
    simulate(1, async {
        let engine = Engine::open(&path).unwrap();
        engine.create_table(TABLE).unwrap();
        put(&engine.client(), "a", "1", "x").await;
    });
    simulate(1, async {
        let engine = Engine::open(&path).unwrap();
        engine.create_table(TABLE).unwrap();
        assert_eq!(value(&engine.client(), "a", "1", true).await.as_deref(), Some("x"));
    });
    std::fs::remove_file(path).unwrap();
}

#[test]
fn throttling_and_server_errors_are_typed_and_retried_by_the_sdk() {
    simulate(1, async {
        let engine = engine();
        let put =
            |client: &Client| client.put_item().table_name(TABLE).item("pk", text("a")).item("sk", text("1")).send();
        let client = plain(&engine);
        engine.inject("PutItem", Fault::Throughput);
        let error = put(&client).await.unwrap_err().into_service_error();
        assert!(error.is_provisioned_throughput_exceeded_exception());
        engine.inject("PutItem", Fault::Throttling);
        assert!(put(&client).await.unwrap_err().into_service_error().is_throttling_exception());
        engine.inject("PutItem", Fault::Internal);
        assert!(put(&client).await.unwrap_err().into_service_error().is_internal_server_error());
        engine.inject("PutItem", Fault::Unreachable);
        assert!(matches!(put(&client).await.unwrap_err(), SdkError::DispatchFailure(e) if e.is_io()));
        assert_eq!(engine.dump(TABLE).unwrap(), "", "nothing of it was carried out");

        engine.inject("PutItem", Fault::Throughput);
        engine.inject("PutItem", Fault::Internal);
        put(&engine.client()).await.unwrap();
    });
}

#[test]
fn a_lost_response_of_a_conditional_put_comes_back_as_a_failed_condition() {
    simulate(1, async {
        let engine = engine();
        engine.inject("PutItem", Fault::Lost);
        let error = engine
            .client()
            .put_item()
            .table_name(TABLE)
            .item("pk", text("a"))
            .item("sk", text("1"))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(
                aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld,
            )
            .send()
            .await
            .unwrap_err()
            .into_service_error();
        let aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(failed) = error else {
            panic!("{error:?}");
        };
        assert_eq!(failed.item().unwrap()["pk"], text("a"), "the item that the lost call wrote");
    });
}

#[test]
fn a_lost_response_of_a_transaction_is_replayed_by_its_token() {
    simulate(1, async {
        let engine = engine();
        engine.inject("TransactWriteItems", Fault::Lost);
        let write = engine
            .client()
            .transact_write_items()
            .transact_items(transact_put("1", Some("attribute_not_exists(pk)")))
            .client_request_token("decision-1");
        write.clone().send().await.unwrap();
        assert_eq!(engine.usage().of("TransactWriteItems").requests, 2);
        // The same token with another content is refused, as by AWS.
        let other = write.transact_items(transact_put("2", None)).send().await.unwrap_err().into_service_error();
        assert!(other.is_idempotent_parameter_mismatch_exception());
    });
}

#[test]
fn a_cancelled_transaction_names_the_reason_of_each_item() {
    simulate(1, async {
        let engine = engine();
        let client = engine.client();
        put(&client, "t", "2", "x").await;
        let write = || {
            client
                .transact_write_items()
                .transact_items(transact_put("1", None))
                .transact_items(transact_put("2", Some("attribute_not_exists(pk)")))
                .send()
        };
        let codes = |error: SdkError<_>| {
            match error.into_service_error() {
            aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException(
                cancelled,
            ) => cancelled
                .cancellation_reasons()
                .iter()
                .map(|reason| reason.code().unwrap().to_owned())
                .collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        }
        };
        assert_eq!(codes(write().await.unwrap_err()), ["None", "ConditionalCheckFailed"]);
        engine.inject("TransactWriteItems", Fault::Conflict(4));
        assert_eq!(codes(write().await.unwrap_err()), ["TransactionConflict", "None"]);
        engine.inject("TransactWriteItems", Fault::InProgress);
        let error = plain(&engine)
            .transact_write_items()
            .transact_items(transact_put("1", None))
            .send()
            .await
            .unwrap_err()
            .into_service_error();
        assert!(error.is_transaction_in_progress_exception());
        assert_eq!(all(&client, "t").await, ["2"], "a cancelled transaction writes nothing");
    });
}

#[test]
fn a_single_write_in_conflict_is_a_typed_error() {
    simulate(1, async {
        let engine = engine();
        engine.inject("DeleteItem", Fault::Conflict(0));
        let delete = engine.client().delete_item().table_name(TABLE).key("pk", text("a")).key("sk", text("1"));
        let error = delete.send().await.unwrap_err().into_service_error();
        assert!(error.is_transaction_conflict_exception());
    });
}

#[test]
fn a_batch_carried_out_in_part_gives_the_rest_back() {
    simulate(1, async {
        let engine = engine();
        let client = engine.client();
        let request = |sk: i32| {
            let put = PutRequest::builder().item("pk", text("b")).item("sk", text(sk.to_string()));
            WriteRequest::builder().put_request(put.build().unwrap()).build()
        };
        engine.inject("BatchWriteItem", Fault::Unprocessed(3));
        let write = client.batch_write_item().request_items(TABLE, (0..5).map(request).collect());
        let rest = write.send().await.unwrap().unprocessed_items.unwrap();
        assert_eq!(rest[TABLE].len(), 2);
        assert_eq!(all(&client, "b").await, ["0", "1", "2"]);
        client.batch_write_item().set_request_items(Some(rest)).send().await.unwrap();

        let key = |sk: i32| HashMap::from([("pk".to_owned(), text("b")), ("sk".to_owned(), text(sk.to_string()))]);
        let keys = KeysAndAttributes::builder().set_keys(Some((0..5).map(key).collect())).consistent_read(true);
        engine.inject("BatchGetItem", Fault::Unprocessed(1));
        let read = client.batch_get_item().request_items(TABLE, keys.build().unwrap()).send().await.unwrap();
        assert_eq!(read.responses.unwrap()[TABLE].len(), 1);
        let rest = &read.unprocessed_keys.unwrap()[TABLE];
        assert_eq!((rest.keys().len(), rest.consistent_read()), (4, Some(true)));
    });
}

#[test]
fn short_pages_lose_nothing() {
    simulate(1, async {
        let engine = engine();
        let client = engine.client();
        for sk in 0..30 {
            put(&client, "q", &sk.to_string(), "x").await;
        }
        engine.set_faults(Faults { seed: 3, short_pages: 1.0, ..Faults::default() }).unwrap();
        assert_eq!(all(&client, "q").await.len(), 30);
        assert!(engine.usage().of("Query").requests >= 5, "at most seven a page");
    });
}

#[test]
fn eventual_reads_lag_at_most_as_told_and_consistent_ones_never() {
    simulate(1, async {
        let engine = engine();
        let client = engine.client();
        put(&client, "a", "1", "0").await;
        engine.set_faults(Faults { seed: 5, stale: 20, ..Faults::default() }).unwrap();
        let mut furthest = 0;
        for version in 1..200_u32 {
            put(&client, "a", "1", &version.to_string()).await;
            let fresh: u32 = value(&client, "a", "1", true).await.unwrap().parse().unwrap();
            let seen: u32 = value(&client, "a", "1", false).await.unwrap().parse().unwrap();
            assert_eq!(fresh, version);
            assert!(version - seen <= 20, "{seen} of {version}");
            furthest = furthest.max(version - seen);
        }
        assert!(furthest >= 5, "it does lag");
        engine.clear_faults();
        assert_eq!(value(&client, "a", "1", false).await.as_deref(), Some("199"));
    });
}

#[test]
fn the_sparse_index_holds_what_has_its_keys() {
    simulate(1, async {
        let engine = engine();
        let client = engine.client();
        put(&client, "a", "1", "not due").await;
        let due = client.put_item().table_name(TABLE).item("pk", text("a")).item("sk", text("2"));
        due.item("dpk", text("DUE")).item("dsk", text("2026")).send().await.unwrap();
        let query = || {
            client
                .query()
                .table_name(TABLE)
                .index_name("due")
                .key_condition_expression("dpk = :d")
                .expression_attribute_values(":d", text("DUE"))
                .send()
        };
        assert_eq!(query().await.unwrap().items().len(), 1);
        let clear = client.update_item().table_name(TABLE).key("pk", text("a")).key("sk", text("2"));
        clear.update_expression("REMOVE dpk, dsk").send().await.unwrap();
        assert_eq!(query().await.unwrap().items().len(), 0);
    });
}

#[test]
fn a_crashed_process_gets_no_answers_until_it_is_revived() {
    simulate(1, async {
        let engine = engine();
        let client = engine.client();
        let write =
            |sk: &'static str| client.put_item().table_name(TABLE).item("pk", text("c")).item("sk", text(sk)).send();
        engine.crash(Crash::After(1));
        write("1").await.unwrap();
        assert!(write("2").await.is_err());
        assert!(write("3").await.is_err());
        assert!(engine.revive());
        engine.crash(Crash::During(1));
        assert!(write("4").await.is_err());
        assert!(write("5").await.is_err());
        assert!(engine.revive());
        assert!(!engine.revive(), "it lives");
        assert_eq!(all(&client, "c").await, ["1", "4"], "what was under way is done, what came later is not");
    });
}

#[test]
fn the_meter_counts_units_as_billed_and_callers_do_not_see_it() {
    simulate(1, async {
        let engine = engine();
        let client = engine.client();
        put(&client, "m", "1", &"x".repeat(1500)).await;
        let usage = engine.reset_usage();
        assert_eq!((usage.requests(), usage.write_units(), usage.read_units()), (1, 2.0, 0.0));
        let get = || client.get_item().table_name(TABLE).key("pk", text("m")).key("sk", text("1"));
        assert!(get().send().await.unwrap().consumed_capacity.is_none());
        let asked = get().return_consumed_capacity(aws_sdk_dynamodb::types::ReturnConsumedCapacity::Total);
        assert_eq!(
            asked.consistent_read(true).send().await.unwrap().consumed_capacity.unwrap().capacity_units,
            Some(1.0)
        );
        let usage = engine.reset_usage();
        assert_eq!((usage.of("GetItem").requests, usage.read_units()), (2, 1.5));

        let check = ConditionCheck::builder().table_name(TABLE).key("pk", text("m")).key("sk", text("1"));
        let check = check.condition_expression("attribute_exists(pk)").build().unwrap();
        let update = Update::builder().table_name(TABLE).key("pk", text("m")).key("sk", text("2"));
        let update =
            update.update_expression("SET v = :v").expression_attribute_values(":v", text("y")).build().unwrap();
        let write = client.transact_write_items();
        let write = write.transact_items(TransactWriteItem::builder().condition_check(check).build());
        write.transact_items(TransactWriteItem::builder().update(update).build()).send().await.unwrap();
        assert_eq!(
            engine.reset_usage().write_units(),
            6.0,
            "twice two units for the checked item and one for the other"
        );

        let refused = client.put_item().table_name("nowhere").item("pk", text("m")).item("sk", text("1")).send().await;
        assert_eq!(refused.unwrap_err().code(), Some("ResourceNotFoundException"));
        assert_eq!(engine.usage().of("PutItem").refused, 1);
    });
}

#[test]
fn refusals_of_the_database_reach_the_sdk_with_their_code() {
    simulate(1, async {
        let engine = engine();
        let client = engine.client();
        let empty_key = client.put_item().table_name(TABLE).item("pk", text("")).item("sk", text("1"));
        assert_eq!(empty_key.send().await.unwrap_err().code(), Some("ValidationException"));
        let too_large = client.put_item().table_name(TABLE).item("pk", text("a")).item("sk", text("1"));
        let too_large = too_large.item("value", text("x".repeat(500_000)));
        assert_eq!(too_large.send().await.unwrap_err().code(), Some("ValidationException"));
        let wrong = client.update_item().table_name(TABLE).key("pk", text("a")).key("sk", text("1"));
        assert_eq!(wrong.update_expression("SETT x = 1").send().await.unwrap_err().code(), Some("ValidationException"));
    });
}

/// Four clients race for each of a number of rows in bad weather; what happened is told in the order it happened.
fn race(seed: u64) -> String {
    simulate(seed, async {
        let engine = engine();
        engine.set_faults(Faults::storm(seed)).unwrap();
        let mut reviewers = Vec::new();
        for reviewer in 0..4 {
            let client = engine.client();
            reviewers.push(tokio::spawn(async move {
                let mut told = String::new();
                for row in 0..10 {
                    let put = client
                        .put_item()
                        .table_name(TABLE)
                        .item("pk", text("row"))
                        .item("sk", text(row.to_string()))
                        .item("by", text(reviewer.to_string()))
                        .condition_expression("attribute_not_exists(pk)");
                    let outcome = put.send().await.map_err(|error| error.code().map(str::to_owned));
                    told.push_str(&format!("{reviewer} {row} {:?}\n", outcome.map(|_| ())));
                }
                told
            }));
        }
        let mut told = String::new();
        for reviewer in reviewers {
            told.push_str(&reviewer.await.unwrap());
        }
        format!("{told}{}{:?}", engine.dump(TABLE).unwrap(), engine.usage())
    })
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let runs: Vec<String> = (0..12).map(race).collect();
    for (seed, run) in runs.iter().enumerate() {
        assert_eq!(*run, race(seed as u64), "seed {seed}");
    }
    assert!(runs.iter().any(|run| run != &runs[0]), "other seeds give other runs");
}

#[test]
fn a_dump_is_the_same_for_the_same_data_in_any_order() {
    let filled = |order: [&'static str; 3]| {
        simulate(1, async move {
            let engine = engine();
            let client = engine.client();
            for sk in order {
                let put = client.put_item().table_name(TABLE).item("pk", text("d")).item("sk", text(sk));
                let mut members = vec!["b".to_owned(), "a".to_owned()];
                if sk == "2" && order[0] == "2" {
                    members.reverse();
                }
                put.item("set", AttributeValue::Ss(members)).send().await.unwrap();
            }
            engine.dump(TABLE).unwrap()
        })
    };
    let dump = filled(["1", "2", "3"]);
    assert_eq!(dump, filled(["2", "3", "1"]));
    assert_eq!(dump.lines().next(), Some(r#"{"pk":{"S":"d"},"set":{"SS":["a","b"]},"sk":{"S":"1"}}"#));
}
