//! What a run does, and what of it is seen.

use domain::automatic::Cause;
use domain::automation::run::RunStatus;
use domain::review::CertState;
use engine::simulate;

use super::*;
use crate::review::{LogAction, LogLine};
use crate::{Error, certification};

const FINANCE: &str = "source.department eq \"Finance\"";
const CLERKS: &str = "source.title eq \"Clerk\"";

fn lines(row: &RowView) -> Vec<String> {
    let line = |line: &LogLine| {
        let by = match line.cause {
            Some(Cause::Automation { id, .. }) => id.uuid().as_u128(),
            other => panic!("{other:?}"),
        };
        match &line.what {
            LogAction::Decided { decision, note } => format!("{by}: {decision:?} {}", note.as_deref().unwrap_or("-")),
            LogAction::Note { text } => format!("{by}: note {}", text.as_deref().unwrap_or("-")),
            LogAction::SignedOff => format!("{by}: signed off"),
            other => panic!("{other:?}"),
        }
    };
    row.log.iter().flatten().map(line).collect()
}

#[test]
fn automations_change_rows_before_anybody_sees_the_review() {
    simulate(1, async {
        let scene = Scene::new(30).await;
        let automations = [
            automation(1, FINANCE, "", modify(Some(Decision::Accepted), Some("usual"), Some(true))),
            automation(2, CLERKS, "", modify(Some(Decision::Accepted), Some("clerk"), None)),
            automation(3, "source.privileged eq true", "", display(DisplayStyle::SuggestReject)),
        ];
        scene.keep(&automations).await;
        let (review, message) = scene.handed_over(&automations).await;
        let view = certification::get(&scene.stand.deps, &scene.stand.call(), review).await.unwrap();
        assert_eq!(view.certification.state, CertState::Searching);
        assert_eq!(view.certification.automation_run, Some(RunStatus::Running));
        assert_eq!(scene.run(review).await.status, RunStatus::Running);

        scene.stand.deliver(&message).await.unwrap();
        let view = certification::get(&scene.stand.deps, &scene.stand.call(), review).await.unwrap();
        assert_eq!(view.certification.state, CertState::InProgress);
        assert_eq!(view.certification.automation_run, Some(RunStatus::Succeeded));
        let run = scene.run(review).await;
        let rows = scene.rows(review).await;
        for row in &rows {
            let n = person(row);
            let (finance, clerk, privileged) =
                (n.is_multiple_of(3), !n.is_multiple_of(4) && n % 7 < 3, n.is_multiple_of(5));
            assert_eq!(row.state.decision == Decision::Accepted, finance || clerk, "{n}");
            assert_eq!(row.state.is_signed_off(), finance, "{n}");
            assert_eq!(row.state.display.len(), usize::from(privileged), "{n}");
            let runs = if finance || clerk || privileged { vec![run.id] } else { Vec::new() };
            assert_eq!(row.state.automation_runs, runs, "{n}");
            let expected: &[&str] = match (finance, clerk) {
                (true, true) => &["1: Accepted usual", "1: signed off", "2: Accepted clerk"],
                (true, false) => &["1: Accepted usual", "1: signed off"],
                (false, true) => &["2: Accepted clerk"],
                (false, false) => &[],
            };
            assert_eq!(lines(row), expected, "{n}");
            let note = match (finance, clerk) {
                (true, false) => Some("usual"),
                (false, true) => Some("clerk"),
                // They agree on the decision, and not on the note.
                (true, true) | (false, false) => None,
            };
            assert_eq!(row.note.as_deref(), note, "{n}");
            assert!(!row.state.decided_by_system() || row.decided_by.as_ref().is_some_and(|by| by.key().is_system()));
        }
        let both = rows.iter().filter(|row| lines(row).len() == 3).count() as u64;
        let touched = rows.iter().filter(|row| row.state.version > 0).count() as u64;
        assert!(both > 0 && touched < 30);
        assert_eq!((run.rows_changed, run.rows_matched, run.conflicts, run.skipped), (touched, touched, both, 0));
        assert_eq!((run.error.as_str(), run.completed_at), ("", Some(now())));
        let accepted = rows.iter().filter(|row| row.state.decision == Decision::Accepted).count() as i64;
        assert_eq!((view.counts.accepted, view.total), (accepted, 30));
        assert_eq!(scene.stand.deps.store.pages().broken(&review, 0..1).await.unwrap(), []);
    });
}

