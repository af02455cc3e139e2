//! From the JSON of a request to the embedded database and back.

use bytes::Bytes;
use dynoxide::types::ConsumedCapacity;
use dynoxide::{Database, DynoxideError, actions};
use serde_json::Value;

use crate::meter::Units;

/// How much of a call is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    Whole,
    /// This many entries of a batch.
    Batch(u32),
    /// This many items of a page.
    Page(u32),
}

/// The answer as it goes over the wire.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
    pub(crate) units: Units,
}

impl Reply {
    pub(crate) fn is_success(&self) -> bool {
        self.status == 200
    }

    /// An error as DynamoDB words it.
    pub(crate) fn error(status: u16, kind: &str, message: &str) -> Self {
        let kind = format!("com.amazonaws.dynamodb.v20120810#{kind}");
        let body = serde_json::json!({"__type": kind, "message": message});
        Self { status, body: body.to_string().into(), units: Units::default() }
    }
}

/// Carries out one call.
pub(crate) fn run(database: &Database, operation: &str, body: &[u8], cut: Cut) -> Reply {
    let outcome = match (operation, cut) {
        ("BatchWriteItem" | "BatchGetItem", Cut::Batch(kept)) => part_of_batch(database, operation, body, kept),
        (_, cut) => data(database, operation, body, cut),
    };
    match outcome {
        Ok((body, units)) => Reply { status: 200, body: body.into(), units },
        Err(error) => Reply { status: error.status_code(), body: error.to_json().into(), units: Units::default() },
    }
}

type Outcome = Result<(Vec<u8>, Units), DynoxideError>;

/// Runs a metered operation: capacity is always asked for, and taken out of the answer unless the caller asked too.
macro_rules! metered {
    ($database:expr, $method:ident, $module:ident :: $request:ident, $body:expr, writes: $writes:expr) => {
        metered!($database, $method, $module::$request, $body, writes: $writes, untouched)
    };
    ($database:expr, $method:ident, $module:ident :: $request:ident, $body:expr, writes: $writes:expr, $shape:expr) => {{
        let mut request: actions::$module::$request = parse($body)?;
        let asked = request.return_consumed_capacity.as_deref().is_some_and(|mode| mode != "NONE");
        if !asked {
            request.return_consumed_capacity = Some("TOTAL".to_owned());
        }
        $shape(&mut request);
        let mut response = $database.$method(request)?;
        let units = Units::of(response.consumed_capacity.used(), $writes);
        if !asked {
            response.consumed_capacity = None;
        }
        Ok((serialise(&response)?, units))
    }};
}

fn untouched<T>(_request: &mut T) {}

fn data(database: &Database, operation: &str, body: &[u8], cut: Cut) -> Outcome {
    let limit = |asked: &mut Option<usize>| {
        if let Cut::Page(items) = cut {
            let items = items.max(1) as usize;
            *asked = Some(asked.map_or(items, |asked| asked.min(items)));
        }
    };
    match operation {
        "GetItem" => metered!(database, get_item, get_item::GetItemRequest, body, writes: false),
        "PutItem" => metered!(database, put_item, put_item::PutItemRequest, body, writes: true),
        "UpdateItem" => {
            metered!(database, update_item, update_item::UpdateItemRequest, body, writes: true)
        }
        "DeleteItem" => {
            metered!(database, delete_item, delete_item::DeleteItemRequest, body, writes: true)
        }
        "Query" => metered!(database, query, query::QueryRequest, body, writes: false,
            |request: &mut actions::query::QueryRequest| limit(&mut request.limit)),
        "Scan" => metered!(database, scan, scan::ScanRequest, body, writes: false,
            |request: &mut actions::scan::ScanRequest| limit(&mut request.limit)),
        "BatchGetItem" => {
            metered!(database, batch_get_item, batch_get_item::BatchGetItemRequest, body, writes: false)
        }
        "BatchWriteItem" => {
            metered!(database, batch_write_item, batch_write_item::BatchWriteItemRequest, body, writes: true)
        }
        "TransactGetItems" => {
            metered!(database, transact_get_items, transact_get_items::TransactGetItemsRequest, body, writes: false)
        }
        "TransactWriteItems" => {
            metered!(database, transact_write_items, transact_write_items::TransactWriteItemsRequest, body, writes: true)
        }
        _ => table(database, operation, body),
    }
}

