//! Every sample is handled by a test, and every function has one of each kind.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::answers::{OUTCOMES, THROTTLED};
use crate::scene::{Event, folder, function, text};

/// The samples of the folder.
fn samples() -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder()).expect("the folder events");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("text"));
    names.filter_map(|name| name.strip_suffix(".json").map(str::to_owned)).collect()
}

/// The functions there are.
fn functions() -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder().join("../functions")).expect("the folder functions");
    entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("text")).collect()
}

/// The samples with this outcome.
fn tested(outcome: &str) -> BTreeSet<String> {
    let of = OUTCOMES.iter().filter(|(_, found)| *found == outcome).map(|(sample, _)| (*sample).to_owned());
    of.chain((outcome == "refused").then(|| THROTTLED.to_owned())).collect()
}

/// The samples that the functions' own tests take in besides.
fn taken_in_by_functions() -> BTreeSet<String> {
    let sources = functions().into_iter().map(|name| folder().join(format!("../functions/{name}/src/tests.rs")));
    let sources = sources.filter_map(|path| std::fs::read_to_string(path).ok());
    let names = |source: String| {
        let rests = source.split("events/").skip(1).map(str::to_owned).collect::<Vec<_>>();
        rests.into_iter().filter_map(|rest| rest.split_once(".json\"").map(|(name, _)| name.to_owned()))
    };
    sources.flat_map(names).collect()
}

#[test]
fn every_sample_is_handled_by_a_test() {
    let (handled, refused) = (tested("handled"), tested("refused"));
    assert!(handled.is_disjoint(&refused), "a sample means one thing");
    let mut tested: BTreeSet<String> = handled.union(&refused).cloned().collect();
    tested.extend(taken_in_by_functions());
    assert_eq!(samples(), tested);
}

#[test]
fn every_function_has_a_sample_that_succeeds_and_one_that_fails() {
    let of =
        |samples: BTreeSet<String>| samples.iter().map(|sample| function(sample).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(of(tested("handled")), functions());
    assert_eq!(of(tested("refused")), functions());
}

#[test]
fn every_sample_is_decoded_by_its_function() {
    for sample in samples() {
        let _ = Event::of(&sample);
    }
}

#[test]
fn every_sample_has_its_line() {
    let described = std::fs::read_to_string(folder().join("README.md")).expect("a description");
    let lines = described.lines().filter_map(|line| line.strip_prefix("| `")?.split_once(".json` |"));
    let lines: Vec<String> = lines.map(|(name, _)| name.to_owned()).collect();
    let named: BTreeSet<String> = lines.iter().cloned().collect();
    assert_eq!(lines.len(), named.len(), "one line for each");
    assert_eq!(named, samples());
}

#[test]
fn whoever_sends_a_sample_is_told_every_function_and_what_it_needs_to_start() {
    let described = std::fs::read_to_string(folder().join("README.md")).expect("a description");
    let template = std::fs::read_to_string(folder().join("../template.yaml")).expect("the template");
    for name in functions() {
        let row = described.lines().find(|line| line.starts_with(&format!("| {name} | ")));
        let named = row.and_then(|row| row.split(['|', ' ']).rfind(|word| word.ends_with("Function")));
        assert!(named.is_some_and(|named| template.contains(&format!("\n  {named}:\n"))), "{name}");
    }
    let words: BTreeSet<&str> = template.split(|c: char| !(c.is_ascii_uppercase() || c == '_')).collect();
    let is_needed = |word: &&&str| {
        let ends = ["_QUEUE_URL", "TABLE_NAME", "BUS_NAME", "_BUCKET"];
        ends.into_iter().any(|end| word.ends_with(end))
    };
    let needed: Vec<&&str> = words.iter().filter(is_needed).collect();
    assert!(needed.len() > 9, "{needed:?}");
    for variable in needed {
        assert!(described.contains(&format!("{variable}=…")), "{variable} for cargo lambda");
        assert!(described.contains(&format!("\"{variable}\": \"…\"")), "{variable} for sam local");
    }
}

#[test]
fn every_sample_of_the_gateway_comes_by_a_route_of_the_template() {
    let template = std::fs::read_to_string(folder().join("../template.yaml")).expect("the template");
    let mut routes = 0;
    for sample in samples() {
        let event: Value = serde_json::from_str(&text(&sample)).expect("JSON");
        let Some(key) = event["routeKey"].as_str() else { continue };
        routes += 1;
        let http = &event["requestContext"]["http"];
        assert_eq!(
            (&event["rawPath"], &event["routeKey"]),
            (&http["path"], &event["requestContext"]["routeKey"]),
            "{sample}"
        );
        let Some((method, path)) = key.split_once(' ') else {
            assert_eq!(key, "$default", "{sample}");
            continue;
        };
        assert!(template.contains(&format!("Method: {method}, Path: '{path}'")), "{sample}: {key}");
        let parameters: BTreeMap<String, String> = event
            .get("pathParameters")
            .map_or_else(BTreeMap::new, |found| serde_json::from_value(found.clone()).expect("text"));
        // The gateway names a parameter that takes several segments without its plus sign.
        let filled = parameters.iter().fold(path.to_owned(), |path, (name, value)| {
            path.replace(&format!("{{{name}}}"), value).replace(&format!("{{{name}+}}"), value)
        });
        assert_eq!(
            (http["method"].as_str(), event["rawPath"].as_str()),
            (Some(method), Some(filled.as_str())),
            "{sample}"
        );
    }
    assert!(routes > 0);
}

#[test]
fn samples_are_of_one_account_and_region_and_hold_no_secret() {
    for sample in samples() {
        let text = text(&sample);
        for known in ["AKIA", "ASIA", "BEGIN ", "X-Amz-Signature", "us-east-1"] {
            assert!(!text.contains(known), "{sample}: {known}");
        }
        for token in text.split("cr_").skip(1) {
            let secret = token.split('_').nth(1).unwrap_or_default();
            assert!(secret.starts_with(&"0".repeat(43)), "{sample} holds a token that may open something");
        }
        for arn in text.split("arn:aws:").skip(1).filter(|arn| !arn.starts_with("s3:")) {
            let place: Vec<&str> = arn.split(':').skip(1).take(2).collect();
            assert_eq!(place, ["eu-central-1", "123456789012"], "{sample}");
        }
    }
}
