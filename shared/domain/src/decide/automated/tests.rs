use uuid::Uuid;

use super::*;
use crate::decide::NotesRequired;
use crate::review::{Phase, RevokeMode};
use crate::user::{Role, UserKey};

fn system() -> Context {
    Context {
        actor: UserKey::system(),
        role: Role::Administrator,
        phase: Phase::Open,
        notes: NotesRequired { accept: true, reject: true },
        revoke_mode: RevokeMode::Enforce,
        assigned: Vec::new(),
        if_match: None,
    }
}

fn wish(number: u128, what: Wished) -> AutomationWish {
    AutomationWish {
        automation: AutomationId::new(Uuid::from_u128(number)),
        version: 1,
        run: AutomationRunId::new(Uuid::from_u128(99)),
        what,
    }
}

fn modify(number: u128, decision: Option<Decision>, note: &str, signed_off: Option<bool>) -> AutomationWish {
    let note = (!note.is_empty()).then(|| NoteDigest::of(note));
    wish(number, Wished::Modify { decision, note, signed_off })
}

fn words(changes: &[Change]) -> String {
    let word = |change: &Change| match change {
        Change::Automatic { cause: Cause::Automation { id, .. } } => format!("{}:", id.uuid().as_u128()),
        Change::Decided { decision } => format!("{decision:?}"),
        Change::Note { .. } => "Note".to_owned(),
        Change::Commented { .. } => "Comment".to_owned(),
        Change::SignedOff => "SignedOff".to_owned(),
        Change::Notification { status } => format!("Removal{status:?}"),
        Change::Displayed { .. } => "Displayed".to_owned(),
        other => format!("{other:?}"),
    };
    changes.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn check(wishes: &[AutomationWish], expected: &str, conflicts: u32, skipped: u32) {
    let found = fulfil(&RowState::default(), wishes, &system(), Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!((words(&found.changes).as_str(), found.conflicts, found.skipped), (expected, conflicts, skipped));
}

const ACCEPT: Option<Decision> = Some(Decision::Accepted);
const REJECT: Option<Decision> = Some(Decision::Rejected);

#[test]
fn what_all_agree_on_is_done_once_and_logged_under_each() {
    check(&[], "", 0, 0);
    check(&[modify(1, ACCEPT, "", None)], "1: Accepted", 0, 0);
    check(
        &[modify(1, ACCEPT, "x", Some(true)), modify(2, ACCEPT, "", None)],
        "1: Accepted Note SignedOff 2: Accepted",
        0,
        0,
    );
    check(&[modify(1, ACCEPT, "x", None), modify(2, ACCEPT, "x", None)], "1: Accepted Note 2: Accepted Note", 0, 0);
    check(
        &[modify(1, REJECT, "", None), modify(2, None, "", Some(true))],
        "1: Rejected 2: SignedOff RemovalPending",
        0,
        0,
    );
    check(&[modify(1, None, "x", None)], "1: Note", 0, 0);
}

#[test]
fn different_wishes_leave_the_part_as_it_is_and_no_other() {
    check(&[modify(1, ACCEPT, "", None), modify(2, REJECT, "", None)], "", 1, 0);
    check(&[modify(1, ACCEPT, "x", None), modify(2, REJECT, "x", None)], "1: Note 2: Note", 1, 0);
    check(
        &[modify(1, ACCEPT, "x", None), modify(2, ACCEPT, "y", None)],
        "1: Accepted Comment 2: Accepted Comment",
        1,
        0,
    );
    check(&[modify(1, None, "x", None), modify(2, None, "y", None)], "1: Comment 2: Comment", 1, 0);
    check(&[modify(1, ACCEPT, "x", None), modify(2, REJECT, "y", None)], "1: Comment 2: Comment", 2, 0);
    check(
        &[modify(1, ACCEPT, "x", None), modify(2, None, "y", None), modify(3, None, "y", None)],
        "1: Accepted Comment 2: Comment 3: Comment",
        1,
        0,
    );
    check(&[modify(1, ACCEPT, "", Some(true)), modify(2, None, "", Some(false))], "1: Accepted", 1, 0);
    check(&[modify(1, ACCEPT, "", None), modify(2, Some(Decision::None), "", None)], "", 1, 0);
}

#[test]
fn what_a_row_does_not_allow_is_skipped_and_counted() {
    check(&[modify(1, None, "", Some(true))], "", 0, 1);
    check(&[modify(1, None, "x", Some(true))], "1: Note", 0, 1);
    check(&[modify(1, Some(Decision::Fixed), "", None)], "", 0, 1);
    check(&[modify(1, Some(Decision::Fixed), "x", Some(true))], "1: Note", 0, 2);
    check(&[modify(1, ACCEPT, "", Some(true)), modify(2, REJECT, "", None)], "", 1, 1);
    check(&[modify(1, Some(Decision::None), "", Some(false))], "", 0, 0);
}

#[test]
fn what_is_shown_never_conflicts() {
    let shows = |number| wish(number, Wished::Display);
    check(&[shows(1), modify(2, ACCEPT, "", None), shows(3)], "1: Displayed 2: Accepted 3: Displayed", 0, 0);
    check(&[modify(1, ACCEPT, "", None), modify(2, REJECT, "", None), shows(3)], "3: Displayed", 1, 0);
}

#[test]
fn a_review_that_is_not_open_lets_nothing_be_done() {
    let context = Context { phase: Phase::Searching, ..system() };
    let refused = fulfil(&RowState::default(), &[modify(1, ACCEPT, "", None)], &context, Timestamp::UNIX_EPOCH);
    assert_eq!(refused, Err(Refusal::NotStarted));
}
