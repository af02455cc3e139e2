//! In which order a list shows rows: the value of each sort key, and how two rows compare.
//!
//! Texts compare by their bytes, as the layout of the rows does; numbers by value; an absent value comes last, ascending
//! or descending. Rows that agree in every key stay in the order of their numbers, so that the order is total and the
//! keys and the number of a row name one place in it.

use std::cmp::Ordering;

use columns::{Cell, Column};
use domain::ids::RowId;
use domain::run::Outcome;
use serde::{Deserialize, Serialize};

use super::line::Line;
use crate::review::input::{LineColumn, SortKey};

/// The value of one sort key of one row, as it stands in a cursor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum KeyValue {
    /// The row has no value.
    Absent(Option<()>),
    /// A boolean.
    Bool(bool),
    /// A whole number, or an instant in milliseconds since 1970.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A text; of a list, its first.
    Text(String),
}

/// The keys of one row, one for each [`SortKey`].
pub(crate) type Keys = Vec<KeyValue>;

/// A row with its keys. Where rows are walked by their numbers, there are none.
pub(crate) type Entry = (Keys, RowId);

impl KeyValue {
    /// No value.
    pub(crate) const NONE: Self = Self::Absent(None);

    /// The value of a row in a column.
    pub(crate) fn of(column: Option<&Column>, row: usize) -> Self {
        match column.and_then(|column| column.cell(row)) {
            None => Self::NONE,
            Some(Cell::Bool(value)) => Self::Bool(value),
            Some(Cell::Int(value) | Cell::Time(value)) => Self::Int(value),
            Some(Cell::Float(value)) if value.is_finite() => Self::Float(value),
            Some(Cell::Float(_)) => Self::NONE,
            Some(Cell::Text(value)) => Self::Text(value.to_owned()),
            Some(Cell::List(values)) => values.get(0).map_or(Self::NONE, |first| Self::Text(first.to_owned())),
        }
    }

    /// The first value that a row has in some columns.
    pub(crate) fn first_of(columns: &[&Column], row: usize) -> Self {
        let mut values = columns.iter().map(|column| Self::of(Some(column), row));
        values.find(|value| *value != Self::NONE).unwrap_or(Self::NONE)
    }

    /// What a line of the run history says.
    pub(crate) fn of_line(line: &Line<'_>, column: LineColumn) -> Self {
        let text = |word: Option<&str>| word.map_or(Self::NONE, |word| Self::Text(word.to_owned()));
        match column {
            LineColumn::Approver => text(line.approver),
            LineColumn::Response => text(Some(line.response.word())),
            LineColumn::Outcome => text(line.outcome.map(Outcome::word)),
            LineColumn::AnsweredAt => line.answered_at.map_or(Self::NONE, |at| Self::Int(at.as_millisecond())),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Bool(_) => 0,
            Self::Int(_) | Self::Float(_) => 1,
            Self::Text(_) => 2,
            Self::Absent(_) => 3,
        }
    }

    fn compare(&self, other: &Self, descending: bool) -> Ordering {
        let ascending = match (self, other) {
            (Self::Absent(_), _) | (_, Self::Absent(_)) => return self.rank().cmp(&other.rank()),
            (Self::Bool(one), Self::Bool(two)) => one.cmp(two),
            (Self::Int(one), Self::Int(two)) => one.cmp(two),
            (Self::Text(one), Self::Text(two)) => one.cmp(two),
            (Self::Float(one), Self::Float(two)) => one.total_cmp(two),
            (Self::Int(one), Self::Float(two)) => approximate(*one).total_cmp(two),
            (Self::Float(one), Self::Int(two)) => one.total_cmp(&approximate(*two)),
            (Self::Bool(_) | Self::Int(_) | Self::Float(_) | Self::Text(_), _) => self.rank().cmp(&other.rank()),
        };
        if descending { ascending.reverse() } else { ascending }
    }
}

/// Columns that hold whole numbers in one block and fractions in another are compared as fractions.
#[expect(clippy::cast_precision_loss, reason = "only the order of mixed numbers depends on it")]
fn approximate(value: i64) -> f64 {
    value as f64
}

/// How two rows compare in a list; `backwards` turns the whole order round.
pub(crate) fn compare(order: &[SortKey], backwards: bool, one: &Entry, two: &Entry) -> Ordering {
    let by_row = one.1.cmp(&two.1);
    compare_keys(order, backwards, &one.0, &two.0).then(if backwards { by_row.reverse() } else { by_row })
}

/// How the keys of two rows compare, as far as both are known.
pub(crate) fn compare_keys(order: &[SortKey], backwards: bool, one: &[KeyValue], two: &[KeyValue]) -> Ordering {
    let keys = order.iter().zip(one.iter().zip(two));
    let by_keys = keys.map(|(key, (a, b))| a.compare(b, key.descending)).find(|ordering| ordering.is_ne());
    let ordering = by_keys.unwrap_or(Ordering::Equal);
    if backwards { ordering.reverse() } else { ordering }
}

