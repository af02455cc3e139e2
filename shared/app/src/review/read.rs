//! What is read of a review beside lists of its rows.
//!
//! | module | question it answers |
//! |---|---|
//! | `get` | one row |
//! | `access` | what explains it |
//! | `history` | what other campaigns decided about an account |
//! | [`counts`] | how many rows are in which status |
//! | [`reviewers`] | who reviews, and how far they have come |
//! | `runs` | the run history of a campaign |
//! | [`inbox`] | in which open reviews a reviewer has rows |

pub(super) mod access;
pub(crate) mod counts;
pub(super) mod get;
pub(super) mod history;
pub(crate) mod inbox;
pub(crate) mod reviewers;
pub(super) mod runs;
