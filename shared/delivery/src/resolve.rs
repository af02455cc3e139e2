//! From a name to addresses that have been checked.

use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};

use crate::address::is_public;
use crate::target::Reach;

/// The addresses of a name, soon.
pub type Addresses<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// What a name resolves to.
pub trait Lookup: Debug + Send + Sync {
    /// All addresses of `name`.
    fn addresses<'a>(&'a self, name: &'a str) -> Addresses<'a>;
}

/// The resolver of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn addresses<'a>(&'a self, name: &'a str) -> Addresses<'a> {
        Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect()) })
    }
}

/// Resolves for a connection, and lets it have what is allowed only. A name with one address inside and one outside is
/// refused whole: whoever made it so wants the one inside.
#[derive(Debug, Clone)]
pub(crate) struct Checked {
    pub(crate) lookup: Arc<dyn Lookup>,
    pub(crate) reach: Reach,
}

/// A name of which an address may not be asked.
#[derive(Debug, thiserror::Error)]
#[error("the host is not one of the public internet")]
pub(crate) struct NotAllowed;

impl Checked {
    async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>, ResolveDnsError> {
        let found = self.lookup.addresses(name).await.map_err(ResolveDnsError::new)?;
        match self.reach {
            Reach::Public if !found.iter().all(|address| is_public(*address)) => Err(ResolveDnsError::new(NotAllowed)),
            Reach::Public | Reach::Anywhere => Ok(found),
        }
    }
}

impl ResolveDns for Checked {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(self.resolve(name))
    }
}
