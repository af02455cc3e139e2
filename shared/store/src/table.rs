//! The low level: one method per verb of the table, each with its retries and bounds.
//!
//! Nothing here knows an aggregate. Reads name their consistency. Batches send again what was left unprocessed, in
//! bounded rounds. Transactions come in [`transact`]; a single conditional write tells whether the condition failed
//! and hands back the item that stood in the way, so that a caller can recognise its own earlier write.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    DeleteRequest, KeysAndAttributes, PutRequest, ReturnValue, ReturnValuesOnConditionCheckFailure, WriteRequest,
};

use futures::{StreamExt, TryStreamExt, future, stream};

use crate::error::Error;
use crate::expr::Expr;
use crate::item::{self, Item};
use crate::keys::Key;
use crate::retry::{Backoff, Failure, classify, code};

mod query;
mod transact;

pub use query::Query;
pub use transact::{MAX_TRANSACTION_BYTES, MAX_TRANSACTION_ITEMS, Reason, Transacted, Write};

/// The largest item that the table accepts, in bytes.
pub const MAX_ITEM_BYTES: usize = 400 * 1024;
/// How many items one batch write may hold.
const BATCH_PUTS: usize = 25;
/// How many bytes one batch write may hold; the table's limit is 16 MB.
const BATCH_PUT_BYTES: usize = 15 * 1024 * 1024;
/// How many keys one batch get may name.
const BATCH_GETS: usize = 100;
/// Puts on their way at the same time.
const PARALLEL: usize = 16;
const FAILED_CONDITION: &str = "ConditionalCheckFailedException";

/// How fresh a read must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// Everything that was acknowledged before: for whatever a command or an exact answer decides on.
    Consistent,
    /// May lag behind, at half the cost: for what never changes.
    Eventual,
}

impl Read {
    fn is_consistent(self) -> bool {
        match self {
            Self::Consistent => true,
            Self::Eventual => false,
        }
    }
}

/// The outcome of a single conditional write.
#[derive(Debug, Clone, PartialEq)]
pub enum Written {
    /// It is written.
    Done,
    /// The condition does not hold; this is what stands there. After a lost answer it may be our own write: compare.
    Refused(Option<Item>),
}

/// The table.
#[derive(Debug, Clone)]
pub struct Table {
    client: Client,
    name: Arc<str>,
}

impl Table {
    /// The table `name` behind `client`.
    pub fn new(client: Client, name: impl Into<Arc<str>>) -> Self {
        Self { client, name: name.into() }
    }

    /// The name of the table.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The client, for administration such as creating the table.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// One item, or `None`.
    ///
    /// # Errors
    /// [`Error::Unavailable`] after the bounded retries.
    pub async fn get(&self, key: &Key, read: Read) -> Result<Option<Item>, Error> {
        let mut backoff = Backoff::new();
        loop {
            let request = self.client.get_item().table_name(&*self.name).set_key(Some(item::keyed(key)));
            match request.consistent_read(read.is_consistent()).send().await {
                Ok(answer) => return Ok(answer.item),
                Err(error) => again(classify(&error), &mut backoff, || format!("reading {key}")).await?,
            }
        }
    }

    /// Puts one item, under a condition or not.
    ///
    /// # Errors
    /// [`Error::TooLarge`] before anything is sent; [`Error::Unavailable`] after the bounded retries.
    pub async fn put(&self, item: &Item, condition: &Expr) -> Result<Written, Error> {
        check_size(item)?;
        let mut backoff = Backoff::new();
        loop {
            let request = self.client.put_item().table_name(&*self.name).set_item(Some(item.clone()));
            let sent = request
                .set_condition_expression(condition.condition_text())
                .set_expression_attribute_names(condition.names())
                .set_expression_attribute_values(condition.values())
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                .send()
                .await;
            let Err(error) = sent else { return Ok(Written::Done) };
            if code(&error) == Some(FAILED_CONDITION) {
                return Ok(Written::Refused(refused_item(error.into_service_error())));
            }
            again(classify(&error), &mut backoff, || format!("writing {}", item::Fields::label(item))).await?;
        }
    }

