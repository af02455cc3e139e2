//! What a delivery insists on, from before it was read until it is in place: no old picture over a newer one, and nothing
//! that was deleted comes back.

use domain::ids::UploadId;
use domain::refusal::Refusal;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::inventory::{Found, Standing};
use store::upload::Upload;
use uuid::Uuid;

use super::terms::Mode;
use crate::deps::Deps;
use crate::error::Error;

/// What a delivery insists on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Onto {
    /// Nothing: whatever is there, also nothing.
    Anything,
    /// That the data source is there, and this provider's: what was deleted does not come back without its provider.
    Provider(Uuid),
    /// That nobody has loaded the data source since: it stands at this version, or is still not there.
    Version(Option<u64>),
    /// That nobody has said anything later.
    Nothing(Since),
}

/// The moment for which an upload speaks: that of its opening, however long its bytes are on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Since {
    /// What there was of the data source then.
    found: Found,
    /// When that was, to be compared with other uploads alone.
    at: Timestamp,
    /// Whether it speaks of everything.
    mode: Mode,
}

/// Why an upload came too late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Late {
    /// The data source was deleted.
    Deleted,
    /// Somebody else has loaded it.
    Loaded,
}

impl Late {
    /// What a refusal says about that.
    pub(super) fn of(refusal: &Refusal) -> Option<Self> {
        match refusal {
            Refusal::DeletedMeanwhile => Some(Self::Deleted),
            Refusal::LoadedMeanwhile => Some(Self::Loaded),
            _ => None,
        }
    }
}

impl From<Late> for Refusal {
    fn from(late: Late) -> Self {
        match late {
            Late::Deleted => Self::DeletedMeanwhile,
            Late::Loaded => Self::LoadedMeanwhile,
        }
    }
}

impl Onto {
    /// What an upload insists on.
    pub(super) fn of_upload(upload: &Upload, mode: Mode) -> Self {
        // One from before it was kept says what it said then.
        upload.found.map_or(Self::Anything, |found| Self::Nothing(Since { found, at: upload.created_at, mode }))
    }

    /// Whether the data source is as the delivery wants it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Stale`] and [`Error::Refused`] when it is not; [`Error::Unavailable`].
    pub(super) async fn fits(self, deps: &Deps, standing: &Standing) -> Result<(), Error> {
        let stored = standing.source.as_ref();
        match self {
            Self::Anything => Ok(()),
            Self::Provider(provider) => match stored.and_then(|stored| stored.value.provider) {
                Some(held) if held == provider => Ok(()),
                Some(_) | None => Err(Error::not_found()),
            },
            Self::Version(version) if version == stored.map(|stored| stored.version) => Ok(()),
            Self::Version(_) => Err(Error::Stale),
            Self::Nothing(since) => match since.later(deps, standing.found()).await? {
                None => Ok(()),
                Some(late) => Err(Error::Refused(late.into())),
            },
        }
    }
}

impl Since {
    /// What was said later; `now` is what there is of the data source.
    async fn later(self, deps: &Deps, now: Found) -> Result<Option<Late>, Error> {
        match (self.found, now) {
            (before, now) if before == now => Ok(None),
            // Nothing happened; the table has forgotten the deletion that there was before.
            (Found::Deleted(_), Found::Nothing) => Ok(None),
            (_, Found::Nothing | Found::Deleted(_)) => Ok(Some(Late::Deleted)),
            (Found::There { since, .. }, Found::There { since: anew, .. }) if since != anew => Ok(Some(Late::Deleted)),
            // What is told in part is laid over whatever there is by then.
            (Found::There { .. }, Found::There { .. }) if self.mode == Mode::Delta => Ok(None),
            (_, Found::There { delivery, .. }) => {
                let upload = delivery.map(|delivery| UploadId::new(delivery.uuid()));
                let is_older = match upload {
                    Some(upload) => deps.store.uploads().get(&upload).await?,
                    None => None,
                };
                // Of two uploads, the one that was opened later is the newer one, whichever is read first.
                let is_older = is_older.is_some_and(|other| other.value.created_at < self.at);
                Ok((!is_older).then_some(Late::Loaded))
            }
        }
    }
}
