//! The `schedules` function behind its schedule.

use runtime::bootstrap::{self, Ports};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    bootstrap::run_schedule(Ports::NONE.queues().events().objects(), schedules::handle).await
}
