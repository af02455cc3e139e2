//! Whole reviews, from the first decision to the end.

use domain::decide::Verdict;
use domain::ids::RowId;
use domain::refusal::Refusal;
use domain::row::{Approval, Decision};
use domain::user::{Role, User};
use jiff::SignedDuration;

use super::bed::{Bed, accounts, everything, user};
use crate::review::{
    self, BatchInput, DecideInput, Dialect, LogAction, RowView, SignOffInput, SignOffOutcome, UpdateInput,
    UserReference,
};
use crate::{Error, campaign, certification};

fn verdict(verdict: Verdict) -> DecideInput {
    DecideInput { verdict, comment: None }
}

fn label(row: &RowView) -> Approval {
    row.state.approval()
}

fn refusal<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Refusal {
    match outcome {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

fn missing<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Vec<String> {
    match outcome {
        Err(Error::NotFound(faults)) => faults.into_iter().map(|fault| fault.field).collect(),
        other => panic!("found: {other:?}"),
    }
}

#[test]
fn a_campaign_from_its_first_decision_to_its_end() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(30, &["ann", "bob"])).await;
        let deps = &bed.deps;
        let (id, ann) = (bed.review, bed.reviewer("ann"));
        let own = review::list(deps, &ann, id, Dialect::Campaign, everything(100)).await.unwrap();
        assert!(own.items.iter().all(|row| row.assigned_to_caller && row.reviewers.contains(&user("ann"))));
        let (first, second) =
            (own.items[0].frozen.text("source.id").unwrap(), own.items[1].frozen.text("source.id").unwrap());

        let input = DecideInput { verdict: Verdict::Rejected, comment: Some("left".to_owned()) };
        let row = review::decide(deps, &bed.reviewer("ann"), id, first, input).await.unwrap();
        assert_eq!((label(&row), row.note.as_deref()), (Approval::Rejected, Some("left")));
        assert_eq!(row.decided_by.as_ref().map(|user| user.email.as_str()), Some("ann@corp.example"));
        let batch = BatchInput {
            accounts: vec![second.into(), first.into(), second.into()],
            verdict: Verdict::Approved,
            comment: None,
        };
        let rows = review::decide_batch(deps, &bed.reviewer("ann"), id, batch).await.unwrap();
        let ids: Vec<_> = rows.iter().map(|row| row.frozen.text("source.id").unwrap()).collect();
        assert_eq!(ids, [second, first]);
        assert_eq!(rows[1].note, None, "the comment was that of the decision before");

        let undone = review::undo(deps, &bed.reviewer("ann"), id, first).await.unwrap();
        assert_eq!((label(&undone), undone.note, undone.decided_by), (Approval::Pending, None, None));
        let counts = review::counts(deps, &bed.operator(), id).await.unwrap();
        assert_eq!((counts.total, counts.pending(), counts.counts.accepted), (30, 29, 1));
        let own = review::counts(deps, &bed.reviewer("ann"), id).await.unwrap();
        assert_eq!((own.total, own.counts.accepted), (17, 1));

        let done = campaign::complete(deps, &bed.root(), id).await.unwrap();
        assert_eq!(done.campaign.status.word(), "completed");
        assert_eq!(
            refusal(review::decide(deps, &bed.operator(), id, first, verdict(Verdict::Approved)).await),
            Refusal::Completed
        );
        assert!(
            missing(review::decide(deps, &bed.reviewer("ann"), id, first, verdict(Verdict::Approved)).await).is_empty()
        );
        assert!(missing(review::counts(deps, &bed.reviewer("ann"), id).await).is_empty());
        let read = review::list(deps, &bed.operator(), id, Dialect::Campaign, everything(100)).await.unwrap();
        assert_eq!(read.items.len(), 30);
    });
}

#[test]
fn what_is_not_theirs_does_not_exist_for_reviewers() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(12, &["ann", "bob", "cid"])).await;
        let (deps, id) = (&bed.deps, bed.review);
        // Every seventh account has two reviewers: 1 is bob's alone.
        assert!(missing(review::get_account(deps, &bed.reviewer("ann"), id, "acct-1").await).is_empty());
        assert!(
            missing(review::decide(deps, &bed.reviewer("ann"), id, "acct-1", verdict(Verdict::Approved)).await)
                .is_empty()
        );
        assert!(missing(review::undo(deps, &bed.reviewer("ann"), id, "acct-1").await).is_empty());
        assert!(missing(review::get(deps, &bed.reviewer("ann"), id, bed.row("acct-1"), true).await).is_empty());
        let input = BatchInput {
            accounts: vec!["acct-0".into(), "acct-1".into(), "nobody".into()],
            verdict: Verdict::Approved,
            comment: None,
        };
        assert_eq!(missing(review::decide_batch(deps, &bed.reviewer("ann"), id, input).await), ["acct-1", "nobody"]);
        assert!(missing(review::counts(deps, &bed.reviewer("zed"), id).await).is_empty());
        assert!(missing(campaign::get(deps, &bed.reviewer("zed"), id).await).is_empty());
        let counts = review::counts(deps, &bed.operator(), id).await.unwrap();
        assert_eq!(counts.pending(), 12, "nothing was written");
        for (name, seen) in [("ann", 1), ("zed", 0)] {
            let input = campaign::ListInput { status: None, kind: None, limit: 9, after: None };
            let listed = campaign::list(deps, &bed.reviewer(name), input).await.unwrap();
            assert_eq!(listed.items.len(), seen, "{name}");
        }
    });
}

