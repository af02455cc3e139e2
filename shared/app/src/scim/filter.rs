//! Filters of clients, evaluated on one resource at a time.
//!
//! The language is that of all filters of the product ([`predicate::scim`]); what SCIM has beyond it (a filter over the
//! entries of a list, names with a URN) is cut out first and put back as a condition of its own.

use jiff::Timestamp;
use predicate::{Condition, Literal, Operator, Syntax};
use serde_json::{Map, Value};
use store::scim::ResourceKind;

use super::path::{self, Place};
use super::schema::{self, Attribute, Type};

/// A filter that can be evaluated.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    syntax: Syntax,
    /// What the paths of conditions lead to, by their numbers.
    places: Vec<Node>,
}

/// What a path in a filter means.
#[derive(Debug, Clone)]
enum Node {
    /// An attribute, or a part of one, whose entries are narrowed by a filter or not.
    At(Place, Option<Box<Filter>>),
    /// An attribute that nobody has.
    Nowhere,
}

/// Reads a filter over resources of a kind.
pub(super) fn parse(kind: ResourceKind, text: &str) -> Result<Filter, String> {
    parse_with(text, &|path| {
        let Some(place) = path::parse(kind, path)? else { return Ok(Node::Nowhere) };
        let among = place.among.as_deref().map(|among| parse_entries(place.attribute, among)).transpose()?;
        Ok(Node::At(place, among.map(Box::new)))
    })
}

/// Reads a filter over the entries of a list.
pub(super) fn parse_entries(list: &'static Attribute, text: &str) -> Result<Filter, String> {
    let Type::Complex(parts) = list.kind else { return Err(format!("`{}` has no parts", list.name)) };
    parse_with(text, &|path| {
        let attribute = schema::named(parts.iter(), path.trim());
        let place = |attribute| Place { extension: false, attribute, among: None, part: None };
        Ok(attribute.map_or(Node::Nowhere, |attribute| Node::At(place(attribute), None)))
    })
}

fn parse_with(text: &str, node: &dyn Fn(&str) -> Result<Node, String>) -> Result<Filter, String> {
    if text.len() > predicate::limits::LENGTH {
        return Err(format!("longer than {} characters", predicate::limits::LENGTH));
    }
    let mut places = Vec::new();
    let plain = numbered(text, &mut |path| {
        places.push(node(path)?);
        Ok(places.len() - 1)
    })?;
    // Places would be those of the filter without its paths.
    let faults = |faults: predicate::Faults| faults.first().map(|fault| fault.issue.clone()).unwrap_or_default();
    let syntax = predicate::scim::parse(&plain).map_err(faults)?;
    let filter = Filter { syntax, places };
    filter.check(&filter.syntax)?;
    Ok(filter)
}

/// The filter with a number, as `p0`, in place of each path.
fn numbered(text: &str, number: &mut dyn FnMut(&str) -> Result<usize, String>) -> Result<String, String> {
    const WORDS: [&str; 3] = ["and", "or", "not"];
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    // What stands before an operator is a path; what stands behind one is a value.
    let mut value_next = false;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => quoted(rest),
            c if c.is_whitespace() || matches!(c, '(' | ')') => c.len_utf8(),
            _ => word(rest)?,
        };
        let (piece, behind) = rest.split_at_checked(length).ok_or("is cut off")?;
        rest = behind;
        let is_word = !first.is_whitespace() && !matches!(first, '"' | '(' | ')');
        let connects = WORDS.iter().any(|word| word.eq_ignore_ascii_case(piece));
        if !is_word || connects {
            plain.push_str(piece);
            value_next &= first.is_whitespace();
        } else if value_next {
            plain.push_str(piece);
            value_next = false;
        } else if plain.trim_end().ends_with(is_path_end) {
            plain.push_str(piece);
            value_next = !piece.eq_ignore_ascii_case("pr");
        } else {
            // Entries that are narrowed and nothing more are asked whether there is one.
            let alone = if piece.ends_with(']') { " pr" } else { "" };
            plain.push_str(&format!("p{}{alone}", number(piece)?));
        }
    }
    Ok(plain)
}

/// Whether what was written so far ends in the number of a path, so that an operator follows.
fn is_path_end(last: char) -> bool {
    last.is_ascii_digit()
}

/// How long a quoted text is; to the end where it is not closed, which the parser will say.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// How long a word is, with a filter in brackets as a part of it.
fn word(text: &str) -> Result<usize, String> {
    let (mut at, mut in_brackets) = (0, false);
    while let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) {
        at += match character {
            '"' if in_brackets => text.get(at..).map_or(1, quoted),
            c if !in_brackets && (c.is_whitespace() || matches!(c, '(' | ')' | '"')) => return Ok(at),
            c => {
                in_brackets = (in_brackets || c == '[') && c != ']';
                c.len_utf8()
            }
        };
    }
    if in_brackets { Err("a bracket is not closed".to_owned()) } else { Ok(at) }
}

impl Filter {
    /// Whether a resource, or an entry of a list, satisfies the filter.
    pub(super) fn matches(&self, resource: &Map<String, Value>) -> bool {
        self.holds(&self.syntax, resource)
    }

    fn holds(&self, syntax: &Syntax, resource: &Map<String, Value>) -> bool {
        match syntax {
            Syntax::Condition(condition) => self.condition(condition, resource),
            Syntax::All(parts) => parts.iter().all(|part| self.holds(part, resource)),
            Syntax::Any(parts) => parts.iter().any(|part| self.holds(part, resource)),
            Syntax::Not(part) => !self.holds(part, resource),
            Syntax::Together { .. } => false,
        }
    }

