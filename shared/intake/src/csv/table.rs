//! The rows of one file, with places for faults.

use std::fmt;

use domain::inventory::Value;

use super::Table;
use super::header::{self, Column};
use crate::attributes::Kind;
use crate::limits::{MAX_COLUMNS, MAX_LIST, MAX_TEXT};
use crate::report::Report;
use crate::values;

/// What separates the entries of a list in a column.
pub(super) const SEPARATORS: &[char] = &[';'];

/// A file being read.
pub(super) struct Rows<'a> {
    reader: ::csv::Reader<&'a [u8]>,
    record: ::csv::StringRecord,
    columns: Vec<Column>,
    names: Vec<String>,
    /// What stands before the line in places: empty, or the file name and a colon.
    file: &'a str,
    /// What separates the entries of a list in a key column.
    separators: &'static [char],
}

/// One row.
pub(super) struct Row<'a> {
    record: &'a ::csv::StringRecord,
    columns: &'a [Column],
    names: &'a [String],
    file: &'a str,
    separators: &'static [char],
}

impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}:1", self.file, self.record.position().map_or(0, ::csv::Position::line))
    }
}

impl<'a> Rows<'a> {
    /// Reads the header. Nothing when the file cannot be read at all, which is a fault.
    pub(super) fn open(table: Table, file: &'a str, bytes: &'a [u8], report: &mut Report) -> Option<Self> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = ::csv::ReaderBuilder::new()
            .delimiter(delimiter(bytes))
            .has_headers(false)
            .flexible(true)
            .from_reader(bytes);
        let mut record = ::csv::StringRecord::new();
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => {
                report.fault(&format_args!("{file}1:1"), "the file is empty; it needs a header");
                return None;
            }
            Err(error) => {
                unreadable(&error, file, report);
                return None;
            }
        }
        if record.len() > MAX_COLUMNS {
            report.fault(&format_args!("{file}1:{MAX_COLUMNS}"), format_args!("more than {MAX_COLUMNS} columns"));
            return None;
        }
        let raw: Vec<&str> = record.iter().collect();
        let columns = match header::columns(table, &raw) {
            Ok(columns) => columns,
            Err((column, other)) => {
                report.fault(&format_args!("{file}1:{column}"), format_args!("means the same as column `{other}`"));
                return None;
            }
        };
        let names: Vec<String> = raw.iter().map(|name| name.trim().to_owned()).collect();
        for (index, (column, name)) in columns.iter().zip(&names).enumerate() {
            if *column == Column::Unknown {
                report.warn(&format_args!("{file}1:{}", index + 1), format_args!("unknown column `{name}` ignored"));
            }
        }
        let rows = Self { reader, record, columns, names, file, separators: SEPARATORS };
        rows.has_required(table, report).then_some(rows)
    }

    /// Separates lists in key columns otherwise.
    pub(super) fn separate_by(&mut self, separators: &'static [char]) {
        self.separators = separators;
    }

    /// Whether the columns are there without which the file says nothing.
    fn has_required(&self, table: Table, report: &mut Report) -> bool {
        let required: &[&[&str]] = match table {
            Table::Applications => &[&["application_id", "name"]],
            Table::Owners => &[&["owner_id", "employee_number"]],
            Table::Groups => &[&["group_id"]],
            Table::Accounts => &[&["account_id", "account_name"]],
            Table::Memberships => &[&["group_id"], &["account_id"]],
            Table::Entitlements => &[&["account_id", "group_id"], &["role", "permission"]],
        };
        let mut complete = true;
        for choices in required {
            if !choices.iter().any(|key| self.columns.contains(&Column::Key(key))) {
                let message = format!("missing column `{}`", choices.join("` or `"));
                report.fault(&format_args!("{}1:1", self.file), message);
                complete = false;
            }
        }
        complete
    }

    /// The next row. Rows with a wrong number of columns are faults and passed over.
    pub(super) fn next(&mut self, report: &mut Report) -> Option<Row<'_>> {
        loop {
            match self.reader.read_record(&mut self.record) {
                Ok(false) => return None,
                Ok(true) if self.record.len() == self.columns.len() => break,
                Ok(true) if self.record.iter().all(|field| field.trim().is_empty()) => {}
                Ok(true) => {
                    let line = self.record.position().map_or(0, ::csv::Position::line);
                    let (has, wants) = (self.record.len(), self.columns.len());
                    let place = format!("{}{line}:{}", self.file, has.min(wants));
                    report.fault(&place, format_args!("has {has} columns, the header has {wants}"));
                }
                Err(error) => unreadable(&error, self.file, report),
            }
        }
        let Self { record, columns, names, file, separators, .. } = self;
        Some(Row { record, columns, names, file, separators })
    }
}

