//! Automations: made and changed as a whole, attached to workflows one by one and all at once.

use serde_json::{Value, json};

use crate::world::{World, administrator, auditor, awf_error, names_field, operator};

const AUTOMATIONS: &str = "/api/preview/awf/automations";
const NOBODY: &str = "0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b";

/// An automation that is attached nowhere by itself; tests share one stack.
fn body(name: &str) -> Value {
    json!({ "name": name, "criteria": { "filter": "source.is_active eq true" }, "action": { "decision": "ACCEPTED" } })
}

fn made(body: Value) -> String {
    administrator().post(AUTOMATIONS, body).expect(200).str("/id").to_owned()
}

fn shown(id: &str) -> Value {
    administrator().get(&format!("{AUTOMATIONS}/{id}")).expect(200).body["value"].clone()
}

fn delete(id: &str) {
    let _ = administrator().delete(&format!("{AUTOMATIONS}/{id}")).expect(200);
}

fn refused(body: Value, field: &str) {
    names_field(&administrator().post(AUTOMATIONS, body), field);
}

/// The body with one place in it changed.
fn with(mut body: Value, place: &str, value: Value) -> Value {
    let (parent, field) = place.rsplit_once('/').expect("a place in an object");
    body.pointer_mut(parent).expect("an object")[field] = value;
    body
}

fn attach(body: Value) {
    assert_eq!(administrator().post(&format!("{AUTOMATIONS}:attach"), body).expect(200).body, json!({}));
}

fn detach(body: Value) {
    assert_eq!(administrator().post(&format!("{AUTOMATIONS}:detach"), body).expect(200).body, json!({}));
}

/// Which of these automations are attached to a workflow, with their `opt_in`, in the order of the list.
fn attached<'a>(workflow: &str, among: &[&'a str]) -> Vec<(&'a str, bool)> {
    let answer = operator().get(&format!("{AUTOMATIONS}:attached/{workflow}")).expect(200);
    let values = answer.list("/values").iter();
    let found = values.filter_map(|value| {
        let id = among.iter().find(|id| value["automation"]["id"] == **id)?;
        Some((*id, value["opt_in"].as_bool().expect("a boolean")))
    });
    found.collect()
}

#[test]
fn the_documented_samples_are_taken_as_they_stand_and_read_back() {
    let id = made(json!({
        "name": "Mark dormant vault users", "description": "Colour rows of identities without MFA", "priority": 0,
        "attachment_behavior": { "attach_to_new_workflows": false, "opt_in": false },
        "criteria": { "filter": "source.mfa_enabled eq false and idp.department ne \"Security\"", "mutable_filter": "" },
        "action": { "display_style": "HIGHLIGHT", "display_text": "No second factor", "highlight_color": "#FFB020" },
    }));
    let mut marked = shown(&id);
    assert_eq!(marked.as_object_mut().unwrap().remove("version"), Some(json!(1)));
    assert_eq!(
        marked,
        json!({
            "id": id, "name": "Mark dormant vault users", "description": "Colour rows of identities without MFA", "priority": 0,
            "attachment_behavior": { "attach_to_new_workflows": false, "opt_in": false },
            "criteria": { "filter": "source.mfa_enabled eq false and idp.department ne \"Security\"", "mutable_filter": "" },
            "action": { "display_style": "HIGHLIGHT", "display_text": "No second factor", "highlight_color": "#FFB020" },
        })
    );

    let change = json!({ "value": {
        "id": id, "name": "Carry over approvals", "description": "", "priority": 0,
        "attachment_behavior": { "attach_to_new_workflows": false, "opt_in": true },
        "criteria": { "filter": "source.is_active eq true", "mutable_filter": "previous.decision eq \"RESULT_DECISION_ACCEPTED\"" },
        "action": { "decision": 2, "notes": "Accepted in the previous review", "signed_off_state": 2 } } });
    assert_eq!(administrator().put(AUTOMATIONS, change).expect(200).body, json!({}));
    let expected = json!({ "id": id, "name": "Carry over approvals", "description": "", "priority": 0,
        "attachment_behavior": { "attach_to_new_workflows": false, "opt_in": true },
        "criteria": { "filter": "source.is_active eq true", "mutable_filter": "previous.decision eq \"RESULT_DECISION_ACCEPTED\"" },
        "action": { "decision": "ACCEPTED", "notes": "Accepted in the previous review", "signed_off_state": "SIGNED_OFF" },
        "version": 2 });
    assert_eq!(shown(&id), expected);
    let list = administrator().get(AUTOMATIONS).expect(200);
    assert!(list.list("/values").contains(&expected));

    let workflow = World::new(3).workflow();
    attach(json!({ "id": id, "workflow_id": workflow, "all": false, "opt_in": true }));
    let listed = operator().get(&format!("{AUTOMATIONS}:attached/{workflow}")).expect(200);
    assert!(listed.list("/values").contains(&json!({ "automation": expected, "opt_in": true })));
    detach(json!({ "workflow_id": workflow, "all": true }));
    assert!(attached(&workflow, &[&id]).is_empty());

    let path = format!("{AUTOMATIONS}/{id}");
    assert_eq!(administrator().delete(&path).expect(200).body, json!({}));
    awf_error(&administrator().delete(&path), 404, "NotFound");
    awf_error(&administrator().get(&path), 404, "NotFound");
}

