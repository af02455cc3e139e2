//! Changes of a resource: `add`, `replace` and `remove`, as the clients that matter write them.
//!
//! | what clients do | what it means |
//! |---|---|
//! | `op` in any letter case | the same |
//! | no `path`, and an object as value, also with dotted or URN-qualified names in it | each of its attributes |
//! | `"True"` and `"False"` | booleans |
//! | a filter that no entry satisfies, in `add` and `replace` | an entry that does is made |
//! | `remove` of `members` with a value | those members alone, not all; none where the value is an empty list |
//! | `replace` of a member that a filter chooses | another comes in for this one |
//! | adding who is in, removing who is not | nothing |
//! | an attribute that is not known | nothing |

use serde_json::{Map, Value};
use store::scim::ResourceKind;

use super::filter::{self, Filter};
use super::path::{self, Place, is_extension};
use super::schema::{self, Mutability, Type};
use super::{Kind, refused, resource};
use crate::error::Error;

/// How many operations a change may have.
const MAX_OPERATIONS: usize = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    Add,
    Replace,
    Remove,
}

/// What a change does to the members of a group, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Members {
    /// These come in.
    Add(Vec<String>),
    /// These and no others are in.
    Replace(Vec<String>),
    /// These go.
    Remove(Vec<String>),
    /// All go.
    Clear,
}

/// Carries out a change on the attributes of a resource. Answers what it does to the members.
///
/// # Errors
/// [`Error::Invalid`], with nothing of the change to be kept.
pub(super) fn apply(
    kind: ResourceKind,
    held: &mut Map<String, Value>,
    body: &Map<String, Value>,
) -> Result<Vec<Members>, Error> {
    let field = |name: &str| body.iter().find(|(held, _)| held.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let Some(Value::Array(operations)) = field("Operations") else {
        return Err(refused(Kind::InvalidSyntax, "Operations must be a list"));
    };
    if operations.is_empty() || operations.len() > MAX_OPERATIONS {
        return Err(refused(Kind::InvalidSyntax, format!("Operations must have 1 to {MAX_OPERATIONS} entries")));
    }
    let mut members = Vec::new();
    for operation in operations {
        let Value::Object(operation) = operation else {
            return Err(refused(Kind::InvalidSyntax, "an operation must be an object"));
        };
        let op = match operation.get("op").and_then(Value::as_str).map(str::to_ascii_lowercase).as_deref() {
            Some("add") => Op::Add,
            Some("replace") => Op::Replace,
            Some("remove") => Op::Remove,
            _ => return Err(refused(Kind::InvalidSyntax, "op must be one of add, replace, remove")),
        };
        let value = operation.get("value").unwrap_or(&Value::Null);
        match operation.get("path") {
            None | Some(Value::Null) => whole(kind, held, op, value, &mut members)?,
            Some(Value::String(path)) => at(kind, held, op, path, value, &mut members)?,
            Some(_) => return Err(refused(Kind::InvalidPath, "path must be a string")),
        }
    }
    resource::complete(kind, held)?;
    Ok(members)
}

/// An operation without a path: an object of attributes.
fn whole(
    kind: ResourceKind,
    held: &mut Map<String, Value>,
    op: Op,
    value: &Value,
    members: &mut Vec<Members>,
) -> Result<(), Error> {
    if op == Op::Remove {
        return Err(refused(Kind::NoTarget, "remove needs a path"));
    }
    let Value::Object(attributes) = value else {
        return Err(refused(Kind::InvalidValue, "an operation without a path needs an object as value"));
    };
    for (name, value) in attributes {
        match (is_extension(kind, name), value) {
            (true, Value::Object(parts)) => {
                for (part, value) in parts {
                    at(kind, held, op, &format!("{}:{part}", schema::ENTERPRISE), value, members)?;
                }
            }
            _ => at(kind, held, op, name, value, members)?,
        }
    }
    Ok(())
}

/// An operation at a path.
fn at(
    kind: ResourceKind,
    held: &mut Map<String, Value>,
    op: Op,
    path: &str,
    value: &Value,
    members: &mut Vec<Members>,
) -> Result<(), Error> {
    if is_extension(kind, path) {
        return match op {
            Op::Remove => {
                held.shift_remove(schema::ENTERPRISE);
                Ok(())
            }
            Op::Add | Op::Replace => resource::put(kind, held, path, value),
        };
    }
    let place = path::parse(kind, path).map_err(|issue| refused(Kind::InvalidPath, issue))?;
    // What is not known is ignored, as it is in a body.
    let Some(place) = place else { return Ok(()) };
    match place.attribute.mutability {
        Mutability::ReadOnly if place.attribute.name == "id" => {
            let same = held.get("id").is_none_or(|id| id == value);
            if same { Ok(()) } else { Err(refused(Kind::Mutability, "id cannot be changed")) }
        }
        Mutability::ReadOnly => Ok(()),
        _ if place.attribute.name == "members" => {
            members.extend(membership(op, &place, value)?);
            Ok(())
        }
        _ if place.extension => resource::extension(held, |parts| change(parts, op, &place, value)),
        _ => change(held, op, &place, value),
    }
}

/// What an operation on members means, step by step.
fn membership(op: Op, place: &Place, value: &Value) -> Result<Vec<Members>, Error> {
    let among = match &place.among {
        None => None,
        Some(among) => {
            let filter = filter::parse_entries(place.attribute, among);
            let filter = filter.map_err(|issue| refused(Kind::InvalidFilter, issue))?;
            // Members are told apart by their ids alone.
            let (_, id) = filter.needed(&["value"]).ok_or_else(|| {
                refused(Kind::InvalidFilter, "members are chosen by their value: members[value eq \"...\"]")
            })?;
            Some(id)
        }
    };
    if place.part.is_some_and(|part| part.name != "value") {
        // What else is told of a member follows from who it is.
        return Ok(Vec::new());
    }
    let ids = ids(value)?;
    Ok(match (op, among) {
        (Op::Add, _) => vec![Members::Add(ids)],
        (Op::Replace, None) => vec![Members::Replace(ids)],
        (Op::Replace, Some(id)) => vec![Members::Remove(vec![id]), Members::Add(ids)],
        (Op::Remove, Some(id)) => vec![Members::Remove(vec![id])],
        (Op::Remove, None) if value.is_null() => vec![Members::Clear],
        (Op::Remove, None) => vec![Members::Remove(ids)],
    })
}

/// The ids in a list of members.
pub(super) fn ids(value: &Value) -> Result<Vec<String>, Error> {
    let wrong = || refused(Kind::InvalidValue, "members must be a list of objects with a value each");
    let id = |entry: &Value| match entry {
        Value::String(id) => Some(id.clone()),
        entry => entry.get("value").and_then(Value::as_str).map(str::to_owned),
    };
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(entries) => entries.iter().map(|entry| id(entry).ok_or_else(wrong)).collect(),
        entry => Ok(vec![id(entry).ok_or_else(wrong)?]),
    }
}

