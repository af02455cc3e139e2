//! Permissions: the names a system uses, and the few effective ones that all systems share.

use std::collections::HashMap;

use domain::inventory::PermissionSet;

/// What is known of a permission whose meaning nobody told.
pub(crate) const UNCATEGORIZED: &str = "Uncategorized";

/// The effective permission of a canonical name, whatever its letter case: `DataRead` and `Read` are `Read`, `DataWrite`,
/// `Write` and `Update` are `Update`, and so on; metadata permissions keep their prefix (`MetadataUpdate`).
pub(crate) fn effective(name: &str) -> Option<&'static str> {
    const NAMES: &[(&[&str], &str)] = &[
        (&["DataRead", "Read"], "Read"),
        (&["DataWrite", "DataUpdate", "Write", "Update"], "Update"),
        (&["DataCreate", "Create"], "Create"),
        (&["DataDelete", "Delete"], "Delete"),
        (&["MetadataRead"], "MetadataRead"),
        (&["MetadataWrite", "MetadataUpdate"], "MetadataUpdate"),
        (&["MetadataCreate"], "MetadataCreate"),
        (&["MetadataDelete"], "MetadataDelete"),
        (&["NonData"], "NonData"),
        (&[UNCATEGORIZED], UNCATEGORIZED),
    ];
    let found = NAMES.iter().find(|(spellings, _)| spellings.iter().any(|word| word.eq_ignore_ascii_case(name.trim())));
    found.map(|(_, effective)| *effective)
}

/// All sets of permissions of a picture, each once. Number 0 is the empty set.
#[derive(Debug)]
pub(crate) struct Sets {
    sets: Vec<PermissionSet>,
    numbers: HashMap<(Vec<String>, Vec<String>), u32>,
}

impl Sets {
    pub(crate) fn new() -> Self {
        let mut sets = Self { sets: Vec::new(), numbers: HashMap::new() };
        sets.number(Vec::new(), Vec::new());
        sets
    }

    /// The number of a set, after sorting and dropping what stands twice.
    pub(crate) fn number(&mut self, mut raw: Vec<String>, mut effective: Vec<String>) -> u32 {
        raw.sort_unstable();
        raw.dedup();
        effective.sort_unstable();
        effective.dedup();
        let key = (raw, effective);
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        let number = u32::try_from(self.sets.len()).unwrap_or(u32::MAX);
        self.sets.push(PermissionSet { raw: key.0.clone(), effective: key.1.clone() });
        self.numbers.insert(key, number);
        number
    }

    pub(crate) fn len(&self) -> usize {
        self.sets.len()
    }

    pub(crate) fn into_vec(self) -> Vec<PermissionSet> {
        self.sets
    }
}
