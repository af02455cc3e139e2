use serde_json::json;

use super::*;

const WORKFLOW: &str = "b2f1e7f4-40b7-4a1b-8a55-b6f3a0a0a111";

fn fields(result: Result<impl std::fmt::Debug, Error>) -> Vec<String> {
    match result {
        Err(Error::Invalid(faults)) => faults.into_iter().map(|fault| fault.field).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_template_reads_with_and_without_envelope_and_with_its_usage_in_every_form() {
    for usage in [json!("SIGN_OFF"), json!("sign_off"), json!(3), json!("3")] {
        let plain = json!({ "workflow_id": WORKFLOW, "name": " Guide ", "usage": usage, "template_body": "# {{X}}" });
        let read = template(plain.to_string().as_bytes()).unwrap();
        assert_eq!((read.name.as_str(), read.template.as_str(), read.key.usage), ("Guide", "# {{X}}", Usage::SignOff));
        assert_eq!(template(json!({ "value": plain }).to_string().as_bytes()).unwrap(), read);
    }
}

#[test]
fn the_nil_uuid_is_every_workflow() {
    let body = json!({ "workflow_id": EVERY_WORKFLOW, "name": "x", "usage": 1, "template_body": "" });
    let read = template(body.to_string().as_bytes()).unwrap();
    assert_eq!(read.key.workflow, None);
    assert_eq!(encode_value(&read)["value"]["workflow_id"], EVERY_WORKFLOW);
}

#[test]
fn all_that_is_missing_or_wrong_is_named() {
    assert_eq!(fields(template(b"{}")), ["workflow_id", "usage", "name", "template_body"]);
    let body = json!({ "value": { "workflow_id": "no", "name": "", "usage": "LATER", "template_body": 1 } });
    let expected = ["value.workflow_id", "value.usage", "value.name", "value.template_body"];
    assert_eq!(fields(template(body.to_string().as_bytes())), expected);
    let body = json!({ "workflow_id": WORKFLOW, "name": "x", "usage": 0, "template_body": "" });
    assert_eq!(fields(template(body.to_string().as_bytes())), ["usage"]);
}

#[test]
fn the_list_shows_no_bodies() {
    let key = HelpPageKey { workflow: None, usage: Usage::SignOff };
    let page = HelpPage { key, name: "Before you sign".to_owned(), template: "secret".to_owned() };
    let page = Page { items: vec![page], next: None, end: None, has_previous: false };
    let expected = json!({
        "values": [{ "workflow_id": EVERY_WORKFLOW, "name": "Before you sign", "usage": "SIGN_OFF" }],
        "next_page_token": "", "has_more": false,
    });
    assert_eq!(encode_page(&page), expected);
}
