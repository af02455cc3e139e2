//! What the tests of use cases stand on.
//!
//! | module | holds |
//! |---|---|
//! | [`stand`] | a whole backend without a network, whose clock stands still |
//! | [`deaths`] | functions that die at any call, and are started again |
//! | [`sketch`] | small organisations |

pub(crate) mod deaths;
pub(crate) mod sketch;
pub(crate) mod stand;