    fn condition(&self, condition: &Condition, resource: &Map<String, Value>) -> bool {
        let negated = condition.operator == Operator::NotEquals;
        let Some(Node::At(place, among)) = self.node(condition) else { return negated };
        let attribute = place.sought();
        let mut values = values(place, among.as_deref(), resource).into_iter();
        match condition.operator {
            Operator::Present => values.any(is_something),
            Operator::NotEquals => !values.any(|value| compares(value, Operator::Equals, condition, attribute)),
            operator => match condition.values.first() {
                Some(Literal::Null) => operator == Operator::Equals && !values.any(is_something),
                _ => values.any(|value| compares(value, operator, condition, attribute)),
            },
        }
    }

    /// Whether what is compared with points in time is one.
    fn check(&self, syntax: &Syntax) -> Result<(), String> {
        match syntax {
            Syntax::All(parts) | Syntax::Any(parts) => parts.iter().try_for_each(|part| self.check(part)),
            Syntax::Not(part) => self.check(part),
            Syntax::Together { .. } => Ok(()),
            Syntax::Condition(condition) => {
                let Some(Node::At(place, _)) = self.node(condition) else { return Ok(()) };
                let is_time = |value: &Literal| matches!(value, Literal::Text(text) if moment(text).is_some());
                let fits = place.sought().kind != Type::Time || condition.values.iter().all(is_time);
                if fits { Ok(()) } else { Err(format!("`{}` is compared with points in time", place.sought().name)) }
            }
        }
    }

    fn node(&self, condition: &Condition) -> Option<&Node> {
        self.places.get(condition.path.strip_prefix('p')?.parse::<usize>().ok()?)
    }

    /// Whether it asks for an attribute, or a part of it.
    pub(super) fn names(&self, attribute: &str) -> bool {
        let named = |node: &Node| matches!(node, Node::At(place, _) if place.attribute.name == attribute);
        self.places.iter().any(named)
    }

    /// A value that every resource must have which satisfies the filter, with its attribute: for a look-up instead of a
    /// walk over all of them.
    pub(super) fn needed(&self, wanted: &[&'static str]) -> Option<(&'static str, String)> {
        let conditions: Vec<&Syntax> = match &self.syntax {
            Syntax::All(parts) => parts.iter().collect(),
            other => vec![other],
        };
        conditions.into_iter().find_map(|syntax| {
            let Syntax::Condition(condition) = syntax else { return None };
            let (Operator::Equals, [Literal::Text(value)]) = (condition.operator, condition.values.as_slice()) else {
                return None;
            };
            let Node::At(place, _) = self.node(condition)? else { return None };
            let whole = place.part.is_none_or(|part| part.name == "value") && !place.extension;
            let name = wanted.iter().find(|name| **name == place.attribute.name)?;
            whole.then(|| (*name, value.clone()))
        })
    }
}

/// The values at a place: of a list, those of each entry that is meant; of an attribute with parts and none named, its
/// `value`.
fn values<'a>(place: &Place, among: Option<&Filter>, resource: &'a Map<String, Value>) -> Vec<&'a Value> {
    let holder = match place.extension {
        true => resource.get(schema::ENTERPRISE).and_then(Value::as_object),
        false => Some(resource),
    };
    let Some(found) = holder.and_then(|holder| holder.get(place.attribute.name)) else { return Vec::new() };
    let part = |entry: &'a Value| match (entry, place.part) {
        (Value::Object(parts), Some(part)) => parts.get(part.name),
        (Value::Object(parts), None) => parts.get("value"),
        (value, _) => Some(value),
    };
    match found {
        Value::Array(entries) => {
            let meant =
                |entry: &&Value| among.is_none_or(|among| entry.as_object().is_some_and(|entry| among.matches(entry)));
            entries.iter().filter(meant).filter_map(part).collect()
        }
        value => part(value).into_iter().collect(),
    }
}

fn is_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(entries) => !entries.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => true,
    }
}

fn compares(value: &Value, operator: Operator, condition: &Condition, attribute: &Attribute) -> bool {
    let Some(sought) = condition.values.first() else { return false };
    match (value, sought) {
        (Value::Bool(held), Literal::Bool(sought)) => operator == Operator::Equals && held == sought,
        (Value::Bool(held), Literal::Text(sought)) => {
            operator == Operator::Equals && sought.eq_ignore_ascii_case(&held.to_string())
        }
        (Value::String(held), Literal::Text(sought)) if attribute.kind == Type::Time => {
            moment(held).zip(moment(sought)).is_some_and(|(held, sought)| ordered(&held, operator, &sought))
        }
        (Value::String(held), Literal::Text(sought)) if attribute.exact => text(held, operator, sought),
        (Value::String(held), Literal::Text(sought)) => text(&held.to_lowercase(), operator, &sought.to_lowercase()),
        _ => false,
    }
}

fn text(held: &str, operator: Operator, sought: &str) -> bool {
    match operator {
        Operator::Contains => held.contains(sought),
        Operator::StartsWith => held.starts_with(sought),
        Operator::EndsWith => held.ends_with(sought),
        operator => ordered(held, operator, sought),
    }
}

fn ordered<T: PartialOrd + ?Sized>(held: &T, operator: Operator, sought: &T) -> bool {
    match operator {
        Operator::Equals => held == sought,
        Operator::Greater => held > sought,
        Operator::GreaterEqual => held >= sought,
        Operator::Less => held < sought,
        Operator::LessEqual => held <= sought,
        _ => false,
    }
}

/// A point in time, however it is written.
fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}
