use super::{parsed, refused, show};

const MINIMAL: &str = include_str!("../../../../docs/samples/inventory/minimal.json");
const RICH: &str = include_str!("../../../../docs/samples/inventory/rich.json");

#[test]
fn the_minimal_sample_gets_an_application_of_its_own() {
    insta::assert_snapshot!(show(&parsed("full", MINIMAL)));
}

#[test]
fn the_rich_sample_says_all_there_is_to_say() {
    insta::assert_snapshot!(show(&parsed("full", RICH)));
}

#[test]
fn an_empty_picture_is_a_picture() {
    let result = parsed("full", "{}");
    assert_eq!(show(&result), "`Payroll EU` on ``");
}

#[test]
fn lists_may_come_in_any_order() {
    let forwards = r#"{"groups":[{"id":"g"}],"accounts":[{"id":"a","groups":["g"]}],
        "memberships":[{"group_id":"g","account_id":"a"}],"applications":[{"id":"app"}]}"#;
    let backwards = r#"{"applications":[{"id":"app"}],"memberships":[{"account_id":"a","group_id":"g"}],
        "accounts":[{"groups":["g"],"id":"a"}],"groups":[{"id":"g"}]}"#;
    assert_eq!(parsed("full", forwards), parsed("full", backwards));
    assert!(parsed("full", forwards).is_ok());
}

#[test]
fn unknown_fields_are_ignored_with_one_warning_per_name() {
    let input = r#"{"acounts":[{"id":"x"}],"accounts":[{"id":"a","mfa_enable":true},{"id":"b","mfa_enable":true}]}"#;
    let warnings: Vec<String> = parsed("full", input).unwrap().warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        ["accounts.mfa_enable: unknown field ignored, given 2 times", "acounts: unknown field ignored, given once",]
    );
}

#[test]
fn a_document_of_unknown_fields_alone_is_no_picture_and_an_empty_list_is_one() {
    for other in
        [r#"{"acounts":[{"id":"x"}]}"#, r#"{"name":"Payroll","users":[]}"#, r#"{"accounts ":null,"platform":"x"}"#]
    {
        let text = refused("full", other);
        assert!(text.starts_with("$: has none of the lists of a picture, which are owners, applications,"), "{text}");
    }
    for empty in [r#"{"accounts":[],"acounts":[{"id":"x"}]}"#, r#"{"grants":[]}"#, r#"{"name":"Payroll"}"#] {
        assert_eq!(parsed("full", empty).unwrap().picture.nodes.len(), 0, "{empty}");
    }
}

#[test]
fn grants_reach_what_lies_below_only_when_they_say_so() {
    let picture = |deep: bool| {
        let input = format!(
            r#"{{"accounts":[{{"id":"a"}}],"resources":[{{"id":"r"}},{{"id":"r1","parent_id":"r"}},{{"id":"r2","parent_id":"r1"}}],
            "grants":[{{"account_id":"a","resource_id":"r","permissions":["x"],"apply_to_sub_resources":{deep}}}]}}"#
        );
        parsed("full", &input).unwrap().picture.edges.len()
    };
    assert_eq!(picture(false), 1);
    assert_eq!(picture(true), 3);
}

#[test]
fn a_grant_on_an_application_may_reach_all_its_resources_but_no_others() {
    let input = r#"{"applications":[{"id":"one"},{"id":"two"}],"accounts":[{"id":"a","application_id":"one"}],
        "resources":[{"id":"r","application_id":"one"},{"id":"r1","parent_id":"r"},{"id":"s","application_id":"two"}],
        "grants":[{"account_id":"a","application_id":"one","permissions":["Write"],"apply_to_sub_resources":true}]}"#;
    let text = show(&parsed("full", input));
    let edges: Vec<&str> = text.lines().filter(|line| line.contains("->")).collect();
    assert_eq!(
        edges,
        [
            "Account a -> Application one Write = Update",
            "Account a -> Resource r Write = Update",
            "Account a -> Resource r1 Write = Update",
        ]
    );
}

