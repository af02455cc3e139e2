use std::fmt::Write as _;

use super::*;

const CREATED: &str = "2026-08-18T12:00:00Z";
const NOW: &str = "2026-08-19T12:00:00Z";

fn plan() -> CampaignPlan {
    CampaignPlan {
        name: "Payroll".to_owned(),
        description: String::new(),
        kind: "periodic".to_owned(),
        start_date: at("2026-09-01T06:00:00Z"),
        end_date: at("2026-09-21T18:00:00Z"),
        scope: Scope { applications: vec!["app-payroll".to_owned()], account_types: vec![] },
        query: CampaignQuery::default(),
        reviewer_assignment: ReviewerAssignment::campaign_default(),
        revoke_mode: RevokeMode::RecordOnly,
        auto_start: false,
    }
}

fn campaign(plan: CampaignPlan) -> Campaign {
    let id = "6a8f5c1e-8a0b-4c4d-9f0e-0b7a5e1d2c33".parse().unwrap();
    let workflow = "b2f1e7f4-40b7-4a1b-8a55-b6f3a0a0a111".parse().unwrap();
    Campaign::new(id, workflow, plan, user("root"), at(CREATED))
}

fn draft() -> Campaign {
    campaign(plan())
}

fn after(campaign: &Campaign, commands: impl IntoIterator<Item = CampaignCommand>) -> Campaign {
    let step = |campaign: Campaign, command| step_campaign(&campaign, command, at(NOW)).unwrap();
    commands.into_iter().fold(campaign.clone(), step)
}

fn fail() -> CampaignCommand {
    CampaignCommand::Fail { reason: "snapshot is gone".to_owned() }
}

fn active() -> Campaign {
    after(&draft(), [CampaignCommand::Start, CampaignCommand::Run, CampaignCommand::Publish])
}

fn states() -> Vec<(&'static str, Campaign)> {
    use CampaignCommand::{Complete, Expire, Run, Start, Terminate};
    vec![
        ("draft", draft()),
        ("scheduled", campaign(CampaignPlan { auto_start: true, ..plan() })),
        ("draft, queued", after(&draft(), [Start])),
        ("draft, running", after(&draft(), [Start, Run])),
        ("draft, failed", after(&draft(), [Start, Run, fail()])),
        ("active", active()),
        ("completed", after(&active(), [Complete])),
        ("expired", after(&active(), [Expire])),
        ("terminated", after(&active(), [Terminate])),
    ]
}

fn commands() -> Vec<(&'static str, CampaignCommand)> {
    let name = CampaignEdit { name: Some("Payroll, autumn".to_owned()), ..CampaignEdit::default() };
    let scope = CampaignEdit { scope: Some(Scope::default()), ..CampaignEdit::default() };
    vec![
        ("edit name", CampaignCommand::Edit(name)),
        ("edit scope", CampaignCommand::Edit(scope)),
        ("edit nothing", CampaignCommand::Edit(CampaignEdit { scope: Some(plan().scope), ..CampaignEdit::default() })),
        ("start", CampaignCommand::Start),
        ("run", CampaignCommand::Run),
        ("publish", CampaignCommand::Publish),
        ("fail", fail()),
        ("complete", CampaignCommand::Complete),
        ("expire", CampaignCommand::Expire),
        ("terminate", CampaignCommand::Terminate),
        ("delete", CampaignCommand::Delete),
    ]
}

