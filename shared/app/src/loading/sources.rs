//! Where inventory comes from, and which versions of it belong together.
//!
//! | module | question it answers |
//! |---|---|
//! | [`source`] | which data sources there are |
//! | [`provider`] | who pushes payloads, and into which data sources |
//! | [`status`] | how the data sources of a workflow are |
//! | `current` | which versions count now, and what they hold |
//! | [`snapshot`] | which versions of all data sources belong together |

pub(crate) mod current;
pub mod provider;
pub mod snapshot;
pub mod source;
pub mod status;
