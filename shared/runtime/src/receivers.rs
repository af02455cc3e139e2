//! Receivers of messages, over the network.

use std::sync::Arc;

use app::deps::{Receivers, Soon};
use delivery::{Delivery, Failure, Reach, Sender, SystemLookup, Taken};

/// Receivers that the machine's resolver finds.
#[derive(Debug)]
pub struct OverHttp(Sender);

impl OverHttp {
    /// Receivers no further away than `reach`.
    #[must_use]
    pub fn new(reach: Reach) -> Self {
        Self(Sender::new(reach, Arc::new(SystemLookup)))
    }
}

impl Receivers for OverHttp {
    fn send<'a>(&'a self, message: Delivery<'a>) -> Soon<'a, Result<Taken, Failure>> {
        Box::pin(self.0.send(message))
    }
}
