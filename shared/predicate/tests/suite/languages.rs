//! What each language reads, what it refuses and where, and that the languages agree where they mean the same.

use predicate::{Dialect, Expr, Faults, Schema, Syntax, limits, lower, places, query, rule, scim};
use serde_json::json;

fn describe<T: std::fmt::Debug>(result: Result<T, Faults>) -> String {
    match result {
        Ok(read) => format!("{read:?}"),
        Err(faults) => {
            faults.iter().map(|fault| format!("{}: {}", fault.offset(), fault.issue)).collect::<Vec<_>>().join("\n")
        }
    }
}

#[track_caller]
fn scim_fault(text: &str, expected: &str) {
    assert_eq!(describe(scim::parse(text)), expected, "{text}");
}

#[track_caller]
fn rule_fault(text: &str, expected: &str) {
    assert_eq!(describe(rule::parse(text)), expected, "{text}");
}

#[track_caller]
fn check_fault(text: &str, schema: &Schema, expected: &str) {
    assert_eq!(describe(predicate::filter(text, schema)), expected, "{text}");
}

#[track_caller]
fn scim_prints(text: &str, expected: &str) {
    let read = scim::parse(text).unwrap();
    assert_eq!(read.to_scim().as_deref(), Some(expected));
    assert_eq!(scim::parse(expected).unwrap(), read);
}

#[track_caller]
fn rule_prints(text: &str, expected: &str) {
    let read = rule::parse(text).unwrap();
    assert_eq!(read.to_rule().as_deref(), Some(expected));
    assert_eq!(rule::parse(expected).unwrap(), read);
}

#[test]
fn and_binds_closer_than_or_and_words_take_any_case() {
    scim_prints("a.b EQ 1 OR a.c pr aNd a.d Co \"x\"", "a.b eq 1 or a.c pr and a.d co \"x\"");
    scim_prints("(a.b eq 1 or a.c pr) and not(a.d eq NULL)", "(a.b eq 1 or a.c pr) and not (a.d eq null)");
    scim_prints(" ( ( a.b eq True ) ) ", "a.b eq true");
    rule_prints(
        "account.a=1 or NOT account.b<>'x' AND account.c is Not null",
        "account.a = 1 OR NOT (account.b != 'x') AND account.c IS NOT NULL",
    );
    rule_prints(
        "(account.a IN(1,'b',true)or account.b Starts With \"x\")",
        "account.a IN (1, 'b', true) OR account.b STARTS WITH 'x'",
    );
}

#[test]
fn paths_have_any_number_of_segments_and_words_may_be_names() {
    scim_prints("idp.manager.name.first sw \"A\"", "idp.manager.name.first sw \"A\"");
    scim_prints("not.or eq 1 and or.not eq 2", "not.or eq 1 and or.not eq 2");
    scim_prints("eq eq \"eq\"", "eq eq \"eq\"");
}

