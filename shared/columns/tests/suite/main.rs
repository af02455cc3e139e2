//! One binary for all tests of the public interface.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests fail as tests do")]

mod golden;
mod properties;
mod sizes;
