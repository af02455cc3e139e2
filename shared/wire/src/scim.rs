//! The bodies of inbound provisioning: users and groups after RFC 7643, requests and answers after RFC 7644.

use app::error::Error;
use app::scim::find::{Found, ListInput, MAX_PAGE};
use app::scim::schema::{self, Attribute, Mutability, Schema, Type};
use app::scim::{Kind, ResourceId, ResourceKind, ResourceView, kind_word, refused};
use serde_json::{Map, Value, json};

use crate::decode::{Faults, Query, parse};
use crate::exchange::Pairs;

/// What bodies of this dialect are called.
pub const MEDIA_TYPE: &str = "application/scim+json";
/// Where everything lies.
const BASE: &str = "/scim/v2";
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
pub(crate) const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
const CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// Which attributes of a resource an answer shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shown {
    /// These alone, when there are any.
    only: Vec<String>,
    /// These not.
    without: Vec<String>,
}

/// Decodes `attributes` and `excludedAttributes`.
#[must_use]
pub fn shown(query: &Pairs) -> Shown {
    let names = |name: &str| -> Vec<String> {
        let given = query.get(name).unwrap_or_default().split(',').map(str::trim);
        given.filter(|name| !name.is_empty()).map(|name| plain(name).to_lowercase()).collect()
    };
    Shown { only: names("attributes"), without: names("excludedAttributes") }
}

/// A name without the URN of the core schema before it; the extension's stays.
fn plain(name: &str) -> &str {
    let core = [schema::USER, schema::GROUP].into_iter().find_map(|urn| {
        let (head, rest) = name.split_at_checked(urn.len())?;
        if head.eq_ignore_ascii_case(urn) { rest.strip_prefix(':') } else { None }
    });
    core.unwrap_or(name)
}

impl Shown {
    /// Whether an attribute is shown at all.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        let is_only = self.only.is_empty() || self.only.iter().any(|only| head(only) == name);
        is_only && !self.without.contains(&name)
    }

    /// Takes out of a resource what is not shown. What tells it apart stays.
    fn narrow(&self, body: &mut Map<String, Value>) {
        const ALWAYS: [&str; 2] = ["schemas", "id"];
        body.retain(|name, value| {
            if ALWAYS.contains(&name.as_str()) {
                return true;
            }
            let lower = name.to_lowercase();
            let of = |names: &[String]| -> Vec<String> {
                names.iter().filter(|asked| head(asked) == lower).map(|asked| tail(asked).to_owned()).collect()
            };
            let (only, without) = (of(&self.only), of(&self.without));
            if !self.only.is_empty() && only.is_empty() || without.iter().any(String::is_empty) {
                return false;
            }
            if only.iter().all(|part| !part.is_empty()) {
                parts(value, &|part| only.is_empty() || only.contains(part));
            }
            parts(value, &|part| !without.contains(part));
            true
        });
    }
}

/// The attribute that a name begins with; the extension has dots and colons of its own.
fn head(name: &str) -> &str {
    let extension = schema::ENTERPRISE.to_lowercase();
    match name.starts_with(&extension) {
        true => name.get(..extension.len()).unwrap_or(name),
        false => name.split_once('.').map_or(name, |(head, _)| head),
    }
}

/// The part of the attribute that a name ends in; empty for all of it.
fn tail(name: &str) -> &str {
    name.get(head(name).len()..).unwrap_or_default().trim_start_matches(['.', ':'])
}

