//! A workbook: the rows in a worksheet with a heading that stays in view, and what the file says about itself in another.
//!
//! Every cell is text, so that nothing is calculated, and no number or date is shown as somebody's spreadsheet thinks best.
//! Rows go to a temporary file; the workbook is put together from it when all are there.

use std::fs::File;
use std::io::{Read, Seek};

use domain::export::{Column, Document, Fact, Head, Rest, Unwritten};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet};

use crate::unwritten;

/// The most rows of a worksheet, its heading included.
const MAX_ROWS: u32 = 1_048_576;
/// The most characters of a cell, counted as UTF-16 does: one beyond the first plane is two.
const MAX_CELL: usize = 32_767;
/// The most characters of a worksheet's name, counted in the same way.
const MAX_NAME: usize = 31;
/// How many bytes are handed over at a time.
const PIECE: u64 = 1 << 20;
/// What the worksheet is called that tells about the file.
const ABOUT: &str = "About";

pub(crate) struct Xlsx {
    workbook: Workbook,
    title: String,
    facts: Vec<Fact>,
    columns: Vec<Column>,
    /// Of rows, one for each [`MAX_ROWS`].
    sheets: usize,
    /// The next free row of the last of them.
    next: u32,
}

impl Xlsx {
    pub(crate) fn begin(head: Head) -> Result<Self, Unwritten> {
        let Head { title, facts, columns, made_at } = head;
        let mut workbook = Workbook::new();
        let made_at = ExcelDateTime::from_timestamp(made_at.as_second()).map_err(unwritten)?;
        workbook.set_properties(&DocProperties::new().set_title(&title).set_creation_datetime(&made_at));
        let mut begun = Self { workbook, title, facts, columns, sheets: 0, next: MAX_ROWS };
        begun.turn()?;
        Ok(begun)
    }

    /// Goes on in a worksheet of its own.
    fn turn(&mut self) -> Result<(), Unwritten> {
        self.end_sheet()?;
        self.sheets += 1;
        let sheet = self.workbook.add_worksheet_with_constant_memory().map_err(unwritten)?;
        sheet.set_name(sheet_name(&self.title, self.sheets)).map_err(unwritten)?;
        sheet.set_landscape().set_footer("&L&A&RPage &P of &N").set_print_fit_to_pages(1, 0);
        sheet.set_repeat_rows(0, 0).map_err(unwritten)?;
        sheet.set_freeze_panes(1, 0).map_err(unwritten)?;
        let bold = Format::new().set_bold();
        for (place, column) in (0_u16..).zip(&self.columns) {
            let width = u16::try_from(column.title.chars().count().clamp(12, 40)).unwrap_or(12);
            sheet.set_column_width(place, f64::from(width)).map_err(unwritten)?;
            sheet.write_string_with_format(0, place, cell(&column.title), &bold).map_err(unwritten)?;
        }
        self.next = 1;
        Ok(())
    }

    /// Lets readers filter the rows of the last worksheet.
    fn end_sheet(&mut self) -> Result<(), Unwritten> {
        let last = u16::try_from(self.columns.len().saturating_sub(1)).map_err(unwritten)?;
        let Some(index) = self.sheets.checked_sub(1) else { return Ok(()) };
        let rows = self.next.saturating_sub(1);
        self.sheet(index)?.autofilter(0, 0, rows, last).map(|_| ()).map_err(unwritten)
    }

    fn sheet(&mut self, index: usize) -> Result<&mut Worksheet, Unwritten> {
        self.workbook.worksheet_from_index(index).map_err(unwritten)
    }

    fn about(&mut self, closing: &[Fact]) -> Result<(), Unwritten> {
        let bold = Format::new().set_bold();
        let (title, facts) = (cell(&self.title), std::mem::take(&mut self.facts));
        let sheet = self.workbook.add_worksheet();
        sheet.set_name(ABOUT).map_err(unwritten)?;
        sheet.set_column_width(0, 28).map_err(unwritten)?;
        sheet.set_column_width(1, 90).map_err(unwritten)?;
        sheet.write_string_with_format(0, 0, title, &bold).map_err(unwritten)?;
        for (row, fact) in (2_u32..).zip(facts.iter().chain(closing)) {
            sheet.write_string_with_format(row, 0, cell(&fact.label), &bold).map_err(unwritten)?;
            sheet.write_string(row, 1, cell(&fact.value)).map_err(unwritten)?;
        }
        Ok(())
    }
}

impl Document for Xlsx {
    fn row(&mut self, cells: &[String], _out: &mut Vec<u8>) -> Result<(), Unwritten> {
        if self.next >= MAX_ROWS {
            self.turn()?;
        }
        let row = self.next;
        let sheet = self.sheet(self.sheets.saturating_sub(1))?;
        for (place, text) in (0_u16..).zip(cells).filter(|(_, text)| !text.is_empty()) {
            sheet.write_string(row, place, cell(text)).map_err(unwritten)?;
        }
        self.next += 1;
        Ok(())
    }

    fn finish(mut self: Box<Self>, closing: &[Fact]) -> Result<Rest, Unwritten> {
        self.end_sheet()?;
        self.about(closing)?;
        let mut file = tempfile::tempfile().map_err(unwritten)?;
        self.workbook.save_to_writer(&file).map_err(unwritten)?;
        file.rewind().map_err(unwritten)?;
        Ok(Box::new(Pieces(file)))
    }
}

/// A file, piece by piece.
struct Pieces(File);

impl Iterator for Pieces {
    type Item = Result<Vec<u8>, Unwritten>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut piece = Vec::new();
        match self.0.by_ref().take(PIECE).read_to_end(&mut piece) {
            Ok(0) => None,
            Ok(_) => Some(Ok(piece)),
            Err(error) => Some(Err(unwritten(error))),
        }
    }
}

