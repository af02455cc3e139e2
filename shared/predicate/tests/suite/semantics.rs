//! The tables of the crate's documentation, line by line, per language.

use crate::plain::{Row, batch, holds};
use columns::Value;
use predicate::{Checked, places};

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

fn list(values: &[&str]) -> Value {
    Value::List(values.iter().map(|value| (*value).to_owned()).collect())
}

fn row(values: &[(&str, Value)]) -> Row {
    values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

/// Both evaluators, on a batch of this row alone.
#[track_caller]
fn check_row(what: &str, checked: &Checked, row: &Row, expected: bool) {
    assert_eq!(holds(checked.resolved(), row), expected, "row by row: {what} of {row:?}");
    assert_eq!(checked.select(&batch(std::slice::from_ref(row))).get(0), expected, "by column: {what} of {row:?}");
}

/// A SCIM filter about `source.a`, of which the row has the value, or none.
#[track_caller]
fn scim(filter: &str, value: Option<Value>, expected: bool) {
    let checked = predicate::filter(filter, &places::frozen()).unwrap();
    let mut row = row(&[("source.other", Value::Int(1))]);
    row.extend(value.map(|value| ("source.a".to_owned(), value)));
    check_row(filter, &checked, &row, expected);
}

/// A rule about `account.department` (text) or another field.
#[track_caller]
fn rule(condition: &str, values: &[(&str, Value)], expected: bool) {
    let checked = predicate::condition(condition).unwrap();
    check_row(condition, &checked, &row(values), expected);
}

#[track_caller]
fn query(query: &serde_json::Value, values: &[(&str, Value)], expected: bool) {
    let checked = predicate::json_query(query).unwrap();
    check_row(&query.to_string(), &checked, &row(values), expected);
}

#[test]
fn scim_equality_of_text_minds_case_and_parts_do_not() {
    let ann = || Some(text("Ann Lee"));
    scim(r#"source.a eq "Ann Lee""#, ann(), true);
    scim(r#"source.a eq "ann lee""#, ann(), false);
    scim(r#"source.a ne "ann lee""#, ann(), true);
    scim(r#"source.a ge "ann""#, ann(), false);
    scim(r#"source.a lt "Ann Lef""#, ann(), true);
    scim(r#"source.a co "NN L""#, ann(), true);
    scim(r#"source.a sw "aNN""#, ann(), true);
    scim(r#"source.a ew "LEE""#, ann(), true);
    scim(r#"source.a ew "Ann""#, ann(), false);
    scim(r#"source.a co "É""#, Some(text("caféteria")), true);
    // The sign of the kelvin is an upper-case k.
    scim(r#"source.a sw "kelvin""#, Some(text("\u{212a}elvin")), true);
    scim(r#"source.a sw "ak""#, Some(text("A\u{212a}")), true);
    scim(r#"source.a co "AK""#, Some(text("xa\u{212a}")), true);
    scim(r#"source.a sw "" and source.a co """#, ann(), true);
}

#[test]
fn scim_missing_values_satisfy_only_ne_and_eq_null() {
    let tests = [
        (r#"source.a eq "x""#, false),
        (r#"source.a ne "x""#, true),
        ("source.a eq null", true),
        ("source.a ne null", false),
        ("source.a pr", false),
        (r#"source.a co """#, false),
        (r#"source.a ge """#, false),
        ("source.a eq false", false),
        ("source.a ne true", true),
        ("source.a le 5", false),
        ("source.a gt null", false),
        ("not (source.a pr)", true),
    ];
    for (filter, expected) in tests {
        scim(filter, None, expected);
    }
    scim("source.a eq null", Some(text("")), false);
    scim("source.a ne null", Some(text("x")), true);
    scim("source.a ge null", Some(text("x")), false);
}

#[test]
fn scim_presence_means_not_empty() {
    scim("source.a pr", Some(text("x")), true);
    scim("source.a pr", Some(text("")), false);
    scim("source.a pr", Some(list(&[])), false);
    scim("source.a pr", Some(list(&[""])), true);
    scim("source.a pr", Some(Value::Bool(false)), true);
    scim("source.a pr", Some(Value::Int(0)), true);
}

#[test]
fn scim_booleans_and_their_names_are_equal() {
    scim("source.a eq true", Some(Value::Bool(true)), true);
    scim(r#"source.a eq "TRUE""#, Some(Value::Bool(true)), true);
    scim(r#"source.a ne "true""#, Some(Value::Bool(false)), true);
    scim("source.a eq false", Some(text("False")), true);
    scim("source.a eq false", Some(text("no")), false);
    scim(r#"source.a eq "TRUE""#, Some(text("true")), false);
    scim("source.a ge true", Some(Value::Bool(true)), false);
    scim(r#"source.a le "true""#, Some(Value::Bool(false)), false);
    scim("source.a eq 1", Some(Value::Bool(true)), false);
}

#[test]
fn scim_numbers_compare_as_numbers_also_when_quoted() {
    scim("source.a gt 9", Some(Value::Int(10)), true);
    scim(r#"source.a gt "9""#, Some(Value::Int(10)), true);
    scim("source.a gt 9", Some(text("10")), true);
    scim(r#"source.a gt "9""#, Some(text("10")), false);
    scim("source.a eq 5", Some(Value::Float(5.0)), true);
    scim("source.a eq 5.0", Some(Value::Int(5)), true);
    scim("source.a lt 5.5", Some(Value::Int(5)), true);
    scim("source.a eq 5", Some(text("5.00")), true);
    scim(r#"source.a eq "5""#, Some(text("5.00")), false);
    scim("source.a eq 5", Some(text("five")), false);
    scim("source.a gt 5", Some(text("five")), true);
    scim(r#"source.a co "00""#, Some(Value::Int(1_002)), true);
    scim("source.a gt 9223372036854775807", Some(Value::Int(i64::MAX)), false);
    scim("source.a ge 9223372036854775807", Some(Value::Int(i64::MAX)), true);
    scim("source.a lt -9223372036854775808", Some(Value::Int(i64::MIN)), false);
}

#[test]
fn scim_timestamps_compare_as_instants() {
    let nine = || Some(Value::Time(1_788_253_200_000)); // 2026-09-01T09:00:00Z
    scim(r#"source.a eq "2026-09-01T11:00:00+02:00""#, nine(), true);
    scim(r#"source.a lt "2026-09-01T09:00:00.001Z""#, nine(), true);
    scim(r#"source.a ge "2026-09-01""#, nine(), true);
    scim(r#"source.a lt "2026-09-02""#, nine(), true);
    scim(r#"source.a eq "2026-09-01""#, nine(), false);
    scim(r#"source.a sw "2026-09-01T09""#, nine(), true);
    scim(r#"source.a gt "2025""#, nine(), true);
    scim(r#"source.a eq "2026-09-01T09:00:00Z""#, Some(text("2026-09-01T10:00:00+01:00")), true);
    scim(r#"source.a lt "2026-09-01T09:00:00Z""#, Some(text("2026-09-01T09:30:00+01:00")), true);
    scim(r#"source.a lt "2026-09-01T09:00:00Z""#, Some(text("2026-09-01")), true);
}

#[test]
fn scim_lists_pass_by_any_element_and_ne_by_none() {
    let tags = || Some(list(&["PCI", "prod"]));
    scim(r#"source.a eq "prod""#, tags(), true);
    scim(r#"source.a ne "prod""#, tags(), false);
    scim(r#"source.a ne "test""#, tags(), true);
    scim(r#"source.a co "pc""#, tags(), true);
    scim(r#"source.a gt "pq""#, tags(), true);
    scim(r#"source.a eq "prod""#, Some(list(&[])), false);
    scim(r#"source.a ne "prod""#, Some(list(&[])), true);
    scim("source.a eq null", Some(list(&[])), false);
    scim("source.a gt 9", Some(list(&["1", "10"])), true);
}

#[test]
fn scim_enums_take_any_case_and_the_prefix_or_not() {
    let current = places::current();
    let accepted = row(&[("decision", text("ACCEPTED")), ("signed_off_state", text("NOT_SIGNED_OFF"))]);
    let tests = [
        (r#"decision eq "RESULT_DECISION_ACCEPTED""#, true),
        (r#"decision eq "accepted""#, true),
        (r#"decision eq "2""#, true),
        ("decision eq 2", true),
        (r#"decision ne "Rejected""#, true),
        (r#"decision co "accept""#, true),
        (r#"decision sw "result_decision_a""#, true),
        (r#"decision ew "ed""#, true),
        (r#"decision co "ject""#, false),
        (r#"signed_off_state eq "signed_off""#, false),
        (r#"signed_off_state co "SIGNED_OFF""#, true),
        (r#"signed_off_state eq "UNKNOWN""#, false),
        ("notification_status eq null", true),
        ("notes pr", false),
    ];
    for (filter, expected) in tests {
        let checked = predicate::filter(filter, &current).unwrap();
        check_row(filter, &checked, &accepted, expected);
    }
}

#[test]
fn reviewers_match_by_mail_in_any_case_and_by_name_and_id_as_written() {
    let reviewed = row(&[
        ("reviewers.email", list(&["Lena.Brandt@corp.example"])),
        ("reviewers.name", list(&["Lena Brandt"])),
        ("reviewers.id", list(&["u-17"])),
    ]);
    let tests = [
        (r#"reviewers eq "lena.brandt@corp.example""#, true),
        (r#"reviewers eq "Lena Brandt""#, true),
        (r#"reviewers eq "lena brandt""#, false),
        (r#"reviewers eq "u-17""#, true),
        (r#"reviewers ne "u-17""#, false),
        (r#"reviewers ne "u-18""#, true),
        ("reviewers pr", true),
        ("reviewers eq null", false),
    ];
    for (filter, expected) in tests {
        let checked = predicate::filter(filter, &places::listed()).unwrap();
        check_row(filter, &checked, &reviewed, expected);
    }
    let nameless = row(&[("reviewers.email", list(&["a@corp.example"]))]);
    check_row("eq null", &predicate::filter("reviewers eq null", &places::listed()).unwrap(), &nameless, false);
    check_row("eq null", &predicate::filter("reviewers eq null", &places::listed()).unwrap(), &row(&[]), true);
}

#[test]
fn nothing_holds_of_a_previous_review_that_was_not() {
    let previous = places::previous();
    let first_time = row(&[("source.name", text("x"))]);
    let seen = row(&[("previous.decision", text("NONE"))]);
    for filter in [
        r#"previous.decision ne "RESULT_DECISION_ACCEPTED""#,
        "previous.notes eq null",
        r#"not (previous.signed_off_state eq "SIGNED_OFF")"#,
    ] {
        let checked = predicate::filter(filter, &previous).unwrap();
        check_row(filter, &checked, &first_time, false);
        check_row(filter, &checked, &seen, true);
    }
}

#[test]
fn rules_ignore_case_and_missing_values_satisfy_only_inequality_and_null() {
    let treasury = [("source.department", text("Treasury"))];
    rule("account.department = 'treasury'", &treasury, true);
    rule("account.department != 'TREASURY'", &treasury, false);
    rule("account.department < 'u'", &treasury, true);
    rule("account.department IN ('a', 'TREASURY')", &treasury, true);
    rule("account.department starts with 'TREA' and account.department ends with 'SURY'", &treasury, true);
    rule("account.department contains 'eas'", &treasury, true);
    rule("account.department is null", &treasury, false);
    rule("account.department is not null", &treasury, true);
    rule("account.department = ''", &[], false);
    rule("account.department != 'x'", &[], true);
    rule("account.department <> 'x'", &[], true);
    rule("account.department IS NULL", &[], true);
    rule("NOT account.department = 'x'", &[], true);
    rule("account.login_age_days > 180", &[], false);
    rule("account.login_age_days > 180", &[("source.login_age_days", Value::Int(181))], true);
    rule("account.mfa_enabled = false", &[("source.mfa_enabled", Value::Bool(false))], true);
    rule("account.mfa_status = false", &[("source.mfa_enabled", text("FALSE"))], true);
    rule("account.last_login_at < '2026-01-01'", &[("source.last_login_at", Value::Time(0))], true);
}

#[test]
fn a_rule_holds_when_any_related_entity_satisfies_each_comparison() {
    let groups = [
        ("group.id", list(&["g1", "g2"])),
        ("group.name", list(&["Clerks", "Admins"])),
        ("group.is_high_privilege", list(&["false", "true"])),
        ("group.datasource_name", list(&["ad", ""])),
    ];
    rule("group.name = 'admins'", &groups, true);
    rule("group.name != 'admins'", &groups, true);
    rule("NOT group.name = 'admins'", &groups, false);
    rule("group.name = 'clerks' AND group.is_high_privilege = true", &groups, true);
    rule("group.data_source_name IS NULL", &groups, true);
    rule("group.data_source_name != 'ad'", &groups, true);
    rule("group.name = 'x'", &[], false);
    rule("group.name != 'x'", &[], false);
    rule("group.data_source_name IS NULL", &[], false);
}

fn filter(entity: &str, field: &str, operator: &str, value: serde_json::Value) -> serde_json::Value {
    serde_json::json!({ "entity": entity, "field": field, "operator": operator, "value": value })
}

#[test]
fn one_and_the_same_related_entity_satisfies_all_conditions_of_a_query() {
    let groups = [
        ("group.id", list(&["g1", "g2"])),
        ("group.name", list(&["Clerks", "Admins"])),
        ("group.is_high_privilege", list(&["false", "true"])),
    ];
    let high = filter("group", "is_high_privilege", "equals", true.into());
    let include = |name: &str| {
        let name = filter("group", "name", "equals", name.into());
        serde_json::json!({ "inclusion_filters": [name, high] })
    };
    query(&include("admins"), &groups, true);
    query(&include("clerks"), &groups, false);
    // Where the lists are not equally long, the surplus entities lack the attribute.
    let uneven = [("group.id", list(&["g1", "g2"])), ("group.name", list(&["Admins"]))];
    let named = filter("group", "name", "equals", "Admins".into());
    query(&serde_json::json!({ "inclusion_filters": [named] }), &uneven, true);
    let unknown = filter("group", "data_source_name", "is_null", ().into());
    query(&serde_json::json!({ "inclusion_filters": [named, unknown] }), &uneven, true);
}

#[test]
fn queries_exclude_by_each_condition_alone_and_include_nothing_without_inclusion() {
    let account = [("source.department", text("Treasury")), ("source.account_type", text("Service"))];
    let included = filter("account", "department", "equals", "TREASURY".into());
    let service = filter("account", "account_type", "equals", "service".into());
    let other = filter("account", "account_type", "equals", "user".into());
    query(&serde_json::json!({ "inclusion_filters": [included] }), &account, true);
    let both = serde_json::json!({ "inclusion_filters": [included], "exclusion_filters": [other, service] });
    query(&both, &account, false);
    query(&serde_json::json!({ "inclusion_filters": [included], "exclusion_filters": [other] }), &account, true);
    query(&serde_json::json!({ "exclusion_filters": [other] }), &account, false);
    query(&serde_json::json!({}), &account, false);
    query(&serde_json::json!({ "inclusion_filters": null }), &account, false);
}

#[test]
fn queries_of_missing_values_hold_only_for_null_and_negatives() {
    let tests = [
        ("is_null", true),
        ("is_not_null", false),
        ("not_equals", true),
        ("not_contains", true),
        ("equals", false),
        ("contains", false),
        ("starts_with", false),
        ("ends_with", false),
    ];
    for (operator, expected) in tests {
        let condition = filter("owner", "status", operator, "x".into());
        query(&serde_json::json!({ "inclusion_filters": [condition] }), &[], expected);
    }
}

#[test]
fn a_column_that_rows_are_said_to_lack_is_missing_whatever_a_batch_has() {
    let row = row(&[("idp.name", text("Ann")), ("source.a", text("x"))]);
    for (filter, expected) in [
        ("idp.name pr", false),
        ("idp.name eq \"Ann\"", false),
        ("idp.name ne \"Ann\"", true),
        ("idp.name eq null and source.a eq \"x\"", true),
        ("not (idp.name sw \"A\") or source.a eq \"y\"", true),
    ] {
        let checked = predicate::filter(filter, &places::frozen()).unwrap().lacking(|column| column == "idp.name");
        check_row(filter, &checked, &row, expected);
        assert!(!checked.columns().contains(&"idp.name".to_owned()), "{filter}");
    }
    let whole = predicate::filter("source.a eq \"x\"", &places::frozen()).unwrap();
    assert_eq!(whole.lacking(|column| column == "idp.name"), whole);
}

/// Whether a rule holds of an account for sure.
#[track_caller]
fn surely(condition: &str, values: &[(&str, Value)], expected: bool) {
    let certain = predicate::condition(condition).unwrap().certainly();
    check_row(condition, &certain, &row(values), expected);
}

#[test]
fn what_holds_only_because_something_is_missing_does_not_hold_for_sure() {
    let treasury = [("source.department", text("Treasury"))];
    for condition in ["account.department != 'Sales'", "not account.department = 'Sales'"] {
        rule(condition, &[], true);
        surely(condition, &[], false);
        surely(condition, &treasury, true);
    }
    surely("account.department is null", &[], true);
    surely("not (account.department is not null and account.department = 'Sales')", &[], true);
    surely("not (account.department = 'Sales' or account.email = 'Clerk')", &treasury, false);
    surely("not (account.department = 'Sales' and account.email = 'Clerk')", &treasury, true);
    surely("account.department = 'Treasury' or account.email != 'Clerk'", &treasury, true);
    surely("account.department = 'Sales' or account.email != 'Clerk'", &treasury, false);
}
