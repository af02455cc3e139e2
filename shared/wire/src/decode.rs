//! Lenient, complete decoding of requests: every fault is found in one pass and named by its path, instead of only the
//! first one, which is why bodies are walked as values and not through a derived deserialiser.
//!
//! | input | taken as |
//! | --- | --- |
//! | field absent, or `null` | not given |
//! | unknown field or query parameter | ignored |
//! | integer as decimal string | the integer |
//! | `"true"` / `"FALSE"` as string | the boolean |
//! | timestamp | RFC 3339 with any offset, up to nanoseconds |
//! | wrong type | a fault at the field's path (`scope.applications[1]`) |
//!
//! A decoding function reads all fields through [`Object`] or [`Query`], which collect into one [`Faults`], and asks
//! [`Faults::check`] before it builds its result.

use std::cell::RefCell;
use std::ops::RangeInclusive;

use app::error::{Error, Fault};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::exchange::Pairs;

/// Deepest nesting of a body.
pub const MAX_DEPTH: usize = 32;
/// Longest name, in characters.
pub const MAX_NAME: usize = 200;
/// Longest free text, in characters.
pub const MAX_TEXT: usize = 4000;
/// Longest list where nothing else is said.
pub const MAX_ITEMS: usize = 1000;
/// Faults that are reported at most; more help nobody.
const MAX_FAULTS: usize = 100;

/// The faults found so far.
#[derive(Debug, Default)]
pub struct Faults(RefCell<Vec<Fault>>);

impl Faults {
    /// No fault yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a fault; those beyond a bound are dropped.
    pub fn add(&self, field: impl Into<String>, issue: impl Into<String>) {
        let mut faults = self.0.borrow_mut();
        if faults.len() < MAX_FAULTS {
            faults.push(Fault::new(field, issue));
        }
    }

    /// Adds a fault unless `holds`.
    pub fn require(&self, holds: bool, field: &str, issue: &str) {
        if !holds {
            self.add(field, issue);
        }
    }

    /// `Ok` while nothing is wrong.
    ///
    /// # Errors
    /// All faults, when there are any.
    pub fn check(&self) -> Result<(), Error> {
        if self.0.borrow().is_empty() { Ok(()) } else { Err(self.error()) }
    }

    /// All faults as the error of a request.
    #[must_use]
    pub fn error(&self) -> Error {
        Error::Invalid(self.0.borrow().clone())
    }
}

/// Parses a body. An empty one counts as `{}`, so that what is missing is named field by field.
///
/// # Errors
/// The body is no JSON, is nested too deeply, or is not an object.
pub fn parse(body: &[u8]) -> Result<Value, Error> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Object(Map::new()));
    }
    let value: Value = serde_json::from_slice(body).map_err(|error| {
        Error::invalid("body", format!("is not valid JSON at line {} column {}", error.line(), error.column()))
    })?;
    if !shallow(&value, MAX_DEPTH) {
        return Err(Error::invalid("body", format!("is nested deeper than {MAX_DEPTH} levels")));
    }
    if value.is_object() { Ok(value) } else { Err(Error::invalid("body", "must be a JSON object")) }
}

