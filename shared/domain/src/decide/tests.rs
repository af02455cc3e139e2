mod agreeing;
mod comments;
mod forced;
mod matrix;

use std::fmt::Write as _;

use super::*;
use crate::automatic::{AutomaticStep, Cause};
use crate::page::{PageState, acts};
use crate::row::{Approval, Mark};

const DECIDED_AT: i64 = 1_780_000_000_000;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap()
}

fn user(name: &str) -> UserKey {
    UserKey::new("localCookieUser", name).unwrap()
}

fn note(text: &str) -> NoteEdit {
    NoteEdit::from_text(Some(text))
}

/// A reviewer in an open review without further rules.
fn reviewer() -> Context {
    Context {
        actor: user("ada"),
        role: Role::Reviewer,
        phase: Phase::Open,
        notes: NotesRequired::default(),
        revoke_mode: RevokeMode::RecordOnly,
        assigned: vec![user("ada")],
        if_match: None,
    }
}

fn operator() -> Context {
    Context { actor: user("olga"), role: Role::Operator, ..reviewer() }
}

fn administrator() -> Context {
    Context { actor: user("root"), role: Role::Administrator, ..reviewer() }
}

fn decide_with(verdict: Verdict) -> RowCommand {
    RowCommand::Decide { verdict, comment: NoteEdit::Keep }
}

fn update(change: impl FnOnce(&mut RowUpdate)) -> RowCommand {
    let mut update = RowUpdate::default();
    change(&mut update);
    RowCommand::Update(update)
}

fn set(decision: Decision) -> RowCommand {
    update(|update| update.decision = Some(decision))
}

/// The row that a series of accepted commands leads to, one second apart, ending at `DECIDED_AT`.
#[track_caller]
fn row(commands: &[(RowCommand, Context)]) -> RowState {
    let review = "6a8f5c1e-8a0b-4c4d-9f0e-0b7a5e1d2c33".parse().unwrap();
    let mut page = PageState::new(review, 0);
    let mut now = DECIDED_AT - 1_000 * (commands.len() as i64 - 1);
    for (command, context) in commands {
        let row = page.row(0).cloned().unwrap_or_default();
        let changes = apply_command(&row, command, context, at(now)).unwrap();
        let id = "00000000-0000-0000-0000-000000000001".parse().unwrap();
        if let Some(entry) = page.next(id, at(now), context.actor.clone(), acts([(0, changes)])) {
            page.apply(&entry).unwrap();
        }
        now += 1_000;
    }
    page.row(0).cloned().unwrap_or_default()
}

fn words(changes: &[Change]) -> String {
    let word = |change: &Change| match change {
        Change::Automatic { .. } => "Automatic".to_owned(),
        Change::Decided { decision } => format!("{decision:?}"),
        Change::Flagged => "Flagged".to_owned(),
        Change::Cleared { reason, .. } => format!("{reason:?}"),
        Change::Note { digest: Some(_) } => "Note".to_owned(),
        Change::Note { digest: None } => "NoteRemoved".to_owned(),
        Change::Reviewers { new, .. } => format!("Reviewers({})", new.len()),
        Change::SignedOff => "SignedOff".to_owned(),
        Change::SignOffUndone => "SignOffUndone".to_owned(),
        Change::Notification { status } => format!("Removal{status:?}"),
        Change::Answered { status, .. } => format!("Answered{status:?}"),
        Change::Commented { .. } => "Commented".to_owned(),
        Change::Displayed { .. } => "Displayed".to_owned(),
        Change::Instructed { .. } => "Instructed".to_owned(),
    };
    if changes.is_empty() { "nothing".to_owned() } else { changes.iter().map(word).collect::<Vec<_>>().join(" ") }
}

fn outcome(row: &RowState, command: &RowCommand, context: &Context, now: i64) -> String {
    match apply_command(row, command, context, at(now)) {
        Ok(changes) => words(&changes),
        Err(refusal) => format!("refused: {}", refusal.code()),
    }
}

#[track_caller]
fn check(row: &RowState, command: &RowCommand, context: &Context, expected: &str) {
    assert_eq!(outcome(row, command, context, DECIDED_AT + 1), expected);
}

