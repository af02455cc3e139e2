//! What is known of an application template while it is read.

use std::collections::HashMap;

use super::definitions::Definitions;
use super::resources::Resources;
use crate::builder::{Builder, Slot};
use crate::names::{Directory, Names};
use crate::walk::Path;

/// A permission as the payload defines it.
pub(super) struct Permission {
    pub(super) name: String,
    pub(super) effective: Vec<String>,
    pub(super) apply_to_sub_resources: bool,
    /// In lower case; empty for all.
    pub(super) resource_types: Vec<String>,
}

impl Permission {
    /// Whether it applies, as part of a role, to resources of a type (in lower case).
    pub(super) fn covers(&self, resource_type: &str) -> bool {
        self.resource_types.is_empty() || self.resource_types.iter().any(|found| found == resource_type)
    }
}

/// The payload as far as it has been read.
pub(super) struct Reader {
    pub(super) builder: Builder,
    pub(super) applications: Vec<Application>,
    /// Applications by name.
    pub(super) names: Names<usize>,
    pub(super) permissions: Vec<Permission>,
    pub(super) permission_names: Names<usize>,
}

/// One application of the payload.
pub(super) struct Application {
    pub(super) slot: Slot,
    /// Its id in the inventory.
    pub(super) id: String,
    /// What its local ids start with.
    pub(super) prefix: String,
    pub(super) definitions: Definitions,
    pub(super) users: Directory<Slot>,
    pub(super) groups: Directory<Slot>,
    pub(super) credentials: Directory<Slot>,
    pub(super) agents: Directory<Slot>,
    /// IdP identities that were given access; accounts made for them.
    pub(super) idp: Names<Slot>,
    pub(super) roles: Vec<Role>,
    pub(super) role_names: Directory<usize>,
    pub(super) resources: Resources,
    /// Roles assigned on one resource: (role, resource) to the role made for the two.
    pub(super) scoped: HashMap<(usize, usize), Slot>,
}

/// A role as the payload defines it.
pub(super) struct Role {
    pub(super) slot: Slot,
    pub(super) path: Path,
    /// Names as given, until they are looked up.
    pub(super) permission_words: Vec<String>,
    pub(super) nested_words: Vec<String>,
    pub(super) permissions: Vec<usize>,
    pub(super) nested: Vec<usize>,
    /// Grants that were made to the role itself: target and set of permissions.
    pub(super) direct: Vec<(Slot, u32)>,
}

impl Role {
    pub(super) fn new(slot: Slot, path: Path, permission_words: Vec<String>, nested_words: Vec<String>) -> Self {
        let (permissions, nested, direct) = (Vec::new(), Vec::new(), Vec::new());
        Self { slot, path, permission_words, nested_words, permissions, nested, direct }
    }
}
