//! Pages to print, to sign and to keep: what the file says about itself and what its rows come to, then the rows, with the
//! number of each page and how many there are.
//!
//! A page goes out when it is full. What only the last row settles stands where it belongs all the same, because a PDF finds
//! its objects by a table at its end: the first page, the number of pages and the fonts are written last.

mod file;
mod font;
mod page;
mod table;
mod text;

use domain::export::{Document, Fact, Head, Rest, Unwritten};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use pdf_writer::{Date, Name, Rect, Ref, TextStr};

use file::{File, packed};
use font::Fonts;
use page::{MARGIN, PAGE, Page};
use table::Table;

/// Names of resources on pages.
const PAGES: &[u8] = b"N";

pub(crate) struct Pdf {
    file: File,
    fonts: Fonts,
    numbers: Numbers,
    title: String,
    made_at: Timestamp,
    table: Table,
    /// All pages, in order.
    pages: Vec<Ref>,
    /// The first page, to which the totals are added in the end.
    first: Page,
    /// The page that is being filled.
    open: Option<Page>,
}

/// Objects that others refer to before they are written.
struct Numbers {
    catalog: Ref,
    info: Ref,
    tree: Ref,
    resources: Ref,
    /// How many pages there are, as it is drawn on each.
    count: Ref,
    first: Ref,
}

impl Pdf {
    pub(crate) fn begin(head: Head, out: &mut Vec<u8>) -> Result<Self, Unwritten> {
        let Head { title, facts, columns, made_at } = head;
        let mut file = File::begin(out);
        let mut number = || file.number();
        let [catalog, info, tree, resources, count, first] = [(); 6].map(|()| number());
        let numbers = Numbers { catalog, info, tree, resources, count, first };
        let fonts = Fonts::new(&mut file)?;
        let table = Table::new(&columns);
        let (pages, first) = (vec![first], Page::new());
        let mut begun = Self { file, fonts, numbers, title, made_at, table, pages, first, open: None };
        begun.introduce(&facts, out)?;
        Ok(begun)
    }

    /// Writes what the file says about itself. What has no room on the first page, beside the totals, goes on behind it.
    fn introduce(&mut self, facts: &[Fact], out: &mut Vec<u8>) -> Result<(), Unwritten> {
        self.first.headline(&mut self.fonts, &self.title);
        for fact in facts {
            let lines = page::fact_lines(&mut self.fonts, fact);
            if self.open.is_none() && self.first.has_room(lines.len(), page::TOTALS) {
                _ = self.first.fact(&mut self.fonts, &fact.label, &lines);
            } else {
                self.fact(&fact.label, &lines, out)?;
            }
        }
        self.turn_open(out)
    }

    /// Adds a fact to the page that is being filled; what is longer than the rest of it goes on on the next.
    fn fact(&mut self, label: &str, lines: &[String], out: &mut Vec<u8>) -> Result<(), Unwritten> {
        let mut rest = lines;
        loop {
            let mut page = self.open.take().unwrap_or_else(Page::new);
            rest = page.part_of_fact(&mut self.fonts, label, rest);
            if rest.is_empty() {
                self.open = Some(page);
                return Ok(());
            }
            self.turn(page, out)?;
        }
    }

    /// Writes the page that is being filled, if there is one.
    fn turn_open(&mut self, out: &mut Vec<u8>) -> Result<(), Unwritten> {
        match self.open.take() {
            Some(page) => self.turn(page, out),
            None => Ok(()),
        }
    }

    /// Writes a page that is full.
    fn turn(&mut self, page: Page, out: &mut Vec<u8>) -> Result<(), Unwritten> {
        let number = self.file.number();
        self.pages.push(number);
        let place = self.pages.len();
        self.write_page(number, place, page, out)
    }

    fn write_page(&mut self, number: Ref, place: usize, mut page: Page, out: &mut Vec<u8>) -> Result<(), Unwritten> {
        page.foot(&mut self.fonts, &self.title, place, Name(PAGES));
        let contents = self.file.number();
        self.file.stream(contents, &page.finish(), out)?;
        let (tree, resources) = (self.numbers.tree, self.numbers.resources);
        self.file.object(
            number,
            |chunk, number| {
                let mut page = chunk.page(number);
                page.parent(tree).media_box(Rect::new(0.0, 0.0, PAGE.0, PAGE.1)).contents(contents);
                page.pair(Name(b"Resources"), resources);
            },
            out,
        );
        Ok(())
    }

