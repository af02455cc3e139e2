//! From a body to what is kept of it: known attributes in their canonical spelling and type.

use serde_json::{Map, Value};
use store::scim::{ResourceKind, Term};

use super::path::is_extension;
use super::schema::{self, Attribute, Mutability, Type};
use super::{Kind, refused};
use crate::error::Error;

/// How long a text may be, in bytes.
const MAX_TEXT: usize = 1_024;
/// How many entries a list may have; members are counted elsewhere.
const MAX_ENTRIES: usize = 20;

/// What is kept of a whole resource. Members are left as they came: they are looked at apart.
///
/// # Errors
/// [`Error::Invalid`] for a value of another type, and for one that is needed and missing.
pub(super) fn read(kind: ResourceKind, body: &Map<String, Value>) -> Result<Map<String, Value>, Error> {
    let mut kept = Map::new();
    for (name, value) in body {
        put(kind, &mut kept, name, value)?;
    }
    complete(kind, &kept)?;
    Ok(kept)
}

/// Puts an attribute by its name, which may be that of the extension or begin with a URN, into a resource. What is not known
/// is passed over.
pub(super) fn put(
    kind: ResourceKind,
    resource: &mut Map<String, Value>,
    name: &str,
    value: &Value,
) -> Result<(), Error> {
    if is_extension(kind, name) {
        let Value::Object(parts) = value else {
            return Err(refused(Kind::InvalidValue, format!("{name} must be an object")));
        };
        return extension(resource, |held| {
            for (part, value) in parts {
                if let Some(attribute) = schema::named(schema::extension(kind).iter(), part) {
                    set(held, attribute, value)?;
                }
            }
            Ok(())
        });
    }
    match schema::named(schema::attributes(kind), name) {
        Some(attribute) => set(resource, attribute, value),
        None => Ok(()),
    }
}

