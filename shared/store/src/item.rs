//! Items as the table knows them, with typed access to their attributes and an estimate of their size.
//!
//! Attribute names are short because every name is stored, and charged, with every item.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use crate::error::Error;
use crate::keys::{self, Key};
use crate::label;

/// An item, by attribute name.
pub type Item = HashMap<String, AttributeValue>;

/// A text attribute.
pub fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A number attribute; only integers are stored.
pub fn number(value: impl Into<i128>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

/// A binary attribute.
pub fn binary(value: impl Into<Vec<u8>>) -> AttributeValue {
    AttributeValue::B(Blob::new(value.into()))
}

/// A boolean attribute.
pub fn flag(value: bool) -> AttributeValue {
    AttributeValue::Bool(value)
}

/// An instant, as the milliseconds since 1970.
pub fn time(value: Timestamp) -> AttributeValue {
    number(value.as_millisecond())
}

/// An item that holds nothing but its key.
pub fn keyed(key: &Key) -> Item {
    HashMap::from([(keys::PARTITION.to_owned(), text(&key.pk)), (keys::SORT.to_owned(), text(&key.sk))])
}

/// Typed access to an item's attributes. Every failure names the item by its key.
pub trait Fields {
    /// The attribute, or `None`.
    fn attribute(&self, name: &str) -> Option<&AttributeValue>;

    /// The key as text, for messages.
    fn label(&self) -> String {
        let part = |name| match self.attribute(name) {
            Some(AttributeValue::S(text)) => text.clone(),
            _ => "?".to_owned(),
        };
        label::of_key(&part(keys::PARTITION), &part(keys::SORT))
    }

    /// A text attribute, if it is there.
    fn maybe_text(&self, name: &str) -> Option<&str> {
        self.attribute(name).and_then(|value| value.as_s().ok()).map(String::as_str)
    }

    /// A text attribute.
    fn get_text(&self, name: &str) -> Result<&str, Error> {
        self.maybe_text(name).ok_or_else(|| absent(self.label(), name, "text"))
    }

    /// A number attribute, if it is there and fits.
    fn maybe_number<N: TryFrom<i64>>(&self, name: &str) -> Option<N> {
        let number: i64 = self.attribute(name)?.as_n().ok()?.parse().ok()?;
        N::try_from(number).ok()
    }

    /// A number attribute.
    fn get_number<N: TryFrom<i64>>(&self, name: &str) -> Result<N, Error> {
        self.maybe_number(name).ok_or_else(|| absent(self.label(), name, "number"))
    }

    /// A binary attribute.
    fn get_binary(&self, name: &str) -> Result<&[u8], Error> {
        self.attribute(name)
            .and_then(|value| value.as_b().ok())
            .map(|blob| blob.as_ref())
            .ok_or_else(|| absent(self.label(), name, "binary"))
    }

    /// A boolean attribute; absent means `false`.
    fn get_flag(&self, name: &str) -> bool {
        matches!(self.attribute(name), Some(AttributeValue::Bool(true)))
    }

    /// An instant, if it is there.
    fn maybe_time(&self, name: &str) -> Option<Timestamp> {
        self.maybe_number::<i64>(name).and_then(|ms| Timestamp::from_millisecond(ms).ok())
    }

    /// An instant.
    fn get_time(&self, name: &str) -> Result<Timestamp, Error> {
        self.maybe_time(name).ok_or_else(|| absent(self.label(), name, "time"))
    }
}

impl Fields for Item {
    fn attribute(&self, name: &str) -> Option<&AttributeValue> {
        self.get(name)
    }
}

fn absent(label: String, name: &str, kind: &str) -> Error {
    Error::corrupt(label, format!("attribute `{name}` is not a {kind}"))
}

/// The key of an item.
pub fn key_of(item: &Item) -> Result<Key, Error> {
    Ok(Key { pk: item.get_text(keys::PARTITION)?.to_owned(), sk: item.get_text(keys::SORT)?.to_owned() })
}

/// The size that the table charges for, to within a few bytes: names and values, numbers by their digits.
pub fn size(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + value_size(value)).sum()
}

fn value_size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len() / 2 + 2,
        AttributeValue::B(blob) => blob.as_ref().len(),
        AttributeValue::Ss(texts) => texts.iter().map(|text| text.len() + 1).sum(),
        AttributeValue::Ns(numbers) => numbers.iter().map(|digits| digits.len() / 2 + 3).sum(),
        AttributeValue::L(values) => 3 + values.iter().map(|value| value_size(value) + 1).sum::<usize>(),
        AttributeValue::M(map) => 3 + map.iter().map(|(name, value)| name.len() + value_size(value) + 1).sum::<usize>(),
        _ => 1,
    }
}
