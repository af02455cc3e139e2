//! Custom properties: which are defined, of which type; and the tags and owners that every entity may have.

use std::collections::{BTreeMap, HashMap};

use domain::inventory::{Node, Value, reserved};
use serde_json::{Map, Value as Json};

use crate::fields::Fields;
use crate::limits::{MAX_CUSTOM, MAX_LIST, MAX_TEXT};
use crate::report::Report;
use crate::values;
use crate::walk::Path;

/// The type of a custom property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Boolean,
    Number,
    Text,
    TextList,
    Time,
}

impl Type {
    fn from_name(name: &str) -> Option<Self> {
        const NAMES: [(&str, Type); 5] = [
            ("BOOLEAN", Type::Boolean),
            ("NUMBER", Type::Number),
            ("STRING", Type::Text),
            ("STRING_LIST", Type::TextList),
            ("TIMESTAMP", Type::Time),
        ];
        NAMES.iter().find(|(word, _)| word.eq_ignore_ascii_case(name)).map(|(_, found)| *found)
    }

    /// The value in this type, or nothing when it does not fit.
    fn read(self, value: Json) -> Option<Value> {
        match (self, value) {
            (Self::Boolean, Json::Bool(flag)) => Some(Value::Bool(flag)),
            (Self::Boolean, Json::String(text)) => values::flag(&text).map(Value::Bool),
            (Self::Number, Json::Number(number)) => {
                number.as_i64().map(Value::Int).or_else(|| number.as_f64().map(Value::Float))
            }
            (Self::Number, Json::String(text)) => text.trim().parse().ok().map(Value::Int),
            (Self::Text, Json::String(text)) if text.len() <= MAX_TEXT => Some(Value::Text(text)),
            (Self::Text, Json::Bool(flag)) => Some(Value::Text(flag.to_string())),
            (Self::Text, Json::Number(number)) => Some(Value::Text(number.to_string())),
            (Self::TextList, Json::Array(entries)) if entries.len() <= MAX_LIST => {
                let texts = entries.into_iter().map(|entry| match entry {
                    Json::String(text) if text.len() <= MAX_TEXT => Some(text),
                    _ => None,
                });
                texts.collect::<Option<Vec<_>>>().map(Value::List)
            }
            (Self::Time, Json::String(text)) => values::time(&text).map(Value::Time),
            (Self::Boolean | Self::Number | Self::Text | Self::TextList | Self::Time, _) => None,
        }
    }
}

/// The properties that are defined, by section (`local_user_properties`) and lower-cased name. Resource types have a
/// section of their own each, `resource:<type>` in lower case.
#[derive(Debug, Default, Clone)]
pub(super) struct Definitions(HashMap<String, BTreeMap<String, Type>>);

impl Definitions {
    /// Reads the definitions of an application type, or of an identity provider.
    pub(super) fn read(path: &Path, value: Json, report: &mut Report) -> Self {
        let mut found = Self::default();
        let Some(mut fields) = Fields::new(path, value, report) else { return found };
        for (at, resource) in fields.objects("resources", report) {
            let Some(mut resource) = Fields::new(&at, resource, report) else { continue };
            let kind = resource.required("resource_type", report).unwrap_or_default();
            match resource.take("properties") {
                Some(Json::Object(properties)) => {
                    found.section(
                        &at.field("properties"),
                        format!("resource:{}", kind.to_lowercase()),
                        properties,
                        report,
                    );
                }
                Some(_) => resource.fault("properties", "must be an object", report),
                None => {}
            }
        }
        for name in SECTIONS {
            match fields.take(name) {
                Some(Json::Object(properties)) => {
                    found.section(&path.field(name), (*name).to_owned(), properties, report);
                }
                Some(_) => fields.fault(name, "must be an object", report),
                None => {}
            }
        }
        found
    }

    fn section(&mut self, path: &Path, section: String, properties: Map<String, Json>, report: &mut Report) {
        let types = self.0.entry(section).or_default();
        for (name, kind) in properties {
            let found = kind.as_str().and_then(Type::from_name);
            match (values::custom_name(&name), found) {
                (Some(_), Some(kind)) => {
                    types.insert(name.to_ascii_lowercase(), kind);
                }
                (None, _) => report.warn(&path.field(&name), "not a property name, ignored"),
                (_, None) => report.warn(&path.field(&name), "unknown type, property ignored"),
            }
        }
    }

