//! Who has access to what, as data sources deliver it: one generic graph.
//!
//! An edge points from who has access to what it leads to:
//!
//! | from                   | to                    | meaning                                   |
//! | ---------------------- | --------------------- | ----------------------------------------- |
//! | account                | group                 | member                                    |
//! | group                  | group                 | nested: the first is a member of the second |
//! | account, group         | role                  | holds                                     |
//! | role                   | role                  | contains                                  |
//! | account, group, role   | application, resource | grant, with permissions                   |
//!
//! A resource leads nowhere: a grant that reaches sub-resources is written out as a grant on each of them. Identities
//! have no edges; an account names its owners in `owner_id` or `identities`.
//!
//! # Attributes
//!
//! Attributes are open: any name that a source sends is kept and can be filtered on. These names have a meaning to the
//! product and must have the type given:
//!
//! | of             | name                                                                    | type |
//! | -------------- | ----------------------------------------------------------------------- | ---- |
//! | account        | `application_id` (required)                                             | text |
//! |                | `email`, `display_name`, `department`, `title`, `platform`, `owner_id`    | text |
//! |                | `account_type` (`user`, `service`, open), `status` (`active`, `inactive`, open) | text |
//! |                | `privileged`, `mfa_enabled`, `password_never_set`                         | bool |
//! |                | `created_at`, `last_login_at`, `password_changed_at`, `expires_at`        | time |
//! |                | `identities`, `classifications`                                         | list |
//! | identity       | `email`, `title`, `department`, `division`, `location`, `cost_center`, `manager_id`, `employee_number`, `status`, `owner_type` | text |
//! |                | `alternative_emails`                                                    | list |
//! |                | `start_date`, `end_date`                                                | time |
//! |                | `is_active`                                                             | bool |
//! | group          | `is_high_privilege`                                                     | bool |
//! |                | `group_type`, `description`                                              | text |
//! | role           | `platform`, `application_id`                                            | text |
//! | application    | `description`, `owner`, `criticality`, `platform`                         | text |
//! | resource       | `resource_type`, `application_id`, `parent_id`                            | text |
//! | any            | `owner_ids`                                                             | list |
//! | any            | `customprop_<name>`                                                     | any  |
//!
//! `id`, `name`, `type` and `datasource_id` are made from the node itself and cannot be attributes.

mod merge;
mod normalise;
mod status;
mod validate;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub use status::SourceStatus;
pub use validate::{Fault, MAX_FAULTS};

/// What kind of thing a node is. The codes stand in stored blocks: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Family {
    /// A person or service behind accounts, also called owner.
    Identity = 0,
    /// A system in which accounts live.
    Application = 1,
    /// What signs in.
    Account = 2,
    /// A set of accounts and groups.
    Group = 3,
    /// A set of permissions.
    Role = 4,
    /// What permissions apply to.
    Resource = 5,
    /// A label on accounts.
    Classification = 6,
}

impl Family {
    /// All families in the order of their codes.
    pub const ALL: [Self; 7] = [
        Self::Identity,
        Self::Application,
        Self::Account,
        Self::Group,
        Self::Role,
        Self::Resource,
        Self::Classification,
    ];

    /// The stored code.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The family of a stored code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.code() == code)
    }

    /// The node type of nodes whose source gives none.
    #[must_use]
    pub const fn default_node_type(self) -> &'static str {
        match self {
            Self::Identity => "Identity",
            Self::Application => "Application",
            Self::Account => "Account",
            Self::Group => "Group",
            Self::Role => "Role",
            Self::Resource => "Resource",
            Self::Classification => "Classification",
        }
    }
}

/// A typed attribute value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number; never hashed.
    Float(f64),
    /// An instant.
    Time(Timestamp),
    /// A text.
    Text(String),
    /// Several texts, in the order given.
    List(Vec<String>),
}

/// A thing in the inventory.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What kind of thing.
    pub family: Family,
    /// Unique within picture and family.
    pub id: String,
    /// What people call it; may be equal to the id.
    pub name: String,
    /// Finer than the family: `OktaUser`, `SecretStore`. Without slash, because it is a user's type.
    pub node_type: String,
    /// See the catalogue in the module documentation.
    pub attributes: BTreeMap<String, Value>,
}

impl Node {
    /// A node whose name is its id, of the family's default type and without attributes.
    #[must_use]
    pub fn new(family: Family, id: impl Into<String>) -> Self {
        let id = id.into();
        Self {
            family,
            name: id.clone(),
            id,
            node_type: family.default_node_type().to_owned(),
            attributes: BTreeMap::new(),
        }
    }

