//! Text: how wide it is, where its lines break, and which glyphs it is drawn with.
//!
//! Most letters stand one after the other, a glyph each. Scripts that are written from the right, or whose letters join or
//! stack, are put in order and shaped first. A letter that no font has is written as its number, `[U+1F9D1]`.

use rustybuzz::{Direction, UnicodeBuffer};
use unicode_bidi::BidiInfo;

use super::font::{Fonts, Which};

/// A glyph in its place on a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placed {
    pub(super) font: Which,
    /// Its number in the file.
    pub(super) glyph: u16,
    /// How far right and up from where the line begins, in thousandths of the size.
    pub(super) x: f32,
    pub(super) y: f32,
    /// Whether the glyph before it ends where it begins.
    pub(super) follows: bool,
}

/// A text without anything that cannot be drawn: blanks for tabs, numbers for letters that no font has.
fn drawable(fonts: &mut Fonts, bold: bool, text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\t' | '\u{a0}' => shown.push(' '),
            letter if is_control(letter) => {}
            letter if fonts.having(weight(bold), letter).is_some() => shown.push(letter),
            letter => shown.push_str(&format!("[U+{:04X}]", u32::from(letter))),
        }
    }
    shown
}

/// What steers the direction of text or has no width: it is worked out here, and not drawn.
fn is_control(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}' | '\u{fe00}'..='\u{fe0f}')
}

const fn weight(bold: bool) -> Which {
    if bold { Which::Bold } else { Which::Regular }
}

/// Whether a glyph for each letter will not do.
fn is_complex(text: &str) -> bool {
    text.chars().any(|letter| {
        matches!(letter, '\u{300}'..='\u{36f}' | '\u{590}'..='\u{10ff}' | '\u{1780}'..='\u{18af}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
    })
}

/// How wide a letter is, in thousandths of the size. Letters that will join are a little narrower.
fn width_of(fonts: &mut Fonts, bold: bool, letter: char) -> f32 {
    let Some(which) = fonts.having(weight(bold), letter) else { return 0.0 };
    fonts.get(which).glyph(letter).map_or(0.0, |(_, width)| width)
}

/// How wide a text is, in thousandths of the size.
pub(super) fn width(fonts: &mut Fonts, bold: bool, text: &str) -> f32 {
    let shown = drawable(fonts, bold, text);
    shown.chars().map(|letter| width_of(fonts, bold, letter)).sum()
}

/// Breaks a text into lines of at most `most` thousandths of the size; at blanks, behind punctuation, between East Asian
/// letters, and where a word alone is too long.
pub(super) fn lines(fonts: &mut Fonts, bold: bool, text: &str, most: f32) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.replace("\r\n", "\n").replace('\r', "\n").split('\n') {
        let shown = drawable(fonts, bold, paragraph);
        broken(fonts, bold, shown.trim_end(), most, &mut lines);
    }
    lines
}

fn broken(fonts: &mut Fonts, bold: bool, text: &str, most: f32, lines: &mut Vec<String>) {
    let (mut begin, mut width) = (0, 0.0);
    // Where the line may break, and how wide what stands before is.
    let mut chance: Option<(usize, f32)> = None;
    for (at, letter) in text.char_indices() {
        let wide = width_of(fonts, bold, letter);
        if width + wide > most && at > begin && letter != ' ' {
            let (end, before) = chance.take().filter(|(end, _)| *end > begin).unwrap_or((at, width));
            lines.push(text.get(begin..end).unwrap_or_default().trim_end().to_owned());
            (begin, width) = (end, width - before);
        }
        width += wide;
        if breaks_behind(letter) {
            chance = Some((at + letter.len_utf8(), width));
        }
    }
    lines.push(text.get(begin..).unwrap_or_default().to_owned());
}

fn breaks_behind(letter: char) -> bool {
    matches!(letter, ' ' | '-' | '/' | '\\' | '_' | '@' | ',' | ';' | ':' | '.' | '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{ff00}'..='\u{ffef}')
}

/// The glyphs of a line, from left to right.
pub(super) fn glyphs(fonts: &mut Fonts, bold: bool, line: &str) -> Vec<Placed> {
    let line = drawable(fonts, bold, line);
    let mut pen = Pen { fonts, bold, x: 0.0, placed: Vec::with_capacity(line.len()) };
    if is_complex(&line) {
        pen.shaped(&line)
    } else {
        pen.plain(&line)
    }
    pen.placed
}

struct Pen<'a> {
    fonts: &'a mut Fonts,
    bold: bool,
    x: f32,
    placed: Vec<Placed>,
}

impl Pen<'_> {
    fn plain(&mut self, text: &str) {
        let mut last = None;
        for letter in text.chars() {
            let Some(which) = self.fonts.having(weight(self.bold), letter) else { continue };
            let font = self.fonts.get(which);
            let Some((glyph, width)) = font.glyph(letter) else { continue };
            let glyph = font.take(glyph, letter.encode_utf8(&mut [0; 4]));
            self.placed.push(Placed { font: which, glyph, x: self.x, y: 0.0, follows: last == Some(which) });
            last = Some(which);
            self.x += width;
        }
    }

    /// Text of any direction: runs of one direction in the order in which they are seen.
    fn shaped(&mut self, text: &str) {
        let bidi = BidiInfo::new(text, None);
        for paragraph in &bidi.paragraphs {
            let (levels, runs) = bidi.visual_runs(paragraph, paragraph.range.clone());
            for run in runs {
                let right_to_left = levels.get(run.start).is_some_and(unicode_bidi::Level::is_rtl);
                let text = text.get(run).unwrap_or_default().to_owned();
                let mut pieces = self.of_one_font(&text);
                if right_to_left {
                    pieces.reverse();
                }
                pieces.into_iter().for_each(|(which, piece)| self.run(which, &piece, right_to_left));
            }
        }
    }

    /// A run in pieces that a font has all letters of.
    fn of_one_font(&mut self, text: &str) -> Vec<(Which, String)> {
        let mut pieces: Vec<(Which, String)> = Vec::new();
        for letter in text.chars() {
            let Some(which) = self.fonts.having(weight(self.bold), letter) else { continue };
            match pieces.last_mut() {
                Some((last, piece)) if *last == which => piece.push(letter),
                Some(_) | None => pieces.push((which, letter.to_string())),
            }
        }
        pieces
    }

    fn run(&mut self, which: Which, text: &str, right_to_left: bool) {
        let font = self.fonts.get(which);
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        buffer.set_direction(if right_to_left { Direction::RightToLeft } else { Direction::LeftToRight });
        let shaped = rustybuzz::shape(&font.face, &[], buffer);
        let clusters: Vec<usize> = shaped.glyph_infos().iter().map(|info| info.cluster as usize).collect();
        let mut ends = clusters.clone();
        ends.push(text.len());
        ends.sort_unstable();
        let mut told = None;
        for (info, position) in shaped.glyph_infos().iter().zip(shaped.glyph_positions()) {
            let begin = info.cluster as usize;
            let end = ends.iter().copied().find(|end| *end > begin).unwrap_or(text.len());
            // Several glyphs of one cluster: the first says what they mean.
            let letters = if told == Some(begin) { "" } else { text.get(begin..end).unwrap_or_default() };
            told = Some(begin);
            let glyph = font.take(u16::try_from(info.glyph_id).unwrap_or(0), letters);
            let (right, up) = (font.thousandths(position.x_offset), font.thousandths(position.y_offset));
            self.placed.push(Placed { font: which, glyph, x: self.x + right, y: up, follows: false });
            self.x += font.thousandths(position.x_advance);
        }
    }
}