/// An operation on anything but members.
fn change(holder: &mut Map<String, Value>, op: Op, place: &Place, value: &Value) -> Result<(), Error> {
    if place.attribute.multi {
        return change_list(holder, op, place, value);
    }
    match (op, place.part) {
        (Op::Remove, None) => drop(holder.shift_remove(place.attribute.name)),
        (Op::Remove, Some(part)) => {
            if let Some(Value::Object(parts)) = holder.get_mut(place.attribute.name) {
                parts.shift_remove(part.name);
            }
        }
        (Op::Add | Op::Replace, None) => match (place.attribute.kind, value, holder.get_mut(place.attribute.name)) {
            // Parts that are not given stay.
            (Type::Complex(_), Value::Object(_), Some(Value::Object(held))) => {
                if let Some(Value::Object(parts)) = resource::one(place.attribute, value)? {
                    held.extend(parts);
                }
            }
            _ => resource::set(holder, place.attribute, value)?,
        },
        (Op::Add | Op::Replace, Some(part)) => {
            let held = holder.entry(place.attribute.name).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(parts) = held {
                resource::set(parts, part, value)?;
            }
        }
    }
    Ok(())
}

/// An operation on a list, or on the entries of it that are meant.
fn change_list(holder: &mut Map<String, Value>, op: Op, place: &Place, value: &Value) -> Result<(), Error> {
    let filter = place.among.as_deref().map(|among| filter::parse_entries(place.attribute, among)).transpose();
    let filter = filter.map_err(|issue| refused(Kind::InvalidFilter, issue))?;
    let mut entries = match holder.get(place.attribute.name) {
        Some(Value::Array(entries)) => entries.clone(),
        _ => Vec::new(),
    };
    let before: Vec<Value> = entries.iter().filter(|entry| resource::is_primary(entry)).cloned().collect();
    let is_meant = |entry: &Value| {
        filter.as_ref().is_none_or(|filter| entry.as_object().is_some_and(|entry| filter.matches(entry)))
    };
    match (op, place.part) {
        (Op::Remove, None) => entries.retain(|entry| !is_meant(entry)),
        (Op::Remove, Some(part)) => {
            for entry in entries.iter_mut().filter(|entry| is_meant(entry)) {
                entry.as_object_mut().map(|entry| entry.shift_remove(part.name));
            }
        }
        (Op::Add | Op::Replace, None) if filter.is_none() => {
            let new = match resource::typed(place.attribute, value)? {
                Some(Value::Array(new)) => new,
                _ => Vec::new(),
            };
            if op == Op::Replace {
                entries.clear();
            }
            // What is there already is not there twice.
            for entry in new {
                if !entries.contains(&entry) {
                    entries.push(entry);
                }
            }
        }
        (Op::Add | Op::Replace, _) => {
            if !entries.iter().any(is_meant) {
                entries.push(Value::Object(made(filter.as_ref())));
            }
            for entry in entries.iter_mut().filter(|entry| is_meant(entry)) {
                let Value::Object(parts) = entry else { continue };
                match (place.part, resource::one(place.attribute, value)) {
                    (Some(part), _) => resource::set(parts, part, value)?,
                    (None, Ok(Some(Value::Object(given)))) => parts.extend(given),
                    (None, Ok(_)) => {}
                    (None, Err(error)) => return Err(error),
                }
            }
        }
    }
    one_primary(&mut entries, &before);
    let entries = Value::Array(entries.into_iter().collect::<Vec<_>>());
    resource::set(holder, place.attribute, &entries)
}

/// An entry that satisfies a filter: with what the filter asks to be equal.
fn made(filter: Option<&Filter>) -> Map<String, Value> {
    let needed = filter.and_then(|filter| filter.needed(&["type", "value"]));
    needed.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value))).collect()
}

/// The last entry that says it is the one to use, is; one that says so only now comes before those that did `before`.
fn one_primary(entries: &mut [Value], before: &[Value]) {
    let says_so_now = |entry: &Value| resource::is_primary(entry) && !before.contains(entry);
    let chosen = entries.iter().rposition(says_so_now).or_else(|| entries.iter().rposition(resource::is_primary));
    for (at, entry) in entries.iter_mut().enumerate() {
        if Some(at) != chosen && resource::is_primary(entry) {
            entry.as_object_mut().map(|entry| entry.insert("primary".to_owned(), Value::Bool(false)));
        }
    }
}
