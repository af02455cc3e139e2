//! What becomes of the note of a row when somebody decides, with a comment or without.

use super::*;

#[test]
fn a_decision_without_a_comment_leaves_a_note_alone_unless_it_was_that_of_a_decision() {
    let noted = row(&[(update(|it| it.note = note("Ask Ada")), reviewer())]);
    check(&noted, &decide_with(Verdict::Approved), &reviewer(), "Accepted SignedOff");
    let why = RowCommand::Decide { verdict: Verdict::Rejected, comment: note("Must go") };
    let rejected = row(&[(why.clone(), reviewer())]);
    check(&rejected, &decide_with(Verdict::Approved), &operator(), "SignOffUndone Accepted NoteRemoved SignedOff");
    check(&rejected, &why, &operator(), "SignOffUndone Rejected SignedOff");
    let strict = Context { notes: NotesRequired { accept: true, reject: true }, ..reviewer() };
    check(&rejected, &decide_with(Verdict::Approved), &strict, "refused: note_required");
}

#[test]
fn a_required_note_may_come_along_or_be_there_already() {
    let strict = Context { notes: NotesRequired { accept: false, reject: true }, ..reviewer() };
    let untouched = RowState::default();
    let noted = row(&[(update(|it| it.note = note("why")), reviewer())]);
    let rejected = row(&[(update(|it| (it.decision, it.note) = (Some(Decision::Rejected), note("why"))), reviewer())]);
    let with = |text: &str| update(|it| (it.decision, it.note) = (Some(Decision::Rejected), note(text)));
    check(&untouched, &set(Decision::Rejected), &strict, "refused: note_required");
    check(&untouched, &with(" \n"), &strict, "refused: note_required");
    check(&noted, &with(""), &strict, "refused: note_required");
    check(&untouched, &with("left"), &strict, "Rejected Note");
    check(&noted, &set(Decision::Rejected), &strict, "Rejected");
    check(&untouched, &set(Decision::Accepted), &strict, "Accepted");
    check(&untouched, &set(Decision::Rejected), &Context { notes: strict.notes, ..operator() }, "Rejected");
    check(&rejected, &update(|it| it.note = note("")), &strict, "refused: note_required");
    check(&untouched, &decide_with(Verdict::Rejected), &strict, "refused: note_required");
    check(&untouched, &decide_with(Verdict::Flagged), &strict, "Flagged");
}
