//! Which decisions of reviewers need a note.

use blackbox::{Answer, Persona};
use serde_json::{Value, json};

use crate::alone::{Alone, path};
use crate::world::{World, administrator, all_rows, names_field, operator};

const SETTING: &str = "ui_customization_settings";

fn update(who: &Persona, certification: &str, value: Value) -> Answer {
    who.put(&format!("/api/preview/awf/certifications/{certification}/results"), json!({ "value": value }))
}

fn own_rows(who: &Persona, certification: &str) -> Vec<u64> {
    let rows = all_rows(who, &format!("/api/preview/awf/certifications/{certification}/results"));
    rows.iter().filter_map(|row| row["result_id"].as_u64()).collect()
}

#[test]
fn reviewers_of_certifications_need_a_note_to_reject_and_none_to_accept() {
    let _alone = Alone::new();
    let world = World::new(6);
    let (id, _) = world.certification();
    let lena = world.reviewer("lena");
    let rows = own_rows(&lena, &id);
    names_field(&update(&lena, &id, json!({ "result_id": rows[0], "decision": "REJECTED" })), "value.notes");
    let _ = update(&lena, &id, json!({ "result_id": rows[0], "decision": "REJECTED", "notes": "left" })).expect(200);
    let _ = update(&lena, &id, json!({ "result_id": rows[1], "decision": "ACCEPTED" })).expect(200);
    let _ = update(&lena, &id, json!({ "result_id": rows[2], "notes": "thinking" })).expect(200);
    let noted = update(&lena, &id, json!({ "result_id": rows[2], "decision": "REJECTED" }));
    assert_eq!(noted.status, 200, "a note on the row is enough: {}", noted.text);
    let other = all_rows(&operator(), &format!("/api/preview/awf/certifications/{id}/results"));
    let other = other.iter().filter_map(|row| row["result_id"].as_u64()).find(|row| !rows.contains(row));
    let _ = update(&operator(), &id, json!({ "result_id": other, "decision": "REJECTED" })).expect(200);
}

#[test]
fn what_is_stored_rules_both_dialects_at_once() {
    let alone = Alone::new();
    let world = World::new(6);
    let campaign = world.active();
    let lena = world.reviewer("lena");
    let decide =
        |account: &str, body: Value| lena.post(&format!("/api/v1/campaigns/{campaign}/approvals/{account}"), body);
    let _ = decide(&world.accounts[0], json!({ "decision": "rejected" })).expect(200);
    alone.put(SETTING, json!({ "accept_notes_behavior": "POP_UP_REQUIRED" }));
    for word in ["approved", "rejected"] {
        names_field(&decide(&world.accounts[1], json!({ "decision": word })), "comment");
    }
    let _ = decide(&world.accounts[1], json!({ "decision": "approved", "comment": "asked" })).expect(200);
    let _ = decide(&world.accounts[2], json!({ "decision": "flagged" })).expect(200);
    let expected = json!({ "value": {
        "accept_notes_behavior": "POP_UP_REQUIRED", "reject_notes_behavior": "POP_UP_REQUIRED",
        "approve_and_sign_off_button_behavior": "HIDE", "diff_dropdown_behavior": "NORMAL" } });
    assert_eq!(administrator().get(&path(SETTING)).expect(200).body, expected);
    alone.put(SETTING, json!({ "accept_notes_behavior": 1, "reject_notes_behavior": "NO_POP_UP" }));
    let _ = decide(&world.accounts[2], json!({ "decision": "approved" })).expect(200);
}
