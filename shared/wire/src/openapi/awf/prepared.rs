//! Schemas of quick filters and smart actions.

use app::automation::MAX_FILTER;
use serde_json::{Value, json};

use super::super::schema::{Field, answer, bounded, flag, list, of, request, text, uuid};
use crate::decode::{MAX_NAME, MAX_TEXT};

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    [quick_filters(), smart_actions()].concat()
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

fn quick_filters() -> Vec<(&'static str, Value)> {
    let fields = |with_id: bool| -> Vec<Field> {
        let mut fields: Vec<Field> = vec![
            ("name", bounded(MAX_NAME), ""),
            ("workflow_id", text(), "Empty for every workflow"),
            ("filter", bounded(MAX_FILTER), "One condition with co, eq, ne, sw or ew"),
        ];
        if with_id {
            fields.insert(0, ("id", uuid(), ""));
        }
        fields
    };
    vec![
        ("QuickFilter", answer("A filter that reviewers pick by name.", fields(true))),
        ("QuickFilterInput", request("A new quick filter.", &["name", "filter"], fields(false))),
        ("QuickFilterList", pages("Quick filters by name.", "QuickFilter")),
        ("PreparedId", answer("", vec![("id", uuid(), "")])),
    ]
}

fn smart_actions() -> Vec<(&'static str, Value)> {
    let word_or_number = || json!({ "type": ["string", "integer"] });
    let fields: Vec<Field> = vec![
        ("decision", word_or_number(), "NONE, ACCEPTED, REJECTED or FIXED; shown with its prefix"),
        ("notes", bounded(MAX_TEXT), "Blank clears the note"),
        ("signed_off_state", word_or_number(), "SIGNED_OFF or NOT_SIGNED_OFF"),
        ("reviewers", list(of("WorkflowUserInput")), "Replace the row's reviewers"),
        ("reviewer_assignment", of("ReviewerAssignmentInput"), "How new reviewers are found, instead of reviewers"),
    ];
    let action = |input: bool| -> Vec<Field> {
        vec![
            ("name", bounded(MAX_NAME), ""),
            ("description", bounded(MAX_TEXT), ""),
            ("workflow_id", text(), "Empty for every workflow"),
            ("filter", bounded(MAX_FILTER), "On what is reviewed, in the filter language"),
            ("mutable_filter", bounded(MAX_FILTER), "On what was decided, in the filter language"),
            (
                "apply_to_all_rows",
                if input { json!({ "type": ["boolean", "string"] }) } else { flag() },
                "Where there is no filter",
            ),
            ("mutable_fields", of("MutableFields"), "At least one"),
        ]
    };
    let shown = [vec![("id", uuid(), "")], action(false)].concat();
    let change = [vec![("id", uuid(), "")], action(true)].concat();
    let apply: Vec<Field> = vec![
        ("id", uuid(), "The smart action"),
        ("dry_run", json!({ "type": ["boolean", "string"] }), "Only tell what would become of the rows"),
        ("page_token", text(), "Of an answer that has more, to go on behind it"),
    ];
    let wrapped = vec![("value", of("SmartActionChange"), "")];
    vec![
        ("MutableFields", request("What becomes of a row.", &[], fields)),
        ("SmartAction", answer("A prepared change, and the rows that it is for.", shown)),
        ("SmartActionInput", request("A new smart action.", &["name", "mutable_fields"], action(true))),
        ("SmartActionChange", request("What changes; the rest stays.", &["id"], change)),
        ("SmartActionChangeValue", request("With or without the envelope.", &["value"], wrapped)),
        ("SmartActionList", pages("Smart actions by name.", "SmartAction")),
        ("ApplySmartAction", request("Which smart action is applied, and how.", &["id"], apply)),
    ]
}
