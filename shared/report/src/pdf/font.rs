//! The fonts of a document: which has a letter, how wide it is, and what of each has to stand in the file.

use std::collections::{BTreeMap, HashMap};

use domain::export::Unwritten;
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Name, Rect, Ref, Str};
use rustybuzz::{Face, ttf_parser};
use subsetter::GlyphRemapper;

use super::file::{File, packed};
use crate::unwritten;

static REGULAR: &[u8] = include_bytes!("../../fonts/DejaVuSansCondensed.ttf");
static BOLD: &[u8] = include_bytes!("../../fonts/DejaVuSansCondensed-Bold.ttf");
static EAST_ASIAN: &[u8] = include_bytes!("../../fonts/DroidSansFallback.ttf");

/// What fonts count their letters in, in PDF.
const PER_EM: f32 = 1_000.0;
const IDENTITY: SystemInfo<'static> = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// One font, with what has been used of it.
pub(super) struct Font {
    data: &'static [u8],
    pub(super) face: Face<'static>,
    /// By what the font is called on pages.
    pub(super) name: &'static str,
    post_script: &'static str,
    scale: f32,
    known: HashMap<char, Option<(u16, f32)>>,
    used: GlyphRemapper,
    /// What each used glyph stands for, so that text can be copied and searched.
    meaning: BTreeMap<u16, String>,
}

impl Font {
    fn new(name: &'static str, post_script: &'static str, data: &'static [u8]) -> Result<Self, Unwritten> {
        let face = Face::from_slice(data, 0).ok_or_else(|| unwritten("a font cannot be read"))?;
        let scale = PER_EM / f32::from(face.units_per_em().unsigned_abs().clamp(16, 16_384) as u16);
        let (known, used, meaning) = (HashMap::new(), GlyphRemapper::new(), BTreeMap::new());
        Ok(Self { data, face, name, post_script, scale, known, used, meaning })
    }

    /// The glyph of a letter and its width in thousandths of the font's size.
    pub(super) fn glyph(&mut self, letter: char) -> Option<(u16, f32)> {
        let (face, scale) = (&self.face, self.scale);
        *self.known.entry(letter).or_insert_with(|| {
            let glyph = face.glyph_index(letter)?;
            Some((glyph.0, f32::from(face.glyph_hor_advance(glyph).unwrap_or(0)) * scale))
        })
    }

    /// From units of the font to thousandths of its size.
    pub(super) fn thousandths(&self, units: i32) -> f32 {
        #[expect(clippy::cast_precision_loss, reason = "lengths within a line")]
        let units = units as f32;
        units * self.scale
    }

    /// The number under which a glyph stands in the file, where it means some letters.
    pub(super) fn take(&mut self, glyph: u16, letters: &str) -> u16 {
        let taken = self.used.remap(glyph);
        if !letters.is_empty() {
            self.meaning.entry(taken).or_insert_with(|| letters.to_owned());
        }
        taken
    }

    /// Writes the font, as far as it was used.
    fn write(&self, number: Ref, file: &mut File, out: &mut Vec<u8>) -> Result<(), Unwritten> {
        let [descendant, descriptor, data, letters] = [(); 4].map(|()| file.number());
        let (base, system) = (Name(self.post_script.as_bytes()), IDENTITY);
        file.object(
            number,
            |chunk, number| {
                let mut font = chunk.type0_font(number);
                font.base_font(base).encoding_predefined(Name(b"Identity-H"));
                font.descendant_font(descendant).to_unicode(letters);
            },
            out,
        );
        file.object(
            descendant,
            |chunk, number| {
                let mut font = chunk.cid_font(number);
                font.subtype(CidFontType::Type2).base_font(base).system_info(system).font_descriptor(descriptor);
                font.default_width(0.0).cid_to_gid_map_predefined(Name(b"Identity"));
                font.widths().consecutive(0, self.used.remapped_gids().map(|glyph| self.width(glyph)));
            },
            out,
        );
        file.object(descriptor, |chunk, number| self.describe(&mut chunk.font_descriptor(number), data), out);
        let subset = subsetter::subset(self.data, 0, &self.used).map_err(unwritten)?;
        file.stream(data, &subset, out)?;
        let meanings = packed(&self.meanings())?;
        file.object(
            letters,
            |chunk, number| _ = chunk.cmap(number, &meanings).filter(pdf_writer::Filter::FlateDecode),
            out,
        );
        Ok(())
    }

    fn width(&self, glyph: u16) -> f32 {
        f32::from(self.face.glyph_hor_advance(ttf_parser::GlyphId(glyph)).unwrap_or(0)) * self.scale
    }

    fn describe(&self, descriptor: &mut pdf_writer::writers::FontDescriptor<'_>, data: Ref) {
        let of = |units: i16| self.thousandths(i32::from(units));
        let (face, bounds) = (&self.face, self.face.global_bounding_box());
        descriptor
            .name(Name(self.post_script.as_bytes()))
            .flags(FontFlags::SYMBOLIC)
            .bbox(Rect::new(of(bounds.x_min), of(bounds.y_min), of(bounds.x_max), of(bounds.y_max)))
            .italic_angle(0.0)
            .ascent(of(face.ascender()))
            .descent(of(face.descender()))
            .cap_height(of(face.capital_height().unwrap_or_else(|| face.ascender())))
            .stem_v(80.0)
            .font_file2(data);
    }

    fn meanings(&self) -> Vec<u8> {
        let mut letters = UnicodeCmap::new(Name(b"Letters"), IDENTITY);
        for (glyph, meaning) in &self.meaning {
            letters.pair_with_multiple(*glyph, meaning.chars());
        }
        letters.finish().into_vec()
    }
}

/// The fonts of a document.
pub(super) struct Fonts {
    all: [Font; 3],
    numbers: [Ref; 3],
}

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Regular,
    Bold,
    EastAsian,
}

impl Fonts {
    pub(super) fn new(file: &mut File) -> Result<Self, Unwritten> {
        let all = [
            // The six letters in front mark a font of which a part stands in the file.
            Font::new("F1", "AAAAAA+DejaVuSansCondensed", REGULAR)?,
            Font::new("F2", "AAAAAB+DejaVuSansCondensed-Bold", BOLD)?,
            Font::new("F3", "AAAAAC+DroidSansFallback", EAST_ASIAN)?,
        ];
        Ok(Self { all, numbers: [(); 3].map(|()| file.number()) })
    }

    pub(super) fn get(&mut self, which: Which) -> &mut Font {
        let [regular, bold, east_asian] = &mut self.all;
        match which {
            Which::Regular => regular,
            Which::Bold => bold,
            Which::EastAsian => east_asian,
        }
    }

    /// The first font that has a letter, beginning with the wanted one; `None` where none has.
    pub(super) fn having(&mut self, wanted: Which, letter: char) -> Option<Which> {
        let fallbacks = [wanted, Which::Regular, Which::EastAsian];
        fallbacks.into_iter().find(|which| self.get(*which).glyph(letter).is_some())
    }

    /// Names and numbers, for the pages.
    pub(super) fn named(&self) -> impl Iterator<Item = (&'static str, Ref)> {
        self.all.iter().map(|font| font.name).zip(self.numbers)
    }

    /// Writes all fonts, as far as they were used.
    pub(super) fn write(&self, file: &mut File, out: &mut Vec<u8>) -> Result<(), Unwritten> {
        self.all.iter().zip(self.numbers).try_for_each(|(font, number)| font.write(number, file, out))
    }
}
