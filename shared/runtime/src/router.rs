//! From method and path to an operation, over the one list of routes.
//!
//! The function routes by itself although the gateway has routed already: the gateway knows neither a verb behind a
//! parameter (`{id}:complete`) nor what follows a value with slashes, and the same code serves the local stack.

use std::sync::LazyLock;

use http::Method;
use matchit::Router;
use wire::exchange::Pairs;
use wire::routes::{Dialect, ROUTES, Route, SPANNING};

/// What a method and a path mean.
#[derive(Debug, Clone)]
pub enum Found {
    /// A route, with the parameters of the path.
    Route(&'static Route, Pairs),
    /// The path exists, with these methods and in this dialect.
    OtherMethods(Vec<&'static Method>, Dialect),
    /// No route has this path; the dialect is that of its nearest relatives.
    Nothing(Dialect),
}

static ROUTER: LazyLock<Router<Vec<&'static Route>>> = LazyLock::new(|| {
    let mut paths: Vec<(&'static str, Vec<&'static Route>)> = Vec::new();
    for route in ROUTES {
        let shape = shape(route.path);
        match paths.iter_mut().find(|(path, _)| self::shape(path) == shape) {
            Some((_, routes)) => routes.push(route),
            None => paths.push((route.path, vec![route])),
        }
    }
    let mut router = Router::new();
    for (path, routes) in paths {
        if let Err(conflict) = router.insert(path, routes) {
            // A test finds every route again, so this cannot be met in a release.
            tracing::error!(path, %conflict, "two routes exclude each other");
        }
    }
    router
});

/// A template without the names of its parameters: two templates of one shape match the same paths.
fn shape(path: &str) -> String {
    let mut shape = String::with_capacity(path.len());
    let mut name = false;
    for character in path.chars() {
        name = (name || character == '{') && character != '}';
        if !name {
            shape.push(character);
        }
    }
    shape
}

/// Finds the route of a request. `path` is as the gateway tells it: without any percent-encoding, so that a percent sign is
/// one, and a question mark belongs to the path.
pub fn find(method: &Method, path: &str) -> Found {
    let Ok(matched) = ROUTER.at(path) else { return spanning(method, path) };
    let Some(route) = matched.value.iter().find(|route| route.method == *method) else {
        let dialect = matched.value.first().map_or(Dialect::Campaigns, |route| route.dialect);
        return Found::OtherMethods(matched.value.iter().map(|route| &route.method).collect(), dialect);
    };
    // Routes of one shape share a node, whose parameter names are those of the first; values are given their own names.
    let values = matched.params.iter().map(|(_, value)| value.to_owned());
    let names = route.parameters();
    let pairs = names.into_iter().map(str::to_owned).zip(values).collect::<Vec<_>>();
    if pairs.iter().any(|(_, value)| value.is_empty()) {
        return Found::Nothing(route.dialect);
    }
    Found::Route(route, Pairs(pairs))
}

/// The route of a path in which the value of [`SPANNING`] takes several segments. What follows it in a template is not
/// taken for a part of it.
fn spanning(method: &Method, path: &str) -> Found {
    let fitting = |route: &'static Route| {
        let (head, tail) = route.path.split_once(SPANNING)?;
        let values = path.strip_suffix(tail).and_then(|path| headed(head, path))?;
        Some((tail.len(), route, values))
    };
    let mut fits: Vec<_> = ROUTES.iter().filter_map(fitting).collect();
    let longest = fits.iter().map(|(tail, ..)| *tail).max();
    fits.retain(|(tail, ..)| Some(*tail) == longest);
    let Some((_, first, _)) = fits.first() else { return Found::Nothing(nearest_dialect(path)) };
    match fits.iter().find(|(_, route, _)| route.method == *method) {
        Some((_, route, values)) => {
            let names = route.parameters().into_iter().map(str::to_owned);
            Found::Route(route, Pairs(names.zip(values.iter().map(|value| (*value).to_owned())).collect()))
        }
        None => Found::OtherMethods(fits.iter().map(|(_, route, _)| &route.method).collect(), first.dialect),
    }
}

/// The values of the parameters in `head`, and behind them the rest of the path.
fn headed<'a>(head: &str, path: &'a str) -> Option<Vec<&'a str>> {
    let own: Vec<&str> = head.trim_end_matches('/').split('/').collect();
    let mut asked = path.splitn(own.len() + 1, '/');
    let mut values = Vec::new();
    for own in own {
        let segment = asked.next()?;
        match own.starts_with('{') {
            true if segment.is_empty() => return None,
            true => values.push(segment),
            false if own != segment => return None,
            false => {}
        }
    }
    let rest = asked.next().filter(|rest| !rest.is_empty() && !rest.starts_with('/') && !rest.ends_with('/'))?;
    values.push(rest);
    Some(values)
}

