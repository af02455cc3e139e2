//! The SDK's way into the engine: an HTTP client without a network.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, Credentials, Region};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::StaticTimeSource;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use serde_json::Value;

use crate::crash::Fate;
use crate::dispatch::{self, Cut, Reply};
use crate::faults::{Fault, Weather};
use crate::meter::Operation;
use crate::simulate::SIMULATED_START_SECONDS;
use crate::{Engine, State};

/// Retries that one client may spend before it has to wait for successes to earn more: the SDK's own default.
const RETRY_TOKENS: usize = 500;

impl Engine {
    /// An SDK client of this engine. Every client has its own retry budget: the SDK's default one is shared by the whole
    /// process, so that the retries of one run would change the next.
    pub fn client(&self) -> Client {
        Client::from_conf(self.client_config().build())
    }

    /// The configuration of [`Self::client`], for a test that changes the number of attempts or the like.
    pub fn client_config(&self) -> Builder {
        let retries = RetryPartition::custom("engine").token_bucket(TokenBucket::new(RETRY_TOKENS)).build();
        aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url("http://engine.invalid")
            .credentials_provider(Credentials::new("engine", "engine", None, None, "engine"))
            .http_client(self.clone())
            .retry_config(RetryConfig::standard())
            .retry_partition(retries)
            .sleep_impl(TokioSleep::new())
            .time_source(StaticTimeSource::from_secs(SIMULATED_START_SECONDS))
    }

    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let operation = operation(&request)?;
        let body = Bytes::copy_from_slice(request.body().bytes().unwrap_or_default());
        let (fate, weather) = {
            let mut state = self.state();
            state.calls += 1;
            (state.crash.next_call(), state.faults.next_call(&operation))
        };
        for _ in 0..weather.steps_aside {
            tokio::task::yield_now().await;
        }
        if fate == Fate::Dead {
            return Err(dead());
        }
        let reply = self.carry_out(&operation, &body, weather);
        match (fate, weather.fault) {
            (Fate::LastWords, _) => Err(dead()),
            (_, Some(Fault::Unanswered)) => std::future::pending().await,
            (_, Some(Fault::Lost | Fault::Unreachable)) => Err(ConnectorError::io("the connection was reset".into())),
            _ => response(reply),
        }
    }

    fn carry_out(&self, operation: &str, body: &Bytes, weather: Weather) -> Reply {
        if let Some(refusal) = weather.fault.and_then(|fault| refused_by(fault, operation, body)) {
            return refusal;
        }
        if weather.fault == Some(Fault::Unreachable) {
            return Reply::error(503, "ServiceUnavailable", "never sent");
        }
        let cut = match weather.fault {
            Some(Fault::Unprocessed(kept)) => Cut::Batch(kept),
            Some(Fault::ShortPage(items)) => Cut::Page(items),
            _ => Cut::Whole,
        };
        // The lock is kept while the call runs when a replica follows, because that must see writes in their order.
        let mut state = self.state();
        let reply = if state.replica.is_some() {
            follow(&mut state, &self.shared.database, operation, body, cut, weather.lag)
        } else {
            drop(state);
            let reply = dispatch::run(&self.shared.database, operation, body, cut);
            state = self.state();
            reply
        };
        state.usage.count(
            operation,
            Operation {
                requests: 1,
                refused: u64::from(!reply.is_success()),
                read_units: reply.units.read,
                write_units: reply.units.write,
                request_bytes: body.len() as u64,
                response_bytes: reply.body.len() as u64,
            },
        );
        reply
    }
}

/// Runs a call on the database, or on the replica when it is a read that may be stale, and keeps the replica informed.
fn follow(
    state: &mut State,
    database: &dynoxide::Database,
    operation: &str,
    body: &Bytes,
    cut: Cut,
    lag: u32,
) -> Reply {
    match &mut state.replica {
        Some(replica) if may_be_stale(operation, body) => {
            dispatch::run(replica.at_most_behind(lag), operation, body, cut)
        }
        Some(replica) => {
            let reply = dispatch::run(database, operation, body, cut);
            if reply.is_success() && writes(operation) {
                replica.follow(operation, body.clone(), cut);
            }
            reply
        }
        None => dispatch::run(database, operation, body, cut),
    }
}

