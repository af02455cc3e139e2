//! As much on one page as automations can wish for.

use std::collections::BTreeSet;

use domain::automation::MAX_AUTOMATIONS;
use domain::automation::run::RunStatus;
use engine::simulate;

use super::*;
use crate::review::LogAction;

/// How many of the automations bring a note, each another one.
const NOTED: u128 = 130;

#[test]
fn a_page_holds_whatever_the_most_automations_that_there_can_be_make_of_it() {
    simulate(1, async {
        let scene = Scene::new(64).await;
        let automations: Vec<Automation> = (0..MAX_AUTOMATIONS as u128)
            .map(|n| match n {
                n if n < NOTED => automation(
                    n,
                    "source.id pr",
                    "",
                    modify(Some(Decision::Accepted), Some(&format!("because of {n}")), None),
                ),
                // Each row is marked by others than the rows round it.
                n => automation(n, &format!("source.id ge \"a{:04}\"", n % 64), "", display(DisplayStyle::Highlight)),
            })
            .collect();
        scene.keep(&automations).await;
        let review = scene.opened(&automations).await;
        let run = scene.run(review).await;
        assert_eq!((run.status, run.error.as_str()), (RunStatus::Succeeded, ""));
        assert_eq!((run.rows_matched, run.rows_changed, run.conflicts), (64, 64, 64));
        for row in scene.rows(review).await {
            let marks = (NOTED..MAX_AUTOMATIONS as u128).filter(|n| n % 64 <= person(&row) as u128).count();
            assert_eq!((row.state.decision, row.note.as_deref()), (Decision::Accepted, None));
            assert_eq!(row.state.display.len(), marks, "{}", account(&row));
            let notes: BTreeSet<String> = row
                .log
                .iter()
                .flatten()
                .filter_map(|line| match &line.what {
                    LogAction::Decided { note, .. } => note.clone(),
                    _ => None,
                })
                .collect();
            assert_eq!(notes.len() as u128, NOTED);
        }
        assert_eq!(scene.stand.deps.store.pages().broken(&review, 0..1).await.unwrap(), []);
    });
}

#[test]
fn notes_that_differ_are_kept_in_the_log_also_where_nothing_else_is_done() {
    simulate(1, async {
        let scene = Scene::new(2).await;
        let noting =
            |number, decision, note| automation(number, "source.id pr", "", modify(decision, Some(note), None));
        let automations =
            vec![noting(1, None, "one"), noting(2, None, "two"), noting(3, Some(Decision::Accepted), "three")];
        scene.keep(&automations).await;
        let review = scene.opened(&automations).await;
        let row = scene.rows(review).await.remove(0);
        assert_eq!((row.state.decision, row.note.as_deref()), (Decision::Accepted, None));
        let log = row.log.unwrap();
        let told: Vec<(bool, Option<&str>)> = log
            .iter()
            .map(|line| match &line.what {
                LogAction::Decided { note, .. } => (true, note.as_deref()),
                LogAction::Note { text } => (false, text.as_deref()),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(told, [(false, Some("one")), (false, Some("two")), (true, Some("three"))]);
    });
}
