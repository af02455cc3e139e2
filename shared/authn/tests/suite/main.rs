//! Tokens, good and bad, from an issuer whose keys and documents the tests hold.

#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod accepted;
mod fixture;
mod refused;
mod rotation;
mod settings;
