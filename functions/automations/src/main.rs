//! The `automations` function behind the HTTP API.

use runtime::bootstrap::{self, Ports};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    bootstrap::run_http(Ports::NONE.events(), automations::handle).await
}
