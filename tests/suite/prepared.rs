//! Quick filters and smart actions: prepared by operators, used by reviewers.

use serde_json::{Value, json};

use crate::world::{self, World, all_rows, auditor, awf_error, names_field, operator};

const FILTERS: &str = "/api/preview/awf/quick_filters";
const ACTIONS: &str = "/api/preview/awf/smart_action_definitions";
const NOBODY: &str = "0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b";

fn path(certification: &str) -> String {
    format!("/api/preview/awf/certifications/{certification}/results")
}

fn made(path: &str, body: Value) -> String {
    operator().post(path, body).expect(200).str("/id").to_owned()
}

fn listed(who: &blackbox::Persona, path: &str, ids: &[&str]) -> Vec<Value> {
    let answer = who.get(path).expect(200);
    let values = answer.list("/values").iter();
    values.filter(|value| ids.contains(&value["id"].as_str().unwrap_or_default())).cloned().collect()
}

fn apply(who: &blackbox::Persona, certification: &str, body: Value) -> blackbox::Answer {
    who.post(&format!("{}:apply_smart_action", path(certification)), body)
}

#[test]
fn quick_filters_are_listed_by_name_with_those_for_every_workflow() {
    let world = World::new(3);
    let (workflow, other) = (world.workflow(), world.workflow());
    let filter = "source.employee_type eq \"contractor\"";
    let own = made(FILTERS, json!({ "name": "B of one", "workflow_id": workflow, "filter": filter }));
    let all = made(FILTERS, json!({ "name": "A of all", "filter": "concrete_permissions co \"write\"" }));
    let foreign = made(FILTERS, json!({ "name": "C of another", "workflow_id": other, "filter": "idp.name sw \"x\"" }));
    let ids = [own.as_str(), all.as_str(), foreign.as_str()];
    let lena = world.reviewer("lena");
    let names = |query: &str| -> Vec<String> {
        let values = listed(&lena, &format!("{FILTERS}{query}"), &ids);
        values.iter().map(|value| value["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(""), ["A of all", "B of one", "C of another"]);
    assert_eq!(names(&format!("?workflow_id={workflow}")), ["A of all", "B of one"]);
    let shown = &listed(&lena, FILTERS, &ids)[1];
    assert_eq!(*shown, json!({ "id": own, "name": "B of one", "workflow_id": workflow, "filter": filter }));
    assert_eq!(operator().delete(&format!("{FILTERS}/{own}")).expect(200).body, json!({}));
    awf_error(&operator().delete(&format!("{FILTERS}/{own}")), 404, "NotFound");
    assert_eq!(names(""), ["A of all", "C of another"]);

    for compound in [
        "source.name eq \"a\" and source.id eq \"b\"",
        "not (source.name eq \"a\")",
        "source.name pr",
        "source.age gt 3",
        "decision eq \"ACCEPTED\"",
        "path_summary.name eq \"a\"",
        "(source.name eq \"a\")",
        "source.name eq 1",
        "source.is_active ne true",
        "source.name eq null",
        "",
    ] {
        names_field(&operator().post(FILTERS, json!({ "name": "x", "filter": compound })), "filter");
    }
    names_field(&operator().post(FILTERS, json!({ "filter": filter })), "name");
    let unknown = json!({ "name": "x", "filter": filter, "workflow_id": NOBODY });
    awf_error(&operator().post(FILTERS, unknown.clone()), 404, "NotFound");
    for who in [auditor(), lena] {
        awf_error(&who.post(FILTERS, unknown.clone()), 403, "PermissionDenied");
        awf_error(&who.delete(&format!("{FILTERS}/{all}")), 403, "PermissionDenied");
    }
}

#[test]
fn a_smart_action_is_made_changed_in_part_and_deleted() {
    let fields = json!({ "decision": 3, "notes": "Identity is deactivated", "signed_off_at": "2026-01-01T00:00:00Z" });
    let body = json!({ "name": "Reject leavers", "description": "Reject rows of deactivated identities", "workflow_id": "",
        "filter": "source.is_active ne \"true\"", "mutable_filter": "", "apply_to_all_rows": "false", "mutable_fields": fields });
    let id = made(ACTIONS, body.clone());
    let shown = |id: &str| listed(&operator(), ACTIONS, &[id]);
    let mut expected = body;
    expected["id"] = json!(id);
    expected["apply_to_all_rows"] = json!(false);
    expected["mutable_fields"] = json!({ "decision": "RESULT_DECISION_REJECTED", "notes": "Identity is deactivated" });
    assert_eq!(shown(&id), [expected.clone()]);
    let change = json!({ "value": { "id": id, "description": "For the end of a review", "mutable_fields": { "signed_off_state": 2 } } });
    assert_eq!(operator().put(ACTIONS, change).expect(200).body, json!({}));
    expected["description"] = json!("For the end of a review");
    expected["mutable_fields"] = json!({ "signed_off_state": "SIGNED_OFF" });
    assert_eq!(shown(&id), [expected]);
    names_field(&operator().put(ACTIONS, json!({ "value": { "id": id, "filter": "" } })), "value.filter");
    names_field(&operator().put(ACTIONS, json!({ "id": id, "mutable_fields": {} })), "mutable_fields");
    let _ = operator().delete(&format!("{ACTIONS}/{id}")).expect(200);
    assert!(shown(&id).is_empty());
    awf_error(&operator().delete(&format!("{ACTIONS}/{id}")), 404, "NotFound");
    awf_error(&operator().put(ACTIONS, json!({ "id": id, "name": "x" })), 404, "NotFound");

    let refused = |body: Value, field: &str| names_field(&operator().post(ACTIONS, body), field);
    refused(json!({ "name": "x", "mutable_fields": { "decision": 2 } }), "filter");
    refused(
        json!({ "name": "x", "filter": "source.id pr", "mutable_fields": { "updated_at": null } }),
        "mutable_fields",
    );
    refused(json!({ "name": "x", "filter": "decision eq \"NONE\"", "mutable_fields": { "decision": 2 } }), "filter");
    refused(
        json!({ "name": "x", "mutable_filter": "reviewers co \"a\"", "mutable_fields": { "decision": 2 } }),
        "mutable_filter",
    );
    refused(json!({ "mutable_fields": { "decision": 2 }, "apply_to_all_rows": true }), "name");
    let stranger = json!({ "reviewers": [{ "user_type": "Identity", "id": "own-nobody" }] });
    refused(
        json!({ "name": "x", "apply_to_all_rows": true, "mutable_fields": stranger }),
        "mutable_fields.reviewers[0]",
    );
}

#[test]
fn a_reviewer_applies_a_smart_action_to_their_own_rows() {
    let world = World::new(12);
    let (id, _) = world.certification();
    let (lena, omar) = (world.reviewer("lena"), world.reviewer("omar"));
    let fields = json!({ "decision": "REJECTED", "notes": "not needed in Finance", "signed_off_state": "SIGNED_OFF" });
    let action = made(
        ACTIONS,
        json!({ "name": "Reject Finance", "filter": "source.department eq \"Finance\"", "mutable_filter": "decision eq \"NONE\"", "mutable_fields": fields }),
    );
    let own = all_rows(&lena, &format!("{}?filter=source.department%20eq%20%22Finance%22", path(&id)));
    let rehearsed = apply(&lena, &id, json!({ "id": action, "dry_run": "true" })).expect(200);
    assert_eq!((&rehearsed.body["matched"], &rehearsed.body["updated"]), (&json!(own.len()), &json!(own.len())));
    let rejected = || all_rows(&operator(), &format!("{}?mutable_filter=decision%20eq%20%22REJECTED%22", path(&id)));
    assert!(rejected().is_empty(), "nothing was written");
    let applied = apply(&lena, &id, json!({ "value": { "id": action } })).expect(200);
    assert_eq!(applied.body, rehearsed.body);
    assert_eq!(rejected().len(), own.len());
    assert!(
        rejected()
            .iter()
            .all(|row| row["signed_off_state"] == "SIGNED_OFF" && row["is_assigned_to_current_user"] == false)
    );
    assert_eq!(apply(&lena, &id, json!({ "id": action })).expect(200).body["matched"], 0);

    let everything =
        made(ACTIONS, json!({ "name": "Accept all", "apply_to_all_rows": true, "mutable_fields": { "decision": 2 } }));
    let mine = all_rows(&lena, &path(&id)).len();
    let applied = apply(&lena, &id, json!({ "id": everything })).expect(200);
    assert_eq!(applied.body["matched"], mine);
    assert_eq!((&applied.body["updated"], &applied.body["skipped"]), (&json!(mine - own.len()), &json!(own.len())));
    let locked = applied.list("/results").iter().filter(|row| row["reason"] == "signed_off").count();
    assert_eq!(locked, own.len());
    assert!(all_rows(&omar, &path(&id)).iter().all(|row| row["decision"] == "NONE"), "rows of others are untouched");

    awf_error(&apply(&lena, &id, json!({ "id": NOBODY })), 404, "NotFound");
    names_field(&apply(&lena, &id, json!({})), "id");
    awf_error(&apply(&auditor(), &id, json!({ "id": everything })), 403, "PermissionDenied");
    awf_error(&apply(&world::target().anonymous(), &id, json!({ "id": everything })), 401, "Unauthenticated");
    let other = made(
        ACTIONS,
        json!({ "name": "Elsewhere", "workflow_id": world.workflow(), "apply_to_all_rows": true, "mutable_fields": { "decision": 2 } }),
    );
    awf_error(&apply(&operator(), &id, json!({ "id": other })), 404, "NotFound");
}

#[test]
fn a_smart_action_hands_rows_to_whom_its_instructions_find() {
    let world = World::new(9);
    let (id, _) = world.certification();
    let omars = || all_rows(&world.reviewer("omar"), &path(&id)).len();
    let user = json!({ "user_type": "Identity", "id": format!("own-{}-omar", world.word) });
    let to_omar = made(
        ACTIONS,
        json!({ "name": "To Omar", "apply_to_all_rows": true, "mutable_fields": { "reviewers": [user.clone()] } }),
    );
    let total = all_rows(&operator(), &path(&id)).len();
    let _ = apply(&operator(), &id, json!({ "id": to_omar })).expect(200);
    assert_eq!(omars(), total);
    let rows = all_rows(&operator(), &path(&id));
    let handed: Vec<_> = rows.iter().filter(|row| row["old_reviewers"] != json!([])).collect();
    assert!(!handed.is_empty());
    assert!(handed.iter().all(|row| row["reviewer_assignment"].is_null()), "they were named, not found");
    let back = json!({ "reviewer_assignment": { "users_manager": true } });
    let to_managers = made(ACTIONS, json!({ "name": "To managers", "filter": "source.id pr", "mutable_fields": back }));
    let applied = apply(&operator(), &id, json!({ "id": to_managers })).expect(200);
    let lenas = all_rows(&world.reviewer("lena"), &path(&id));
    assert_eq!((&applied.body["updated"], lenas.len() + omars()), (&json!(lenas.len()), total));
    assert!(lenas.iter().all(|row| row["reviewers"][0]["email"] == json!(world.email("lena"))));
    assert_eq!(lenas[0]["action_log_entries"].as_array().map(Vec::len), Some(2));
    let instructions =
        json!({ "users_manager": true, "resource_managers": false, "reviewers": [], "fallback_reviewers": [] });
    for row in &lenas {
        let found = &row["reviewer_assignment"];
        let same = instructions.as_object().into_iter().flatten().all(|(name, value)| found[name] == *value);
        assert!(same, "what found them stands on the row: {found}");
    }
    let number = &lenas[0]["result_id"];
    let again = json!({ "result_id": number, "reviewers": [user] });
    let _ = operator().put(&path(&id), again).expect(200);
    let named = operator().get(&format!("{}/{number}", path(&id))).expect(200);
    assert_eq!(named.body["value"]["reviewer_assignment"], Value::Null);
}

#[test]
fn filters_may_be_as_long_everywhere_as_the_language_allows() {
    let world = World::new(3);
    let (id, _) = world.certification();
    // Characters are counted, and some of these take two bytes.
    let long = |length: usize| {
        let around = "source.name eq \"\"".len();
        format!("source.name eq \"{}{}\"", "é".repeat(50), "x".repeat(length - around - 50))
    };
    let encoded = |filter: &str| filter.replace(' ', "%20").replace('"', "%22").replace('é', "%C3%A9");
    let fields = json!({ "decision": 2 });
    for (length, status) in [(4_096, 200), (4_097, 400)] {
        let filter = long(length);
        let by = |query: &str| operator().get(&format!("{}?filter={query}", path(&id)));
        let answers = [
            operator().post(FILTERS, json!({ "name": "Long", "filter": filter })),
            operator().post(ACTIONS, json!({ "name": "Long", "filter": filter, "mutable_fields": fields })),
            operator().post(&format!("{}:bulk_update", path(&id)), json!({ "filter": filter, "decision": 2 })),
            by(&encoded(&filter)),
            operator().post(
                "/api/preview/awf/exports/access_review:create",
                json!({ "certification_id": id, "format": "CSV", "filter": filter }),
            ),
        ];
        for answer in answers {
            if status == 400 {
                names_field(&answer, "filter");
            } else {
                let _ = answer.expect(status);
            }
        }
    }
}
