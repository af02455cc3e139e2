//! Groups, peers and holders, against counting by hand.

use domain::inventory::{Family, Value};
use domain::settings::GroupingProperty;

use super::*;
use crate::loading::testing::{Sketch, text};

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
fn a_property_of_what_is_not_joined_judges_nobody() {
    let detection = by(&[("team", GroupingTarget::Joined("idp".to_owned()))]);
    assert_eq!(judged(&[Some("red"); 5], &PAIRS, &detection), [(0, 0); 7]);
}
