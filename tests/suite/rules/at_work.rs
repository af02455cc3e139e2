//! Rules at work: which of them a campaign uses, and what they decide.

use serde_json::{Value, json};

use super::{RULES, body, rule};
use crate::world::{World, administrator, auditor, campaigns_error, names_field, operator};

fn campaign_path(id: &str) -> String {
    format!("/api/v1/campaigns/{id}")
}

/// Has a campaign use rules.
fn assign(campaign: &str, rules: &[&str]) -> Value {
    let path = format!("{}/rules", campaign_path(campaign));
    administrator().post(&path, json!({ "rule_ids": rules })).expect(200).body
}

/// A job, when it has come to its end.
fn finished(job: &str) -> Value {
    operator().until(&format!("/api/v1/campaigns/rules/jobs/{job}"), |body| {
        assert!(body["percent_complete"].as_u64().is_some_and(|percent| percent <= 100), "{body}");
        body["status"] == "completed" || body["status"] == "failed"
    })
}

/// The evaluation of a campaign, when it has come to its end.
fn evaluate(campaign: &str) -> Value {
    let path = format!("{}/rules/evaluate", campaign_path(campaign));
    let started = operator().post_empty(&path).expect(200);
    assert_eq!(started.body["campaign_id"], json!(campaign));
    assert_eq!((&started.body["status"], &started.body["job_type"]), (&json!("pending"), &json!("campaign")));
    let job = finished(started.str("/job_id"));
    assert_eq!((&job["status"], &job["job_type"]), (&json!("completed"), &json!("campaign")), "{job}");
    assert_eq!((&job["id"], &job["campaign_id"]), (&started.body["job_id"], &json!(campaign)));
    job
}

fn approvals(campaign: &str) -> Vec<Value> {
    operator().get(&format!("{}/approvals", campaign_path(campaign))).expect(200).list("/approvals").clone()
}

#[test]
fn rules_are_assigned_once_enabled_disabled_and_removed() {
    let world = World::new(3);
    let campaign = world.draft();
    let path = format!("{}/rules", campaign_path(&campaign));
    assert_eq!(operator().get(&path).expect(200).body["rules"], json!([]));
    let (one, other) =
        (rule("account.privileged = true", "auto_reject"), rule("owner.title = 'Clerk'", "auto_approve"));
    let assigned = assign(&campaign, &[&one]);
    let entry = &assigned["rules"][0];
    let mut keys: Vec<&str> = entry.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["assigned_at", "condition", "decision", "enabled", "name", "rule_id", "rule_type"]);
    assert_eq!(
        (&entry["rule_id"], &entry["rule_type"], &entry["decision"], &entry["enabled"]),
        (&json!(one), &json!("account"), &json!("auto_reject"), &json!(true))
    );
    let ids = |body: &Value| -> Vec<String> {
        body["rules"].as_array().unwrap().iter().map(|rule| rule["rule_id"].as_str().unwrap().to_owned()).collect()
    };
    let both = assign(&campaign, &[&other, &one, &other]);
    assert_eq!(ids(&both), [one.clone(), other.clone()], "adds to what is assigned, and each once");
    assert_eq!(both["rules"][0]["assigned_at"], entry["assigned_at"]);

    let switch = format!("{path}/{one}");
    let off = operator().put(&switch, json!({ "enabled": false })).expect(200);
    assert_eq!((&off.body["rule_id"], &off.body["enabled"]), (&json!(one), &json!(false)));
    names_field(&operator().put(&switch, json!({})), "enabled");
    assert_eq!(assign(&campaign, &[&one])["rules"][0]["enabled"], false, "assigning again changes nothing");
    assert_eq!(auditor().get(&path).expect(200).body["rules"][0]["enabled"], false);

    assert_eq!(administrator().delete(&switch).status, 204);
    campaigns_error(&administrator().delete(&switch), 404, "NOT_FOUND");
    campaigns_error(&operator().put(&switch, json!({ "enabled": true })), 404, "NOT_FOUND");
    assert_eq!(ids(&operator().get(&path).expect(200).body), [other]);
}

