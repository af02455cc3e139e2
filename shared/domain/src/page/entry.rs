//! One command on a page, as it stands in the log for good.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

use super::hex;
use crate::automatic::Cause;
use crate::ids::{AutomationId, CommandId};
use crate::note::NoteDigest;
use crate::row::{Decision, NotificationStatus};
use crate::user::UserKey;

/// What happened to rows.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// No person did what follows, up to the next of these: what did. Stands before what it explains, and changes nothing by
    /// itself, but that a row knows which runs of automations have touched it.
    Automatic {
        /// What did it.
        cause: Cause,
    },
    /// A decision other than none.
    Decided {
        /// What was decided.
        #[serde(with = "decision_code")]
        decision: Decision,
    },
    /// Set aside; takes an earlier decision away.
    Flagged,
    /// Back to undecided and unflagged.
    Cleared {
        /// Why.
        reason: ClearedReason,
        /// What stood before; none when the row was flagged.
        #[serde(with = "decision_code")]
        previous: Decision,
        /// Who had decided or flagged.
        decider: Option<UserKey>,
    },
    /// The note was replaced, or removed when there is no digest.
    Note {
        /// Digest of the new text.
        digest: Option<NoteDigest>,
    },
    /// The reviewers were replaced.
    Reviewers {
        /// All reviewers before.
        old: Vec<UserKey>,
        /// All reviewers from now on.
        new: Vec<UserKey>,
    },
    /// The reviewers named before this were found by instructions, not named by anybody.
    Instructed {
        /// Digest of the instructions, as they are stored.
        digest: NoteDigest,
    },
    /// Confirmed for good.
    SignedOff,
    /// The confirmation was lifted.
    SignOffUndone,
    /// The removal of a rejected access was asked for or called off.
    Notification {
        /// How the removal goes now.
        #[serde(with = "notification_code")]
        status: NotificationStatus,
    },
    /// Whoever was asked to remove the access tells how it goes, or an administrator does.
    Answered {
        /// How the removal goes now; [`NotificationStatus::Unknown`] where an administrator says that nobody knows.
        #[serde(with = "notification_code")]
        status: NotificationStatus,
        /// Digest of what they say about it, where they say something.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        info: Option<NoteDigest>,
    },
    /// A text that came with a decision, or that an automation brought, and that is not the row's note.
    Commented {
        /// Its digest.
        digest: NoteDigest,
    },
    /// An automation shows something beside the row from now on.
    Displayed {
        /// Which.
        automation: AutomationId,
        /// Its version: what it shows.
        version: u64,
    },
}

/// Why a decision was taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClearedReason {
    /// Somebody chose "no decision".
    ClearedByUser,
    /// The decider took it back within the undo window.
    Undone,
    /// An administrator took it away by force.
    ForceUpdated,
}

/// A change and the rows of the page it applies to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// One bit per row; never 0.
    #[serde(with = "mask_hex")]
    pub rows: u64,
    /// What happened to all of them.
    pub change: Change,
}

/// Groups the changes of single rows into acts: rows to which the same happens share theirs.
///
/// The order of a row's changes is kept. Rows without changes leave no trace; a row must not be named twice.
pub fn acts(changes: impl IntoIterator<Item = (u8, Vec<Change>)>) -> Vec<Act> {
    let mut groups: Vec<(u64, Vec<Change>)> = Vec::new();
    let mut index: HashMap<Vec<Change>, usize> = HashMap::new();
    for (slot, changes) in changes {
        if changes.is_empty() {
            continue;
        }
        let bit = 1u64 << (slot & 63);
        match index.get(&changes).and_then(|at| groups.get_mut(*at)) {
            Some((rows, _)) => *rows |= bit,
            None => {
                index.insert(changes.clone(), groups.len());
                groups.push((bit, changes));
            }
        }
    }
    let flat = groups.into_iter();
    flat.flat_map(|(rows, changes)| changes.into_iter().map(move |change| Act { rows, change })).collect()
}

/// One command on one page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Place in the log, from 1 without gaps.
    pub seq: u64,
    /// The command; one that touches several pages leaves an entry on each.
    pub command: CommandId,
    /// When, to the millisecond.
    pub at: Timestamp,
    /// Who.
    pub actor: UserKey,
    /// What; never empty.
    pub acts: Vec<Act>,
    /// Hash of the entry before, or [`super::genesis`] for the first.
    pub previous: [u8; 32],
}

