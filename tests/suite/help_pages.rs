//! Help pages: templates by workflow and usage, and what a reviewer reads.

use serde_json::{Value, json};

use crate::world::{World, awf_error, names_field, operator};

const TEMPLATES: &str = "/api/preview/awf/help_page_templates";
const EVERY_WORKFLOW: &str = "00000000-0000-0000-0000-000000000000";

fn template(workflow: &str, usage: &str, body: &str) -> Value {
    json!({ "value": { "workflow_id": workflow, "name": "Guide", "usage": usage, "template_body": body } })
}

/// The workflow of a certification.
fn workflow_of(certification: &str) -> String {
    let path = format!("/api/preview/awf/certifications/{certification}");
    operator().get(&path).expect(200).str("/value/workflow_id").to_owned()
}

fn page(certification: &str, usage: &str) -> String {
    let path = format!("/api/preview/awf/certification_help_page?certification_id={certification}&usage={usage}");
    operator().get(&path).expect(200).str("/content").to_owned()
}

#[test]
fn a_template_reads_back_as_it_was_written_is_replaced_and_deleted() {
    let workflow = World::new(3).workflow();
    let path = format!("{TEMPLATES}/{workflow}/SIGN_OFF");
    awf_error(&operator().get(&path), 404, "NotFound");
    let body = "# {{WORKFLOW_NAME}}\n\n<b>as typed</b>";
    assert_eq!(operator().post(TEMPLATES, template(&workflow, "SIGN_OFF", body)).expect(200).body, json!({}));
    let read = operator().get(&path).expect(200);
    let expected = json!({ "workflow_id": workflow, "name": "Guide", "usage": "SIGN_OFF", "template_body": body });
    assert_eq!(read.body["value"], expected);
    assert_eq!(operator().get(&format!("{TEMPLATES}/{workflow}/3")).expect(200).body, read.body);

    awf_error(&operator().post(TEMPLATES, template(&workflow, "SIGN_OFF", "again")), 409, "AlreadyExists");
    let _ = operator().put(TEMPLATES, template(&workflow, "SIGN_OFF", "other")).expect(200);
    assert_eq!(operator().get(&path).expect(200).body["value"]["template_body"], "other");
    let _ = operator().put(TEMPLATES, template(&workflow, "HELP_PAGE", "made by PUT")).expect(200);

    let listed = operator().get(TEMPLATES).expect(200);
    let own: Vec<&Value> =
        listed.list("/values").iter().filter(|value| value["workflow_id"] == json!(workflow)).collect();
    assert_eq!(own.len(), 2);
    assert!(own.iter().all(|value| value.get("template_body").is_none()));

    assert_eq!(operator().delete(&path).expect(200).body, json!({}));
    awf_error(&operator().get(&path), 404, "NotFound");
    awf_error(&operator().delete(&path), 404, "NotFound");
    let _ = operator().post(TEMPLATES, template(&workflow, "SIGN_OFF", "back")).expect(200);
}

#[test]
fn a_stale_template_is_not_replaced() {
    let workflow = World::new(3).workflow();
    let _ = operator().post(TEMPLATES, template(&workflow, "HELP_PAGE", "one")).expect(200);
    let first = operator().header("if-match", "\"1\"");
    let _ = first.put(TEMPLATES, template(&workflow, "HELP_PAGE", "two")).expect(200);
    awf_error(&first.put(TEMPLATES, template(&workflow, "HELP_PAGE", "three")), 409, "Aborted");
}

#[test]
fn a_reviewer_reads_the_template_of_the_workflow_with_its_placeholders_filled() {
    let world = World::new(6);
    let (certification, _) = world.certification();
    let workflow = workflow_of(&certification);
    assert_eq!(page(&certification, "HELP_PAGE"), "");
    let body = "# {{WORKFLOW_NAME}}\nDue {{WORKFLOW_CERT_DUE_ON_DATE}}; ask {{WORKFLOW_CERT_REVIEWERS}}; {{NOTHING}}";
    let _ = operator().post(TEMPLATES, template(&workflow, "HELP_PAGE", body)).expect(200);
    let path = format!("/api/preview/awf/certification_help_page?certification_id={certification}");
    let read = world.reviewer("lena").get(&path).expect(200);
    let text = read.str("/content");
    assert!(text.starts_with(&format!("# Payroll roles {}\nDue 2099-06-30; ask ", world.word)), "{text}");
    assert!(text.ends_with("; {{NOTHING}}"), "{text}");
    for manager in ["lena", "omar"] {
        assert!(text.to_lowercase().contains(manager), "{text}");
    }
    let elsewhere = World::new(3).reviewer("lena");
    awf_error(&elsewhere.get(&path), 404, "NotFound");
}

#[test]
fn a_template_for_every_workflow_stands_in() {
    let world = World::new(3);
    let (certification, _) = world.certification();
    let _ = operator().put(TEMPLATES, template(EVERY_WORKFLOW, "REVIEW_START", "Of {{WORKFLOW_NAME}}")).expect(200);
    assert_eq!(page(&certification, "REVIEW_START"), format!("Of Payroll roles {}", world.word));
    let own = template(&workflow_of(&certification), "REVIEW_START", "own");
    let _ = operator().post(TEMPLATES, own).expect(200);
    assert_eq!(page(&certification, "review_start"), "own");
    let _ = operator().delete(&format!("{TEMPLATES}/{EVERY_WORKFLOW}/REVIEW_START")).expect(200);
}

#[test]
fn bad_templates_are_refused_by_field() {
    let answer = operator().post(TEMPLATES, json!({ "value": { "workflow_id": "x", "usage": "LATER" } }));
    for field in ["value.workflow_id", "value.usage", "value.name", "value.template_body"] {
        names_field(&answer, field);
    }
    let workflow = World::new(3).workflow();
    let longest = "x".repeat(65_536);
    let _ = operator().post(TEMPLATES, template(&workflow, "HELP_PAGE", &longest)).expect(200);
    let long = format!("{longest}x");
    names_field(&operator().post(TEMPLATES, template(&workflow, "HELP_PAGE", &long)), "value.template_body");
    let nobodys = "0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b";
    awf_error(&operator().post(TEMPLATES, template(nobodys, "HELP_PAGE", "x")), 404, "NotFound");
    names_field(&operator().get("/api/preview/awf/certification_help_page"), "certification_id");
    let path = format!("/api/preview/awf/certification_help_page?certification_id={nobodys}");
    awf_error(&operator().get(&path), 404, "NotFound");
    names_field(&operator().get(&format!("{path}&usage=LATER")), "usage");
}
