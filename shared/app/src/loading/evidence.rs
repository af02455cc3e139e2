//! What is known about an account or a row beside what it says itself, worked out from the frozen inventory.
//!
//! | module | question it answers |
//! |---|---|
//! | `entitlements` | what an account holds beside the access under review |
//! | `peers` | how usual that is among those who are alike |
//! | `past` | what the previous review decided |
//! | `outliers` | whose access is rare among comparable people |
//! | `enrich` | the risk of an account, and the evidence for advice |
//! | `groups` | which rows can be decided together |

pub(crate) mod enrich;
pub(crate) mod entitlements;
pub(super) mod groups;
pub(super) mod outliers;
pub(crate) mod past;
pub(crate) mod peers;