#[test]
fn automations_are_listed_by_name_and_page_by_page() {
    let word = blackbox::unique("list");
    let ids: Vec<String> = ["c", "a", "b"].iter().map(|name| made(body(&format!("{word} {name}")))).collect();
    let names = |path: &str| -> Vec<String> {
        let values = crate::world::all_rows(&administrator(), path);
        let names = values.iter().map(|value| value["name"].as_str().unwrap().to_owned());
        names.filter(|name| name.starts_with(&word)).collect()
    };
    let expected = ["a", "b", "c"].map(|name| format!("{word} {name}"));
    assert_eq!(names(AUTOMATIONS), expected);
    assert_eq!(names(&format!("{AUTOMATIONS}?page_size=1")), expected);
    names_field(&administrator().get(&format!("{AUTOMATIONS}?page_token=x")), "page_token");
    ids.iter().for_each(|id| delete(id));
    assert!(names(AUTOMATIONS).is_empty());
}

#[test]
fn a_change_is_the_whole_automation_and_what_it_leaves_out_is_gone() {
    let mut whole = body("Whole");
    whole["description"] = json!("why");
    whole["priority"] = json!("7");
    whole["attachment_behavior"] = json!({ "opt_in": "true" });
    let id = made(whole);
    assert_eq!((&shown(&id)["priority"], &shown(&id)["attachment_behavior"]["opt_in"]), (&json!(7), &json!(true)));
    let mut bare = body("Bare");
    bare["id"] = json!(id);
    let _ = administrator().put(AUTOMATIONS, bare.clone()).expect(200);
    let after = shown(&id);
    assert_eq!((&after["name"], &after["description"], &after["priority"]), (&json!("Bare"), &json!(""), &json!(0)));
    assert_eq!(after["attachment_behavior"], json!({ "attach_to_new_workflows": false, "opt_in": false }));

    for lacking in ["id", "name", "criteria", "action"] {
        let mut part = bare.clone();
        part.as_object_mut().unwrap().remove(lacking);
        let answer = administrator().put(AUTOMATIONS, json!({ "value": part }));
        names_field(&answer, &format!("value.{lacking}"));
    }
    let unknown = with(bare.clone(), "/id", json!(NOBODY));
    awf_error(&administrator().put(AUTOMATIONS, unknown), 404, "NotFound");
    let stale =
        administrator().header("if-match", "\"1\"").put(AUTOMATIONS, with(bare.clone(), "/name", json!("Late")));
    awf_error(&stale, 409, "Aborted");
    let current = administrator().header("if-match", "\"2\"").put(AUTOMATIONS, with(bare, "/name", json!("In time")));
    let _ = current.expect(200);
    assert_eq!((&shown(&id)["name"], &shown(&id)["version"]), (&json!("In time"), &json!(3)));
    delete(&id);
}