#[test]
fn a_review_without_automations_has_no_run() {
    simulate(1, async {
        let scene = Scene::new(3).await;
        let review = scene.opened(&[]).await;
        let runs = super::super::runs(&scene.stand.deps, &scene.stand.call(), review).await.unwrap();
        assert_eq!(runs, []);
        let view = certification::get(&scene.stand.deps, &scene.stand.call(), review).await.unwrap();
        assert_eq!((view.certification.automation_run, view.total), (None, 3));
    });
}

#[test]
fn a_review_without_rows_is_opened_by_a_run_that_had_nothing_to_do() {
    simulate(1, async {
        let scene = Scene::new(0).await;
        let automations = [automation(1, FINANCE, "", modify(Some(Decision::Accepted), None, None))];
        scene.keep(&automations).await;
        let review = scene.opened(&automations).await;
        let run = scene.run(review).await;
        assert_eq!((run.status, run.rows_changed), (RunStatus::Succeeded, 0));
        let view = certification::get(&scene.stand.deps, &scene.stand.call(), review).await.unwrap();
        assert_eq!((view.certification.state, view.total), (CertState::InProgress, 0));
    });
}

#[test]
fn a_run_that_cannot_be_done_says_why_and_opens_the_review() {
    simulate(1, async {
        let scene = Scene::new(10).await;
        let automations = [
            automation(1, FINANCE, "", modify(Some(Decision::Accepted), None, None)),
            automation(2, "source.title eq", "", modify(Some(Decision::Accepted), None, None)),
        ];
        scene.keep(&automations).await;
        let review = scene.opened(&automations).await;
        let run = scene.run(review).await;
        assert_eq!((run.status, run.rows_changed), (RunStatus::Failed, 0));
        assert!(run.error.starts_with("filter of the automation \"Automation 2\": "), "{}", run.error);
        let view = certification::get(&scene.stand.deps, &scene.stand.call(), review).await.unwrap();
        assert_eq!(view.certification.state, CertState::InProgress);
        assert_eq!(view.certification.automation_run, Some(RunStatus::Failed));
        assert_eq!((view.certification.error_reason.as_str(), view.total), ("", 10));
        scene
            .decide(review, RowId(0), UpdateInput { decision: Some(Decision::Accepted), ..UpdateInput::default() })
            .await;
    });
}

#[test]
fn a_run_that_is_called_off_opens_the_review() {
    simulate(1, async {
        let scene = Scene::new(10).await;
        let automations = [automation(1, FINANCE, "", modify(Some(Decision::Accepted), None, None))];
        scene.keep(&automations).await;
        let (review, message) = scene.handed_over(&automations).await;
        assert!(scene.stand.deps.store.jobs().cancel(message.job()).await.unwrap());
        scene.stand.deliver(&message).await.unwrap();
        let run = scene.run(review).await;
        assert_eq!((run.status, run.error.as_str()), (RunStatus::Failed, "the run was called off"));
        assert_eq!(scene.rows(review).await.len(), 10);
    });
}

#[test]
fn nobody_writes_to_a_review_that_was_deleted_while_its_automations_were_at_work() {
    simulate(1, async {
        let scene = Scene::new(600).await;
        let automations = [automation(1, FINANCE, "", modify(Some(Decision::Accepted), Some("usual"), None))];
        scene.keep(&automations).await;
        let (review, message) = scene.handed_over(&automations).await;
        certification::delete(&scene.stand.deps, &scene.stand.call(), review).await.unwrap();
        let sweep = scene.stand.queue.take().unwrap();
        for message in [&message, &sweep, &message] {
            scene.stand.deliver(message).await.unwrap();
        }
        let found = certification::get(&scene.stand.deps, &scene.stand.call(), review).await;
        assert!(matches!(found, Err(Error::NotFound(_))), "{found:?}");
        let dump = scene.stand.dump();
        let left = |part: &str| dump.lines().filter(|line| line.contains(&format!("CERT#{review}{part}"))).count();
        assert_eq!((left("#P#"), left("#0001#")), (0, 0));
        // A worker that had begun before the deletion meets the fence.
        let tally = scene.stand.deps.store.certifications().tally(&review).await.unwrap();
        assert!(tally.deleted && !tally.open);
    });
}
