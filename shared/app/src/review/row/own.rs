//! Whose access a row is about, as its block tells: so that nobody judges their own, whoever assigns reviewers.
//!
//! Ids and names of source and owner stand in the row anyway. Who else is the same person, the user of the identity
//! provider for whom the owner stands, or an identity that the query joins, is frozen beside them when rows are built.

use std::collections::BTreeSet;

use columns::Batch;
use domain::assignment::OwnAccess;

use crate::loading::people;

/// The ids of whoever else is the subject of a row; absent where there is nobody. No alias of a query looks like this.
pub(crate) const IDS: &str = "own_ids";
/// Their names.
pub(crate) const NAMES: &str = "own_names";
/// The prefixes of columns that tell source and owner.
const SUBJECTS: [&str; 2] = ["source", "owner"];

/// Columns that tell whose access rows are about.
pub(crate) struct Columns {
    ids: Vec<String>,
    names: Vec<String>,
}

impl Columns {
    /// All of them.
    pub(crate) fn new() -> Self {
        let of = |scope: &str, name: &str| format!("{scope}.{name}");
        let names = SUBJECTS.iter().flat_map(|scope| people::NAMES.map(|name| of(scope, name)));
        Self {
            ids: SUBJECTS.iter().map(|scope| of(scope, "id")).chain([IDS.to_owned()]).collect(),
            names: names.chain([NAMES.to_owned()]).collect(),
        }
    }

    /// Their names, together with `others`, each once.
    pub(crate) fn with<'a>(&'a self, others: &[&'a str]) -> Vec<&'a str> {
        let own = self.ids.iter().chain(&self.names).map(String::as_str);
        let all: BTreeSet<&str> = own.chain(others.iter().copied()).collect();
        all.into_iter().collect()
    }

    /// Everything that tells somebody to be the subject of a row.
    pub(crate) fn of(&self, batch: &Batch, row: usize) -> OwnAccess {
        let texts = |columns: &[String]| -> Vec<String> {
            let mut all = Vec::new();
            for column in columns.iter().filter_map(|name| batch.column(name)) {
                all.extend(column.text(row).map(str::to_owned));
                all.extend(column.list(row).into_iter().flat_map(|list| list.iter().map(str::to_owned)));
            }
            all
        };
        OwnAccess { ids: texts(&self.ids), names: texts(&self.names) }
    }
}
