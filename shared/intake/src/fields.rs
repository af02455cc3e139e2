//! One JSON object, read field by field with the type each field must have.

use std::collections::BTreeMap;
use std::fmt;

use domain::inventory::Value;
use jiff::Timestamp;
use serde_json::{Map, Value as Json};

use crate::attributes::{Attribute, Kind};
use crate::limits::{MAX_CUSTOM, MAX_LIST, MAX_REFERENCES, MAX_TEXT};
use crate::report::Report;
use crate::values;
use crate::walk::Path;

/// The place of a field of an entity. Formatted only when there is something to say.
struct Place<'a>(&'a Path, &'a str);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.0.is_empty() {
            write!(f, "{}.", self.0)?;
        }
        f.write_str(self.1)
    }
}

/// An object of the input. Every read takes the field out, so that what is left at the end was not known.
pub(crate) struct Fields<'a> {
    path: &'a Path,
    map: Map<String, Json>,
}

impl<'a> Fields<'a> {
    /// The object at a path; another kind of value is a fault.
    pub(crate) fn new(path: &'a Path, value: Json, report: &mut Report) -> Option<Self> {
        match value {
            Json::Object(map) => Some(Self { path, map }),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => {
                report.fault(path, "must be an object");
                None
            }
        }
    }

    /// Where the object stands.
    pub(crate) fn path(&self) -> &'a Path {
        self.path
    }

    /// Notes a fault of a field.
    pub(crate) fn fault(&self, name: &str, message: impl fmt::Display, report: &mut Report) {
        report.fault(&Place(self.path, name), message);
    }

    /// Notes a warning about a field.
    pub(crate) fn warn(&self, name: &str, message: impl fmt::Display, report: &mut Report) {
        report.warn(&Place(self.path, name), message);
    }

    /// A field as it is; null is absent.
    pub(crate) fn take(&mut self, name: &str) -> Option<Json> {
        self.map.remove(name).filter(|value| !value.is_null())
    }

    /// A text; an empty one is absent.
    pub(crate) fn text(&mut self, name: &str, report: &mut Report) -> Option<String> {
        match self.take(name)? {
            Json::String(text) if text.len() > MAX_TEXT => {
                self.fault(name, format_args!("longer than {MAX_TEXT} bytes"), report);
                None
            }
            Json::String(text) => Some(text).filter(|text| !text.is_empty()),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => {
                self.fault(name, "must be a string", report);
                None
            }
        }
    }

    /// A text that must be there.
    pub(crate) fn required(&mut self, name: &str, report: &mut Report) -> Option<String> {
        let given = self.map.get(name).is_some_and(|value| !value.is_null() && value != "");
        if !given {
            self.fault(name, "is required", report);
        }
        self.text(name, report)
    }

    /// A boolean, or one of the words `true` and `false`.
    pub(crate) fn flag(&mut self, name: &str, report: &mut Report) -> Option<bool> {
        let value = self.take(name)?;
        let found = match &value {
            Json::Bool(flag) => Some(*flag),
            Json::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Json::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            Json::Null | Json::Number(_) | Json::String(_) | Json::Array(_) | Json::Object(_) => None,
        };
        if found.is_none() {
            self.fault(name, "must be true or false", report);
        }
        found
    }

    /// A time.
    pub(crate) fn time(&mut self, name: &str, report: &mut Report) -> Option<Timestamp> {
        let text = self.text(name, report)?;
        let found = values::time(&text);
        if found.is_none() {
            self.fault(name, "must be a time such as `2026-01-30T07:12:00Z` or `2026-01-30`", report);
        }
        found
    }

    /// A list of texts; absent when there is none. Empty texts are dropped.
    pub(crate) fn texts(&mut self, name: &str, report: &mut Report) -> Option<Vec<String>> {
        let value = self.take(name)?;
        let Json::Array(entries) = value else {
            self.fault(name, "must be a list of strings", report);
            return None;
        };
        if entries.len() > MAX_REFERENCES {
            self.fault(name, format_args!("has more than {MAX_REFERENCES} entries"), report);
            return None;
        }
        let mut texts = Vec::with_capacity(entries.len());
        for (index, entry) in entries.into_iter().enumerate() {
            match entry {
                Json::String(text) if text.is_empty() => {}
                Json::String(text) if text.len() <= MAX_TEXT => texts.push(text),
                Json::String(_) => {
                    self.fault(&format!("{name}[{index}]"), format_args!("longer than {MAX_TEXT} bytes"), report);
                }
                Json::Null | Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => {
                    self.fault(&format!("{name}[{index}]"), "must be a string", report);
                }
            }
        }
        Some(texts)
    }

    /// A list of texts as an attribute; absent when empty.
    pub(crate) fn list(&mut self, name: &str, report: &mut Report) -> Option<Value> {
        let texts = self.texts(name, report)?;
        if texts.len() > MAX_LIST {
            self.fault(name, format_args!("has more than {MAX_LIST} entries"), report);
            return None;
        }
        Some(texts).filter(|texts| !texts.is_empty()).map(Value::List)
    }

    /// A list of objects, each with its path.
    pub(crate) fn objects(&mut self, name: &str, report: &mut Report) -> Vec<(Path, Json)> {
        match self.take(name) {
            None => Vec::new(),
            Some(Json::Array(entries)) => {
                let path = self.path.field(name);
                entries.into_iter().enumerate().map(|(index, entry)| (path.entry(index), entry)).collect()
            }
            Some(Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Object(_)) => {
                self.fault(name, "must be a list", report);
                Vec::new()
            }
        }
    }

    /// The attributes of a table that the object gives.
    pub(crate) fn attributes(&mut self, table: &[Attribute], report: &mut Report) -> BTreeMap<String, Value> {
        let mut found = BTreeMap::new();
        for attribute in table {
            let value = match attribute.kind {
                Kind::Text => self.text(attribute.field, report).map(Value::Text),
                Kind::Word => self.text(attribute.field, report).map(|text| Value::Text(text.trim().to_lowercase())),
                Kind::Flag => self.flag(attribute.field, report).map(Value::Bool),
                Kind::Time => self.time(attribute.field, report).map(Value::Time),
                Kind::Texts => self.list(attribute.field, report),
            };
            if let Some(value) = value {
                found.insert(attribute.name.to_owned(), value);
            }
        }
        found
    }

    /// The object `custom_properties`: name to boolean, number, string or list of strings.
    pub(crate) fn custom(&mut self, report: &mut Report) -> Vec<(String, Value)> {
        const FIELD: &str = "custom_properties";
        let properties = match self.take(FIELD) {
            None => return Vec::new(),
            Some(Json::Object(properties)) => properties,
            Some(Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_)) => {
                self.fault(FIELD, "must be an object", report);
                return Vec::new();
            }
        };
        if properties.len() > MAX_CUSTOM {
            self.fault(FIELD, format_args!("has more than {MAX_CUSTOM} entries"), report);
            return Vec::new();
        }
        let mut found = Vec::with_capacity(properties.len());
        for (name, value) in properties {
            let place = format!("{FIELD}.{name}");
            let Some(attribute) = values::custom_name(&name) else {
                self.fault(&place, "the name must be a letter, then letters, digits or underscores", report);
                continue;
            };
            match plain(value) {
                Ok(Some(value)) => found.push((attribute, value)),
                Ok(None) => {}
                Err(message) => self.fault(&place, message, report),
            }
        }
        found
    }

    /// The names of the fields that nobody asked for.
    pub(crate) fn rest(self) -> impl Iterator<Item = String> {
        self.map.into_iter().map(|(name, _)| name)
    }
}

/// The value of a custom property whose type is not declared.
fn plain(value: Json) -> Result<Option<Value>, &'static str> {
    const WRONG: &str = "must be a boolean, a number, a string or a list of strings";
    match value {
        Json::Null => Ok(None),
        Json::Bool(flag) => Ok(Some(Value::Bool(flag))),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => Ok(Some(Value::Int(integer))),
            (None, Some(float)) => Ok(Some(Value::Float(float))),
            (None, None) => Err("is not a number of 64 bits"),
        },
        Json::String(text) if text.len() <= MAX_TEXT => Ok(Some(Value::Text(text))),
        Json::String(_) => Err("is too long"),
        Json::Array(entries) if entries.len() <= MAX_LIST => entries
            .into_iter()
            .map(|entry| match entry {
                Json::String(text) if text.len() <= MAX_TEXT => Ok(text),
                Json::String(_) => Err("holds a string that is too long"),
                Json::Null | Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => Err(WRONG),
            })
            .collect::<Result<Vec<_>, _>>()
            .map(|texts| Some(Value::List(texts))),
        Json::Array(_) => Err("has too many entries"),
        Json::Object(_) => Err(WRONG),
    }
}
