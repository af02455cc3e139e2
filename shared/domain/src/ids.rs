//! Every kind of identifier there is, each a type of its own.
//!
//! Append only: the written forms live in stored keys and in clients' hands. A kind parses its own form alone and has
//! no conversion from a bare string or uuid, so that one kind cannot be taken for another by accident. Serialised, an
//! id is its written form.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

/// A text that is not an id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {kind}")]
pub struct InvalidId {
    /// The kind that was asked for, in words a client knows.
    pub kind: &'static str,
}

/// Serialises a type as its `Display` form and reads it through `FromStr`.
macro_rules! serde_as_text {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text: std::borrow::Cow<'de, str> = serde::Deserialize::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use serde_as_text;

macro_rules! uuid_kinds {
    ($($(#[$doc:meta])* $name:ident => $prefix:literal, $kind:literal;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// What stands before the uuid in the written form; empty for kinds that clients know as bare uuids.
            pub const PREFIX: &'static str = $prefix;

            /// Makes an id of this kind. The uuid comes from the id source in the dependencies or from a record.
            #[must_use]
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The uuid without its kind.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", Self::PREFIX, self.0.hyphenated())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let invalid = InvalidId { kind: $kind };
                match text.strip_prefix(Self::PREFIX) {
                    Some(rest) => hyphenated(rest).map(Self).ok_or(invalid),
                    None => Err(invalid),
                }
            }
        }

        serde_as_text!($name);
    )* };
}

/// Reads the 36-character form alone: one id has one spelling but for letter case, and so one key.
fn hyphenated(text: &str) -> Option<Uuid> {
    if text.len() != 36 {
        return None;
    }
    Uuid::try_parse(text).ok()
}

uuid_kinds! {
    /// A campaign and the certification behind it: the same review, hence the same id.
    ReviewId => "", "review id";
    /// A reusable review configuration.
    WorkflowId => "", "workflow id";
    /// Work that goes on after the call that asked for it.
    JobId => "job-", "job id";
    /// A file with the rows of a review; that of the job that writes it.
    ExportId => "", "export id";
    /// A file announced by a client and sent to the object store.
    UploadId => "upl-", "upload id";
    /// An API key; says nothing about its secret.
    ApiKeyId => "key-", "API key id";
    /// One write as the caller meant it, the same for every retry of it.
    CommandId => "", "command id";
    /// A campaign rule.
    RuleId => "rule-", "rule id";
    /// A policy.
    PolicyId => "pol-", "policy id";
    /// A filter that reviewers pick by name.
    QuickFilterId => "", "quick filter id";
    /// A prepared change.
    SmartActionId => "", "smart action id";
    /// An automation.
    AutomationId => "", "automation id";
    /// The work of automations on one review.
    AutomationRunId => "", "automation run id";
}

/// The id of a campaign: the same as that of its certification.
pub type CampaignId = ReviewId;
/// The id of a certification: the same as that of the campaign in front of it, where there is one.
pub type CertificationId = ReviewId;

/// A frozen picture of the inventory, named by the Unix second it was taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SnapshotId(i64);

impl SnapshotId {
    /// The last second of the year 9999; later ones have no written form as a date.
    const LATEST: i64 = 253_402_300_799;

    /// Makes a snapshot id of a Unix second from 1 to the end of the year 9999. Zero means "current" in queries and
    /// is therefore no id.
    ///
    /// # Errors
    /// [`InvalidId`] when the second is outside that range.
    pub fn new(second: i64) -> Result<Self, InvalidId> {
        if (1..=Self::LATEST).contains(&second) { Ok(Self(second)) } else { Err(InvalidId { kind: "snapshot id" }) }
    }

    /// The Unix second.
    #[must_use]
    pub const fn second(self) -> i64 {
        self.0
    }

    /// When the snapshot was taken.
    #[must_use]
    pub fn time(self) -> Timestamp {
        Timestamp::from_second(self.0).unwrap_or(Timestamp::MAX)
    }
}

impl fmt::Display for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for SnapshotId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = InvalidId { kind: "snapshot id" };
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(invalid);
        }
        Self::new(text.parse().map_err(|_| invalid)?)
    }
}

serde_as_text!(SnapshotId);

/// The name under which a client knows a data source: 1 to 128 characters, none of them a control character.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DataSourceId(Arc<str>);

impl DataSourceId {
    /// The largest number of characters.
    pub const MAX_CHARS: usize = 128;

    /// Checks a client's text.
    ///
    /// # Errors
    /// [`InvalidId`] when it is empty, too long or holds a control character.
    pub fn new(text: &str) -> Result<Self, InvalidId> {
        let valid = !text.is_empty() && text.chars().count() <= Self::MAX_CHARS && !text.chars().any(char::is_control);
        if valid { Ok(Self(text.into())) } else { Err(InvalidId { kind: "data source id" }) }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DataSourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for DataSourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl FromStr for DataSourceId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::new(text)
    }
}

serde_as_text!(DataSourceId);

/// The number of a row inside its certification (`result_id`), from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RowId(pub u32);

impl RowId {
    /// The page that holds the row's decision state.
    #[must_use]
    pub const fn page(self) -> u32 {
        self.0 / crate::page::ROWS
    }

    /// The row's place in its page, 0 to 63.
    #[must_use]
    pub const fn slot(self) -> u8 {
        (self.0 % crate::page::ROWS) as u8
    }

    /// The row's bit in the masks of its page.
    #[must_use]
    pub const fn bit(self) -> u64 {
        1 << self.slot()
    }

    /// The row at a place of a page; `None` beyond the last row a certification can have.
    #[must_use]
    pub fn at(page: u32, slot: u8) -> Option<Self> {
        let first = page.checked_mul(crate::page::ROWS)?;
        (u32::from(slot) < crate::page::ROWS).then(|| first.checked_add(u32::from(slot)).map(Self))?
    }
}

impl fmt::Display for RowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests;