fn shallow(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(items) => levels > 0 && items.iter().all(|item| shallow(item, levels - 1)),
        Value::Object(fields) => levels > 0 && fields.values().all(|field| shallow(field, levels - 1)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

/// An object of a body, with its path and where faults go.
#[derive(Debug, Clone)]
pub struct Object<'a> {
    fields: &'a Map<String, Value>,
    path: String,
    faults: &'a Faults,
}

impl<'a> Object<'a> {
    /// The outermost object of a body; `value` comes from [`parse`].
    ///
    /// # Errors
    /// `value` is no object.
    pub fn root(value: &'a Value, faults: &'a Faults) -> Result<Self, Error> {
        let fields = value.as_object().ok_or_else(|| Error::invalid("body", "must be a JSON object"))?;
        Ok(Self { fields, path: String::new(), faults })
    }

    /// The content of a `value` envelope when there is one, else the object itself. An envelope is an object under
    /// `value`; the paths of faults then say so.
    #[must_use]
    pub fn unwrapped(self) -> Self {
        match self.fields.get("value").and_then(Value::as_object) {
            Some(fields) => Self { fields, path: self.path_of("value"), faults: self.faults },
            None => self,
        }
    }

    /// Where faults of this object go.
    #[must_use]
    pub const fn faults(&self) -> &'a Faults {
        self.faults
    }

    /// The path of a field of this object.
    #[must_use]
    pub fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// The path of this object; empty for the body itself.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The fields of this object as they came.
    #[must_use]
    pub const fn fields(&self) -> &'a Map<String, Value> {
        self.fields
    }

    /// Reports a fault of a field.
    pub fn fault(&self, name: &str, issue: impl Into<String>) {
        self.faults.add(self.path_of(name), issue);
    }

    /// Whether a fault of this field, of something in it or of what holds it was reported already, so that a further
    /// one would only be its echo.
    #[must_use]
    pub fn is_faulty(&self, name: &str) -> bool {
        let path = self.path_of(name);
        let within = |inner: &str, outer: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        self.faults.0.borrow().iter().any(|fault| within(&fault.field, &path) || within(&path, &fault.field))
    }

    /// The value of a field, `null` counting as absent.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    /// Whether a field is there and says `null`, where that means something else than its absence.
    #[must_use]
    pub fn is_null(&self, name: &str) -> bool {
        self.fields.get(name).is_some_and(Value::is_null)
    }

    /// The error of a change that changes none of the `fields` that it may.
    #[must_use]
    pub fn changes_nothing(&self, fields: &str) -> Error {
        let place = if self.path.is_empty() { "body" } else { &self.path };
        Error::invalid(place, format!("must change at least one of {fields}"))
    }

    /// Passes `value` on, and reports the field as missing when it was not given at all. A value that was given but
    /// wrong has been reported already.
    pub fn required<T>(&self, name: &str, value: Option<T>) -> Option<T> {
        if value.is_none() && self.raw(name).is_none() {
            self.fault(name, "is required");
        }
        value
    }

    /// A text as it came, at most `max` characters.
    #[must_use]
    pub fn text(&self, name: &str, max: usize) -> Option<String> {
        text(self.raw(name)?, &self.path_of(name), max, self.faults)
    }

    /// A trimmed text of 1 to [`MAX_NAME`] characters without control characters.
    #[must_use]
    pub fn name(&self, name: &str) -> Option<String> {
        let text = self.text(name, usize::MAX)?;
        let trimmed = text.trim();
        match trimmed.chars().count() {
            0 => {
                self.fault(name, "must not be empty");
                None
            }
            n if n > MAX_NAME => {
                self.fault(name, format!("must have at most {MAX_NAME} characters"));
                None
            }
            _ if trimmed.chars().any(char::is_control) => {
                self.fault(name, "must not contain control characters");
                None
            }
            _ => Some(trimmed.to_owned()),
        }
    }

    /// A boolean, or one written as text.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<bool> {
        let value = match self.raw(name)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(word) => flag(word),
            Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
        };
        self.or_fault(name, value, "must be a boolean")
    }

    /// An integer in `bounds`, or one written as text.
    #[must_use]
    pub fn integer(&self, name: &str, bounds: RangeInclusive<i64>) -> Option<i64> {
        let value = integer(self.raw(name)?);
        let value = self.or_fault(name, value, "must be an integer")?;
        let issue = format!("must lie between {} and {}", bounds.start(), bounds.end());
        self.or_fault(name, bounds.contains(&value).then_some(value), &issue)
    }

    /// A number, or one written as text.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        let value = match self.raw(name)? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => number(text),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        self.or_fault(name, value, "must be a number")
    }

    /// One of some words, in any letter case.
    #[must_use]
    pub fn word<T: Copy>(&self, name: &str, words: &[(T, &str)]) -> Option<T> {
        let given = self.text(name, usize::MAX)?;
        let found = find_word(&given, words);
        self.or_fault(name, found, &one_of(words))
    }

    /// A point in time.
    #[must_use]
    pub fn time(&self, name: &str) -> Option<Timestamp> {
        let value = self.raw(name)?.as_str().and_then(domain::time::instant);
        self.or_fault(name, value, "must be an RFC 3339 timestamp")
    }

    /// A list of texts, each at most `max` characters.
    #[must_use]
    pub fn texts(&self, name: &str, max: usize) -> Option<Vec<String>> {
        let items = self.list(name, MAX_ITEMS)?;
        let path = self.path_of(name);
        let texts = items.iter().enumerate().map(|(n, item)| text(item, &format!("{path}[{n}]"), max, self.faults));
        // Every element is looked at, so that every fault is reported.
        texts.collect::<Vec<_>>().into_iter().collect()
    }

    /// A nested object.
    #[must_use]
    pub fn object(&self, name: &str) -> Option<Self> {
        let fields = self.raw(name)?.as_object();
        let fields = self.or_fault(name, fields, "must be an object")?;
        Some(Self { fields, path: self.path_of(name), faults: self.faults })
    }

    /// A list of objects, at most `max`. Elements that are no objects are reported and left out.
    #[must_use]
    pub fn objects(&self, name: &str, max: usize) -> Option<Vec<Self>> {
        let items = self.list(name, max)?;
        let objects = items.iter().enumerate().filter_map(|(n, item)| {
            let path = format!("{}[{n}]", self.path_of(name));
            let Some(fields) = item.as_object() else {
                self.faults.add(path, "must be an object");
                return None;
            };
            Some(Self { fields, path, faults: self.faults })
        });
        Some(objects.collect())
    }

    /// A list of at most `max` values.
    #[must_use]
    pub fn list(&self, name: &str, max: usize) -> Option<&'a [Value]> {
        let items = self.raw(name)?.as_array().map(Vec::as_slice);
        let items = self.or_fault(name, items, "must be a list")?;
        self.or_fault(name, (items.len() <= max).then_some(items), &format!("must have at most {max} elements"))
    }

    fn or_fault<T>(&self, name: &str, value: Option<T>, issue: &str) -> Option<T> {
        if value.is_none() {
            self.fault(name, issue);
        }
        value
    }
}

