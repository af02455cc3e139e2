//! The awf dialect: `value` and `values` envelopes, enums in many forms, page tokens.

pub mod assignment;
pub mod certification;
mod enums;
mod order;
pub mod paging;
pub mod query;
pub mod result;
pub mod row;
pub mod user;
pub mod workflow;