    /// Changes one item, under a condition or not. The update must be safe to repeat: it may be carried out twice when
    /// an answer is lost, unless its condition excludes that.
    ///
    /// # Errors
    /// [`Error::Unavailable`] after the bounded retries.
    pub async fn update(&self, key: &Key, expr: &Expr) -> Result<Written, Error> {
        match self.update_once_or_again(key, expr, ReturnValue::None).await? {
            Ok(_) => Ok(Written::Done),
            Err(refused) => Ok(Written::Refused(refused)),
        }
    }

    /// The same, and answers the item as it then is, or `None` when the condition does not hold.
    ///
    /// # Errors
    /// [`Error::Unavailable`] after the bounded retries.
    pub async fn update_and_get(&self, key: &Key, expr: &Expr) -> Result<Option<Item>, Error> {
        Ok(self.update_once_or_again(key, expr, ReturnValue::AllNew).await?.ok().flatten())
    }

    /// The attributes that `wanted` asks for, or, where the condition does not hold, what stands there.
    async fn update_once_or_again(
        &self,
        key: &Key,
        expr: &Expr,
        wanted: ReturnValue,
    ) -> Result<Result<Option<Item>, Option<Item>>, Error> {
        let mut backoff = Backoff::new();
        loop {
            let request = self.client.update_item().table_name(&*self.name).set_key(Some(item::keyed(key)));
            let sent = request
                .update_expression(&expr.update)
                .set_condition_expression(expr.condition_text())
                .set_expression_attribute_names(expr.names())
                .set_expression_attribute_values(expr.values())
                .return_values(wanted.clone())
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                .send()
                .await;
            let error = match sent {
                Ok(answer) => return Ok(Ok(answer.attributes)),
                Err(error) => error,
            };
            if code(&error) == Some(FAILED_CONDITION) {
                return Ok(Err(refused_update(error.into_service_error())));
            }
            again(classify(&error), &mut backoff, || format!("updating {key}")).await?;
        }
    }

    /// Puts items, some at the same time, each in a request of its own and over whatever stands there. For functions that may
    /// not delete: a batch could, so that they are not allowed any.
    ///
    /// # Errors
    /// [`Error::TooLarge`]; [`Error::Unavailable`] after the bounded retries. Some are written then.
    pub async fn put_each(&self, items: Vec<Item>) -> Result<(), Error> {
        let puts = items.into_iter().map(|item| async move { self.put(&item, &Expr::default()).await });
        stream::iter(puts).buffer_unordered(PARALLEL).try_for_each(|_| future::ok(())).await
    }

    /// Puts items that nobody else writes: at most 25 items and 15 MB in a request, what is left unprocessed again.
    ///
    /// # Errors
    /// [`Error::TooLarge`] before anything is sent; [`Error::Unavailable`] when rounds run out, with some written.
    pub async fn batch_put(&self, items: Vec<Item>) -> Result<(), Error> {
        let mut batch = Vec::new();
        let mut bytes = 0;
        for item in items {
            check_size(&item)?;
            let size = item::size(&item);
            if batch.len() == BATCH_PUTS || bytes + size > BATCH_PUT_BYTES {
                self.put_round(std::mem::take(&mut batch)).await?;
                bytes = 0;
            }
            bytes += size;
            batch.push(item);
        }
        self.put_round(batch).await
    }

    async fn put_round(&self, items: Vec<Item>) -> Result<(), Error> {
        let mut requests = Vec::with_capacity(items.len());
        for item in items {
            let put = PutRequest::builder().set_item(Some(item)).build().map_err(malformed)?;
            requests.push(WriteRequest::builder().put_request(put).build());
        }
        self.write_round(requests).await
    }

    /// Deletes items by their keys, whether they exist or not. For sweepers alone: no other function may delete.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when rounds run out, with some deleted.
    pub async fn batch_delete(&self, keys: &[Key]) -> Result<(), Error> {
        for chunk in keys.chunks(BATCH_PUTS) {
            let mut requests = Vec::with_capacity(chunk.len());
            for key in chunk {
                let delete = DeleteRequest::builder().set_key(Some(item::keyed(key))).build().map_err(malformed)?;
                requests.push(WriteRequest::builder().delete_request(delete).build());
            }
            self.write_round(requests).await?;
        }
        Ok(())
    }

