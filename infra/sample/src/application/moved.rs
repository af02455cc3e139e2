//! What people have beside the access of department and title: what they brought along when they moved, and what they
//! hold for a while. Some of it is right although it is rare, as in every company.

use domain::inventory::Family;

use super::{Build, Held};
use crate::anomalies::Anomaly;

/// Of a thousand people with an account, those who were in another department before and kept its group.
const MOVED: u16 = 15;
/// Of a thousand, those who work for a second department.
const SHARED: u16 = 5;
/// Accounts for each project.
const PER_PROJECT: usize = 150;

/// Puts some accounts into the group of a second department: most of them were forgotten there, some belong there.
pub(super) fn movers(build: &mut Build<'_>, random: &mut fastrand::Rng) {
    let departments: Vec<usize> = build.teams.keys().copied().collect();
    for Held { node, id, department } in build.accounts.clone() {
        let draw = random.u16(..1_000);
        let other = departments.get(random.usize(..departments.len().max(1))).copied();
        let Some(other) = other.filter(|other| *other != department && draw < MOVED + SHARED) else { continue };
        let team = build.team(other);
        build.edge(node, team, 0);
        if draw < MOVED {
            build.plant(&id, Anomaly::LeftOver, Some(team));
        }
    }
}

/// Makes groups of a few people from anywhere who work on something together, which is how it should be.
pub(super) fn projects(build: &mut Build<'_>, random: &mut fastrand::Rng) {
    for n in 0..build.accounts.len() / PER_PROJECT {
        let (id, name) = (build.application.id, build.application.name);
        let project = format!("{id}-project-{n}");
        let group =
            build.node(Family::Group, &project, &format!("{name} project {}", n + 1), &[("group_type", "project")]);
        build.edge(group, build.everybody, 0);
        for _ in 0..random.usize(8..16) {
            if let Some(node) = build.accounts.get(random.usize(..build.accounts.len())).map(|account| account.node) {
                build.edge(node, group, 0);
            }
        }
    }
}
