use std::collections::BTreeSet;

use domain::inventory::Family;

use super::*;

fn organisation(people: u32) -> Organisation {
    Organisation::generate(7, people, "2026-11-01T00:00:00Z".parse().unwrap()).unwrap()
}

#[test]
fn the_same_seed_gives_the_same_organisation() {
    let (first, second) = (organisation(500), organisation(500));
    for ((id, picture), (other_id, other)) in first.sources.iter().zip(&second.sources) {
        assert_eq!(id, other_id);
        assert_eq!(picture, other);
    }
    assert_eq!(first.anomalies, second.anomalies);
}

#[test]
fn every_picture_is_valid() {
    for (id, picture) in organisation(3000).sources {
        assert_eq!(picture.validate(), Ok(()), "{id:?}");
    }
}

#[test]
fn account_ids_are_unique_over_all_sources() {
    let organisation = organisation(1000);
    let ids: Vec<&str> = organisation
        .sources
        .iter()
        .flat_map(|(_, picture)| &picture.nodes)
        .filter(|node| node.family == Family::Account)
        .map(|node| node.id.as_str())
        .collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    assert!(ids.len() > 2000, "{}", ids.len());
}

#[test]
fn the_reviewer_manages_people_with_accounts() {
    let organisation = organisation(300);
    let people = &organisation.sources[0].1.nodes;
    let reports = people.iter().filter(|person| person.text("manager_id") == Some(&organisation.reviewer.id)).count();
    assert_eq!(reports, 10);
}

#[test]
fn every_kind_of_anomaly_is_planted() {
    let kinds: BTreeSet<Anomaly> = organisation(3000).anomalies.iter().map(|planted| planted.anomaly).collect();
    assert_eq!(kinds.len(), 7, "{kinds:?}");
}

#[test]
fn a_list_of_grants_is_as_long_as_asked_for_and_names_no_grant_twice() {
    for grants in [1, 7, 5_000] {
        let text = crate::grants::pairs(3, grants);
        let lines: std::collections::BTreeSet<&str> = text.lines().collect();
        assert_eq!((lines.len(), text.lines().count()), (grants as usize, grants as usize));
    }
    assert_eq!(crate::grants::pairs(3, 5_000), crate::grants::pairs(3, 5_000));
    assert_ne!(crate::grants::pairs(3, 5_000), crate::grants::pairs(4, 5_000));
}

#[test]
fn every_grant_of_every_account_is_decided_on_and_what_was_planted_mostly_rejected() {
    let csv = crate::decisions::csv(&organisation(1000));
    let lines: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    let at = |name: &str| lines[0].iter().position(|column| *column == name).unwrap();
    let (decision, planted) = (at("decision"), at("planted"));
    assert!(lines.len() > 2_000 && lines.iter().all(|line| line.len() == lines[0].len()));
    let count = |odd: bool, word: &str| {
        lines[1..].iter().filter(|line| line[planted].is_empty() != odd && line[decision] == word).count()
    };
    assert!(count(true, "rejected") > 4 * count(true, "approved"), "{}", count(true, "approved"));
    assert!(count(false, "approved") > 50 * count(false, "rejected"));
    let kinds: BTreeSet<&str> = lines[1..].iter().map(|line| line[planted]).collect();
    assert_eq!(kinds.len(), 8, "{kinds:?}");
}