fn rows() -> Vec<(&'static str, RowState)> {
    let signed = |decision| update(move |it| (it.decision, it.signed_off) = (Some(decision), Some(true)));
    vec![
        ("untouched", RowState::default()),
        ("accepted", row(&[(set(Decision::Accepted), reviewer())])),
        ("accepted, signed", row(&[(signed(Decision::Accepted), reviewer())])),
        ("rejected", row(&[(set(Decision::Rejected), reviewer())])),
        ("rejected, signed", row(&[(signed(Decision::Rejected), reviewer())])),
        ("fixed, signed", row(&[(signed(Decision::Rejected), reviewer()), (set(Decision::Fixed), operator())])),
        ("flagged", row(&[(decide_with(Verdict::Flagged), reviewer())])),
        ("revoked", row(&[(decide_with(Verdict::Revoked), reviewer())])),
    ]
}

#[test]
fn every_campaign_command_on_every_row_state() {
    let mut table = String::new();
    for (name, row) in rows() {
        for verdict in Verdict::ALL {
            let result = outcome(&row, &decide_with(verdict), &reviewer(), DECIDED_AT + 1);
            writeln!(table, "{name:<17} {:<9} {result}", format!("{verdict:?}")).unwrap();
        }
        let result = outcome(&row, &RowCommand::Undo, &reviewer(), DECIDED_AT + 1);
        writeln!(table, "{name:<17} Undo      {result}").unwrap();
    }
    insta::assert_snapshot!(table);
}

