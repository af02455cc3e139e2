//! A client that may do what its role allows and nothing else, as IAM would see to it.
//!
//! A call is looked at before it reaches the database: which actions it needs, on the table or an index, in which
//! partitions. What no grant covers is answered as AWS answers it, and nothing is carried out.

use aws_sdk_dynamodb::Client;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use serde_json::Value;

use crate::Engine;
use crate::connector::{operation, response};
use crate::dispatch::Reply;

/// One thing that a role allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The action without its service: `GetItem`. A transaction needs the actions of what is in it.
    pub action: String,
    /// The index that it is allowed on; `None` for the table itself.
    pub index: Option<String>,
    /// Where.
    pub partitions: Partitions,
}

/// Partitions, by patterns of their keys, in which a star stands for anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Partitions {
    /// Every one.
    All,
    /// Those alone that a pattern fits.
    Like(Vec<String>),
    /// Those alone that no pattern fits.
    Unlike(Vec<String>),
}

impl Partitions {
    /// `None` is a partition that a call names in words, not as a key: no confined grant covers that.
    fn hold(&self, partition: Option<&str>) -> bool {
        let fits = |key: &str, patterns: &[String]| patterns.iter().any(|pattern| fits(pattern, key));
        match (self, partition) {
            (Self::All, _) => true,
            (Self::Like(patterns), Some(key)) => fits(key, patterns),
            (Self::Unlike(patterns), Some(key)) => !fits(key, patterns),
            (Self::Like(_) | Self::Unlike(_), None) => false,
        }
    }
}

/// Whether a pattern fits a key.
fn fits(pattern: &str, key: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == key };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    let between = key.strip_prefix(start).and_then(|key| key.strip_suffix(end));
    // The first place where a part is found leaves the most for those behind it.
    let left = between.and_then(|key| middle.split('*').try_fold(key, |left, part| Some(left.split_once(part)?.1)));
    left.is_some()
}

impl Grant {
    fn covers(&self, need: &Need) -> bool {
        self.action == need.action && self.index == need.index && self.partitions.hold(need.partition.as_deref())
    }
}

/// What a call, or a part of one, asks for.
#[derive(Debug, PartialEq, Eq)]
struct Need {
    action: String,
    index: Option<String>,
    /// `None` when the call names none, as a query of an index does not.
    partition: Option<String>,
}

impl Engine {
    /// A client that these grants bind.
    pub fn client_of(&self, grants: Vec<Grant>) -> Client {
        let bound = Bound { engine: self.clone(), grants };
        Client::from_conf(self.client_config().http_client(bound).build())
    }
}

#[derive(Clone, Debug)]
struct Bound {
    engine: Engine,
    grants: Vec<Grant>,
}

impl Bound {
    /// The first thing in a call that no grant covers.
    fn refusal(&self, request: &HttpRequest) -> Option<Need> {
        let operation = operation(request).ok()?;
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
        needs(&operation, &body).into_iter().find(|need| !self.grants.iter().any(|grant| grant.covers(need)))
    }
}

impl HttpConnector for Bound {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Some(Need { action, index, partition }) = self.refusal(&request) else {
            return self.engine.call(request);
        };
        let (index, partition) = (index.unwrap_or_default(), partition.unwrap_or_default());
        let message =
            format!("no grant of the role covers dynamodb:{action} (index `{index}`, partition `{partition}`)");
        HttpConnectorFuture::ready(response(Reply::error(400, "AccessDeniedException", &message)))
    }
}

