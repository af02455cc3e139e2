use insta::assert_json_snapshot;
use uuid::Uuid;

use super::*;
use crate::fixture::{at, lena, omar};
use crate::openapi::check::fits;

fn faults<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<String> {
    let Error::Invalid(faults) = result.unwrap_err() else { panic!("another error") };
    faults.iter().map(|fault| format!("{}: {}", fault.field, fault.issue)).collect()
}

fn rule(action: RuleAction) -> Rule {
    Rule {
        id: RuleId::new(Uuid::from_u128(0x6a8f_5c1e_8a0b_4c4d_9f0e_0b7a_5e1d_2c33)),
        name: "Reject long-dormant contractors".to_owned(),
        description: "Nobody signed in for half a year".to_owned(),
        kind: RuleKind::Account,
        condition: "account.login_age_days > 180".to_owned(),
        action,
        status: RuleStatus::Active,
        created_at: at("2026-03-02T08:00:00Z"),
        created_by: lena(),
        updated_at: at("2026-03-02T08:00:00Z"),
        version: 1,
    }
}

#[test]
fn a_rule_is_shown_with_every_field() {
    let page =
        Page { items: vec![rule(RuleAction::Reject)], next: None, end: Some("c".to_owned()), has_previous: false };
    let shown = encode_page(&page);
    fits("RulePage", &shown);
    assert_json_snapshot!(shown, @r#"
    {
      "rules": [
        {
          "id": "rule-6a8f5c1e-8a0b-4c4d-9f0e-0b7a5e1d2c33",
          "name": "Reject long-dormant contractors",
          "description": "Nobody signed in for half a year",
          "type": "account",
          "decision": "auto_reject",
          "condition": "account.login_age_days > 180",
          "reviewer": null,
          "reviewer_strategy": null,
          "status": "active",
          "version": 1,
          "created_at": "2026-03-02T08:00:00Z",
          "created_by": "lena.brandt@corp.example",
          "updated_at": "2026-03-02T08:00:00Z"
        }
      ],
      "pageInfo": {
        "hasNextPage": false,
        "endCursor": "c"
      }
    }
    "#);
}

#[test]
fn whom_a_rule_assigns_is_shown_by_address_or_strategy() {
    for (reviewer, shown) in [
        (NewReviewer::Given(omar()), json!(["omar.haddad@corp.example", null])),
        (NewReviewer::Owner, json!([null, "owner"])),
        (NewReviewer::Manager, json!([null, "manager"])),
    ] {
        let rule = encode(&rule(RuleAction::Assign(reviewer)));
        fits("Rule", &rule);
        assert_eq!(json!([rule["reviewer"], rule["reviewer_strategy"]]), shown);
        assert_eq!(rule["decision"], "assign_reviewer");
    }
}

#[test]
fn a_shown_rule_can_be_sent_back_as_it_is() {
    let sent = encode(&rule(RuleAction::Assign(NewReviewer::Given(omar()))));
    let read = edit(sent.to_string().as_bytes()).unwrap();
    let expected = RuleInput {
        name: Some("Reject long-dormant contractors".to_owned()),
        description: Some("Nobody signed in for half a year".to_owned()),
        kind: Some(RuleKind::Account),
        condition: Some("account.login_age_days > 180".to_owned()),
        decision: Some(Wish::Assign),
        reviewer: Some("omar.haddad@corp.example".to_owned()),
        strategy: None,
        status: Some(RuleStatus::Active),
    };
    assert_eq!(read, expected);
}

#[test]
fn what_a_new_rule_lacks_or_misspells_is_told_at_once() {
    assert_eq!(
        faults(create(b"{}")),
        ["name: is required", "type: is required", "condition: is required", "decision: is required"]
    );
    let body = br#"{"name": " ", "type": "group", "condition": 7, "decision": "delete", "reviewer_strategy": "boss", "status": 1}"#;
    assert_eq!(
        faults(create(body)),
        [
            "name: must not be empty",
            "type: must be one of account, owner, role",
            "condition: must be a string",
            "decision: must be one of auto_approve, auto_reject, flag_for_review, assign_reviewer",
            "reviewer_strategy: must be one of owner, manager",
            "status: must be a string",
        ]
    );
}

#[test]
fn the_type_may_be_called_rule_type() {
    let body = br#"{"name": "x", "rule_type": "Owner", "condition": "owner.title = 'x'", "decision": "Auto_Approve"}"#;
    let input = create(body).unwrap();
    assert_eq!((input.kind, input.decision), (Some(RuleKind::Owner), Some(Wish::Approve)));
}

#[test]
fn a_version_is_asked_for_by_its_number() {
    let asked = |text: &str| version(&Pairs::from([("version", text)]));
    assert_eq!(version(&Pairs::default()).unwrap(), None);
    assert_eq!(asked("7").unwrap(), Some(7));
    for none in ["0", "-1"] {
        assert_eq!(faults(asked(none)), ["version: must be at least 1"], "{none}");
    }
    assert_eq!(faults(asked("first")), ["version: must be an integer"]);
}