#[test]
fn values_read_as_json_says() {
    scim_prints(r#"a.b eq "\"\\\/\u00e9\ud83d\ude00\t""#, "a.b eq \"\\\"\\\\/é😀\\u0009\"");
    scim_prints("a.b eq -0.5e3", "a.b eq -500.0");
    scim_prints("a.b eq 9223372036854775808", "a.b eq 9.223372036854776e18");
    rule_prints(
        r"account.a = 'it''s' OR account.a = 'C:\temp\\' OR account.a = '\''",
        r"account.a = 'it''s' OR account.a = 'C:\\temp\\' OR account.a = ''''",
    );
}

#[test]
fn a_fault_says_what_and_where() {
    scim_fault("", "0: expected a condition");
    scim_fault("   ", "3: expected a condition");
    scim_fault("source.name", "11: expected an operator");
    scim_fault("source.name is \"x\"", "12: `is` is not an operator; use eq, ne, co, sw, ew, gt, ge, lt, le or pr");
    scim_fault("source.name eq", "14: expected white space and a value");
    scim_fault("source.name eq\"x\"", "14: expected white space and a value");
    scim_fault("source.name eq Ann", "15: expected a value: a string in double quotes, a number, true, false or null");
    scim_fault("source.name eq \"Ann", "15: a string without its closing quote");
    scim_fault(r#"source.name eq "\x""#, "15: an unknown escape in a string");
    scim_fault(r#"source.name eq "\ud800""#, "15: an unknown escape in a string");
    scim_fault("source.name eq \"a\nb\"", "15: a control character in a string; write it as an escape");
    scim_fault("source.age eq 01", "14: a malformed number");
    scim_fault("source.age eq 5x", "14: a malformed number");
    scim_fault("source.age eq 1.", "14: a malformed number");
    scim_fault("(source.age eq 1", "16: a parenthesis is not closed");
    scim_fault("source.age eq 1)", "15: a closing parenthesis without an opening one");
    scim_fault("a.b pr c.d pr", "7: expected `and`, `or` or the end");
    scim_fault("(a.b pr)and(c.d pr)", "8: `and` needs white space on both sides");
    scim_fault("a.b pr and", "10: expected a condition");
    scim_fault("'x' eq 1", "0: expected an attribute path");
    scim_fault("a.b eq \"é\" or c", "15: expected an operator");
    rule_fault("account.a = null", "12: `null` is not a value; write IS NULL");
    rule_fault("account.a IS 5", "10: expected `NULL`");
    rule_fault("account.a IN 5", "13: expected a list in parentheses");
    rule_fault("account.a IN (5; 6)", "15: expected `,` or `)`");
    rule_fault("account.a CONTAINS 5", "19: expected a string in quotes");
    rule_fault("account.a STARTS 'x'", "10: expected `WITH`");
    rule_fault("account.a = 'x", "12: a string without its closing quote");
    rule_fault(
        "account.a ~ 1",
        "10: expected an operator: =, !=, <, <=, >, >=, IN, IS NULL, CONTAINS, STARTS WITH or ENDS WITH",
    );
}

#[test]
fn all_faults_are_reported_at_once() {
    scim_fault(
        "a.b is 1 and (c.d eq or e.f eq \"\\q\") or g.h eq 007",
        "4: `is` is not an operator; use eq, ne, co, sw, ew, gt, ge, lt, le or pr\n\
         21: expected a value: a string in double quotes, a number, true, false or null\n\
         31: an unknown escape in a string\n\
         47: a malformed number",
    );
    check_fault(
        "joined_nodes.idp.name pr and previous.notes pr and decision eq \"x\"",
        &places::frozen(),
        "0: `joined_nodes.idp.name` cannot be used; write the alias directly: `idp.name`\n\
         29: `previous.notes` cannot be used here; use source.*, destination.*, waypoint.*, path_summary.*, an alias of the query, abstract_permissions, concrete_permissions\n\
         51: `decision` cannot be used here; use source.*, destination.*, waypoint.*, path_summary.*, an alias of the query, abstract_permissions, concrete_permissions",
    );
    let many = vec!["a.b is 1"; 50].join(" or ");
    assert_eq!(scim::parse(&many).unwrap_err().len(), limits::FAULTS);
}

#[test]
fn every_place_allows_what_it_should() {
    let ok = |text: &str, schema: &Schema| assert!(predicate::filter(text, schema).is_ok(), "{text}");
    ok("source.a pr and destination.b pr and waypoint.c pr and path_summary.d pr and idp.e.f pr", &places::frozen());
    ok("abstract_permissions co \"write\" or concrete_permissions eq \"x\"", &places::frozen());
    ok("previous.decision eq \"ACCEPTED\" and previous.notes pr", &places::previous());
    ok("decision eq \"NONE\" and notes co \"x\" and notification_status ne \"FAILED\"", &places::current());
    ok("reviewers eq \"a@b.example\"", &places::listed());
    ok("is_active eq true and source.name sw \"x\"", &places::node("source"));
    ok("source.name ne \"x\"", &places::quick());
    check_fault(
        "decision eq \"MAYBE\"",
        &places::current(),
        "12: `decision` is one of UNKNOWN, NONE, ACCEPTED, REJECTED, FIXED",
    );
    check_fault(
        "source.name pr",
        &places::current(),
        "0: `source.name` cannot be used here; use decision, notes, notification_status, signed_off_state",
    );
    check_fault("source.name eq 1 or source.name eq 2", &places::quick(), "20: only one condition is allowed here");
    check_fault("not (source.name eq 1)", &places::quick(), "5: only one condition is allowed here");
    check_fault(
        "source.name pr",
        &places::quick(),
        "12: `source.name` cannot be compared with pr here; use co, eq, ne, sw, ew",
    );
    check_fault(
        "path_summary.x eq 1",
        &places::quick(),
        "0: `path_summary.x` cannot be used here; use source.*, destination.*, waypoint.*, an alias of the query, abstract_permissions, concrete_permissions",
    );
    for (unquoted, fault) in [
        ("source.age eq 1", "14: a value here is a string in double quotes"),
        ("source.is_active ne true", "20: a value here is a string in double quotes"),
        ("source.name eq null", "15: a value here is a string in double quotes"),
        (" (source.name eq \"x\")", "1: the one condition stands without brackets"),
        ("not (source.name ne \"x\")", "4: the one condition stands without brackets"),
    ] {
        check_fault(unquoted, &places::quick(), fault);
    }
    let hidden = places::frozen().without(["source.employee_id".to_owned()]);
    check_fault("source.employee_id pr", &hidden, "0: `source.employee_id` is not visible to you");
}

#[test]
fn rules_are_typed_by_the_catalogue() {
    let fault = |text: &str, expected: &str| assert_eq!(describe(predicate::condition(text)), expected, "{text}");
    fault("account.login_age_days > '180'", "25: `account.login_age_days` needs a number");
    fault("account.privileged = 1", "21: `account.privileged` needs true or false");
    fault("account.privileged > true", "19: `account.privileged` cannot be compared in this way");
    fault("account.department = true", "21: `account.department` needs a string");
    fault("account.created_at > 'yesterday'", "21: `account.created_at` needs a date or an RFC 3339 timestamp");
    fault("account.risk_score CONTAINS 'x'", "28: `account.risk_score` needs a number");
    fault("account.created_at CONTAINS '2026-01-01'", "19: `account.created_at` cannot be compared in this way");
    assert!(
        describe(predicate::condition("account.nickname = 'x'"))
            .starts_with("0: `account.nickname` cannot be used here; use account.")
    );
    assert_eq!(
        describe(predicate::condition("group.title = 'x'")),
        "0: `group.title` cannot be used here; use group.data_source_name, group.is_high_privilege, group.name"
    );
    assert!(describe(predicate::condition("department = 'x'")).starts_with("0: `department` cannot be used here"));
    assert_eq!(predicate::condition("account.nickname IN ('x', 'y', 'z')").unwrap_err().len(), 1);
    // Rules are not held to the operators that the query builder offers.
    assert!(predicate::condition("account.department STARTS WITH 'x' AND owner.title IS NULL").is_ok());
}

#[track_caller]
fn query_fault(given: serde_json::Value, expected: &[(&str, &str)]) {
    let faults = predicate::json_query(&given).unwrap_err();
    let found: Vec<(&str, &str)> =
        faults.iter().map(|fault| (fault.at.field.as_deref().unwrap_or_default(), fault.issue.as_str())).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_query_reports_every_fault_by_its_field() {
    query_fault(json!([]), &[("query", "must be an object")]);
    query_fault(json!({ "inclusion_filters": {} }), &[("inclusion_filters", "must be a list")]);
    query_fault(
        json!({ "inclusion_filters": [
            { "entity": "machine", "field": "name", "operator": "equals", "value": "x" },
            { "field": "name", "operator": "like", "value": "x" },
            { "entity": "account", "field": 5, "operator": "equals" },
            7,
        ], "exclusion_filters": [{ "entity": "account", "field": "department", "operator": "equals", "value": ["x"] }] }),
        &[
            (
                "inclusion_filters[0].entity",
                "`machine` is not an entity; use account, owner, group, role, classification",
            ),
            ("inclusion_filters[1].entity", "is required"),
            (
                "inclusion_filters[1].operator",
                "`like` is not an operator; use equals, not_equals, contains, not_contains, starts_with, ends_with, greater_than, less_than, greater_equal, less_equal, is_null, is_not_null",
            ),
            ("inclusion_filters[2].field", "must be a string"),
            ("inclusion_filters[2].value", "is required"),
            ("inclusion_filters[3]", "must be an object"),
            ("exclusion_filters[0].value", "must be a string, a number or a boolean"),
        ],
    );
    query_fault(
        json!({ "inclusion_filters": [
            { "entity": "account", "field": "department", "operator": "starts_with", "value": "x" },
            { "entity": "account", "field": "risk_score", "operator": "equals", "value": "5" },
            { "entity": "account", "field": "mfa_status", "operator": "equals", "value": "true" },
            { "entity": "account", "field": "created_at", "operator": "less_than", "value": "soon" },
        ] }),
        &[
            (
                "inclusion_filters[0].operator",
                "`account.department` cannot be compared with starts_with here; use equals, not_equals, contains, is_null, is_not_null",
            ),
            ("inclusion_filters[1].value", "`account.risk_score` needs a number"),
            ("inclusion_filters[2].value", "`account.mfa_status` needs true or false"),
            ("inclusion_filters[3].value", "`account.created_at` needs a date or an RFC 3339 timestamp"),
        ],
    );
    let many = vec![json!({ "entity": "account", "field": "status", "operator": "is_null" }); limits::CONDITIONS + 1];
    query_fault(json!({ "inclusion_filters": many }), &[("inclusion_filters", "more than 100 conditions")]);
    // The alias is for rules only.
    let alias = json!({ "entity": "account", "field": "mfa_enabled", "operator": "equals", "value": true });
    assert!(predicate::json_query(&json!({ "inclusion_filters": [alias] })).is_err());
}

#[test]
fn inputs_are_bounded() {
    let nested = |depth: usize| format!("{}a.b pr{}", "(".repeat(depth), ")".repeat(depth));
    assert!(scim::parse(&nested(limits::DEPTH)).is_ok());
    scim_fault(&nested(limits::DEPTH + 1), "32: nested deeper than 32");
    rule_fault(&"(".repeat(4_000), "32: nested deeper than 32");
    let long = |length: usize| format!("a.b eq \"{}\"", "é".repeat(length - 9));
    assert!(scim::parse(&long(limits::LENGTH)).is_ok());
    scim_fault(&long(limits::LENGTH + 1), "4096: longer than 4096 characters");
    let list = |length: usize| format!("account.a IN ({})", vec!["1"; length].join(","));
    assert!(rule::parse(&list(limits::LIST)).is_ok());
    rule_fault(&list(limits::LIST + 1), "13: more than 200 values");
    let conditions = |count: usize| vec!["a = 1"; count].join(" or ");
    assert!(rule::parse(&conditions(limits::NODES - 1)).is_ok());
    rule_fault(&conditions(limits::NODES + 1), "2304: more than 256 conditions and connectives");
    scim_fault(&format!("{} eq 1", "a".repeat(300)), "0: a path longer than 256 characters");
}

#[test]
fn one_condition_in_each_language_means_the_same_tree() {
    let scim = |text: &str| lower(&scim::parse(text).unwrap(), Dialect::Scim);
    let rule = |text: &str| lower(&rule::parse(text).unwrap(), Dialect::Rule);
    let query = |field: &str, operator: &str, value: serde_json::Value| {
        let condition = json!({ "entity": "account", "field": field, "operator": operator, "value": value });
        lower(&query::parse(&json!({ "inclusion_filters": [condition] })).unwrap(), Dialect::Query)
    };
    let same = |left: Expr, middle: Expr, right: Expr| {
        assert_eq!(left, middle);
        assert_eq!(middle, right);
    };
    same(scim("account.name co \"x\""), rule("account.name CONTAINS 'x'"), query("name", "contains", "x".into()));
    same(scim("account.name sw \"x\""), rule("account.name STARTS WITH 'x'"), query("name", "starts_with", "x".into()));
    same(scim("account.score ge 5"), rule("account.score >= 5"), query("score", "greater_equal", 5.into()));
    same(scim("account.score ne 5"), rule("account.score <> 5"), query("score", "not_equals", 5.into()));
    same(scim("account.mfa eq true"), rule("account.mfa = true"), query("mfa", "equals", true.into()));
    same(scim("account.name eq null"), rule("account.name IS NULL"), query("name", "is_null", ().into()));
    same(scim("account.name ne null"), rule("account.name IS NOT NULL"), query("name", "is_not_null", ().into()));
    assert_eq!(
        scim("(account.a eq 1 or account.a eq 2) and (account.b eq true and not (account.c co \"x\"))"),
        rule("account.a IN (1, 2) AND account.b = true AND NOT account.c CONTAINS 'x'"),
    );
    // Case is where they differ, and the tree shows it.
    assert_ne!(scim("account.name eq \"x\""), rule("account.name = 'x'"));
    assert_eq!(rule("account.name = 'x'"), query("name", "equals", "x".into()));
}

#[test]
fn what_a_language_cannot_say_it_does_not_print() {
    let scim = scim::parse("a.b pr").unwrap();
    let rule = rule::parse("a.b IS NULL").unwrap();
    assert_eq!(scim.to_rule(), None);
    assert_eq!(rule.to_scim(), None);
    assert_eq!(Syntax::All(Vec::new()).to_scim(), None);
}

#[test]
fn a_predicate_knows_its_columns() {
    let given = json!({ "inclusion_filters": [
        { "entity": "group", "field": "is_high_privilege", "operator": "equals", "value": true },
        { "entity": "account", "field": "mfa_status", "operator": "equals", "value": false },
    ] });
    let checked = predicate::json_query(&given).unwrap();
    assert_eq!(checked.columns(), ["group.id", "group.is_high_privilege", "source.mfa_enabled"]);
    assert!(predicate::json_query(&json!({})).unwrap().is_never());
    assert!(predicate::Checked::always().is_always());
}

#[test]
fn the_one_number_that_is_a_limit_can_be_replaced() {
    let limited = |text: &str, limit: f64| {
        let limit = predicate::Number::from(limit);
        let syntax = rule::parse(text).unwrap();
        (syntax.limit().map(predicate::Number::as_float), syntax.with_limit(limit).to_rule().unwrap())
    };
    for (text, limit, replaced) in [
        ("a.b <= 90", Some(90.0), "a.b <= 30"),
        ("NOT (a.b > 12.5 AND a.c = 7)", Some(12.5), "NOT (a.b > 30 AND a.c = 7)"),
        ("a.b = 90", None, "a.b = 90"),
        ("a.b < 'x'", None, "a.b < 'x'"),
        ("a.b > 1 OR a.c > 2", None, "a.b > 1 OR a.c > 2"),
    ] {
        assert_eq!(limited(text, 30.0), (limit, replaced.to_owned()), "{text}");
    }
    assert_eq!(limited("a.b <= 90", 30.5).1, "a.b <= 30.5");
}
