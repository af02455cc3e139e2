//! The rows of one file, with places for faults.

use std::cell::Cell;
use std::fmt;
use std::io::{Chain, Read as _};

use domain::inventory::Value;

use super::Table;
use super::header::{self, Column};
use crate::attributes::Kind;
use crate::limits::{MAX_COLUMNS, MAX_LIST, MAX_TEXT};
use crate::report::Report;
use crate::values;

/// What separates the entries of a list in a column.
pub(super) const SEPARATORS: &[char] = &[';'];

/// What is read behind the end of a file. It is a row of one empty cell, unless a quote is still open there, which it closes:
/// that tells a cell that was never closed, and has swallowed the rows below it, from one that ends with the file.
const BEHIND: &[u8] = b"\n\"";
/// What is wrong with a row whose last cell is still open behind the end.
const NEVER_CLOSED: &str = "a quote is opened here, or in the rest of this row, and never closed";

/// A file being read.
pub(super) struct Rows<'a> {
    reader: ::csv::Reader<Chain<&'a [u8], &'static [u8]>>,
    lines: Lines<'a>,
    record: ::csv::StringRecord,
    columns: Vec<Column>,
    names: Vec<String>,
    /// What stands before the line in places: empty, or the file name and a colon.
    file: &'a str,
    /// What separates the entries of a list in a key column.
    separators: &'static [char],
}

/// On which line of a file something stands. The reader counts feeds alone, and what it passes over only afterwards, so that
/// the lines are counted here, on the way from one fault to the next.
struct Lines<'a> {
    bytes: &'a [u8],
    /// Up to where lines are counted, and the line there.
    counted: Cell<(usize, u64)>,
}

impl<'a> Lines<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, counted: Cell::new((0, 1)) }
    }

    /// The line of a row that begins at a place, or behind the empty lines there.
    fn at(&self, place: Option<&::csv::Position>) -> u64 {
        let place = place.and_then(|place| usize::try_from(place.byte()).ok()).unwrap_or_default();
        let rest = self.bytes.get(place..).unwrap_or_default();
        let start = place + rest.iter().take_while(|byte| is_end(**byte)).count();
        let (from, line) = Some(self.counted.get()).filter(|(from, _)| *from <= start).unwrap_or((0, 1));
        let passed = self.bytes.get(from..start).unwrap_or_default();
        let feeds = passed.iter().filter(|byte| **byte == b'\n').count();
        let returns = passed.windows(2).filter(|pair| matches!(pair, [b'\r', next] if *next != b'\n')).count();
        let last = usize::from(passed.last() == Some(&b'\r'));
        let line = line + (feeds + returns + last) as u64;
        self.counted.set((start, line));
        line
    }
}

const fn is_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// One row.
pub(super) struct Row<'a> {
    lines: &'a Lines<'a>,
    record: &'a ::csv::StringRecord,
    columns: &'a [Column],
    names: &'a [String],
    file: &'a str,
    separators: &'static [char],
}

impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}:1", self.file, self.line())
    }
}

