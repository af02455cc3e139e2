//! The words and signs of Rust code, without comments, strings and characters.

/// A word or a sign. Signs that name nothing are single characters; `::` is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    Word(String),
    Sign(&'static str),
}

impl Token {
    /// As it is written.
    pub fn text(&self) -> &str {
        match self {
            Self::Word(word) => word,
            Self::Sign(sign) => sign,
        }
    }
}

/// The signs that the structure of code is told by; all others are passed over.
const SIGNS: &[&str] = &["::", "{", "}", "(", ")", "[", "]", ";", ",", "#", "<"];

/// Reads code.
pub fn tokens(code: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        if let Some(passed) = silent(rest, first) {
            rest = &rest[passed..];
        } else if first.is_alphanumeric() || first == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            found.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            found.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else {
            rest = &rest[first.len_utf8()..];
        }
    }
    found
}

/// How long the comment, string or character is that the text begins with.
fn silent(text: &str, first: char) -> Option<usize> {
    let until =
        |start: usize, end: &str| Some(text[start..].find(end).map_or(text.len(), |found| start + found + end.len()));
    if text.starts_with("//") {
        return until(2, "\n");
    }
    if text.starts_with("/*") {
        return until(2, "*/");
    }
    let raw = text.strip_prefix("br").or_else(|| text.strip_prefix('r'));
    if let Some(raw) = raw {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw[hashes..].starts_with('"') {
            let start = text.len() - raw.len() + hashes + 1;
            return until(start, &format!("\"{}", "#".repeat(hashes)));
        }
    }
    match first {
        '"' => quoted(text, '"'),
        // A lifetime has no second quote behind its first letter.
        '\'' if text[1..].starts_with('\\') || text[1..].chars().nth(1) == Some('\'') => quoted(text, '\''),
        _ => None,
    }
}

/// The length of a quoted text, in which a backslash takes the character behind it along.
fn quoted(text: &str, quote: char) -> Option<usize> {
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        if character == '\\' {
            characters.next();
        } else if character == quote {
            return Some(at + 1);
        }
    }
    Some(text.len())
}