fn writes(operation: &str) -> bool {
    matches!(
        operation,
        "PutItem" | "UpdateItem" | "DeleteItem" | "BatchWriteItem" | "TransactWriteItems" | "CreateTable"
    )
}

fn may_be_stale(operation: &str, body: &Bytes) -> bool {
    let consistent = |read: &Value| read.get("ConsistentRead").and_then(Value::as_bool).unwrap_or(false);
    match operation {
        "GetItem" | "Query" | "Scan" => serde_json::from_slice::<Value>(body)
            .is_ok_and(|read| read.get("IndexName").is_some() || !consistent(&read)),
        "BatchGetItem" => serde_json::from_slice::<Value>(body).is_ok_and(|read| {
            read.get("RequestItems").and_then(Value::as_object).is_some_and(|tables| !tables.values().any(consistent))
        }),
        _ => false,
    }
}

/// The answer of a fault that stops a call before anything is done.
fn refused_by(fault: Fault, operation: &str, body: &Bytes) -> Option<Reply> {
    match fault {
        Fault::Throughput => Some(Reply::error(
            400,
            "ProvisionedThroughputExceededException",
            "The level of configured provisioned throughput for the table was exceeded.",
        )),
        Fault::Throttling => Some(Reply::error(
            400,
            "ThrottlingException",
            "Throughput exceeds the current capacity of your table or index.",
        )),
        Fault::Internal => Some(Reply::error(500, "InternalServerError", "Internal server error")),
        Fault::InProgress => {
            Some(Reply::error(400, "TransactionInProgressException", "Transaction is ongoing for the given token."))
        }
        Fault::Conflict(index) => Some(conflict(index, operation, body)),
        Fault::Lost | Fault::Unprocessed(_) | Fault::ShortPage(_) | Fault::Unreachable | Fault::Unanswered => None,
    }
}

fn conflict(index: u32, operation: &str, body: &Bytes) -> Reply {
    const MESSAGE: &str = "Transaction is ongoing for the item";
    if !operation.starts_with("Transact") {
        return Reply::error(400, "TransactionConflictException", MESSAGE);
    }
    let items = serde_json::from_slice::<Value>(body)
        .ok()
        .and_then(|request| request.get("TransactItems").and_then(Value::as_array).map(Vec::len))
        .unwrap_or(1)
        .max(1);
    let hit = index as usize % items;
    let codes = (0..items).map(|item| if item == hit { "TransactionConflict" } else { "None" }).collect::<Vec<_>>();
    let reasons = codes.iter().map(|code| match *code {
        "None" => serde_json::json!({"Code": "None"}),
        code => serde_json::json!({"Code": code, "Message": MESSAGE}),
    });
    let body = serde_json::json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": format!(
            "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
            codes.join(", ")
        ),
        "CancellationReasons": reasons.collect::<Vec<_>>(),
    });
    Reply { status: 400, body: body.to_string().into(), units: crate::meter::Units::default() }
}

pub(crate) fn operation(request: &HttpRequest) -> Result<String, ConnectorError> {
    request
        .headers()
        .get("x-amz-target")
        .and_then(|target| target.rsplit('.').next())
        .map(str::to_owned)
        .ok_or_else(|| ConnectorError::user("not a DynamoDB request".into()))
}

/// A dead process sends nothing more: an error that the SDK does not retry, so that a crash costs no waiting.
fn dead() -> ConnectorError {
    ConnectorError::user("the process has crashed".into())
}

pub(crate) fn response(reply: Reply) -> Result<HttpResponse, ConnectorError> {
    let status = reply.status.try_into().map_err(|error| ConnectorError::other(Box::new(error), None))?;
    let mut response = HttpResponse::new(status, SdkBody::from(reply.body));
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    Ok(response)
}

impl HttpConnector for Engine {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let engine = self.clone();
        HttpConnectorFuture::new(async move { engine.answer(request).await })
    }
}

impl HttpClient for Engine {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
