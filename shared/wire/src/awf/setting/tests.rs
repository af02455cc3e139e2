use domain::settings::{CompletionRule, DiffDropdown, NotesBehavior, SelfReview, SignOffButton};

use super::*;
use crate::openapi::check::fits;

fn read(setting: Setting, body: &Value) -> Result<Chosen, Error> {
    put(setting, body.to_string().as_bytes(), &Pairs::default()).map(|(chosen, _)| chosen)
}

fn faults<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<String> {
    let Error::Invalid(faults) = result.unwrap_err() else { panic!("another error") };
    faults.into_iter().map(|fault| fault.field).collect()
}

#[test]
fn the_documented_samples_are_read_and_shown_as_they_are() {
    let columns = json!({ "value": {
        "default_ordered_columns": ["source.name", "destination.name", "concrete_permissions", "decision"],
        "hide_from_reviewers_columns": ["source.employee_id"] } });
    let samples = [
        (Setting::Completion, json!({ "value": "COMPLETION_ALLOWED_ANYTIME" })),
        (Setting::AutoComplete, json!({ "value": "AUTO_COMPLETE_ENABLED" })),
        (Setting::Overdue, json!({ "value": true })),
        (Setting::Acknowledgement, json!({ "value": "DATASOURCE_ACKNOWLEDGEMENT_REQUIRED" })),
        (
            Setting::UiCustomization,
            json!({ "value": { "diff_dropdown_behavior": "NORMAL", "accept_notes_behavior": "NO_POP_UP",
                "reject_notes_behavior": "POP_UP_OPTIONAL", "approve_and_sign_off_button_behavior": "HIDE" } }),
        ),
        (Setting::Columns, columns),
        (Setting::ViewSort, json!({ "value": { "order_by": "destination.name desc" } })),
        (
            Setting::PredefinedNotes,
            json!({ "value": { "reject_notes": ["Left the team", "Duplicate account"], "accept_notes": ["Owner confirmed by phone"] } }),
        ),
        (
            Setting::ReviewerExports,
            json!({ "value": { "allow_csv_exports": true, "allow_pdf_exports": false, "allow_xlsx_exports": false }, "workflow_id": "" }),
        ),
        (
            Setting::RowGrouping,
            json!({ "value": { "group_by_column": "destination.type", "expand_groups_by_default": false } }),
        ),
        (
            Setting::Outliers,
            json!({ "value": { "grouping_properties": [
                { "property_name": "cost_center", "target": "TARGET_NODE_SOURCE" },
                { "property_name": "environment", "target": "TARGET_NODE_DESTINATION" },
                { "property_name": "team", "target": "TARGET_NODE_JOINED", "joined_node_alias": "idp" },
                { "property_name": "job_role" } ], "threshold": 0.1 } }),
        ),
    ];
    for (setting, sample) in samples {
        let value = read(setting, &sample).unwrap();
        let shown = encode(&SettingView { value, scope: None, version: 1 });
        assert_eq!(shown, sample, "{}", setting.name());
        fits("SettingValue", &shown);
    }
}

#[test]
fn every_built_in_value_is_shown_and_read_back() {
    for setting in Setting::ALL {
        let value = setting.built_in(Origin::Certification);
        let shown = encode(&SettingView { value: value.clone(), scope: None, version: 0 });
        fits("SettingValue", &shown);
        let read = read(*setting, &shown).unwrap();
        // An empty name of a column stands for none.
        let grouping = matches!(read, Chosen::RowGrouping(_));
        assert!(grouping || read == value, "{}", setting.name());
    }
}

#[test]
fn words_are_read_in_every_form_and_unknown_ones_are_refused() {
    for form in [json!(2), json!("2"), json!("self_reviewer_checking_enabled"), json!("SELF_REVIEWER_CHECKING_ENABLED")]
    {
        let read = read(Setting::SelfReview, &json!({ "value": form }));
        assert_eq!(read.unwrap(), Chosen::SelfReview(SelfReview::CheckingEnabled));
    }
    for body in
        [json!({}), json!({ "value": 0 }), json!({ "value": "COMPLETION_ALLOWED_UNKNOWN" }), json!({ "value": null })]
    {
        assert_eq!(faults(read(Setting::Completion, &body)), ["value"], "{body}");
    }
    assert_eq!(faults(read(Setting::Completion, &json!({ "value": "AUTO_COMPLETE_DISABLED" }))), ["value"]);
    assert_eq!(faults(read(Setting::Columns, &json!({}))), ["value"]);
    assert_eq!(faults(read(Setting::ViewSort, &json!({ "value": {} }))), ["value.order_by"]);
    let three = read(Setting::Completion, &json!({ "value": 3 })).unwrap();
    assert_eq!(three, Chosen::Completion(CompletionRule::AllRowsHaveNonRejectedDecision));
}

