use std::fmt::Write as _;

use super::*;
use crate::ids::SnapshotId;
use crate::query::Query;
use crate::user::Role;

const START: &str = "2026-06-01T05:00:00Z";
const LATER: &str = "2026-06-02T05:00:00Z";

fn searching() -> Certification {
    Certification {
        id: "d0a3a5f0-7f7e-4a6f-9f59-0c6a7a1b2c01".parse().unwrap(),
        workflow_id: "b2f1e7f4-40b7-4a1b-8a55-b6f3a0a0a111".parse().unwrap(),
        query_used: Query::default(),
        name: "June".to_owned(),
        notes: String::new(),
        due_date: None,
        reviewers: vec![],
        state: CertState::Searching,
        snapshot: None,
        started_at: at(START),
        created_by: user("olga"),
        query_completed_at: None,
        completed_at: None,
        completed_by: None,
        terminated_at: None,
        expired_at: None,
        sources_acknowledged: None,
        error_reason: String::new(),
        updated_at: at(START),
        updated_by: None,
        version: 1,
        total: 0,
        automation_run: None,
    }
}

fn after(certification: &Certification, command: CertificationCommand) -> Certification {
    step_certification(certification, command, at(LATER)).unwrap()
}

/// What a campaign that was edited after its failure begins with.
fn beginning() -> Beginning {
    Beginning {
        id: searching().id,
        workflow_id: searching().workflow_id,
        query_used: Query::default(),
        name: "July".to_owned(),
        notes: String::new(),
        due_date: Some(at("2026-07-31T18:00:00Z")),
        reviewers: vec![user("ada")],
        started_at: at(LATER),
        created_by: user("root"),
    }
}

fn retry() -> CertificationCommand {
    CertificationCommand::Retry { beginning: Box::new(beginning()) }
}

fn open() -> Certification {
    after(&searching(), CertificationCommand::Publish { total: 120 })
}

fn states() -> Vec<(&'static str, Certification)> {
    vec![
        ("searching", searching()),
        ("failed", after(&searching(), CertificationCommand::Fail { reason: "no such type".to_owned() })),
        ("open", open()),
        ("expired", after(&open(), CertificationCommand::Expire)),
        ("completed", after(&open(), CertificationCommand::Complete { by: user("olga") })),
        ("terminated", after(&open(), CertificationCommand::Terminate { by: user("root") })),
    ]
}

fn commands() -> Vec<(&'static str, CertificationCommand)> {
    let edit = |name: &str| CertificationEdit { name: Some(name.to_owned()), ..CertificationEdit::default() };
    vec![
        ("fix snapshot", CertificationCommand::FixSnapshot { snapshot: SnapshotId::new(1_780_000_000).unwrap() }),
        ("publish", CertificationCommand::Publish { total: 120 }),
        ("fail", CertificationCommand::Fail { reason: "no such type".to_owned() }),
        ("retry", retry()),
        ("complete", CertificationCommand::Complete { by: user("olga") }),
        ("terminate", CertificationCommand::Terminate { by: user("root") }),
        ("expire", CertificationCommand::Expire),
        ("edit", CertificationCommand::Edit { by: user("olga"), edit: edit("July") }),
        ("edit nothing", CertificationCommand::Edit { by: user("olga"), edit: edit("June") }),
    ]
}

fn phase(certification: &Certification) -> String {
    let phase = format!("{:?}", certification.phase());
    phase.split(' ').next().unwrap().to_lowercase()
}