#[test]
fn every_certification_command_on_every_row_state() {
    let mut table = String::new();
    let commands = [
        ("NONE", set(Decision::None)),
        ("ACCEPTED", set(Decision::Accepted)),
        ("REJECTED", set(Decision::Rejected)),
        ("FIXED", set(Decision::Fixed)),
        ("note", update(|it| it.note = note("why"))),
        ("blank note", update(|it| it.note = note("  "))),
        ("reviewers", update(|it| it.reviewers = Some(vec![user("bob")]))),
        ("sign off", RowCommand::SignOff),
        ("not signed off", update(|it| it.signed_off = Some(false))),
        ("nothing", update(|_| {})),
    ];
    for (name, row) in rows() {
        for (command_name, command) in &commands {
            let by_reviewer = outcome(&row, command, &reviewer(), DECIDED_AT + 1);
            let by_operator = outcome(&row, command, &operator(), DECIDED_AT + 1);
            let others = if by_operator == by_reviewer { String::new() } else { format!(" | operator: {by_operator}") };
            writeln!(table, "{name:<17} {command_name:<15} {by_reviewer}{others}").unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn every_state_of_the_review_admits_what_it_says() {
    let closed = at(DECIDED_AT);
    let rejected = row(&[(set(Decision::Rejected), reviewer())]);
    let phases = [
        Phase::Searching,
        Phase::Open,
        Phase::Expired { at: closed },
        Phase::Completed { at: closed },
        Phase::Terminated { at: closed },
    ];
    let mut table = String::new();
    for phase in phases {
        for (name, command) in [
            ("approve", decide_with(Verdict::Approved)),
            ("undo", RowCommand::Undo),
            ("ACCEPTED", set(Decision::Accepted)),
            ("FIXED", set(Decision::Fixed)),
            ("note", update(|it| it.note = note("why"))),
            ("sign off", RowCommand::SignOff),
            ("same again", set(Decision::Rejected)),
        ] {
            let reviewer = Context { phase, ..reviewer() };
            let operator = Context { phase, ..operator() };
            let by_reviewer = outcome(&rejected, &command, &reviewer, DECIDED_AT + 1);
            let by_operator = outcome(&rejected, &command, &operator, DECIDED_AT + 1);
            let phase = format!("{phase:?}");
            let phase = phase.split(' ').next().unwrap();
            writeln!(table, "{phase:<10} {name:<10} {by_reviewer:<28} | operator: {by_operator}").unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn a_decision_can_be_undone_for_exactly_30_seconds() {
    let row = row(&[(decide_with(Verdict::Approved), reviewer())]);
    for (after, expected) in [
        (-5, "SignOffUndone Undone"),
        (29_999, "SignOffUndone Undone"),
        (30_000, "SignOffUndone Undone"),
        (30_001, "refused: undo_window_elapsed"),
    ] {
        assert_eq!(outcome(&row, &RowCommand::Undo, &reviewer(), DECIDED_AT + after), expected, "{after} ms");
    }
    assert_eq!(row.undo_expires_at(), Some(at(DECIDED_AT + 30_000)));
}

#[test]
fn deciding_again_opens_a_new_undo_window() {
    let first = (decide_with(Verdict::Approved), reviewer());
    let again = row(&[first.clone(), first]);
    assert_eq!(again.decided, Some(Mark { by: user("ada"), at: at(DECIDED_AT) }));
    assert_eq!(again.version, 2);
}

#[test]
fn only_the_decider_and_administrators_undo_and_nobody_undoes_a_machine() {
    let by_ada = row(&[(decide_with(Verdict::Rejected), reviewer())]);
    check(&by_ada, &RowCommand::Undo, &Context { actor: user("bob"), ..reviewer() }, "refused: not_the_decider");
    check(&by_ada, &RowCommand::Undo, &operator(), "refused: not_the_decider");
    check(&by_ada, &RowCommand::Undo, &administrator(), "SignOffUndone Undone");
    let system = Context { actor: UserKey::system(), ..administrator() };
    let by_machine = row(&[(decide_with(Verdict::Rejected), system)]);
    check(&by_machine, &RowCommand::Undo, &administrator(), "refused: decided_automatically");
    assert_eq!(by_machine.undo_expires_at(), None);
}

#[test]
fn undo_takes_comment_sign_off_and_removal_back_and_goes_to_pending() {
    let twice = row(&[
        (decide_with(Verdict::Approved), reviewer()),
        (RowCommand::Decide { verdict: Verdict::Revoked, comment: note("left") }, reviewer()),
    ]);
    check(&twice, &RowCommand::Undo, &reviewer(), "SignOffUndone Undone NoteRemoved RemovalUnknown");
    let undone = row(&[
        (decide_with(Verdict::Approved), reviewer()),
        (RowCommand::Decide { verdict: Verdict::Revoked, comment: note("left") }, reviewer()),
        (RowCommand::Undo, reviewer()),
    ]);
    let pending = RowState { updated: undone.updated.clone(), version: 3, ..RowState::default() };
    assert_eq!(undone, pending);
    check(&undone, &RowCommand::Undo, &reviewer(), "refused: nothing_to_undo");
}

#[test]
fn sign_off_comes_last_and_needs_the_decision_of_the_same_update() {
    let all = update(|it| {
        it.decision = Some(Decision::Rejected);
        it.note = note("left");
        it.reviewers = Some(vec![user("bob"), user("ada"), user("bob")]);
        it.signed_off = Some(true);
    });
    check(&RowState::default(), &all, &reviewer(), "Rejected Note Reviewers(2) SignedOff");
    let clear = update(|it| (it.decision, it.signed_off) = (Some(Decision::None), Some(true)));
    let accepted = row(&[(set(Decision::Accepted), reviewer())]);
    check(&accepted, &clear, &reviewer(), "refused: sign_off_needs_decision");
}

#[test]
fn a_removal_is_asked_for_once_a_rejection_is_signed_off_and_called_off_with_it() {
    let enforcing = Context { revoke_mode: RevokeMode::Enforce, ..reviewer() };
    let untouched = RowState::default();
    check(&untouched, &set(Decision::Rejected), &enforcing, "Rejected");
    let rejected = row(&[(set(Decision::Rejected), enforcing.clone())]);
    check(&rejected, &RowCommand::SignOff, &enforcing, "SignedOff RemovalPending");
    check(&rejected, &RowCommand::SignOff, &reviewer(), "SignedOff");
    check(&untouched, &decide_with(Verdict::Rejected), &enforcing, "Rejected SignedOff RemovalPending");
    check(&untouched, &decide_with(Verdict::Revoked), &reviewer(), "Rejected SignedOff RemovalPending");
    let revoked = row(&[(decide_with(Verdict::Revoked), reviewer())]);
    let approve = decide_with(Verdict::Approved);
    check(&revoked, &approve, &reviewer(), "SignOffUndone Accepted SignedOff RemovalUnknown");
    let removed = RowState { notification: NotificationStatus::Succeed, ..revoked };
    check(&removed, &approve, &reviewer(), "SignOffUndone Accepted SignedOff");
    assert_eq!(removed.approval(), Approval::Revoked);
    check(&removed, &decide_with(Verdict::Revoked), &reviewer(), "SignOffUndone Rejected SignedOff");
}

#[test]
fn an_access_that_is_there_again_after_its_removal_is_owed_again_when_it_is_rejected_again() {
    let enforcing = Context { revoke_mode: RevokeMode::Enforce, ..operator() };
    let answered = |status| (RowCommand::Answer { status, info: None }, operator());
    let removed = answered(NotificationStatus::Succeed);
    let [revoke, reject, approve] =
        [Verdict::Revoked, Verdict::Rejected, Verdict::Approved].map(|verdict| (decide_with(verdict), reviewer()));
    let kept = row(&[revoke.clone(), removed.clone(), approve]);
    assert_eq!(kept.notification, NotificationStatus::Succeed, "what has happened stays known");
    check(&kept, &revoke.0, &reviewer(), "SignOffUndone Rejected SignedOff RemovalPending");
    check(&kept, &reject.0, &enforcing, "SignOffUndone Rejected SignedOff RemovalPending");
    check(&kept, &reject.0, &reviewer(), "SignOffUndone Rejected SignedOff RemovalUnknown");

    let signed = update(|it| (it.decision, it.signed_off) = (Some(Decision::Rejected), Some(true)));
    let lift = RowCommand::Force(ForcedUpdate {
        update: RowUpdate { decision: Some(Decision::None), signed_off: Some(false), ..RowUpdate::default() },
        removal: None,
    });
    let cleared = row(&[(signed.clone(), enforcing.clone()), removed, (lift, administrator())]);
    assert_eq!(cleared.approval(), Approval::Pending);
    check(&cleared, &signed, &enforcing, "Rejected SignedOff RemovalPending");
    check(&cleared, &set(Decision::Rejected), &enforcing, "Rejected RemovalUnknown");
    let failed =
        row(&[reject.clone(), answered(NotificationStatus::Failed), (decide_with(Verdict::Flagged), operator())]);
    check(&failed, &reject.0, &reviewer(), "Rejected SignedOff RemovalUnknown");
}

#[test]
fn the_same_reviewers_in_another_order_are_no_change() {
    let context = Context { assigned: vec![user("ada"), user("bob")], ..reviewer() };
    let assign = |names: &[&str]| update(|it| it.reviewers = Some(names.iter().map(|name| user(name)).collect()));
    check(&RowState::default(), &assign(&["bob", "ada"]), &context, "nothing");
    check(&RowState::default(), &assign(&[]), &context, "nothing");
    check(&RowState::default(), &assign(&["bob"]), &context, "Reviewers(1)");
    let moved = row(&[(assign(&["bob"]), context.clone())]);
    check(&moved, &assign(&["bob", "ada"]), &context, "Reviewers(2)");
}

#[test]
fn repeating_all_that_stands_on_a_signed_off_row_is_no_change() {
    let command = update(|it| {
        it.decision = Some(Decision::Rejected);
        it.note = note("left");
        it.signed_off = Some(true);
    });
    let signed = row(&[(command.clone(), reviewer())]);
    check(&signed, &command, &reviewer(), "nothing");
    let other_note = update(|it| (it.decision, it.note) = (Some(Decision::Rejected), note("moved")));
    check(&signed, &other_note, &reviewer(), "refused: signed_off");
    check(&signed, &other_note, &operator(), "Note");
}

#[test]
fn marking_as_fixed_keeps_who_rejected() {
    let fixed = row(&[(set(Decision::Rejected), reviewer()), (set(Decision::Fixed), operator())]);
    assert_eq!(fixed.decided.unwrap().by, user("ada"));
    assert_eq!(fixed.marked_fixed, Some(Mark { by: user("olga"), at: at(DECIDED_AT) }));
    let again = row(&[
        (set(Decision::Rejected), reviewer()),
        (set(Decision::Fixed), operator()),
        (set(Decision::Rejected), operator()),
    ]);
    assert_eq!((again.decision, again.marked_fixed), (Decision::Rejected, None));
}

#[test]
fn an_expired_review_can_be_mended_for_exactly_7_days() {
    let rejected = row(&[(set(Decision::Rejected), reviewer())]);
    let week = 7 * 24 * 3_600_000;
    let context = Context { phase: Phase::Expired { at: at(DECIDED_AT) }, ..operator() };
    assert_eq!(outcome(&rejected, &set(Decision::Fixed), &context, DECIDED_AT + week), "Fixed");
    assert_eq!(outcome(&rejected, &set(Decision::Fixed), &context, DECIDED_AT + week + 1), "refused: expired");
    let more = update(|it| (it.decision, it.note) = (Some(Decision::Fixed), note("ticket 4")));
    assert_eq!(outcome(&rejected, &more, &context, DECIDED_AT + 1), "refused: expired");
}

#[test]
fn a_stale_version_is_refused_before_anything_else() {
    let accepted = row(&[(set(Decision::Accepted), reviewer())]);
    let reading = |version| Context { if_match: Some(version), ..reviewer() };
    check(&accepted, &set(Decision::Rejected), &reading(1), "Rejected");
    check(&accepted, &set(Decision::Rejected), &reading(0), "refused: stale_version");
    check(&RowState::default(), &set(Decision::Rejected), &reading(0), "Rejected");
    let closed = Context { phase: Phase::Searching, ..reading(7) };
    check(&accepted, &set(Decision::Rejected), &closed, "refused: stale_version");
}

#[test]
fn one_row_that_refuses_stops_all_and_every_refusal_is_told() {
    let (fresh, decided) = (RowState::default(), row(&[(set(Decision::Accepted), reviewer())]));
    let rows = [(RowId(1), &fresh), (RowId(2), &decided), (RowId(3), &fresh)];
    let refused = apply_to_all(rows, &RowCommand::SignOff, &reviewer(), at(DECIDED_AT)).unwrap_err();
    let expected = Refusal::SignOffNeedsDecision;
    assert_eq!(refused, [(RowId(1), expected.clone()), (RowId(3), expected)]);
    let done = apply_to_all([(RowId(2), &decided)], &RowCommand::SignOff, &reviewer(), at(DECIDED_AT));
    assert_eq!(done, Ok(vec![(RowId(2), vec![Change::SignedOff])]));
}

fn automatic(step: AutomaticStep) -> RowCommand {
    let rule = "rule-6a8f5c1e-8a0b-4c4d-9f0e-0b7a5e1d2c33".parse().unwrap();
    RowCommand::Automatic(Automatic { cause: Cause::Rule { id: rule, version: 3 }, step })
}

fn system() -> Context {
    Context { actor: UserKey::system(), role: Role::Administrator, ..reviewer() }
}

#[test]
fn a_rule_decides_pending_rows_as_a_person_would_and_names_itself() {
    let decide = |verdict| automatic(AutomaticStep::Decide(verdict));
    let untouched = RowState::default();
    check(&untouched, &decide(Verdict::Approved), &system(), "Automatic Accepted SignedOff");
    check(&untouched, &decide(Verdict::Rejected), &system(), "Automatic Rejected SignedOff");
    check(&untouched, &decide(Verdict::Flagged), &system(), "Automatic Flagged");
    let enforcing = Context { revoke_mode: RevokeMode::Enforce, ..system() };
    check(&untouched, &decide(Verdict::Rejected), &enforcing, "Automatic Rejected SignedOff RemovalPending");
    let strict = Context { notes: NotesRequired { accept: true, reject: true }, ..system() };
    check(&untouched, &decide(Verdict::Rejected), &strict, "Automatic Rejected SignedOff");
    let noted = row(&[(update(|it| it.note = note("why")), reviewer())]);
    check(&noted, &decide(Verdict::Approved), &system(), "Automatic Accepted SignedOff");
}

#[test]
fn whatever_a_person_or_another_rule_has_decided_stands() {
    let steps = [AutomaticStep::Assign { reviewers: vec![user("bob")], over: None }];
    let steps = steps.into_iter().chain(Verdict::ALL.map(AutomaticStep::Decide));
    for step in steps {
        let by_rule = row(&[(automatic(AutomaticStep::Decide(Verdict::Flagged)), system())]);
        let untouched = ("untouched", RowState::default());
        for (name, row) in rows().into_iter().filter(|row| *row != untouched).chain([("by a rule", by_rule)]) {
            let result = outcome(&row, &automatic(step.clone()), &system(), DECIDED_AT + 1);
            assert_eq!(result, "nothing", "{name} {step:?}");
        }
    }
}

#[test]
fn what_was_taken_back_is_pending_for_rules_again_but_not_what_a_rule_did() {
    let undone = row(&[(decide_with(Verdict::Rejected), reviewer()), (RowCommand::Undo, reviewer())]);
    let approve = automatic(AutomaticStep::Decide(Verdict::Approved));
    check(&undone, &approve, &system(), "Automatic Accepted SignedOff");
    let approved = row(&[(approve, system())]);
    check(&approved, &RowCommand::Undo, &administrator(), "refused: decided_automatically");
}

#[test]
fn a_rule_hands_a_row_over_once_and_never_takes_it_from_whom_a_person_chose() {
    let after = |over: Option<&str>, name: &str| {
        automatic(AutomaticStep::Assign { reviewers: vec![user(name)], over: over.map(|name| vec![user(name)]) })
    };
    let to = |name: &str| after(None, name);
    check(&RowState::default(), &to("bob"), &system(), "Automatic Reviewers(1)");
    check(&RowState::default(), &to("ada"), &system(), "nothing");
    let handed_over = row(&[(to("bob"), system())]);
    assert_eq!((handed_over.approval(), handed_over.reviewers.clone()), (Approval::Pending, Some(vec![user("bob")])));
    check(&handed_over, &to("bob"), &system(), "nothing");
    check(&handed_over, &to("eve"), &system(), "nothing");
    check(&handed_over, &after(Some("bob"), "eve"), &system(), "Automatic Reviewers(1)");
    check(&handed_over, &after(Some("bob"), "bob"), &system(), "nothing");
    let back = row(&[(to("bob"), system()), (after(Some("bob"), "ada"), system())]);
    assert_eq!(back.reviewers, Some(vec![user("ada")]), "a rule may give back what a rule has taken");
    let chosen = row(&[(update(|it| it.reviewers = Some(vec![user("eve")])), operator())]);
    check(&chosen, &to("bob"), &system(), "nothing");
    check(&chosen, &after(Some("bob"), "ada"), &system(), "nothing");
}

#[test]
fn rules_do_nothing_in_a_review_that_is_not_open() {
    let approve = automatic(AutomaticStep::Decide(Verdict::Approved));
    for (phase, refusal) in [
        (Phase::Searching, "refused: not_started"),
        (Phase::Completed { at: at(DECIDED_AT) }, "refused: completed"),
        (Phase::Expired { at: at(DECIDED_AT) }, "refused: expired"),
    ] {
        check(&RowState::default(), &approve, &Context { phase, ..system() }, refusal);
    }
}

#[test]
fn deciding_on_what_is_pending_leaves_every_decided_row_alone() {
    for (name, row) in rows() {
        for verdict in Verdict::ALL {
            let command = RowCommand::DecidePending { verdict, comment: note("why") };
            let expected = match row.approval() {
                Approval::Pending => {
                    outcome(&row, &RowCommand::Decide { verdict, comment: note("why") }, &reviewer(), DECIDED_AT + 1)
                }
                _ => outcome(&row, &update(|_| {}), &reviewer(), DECIDED_AT + 1),
            };
            assert_eq!(outcome(&row, &command, &reviewer(), DECIDED_AT + 1), expected, "{name} {verdict:?}");
        }
    }
}
