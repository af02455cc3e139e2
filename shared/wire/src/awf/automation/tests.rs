use domain::automation::{Color, DisplayStyle};
use domain::row::Decision;
use uuid::Uuid;

use super::*;
use crate::openapi::check::fits;

const ID: &str = "7d7c9a54-2c0b-4c42-8c0e-3f5b0f3c9a10";
const WORKFLOW: &str = "b2f1e7f4-40b7-4a1b-8a55-b6f3a0a0a111";

fn faults<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<String> {
    let Error::Invalid(faults) = result.unwrap_err() else { panic!("another error") };
    faults.iter().map(|fault| format!("{}: {}", fault.field, fault.issue)).collect()
}

#[test]
fn the_documented_change_is_read_and_located_in_its_envelope() {
    let sample = br#"{ "value": { "id": "7d7c9a54-2c0b-4c42-8c0e-3f5b0f3c9a10", "name": "Carry over approvals",
        "description": "", "priority": 0, "attachment_behavior": { "attach_to_new_workflows": false, "opt_in": true },
        "criteria": { "filter": "source.is_active eq true", "mutable_filter": "previous.notes pr" },
        "action": { "decision": 2, "notes": "Accepted in the previous review", "signed_off_state": 2 } } }"#;
    let (id, input, located) = replace(sample).unwrap().into_parts();
    assert_eq!((id.to_string().as_str(), input.name.as_str()), (ID, "Carry over approvals"));
    assert_eq!(input.attachment, AttachmentBehavior { attach_to_new_workflows: false, opt_in: true });
    assert_eq!(
        (input.criteria.filter.as_str(), input.criteria.mutable_filter.as_str()),
        ("source.is_active eq true", "previous.notes pr")
    );
    let action = ActionParts {
        decision: Some(Decision::Accepted),
        signed_off: Some(true),
        notes: "Accepted in the previous review".to_owned(),
        ..ActionParts::default()
    };
    assert_eq!(input.action, action);
    assert_eq!(faults::<()>(Err(located(Error::invalid("criteria.filter", "why")))), ["value.criteria.filter: why"]);
    assert_eq!(
        faults(replace(b"{}")),
        ["id", "name", "criteria", "action"].map(|field| format!("{field}: is required"))
    );
}

#[test]
fn values_that_stand_for_nothing_are_nothing() {
    let zeros = br#"{ "name": "n", "criteria": { "filter": "" }, "action": { "decision": "", "signed_off_state": 0,
        "notes": "", "reviewer_assignment": {}, "display_style": "DISPLAY_STYLE_UNKNOWN", "display_text": "", "highlight_color": "" } }"#;
    let ((), input, _) = create(zeros).unwrap().into_parts();
    assert_eq!((input.action, input.criteria), (ActionParts::default(), Criteria::default()));
    let assigning =
        br#"{ "name": "n", "criteria": {}, "action": { "reviewer_assignment": { "users_manager": true } } }"#;
    assert_eq!(
        faults(create(assigning)),
        ["action.reviewer_assignment: is not supported and must be absent, null or {}"]
    );
}

#[test]
fn the_ids_that_are_given_say_what_is_meant() {
    let (automation, workflow): (AutomationId, _) = (ID.parse().unwrap(), WORKFLOW.parse().unwrap());
    let read = |body: Value| detach(body.to_string().as_bytes());
    let both = json!({ "id": ID, "workflow_id": WORKFLOW, "all": false });
    assert_eq!(read(both).unwrap(), AttachInput::One(automation, workflow));
    let every = json!({ "value": { "id": "whatever", "workflow_id": WORKFLOW, "all": "TRUE" } });
    assert_eq!(read(every).unwrap(), AttachInput::EveryAutomation(workflow));
    let everywhere = json!({ "id": ID, "workflow_id": "", "all": true });
    assert_eq!(read(everywhere).unwrap(), AttachInput::EveryWorkflow(automation));
    for (body, field) in [
        (json!({}), "workflow_id"),
        (json!({ "all": true }), "workflow_id"),
        (json!({ "id": ID, "all": false }), "workflow_id"),
        (json!({ "workflow_id": WORKFLOW, "id": "" }), "id"),
    ] {
        assert!(faults(read(body))[0].starts_with(&format!("{field}: is required")), "{field}");
    }
    assert!(matches!(read(json!({ "id": "no id", "workflow_id": WORKFLOW })), Err(Error::NotFound(_))));
    let said = attach(json!({ "id": ID, "all": true, "opt_in": "false" }).to_string().as_bytes()).unwrap();
    assert_eq!(said, (AttachInput::EveryWorkflow(automation), Some(false)));
}

#[test]
fn what_is_shown_fits_its_schema_and_leaves_out_what_is_not_set() {
    let with = |action: Action| Automation {
        id: AutomationId::new(Uuid::nil()),
        content: Content {
            name: "n".to_owned(),
            description: String::new(),
            priority: -1,
            attachment: AttachmentBehavior::default(),
            criteria: Criteria::default(),
            action,
        },
        version: 3,
    };
    let display = |style, color| Display { style, text: String::new(), color };
    for (action, expected) in [
        (
            Action::Modify(Modification { decision: Some(Decision::None), signed_off: Some(false), notes: None }),
            json!({ "decision": "NONE", "signed_off_state": "NOT_SIGNED_OFF" }),
        ),
        (Action::Display(display(DisplayStyle::SuggestAccept, None)), json!({ "display_style": "SUGGEST_ACCEPT" })),
        (
            Action::Display(display(DisplayStyle::Highlight, Color::new("#ffB020"))),
            json!({ "display_style": "HIGHLIGHT", "highlight_color": "#ffB020" }),
        ),
    ] {
        let automation = with(action);
        let value = encode_value(&automation);
        fits("AutomationValue", &value);
        assert_eq!(value["value"]["action"], expected);
        let page = Page { items: vec![automation.clone()], next: None, end: None, has_previous: false };
        fits("AutomationList", &encode_page(&page));
        let attached = page.map(|automation| Attached { automation, opt_in: true });
        fits("AttachedAutomationList", &encode_attached(&attached));
    }
}

#[test]
fn what_is_tried_out_is_given_or_kept_and_needs_no_name() {
    let given = json!({ "automation": { "criteria": { "filter": "source.id pr" }, "action": {} }, "workflow_id": WORKFLOW, "limit": "7" });
    let ((), input, _) = trial(given.to_string().as_bytes()).unwrap().into_parts();
    let Tried::Given(content) = &input.what else { panic!("one that is given") };
    assert_eq!((content.criteria.filter.as_str(), content.name.as_str()), ("source.id pr", UNNAMED));
    assert_eq!((input.over, input.shown), (Over::Workflow(WORKFLOW.parse().unwrap()), 7));
    let kept = json!({ "value": { "id": ID, "automation": null, "certification_id": WORKFLOW, "workflow_id": "" } });
    let ((), input, _) = trial(kept.to_string().as_bytes()).unwrap().into_parts();
    assert_eq!(input.what, Tried::Kept(ID.parse().unwrap()));
    assert_eq!((input.over, input.shown), (Over::Certification(WORKFLOW.parse().unwrap()), 20));
    assert_eq!(faults(trial(b"{}")).len(), 2);
}
