//! Keys of directories that clients keep up to date.

use domain::ids::{CommandId, DataSourceId};

use super::{Key, Kind, aggregate, digest, hex};
use crate::scim::{ResourceId, ResourceKind};

/// A user or group.
pub fn scim_resource(source: &DataSourceId, id: ResourceId) -> Key {
    Key::new(aggregate(Kind::Scim, source).pk, format!("{}#{:010}", id.kind.word(), id.number))
}

/// The user or group that a sort key names.
pub fn parse_scim_resource(sort: &str) -> Option<ResourceId> {
    let (word, number) = sort.split_once('#')?;
    let kind = [ResourceKind::User, ResourceKind::Group].into_iter().find(|kind| kind.word() == word)?;
    Some(ResourceId { kind, number: number.parse().ok()? })
}

/// That a resource has a value of an attribute; with an empty id, what the sort keys of all that have it begin with. The
/// value is hashed: it may be long, and people do not appear in keys.
pub fn scim_find(source: &DataSourceId, attribute: &str, value: &str, id: &str) -> Key {
    let hash = digest(&[attribute, &value.trim().to_lowercase()]);
    let hash = hex::encode(hash.first_chunk::<16>().map_or(&[][..], |head| head));
    Key::new(aggregate(Kind::Scim, source).pk, format!("FIND#{hash}#{id}"))
}

/// What a command has made.
pub fn scim_made(source: &DataSourceId, command: CommandId) -> Key {
    Key::new(aggregate(Kind::Scim, source).pk, format!("MADE#{command}"))
}