impl HttpClient for Bound {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

fn needs(operation: &str, body: &Value) -> Vec<Need> {
    let index = body.get("IndexName").and_then(Value::as_str).map(str::to_owned);
    let need = |action: &str, partition: Option<String>| Need { action: action.to_owned(), index: None, partition };
    match operation {
        "GetItem" | "UpdateItem" | "DeleteItem" => vec![need(operation, partition(body.get("Key")))],
        "PutItem" => vec![need(operation, partition(body.get("Item")))],
        "BatchGetItem" => {
            let keys = tables(body).filter_map(|table| table.get("Keys")?.as_array()).flatten();
            keys.map(|key| need(operation, partition(Some(key)))).collect()
        }
        "BatchWriteItem" => {
            let requests = tables(body).filter_map(Value::as_array).flatten();
            let keys = requests
                .map(|request| request.pointer("/PutRequest/Item").or_else(|| request.pointer("/DeleteRequest/Key")));
            keys.map(|key| need(operation, partition(key))).collect()
        }
        "TransactWriteItems" | "TransactGetItems" => {
            let parts = body.get("TransactItems").and_then(Value::as_array).into_iter().flatten();
            let parts = parts.filter_map(Value::as_object).flatten();
            let action =
                |word: &str| if word == "ConditionCheck" { "ConditionCheckItem".into() } else { format!("{word}Item") };
            parts
                .map(|(word, part)| need(&action(word), partition(part.get("Key").or_else(|| part.get("Item")))))
                .collect()
        }
        "Query" if index.is_none() => vec![need(operation, queried(body))],
        _ => vec![Need { action: operation.to_owned(), index, partition: None }],
    }
}

/// The partition that a query of the table is about: the value that its condition compares `pk` with.
fn queried(body: &Value) -> Option<String> {
    let condition = body.get("KeyConditionExpression")?.as_str()?;
    let mut comparisons = condition.split(" AND ").filter_map(|part| part.trim().split_once(" = "));
    let (_, value) = comparisons.find(|(name, _)| {
        let written = body.get("ExpressionAttributeNames").and_then(|names| names.get(*name)).and_then(Value::as_str);
        written.unwrap_or(name) == "pk"
    })?;
    body.get("ExpressionAttributeValues")?.get(value.trim())?.get("S")?.as_str().map(str::to_owned)
}

/// What a batch asks of each table.
fn tables(body: &Value) -> impl Iterator<Item = &Value> {
    body.get("RequestItems").and_then(Value::as_object).into_iter().flat_map(|tables| tables.values())
}

fn partition(key: Option<&Value>) -> Option<String> {
    key?.pointer("/pk/S")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::error::ProvideErrorMetadata;
    use aws_sdk_dynamodb::types::{AttributeValue, Delete, DeleteRequest, TransactWriteItem, WriteRequest};

    use super::*;

    const TABLE: &str = "reviews";

    fn engine() -> Engine {
        let engine = Engine::memory().unwrap();
        engine.create_table(TABLE).unwrap();
        engine
    }

    fn grant(action: &str, index: Option<&str>) -> Grant {
        Grant { action: action.to_owned(), index: index.map(str::to_owned), partitions: Partitions::All }
    }

    fn like(action: &str, patterns: &[&str]) -> Grant {
        Grant {
            partitions: Partitions::Like(patterns.iter().map(|&pattern| pattern.to_owned()).collect()),
            ..grant(action, None)
        }
    }

    fn text(value: &str) -> AttributeValue {
        AttributeValue::S(value.to_owned())
    }

    async fn put(client: &Client, pk: &str) -> Result<(), Option<String>> {
        let put = client.put_item().table_name(TABLE).item("pk", text(pk)).item("sk", text("x")).send().await;
        put.map(|_| ()).map_err(|error| error.code().map(str::to_owned))
    }

    #[tokio::test]
    async fn what_is_granted_is_carried_out_and_the_rest_refused() {
        let engine = engine();
        let client = engine.client_of(vec![grant("PutItem", None)]);
        assert_eq!(put(&client, "a").await, Ok(()));
        let get = client.get_item().table_name(TABLE).key("pk", text("a")).key("sk", text("x")).send().await;
        assert_eq!(get.unwrap_err().code(), Some("AccessDeniedException"));
        assert_eq!(engine.usage().of("GetItem").requests, 0, "it never came to the database");
    }

    #[tokio::test]
    async fn a_grant_can_be_confined_to_partitions() {
        let client = engine().client_of(vec![like("PutItem", &["KEY#*", "LIST#USER"])]);
        assert_eq!(put(&client, "KEY#1").await, Ok(()));
        assert_eq!(put(&client, "LIST#USER").await, Ok(()));
        for elsewhere in ["LIST#USERS", "CERT#1", "KEY"] {
            assert_eq!(put(&client, elsewhere).await, Err(Some("AccessDeniedException".to_owned())), "{elsewhere}");
        }
    }

    #[tokio::test]
    async fn a_grant_can_leave_partitions_out() {
        let others = Grant { partitions: Partitions::Unlike(vec!["KEY#*".into()]), ..grant("PutItem", None) };
        let client = engine().client_of(vec![others]);
        assert_eq!(put(&client, "KEYS").await, Ok(()));
        assert_eq!(put(&client, "KEY#1").await, Err(Some("AccessDeniedException".to_owned())));
    }

    #[tokio::test]
    async fn a_query_is_confined_by_the_partition_that_it_names() {
        let client = engine().client_of(vec![like("Query", &["EMAIL#*"])]);
        let ask = async |name: &str, partition: &str| {
            let query = client.query().table_name(TABLE).key_condition_expression(format!("{name} = :p AND sk > :s"));
            let query =
                query.expression_attribute_values(":p", text(partition)).expression_attribute_values(":s", text("a"));
            let query = if name == "#p" { query.expression_attribute_names("#p", "pk") } else { query };
            query.send().await.map(|_| ()).map_err(|error| error.code().map(str::to_owned))
        };
        for name in ["#p", "pk"] {
            assert_eq!(ask(name, "EMAIL#a").await, Ok(()));
            assert_eq!(ask(name, "KEY#a").await, Err(Some("AccessDeniedException".to_owned())));
        }
    }

    #[tokio::test]
    async fn a_batch_is_refused_for_any_part_of_it() {
        let client = engine().client_of(vec![like("BatchWriteItem", &["A#*"])]);
        let delete = |pk: &str| {
            let delete = DeleteRequest::builder().key("pk", text(pk)).key("sk", text("x")).build().unwrap();
            WriteRequest::builder().delete_request(delete).build()
        };
        let batch = |requests| client.batch_write_item().request_items(TABLE, requests);
        assert!(batch(vec![delete("A#1"), delete("A#2")]).send().await.is_ok());
        let refused = batch(vec![delete("A#1"), delete("B#2")]).send().await.unwrap_err();
        assert_eq!(refused.code(), Some("AccessDeniedException"));
    }

    #[tokio::test]
    async fn a_transaction_needs_the_actions_of_its_parts() {
        let engine = engine();
        let transact = |client: Client| async move {
            let delete = Delete::builder().table_name(TABLE).key("pk", text("a")).key("sk", text("x")).build().unwrap();
            let part = TransactWriteItem::builder().delete(delete).build();
            client.transact_write_items().transact_items(part).send().await.is_ok()
        };
        assert!(!transact(engine.client_of(vec![grant("PutItem", None)])).await);
        assert!(transact(engine.client_of(vec![grant("DeleteItem", None)])).await);
    }

    #[tokio::test]
    async fn an_index_is_granted_apart_from_its_table() {
        let engine = engine();
        let ask = |client: Client, index: Option<&'static str>| async move {
            let attribute = if index.is_some() { "dpk = :pk" } else { "pk = :pk" };
            let query = client.query().table_name(TABLE).set_index_name(index.map(str::to_owned));
            let query = query.key_condition_expression(attribute).expression_attribute_values(":pk", text("JOB"));
            query.send().await.is_ok()
        };
        let table = engine.client_of(vec![grant("Query", None)]);
        assert!(ask(table.clone(), None).await && !ask(table, Some("due")).await);
        let index = engine.client_of(vec![grant("Query", Some("due"))]);
        assert!(ask(index.clone(), Some("due")).await && !ask(index, None).await);
    }

    #[test]
    fn a_star_stands_for_anything_wherever_it_is() {
        for (pattern, key) in [
            ("SOURCE#*", "SOURCE#cage"),
            ("SOURCE#*#*", "SOURCE#cage#1"),
            ("SOURCE#*#*", "SOURCE#a#b#1"),
            ("*#1", "SOURCE#cage#1"),
            ("a*b*c", "abbc"),
            ("*", ""),
            ("LIST#USER", "LIST#USER"),
        ] {
            assert!(fits(pattern, key), "{pattern} {key}");
        }
        for (pattern, key) in [
            ("SOURCE#*#*", "SOURCE#cage"),
            ("SOURCE#*", "UPLOAD#SOURCE#"),
            ("a*b*c", "acb"),
            ("a*a", "a"),
            ("LIST#USER", "LIST#USERS"),
        ] {
            assert!(!fits(pattern, key), "{pattern} {key}");
        }
    }
}