#[test]
fn an_unknown_rule_is_named_and_nothing_is_assigned() {
    let world = World::new(3);
    let campaign = world.draft();
    let path = format!("{}/rules", campaign_path(&campaign));
    let one = rule("account.privileged = true", "auto_reject");
    let answer = administrator().post(&path, json!({ "rule_ids": [one, "rule-nowhere"] }));
    campaigns_error(&answer, 404, "NOT_FOUND");
    assert!(answer.text.contains("rule-nowhere") && !answer.text.contains(&one), "{}", answer.text);
    assert_eq!(operator().get(&path).expect(200).body["rules"], json!([]));
    for body in [json!({}), json!({ "rule_ids": [] }), json!({ "rule_ids": "x" })] {
        names_field(&administrator().post(&path, body), "rule_ids");
    }
    let nowhere = "/api/v1/campaigns/0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b/rules";
    campaigns_error(&administrator().post(nowhere, json!({ "rule_ids": [one] })), 404, "NOT_FOUND");
    campaigns_error(&operator().get(nowhere), 404, "NOT_FOUND");
}

#[test]
fn a_campaign_that_is_over_keeps_its_rules_as_they_are() {
    let world = World::new(3);
    let campaign = world.active();
    let one = rule("account.account_name = 'nobody'", "auto_reject");
    assign(&campaign, &[&one]);
    let _ = administrator().post_empty(&format!("{}/complete", campaign_path(&campaign))).expect(200);
    let path = format!("{}/rules", campaign_path(&campaign));
    campaigns_error(&administrator().post(&path, json!({ "rule_ids": [one] })), 409, "CONFLICT");
    campaigns_error(&operator().put(&format!("{path}/{one}"), json!({ "enabled": false })), 409, "CONFLICT");
    campaigns_error(&administrator().delete(&format!("{path}/{one}")), 409, "CONFLICT");
    assert_eq!(operator().get(&path).expect(200).list("/rules").len(), 1);
}

#[test]
fn a_rule_cannot_be_deleted_while_a_running_campaign_has_it_enabled() {
    let world = World::new(3);
    let campaign = world.active();
    let one = rule("account.account_name = 'nobody'", "auto_reject");
    assign(&campaign, &[&one]);
    campaigns_error(&administrator().delete(&format!("{RULES}/{one}")), 409, "CONFLICT");
    let entry = format!("{}/rules/{one}", campaign_path(&campaign));
    let _ = operator().put(&entry, json!({ "enabled": false })).expect(200);
    assert_eq!(administrator().delete(&format!("{RULES}/{one}")).status, 204);
    assert_eq!(
        operator().get(&format!("{}/rules", campaign_path(&campaign))).expect(200).body["rules"],
        json!([]),
        "a rule that is gone is no campaign's any more"
    );
}

#[test]
fn a_condition_is_tried_out_on_the_inventory_and_changes_nothing() {
    let world = World::new(30);
    let condition = format!("account.data_source_name = 'Payroll {}' AND account.privileged = true", world.word);
    let body = json!({ "rule_type": "account", "condition": condition });
    let started = operator().post("/api/v1/campaigns/rules/test", body).expect(200);
    assert_eq!((&started.body["status"], &started.body["job_type"]), (&json!("pending"), &json!("test")));
    let job = finished(started.str("/job_id"));
    assert_eq!(
        (&job["status"], &job["is_valid"], &job["percent_complete"]),
        (&json!("completed"), &json!(true), &json!(100))
    );
    assert_eq!(job["total_matches"], 6);
    assert_eq!(job["total_entities"], job["processed_entities"]);
    assert!(job["total_entities"].as_u64() >= Some(30));
    assert!(job["completed_at"].is_string());
    let samples: Vec<Value> = [0, 5, 10, 15, 20, 25]
        .map(|n| json!({ "account_id": world.accounts[n], "account_name": format!("user{n:04}"), "matched": true }))
        .to_vec();
    assert_eq!(job["sample_matches"], json!(samples));

    let all = format!("account.data_source_name = 'Payroll {}'", world.word);
    let started =
        operator().post("/api/v1/campaigns/rules/test", json!({ "type": "role", "condition": all })).expect(200);
    let job = finished(started.str("/job_id"));
    assert_eq!((&job["total_matches"], job["sample_matches"].as_array().unwrap().len()), (&json!(30), 10));
}

