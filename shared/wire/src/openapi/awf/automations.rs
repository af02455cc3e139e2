//! Schemas of automations and their attachments.

use app::automation::MAX_FILTER;
use domain::automation::DisplayStyle;
use serde_json::{Value, json};

use super::super::schema::{Field, answer, bounded, count, flag, list, of, request, text, uuid, words};
use super::DECISIONS;
use crate::decode::{MAX_NAME, MAX_TEXT};

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    [automations(), parts(), attachments(), trials()].concat()
}

fn written_flag() -> Value {
    json!({ "type": ["boolean", "string"] })
}

/// A whole number that may be written as text.
fn written_integer() -> Value {
    json!({ "type": ["integer", "string"] })
}

/// The pages of a list.
fn pages(what: &'static str, entry: &str) -> Value {
    answer(
        what,
        vec![
            ("values", list(of(entry)), ""),
            ("next_page_token", text(), "Empty on the last page"),
            ("has_more", flag(), ""),
        ],
    )
}

fn automations() -> Vec<(&'static str, Value)> {
    let fields = |input: bool| -> Vec<Field> {
        let part = |name: &'static str, given: &'static str| of(if input { given } else { name });
        vec![
            ("name", bounded(MAX_NAME), "Automations are listed, and applied, by name"),
            ("description", bounded(MAX_TEXT), ""),
            (
                "priority",
                if input { written_integer() } else { json!({ "type": "integer" }) },
                "Kept, and means nothing",
            ),
            ("attachment_behavior", part("AttachmentBehavior", "AttachmentBehaviorInput"), ""),
            ("criteria", part("AutomationCriteria", "AutomationCriteriaInput"), "Which rows it is for"),
            ("action", part("AutomationAction", "AutomationActionInput"), "What becomes of them"),
        ]
    };
    let version = vec![("version", json!({ "type": "integer", "minimum": 1 }), "One more with each change; the ETag")];
    let shown = [vec![("id", uuid(), "")], fields(false), version].concat();
    let change = [vec![("id", uuid(), "")], fields(true)].concat();
    let needed = ["name", "criteria", "action"];
    vec![
        ("Automation", answer("What is done with rows, or shown beside them, without a person.", shown)),
        ("AutomationValue", super::value_of("Automation")),
        ("AutomationInput", request("A new automation.", &needed, fields(true))),
        (
            "AutomationChange",
            request("The whole automation: what is absent is gone.", &["id", "name", "criteria", "action"], change),
        ),
        (
            "AutomationChangeValue",
            request("With or without the envelope.", &["value"], vec![("value", of("AutomationChange"), "")]),
        ),
        ("AutomationList", pages("Automations by name.", "Automation")),
    ]
}

fn parts() -> Vec<(&'static str, Value)> {
    let behavior = |flag: fn() -> Value| -> Vec<Field> {
        vec![
            ("attach_to_new_workflows", flag(), "Attached to every workflow, those to come included"),
            ("opt_in", flag(), "Runs only where it is selected, instead of always"),
        ]
    };
    let criteria = || -> Vec<Field> {
        let filter = || bounded(MAX_FILTER);
        vec![
            ("filter", filter(), "On what is reviewed, in the filter language"),
            ("mutable_filter", filter(), "On `previous.decision`, `previous.notes` and `previous.signed_off_state`"),
        ]
    };
    let word_or_number = || json!({ "type": ["string", "integer"] });
    let given: Vec<Field> = vec![
        ("decision", word_or_number(), "NONE, ACCEPTED, REJECTED or FIXED"),
        ("signed_off_state", word_or_number(), "SIGNED_OFF or NOT_SIGNED_OFF"),
        ("notes", bounded(MAX_TEXT), ""),
        (
            "display_style",
            word_or_number(),
            "HIGHLIGHT, SUGGEST_ACCEPT or SUGGEST_REJECT; not beside the fields before",
        ),
        ("display_text", bounded(MAX_TEXT), "A message beside the row; with a display style"),
        ("highlight_color", text(), "#RRGGBB; with HIGHLIGHT"),
        ("reviewer_assignment", json!({ "type": ["object", "null"], "maxProperties": 0 }), "Not supported"),
    ];
    let shown: Vec<Field> = vec![
        ("decision", words(&DECISIONS), ""),
        ("signed_off_state", words(&["NOT_SIGNED_OFF", "SIGNED_OFF"]), ""),
        ("notes", text(), ""),
        ("display_style", words(&DisplayStyle::ALL.map(DisplayStyle::word)), ""),
        ("display_text", text(), ""),
        ("highlight_color", text(), "#RRGGBB"),
    ];
    vec![
        ("AttachmentBehavior", answer("Which workflows it is attached to by itself.", behavior(flag))),
        (
            "AttachmentBehaviorInput",
            request("Which workflows it is attached to by itself.", &[], behavior(written_flag)),
        ),
        ("AutomationCriteria", answer("Both must hold; an empty one holds always.", criteria())),
        ("AutomationCriteriaInput", request("One at least; both must hold.", &[], criteria())),
        ("AutomationAction", request("Only what is set.", &[], shown)),
        ("AutomationActionInput", request("A change of rows, or something shown beside them; never both.", &[], given)),
    ]
}

