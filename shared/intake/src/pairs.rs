//! Lines of a user and a permission, as published role mining sets come.
//!
//! The data source becomes one application, each user an account in it, each permission a role of type `Permission`, and
//! each line an edge from account to role. A role leads to the application with its own name as permission, so that
//! both questions have an answer: who holds this permission, and who gets into this application.

use domain::inventory::{Family, Node, Value};

use crate::builder::{Builder, Origin};
use crate::limits::MAX_ID;
use crate::permissions::{UNCATEGORIZED, effective};
use crate::report::{Faults, Report};
use crate::{DataSource, Parsed};

/// The node type of the roles.
pub const PERMISSION: &str = "Permission";

/// Reads lines of two words, with any blanks before, between and after. Empty lines, and lines that start with `#`, say
/// nothing.
///
/// # Errors
///
/// A line with another number of words, or a word that is too long or not UTF-8, at `line:column`; or a limit passed.
pub fn parse(source: &DataSource<'_>, bytes: &[u8]) -> Result<Parsed, Faults> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut builder = Builder::new();
    let mut application = Node::new(Family::Application, format!("{}:application", source.id));
    source.name.clone_into(&mut application.name);
    let application_id = application.id.clone();
    let Some(application) = builder.add(&"$", application) else {
        return builder.finish(source.name.to_owned(), String::new());
    };
    let prefix = format!("{}:", source.id);
    let mut id = prefix.clone();
    let mut lines = 0_usize;
    for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let Some((user, permission)) = words(line, number + 1, &mut builder.report) else { continue };
        lines += 1;
        id.truncate(prefix.len());
        id.push_str(user);
        let mut account = builder.find(Family::Account, &id);
        if account.is_none() {
            let mut node = Node::new(Family::Account, id.clone());
            user.clone_into(&mut node.name);
            node.attributes.insert("application_id".to_owned(), Value::Text(application_id.clone()));
            account = builder.add(&format_args!("{}:1", number + 1), node);
        }
        id.truncate(prefix.len());
        id.push_str(permission);
        let mut role = builder.find(Family::Role, &id);
        if role.is_none() {
            let mut node = Node::new(Family::Role, id.clone());
            permission.clone_into(&mut node.name);
            PERMISSION.clone_into(&mut node.node_type);
            node.attributes.insert("application_id".to_owned(), Value::Text(application_id.clone()));
            role = builder.add(&format_args!("{}:1", number + 1), node);
            if let Some(role) = role {
                let meaning = effective(permission).unwrap_or(UNCATEGORIZED).to_owned();
                let set = builder.sets.number(vec![permission.to_owned()], vec![meaning]);
                builder.edge(role, application, set, Origin::DERIVED);
            }
        }
        if let (Some(account), Some(role)) = (account, role) {
            builder.edge(account, role, 0, Origin::DERIVED);
        }
    }
    if lines == 0 {
        builder.report.warn(&"$", "there is no pair in the input");
    }
    let mut parsed = builder.finish(source.name.to_owned(), String::new())?;
    let kept = parsed.picture.edges.iter().filter(|edge| edge.permissions == 0).count();
    if kept < lines {
        let message = format!("{} lines repeat an earlier one", lines - kept);
        parsed.warnings.push(crate::Warning { place: "$".to_owned(), message });
    }
    Ok(parsed)
}

/// The two words of a line, or nothing when the line is empty, a comment or wrong.
fn words<'a>(line: &'a [u8], number: usize, report: &mut Report) -> Option<(&'a str, &'a str)> {
    let text = match str::from_utf8(line) {
        Ok(text) => text,
        Err(error) => {
            report.fault(&format_args!("{number}:{}", error.valid_up_to() + 1), "is not UTF-8");
            return None;
        }
    };
    if text.starts_with('#') {
        return None;
    }
    let mut words = text.split_whitespace();
    let first = words.next()?;
    let found = match (words.next(), words.next()) {
        (Some(second), None) => Ok((first, second)),
        (None, _) => Err((text.trim_end().len() + 1, "the permission is missing")),
        (Some(_), Some(third)) => Err((column(text, third), "a third word; a line is a user and a permission")),
    };
    match found {
        Ok((user, permission)) => {
            for word in [user, permission] {
                if word.len() > MAX_ID {
                    let place = column(text, word);
                    report.fault(&format_args!("{number}:{place}"), format_args!("longer than {MAX_ID} bytes"));
                    return None;
                }
            }
            Some((user, permission))
        }
        Err((column, message)) => {
            report.fault(&format_args!("{number}:{column}"), message);
            None
        }
    }
}

/// Where a word stands in its line, in characters from 1.
fn column(line: &str, word: &str) -> usize {
    let bytes = (word.as_ptr() as usize).saturating_sub(line.as_ptr() as usize);
    line.get(..bytes).map_or(1, |before| before.chars().count() + 1)
}
