//! What a front end read: conditions with their places in the input, before anybody asked what they mean.
//!
//! All three front ends make the same tree. It prints back in either text language ([`Syntax::to_scim`],
//! [`Syntax::to_rule`]); places are not part of its identity, so that printing and reading again gives an equal tree.

use std::sync::Arc;

use crate::limits;

/// A range of characters (not bytes) of the input, end excluded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
}

/// Where something stands in the input: characters of a text, or a field of a JSON body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct At {
    /// The characters; zero for JSON.
    pub span: Span,
    /// Path of the JSON field, for instance `inclusion_filters[2].operator`; empty for text.
    pub field: Option<Arc<str>>,
}

impl At {
    pub(crate) fn span(start: usize, end: usize) -> Self {
        Self { span: Span { start, end }, field: None }
    }

    pub(crate) fn field(field: &str) -> Self {
        Self { span: Span::default(), field: Some(field.into()) }
    }

    /// The JSON field below this one; the place itself within a text.
    pub(crate) fn below(&self, name: &str) -> Self {
        match &self.field {
            Some(field) => Self::field(&format!("{field}.{name}")),
            None => self.clone(),
        }
    }
}

/// Something wrong with the input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.describe())]
pub struct Fault {
    /// Where it is.
    pub at: At,
    /// What is wrong, for the person who wrote it: lowercase, no full stop.
    pub issue: String,
}

impl Fault {
    pub(crate) fn new(at: At, issue: impl Into<String>) -> Self {
        Self { at, issue: issue.into() }
    }

    /// The first character concerned; 0 for JSON.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.at.span.start
    }

    fn describe(&self) -> String {
        match &self.at.field {
            Some(field) => format!("{} at `{field}`", self.issue),
            None => format!("{} at character {}", self.issue, self.at.span.start),
        }
    }
}

/// All that is wrong with the input, at most [`limits::FAULTS`], in the order of the input.
pub type Faults = Vec<Fault>;

pub(crate) fn note(faults: &mut Faults, fault: Fault) {
    if faults.len() < limits::FAULTS {
        faults.push(fault);
    }
}

/// A number as written: whole when it is one that 64 bits hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// A whole number.
    Int(i64),
    /// Any other; never infinite or NaN.
    Float(f64),
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Int(number) => number.fmt(f),
            // The fraction distinguishes it from a whole number when it is read again.
            Self::Float(number) => write!(f, "{number:?}"),
        }
    }
}

impl From<f64> for Number {
    /// Whole where the fraction is nought and 53 bits hold it.
    fn from(number: f64) -> Self {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        #[expect(clippy::cast_possible_truncation, reason = "whole, and within 53 bits")]
        if number.fract() == 0.0 && number.abs() <= EXACT { Self::Int(number as i64) } else { Self::Float(number) }
    }
}

impl Number {
    /// A number in the notation of JSON, without anything round it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plausible = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
        if !plausible || !text.ends_with(|last: char| last.is_ascii_digit()) || text.starts_with('+') {
            return None;
        }
        if !text.trim_start_matches('-').starts_with(|first: char| first.is_ascii_digit()) {
            return None;
        }
        if let Ok(number) = text.parse() {
            return Some(Self::Int(number));
        }
        let number: f64 = text.parse().ok()?;
        number.is_finite().then_some(Self::Float(number))
    }

    /// How two numbers compare; whole ones exactly, others as fractions.
    #[must_use]
    pub fn compare(self, other: Self) -> Option<std::cmp::Ordering> {
        match (self, other) {
            (Self::Int(left), Self::Int(right)) => Some(left.cmp(&right)),
            _ => self.as_float().partial_cmp(&other.as_float()),
        }
    }

    /// As a fraction; whole numbers beyond 2^53 round.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a fraction on either side makes the comparison one of fractions")]
    pub fn as_float(self) -> f64 {
        match self {
            Self::Int(number) => number as f64,
            Self::Float(number) => number,
        }
    }
}

/// A value as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// No value.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    Text(String),
}

/// A condition's operator, as any front end knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operator {
    /// Is the value. `eq`, `=`, `equals`.
    Equals,
    /// Is not the value. `ne`, `!=`, `not_equals`.
    NotEquals,
    /// Has the value within it. `co`, `CONTAINS`, `contains`.
    Contains,
    /// Has not. `not_contains`.
    NotContains,
    /// Begins with it. `sw`, `STARTS WITH`, `starts_with`.
    StartsWith,
    /// Ends with it. `ew`, `ENDS WITH`, `ends_with`.
    EndsWith,
    /// Is above it. `gt`, `>`, `greater_than`.
    Greater,
    /// Is below it. `lt`, `<`, `less_than`.
    Less,
    /// Is it or above. `ge`, `>=`, `greater_equal`.
    GreaterEqual,
    /// Is it or below. `le`, `<=`, `less_equal`.
    LessEqual,
    /// Has no value. `IS NULL`, `is_null`.
    IsNull,
    /// Has a value. `IS NOT NULL`, `is_not_null`.
    IsNotNull,
    /// Has a value that is not empty. `pr`.
    Present,
}

