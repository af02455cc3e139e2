//! The query builder: its conditions, the catalogue of what they may ask about, and the result of a test.

use app::error::Error;
use app::loading::population::{QueryField, QueryTest, SampleAccount, check_campaign_query};
use domain::review::{CampaignQuery, Condition, ConditionValue};
use serde_json::{Value, json};

use crate::decode::{Faults, MAX_TEXT, Object, parse};

/// Conditions of one list at most.
const MAX_CONDITIONS: usize = 100;

/// What conditions may be about, in the order to show it.
const ENTITIES: [&str; 5] = ["account", "owner", "group", "role", "classification"];

/// Operators that look at no value: whatever stands there is ignored.
const UNARY: [&str; 2] = ["is_null", "is_not_null"];

/// Decodes the body of a query test.
///
/// # Errors
/// All faults of the body.
pub fn test(body: &[u8]) -> Result<CampaignQuery, Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let query = filters(&Object::root(&value, &faults)?);
    faults.check()?;
    Ok(query)
}

/// Both lists of conditions of a query, checked against the catalogue, so that all faults come at once.
pub fn filters(query: &Object<'_>) -> CampaignQuery {
    let [inclusion_filters, exclusion_filters] = ["inclusion_filters", "exclusion_filters"].map(|list| {
        let conditions = conditions(query, list);
        check(query, list, &conditions);
        conditions.into_iter().flatten().collect()
    });
    CampaignQuery { inclusion_filters, exclusion_filters }
}

/// Reports what is wrong with each condition that can be read. One at a time, because what is wrong with the words of one
/// condition would otherwise hide what is wrong with the value of another.
fn check(query: &Object<'_>, list: &str, conditions: &[Option<Condition>]) {
    for (place, condition) in conditions.iter().enumerate() {
        let Some(condition) = condition else { continue };
        let alone = CampaignQuery { inclusion_filters: vec![condition.clone()], exclusion_filters: Vec::new() };
        for fault in check_campaign_query(&alone) {
            let part = fault.field.split_once("[0]").map_or("", |(_, part)| part);
            query.fault(&format!("{list}[{place}]{part}"), fault.issue);
        }
    }
}

/// The conditions of a list in their places; nothing in the place of one that cannot be read.
fn conditions(query: &Object<'_>, list: &str) -> Vec<Option<Condition>> {
    query.objects(list, MAX_CONDITIONS).unwrap_or_default().iter().map(condition).collect()
}

fn condition(condition: &Object<'_>) -> Option<Condition> {
    let word = |name: &str| condition.required(name, condition.text(name, MAX_TEXT));
    let (entity, field, operator) = (word("entity"), word("field"), word("operator"));
    let asks_for_value = !operator.as_deref().is_some_and(|operator| UNARY.contains(&operator));
    let value = if asks_for_value { value(condition) } else { None };
    let entity = entity.filter(|entity| {
        let known = ENTITIES.contains(&entity.as_str());
        if !known {
            condition.fault("entity", format!("must be one of {}", ENTITIES.join(", ")));
        }
        known
    });
    Some(Condition { entity: entity?, field: field?, operator: operator?, value })
}

fn value(condition: &Object<'_>) -> Option<ConditionValue> {
    match condition.raw("value")? {
        Value::Bool(flag) => Some(ConditionValue::Bool(*flag)),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Some(ConditionValue::Int(whole)),
            None => number.as_f64().map(ConditionValue::Float),
        },
        Value::String(_) => condition.text("value", MAX_TEXT).map(ConditionValue::Text),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            condition.fault("value", "must be a string, number or boolean");
            None
        }
    }
}

/// Conditions as they were given.
#[must_use]
pub fn encode_filters(query: &CampaignQuery) -> Value {
    let CampaignQuery { inclusion_filters, exclusion_filters } = query;
    let all = |conditions: &[Condition]| conditions.iter().map(encode_condition).collect::<Vec<_>>();
    json!({ "inclusion_filters": all(inclusion_filters), "exclusion_filters": all(exclusion_filters) })
}

fn encode_condition(condition: &Condition) -> Value {
    let Condition { entity, field, operator, value } = condition;
    let mut encoded = json!({ "entity": entity, "field": field, "operator": operator });
    if let (Value::Object(encoded), Some(value)) = (&mut encoded, value) {
        let value = match value {
            ConditionValue::Bool(flag) => Value::from(*flag),
            ConditionValue::Int(number) => Value::from(*number),
            ConditionValue::Float(number) => Value::from(*number),
            ConditionValue::Text(text) => Value::from(text.as_str()),
        };
        encoded.insert("value".to_owned(), value);
    }
    encoded
}

/// Everything that conditions may ask about, by entity.
#[must_use]
pub fn encode_fields(fields: &[QueryField]) -> Value {
    let of =
        |entity: &str| -> Value { fields.iter().filter(|field| field.entity == entity).map(encode_field).collect() };
    ENTITIES.into_iter().map(|entity| (entity.to_owned(), of(entity))).collect()
}

fn encode_field(field: &QueryField) -> Value {
    let QueryField { entity: _, field, label, kind, operators } = field;
    json!({ "field": field, "label": label, "type": kind, "operators": operators })
}

/// What a query selects today.
#[must_use]
pub fn encode_test(test: &QueryTest) -> Value {
    let QueryTest { count, samples } = test;
    json!({ "count": count, "sample_accounts": samples.iter().map(encode_sample).collect::<Vec<_>>() })
}

fn encode_sample(account: &SampleAccount) -> Value {
    let SampleAccount { id, account_name, email, status, department } = account;
    json!({ "id": id, "account_name": account_name, "email": email, "status": status, "department": department })
}

#[cfg(test)]
mod tests;