#[test]
fn undo_is_for_the_decider_and_for_thirty_seconds() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(4, &["ann"])).await;
        let (deps, id) = (&bed.deps, bed.review);
        let decide = async || review::decide(deps, &bed.root(), id, "acct-0", verdict(Verdict::Approved)).await;
        assert_eq!(refusal(review::undo(deps, &bed.root(), id, "acct-0").await), Refusal::NothingToUndo);
        decide().await.unwrap();
        assert_eq!(refusal(review::undo(deps, &bed.reviewer("ann"), id, "acct-0").await), Refusal::NotTheDecider);
        bed.clock.turn(SignedDuration::from_millis(30_000));
        review::undo(deps, &bed.root(), id, "acct-0").await.unwrap();
        decide().await.unwrap();
        bed.clock.turn(SignedDuration::from_millis(30_001));
        assert_eq!(refusal(review::undo(deps, &bed.root(), id, "acct-0").await), Refusal::UndoWindowElapsed);
    });
}

#[test]
fn a_stale_version_is_refused_and_the_current_one_is_not() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(4, &["ann"])).await;
        let (deps, id) = (&bed.deps, bed.review);
        let with = |version| crate::Call { if_match: Some(version), ..bed.reviewer("ann") };
        let row = review::decide(deps, &with(0), id, "acct-0", verdict(Verdict::Flagged)).await.unwrap();
        assert_eq!(row.state.version, 1);
        let stale = review::decide(deps, &with(0), id, "acct-0", verdict(Verdict::Approved)).await;
        assert!(matches!(stale, Err(Error::Stale)), "{stale:?}");
        review::decide(deps, &with(1), id, "acct-0", verdict(Verdict::Approved)).await.unwrap();
    });
}

fn reference(user: &User) -> UserReference {
    UserReference { user_type: user.user_type.clone(), id: user.id.clone(), email: None, name: None }
}

#[test]
fn a_reassigned_row_changes_hands_at_once() {
    engine::simulate(1, async {
        let bed = Bed::certification(accounts(20, &["ann", "bob"])).await;
        let (deps, id, row) = (&bed.deps, bed.review, bed.row("acct-2"));
        let input = UpdateInput { reviewers: Some(vec![reference(&user("cid"))]), ..UpdateInput::default() };
        let view = review::update(deps, &bed.reviewer("ann"), id, row, input.clone()).await.unwrap();
        assert_eq!(view.reviewers, [user("cid")]);
        assert!(missing(review::get(deps, &bed.reviewer("ann"), id, row, false).await).is_empty());
        assert!(review::get(deps, &bed.reviewer("cid"), id, row, false).await.unwrap().assigned_to_caller);
        let note = UpdateInput { notes: Some("mine".to_owned()), ..UpdateInput::default() };
        assert!(missing(review::update(deps, &bed.reviewer("ann"), id, row, note.clone()).await).is_empty());
        review::update(deps, &bed.reviewer("cid"), id, row, note).await.unwrap();

        let unknown = UpdateInput { reviewers: Some(vec![reference(&user("nobody"))]), ..UpdateInput::default() };
        let refused = review::update(deps, &bed.operator(), id, row, unknown).await;
        assert!(matches!(&refused, Err(Error::Invalid(faults)) if faults[0].field == "reviewers[0]"), "{refused:?}");
        let view = review::get(deps, &bed.operator(), id, row, true).await.unwrap();
        let log: Vec<LogAction> = view.log.unwrap().into_iter().map(|line| line.what).collect();
        assert_eq!(
            log,
            [
                LogAction::Reviewers { old: vec![user("ann")], new: vec![user("cid")] },
                LogAction::Note { text: Some("mine".to_owned()) },
            ]
        );
    });
}

