//! The black-box suite: everything is asked and answered through HTTP.
//!
//! Without further ado it starts the local stack in this process, empty and in memory, and runs against that. To run it
//! against a deployed stack, name it:
//!
//! ```text
//! REVIEW_BASE_URL=https://… REVIEW_TOKENS=tokens.json cargo test -p blackbox
//! ```
//!
//! `REVIEW_JWTS` names a file like it with JWTs of the issuer that the stack trusts, `REVIEW_MAILS` a folder (a Maildir) with the
//! mails that the stack sends. Tests that need what is not there fail; `--skip` leaves them out.
//!
//! Tests share one stack and run at the same time, so each works on inventory of its own (see `world`).

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the suite is a client with a clock of its own, and a test fails by panicking"
)]

mod about;
mod abuse;
mod access;
mod approvals;
mod architecture;
mod automation_runs;
mod automations;
mod batch_groups;
mod bulk;
mod campaigns;
mod certifications;
mod concurrency;
mod events;
mod exports;
mod forced;
mod graph;
mod help_pages;
mod history;
mod inventory;
mod mails;
mod malformed;
mod people;
mod policies;
mod prepared;
mod provisioning;
mod query;
mod receiver;
mod recommendations;
mod recurrence;
mod replayed;
mod restart;
mod results;
mod review_items;
mod reviewers;
mod rules;
mod run_history;
mod samples;
mod scale;
mod settings;
mod sweeps;
mod tokens;
mod valid;
mod webhooks;
mod workflows;
mod world;
