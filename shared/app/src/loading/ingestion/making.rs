//! From the bytes of a delivery to what it makes of its data source.

use std::sync::Arc;

use domain::ids::CommandId;
use domain::inventory::Picture;
use intake::csv::link_people;
use intake::{DataSource, Held, Parsed};
use sha2::{Digest, Sha256};
use store::inventory::Source;

use super::content::{Contents, Difference};
use super::delivery::Delivery;
use super::report::{Note, faults_of};
use super::terms::Mode;
use crate::call::uuid_of;
use crate::deps::Deps;
use crate::error::{Error, Fault};
use crate::loading::offload;

/// A delivery, read.
#[derive(Debug)]
pub(crate) struct Read {
    parsed: Parsed,
    /// What was read, for the places of faults and to be read anew; empty for what was made and not read.
    bytes: Arc<Vec<u8>>,
    /// The version of the data source beside which it was read, where it is told in part.
    beside: Option<CommandId>,
    /// That version, until somebody asks for it.
    below: Option<Picture>,
}

impl Read {
    /// Something that was made of what is known already, not read.
    pub(crate) fn made(parsed: Parsed) -> Self {
        Self { parsed, bytes: Arc::default(), beside: None, below: None }
    }

    /// Reads a delivery beside the version that its data source is at. The work is done beside the runtime's own, because it
    /// may take seconds.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault by its place.
    pub(super) async fn beside(
        delivery: &Delivery,
        bytes: Arc<Vec<u8>>,
        (version, below): (Option<CommandId>, Picture),
    ) -> Result<Self, Error> {
        let Delivery { id, format, name, .. } = delivery.clone();
        let input = Arc::clone(&bytes);
        let (parsed, below) = offload(move || {
            let held = Held::of(&id, &below);
            let name = name.unwrap_or_else(|| id.to_string());
            let source = DataSource { id: &id, name: &name };
            (intake::parse_beside(format, &source, &input, &held), below)
        })
        .await?;
        let parsed = parsed.map_err(|faults| Error::Invalid(faults_of(faults)))?;
        Ok(Self { parsed, bytes, beside: version, below: Some(below) })
    }

    /// What was read.
    pub(super) fn input(&self) -> Arc<Vec<u8>> {
        Arc::clone(&self.bytes)
    }
}

/// What a delivery makes of a data source.
pub(super) struct Next {
    /// The version that it is compared with: the current one.
    pub(super) against: Option<CommandId>,
    /// What that said.
    pub(super) old: Contents,
    /// What would change.
    pub(super) difference: Difference,
    /// The version that a delta is laid over.
    over: Option<CommandId>,
    /// Its own version.
    pub(super) version: CommandId,
    pub(super) picture: Picture,
    pub(super) contents: Contents,
    pub(super) warnings: Vec<Note>,
    pub(super) is_written: bool,
}

/// Works out what a delivery makes of a data source: once for a full picture, and for a delta whenever there is something
/// else below it.
pub(super) struct Making<'a> {
    delivery: &'a Delivery,
    read: Option<Read>,
    made: Option<Next>,
}

impl<'a> Making<'a> {
    /// Of a delivery that was read.
    pub(super) fn of(delivery: &'a Delivery, read: Read) -> Self {
        Self { delivery, read: Some(read), made: None }
    }

    /// What it makes of the data source as it is now, compared with that.
    ///
    /// # Errors
    /// [`Error::Invalid`] with everything that is wrong with it there; [`Error::Unavailable`].
    pub(super) async fn against(&mut self, deps: &Deps, held: Option<&Source>) -> Result<&mut Next, Error> {
        let current = held.and_then(|held| held.current);
        let next = match self.made.take() {
            Some(made) if made.against == current => made,
            made => {
                let before = match self.below(current) {
                    Some(below) => below,
                    None => self.delivery.picture_of(deps, held).await?,
                };
                let old = Contents::of(&before);
                let next = self.over(made, current, before).await?;
                let difference = Difference::between(&old, &next.contents);
                Next { against: current, old, difference, ..next }
            }
        };
        Ok(self.made.insert(next))
    }

    /// A version of the data source, where the delivery was read beside it: handed out once.
    fn below(&mut self, version: Option<CommandId>) -> Option<Picture> {
        let read = self.read.as_mut().filter(|read| version.is_some() && read.beside == version)?;
        read.below.take()
    }

    /// What it makes of `before`, which is the version `current`; `made` is what it made of another.
    async fn over(&mut self, made: Option<Next>, current: Option<CommandId>, before: Picture) -> Result<Next, Error> {
        let over = current.filter(|_| self.delivery.terms.mode == Mode::Delta);
        match made.filter(|made| made.over == over) {
            Some(made) => Ok(made),
            None => self.made_over(over, before).await,
        }
    }

    async fn made_over(&mut self, over: Option<CommandId>, before: Picture) -> Result<Next, Error> {
        let Delivery { id, version, terms, name, .. } = self.delivery;
        let read = self.read.take().ok_or_else(|| Error::Bug("a full picture was asked for twice".to_owned()))?;
        if terms.mode == Mode::Full {
            return Ok(Next::of(None, *version, read.parsed));
        }
        // What it names is looked for in what it is laid over.
        let (read, before) = match read.beside == over {
            true => (read, before),
            false => {
                let mut anew = Read::beside(self.delivery, read.bytes, (over, before)).await?;
                let before = anew.below.take().unwrap_or_default();
                (anew, before)
            }
        };
        let mut told = read.parsed.clone();
        self.read = Some(read);
        let Some(over) = over else { return Ok(Next::of(None, *version, told)) };
        if name.is_none() {
            told.picture.name.clear();
        }
        let mut picture = before.with(told.picture);
        link_people(id, &mut picture);
        let faults = picture.validate().err().unwrap_or_default();
        if !faults.is_empty() {
            let faults = faults.iter().map(|fault| Fault::new("$", fault.to_string()));
            return Err(Error::Invalid(faults.collect()));
        }
        Ok(Next::of(Some(over), laid_over(*version, over), Parsed { picture, ..told }))
    }
}

impl Next {
    fn of(over: Option<CommandId>, version: CommandId, parsed: Parsed) -> Self {
        let Parsed { picture, warnings } = parsed;
        let warnings = warnings.into_iter().map(|warning| Note { place: warning.place, message: warning.message });
        let (contents, warnings) = (Contents::of(&picture), warnings.collect());
        let (old, difference) = (Contents::default(), Difference::default());
        Self { against: None, old, difference, over, version, picture, contents, warnings, is_written: false }
    }
}

/// The version of a delta. What it says depends on what lies below it, and a version is written once.
fn laid_over(delta: CommandId, below: CommandId) -> CommandId {
    let mut digest = Sha256::new();
    digest.update(b"a delta over\0");
    digest.update(below.uuid().as_bytes());
    digest.update(delta.uuid().as_bytes());
    CommandId::new(uuid_of(digest))
}