impl<'a> Rows<'a> {
    /// Reads the header. Nothing when the file cannot be read at all, which is a fault.
    pub(super) fn open(table: Table, file: &'a str, bytes: &'a [u8], report: &mut Report) -> Option<Self> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let blank = bytes.iter().take_while(|byte| is_end(**byte)).count();
        let Some(first @ [_, ..]) = bytes.get(blank..) else {
            report.fault(&format_args!("{file}1:1"), "the file is empty; it needs a header");
            return None;
        };
        if is_wide(first) {
            report.fault(&format_args!("{file}1:1"), "is UTF-16; save it as UTF-8");
            return None;
        }
        let mut reader = ::csv::ReaderBuilder::new()
            .delimiter(delimiter(first))
            .has_headers(false)
            .flexible(true)
            .from_reader(bytes.chain(BEHIND));
        let (mut record, lines) = (::csv::StringRecord::new(), Lines::of(bytes));
        if let Err(error) = reader.read_record(&mut record) {
            unreadable(&error, file, &lines, report);
            return None;
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
                let remark = if name.is_empty() { "column without a name" } else { "unknown column" };
                report.warn(&format_args!("{file}1:{}", index + 1), format_args!("{remark} `{name}` ignored"));
            }
        }
        let rows = Self { reader, lines, record, columns, names, file, separators: SEPARATORS };
        if rows.is_open() {
            report.fault(&format_args!("{file}1:1"), NEVER_CLOSED);
            return None;
        }
        rows.has_required(table, report).then_some(rows)
    }

    /// Separates lists in key columns otherwise.
    pub(super) fn separate_by(&mut self, separators: &'static [char]) {
        self.separators = separators;
    }

    /// Whether the last row that was read took in what stands behind the file.
    fn took_all(&self) -> bool {
        self.reader.position().byte() >= (self.lines.bytes.len() + BEHIND.len()) as u64
    }

    /// Whether that row is what stands behind the file, and nothing else.
    fn is_behind(&self) -> bool {
        self.took_all() && self.record.len() <= 1 && self.record.iter().all(str::is_empty)
    }

    /// Whether a cell of that row was still open at the end of the file.
    fn is_open(&self) -> bool {
        self.took_all() && !self.is_behind()
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

    /// The next row. Rows with a wrong number of columns are faults and passed over, and so is a quote that is never closed.
    pub(super) fn next(&mut self, report: &mut Report) -> Option<Row<'_>> {
        loop {
            let read = self.reader.read_record(&mut self.record);
            if self.is_behind() {
                return None;
            }
            match read {
                Ok(false) => return None,
                Ok(true) if self.is_open() => {
                    let line = self.lines.at(self.record.position());
                    report.fault(&format_args!("{}{line}:1", self.file), NEVER_CLOSED);
                    return None;
                }
                // Spreadsheets write rows of nothing but separators.
                Ok(true) if self.record.iter().all(|field| field.trim().is_empty()) => {}
                Ok(true) if self.record.len() == self.columns.len() => break,
                Ok(true) => {
                    let line = self.lines.at(self.record.position());
                    let (has, wants) = (self.record.len(), self.columns.len());
                    let place = format!("{}{line}:{}", self.file, has.min(wants));
                    report.fault(&place, format_args!("has {has} columns, the header has {wants}"));
                }
                Err(error) => unreadable(&error, self.file, &self.lines, report),
            }
        }
        let Self { lines, record, columns, names, file, separators, .. } = self;
        Some(Row { lines, record, columns, names, file, separators })
    }
}

impl Row<'_> {
    fn line(&self) -> u64 {
        self.lines.at(self.record.position())
    }

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
        format!("{}{}:{}", self.file, self.line(), self.position(key).map_or(1, |position| position + 1))
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| matches!(column, Column::Key(key) if *key == name))
    }

    fn fault_at(&self, position: usize, message: impl fmt::Display, report: &mut Report) {
        let name = self.names.get(position).map_or("", String::as_str);
        let place = format_args!("{}{}:{}", self.file, self.line(), position + 1);
        report.fault(&place, format_args!("`{name}`: {message}"));
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

/// Whether a text is written in two bytes a character, as spreadsheets save "Unicode".
fn is_wide(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") || bytes.iter().take(4).any(|byte| *byte == 0)
}

/// Comma, semicolon or tab, whichever the first line has most of outside quotes.
fn delimiter(bytes: &[u8]) -> u8 {
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in bytes.iter().take_while(|byte| !is_end(**byte)) {
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
fn unreadable(error: &::csv::Error, file: &str, lines: &Lines<'_>, report: &mut Report) {
    let line = lines.at(error.position());
    let (column, message) = match error.kind() {
        ::csv::ErrorKind::Utf8 { err, .. } => (err.field() + 1, "is not UTF-8"),
        _ => (1, "cannot be read"),
    };
    report.fault(&format_args!("{file}{line}:{column}"), message);
}
