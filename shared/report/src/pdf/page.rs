//! One page: what is drawn on it, from top to bottom.

use domain::export::Fact;
use pdf_writer::{Content, Name, Str};

use super::font::{Fonts, Which};
use super::text::{self, Placed};

/// The size of a page in points: A4, lying.
pub(super) const PAGE: (f32, f32) = (842.0, 595.0);
/// What stays free on all sides.
pub(super) const MARGIN: f32 = 36.0;
/// The size of what is written in the table, and from line to line.
pub(super) const SIZE: f32 = 7.5;
pub(super) const LEADING: f32 = 9.5;
/// The same of facts.
const FACT_SIZE: f32 = 9.0;
const FACT_LEADING: f32 = 12.5;
/// Where the value of a fact begins, from the margin.
const VALUE_AT: f32 = 130.0;
const HEADLINE: f32 = 20.0;
/// Below each fact.
const FACT_GAP: f32 = 1.5;
/// What the heading of the totals takes: down to the line, to the word, and below it.
const RESULT: (f32, f32, f32) = (14.0, 16.0, 4.0);
/// What is kept free for the totals on the first page: room for nine in a line each, which is as many as there are.
pub(super) const TOTALS: f32 = RESULT.0 + RESULT.1 + RESULT.2 + 9.0 * (FACT_LEADING + FACT_GAP);
/// Where the bottom of what is drawn is; the foot stands below.
const BOTTOM: f32 = MARGIN + 14.0;

/// A page that is being filled.
pub(super) struct Page {
    content: Content,
    /// Where the next thing goes, from below.
    y: f32,
}

impl Page {
    pub(super) fn new() -> Self {
        Self { content: Content::new(), y: PAGE.1 - MARGIN }
    }

    /// How many lines of the table there is room for, at most `wanted`.
    pub(super) fn room(&self, wanted: usize) -> usize {
        (0..wanted).take_while(|line| self.y - height(line + 1) - 3.0 >= BOTTOM).count()
    }

    /// Whether so many lines of facts have room, and `spared` points more.
    pub(super) fn has_room(&self, lines: usize, spared: f32) -> bool {
        let mut y = self.y - spared;
        (0..lines).for_each(|_| y -= FACT_LEADING);
        y >= BOTTOM
    }

    /// The title over everything else.
    pub(super) fn headline(&mut self, fonts: &mut Fonts, title: &str) {
        let most = (PAGE.0 - 2.0 * MARGIN) * 1_000.0 / HEADLINE;
        for line in text::lines(fonts, true, title, most) {
            self.y -= HEADLINE;
            self.write(fonts, true, HEADLINE, (MARGIN, self.y), &line);
            self.y -= 6.0;
        }
        self.y -= FACT_LEADING;
        self.write(fonts, false, FACT_SIZE, (MARGIN, self.y), "Record of an access review");
        self.y -= 20.0;
    }

    /// A fact, if it has room.
    pub(super) fn fact(&mut self, fonts: &mut Fonts, label: &str, lines: &[String]) -> bool {
        let room = self.has_room(lines.len(), 0.0);
        if room {
            _ = self.part_of_fact(fonts, label, lines);
        }
        room
    }

