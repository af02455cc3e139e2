//! The table of endpoints, `docs/endpoints.md`: every route with its least role, its function, and the black-box tests that
//! call it. It is made from the route table and from what the suites wrote into the folder that `ENDPOINT_CALLS` names.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::routes::{ROUTES, Route};

/// How many tests a row names; those that call the fewest operations first, because they are about this one.
const NAMED: usize = 4;

const HEAD: &str = "# Endpoints and their tests

Every operation with its least role, the function that serves it, and black-box tests that call it with success: those that call the
fewest other operations first. `suite` stands for `tests/suite`, `settings` for `tests/settings`; what tests do to prepare
themselves does not count. Who may call what stands in [`api/authorisation.txt`](api/authorisation.txt), bodies in
[`api/openapi.json`](api/openapi.json).

`bash tests/endpoints.sh` writes this page from what the suites really call.
";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Tests by the operations that they call.
type Calls = BTreeMap<(String, String), BTreeSet<String>>;

/// What the suites wrote down.
fn calls(folder: &Path) -> Calls {
    let mut calls = Calls::new();
    for entry in fs::read_dir(folder).unwrap() {
        for line in fs::read_to_string(entry.unwrap().path()).unwrap().lines() {
            let [method, path, suite, test] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
            let suite = if suite == "settings_suite" { "settings" } else { "suite" };
            calls.entry((method.to_owned(), path.to_owned())).or_default().insert(format!("{suite}::{test}"));
        }
    }
    assert!(!calls.is_empty(), "no suite has written its calls into {}", folder.display());
    calls
}

/// The beginning of a route's row.
fn row(route: &Route) -> String {
    let role = route.minimum_role.map_or("anybody", |role| role.word());
    let function = format!("{:?}", route.function).to_lowercase();
    format!("| `{} {}` | {role} | {function} | ", route.method, route.path)
}

fn page(calls: &Calls) -> String {
    let mut breadth: BTreeMap<&str, usize> = BTreeMap::new();
    for test in calls.values().flatten() {
        *breadth.entry(test).or_default() += 1;
    }
    let mut page = HEAD.to_owned();
    let mut tags: Vec<&str> = Vec::new();
    for route in ROUTES {
        if !tags.contains(&route.tag) {
            tags.push(route.tag);
        }
    }
    for tag in tags {
        let _ = write!(page, "\n## {tag}\n\n| operation | least role | function | tests |\n|---|---|---|---|\n");
        for route in ROUTES.iter().filter(|route| route.tag == tag) {
            let key = (route.method.to_string(), route.path.to_owned());
            let mut tests: Vec<&str> = calls.get(&key).into_iter().flatten().map(String::as_str).collect();
            tests.sort_by_key(|test| (breadth[test], *test));
            let named: Vec<String> = tests.iter().take(NAMED).map(|test| format!("`{test}`")).collect();
            let more = match tests.len().saturating_sub(NAMED) {
                0 => String::new(),
                n => format!(" and {n} more"),
            };
            let _ = writeln!(page, "{}{}{more} |", row(route), named.join("<br>"));
        }
    }
    page
}

/// The names of all functions in the files of a folder, as far as they can be tests.
fn functions(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            functions(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            for line in fs::read_to_string(&path).unwrap().lines() {
                let line = line.trim();
                let name = match line.strip_prefix("fn ") {
                    Some(rest) => rest.split('(').next(),
                    // Tests that a macro makes stand in a list of `name: value;`.
                    None => line.split_once(": ").filter(|(_, rest)| rest.ends_with(';')).map(|(name, _)| name),
                };
                found.extend(name.map(str::to_owned));
            }
        }
    }
}

#[test]
fn the_committed_table_of_endpoints_has_every_route_with_tests_that_exist() {
    let path = root().join("docs/endpoints.md");
    let called = std::env::var_os("ENDPOINT_CALLS").map(|folder| calls(Path::new(&folder)));
    if let Some(called) = &called
        && std::env::var_os("UPDATE").is_some()
    {
        fs::write(&path, page(called)).unwrap();
    }
    let held = fs::read_to_string(&path).unwrap_or_default();
    let mut tests = BTreeSet::new();
    for suite in ["suite", "settings"] {
        functions(&root().join("tests").join(suite), &mut tests);
    }
    let mut rows: Vec<&str> = held.lines().filter(|line| line.starts_with("| `")).collect();
    for route in ROUTES {
        let start = row(route);
        let place = rows.iter().position(|line| line.starts_with(&start));
        let line = rows.remove(place.unwrap_or_else(|| panic!("{start} is missing: run `bash tests/endpoints.sh`")));
        let named: Vec<&str> = line[start.len()..].split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "no test calls {} {} with success", route.method, route.path);
        for test in named {
            let function = test.rsplit("::").next().unwrap();
            assert!(tests.contains(function), "there is no test {test}: run `bash tests/endpoints.sh`");
            // Which tests call it besides may differ from run to run; those that are named do.
            let key = (route.method.to_string(), route.path.to_owned());
            let calls = called.as_ref().is_none_or(|called| called.get(&key).is_some_and(|tests| tests.contains(test)));
            assert!(calls, "{test} does not call {} {}: run `bash tests/endpoints.sh`", route.method, route.path);
        }
    }
    assert!(rows.is_empty(), "no routes: {rows:?}");
}
