//! Permission sets of a merged inventory, each held once.
//!
//! Few distinct sets cover many edges. An accumulated set is the union of those that lead to one destination; unions
//! are remembered, because thousands of sources reach a destination in the same ways.

use std::collections::HashMap;

use domain::inventory::PermissionSet;

/// All sets, by number. Number 0 is the empty set.
#[derive(Debug)]
pub(crate) struct Sets {
    sets: Vec<PermissionSet>,
    numbers: HashMap<PermissionSet, u32>,
    unions: HashMap<Box<[u32]>, u32>,
}

impl Sets {
    /// Only the empty set.
    pub(crate) fn new() -> Self {
        let mut sets = Self { sets: Vec::new(), numbers: HashMap::new(), unions: HashMap::new() };
        sets.number(PermissionSet::default());
        sets
    }

    /// The number of `set`, which is given one when it is new.
    pub(crate) fn number(&mut self, set: PermissionSet) -> u32 {
        if let Some(number) = self.numbers.get(&set) {
            return *number;
        }
        let number = u32::try_from(self.sets.len()).unwrap_or(u32::MAX);
        self.sets.push(set.clone());
        self.numbers.insert(set, number);
        number
    }

    /// The set of that number; the empty one for a number that was never given.
    pub(crate) fn get(&self, number: u32) -> &PermissionSet {
        static EMPTY: PermissionSet = PermissionSet { raw: Vec::new(), effective: Vec::new() };
        self.sets.get(number as usize).unwrap_or(&EMPTY)
    }

    /// The number of the union of `numbers`, which must be sorted and hold no number twice.
    pub(crate) fn union(&mut self, numbers: &[u32]) -> u32 {
        match numbers {
            [] => 0,
            [one] | [0, one] => *one,
            several => {
                if let Some(number) = self.unions.get(several) {
                    return *number;
                }
                let set = self.merged(several);
                let number = self.number(set);
                self.unions.insert(several.into(), number);
                number
            }
        }
    }

    fn merged(&self, numbers: &[u32]) -> PermissionSet {
        let mut raw = Vec::new();
        let mut effective = Vec::new();
        for number in numbers {
            let set = self.get(*number);
            raw.extend(set.raw.iter().cloned());
            effective.extend(set.effective.iter().cloned());
        }
        for list in [&mut raw, &mut effective] {
            list.sort_unstable();
            list.dedup();
        }
        PermissionSet { raw, effective }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(raw: &[&str], effective: &[&str]) -> PermissionSet {
        let owned = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect();
        PermissionSet { raw: owned(raw), effective: owned(effective) }
    }

    #[test]
    fn equal_sets_share_a_number_and_zero_is_the_empty_set() {
        let mut sets = Sets::new();
        let read = sets.number(set(&["kv.read"], &["Read"]));
        assert_eq!(sets.number(set(&["kv.read"], &["Read"])), read);
        assert_eq!(sets.number(set(&[], &[])), 0);
        assert_ne!(read, 0);
    }

    #[test]
    fn a_union_is_sorted_and_holds_each_permission_once() {
        let mut sets = Sets::new();
        let write = sets.number(set(&["kv.write", "kv.zap"], &["Update"]));
        let read = sets.number(set(&["kv.read", "kv.write"], &["Read"]));
        let both = sets.union(&[0, write, read]);
        assert_eq!(sets.get(both), &set(&["kv.read", "kv.write", "kv.zap"], &["Read", "Update"]));
        assert_eq!(sets.union(&[0, write]), write);
        assert_eq!(sets.union(&[0, write, read]), both);
    }
}