fn attachments() -> Vec<(&'static str, Value)> {
    let which = || -> Vec<Field> {
        vec![
            ("id", text(), "The automation"),
            ("workflow_id", text(), "The workflow"),
            ("all", written_flag(), "With workflow_id: every automation; with id alone: every workflow"),
        ]
    };
    let own = "That of the attachments; each automation's own when absent";
    let attach = [which(), vec![("opt_in", written_flag(), own)]].concat();
    let attached: Vec<Field> =
        vec![("automation", of("Automation"), ""), ("opt_in", flag(), "Runs only where it is selected")];
    vec![
        ("AutomationAttachment", request("Which automations are attached to which workflows.", &[], attach)),
        ("AutomationDetachment", request("Which automations are detached from which workflows.", &[], which())),
        ("AttachedAutomation", answer("An automation of a workflow.", attached)),
        ("AttachedAutomationList", pages("The automations of a workflow, by name.", "AttachedAutomation")),
    ]
}

fn trials() -> Vec<(&'static str, Value)> {
    let input: Vec<Field> = vec![
        ("automation", of("AutomationTried"), "One that is not kept; or else id"),
        ("id", text(), "One that is kept, as it stands"),
        ("workflow_id", text(), "On the rows of its last certification that has some; or else certification_id"),
        ("certification_id", text(), "On the rows of this one"),
        ("limit", written_integer(), "How many rows are shown: 0 to 100, 20 by default"),
    ];
    let tried: Vec<Field> = vec![
        ("name", bounded(MAX_NAME), ""),
        ("criteria", of("AutomationCriteriaInput"), ""),
        ("action", of("AutomationActionInput"), ""),
    ];
    let conflicts = list(words(&["decision", "notes", "signed_off_state"]));
    let row: Vec<Field> = vec![
        ("result_id", count(), ""),
        ("source", of("ResultNode"), ""),
        ("destination", of("ResultNode"), ""),
        ("would", of("AutomationAction"), "What would become of the row; empty where nothing would"),
        ("conflicts", conflicts, "What stays as it is, because other automations wish something else"),
    ];
    let trial: Vec<Field> = vec![
        ("certification_id", uuid(), "Whose rows were looked at"),
        ("total_result_count", count(), ""),
        ("examined", count(), "How many of them were looked at, from the first on: at most 100,000"),
        ("matched", count(), "How many of these it is for"),
        ("would_change", count(), "How many it would change or mark"),
        ("conflicts", count(), "How many parts of rows would stay as they are"),
        ("results", list(of("AutomationTriedRow")), "The first rows that it is for"),
    ];
    vec![
        ("AutomationTried", request("As an automation; it needs no name.", &["criteria", "action"], tried)),
        ("AutomationTrialInput", request("What is tried out on what.", &[], input)),
        ("AutomationTriedRow", answer("What would become of a row.", row)),
        ("AutomationTrial", answer("What an automation would do. Nothing is written.", trial)),
    ]
}
