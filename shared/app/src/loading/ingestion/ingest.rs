//! A delivery becomes the current version of its data source, as a whole or not at all.
//!
//! The version is written first, under the id of the command that brings it, where nobody sees it; then one conditional
//! write makes it the one that counts. Whatever fails before that write leaves the data source as it was.

use std::sync::Arc;

use domain::ids::DataSourceId;
use domain::inventory::Picture;
use intake::Parsed;
use store::inventory::{Size, Source, Standing};

use super::claims::Claims;
use super::content::Difference;
use super::delivery::Delivery;
use super::making::{Making, Next, Read};
use super::onto::Onto;
use super::outcome::Reading;
use super::report::{Note, Report, delivered};
use super::terms::{Mode, Terms};
use crate::call::Call;
use crate::deps::Deps;
use crate::error::{Error, Fault};
use crate::event::{self, Event, OfLoad};
use crate::outgoing::{self, Told};
use crate::retry::Again;

pub use intake::{Format, UnknownFormat};

/// A picture to be loaded.
#[derive(Debug, Clone)]
pub struct PutInput<'a> {
    /// How the bytes are written.
    pub format: Format,
    /// What people call the data source, when the bytes do not say.
    pub name: Option<String>,
    /// What it means for what it does not name.
    pub terms: Terms,
    /// The picture.
    pub bytes: &'a [u8],
}

/// Loads the picture of a data source. What is missing from a full one is gone. A repeated call changes nothing, whatever has
/// been loaded since, and is told what it did the first time.
///
/// # Errors
/// [`Error::Invalid`] with every fault by its place; [`Error::Refused`] where too much would be gone;
/// [`Error::Unavailable`]. Each leaves the data source as it was.
pub async fn put(deps: &Deps, call: &Call, id: &str, input: PutInput<'_>) -> Result<Report, Error> {
    let id = DataSourceId::new(id).map_err(|_| {
        Error::invalid("datasource_id", "must have 1 to 128 characters, none of them a control character")
    })?;
    if call.repeatable
        && let Some(report) = delivered(deps, &id, call.command).await?
    {
        return Ok(report);
    }
    let onto = call.if_match.map_or(Onto::Anything, |version| Onto::Version(Some(version)));
    onto.fits(deps, &deps.store.inventory().standing(&id).await?).await?;
    let PutInput { format, name, terms, bytes } = input;
    terms.fit(format)?;
    let delivery = Delivery {
        id,
        onto,
        version: call.command,
        by: Some(call.caller.user.key()),
        now: call.now,
        format,
        name,
        terms,
    };
    let read = delivery.read(deps, Arc::new(bytes.to_vec())).await?;
    delivery.load(deps, read, None).await
}

/// Loads a picture that was made, not read: a generated organisation. Otherwise as [`put`].
///
/// # Errors
/// As [`put`].
pub async fn put_picture(deps: &Deps, call: &Call, id: DataSourceId, mut picture: Picture) -> Result<Report, Error> {
    picture.normalise();
    let faults = picture.validate().err().unwrap_or_default();
    if !faults.is_empty() {
        return Err(Error::Invalid(faults.iter().map(|fault| Fault::new("picture", fault.to_string())).collect()));
    }
    let delivery = Delivery {
        id,
        onto: Onto::Anything,
        version: call.command,
        by: Some(call.caller.user.key()),
        now: call.now,
        format: Format::Full,
        name: None,
        terms: Terms::default(),
    };
    delivery.load(deps, Read::made(Parsed { picture, warnings: Vec::new() }), None).await
}

impl Delivery {
    /// Reads an input: one that is told in part beside what the data source holds.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault by its place; [`Error::Unavailable`].
    pub(crate) async fn read(&self, deps: &Deps, bytes: Arc<Vec<u8>>) -> Result<Read, Error> {
        if self.terms.mode == Mode::Full {
            return Read::beside(self, bytes, (None, Picture::default())).await;
        }
        let stored = deps.store.inventory().source(&self.id).await?;
        let held = stored.as_ref().map(|stored| &stored.value);
        let picture = self.picture_of(deps, held).await?;
        Read::beside(self, bytes, (held.and_then(|held| held.current), picture)).await
    }