#[test]
fn every_command_in_every_state() {
    let mut table = String::new();
    for (name, certification) in states() {
        for (command_name, command) in commands() {
            let result = match step_certification(&certification, command, at("2026-06-03T05:00:00Z")) {
                Ok(next) if next == certification => "unchanged".to_owned(),
                Ok(next) => {
                    assert_eq!(next.version, certification.version + 1);
                    assert_eq!(next.updated_at, at("2026-06-03T05:00:00Z"));
                    format!("{} v{}", phase(&next), next.version)
                }
                Err(refusal) => format!("refused: {}", refusal.code()),
            };
            writeln!(table, "{name:<11} {command_name:<13} {result}").unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn reviewers_see_open_reviews_only() {
    for (name, certification) in states() {
        assert_eq!(certification.visible_to(Role::Reviewer), name == "open", "{name}");
        for role in [Role::Administrator, Role::Operator, Role::Auditor] {
            assert!(certification.visible_to(role), "{name}");
        }
    }
}

#[test]
fn a_campaigns_status_follows_its_certification() {
    let status = states().into_iter().map(|(name, it)| (name, CampaignStatus::of(&it).map(CampaignStatus::word)));
    assert_eq!(
        status.collect::<Vec<_>>(),
        [
            ("searching", None),
            ("failed", None),
            ("open", Some("active")),
            ("expired", Some("completed")),
            ("completed", Some("completed")),
            ("terminated", Some("terminated")),
        ]
    );
}

#[test]
fn who_and_when_is_recorded_and_workers_are_nobody() {
    let done = after(&open(), CertificationCommand::Complete { by: user("olga") });
    assert_eq!((done.completed_at, done.completed_by.clone()), (Some(at(LATER)), Some(user("olga"))));
    assert_eq!(done.updated_by, Some(user("olga")));
    assert_eq!((open().query_completed_at, open().updated_by, open().total), (Some(at(LATER)), None, 120));
    let expired = after(&open(), CertificationCommand::Expire);
    assert_eq!((expired.state, expired.updated_by), (CertState::InProgress, Some(User::system())));
}

#[test]
fn the_first_picture_stands_until_a_failed_search_begins_anew() {
    let snapshot = |second| CertificationCommand::FixSnapshot { snapshot: SnapshotId::new(second).unwrap() };
    let fixed = after(&searching(), snapshot(7));
    assert_eq!(after(&fixed, snapshot(8)).snapshot, SnapshotId::new(7).ok());
    let failed = after(&fixed, CertificationCommand::Fail { reason: "x".to_owned() });
    let again = after(&failed, retry());
    assert_eq!((again.snapshot, again.error_reason.as_str()), (None, ""));
}

#[test]
fn what_begins_anew_is_as_its_campaign_says_now_and_remains_the_same_certification() {
    let noted = Certification { notes: "hurry".to_owned(), version: 4, ..searching() };
    let failed = after(&noted, CertificationCommand::Fail { reason: "x".to_owned() });
    let again = after(&failed, retry());
    let begun = Certification::begin(Beginning { notes: "hurry".to_owned(), ..beginning() });
    assert_eq!(again, Certification { version: failed.version + 1, ..begun });
}

#[test]
fn an_edit_changes_what_it_names() {
    let edit = CertificationEdit {
        notes: Some("hurry".to_owned()),
        reviewers: Some(vec![user("ada")]),
        due_date: Some(Some(at("2026-07-01T00:00:00Z"))),
        ..CertificationEdit::default()
    };
    let edited = after(&open(), CertificationCommand::Edit { by: user("olga"), edit });
    assert_eq!((edited.name.as_str(), edited.notes.as_str()), ("June", "hurry"));
    assert_eq!(edited.due_date, Some(at("2026-07-01T00:00:00Z")));
    let undated = CertificationEdit { due_date: Some(None), ..CertificationEdit::default() };
    assert_eq!(after(&edited, CertificationCommand::Edit { by: user("olga"), edit: undated }).due_date, None);
}

#[test]
fn the_grace_period_ends_after_7_days_to_the_millisecond() {
    let closed = at(START);
    let later = |ms| Timestamp::from_millisecond(closed.as_millisecond() + ms).unwrap();
    let week = 7 * 24 * 3_600_000;
    assert!(Phase::in_grace(closed, later(week)));
    assert!(!Phase::in_grace(closed, later(week + 1)));
}
