//! Cells that a spreadsheet would take for formulas.
//!
//! A name or a note comes from somebody else, and a program that opens a file of text decides by the first letter whether a
//! cell is to be calculated. Such a cell gets an apostrophe in front, which spreadsheets do not show. The letter is looked for
//! behind quotes and blanks, too, which some programs strip, and in its full-width form, which some take for the same.

use std::borrow::Cow;

/// The text of a cell that is not calculated.
pub(crate) fn defused(text: &str) -> Cow<'_, str> {
    if is_dangerous(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

fn is_dangerous(text: &str) -> bool {
    if text.starts_with(['\t', '\r', '\n']) {
        return true;
    }
    let stripped = |c: char| c.is_whitespace() || c.is_control() || is_invisible(c) || is_quote(c);
    let first = text.trim_start_matches(stripped).chars().next();
    first.is_some_and(|first| {
        matches!(first, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '−' | '﹦' | '﹢' | '﹣' | '﹫')
    })
}

const fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`' | '\u{2018}'..='\u{201f}' | '\u{ff02}' | '\u{ff07}')
}

/// Letters without a width, which are not seen in front of another.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_calculate_is_told_to_be_text() {
        for text in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\tx",
            "\rx",
            "\nx",
            "＝1",
            "＋1",
            "－1",
            "＠x",
            " =1",
            "\u{a0}=1",
            "\u{3000}＝1",
            "\"=1\"",
            "'=1",
            "'\"=1",
            "\" =1",
            "“=1”",
            "\u{feff}=1",
            "\u{200b}=1",
            "\t=cmd|' /C calc'!A0",
            "=HYPERLINK(\"x\")",
            "\u{202e}=1",
            "`=1",
            "−1",
            "-",
            "=",
            "@",
        ] {
            assert_eq!(defused(text), format!("'{text}"));
        }
    }

    #[test]
    fn other_text_stays_as_it_is() {
        for text in [
            "",
            "Ann",
            "a=b",
            "1-2",
            "'quoted'",
            "\"quoted\"",
            " blank",
            "ann@corp.example",
            "(=1)",
            "'",
            "ledger.read",
        ] {
            assert_eq!(defused(text), text);
        }
    }
}
