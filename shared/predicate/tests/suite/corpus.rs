//! The committed corpus of the fuzz targets, run as ordinary tests.

use std::path::Path;

use crate::fuzzed;

#[track_caller]
fn run(target: &str, body: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut files = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        body(&std::fs::read(entry.unwrap().path()).unwrap());
        files += 1;
    }
    assert!(files > 5, "{files} files in {}", folder.display());
}

#[test]
fn the_corpus_of_filters_holds() {
    run("scim", fuzzed::scim);
}

#[test]
fn the_corpus_of_rules_holds() {
    run("rule", fuzzed::rule);
}

#[test]
fn the_corpus_of_queries_holds() {
    run("query_json", fuzzed::query_json);
}

#[test]
fn the_corpus_of_evaluations_holds() {
    run("eval", fuzzed::eval);
}
