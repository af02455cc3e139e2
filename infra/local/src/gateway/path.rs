//! What API Gateway makes of the path of a request before it routes it.

use runtime::router::percent_decoded;

/// The path as functions are told it: percent-encoding is undone twice, and what stands behind a question mark after the
/// first time is cut off, as the deployed gateway does it. `None` for what it refuses: a percent sign that encodes nothing
/// after the first time.
pub(super) fn told(sent: &str) -> Option<String> {
    let once = percent_decoded(sent);
    let kept = once.split_once('?').map_or(once.as_str(), |(kept, _)| kept);
    let encodes = |rest: &str| rest.len() >= 2 && rest.bytes().take(2).all(|digit| digit.is_ascii_hexdigit());
    kept.split('%').skip(1).all(encodes).then(|| percent_decoded(kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was seen of a deployed HTTP API in July 2026.
    #[test]
    fn paths_are_told_as_the_deployed_gateway_tells_them() {
        for (sent, expected) in [
            ("/a/plain", Some("/a/plain")),
            ("/a/space%20value", Some("/a/space value")),
            ("/a/plus+value", Some("/a/plus+value")),
            ("/a/question%3Fvalue", Some("/a/question")),
            ("/a/percent%25done", None),
            ("/a/hash%23value", Some("/a/hash#value")),
            ("/a/slash%2Fvalue", Some("/a/slash/value")),
            ("/a/unicode-%CE%BB-%E4%B8%96%E7%95%8C", Some("/a/unicode-λ-世界")),
            ("/a/literal%252Fvalue", Some("/a/literal/value")),
            ("/a/literal%253Fvalue", Some("/a/literal?value")),
            ("/a/literal%2525value", Some("/a/literal%value")),
        ] {
            assert_eq!(told(sent).as_deref(), expected, "{sent}");
        }
    }
}
