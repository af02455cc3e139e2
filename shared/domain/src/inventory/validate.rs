//! What a picture must satisfy before it is kept.

use std::collections::HashSet;

use super::{Family, Picture, Value, reserved};

/// The largest number of nodes of one picture.
pub const MAX_NODES: usize = 5_000_000;
/// The largest number of edges of one picture.
pub const MAX_EDGES: usize = 20_000_000;
/// The largest number of bytes of an id.
pub const MAX_ID_BYTES: usize = 512;
/// The largest number of characters of a name or node type.
pub const MAX_NAME_CHARS: usize = 512;
/// The largest number of attributes of a node.
pub const MAX_ATTRIBUTES: usize = 200;
/// The largest number of bytes of an attribute's name.
pub const MAX_ATTRIBUTE_NAME_BYTES: usize = 128;
/// The largest number of bytes of a text value.
pub const MAX_TEXT_BYTES: usize = 16_384;
/// The largest number of texts in a list value.
pub const MAX_LIST: usize = 1_000;
/// The largest number of permissions in a set.
pub const MAX_PERMISSIONS: usize = 10_000;
/// How many faults are reported before the search ends.
pub const MAX_FAULTS: usize = 100;

/// Something wrong with a picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// More than fits.
    #[error("more than {limit} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many fit.
        limit: usize,
    },
    /// Two nodes of a family have the same id.
    #[error("the {family} `{id}` is given twice")]
    Duplicate {
        /// Family, in words.
        family: &'static str,
        /// Their id.
        id: String,
    },
    /// Something is wrong with a node.
    #[error("{family} `{id}`: {issue}")]
    Node {
        /// Family, in words.
        family: &'static str,
        /// Its id.
        id: String,
        /// What.
        issue: String,
    },
    /// Something is wrong with an edge.
    #[error("edge {index}: {issue}")]
    Edge {
        /// Its place in the picture.
        index: usize,
        /// What.
        issue: &'static str,
    },
    /// Something is wrong with a permission set.
    #[error("permission set {index}: {issue}")]
    Permissions {
        /// Its place in the picture.
        index: usize,
        /// What.
        issue: &'static str,
    },
}

impl Picture {
    /// Checks bounds, limits, identities, the types of reserved attributes and what may lead to what.
    ///
    /// # Errors
    /// Up to [`MAX_FAULTS`] faults.
    pub fn validate(&self) -> Result<(), Vec<Fault>> {
        let mut faults = Faults(Vec::new());
        for (what, count, limit) in [("nodes", self.nodes.len(), MAX_NODES), ("edges", self.edges.len(), MAX_EDGES)] {
            if count > limit {
                faults.push(|| Fault::TooMany { what, limit });
            }
        }
        self.validate_nodes(&mut faults);
        self.validate_permissions(&mut faults);
        self.validate_edges(&mut faults);
        if faults.0.is_empty() { Ok(()) } else { Err(faults.0) }
    }

    fn validate_nodes(&self, faults: &mut Faults) {
        let mut seen = HashSet::with_capacity(self.nodes.len());
        for node in &self.nodes {
            if faults.full() {
                return;
            }
            let family = node.family.default_node_type();
            if !seen.insert((node.family, node.id.as_str())) {
                faults.push(|| Fault::Duplicate { family, id: node.id.clone() });
            }
            let mut require = |met: bool, issue: &str| {
                if !met {
                    faults.push(|| Fault::Node { family, id: node.id.clone(), issue: issue.to_owned() });
                }
            };
            require(is_id(&node.id), "the id must have 1 to 512 bytes and no control character");
            require(node.name.chars().count() <= MAX_NAME_CHARS, "the name is longer than 512 characters");
            let type_length = node.node_type.chars().count();
            let type_valid = (1..=MAX_NAME_CHARS).contains(&type_length) && !node.node_type.contains('/');
            require(type_valid, "the type must have 1 to 512 characters and no slash");
            require(node.attributes.len() <= MAX_ATTRIBUTES, "more than 200 attributes");
            if node.family == Family::Account {
                let application = node.text("application_id").is_some_and(|id| !id.is_empty());
                require(application, "`application_id` is required");
            }
            for (name, value) in &node.attributes {
                if let Some(issue) = attribute_issue(node.family, name, value) {
                    require(false, &format!("`{name}` {issue}"));
                }
            }
        }
    }

