//! Who calls, when, and under which command id: what every use case is told besides its input.

use domain::ids::CommandId;
use domain::user::{Caller, Role, User};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::error::Error;

/// One call of a use case.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who calls. The edge has authenticated the token and checked the role of the route.
    pub caller: Caller,
    /// Fixed for the call and for every retry of it: derived from the idempotency key and the caller where the client
    /// sent one, else random. It stands in what the call writes, and a retry that finds it there knows itself done.
    pub command: CommandId,
    /// Whether an earlier life of the call may have written something: true for calls with an idempotency key. What is
    /// written is then looked for further back.
    pub repeatable: bool,
    /// The version that the client has seen and insists on.
    pub if_match: Option<u64>,
    /// When the call arrived; the one time that all of its decisions are judged by.
    pub now: Timestamp,
    /// Names the call in logs and error replies.
    pub request_id: String,
}

impl Call {
    /// The call of something that happens by itself when its time has come: `what` happens, to the thing with this id, at
    /// this time. Its command follows from these alone, so that whoever looks again recognises what was done before.
    pub(crate) fn by_itself(what: &str, id: Uuid, at: Timestamp, now: Timestamp) -> Self {
        let mut digest = Sha256::new();
        digest.update(what.as_bytes());
        digest.update(b"\0");
        digest.update(id.as_bytes());
        digest.update(at.as_millisecond().to_be_bytes());
        let command = CommandId::new(uuid_of(digest));
        Self {
            caller: Caller { user: User::system(), role: Role::Administrator, key_id: None },
            command,
            repeatable: true,
            if_match: None,
            now,
            request_id: command.to_string(),
        }
    }

    /// The id of what this call creates: the same for every retry of the call, so that a retry finds what was created
    /// instead of creating a second one. `what` tells apart several things that one call creates.
    pub fn created(&self, what: &str) -> Uuid {
        let mut digest = Sha256::new();
        digest.update(b"created by\0");
        digest.update(self.command.uuid().as_bytes());
        digest.update(what.as_bytes());
        uuid_of(digest)
    }

    /// The commands under which the call changes rows of one page, where one transaction cannot hold all that it changes
    /// there: a page has 64 rows, and each changes one at least. The first is that of the call itself.
    pub(crate) fn turns(&self) -> Vec<CommandId> {
        let later = (1..domain::page::ROWS).map(|turn| CommandId::new(self.created(&format!("turn {turn}"))));
        std::iter::once(self.command).chain(later).collect()
    }

    /// Whether the caller acts on any row: administrators and operators do.
    pub fn acts_on_all_rows(&self) -> bool {
        self.caller.role.acts_on_any_row()
    }

    /// Whether the caller sees every row and every review: all but reviewers do.
    pub fn sees_all_rows(&self) -> bool {
        self.caller.role.sees_everything()
    }

    /// Refuses when the client insists on another version than `current`.
    ///
    /// # Errors
    /// [`Error::Stale`].
    pub fn expects(&self, current: u64) -> Result<(), Error> {
        match self.if_match {
            Some(seen) if seen != current => Err(Error::Stale),
            Some(_) | None => Ok(()),
        }
    }
}

/// The id of something that goes by a name, the same in every call.
pub(crate) fn id_named(what: &str, name: &str) -> Uuid {
    let mut digest = Sha256::new();
    digest.update(b"goes by the name of\0");
    digest.update(what.as_bytes());
    digest.update(b"\0");
    digest.update(name.as_bytes());
    uuid_of(digest)
}

/// An id that follows from what was digested.
pub(crate) fn uuid_of(digest: Sha256) -> Uuid {
    let digest: [u8; 32] = digest.finalize().into();
    let id = digest.first_chunk::<16>().copied().unwrap_or_default();
    uuid::Builder::from_custom_bytes(id).into_uuid()
}
