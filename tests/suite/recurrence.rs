//! Campaigns that are made again and again.

use serde_json::{Value, json};

use crate::world::{self, World, administrator, auditor, campaigns_error, names_field, operator};

fn path(campaign: &str) -> String {
    format!("/api/v1/campaigns/{campaign}/recurrence")
}

/// A draft whose start lies a week back but for some seconds, so that a week after it is soon.
fn due_soon(world: &World) -> String {
    let id = world.draft();
    let start = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(7 * 24) + jiff::SignedDuration::from_secs(2);
    let body = json!({ "start_date": start.to_string(), "auto_start": true });
    let _ = administrator().put(&format!("/api/v1/campaigns/{id}"), body).expect(200);
    id
}

#[test]
fn a_recurrence_is_set_up_shown_changed_and_ended() {
    let world = World::new(2);
    let id = world.draft();
    campaigns_error(&operator().get(&path(&id)), 404, "NOT_FOUND");
    let body = json!({
        "frequency": "quarterly", "time_zone": "Europe/Berlin", "until": "2090-01-01T00:00:00Z",
        "skip_dates": ["2026-12-01"], "name": "Payroll Q{quarter}/{year}",
    });
    let set = administrator().put(&path(&id), body).expect(200);
    assert_eq!(set.body["campaign_id"], json!(id));
    assert_eq!(
        (&set.body["frequency"], &set.body["interval"], &set.body["rrule"]),
        (&json!("quarterly"), &json!(1), &Value::Null)
    );
    assert_eq!(set.body["next_at"], set.body["upcoming"][0]);
    assert_eq!(set.list("/upcoming").len(), 5);
    assert!(!set.list("/upcoming").contains(&json!("2026-12-01T07:00:00Z")), "skipped");
    assert_eq!((&set.body["created_count"], &set.body["last_created"]), (&json!(0), &Value::Null));
    let shown = auditor().get(&path(&id)).expect(200);
    assert_eq!(shown.body, set.body);

    let stale = administrator().header("If-Match", "\"7\"").put(&path(&id), json!({ "frequency": "weekly" }));
    campaigns_error(&stale, 409, "CONFLICT");
    let etag = shown.headers["etag"].clone();
    let rule = json!({ "rrule": "FREQ=MONTHLY;BYDAY=1MO" });
    let changed = administrator().header("If-Match", &etag).put(&path(&id), rule).expect(200);
    assert_eq!((&changed.body["rrule"], &changed.body["time_zone"]), (&json!("FREQ=MONTHLY;BYDAY=1MO"), &json!("UTC")));
    let _ = administrator().delete(&path(&id)).expect(204);
    campaigns_error(&administrator().delete(&path(&id)), 404, "NOT_FOUND");
    campaigns_error(&operator().get(&path(&id)), 404, "NOT_FOUND");
    let _ = administrator().put(&path(&id), json!({ "frequency": "yearly" })).expect(200);
}

#[test]
fn every_fault_of_a_recurrence_is_named() {
    let world = World::new(2);
    let id = world.draft();
    let put = |body: Value| administrator().put(&path(&id), body);
    for (body, field) in [
        (json!({}), "frequency"),
        (json!({ "frequency": "hourly" }), "frequency"),
        (json!({ "frequency": "weekly", "interval": 0 }), "interval"),
        (json!({ "rrule": "FREQ=MONTHLY", "interval": 2 }), "interval"),
        (json!({ "frequency": "weekly", "rrule": "FREQ=WEEKLY" }), "rrule"),
        (json!({ "rrule": "FREQ=SECONDLY" }), "rrule"),
        (json!({ "rrule": "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30" }), "rrule"),
        (json!({ "frequency": "weekly", "time_zone": "Mars/Base" }), "time_zone"),
        (json!({ "frequency": "weekly", "until": "soon" }), "until"),
        (json!({ "frequency": "weekly", "until": "2020-01-01T00:00:00Z" }), "until"),
        (json!({ "frequency": "weekly", "count": 0 }), "count"),
        (json!({ "frequency": "weekly", "count": 1 }), "count"),
        (json!({ "frequency": "weekly", "skip_dates": ["1 May"] }), "skip_dates"),
        (json!({ "frequency": "weekly", "name": "{when}" }), "name"),
        (json!({ "frequency": "weekly", "name": "{year" }), "name"),
    ] {
        names_field(&put(body), field);
    }
    campaigns_error(&operator().get(&path(&id)), 404, "NOT_FOUND");
}

#[test]
fn only_administrators_set_up_what_recurs_and_operators_see_it() {
    let world = World::new(2);
    let id = world.active();
    let body = json!({ "frequency": "weekly" });
    let lena = world.reviewer("lena");
    let anonymous = world::target().anonymous();
    for (who, status, code) in [
        (&operator(), 403, "FORBIDDEN"),
        (&auditor(), 403, "FORBIDDEN"),
        (&lena, 403, "FORBIDDEN"),
        (&anonymous, 401, "UNAUTHORIZED"),
    ] {
        campaigns_error(&who.put(&path(&id), body.clone()), status, code);
        campaigns_error(&who.delete(&path(&id)), status, code);
    }
    campaigns_error(&lena.get(&path(&id)), 403, "FORBIDDEN");
    for unknown in ["0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b", "no-id"] {
        campaigns_error(&administrator().get(&path(unknown)), 404, "NOT_FOUND");
        campaigns_error(&administrator().put(&path(unknown), body.clone()), 404, "NOT_FOUND");
        campaigns_error(&administrator().delete(&path(unknown)), 404, "NOT_FOUND");
    }
    let _ = administrator().put(&path(&id), body).expect(200);
}

#[test]
fn the_schedule_makes_and_starts_a_campaign_when_its_time_comes() {
    let world = World::new(3);
    let id = due_soon(&world);
    let body = json!({ "frequency": "weekly", "count": 2, "name": "{name}, number {number}" });
    let next_at = administrator().put(&path(&id), body).expect(200).body["next_at"].clone();
    let after = administrator().until(&path(&id), |body| body["created_count"] == 1);
    assert_eq!((&after["next_at"], &after["upcoming"]), (&Value::Null, &json!([])), "two in all, the first included");
    assert_eq!(after["last_created"]["start_date"], next_at);
    let made = after["last_created"]["campaign_id"].as_str().unwrap().to_owned();
    let campaign = administrator().until(&format!("/api/v1/campaigns/{made}"), |body| body["status"] == "active");
    assert_eq!(campaign["name"], json!(format!("Payroll review {}, number 2", world.word)));
    assert_eq!((&campaign["template_id"], &campaign["start_date"]), (&json!(id), &next_at));
    assert_eq!(campaign["progress"]["total"], 3);
}
