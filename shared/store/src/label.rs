//! How stored things are named in messages, which end in logs: never by a person's name, address or words.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

/// A key in a message: where a user or an address is part of it, a short hash stands for them.
pub(crate) fn of_key(pk: &str, sk: &str) -> String {
    format!("{} {}", masked(pk), masked(sk))
}

/// One part of a key, likewise.
pub(crate) fn masked(part: &str) -> Cow<'_, str> {
    match part.split_once('#') {
        Some((kind @ ("USER" | "EMAIL"), who)) => {
            let hash = Sha256::digest(who);
            let short: String = hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
            format!("{kind}#~{short}").into()
        }
        _ => part.into(),
    }
}

/// Why a JSON text cannot be read, by its place: the parser's own words quote the text.
#[must_use]
pub fn of_fault(error: &serde_json::Error) -> String {
    let kind = match error.classify() {
        serde_json::error::Category::Io => "input error",
        serde_json::error::Category::Syntax => "syntax error",
        serde_json::error::Category::Data => "unexpected value",
        serde_json::error::Category::Eof => "end",
    };
    format!("{kind} at line {}, column {}", error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_not_named_and_still_told_apart() {
        let label = |pk| of_key(pk, "PROFILE");
        assert!(!label("USER#localCookieUser/ann@corp.example").contains("ann"));
        assert_ne!(label("USER#t/ann"), label("USER#t/bob"));
        assert_eq!(of_key("CERT#1", "META"), "CERT#1 META");
        assert!(!of_key("EMAIL#ann@corp.example", "USER#t/ann").contains("ann"));
    }

    #[test]
    fn a_fault_does_not_quote_what_it_found() {
        let error = serde_json::from_str::<u64>("\n \"ann\"").unwrap_err();
        assert_eq!(of_fault(&error), "unexpected value at line 2, column 6");
    }
}