impl Row<'_> {
    /// The value of a key column, trimmed; empty is absent.
    pub(super) fn key(&self, name: &str) -> Option<&str> {
        let position = self.position(name)?;
        self.record.get(position).map(str::trim).filter(|value| !value.is_empty())
    }

    /// The entries of a key column that holds a list.
    pub(super) fn list(&self, name: &str) -> impl Iterator<Item = &str> {
        let pieces = self.key(name).into_iter().flat_map(|text| text.split(self.separators));
        pieces.map(str::trim).filter(|entry| !entry.is_empty())
    }

    /// Notes a fault of a column by the name of its key.
    pub(super) fn fault(&self, key: &str, message: impl fmt::Display, report: &mut Report) {
        match self.position(key) {
            Some(position) => self.fault_at(position, message, report),
            None => report.fault(self, format_args!("`{key}`: {message}")),
        }
    }

    /// Where a key column of this row stands.
    pub(super) fn place(&self, key: &str) -> String {
        let line = self.record.position().map_or(0, ::csv::Position::line);
        format!("{}{line}:{}", self.file, self.position(key).map_or(1, |position| position + 1))
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| matches!(column, Column::Key(key) if *key == name))
    }

    fn fault_at(&self, position: usize, message: impl fmt::Display, report: &mut Report) {
        let line = self.record.position().map_or(0, ::csv::Position::line);
        let name = self.names.get(position).map_or("", String::as_str);
        report.fault(&format_args!("{}{line}:{}", self.file, position + 1), format_args!("`{name}`: {message}"));
    }

    /// All attributes and custom properties of the row. With `lists_only`, only those that grow with repeated rows.
    pub(super) fn attributes(&self, lists_only: bool, report: &mut Report) -> Vec<(String, Value)> {
        let mut found = Vec::new();
        for (position, (column, text)) in self.columns.iter().zip(self.record.iter()).enumerate() {
            let text = text.trim();
            let (name, kind) = match column {
                Column::Attribute(attribute) => (attribute.name, attribute.kind),
                Column::Custom(name) => (name.as_str(), Kind::Text),
                Column::Key(_) | Column::Known | Column::Unknown => continue,
            };
            if text.is_empty() || (lists_only && header::single(kind)) {
                continue;
            }
            match value(kind, text) {
                Ok(value) => found.push((name.to_owned(), value)),
                Err(message) => self.fault_at(position, format_args!("`{}` {message}", excerpt(text)), report),
            }
        }
        found
    }
}

/// The start of a value, for messages.
fn excerpt(text: &str) -> String {
    text.chars().take(40).collect()
}

/// The entries of a list in a column.
pub(super) fn entries(text: &str) -> impl Iterator<Item = &str> {
    text.split(SEPARATORS).map(str::trim).filter(|entry| !entry.is_empty())
}

fn value(kind: Kind, text: &str) -> Result<Value, &'static str> {
    if text.len() > MAX_TEXT {
        return Err("is too long");
    }
    match kind {
        Kind::Text => Ok(Value::Text(text.to_owned())),
        Kind::Word => Ok(Value::Text(text.to_lowercase())),
        Kind::Flag => {
            values::flag(text).map(Value::Bool).ok_or("is not a boolean; use true or false, yes or no, 1 or 0")
        }
        Kind::Time => values::time(text)
            .map(Value::Time)
            .ok_or("is not a time; use YYYY-MM-DD, YYYY-MM-DD HH:MM:SS (UTC) or RFC 3339"),
        Kind::Texts => {
            let entries: Vec<String> = entries(text).map(str::to_owned).collect();
            if entries.len() > MAX_LIST { Err("has too many entries") } else { Ok(Value::List(entries)) }
        }
    }
}

/// Comma, semicolon or tab, whichever the first line has most of outside quotes.
fn delimiter(bytes: &[u8]) -> u8 {
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in bytes.iter().take_while(|byte| !matches!(byte, b'\n' | b'\r')) {
        quoted ^= *byte == b'"';
        if let (false, Some((_, count))) = (quoted, counts.iter_mut().find(|(delimiter, _)| delimiter == byte)) {
            *count += 1;
        }
    }
    let mut best = (b',', 0);
    for found in counts {
        if found.1 > best.1 {
            best = found;
        }
    }
    best.0
}

/// Notes why the csv reader gave up on a record.
fn unreadable(error: &::csv::Error, file: &str, report: &mut Report) {
    let line = error.position().map_or(1, ::csv::Position::line);
    let (column, message) = match error.kind() {
        ::csv::ErrorKind::Utf8 { err, .. } => (err.field() + 1, "is not UTF-8"),
        _ => (1, "cannot be read"),
    };
    report.fault(&format_args!("{file}{line}:{column}"), message);
}
