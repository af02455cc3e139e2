//! 64 consecutive rows and everything that was ever decided about them.
//!
//! A page is a log of [`Entry`]s, one per command, and [`PageState`] is its fold: the same entries give the same state,
//! always. Each entry carries the hash of the one before it, so that nothing can be changed, dropped, inserted or
//! reordered without [`verify`] noticing; the first entry carries a hash of review and page number, so that the log of
//! one page cannot pass for that of another. What is cut off at the end is noticed against the head in the state.
//!
//! Hashed bytes hold integers and texts only, never a float, and never a name or an e-mail address: user keys, ids and
//! digests.
//!
//! # Has this command been here before?
//!
//! A write whose answer was lost is repeated, and must find out that it succeeded. A state therefore keeps short tags of
//! the commands of its last [`RECENT`] entries, which is enough for repeats within a call, and because each entry of the
//! log stands for one command, a tag's place in the ring is its sequence number. When more than [`RECENT`] entries were
//! added since the first attempt, [`PageState::seen`] says [`Seen::Perhaps`] with the last sequence number that the ring
//! does not cover, and the log has the answer: read the entries that were added since the state of the first attempt.
//! The size of the ring is thus a matter of cost, never of correctness: 24 tags are 192 bytes of a state that has to stay
//! near 1 KB, and 24 commands on the same 64 rows within one call are rare.

mod codec;
mod entry;
pub mod hex;
mod masks;
mod state;

pub use codec::DecodeError;
pub use entry::{Act, Change, ClearedReason, Entry, InvalidEntry, acts};
pub use masks::Masks;
pub use state::{Broken, PageState, RECENT, Seen, genesis, verify, verify_against};

/// Rows in a page.
pub const ROWS: u32 = 64;

#[cfg(test)]
mod tests;
