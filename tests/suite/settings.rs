//! Settings of one workflow: how they are stored and resolved, and what they do. Those that count for everybody have a suite
//! of their own.

use std::collections::BTreeSet;

use blackbox::Persona;
use serde_json::{Value, json};

use crate::world::{World, administrator, all_rows, awf_error, names_field, operator};

fn path(setting: &str) -> String {
    format!("/api/private/workflows/access/global_settings/{setting}")
}

fn of(setting: &str, workflow: &str) -> String {
    format!("{}?workflow_id={workflow}", path(setting))
}

fn put(setting: &str, workflow: &str, value: Value) {
    let _ = administrator().put(&path(setting), json!({ "value": value, "workflow_id": workflow })).expect(200);
}

/// A certification with its workflow.
fn certification(world: &World) -> (String, String) {
    let (id, _) = world.certification();
    let read = operator().get(&format!("/api/preview/awf/certifications/{id}")).expect(200);
    let workflow = read.str("/value/workflow_id").to_owned();
    (id, workflow)
}

#[test]
fn a_workflow_has_its_own_value_as_a_whole_until_it_is_removed() {
    let workflow = World::new(3).workflow();
    let setting = "allow_reviewer_exports";
    let all = administrator().get(&path(setting)).expect(200);
    assert_eq!(all.body["workflow_id"], "");
    let body = json!({ "value": { "allow_csv_exports": "True" }, "workflow_id": workflow });
    assert_eq!(administrator().put(&path(setting), body).expect(200).body, json!({}));
    let own = administrator().get(&of(setting, &workflow)).expect(200);
    let expected = json!({
        "value": { "allow_csv_exports": true, "allow_pdf_exports": false, "allow_xlsx_exports": false },
        "workflow_id": workflow,
    });
    assert_eq!(own.body, expected);
    assert_eq!(administrator().get(&path(setting)).expect(200).body, all.body, "everything else stays as it was");
    assert_eq!(administrator().delete(&of(setting, &workflow)).expect(200).body, json!({}));
    assert_eq!(administrator().get(&of(setting, &workflow)).expect(200).body["value"], all.body["value"]);
    assert_eq!(administrator().delete(&of(setting, &workflow)).expect(200).body, json!({}));
}

#[test]
fn a_workflow_that_is_not_there_has_no_settings() {
    let nobodys = "0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b";
    for workflow in [nobodys, "x"] {
        awf_error(&administrator().get(&of("ui_column_settings", workflow)), 404, "NotFound");
        awf_error(&administrator().delete(&of("ui_column_settings", workflow)), 404, "NotFound");
        let body = json!({ "value": {}, "workflow_id": workflow });
        awf_error(&administrator().put(&path("ui_column_settings"), body), 404, "NotFound");
    }
}

#[test]
fn a_stale_value_is_not_replaced() {
    let workflow = World::new(3).workflow();
    let setting = of("rows_group_by_setting", &workflow);
    let value = |column: &str| json!({ "value": { "group_by_column": column, "expand_groups_by_default": true } });
    let fresh = administrator().get(&setting).expect(200);
    let tag = fresh.headers["etag"].clone();
    let _ = administrator().header("if-match", &tag).put(&setting, value("status")).expect(200);
    awf_error(&administrator().header("if-match", &tag).put(&setting, value("decision")), 409, "Aborted");
    assert_eq!(administrator().get(&setting).expect(200).body, value("status"));
}

#[test]
fn groups_are_formed_by_known_columns_only_and_not_at_all_without_one() {
    let workflow = World::new(3).workflow();
    let setting = of("rows_group_by_setting", &workflow);
    for column in ["destination.veza_unique_name", "source.veza_unique_name", "risk_level", "decision", "idp.team"] {
        let value = json!({ "value": { "group_by_column": column, "expand_groups_by_default": false } });
        assert_eq!(administrator().put(&setting, value.clone()).expect(200).body, json!({}));
        assert_eq!(administrator().get(&setting).expect(200).body, value);
    }
    let off = json!({ "value": { "group_by_column": "", "expand_groups_by_default": true } });
    let _ = administrator().put(&setting, off).expect(200);
    let expected = json!({ "value": { "group_by_column": "", "expand_groups_by_default": false } });
    assert_eq!(administrator().get(&setting).expect(200).body, expected);
    names_field(
        &administrator().put(&setting, json!({ "value": { "group_by_column": "colour" } })),
        "value.group_by_column",
    );
}

