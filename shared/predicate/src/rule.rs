//! The condition language of rules: `account.login_age_days > 180 AND account.account_type = 'user'`.
//!
//! ```text
//! any     = all { "OR" all }
//! all     = not { "AND" not }
//! not     = [ "NOT" ] prim
//! prim    = "(" any ")" | path compare literal | path "IN" "(" literal { "," literal } ")"
//!         | path "IS" [ "NOT" ] "NULL" | path ( "CONTAINS" | "STARTS WITH" | "ENDS WITH" ) string
//! compare = "=" | "==" | "!=" | "<>" | "<" | "<=" | ">" | ">="
//! literal = "true" | "false" | number | 'string' | "string"
//! ```
//!
//! Words in any letter case. Within a string its quote is written twice, or either quote and the backslash after a
//! backslash; any other backslash is one.

use std::fmt::Write as _;

use crate::boolean::{Language, Parser, parse as parse_boolean};
use crate::limits;
use crate::print::Words;
use crate::syntax::{At, Condition, Faults, Literal, Operator, Syntax};

const LANGUAGE: Language = Language { condition, strict: false };

/// Longer signs stand before the shorter ones they begin with. The first of each operator is the one printed.
const SIGNS: [(&str, Operator); 8] = [
    ("==", Operator::Equals),
    ("!=", Operator::NotEquals),
    ("<>", Operator::NotEquals),
    ("<=", Operator::LessEqual),
    (">=", Operator::GreaterEqual),
    ("=", Operator::Equals),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

/// Reads a rule's condition.
///
/// # Errors
/// All faults found, each with the characters concerned.
pub fn parse(text: &str) -> Result<Syntax, Faults> {
    parse_boolean(text, &LANGUAGE)
}

fn condition(parser: &mut Parser<'_>) -> Option<Condition> {
    let (path, path_at) = parser.path("expected a field such as `account.department`")?;
    parser.scan.space();
    let start = parser.scan.offset();
    let (operator, is_list) = operator(parser)?;
    let operator_at = parser.scan.since(start);
    parser.scan.space();
    let start = parser.scan.offset();
    let values = match operator {
        Operator::IsNull | Operator::IsNotNull => Vec::new(),
        Operator::Contains | Operator::StartsWith | Operator::EndsWith => vec![string(parser)?],
        _ if is_list => list(parser)?,
        _ => vec![literal(parser)?],
    };
    let values_at = if values.is_empty() { operator_at.clone() } else { parser.scan.since(start) };
    Some(Condition { path, path_at, operator, operator_at, values, values_at, is_list })
}

fn operator(parser: &mut Parser<'_>) -> Option<(Operator, bool)> {
    let start = parser.scan.offset();
    for (sign, operator) in SIGNS {
        if parser.scan.rest().starts_with(sign) {
            for c in sign.chars() {
                parser.scan.eat(c);
            }
            return Some((operator, false));
        }
    }
    if parser.scan.keyword("in") {
        return Some((Operator::Equals, true));
    }
    if parser.scan.keyword("contains") {
        return Some((Operator::Contains, false));
    }
    for (word, operator) in [("starts", Operator::StartsWith), ("ends", Operator::EndsWith)] {
        if parser.scan.keyword(word) {
            parser.scan.space();
            return expect(parser, start, "with", operator);
        }
    }
    if parser.scan.keyword("is") {
        parser.scan.space();
        let negated = parser.scan.keyword("not");
        parser.scan.space();
        return expect(parser, start, "null", if negated { Operator::IsNotNull } else { Operator::IsNull });
    }
    parser.fault(start, "expected an operator: =, !=, <, <=, >, >=, IN, IS NULL, CONTAINS, STARTS WITH or ENDS WITH");
    None
}

fn expect(parser: &mut Parser<'_>, start: usize, word: &str, operator: Operator) -> Option<(Operator, bool)> {
    if parser.scan.keyword(word) {
        return Some((operator, false));
    }
    parser.fault(start, format!("expected `{}`", word.to_ascii_uppercase()));
    None
}

fn list(parser: &mut Parser<'_>) -> Option<Vec<Literal>> {
    let start = parser.scan.offset();
    if !parser.scan.eat('(') {
        parser.fault(start, "expected a list in parentheses");
        return None;
    }
    let values = elements(parser, start);
    if values.is_none() {
        // The rest of the list is not a condition: its closing parenthesis is no fault of its own.
        parser.scan.take_while(|c| c != ')');
        parser.scan.eat(')');
    }
    values
}

fn elements(parser: &mut Parser<'_>, start: usize) -> Option<Vec<Literal>> {
    let mut values = Vec::new();
    loop {
        parser.scan.space();
        values.push(literal(parser)?);
        if values.len() > limits::LIST {
            parser.fault(start, format!("more than {} values", limits::LIST));
            return None;
        }
        parser.scan.space();
        if parser.scan.eat(')') {
            return Some(values);
        }
        let here = parser.scan.offset();
        if !parser.scan.eat(',') {
            parser.fault(here, "expected `,` or `)`");
            return None;
        }
    }
}

fn literal(parser: &mut Parser<'_>) -> Option<Literal> {
    let start = parser.scan.offset();
    match parser.scan.peek() {
        Some('\'' | '"') => string(parser),
        Some(c) if c == '-' || c.is_ascii_digit() => {
            let number = parser.scan.number();
            if number.is_none() {
                parser.fault(start, "a malformed number");
            }
            number.map(Literal::Number)
        }
        _ if parser.scan.keyword("true") => Some(Literal::Bool(true)),
        _ if parser.scan.keyword("false") => Some(Literal::Bool(false)),
        _ => {
            let issue = if parser.scan.clone().keyword("null") {
                "`null` is not a value; write IS NULL"
            } else {
                "expected a value: a string in quotes, a number, true or false"
            };
            parser.fault(start, issue);
            None
        }
    }
}

fn string(parser: &mut Parser<'_>) -> Option<Literal> {
    let start = parser.scan.offset();
    let Some(quote @ ('\'' | '"')) = parser.scan.peek() else {
        parser.fault(start, "expected a string in quotes");
        return None;
    };
    parser.scan.bump();
    let mut text = String::new();
    while let Some(c) = parser.scan.bump() {
        let next = parser.scan.peek();
        match c {
            c if c == quote && next == Some(quote) => {
                parser.scan.bump();
                text.push(quote);
            }
            c if c == quote => return Some(Literal::Text(text)),
            '\\' if matches!(next, Some('\\' | '\'' | '"')) => text.extend(parser.scan.bump()),
            c => text.push(c),
        }
    }
    let at: At = parser.scan.since(start);
    parser.fault(at.span.start, "a string without its closing quote");
    None
}

impl Syntax {
    /// The condition that reads as this; `None` when the language cannot say it.
    #[must_use]
    pub fn to_rule(&self) -> Option<String> {
        WORDS.print(self)
    }
}

const WORDS: Words = Words { and: " AND ", or: " OR ", not: "NOT ", condition: print_condition };

fn print_condition(condition: &Condition, out: &mut String) -> Option<()> {
    out.push_str(&condition.path);
    let sign = match condition.operator {
        Operator::Equals if condition.is_list => " IN (",
        Operator::Equals => " = ",
        Operator::NotEquals => " != ",
        Operator::Less => " < ",
        Operator::LessEqual => " <= ",
        Operator::Greater => " > ",
        Operator::GreaterEqual => " >= ",
        Operator::Contains => " CONTAINS ",
        Operator::StartsWith => " STARTS WITH ",
        Operator::EndsWith => " ENDS WITH ",
        Operator::IsNull => " IS NULL",
        Operator::IsNotNull => " IS NOT NULL",
        Operator::NotContains | Operator::Present => return None,
    };
    out.push_str(sign);
    for (index, value) in condition.values.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        print_value(value, out)?;
    }
    if condition.is_list {
        out.push(')');
    }
    Some(())
}

fn print_value(value: &Literal, out: &mut String) -> Option<()> {
    match value {
        Literal::Null => return None,
        Literal::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        // Writing to a string cannot fail.
        Literal::Number(number) => drop(write!(out, "{number}")),
        Literal::Text(text) => {
            out.push('\'');
            for c in text.chars() {
                match c {
                    '\'' => out.push_str("''"),
                    '\\' => out.push_str("\\\\"),
                    c => out.push(c),
                }
            }
            out.push('\'');
        }
    }
    Some(())
}
