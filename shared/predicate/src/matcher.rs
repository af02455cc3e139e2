//! One test against one value: the table of the crate's documentation, in code.
//!
//! What depends on the value sought alone is worked out once, when a predicate is compiled.

use std::cmp::Ordering;

use columns::{fold, format_millis};

use crate::expr::{Case, Relation};
use crate::instant;
use crate::syntax::{Literal, Number};

/// A relation and the value sought.
#[derive(Clone, Debug)]
pub(crate) struct Matcher {
    relation: Relation,
    case: Case,
    /// The value sought, as text; folded unless case matters.
    text: String,
    kind: Kind,
    number: Option<Number>,
    /// For comparing with text: of full timestamps only.
    instant: Option<i64>,
    /// For comparing with instants: of dates too.
    instant_or_date: Option<i64>,
    boolean: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    None,
    Bool,
    Number,
    Text,
}

impl Matcher {
    pub(crate) fn new(relation: Relation, value: &Literal, case: Case) -> Self {
        let (kind, text) = match value {
            Literal::Null => (Kind::None, String::new()),
            Literal::Bool(value) => (Kind::Bool, value.to_string()),
            Literal::Number(number) => (Kind::Number, number_text(*number)),
            Literal::Text(text) => (Kind::Text, text.clone()),
        };
        let number = match value {
            Literal::Number(number) => Some(*number),
            Literal::Text(text) => Number::parse(text),
            Literal::Null | Literal::Bool(_) => None,
        };
        let is_text = kind == Kind::Text;
        Self {
            relation,
            case,
            kind,
            number,
            instant: if is_text { instant::parse(&text) } else { None },
            instant_or_date: if is_text { instant::parse_or_date(&text) } else { None },
            boolean: boolean(&text),
            text: if case == Case::Ignored { fold(&text).into_owned() } else { text },
        }
    }

    /// Whether it holds where there is no value.
    pub(crate) fn missing(&self) -> bool {
        self.relation == Relation::Null
    }

    /// Whether one of several values decides (otherwise only whether there is any).
    pub(crate) fn asks_for_value(&self) -> bool {
        !matches!(self.relation, Relation::Null | Relation::Present)
    }

    pub(crate) fn list_is_present(&self, empty: bool) -> bool {
        self.relation == Relation::Present && !empty
    }

    pub(crate) fn text(&self, value: &str) -> bool {
        match (self.relation, self.kind) {
            (Relation::Null, _) => false,
            (Relation::Present, _) => !value.is_empty(),
            (Relation::Contains, _) => self.within(value),
            (Relation::StartsWith, _) => self.begins(value),
            (Relation::EndsWith, _) => self.ends(value),
            (Relation::Equal, Kind::Text) => match self.instant.zip(self.instant.and_then(|_| instant::parse(value))) {
                Some((sought, instant)) => sought == instant,
                None => self.is(value),
            },
            (Relation::Equal, Kind::Bool) => self.boolean.is_some() && boolean(value) == self.boolean,
            (Relation::Equal, Kind::Number) => self.number_is(Number::parse(value), Ordering::is_eq),
            (_, Kind::Text) => match self.instant.zip(self.instant.and_then(|_| instant::parse(value))) {
                Some((sought, instant)) => self.ordered(instant.cmp(&sought)),
                None => self.ordered(self.compare(value)),
            },
            (_, Kind::Number) => match Number::parse(value) {
                Some(number) => self.number_is(Some(number), |ordering| self.ordered(ordering)),
                None => self.ordered(self.compare(value)),
            },
            (_, Kind::Bool | Kind::None) => false,
        }
    }

    pub(crate) fn bool(&self, value: bool) -> bool {
        let text = if value { "true" } else { "false" };
        match self.relation {
            Relation::Present => true,
            Relation::Equal => self.boolean == Some(value),
            Relation::Contains => self.within(text),
            Relation::StartsWith => self.begins(text),
            Relation::EndsWith => self.ends(text),
            // Neither is above the other.
            Relation::Null | Relation::Greater | Relation::GreaterEqual | Relation::Less | Relation::LessEqual => false,
        }
    }

    pub(crate) fn number(&self, value: Number) -> bool {
        match (self.relation, self.kind) {
            (Relation::Null, _) | (_, Kind::Bool) => false,
            (Relation::Present, _) => true,
            (Relation::Contains | Relation::StartsWith | Relation::EndsWith, _) => self.text(&number_text(value)),
            (Relation::Equal, _) => self.number_is(Some(value), Ordering::is_eq),
            _ if self.number.is_some() => self.number_is(Some(value), |ordering| self.ordered(ordering)),
            _ => self.ordered(self.compare(&number_text(value))),
        }
    }

    pub(crate) fn time(&self, value: i64) -> bool {
        match (self.relation, self.instant_or_date) {
            (Relation::Null, _) => false,
            (Relation::Present, _) => true,
            (Relation::Contains | Relation::StartsWith | Relation::EndsWith, _) => self.text(&format_millis(value)),
            (_, _) if self.kind == Kind::Bool => false,
            (Relation::Equal, sought) => sought == Some(value),
            (_, Some(sought)) => self.ordered(value.cmp(&sought)),
            (_, None) => self.ordered(self.compare(&format_millis(value))),
        }
    }

    /// The whole numbers that pass, as bounds included; `None` when they are no such range, or it depends on text.
    pub(crate) fn whole_range(&self) -> Option<(i64, i64)> {
        if self.kind == Kind::Bool {
            return None;
        }
        match self.number? {
            Number::Int(sought) => self.range(sought),
            Number::Float(_) => None,
        }
    }

