//! What the product tells the world: facts about reviews, inventory and keys, as events on a bus.
//!
//! An event is written to the outbox in the transaction of the fact that it tells, and goes out at least once under the
//! same id: consumers deduplicate by it. It carries ids, counts and states; whoever needs more asks the API, with the
//! rights of its own token. Names, addresses, texts of notes and secrets are never part of one.
//!
//! The types below are the catalogue. `docs/events` holds a schema and a sample of each, made from here: a test fails when
//! they are stale, and `UPDATE=1 cargo test -p app event` writes them. A field may be added within a version; whatever
//! else changes is a new version of the type.

mod facts;
pub(crate) mod received;
pub mod rows;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use store::outbox::{Outgoing, Sent};
use store::tx::Tx;

use domain::user::UserKey;

use crate::call::Call;
use crate::error::Error;
pub use facts::*;

/// Who tells: the source of every event on the bus.
pub const SOURCE: &str = "access-review";

macro_rules! catalogue {
    ($($(#[doc = $doc:literal])+ $name:ident($data:ty) = $kind:literal, $version:literal;)+) => {
        /// A fact, by its type.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[serde(untagged)]
        pub enum Event {
            $($(#[doc = $doc])+ $name($data),)+
        }

        impl Event {
            /// The name of its type, as rules match it.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => $kind,)+
                }
            }

            /// The version of what it carries.
            pub fn version(&self) -> u32 {
                match self {
                    $(Self::$name(_) => $version,)+
                }
            }
        }

        /// Every type with its version, its meaning and the schema of what it carries.
        #[cfg(test)]
        fn types(schemas: &mut schemars::SchemaGenerator) -> Vec<(&'static str, u32, String, schemars::Schema)> {
            vec![$((
                $kind,
                $version,
                [$($doc.trim()),+].join(" "),
                schemas.subschema_for::<$data>(),
            ),)+]
        }
    };
}

catalogue! {
    /// A workflow was made; a campaign brings one of its own.
    WorkflowCreated(OfWorkflow) = "workflow.created", 1;
    /// A workflow was edited.
    WorkflowUpdated(OfWorkflow) = "workflow.updated", 1;
    /// A workflow was deleted.
    WorkflowDeleted(OfWorkflow) = "workflow.deleted", 1;
    /// A campaign was made.
    CampaignCreated(OfCampaign) = "campaign.created", 1;
    /// A campaign was edited.
    CampaignUpdated(OfCampaign) = "campaign.updated", 1;
    /// A campaign was deleted.
    CampaignDeleted(OfCampaign) = "campaign.deleted", 1;
    /// A campaign was told to start: its rows are being built.
    CampaignStarted(OfCampaign) = "campaign.started", 1;
    /// The rows of a campaign are in place: it can be decided on.
    CampaignActivated(OfCampaignRows) = "campaign.activated", 1;
    /// The rows of a campaign could not be built; it may be started again.
    CampaignFailed(OfCampaign) = "campaign.failed", 1;
    /// A campaign was completed: nothing is decided any more.
    CampaignCompleted(OfCampaign) = "campaign.completed", 1;
    /// A campaign was broken off: nothing is decided any more.
    CampaignTerminated(OfCampaign) = "campaign.terminated", 1;
    /// A campaign has expired: its end date has passed, and nothing is decided any more.
    CampaignExpired(OfCampaign) = "campaign.expired", 1;
    /// A certification was made: its rows are being built.
    CertificationStarted(OfCertification) = "certification.started", 1;
    /// The rows of a certification are in place: it can be decided on.
    CertificationOpened(OfCertificationRows) = "certification.opened", 1;
    /// The rows of a certification could not be built.
    CertificationFailed(OfCertification) = "certification.failed", 1;
    /// A certification was completed: nothing is decided any more.
    CertificationCompleted(OfCertification) = "certification.completed", 1;
    /// A certification has expired: its due date has passed, and nothing is decided any more.
    CertificationExpired(OfCertification) = "certification.expired", 1;
    /// A certification was edited: its name, notes, reviewers or due date.
    CertificationUpdated(OfCertification) = "certification.updated", 1;
    /// A certification was deleted, with all that was decided in it.
    CertificationDeleted(OfCertification) = "certification.deleted", 1;
    /// Rows were decided.
    RowDecided(RowsDecided) = "row.decided", 1;
    /// Decisions were taken away: undone within the time for it, or replaced by none.
    RowCleared(RowsCleared) = "row.cleared", 1;
    /// Rows were set aside; an earlier decision is gone.
    RowFlagged(Rows) = "row.flagged", 1;
    /// Notes were written or removed. What they say is not part of the event.
    RowNoted(RowsNoted) = "row.noted", 1;
    /// Rows were given to other reviewers.
    RowReassigned(RowsReassigned) = "row.reassigned", 1;
    /// Decisions were confirmed for good.
    RowSignedOff(Rows) = "row.signed_off", 1;
    /// Confirmations were lifted.
    RowSignOffUndone(Rows) = "row.sign_off_undone", 1;
    /// The removal of rejected access was asked for, called off, or answered.
    RowRemovalChanged(RowsRemoved) = "row.removal_changed", 1;
    /// A picture of a data source was taken in and counts from now on.
    DataSourceLoaded(OfLoad) = "datasource.loaded", 1;
    /// A data source was retired.
    DataSourceDeleted(OfDataSource) = "datasource.deleted", 1;
    /// An API key was issued.
    ApiKeyIssued(OfIssuedKey) = "api_key.issued", 1;
    /// An API key was revoked: it opens nothing from now on.
    ApiKeyRevoked(OfKey) = "api_key.revoked", 1;
}

/// An event on its way, as the bus takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The same for every delivery.
    pub id: String,
    /// The type: `detail-type` on the bus.
    pub kind: String,
    /// When the fact came about.
    pub at: Timestamp,
    /// The event as JSON: `detail` on the bus.
    pub detail: String,
}

/// An event of one fact as it waits in the outbox.
#[derive(Serialize, Deserialize)]
struct Waiting {
    v: u32,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    actor: Option<UserKey>,
    data: Box<RawValue>,
}

/// What stands on the bus.
#[derive(Serialize)]
struct Detail<'a> {
    id: &'a str,
    r#type: &'a str,
    version: u32,
    time: Timestamp,
    actor: Option<&'a UserKey>,
    data: &'a RawValue,
}

