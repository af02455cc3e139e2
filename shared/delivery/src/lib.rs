//! From a message of the product to a receiver that somebody else runs, over HTTP.
//!
//! An administrator names the receiver, so its address is input like any other: it must not make a function, which stands
//! inside a network, ask machines there on the administrator's behalf. Hence
//!
//! - an address is checked when it is saved ([`Target::parse`]) and again when it is used;
//! - the addresses that a name resolves to are checked, *all* of them, and the connection goes to what was checked, so that a
//!   name cannot answer twice differently;
//! - no redirect is followed, no proxy of the environment used, and little is read of what comes back;
//! - nothing of an answer's body reaches a client, only how the delivery ended.
//!
//! Messages are signed as the Standard Webhooks specification says, so that receivers verify them with its libraries.

mod address;
mod resolve;
mod sender;
mod signature;
mod target;

pub use address::is_public;
pub use resolve::{Lookup, SystemLookup};
pub use sender::{Delivery, Failure, Sender, Taken};
pub use signature::{Secret, SecretError};
pub use target::{Reach, Target, TargetError};
