use proptest::prelude::*;

use super::*;
use crate::ids::ReviewId;
use crate::query::Query;
use crate::review::Beginning;

fn user(name: &str) -> User {
    User { user_type: "OktaUser".to_owned(), id: name.to_owned(), email: String::new(), name: name.to_owned() }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn workflow(name: &str) -> Workflow {
    Workflow {
        id: WorkflowId::new(uuid::Uuid::from_u128(1)),
        name: name.to_owned(),
        description: "People with access to secrets".to_owned(),
        owner: user("Ops"),
        notes: String::new(),
        query: Query::default(),
        creator: user("Ops"),
        created_at: at("2026-02-14T09:00:00Z"),
    }
}

fn certification() -> Certification {
    Certification::begin(Beginning {
        id: ReviewId::new(uuid::Uuid::from_u128(2)),
        workflow_id: WorkflowId::new(uuid::Uuid::from_u128(1)),
        query_used: Query::default(),
        name: "June".to_owned(),
        notes: String::new(),
        due_date: Some(at("2026-06-30T16:00:00Z")),
        reviewers: Vec::new(),
        started_at: at("2026-06-01T05:07:00Z"),
        created_by: user("Ines"),
    })
}

fn page(template: &str) -> String {
    page_of(template, "Vault access", &[user("Kaja Lind"), user("Ren Sato"), user("Kaja Lind")])
}

fn page_of(template: &str, name: &str, reviewers: &[User]) -> String {
    let (workflow, certification) = (workflow(name), certification());
    let activity = Some((at("2026-06-02T07:11:09Z"), "Kaja Lind"));
    let url = "https://reviews.corp.example/reviews/2";
    render(template, &Facts { workflow: &workflow, certification: &certification, url, activity, reviewers })
}

#[test]
fn every_placeholder_is_filled() {
    let expected = [
        ("WORKFLOW_NAME", "Vault access"),
        ("WORKFLOW_DESCRIPTION", "People with access to secrets"),
        ("WORKFLOW_OWNER", "Ops"),
        ("WORKFLOW_URL", "https://reviews.corp.example/reviews/2"),
        ("WORKFLOW_TIME", "2026-02-14 09:00 UTC"),
        ("WORKFLOW_CERT_STARTED_ON_DATE", "2026-06-01"),
        ("WORKFLOW_CERT_STARTED_ON_TIME", "05:07 UTC"),
        ("WORKFLOW_CERT_CREATED_BY", "Ines"),
        ("WORKFLOW_CERT_LAST_UPDATED_ON_DATE", "2026-06-01"),
        ("WORKFLOW_CERT_LAST_UPDATED_ON_TIME", "05:07 UTC"),
        ("WORKFLOW_CERT_LAST_UPDATED_BY", ""),
        ("WORKFLOW_CERT_COMPLETED_ON_DATE", ""),
        ("WORKFLOW_CERT_COMPLETED_ON_TIME", ""),
        ("WORKFLOW_CERT_COMPLETED_BY", ""),
        ("WORKFLOW_CERT_LAST_ACTIVITY_ON_DATE", "2026-06-02"),
        ("WORKFLOW_CERT_LAST_ACTIVITY_ON_TIME", "07:11 UTC"),
        ("WORKFLOW_CERT_LAST_ACTIVITY_BY", "Kaja Lind"),
        ("WORKFLOW_CERT_DUE_ON_DATE", "2026-06-30"),
        ("WORKFLOW_CERT_REVIEWERS", "Kaja Lind, Ren Sato"),
    ];
    for (name, value) in expected {
        assert_eq!(page(&format!("a {{{{{name}}}}} b")), format!("a {value} b"), "{name}");
    }
}

#[test]
fn what_is_no_placeholder_stays_as_typed() {
    for text in
        ["{{NO_SUCH_THING}}", "{{", "}}", "{{WORKFLOW_NAME", "{{ }}", "{{{{", "{WORKFLOW_NAME}", "{{Workflow_Name}}"]
    {
        assert_eq!(page(text), text);
    }
    assert_eq!(page("{{{{WORKFLOW_NAME}}}}"), "{{Vault access}}");
    assert_eq!(page("{{ WORKFLOW_NAME }}"), "Vault access");
}

#[test]
fn what_is_put_in_is_text_and_nothing_else() {
    let page =
        page_of("# {{WORKFLOW_NAME}}", "<img src=x onerror=a()> [x](http://y) **b** {{WORKFLOW_OWNER}}\n# c", &[]);
    assert!(!page[2..].contains(['<', '>', '[', ']', '(', ')', '*', '{', '}', '\n']), "{page}");
    assert!(!page[2..].replace("&#", "").contains('#'), "{page}");
}

#[test]
fn all_reviewers_are_named() {
    let many: Vec<User> = (0..130).map(|n| user(&format!("Person {n:03}"))).collect();
    let page = page_of("{{WORKFLOW_CERT_REVIEWERS}}", "x", &many);
    assert!(page.starts_with("Person 000, Person 001, "));
    assert!(page.ends_with(", Person 128, Person 129"), "{page}");
}

#[test]
fn more_names_than_a_page_holds_are_counted_however_often_a_template_asks_for_them() {
    let many: Vec<User> = (0..30_000).map(|n| user(&format!("Person {n:05} of Somewhere"))).collect();
    let once = page_of("{{WORKFLOW_CERT_REVIEWERS}}", "x", &many);
    assert!(once.ends_with("Person 29999 of Somewhere"), "all of them fit once");
    let often = page_of(&"{{WORKFLOW_CERT_REVIEWERS}}\n".repeat(2_300), "x", &many);
    assert!(often.len() < 3 << 20, "{}", often.len());
    assert!(often.trim_end().ends_with("30000 people"));
}

proptest! {
    #[test]
    fn any_template_is_rendered_and_text_without_braces_is_left_alone(template in "\\PC{0,200}") {
        let page = page(&template);
        if !template.contains("{{") {
            prop_assert_eq!(page, template);
        }
    }
}
