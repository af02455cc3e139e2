//! The arrows between the crates point down only, and what belongs to the local stack never reaches a function.

use std::collections::{BTreeMap, BTreeSet};

/// What each crate of ours may use, of ours. A crate that is not listed fails the test.
const ARROWS: &[(&str, &[&str])] = &[
    ("columns", &[]),
    ("domain", &[]),
    ("predicate", &["columns"]),
    ("intake", &["domain"]),
    ("store", &["columns", "domain"]),
    ("app", &["columns", "domain", "intake", "predicate", "store"]),
    ("wire", &["app", "domain", "intake", "predicate"]),
    ("runtime", &["app", "domain", "store", "wire"]),
    ("engine", &[]),
    ("sample", &["domain"]),
    ("testbed", &["app", "engine", "store", "wire"]),
    ("blackbox", &[]),
];

/// What a function may use: the layers that its handlers are made of, never the local parts.
const FUNCTION: &[&str] = &["app", "domain", "intake", "predicate", "runtime", "store", "wire"];

/// Above everything: these put the product together and may use all of it.
const ASSEMBLIES: &[&str] = &["local", "bench"];

fn crates() -> (BTreeMap<String, BTreeSet<String>>, BTreeSet<String>) {
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()
        .expect("cargo metadata");
    let names: BTreeSet<String> = metadata.packages.iter().map(|package| package.name.to_string()).collect();
    let mut functions = BTreeSet::new();
    let mut uses = BTreeMap::new();
    for package in &metadata.packages {
        if package.manifest_path.as_str().contains("/functions/") {
            functions.insert(package.name.to_string());
        }
        let ours =
            package.dependencies.iter().filter(|dependency| dependency.kind == cargo_metadata::DependencyKind::Normal);
        let ours = ours.map(|dependency| dependency.name.clone()).filter(|name| names.contains(name)).collect();
        uses.insert(package.name.to_string(), ours);
    }
    (uses, functions)
}

#[test]
fn dependency_arrows_point_down_only() {
    let (uses, functions) = crates();
    assert!(functions.len() >= 9, "{functions:?}");
    let mut wrong = Vec::new();
    for (name, used) in &uses {
        if ASSEMBLIES.contains(&name.as_str()) {
            continue;
        }
        let allowed: &[&str] = match ARROWS.iter().find(|(listed, _)| listed == name) {
            Some((_, allowed)) => allowed,
            None if functions.contains(name) => FUNCTION,
            None => panic!("{name} has no place in the layers: list it"),
        };
        wrong.extend(
            used.iter().filter(|used| !allowed.contains(&used.as_str())).map(|used| format!("{name} -> {used}")),
        );
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn every_folder_is_named_as_its_crate() {
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()
        .expect("cargo metadata");
    for package in metadata.packages {
        let folder = package.manifest_path.parent().and_then(|path| path.file_name()).expect("a folder");
        assert!(
            folder == package.name.as_str() || package.name.as_str() == "blackbox",
            "{folder} holds {}",
            package.name
        );
    }
}