    /// The custom properties of an entity that are defined and fit their type; others are warnings.
    pub(super) fn properties(
        &self,
        section: &str,
        fields: &mut Fields<'_>,
        report: &mut Report,
    ) -> Vec<(String, Value)> {
        const FIELD: &str = "custom_properties";
        let given = match fields.take(FIELD) {
            None => return Vec::new(),
            Some(Json::Object(given)) => given,
            Some(_) => {
                fields.fault(FIELD, "must be an object", report);
                return Vec::new();
            }
        };
        let types = self.0.get(section);
        let mut found = Vec::new();
        for (name, value) in given.into_iter().take(MAX_CUSTOM) {
            let place = format!("{FIELD}.{name}");
            let key = name.to_ascii_lowercase();
            match (types.and_then(|types| types.get(&key)), value) {
                (_, Json::Null) => {}
                (None, _) => fields.warn(&place, "property is not defined, ignored", report),
                (Some(kind), value) => match kind.read(value) {
                    Some(value) => found.push((format!("customprop_{key}"), value)),
                    None => fields.warn(&place, "value does not fit the type of the property, ignored", report),
                },
            }
        }
        found
    }
}

const SECTIONS: &[&str] = &[
    "application_properties",
    "local_user_properties",
    "local_group_properties",
    "local_role_properties",
    "local_access_creds_properties",
    "local_agent_properties",
    "domain_properties",
    "user_properties",
    "group_properties",
    "app_properties",
    "employee_properties",
];

/// Lets custom properties say what the templates have no field for: one that is named like an attribute the product
/// knows, and has its type, becomes that attribute too. So `mfa_enabled` of a user or `title` of a person counts.
pub(super) fn lift(node: &mut Node) {
    /// What the place in the payload says, and nothing else.
    const FIXED: [&str; 2] = ["application_id", "parent_id"];
    let attributes = &node.attributes;
    let lifted: Vec<(String, Value)> = attributes
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix("customprop_")?, value)))
        .filter(|(name, value)| reserved(node.family, name).is_some_and(|wanted| wanted.fits(value)))
        .filter(|(name, _)| !FIXED.contains(name) && !attributes.contains_key(*name))
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect();
    node.attributes.extend(lifted);
}

/// The attributes `tags` (`key:value`) and `owner_ids` (external ids, the primary owner first).
pub(super) fn tags_and_owners(fields: &mut Fields<'_>, report: &mut Report) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let mut tags = Vec::new();
    for (at, tag) in fields.objects("tags", report) {
        let Some(mut tag) = Fields::new(&at, tag, report) else { continue };
        let (key, value) = (tag.required("key", report), tag.text("value", report));
        if let Some(key) = key {
            tags.push(value.map_or_else(|| key.clone(), |value| format!("{key}:{value}")));
        }
    }
    let mut owners = Vec::new();
    for (at, owner) in fields.objects("owners", report) {
        let Some(mut owner) = Fields::new(&at, owner, report) else { continue };
        let (id, primary) = (owner.required("external_id", report), owner.flag("primary", report));
        owners.extend(id.map(|id| (!primary.unwrap_or(false), id)));
    }
    owners.sort_by_key(|(secondary, _)| *secondary);
    let owners: Vec<String> = owners.into_iter().map(|(_, id)| id).collect();
    for (name, list) in [("tags", tags), ("owner_ids", owners)] {
        if !list.is_empty() {
            found.push((name.to_owned(), Value::List(list)));
        }
    }
    found
}

/// A time that is only a warning when it cannot be read.
pub(super) fn time(name: &str, fields: &mut Fields<'_>, report: &mut Report) -> Option<Value> {
    let text = fields.text(name, report)?;
    let found = values::time(&text);
    if found.is_none() {
        fields.warn(name, "is not a time, ignored", report);
    }
    found.map(Value::Time)
}
