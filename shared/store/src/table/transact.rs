//! Transactions: all writes or none, under a token that makes a repetition harmless.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    CancellationReason, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};

use super::{MAX_ITEM_BYTES, Table, check_size, malformed};
use crate::error::Error;
use crate::expr::Expr;
use crate::item::{self, Item};
use crate::keys::Key;
use crate::retry::{Backoff, Failure, classify};

/// How many items a transaction may hold.
pub const MAX_TRANSACTION_ITEMS: usize = 100;
/// How many bytes a transaction may hold: the table's 4 MB, less room for names and expressions.
pub const MAX_TRANSACTION_BYTES: usize = 3_800_000;

/// One write of a transaction.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// Puts an item, under a condition or not.
    Put(Item, Expr),
    /// Changes an item, under a condition or not.
    Update(Key, Expr),
}

impl Write {
    /// The bytes that the write adds to its transaction, roughly.
    pub fn size(&self) -> usize {
        match self {
            Self::Put(item, _) => item::size(item),
            Self::Update(key, expr) => {
                key.pk.len() + key.sk.len() + expr.update.len() + expr.values().map_or(0, |values| item::size(&values))
            }
        }
    }
}

/// Why a transaction was cancelled, for one of its writes.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// Not because of this write.
    None,
    /// The condition of this write does not hold; this is what stands there.
    Refused(Option<Item>),
}

/// The outcome of a transaction.
#[derive(Debug, Clone, PartialEq)]
pub enum Transacted {
    /// All is written, now or by an earlier attempt under the same token.
    Done,
    /// Nothing is written: at least one condition does not hold. One reason per write, in order.
    Cancelled(Vec<Reason>),
    /// The token was used before for other contents: an earlier life of the command has written something.
    TokenUsed,
}

enum Cancelled {
    Conditions(Vec<Reason>),
    Passing(String),
    Refused(String),
}

impl Table {
    /// Writes all or nothing. Conflicts with other transactions, throttling and lost answers are repeated under the
    /// same `token` (at most 36 characters), which the table carries out at most once for the same contents; so a lost
    /// answer never turns into a failed condition of one's own making.
    ///
    /// # Errors
    /// [`Error::TooLarge`] before anything is sent; [`Error::Unavailable`] when the retries run out: the transaction
    /// may then have been carried out or not, and the caller must look for its command id.
    pub async fn transact(&self, token: &str, writes: &[Write]) -> Result<Transacted, Error> {
        check_bounds(writes)?;
        let mut items = Vec::with_capacity(writes.len());
        for write in writes {
            items.push(self.transact_item(write)?);
        }
        let mut backoff = Backoff::new();
        loop {
            let request = self.client().transact_write_items().set_transact_items(Some(items.clone()));
            let Err(error) = request.client_request_token(token).send().await else { return Ok(Transacted::Done) };
            let failure = classify(&error);
            let failure = match error.into_service_error() {
                TransactWriteItemsError::TransactionCanceledException(cancelled) => {
                    match sort_reasons(cancelled.cancellation_reasons.unwrap_or_default()) {
                        Cancelled::Conditions(reasons) => return Ok(Transacted::Cancelled(reasons)),
                        Cancelled::Passing(reason) => Failure::Passing(reason),
                        Cancelled::Refused(reason) => Failure::Refused(reason),
                    }
                }
                TransactWriteItemsError::IdempotentParameterMismatchException(_) => return Ok(Transacted::TokenUsed),
                _ => failure,
            };
            super::again(failure, &mut backoff, || "writing a transaction".to_owned()).await?;
        }
    }

    fn transact_item(&self, write: &Write) -> Result<TransactWriteItem, Error> {
        let all_old = ReturnValuesOnConditionCheckFailure::AllOld;
        let builder = TransactWriteItem::builder();
        Ok(match write {
            Write::Put(item, expr) => builder.put(
                Put::builder()
                    .table_name(self.name())
                    .set_item(Some(item.clone()))
                    .set_condition_expression(expr.condition_text())
                    .set_expression_attribute_names(expr.names())
                    .set_expression_attribute_values(expr.values())
                    .return_values_on_condition_check_failure(all_old)
                    .build()
                    .map_err(malformed)?,
            ),
            Write::Update(key, expr) => builder.update(
                Update::builder()
                    .table_name(self.name())
                    .set_key(Some(item::keyed(key)))
                    .update_expression(&expr.update)
                    .set_condition_expression(expr.condition_text())
                    .set_expression_attribute_names(expr.names())
                    .set_expression_attribute_values(expr.values())
                    .return_values_on_condition_check_failure(all_old)
                    .build()
                    .map_err(malformed)?,
            ),
        }
        .build())
    }
}

fn check_bounds(writes: &[Write]) -> Result<(), Error> {
    let what = || "a transaction".to_owned();
    if writes.len() > MAX_TRANSACTION_ITEMS {
        return Err(Error::TooLarge { what: what(), size: writes.len(), limit: MAX_TRANSACTION_ITEMS });
    }
    for write in writes {
        match write {
            Write::Put(item, _) => check_size(item)?,
            Write::Update(key, _) if write.size() > MAX_ITEM_BYTES => {
                return Err(Error::TooLarge { what: key.to_string(), size: write.size(), limit: MAX_ITEM_BYTES });
            }
            Write::Update(..) => {}
        }
    }
    let size: usize = writes.iter().map(Write::size).sum();
    if size > MAX_TRANSACTION_BYTES {
        return Err(Error::TooLarge { what: what(), size, limit: MAX_TRANSACTION_BYTES });
    }
    Ok(())
}

/// A failed condition outweighs a conflict, since repeating cannot cure it; a conflict outweighs nothing else.
fn sort_reasons(reasons: Vec<CancellationReason>) -> Cancelled {
    let mut sorted = Vec::with_capacity(reasons.len());
    let mut passing = None;
    for reason in reasons {
        match reason.code.as_deref() {
            None | Some("None") => sorted.push(Reason::None),
            Some("ConditionalCheckFailed") => sorted.push(Reason::Refused(reason.item)),
            Some(code @ ("TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded")) => {
                passing = Some(code.to_owned());
                sorted.push(Reason::None);
            }
            Some(code) => return Cancelled::Refused(format!("{code}: {}", reason.message.unwrap_or_default())),
        }
    }
    let refused = sorted.iter().any(|reason| matches!(reason, Reason::Refused(_)));
    match passing {
        Some(code) if !refused => Cancelled::Passing(code),
        None if !refused => Cancelled::Passing("cancelled without a reason".to_owned()),
        Some(_) | None => Cancelled::Conditions(sorted),
    }
}
