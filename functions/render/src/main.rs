//! The `render` function behind its queue.

use runtime::bootstrap::{self, Ports};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    bootstrap::run_sqs(Ports::NONE.queues().exports(), render::handle).await
}