#[test]
fn every_fault_names_its_place_and_none_hides_another() {
    let cases = [
        ("", "1:1: not JSON: EOF while parsing a value"),
        ("{", "1:1: not JSON: EOF while parsing an object"),
        ("{\n  \"accounts\": [\n    {\"id\": 'a'}\n  ]\n}", "3:12: not JSON: expected value"),
        ("{} {}", "1:4: not JSON: trailing characters"),
        ("[]", "$: must be an object"),
        ("null", "$: must be an object"),
        (r#"{"name": 7}"#, "name: must be a string"),
        (r#"{"accounts": {}}"#, "accounts: must be a list"),
        (r#"{"accounts": [7, null]}"#, "accounts[0]: must be an object\naccounts[1]: must be an object"),
        (r#"{"accounts": [], "accounts": []}"#, "accounts: given twice"),
        (r#"{"accounts": [{"name": "x"}]}"#, "accounts[0].id: is required"),
        (r#"{"accounts": [{"id": 7}]}"#, "accounts[0].id: must be a string"),
        (
            r#"{"accounts": [{"id": "a\nb"}]}"#,
            "accounts[0]: id holds a control character\naccounts[0]: name holds a control character",
        ),
        (r#"{"accounts": [{"id": "a"}, {"id": "a"}]}"#, "accounts[1]: account `a` is defined twice"),
        (r#"{"accounts": [{"id": "a", "type": "x/y"}]}"#, "accounts[0]: type holds a slash"),
        (
            r#"{"accounts": [{"id": "batch"}, {"id": "counts"}]}"#,
            "accounts[0]: id `batch` is a word of the interface and names no account\n\
             accounts[1]: id `counts` is a word of the interface and names no account",
        ),
        (
            r#"{"accounts": [{"id": "a", "privileged": "perhaps", "last_login_at": "yesterday", "identities": "x", "email": []}]}"#,
            "accounts[0].email: must be a string\naccounts[0].privileged: must be true or false\n\
             accounts[0].last_login_at: must be a time such as `2026-01-30T07:12:00Z` or `2026-01-30`\n\
             accounts[0].identities: must be a list of strings",
        ),
        (r#"{"accounts": [{"id": "a", "identities": ["x", 1]}]}"#, "accounts[0].identities[1]: must be a string"),
        (
            r#"{"accounts": [{"id": "a", "custom_properties": {"1st": true, "ok": {}}}]}"#,
            "accounts[0].custom_properties.1st: the name must be a letter, then letters, digits or underscores\n\
             accounts[0].custom_properties.ok: must be a boolean, a number, a string or a list of strings",
        ),
        (
            r#"{"accounts": [{"id": "a", "application_id": "b", "groups": ["g"]}], "applications": [{"id": "c"}]}"#,
            "accounts[0].application_id: unknown application `b`\naccounts[0]: unknown group `g`",
        ),
        (
            r#"{"accounts": [{"id": "a"}], "applications": [{"id": "b"}, {"id": "c"}]}"#,
            "accounts[0].application_id: is required, because there are several applications",
        ),
        (r#"{"groups": [{"id": "g", "groups": ["g"]}]}"#, "groups[0].groups: `g` cannot contain itself"),
        (
            r#"{"memberships": [{"group_id": "g"}, {"group_id": "g", "account_id": "a", "member_group_id": "h"}]}"#,
            "memberships[0]: needs exactly one of `account_id`, `member_group_id`\n\
             memberships[1]: needs exactly one of `account_id`, `member_group_id`",
        ),
        (
            r#"{"memberships": [{"group_id": "g", "account_id": "a"}]}"#,
            "memberships[0]: unknown account `a`\nmemberships[0]: unknown group `g`",
        ),
        (
            r#"{"grants": [{"account_id": "a", "permissions": ["x"]}]}"#,
            "grants[0]: needs exactly one of `application_id`, `resource_id`",
        ),
        (
            r#"{"permissions": [{"name": "x", "effective_permissions": ["Fly"]}, {"name": "x"}]}"#,
            "permissions[0].effective_permissions: `Fly` is not an effective permission\n\
             permissions[1].name: is defined twice",
        ),
        (
            r#"{"resources": [{"id": "a", "parent_id": "b"}, {"id": "b", "parent_id": "a"}, {"id": "c", "parent_id": "d"}]}"#,
            "resources[0].parent_id: lies deeper than 32 levels, or in a circle\n\
             resources[1].parent_id: lies deeper than 32 levels, or in a circle\n\
             resources[2].parent_id: unknown resource `d`",
        ),
    ];
    for (input, expected) in cases {
        assert_eq!(refused("full", input).trim_end(), expected, "for {input}");
    }
}

#[test]
fn the_end_of_the_calendar_is_taken_as_never() {
    for never in ["9999-12-31", "9999-12-31T23:59:59Z", "9999-12-31 23:59:59", "9999-12-31T23:59:59.999-08:00"] {
        let text = show(&parsed("full", &format!(r#"{{"accounts": [{{"id": "a", "expires_at": "{never}"}}]}}"#)));
        assert!(text.contains("expires_at=9999-12-30T22:00:00Z"), "{never}: {text}");
    }
}

#[test]
fn only_the_first_hundred_faults_are_told_one_by_one() {
    let entries = vec!["7"; 250].join(",");
    let text = refused("full", &format!(r#"{{"accounts":[{entries}]}}"#));
    assert_eq!(text.lines().count(), 101);
    assert!(text.ends_with("accounts[99]: must be an object\nand 150 more\n"), "{text}");
}

#[test]
fn a_permission_means_what_the_input_says_else_what_its_name_says() {
    let input = r#"{"grants":[
          {"account_id":"a","resource_id":"r1","permissions":["metadataWRITE","DataRead"]},
          {"account_id":"a","resource_id":"r2","permissions":["approve"]},
          {"account_id":"a","resource_id":"r3","permissions":["approve"],"effective_permissions":["NonData"]},
          {"account_id":"a","resource_id":"r4","permissions":["odd"]}],
        "permissions":[{"name":"approve","effective_permissions":["DataWrite"]}],
        "accounts":[{"id":"a"}],"resources":[{"id":"r1"},{"id":"r2"},{"id":"r3"},{"id":"r4"}]}"#;
    let text = show(&parsed("full", input));
    let edges: Vec<&str> = text.lines().filter(|line| line.contains("->")).collect();
    assert_eq!(
        edges,
        [
            "Account a -> Resource r1 DataRead,metadataWRITE = MetadataUpdate,Read",
            "Account a -> Resource r2 approve = Update",
            "Account a -> Resource r3 approve = NonData",
            "Account a -> Resource r4 odd = Uncategorized",
        ]
    );
}

#[test]
fn an_account_may_be_called_as_reviews_call_it() {
    let named = |input| parsed("full", input);
    let as_name = named(r#"{"accounts": [{"id": "a-1", "name": "maya"}]}"#);
    assert_eq!(named(r#"{"accounts": [{"id": "a-1", "account_name": "maya"}]}"#), as_name);
    assert_eq!(named(r#"{"accounts": [{"id": "a-1", "name": "maya", "account_name": "other"}]}"#), as_name);
}