    /// As much of a fact as there is room for; answers the rest.
    pub(super) fn part_of_fact<'a>(&mut self, fonts: &mut Fonts, label: &str, lines: &'a [String]) -> &'a [String] {
        let mut rest = lines;
        let mut label = Some(label);
        while let [line, others @ ..] = rest {
            if self.y - FACT_LEADING < BOTTOM {
                break;
            }
            self.y -= FACT_LEADING;
            if let Some(label) = label.take() {
                self.write(fonts, true, FACT_SIZE, (MARGIN, self.y), label);
            }
            self.write(fonts, false, FACT_SIZE, (MARGIN + VALUE_AT, self.y), line);
            rest = others;
        }
        self.y -= FACT_GAP;
        rest
    }

    /// What the rows come to, as far as there is room for it; answers the rest.
    pub(super) fn totals<'a>(&mut self, fonts: &mut Fonts, facts: &'a [Fact]) -> &'a [Fact] {
        self.y -= RESULT.0;
        self.line(self.y);
        self.y -= RESULT.1;
        self.write(fonts, true, 12.0, (MARGIN, self.y), "Result");
        self.y -= RESULT.2;
        let mut rest = facts;
        while let [fact, others @ ..] = rest {
            let lines = fact_lines(fonts, fact);
            if !self.fact(fonts, &fact.label, &lines) {
                break;
            }
            rest = others;
        }
        rest
    }

    /// What stands at the foot: whose page it is, its number and, drawn by another object, how many there are.
    pub(super) fn foot(&mut self, fonts: &mut Fonts, title: &str, number: usize, count: Name<'_>) {
        let (at, y) = (PAGE.0 - MARGIN - 64.0, MARGIN - 4.0);
        self.line(MARGIN + 8.0);
        let most = (at - MARGIN - 20.0) * 1_000.0 / SIZE;
        if let Some(title) = text::lines(fonts, false, title, most).first() {
            self.write(fonts, false, SIZE, (MARGIN, y), title);
        }
        let told = format!("Page {number} of ");
        self.write(fonts, false, SIZE, (at, y), &told);
        let end = at + text::width(fonts, false, &told) * SIZE / 1_000.0;
        self.content.save_state().transform([1.0, 0.0, 0.0, 1.0, end, y]).x_object(count).restore_state();
    }

    /// A thin line from margin to margin.
    pub(super) fn line(&mut self, y: f32) {
        self.content.save_state().set_stroke_gray(0.75).set_line_width(0.5);
        self.content.move_to(MARGIN, y).line_to(PAGE.0 - MARGIN, y).stroke().restore_state();
    }

    /// A band behind the titles of columns.
    pub(super) fn band(&mut self) {
        let high = height(1) + 3.0;
        self.content.save_state().set_fill_gray(0.92);
        self.content.rect(MARGIN, self.y - high, PAGE.0 - 2.0 * MARGIN, high).fill_nonzero().restore_state();
    }

    /// Writes the lines of a cell of the table.
    pub(super) fn cell(&mut self, fonts: &mut Fonts, x: f32, lines: &[(bool, String)]) {
        let mut y = self.y - SIZE - 1.0;
        for (bold, line) in lines {
            self.write(fonts, *bold, SIZE, (x, y), line);
            y -= LEADING;
        }
    }

    /// Goes on below so many lines of the table.
    pub(super) fn below(&mut self, lines: usize) {
        self.y -= height(lines) + 3.0;
        self.line(self.y);
    }

    fn write(&mut self, fonts: &mut Fonts, bold: bool, size: f32, at: (f32, f32), line: &str) {
        write(&mut self.content, fonts, bold, size, at, line);
    }

    /// What draws the page.
    pub(super) fn finish(self) -> Vec<u8> {
        self.content.finish().into_vec()
    }
}

/// The value of a fact in lines.
pub(super) fn fact_lines(fonts: &mut Fonts, fact: &Fact) -> Vec<String> {
    text::lines(fonts, false, &fact.value, (PAGE.0 - 2.0 * MARGIN - VALUE_AT) * 1_000.0 / FACT_SIZE)
}

/// What draws the number of all pages.
pub(super) fn count(fonts: &mut Fonts, pages: usize) -> Vec<u8> {
    let mut content = Content::new();
    write(&mut content, fonts, false, SIZE, (0.0, 0.0), &pages.to_string());
    content.finish().into_vec()
}

/// So many lines of the table, in points.
fn height(lines: usize) -> f32 {
    (0..lines).map(|_| LEADING).sum()
}

fn write(content: &mut Content, fonts: &mut Fonts, bold: bool, size: f32, at: (f32, f32), line: &str) {
    let placed = text::glyphs(fonts, bold, line);
    if placed.is_empty() {
        return;
    }
    content.begin_text();
    let mut font: Option<Which> = None;
    for run in placed.chunk_by(|_, next| next.follows) {
        let Some(first) = run.first() else { continue };
        if font != Some(first.font) {
            font = Some(first.font);
            content.set_font(Name(fonts.get(first.font).name.as_bytes()), size);
        }
        let (x, y) = (at.0 + first.x * size / 1_000.0, at.1 + first.y * size / 1_000.0);
        content.set_text_matrix([1.0, 0.0, 0.0, 1.0, x, y]);
        let codes: Vec<u8> = run.iter().flat_map(|Placed { glyph, .. }| glyph.to_be_bytes()).collect();
        content.show(Str(&codes));
    }
    content.end_text();
}
