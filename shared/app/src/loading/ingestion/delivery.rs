//! A delivery on its way into a data source.

use domain::ids::{CommandId, DataSourceId};
use domain::inventory::Picture;
use domain::user::UserKey;
use intake::Format;
use jiff::Timestamp;
use store::inventory::Source;

use super::onto::Onto;
use super::terms::Terms;
use crate::deps::Deps;
use crate::error::Error;

/// A delivery on its way.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    /// The data source.
    pub(crate) id: DataSourceId,
    /// How it must stand for that.
    pub(crate) onto: Onto,
    /// The command that brings it, and so the name of the version.
    pub(crate) version: CommandId,
    /// Who brings it; nobody when it is read in the background.
    pub(crate) by: Option<UserKey>,
    /// When it came.
    pub(crate) now: Timestamp,
    /// How it is written.
    pub(crate) format: Format,
    /// What people call the data source, when the input does not say.
    pub(crate) name: Option<String>,
    /// What it means for what it does not name.
    pub(crate) terms: Terms,
}

impl Delivery {
    /// What a data source holds.
    pub(super) async fn picture_of(&self, deps: &Deps, source: Option<&Source>) -> Result<Picture, Error> {
        let Some(version) = source.and_then(|source| source.current) else { return Ok(Picture::default()) };
        Ok(deps.store.inventory().read(&self.id, &version).await?.unwrap_or_default())
    }
}
