use insta::assert_json_snapshot;

use super::*;
use crate::openapi::check::fits;

fn faults<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<String> {
    let Error::Invalid(faults) = result.unwrap_err() else { panic!("another error") };
    faults.iter().map(|fault| format!("{}: {}", fault.field, fault.issue)).collect()
}

#[test]
fn the_documented_sample_is_understood() {
    let sample = br#"{
      "inclusion_filters": [ { "entity": "account", "field": "department", "operator": "equals", "value": "Treasury" } ],
      "exclusion_filters": [ { "entity": "account", "field": "account_type", "operator": "equals", "value": "service" } ]
    }"#;
    let query = test(sample).unwrap();
    let shown = encode_filters(&query);
    fits("CampaignQuery", &shown);
    assert_eq!(shown, serde_json::from_slice::<Value>(sample).unwrap());
    assert_eq!(test(b"{}").unwrap(), CampaignQuery::default());
}

#[test]
fn values_keep_their_type() {
    for value in [json!(true), json!(3), json!(1.5), json!("x")] {
        let body = json!({ "entity": "account", "field": "f", "operator": "equals", "value": value });
        let faults = Faults::new();
        let condition = condition(&Object::root(&body, &faults).unwrap()).unwrap();
        assert_eq!(encode_condition(&condition), body);
    }
}

#[test]
fn what_stands_beside_an_operator_without_a_value_is_ignored() {
    for operator in ["is_null", "is_not_null"] {
        for value in [json!(null), json!([1]), json!({ "a": 1 }), json!("x".repeat(MAX_TEXT + 1)), json!(7)] {
            let condition = json!({ "entity": "account", "field": "department", "operator": operator, "value": value });
            let query = test(json!({ "inclusion_filters": [condition] }).to_string().as_bytes()).unwrap();
            assert_eq!(query.inclusion_filters[0].value, None, "{operator} {value}");
        }
    }
}

#[test]
fn the_number_of_conditions_is_bounded() {
    let one = json!({ "entity": "account", "field": "department", "operator": "equals", "value": "x" });
    let body = |count: usize| json!({ "inclusion_filters": vec![one.clone(); count] }).to_string();
    assert!(test(body(MAX_CONDITIONS).as_bytes()).is_ok());
    assert_eq!(
        faults(test(body(MAX_CONDITIONS + 1).as_bytes())),
        ["inclusion_filters: must have at most 100 elements"]
    );
}

#[test]
fn conditions_are_checked_against_the_catalogue_in_one_go() {
    let body = json!({
        "inclusion_filters": [
            { "entity": "account", "field": "department", "operator": "equals", "value": "x" },
            { "entity": "planet", "field": "department", "operator": "equals", "value": "x" },
            { "entity": "account", "field": "height", "operator": "equals", "value": "x" },
        ],
        "exclusion_filters": [
            { "entity": "account", "field": "department", "operator": "starts_with", "value": "x" },
            { "entity": "account", "field": "privileged", "operator": "equals", "value": "perhaps" },
            { "entity": "account", "field": "risk_score", "operator": "greater_than" },
        ],
    });
    let fields: Vec<_> = faults(test(body.to_string().as_bytes()))
        .into_iter()
        .map(|fault| fault.split(':').next().unwrap().to_owned())
        .collect();
    assert_json_snapshot!(fields);
}

#[test]
fn the_catalogue_fits_its_schema() {
    let fields = encode_fields(&app::loading::population::query_fields());
    fits("QueryFields", &fields);
    assert_json_snapshot!(fields);
}

#[test]
fn a_test_shows_a_few_accounts() {
    let sample = SampleAccount {
        id: "acct-7731".to_owned(),
        account_name: "m.okafor".to_owned(),
        email: Some("m.okafor@corp.example".to_owned()),
        status: None,
        department: Some("Treasury".to_owned()),
    };
    let shown = encode_test(&QueryTest { count: 17, samples: vec![sample] });
    fits("QueryTest", &shown);
    assert_eq!(shown["sample_accounts"][0]["status"], Value::Null);
}
