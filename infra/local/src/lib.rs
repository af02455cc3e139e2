//! The whole product in one process: what `template.yaml` declares, without AWS.
//!
//! Every function runs the code that Lambda runs, called with the same events. The table is the embedded engine, the
//! queues are an SQS in memory, the object store is a directory; store and queue speak through the same SDK clients as in
//! AWS. What a kill loses is the queue, so unfinished jobs are handed over again at the start.
//!
//! | module | question it answers |
//! |---|---|
//! | [`template`] | which functions, routes, queues and schedules are there |
//! | `functions` | which code is a function |
//! | `assigned` | what may each function use |
//! | `gateway`, `server` | what happens to a request |
//! | `queues`, `pump` | how do messages reach workers |
//! | `objects` | where do uploads go |
//! | `oidc` | who signs JWTs, and who believes them |
//! | [`rhythm`] | when do schedules call their functions |
//! | `seed` | what does a newcomer find |
//! | [`demo`] | what does a whole review look like |
//! | [`back_test`] | how good is the advice to reviewers |
//! | [`replay`] | do stored recommendations follow from what was frozen |
//! | [`rehearsal`] | what does a review of a million grants take |

mod assigned;
pub mod back_test;
mod bus;
mod client;
mod clocked;
pub mod demo;
mod error;
mod files;
mod functions;
mod gateway;
mod mailbox;
mod objects;
mod oidc;
mod options;
mod pump;
mod queues;
pub mod rehearsal;
pub mod replay;
pub mod rhythm;
mod seed;
mod server;
mod stack;
pub mod template;

pub use domain::user::Role;
pub use error::Error;
pub use issuer::Algorithm;
pub use oidc::token;
pub use options::{Data, Options, SAMPLE_PEOPLE};
pub use seed::issue_key;
pub use stack::Stack;

#[cfg(test)]
mod tests;
