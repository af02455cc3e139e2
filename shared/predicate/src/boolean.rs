//! What both text languages share: `or`, `and`, `not`, parentheses, bounds, and going on after a fault.
//!
//! Linear in the length of the text: every character is read a constant number of times, and nesting is bounded.

use crate::limits;
use crate::scan::Scanner;
use crate::syntax::{At, Condition, Fault, Faults, Syntax, note};

/// What one language adds.
pub(crate) struct Language {
    /// Reads a condition; `None` after noting a fault.
    pub(crate) condition: fn(&mut Parser<'_>) -> Option<Condition>,
    /// `and` and `or` need white space round them, and `not` needs parentheses.
    pub(crate) strict: bool,
}

/// Reads one text.
pub(crate) struct Parser<'a> {
    pub(crate) scan: Scanner<'a>,
    faults: Faults,
    language: &'a Language,
    depth: usize,
    nodes: usize,
    /// A bound was passed: what follows was not read.
    stopped: bool,
    /// The text before here was skipped after a fault.
    recovered: bool,
}

/// Reads a whole text.
///
/// # Errors
/// All faults found.
pub(crate) fn parse(text: &str, language: &Language) -> Result<Syntax, Faults> {
    if text.len() > limits::LENGTH && text.chars().count() > limits::LENGTH {
        let issue = format!("longer than {} characters", limits::LENGTH);
        return Err(vec![Fault::new(At::span(limits::LENGTH, limits::LENGTH), issue)]);
    }
    let scan = Scanner::new(text);
    let mut parser =
        Parser { scan, faults: Vec::new(), language, depth: 0, nodes: 0, stopped: false, recovered: false };
    let syntax = parser.any();
    parser.scan.space();
    if !parser.scan.at_end() && !parser.stopped {
        let start = parser.scan.offset();
        let issue = match parser.scan.peek() {
            Some(')') => "a closing parenthesis without an opening one",
            _ => "expected `and`, `or` or the end",
        };
        parser.fault(start, issue);
    }
    match syntax {
        Some(syntax) if parser.faults.is_empty() => Ok(syntax),
        _ => Err(parser.faults),
    }
}

impl Parser<'_> {
    /// Notes a fault from `start` to here.
    pub(crate) fn fault(&mut self, start: usize, issue: impl Into<String>) {
        note(&mut self.faults, Fault::new(self.scan.since(start), issue));
    }

    /// Reads the path that a condition begins with, and where it stands; `None` after noting that none was found, in the
    /// words given, or one that is too long.
    pub(crate) fn path(&mut self, expected: &str) -> Option<(String, At)> {
        let start = self.scan.offset();
        let path = self.scan.path().to_owned();
        if path.is_empty() {
            self.scan.bump();
            self.fault(start, expected);
            return None;
        }
        if path.len() > limits::PATH {
            self.fault(start, format!("a path longer than {} characters", limits::PATH));
            return None;
        }
        Some((path, self.scan.since(start)))
    }

    fn any(&mut self) -> Option<Syntax> {
        self.chain("or", Self::all, Syntax::Any)
    }

    fn all(&mut self) -> Option<Syntax> {
        self.chain("and", Self::term, Syntax::All)
    }

    fn chain(
        &mut self,
        word: &str,
        part: fn(&mut Self) -> Option<Syntax>,
        join: fn(Vec<Syntax>) -> Syntax,
    ) -> Option<Syntax> {
        let mut parts = vec![part(self)];
        while !self.stopped && self.connective(word) {
            parts.push(part(self));
        }
        if parts.len() == 1 {
            return parts.pop().flatten();
        }
        self.count()?;
        // A part with a fault is gone, and so is the whole: the faults are the result.
        parts.into_iter().collect::<Option<Vec<_>>>().map(join)
    }

    fn connective(&mut self, word: &str) -> bool {
        let before = self.scan.clone();
        let spaced = self.scan.space() || self.recovered;
        let start = self.scan.offset();
        if !self.scan.keyword(word) {
            self.scan = before;
            return false;
        }
        self.recovered = false;
        let followed = self.scan.peek().is_none_or(|c| c.is_ascii_whitespace());
        if self.language.strict && !(spaced && followed) {
            self.fault(start, format!("`{word}` needs white space on both sides"));
        }
        true
    }

    fn term(&mut self) -> Option<Syntax> {
        self.scan.space();
        let start = self.scan.offset();
        if self.negation() {
            self.count()?;
            self.scan.space();
            let part = if self.scan.peek() == Some('(') { self.group() } else { self.condition() };
            return part.map(|part| Syntax::Not(Box::new(part)));
        }
        match self.scan.peek() {
            Some('(') => self.group(),
            None => {
                self.fault(start, "expected a condition");
                None
            }
            Some(_) => self.condition(),
        }
    }

    fn negation(&mut self) -> bool {
        let mut ahead = self.scan.clone();
        if !ahead.keyword("not") {
            return false;
        }
        let after_word = ahead.clone();
        ahead.space();
        // Where `not` needs parentheses, the word alone may be the name of an attribute.
        if self.language.strict && ahead.peek() != Some('(') {
            return false;
        }
        self.scan = after_word;
        true
    }

    fn group(&mut self) -> Option<Syntax> {
        let start = self.scan.offset();
        self.scan.eat('(');
        if self.depth == limits::DEPTH {
            self.fault(start, format!("nested deeper than {}", limits::DEPTH));
            self.stopped = true;
            return None;
        }
        self.depth += 1;
        let inner = self.any();
        self.depth -= 1;
        if self.stopped {
            return None;
        }
        self.scan.space();
        if self.scan.eat(')') {
            return inner;
        }
        let here = self.scan.offset();
        let issue = if self.scan.at_end() { "a parenthesis is not closed" } else { "expected `and`, `or` or `)`" };
        self.fault(here, issue);
        self.recover();
        self.scan.eat(')');
        None
    }

    fn condition(&mut self) -> Option<Syntax> {
        self.count()?;
        let read = (self.language.condition)(self);
        if read.is_none() {
            self.recover();
        }
        read.map(Syntax::Condition)
    }

    fn count(&mut self) -> Option<()> {
        if self.stopped {
            return None;
        }
        self.nodes += 1;
        if self.nodes <= limits::NODES {
            return Some(());
        }
        let here = self.scan.offset();
        self.fault(here, format!("more than {} conditions and connectives", limits::NODES));
        self.stopped = true;
        None
    }

    /// After a fault: on to the next `and`, `or`, closing parenthesis, or the end.
    fn recover(&mut self) {
        self.recovered = true;
        let mut open = 0_usize;
        while let Some(next) = self.scan.peek() {
            match next {
                ')' if open == 0 => return,
                ')' => open -= 1,
                '(' => open += 1,
                '"' => {
                    self.scan.bump();
                    // Its faults would only repeat the one that led here.
                    let _ = self.scan.json_string();
                    continue;
                }
                '\'' if !self.language.strict => {
                    self.scan.bump();
                    self.scan.take_while(|c| c != '\'');
                }
                c if c.is_ascii_alphabetic() || c == '_' => {
                    let before = self.scan.clone();
                    let word = self.scan.path();
                    if word.eq_ignore_ascii_case("and") || word.eq_ignore_ascii_case("or") {
                        self.scan = before;
                        return;
                    }
                    continue;
                }
                _ => {}
            }
            self.scan.bump();
        }
    }
}