/// The text of a cell as a workbook can hold it. What is too long is cut, and says so.
fn cell(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    if lines.encode_utf16().count() <= MAX_CELL {
        return lines;
    }
    let mark = format!(" … ({} characters in all)", lines.chars().count());
    let kept = MAX_CELL.saturating_sub(mark.encode_utf16().count());
    beginning(&lines, kept).to_owned() + &mark
}

/// As much of a text as `most` units of UTF-16 hold.
fn beginning(text: &str, most: usize) -> &str {
    let mut length = 0;
    let beyond = text.char_indices().find(|(_, letter)| {
        length += letter.len_utf16();
        length > most
    });
    beyond.and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}

/// The name of the `number`th worksheet of rows: the title without what such names must not have.
fn sheet_name(title: &str, number: usize) -> String {
    let plain = |c: char| if c.is_control() || "[]:*?/\\'".contains(c) { ' ' } else { c };
    let suffix = if number > 1 { format!(" ({number})") } else { String::new() };
    let room = MAX_NAME.saturating_sub(suffix.len());
    let name = title.chars().map(plain).collect::<String>();
    let name = beginning(name.trim(), room);
    let reserved = name.is_empty() || [ABOUT, "History"].iter().any(|word| word.eq_ignore_ascii_case(name));
    format!("{}{suffix}", if reserved { "Rows" } else { name.trim_end() })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Reader};
    use domain::export::Part;

    use super::*;

    type Opened = calamine::Xlsx<Cursor<Vec<u8>>>;

    fn head(title: &str) -> Head {
        let made_at = "2026-05-01T08:00:00Z".parse().unwrap();
        let columns = vec![Column::of(Part::Who, "source.name"), Column::of(Part::Decision, "notes")];
        Head { title: title.to_owned(), facts: vec![Fact::new("Review", "=June")], columns, made_at }
    }

    fn written(title: &str, rows: &[[&str; 2]]) -> Opened {
        let mut xlsx = Box::new(Xlsx::begin(head(title)).unwrap());
        let mut out = Vec::new();
        for row in rows {
            xlsx.row(&row.map(str::to_owned), &mut out).unwrap();
        }
        for piece in xlsx.finish(&[Fact::new("Rows", rows.len().to_string())]).unwrap() {
            out.extend(piece.unwrap());
        }
        calamine::open_workbook_from_rs(Cursor::new(out)).unwrap()
    }

    fn texts(workbook: &mut Opened, sheet: &str) -> Vec<Vec<String>> {
        let range = workbook.worksheet_range(sheet).unwrap();
        let text = |cell: &Data| match cell {
            Data::String(text) => text.clone(),
            Data::Empty => String::new(),
            other => panic!("{other:?} is no text"),
        };
        range.rows().map(|row| row.iter().map(text).collect()).collect()
    }

    #[test]
    fn another_program_finds_the_same_cells_and_all_are_text() {
        let rows =
            [["Łukasz 王", "two\nlines"], ["=1+1", "@SUM(A1)"], ["007", "2026-05-01"], ["_x0041_", "a\u{1}b <&>\""]];
        let mut workbook = written("June", &rows);
        assert_eq!(workbook.sheet_names(), ["June", "About"]);
        let mut expected = vec![["Source name".to_owned(), "Notes".to_owned()].to_vec()];
        expected.extend(rows.iter().map(|row| row.map(str::to_owned).to_vec()));
        assert_eq!(texts(&mut workbook, "June"), expected);
        assert!(workbook.worksheet_formula("June").unwrap().used_cells().next().is_none());
        let about = texts(&mut workbook, "About");
        assert!(about.contains(&vec!["Review".to_owned(), "=June".to_owned()]), "{about:?}");
        assert!(about.contains(&vec!["Rows".to_owned(), "4".to_owned()]), "{about:?}");
    }

    #[test]
    fn a_cell_that_is_too_long_is_cut_and_says_so() {
        let long = "ä".repeat(MAX_CELL + 1);
        let mut workbook = written("June", &[[&long, &"x".repeat(MAX_CELL)]]);
        let [cut, whole] = &texts(&mut workbook, "June")[1][..] else { panic!("two cells") };
        assert_eq!((cut.chars().count(), whole.chars().count()), (MAX_CELL, MAX_CELL));
        assert!(cut.ends_with("… (32768 characters in all)"), "{}", &cut[cut.len() - 60..]);
        let mut workbook = written("June", &[[&"🔒".repeat(20_000), "x"]]);
        let [cut, _] = &texts(&mut workbook, "June")[1][..] else { panic!("two cells") };
        assert!(cut.ends_with("🔒 … (20000 characters in all)") && cut.encode_utf16().count() <= MAX_CELL);
    }

    #[test]
    fn a_worksheet_is_named_after_the_title_as_far_as_it_may_be() {
        for (title, number, name) in [
            ("June: [all] 'rows'?", 1, "June   all   rows"),
            ("About", 1, "Rows"),
            ("  ", 2, "Rows (2)"),
            ("0123456789012345678901234567890123", 12, "01234567890123456789012345 (12)"),
            (&"🔒".repeat(30), 1, &"🔒".repeat(15)),
            (&format!("x{}", "🔒".repeat(29)), 2, &format!("x{} (2)", "🔒".repeat(13))),
        ] {
            assert_eq!(sheet_name(title, number), name);
        }
        assert_eq!(written(&"🔒".repeat(30), &[["a", "b"]]).sheet_names(), ["🔒".repeat(15).as_str(), "About"]);
    }
}