fn text(value: &Value, path: &str, max: usize, faults: &Faults) -> Option<String> {
    let Some(text) = value.as_str() else {
        faults.add(path, "must be a string");
        return None;
    };
    if text.chars().nth(max).is_some() {
        faults.add(path, format!("must have at most {max} characters"));
        return None;
    }
    Some(text.to_owned())
}

/// An integer given as a number without fraction, or as decimal text.
pub(crate) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A finite number in decimal notation.
fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

fn find_word<T: Copy>(given: &str, words: &[(T, &str)]) -> Option<T> {
    words.iter().find(|(_, word)| given.trim().eq_ignore_ascii_case(word)).map(|(value, _)| *value)
}

fn one_of<T>(words: &[(T, &str)]) -> String {
    let words: Vec<&str> = words.iter().map(|(_, word)| *word).collect();
    format!("must be one of {}", words.join(", "))
}

/// A boolean word in any case.
fn flag(word: &str) -> Option<bool> {
    if word.eq_ignore_ascii_case("true") {
        Some(true)
    } else if word.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// The query of a request. An empty value counts as not given.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    pairs: &'a Pairs,
    faults: &'a Faults,
}

impl<'a> Query<'a> {
    /// Reads `pairs`, reporting into `faults`.
    #[must_use]
    pub const fn new(pairs: &'a Pairs, faults: &'a Faults) -> Self {
        Self { pairs, faults }
    }

    /// A value as it came.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.pairs.get(name).filter(|value| !value.is_empty())
    }

    /// Reports a fault of a parameter.
    pub fn fault(&self, name: &str, issue: impl Into<String>) {
        self.faults.add(name, issue);
    }

    /// An integer, whatever its size; one beyond 64 bits counts as the largest or smallest.
    #[must_use]
    pub fn integer(&self, name: &str) -> Option<i64> {
        let text = self.text(name)?.trim();
        let digits = text.strip_prefix('-').unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            self.fault(name, "must be an integer");
            return None;
        }
        let beyond = if text.starts_with('-') { i64::MIN } else { i64::MAX };
        Some(text.parse().unwrap_or(beyond))
    }

    /// A number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        let value = number(self.text(name)?);
        if value.is_none() {
            self.fault(name, "must be a number");
        }
        value
    }

    /// One of some words, in any letter case.
    #[must_use]
    pub fn word<T: Copy>(&self, name: &str, words: &[(T, &str)]) -> Option<T> {
        let found = find_word(self.text(name)?, words);
        if found.is_none() {
            self.fault(name, one_of(words));
        }
        found
    }

    /// How many entries a page holds: at least 1, `default` when not given, and never more than `max`.
    #[must_use]
    pub fn limit(&self, name: &str, default: u32, max: u32) -> u32 {
        match self.integer(name) {
            None => default,
            Some(limit) if limit < 1 => {
                self.fault(name, "must be at least 1");
                default
            }
            Some(limit) => u32::try_from(limit).unwrap_or(max).min(max),
        }
    }

    /// A boolean word in any case.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<bool> {
        let value = flag(self.text(name)?);
        if value.is_none() {
            self.fault(name, "must be a boolean");
        }
        value
    }
}

#[cfg(test)]
mod tests;
