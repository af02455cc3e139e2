//! The arrows between the crates point down only, and what belongs to the local stack never reaches a function. Within a
//! crate, no two files need each other.

mod lengths;
mod modules;
mod tokens;

use std::collections::{BTreeMap, BTreeSet};

use lengths::too_long;
use modules::{Modules, circles};

/// What each crate of ours may use, of ours. A crate that is not listed fails the test.
const ARROWS: &[(&str, &[&str])] = &[
    ("columns", &[]),
    ("delivery", &[]),
    ("domain", &[]),
    ("authn", &["domain"]),
    ("predicate", &["columns"]),
    ("intake", &["domain"]),
    ("store", &["columns", "domain"]),
    ("app", &["columns", "delivery", "domain", "intake", "predicate", "store"]),
    ("wire", &["app", "domain", "intake", "predicate"]),
    ("runtime", &["app", "delivery", "domain", "store", "wire"]),
    // Files are written by one function alone.
    ("report", &["domain"]),
    ("render", &["app", "report", "runtime"]),
    // Tokens are looked at in one function alone.
    ("authorizer", &["app", "authn", "domain", "runtime"]),
    // Mails are sent by one function alone.
    ("post", &["app"]),
    ("notify", &["app", "domain", "post", "runtime"]),
    ("engine", &[]),
    ("issuer", &[]),
    ("sample", &["domain"]),
    ("backtest", &["domain"]),
    ("testbed", &["app", "delivery", "domain", "engine", "store", "wire"]),
    ("blackbox", &[]),
];

/// What a function may use: the layers that its handlers are made of, never the local parts.
const FUNCTION: &[&str] = &["app", "domain", "intake", "predicate", "runtime", "store", "wire"];

/// Above everything: these put the product together and may use all of it.
const ASSEMBLIES: &[&str] = &["local", "bench"];

/// Libraries whose code is known by another name than their package.
const OTHER_NAMES: &[(&str, &str)] = &[("dynoxide-rs", "dynoxide")];

fn packages() -> Vec<cargo_metadata::Package> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec();
    metadata.expect("cargo metadata").packages
}

fn crates() -> (BTreeMap<String, BTreeSet<String>>, BTreeSet<String>) {
    let packages = packages();
    let names: BTreeSet<String> = packages.iter().map(|package| package.name.to_string()).collect();
    let mut functions = BTreeSet::new();
    let mut uses = BTreeMap::new();
    for package in &packages {
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
    for package in packages() {
        let folder = package.manifest_path.parent().and_then(|path| path.file_name()).expect("a folder");
        assert!(
            folder == package.name.as_str() || package.name.as_str() == "blackbox",
            "{folder} holds {}",
            package.name
        );
    }
}

/// The text of every Rust file below a folder, build output left out.
fn code_below(folder: &std::path::Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() && entry.file_name().is_some_and(|name| name != "target") {
            text.push_str(&code_below(&entry));
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&std::fs::read_to_string(&entry).expect("a text"));
        }
    }
    text
}

#[test]
fn every_dependency_is_used() {
    let mut unused = Vec::new();
    for package in packages() {
        let code = code_below(package.manifest_path.parent().expect("a folder").as_std_path());
        let words: BTreeSet<&str> = code.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        for dependency in &package.dependencies {
            let known = OTHER_NAMES.iter().find(|(package, _)| *package == dependency.name);
            let name = known.map_or_else(|| dependency.name.replace('-', "_"), |(_, name)| (*name).to_owned());
            if !words.contains(name.as_str()) {
                unused.push(format!("{} -> {}", package.name, dependency.name));
            }
        }
    }
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn every_crate_keeps_the_lints_of_the_workspace_which_forbid_unsafe_code() {
    let root = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml")).expect("the workspace");
    assert!(root.contains("unsafe_code = \"forbid\""));
    for package in packages() {
        let manifest = std::fs::read_to_string(&package.manifest_path).expect("a manifest");
        assert!(manifest.contains("[lints]\nworkspace = true"), "{} has lints of its own", package.name);
    }
}

/// Where the code of a package begins: that of its library, else that of its program.
fn root_of(package: &cargo_metadata::Package) -> Option<&std::path::Path> {
    let of_kind = |wanted: &str| {
        let mut targets = package.targets.iter();
        targets.find(|target| target.kind.iter().any(|kind| kind.to_string() == wanted))
    };
    of_kind("lib").or_else(|| of_kind("bin")).map(|target| target.src_path.as_std_path())
}

#[test]
fn no_files_of_a_crate_import_each_other_in_a_circle() {
    let (mut read, mut wrong) = (0, Vec::new());
    for package in packages() {
        let Some(root) = root_of(&package) else { continue };
        let modules = Modules::of(root);
        read += modules.len();
        for circle in circles(&modules.arrows()) {
            wrong.push(format!("{}: {circle}", package.name));
        }
    }
    assert!(read > 600, "{read} files are not all of them");
    assert!(wrong.is_empty(), "what both stand on belongs below both:\n{}", wrong.join("\n"));
}

#[test]
fn a_circle_of_files_is_noticed_however_its_arrows_are_written() {
    let folder = std::env::temp_dir().join(format!("circle-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("face")).expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("a file");
    write("lib.rs", "mod face;\nmod user;\nmod ground;");
    // The face hands `Inner` on, and uses nothing of the inner file itself.
    write("face.rs", "mod inner;\npub use inner::Inner;");
    write(
        "face/inner.rs",
        "use crate::{user::{self}, ground};\npub struct Inner; // crate::user\n fn f() { user::g() }",
    );
    write("user.rs", "pub fn g() { let _ = crate::face::Inner; }\n#[cfg(test)]\nmod tests { use crate::ground::X; }");
    write("ground.rs", "pub const X: &str = \"crate::user::g\";\nfn it() -> impl Sized + use<> { 'x' }");
    let found: Vec<String> =
        circles(&Modules::of(&folder.join("lib.rs")).arrows()).iter().map(ToString::to_string).collect();
    std::fs::remove_dir_all(&folder).expect("removed");
    assert_eq!(found, ["face::inner -> user (itself), user -> face::inner (Inner)"]);
}

#[test]
fn no_file_and_no_function_is_longer_than_what_is_read_at_a_sitting() {
    let (mut read, mut wrong) = (0, Vec::new());
    for package in packages() {
        too_long(package.manifest_path.parent().expect("a folder").as_std_path(), &mut read, &mut wrong);
    }
    assert!(read > 900, "{read} files are not all of them");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