#[test]
fn an_automation_changes_rows_or_marks_them_for_rows_that_a_filter_finds() {
    let action = |action: Value| with(body("x"), "/action", action);
    let zeros = json!({ "decision": 0, "signed_off_state": "UNKNOWN", "notes": "", "reviewer_assignment": {},
        "display_style": 0, "display_text": "", "highlight_color": "" });
    refused(action(zeros.clone()), "action");
    let styled = with(action(zeros.clone()), "/action/display_style", json!("DISPLAY_STYLE_SUGGEST_ACCEPT"));
    let id = made(styled);
    assert_eq!(shown(&id)["action"], json!({ "display_style": "SUGGEST_ACCEPT" }), "zero values are not given");
    delete(&id);
    let decided = with(action(zeros), "/action/decision", json!("result_decision_rejected"));
    let id = made(decided);
    assert_eq!(shown(&id)["action"], json!({ "decision": "REJECTED" }));
    delete(&id);

    refused(action(json!({ "display_style": 1, "notes": "n" })), "action.display_style");
    refused(action(json!({ "display_style": "BLINK" })), "action.display_style");
    refused(action(json!({ "decision": "MAYBE" })), "action.decision");
    refused(action(json!({ "decision": 2, "display_text": "t" })), "action.display_text");
    refused(action(json!({ "display_style": 3, "highlight_color": "#000000" })), "action.highlight_color");
    refused(action(json!({ "display_style": 1, "highlight_color": "red" })), "action.highlight_color");
    refused(
        action(json!({ "decision": 2, "reviewer_assignment": { "users_manager": true } })),
        "action.reviewer_assignment",
    );
    let id = made(action(json!({ "decision": 2, "reviewer_assignment": null })));
    delete(&id);

    let filter = |filter: &str| with(body("x"), "/criteria/filter", json!(filter));
    refused(filter(" "), "criteria");
    for wrong in [
        "source.name eq",
        "previous.decision eq \"ACCEPTED\"",
        "decision eq \"ACCEPTED\"",
        "joined_nodes.idp.department eq \"Security\"",
        &format!("source.name eq \"{}\"", "x".repeat(4_096)),
    ] {
        refused(filter(wrong), "criteria.filter");
    }
    let answer = administrator().post(AUTOMATIONS, filter("source.name eq \"a\" und source.id pr"));
    assert!(answer.text.contains("at character 19"), "{}", answer.text);
    let hint = administrator().post(AUTOMATIONS, filter("joined_nodes.idp.department eq \"Security\""));
    assert!(hint.text.contains("idp.department"), "{}", hint.text);
    let before = |filter: &str| with(body("x"), "/criteria/mutable_filter", json!(filter));
    for wrong in [
        "decision eq \"ACCEPTED\"",
        "source.name pr",
        "previous.reviewers pr",
        "previous.decision eq \"MAYBE\"",
        "previous.notes",
    ] {
        refused(before(wrong), "criteria.mutable_filter");
    }
    let every = "(source.a eq 1 or destination.b ne null) and not (waypoint.c gt \"2026-01-01T00:00:00Z\") \
        and path_summary.name co \"x\" and concrete_permissions co \"write\" and abstract_permissions pr and idp.d_e.f eq true";
    let id =
        made(with(filter(every), "/criteria/mutable_filter", json!("previous.signed_off_state eq \"SIGNED_OFF\"")));
    delete(&id);
    refused(with(body("x"), "/priority", json!(2_147_483_648_u64)), "priority");
    refused(with(body("x"), "/name", json!(" ")), "name");
}

#[test]
fn the_given_ids_say_what_is_attached_to_what() {
    let world = World::new(3);
    let (one, two) = (world.workflow(), world.workflow());
    let word = blackbox::unique("attach");
    let (a, b) = (
        made(body(&format!("{word} a"))),
        made(with(body(&format!("{word} b")), "/attachment_behavior", json!({ "opt_in": true }))),
    );
    let both = [a.as_str(), b.as_str()];
    let of = |workflow: &str| attached(workflow, &both);

    attach(json!({ "id": a, "workflow_id": one }));
    assert_eq!((of(&one), of(&two)), (vec![(both[0], false)], vec![]));
    attach(json!({ "id": a, "workflow_id": one, "opt_in": true }));
    assert_eq!(of(&one), [(both[0], true)], "attached again with another word");
    attach(json!({ "id": b, "all": true }));
    assert_eq!((of(&one), of(&two)), (vec![(both[0], true), (both[1], true)], vec![(both[1], true)]));
    assert!(of(&world.workflow()).is_empty(), "a workflow that was made later");
    attach(json!({ "id": NOBODY, "workflow_id": two, "all": "true", "opt_in": false }));
    assert_eq!(of(&two), [(both[0], false), (both[1], false)], "every automation, and the id says nothing");

    detach(json!({ "id": b, "workflow_id": one }));
    detach(json!({ "id": b, "workflow_id": one }));
    assert_eq!((of(&one), of(&two).len()), (vec![(both[0], true)], 2), "not attached is no fault");
    detach(json!({ "id": a, "all": true }));
    assert_eq!((of(&one), of(&two)), (vec![], vec![(both[1], false)]));
    detach(json!({ "workflow_id": two, "all": true }));
    assert!(of(&two).is_empty());

    for verb in ["attach", "detach"] {
        let post = |body: Value| administrator().post(&format!("{AUTOMATIONS}:{verb}"), body);
        for (body, field) in [
            (json!({}), "workflow_id"),
            (json!({ "all": true }), "workflow_id"),
            (json!({ "id": a }), "workflow_id"),
            (json!({ "workflow_id": one, "id": "" }), "id"),
            (json!({ "id": a, "workflow_id": one, "all": "maybe" }), "all"),
        ] {
            names_field(&post(body), field);
        }
        for unknown in [
            json!({ "id": NOBODY, "workflow_id": one }),
            json!({ "id": a, "workflow_id": NOBODY }),
            json!({ "id": NOBODY, "all": true }),
            json!({ "workflow_id": NOBODY, "all": true }),
            json!({ "id": "no-id", "all": true }),
        ] {
            awf_error(&post(unknown), 404, "NotFound");
        }
    }
    awf_error(&operator().get(&format!("{AUTOMATIONS}:attached/{NOBODY}")), 404, "NotFound");
    both.iter().for_each(|id| delete(id));
}