/// Adds the event of a fact to the transaction that makes it one.
///
/// # Errors
/// [`Error::Bug`] when it cannot be written down.
pub(crate) fn tell(tx: &mut Tx<'_>, actor: Option<&UserKey>, event: &Event) -> Result<(), Error> {
    let data = serde_json::value::to_raw_value(event).map_err(unwritable)?;
    let number = number(event.kind(), &data);
    let waiting = Waiting { v: event.version(), actor: actor.cloned(), data };
    let body = serde_json::to_string(&waiting).map_err(unwritable)?;
    tx.send_as(number, Outgoing { kind: event.kind().to_owned(), body })?;
    Ok(())
}

/// The same with the caller as who did it.
pub(crate) fn tell_by(tx: &mut Tx<'_>, call: &Call, event: &Event) -> Result<(), Error> {
    tell(tx, Some(&call.caller.user.key()), event)
}

/// The number of an event within its command, which may tell several in several transactions: made of what it says, in
/// the upper half of all numbers, where nothing else of a command is numbered.
fn number(kind: &str, data: &RawValue) -> u32 {
    let mut digest = Sha256::new();
    digest.update(kind.as_bytes());
    digest.update([0]);
    digest.update(data.get().as_bytes());
    let digest: [u8; 32] = digest.finalize().into();
    u32::from_be_bytes(digest.first_chunk().copied().unwrap_or_default()) | 1 << 31
}

/// The events that a message of the outbox stands for, the same for every delivery; empty for a message to a worker.
///
/// # Errors
/// [`Error::Bug`] for a body that this version cannot read.
pub(crate) fn envelopes(sent: &Sent) -> Result<Vec<Envelope>, Error> {
    if sent.message.kind == rows::KIND {
        return rows::envelopes(sent);
    }
    let waiting: Waiting = serde_json::from_str(&sent.message.body).map_err(|error| unreadable(sent, &error))?;
    let Waiting { v, actor, data } = waiting;
    Ok(vec![envelope(sent.id.clone(), &sent.message.kind, v, sent.at, actor.as_ref(), &data)?])
}

fn envelope(
    id: String,
    kind: &str,
    version: u32,
    at: Timestamp,
    actor: Option<&UserKey>,
    data: &RawValue,
) -> Result<Envelope, Error> {
    let detail = Detail { id: &id, r#type: kind, version, time: at, actor, data };
    let detail = serde_json::to_string(&detail).map_err(unwritable)?;
    Ok(Envelope { id, kind: kind.to_owned(), at, detail })
}

fn unwritable(error: serde_json::Error) -> Error {
    Error::Bug(format!("an event: {error}"))
}

fn unreadable(sent: &Sent, error: &serde_json::Error) -> Error {
    Error::Bug(format!("the message {} of the kind {}: {error}", sent.id, sent.message.kind))
}

#[cfg(test)]
mod tests;
