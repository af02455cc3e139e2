//! What accounts hold, beside what their peers hold: how many entitlements, how usual the most unusual of them is, and what
//! was decided about them before.

mod circle;
mod past;

use std::collections::HashMap;

use domain::inventory::Family;

use self::circle::narrow;
pub(crate) use self::circle::{ALIKE, Rarest};
pub(crate) use self::past::Past;
use super::entitlements::Entitlements;
use super::past::Decided;
use crate::loading::graph::{Graph, Walker};

/// Entitlements of every account of a graph, beside those of its peers: forty bytes an account and four for each
/// entitlement that it holds.
#[derive(Debug)]
pub(crate) struct Peers {
    first: u32,
    holdings: Holdings,
    /// The peer group of each account; [`NO_GROUP`] where application or department is unknown.
    groups: Vec<u32>,
    /// Twice the median of each group: a whole number also where the median lies between two counts.
    doubled_medians: Vec<u32>,
    rarest: Vec<Option<Rarest>>,
    past: Past,
}

/// "In no group."
pub(crate) const NO_GROUP: u32 = u32::MAX;

/// What every account holds, one after the other.
#[derive(Debug)]
struct Holdings {
    starts: Vec<usize>,
    held: Vec<u32>,
}

impl Holdings {
    fn of(graph: &Graph, walker: &mut Walker) -> Self {
        let mut holdings = Self { starts: vec![0], held: Vec::new() };
        for account in graph.family(Family::Account) {
            let Entitlements { groups, roles } = Entitlements::of(graph, walker, account);
            holdings.held.extend(groups);
            holdings.held.extend(roles);
            holdings.starts.push(holdings.held.len());
        }
        holdings
    }

    /// What the account at a place holds: groups by name, then roles by name.
    fn at(&self, place: usize) -> &[u32] {
        let (Some(from), Some(to)) = (self.starts.get(place), self.starts.get(place + 1)) else { return &[] };
        self.held.get(*from..*to).unwrap_or_default()
    }

    fn accounts(&self) -> usize {
        self.starts.len() - 1
    }

    fn count(&self, place: usize) -> u32 {
        u32::try_from(self.at(place).len()).unwrap_or(u32::MAX)
    }
}

impl Peers {
    /// Looks at what every account holds and groups the accounts.
    pub(crate) fn of(graph: &Graph, walker: &mut Walker) -> Self {
        let accounts = graph.family(Family::Account);
        let holdings = Holdings::of(graph, walker);
        let mut numbers: HashMap<(&str, &str), u32> = HashMap::new();
        let mut members: Vec<Vec<u32>> = Vec::new();
        let mut groups = Vec::with_capacity(accounts.len());
        for (place, account) in accounts.clone().enumerate() {
            let (application, department) = (graph.text(account, "application_id"), graph.text(account, "department"));
            let (Some(application), Some(department)) = (application, department) else {
                groups.push(NO_GROUP);
                continue;
            };
            let next = u32::try_from(members.len()).unwrap_or(NO_GROUP);
            let group = *numbers.entry((application, department)).or_insert(next);
            if group == next {
                members.push(Vec::new());
            }
            if let Some(member_counts) = members.get_mut(group as usize) {
                member_counts.push(holdings.count(place));
            }
            groups.push(group);
        }
        let doubled_medians = members.iter_mut().map(|counts| doubled_median(counts)).collect();
        let rarest = circle::rarest(graph, &holdings);
        Self { first: accounts.start, holdings, groups, doubled_medians, rarest, past: Past::default() }
    }

    /// The same with what was decided about the accounts before.
    pub(crate) fn with_past(self, graph: &Graph, decided: &Decided) -> Self {
        let past = Past::of(graph, &self, decided);
        Self { past, ..self }
    }

    /// What was decided before about accounts and their peers.
    pub(crate) fn past(&self) -> &Past {
        &self.past
    }

    fn place(&self, account: u32) -> Option<usize> {
        let place = account.checked_sub(self.first)? as usize;
        (place < self.holdings.accounts()).then_some(place)
    }

    /// How many entitlements an account has.
    pub(crate) fn count(&self, account: u32) -> Option<u32> {
        Some(self.holdings.count(self.place(account)?))
    }

    /// What an account holds: groups by name, then roles by name.
    pub(crate) fn held(&self, account: u32) -> &[u32] {
        self.place(account).map(|place| self.holdings.at(place)).unwrap_or_default()
    }

    /// Twice the median of the account's application and department; `None` where one of them is unknown.
    pub(crate) fn doubled_median(&self, account: u32) -> Option<u32> {
        let group = self.groups.get(self.place(account)?)?;
        self.doubled_medians.get(*group as usize).copied()
    }

    /// Of what an account holds, what its peers hold most seldom; `None` when it holds nothing or its application is
    /// unknown.
    pub(crate) fn rarest(&self, account: u32) -> Option<Rarest> {
        self.rarest.get(self.place(account)?).copied().flatten()
    }
}

fn doubled_median(counts: &mut [u32]) -> u32 {
    counts.sort_unstable();
    let upper = counts.len() / 2;
    let lower = counts.len().saturating_sub(1) / 2;
    let at = |place: usize| counts.get(place).copied().unwrap_or(0);
    at(lower).saturating_add(at(upper))
}

#[cfg(test)]
mod tests;
