//! Letters without case.

use std::borrow::Cow;

/// Text for comparing without regard to case.
///
/// Character by character, so that folding a part and taking a part of the folded whole agree: what contains, begins
/// or ends with something still does after folding.
#[must_use]
pub fn fold(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        return Cow::Borrowed(text);
    }
    if text.is_ascii() {
        return Cow::Owned(text.to_ascii_lowercase());
    }
    Cow::Owned(text.chars().flat_map(char::to_lowercase).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_ignores_case_beyond_ascii_and_context() {
        assert_eq!(fold("Straße ÉÀ"), fold("STRAßE éà"));
        assert_eq!(fold("ΣΑΣ"), "σασ");
        assert!(matches!(fold("plain-1"), Cow::Borrowed(_)));
    }
}