#[test]
fn a_certification_is_decided_signed_off_and_completed() {
    engine::simulate(1, async {
        let bed = Bed::certification(accounts(150, &["ann", "bob"])).await;
        let (deps, id) = (&bed.deps, bed.review);
        let reject = |notes: Option<&str>| UpdateInput {
            decision: Some(Decision::Rejected),
            notes: notes.map(str::to_owned),
            ..UpdateInput::default()
        };
        let ann = bed.row("acct-2");
        assert_eq!(
            refusal(review::update(deps, &bed.reviewer("ann"), id, ann, reject(None)).await),
            Refusal::NoteRequired
        );
        let row = review::update(deps, &bed.reviewer("ann"), id, ann, reject(Some("left"))).await.unwrap();
        assert_eq!(
            (row.state.decision, row.note.as_deref(), row.state.is_signed_off()),
            (Decision::Rejected, Some("left"), false)
        );
        let blocked = certification::complete(deps, &bed.operator(), id).await;
        assert_eq!(refusal(blocked), Refusal::RowsBlockCompletion { not_signed_off: 150, rejected: 0 });

        let outcome = review::sign_off(deps, &bed.reviewer("ann"), id, SignOffInput::AssignedToMe).await.unwrap();
        let own = bed.rows.iter().filter(|row| row.reviewers.contains(&"ann".to_owned())).count() as u64;
        assert_eq!(outcome, SignOffOutcome { signed_off: 1, skipped: own - 1 });
        for row in (0..150).map(RowId).filter(|row| *row != ann) {
            let accept = UpdateInput { decision: Some(Decision::Accepted), ..UpdateInput::default() };
            review::update(deps, &bed.operator(), id, row, accept).await.unwrap();
        }
        let all = SignOffInput::Rows((0..150).map(RowId).collect());
        let call = crate::Call { repeatable: true, ..bed.operator() };
        let outcome = review::sign_off(deps, &call, id, all.clone()).await.unwrap();
        assert_eq!(outcome, SignOffOutcome { signed_off: 149, skipped: 1 });
        let again = review::sign_off(deps, &call, id, all).await.unwrap();
        assert_eq!(again, outcome, "a repeated call answers as it did");
        let unknown = review::sign_off(deps, &bed.operator(), id, SignOffInput::Rows(vec![RowId(0), RowId(150)])).await;
        assert_eq!(missing(unknown), ["150"]);

        let done = certification::complete(deps, &bed.operator(), id).await.unwrap();
        assert_eq!(
            (done.total, done.counts.accepted, done.counts.rejected, done.counts.signed_off),
            (150, 149, 1, 150)
        );
        assert_eq!(done.results_updated_by, Some(user("opal")));
        let late = review::update(deps, &bed.operator(), id, ann, reject(Some("late"))).await;
        assert_eq!(refusal(late), Refusal::Completed);
        assert_eq!(refusal(certification::complete(deps, &bed.operator(), id).await), Refusal::Completed);
        assert_eq!(deps.store.pages().broken(&id, 0..3).await.unwrap(), []);
    });
}

#[test]
fn a_certification_is_not_a_campaign() {
    engine::simulate(1, async {
        let bed = Bed::certification(accounts(4, &["ann"])).await;
        let (deps, id) = (&bed.deps, bed.review);
        assert!(missing(campaign::get(deps, &bed.root(), id).await).is_empty());
        assert!(missing(review::counts(deps, &bed.root(), id).await).is_empty());
        assert!(missing(review::get_account(deps, &bed.root(), id, "acct-0").await).is_empty());
        let list = review::list(deps, &bed.root(), id, Dialect::Campaign, everything(9)).await;
        assert!(missing(list.map(|page| page.items.len())).is_empty());
    });
}

#[test]
fn a_repeated_call_finds_its_own_decision() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(4, &["ann"])).await;
        let (deps, id) = (&bed.deps, bed.review);
        let call = crate::Call { repeatable: true, ..bed.reviewer("ann") };
        review::decide(deps, &call, id, "acct-0", verdict(Verdict::Approved)).await.unwrap();
        let other = verdict(Verdict::Flagged);
        for _ in 0..20 {
            review::decide(deps, &bed.root(), id, "acct-1", other.clone()).await.unwrap();
        }
        let again = review::decide(&bed.another(), &call, id, "acct-0", verdict(Verdict::Approved)).await.unwrap();
        assert_eq!(again.state.version, 1);
        let terminated = campaign::terminate(deps, &bed.call("root", Role::Administrator), id).await.unwrap();
        assert_eq!(terminated.campaign.status.word(), "terminated");
        assert_eq!(refusal(campaign::complete(deps, &bed.root(), id).await), Refusal::Terminated);
    });
}
