//! Walking over text, counting characters: what both text languages share.

use crate::syntax::{At, Number};

/// A place in a text.
#[derive(Clone, Debug)]
pub(crate) struct Scanner<'a> {
    rest: &'a str,
    /// Characters before `rest`.
    offset: usize,
}

/// A string that could not be read.
pub(crate) struct BadString {
    pub(crate) issue: &'static str,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { rest: text, offset: 0 }
    }

    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    pub(crate) fn at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(crate) fn rest(&self) -> &'a str {
        self.rest
    }

    pub(crate) fn bump(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let next = chars.next()?;
        self.rest = chars.as_str();
        self.offset += 1;
        Some(next)
    }

    pub(crate) fn eat(&mut self, expected: char) -> bool {
        let matches = self.peek() == Some(expected);
        if matches {
            self.bump();
        }
        matches
    }

    /// Takes characters as long as they are wanted.
    pub(crate) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let start = self.rest;
        while self.peek().is_some_and(&wanted) {
            self.bump();
        }
        start.get(..start.len() - self.rest.len()).unwrap_or_default()
    }

    /// Skips white space; whether there was any.
    pub(crate) fn space(&mut self) -> bool {
        !self.take_while(|c| matches!(c, ' ' | '\t' | '\n' | '\r')).is_empty()
    }

    /// The place from `start` to here.
    pub(crate) fn since(&self, start: usize) -> At {
        At::span(start, self.offset)
    }

    /// A name: letters, digits and underscores, not beginning with a digit. Empty when there is none here.
    pub(crate) fn name(&mut self) -> &'a str {
        if self.peek().is_some_and(|c| c.is_ascii_alphabetic() || c == '_') {
            self.take_while(|c| c.is_ascii_alphanumeric() || c == '_')
        } else {
            ""
        }
    }

    /// Names joined by dots. Stops before a dot that no name follows.
    pub(crate) fn path(&mut self) -> &'a str {
        let start = self.rest;
        self.name();
        loop {
            let mut ahead = self.clone();
            if !ahead.eat('.') || ahead.name().is_empty() {
                break;
            }
            *self = ahead;
        }
        start.get(..start.len() - self.rest.len()).unwrap_or_default()
    }

    /// Takes a word whatever its case, unless it is the beginning of a longer one.
    pub(crate) fn keyword(&mut self, expected: &str) -> bool {
        let mut ahead = self.clone();
        let matches = ahead.name().eq_ignore_ascii_case(expected) && ahead.peek() != Some('.');
        if matches {
            *self = ahead;
        }
        matches
    }

    /// A number in the notation of JSON; `None` when what stands here is none.
    pub(crate) fn number(&mut self) -> Option<Number> {
        let text = self.take_while(|c| c.is_ascii_alphanumeric() || "+-._".contains(c));
        let digits = text.strip_prefix('-').unwrap_or(text);
        let whole = digits.split(['.', 'e', 'E']).next().unwrap_or_default();
        let leading_zero = whole.len() > 1 && whole.starts_with('0');
        let bare_point = digits.contains(".e") || digits.contains(".E");
        if leading_zero || bare_point || digits.starts_with('-') {
            return None;
        }
        Number::parse(text)
    }

    /// The rest of a JSON string whose opening quote was taken.
    pub(crate) fn json_string(&mut self) -> Result<String, BadString> {
        let mut text = String::new();
        loop {
            match self.bump() {
                None => return Err(BadString { issue: "a string without its closing quote" }),
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escape()?),
                Some(c) if c < ' ' => {
                    self.skip_string();
                    return Err(BadString { issue: "a control character in a string; write it as an escape" });
                }
                Some(c) => text.push(c),
            }
        }
    }

    fn escape(&mut self) -> Result<char, BadString> {
        let bad = BadString { issue: "an unknown escape in a string" };
        let read = match self.bump() {
            Some(c @ ('"' | '\\' | '/')) => Some(c),
            Some('b') => Some('\u{8}'),
            Some('f') => Some('\u{c}'),
            Some('n') => Some('\n'),
            Some('r') => Some('\r'),
            Some('t') => Some('\t'),
            Some('u') => self.unicode_escape(),
            Some(_) | None => None,
        };
        if read.is_none() {
            self.skip_string();
        }
        read.ok_or(bad)
    }

    fn unicode_escape(&mut self) -> Option<char> {
        let first = self.hex4()?;
        if !(0xd800..0xe000).contains(&first) {
            return char::from_u32(first);
        }
        let low = if self.eat('\\') && self.eat('u') { self.hex4()? } else { return None };
        if first >= 0xdc00 || !(0xdc00..0xe000).contains(&low) {
            return None;
        }
        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (low - 0xdc00))
    }

    fn hex4(&mut self) -> Option<u32> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.peek()?.to_digit(16)?;
            self.bump();
            value = value * 16 + digit;
        }
        Some(value)
    }

    /// After a bad escape: to the end of the string, so that reading goes on behind it.
    fn skip_string(&mut self) {
        while let Some(c) = self.bump() {
            match c {
                '"' => return,
                '\\' => {
                    self.bump();
                }
                _ => {}
            }
        }
    }
}
