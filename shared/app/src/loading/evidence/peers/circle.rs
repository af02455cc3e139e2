//! Circles of peers: the more they have in common, the more their access says, as long as there are enough of them.

use std::collections::HashMap;

use domain::inventory::Family;

use super::{Holdings, NO_GROUP};
use crate::loading::graph::Graph;

/// In what peers agree, the widest circle first: columns, with their names for people.
pub(crate) const ALIKE: [(&str, &str); 3] =
    [("application_id", "application"), ("department", "department"), ("title", "title")];

/// Fewer peers than these tell little: the circle is drawn wider.
const FEW: u32 = 10;

/// What an account holds that its peers hold most seldom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rarest {
    /// The group or role.
    pub(crate) what: u32,
    /// Peers that hold it.
    pub(crate) with: u32,
    /// Peers, the account aside.
    pub(crate) of: u32,
    /// In how many of [`ALIKE`] they agree.
    pub(crate) alike: u8,
}

/// For every account: of the narrowest circle that has enough peers, else of the widest.
pub(super) fn rarest(graph: &Graph, holdings: &Holdings) -> Vec<Option<Rarest>> {
    let mut rarest = vec![None; holdings.accounts()];
    let mut circles = vec![0; holdings.accounts()];
    for (level, (column, _)) in (1..).zip(ALIKE) {
        narrow(graph, column, &mut circles);
        let counted = Counted::of(holdings, &circles);
        for (place, (best, circle)) in rarest.iter_mut().zip(&circles).enumerate() {
            let of = counted.peers(*circle);
            if *circle != NO_GROUP && (level == 1 || of >= FEW) {
                let held = holdings.at(place).iter().map(|what| (counted.others(*circle, *what), *what));
                // The first of several that are equally rare.
                *best = held.min_by_key(|(with, _)| *with).map(|(with, what)| Rarest { what, with, of, alike: level });
            }
        }
    }
    rarest
}

/// Circles that agree in one more column; an account without it is in none.
pub(crate) fn narrow(graph: &Graph, column: &str, circles: &mut [u32]) {
    let mut numbers: HashMap<(u32, &str), u32> = HashMap::new();
    for (account, circle) in graph.family(Family::Account).zip(circles) {
        *circle = match graph.text(account, column) {
            Some(value) if *circle != NO_GROUP => {
                let next = u32::try_from(numbers.len()).unwrap_or(NO_GROUP);
                *numbers.entry((*circle, value)).or_insert(next)
            }
            Some(_) | None => NO_GROUP,
        };
    }
}

/// How many accounts each circle has, and how many of them hold what: eight bytes for every entitlement of every account.
struct Counted {
    members: Vec<u32>,
    /// Circle and entitlement, once for each holder, ascending.
    holders: Vec<u64>,
}

impl Counted {
    fn of(holdings: &Holdings, circles: &[u32]) -> Self {
        let known = || circles.iter().copied().enumerate().filter(|(_, circle)| *circle != NO_GROUP);
        let mut members: Vec<u32> = Vec::new();
        let mut holders = Vec::with_capacity(holdings.held.len());
        for (place, circle) in known() {
            let at = circle as usize;
            if members.len() <= at {
                members.resize(at + 1, 0);
            }
            if let Some(count) = members.get_mut(at) {
                *count += 1;
            }
            holders.extend(holdings.at(place).iter().map(|what| key(circle, *what)));
        }
        holders.sort_unstable();
        Self { members, holders }
    }

    fn peers(&self, circle: u32) -> u32 {
        self.members.get(circle as usize).map_or(0, |count| count.saturating_sub(1))
    }

    /// How many hold it beside one who does.
    fn others(&self, circle: u32, what: u32) -> u32 {
        let key = key(circle, what);
        let from = self.holders.partition_point(|held| *held < key);
        let to = self.holders.partition_point(|held| *held <= key);
        u32::try_from(to - from).unwrap_or(u32::MAX).saturating_sub(1)
    }
}

fn key(circle: u32, what: u32) -> u64 {
    (u64::from(circle) << 32) | u64::from(what)
}
