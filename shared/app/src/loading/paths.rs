//! What leads from one node to another, and what rows and people are told of it.
//!
//! | module | question it answers |
//! |---|---|
//! | `route` | which paths lead from one node to another |
//! | `ways` | what rows of a query tell of them |
//! | `join` | what stands beside a row because it says the same as its source |
//! | `scope` | columns of nodes that stand beside one another only in a row |
//! | `access` | what explains a row to a person |

pub(crate) mod access;
pub(crate) mod join;
pub(super) mod route;
pub(super) mod scope;
pub(super) mod ways;
