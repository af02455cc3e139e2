//! Runs come to the same as somebody who goes through automations and rows one by one, as the manual says.

use std::collections::BTreeSet;

use domain::automation::run::RunStatus;
use fastrand::Rng;

use super::*;

/// A row of the review before.
#[derive(Debug, Clone, Default)]
struct Before {
    decision: Option<Decision>,
    signed_off: bool,
    notes: Option<&'static str>,
}

type OfPerson = (&'static str, fn(usize) -> bool);
type OfBefore = (&'static str, fn(&Before) -> bool);

const FILTERS: [OfPerson; 6] = [
    ("", |_| true),
    ("source.department eq \"Finance\"", |n| n % 3 == 0),
    ("source.privileged eq \"true\" or source.department sw \"SAL\"", |n| n % 5 == 0 || n % 3 == 1),
    ("source.title co \"clerk\" and not (source.title eq \"Clerk\")", |n| n % 4 != 0 && n % 7 >= 3),
    ("source.title ne \"Clerk\"", |n| n % 4 == 0 || n % 7 >= 3),
    ("concrete_permissions eq \"write\"", |n| n % 2 == 1),
];
const BEFORE: [OfBefore; 5] = [
    ("", |_| true),
    ("previous.decision eq \"RESULT_DECISION_ACCEPTED\"", |before| before.decision == Some(Decision::Accepted)),
    ("previous.decision eq \"NONE\"", |before| before.decision.is_none()),
    ("previous.signed_off_state eq \"SIGNED_OFF\" and previous.notes pr", |before| {
        before.signed_off && before.notes.is_some()
    }),
    ("previous.notes co \"LEFT\" or previous.decision eq \"rejected\"", |before| {
        before.notes == Some("left") || before.decision == Some(Decision::Rejected)
    }),
];

/// An automation with the meaning of its filters.
struct Meant {
    automation: Automation,
    filter: fn(usize) -> bool,
    /// `None` holds also of rows that the review before did not have.
    before: Option<fn(&Before) -> bool>,
}

fn any_action(draw: &mut Rng) -> Action {
    if draw.u8(0..4) == 0 {
        return display(DisplayStyle::ALL[draw.usize(0..3)]);
    }
    loop {
        let decision = draw.bool().then(|| Decision::ALL[draw.usize(0..4)]);
        let notes = draw.bool().then(|| ["one", "two"][draw.usize(0..2)]);
        let signed_off = (draw.u8(0..3) == 0).then(|| draw.u8(0..3) > 0);
        if decision.is_some() || notes.is_some() || signed_off.is_some() {
            return modify(decision, notes, signed_off);
        }
    }
}

fn any_automations(draw: &mut Rng) -> Vec<Meant> {
    let count = draw.u128(1..6);
    let meant = (1..=count).map(|number| {
        let (filter, of_person) = FILTERS[draw.usize(0..FILTERS.len())];
        let (mutable, of_before) = BEFORE[draw.usize(0..BEFORE.len())];
        let automation = automation(number, filter, mutable, any_action(draw));
        Meant { automation, filter: of_person, before: (!mutable.is_empty()).then_some(of_before) }
    });
    meant.collect()
}

/// What becomes of a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Outcome {
    decision: Option<Decision>,
    notes: Option<String>,
    signed_off: bool,
    display: Vec<AutomationId>,
    touched: bool,
    conflicts: u64,
    skipped: u64,
}

fn one<T: Ord>(wished: BTreeSet<T>, conflicts: &mut u64) -> Option<T> {
    if wished.len() > 1 {
        *conflicts += 1;
        return None;
    }
    wished.into_iter().next()
}

fn outcome(meant: &[Meant], n: usize, before: Option<&Before>) -> Outcome {
    let mut outcome = Outcome::default();
    let (mut decisions, mut notes, mut sign_offs) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for Meant { automation, filter, before: of_before } in meant {
        if !filter(n) || of_before.is_some_and(|holds| !before.is_some_and(holds)) {
            continue;
        }
        match &automation.content.action {
            Action::Display(_) => outcome.display.push(automation.id),
            Action::Modify(change) => {
                decisions.extend(change.decision);
                notes.extend(change.notes.clone());
                sign_offs.extend(change.signed_off);
            }
        }
    }
    // Of notes that differ, the log keeps each.
    let is_noted = notes.len() > 1;
    let decision = one(decisions, &mut outcome.conflicts);
    outcome.notes = one(notes, &mut outcome.conflicts);
    let signed_off = one(sign_offs, &mut outcome.conflicts) == Some(true);
    match decision {
        Some(Decision::Fixed) => outcome.skipped += 1,
        Some(Decision::None) | None => {}
        Some(decided) => outcome.decision = Some(decided),
    }
    outcome.signed_off = signed_off && outcome.decision.is_some();
    outcome.skipped += u64::from(signed_off && outcome.decision.is_none());
    let changed = outcome.decision.is_some() || outcome.notes.is_some() || outcome.signed_off;
    outcome.touched = changed || is_noted || !outcome.display.is_empty();
    outcome
}

/// A review that has ended, over fewer people, in which some rows were decided.
async fn before(scene: &Scene, draw: &mut Rng, people: usize) -> Vec<Before> {
    scene.stand.load("ds", &organisation(people)).await.unwrap();
    let review = scene.opened(&[]).await;
    let mut before = vec![Before::default(); people];
    for row in scene.rows(review).await {
        if draw.bool() {
            continue;
        }
        let own = Before {
            decision: Some([Decision::Accepted, Decision::Rejected][draw.usize(0..2)]),
            signed_off: draw.bool(),
            notes: draw.bool().then(|| ["left", "stays"][draw.usize(0..2)]),
        };
        let input = UpdateInput {
            decision: own.decision,
            notes: own.notes.map(str::to_owned),
            signed_off: own.signed_off.then_some(true),
            ..UpdateInput::default()
        };
        scene.decide(review, row.row, input).await;
        before[person(&row)] = own;
    }
    scene.end(review, complete()).await;
    before
}

async fn one_seed(seed: u64) -> usize {
    let mut draw = Rng::with_seed(seed);
    let scene = Scene::new(1).await;
    let before = before(&scene, &mut draw, 60).await;
    scene.stand.load("ds", &organisation(80)).await.unwrap();
    let meant = any_automations(&mut draw);
    let automations: Vec<Automation> = meant.iter().map(|meant| meant.automation.clone()).collect();
    scene.keep(&automations).await;
    let review = scene.opened(&automations).await;
    let (run, rows) = (scene.run(review).await, scene.rows(review).await);
    let (mut touched, mut conflicts, mut skipped) = (0, 0, 0);
    for row in &rows {
        let n = person(row);
        let expected = outcome(&meant, n, before.get(n));
        let found = Outcome {
            decision: Some(row.state.decision).filter(|decision| *decision != Decision::None),
            notes: row.note.clone(),
            signed_off: row.state.is_signed_off(),
            display: row.state.display.iter().map(|mark| mark.automation).collect(),
            touched: row.state.automation_runs == [run.id],
            ..expected.clone()
        };
        assert_eq!(found, expected, "row of {n} by {automations:#?}");
        assert_eq!(row.state.version, u32::from(expected.touched), "{n}");
        touched += u64::from(expected.touched);
        conflicts += expected.conflicts;
        skipped += expected.skipped;
    }
    assert_eq!((run.status, run.rows_changed), (RunStatus::Succeeded, touched));
    assert_eq!((run.conflicts, run.skipped), (conflicts, skipped));
    usize::try_from(touched).unwrap()
}

#[test]
fn a_run_comes_to_the_same_as_automations_applied_row_by_row() {
    let seeds = engine::sim::seeds().div_ceil(6);
    let touched: usize = engine::sim::each_seed(seeds, one_seed).into_iter().sum();
    assert!(touched as u64 > seeds * 10, "{touched} rows were touched: this proves little");
}