    /// Writes what all pages share: how many there are, the fonts, and the tree of pages.
    fn write_shared(&mut self, out: &mut Vec<u8>) -> Result<(), Unwritten> {
        let count = page::count(&mut self.fonts, self.pages.len());
        let count = packed(&count)?;
        let Numbers { resources, count: number, tree, .. } = self.numbers;
        self.file.object(
            number,
            |chunk, number| {
                let mut form = chunk.form_xobject(number, &count);
                form.filter(pdf_writer::Filter::FlateDecode);
                form.bbox(Rect::new(0.0, -MARGIN, PAGE.0, MARGIN)).pair(Name(b"Resources"), resources);
            },
            out,
        );
        let fonts: Vec<(&str, Ref)> = self.fonts.named().collect();
        self.file.object(
            resources,
            |chunk, id| {
                let mut all = chunk.indirect(id).start::<pdf_writer::writers::Resources<'_>>();
                all.x_objects().pair(Name(PAGES), number);
                all.fonts().pairs(fonts.iter().map(|(name, font)| (Name(name.as_bytes()), *font)));
            },
            out,
        );
        self.fonts.write(&mut self.file, out)?;
        let (pages, total) = (self.pages.clone(), i32::try_from(self.pages.len()).unwrap_or(i32::MAX));
        self.file.object(tree, |chunk, number| _ = chunk.pages(number).kids(pages).count(total), out);
        Ok(())
    }

    fn write_catalog(&mut self, out: &mut Vec<u8>) {
        let Numbers { catalog, info, tree, .. } = self.numbers;
        self.file.object(
            catalog,
            |chunk, number| {
                let mut catalog = chunk.indirect(number).start::<pdf_writer::writers::Catalog<'_>>();
                catalog.pages(tree).lang(TextStr("en"));
                catalog.viewer_preferences().display_doc_title(true);
            },
            out,
        );
        let (title, made_at) = (self.title.clone(), date(self.made_at));
        self.file.object(
            info,
            |chunk, number| {
                let mut info = chunk.indirect(number).start::<pdf_writer::writers::DocumentInfo<'_>>();
                info.title(TextStr(&title)).producer(TextStr("Access reviews")).creation_date(made_at);
            },
            out,
        );
    }
}

impl Document for Pdf {
    fn row(&mut self, cells: &[String], out: &mut Vec<u8>) -> Result<(), Unwritten> {
        let row = self.table.row(&mut self.fonts, cells);
        let mut drawn = 0;
        while drawn < row.height() {
            let (mut page, fresh) = match self.open.take() {
                Some(page) => (page, false),
                None => (Page::new(), true),
            };
            if fresh {
                self.table.heading(&mut page, &mut self.fonts);
            }
            // A row that would have room on a page of its own is not torn.
            let room = page.room(row.height() - drawn);
            let torn = room < row.height() - drawn;
            if room == 0 || torn && !fresh && row.height() <= self.table.most_lines() {
                self.turn(page, out)?;
                continue;
            }
            drawn += self.table.draw(&mut page, &mut self.fonts, &row, drawn..drawn + room);
            if torn { self.turn(page, out)? } else { self.open = Some(page) }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, closing: &[Fact]) -> Result<Rest, Unwritten> {
        let mut out = Vec::new();
        self.turn_open(&mut out)?;
        let mut first = std::mem::replace(&mut self.first, Page::new());
        for fact in first.totals(&mut self.fonts, closing) {
            let lines = page::fact_lines(&mut self.fonts, fact);
            self.fact(&fact.label, &lines, &mut out)?;
        }
        self.turn_open(&mut out)?;
        self.write_page(self.numbers.first, 1, first, &mut out)?;
        self.write_shared(&mut out)?;
        self.write_catalog(&mut out);
        let Self { file, numbers, .. } = *self;
        file.finish(numbers.catalog, numbers.info, &mut out);
        Ok(Box::new(std::iter::once(Ok(out))))
    }
}

fn date(at: Timestamp) -> Date {
    let at = at.to_zoned(TimeZone::UTC);
    let part = |part: i8| part.unsigned_abs();
    Date::new(at.year().unsigned_abs())
        .month(part(at.month()))
        .day(part(at.day()))
        .hour(part(at.hour()))
        .minute(part(at.minute()))
        .second(part(at.second()))
        .utc_offset_hour(0)
}

#[cfg(test)]
mod tests;