#[test]
fn related_entities_are_asked_as_in_the_query_builder() {
    let world = World::new(12);
    let count = |condition: &str| {
        let own = format!("account.data_source_name = 'Payroll {}' AND ({condition})", world.word);
        let body = json!({ "rule_type": "account", "condition": own });
        let started = operator().post("/api/v1/campaigns/rules/test", body).expect(200);
        finished(started.str("/job_id"))["total_matches"].as_u64().unwrap()
    };
    assert_eq!(count("group.is_high_privilege = true"), 1);
    assert_eq!(count("role.name = 'reader'"), 12);
    assert_eq!(count("role.name = 'PeriodClose' OR account.mfa_enabled = false"), 4);
    assert_eq!(count("owner.manager_email STARTS WITH 'lena'"), 8);
    assert_eq!(count("account.login_age_days > 180"), 3);
    assert_eq!(count("account.account_type IN ('service', 'robot')"), 1);
}

#[test]
fn a_condition_that_cannot_be_read_is_the_result_of_its_test() {
    let body = json!({ "rule_type": "account", "condition": "account.privileged = true AND account.shoe_size > 40" });
    let started = operator().post("/api/v1/campaigns/rules/test", body).expect(200);
    let job = finished(started.str("/job_id"));
    assert_eq!((&job["status"], &job["is_valid"]), (&json!("completed"), &json!(false)), "{job}");
    assert_eq!((&job["total_matches"], &job["sample_matches"]), (&json!(0), &json!([])));
    assert_eq!(job["validation_errors"][0]["position"], 30);
    assert!(job["validation_errors"][0]["message"].as_str().is_some_and(|text| text.contains("shoe_size")), "{job}");
    let bad = operator().post("/api/v1/campaigns/rules/test", json!({ "rule_type": "account" }));
    names_field(&bad, "condition");
    names_field(&operator().post("/api/v1/campaigns/rules/test", json!({ "condition": "x" })), "rule_type");
    campaigns_error(&operator().get("/api/v1/campaigns/rules/jobs/job-nowhere"), 404, "NOT_FOUND");
    let nobody = "/api/v1/campaigns/rules/jobs/job-0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b";
    campaigns_error(&operator().get(nobody), 404, "NOT_FOUND");
}

#[test]
fn the_strongest_rule_decides_and_what_people_have_decided_stands() {
    let world = World::new(30);
    let campaign = world.active();
    let path = campaign_path(&campaign);
    for (n, decision) in [(0, "approved"), (1, "flagged"), (3, "rejected")] {
        let account = format!("{path}/approvals/{}", world.accounts[n]);
        let _ = administrator().post(&account, json!({ "decision": decision })).expect(200);
    }
    let rules = [
        rule("account.department = 'finance'", "auto_approve"),
        rule("account.login_age_days > 180", "auto_reject"),
        rule("account.privileged = true", "flag_for_review"),
    ];
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    assign(&campaign, &rules);
    let job = evaluate(&campaign);
    let expected = |n: usize| match n {
        0 => "approved",
        1 => "flagged",
        3 => "rejected",
        n if n % 4 == 0 => "rejected",
        n if n % 5 == 0 => "flagged",
        n if n % 2 == 0 => "approved",
        _ => "pending",
    };
    let mut counts = std::collections::BTreeMap::<&str, u64>::new();
    for approval in approvals(&campaign) {
        let account = approval["account_id"].as_str().unwrap();
        let n = world.accounts.iter().position(|held| held == account).unwrap();
        assert_eq!(approval["status"], expected(n), "{approval}");
        *counts.entry(expected(n)).or_default() += 1;
        let by_rule = ![0, 1, 3].contains(&n) && expected(n) != "pending";
        if by_rule {
            assert_eq!(approval["decided_by"], "", "no person is named for what a rule did: {approval}");
            assert_eq!(approval["undo_expires_at"], Value::Null, "{approval}");
            let undo = administrator().post_empty(&format!("{path}/approvals/{account}/undo"));
            campaigns_error(&undo, 409, "CONFLICT");
        }
    }
    let shown = administrator().get(&format!("{path}/approvals/counts")).expect(200).body;
    assert_eq!(shown, json!(counts), "exact counts");
    assert_eq!((&job["total_entities"], &job["processed_entities"]), (&json!(30), &json!(30)));
    let applied = counts.iter().filter(|(status, _)| **status != "pending").map(|(_, count)| count).sum::<u64>() - 3;
    assert_eq!(job["decisions_applied"], applied);
    assert_eq!(job["sample_matches"].as_array().unwrap().len(), 10);

    let tally = |rule: &str, matches: u64, applied: u64| json!({ "rule_id": rule, "version": 1, "matches": matches, "decisions_applied": applied });
    // Somebody had decided about one of the accounts that are to be rejected.
    assert_eq!(job["rules"], json!([tally(rules[0], 6, 6), tally(rules[1], 8, 7), tally(rules[2], 4, 4)]));
    let again = evaluate(&campaign);
    assert_eq!(again["rules"], json!([tally(rules[0], 6, 0), tally(rules[1], 8, 0), tally(rules[2], 4, 0)]));
    assert_eq!((&again["total_matches"], &again["decisions_applied"]), (&job["total_matches"], &json!(0)));
    assert_eq!(administrator().get(&format!("{path}/approvals/counts")).expect(200).body, shown);
    let _ = administrator()
        .post(&format!("{path}/approvals/{}", world.accounts[4]), json!({ "decision": "approved" }))
        .expect(200);
    evaluate(&campaign);
    let kept = administrator().get(&format!("{path}/review-items/{}", world.accounts[4])).expect(200);
    assert_eq!(kept.body["status"], "approved", "a person overrules a rule, and not the other way round");
}

