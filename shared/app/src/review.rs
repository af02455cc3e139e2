//! The rows of a review: listing, reading, deciding, signing off, counting.
//!
//! A row is frozen in a block, and what was decided about it stands in the state of its page; [`RowView`] is both. Every
//! write is a pure decision ([`domain::decide`]) carried out by one transaction of the store, whichever dialect asked.
//!
//! | module | holds |
//! |---|---|
//! | `open`, `stand_in` | entering a review: what of it the caller sees, also in the place of others |
//! | `row` | a row as it is read: found, assembled, with its log |
//! | `list` | lists of rows: any filter, any order, page by page |
//! | `read` | what else is read of a review |
//! | `command` | what changes rows |
//! | `groups` | rows that are decided together |
//! | `input` | what callers ask, in words that belong to neither dialect |

pub(crate) mod command;
mod groups;
mod input;
pub(crate) mod list;
pub(crate) mod open;
pub(crate) mod read;
pub(crate) mod row;
mod stand_in;

pub use crate::loading::paths::access::{NODE, Shown, What};
pub use columns::{Cell, Elements};
pub use command::bulk::bulk_update;
pub use command::decide::{MAX_BATCH, decide, decide_batch, undo};
pub use command::force::{MAX_INFO_BYTES, answer, force};
pub use command::reassign::change_reviewer;
pub use command::smart::apply_smart_action;
pub use command::update::{sign_off, update};
pub use domain::decide::Verdict;
pub use domain::row::Approval as ItemStatus;
pub use groups::{ALL_GROUPS, GroupView, GroupsInput, MAX_GROUPS, decide_group, groups};
pub use input::{
    AnswerInput, AssignmentInput, BatchInput, BulkInput, BulkOutcome, DecideInput, ForceInput, LineColumn, LineFilter,
    ListInput, RowFilter, RowOutcome, Selection, SignOffInput, SignOffOutcome, SmartInput, SortColumn, SortKey, Start,
    UpdateInput, UserReference,
};
pub use list::{MAX_PAGE, list};
pub use open::Dialect;
pub use read::access::{AccessGraph, AccessInput, access_graph};
pub use read::counts::{CountsView, counts};
pub use read::get::{get, get_account};
pub use read::history::{PastDecision, history};
pub use read::reviewers::{MAX_REVIEWERS, ReviewerInfo, reviewer_infos};
pub use read::runs::{LineView, run_history};
pub use row::{Frozen, LogAction, LogLine, Marking, RowView};

/// How many rows a call walks over, or passes over to reach an offset, before it answers a shorter page. A sorted page
/// is the exception: it looks at all rows, because only then its first ones are known.
pub const EXAMINED_ROWS: usize = 100_000;
/// The most rows that one call changes.
pub const MAX_BULK: usize = 10_000;

#[cfg(test)]
pub(crate) mod tests;
