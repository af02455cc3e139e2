use std::collections::BTreeSet;

use domain::inventory::{Family, Value};

use jiff::Timestamp;

use super::*;
use crate::loading::evidence::enrich;
use crate::loading::graph::{NONE, Walker};
use crate::testing::sketch::{Sketch, text};

fn as_of() -> Timestamp {
    "2026-11-01T00:00:00Z".parse().unwrap()
}

/// Clerks with one role, numbered; every tenth one is privileged and so of another level of risk or not.
fn formed(clerks: usize, more: impl Fn(Sketch) -> Sketch) -> (Graph, Groups) {
    let mut sketch = Sketch::default()
        .node(Family::Application, "app", &[])
        .named("Payroll")
        .node(Family::Role, "reader", &[])
        .named("Reader")
        .node(Family::Role, "payer", &[])
        .named("Payer");
    for n in 0..clerks {
        let id = format!("a{n:04}");
        let about = [("department", text("Finance")), ("title", text("Clerk")), ("mfa_enabled", Value::Bool(true))];
        sketch = sketch.account(&id, &about).edge(&id, "reader");
    }
    let graph = more(sketch).graph();
    let peers = Peers::of(&graph, &mut Walker::new(graph.len()));
    let application = graph.find(Family::Application, "app", None).unwrap();
    let row = |source| Row { source, destination: application, waypoint: NONE, set: 0, reviewers: 0 };
    let rows: Vec<Row> = graph.family(Family::Account).map(row).collect();
    let judge = |row: &Row| enrich::judge(&graph, &peers, row.source, as_of());
    let judged: Vec<Judged> = rows.iter().map(judge).map(|(risk, advice)| Judged::of(&risk, &advice)).collect();
    let groups = Groups::form(&graph, &peers, &rows, &judged);
    (graph, groups)
}

#[test]
fn accounts_that_are_alike_form_a_group_that_says_what_they_share() {
    let (_, groups) = formed(12, |sketch| sketch);
    let [group] = groups.all.as_slice() else { panic!("{groups:?}") };
    assert_eq!((group.number, group.name.as_str(), group.rows.len()), (1, "Clerk in Finance, Payroll", 12));
    assert_eq!(group.traits, ["Department Finance", "Title Clerk", "MFA on"]);
    assert!(group.summary.contains(&"Identical entitlements: Reader".to_owned()), "{group:?}");
    assert_eq!(groups.of(0..12), [1; 12]);
}

#[test]
fn who_is_alone_is_in_no_group() {
    let (graph, groups) = formed(3, |sketch| {
        sketch.account("lone", &[("department", text("Legal"))]).account("other", &[]).edge("other", "payer")
    });
    assert_eq!(groups.all.len(), 1);
    let lone = graph.family(Family::Account).filter(|account| !graph.id(*account).starts_with('a'));
    for account in lone {
        let row = (account - graph.family(Family::Account).start) as usize;
        assert_eq!(groups.of(row..row + 1), [NO_GROUP]);
    }
}

#[test]
fn other_entitlements_or_departments_are_other_groups_with_other_names() {
    let (_, groups) = formed(4, |mut sketch| {
        for n in 0..3 {
            let (payer, elsewhere) = (format!("b{n}"), format!("c{n}"));
            let clerk = |department| [("department", text(department)), ("title", text("Clerk"))];
            sketch = sketch.account(&payer, &clerk("Finance")).edge(&payer, "reader").edge(&payer, "payer");
            sketch = sketch.account(&elsewhere, &clerk("Legal")).edge(&elsewhere, "reader");
        }
        sketch
    });
    let names: BTreeSet<&str> = groups.all.iter().map(|group| group.name.as_str()).collect();
    let expected =
        ["Clerk in Finance, Payroll, with Payer", "Clerk in Finance, Payroll, with Reader", "Clerk in Legal, Payroll"];
    assert_eq!(names, BTreeSet::from(expected));
}

#[test]
fn groups_are_disjoint_and_a_large_one_is_cut_into_numbered_parts() {
    let (_, groups) = formed(1_001, |sketch| sketch);
    let sizes: Vec<usize> = groups.all.iter().map(|group| group.rows.len()).collect();
    assert_eq!(sizes, [334, 334, 333]);
    assert_eq!(groups.all[2].name, "Clerk in Finance, Payroll (3 of 3)");
    let rows: BTreeSet<RowId> = groups.all.iter().flat_map(|group| group.rows.iter().copied()).collect();
    assert_eq!(rows.len(), 1_001);
}

#[test]
fn parts_have_two_to_five_hundred_rows_whatever_there_is() {
    for count in [2, 3, 499, 500, 501, 999, 1_000, 1_001, 1_500, 7_777] {
        let rows: Vec<u32> = (0..count).collect();
        let parts: Vec<&[u32]> = parts(&rows).collect();
        assert!(parts.iter().all(|part| (2..=500).contains(&part.len())), "{count}");
        assert_eq!(parts.concat(), rows);
    }
}

#[test]
fn members_with_different_advice_are_recommended_for_a_closer_look() {
    let (_, groups) = formed(12, |sketch| {
        let about = |login: &str| {
            let login = login.parse().unwrap();
            [("department", text("Legal")), ("title", text("Counsel")), ("last_login_at", Value::Time(login))]
        };
        let sketch = sketch.account("x", &about("2026-10-30T00:00:00Z")).account("y", &about("2020-01-01T00:00:00Z"));
        sketch.edge("x", "reader").edge("y", "reader")
    });
    let group = groups.all.iter().find(|group| group.name.starts_with("Counsel")).unwrap();
    assert_eq!(group.suggestion, Suggestion::Review);
    assert!(group.summary.iter().any(|text| text == "Some of them: Stale Account"), "{group:?}");
}
