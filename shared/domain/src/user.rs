//! Users, roles and what a role may do.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::ids::{InvalidId, serde_as_text};

/// `user_type` of users that are kept by this product itself.
pub const LOCAL_USER_TYPE: &str = "localCookieUser";
/// `user_type` of the user that automatic changes are attributed to.
pub const SYSTEM_USER_TYPE: &str = "system";

/// What identifies a user everywhere: user type and id, written `<user_type>/<id>`.
///
/// Split at the first slash, so that an id may contain slashes and a user type may not. Cheap to clone: pages repeat
/// the same few users many times.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserKey(Arc<str>);

impl UserKey {
    /// The largest number of bytes of the written form.
    pub const MAX_BYTES: usize = 1_000;

    /// Makes the key of a user.
    ///
    /// # Errors
    /// [`InvalidId`] when a part is empty, the type contains a slash, or both are longer than [`Self::MAX_BYTES`].
    pub fn new(user_type: &str, id: &str) -> Result<Self, InvalidId> {
        let length = user_type.len() + 1 + id.len();
        if user_type.is_empty() || id.is_empty() || user_type.contains('/') || length > Self::MAX_BYTES {
            return Err(InvalidId { kind: "user key" });
        }
        Ok(Self(format!("{user_type}/{id}").into()))
    }

    /// The key of the user that automatic changes are attributed to.
    #[must_use]
    pub fn system() -> Self {
        Self("system/system".into())
    }

    /// Whether this is the system user.
    #[must_use]
    pub fn is_system(&self) -> bool {
        self.user_type() == SYSTEM_USER_TYPE
    }

    /// The part before the first slash.
    #[must_use]
    pub fn user_type(&self) -> &str {
        self.0.split_once('/').map_or(&*self.0, |(user_type, _)| user_type)
    }

    /// The part after the first slash.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, id)| id)
    }

    /// The written form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for UserKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for UserKey {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let (user_type, id) = text.split_once('/').ok_or(InvalidId { kind: "user key" })?;
        Self::new(user_type, id)
    }
}

serde_as_text!(UserKey);

/// A user as both dialects show one: key and what people call them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct User {
    /// `localCookieUser` for local users, else the node type of the identity. Without slash.
    pub user_type: String,
    /// Unique within the type.
    pub id: String,
    /// Empty when unknown.
    pub email: String,
    /// Full name; empty when unknown.
    pub name: String,
}

impl User {
    /// The user that automatic changes are attributed to, so that the audit trail never names a person for them.
    #[must_use]
    pub fn system() -> Self {
        Self {
            user_type: SYSTEM_USER_TYPE.to_owned(),
            id: "system".to_owned(),
            email: String::new(),
            name: "System".to_owned(),
        }
    }

    /// The user's key.
    ///
    /// Total, because a `User` is built at the doors (API, inventory) that check type and id with [`UserKey::new`]; a
    /// slash in the type is written as `%2F`, so that even an unchecked one cannot name somebody else.
    #[must_use]
    pub fn key(&self) -> UserKey {
        UserKey(format!("{}/{}", self.user_type.replace('/', "%2F"), self.id).into())
    }
}

/// What a caller may do in general; rights on single rows come from assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Everything.
    Administrator,
    /// Reads everything, runs reviews, acts on any row.
    Operator,
    /// Sees and acts on rows assigned to them in open reviews.
    Reviewer,
    /// Reads what an operator reads and writes nothing.
    Auditor,
}

impl Role {
    /// All roles, for tables and tests.
    pub const ALL: [Self; 4] = [Self::Administrator, Self::Operator, Self::Reviewer, Self::Auditor];

    /// Whether this role may use a route that asks for `minimum`; `is_read` says that the route changes nothing.
    ///
    /// Administrator, operator and reviewer contain one another in this order. An auditor stands beside them: an
    /// operator for reads, nobody for writes. No route asks for `Auditor` as a minimum to write; to read it means the
    /// same as `Operator`.
    #[must_use]
    pub const fn may(self, minimum: Self, is_read: bool) -> bool {
        match self {
            Self::Administrator => true,
            Self::Operator => matches!(minimum, Self::Operator | Self::Reviewer | Self::Auditor),
            Self::Reviewer => matches!(minimum, Self::Reviewer),
            Self::Auditor => is_read && matches!(minimum, Self::Operator | Self::Reviewer | Self::Auditor),
        }
    }

    /// Whether the role sees every row of every review, open or not.
    #[must_use]
    pub const fn sees_everything(self) -> bool {
        match self {
            Self::Administrator | Self::Operator | Self::Auditor => true,
            Self::Reviewer => false,
        }
    }

    /// Whether the role may act on rows that are not assigned to the caller.
    #[must_use]
    pub const fn acts_on_any_row(self) -> bool {
        match self {
            Self::Administrator | Self::Operator => true,
            Self::Reviewer | Self::Auditor => false,
        }
    }

    /// The role's word in records and on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Operator => "operator",
            Self::Reviewer => "reviewer",
            Self::Auditor => "auditor",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Role {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::ALL.into_iter().find(|role| role.word() == text).ok_or(InvalidId { kind: "role" })
    }
}

/// Who makes a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The person or service behind the token.
    pub user: User,
    /// What they may do.
    pub role: Role,
    /// The API key that was used, if it was one.
    pub key_id: Option<String>,
}

#[cfg(test)]
mod tests;
