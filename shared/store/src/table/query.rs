//! Reading a range of a partition.

use aws_sdk_dynamodb::types::AttributeValue;

use super::{Read, Table, again};
use crate::error::Error;
use crate::item::{self, Item};
use crate::keys;
use crate::label;
use crate::retry::{Backoff, classify};

/// How many requests one query may take: a bound on what a call reads, far above what any caller plans for.
const MAX_REQUESTS: usize = 400;

/// A range of one partition.
#[derive(Debug, Clone)]
pub struct Query {
    index: bool,
    partition: String,
    range: Range,
    limit: Option<usize>,
    read: Read,
}

#[derive(Debug, Clone)]
enum Range {
    All,
    Prefix(String),
    Between(String, String),
}

/// What a query found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// The items, in the order of the query.
    pub items: Vec<Item>,
    /// Whether the range holds more behind the last item.
    pub more: bool,
}

impl Query {
    /// The whole partition.
    pub fn all(partition: impl Into<String>, read: Read) -> Self {
        Self { index: false, partition: partition.into(), range: Range::All, limit: None, read }
    }

    /// The items whose sort keys begin with `prefix`.
    pub fn prefix(partition: impl Into<String>, prefix: impl Into<String>, read: Read) -> Self {
        Self { range: Range::Prefix(prefix.into()), ..Self::all(partition, read) }
    }

    /// The items whose sort keys lie from `first` to `last`, both included.
    pub fn between(
        partition: impl Into<String>,
        first: impl Into<String>,
        last: impl Into<String>,
        read: Read,
    ) -> Self {
        Self { range: Range::Between(first.into(), last.into()), ..Self::all(partition, read) }
    }

    /// The entries of the due index up to `last`, which are always read eventually.
    pub fn due(partition: impl Into<String>, last: impl Into<String>) -> Self {
        Self { index: true, ..Self::between(partition, "0", last, Read::Eventual) }
    }

    /// At most `limit` items.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }

    fn condition(&self) -> (&'static str, Vec<(&'static str, &str)>) {
        match &self.range {
            Range::All => ("#p = :p", Vec::new()),
            Range::Prefix(prefix) => ("#p = :p AND begins_with(#s, :a)", vec![(":a", prefix.as_str())]),
            Range::Between(first, last) => {
                ("#p = :p AND #s BETWEEN :a AND :b", vec![(":a", first.as_str()), (":b", last.as_str())])
            }
        }
    }
}

impl Table {
    /// Everything that the query names, up to its limit, over as many requests as the table's 1 MB pages take.
    ///
    /// # Errors
    /// [`Error::Unavailable`] after the bounded retries; [`Error::TooLarge`] when a range without a limit is larger
    /// than any caller plans for.
    pub async fn query(&self, query: &Query) -> Result<Page, Error> {
        let mut page = Page::default();
        let mut start = None;
        for _ in 0..MAX_REQUESTS {
            let room = query.limit.map(|limit| limit.saturating_sub(page.items.len()));
            let (items, next) = self.query_once(query, start.take(), room).await?;
            page.items.extend(items);
            start = next;
            if start.is_none() {
                return Ok(page);
            }
            if query.limit.is_some_and(|limit| page.items.len() >= limit) {
                page.more = true;
                return Ok(page);
            }
        }
        Err(Error::TooLarge {
            what: format!("the range {}", label::masked(&query.partition)),
            size: page.items.len(),
            limit: MAX_REQUESTS,
        })
    }

    async fn query_once(
        &self,
        query: &Query,
        start: Option<Item>,
        room: Option<usize>,
    ) -> Result<(Vec<Item>, Option<Item>), Error> {
        let (condition, values) = query.condition();
        let (partition, sort) =
            if query.index { (keys::DUE_PARTITION, keys::DUE_SORT) } else { (keys::PARTITION, keys::SORT) };
        let mut backoff = Backoff::new();
        loop {
            let mut request = self
                .client()
                .query()
                .table_name(self.name())
                .key_condition_expression(condition)
                .expression_attribute_names("#p", partition)
                .expression_attribute_values(":p", AttributeValue::S(query.partition.clone()))
                .set_exclusive_start_key(start.clone());
            if !values.is_empty() {
                request = request.expression_attribute_names("#s", sort);
            }
            for (name, value) in &values {
                request = request.expression_attribute_values(*name, item::text(*value));
            }
            // One more than asked for would tell whether more follows; the table's own key tells it for nothing.
            request = request.set_limit(room.and_then(|room| i32::try_from(room.max(1)).ok()));
            request = if query.index {
                request.index_name(keys::DUE_INDEX)
            } else {
                request.consistent_read(query.read.is_consistent())
            };
            match request.send().await {
                Ok(answer) => return Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key)),
                Err(error) => {
                    again(classify(&error), &mut backoff, || format!("reading {}", label::masked(&query.partition)))
                        .await?
                }
            }
        }
    }
}