    fn validate_permissions(&self, faults: &mut Faults) {
        if self.permission_sets.first().is_some_and(|set| !set.raw.is_empty() || !set.effective.is_empty()) {
            faults.push(|| Fault::Permissions { index: 0, issue: "the first set must be empty" });
        }
        for (index, set) in self.permission_sets.iter().enumerate() {
            for list in [&set.raw, &set.effective] {
                if list.len() > MAX_PERMISSIONS {
                    faults.push(|| Fault::Permissions { index, issue: "more than 10000 permissions" });
                }
                if !list.is_sorted_by(|a, b| a < b) {
                    faults.push(|| Fault::Permissions { index, issue: "not sorted or with repeats" });
                }
                if list.iter().any(|name| name.is_empty() || name.len() > MAX_ID_BYTES) {
                    faults.push(|| Fault::Permissions { index, issue: "a name must have 1 to 512 bytes" });
                }
            }
        }
    }

    fn validate_edges(&self, faults: &mut Faults) {
        let sets = self.permission_sets.len().max(1);
        for (index, edge) in self.edges.iter().enumerate() {
            if faults.full() {
                return;
            }
            let node = |index: u32| self.nodes.get(index as usize);
            let issue = match (node(edge.from), node(edge.to)) {
                (None, _) | (_, None) => Some("refers to a node that does not exist"),
                (Some(from), Some(to)) if !leads(from.family, to.family) => Some("these two cannot be connected"),
                (Some(_), Some(_)) if edge.from == edge.to => Some("leads back to where it starts"),
                (Some(_), Some(_)) if edge.permissions as usize >= sets => {
                    Some("refers to a permission set that does not exist")
                }
                (Some(_), Some(_)) => None,
            };
            if let Some(issue) = issue {
                faults.push(|| Fault::Edge { index, issue });
            }
        }
    }
}

struct Faults(Vec<Fault>);

impl Faults {
    fn full(&self) -> bool {
        self.0.len() >= MAX_FAULTS
    }

    fn push(&mut self, fault: impl FnOnce() -> Fault) {
        if !self.full() {
            self.0.push(fault());
        }
    }
}

fn is_id(text: &str) -> bool {
    (1..=MAX_ID_BYTES).contains(&text.len()) && !text.chars().any(char::is_control)
}

fn attribute_issue(family: Family, name: &str, value: &Value) -> Option<String> {
    if name.is_empty() || name.len() > MAX_ATTRIBUTE_NAME_BYTES || name.chars().any(char::is_control) {
        return Some("must have 1 to 128 bytes and no control character".to_owned());
    }
    if matches!(name, "id" | "name" | "type" | "datasource_id") {
        return Some("is told by the node itself".to_owned());
    }
    if let Some(expected) = reserved(family, name).filter(|expected| !expected.fits(value)) {
        return Some(format!("must be {}", expected.word()));
    }
    let long = |text: &String| text.len() > MAX_TEXT_BYTES;
    match value {
        Value::Text(text) if long(text) => Some("is longer than 16384 bytes".to_owned()),
        Value::List(list) if list.len() > MAX_LIST => Some("has more than 1000 entries".to_owned()),
        Value::List(list) if list.iter().any(long) => Some("has an entry longer than 16384 bytes".to_owned()),
        Value::Float(number) if !number.is_finite() => Some("is not a finite number".to_owned()),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Time(_) | Value::Text(_) | Value::List(_) => None,
    }
}

/// Whether an edge may go from one family to another; the table of the module documentation.
pub(super) const fn leads(from: Family, to: Family) -> bool {
    use Family::{Account, Application, Classification, Group, Identity, Resource, Role};
    match (from, to) {
        (Account | Group, Group | Role) | (Role, Role) | (Account | Group | Role, Application | Resource) => true,
        (Account | Group, Identity | Account | Classification)
        | (Role, Identity | Account | Group | Classification)
        | (Identity | Application | Resource | Classification, _) => false,
    }
}