    /// Writes the version and makes it the one that counts, and ends what `reading` began, in one transaction.
    ///
    /// # Errors
    /// [`Error::Invalid`] for account ids that another data source has; [`Error::Refused`] where too much would be gone;
    /// [`Error::NotFound`], [`Error::Stale`] and [`Error::Refused`] when the data source is not (any more) as the delivery
    /// insists on;
    /// [`Error::Unavailable`].
    pub(crate) async fn load(&self, deps: &Deps, read: Read, reading: Option<&Reading>) -> Result<Report, Error> {
        let mut claims = Claims::of(self, read.input());
        let mut making = Making::of(self, read);
        let mut again = Again::new();
        let mut is_first = true;
        loop {
            let standing = deps.store.inventory().standing(&self.id).await?;
            let stored = standing.source.as_ref();
            if (!is_first || stored.is_some_and(|stored| stored.is_by(self.version)))
                && let Some(report) = delivered(deps, &self.id, self.version).await?
            {
                // An earlier life of this delivery has put it in place, and told of it.
                return Ok(report);
            }
            self.onto.fits(deps, &standing).await?;
            let held = stored.map(|stored| &stored.value);
            let next = making.against(deps, held).await?;
            let claims = claims.check(deps, next).await?;
            self.terms.allow(self.format, next.difference, &next.old)?;
            let is_same = next.difference == Difference::default()
                && held.is_some_and(|held| self.says_the_same(held, &next.picture));
            if !is_same && !next.is_written {
                deps.store.inventory().write(&self.id, &next.version, &next.picture).await?;
                next.is_written = true;
            }
            let report = report(next.difference, next.warnings.clone());
            let source = self.source(held, next, report.warnings.len(), is_same);
            match self.put_in_place(deps, (&source, &standing), claims, &report, reading).await? {
                Ok(()) => return Ok(report),
                Err(error) if again.after(&error).await => is_first = false,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The one write that makes a version count, with everything that goes with it.
    async fn put_in_place(
        &self,
        deps: &Deps,
        (source, standing): (&Source, &Standing),
        claims: Option<u64>,
        report: &Report,
        reading: Option<&Reading>,
    ) -> Result<Result<(), store::Error>, Error> {
        let mut tx = deps.store.write(self.version, self.now);
        match &standing.source {
            None => tx.insert_source_after(source, standing.gone)?,
            Some(stored) => tx.update_source(source, stored.version)?,
        }
        if let Some(claims) = claims {
            tx.claim_accounts(claims);
        }
        if let Some(reading) = reading {
            reading.end(&mut tx, report)?;
        }
        tx.note_delivery(&self.id, &serde_json::to_string(report).map_err(|error| Error::Bug(error.to_string()))?);
        event::tell(&mut tx, self.by.as_ref(), &Event::DataSourceLoaded(self.told(report)))?;
        let committed = match tx.commit().await {
            Ok(committed) => committed,
            Err(error) => return Ok(Err(error)),
        };
        outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
        Ok(Ok(()))
    }

    fn told(&self, report: &Report) -> OfLoad {
        let Report { created, updated, removed, warnings } = report;
        OfLoad {
            data_source: self.id.clone(),
            delivery: self.version,
            created: *created,
            updated: *updated,
            removed: *removed,
            warnings: u64::try_from(warnings.len()).unwrap_or(u64::MAX),
        }
    }

    fn says_the_same(&self, held: &Source, picture: &Picture) -> bool {
        let named = held.provider.is_some() || held.name == picture.name;
        held.current.is_some() && named && held.platform == picture.platform
    }

    /// The data source with this delivery in place; one that says what is there already adds no version.
    fn source(&self, held: Option<&Source>, next: &Next, warnings: usize, is_same: bool) -> Source {
        let picture = &next.picture;
        // The name of a provider's data source is what it is found by, and stays.
        let name = held.filter(|held| held.provider.is_some()).map_or(&picture.name, |held| &held.name);
        Source {
            id: self.id.clone(),
            name: name.clone(),
            platform: picture.platform.clone(),
            kind: self.format.to_string(),
            provider: held.and_then(|held| held.provider),
            current: held.and_then(|held| held.current).filter(|_| is_same).or(Some(next.version)),
            delivery: Some(self.version),
            loaded_at: Some(self.now),
            last_error: String::new(),
            warnings: u32::try_from(warnings).unwrap_or(u32::MAX),
            size: Size::of(picture),
            created_at: held.map_or(self.now, |held| held.created_at),
            updated_at: self.now,
        }
    }
}

fn report(difference: Difference, warnings: Vec<Note>) -> Report {
    let Difference { created, updated, removed, links_removed: _ } = difference;
    Report { created, updated, removed, warnings }
}

#[cfg(test)]
mod tests;
