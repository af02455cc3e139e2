//! Where things stand in a full picture, for faults that are found after it was read.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::report::Report;
use crate::walk::{self, Path, Shape, Sink};

/// The places of accounts in the list `accounts`, from 0, by their ids; an id that stands there twice by its first place.
/// One pass over the document, which keeps no more of it than the ids that are sought.
pub fn account_places(bytes: &[u8], ids: &BTreeSet<String>) -> BTreeMap<String, usize> {
    let mut finder = Finder { ids, found: BTreeMap::new(), report: Report::default() };
    walk::walk(bytes, &mut finder);
    finder.found
}

struct Finder<'a> {
    ids: &'a BTreeSet<String>,
    found: BTreeMap<String, usize>,
    report: Report,
}

impl Sink for Finder<'_> {
    fn shape(&self, path: &Path) -> Shape {
        let names: Vec<&str> = path.keys().collect();
        match (names.as_slice(), path.index()) {
            ([], None) | (["accounts"], Some(_)) => Shape::Object,
            (["accounts"], None) => Shape::List,
            (["accounts", "id"], Some(_)) => Shape::Whole,
            _ => Shape::Skip,
        }
    }

    fn take(&mut self, path: &Path, value: Value) {
        if let (Some(place), Some(id)) = (path.index(), value.as_str())
            && self.ids.contains(id)
        {
            self.found.entry(id.to_owned()).or_insert(place);
        }
    }

    fn skipped(&mut self, _: &Path) {}

    fn report(&mut self) -> &mut Report {
        &mut self.report
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_found_by_their_ids_wherever_they_stand() {
        let document =
            br#"{"applications": [{"id": "b"}], "accounts": [7, {"id": "a", "groups": [{"id": "c"}]}, {"id": 5},
            {"account_name": "x", "id": "b"}, {"id": "a"}], "groups": [{"id": "d"}]}"#;
        let ids = ["a", "b", "c", "d"].map(str::to_owned).into();
        let expected = BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 3)]);
        assert_eq!(account_places(document, &ids), expected);
    }
}
