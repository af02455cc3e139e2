//! Groups, peers and holders, against counting by hand.

use domain::inventory::{Family, Value};
use domain::settings::GroupingProperty;

use super::*;
use crate::testing::sketch::{Sketch, text};

fn by(properties: &[(&str, GroupingTarget)]) -> OutlierDetection {
    let grouping =
        properties.iter().map(|(name, target)| GroupingProperty { name: (*name).to_owned(), target: target.clone() });
    OutlierDetection { grouping: grouping.collect(), threshold: 0.15 }
}

/// Accounts `a0`… in teams, roles `r0`…, and the rows between them that are named.
fn judged(teams: &[Option<&str>], pairs: &[(usize, usize)], detection: &OutlierDetection) -> Vec<(u32, u32)> {
    let mut sketch = Sketch::default();
    for (n, team) in teams.iter().enumerate() {
        let team: Vec<(&str, Value)> = team.map(|team| ("team", text(team))).into_iter().collect();
        sketch = sketch.account(&format!("a{n}"), &team);
    }
    for n in 0..4 {
        let kind = if n < 2 { "low" } else { "high" };
        sketch = sketch.node(Family::Role, &format!("r{n}"), &[("kind", text(kind))]);
    }
    let graph = sketch.graph();
    let at = |family, id: String| graph.find(family, &id, None).unwrap();
    let row = |(source, destination): &(usize, usize)| Row {
        source: at(Family::Account, format!("a{source}")),
        destination: at(Family::Role, format!("r{destination}")),
        waypoint: NONE,
        set: 0,
        reviewers: 0,
    };
    let rows: Vec<Row> = pairs.iter().map(row).collect();
    let found = Outliers::find(&graph, None, &rows, detection);
    if found.judged.is_empty() { vec![(0, 0); rows.len()] } else { found.judged }
}

const PAIRS: [(usize, usize); 7] = [(0, 0), (0, 0), (0, 1), (1, 0), (2, 0), (3, 2), (4, 2)];

#[test]
fn without_properties_everybody_is_a_peer_and_several_rows_of_one_source_count_once() {
    let found = judged(&[None; 5], &PAIRS, &by(&[]));
    assert_eq!(found, [(5, 3), (5, 3), (5, 1), (5, 3), (5, 3), (5, 2), (5, 2)]);
}

#[test]
fn peers_agree_in_every_property_and_a_row_that_lacks_one_is_not_judged() {
    let teams = [Some("red"), Some("red"), Some("blue"), Some(" "), None];
    let source = judged(&teams, &PAIRS, &by(&[("team", GroupingTarget::Unspecified)]));
    assert_eq!(source, [(2, 2), (2, 2), (2, 1), (2, 2), (1, 1), (0, 0), (0, 0)]);
    let both = by(&[("kind", GroupingTarget::Destination), ("team", GroupingTarget::Source)]);
    let teams = [Some("red"); 5];
    assert_eq!(judged(&teams, &PAIRS, &both), [(3, 3), (3, 3), (3, 1), (3, 3), (3, 3), (2, 2), (2, 2)]);
}

#[test]
fn people_are_compared_by_their_manager_though_no_attribute_tells_its_id() {
    let person = |manager: Option<&str>, more: &[(&'static str, Value)]| -> Vec<(&'static str, Value)> {
        manager.map(|id| ("manager_id", text(id))).into_iter().chain(more.iter().cloned()).collect()
    };
    let people = [
        ("boss", person(None, &[("email", text("boss@corp.example"))])),
        ("ann", person(Some("boss"), &[])),
        ("bo", person(Some("BOSS@corp.example"), &[])),
        ("cy", person(Some("ann"), &[])),
        ("di", person(Some("ann"), &[("manager_idp_unique_id", text("boss"))])),
        ("ed", person(Some("nobody"), &[])),
    ];
    let mut sketch = Sketch::default().node(Family::Role, "r", &[]);
    for (id, attributes) in &people {
        sketch = sketch.node(Family::Identity, id, attributes);
    }
    let graph = sketch.graph();
    let row = |(id, _): &(&str, Vec<(&str, Value)>)| Row {
        source: graph.find(Family::Identity, id, None).unwrap(),
        destination: graph.find(Family::Role, "r", None).unwrap(),
        waypoint: NONE,
        set: 0,
        reviewers: 0,
    };
    let rows: Vec<Row> = people.iter().map(row).collect();
    let usual = <OutlierDetection as domain::settings::BuiltIn>::built_in(domain::settings::Origin::Certification);
    let judged = Outliers::find(&graph, None, &rows, &usual).judged;
    assert_eq!(judged, [(0, 0), (3, 3), (3, 3), (1, 1), (3, 3), (0, 0)], "what is told wins over what follows");
    let alone = Outliers::find(&graph, None, &rows, &by(&[("idp_unique_id", GroupingTarget::Source)])).judged;
    assert_eq!(alone, [(1, 1); 6]);
}

#[test]
fn a_property_of_what_is_not_joined_judges_nobody() {
    let detection = by(&[("team", GroupingTarget::Joined("idp".to_owned()))]);
    assert_eq!(judged(&[Some("red"); 5], &PAIRS, &detection), [(0, 0); 7]);
}