    /// A text attribute; `None` when absent or of another type.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.attributes.get(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A yes-or-no attribute; `None` when absent or of another type.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<bool> {
        match self.attributes.get(name) {
            Some(Value::Bool(flag)) => Some(*flag),
            _ => None,
        }
    }

    /// An instant; `None` when absent or of another type.
    #[must_use]
    pub fn time(&self, name: &str) -> Option<Timestamp> {
        match self.attributes.get(name) {
            Some(Value::Time(time)) => Some(*time),
            _ => None,
        }
    }

    /// The e-mail addresses of an identity, as they are written.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        let values = ADDRESSES.iter().filter_map(|name| self.attributes.get(*name));
        let texts = values.flat_map(|value| match value {
            Value::Text(text) => std::slice::from_ref(text),
            Value::List(list) => list.as_slice(),
            Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Time(_) => &[],
        });
        texts.map(String::as_str)
    }

    /// A list of texts; empty when absent or of another type.
    #[must_use]
    pub fn list(&self, name: &str) -> &[String] {
        match self.attributes.get(name) {
            Some(Value::List(list)) => list,
            _ => &[],
        }
    }
}

/// Attributes of an identity that hold e-mail addresses: its own, then others.
pub const ADDRESSES: [&str; 2] = ["email", "alternative_emails"];

/// An e-mail address as addresses are compared: without spaces around it, in lower case.
#[must_use]
pub fn folded_address(address: &str) -> String {
    address.trim().to_lowercase()
}

/// One step of access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edge {
    /// Index into [`Picture::nodes`]: who has access.
    pub from: u32,
    /// Index into [`Picture::nodes`]: what it leads to.
    pub to: u32,
    /// Index into [`Picture::permission_sets`]; 0 is the empty set.
    pub permissions: u32,
}

/// What a grant allows. Both lists are sorted and without repeats.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct PermissionSet {
    /// Permission names as the source spells them.
    pub raw: Vec<String>,
    /// The same in canonical words (`Read`, `Update`, ...).
    pub effective: Vec<String>,
}

impl PermissionSet {
    /// Sorts both lists and drops repeats.
    pub fn tidy(&mut self) {
        for list in [&mut self.raw, &mut self.effective] {
            list.sort_unstable();
            list.dedup();
        }
    }
}

/// Everything a data source knows, at one moment: what is missing is gone.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Picture {
    /// What people call the source.
    pub name: String,
    /// The product behind the source; empty when not told.
    pub platform: String,
    /// All things.
    pub nodes: Vec<Node>,
    /// All steps of access.
    pub edges: Vec<Edge>,
    /// What edges refer to. Index 0 is always the empty set.
    pub permission_sets: Vec<PermissionSet>,
}

/// The type that a reserved attribute must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// [`Value::Bool`].
    Bool,
    /// [`Value::Time`].
    Time,
    /// [`Value::Text`].
    Text,
    /// [`Value::List`].
    List,
}

impl ValueType {
    /// Whether a value is of this type.
    #[must_use]
    pub const fn fits(self, value: &Value) -> bool {
        matches!(
            (self, value),
            (Self::Bool, Value::Bool(_))
                | (Self::Time, Value::Time(_))
                | (Self::Text, Value::Text(_))
                | (Self::List, Value::List(_))
        )
    }

    /// The type in a client's words.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Bool => "a boolean",
            Self::Time => "a timestamp",
            Self::Text => "a text",
            Self::List => "a list of texts",
        }
    }
}

/// The type that an attribute must have in a family, or `None` when the name is open. The table of the module
/// documentation, as code; parsers use it to read `"true"` as a boolean where one is meant.
#[must_use]
pub fn reserved(family: Family, name: &str) -> Option<ValueType> {
    use Family::{Account, Application, Group, Identity, Resource, Role};
    use ValueType::{Bool, List, Text, Time};
    match (family, name) {
        (_, "owner_ids") => Some(List),
        (
            Account,
            "application_id" | "email" | "display_name" | "department" | "title" | "platform" | "owner_id"
            | "account_type" | "status",
        ) => Some(Text),
        (Account, "privileged" | "mfa_enabled" | "password_never_set") => Some(Bool),
        (Account, "created_at" | "last_login_at" | "password_changed_at" | "expires_at") => Some(Time),
        (Account, "identities" | "classifications") => Some(List),
        (
            Identity,
            "email" | "title" | "department" | "division" | "location" | "cost_center" | "manager_id"
            | "employee_number" | "status" | "owner_type",
        ) => Some(Text),
        (Identity, "alternative_emails") => Some(List),
        (Identity, "start_date" | "end_date") => Some(Time),
        (Identity, "is_active") => Some(Bool),
        (Group, "is_high_privilege") => Some(Bool),
        (Group, "group_type" | "description") => Some(Text),
        (Role, "platform" | "application_id") => Some(Text),
        (Application, "description" | "owner" | "criticality" | "platform") => Some(Text),
        (Resource, "resource_type" | "application_id" | "parent_id") => Some(Text),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