/// Changes the extension of a resource, which is made when it is not there, and goes when nothing is in it.
pub(super) fn extension(
    resource: &mut Map<String, Value>,
    change: impl FnOnce(&mut Map<String, Value>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut parts = match resource.shift_remove(schema::ENTERPRISE) {
        Some(Value::Object(parts)) => parts,
        _ => Map::new(),
    };
    change(&mut parts)?;
    if !parts.is_empty() {
        resource.insert(schema::ENTERPRISE.to_owned(), Value::Object(parts));
    }
    Ok(())
}

/// Sets an attribute, or clears it with `null`. One that nobody may set stays as it is.
pub(super) fn set(holder: &mut Map<String, Value>, attribute: &Attribute, value: &Value) -> Result<(), Error> {
    if attribute.mutability == Mutability::ReadOnly {
        return Ok(());
    }
    match typed(attribute, value)? {
        Some(value) => drop(holder.insert(attribute.name.to_owned(), value)),
        None => drop(holder.shift_remove(attribute.name)),
    }
    Ok(())
}

/// A value in the type of its attribute; `None` when it says nothing.
pub(super) fn typed(attribute: &Attribute, value: &Value) -> Result<Option<Value>, Error> {
    if !attribute.multi {
        return one(attribute, value);
    }
    let entries = match value {
        Value::Null => return Ok(None),
        Value::Array(entries) => entries.as_slice(),
        // A list of one may come without its brackets.
        entry => std::slice::from_ref(entry),
    };
    if attribute.name != "members" && entries.len() > MAX_ENTRIES {
        return Err(refused(Kind::InvalidValue, format!("{} has more than {MAX_ENTRIES} entries", attribute.name)));
    }
    let mut list = Vec::with_capacity(entries.len());
    for entry in entries {
        list.extend(one(attribute, entry)?);
    }
    Ok(Some(Value::Array(list)).filter(|list| list != &Value::Array(Vec::new())))
}

/// One value, or one entry of a list.
pub(super) fn one(attribute: &Attribute, value: &Value) -> Result<Option<Value>, Error> {
    let wrong = |wanted: &str| Err(refused(Kind::InvalidValue, format!("{} must be {wanted}", attribute.name)));
    match (attribute.kind, value) {
        (_, Value::Null) => Ok(None),
        (Type::Flag, Value::Bool(flag)) => Ok(Some(Value::Bool(*flag))),
        (Type::Flag, Value::String(word)) if word.eq_ignore_ascii_case("true") => Ok(Some(Value::Bool(true))),
        (Type::Flag, Value::String(word)) if word.eq_ignore_ascii_case("false") => Ok(Some(Value::Bool(false))),
        (Type::Flag, _) => wrong("true or false"),
        (Type::Text | Type::Time | Type::Reference, Value::String(text)) if text.len() > MAX_TEXT => {
            wrong(&format!("at most {MAX_TEXT} bytes long"))
        }
        (Type::Text | Type::Time | Type::Reference, Value::String(text)) if text.chars().any(char::is_control) => {
            wrong("without control characters")
        }
        (Type::Text | Type::Time | Type::Reference, Value::String(text)) => {
            Ok(Some(Value::String(text.trim().to_owned())).filter(|_| !text.trim().is_empty()))
        }
        (Type::Text, Value::Number(number)) => Ok(Some(Value::String(number.to_string()))),
        (Type::Text | Type::Time | Type::Reference, _) => wrong("a string"),
        (Type::Complex(parts), Value::Object(given)) => {
            let mut found = Map::new();
            for (name, value) in given {
                if let Some(part) = schema::named(parts.iter(), name).filter(|part| part.name != "$ref")
                    && let Some(value) = one(part, value)?
                {
                    found.insert(part.name.to_owned(), value);
                }
            }
            Ok(Some(Value::Object(found)).filter(|found| found != &Value::Object(Map::new())))
        }
        // Some clients write the value alone.
        (Type::Complex(parts), Value::String(_)) if schema::named(parts.iter(), "value").is_some() => {
            one(attribute, &serde_json::json!({ "value": value }))
        }
        (Type::Complex(_), _) => wrong("an object"),
    }
}

/// Whether everything is there that must be, and one entry of a list at most claims to be the one to use.
pub(super) fn complete(kind: ResourceKind, resource: &Map<String, Value>) -> Result<(), Error> {
    for Attribute { name, required, .. } in schema::attributes(kind) {
        match resource.get(*name) {
            None if *required => return Err(refused(Kind::InvalidValue, format!("{name} is required"))),
            Some(Value::Array(entries)) if entries.iter().filter(|entry| is_primary(entry)).count() > 1 => {
                return Err(refused(Kind::InvalidValue, format!("one of the {name} at most can be the primary one")));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether an entry of a list is the one to use.
pub(super) fn is_primary(entry: &Value) -> bool {
    entry.get("primary") == Some(&Value::Bool(true))
}

/// What a resource is looked for by.
pub(super) fn terms(kind: ResourceKind, resource: &Map<String, Value>) -> Vec<Term> {
    let text = |name: &str| resource.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut terms = Vec::new();
    let mut add = |attribute, value: Option<String>, unique| {
        terms.extend(value.map(|value| Term { attribute, value, unique }));
    };
    add("externalId", text("externalId"), false);
    match kind {
        ResourceKind::User => {
            add("userName", text("userName"), true);
            for email in emails(resource) {
                add("emails", Some(email.to_owned()), false);
            }
        }
        ResourceKind::Group => add("displayName", text("displayName"), false),
    }
    terms
}

/// The attributes of a kind that resources are looked for by.
pub(super) fn sought(kind: ResourceKind) -> &'static [&'static str] {
    match kind {
        ResourceKind::User => &["userName", "externalId", "emails"],
        ResourceKind::Group => &["displayName", "externalId"],
    }
}

fn emails(resource: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let entries = resource.get("emails").and_then(Value::as_array).into_iter().flatten();
    entries.filter_map(|entry| entry.get("value").and_then(Value::as_str))
}