#[test]
fn every_command_in_every_state() {
    let mut table = String::new();
    for (name, campaign) in states() {
        for (command_name, command) in commands() {
            let result = match step_campaign(&campaign, command, at("2026-08-20T12:00:00Z")) {
                Ok(next) if next == campaign => "unchanged".to_owned(),
                Ok(next) => {
                    assert_eq!(next.version, campaign.version + 1);
                    let deleted = if next.deleted_at.is_some() { ", deleted" } else { "" };
                    format!("{}, {}{deleted}", next.status.word(), next.start_state.word())
                }
                Err(refusal) => format!("refused: {}", refusal.code()),
            };
            writeln!(table, "{name:<15} {command_name:<13} {result}").unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn a_campaign_is_scheduled_when_it_starts_by_itself_in_the_future() {
    let automatic = CampaignPlan { auto_start: true, ..plan() };
    assert_eq!(campaign(automatic.clone()).status, CampaignStatus::Scheduled);
    let past = CampaignPlan { start_date: at(CREATED), ..automatic };
    assert_eq!(campaign(past).status, CampaignStatus::Draft);
    let edit =
        |auto_start| CampaignCommand::Edit(CampaignEdit { auto_start: Some(auto_start), ..CampaignEdit::default() });
    assert_eq!(after(&draft(), [edit(true)]).status, CampaignStatus::Scheduled);
    assert_eq!(after(&draft(), [edit(true), edit(false)]).status, CampaignStatus::Draft);
}

#[test]
fn an_edit_that_leaves_start_and_automatic_start_alone_leaves_a_campaign_scheduled() {
    let waiting = campaign(CampaignPlan { auto_start: true, ..plan() });
    let due = plan().start_date;
    let edit = |edit: CampaignEdit| {
        let late = due + jiff::SignedDuration::from_millis(1);
        step_campaign(&waiting, CampaignCommand::Edit(edit), late).unwrap().status
    };
    let same = CampaignEdit { start_date: Some(due), auto_start: Some(true), ..CampaignEdit::default() };
    let word = CampaignEdit { description: Some("A word".to_owned()), ..CampaignEdit::default() };
    assert_eq!([edit(same), edit(word)], [CampaignStatus::Scheduled; 2]);
    let earlier = CampaignEdit { start_date: Some(at(NOW)), ..CampaignEdit::default() };
    let by_hand = CampaignEdit { auto_start: Some(false), ..CampaignEdit::default() };
    assert_eq!([edit(earlier), edit(by_hand)], [CampaignStatus::Draft; 2]);
}

#[test]
fn only_name_description_end_and_revoke_mode_change_while_active() {
    let edits = [
        ("name", CampaignEdit { name: Some("x".to_owned()), ..CampaignEdit::default() }),
        ("description", CampaignEdit { description: Some("x".to_owned()), ..CampaignEdit::default() }),
        ("type", CampaignEdit { kind: Some("x".to_owned()), ..CampaignEdit::default() }),
        ("start_date", CampaignEdit { start_date: Some(at(NOW)), ..CampaignEdit::default() }),
        ("end_date", CampaignEdit { end_date: Some(at("2026-10-01T00:00:00Z")), ..CampaignEdit::default() }),
        ("scope", CampaignEdit { scope: Some(Scope::default()), ..CampaignEdit::default() }),
        (
            "query",
            CampaignEdit {
                query: Some(CampaignQuery {
                    inclusion_filters: vec![Condition {
                        entity: "account".to_owned(),
                        field: "department".to_owned(),
                        operator: "is_null".to_owned(),
                        value: None,
                    }],
                    exclusion_filters: vec![],
                }),
                ..CampaignEdit::default()
            },
        ),
        (
            "reviewer_assignment",
            CampaignEdit { reviewer_assignment: Some(ReviewerAssignment::default()), ..CampaignEdit::default() },
        ),
        ("revoke_mode", CampaignEdit { revoke_mode: Some(RevokeMode::Enforce), ..CampaignEdit::default() }),
        ("auto_start", CampaignEdit { auto_start: Some(true), ..CampaignEdit::default() }),
    ];
    let mut editable = vec![];
    for (field, edit) in edits {
        match step_campaign(&active(), CampaignCommand::Edit(edit), at(NOW)) {
            Ok(next) => {
                assert_ne!(next.plan, active().plan);
                editable.push(field);
            }
            Err(refusal) => assert_eq!(refusal, Refusal::NotEditable { field, state: "active" }),
        }
    }
    assert_eq!(editable, ["name", "description", "end_date", "revoke_mode"]);
}

#[test]
fn a_failed_start_tells_why_and_can_be_repeated() {
    let failed = after(&draft(), [CampaignCommand::Start, fail()]);
    assert_eq!((failed.status, failed.start_state), (CampaignStatus::Draft, StartState::Failed));
    assert_eq!(failed.start_error.as_deref(), Some("snapshot is gone"));
    let again = after(&failed, [CampaignCommand::Start]);
    assert_eq!((again.start_state, again.start_error), (StartState::Queued, None));
}

#[test]
fn each_end_of_a_campaign_sets_its_own_date() {
    let ends = states()
        .into_iter()
        .map(|(name, it)| (name, it.completed_at.is_some(), it.expired_at.is_some(), it.terminated_at.is_some()));
    assert_eq!(
        ends.skip(5).collect::<Vec<_>>(),
        [
            ("active", false, false, false),
            ("completed", true, false, false),
            ("expired", false, true, false),
            ("terminated", false, false, true),
        ]
    );
}
