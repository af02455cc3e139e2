//! The `schedules` function behind its schedule.

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::bootstrap::run_schedule(schedules::handle).await
}
