//! The sample events in `events/`, each decoded as its function's runtime decodes it and handled on the test bed.
//!
//! Read in their order the samples are one story, from an inventory to a decision: what an earlier one creates, a later
//! one names. That works in every empty installation, because the writes carry an idempotency key from which, together
//! with the caller, the ids of what they create follow.

#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod answers;
mod batches;
mod samples;
mod scene;