#[test]
fn notes_to_pick_from_are_kept_in_order_within_their_limits() {
    let world = World::new(3);
    let (certification, workflow) = certification(&world);
    let setting = "predefined_decision_notes";
    let value =
        json!({ "reject_notes": ["Left the team", "Duplicate account"], "accept_notes": ["Owner confirmed by phone"] });
    let stored = administrator().put(&of(setting, &workflow), json!({ "value": value })).expect(200);
    assert_eq!(stored.body, json!({}));
    assert_eq!(administrator().get(&of(setting, &workflow)).expect(200).body, json!({ "value": value }));
    let effective = format!("/api/preview/awf/certifications/{certification}/effective_settings");
    assert_eq!(world.reviewer("lena").get(&effective).expect(200).body["value"][setting], value);

    put(setting, &workflow, json!({}));
    let empty = json!({ "value": { "reject_notes": [], "accept_notes": [] } });
    assert_eq!(administrator().get(&of(setting, &workflow)).expect(200).body, empty);

    let bad = json!({ "reject_notes": ["fine", " ", "x".repeat(501), "fine"],
        "accept_notes": (0..101).map(|n| n.to_string()).collect::<Vec<_>>() });
    let answer = administrator().put(&of(setting, &workflow), json!({ "value": bad }));
    for field in ["value.reject_notes[1]", "value.reject_notes[2]", "value.reject_notes[3]", "value.accept_notes"] {
        names_field(&answer, field);
    }
}

#[test]
fn every_fault_of_columns_is_named() {
    let workflow = World::new(3).workflow();
    let value = json!({
        "default_ordered_columns": ["source.name", "", "source.a b", "source.name", "colour", "is_signed_off"],
        "hide_from_reviewers_columns": ["source.name", "a,b"],
    });
    let answer = administrator().put(&of("ui_column_settings", &workflow), json!({ "value": value }));
    let shown = |n: usize| format!("value.default_ordered_columns[{n}]");
    for field in [shown(1), shown(2), shown(3), shown(4)] {
        names_field(&answer, &field);
    }
    for n in 0..2 {
        names_field(&answer, &format!("value.hide_from_reviewers_columns[{n}]"));
    }
    assert!(!answer.text.contains("columns[5]"), "both spellings are known: {}", answer.text);
}

#[test]
fn columns_of_all_workflows_are_listed() {
    let workflow = World::new(3).workflow();
    let value = json!({ "default_ordered_columns": ["source.name", "Is_signed_off"],
        "hide_from_reviewers_columns": ["source.employee_id"] });
    let put = administrator().put(&of("ui_column_settings", &workflow), json!({ "value": value })).expect(200);
    assert_eq!(put.body, json!({ "value": value }), "what is stored is shown");
    let listed = || administrator().get(&path("ui_column_settings:list_all")).expect(200);
    let all = listed();
    assert!(
        all.body["global_settings"]["default_ordered_columns"].as_array().is_some_and(|columns| columns.len() == 13)
    );
    let own = json!({ "workflow_id": workflow, "settings": value });
    assert!(all.list("/workflow_settings").contains(&own), "{}", all.text);
    let _ = administrator().delete(&of("ui_column_settings", &workflow)).expect(200);
    assert!(!listed().text.contains(&workflow));
    assert_eq!(administrator().get(&path("ui_column_settings%3Alist_all")).expect(200).body, listed().body);
}

#[test]
fn hidden_columns_exist_for_operators_only() {
    let world = World::new(6);
    let (certification, workflow) = certification(&world);
    let lena = world.reviewer("lena");
    let results = format!("/api/preview/awf/certifications/{certification}/results");
    let rows = |who| all_rows(who, &results);
    assert!(rows(&lena).iter().all(|row| row["source"]["department"].is_string()));
    let value = json!({ "hide_from_reviewers_columns": ["source.department", "concrete_permissions", "notes"] });
    put("ui_column_settings", &workflow, value);
    for row in rows(&lena) {
        assert!(row["source"].get("department").is_none() && row["source"]["email"].is_string(), "{row:#}");
        assert!(row.get("accumulated_raw_permissions").is_none() && row.get("notes").is_none(), "{row:#}");
        let one = lena.get(&format!("{results}/{}", row["result_id"])).expect(200);
        assert_eq!(one.body["value"], row);
    }
    assert!(rows(&operator()).iter().all(|row| row["source"]["department"].is_string() && row["notes"] == ""));
    for (query, field) in [
        ("filter=source.department%20eq%20%22Finance%22", "filter"),
        ("filter=source.name%20pr%20and%20not%20(source.department%20pr)", "filter"),
        ("mutable_filter=notes%20pr", "mutable_filter"),
        ("order_by=source.department", "order_by"),
    ] {
        names_field(&lena.get(&format!("{results}?{query}")), field);
        let _ = operator().get(&format!("{results}?{query}")).expect(200);
    }
    let _ = lena.get(&format!("{results}?filter=source.name%20pr")).expect(200);
}

