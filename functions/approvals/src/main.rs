//! The `approvals` function behind the HTTP API.

use runtime::bootstrap::{self, Ports};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    bootstrap::run_http(Ports::NONE.queues().events(), approvals::handle).await
}
