//! What a trial tells is what a certification then does.

use std::collections::BTreeMap;

use domain::automatic::Cause;

use super::*;
use crate::automate::{Outcome, Over, Trial, TrialInput, Tried, test};
use crate::automation::{self, ContentInput};
use crate::error::Error;

const PEOPLE: usize = 700;

fn input(name: &str, filter: &str, mutable_filter: &str, decision: Option<Decision>, notes: &str) -> ContentInput {
    ContentInput {
        name: name.to_owned(),
        criteria: Criteria { filter: filter.to_owned(), mutable_filter: mutable_filter.to_owned() },
        action: domain::automation::ActionParts {
            decision,
            notes: notes.to_owned(),
            signed_off: Some(true),
            ..domain::automation::ActionParts::default()
        },
        ..ContentInput::default()
    }
}

impl Scene {
    async fn kept(&self, input: ContentInput) -> AutomationId {
        let attachment = AttachmentBehavior { attach_to_new_workflows: true, opt_in: false };
        let input = ContentInput { attachment, ..input };
        automation::create(&self.stand.deps, &self.stand.call(), input).await.unwrap()
    }

    async fn tried(&self, what: Tried, over: Over) -> Result<Trial, Error> {
        test(&self.stand.deps, &self.stand.call(), TrialInput { what, over, shown: 100 }).await
    }

    /// A certification as clients make it, open.
    async fn certified(&self) -> ReviewId {
        let pinned = automation::to_run(&self.stand.deps, self.workflow, &[]).await.unwrap();
        let automations = self.stand.deps.store.automations().versions(&pinned).await.unwrap();
        self.opened(&automations).await
    }

    /// What an automation did, by row.
    async fn done(&self, review: ReviewId, by: AutomationId) -> BTreeMap<RowId, Outcome> {
        let mut done = BTreeMap::new();
        for page in 0..u32::try_from(PEOPLE).unwrap().div_ceil(64) {
            for entry in self.stand.deps.store.pages().log(&review, page).await.unwrap() {
                let mut own = 0;
                for act in entry.acts {
                    if let domain::page::Change::Automatic { cause } = &act.change {
                        let is_own = matches!(cause, Cause::Automation { id, .. } if *id == by);
                        own = if is_own { own | act.rows } else { own & !act.rows };
                    }
                    for slot in (0..64).filter(|slot| own & act.rows & 1 << slot != 0) {
                        let outcome: &mut Outcome = done.entry(RowId::at(page, slot).unwrap()).or_default();
                        match &act.change {
                            domain::page::Change::Decided { decision } => outcome.decision = Some(*decision),
                            domain::page::Change::SignedOff => outcome.signed_off = Some(true),
                            domain::page::Change::Note { .. } => outcome.notes = Some("because".to_owned()),
                            _ => {}
                        }
                    }
                }
            }
        }
        done
    }
}

#[tokio::test]
async fn a_trial_tells_what_the_next_certification_does_beside_the_others() {
    let scene = Scene::new(PEOPLE).await;
    let first = scene.certified().await;
    for row in scene.rows(first).await.iter().filter(|row| person(row).is_multiple_of(4)) {
        let decided = UpdateInput { decision: Some(Decision::Accepted), ..UpdateInput::default() };
        scene.decide(first, row.row, decided).await;
    }
    scene.end(first, complete()).await;
    let others = "source.department eq \"Sales\" and source.privileged eq true";
    scene.kept(input("Others", others, "", Some(Decision::Rejected), "")).await;

    let before = "previous.decision eq \"ACCEPTED\"";
    let own = input("Tried", "source.department ne \"Finance\"", before, Some(Decision::Accepted), "because");
    let trial = scene.tried(Tried::Given(Box::new(own.clone())), Over::Workflow(scene.workflow)).await.unwrap();
    let is_for = |n: usize| !n.is_multiple_of(3) && n.is_multiple_of(4);
    let in_conflict = |n: usize| n % 3 == 1 && n.is_multiple_of(5);
    let count = |which: &dyn Fn(usize) -> bool| u32::try_from((0..PEOPLE).filter(|n| which(*n)).count()).unwrap();
    assert_eq!((trial.certification, trial.total, trial.examined), (first, 700, 700));
    assert_eq!(trial.matched, count(&is_for));
    assert_eq!(trial.conflicts, count(&|n| is_for(n) && in_conflict(n)), "of the decision alone");
    assert!(trial.conflicts > 0 && trial.rows.len() == 100);

    let id = scene.kept(own).await;
    let kept = scene.tried(Tried::Kept(id), Over::Certification(first)).await.unwrap();
    assert_eq!((kept.matched, kept.affected, kept.conflicts), (trial.matched, trial.affected, trial.conflicts));
    let done = scene.done(scene.certified().await, id).await;
    assert_eq!(u32::try_from(done.len()).unwrap(), trial.affected);
    for tried in &trial.rows {
        assert!(is_for(person(&tried.row)));
        let expected = Outcome { conflicts: Vec::new(), ..tried.outcome.clone() };
        assert_eq!(done.get(&tried.row.row).cloned().unwrap_or_default(), expected, "{}", account(&tried.row));
    }
}

#[tokio::test]
async fn a_trial_needs_rows_to_look_at_and_an_automation_that_can_be_read() {
    let scene = Scene::new(3).await;
    let given = |filter: &str| Tried::Given(Box::new(input("Tried", filter, "", Some(Decision::Accepted), "")));
    let faults = |error: Error| {
        let Error::Invalid(faults) = error else { panic!("{error:?}") };
        faults.into_iter().map(|fault| fault.field).collect::<Vec<_>>()
    };
    let nothing = scene.tried(given("source.id pr"), Over::Workflow(scene.workflow)).await.unwrap_err();
    assert_eq!(faults(nothing), ["workflow_id"]);
    let bad = scene.tried(given("source.id"), Over::Workflow(scene.workflow)).await.unwrap_err();
    assert_eq!(faults(bad), ["automation.criteria.filter"]);
    let (searching, _) = scene.ordered(&[]).await;
    let early = scene.tried(given("source.id pr"), Over::Certification(searching)).await;
    assert!(matches!(early, Err(Error::Refused(_))), "{early:?}");
    let unknown = ReviewId::new(Uuid::from_u128(77));
    let found = scene.tried(given("source.id pr"), Over::Certification(unknown)).await;
    assert!(matches!(found, Err(Error::NotFound(_))), "{found:?}");
}

#[tokio::test]
async fn a_trial_says_how_many_rows_it_looked_at_where_there_are_more_than_a_call_looks_at() {
    let mut scene = Scene::new(PEOPLE).await;
    let certification = scene.certified().await;
    let given = || Tried::Given(Box::new(input("Tried", "source.id pr", "", Some(Decision::Accepted), "")));
    for (bound, examined) in [(100_000, 700), (700, 700), (600, 512), (512, 512), (1, 512)] {
        scene.stand.deps.settings.examined_rows = bound;
        let trial = scene.tried(given(), Over::Certification(certification)).await.unwrap();
        // Whole blocks of 512 rows, one at least.
        assert_eq!((trial.total, trial.examined, trial.matched), (700, examined, examined), "at most {bound}");
    }
}
