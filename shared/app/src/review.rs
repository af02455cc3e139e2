//! The rows of a review: listing, reading, deciding, signing off, counting.
//!
//! A row is frozen in a block, and what was decided about it stands in the state of its page; [`RowView`] is both. Every
//! write is a pure decision ([`domain::decide`]) carried out by one transaction of the store, whichever dialect asked.

mod access;
pub(crate) mod act;
mod appoint;
mod ask;
pub(crate) mod assemble;
mod assign;
mod bounds;
mod bulk;
pub(crate) mod counts;
mod decide;
mod earlier;
pub(crate) mod every;
pub(crate) mod filter;
pub(crate) mod find;
mod force;
mod get;
mod groups;
mod history;
pub(crate) mod inbox;
mod input;
mod line;
mod list;
mod log;
pub(crate) mod open;
mod order;
pub(crate) mod overlay;
pub(crate) mod own;
mod pace;
mod piece;
mod reassign;
pub(crate) mod reviewers;
pub(crate) mod row;
mod runs;
mod scan;
mod smart;
mod sorted;
mod stand_in;
mod update;
mod walk;

pub use crate::loading::access::{NODE, Shown, What};
pub use access::{AccessGraph, AccessInput, access_graph};
pub use bulk::bulk_update;
pub use columns::{Cell, Elements};
pub use counts::{CountsView, counts};
pub use decide::{MAX_BATCH, decide, decide_batch, undo};
pub use domain::decide::Verdict;
pub use domain::row::Approval as ItemStatus;
pub use force::{MAX_INFO_BYTES, answer, force};
pub use get::{get, get_account};
pub use groups::{ALL_GROUPS, GroupView, GroupsInput, MAX_GROUPS, decide_group, groups};
pub use history::{PastDecision, history};
pub use input::{
    AnswerInput, AssignmentInput, BatchInput, BulkInput, BulkOutcome, DecideInput, ForceInput, LineColumn, LineFilter,
    ListInput, RowFilter, RowOutcome, Selection, SignOffInput, SignOffOutcome, SmartInput, SortColumn, SortKey, Start,
    UpdateInput, UserReference,
};
pub use list::{MAX_PAGE, list};
pub use open::Dialect;
pub use reassign::change_reviewer;
pub use reviewers::{MAX_REVIEWERS, ReviewerInfo, reviewer_infos};
pub use row::{Frozen, LogAction, LogLine, Marking, RowView};
pub use runs::{LineView, run_history};
pub use smart::apply_smart_action;
pub use update::{sign_off, update};

/// How many rows a call walks over, or passes over to reach an offset, before it answers a shorter page. A sorted page
/// is the exception: it looks at all rows, because only then its first ones are known.
pub const EXAMINED_ROWS: usize = 100_000;
/// The most rows that one call changes.
pub const MAX_BULK: usize = 10_000;

#[cfg(test)]
pub(crate) mod tests;