fn table(database: &Database, operation: &str, body: &[u8]) -> Outcome {
    let body = match operation {
        "CreateTable" => serialise(&database.create_table(parse(body)?)?),
        "DeleteTable" => serialise(&database.delete_table(parse(body)?)?),
        "DescribeTable" => serialise(&database.describe_table(parse(body)?)?),
        "ListTables" => serialise(&database.list_tables(parse(body)?)?),
        "UpdateTimeToLive" => serialise(&database.update_time_to_live(parse(body)?)?),
        "DescribeTimeToLive" => serialise(&database.describe_time_to_live(parse(body)?)?),
        other => Err(DynoxideError::ValidationException(format!("`{other}` is not an operation of this engine"))),
    }?;
    Ok((body, Units::default()))
}

/// Carries out the first entries of a batch and gives the others back as unprocessed.
fn part_of_batch(database: &Database, operation: &str, body: &[u8], kept: u32) -> Outcome {
    let mut request: Value = parse(body)?;
    let left_over = take_rest(&mut request, kept.max(1) as usize);
    let kept = serialise(&request)?;
    let (answer, units) = data(database, operation, &kept, Cut::Whole)?;
    let mut answer: Value = parse(&answer)?;
    let name = if operation == "BatchGetItem" { "UnprocessedKeys" } else { "UnprocessedItems" };
    if let (Some(answer), false) = (answer.as_object_mut(), left_over.is_empty()) {
        answer.insert(name.to_owned(), Value::Object(left_over));
    }
    Ok((serialise(&answer)?, units))
}

/// Takes all but the first `kept` entries out of a batch request, in the shape of `UnprocessedItems`/`UnprocessedKeys`.
fn take_rest(request: &mut Value, kept: usize) -> serde_json::Map<String, Value> {
    let mut room = kept;
    let mut rest = serde_json::Map::new();
    let Some(tables) = request.get_mut("RequestItems").and_then(Value::as_object_mut) else {
        return rest;
    };
    for (table, entries) in tables.iter_mut() {
        let mut template = entries.clone();
        let list = match entries {
            Value::Array(list) => Some(list),
            other => other.get_mut("Keys").and_then(Value::as_array_mut),
        };
        let Some(list) = list else { continue };
        let left = list.split_off(room.min(list.len()));
        room -= list.len();
        if left.is_empty() {
            continue;
        }
        match template.get_mut("Keys") {
            Some(keys) => *keys = Value::Array(left),
            None => template = Value::Array(left),
        }
        rest.insert(table.clone(), template);
    }
    tables.retain(|_, entries| match entries {
        Value::Array(list) => !list.is_empty(),
        other => other.get("Keys").and_then(Value::as_array).is_some_and(|keys| !keys.is_empty()),
    });
    rest
}

fn parse<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, DynoxideError> {
    serde_json::from_slice(body).map_err(|error| refusal(&error.to_string()))
}

/// The database's request types mark their errors with the class of the DynamoDB error; the mark stays inside.
fn refusal(message: &str) -> DynoxideError {
    let text = message.split(" at line ").next().unwrap_or(message).to_owned();
    for mark in ["SERIALIZATION_AS_READ:", "SERIALIZATION:"] {
        if let Some(text) = text.strip_prefix(mark) {
            return DynoxideError::SerializationException(text.to_owned());
        }
    }
    for mark in ["VALIDATION_REQUEST:", "VALIDATION_AS_READ:", "VALIDATION:"] {
        if let Some(text) = text.strip_prefix(mark) {
            return DynoxideError::ValidationException(text.to_owned());
        }
    }
    DynoxideError::ValidationException(text)
}

fn serialise<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, DynoxideError> {
    serde_json::to_vec(value).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

/// Single operations report one consumption, batches and transactions one for each table.
trait Used {
    fn used(&self) -> impl Iterator<Item = &ConsumedCapacity>;
}

impl Used for Option<ConsumedCapacity> {
    fn used(&self) -> impl Iterator<Item = &ConsumedCapacity> {
        self.iter()
    }
}

impl Used for Option<Vec<ConsumedCapacity>> {
    fn used(&self) -> impl Iterator<Item = &ConsumedCapacity> {
        self.iter().flatten()
    }
}