    async fn write_round(&self, mut left: Vec<WriteRequest>) -> Result<(), Error> {
        let mut backoff = Backoff::new();
        while !left.is_empty() {
            let request = self.client.batch_write_item().request_items(&*self.name, left.clone());
            match request.send().await {
                Ok(answer) => {
                    let before = left.len();
                    left = answer.unprocessed_items.and_then(|mut all| all.remove(&*self.name)).unwrap_or_default();
                    if left.len() < before {
                        // INVARIANT: a round that made progress does not count, so only a stuck batch gives up.
                        backoff = Backoff::new();
                    }
                    if !left.is_empty() && !backoff.again().await {
                        return Err(Error::unavailable("writing a batch", format!("{} items left", left.len())));
                    }
                }
                Err(error) => again(classify(&error), &mut backoff, || "writing a batch".to_owned()).await?,
            }
        }
        Ok(())
    }

    /// Reads many items by their keys; what does not exist is left out, and the order is free. Duplicates are read
    /// once.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when rounds run out.
    pub async fn batch_get(&self, keys: Vec<Key>, read: Read) -> Result<Vec<Item>, Error> {
        let mut keys = keys;
        keys.sort();
        keys.dedup();
        let mut found = Vec::with_capacity(keys.len());
        for chunk in keys.chunks(BATCH_GETS) {
            self.get_round(chunk.iter().map(item::keyed).collect(), read, &mut found).await?;
        }
        Ok(found)
    }

    async fn get_round(&self, keys: Vec<Item>, read: Read, found: &mut Vec<Item>) -> Result<(), Error> {
        let mut left = keys;
        let mut backoff = Backoff::new();
        while !left.is_empty() {
            let wanted = KeysAndAttributes::builder()
                .set_keys(Some(left.clone()))
                .consistent_read(read.is_consistent())
                .build()
                .map_err(malformed)?;
            match self.client.batch_get_item().request_items(&*self.name, wanted).send().await {
                Ok(answer) => {
                    let before = left.len();
                    let items = answer.responses.and_then(|mut all| all.remove(&*self.name));
                    found.extend(items.unwrap_or_default());
                    let rest = answer.unprocessed_keys.and_then(|mut all| all.remove(&*self.name));
                    left = rest.map(|rest| rest.keys).unwrap_or_default();
                    if left.len() < before {
                        backoff = Backoff::new();
                    }
                    if !left.is_empty() && !backoff.again().await {
                        return Err(Error::unavailable("reading a batch", format!("{} keys left", left.len())));
                    }
                }
                Err(error) => again(classify(&error), &mut backoff, || "reading a batch".to_owned()).await?,
            }
        }
        Ok(())
    }
}

/// Waits before the next attempt, or gives up with the failure as an error.
async fn again(failure: Failure, backoff: &mut Backoff, doing: impl Fn() -> String) -> Result<(), Error> {
    match failure {
        Failure::Passing(_) if backoff.again().await => Ok(()),
        failure => Err(failure.into_error(&doing())),
    }
}

fn check_size(item: &Item) -> Result<(), Error> {
    let size = item::size(item);
    if size > MAX_ITEM_BYTES {
        return Err(Error::TooLarge { what: item::Fields::label(item), size, limit: MAX_ITEM_BYTES });
    }
    Ok(())
}

fn malformed(error: aws_sdk_dynamodb::error::BuildError) -> Error {
    Error::Rejected { doing: "building a request".to_owned(), reason: error.to_string() }
}

fn refused_item(error: aws_sdk_dynamodb::operation::put_item::PutItemError) -> Option<Item> {
    use aws_sdk_dynamodb::operation::put_item::PutItemError;
    match error {
        PutItemError::ConditionalCheckFailedException(refused) => refused.item,
        _ => None,
    }
}

fn refused_update(error: aws_sdk_dynamodb::operation::update_item::UpdateItemError) -> Option<Item> {
    use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
    match error {
        UpdateItemError::ConditionalCheckFailedException(refused) => refused.item,
        _ => None,
    }
}