#[test]
fn what_is_attached_to_new_workflows_is_attached_to_the_old_ones_too() {
    let world = World::new(3);
    let old = world.workflow();
    let everywhere = with(
        body(&blackbox::unique("everywhere")),
        "/attachment_behavior",
        json!({ "attach_to_new_workflows": true, "opt_in": true }),
    );
    let id = made(everywhere.clone());
    let new = world.workflow();
    let of = |workflow: &str| attached(workflow, &[&id]);
    assert_eq!((of(&old), of(&new)), (vec![(id.as_str(), true)], vec![(id.as_str(), true)]));

    detach(json!({ "id": id, "workflow_id": old }));
    attach(json!({ "id": id, "workflow_id": new, "opt_in": false }));
    let mut off = with(everywhere.clone(), "/attachment_behavior", json!({ "opt_in": false }));
    off["id"] = json!(id);
    let _ = administrator().put(AUTOMATIONS, off).expect(200);
    let newest = world.workflow();
    assert_eq!((of(&old), of(&new), of(&newest)), (vec![], vec![(id.as_str(), false)], vec![]), "nothing is detached");

    let on = with(everywhere, "/id", json!(id));
    let _ = administrator().put(AUTOMATIONS, on).expect(200);
    assert_eq!((of(&old), of(&newest)), (vec![(id.as_str(), true)], vec![(id.as_str(), true)]));
    assert_eq!(of(&new), [(id.as_str(), false)], "what is attached keeps its own word");
    delete(&id);
    assert!(of(&new).is_empty(), "its attachments went with it");
}

#[test]
fn a_deleted_workflow_has_nothing_attached_and_cannot_get_it() {
    let world = World::new(3);
    let workflow = world.workflow();
    let id = made(body(&blackbox::unique("gone")));
    attach(json!({ "id": id, "workflow_id": workflow }));
    let _ = administrator().delete(&format!("/api/preview/awf/workflows/{workflow}")).expect(200);
    awf_error(&operator().get(&format!("{AUTOMATIONS}:attached/{workflow}")), 404, "NotFound");
    let late = administrator().post(&format!("{AUTOMATIONS}:attach"), json!({ "id": id, "workflow_id": workflow }));
    awf_error(&late, 404, "NotFound");
    delete(&id);
}

#[test]
fn a_certification_takes_only_automations_that_are_attached_to_its_workflow() {
    let world = World::new(3);
    let workflow = world.workflow();
    let id = made(body(&blackbox::unique("picked")));
    let create = |ids: Value| {
        operator().post("/api/preview/awf/certifications", json!({ "workflow_id": workflow, "automation_ids": ids }))
    };
    names_field(&create(json!([id])), "automation_ids[0]");
    attach(json!({ "id": id, "workflow_id": workflow, "opt_in": true }));
    names_field(&create(json!([id, NOBODY])), "automation_ids[1]");
    names_field(&create(json!([id, "no-id"])), "automation_ids[1]");
    names_field(&create(json!([id, 7])), "automation_ids[1]");
    let _ = create(json!([id])).expect(200);
    attach(json!({ "id": id, "workflow_id": workflow, "opt_in": false }));
    let _ = create(json!([id, id])).expect(200);
    let _ = create(json!([])).expect(200);
    delete(&id);
    names_field(&create(json!([id])), "automation_ids[0]");
}