#[test]
fn the_log_names_the_rule_and_the_version_that_decided() {
    let world = World::new(3);
    let campaign = world.active();
    let one = rule("account.account_name = 'user0001'", "auto_reject");
    let _ = administrator().put(&format!("{RULES}/{one}"), json!({ "name": "Second version" })).expect(200);
    assign(&campaign, &[&one]);
    evaluate(&campaign);
    let rows = crate::world::all_rows(&operator(), &format!("/api/preview/awf/certifications/{campaign}/results"));
    let row = rows.iter().find(|row| row["decision"] == "REJECTED").expect("a rejected row");
    let item = format!("{}/review-items/{}", campaign_path(&campaign), world.accounts[1]);
    let shown = operator().get(&item).expect(200).body;
    assert_eq!(
        (&shown["status"], &shown["decided_by_rule"]),
        (&json!("rejected"), &json!({ "id": one, "version": 2 }))
    );
    let other = format!("{}/review-items/{}", campaign_path(&campaign), world.accounts[0]);
    assert_eq!(operator().get(&other).expect(200).body["decided_by_rule"], Value::Null);
    let path = format!("/api/preview/awf/certifications/{campaign}/results/{}", row["result_id"]);
    let row = operator().get(&path).expect(200).body;
    let log = row["value"]["action_log_entries"].as_array().expect("a log");
    assert!(!log.is_empty());
    for entry in log {
        assert_eq!(entry["rule"], json!({ "id": one, "version": 2 }), "{entry}");
        assert_eq!(entry["user"]["user_type"], "system", "{entry}");
    }
}

#[test]
fn a_rule_hands_pending_items_to_another_reviewer() {
    let world = World::new(9);
    let campaign = world.active();
    let lena = world.reviewer("lena");
    let mut input = body("account.account_name IN ('user0000', 'user0001')", "assign_reviewer");
    input["reviewer"] = json!(world.email("omar"));
    let to_omar = administrator().post(RULES, input).expect(201).str("/id").to_owned();
    let mut input = body("account.account_name = 'user0008'", "assign_reviewer");
    input["reviewer_strategy"] = json!("owner");
    let to_owner = administrator().post(RULES, input).expect(201).str("/id").to_owned();
    assign(&campaign, &[&to_omar, &to_owner]);
    let before = lena.get(&format!("{}/approvals", campaign_path(&campaign))).expect(200).list("/approvals").len();
    assert_eq!(before, 6);
    let job = evaluate(&campaign);
    assert_eq!(job["decisions_applied"], 3);
    for approval in approvals(&campaign) {
        let account = approval["account_id"].as_str().unwrap();
        let n = world.accounts.iter().position(|held| held == account).unwrap();
        let reviewer = match n {
            0 | 1 | 6 | 7 => world.email("omar"),
            8 => format!("person8.{}@corp.example", world.word),
            _ => world.email("lena"),
        };
        assert_eq!((&approval["status"], &approval["reviewer"]), (&json!("pending"), &json!(reviewer)), "{approval}");
    }
    let omar = world.reviewer("omar");
    let own = |who: &blackbox::Persona| {
        who.get(&format!("{}/approvals", campaign_path(&campaign))).expect(200).list("/approvals").len()
    };
    assert_eq!((own(&lena), own(&omar)), (4, 4), "who reviews an item sees it, and who does not any more does not");
    let path = format!("{}/approvals/{}", campaign_path(&campaign), world.accounts[0]);
    campaigns_error(&lena.post(&path, json!({ "decision": "approved" })), 404, "NOT_FOUND");
    let _ = omar.post(&path, json!({ "decision": "approved" })).expect(200);
}