#[test]
fn when_somebody_decided_is_hidden_in_the_log_too() {
    let world = World::new(3);
    let (certification, workflow) = certification(&world);
    let lena = world.reviewer("lena");
    let results = format!("/api/preview/awf/certifications/{certification}/results");
    let row = all_rows(&lena, &results)[0]["result_id"].clone();
    let value = json!({ "result_id": row, "decision": "REJECTED", "notes": "left", "signed_off_state": "SIGNED_OFF" });
    let _ = lena.put(&results, json!({ "value": value })).expect(200);
    put("ui_column_settings", &workflow, json!({ "hide_from_reviewers_columns": ["decision_at"] }));
    let times = |who: &Persona| {
        let shown = who.get(&format!("{results}/{row}")).expect(200).body["value"].clone();
        let log = shown["action_log_entries"].as_array().expect("a log").clone();
        let timed: Vec<bool> = log.iter().map(|entry| entry["time"].is_string()).collect();
        (shown.get("decision_at").is_some(), log.iter().map(|it| it["action"].clone()).collect::<Vec<_>>(), timed)
    };
    let (told, actions, timed) = times(&operator());
    assert!(told && timed.iter().all(|timed| *timed) && actions.len() >= 2, "{actions:?}");
    let (told, seen, timed) = times(&lena);
    assert_eq!((told, &seen), (false, &actions));
    for (action, timed) in seen.iter().zip(timed) {
        assert_eq!(timed, action == "SIGNED_OFF", "{action}");
    }
}

#[test]
fn hidden_columns_cannot_be_searched_by_changing_rows() {
    let world = World::new(6);
    let (certification, workflow) = certification(&world);
    let lena = world.reviewer("lena");
    let results = format!("/api/preview/awf/certifications/{certification}/results");
    put("ui_column_settings", &workflow, json!({ "hide_from_reviewers_columns": ["source.department", "notes"] }));
    let bulk = format!("{results}:bulk_update");
    for (filter, field) in [("source.department eq \"Finance\"", "filter"), ("notes pr", "mutable_filter")] {
        let body = json!({ field: filter, "decision": "ACCEPTED" });
        names_field(&lena.post(&bulk, body), field);
    }
    let asks = |filter: &str| {
        let body =
            json!({ "name": "Accept", "workflow_id": workflow, "filter": filter, "mutable_fields": { "decision": 2 } });
        operator().post("/api/preview/awf/smart_action_definitions", body).expect(200).str("/id").to_owned()
    };
    let (hidden, seen) = (asks("source.department eq \"Finance\""), asks("source.name pr"));
    let apply = |who: &blackbox::Persona, id: &str, dry_run: bool| {
        who.post(&format!("{results}:apply_smart_action"), json!({ "id": id, "dry_run": dry_run }))
    };
    for dry_run in [true, false] {
        let refused = apply(&lena, &hidden, dry_run);
        names_field(&refused, "id");
        assert!(!refused.text.contains("department"), "{}", refused.text);
    }
    assert!(all_rows(&operator(), &results).iter().all(|row| row["decision"] == "NONE"), "nothing was written");
    let _ = apply(&lena, &seen, false).expect(200);
    let _ = apply(&operator(), &hidden, true).expect(200);
    let _ = operator().post(&bulk, json!({ "filter": "source.department pr", "decision": "ACCEPTED" })).expect(200);
}

#[test]
fn hidden_columns_are_hidden_from_the_reviewers_of_a_campaign_as_well() {
    let world = World::new(6);
    let id = world.active();
    let workflow = operator().get(&format!("/api/v1/campaigns/{id}")).expect(200).str("/workflow_id").to_owned();
    let lena = world.reviewer("lena");
    let items = format!("/api/v1/campaigns/{id}/review-items");
    put(
        "ui_column_settings",
        &workflow,
        json!({ "hide_from_reviewers_columns": ["source.department", "source.name"] }),
    );
    let listed = lena.get(&items).expect(200);
    assert!(!listed.list("/review_items").is_empty());
    for item in listed.list("/review_items") {
        assert!(
            item["department"].is_null() && item["account_name"].is_null() && item["email"].is_string(),
            "{item:#}"
        );
        let one = lena.get(&format!("{items}/{}", item["account_id"].as_str().expect("an id"))).expect(200);
        assert!(one.body["account"].get("department").is_none(), "{}", one.text);
    }
    let approvals = lena.get(&format!("/api/v1/campaigns/{id}/approvals")).expect(200);
    assert!(approvals.list("/approvals").iter().all(|approval| approval["account_name"].is_null()));
    names_field(&lena.get(&format!("{items}?search=user")), "search");
    let _ = lena.get(&format!("{items}?sort=-risk_score")).expect(200);
    let seen = operator().get(&format!("{items}?search=user&sort=account_name")).expect(200);
    assert!(seen.list("/review_items").iter().all(|item| item["department"].is_string()));
    put("ui_column_settings", &workflow, json!({ "hide_from_reviewers_columns": ["destination.name", "decision"] }));
    names_field(&lena.get(&format!("{items}?sort=application_name")), "sort");
    names_field(&lena.get(&format!("{items}?status=pending")), "status");
}

