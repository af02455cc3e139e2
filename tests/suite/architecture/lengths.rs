//! How long files and functions are.

use std::path::Path;

/// The most lines of a file, tests included.
const FILE: usize = 500;
/// The most lines of a function of the product. A test may tell a longer story.
const FUNCTION: usize = 60;

/// Adds what is too long in the Rust files below a folder, and counts the files.
pub fn too_long(folder: &Path, read: &mut usize, wrong: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() && entry.file_name().is_some_and(|name| name != "target") {
            too_long(&entry, read, wrong);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&entry).expect("a text");
            *read += 1;
            let lines = text.lines().count();
            if lines > FILE {
                wrong.push(format!("{} has {lines} lines", entry.display()));
            }
            let is_test =
                entry.components().any(|part| ["tests", "tests.rs"].iter().any(|name| part.as_os_str() == *name));
            if !is_test {
                let long = functions(&text).into_iter().filter(|(_, lines)| *lines > FUNCTION);
                wrong.extend(long.map(|(name, lines)| format!("{}: {name} has {lines} lines", entry.display())));
            }
        }
    }
}

/// The functions of a formatted file with their lines, up to its tests.
fn functions(text: &str) -> Vec<(&str, usize)> {
    let product = text.split_once("#[cfg(test)]\nmod tests {").map_or(text, |(product, _)| product);
    let lines: Vec<&str> = product.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let indent = &line[..line.len() - line.trim_start().len()];
        let mut words = line.split_whitespace();
        let is_code = !line.trim_start().starts_with("//") && words.any(|word| word == "fn");
        let Some(name) = words.next().filter(|_| is_code) else { continue };
        let end = lines[at..].iter().position(|line| line.strip_prefix(indent) == Some("}"));
        // What ends on its own line, or has no body, ends before the next function beside it does.
        let is_beside = |line: &&str| line.strip_prefix(indent).is_some_and(|rest| !rest.starts_with(' '));
        let next = lines[at + 1..].iter().position(|line| is_beside(line) && line.contains("fn "));
        if let Some(end) = end.filter(|end| next.is_none_or(|next| *end <= next + 1)) {
            found.push((name.split(['(', '<']).next().unwrap_or(name), end + 1));
        }
    }
    found
}

#[test]
fn a_function_ends_with_the_brace_below_its_beginning() {
    let text = "trait A {\n    fn none(&self);\n\n    fn four(&self) {\n        fn in_it() {}\n        let _ = 1;\n    }\n}\nfn one() {}\nfn two() {\n}\n";
    assert_eq!(functions(text), [("four", 4), ("two", 2)]);
}
