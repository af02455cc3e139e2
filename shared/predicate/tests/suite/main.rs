//! One binary for all tests of the public interface.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

mod catalogue;
mod corpus;
mod fuzzed;
mod languages;
mod plain;
mod properties;
mod pruning;
mod random;
mod semantics;
mod sorting;
