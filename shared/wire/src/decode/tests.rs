use serde_json::json;

use super::*;

fn faults(error: &Error) -> Vec<String> {
    let Error::Invalid(faults) = error else { panic!("{error}") };
    faults.iter().map(|fault| format!("{}: {}", fault.field, fault.issue)).collect()
}

#[test]
fn an_empty_body_counts_as_an_empty_object() {
    assert_eq!(parse(b" \n").unwrap(), json!({}));
}

#[test]
fn what_is_no_json_object_is_a_fault_of_the_body() {
    for (body, issue) in [
        (&b"{\"a\":"[..], "body: is not valid JSON at line 1 column 5"),
        (b"[]", "body: must be a JSON object"),
        (b"\xff", "body: is not valid JSON at line 1 column 1"),
        (b"{} // comment", "body: is not valid JSON at line 1 column 4"),
    ] {
        assert_eq!(faults(&parse(body).unwrap_err()), [issue]);
    }
}

#[test]
fn nesting_is_bounded() {
    let nested = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    assert!(parse(nested(MAX_DEPTH - 1).as_bytes()).is_ok());
    let error = parse(nested(MAX_DEPTH).as_bytes()).unwrap_err();
    assert_eq!(faults(&error), ["body: is nested deeper than 32 levels"]);
    assert!(parse(nested(10_000).as_bytes()).is_err());
}

#[test]
fn every_fault_is_named_by_its_path() {
    let value = json!({
        "name": "  ", "when": "yesterday", "count": "ten", "on": "maybe",
        "scope": { "applications": ["a", 1, null], "deep": [7, { "id": false }] },
        "size": 11,
    });
    let faults_found = Faults::new();
    let body = Object::root(&value, &faults_found).unwrap();
    let _: (Option<String>, Option<Timestamp>) = (body.name("name"), body.time("when"));
    let _: (Option<i64>, Option<bool>) = (body.integer("count", 0..=5), body.flag("on"));
    let scope = body.object("scope").unwrap();
    assert_eq!(scope.texts("applications", 10), None);
    for item in scope.objects("deep", 5).unwrap() {
        assert_eq!(item.text("id", 5), None);
    }
    assert_eq!(body.integer("size", 1..=10), None);
    let missing: Option<String> = body.required("owner", body.text("owner", 5));
    assert_eq!(missing, None);
    assert_eq!(
        faults(&faults_found.error()),
        [
            "name: must not be empty",
            "when: must be an RFC 3339 timestamp",
            "count: must be an integer",
            "on: must be a boolean",
            "scope.applications[1]: must be a string",
            "scope.applications[2]: must be a string",
            "scope.deep[0]: must be an object",
            "scope.deep[1].id: must be a string",
            "size: must lie between 1 and 10",
            "owner: is required",
        ]
    );
}

#[test]
fn lenient_forms_are_taken() {
    let value = json!({ "a": "12", "b": "TRUE", "c": null, "d": "2026-01-02T03:04:05.123456789+02:00", "e": " x " });
    let faults = Faults::new();
    let body = Object::root(&value, &faults).unwrap();
    assert_eq!(body.integer("a", 0..=50), Some(12));
    assert_eq!(body.flag("b"), Some(true));
    assert_eq!(body.flag("c"), None);
    assert_eq!(body.time("d").map(|at| at.to_string()).as_deref(), Some("2026-01-02T01:04:05.123456789Z"));
    assert_eq!(body.name("e").as_deref(), Some("x"));
    assert!(faults.check().is_ok());
}

#[test]
fn lengths_count_characters() {
    let value = json!({ "fits": "ü".repeat(200), "long": "ü".repeat(201) });
    let found = Faults::new();
    let body = Object::root(&value, &found).unwrap();
    assert!(body.name("fits").is_some());
    assert!(body.name("long").is_none());
    assert_eq!(faults(&found.error()), ["long: must have at most 200 characters"]);
}

#[test]
fn an_envelope_is_taken_off_and_named_in_faults() {
    for (value, expected) in
        [(json!({ "value": { "n": [] } }), "value.n: must be a string"), (json!({ "n": [] }), "n: must be a string")]
    {
        let found = Faults::new();
        let body = Object::root(&value, &found).unwrap().unwrapped();
        assert_eq!(body.text("n", 5), None);
        assert_eq!(faults(&found.error()), [expected]);
    }
}

#[test]
fn limits_are_clamped_above_and_refused_below_one() {
    for (given, expected) in
        [("", Some(50)), ("1", Some(1)), ("500", Some(500)), ("501", Some(500)), ("99999999999999999999", Some(500))]
    {
        let found = Faults::new();
        let pairs = Pairs::from([("limit", given)]);
        assert_eq!(Some(Query::new(&pairs, &found).limit("limit", 50, 500)), expected, "{given}");
        assert!(found.check().is_ok());
    }
    for (given, issue) in [
        ("0", "limit: must be at least 1"),
        ("-3", "limit: must be at least 1"),
        ("ten", "limit: must be an integer"),
        ("1.5", "limit: must be an integer"),
    ] {
        let found = Faults::new();
        let pairs = Pairs::from([("limit", given)]);
        let _: u32 = Query::new(&pairs, &found).limit("limit", 50, 500);
        assert_eq!(faults(&found.error()), [issue]);
    }
}

#[test]
fn the_number_of_faults_is_bounded() {
    let value = json!({ "ids": vec![0; 500] });
    let found = Faults::new();
    let body = Object::root(&value, &found).unwrap();
    assert_eq!(body.texts("ids", 5), None);
    assert_eq!(faults(&found.error()).len(), MAX_FAULTS);
}
