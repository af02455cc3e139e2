//! Batch groups: rows so alike that they can be decided together. How a group is stored, and what it says of itself.

use columns::{Batch, BatchError, Column, IntBuilder, ListBuilder, TextBuilder};
use domain::advice::Suggestion;
use domain::ids::RowId;

/// A group: at least two rows of the same application, department, entitlements and level of risk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its number, from 1, in the order of the groups' first rows.
    pub number: u32,
    /// What it is called.
    pub name: String,
    /// What its rows have in common, in a sentence.
    pub description: String,
    /// `low`, `medium` or `high`.
    pub risk_level: String,
    /// What stands out about it.
    pub title: String,
    /// What its rows have in common, one by one.
    pub traits: Vec<String>,
    /// What a reviewer should know before they decide on all of them.
    pub summary: Vec<String>,
    /// What is recommended: what is for every row, else a closer look.
    pub suggestion: Suggestion,
    /// How sure that is at least, 0 to 100.
    pub confidence: u8,
    /// Its rows, ascending.
    pub rows: Vec<RowId>,
}

/// What the ids of groups begin with.
const PREFIX: &str = "bg-";

/// The id of a group.
#[must_use]
pub fn id(number: u32) -> String {
    format!("{PREFIX}{number:02}")
}

/// The number in an id; `None` for what is no id of a group.
#[must_use]
pub fn number(id: &str) -> Option<u32> {
    let digits = id.strip_prefix(PREFIX)?;
    let number = digits.parse().ok().filter(|number| *number > 0)?;
    (self::id(number) == id).then_some(number)
}

/// Columns that nobody compares: the smallest form wins.
pub(crate) const COLD: [&str; 1] = ["*"];

/// Groups as columns.
///
/// # Errors
/// When columns do not fit together: a bug.
pub(crate) fn batch(groups: &[Group]) -> Result<Batch, BatchError> {
    let text = |name: &str, read: fn(&Group) -> String| {
        let mut column = TextBuilder::new();
        groups.iter().for_each(|group| column.push(Some(&read(group))));
        column.finish(name)
    };
    let list = |name: &str, read: fn(&Group) -> &Vec<String>| {
        let mut column = ListBuilder::new();
        groups.iter().for_each(|group| column.push(Some(read(group).iter())));
        column.finish(name)
    };
    let number = |name: &str, read: fn(&Group) -> i64| {
        let mut column = IntBuilder::new();
        groups.iter().for_each(|group| column.push(Some(read(group))));
        column.finish(name)
    };
    let columns: Vec<Column> = vec![
        number("number", |group| i64::from(group.number)),
        text("name", |group| group.name.clone()),
        text("description", |group| group.description.clone()),
        text("risk_level", |group| group.risk_level.clone()),
        text("title", |group| group.title.clone()),
        list("traits", |group| &group.traits),
        list("summary", |group| &group.summary),
        text("decision", |group| group.suggestion.word().to_owned()),
        number("confidence", |group| i64::from(group.confidence)),
        text("rows", |group| steps(&group.rows)),
    ];
    Batch::of(groups.len(), columns)
}

/// The groups in columns; one that cannot be read is left out.
pub(crate) fn of_batch(batch: &Batch) -> Vec<Group> {
    (0..batch.rows()).filter_map(|row| one(batch, row)).collect()
}

fn one(batch: &Batch, row: usize) -> Option<Group> {
    let text = |name: &str| batch.text(name, row).map(str::to_owned);
    let number = |name: &str| batch.column(name)?.int(row);
    let list = |name: &str| {
        let elements = batch.column(name).and_then(|column| column.list(row));
        elements.map(|elements| elements.iter().map(str::to_owned).collect()).unwrap_or_default()
    };
    Some(Group {
        number: u32::try_from(number("number")?).ok()?,
        name: text("name")?,
        description: text("description")?,
        risk_level: text("risk_level")?,
        title: text("title")?,
        traits: list("traits"),
        summary: list("summary"),
        suggestion: Suggestion::from_word(&text("decision")?)?,
        confidence: u8::try_from(number("confidence")?).ok()?,
        rows: rows(&text("rows")?),
    })
}

/// Rows as the steps from one to the next, which are mostly small.
fn steps(rows: &[RowId]) -> String {
    let mut last = 0;
    let steps = rows.iter().map(|row| {
        let step = row.0 - last;
        last = row.0;
        step.to_string()
    });
    steps.collect::<Vec<_>>().join(" ")
}

fn rows(steps: &str) -> Vec<RowId> {
    let steps = steps.split(' ').filter_map(|step| step.parse::<u32>().ok());
    steps
        .scan(0_u32, |row, step| {
            *row = row.saturating_add(step);
            Some(RowId(*row))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_comes_back_from_its_columns() {
        let group = |number: u32, rows: &[u32]| Group {
            number,
            name: "Accounting Clerk in Finance, Payroll".to_owned(),
            description: "Same department".to_owned(),
            risk_level: "low".to_owned(),
            title: "Nothing stands out".to_owned(),
            traits: vec!["Department Finance".to_owned()],
            summary: Vec::new(),
            suggestion: Suggestion::Approve,
            confidence: 91,
            rows: rows.iter().copied().map(RowId).collect(),
        };
        let groups = vec![group(1, &[0, 1, 700_000]), group(2, &[2, 9])];
        assert_eq!(of_batch(&batch(&groups).unwrap()), groups);
    }

    #[test]
    fn only_what_was_given_out_is_an_id() {
        assert_eq!([id(3), id(412)].map(|id| number(&id)), [Some(3), Some(412)]);
        for other in ["bg-3", "bg-003", "bg-00", "bg-+3", "bg-", "x", "BG-03", "bg-99999999999"] {
            assert_eq!(number(other), None, "{other}");
        }
    }
}
