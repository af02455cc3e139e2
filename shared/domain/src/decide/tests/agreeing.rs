//! Decisions that say again what stands.

use super::*;

#[test]
fn who_agrees_with_what_somebody_else_has_decided_decides() {
    let system = Context { actor: UserKey::system(), ..administrator() };
    let both = [Decision::Accepted, Decision::Rejected];
    for (decision, word) in both.into_iter().zip(["Accepted", "Rejected"]) {
        let signing = update(move |it| (it.decision, it.signed_off) = (Some(decision), Some(true)));
        for before in [system.clone(), operator()] {
            let decided = row(&[(set(decision), before.clone())]);
            check(&decided, &set(decision), &reviewer(), word);
            check(&decided, &signing, &reviewer(), &format!("{word} SignedOff"));
            check(&decided, &set(decision), &before, "nothing");
            let confirmed = row(&[(set(decision), before.clone()), (set(decision), reviewer())]);
            assert_eq!(confirmed.decided, Some(Mark { by: user("ada"), at: at(DECIDED_AT) }));
            check(&confirmed, &set(decision), &system, "nothing");
            let signed = row(&[(signing.clone(), before)]);
            check(&signed, &set(decision), &reviewer(), "nothing");
        }
    }
}

#[test]
fn who_agrees_with_a_decision_without_a_note_owes_one_as_well() {
    let strict = Context { notes: NotesRequired { accept: false, reject: true }, ..reviewer() };
    let silent = row(&[(set(Decision::Rejected), operator())]);
    check(&silent, &set(Decision::Rejected), &strict, "refused: note_required");
    let signing = update(|it| (it.decision, it.signed_off) = (Some(Decision::Rejected), Some(true)));
    check(&silent, &signing, &strict, "refused: note_required");
    let own = row(&[(set(Decision::Rejected), reviewer())]);
    check(&own, &set(Decision::Rejected), &strict, "refused: note_required");
    let with = update(|it| (it.decision, it.note) = (Some(Decision::Rejected), note("left")));
    check(&silent, &with, &strict, "Rejected Note");
}
