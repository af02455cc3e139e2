//! One binary for all tests of the public interface.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

mod catalogue;
mod languages;
mod properties;
mod semantics;
mod sorting;
mod support;