/// The Wilson lower bound of a share, two-sided 95 %.
fn wilson(k: f64, n: f64) -> f64 {
    let (p, z) = (k / n, 1.959_963_984_540_054_f64);
    let root = (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    (p + z * z / (2.0 * n) - z * root) / (1.0 + z * z / n)
}

/// Counts peers and holders of every row over the rows themselves, and compares with what each tells.
fn rarity_is_as_counted(rows: &[Value], threshold: f64) -> usize {
    let text = |row: &Value, pointer: &str| row.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let known: Vec<_> = rows
        .iter()
        .map(|row| {
            let of = |pointer| text(row, pointer).unwrap_or_default();
            (text(row, "/source/department"), of("/source/id"), of("/destination/id"))
        })
        .collect();
    let mut outliers = 0;
    for (row, (group, _, destination)) in rows.iter().zip(&known) {
        let peers: BTreeSet<&str> = known.iter().filter(|one| one.0 == *group).map(|one| one.1.as_str()).collect();
        let same = known.iter().filter(|one| one.0 == *group && one.2 == *destination);
        let holders: BTreeSet<&str> = same.map(|one| one.1.as_str()).collect();
        let bound = wilson(holders.len() as f64, peers.len() as f64);
        let info = &row["outlier_info"];
        assert_eq!(
            (&info["peer_count"], &info["holder_count"]),
            (&json!(peers.len()), &json!(holders.len())),
            "{row:#}"
        );
        assert!((info["lower_bound"].as_f64().expect("a number") - bound).abs() < 1e-6, "{info}");
        assert_eq!(info["is_outlier"], json!(bound <= threshold), "{info}");
        assert!(
            info["explanation"].as_str().is_some_and(|text| text.contains(&format!("of {}", peers.len()))),
            "{info}"
        );
        outliers += usize::from(bound <= threshold);
    }
    outliers
}

#[test]
fn rare_access_is_told_as_peers_are_chosen_when_a_certification_is_created() {
    let world = World::new(20);
    let (before, workflow) = certification(&world);
    let results = |id: &str| all_rows(&operator(), &format!("/api/preview/awf/certifications/{id}/results"));
    assert!(results(&before).iter().all(|row| row["outlier_info"].is_null()), "nobody tells a manager's id");
    let setting = "manager_centric_config";
    put(setting, &workflow, json!({ "grouping_properties": [{ "property_name": "department" }], "threshold": 0.15 }));
    let created = operator().post("/api/preview/awf/certifications", json!({ "workflow_id": workflow })).expect(200);
    let after = created.str("/certification_id").to_owned();
    let path = format!("/api/preview/awf/certifications/{after}");
    let _ = operator().until(&path, |body| body["value"]["state"] == "IN_PROGRESS");
    let rows = results(&after);
    let outliers = rarity_is_as_counted(&rows, 0.15);
    assert!((1..rows.len()).contains(&outliers), "{outliers} of {} rows", rows.len());
    assert!(results(&before).iter().all(|row| row["outlier_info"].is_null()), "what is frozen stays");

    for (value, field) in [
        (json!({ "threshold": 1.01 }), "value.threshold"),
        (json!({ "grouping_properties": [] }), "value.threshold"),
        (
            json!({ "grouping_properties": [{ "property_name": "" }], "threshold": 0 }),
            "value.grouping_properties[0].property_name",
        ),
        (
            json!({ "grouping_properties": [{ "property_name": "x", "target": 3 }], "threshold": 0 }),
            "value.grouping_properties[0].joined_node_alias",
        ),
    ] {
        names_field(&administrator().put(&of(setting, &workflow), json!({ "value": value })), field);
    }
}

#[test]
fn whoever_sees_a_certification_sees_what_rules_it() {
    let world = World::new(3);
    let (certification, workflow) = certification(&world);
    put("allow_reviewer_exports", &workflow, json!({ "allow_pdf_exports": true }));
    let path = format!("/api/preview/awf/certifications/{certification}/effective_settings");
    let read = world.reviewer("lena").get(&path).expect(200);
    assert_eq!(read.body["value"]["allow_reviewer_exports"]["allow_pdf_exports"], true);
    assert_eq!(read.body["value"]["ui_customization_settings"]["diff_dropdown_behavior"], "NORMAL");
    assert!(read.body["value"].get("idp_settings").is_none());
    assert_eq!(operator().get(&path).expect(200).body, read.body);
    awf_error(&World::new(3).reviewer("lena").get(&path), 404, "NotFound");
}
