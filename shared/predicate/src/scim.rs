//! The SCIM filter language: `source.name sw "A" and not (destination.tags co "pci")`.
//!
//! ```text
//! filter   = all { ws "or" ws all }
//! all      = term { ws "and" ws term }
//! term     = "not" [ws] "(" filter ")" | "(" filter ")" | compare
//! compare  = path ws "pr" | path ws operator ws value
//! operator = "eq" | "ne" | "co" | "sw" | "ew" | "gt" | "ge" | "lt" | "le"
//! value    = JSON string | JSON number | "true" | "false" | "null"
//! path     = name { "." name }
//! ```
//!
//! Operators and words in any letter case.

use std::fmt::Write as _;

use crate::boolean::{Language, Parser, parse as parse_boolean};
use crate::print::Words;
use crate::syntax::{Condition, Faults, Literal, Operator, Syntax};

const LANGUAGE: Language = Language { condition, strict: true };

const OPERATORS: [(&str, Operator); 10] = [
    ("eq", Operator::Equals),
    ("ne", Operator::NotEquals),
    ("co", Operator::Contains),
    ("sw", Operator::StartsWith),
    ("ew", Operator::EndsWith),
    ("gt", Operator::Greater),
    ("ge", Operator::GreaterEqual),
    ("lt", Operator::Less),
    ("le", Operator::LessEqual),
    ("pr", Operator::Present),
];

/// The word for an operator in this language; `None` when it has none.
#[must_use]
pub fn word(operator: Operator) -> Option<&'static str> {
    OPERATORS.iter().find(|(_, known)| *known == operator).map(|(word, _)| *word)
}

/// Reads a filter.
///
/// # Errors
/// All faults found, each with the characters concerned.
pub fn parse(text: &str) -> Result<Syntax, Faults> {
    parse_boolean(text, &LANGUAGE)
}

fn condition(parser: &mut Parser<'_>) -> Option<Condition> {
    let (path, path_at) = parser.path("expected an attribute path")?;
    let spaced = parser.scan.space();
    let start = parser.scan.offset();
    let found = parser.scan.take_while(|c| !c.is_ascii_whitespace() && !"()\"".contains(c));
    let operator_at = parser.scan.since(start);
    let known = OPERATORS.iter().find(|(word, _)| word.eq_ignore_ascii_case(found));
    let Some((_, operator)) = known.filter(|_| spaced) else {
        let issue = match found {
            "" => "expected an operator".to_owned(),
            other => format!("`{other}` is not an operator; use eq, ne, co, sw, ew, gt, ge, lt, le or pr"),
        };
        parser.fault(start, issue);
        return None;
    };
    let mut condition = Condition {
        path,
        path_at,
        operator: *operator,
        operator_at: operator_at.clone(),
        values: Vec::new(),
        values_at: operator_at,
        is_list: false,
    };
    if *operator != Operator::Present {
        let spaced = parser.scan.space();
        let start = parser.scan.offset();
        if !spaced {
            parser.fault(start, "expected white space and a value");
            return None;
        }
        condition.values.push(value(parser)?);
        condition.values_at = parser.scan.since(start);
    }
    Some(condition)
}

fn value(parser: &mut Parser<'_>) -> Option<Literal> {
    let start = parser.scan.offset();
    match parser.scan.peek() {
        Some('"') => {
            parser.scan.bump();
            match parser.scan.json_string() {
                Ok(text) => Some(Literal::Text(text)),
                Err(bad) => {
                    parser.fault(start, bad.issue);
                    None
                }
            }
        }
        Some(c) if c == '-' || c.is_ascii_digit() => match parser.scan.number() {
            Some(number) => Some(Literal::Number(number)),
            None => {
                parser.fault(start, "a malformed number");
                None
            }
        },
        _ => {
            let before = parser.scan.clone();
            let word = parser.scan.path();
            let words = [("true", Literal::Bool(true)), ("false", Literal::Bool(false)), ("null", Literal::Null)];
            if let Some((_, literal)) = words.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(word)) {
                return Some(literal);
            }
            parser.fault(start, "expected a value: a string in double quotes, a number, true, false or null");
            parser.scan = before;
            None
        }
    }
}

impl Syntax {
    /// The filter that reads as this; `None` when the language cannot say it.
    #[must_use]
    pub fn to_scim(&self) -> Option<String> {
        WORDS.print(self)
    }
}

const WORDS: Words = Words { and: " and ", or: " or ", not: "not ", condition: print_condition };

fn print_condition(condition: &Condition, out: &mut String) -> Option<()> {
    out.push_str(&condition.path);
    out.push(' ');
    out.push_str(word(condition.operator)?);
    match (condition.values.as_slice(), condition.is_list) {
        ([], false) if condition.operator.is_unary() => Some(()),
        ([value], false) => {
            out.push(' ');
            print_value(value, out);
            Some(())
        }
        _ => None,
    }
}

fn print_value(value: &Literal, out: &mut String) {
    match value {
        Literal::Null => out.push_str("null"),
        Literal::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        // Writing to a string cannot fail.
        Literal::Number(number) => drop(write!(out, "{number}")),
        Literal::Text(text) => {
            out.push('"');
            for c in text.chars() {
                match c {
                    '"' | '\\' => out.extend(['\\', c]),
                    c if c < ' ' => drop(write!(out, "\\u{:04x}", u32::from(c))),
                    c => out.push(c),
                }
            }
            out.push('"');
        }
    }
}
