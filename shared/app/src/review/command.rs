//! What changes rows: each a pure decision, carried out by [`act`].
//!
//! | module | what it does |
//! |---|---|
//! | [`act`] | carries out a command on rows, the one way to the table |
//! | `decide` | decides in the campaign dialect, and takes it back |
//! | `update` | updates and signs off in the dialect of certifications |
//! | `bulk`, `smart` | change what a selection, or the filters of a smart action, find |
//! | `assign`, `appoint`, `reassign` | say who reviews |
//! | `force` | mends rows, and takes in what those tell who remove access |
//! | `earlier` | finds what the same call has done before |

pub(crate) mod act;
pub(super) mod appoint;
mod assign;
pub(super) mod bulk;
pub(super) mod decide;
pub(super) mod earlier;
pub(super) mod force;
pub(super) mod reassign;
pub(super) mod smart;
pub(super) mod update;
