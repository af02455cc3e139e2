//! How many entitlements accounts of one application and department usually have.

use std::collections::HashMap;

use domain::inventory::Family;

use super::entitlements::Entitlements;
use super::graph::{Graph, Walker};

/// Entitlements of every account of a graph, beside those of its peers: twelve bytes an account.
#[derive(Debug)]
pub(crate) struct Peers {
    first: u32,
    /// Entitlements of each account.
    counts: Vec<u32>,
    /// The peer group of each account; [`NO_GROUP`] where application or department is unknown.
    groups: Vec<u32>,
    /// Twice the median of each group: a whole number also where the median lies between two counts.
    doubled_medians: Vec<u32>,
}

const NO_GROUP: u32 = u32::MAX;

impl Peers {
    /// Counts the entitlements of every account and groups the accounts.
    pub(crate) fn of(graph: &Graph, walker: &mut Walker) -> Self {
        let accounts = graph.family(Family::Account);
        let mut numbers: HashMap<(&str, &str), u32> = HashMap::new();
        let mut members: Vec<Vec<u32>> = Vec::new();
        let (mut counts, mut groups) = (Vec::with_capacity(accounts.len()), Vec::with_capacity(accounts.len()));
        for account in accounts.clone() {
            let count = Entitlements::of(graph, walker, account).count();
            counts.push(count);
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
                member_counts.push(count);
            }
            groups.push(group);
        }
        let doubled_medians = members.iter_mut().map(|counts| doubled_median(counts)).collect();
        Self { first: accounts.start, counts, groups, doubled_medians }
    }

    /// How many entitlements an account has.
    pub(crate) fn count(&self, account: u32) -> Option<u32> {
        self.counts.get(account.checked_sub(self.first)? as usize).copied()
    }

    /// Twice the median of the account's application and department; `None` where one of them is unknown.
    pub(crate) fn doubled_median(&self, account: u32) -> Option<u32> {
        let group = self.groups.get(account.checked_sub(self.first)? as usize)?;
        self.doubled_medians.get(*group as usize).copied()
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
mod tests {
    use super::*;

    #[test]
    fn a_median_between_two_counts_stays_exact() {
        assert_eq!(doubled_median(&mut [5]), 10);
        assert_eq!(doubled_median(&mut [1, 9, 4]), 8);
        assert_eq!(doubled_median(&mut [7, 2, 3, 4]), 7);
        assert_eq!(doubled_median(&mut []), 0);
    }
}