#[test]
fn enabled_rules_are_evaluated_at_the_start_of_a_campaign_and_of_one_made_like_it() {
    let world = World::new(10);
    let campaign = world.draft();
    let (on, off) =
        (rule("account.privileged = true", "auto_reject"), rule("account.privileged = false", "auto_approve"));
    assign(&campaign, &[&on, &off]);
    let entry = format!("{}/rules/{off}", campaign_path(&campaign));
    let _ = operator().put(&entry, json!({ "enabled": false })).expect(200);
    let copy = administrator()
        .post(
            &format!("/api/v1/campaigns/from-template/{campaign}"),
            json!({ "name": "Like it", "start_date": "2026-09-01T06:00:00Z", "end_date": "2099-09-21T18:00:00Z" }),
        )
        .expect(201);
    for id in [campaign.as_str(), copy.str("/id")] {
        let path = format!("{}/rules", campaign_path(id));
        assert_eq!(operator().get(&path).expect(200).body["last_job_id"], Value::Null);
        crate::world::start(id);
        let counts = operator().get(&format!("{}/approvals/counts", campaign_path(id))).expect(200).body;
        assert_eq!(counts, json!({ "pending": 8, "approved": 0, "rejected": 2, "flagged": 0 }));
        let rules = operator().get(&format!("{}/rules", campaign_path(id))).expect(200).body;
        assert_eq!((&rules["rules"][0]["enabled"], &rules["rules"][1]["enabled"]), (&json!(true), &json!(false)));
        let job = finished(rules["last_job_id"].as_str().expect("the evaluation that the start began"));
        assert_eq!((&job["campaign_id"], &job["decisions_applied"]), (&json!(id), &json!(2)));
    }
}

#[test]
fn only_an_active_campaign_is_evaluated_and_by_one_evaluation_at_a_time() {
    let world = World::new(3);
    let campaign = world.draft();
    let path = format!("{}/rules/evaluate", campaign_path(&campaign));
    campaigns_error(&operator().post_empty(&path), 409, "CONFLICT");
    crate::world::start(&campaign);
    let job = evaluate(&campaign);
    assert_eq!((&job["total_matches"], &job["decisions_applied"]), (&json!(0), &json!(0)), "without rules");
    // Of several at once those that are accepted follow one another.
    let answers: Vec<blackbox::Answer> = std::thread::scope(|scope| {
        let path = &path;
        let asked: Vec<_> = (0..6).map(|_| scope.spawn(move || operator().post_empty(path))).collect();
        asked.into_iter().map(|thread| thread.join().expect("an answer")).collect()
    });
    assert!(answers.iter().any(|answer| answer.status == 200));
    for answer in &answers {
        match answer.status {
            200 => _ = finished(answer.str("/job_id")),
            _ => campaigns_error(answer, 409, "CONFLICT"),
        }
    }
    let _ = administrator().post_empty(&format!("{}/complete", campaign_path(&campaign))).expect(200);
    campaigns_error(&operator().post_empty(&path), 409, "CONFLICT");
    let nowhere = "/api/v1/campaigns/0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b/rules/evaluate";
    campaigns_error(&operator().post_empty(nowhere), 404, "NOT_FOUND");
}

#[test]
fn a_reviewer_sees_the_rules_of_a_campaign_that_they_review_and_starts_nothing() {
    let world = World::new(3);
    let campaign = world.active();
    let one = rule("account.account_name = 'nobody'", "auto_reject");
    assign(&campaign, &[&one]);
    let path = campaign_path(&campaign);
    let lena = world.reviewer("lena");
    assert_eq!(lena.get(&format!("{path}/rules")).expect(200).list("/rules").len(), 1);
    campaigns_error(&lena.post_empty(&format!("{path}/rules/evaluate")), 403, "FORBIDDEN");
    let stranger = World::new(3).reviewer("omar");
    campaigns_error(&stranger.get(&format!("{path}/rules")), 404, "NOT_FOUND");
    campaigns_error(&operator().post(&format!("{path}/rules"), json!({ "rule_ids": [one] })), 403, "FORBIDDEN");
}