/// The dialect of the route that shares the most leading segments.
fn nearest_dialect(path: &str) -> Dialect {
    let shared = |route: &&Route| {
        let pairs = path.split('/').zip(route.path.split('/'));
        pairs.take_while(|(asked, own)| asked == own).count()
    };
    // `max_by_key` takes the last of equals, so the list is walked backwards: the first route wins.
    ROUTES.iter().rev().max_by_key(shared).map_or(Dialect::Campaigns, |route| route.dialect)
}

/// Undoes percent-encoding; what is not a valid sequence stays as it is, and bytes that are no text become replacement
/// characters.
pub fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let code = match (first, tail) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| high * 16 + low),
            _ => None,
        };
        bytes.push(code.unwrap_or(first));
        rest = if code.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// The parameters of a query string in their order: `+` is a space, percent-encoding is undone.
pub(crate) fn query(raw: &str) -> Pairs {
    let pairs = raw.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (percent_decoded(&name.replace('+', " ")), percent_decoded(&value.replace('+', " ")))
    });
    Pairs(pairs.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: &str, path: &str, expected: &str) {
        let actual = match find(&method.parse().unwrap(), path) {
            Found::Route(route, parameters) => format!("{} {:?}", route.operation.name(), parameters.0),
            Found::OtherMethods(methods, dialect) => format!("{methods:?} {dialect:?}"),
            Found::Nothing(dialect) => format!("nothing in {dialect:?}"),
        };
        assert_eq!(actual, expected, "{method} {path}");
    }

    #[test]
    fn every_route_is_found_by_its_own_path() {
        for route in ROUTES {
            let path = route
                .parameters()
                .into_iter()
                .fold(route.path.to_owned(), |path, name| path.replace(&format!("{{{name}}}"), "5f0c"));
            match find(&route.method, &path) {
                Found::Route(found, parameters) => {
                    assert_eq!(found.operation, route.operation, "{path}");
                    let names: Vec<_> = parameters.0.iter().map(|(name, _)| name.as_str()).collect();
                    assert_eq!(names, route.parameters(), "{path}");
                }
                other => panic!("{path}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_literal_wins_over_a_parameter() {
        check("GET", "/api/v1/campaigns/query/fields", "ListQueryFields []");
        check("POST", "/api/v1/campaigns/c1/approvals/batch", r#"DecideApprovals [("id", "c1")]"#);
    }

    #[test]
    fn a_verb_is_split_off_its_parameter() {
        check(
            "POST",
            "/api/preview/awf/certifications/c1:complete",
            r#"CompleteCertification [("certification_id", "c1")]"#,
        );
        check(
            "POST",
            "/api/preview/awf/certifications/c1/results:sign_off",
            r#"SignOffResults [("certification_id", "c1")]"#,
        );
    }

    #[test]
    fn a_parameter_is_taken_as_it_is_told() {
        for id in ["cn=ann ou", "100%", "100%41", "a%2Fb", "a?b", "a#b", "a+b", "é", "a&b;c"] {
            let decided = format!("DecideApproval {:?}", [("id", "c1"), ("accountId", id)]);
            check("POST", &format!("/api/v1/campaigns/c1/approvals/{id}"), &decided);
        }
    }

    #[test]
    fn an_account_id_may_hold_slashes() {
        check(
            "POST",
            "/api/v1/campaigns/c1/approvals/arn:aws/user/100% ann",
            r#"DecideApproval [("id", "c1"), ("accountId", "arn:aws/user/100% ann")]"#,
        );
        check(
            "POST",
            "/api/v1/campaigns/c1/approvals/a/b/undo",
            r#"UndoApproval [("id", "c1"), ("accountId", "a/b")]"#,
        );
        check(
            "GET",
            "/api/v1/campaigns/c1/review-items/a/b/c",
            r#"GetReviewItem [("id", "c1"), ("accountId", "a/b/c")]"#,
        );
        check("GET", "/api/v1/campaigns/c1/approvals/a/b/undo", "[POST] Campaigns");
        for path in [
            "/api/v1/campaigns/c1/approvals/a/",
            "/api/v1/campaigns/c1/approvals//a",
            "/api/v1/campaigns//approvals/a/b",
        ] {
            check("POST", path, "nothing in Campaigns");
        }
    }

    #[test]
    fn a_known_path_with_another_method_names_the_methods() {
        check("PATCH", "/api/v1/campaigns/c1", "[GET, PUT, DELETE] Campaigns");
        check("DELETE", "/api/preview/awf/certifications/c1/results", "[GET, PUT] Awf");
    }

    #[test]
    fn an_unknown_path_is_answered_in_the_dialect_of_its_neighbours() {
        check("GET", "/api/preview/awf/nothing", "nothing in Awf");
        check("GET", "/api/v1/campaigns/", "nothing in Campaigns");
        check("GET", "/", "nothing in Campaigns");
    }

    #[test]
    fn a_query_keeps_order_and_repeats() {
        let pairs = query("a=1&b=x+y%2Bz&a=2&flag&&filter=name%20eq%20%22%26%22");
        let expected = [("a", "1"), ("b", "x y+z"), ("a", "2"), ("flag", ""), ("filter", "name eq \"&\"")];
        assert_eq!(pairs, Pairs::from(expected));
    }
}
