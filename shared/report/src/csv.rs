//! A table as text (RFC 4180): UTF-8, lines end with CR LF, the first holds the names of the columns.

use std::borrow::Cow;

use csv::{Terminator, Writer, WriterBuilder};
use domain::export::{Document, Fact, Head, Rest, Unwritten};

use crate::formula::defused;
use crate::unwritten;

/// A file of comma-separated values. It is a table and nothing else, so that a program can read it: what the file says about
/// itself is left out.
pub(crate) struct Csv {
    line: Writer<Vec<u8>>,
}

impl Csv {
    pub(crate) fn begin(head: &Head, out: &mut Vec<u8>) -> Result<Self, Unwritten> {
        let mut begun = Self { line: writer() };
        begun.write(head.columns.iter().map(|column| column.name.as_str()), out)?;
        Ok(begun)
    }

    fn write<'a>(&mut self, cells: impl Iterator<Item = &'a str>, out: &mut Vec<u8>) -> Result<(), Unwritten> {
        for cell in cells {
            self.line.write_field(defused(&readable(cell)).as_bytes()).map_err(unwritten)?;
        }
        self.line.write_record(None::<&[u8]>).map_err(unwritten)?;
        let line =
            std::mem::replace(&mut self.line, writer()).into_inner().map_err(|error| unwritten(error.error()))?;
        out.extend(line);
        Ok(())
    }
}

/// A text of which every reader of such files can read all: many stop at a NUL, and terminals obey what stands behind ESC.
fn readable(text: &str) -> Cow<'_, str> {
    let is_unreadable = |c: char| c.is_control() && !matches!(c, '\t' | '\r' | '\n');
    match text.contains(is_unreadable) {
        true => Cow::Owned(text.replace(is_unreadable, "\u{fffd}")),
        false => Cow::Borrowed(text),
    }
}

fn writer() -> Writer<Vec<u8>> {
    WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new())
}

impl Document for Csv {
    fn row(&mut self, cells: &[String], out: &mut Vec<u8>) -> Result<(), Unwritten> {
        self.write(cells.iter().map(String::as_str), out)
    }

    fn finish(self: Box<Self>, _closing: &[Fact]) -> Result<Rest, Unwritten> {
        Ok(Box::new(std::iter::empty()))
    }
}

#[cfg(test)]
mod tests {
    use domain::export::{Column, Part};

    use super::*;

    #[test]
    fn another_reader_finds_the_same_cells() {
        let columns = vec![Column::of(Part::Who, "source.name"), Column::of(Part::Decision, "notes")];
        let made_at = "2026-05-01T08:00:00Z".parse().unwrap();
        let head = Head { title: "June".to_owned(), facts: Vec::new(), columns, made_at };
        let mut out = Vec::new();
        let mut csv = Csv::begin(&head, &mut out).unwrap();
        let rows = [["Łukasz, \"the\" 王", "first line\nsecond"], ["=1+1", ""], ["a\u{0}b\tc", "\u{1b}[1mx"]];
        for row in rows {
            csv.row(&row.map(str::to_owned), &mut out).unwrap();
        }
        assert_eq!(Box::new(csv).finish(&[]).unwrap().count(), 0);
        let mut reader = csv::Reader::from_reader(out.as_slice());
        assert_eq!(reader.headers().unwrap(), vec!["source.name", "notes"]);
        let read: Vec<Vec<String>> =
            reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect();
        assert_eq!(
            read,
            [["Łukasz, \"the\" 王", "first line\nsecond"], ["'=1+1", ""], ["a\u{fffd}b\tc", "\u{fffd}[1mx"]]
        );
        assert!(out.ends_with(b"\r\n"));
    }
}