impl Operator {
    /// Whether it goes without a value.
    #[must_use]
    pub fn is_unary(self) -> bool {
        matches!(self, Self::IsNull | Self::IsNotNull | Self::Present)
    }

    /// Whether it asks for above or below.
    #[must_use]
    pub fn is_ordering(self) -> bool {
        matches!(self, Self::Greater | Self::Less | Self::GreaterEqual | Self::LessEqual)
    }
}

/// One condition.
#[derive(Clone, Debug)]
pub struct Condition {
    /// What it is about, for instance `source.name`.
    pub path: String,
    /// Where the path stands.
    pub path_at: At,
    /// The operator.
    pub operator: Operator,
    /// Where the operator stands.
    pub operator_at: At,
    /// The values: none for unary operators, several for `IN`, else one.
    pub values: Vec<Literal>,
    /// Where the values stand.
    pub values_at: At,
    /// Whether the values were written as a list, `IN (...)`.
    pub is_list: bool,
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
            && self.operator == other.operator
            && self.values == other.values
            && self.is_list == other.is_list
    }
}

/// Conditions as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Syntax {
    /// One condition.
    Condition(Condition),
    /// Every part holds.
    All(Vec<Syntax>),
    /// Some part holds.
    Any(Vec<Syntax>),
    /// The part does not hold.
    Not(Box<Syntax>),
    /// One and the same related entity satisfies all conditions. Only the JSON form can say so of several.
    Together {
        /// The kind of entity, for instance `group`.
        entity: String,
        /// The conditions, each on a path below the entity.
        conditions: Vec<Condition>,
    },
}

impl Syntax {
    /// Number of conditions and connectives.
    #[must_use]
    pub fn nodes(&self) -> usize {
        match self {
            Self::Condition(_) => 1,
            Self::All(parts) | Self::Any(parts) => 1 + parts.iter().map(Self::nodes).sum::<usize>(),
            Self::Not(part) => 1 + part.nodes(),
            Self::Together { conditions, .. } => 1 + conditions.len(),
        }
    }

    /// The number that the conditions set a limit by; `None` when no condition asks for above or below a number, or more
    /// than one does.
    #[must_use]
    pub fn limit(&self) -> Option<Number> {
        let mut found = Vec::new();
        self.collect_limits(&mut found);
        match found.as_slice() {
            [limit] => Some(*limit),
            _ => None,
        }
    }

    /// The same conditions with another limit, if they have one.
    #[must_use]
    pub fn with_limit(mut self, limit: Number) -> Self {
        if self.limit().is_some() {
            self.replace_limits(limit);
        }
        self
    }

    fn collect_limits(&self, found: &mut Vec<Number>) {
        match self {
            Self::Condition(condition) => found.extend(condition.limits().copied()),
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.collect_limits(found)),
            Self::Not(part) => part.collect_limits(found),
            Self::Together { conditions, .. } => found.extend(conditions.iter().flat_map(Condition::limits)),
        }
    }

    fn replace_limits(&mut self, limit: Number) {
        match self {
            Self::Condition(condition) => condition.replace_limits(limit),
            Self::All(parts) | Self::Any(parts) => parts.iter_mut().for_each(|part| part.replace_limits(limit)),
            Self::Not(part) => part.replace_limits(limit),
            Self::Together { conditions, .. } => {
                conditions.iter_mut().for_each(|condition| condition.replace_limits(limit));
            }
        }
    }
}

impl Condition {
    fn limits(&self) -> impl Iterator<Item = &Number> {
        let values = if self.operator.is_ordering() { self.values.as_slice() } else { &[] };
        values.iter().filter_map(|value| match value {
            Literal::Number(number) => Some(number),
            Literal::Null | Literal::Bool(_) | Literal::Text(_) => None,
        })
    }

    fn replace_limits(&mut self, limit: Number) {
        if !self.operator.is_ordering() {
            return;
        }
        for value in &mut self.values {
            if let Literal::Number(number) = value {
                *number = limit;
            }
        }
    }
}
