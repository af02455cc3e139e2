//! Schemas of settings.

use domain::settings::{MAX_NOTE, Setting};
use domain::webhook::Occasion;
use serde_json::{Value, json};

use crate::decode::MAX_TEXT;
use crate::openapi::schema::{Field, answer, bounded, flag, list, number, of, one_of, request, text, uuid, words};

const COMPLETION: [&str; 3] = [
    "COMPLETION_ALLOWED_ALL_ROWS_HAVE_DECISION",
    "COMPLETION_ALLOWED_ANYTIME",
    "COMPLETION_ALLOWED_ALL_ROWS_HAVE_NON_REJECTED_DECISION",
];
const AUTO_COMPLETE: [&str; 2] = ["AUTO_COMPLETE_ENABLED", "AUTO_COMPLETE_DISABLED"];
const ACKNOWLEDGEMENT: [&str; 2] = ["DATASOURCE_ACKNOWLEDGEMENT_NOT_SHOWN", "DATASOURCE_ACKNOWLEDGEMENT_REQUIRED"];
const EXPIRATION: [&str; 2] = ["DO_NOTHING", "AUTO_REJECT_INCOMPLETE_RESULTS"];
const SELF_REVIEW: [&str; 2] = ["SELF_REVIEWER_CHECKING_DISABLED", "SELF_REVIEWER_CHECKING_ENABLED"];

/// The names of settings.
pub fn names() -> Value {
    words(&Setting::ALL.iter().map(|setting| setting.name()).collect::<Vec<_>>())
}

/// What stands under `value`, by setting.
fn value_of(setting: Setting) -> Value {
    match setting {
        Setting::Completion => words(&COMPLETION),
        Setting::AutoComplete => words(&AUTO_COMPLETE),
        Setting::Overdue => flag(),
        Setting::Acknowledgement => words(&ACKNOWLEDGEMENT),
        Setting::Expiration => words(&EXPIRATION),
        Setting::SelfReview => words(&SELF_REVIEW),
        Setting::UiCustomization => of("UiCustomization"),
        Setting::Columns => of("ColumnSettings"),
        Setting::ViewSort => of("ViewSort"),
        Setting::PredefinedNotes => of("PredefinedNotes"),
        Setting::ReviewerExports => of("ReviewerExports"),
        Setting::RowGrouping => of("RowGrouping"),
        Setting::Outliers => of("OutlierDetection"),
        Setting::IdentityProvider => of("IdentityProviderSettings"),
        Setting::Webhook => of("WebhookSettings"),
    }
}

/// What may be sent under `value`, by setting: more than what is shown.
fn taken() -> Vec<Value> {
    let known = values();
    Setting::ALL.iter().map(|setting| lenient(value_of(*setting), &known)).collect()
}

/// The schema of what is sent where this is the schema of what is shown: fields may be left out, words have their other
/// forms, and flags and numbers may be texts. What it refers to becomes part of it.
fn lenient(schema: Value, known: &[(&str, Value)]) -> Value {
    let Value::Object(mut fields) = schema else { return schema };
    if let Some(name) = fields.get("$ref").and_then(Value::as_str).and_then(|reference| reference.rsplit('/').next()) {
        let target = known.iter().find(|(known, _)| *known == name);
        return target.map_or(Value::Null, |(_, schema)| lenient(schema.clone(), known));
    }
    fields.remove("required");
    if let Some(Value::Array(words)) = fields.remove("enum") {
        let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
        let text = format!("{}; in any letter case, or the number", words.join(", "));
        return json!({ "type": ["string", "integer"], "description": text });
    }
    if let Some(kind @ ("boolean" | "integer" | "number")) = fields.get("type").and_then(Value::as_str) {
        let kinds = json!([kind, "string"]);
        fields.insert("type".to_owned(), kinds);
    }
    for part in ["items", "properties"] {
        if let Some(inner) = fields.get_mut(part) {
            *inner = match inner.take() {
                Value::Object(named) if part == "properties" => {
                    named.into_iter().map(|(name, field)| (name, lenient(field, known))).collect()
                }
                other => lenient(other, known),
            };
        }
    }
    Value::Object(fields)
}

/// Name and schema of each.
pub fn schemas() -> Vec<(&'static str, Value)> {
    let all = || Setting::ALL.iter().map(|setting| value_of(*setting)).collect::<Vec<_>>();
    let workflow = || ("workflow_id", text(), "Empty for all workflows");
    let more = || ("setting", of("ExpirationSetting"), "Of `review_expiration_behavior`; may be sent without `value`");
    let effective = Setting::ALL.iter().filter(|setting| setting.is_shown_to_everybody());
    let effective: Vec<Field> = effective.map(|setting| (setting.name(), value_of(*setting), "")).collect();
    let own: Vec<Field> = vec![("workflow_id", uuid(), ""), ("settings", of("ColumnSettings"), "")];
    let all_columns: Vec<Field> = vec![
        ("global_settings", of("ColumnSettings"), ""),
        ("workflow_settings", list(of("WorkflowColumnSettings")), "By the ids of workflows"),
        ("next_page_token", text(), "Where there are more than an answer holds: to go on behind it"),
    ];
    let input = json!({ "description": "What the setting takes: a word, or an object", "anyOf": taken() });
    let parts = vec![
        ("SettingValue", request("What holds.", &["value"], vec![("value", one_of(all()), ""), more(), workflow()])),
        ("SettingInput", request("What shall hold.", &[], vec![("value", input, ""), more(), workflow()])),
        (
            "SettingStored",
            request(
                "What holds now; some settings answer an empty object.",
                &[],
                vec![("value", one_of(all()), ""), more()],
            ),
        ),
        ("WorkflowColumnSettings", answer("", own)),
        (
            "AllColumnSettings",
            request(
                "Columns, for all workflows and for those with their own.",
                &["global_settings", "workflow_settings"],
                all_columns,
            ),
        ),
        ("EffectiveSettings", answer("What rules a certification.", effective)),
        ("EffectiveSettingsValue", answer("", vec![("value", of("EffectiveSettings"), "")])),
    ];
    [parts, values()].concat()
}

