//! Files announced by a client and sent through the object store, or in parts.

use domain::ids::{DataSourceId, JobId, UploadId};
use domain::user::UserKey;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::doc::{Listing, Record, Stored};
use crate::error::Error;
use crate::inventory::Found;
use crate::keys::{self, Kind, List};
use crate::tx::Tx;

/// The uploads whose file is waited for.
const LIST: List<'static> = List::All(Kind::Upload);

/// Where an upload stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UploadState {
    /// The file has not come yet.
    Waiting,
    /// The file is being read.
    Processing,
    /// Its contents are in place.
    Completed,
    /// It was refused, or never came.
    Failed,
}

/// An upload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Upload {
    /// Its id.
    pub id: UploadId,
    /// The data source that it describes.
    pub source: DataSourceId,
    /// What people call the data source; empty when not told.
    #[serde(default)]
    pub name: String,
    /// The format of the file, in the words of its readers.
    pub format: String,
    /// How it is taken in, as JSON of its readers; empty where there is nothing to say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub terms: String,
    /// What there was of the data source when it was announced; `None` where it was announced before that was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Found>,
    /// Where the file lies in the object store; for an upload in parts, what the parts' names begin with.
    pub object: String,
    /// The job that reads it.
    pub job: Option<JobId>,
    /// Where it stands.
    pub state: UploadState,
    /// What came of it, as JSON; empty until it is read.
    #[serde(default)]
    pub report: String,
    /// Who announced it.
    pub created_by: UserKey,
    /// When.
    pub created_at: Timestamp,
    /// Until when the file is waited for.
    pub expires_at: Timestamp,
    /// The parts that have come, by number, when it is sent in parts; in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
}

/// A part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its place, from 1.
    #[serde(rename = "n")]
    pub number: u32,
    /// How long it is.
    #[serde(rename = "s")]
    pub bytes: u64,
}

impl Record for Upload {
    const KIND: &'static str = "upload";
    const FORMAT: u32 = 1;
}

/// Uploads.
#[derive(Debug, Clone, Copy)]
pub struct Uploads<'a>(&'a Store);

impl Store {
    /// Uploads.
    pub fn uploads(&self) -> Uploads<'_> {
        Uploads(self)
    }
}

impl Uploads<'_> {
    /// One upload, read consistently.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn get(&self, id: &UploadId) -> Result<Option<Stored<Upload>>, Error> {
        self.0.load::<Upload>(&keys::upload(id)).await
    }

    /// Uploads whose file is still waited for, the last announced first; at most `limit` behind the one that `after`
    /// names. What a sweep looks at.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn waiting(
        &self,
        after: Option<(Timestamp, UploadId)>,
        limit: usize,
    ) -> Result<Listing<Stored<Upload>>, Error> {
        let after = after.map(|(at, id)| keys::newest_first(&LIST, at, id).sk);
        self.0.load_list::<Upload>(&LIST, after.as_deref(), limit).await
    }
}

impl Tx<'_> {
    /// Adds a new upload.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn insert_upload(&mut self, upload: &Upload) -> Result<(), Error> {
        let key = keys::upload(&upload.id);
        self.insert(key.clone(), upload)?;
        if upload.state == UploadState::Waiting {
            self.list(keys::newest_first(&LIST, upload.created_at, upload.id), &key);
        }
        Ok(())
    }

    /// Adds a change of an upload from `version`, the one that was read.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn update_upload(&mut self, upload: &Upload, version: u64) -> Result<(), Error> {
        if upload.state != UploadState::Waiting {
            self.unlist(keys::newest_first(&LIST, upload.created_at, upload.id));
        }
        self.replace(keys::upload(&upload.id), upload, version)
    }
}
