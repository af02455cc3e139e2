use insta::assert_json_snapshot;
use uuid::Uuid;

use super::*;
use crate::fixture::{at, checks, lena};
use crate::openapi::check::fits;

fn faults<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<String> {
    let Error::Invalid(faults) = result.unwrap_err() else { panic!("another error") };
    faults.iter().map(|fault| format!("{}: {}", fault.field, fault.issue)).collect()
}

fn policy(expectation: Expectation) -> Policy {
    Policy {
        id: PolicyId::new(Uuid::from_u128(0x6a8f_5c1e_8a0b_4c4d_9f0e_0b7a_5e1d_2c33)),
        name: "Inactivity ceiling".to_owned(),
        description: "Nobody needs what nobody uses".to_owned(),
        expectation,
        targets: Targets { applications: vec!["app-payroll".to_owned()], ..Targets::default() },
        on_failure: OnFailure::Flag,
        auto_approve: false,
        priority: 90,
        status: PolicyStatus::Active,
        created_at: at("2026-03-02T08:00:00Z"),
        created_by: lena(),
        updated_at: at("2026-03-02T08:00:00Z"),
        version: 1,
    }
}

fn rule(condition: &str, effect: Effect) -> PolicyRule {
    PolicyRule { condition: condition.to_owned(), effect, resources: vec!["app-payroll".to_owned()] }
}

fn each() -> [Expectation; 6] {
    let duty = |name: &str| Duty { name: name.to_owned(), entitlements: vec![format!("grp-{name}")] };
    [
        Expectation::MfaForPrivileged,
        Expectation::MaxInactivity { days: 90.0 },
        Expectation::MaxPasswordAge { days: 365.5 },
        Expectation::OwnerRequired,
        Expectation::SeparationOfDuties { duties: vec![duty("enter"), duty("approve")], most: 1.0 },
        Expectation::Guardrail {
            rules: vec![rule("account.login_age_days <= 90", Effect::Allow), rule("owner.title = 'x'", Effect::Deny)],
            limit: Some(90.0),
        },
    ]
}

