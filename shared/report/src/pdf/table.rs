//! The table of rows on pages: columns that are about the same thing share one, so that all of them have room.

use std::ops::Range;

use domain::export::{Column, Part};

use super::font::Fonts;
use super::page::{LEADING, MARGIN, PAGE, Page, SIZE};
use super::text;

/// Between two columns, in points.
const GAP: f32 = 8.0;
/// About how many lines of a row a page has room for, beside the titles.
const LINES: f32 = (PAGE.1 - 2.0 * MARGIN - 14.0 - 20.0) / LEADING;

/// Where the columns of the page are, and what stands in them.
pub(super) struct Table {
    parts: Vec<Shared>,
}

/// A column of the page.
struct Shared {
    part: Part,
    x: f32,
    width: f32,
    /// The columns of the file that it holds, by their places, with their labels.
    columns: Vec<(usize, Option<String>)>,
}

/// A row in lines, for each column of the page.
pub(super) struct Row(Vec<Vec<(bool, String)>>);

impl Row {
    /// How many lines it is high.
    pub(super) fn height(&self) -> usize {
        self.0.iter().map(Vec::len).max().unwrap_or(0)
    }
}

/// How much room a part needs, beside the others.
const fn share(part: Part) -> f32 {
    match part {
        Part::Row => 5.0,
        Part::Who => 20.0,
        Part::Access => 24.0,
        Part::Reviewers => 17.0,
        Part::Decision => 22.0,
        Part::Course => 16.0,
    }
}

impl Table {
    pub(super) fn new(columns: &[Column]) -> Self {
        let held = |part: Part| {
            let of_part = columns.iter().enumerate().filter(|(_, column)| column.part == part);
            of_part.map(|(place, column)| (place, column.label.clone())).collect::<Vec<_>>()
        };
        let parts: Vec<(Part, Vec<_>)> =
            Part::ALL.map(|part| (part, held(part))).into_iter().filter(|(_, columns)| !columns.is_empty()).collect();
        let all: f32 = parts.iter().map(|(part, _)| share(*part)).sum();
        let mut x = MARGIN;
        let parts = parts.into_iter().map(|(part, columns)| {
            let wide = (PAGE.0 - 2.0 * MARGIN) * share(part) / all;
            let shared = Shared { part, x: x + 2.0, width: wide - GAP, columns };
            x += wide;
            shared
        });
        Self { parts: parts.collect() }
    }

    /// The most lines of a row that is not torn.
    pub(super) fn most_lines(&self) -> usize {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some dozens")]
        let lines = LINES as usize;
        lines
    }

    /// The titles of the columns.
    pub(super) fn heading(&self, page: &mut Page, fonts: &mut Fonts) {
        page.band();
        for shared in &self.parts {
            page.cell(fonts, shared.x, &[(true, shared.part.title().to_owned())]);
        }
        page.below(1);
    }

    /// A row in lines. What is empty is left out; what says itself stands without its label, and first.
    pub(super) fn row(&self, fonts: &mut Fonts, cells: &[String]) -> Row {
        let lines = self.parts.iter().map(|shared| {
            let most = shared.width * 1_000.0 / SIZE;
            let filled = shared.columns.iter().filter_map(|(place, label)| {
                let text = cells.get(*place).filter(|text| !text.is_empty())?;
                Some((label.as_deref(), text.as_str()))
            });
            let (named, plain): (Vec<_>, Vec<_>) = filled.partition(|(label, _)| label.is_some());
            let mut lines = Vec::new();
            for (label, text) in plain.into_iter().chain(named) {
                let (bold, text) = match label {
                    None => (shared.part != Part::Reviewers, text.to_owned()),
                    Some(label) => (false, format!("{label}: {text}")),
                };
                lines.extend(text::lines(fonts, bold, &text, most).into_iter().map(|line| (bold, line)));
            }
            lines
        });
        Row(lines.collect())
    }

    /// Draws some lines of a row; answers how many.
    pub(super) fn draw(&self, page: &mut Page, fonts: &mut Fonts, row: &Row, lines: Range<usize>) -> usize {
        for (shared, cell) in self.parts.iter().zip(&row.0) {
            let end = lines.end.min(cell.len());
            page.cell(fonts, shared.x, cell.get(lines.start.min(end)..end).unwrap_or_default());
        }
        page.below(lines.len());
        lines.len()
    }
}