    /// The instants that pass, as bounds included; `None` when they are no such range, or it depends on text.
    pub(crate) fn time_range(&self) -> Option<(i64, i64)> {
        self.range(self.instant_or_date?)
    }

    fn range(&self, sought: i64) -> Option<(i64, i64)> {
        const NOTHING: (i64, i64) = (1, 0);
        match self.relation {
            Relation::Equal => Some((sought, sought)),
            Relation::GreaterEqual => Some((sought, i64::MAX)),
            Relation::LessEqual => Some((i64::MIN, sought)),
            Relation::Greater => Some(sought.checked_add(1).map_or(NOTHING, |least| (least, i64::MAX))),
            Relation::Less => Some(sought.checked_sub(1).map_or(NOTHING, |most| (i64::MIN, most))),
            Relation::Null | Relation::Present | Relation::Contains | Relation::StartsWith | Relation::EndsWith => None,
        }
    }

    /// The folded text that every passing string is, or begins with; `None` when passing does not tell.
    pub(crate) fn folded_bound(&self) -> Option<Bound> {
        if self.kind != Kind::Text || self.instant.is_some() {
            return None;
        }
        let folded = fold(&self.text).into_owned();
        match self.relation {
            Relation::Equal => Some(Bound::Whole(folded)),
            Relation::StartsWith => Some(Bound::Beginning(folded)),
            _ => None,
        }
    }

    /// The folded beginning of passing strings, when that is all that matters and it is ASCII.
    pub(crate) fn ascii_beginning(&self) -> Option<&[u8]> {
        let plain = self.relation == Relation::StartsWith && self.case == Case::Ignored && self.text.is_ascii();
        plain.then_some(self.text.as_bytes())
    }

    /// The one string that passes, when strings pass only by being it exactly.
    pub(crate) fn exact(&self) -> Option<&str> {
        let plain = self.kind == Kind::Text && self.instant.is_none() && self.case == Case::Sensitive;
        (plain && self.relation == Relation::Equal).then_some(self.text.as_str())
    }

    fn number_is(&self, value: Option<Number>, holds: impl Fn(Ordering) -> bool) -> bool {
        value.zip(self.number).and_then(|(value, sought)| value.compare(sought)).is_some_and(holds)
    }

    fn ordered(&self, ordering: Ordering) -> bool {
        match self.relation {
            Relation::Greater => ordering.is_gt(),
            Relation::GreaterEqual => ordering.is_ge(),
            Relation::Less => ordering.is_lt(),
            Relation::LessEqual => ordering.is_le(),
            Relation::Equal
            | Relation::Null
            | Relation::Present
            | Relation::Contains
            | Relation::StartsWith
            | Relation::EndsWith => false,
        }
    }

    fn compare(&self, value: &str) -> Ordering {
        match self.case {
            Case::Sensitive => value.cmp(&self.text),
            Case::Ignored => (*fold(value)).cmp(&self.text),
        }
    }

    fn is(&self, value: &str) -> bool {
        match self.case {
            Case::Sensitive => value == self.text,
            Case::Ignored if value.is_ascii() => value.eq_ignore_ascii_case(&self.text),
            Case::Ignored => fold(value) == self.text,
        }
    }

    fn begins(&self, value: &str) -> bool {
        match self.case {
            Case::Sensitive => value.starts_with(&self.text),
            Case::Ignored => {
                // As long as the beginning is ASCII, it folds to as many bytes.
                let head = value.as_bytes();
                let head = head.get(..self.text.len()).unwrap_or(head);
                if head.is_ascii() {
                    return head.eq_ignore_ascii_case(self.text.as_bytes());
                }
                fold(value).starts_with(&self.text)
            }
        }
    }

    fn ends(&self, value: &str) -> bool {
        match self.case {
            Case::Sensitive => value.ends_with(&self.text),
            Case::Ignored if value.is_ascii() => {
                let start = value.len().checked_sub(self.text.len());
                let tail = start.and_then(|start| value.as_bytes().get(start..));
                tail.is_some_and(|tail| tail.eq_ignore_ascii_case(self.text.as_bytes()))
            }
            Case::Ignored => fold(value).ends_with(&self.text),
        }
    }

    fn within(&self, value: &str) -> bool {
        match self.case {
            Case::Sensitive => value.contains(&self.text),
            Case::Ignored if value.is_ascii() => within_ascii(value.as_bytes(), self.text.as_bytes()),
            Case::Ignored => fold(value).contains(&self.text),
        }
    }
}

/// Whether a text has another, already folded, within it, in any case.
fn within_ascii(value: &[u8], sought: &[u8]) -> bool {
    let Some((first, _)) = sought.split_first() else { return true };
    let mut places = value.windows(sought.len());
    places.any(|place| {
        place.first().is_some_and(|byte| byte.eq_ignore_ascii_case(first)) && place.eq_ignore_ascii_case(sought)
    })
}

/// A necessary condition on folded text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// It is this.
    Whole(String),
    /// It begins with this.
    Beginning(String),
}

/// `true` and `false` in any case.
fn boolean(text: &str) -> Option<bool> {
    match text {
        text if text.eq_ignore_ascii_case("true") => Some(true),
        text if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A number as people write it: `5`, `0.5`.
fn number_text(number: Number) -> String {
    match number {
        Number::Int(number) => number.to_string(),
        Number::Float(number) => number.to_string(),
    }
}
