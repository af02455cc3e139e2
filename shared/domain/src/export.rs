//! Exports: the rows of a review as a file, for people who do not use the API, auditors most of all.
//!
//! What stands in a file is decided once, whatever its format: a [`Head`], rows of text, closing facts. How it is written
//! is left to a [`Document`].

use jiff::Timestamp;

/// How a file is written. The codes stand on the wire and in records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Format {
    /// A table as text, for other programs.
    Csv = 0,
    /// Pages to print and to sign.
    Pdf = 1,
    /// A workbook.
    Xlsx = 6,
}

impl Format {
    /// All, in the order of their codes.
    pub const ALL: [Self; 3] = [Self::Csv, Self::Pdf, Self::Xlsx];

    /// The stored code.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The format of a stored code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.code() == code)
    }

    /// The name, as clients know it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Pdf => "PDF",
            Self::Xlsx => "XLSX",
        }
    }

    /// What the name of a file ends with.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Pdf => "pdf",
            Self::Xlsx => "xlsx",
        }
    }

    /// How many rows a file has at most: what is written in a small part of a worker's time. Pages take longer than tables,
    /// and a worksheet has no room for more than 1,048,576 rows.
    #[must_use]
    pub const fn most_rows(self) -> u64 {
        match self {
            Self::Csv | Self::Xlsx => 1_000_000,
            Self::Pdf => 200_000,
        }
    }

    /// The media type of a file.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Pdf => "application/pdf",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// Something about the export as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is about.
    pub label: String,
    /// What there is to say.
    pub value: String,
}

impl Fact {
    /// A fact.
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into() }
    }
}

/// What a column is about. Where a page has no room for all columns beside each other, those of one part share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Which row.
    Row,
    /// Who has access.
    Who,
    /// To what, and how.
    Access,
    /// Who is to say whether that is right.
    Reviewers,
    /// What they said.
    Decision,
    /// How it goes on.
    Course,
}

impl Part {
    /// All, in their order.
    pub const ALL: [Self; 6] = [Self::Row, Self::Who, Self::Access, Self::Reviewers, Self::Decision, Self::Course];

    /// What it is called above a column.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Row => "Row",
            Self::Who => "Who",
            Self::Access => "Access",
            Self::Reviewers => "Reviewers",
            Self::Decision => "Decision",
            Self::Course => "Sign-off and removal",
        }
    }
}

/// A column of the table of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name in the API, for programs: `source.name`.
    pub name: String,
    /// The same for people: `Source name`.
    pub title: String,
    /// What it is about.
    pub part: Part,
    /// What it is called beside others of its part; `None` for what needs no name there: the name of who has access, the
    /// decision.
    pub label: Option<String>,
}

impl Column {
    /// A column that is about a part.
    pub fn of(part: Part, name: impl Into<String>) -> Self {
        let name = name.into();
        let label = match name.as_str() {
            "result_id" | "source.name" | "destination.name" | "reviewers" | "decision" => None,
            name => Some(titled(
                name.split_once('.')
                    .filter(|(scope, _)| !["idp", "previous"].contains(scope))
                    .map_or(name, |(_, rest)| rest),
            )),
        };
        Self { title: titled(&name), label, part, name }
    }
}

/// `source.email_address` as people write it: `Source email address`.
fn titled(name: &str) -> String {
    let spaced = name.replace(['.', '_'], " ");
    let mut letters = spaced.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What stands in a file before its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// What the file is called in itself.
    pub title: String,
    /// Who exported what, when, from which picture.
    pub facts: Vec<Fact>,
    /// The columns of the rows, in order; at least one.
    pub columns: Vec<Column>,
    /// When it was begun.
    pub made_at: Timestamp,
}

/// A file cannot be written on.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unwritten(pub String);

/// A file that is being written, row by row, in memory that does not grow with the rows.
pub trait Document: Send {
    /// Adds a row: one text for each column. What can be sent already is appended to `out`.
    ///
    /// # Errors
    /// [`Unwritten`].
    fn row(&mut self, cells: &[String], out: &mut Vec<u8>) -> Result<(), Unwritten>;

    /// Ends the file with what only the last row has settled: totals. The answer is what has not been handed over.
    ///
    /// # Errors
    /// [`Unwritten`].
    fn finish(self: Box<Self>, closing: &[Fact]) -> Result<Rest, Unwritten>;
}

/// The end of a file, in pieces that are made when they are asked for.
pub type Rest = Box<dyn Iterator<Item = Result<Vec<u8>, Unwritten>> + Send>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_leads_to_its_format_and_no_other_does() {
        let known: Vec<_> = (0..=u8::MAX).filter_map(|code| Some((code, Format::from_code(code)?.name()))).collect();
        assert_eq!(known, [(0, "CSV"), (1, "PDF"), (6, "XLSX")]);
    }

    #[test]
    fn a_column_is_titled_for_people() {
        let of = |name: &str| Column::of(Part::Who, name);
        assert_eq!(of("source.email_address").title, "Source email address");
        assert_eq!(of("source.email_address").label.as_deref(), Some("Email address"));
        assert_eq!((of("decision_by").title.as_str(), of("source.name").label), ("Decision by", None));
    }
}
