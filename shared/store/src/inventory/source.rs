//! What is kept of a data source itself: who it is, which version counts, how its last deliveries went.

use domain::ids::{CommandId, DataSourceId};
use domain::inventory::{Family, Picture};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::doc::Record;

/// A data source.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Its id.
    pub id: DataSourceId,
    /// What people call it.
    pub name: String,
    /// The product behind it; empty when not told.
    pub platform: String,
    /// How it is filled, in the words of its loaders (`full_picture`, `oaa`, `csv`, ...).
    pub kind: String,
    /// The provider that it belongs to; its name is unique there.
    pub provider: Option<Uuid>,
    /// The version that counts; `None` until the first delivery is in place.
    pub current: Option<CommandId>,
    /// The delivery that was taken last, also where it said nothing new and the version stayed.
    pub delivery: Option<CommandId>,
    /// When it was taken.
    pub loaded_at: Option<Timestamp>,
    /// What the last delivery said: an error that kept it out, as text; empty when all was well.
    pub last_error: String,
    /// How many warnings the current version came with.
    pub warnings: u32,
    /// How many nodes of each family and how many edges the current version holds.
    pub size: Size,
    /// When it was made known.
    pub created_at: Timestamp,
    /// Its last change.
    pub updated_at: Timestamp,
}

/// How much a version holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Size {
    /// Identities.
    #[serde(default)]
    pub identities: u32,
    /// Applications.
    #[serde(default)]
    pub applications: u32,
    /// Accounts.
    #[serde(default)]
    pub accounts: u32,
    /// Groups.
    #[serde(default)]
    pub groups: u32,
    /// Roles.
    #[serde(default)]
    pub roles: u32,
    /// Resources.
    #[serde(default)]
    pub resources: u32,
    /// Classifications.
    #[serde(default)]
    pub classifications: u32,
    /// Edges.
    #[serde(default)]
    pub edges: u32,
}

impl Size {
    /// What a picture holds.
    pub fn of(picture: &Picture) -> Self {
        let count = |family| {
            u32::try_from(picture.nodes.iter().filter(|node| node.family == family).count()).unwrap_or(u32::MAX)
        };
        Self {
            identities: count(Family::Identity),
            applications: count(Family::Application),
            accounts: count(Family::Account),
            groups: count(Family::Group),
            roles: count(Family::Role),
            resources: count(Family::Resource),
            classifications: count(Family::Classification),
            edges: u32::try_from(picture.edges.len()).unwrap_or(u32::MAX),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SourceRecord {
    id: DataSourceId,
    name: String,
    #[serde(default)]
    platform: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    provider: Option<Uuid>,
    current: Option<CommandId>,
    /// Only where it is not the one that brought the current version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delivery: Option<CommandId>,
    loaded_at: Option<Timestamp>,
    #[serde(default)]
    last_error: String,
    #[serde(default)]
    warnings: u32,
    #[serde(default)]
    size: Size,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl Record for SourceRecord {
    const KIND: &'static str = "data source";
    const FORMAT: u32 = 1;
}

impl From<&Source> for SourceRecord {
    fn from(source: &Source) -> Self {
        let Source {
            id,
            name,
            platform,
            kind,
            provider,
            current,
            delivery,
            loaded_at,
            last_error,
            warnings,
            size,
            created_at,
            updated_at,
        } = source.clone();
        Self {
            id,
            name,
            platform,
            kind,
            provider,
            current,
            delivery: delivery.filter(|_| delivery != current),
            loaded_at,
            last_error,
            warnings,
            size,
            created_at,
            updated_at,
        }
    }
}

impl From<SourceRecord> for Source {
    fn from(record: SourceRecord) -> Self {
        let SourceRecord {
            id,
            name,
            platform,
            kind,
            provider,
            current,
            delivery,
            loaded_at,
            last_error,
            warnings,
            size,
            created_at,
            updated_at,
        } = record;
        Self {
            id,
            name,
            platform,
            kind,
            provider,
            current,
            delivery: delivery.or(current),
            loaded_at,
            last_error,
            warnings,
            size,
            created_at,
            updated_at,
        }
    }
}
