//! What conditions ask about, as columns made from the frozen columns of a block.
//!
//! Most of it stands in the block under the very name that a condition reads. The rest is made here, and only as far as it
//! is read: ages in days, as of the instant that the review was frozen at, so that an evaluation comes to the same result
//! whenever it runs; and what is said of groups, roles and classifications, as lists that run side by side, where the
//! entry of each list at one place is one entity's.

use std::collections::{BTreeSet, HashMap};

use columns::{Batch, BatchError, Column, Data, ListBuilder};
use jiff::Timestamp;
use predicate::derive::age_in_days;
use serde_json::Value;

/// Ages, by the instants that they are counted from.
const AGES: [(&str, &str); 2] =
    [("source.login_age_days", "source.last_login_at"), ("source.password_age_days", "source.password_changed_at")];
/// Entities that stand in a block as JSON objects, by the prefix under which conditions know them.
const ENTITIES: [(&str, &str); 2] = [("group.", "entitlements.groups"), ("role.", "entitlements.roles")];
/// What an account's classifications are called in a condition, and in a block.
const CLASSIFICATION: &str = "classification.";
const CLASSIFICATIONS: &str = "source.classifications";

/// The column of a block from which a column of conditions is made.
fn origin(column: &str) -> &str {
    let age = AGES.iter().find(|(name, _)| *name == column).map(|(_, since)| *since);
    let entity = || ENTITIES.iter().find(|(prefix, _)| column.starts_with(prefix)).map(|(_, stored)| *stored);
    match age.or_else(entity) {
        Some(stored) => stored,
        None if column.starts_with(CLASSIFICATION) => CLASSIFICATIONS,
        None => column,
    }
}

/// The columns of a block that have to be decoded for conditions that read these columns.
pub(crate) fn stored<'a>(read: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
    read.into_iter().map(origin).collect()
}

/// Whether a column of conditions stands in blocks, and so in their zone maps, under its own name.
pub(crate) fn is_stored(column: &str) -> bool {
    origin(column) == column
}

/// The columns that conditions read, of the rows of a block.
///
/// # Errors
/// When columns do not fit together: a bug.
pub(crate) fn batch<'a>(
    block: &Batch,
    read: impl IntoIterator<Item = &'a str>,
    as_of: Timestamp,
) -> Result<Batch, BatchError> {
    let mut batch = Batch::new(block.rows());
    for name in read.into_iter().collect::<BTreeSet<&str>>() {
        let Some(held) = block.columns().iter().find(|column| column.name == origin(name)) else { continue };
        if is_stored(name) {
            batch.push(held.clone())?;
        } else if let Some(made) = made(held, name, as_of) {
            batch.push(made)?;
        }
    }
    Ok(batch)
}

fn made(held: &Column, name: &str, as_of: Timestamp) -> Option<Column> {
    if AGES.iter().any(|(age, _)| *age == name) {
        return age_in_days(held, as_of.as_millisecond(), name);
    }
    let Data::TextList { offsets, codes, dict } = &held.data else { return None };
    if name.starts_with(CLASSIFICATION) {
        let data = Data::TextList { offsets: offsets.clone(), codes: codes.clone(), dict: dict.clone() };
        return Some(Column::new(name, data, held.present.clone()));
    }
    let (_, attribute) = name.split_once('.')?;
    // Few distinct entities in a block: each is read once.
    let said: HashMap<u32, String> = (0..).zip(dict.iter()).map(|(code, text)| (code, said(text, attribute))).collect();
    let mut list = ListBuilder::new();
    for row in 0..held.rows() {
        list.push(held.list(row).map(|entities| {
            entities
                .codes()
                .iter()
                .map(|code| said.get(code).map(String::as_str).unwrap_or_default())
                .collect::<Vec<_>>()
        }));
    }
    Some(list.finish(name))
}

/// What an entity says of itself; empty when it says nothing.
fn said(entity: &str, attribute: &str) -> String {
    // The column of conditions is named as the inventory names it, what is shown beside a row as its clients do.
    let attribute = if attribute == "datasource_name" { "data_source_name" } else { attribute };
    let entity: Value = serde_json::from_str(entity).unwrap_or_default();
    match entity.get(attribute) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(flag)) => flag.to_string(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use columns::{TextBuilder, TimeBuilder};

    use super::*;

    const DAY: i64 = 86_400_000;

    fn block() -> Batch {
        let mut departments = TextBuilder::new();
        let mut logins = TimeBuilder::new();
        let [mut groups, mut classifications] = [ListBuilder::new(), ListBuilder::new()];
        for (department, login, held, labels) in [
            ("Finance", Some(0), vec![r#"{"id":"g1","name":"Approvers","is_high_privilege":true}"#], vec!["admin"]),
            ("Sales", None, vec![], vec![]),
        ] {
            departments.push(Some(department));
            logins.push(login);
            groups.push(Some(held));
            classifications.push(Some(labels));
        }
        let columns = [
            departments.finish("source.department"),
            logins.finish("source.last_login_at"),
            groups.finish("entitlements.groups"),
            classifications.finish("source.classifications"),
        ];
        Batch::of(2, columns).unwrap()
    }

    fn rows(condition: &str) -> Vec<usize> {
        let checked = predicate::condition(condition).unwrap();
        let read = checked.columns().iter().map(String::as_str);
        let as_of = Timestamp::from_millisecond(91 * DAY + 5).unwrap();
        let batch = batch(&block(), read, as_of).unwrap();
        checked.select(&batch).ones_iter().collect()
    }

    #[test]
    fn ages_are_counted_in_whole_days_up_to_the_instant_of_the_review() {
        assert_eq!(rows("account.login_age_days > 90"), [0]);
        assert_eq!(rows("account.login_age_days > 91"), [0; 0]);
        assert_eq!(rows("account.login_age_days IS NULL"), [1]);
    }

    #[test]
    fn groups_and_classifications_are_asked_one_by_one() {
        assert_eq!(rows("group.name = 'approvers' AND group.is_high_privilege = true"), [0]);
        assert_eq!(rows("NOT group.name = 'approvers'"), [1]);
        assert_eq!(rows("classification.name = 'admin'"), [0]);
        assert_eq!(rows("role.name = 'admin'"), [0; 0]);
    }

    #[test]
    fn only_what_is_read_is_decoded() {
        let checked = predicate::condition("account.login_age_days > 90 AND group.name = 'x'").unwrap();
        let read = checked.columns().iter().map(String::as_str);
        assert_eq!(stored(read).into_iter().collect::<Vec<_>>(), ["entitlements.groups", "source.last_login_at"]);
    }
}