/// Bytes that are not exactly what [`Entry::canonical`] writes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a canonical log entry: {reason}")]
pub struct InvalidEntry {
    reason: String,
}

/// The stored form. The order of the fields is the order of the hashed bytes: append only, under a new version.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    v: u8,
    seq: u64,
    command: CommandId,
    at: i64,
    actor: UserKey,
    acts: Vec<Act>,
    previous: Hash,
}

#[derive(Clone, Copy)]
struct Hash([u8; 32]);

const VERSION: u8 = 1;

impl Change {
    /// Digest of the text that the change stands for, where it has one.
    #[must_use]
    pub const fn text(&self) -> Option<NoteDigest> {
        match self {
            Self::Note { digest } => *digest,
            Self::Answered { status: _, info } => *info,
            Self::Commented { digest } | Self::Instructed { digest } => Some(*digest),
            Self::Automatic { .. }
            | Self::Decided { .. }
            | Self::Flagged
            | Self::Cleared { .. }
            | Self::Reviewers { .. }
            | Self::SignedOff
            | Self::SignOffUndone
            | Self::Notification { .. }
            | Self::Displayed { .. } => None,
        }
    }
}

impl Entry {
    /// The one sequence of bytes that stands for this entry: compact JSON with fixed field order, integers and texts
    /// only. It is what the table stores and what is hashed.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let stored = Stored {
            v: VERSION,
            seq: self.seq,
            command: self.command,
            at: self.at.as_millisecond(),
            actor: self.actor.clone(),
            acts: self.acts.clone(),
            previous: Hash(self.previous),
        };
        // INVARIANT: writing to memory cannot fail, and no map with keys other than texts is involved.
        serde_json::to_vec(&stored).unwrap_or_default()
    }

    /// Reads what [`Self::canonical`] wrote and nothing else: bytes that mean the same but differ are refused.
    ///
    /// # Errors
    /// [`InvalidEntry`] says what is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, InvalidEntry> {
        let invalid = |reason: String| InvalidEntry { reason };
        let stored: Stored = serde_json::from_slice(bytes).map_err(|error| invalid(error.to_string()))?;
        if stored.v != VERSION {
            return Err(invalid(format!("unknown version {}", stored.v)));
        }
        let entry = Self {
            seq: stored.seq,
            command: stored.command,
            at: Timestamp::from_millisecond(stored.at).map_err(|error| invalid(error.to_string()))?,
            actor: stored.actor,
            acts: stored.acts,
            previous: stored.previous.0,
        };
        if entry.canonical() == bytes { Ok(entry) } else { Err(invalid("another spelling".to_owned())) }
    }

    /// What the command did to the row at a place of the page, in order; empty when it left it alone.
    pub fn changes_of(&self, slot: u8) -> impl Iterator<Item = &Change> {
        let bit = 1u64 << (slot & 63);
        self.acts.iter().filter(move |act| act.rows & bit != 0).map(|act| &act.change)
    }

    /// SHA-256 of the canonical bytes under a tag of its own: the `previous` of the next entry.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(b"access-review/log/1\0");
        hasher.update(self.canonical());
        hasher.finalize().into()
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        hex::decode(&text).map(Self).ok_or_else(|| de::Error::custom("not a hash"))
    }
}

/// A mask as 16 hex digits: JSON readers elsewhere lose integers beyond 53 bits.
mod mask_hex {
    use super::*;

    pub(super) fn serialize<S: Serializer>(mask: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(&mask.to_be_bytes()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        hex::decode(&text).map(u64::from_be_bytes).ok_or_else(|| de::Error::custom("not a mask"))
    }
}

mod decision_code {
    use super::*;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
    pub(super) fn serialize<S: Serializer>(decision: &Decision, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(decision.code())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decision, D::Error> {
        let code = u8::deserialize(deserializer)?;
        Decision::from_code(code).ok_or_else(|| de::Error::custom("not a decision"))
    }
}

mod notification_code {
    use super::*;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
    pub(super) fn serialize<S: Serializer>(status: &NotificationStatus, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(status.code())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NotificationStatus, D::Error> {
        let code = u8::deserialize(deserializer)?;
        NotificationStatus::from_code(code).ok_or_else(|| de::Error::custom("not a notification status"))
    }
}