/// Keeps the parts of an attribute, or of each entry of a list, that are wanted.
fn parts(value: &mut Value, wanted: &dyn Fn(&String) -> bool) {
    match value {
        Value::Object(held) => held.retain(|name, _| wanted(&name.to_lowercase())),
        Value::Array(entries) => entries.iter_mut().for_each(|entry| parts(entry, wanted)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Decodes which resources are asked for.
///
/// # Errors
/// All faults of the query.
pub fn list_input(query: &Pairs, shown: &Shown) -> Result<ListInput, Error> {
    let faults = Faults::new();
    let query = Query::new(query, &faults);
    // What is below the least means the least.
    let number = |name: &str, default: i64, least: i64| {
        u32::try_from(query.integer(name).unwrap_or(default).max(least)).unwrap_or(u32::MAX)
    };
    let input = ListInput {
        filter: query.text("filter").map(str::to_owned),
        start: number("startIndex", 1, 1),
        count: number("count", i64::from(MAX_PAGE), 0),
        with_groups: shown.has("groups"),
    };
    faults.check().map(|()| input)
}

/// Decodes a body.
///
/// # Errors
/// It is no JSON object.
pub fn body(body: &[u8]) -> Result<Map<String, Value>, Error> {
    match parse(body)? {
        Value::Object(body) => Ok(body),
        _ => Err(refused(Kind::InvalidSyntax, "must be a JSON object")),
    }
}

/// A user or group.
#[must_use]
pub fn resource(view: &ResourceView, shown: &Shown) -> Value {
    let ResourceView { id, attributes, members, groups, .. } = view;
    let mut body = Map::new();
    body.insert("schemas".to_owned(), json!(view.schemas()));
    body.insert("id".to_owned(), id.to_string().into());
    body.extend(attributes.clone());
    if id.kind == ResourceKind::Group {
        let members = members
            .iter()
            .map(|id| json!({ "value": id.to_string(), "type": kind_word(id.kind), "$ref": location(*id) }));
        body.insert("members".to_owned(), members.collect());
    }
    if let Some(groups) = groups {
        let groups =
            groups.iter().map(|(id, name)| json!({ "value": id.to_string(), "display": name, "$ref": location(*id) }));
        body.insert("groups".to_owned(), groups.collect());
    }
    let mut meta = view.meta();
    meta.insert("location".to_owned(), location(*id).into());
    body.insert("meta".to_owned(), Value::Object(meta));
    shown.narrow(&mut body);
    Value::Object(body)
}

fn location(id: ResourceId) -> String {
    format!("{BASE}/{}s/{id}", kind_word(id.kind))
}

/// Makes addresses of the places in an answer, which name themselves by their paths.
pub fn locate(body: &mut Value, base: &str) {
    match body {
        Value::Object(held) => {
            for (name, value) in held {
                match value {
                    Value::String(place) if matches!(name.as_str(), "location" | "$ref") && is_ours(place) => {
                        place.insert_str(0, base);
                    }
                    value => locate(value, base),
                }
            }
        }
        Value::Array(entries) => entries.iter_mut().for_each(|entry| locate(entry, base)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_ours(place: &str) -> bool {
    place.strip_prefix(BASE).is_some_and(|rest| rest.starts_with('/'))
}

/// A page of users or groups.
#[must_use]
pub fn page(found: &Found, shown: &Shown) -> Value {
    let Found { total, start, resources } = found;
    let shown: Vec<Value> = resources.iter().map(|view| resource(view, shown)).collect();
    list(u64::from(*total), u64::from(*start), shown)
}

fn list(total: u64, start: u64, resources: Vec<Value>) -> Value {
    json!({
        "schemas": [LIST],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    })
}

/// What this service can do.
#[must_use]
pub fn config() -> Value {
    let no = json!({ "supported": false });
    json!({
        "schemas": [CONFIG],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": MAX_PAGE },
        "changePassword": no,
        "sort": no,
        "etag": no,
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "The token of an API key of an administrator",
            "primary": true,
        }],
        "meta": { "resourceType": "ServiceProviderConfig", "location": format!("{BASE}/ServiceProviderConfig") },
    })
}

/// The kinds of resources.
#[must_use]
pub fn resource_types() -> Value {
    let all: Vec<Value> = [ResourceKind::User, ResourceKind::Group].into_iter().map(resource_type).collect();
    list(all.len() as u64, 1, all)
}

/// One kind of resource, by its name.
///
/// # Errors
/// [`Error::NotFound`].
pub fn resource_type_named(name: &str) -> Result<Value, Error> {
    let kinds = [ResourceKind::User, ResourceKind::Group];
    let kind = kinds.into_iter().find(|kind| kind_word(*kind) == name);
    kind.map(resource_type).ok_or_else(Error::not_found)
}

fn resource_type(kind: ResourceKind) -> Value {
    let name = kind_word(kind);
    let extensions = match kind {
        ResourceKind::User => vec![json!({ "schema": schema::ENTERPRISE, "required": false })],
        ResourceKind::Group => Vec::new(),
    };
    json!({
        "schemas": [RESOURCE_TYPE],
        "id": name,
        "name": name,
        "endpoint": format!("/{name}s"),
        "schema": schema::core(kind),
        "schemaExtensions": extensions,
        "meta": { "resourceType": "ResourceType", "location": format!("{BASE}/ResourceTypes/{name}") },
    })
}

/// The schemas.
#[must_use]
pub fn schemas() -> Value {
    let all: Vec<Value> = schema::SCHEMAS.iter().map(schema_body).collect();
    list(all.len() as u64, 1, all)
}

/// One schema, by its URN.
///
/// # Errors
/// [`Error::NotFound`].
pub fn schema_named(urn: &str) -> Result<Value, Error> {
    let found = schema::SCHEMAS.iter().find(|schema| schema.id.eq_ignore_ascii_case(urn));
    found.map(schema_body).ok_or_else(Error::not_found)
}

fn schema_body(schema: &Schema) -> Value {
    let Schema { id, name, text, attributes } = schema;
    json!({
        "schemas": [SCHEMA],
        "id": id,
        "name": name,
        "description": text,
        "attributes": attributes.iter().map(attribute).collect::<Vec<_>>(),
        "meta": { "resourceType": "Schema", "location": format!("{BASE}/Schemas/{id}") },
    })
}

fn attribute(attribute: &Attribute) -> Value {
    let Attribute { name, kind, multi, required, exact, mutability, unique, text } = attribute;
    let (kind, parts) = match kind {
        Type::Text => ("string", None),
        Type::Flag => ("boolean", None),
        Type::Time => ("dateTime", None),
        Type::Reference => ("reference", None),
        Type::Complex(parts) => ("complex", Some(parts)),
    };
    let mutability = match mutability {
        Mutability::ReadWrite => "readWrite",
        Mutability::ReadOnly => "readOnly",
        Mutability::Immutable => "immutable",
    };
    let mut body = json!({
        "name": name,
        "type": kind,
        "multiValued": multi,
        "description": text,
        "required": required,
        "caseExact": exact,
        "mutability": mutability,
        "returned": "default",
        "uniqueness": if *unique { "server" } else { "none" },
    });
    if let (Some(parts), Value::Object(body)) = (parts, &mut body) {
        body.insert("subAttributes".to_owned(), parts.iter().map(self::attribute).collect());
    }
    body
}

#[cfg(test)]
mod tests;
