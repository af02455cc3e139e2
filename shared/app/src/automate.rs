//! Having automations change and mark the rows of a review before anybody sees it.
//!
//! | module | question it answers |
//! |---|---|
//! | `order`, `work` | what the worker is told, and how it carries that out |
//! | `judge` | which automation is for which row |
//! | `previous` | what was decided about a row in the review before |
//! | `apply` | what becomes of the rows |
//! | `turns` | in how many commands that is written |
//! | `runs` | how that went |
//! | `trial` | what an automation would do |
//!
//! What is applied was settled when the review was created: each automation in the version that it had then. The rows are
//! there, but the review is not open, so that nobody else writes; when all rows have been gone through, or that cannot be
//! done, the review is opened.

mod apply;
mod judge;
pub(crate) mod order;
mod previous;
mod runs;
mod trial;
mod turns;
mod work;

pub use runs::{RunView, of as runs};
pub use trial::{MAX_SHOWN, Outcome, Over, Trial, TrialInput, Tried, TriedRow, test};
pub use work::work;

#[cfg(test)]
mod tests;
