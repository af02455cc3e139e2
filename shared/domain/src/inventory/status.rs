//! How a data source is.

use jiff::Timestamp;

use crate::ids::DataSourceId;

/// How a data source is: whether what it delivered is there, whole and fresh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceStatus {
    /// Its id.
    pub id: DataSourceId,
    /// What people call it.
    pub name: String,
    /// When it was loaded last.
    pub loaded_at: Option<Timestamp>,
    /// What kept the last delivery out; empty when all was well.
    pub last_error: String,
    /// How many warnings the current version came with.
    pub warnings: u32,
    /// Whether it was retired.
    pub deleted: bool,
}

impl SourceStatus {
    /// A data source that was retired.
    pub fn retired(id: DataSourceId) -> Self {
        let name = id.as_str().to_owned();
        Self { id, name, loaded_at: None, last_error: String::new(), warnings: 0, deleted: true }
    }
}