#[test]
fn administrators_keep_automations_and_operators_see_what_is_attached() {
    let workflow = World::new(3).workflow();
    let id = made(body(&blackbox::unique("roles")));
    let path = format!("{AUTOMATIONS}/{id}");
    let whole = with(body("x"), "/id", json!(id));
    for who in [operator(), auditor(), crate::world::target().persona("reviewer")] {
        for answer in [
            who.post(AUTOMATIONS, body("x")),
            who.put(AUTOMATIONS, whole.clone()),
            who.get(AUTOMATIONS),
            who.get(&path),
            who.delete(&path),
            who.post(&format!("{AUTOMATIONS}:attach"), json!({ "id": id, "all": true })),
            who.post(&format!("{AUTOMATIONS}:detach"), json!({ "id": id, "all": true })),
        ] {
            awf_error(&answer, 403, "PermissionDenied");
        }
    }
    let listed = format!("{AUTOMATIONS}:attached/{workflow}");
    let _ = operator().get(&listed).expect(200);
    let _ = auditor().get(&listed).expect(200);
    awf_error(&crate::world::target().persona("reviewer").get(&listed), 403, "PermissionDenied");
    delete(&id);
}

#[test]
fn an_automation_is_tried_out_before_it_is_kept() {
    let world = World::new(9);
    let (certification, rows) = world.certification();
    let path = format!("/api/preview/awf/certifications/{certification}");
    let workflow = operator().get(&path).expect(200).str("/value/workflow_id").to_owned();
    let test = |body: Value| administrator().post(&format!("{AUTOMATIONS}:test"), body);
    let automation =
        json!({ "criteria": { "filter": "source.department eq \"Finance\"" }, "action": { "decision": "REJECTED" } });

    let told = test(json!({ "automation": automation, "workflow_id": workflow, "limit": 2 })).expect(200).body;
    let finance =
        crate::world::all_rows(&operator(), &format!("{path}/results?filter=source.department%20eq%20%22Finance%22"));
    assert!(!finance.is_empty() && (finance.len() as u64) < rows);
    assert_eq!((&told["certification_id"], &told["examined"]), (&json!(certification), &json!(rows)));
    assert_eq!((&told["matched"], &told["would_change"]), (&json!(finance.len()), &json!(finance.len())));
    assert_eq!((&told["conflicts"], told["results"].as_array().map(Vec::len)), (&json!(0), Some(2)));
    let row = &told["results"][0];
    assert_eq!((&row["would"], &row["source"]["department"]), (&json!({ "decision": "REJECTED" }), &json!("Finance")));
    assert!(finance.iter().any(|found| found["result_id"] == row["result_id"] && found["source"] == row["source"]));
    assert!(finance.iter().all(|row| row["decision"] == "NONE"), "nothing is written");

    let id = made(with(body(&blackbox::unique("against")), "/criteria/filter", json!("source.id pr")));
    attach(json!({ "id": id, "workflow_id": workflow, "opt_in": false }));
    let disputed = test(json!({ "automation": automation, "certification_id": certification })).expect(200).body;
    assert_eq!((&disputed["matched"], &disputed["would_change"]), (&json!(finance.len()), &json!(0)));
    assert_eq!(disputed["conflicts"], json!(finance.len()));
    assert_eq!(
        (&disputed["results"][0]["would"], &disputed["results"][0]["conflicts"]),
        (&json!({}), &json!(["decision"]))
    );
    let kept = test(json!({ "id": id, "workflow_id": workflow })).expect(200).body;
    assert_eq!((&kept["matched"], &kept["would_change"]), (&json!(rows), &json!(rows)), "it is not against itself");

    for (wrong, field) in [
        (json!({}), "automation"),
        (json!({}), "workflow_id"),
        (json!({ "automation": automation, "id": id, "workflow_id": workflow }), "automation"),
        (json!({ "id": id, "workflow_id": workflow, "certification_id": certification }), "certification_id"),
        (json!({ "id": id, "workflow_id": world.workflow() }), "workflow_id"),
        (json!({ "id": id, "workflow_id": workflow, "limit": 101 }), "limit"),
        (json!({ "automation": {}, "workflow_id": workflow }), "automation.action"),
        (json!({ "automation": {}, "workflow_id": workflow }), "automation.criteria"),
    ] {
        names_field(&test(wrong), field);
    }
    for unknown in [
        json!({ "id": NOBODY, "workflow_id": workflow }),
        json!({ "id": id, "workflow_id": NOBODY }),
        json!({ "id": id, "certification_id": NOBODY }),
        json!({ "id": "no-id", "certification_id": certification }),
    ] {
        awf_error(&test(unknown), 404, "NotFound");
    }
    let asked = operator().post(&format!("{AUTOMATIONS}:test"), json!({ "id": id, "workflow_id": workflow }));
    awf_error(&asked, 403, "PermissionDenied");
    delete(&id);
}