fn webhook() -> Vec<Field> {
    let events = words(&Occasion::ALL.map(Occasion::name));
    vec![
        ("url", text(), "Where the receiver is: https, on port 443 or 8443; empty for none"),
        ("secret", text(), "`whsec_` and the base64 of 24 to 64 bytes; never shown, and kept where it is not given"),
        ("events", list(events), "What it is told"),
        ("enabled", flag(), "Whether it is told anything; true when absent"),
    ]
}

fn identity_provider() -> Vec<Field> {
    vec![
        ("user_type", text(), "Node type of the identities that are users"),
        ("instance_id", text(), "Which of several providers; empty for any"),
        ("user_identity_property", text(), "Attribute that is the id of a user, `id` by default"),
        ("instance_id_property", text(), "Attribute that tells the provider, `datasource_id` by default"),
        ("manager_identity_property", text(), "Attribute that names the manager, `manager_id` by default"),
    ]
}

fn values() -> Vec<(&'static str, Value)> {
    let notes = || words(&["NO_POP_UP", "POP_UP_OPTIONAL", "POP_UP_REQUIRED"]);
    let note_list = || list(bounded(MAX_NOTE));
    let ui: Vec<Field> = vec![
        ("accept_notes_behavior", notes(), "`POP_UP_REQUIRED`: reviewers have to give a note"),
        ("reject_notes_behavior", notes(), "`POP_UP_REQUIRED`: reviewers have to give a note"),
        ("approve_and_sign_off_button_behavior", words(&["SHOW", "HIDE"]), ""),
        ("diff_dropdown_behavior", words(&["NORMAL", "ALWAYS_HIDE_FOR_ACCESS_REVIEWER_ROLE"]), ""),
    ];
    let columns: Vec<Field> = vec![
        ("default_ordered_columns", list(text()), "Shown to everybody, in order"),
        ("hide_from_reviewers_columns", list(text()), "Invisible to reviewers; absent when empty"),
    ];
    let exports: Vec<Field> =
        vec![("allow_csv_exports", flag(), ""), ("allow_pdf_exports", flag(), ""), ("allow_xlsx_exports", flag(), "")];
    let grouping: Vec<Field> =
        vec![("group_by_column", text(), "Empty where rows are not grouped"), ("expand_groups_by_default", flag(), "")];
    let targets = words(&["TARGET_NODE_SOURCE", "TARGET_NODE_DESTINATION", "TARGET_NODE_JOINED"]);
    let property: Vec<Field> = vec![
        ("property_name", text(), ""),
        ("target", targets, "Whose; the source's when absent"),
        ("joined_node_alias", text(), "For joined nodes"),
    ];
    let outliers: Vec<Field> = vec![
        ("grouping_properties", list(of("GroupingProperty")), "Rows that agree in all of them are compared"),
        ("threshold", number(), "Access whose share of holders is at most this, for sure, is rare: 0 to 1"),
    ];
    let behavior = json!({ "type": ["integer", "string"] });
    let expiration: Vec<Field> = vec![
        ("behavior", behavior, "0 `DO_NOTHING`, 1 `AUTO_REJECT_INCOMPLETE_RESULTS`"),
        ("note_to_add", bounded(MAX_TEXT), "The note of rows that are rejected"),
    ];
    vec![
        ("ExpirationSetting", request("What becomes of undecided rows.", &["behavior"], expiration)),
        ("GroupingProperty", request("A property of comparable rows.", &["property_name"], property)),
        ("OutlierDetection", answer("With whom access is compared.", outliers)),
        ("UiCustomization", answer("What the interface offers, and which decisions need a note.", ui)),
        ("ColumnSettings", request("Columns of rows.", &["default_ordered_columns"], columns)),
        ("ViewSort", answer("", vec![("order_by", text(), "`path [asc|desc]`, several separated by commas")])),
        (
            "PredefinedNotes",
            answer("Notes to pick from.", vec![("reject_notes", note_list(), ""), ("accept_notes", note_list(), "")]),
        ),
        ("ReviewerExports", answer("Formats in which reviewers may export.", exports)),
        ("RowGrouping", answer("By what rows are grouped at first.", grouping)),
        ("WebhookSettings", request("A receiver of signed messages.", &["url", "events"], webhook())),
        ("IdentityProvider", answer("Whose identities the users are.", identity_provider())),
        (
            "IdentityProviderSettings",
            answer("", vec![("enabled", flag(), "Else every identity is a user"), ("idp", of("IdentityProvider"), "")]),
        ),
    ]
}