/// The first rows of an order behind a place, out of many that come in any order.
///
/// Holds about twice as many rows as are wanted, however many come.
#[derive(Debug)]
pub(crate) struct First<'a> {
    order: &'a [SortKey],
    backwards: bool,
    behind: Option<Entry>,
    wanted: usize,
    held: Vec<Entry>,
    dropped: bool,
}

impl<'a> First<'a> {
    /// The first `wanted` rows that come after `behind`, if that is given.
    pub(crate) fn new(order: &'a [SortKey], backwards: bool, behind: Option<Entry>, wanted: usize) -> Self {
        Self { order, backwards, behind, wanted, held: Vec::new(), dropped: false }
    }

    /// Considers a row.
    pub(crate) fn offer(&mut self, row: Entry) {
        let (order, backwards) = (self.order, self.backwards);
        if self.behind.as_ref().is_some_and(|behind| compare(order, backwards, &row, behind).is_le()) {
            return;
        }
        self.held.push(row);
        if self.held.len() >= self.wanted.saturating_mul(2).max(1_024) {
            self.trim();
        }
    }

    fn trim(&mut self) {
        let (order, backwards) = (self.order, self.backwards);
        self.held.sort_unstable_by(|one, two| compare(order, backwards, one, two));
        self.dropped |= self.held.len() > self.wanted;
        self.held.truncate(self.wanted);
    }

    /// The last of the rows that are wanted, once there have been more than that: what comes behind it is not wanted.
    pub(crate) fn last_wanted(&mut self) -> Option<&Entry> {
        self.trim();
        self.held.last().filter(|_| self.dropped)
    }

    /// The rows in order, and whether there were more than wanted.
    pub(crate) fn finish(mut self) -> (Vec<Entry>, bool) {
        self.trim();
        (self.held, self.dropped)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::review::input::SortColumn;

    fn any_key() -> impl Strategy<Value = KeyValue> {
        prop_oneof![
            Just(KeyValue::NONE),
            any::<bool>().prop_map(KeyValue::Bool),
            (-3_i64..3).prop_map(KeyValue::Int),
            (-3_i32..3).prop_map(|half| KeyValue::Float(f64::from(half) / 2.0)),
            "[ab]{0,2}".prop_map(KeyValue::Text),
        ]
    }

    fn by_status(descending: bool) -> [SortKey; 1] {
        [SortKey { by: SortColumn::Status, descending }]
    }

    #[test]
    fn absent_values_come_last_in_both_directions() {
        for (descending, expected) in [(false, [1, 2, 0]), (true, [2, 1, 0])] {
            let order = by_status(descending);
            let mut first = First::new(&order, false, None, 9);
            for (row, key) in [KeyValue::NONE, KeyValue::Int(1), KeyValue::Int(2)].into_iter().enumerate() {
                first.offer((vec![key], RowId(u32::try_from(row).unwrap())));
            }
            let rows: Vec<u32> = first.finish().0.into_iter().map(|(_, row)| row.0).collect();
            assert_eq!(rows, expected);
        }
    }

    proptest! {
        #[test]
        fn what_a_cursor_says_compares_as_before(one in any_key(), two in any_key(), descending: bool) {
            let again = |value: &KeyValue| -> KeyValue {
                serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
            };
            let order = by_status(descending);
            let compared = |a: KeyValue, b: KeyValue| {
                compare(&order, false, &(vec![a], RowId(1)), &(vec![b], RowId(2)))
            };
            prop_assert_eq!(compared(one.clone(), two.clone()), compared(again(&one), again(&two)));
            prop_assert_eq!(compared(again(&one), one.clone()), compared(one.clone(), again(&one)));
        }

        #[test]
        fn the_first_rows_are_those_of_the_sorted_list(
            keys in proptest::collection::vec(any_key(), 0..60), wanted in 1_usize..9, from in 0_usize..60,
            backwards: bool, descending: bool,
        ) {
            let order = by_status(descending);
            let mut all: Vec<Entry> = (0..).map(RowId).zip(keys).map(|(row, key)| (vec![key], row)).collect();
            let behind = all.get(from).cloned();
            let mut first = First::new(&order, backwards, behind.clone(), wanted);
            all.iter().for_each(|entry| first.offer(entry.clone()));
            all.sort_by(|one, two| compare(&order, backwards, one, two));
            let start = behind.map_or(0, |behind| all.iter().position(|entry| *entry == behind).unwrap() + 1);
            let (found, more) = first.finish();
            prop_assert_eq!(more, all.len() - start > wanted);
            prop_assert_eq!(found, all[start..].iter().take(wanted).cloned().collect::<Vec<_>>());
        }
    }
}
