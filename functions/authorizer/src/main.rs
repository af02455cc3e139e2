//! The `authorizer` function behind the HTTP API. See [`authn::settings`] for the variables that make it trust an issuer.

use std::sync::Arc;

use authn::Settings;
use authorizer::Trust;
use authorizer::web::Web;

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    let trust = match Settings::read(|name| std::env::var(name).ok())? {
        Some(settings) => Some(Arc::new(Trust::new(settings, Web::new()?))),
        None => None,
    };
    runtime::bootstrap::run_event(move |deps, event| authorizer::handle(deps, trust.clone(), event)).await
}
