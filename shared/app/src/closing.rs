//! How reviews end: because somebody says so, because their rows are ready, or because their due date has passed.
//!
//! Whatever the reason, a review is closed on its counts as they were read, in one transaction with its campaign and with
//! the fence that keeps decisions out (`Standing::close`). A decision that comes in between makes it be judged anew.
//!
//! - **Somebody says so**: as far as the completion rule allows.
//! - **Its rows are ready** ([`finish_if_done`]): looked at after every command on rows, before its messages are handed over.
//!   Messages that nobody handed over are sent by the sweep, which looks before it does so, too: a function that dies right
//!   after a decision does not leave a review open. A campaign waits until nobody can undo its last decision any more.
//! - **Its due date has passed** ([`expire_due`]), where reviews expire: the sweep looks every minute, and whoever changes a
//!   review looks first, so that nothing is decided between the date and the sweep. What nobody had decided by then is
//!   rejected by a job, where administrators want that.

pub(crate) mod expire;
mod expiry;
pub(crate) mod finish;
pub(crate) mod reject;
pub(crate) mod standing;

pub use expire::{Expired, expire_due};
pub use finish::{Finish, Finished, finish_due, finish_if_done};

#[cfg(test)]
mod tests;
