//! Settings that count for everybody: their behaviour, seen from outside.
//!
//! What one of these tests stores rules the whole stack, so that they have a stack of their own, or one that runs elsewhere
//! to themselves (see the black-box suite for how to name it), and go one after another.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the suite is a client with a clock of its own, and a test fails by panicking"
)]

mod alone;
mod assignment;
mod born;
mod completion;
mod endings;
mod ladder;
mod lists;
mod notes;
#[path = "../suite/receiver.rs"]
#[expect(dead_code, reason = "shared with the black-box suite")]
mod receiver;
mod receivers;
mod replayed;
#[path = "../suite/world.rs"]
#[expect(dead_code, reason = "shared with the black-box suite, which uses all of it")]
mod world;
