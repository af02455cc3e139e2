//! Truth by string: a test decided once for each distinct string of a dictionary.

use columns::Dict;

use crate::matcher::Matcher;
use crate::node::{Leaf, Node};

/// Whether a test holds, by code.
pub(crate) type Table = Vec<bool>;

/// Decides one test for all strings.
pub(crate) fn of_leaf(leaf: &Leaf, dict: &Dict, table: &mut Table) {
    of_matcher(&leaf.matcher, dict, table);
    if leaf.negated {
        negate(table);
    }
}

/// As [`of_leaf`], as if it were not negated.
pub(crate) fn of_matcher(matcher: &Matcher, dict: &Dict, table: &mut Table) {
    table.clear();
    // What kind of comparison it is gets settled before going through the strings.
    match matcher.ascii_beginning() {
        Some([first, beginning @ ..]) => {
            let strings = dict.iter_bytes().enumerate();
            table.extend(strings.map(|(code, string)| match begins(string, *first, beginning) {
                Some(begins) => begins,
                None => dict.get(code).is_some_and(|string| matcher.text(string)),
            }));
        }
        Some([]) | None => table.extend(dict.iter().map(|string| matcher.text(string))),
    }
}

/// Whether a string begins so in any case; `None` where letters beyond ASCII may decide.
#[inline]
fn begins(string: &[u8], first: u8, beginning: &[u8]) -> Option<bool> {
    let Some((head, tail)) = string.split_first() else { return Some(false) };
    // Most strings differ in their first letter.
    if !head.eq_ignore_ascii_case(&first) {
        return head.is_ascii().then_some(false);
    }
    let tail = tail.get(..beginning.len()).unwrap_or(tail);
    if tail.eq_ignore_ascii_case(beginning) {
        return Some(true);
    }
    tail.is_ascii().then_some(false)
}

/// Decides tests of one column for all strings. `spare` is working memory.
pub(crate) fn of_node(node: &Node, dict: &Dict, table: &mut Table, spare: &mut Vec<Table>) {
    let (parts, is_all) = match node {
        Node::Leaf(leaf) => return of_leaf(leaf, dict, table),
        Node::Joined { inner, .. } => return of_node(inner, dict, table, spare),
        Node::Not(part) => {
            of_node(part, dict, table, spare);
            return negate(table);
        }
        Node::All(parts) => (parts, true),
        Node::Any(parts) => (parts, false),
        // INVARIANT: compiling joins tests of one column only, which are never of related entities.
        Node::Related(_) => (&Vec::new(), false),
    };
    table.clear();
    table.resize(dict.len(), is_all);
    let mut part_table = spare.pop().unwrap_or_default();
    for part in parts {
        of_node(part, dict, &mut part_table, spare);
        for (whole, part) in table.iter_mut().zip(&part_table) {
            *whole = if is_all { *whole & *part } else { *whole | *part };
        }
    }
    spare.push(part_table);
}

fn negate(table: &mut Table) {
    for truth in table {
        *truth = !*truth;
    }
}

/// Whether tests of one column hold of a string, or of none.
pub(crate) fn holds(node: &Node, value: Option<&str>) -> bool {
    match node {
        Node::All(parts) => parts.iter().all(|part| holds(part, value)),
        Node::Any(parts) => parts.iter().any(|part| holds(part, value)),
        Node::Not(part) => !holds(part, value),
        Node::Joined { inner, .. } => holds(inner, value),
        Node::Leaf(leaf) => value.map_or(leaf.missing(), |value| leaf.matcher.text(value) != leaf.negated),
        // INVARIANT: as in `of_node`.
        Node::Related(_) => false,
    }
}
