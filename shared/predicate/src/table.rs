//! Truth by string: a test decided once for each distinct string of a dictionary.

use columns::Dict;

use crate::matcher::Matcher;
use crate::node::{Leaf, Node};

/// Whether a test holds, by code.
pub(crate) type Table = Vec<bool>;

/// The codes whose strings pass a test, in the way in which a row's code is compared fastest.
#[derive(Clone, Copy)]
pub(crate) enum Passing<'t> {
    /// No code.
    None,
    /// Neighbours, which strings that are equal or begin alike are, because codes ascend with their strings.
    Range(Codes),
    /// Those with a truth.
    Some(&'t [bool]),
}

/// Codes without a gap.
#[derive(Clone, Copy)]
pub(crate) struct Codes {
    first: u32,
    count: u32,
}

impl Codes {
    #[inline]
    pub(crate) fn has(self, code: u32) -> bool {
        code.wrapping_sub(self.first) < self.count
    }
}

impl<'t> Passing<'t> {
    /// The code of one string, when it is there.
    pub(crate) fn exactly(code: Option<usize>) -> Self {
        code.map_or(Self::None, |code| Self::range(code, 1))
    }

    /// What a table says.
    pub(crate) fn of(table: &'t [bool]) -> Self {
        let truth = |truth: &bool| *truth;
        let (Some(first), Some(last)) = (table.iter().position(truth), table.iter().rposition(truth)) else {
            return Self::None;
        };
        match table.get(first..=last).is_some_and(|between| between.iter().all(truth)) {
            true => Self::range(first, last + 1 - first),
            false => Self::Some(table),
        }
    }

    fn range(first: usize, count: usize) -> Self {
        match (u32::try_from(first), u32::try_from(count)) {
            (Ok(first), Ok(count)) => Self::Range(Codes { first, count }),
            // No row can have such a code.
            _ => Self::None,
        }
    }
}

/// Whether the string of a code passes by a table.
#[inline]
pub(crate) fn has(table: &[bool], code: u32) -> bool {
    table.get(code as usize) == Some(&true)
}

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
        Node::All(parts) => (parts.nodes.as_slice(), true),
        Node::Any(parts) => (parts.nodes.as_slice(), false),
        // INVARIANT: compiling joins tests of one column only, which are never of related entities.
        Node::Related(_) => (&[] as &[Node], false),
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
        Node::All(parts) => parts.nodes.iter().all(|part| holds(part, value)),
        Node::Any(parts) => parts.nodes.iter().any(|part| holds(part, value)),
        Node::Not(part) => !holds(part, value),
        Node::Joined { inner, .. } => holds(inner, value),
        Node::Leaf(leaf) => value.map_or(leaf.missing(), |value| leaf.matcher.text(value) != leaf.negated),
        // INVARIANT: as in `of_node`.
        Node::Related(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passing_codes_are_neighbours_wherever_they_have_no_gap() {
        let said = |truths: &str| match Passing::of(&truths.chars().map(|truth| truth == 'x').collect::<Vec<_>>()) {
            Passing::None => "none".to_owned(),
            Passing::Range(Codes { first, count }) => format!("{count} from {first}"),
            Passing::Some(table) => format!("some of {}", table.len()),
        };
        assert_eq!(said(""), "none");
        assert_eq!(said("..."), "none");
        assert_eq!(said("x"), "1 from 0");
        assert_eq!(said("..xx."), "2 from 2");
        assert_eq!(said("xxx"), "3 from 0");
        assert_eq!(said("x.x"), "some of 3");
    }

    #[test]
    fn a_code_has_the_truth_of_its_string_and_others_have_none() {
        let table = [false, true, true, false];
        let Passing::Range(codes) = Passing::of(&table) else { panic!("neighbours") };
        for code in [0, 1, 2, 3, 4, u32::MAX] {
            assert_eq!(codes.has(code), has(&table, code), "{code}");
        }
    }
}