#[test]
fn a_policy_is_shown_with_every_field() {
    let page =
        PolicyPage { items: vec![policy(Expectation::MaxInactivity { days: 90.0 })], total: 7, limit: 1, offset: 3 };
    let shown = encode_page(&page);
    fits("PolicyPage", &shown);
    assert_json_snapshot!(shown, @r#"
    {
      "policies": [
        {
          "id": "pol-6a8f5c1e-8a0b-4c4d-9f0e-0b7a5e1d2c33",
          "name": "Inactivity ceiling",
          "description": "Nobody needs what nobody uses",
          "type": "max_inactivity",
          "status": "active",
          "priority": 90,
          "limit": 90,
          "rules": [],
          "duties": [],
          "target_applications": [
            "app-payroll"
          ],
          "target_groups": [],
          "target_account_types": [],
          "on_failure": "flag",
          "auto_approve": false,
          "version": 1,
          "created_at": "2026-03-02T08:00:00Z",
          "created_by": "lena.brandt@corp.example",
          "updated_at": "2026-03-02T08:00:00Z"
        }
      ],
      "total": 7,
      "limit": 1,
      "offset": 3
    }
    "#);
}

#[test]
fn a_shown_policy_can_be_sent_back_as_it_is() {
    for expectation in each() {
        let before = policy(expectation.clone());
        let sent = encode(&before);
        fits("Policy", &sent);
        let read = edit(sent.to_string().as_bytes()).unwrap();
        assert_eq!((read.kind, read.limit), (Some(expectation.kind()), expectation.limit()));
        assert_eq!(read.rules.unwrap(), expectation.rules());
        let duties = read.duties.unwrap();
        let held = if let Expectation::SeparationOfDuties { duties, .. } = expectation { duties } else { Vec::new() };
        assert_eq!(duties, held);
        assert_eq!(read.target_applications, Some(before.targets.applications));
        assert_eq!((read.on_failure, read.priority), (Some(OnFailure::Flag), Some(90)));
    }
}

#[test]
fn a_policy_of_a_campaign_is_shown_with_its_threshold() {
    let view = |threshold| AppliedView {
        policy: policy(Expectation::MaxInactivity { days: 90.0 }),
        threshold,
        applied_at: at("2026-08-19T08:05:00Z"),
    };
    let list = AppliedPolicies { policies: vec![view(Some(30.0)), view(None)], version: 2 };
    let shown = encode_applied_list(&list);
    fits("AppliedPolicyList", &shown);
    let expected = json!({
        "policy_id": "pol-6a8f5c1e-8a0b-4c4d-9f0e-0b7a5e1d2c33", "policy_name": "Inactivity ceiling",
        "type": "max_inactivity", "status": "active", "threshold": 30, "limit": 90,
        "applied_at": "2026-08-19T08:05:00Z",
    });
    assert_eq!(shown["policies"][0], expected);
    assert_eq!(shown["policies"][1]["threshold"], Value::Null);
}

#[test]
fn a_threshold_is_any_number() {
    let of = |text: &str| threshold(&Pairs::from([("threshold", text)]));
    assert_eq!(threshold(&Pairs::default()).unwrap(), None);
    assert_eq!([of("90").unwrap(), of("0.5").unwrap(), of("").unwrap()], [Some(90.0), Some(0.5), None]);
    for text in ["many", "NaN", "inf", "9 0"] {
        assert_eq!(faults(of(text)), ["threshold: must be a number"], "{text}");
    }
}

#[test]
fn a_check_says_whether_and_in_which_figures() {
    let shown = encode_checks(&checks());
    fits("PolicyCheckList", &shown);
    let expected = json!({
        "policy_id": "pol-00000000-0000-0000-0000-000000000001", "policy_name": "Inactivity ceiling", "status": "FAIL",
        "message": "122 days without sign-in; the limit is 90",
    });
    assert_eq!(shown["policy_checks"][0], expected);
    assert_eq!(shown["policy_checks"][1]["status"], "PASS");
    assert_eq!(encode_summary(&checks()), json!({ "pass": 2, "fail": 1 }));
}

#[test]
fn a_limit_is_shown_without_a_fraction_where_it_has_none() {
    let limits = each().map(|expectation| encode(&policy(expectation))["limit"].to_string());
    assert_eq!(limits, ["null", "90", "365.5", "null", "1", "90"]);
}

#[test]
fn what_a_new_policy_lacks_or_misspells_is_told_at_once() {
    assert_eq!(faults(create(b"{}")), ["name: is required", "type: is required"]);
    let body = br#"{"name": " ", "type": "role_based", "limit": "many", "priority": 1001, "status": "asleep",
        "duties": [{"name": "x"}], "rules": [{"effect": "permit"}], "on_failure": "panic", "auto_approve": 3}"#;
    assert_eq!(
        faults(create(body)),
        [
            "priority: must lie between 0 and 1000",
            "name: must not be empty",
            "type: must be one of mfa_for_privileged, max_inactivity, max_password_age, owner_required, \
             separation_of_duties, guardrail",
            "limit: must be a number",
            "duties[0].entitlements: is required",
            "rules[0].condition: is required",
            "rules[0].effect: must be one of allow, deny, flag",
            "on_failure: must be one of none, flag, reject",
            "auto_approve: must be a boolean",
            "status: must be one of active, inactive, draft",
        ]
    );
}

#[test]
fn a_condition_without_effect_is_one_that_has_to_hold() {
    let body = br#"{"name": "x", "type": "Guardrail", "rules": [{"condition": "account.privileged = false"}]}"#;
    let rules = create(body).unwrap().rules.unwrap();
    assert_eq!((rules[0].effect, rules[0].resources.len()), (Effect::Allow, 0));
}

#[test]
fn a_list_has_a_limit_and_an_offset() {
    let of = |pairs: &[(&str, &str)]| {
        list(&Pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()))
    };
    assert_eq!(of(&[]).unwrap(), ListInput { limit: 50, ..ListInput::default() });
    let full =
        of(&[("search", "x"), ("type", "guardrail"), ("status", "Draft"), ("limit", "9999"), ("offset", "7")]).unwrap();
    assert_eq!((full.limit, full.offset, full.search.as_deref()), (500, 7, Some("x")));
    assert_eq!((full.kind, full.status), (Some(PolicyKind::Guardrail), Some(PolicyStatus::Draft)));
    assert_eq!(
        faults(of(&[("type", "x"), ("status", "x"), ("limit", "0"), ("offset", "-1")])),
        [
            "offset: must be at least 0",
            "type: must be one of mfa_for_privileged, max_inactivity, max_password_age, owner_required, \
             separation_of_duties, guardrail",
            "status: must be one of active, inactive, draft",
            "limit: must be at least 1",
        ]
    );
}
