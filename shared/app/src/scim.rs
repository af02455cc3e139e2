//! Inbound provisioning by SCIM: identity providers keep users and groups up to date, resource by resource, and the
//! inventory follows.
//!
//! | module | question it answers |
//! |---|---|
//! | [`schema`] | what are users and groups made of |
//! | `path`, `filter` | which attributes, and which resources, does a client mean |
//! | `resource`, `patch` | what becomes of a body, of a change |
//! | [`find`], [`change`] | read and write |
//! | [`cut`] | how the inventory follows |
//!
//! A caller has one directory, which feeds one data source: whoever calls with a key of the same user works on the same
//! directory, so that a key can be replaced by another. A directory is not there before its first resource.

pub mod change;
pub mod cut;
mod filter;
pub mod find;
mod patch;
mod path;
mod resource;
pub mod schema;

use domain::ids::DataSourceId;
use domain::user::User;
use jiff::Timestamp;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::call::Call;
use crate::error::{Error, Fault};

pub use store::scim::{ResourceId, ResourceKind};

/// How many users a directory may have.
pub const MAX_USERS: u32 = 100_000;
/// How many groups a directory may have.
pub const MAX_GROUPS: u32 = 10_000;
/// How many members a group may have.
pub const MAX_MEMBERS: usize = 20_000;
/// How many memberships the groups of a directory may hold together.
pub const MAX_MEMBERSHIPS: u32 = 250_000;

/// What kind of fault a client made, in the words of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The filter cannot be read.
    InvalidFilter,
    /// The body is no such request.
    InvalidSyntax,
    /// The path of a change cannot be read.
    InvalidPath,
    /// The path of a change leads nowhere.
    NoTarget,
    /// A value is missing or does not fit.
    InvalidValue,
    /// It may not be changed.
    Mutability,
    /// It would be too much.
    TooMany,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::InvalidFilter,
        Self::InvalidSyntax,
        Self::InvalidPath,
        Self::NoTarget,
        Self::InvalidValue,
        Self::Mutability,
        Self::TooMany,
    ];

    /// The word of the protocol, under which faults name their kind.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::Mutability => "mutability",
            Self::TooMany => "tooMany",
        }
    }
}

/// A fault of a client.
pub fn refused(kind: Kind, issue: impl Into<String>) -> Error {
    Error::Invalid(vec![Fault::new(kind.word(), issue)])
}

/// A user or group as its client sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceView {
    /// Its id.
    pub id: ResourceId,
    /// Its attributes, in canonical spelling.
    pub attributes: Map<String, Value>,
    /// Who is in a group.
    pub members: Vec<ResourceId>,
    /// The groups that a user is directly in, with their names; `None` where nobody looked.
    pub groups: Option<Vec<(ResourceId, String)>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its last change.
    pub modified_at: Timestamp,
    /// Its version.
    pub version: u64,
}

impl ResourceView {
    /// The schemas that it has attributes of.
    #[must_use]
    pub fn schemas(&self) -> Vec<&'static str> {
        let extension = self.attributes.contains_key(schema::ENTERPRISE).then_some(schema::ENTERPRISE);
        [schema::core(self.id.kind)].into_iter().chain(extension).collect()
    }

    /// What is known of it beside its attributes; where it lies is the business of whoever answers.
    #[must_use]
    pub fn meta(&self) -> Map<String, Value> {
        let told = [
            ("resourceType", kind_word(self.id.kind).to_owned()),
            ("created", self.created_at.to_string()),
            ("lastModified", self.modified_at.to_string()),
            ("version", format!("W/\"{}\"", self.version)),
        ];
        told.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value))).collect()
    }
}

/// A kind of resource in the words of the protocol.
#[must_use]
pub const fn kind_word(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::User => "User",
        ResourceKind::Group => "Group",
    }
}

impl From<store::Stored<store::scim::Resource>> for ResourceView {
    fn from(stored: store::Stored<store::scim::Resource>) -> Self {
        let store::scim::Resource { id, attributes, members, created_at, modified_at } = stored.value;
        Self { id, attributes, members, groups: None, created_at, modified_at, version: stored.version }
    }
}

/// The data source that a caller keeps up to date.
fn source_of(call: &Call) -> Result<DataSourceId, Error> {
    let digest: [u8; 32] = Sha256::digest(call.caller.user.key().as_str()).into();
    let short: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    DataSourceId::new(&format!("scim-{short}")).map_err(|error| Error::Bug(error.to_string()))
}

/// What people call that data source.
fn name_of(user: &User) -> String {
    let known = [&user.name, &user.email].into_iter().find(|text| !text.is_empty());
    known.map_or_else(|| "SCIM".to_owned(), Clone::clone)
}

/// The id that a path names.
fn id_of(kind: ResourceKind, id: &str) -> Result<ResourceId, Error> {
    let id: ResourceId = id.parse().map_err(|_| Error::not_found())?;
    if id.kind == kind { Ok(id) } else { Err(Error::not_found()) }
}

#[cfg(test)]
mod tests;
