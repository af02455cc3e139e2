//! The `ingest` function behind its queue.

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::bootstrap::run_sqs(ingest::handle).await
}
