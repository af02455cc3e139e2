use app::review::{ListInput, Start};
use insta::assert_json_snapshot;

use super::*;
use crate::fixture::{self, checks};
use crate::openapi::check::fits;

#[test]
fn a_single_item_tells_everything() {
    let item = encode(&fixture::row(), &checks());
    fits("ReviewItem", &item);
    assert_json_snapshot!(item);
}

#[test]
fn an_item_in_a_list_tells_less() {
    let page = Page { items: vec![fixture::row()], next: None, end: Some("c".to_owned()), has_previous: false };
    let page = encode_page(&page);
    fits("ReviewItemPage", &page);
    let single = encode(&fixture::row(), &checks());
    for absent in ["account", "risk", "policy_summary"] {
        assert!(single.get(absent).is_some());
        assert_eq!(page["review_items"][0].get(absent), None, "{absent}");
    }
    assert_eq!(page["review_items"][0]["owner"].as_object().map(serde_json::Map::len), Some(3));
}

#[test]
fn entitlements_have_all_their_fields_and_come_by_name() {
    let entitlements = encode_entitlements(&fixture::row());
    fits("Entitlements", &entitlements);
    assert_json_snapshot!(entitlements);
}

#[test]
fn weights_of_triggered_factors_add_up_to_the_score() {
    let item = encode(&fixture::row(), &checks());
    let weights =
        item["risk"]["triggered_factors"].as_array().unwrap().iter().map(|factor| factor["weight"].as_i64().unwrap());
    assert_eq!(Some(weights.sum()), item["risk_score"].as_i64());
}

#[test]
fn an_account_without_owner_has_none() {
    let bare = columns::Batch::new(1);
    let row = app::review::RowView { frozen: Frozen::new(std::sync::Arc::new(bare), 0), ..fixture::row() };
    assert_eq!(encode(&row, &[])["owner"], Value::Null);
    assert_eq!(encode_entitlements(&row), json!({ "groups": [], "roles": [] }));
}

fn listed(pairs: &[(&str, &str)]) -> Result<ListInput, String> {
    let pairs = Pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect());
    list(&pairs).map_err(|error| match error {
        Error::Invalid(faults) => {
            faults.iter().map(|fault| format!("{}: {}", fault.field, fault.issue)).collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    })
}

#[test]
fn an_order_is_total_because_name_and_id_follow() {
    let order = |sort: &str| -> Vec<String> {
        let input = listed(&[("sort", sort)]).unwrap();
        input.order.iter().map(|key| format!("{}{:?}", if key.descending { "-" } else { "" }, key.by)).collect()
    };
    assert_eq!(
        order("-risk_score"),
        [r#"-Frozen("risk.score")"#, r#"Frozen("source.name")"#, r#"Frozen("source.id")"#]
    );
    assert_eq!(order("account_name"), [r#"Frozen("source.name")"#, r#"Frozen("source.id")"#]);
    assert_eq!(order("-account_name"), [r#"-Frozen("source.name")"#, r#"Frozen("source.id")"#]);
    assert_eq!(order("decided_at"), ["DecidedAt", r#"Frozen("source.name")"#, r#"Frozen("source.id")"#]);
    assert_eq!(order("status").first().map(String::as_str), Some("Status"));
    assert_eq!(order("reviewer").first().map(String::as_str), Some("Reviewer"));
}

#[test]
fn every_bad_parameter_is_named() {
    let bad = listed(&[("status", "odd"), ("risk", "extreme"), ("sort", "height"), ("limit", "0")]);
    assert_eq!(
        bad.unwrap_err(),
        "status: must be one of pending, approved, rejected, flagged, revoked; risk: must be one of low, medium, high; \
         sort: must be one of account_name, status, risk_score, reviewer, decided_at, application_name, optionally with \
         a leading `-`; limit: must be at least 1"
    );
}

#[test]
fn a_list_starts_at_its_cursor() {
    let input = listed(&[("after", "abc"), ("limit", "7"), ("search", "Oka"), ("risk", "High"), ("status", "flagged")])
        .unwrap();
    assert_eq!((input.start, input.limit), (Start::After("abc".to_owned()), 7));
    assert_eq!(input.filter.search.as_deref(), Some("Oka"));
    assert_eq!(input.filter.risk.as_deref(), Some("high"));
    assert_eq!(input.filter.status, Some(domain::row::Approval::Flagged));
    let first = listed(&[("after", ""), ("unknown", "x")]).unwrap();
    assert_eq!((first.start, first.limit), (Start::First, 50));
}
