//! Snapshots: which versions of all data sources belong together.
//!
//! A snapshot copies nothing: versions never change and stay for the snapshots that name them. Taking one when nothing
//! has changed since the last gives the last one.

use domain::ids::{CommandId, DataSourceId, SnapshotId};
use jiff::Timestamp;
use store::snapshot::Snapshot;

use super::current::{self, Version};
use crate::cursor::{self, Binding};
use crate::deps::Deps;
use crate::error::Error;
use crate::page::Page;
use crate::scim::cut;

/// Which picture of the inventory a certification shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Source {
    /// The inventory as it is now.
    #[default]
    Current,
    /// The latest snapshot there is.
    Latest,
    /// This snapshot.
    Given(SnapshotId),
}

/// How many seconds ids may run ahead of the clock, when inventories change and are frozen more often than once a second.
const AHEAD: i64 = 3_600;
/// How often an id is tried that others want, too: each time, one of them has it.
pub(crate) const TRIES: u32 = 64;

/// A snapshot as its clients see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotView {
    /// Its id: the second it was taken in.
    pub id: SnapshotId,
    /// The same as a time.
    pub taken_at: Timestamp,
    /// The data sources that it holds.
    pub sources: Vec<DataSourceId>,
}

impl From<Snapshot> for SnapshotView {
    fn from(snapshot: Snapshot) -> Self {
        let Snapshot { id, sources } = snapshot;
        Self { id, taken_at: id.time(), sources: sources.into_iter().map(|(source, _)| source).collect() }
    }
}

/// Freezes the inventory as it is now. Repeating the command finds what it took.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn take(deps: &Deps, command: CommandId, now: Timestamp) -> Result<SnapshotView, Error> {
    Ok(freeze(deps, command, now).await?.into())
}

/// The snapshot that holds the inventory as it is now, written.
async fn freeze(deps: &Deps, command: CommandId, now: Timestamp) -> Result<Snapshot, Error> {
    let sources = versions(deps, now).await?;
    for _ in 0..TRIES {
        let Sight { snapshot, is_new } = sight(deps, &sources, now).await?;
        if !is_new {
            return Ok(snapshot);
        }
        let mut tx = deps.store.write(command, now);
        tx.insert_snapshot(&snapshot)?;
        match tx.commit().await {
            Ok(_) => return Ok(snapshot),
            // Somebody else had the same second in mind; perhaps the same content, else the next one is free.
            Err(error) if error.is_conflict() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(too_many())
}

/// A snapshot that holds the inventory.
#[derive(Debug, Clone)]
pub(crate) struct Sight {
    /// The snapshot.
    pub(crate) snapshot: Snapshot,
    /// Whether it is still to be written. That is refused when somebody else has had the same second in mind; perhaps with
    /// the same content, else the next one is free.
    pub(crate) is_new: bool,
}

/// The versions that a snapshot of the inventory as it is now holds.
pub(crate) async fn versions(deps: &Deps, now: Timestamp) -> Result<Vec<Version>, Error> {
    cut::follow_all(deps, now).await?;
    current::versions(deps).await
}

/// The snapshot of these versions: the last that was taken, if it holds them, or one that is still to be written.
pub(crate) async fn sight(deps: &Deps, sources: &[Version], now: Timestamp) -> Result<Sight, Error> {
    let last = deps.store.snapshots().last(sources).await?;
    if let Some((id, true)) = last {
        return Ok(Sight { snapshot: Snapshot { id, sources: sources.to_vec() }, is_new: false });
    }
    // The id is a second: the present one, or that behind the last snapshot where there is one already.
    let second = last.map_or(0, |(last, _)| last.second() + 1).max(now.as_second());
    if second > now.as_second() + AHEAD {
        return Err(too_many());
    }
    let id = SnapshotId::new(second).map_err(|error| Error::Bug(format!("the clock: {error}")))?;
    Ok(Sight { snapshot: Snapshot { id, sources: sources.to_vec() }, is_new: true })
}

fn too_many() -> Error {
    Error::Unavailable("too many snapshots at the same moment".to_owned())
}

/// Snapshots, the last taken first.
///
/// # Errors
/// [`Error::Invalid`] for a cursor of another list; [`Error::Unavailable`].
pub async fn list(deps: &Deps, limit: usize, after: Option<&str>) -> Result<Page<SnapshotView>, Error> {
    let binding = Binding::of("snapshots", &[]);
    let before = after.map(|after| cursor::open::<SnapshotId>(&binding, after, "after")).transpose()?;
    let found = deps.store.snapshots().list(before, limit).await?;
    let end = found.values.last().map(|snapshot| cursor::seal(&binding, snapshot.id)).transpose()?;
    Ok(Page {
        items: found.values.into_iter().map(SnapshotView::from).collect(),
        next: if found.more { end.clone() } else { None },
        end,
        has_previous: before.is_some(),
    })
}
