//! What force may do that an ordinary update may not, and what it may not either.

use super::*;
use crate::note::NoteDigest;

const GRACE_MS: i64 = 7 * 24 * 3_600_000;

fn force(change: impl FnOnce(&mut ForcedUpdate)) -> RowCommand {
    let mut forced = ForcedUpdate::default();
    change(&mut forced);
    RowCommand::Force(forced)
}

fn forced(change: impl FnOnce(&mut RowUpdate)) -> RowCommand {
    force(|it| change(&mut it.update))
}

fn rejected_for_good() -> RowState {
    row(&[(update(|it| (it.decision, it.signed_off) = (Some(Decision::Rejected), Some(true))), reviewer())])
}

#[test]
fn every_forced_command_on_every_row_state() {
    let mut table = String::new();
    let reopened = |it: &mut RowUpdate| it.signed_off = Some(false);
    let commands = [
        ("NONE", forced(|it| it.decision = Some(Decision::None))),
        ("ACCEPTED", forced(|it| it.decision = Some(Decision::Accepted))),
        ("FIXED", forced(|it| it.decision = Some(Decision::Fixed))),
        ("note", forced(|it| it.note = note("why"))),
        ("reviewers", forced(|it| it.reviewers = Some(vec![user("bob")]))),
        ("removal failed", force(|it| it.removal = Some(NotificationStatus::Failed))),
        ("sign off", forced(|it| it.signed_off = Some(true))),
        ("reopen", forced(reopened)),
        ("reopen, ACCEPTED", forced(|it| (it.decision, it.signed_off) = (Some(Decision::Accepted), Some(false)))),
        ("reopen, NONE", forced(|it| (it.decision, it.signed_off) = (Some(Decision::None), Some(false)))),
        ("ACCEPTED, close", forced(|it| (it.decision, it.signed_off) = (Some(Decision::Accepted), Some(true)))),
        ("nothing", forced(|_| {})),
    ];
    for (name, row) in rows() {
        for (command_name, command) in &commands {
            let result = outcome(&row, command, &administrator(), DECIDED_AT + 1);
            writeln!(table, "{name:<17} {command_name:<16} {result}").unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn a_closed_review_can_be_mended_by_force_for_exactly_7_days_as_an_open_one() {
    let closed = at(DECIDED_AT);
    let (row, command) = (rejected_for_good(), forced(|it| it.signed_off = Some(false)));
    for phase in [Phase::Expired { at: closed }, Phase::Completed { at: closed }, Phase::Terminated { at: closed }] {
        let context = Context { phase, ..administrator() };
        assert_eq!(outcome(&row, &command, &context, DECIDED_AT + GRACE_MS), "SignOffUndone", "{phase:?}");
        assert_eq!(outcome(&row, &command, &context, DECIDED_AT + GRACE_MS + 1), "refused: grace_elapsed", "{phase:?}");
        let locked = forced(|it| it.decision = Some(Decision::Accepted));
        assert_eq!(outcome(&row, &locked, &context, DECIDED_AT + 1), "refused: signed_off", "{phase:?}");
        let open = forced(|it| it.decision = Some(Decision::Accepted));
        assert_eq!(outcome(&RowState::default(), &open, &context, DECIDED_AT + 1), "Accepted", "{phase:?}");
    }
    let searching = Context { phase: Phase::Searching, ..administrator() };
    check(&row, &command, &searching, "refused: not_started");
}

#[test]
fn force_asks_for_no_note_and_says_that_it_was_force() {
    let context = Context { notes: NotesRequired { accept: true, reject: true }, ..administrator() };
    check(&RowState::default(), &forced(|it| it.decision = Some(Decision::Rejected)), &context, "Rejected");
    let row = row(&[(set(Decision::Accepted), reviewer())]);
    check(&row, &forced(|it| it.decision = Some(Decision::None)), &context, "ForceUpdated");
}

#[test]
fn a_removal_is_called_off_with_the_sign_off_unless_force_says_how_it_went() {
    let enforced = Context { revoke_mode: RevokeMode::Enforce, ..reviewer() };
    let asked = row(&[(update(|it| (it.decision, it.signed_off) = (Some(Decision::Rejected), Some(true))), enforced)]);
    assert_eq!(asked.notification, NotificationStatus::Pending);
    let context = Context { revoke_mode: RevokeMode::Enforce, ..administrator() };
    let reopened = forced(|it| it.signed_off = Some(false));
    check(&asked, &reopened, &context, "SignOffUndone RemovalUnknown");
    let told = force(|it| {
        it.update.signed_off = Some(false);
        it.removal = Some(NotificationStatus::Succeed);
    });
    check(&asked, &told, &context, "SignOffUndone AnsweredSucceed");
    let again = force(|it| it.removal = Some(NotificationStatus::Pending));
    check(&asked, &again, &context, "nothing");
    let rejected = row(&[(set(Decision::Rejected), reviewer())]);
    check(&rejected, &forced(|it| it.signed_off = Some(true)), &context, "SignedOff RemovalPending");
}

#[test]
fn an_answer_is_taken_in_every_state_of_review_and_row_and_is_all_that_changes() {
    let closed = at(DECIDED_AT);
    let info = Some(NoteDigest::of("INC0042"));
    let command = RowCommand::Answer { status: NotificationStatus::Failed, info };
    let phases = [Phase::Open, Phase::Expired { at: closed }, Phase::Completed { at: closed }];
    for (name, before) in rows() {
        for phase in phases {
            let context = Context { phase, ..operator() };
            let changes = apply_command(&before, &command, &context, at(DECIDED_AT + 2 * GRACE_MS)).unwrap();
            assert_eq!(changes, [Change::Answered { status: NotificationStatus::Failed, info }], "{name}");
        }
    }
}

#[test]
fn a_row_keeps_the_last_answer_until_its_removal_is_asked_for_again() {
    let told = |text| RowCommand::Answer { status: NotificationStatus::Failed, info: Some(NoteDigest::of(text)) };
    let silent = RowCommand::Answer { status: NotificationStatus::Succeed, info: None };
    let answered = row(&[(told("first"), operator()), (told("second"), operator())]);
    assert_eq!(answered.answer.map(|answer| answer.tag), Some(NoteDigest::of("second").tag()));
    assert_eq!((answered.decision, answered.version), (Decision::None, 2));
    let done = row(&[(told("first"), operator()), (silent, operator())]);
    assert_eq!((done.answer, done.notification), (None, NotificationStatus::Succeed));
    let mended = row(&[
        (told("first"), operator()),
        (force(|it| it.removal = Some(NotificationStatus::Pending)), administrator()),
    ]);
    assert_eq!((mended.answer, mended.notification), (None, NotificationStatus::Pending));
}

#[test]
fn an_answer_on_a_row_that_nobody_rejected_does_not_stand_for_its_order() {
    let told = RowCommand::Answer { status: NotificationStatus::Pending, info: Some(NoteDigest::of("looking")) };
    let enforced = Context { revoke_mode: RevokeMode::Enforce, ..operator() };
    let row = row(&[(told.clone(), operator())]);
    let silent = RowCommand::Answer { status: NotificationStatus::Pending, info: None };
    check(&row, &silent, &operator(), "AnsweredPending");
    let reject = update(|it| (it.decision, it.signed_off) = (Some(Decision::Rejected), Some(true)));
    check(&row, &reject, &enforced, "Rejected SignedOff RemovalPending");
}

#[test]
fn who_says_no_more_than_that_it_goes_on_takes_nothing_back_of_what_was_said() {
    let told = |text: Option<&str>| {
        (RowCommand::Answer { status: NotificationStatus::Pending, info: text.map(NoteDigest::of) }, operator())
    };
    let said = row(&[told(Some("looking")), told(None), told(None)]);
    assert_eq!(said.answer.map(|answer| answer.tag), Some(NoteDigest::of("looking").tag()));
    assert_eq!((said.version, row(&[told(None)]).answer), (3, None));
    let failed =
        RowCommand::Answer { status: NotificationStatus::Failed, info: Some(NoteDigest::of("no such account")) };
    assert_eq!(row(&[(failed, operator()), told(None)]).answer, None, "that was said of the failure");
}

#[test]
fn what_came_of_asking_counts_as_long_as_nobody_told_more() {
    let context = Context { revoke_mode: RevokeMode::Enforce, ..operator() };
    let reject = update(|it| (it.decision, it.signed_off) = (Some(Decision::Rejected), Some(true)));
    let asked = |text| RowCommand::Asked { status: NotificationStatus::Pending, info: Some(NoteDigest::of(text)) };
    let open = row(&[(reject.clone(), context.clone())]);
    let changes = apply_command(&open, &asked("taken"), &context, at(DECIDED_AT)).unwrap();
    assert_eq!(changes.len(), 1);
    let taken = row(&[(reject, context.clone()), (asked("taken"), context.clone())]);
    check(&taken, &asked("taken again"), &context, "nothing");
}
