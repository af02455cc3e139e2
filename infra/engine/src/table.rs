//! The product's table: string keys `pk` and `sk`, one sparse index `due`, expiry by `ttl`.
//!
//! `template.yaml` declares the same table for AWS; a test of the local stack holds the two together.

use dynoxide::Database;
use serde_json::{Value, json};

use crate::Error;

/// The `CreateTable` request of the product's table. The index holds keys alone: it only finds what is due, and an
/// entry of keys costs one write unit however large the item is.
pub fn definition(name: &str) -> Value {
    json!({
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
            {"AttributeName": "dpk", "AttributeType": "S"},
            {"AttributeName": "dsk", "AttributeType": "S"},
        ],
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        "GlobalSecondaryIndexes": [{
            "IndexName": "due",
            "KeySchema": [
                {"AttributeName": "dpk", "KeyType": "HASH"},
                {"AttributeName": "dsk", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }],
    })
}

/// The attribute that holds the Unix second after which an item may be deleted.
const TTL_ATTRIBUTE: &str = "ttl";

pub(crate) fn create(database: &Database, name: &str) -> Result<(), Error> {
    if database.get_table_metadata(name)?.is_some() {
        return Ok(());
    }
    let request = serde_json::from_value(definition(name)).map_err(|error| Error(error.to_string()))?;
    database.create_table(request)?;
    let ttl = json!({
        "TableName": name,
        "TimeToLiveSpecification": {"AttributeName": TTL_ATTRIBUTE, "Enabled": true},
    });
    let request = serde_json::from_value(ttl).map_err(|error| Error(error.to_string()))?;
    database.update_time_to_live(request)?;
    Ok(())
}
