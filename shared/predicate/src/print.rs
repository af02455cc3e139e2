//! Writing a tree down again: the boolean words that the text languages share, each in its own spelling.

use crate::syntax::{Condition, Syntax};

/// How a language spells what joins its conditions.
pub(crate) struct Words {
    /// Between two terms that must both hold, with blanks.
    pub(crate) and: &'static str,
    /// Between two terms of which one must hold, with blanks.
    pub(crate) or: &'static str,
    /// Before a group that must not hold, with a blank.
    pub(crate) not: &'static str,
    /// Writes one condition; `None` when the language cannot say it.
    pub(crate) condition: fn(&Condition, &mut String) -> Option<()>,
}

impl Words {
    /// The text that reads as this tree; `None` when the language cannot say it.
    pub(crate) fn print(&self, syntax: &Syntax) -> Option<String> {
        let mut text = String::new();
        self.term(syntax, &mut text)?;
        Some(text)
    }

    fn term(&self, syntax: &Syntax, out: &mut String) -> Option<()> {
        match syntax {
            Syntax::Condition(condition) => (self.condition)(condition, out),
            Syntax::All(parts) => {
                self.chain(parts, self.and, |part| matches!(part, Syntax::All(_) | Syntax::Any(_)), out)
            }
            Syntax::Any(parts) => self.chain(parts, self.or, |part| matches!(part, Syntax::Any(_)), out),
            Syntax::Not(part) => {
                out.push_str(self.not);
                self.group(part, out)
            }
            Syntax::Together { .. } => None,
        }
    }

    fn chain(&self, parts: &[Syntax], word: &str, needs_group: fn(&Syntax) -> bool, out: &mut String) -> Option<()> {
        if parts.len() < 2 {
            return None;
        }
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                out.push_str(word);
            }
            if needs_group(part) { self.group(part, out)? } else { self.term(part, out)? }
        }
        Some(())
    }

    fn group(&self, part: &Syntax, out: &mut String) -> Option<()> {
        out.push('(');
        self.term(part, out)?;
        out.push(')');
        Some(())
    }
}
