//! The `rules` function behind the HTTP API.

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::bootstrap::run_http(rules::handle).await
}