#[test]
fn aliases_belong_to_joined_nodes_and_to_no_others() {
    let of = |property: Value| {
        read(Setting::Outliers, &json!({ "value": { "grouping_properties": [property], "threshold": "0.5" } }))
    };
    let alias = "value.grouping_properties[0].joined_node_alias";
    assert_eq!(faults(of(json!({ "property_name": "team", "target": 3 }))), [alias]);
    assert_eq!(faults(of(json!({ "property_name": "team", "target": 1, "joined_node_alias": "idp" }))), [alias]);
    assert_eq!(faults(of(json!({ "property_name": "team", "joined_node_alias": "idp" }))), [alias]);
    assert_eq!(faults(of(json!({ "target": "SOURCE" }))), ["value.grouping_properties[0].property_name"]);
    assert!(of(json!({ "property_name": "team", "target": "TARGET_NODE_UNSPECIFIED" })).is_ok());
    assert_eq!(faults(read(Setting::Outliers, &json!({ "value": {} }))), ["value.threshold"]);
}

#[test]
fn what_is_not_said_about_the_interface_has_its_built_in_value() {
    let value = json!({ "value": { "accept_notes_behavior": 3, "reject_notes_behavior": "NOTES_BEHAVIOR_UNKNOWN" } });
    let expected = UiCustomization {
        accept_notes: NotesBehavior::PopUpRequired,
        reject_notes: NotesBehavior::PopUpRequired,
        sign_off_button: SignOffButton::Hide,
        diff_dropdown: DiffDropdown::Normal,
    };
    assert_eq!(read(Setting::UiCustomization, &value).unwrap(), Chosen::UiCustomization(expected));
}

#[test]
fn a_workflow_is_named_in_the_body_or_in_the_query_but_not_differently() {
    let (one, other) = ("b2f1e7f4-40b7-4a1b-8a55-b6f3a0a0a111", "b2f1e7f4-40b7-4a1b-8a55-b6f3a0a0a112");
    let body = |workflow: &str| json!({ "value": { "order_by": "source.name" }, "workflow_id": workflow }).to_string();
    let scope =
        |workflow: &str, query: Pairs| put(Setting::ViewSort, body(workflow).as_bytes(), &query).map(|put| put.1);
    let of = |workflow: &str| Some(workflow.parse().unwrap());
    assert_eq!(scope("", Pairs::default()).unwrap(), None);
    assert_eq!(scope(one, Pairs::default()).unwrap(), of(one));
    assert_eq!(scope("", [("workflow_id", other)].into()).unwrap(), of(other));
    assert_eq!(scope(one, [("workflow_id", one)].into()).unwrap(), of(one));
    assert_eq!(faults(scope(one, [("workflow_id", other)].into())), ["workflow_id"]);
    assert!(matches!(scope("x", Pairs::default()), Err(Error::NotFound(_))));
}

#[test]
fn numbers_of_words_are_those_that_are_stored() {
    use domain::settings::Coded;
    fn same<T: Coded + PartialEq>(family: &Family<T>) {
        assert!(family.forms.iter().all(|form| form.code == i64::from(form.value.code())));
        assert_eq!(family.forms.len(), T::ALL.len());
    }
    same(&COMPLETION_RULE);
    same(&AUTO_COMPLETE);
    same(&ACKNOWLEDGEMENT);
    same(&SELF_REVIEW);
    same(&NOTES_BEHAVIOR);
    same(&SIGN_OFF_BUTTON);
    same(&DIFF_DROPDOWN);
}

#[test]
fn what_rules_a_review_is_shown_by_name() {
    let shown = encode_effective(&Settings::defaults(Origin::Campaign));
    fits("EffectiveSettingsValue", &shown);
    assert_eq!(shown["value"]["cert_completion_settings"], "COMPLETION_ALLOWED_ANYTIME");
    assert_eq!(shown["value"]["ui_customization_settings"]["reject_notes_behavior"], "POP_UP_OPTIONAL");
    assert!(shown["value"].get("idp_settings").is_none());
}
