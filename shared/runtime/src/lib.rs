//! What every function needs around its handler: configuration and clients, the HTTP edge, queue batches, logging.
//!
//! | module | question it answers |
//! |---|---|
//! | [`edge`] | what happens to a request before and after its use case |
//! | [`router`] | which operation does this method and path mean |
//! | [`sqs`] | how is a batch of queue messages answered, one by one |
//! | [`jobs`] | what came of background work |
//! | [`bootstrap`] | how does a function start |
//! | [`logging`], [`metrics`] | what may an operator read about it |
//! | [`bus`] | how are events told on EventBridge |
//! | [`ports`] | the clock, ids and queues of a real installation |
//! | [`objects`] | where do large bodies lie |
//! | [`receivers`] | how do messages reach other people's systems |
//!
//! Nothing here knows a rule of the product. A handler cannot forget authentication, limits, error shapes or logging,
//! because it is only ever called from inside [`edge::serve`].

pub mod bootstrap;
pub mod bus;
pub mod edge;
pub mod jobs;
pub mod logging;
pub mod metrics;
pub mod objects;
pub mod ports;
pub mod receivers;
pub mod router;
pub mod sqs;

mod absent;
mod caller;
mod idempotency;
mod reply;
mod seen;
#[cfg(test)]
mod testing;
mod trust;

pub use caller::UNDETERMINED;
