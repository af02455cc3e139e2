//! Sections: bytes that are stored raw, as LZ4, or as zstd.

use std::cell::RefCell;

use super::wire::{Budget, Reader, put_varint};
use super::{BlockError, MAX_DECODED_BYTES};

const RAW: u8 = 0;
const LZ4: u8 = 1;
const ZSTD: u8 = 2;

/// Below this many bytes nothing is worth compressing.
const MIN_COMPRESSED: usize = 32;

/// What a section holds, which decides what decompressing it may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Warmth {
    /// Filters read it: raw, or LZ4 when that saves a quarter.
    Hot,
    /// Strings: zstd when it is a seventh smaller than LZ4.
    Strings,
    /// Seldom read: the smallest.
    Cold,
}

/// Writes sections.
pub(crate) struct SectionWriter {
    /// For zstd.
    level: i32,
}

impl SectionWriter {
    pub(crate) fn new(level: i32) -> Self {
        Self { level }
    }

    pub(crate) fn put(&self, out: &mut Vec<u8>, raw: &[u8], warmth: Warmth) {
        let (codec, stored) = self.smallest(raw, warmth);
        out.push(codec);
        put_varint(out, raw.len() as u64);
        put_varint(out, stored.as_ref().map_or(raw.len(), Vec::len) as u64);
        out.extend_from_slice(stored.as_deref().unwrap_or(raw));
    }

    fn smallest(&self, raw: &[u8], warmth: Warmth) -> (u8, Option<Vec<u8>>) {
        if raw.len() < MIN_COMPRESSED {
            return (RAW, None);
        }
        let lz4 = lz4_flex::block::compress(raw);
        let worth_lz4 = match warmth {
            Warmth::Hot => lz4.len() <= raw.len() / 4 * 3,
            Warmth::Strings | Warmth::Cold => lz4.len() < raw.len(),
        };
        let best = if worth_lz4 { lz4.len() } else { raw.len() };
        let enough = match warmth {
            Warmth::Hot => 0,
            Warmth::Strings => best - best / 7,
            Warmth::Cold => best,
        };
        if enough > 0
            && let Some(zstd) = zstd(raw, self.level)
            && zstd.len() < enough
        {
            return (ZSTD, Some(zstd));
        }
        if worth_lz4 { (LZ4, Some(lz4)) } else { (RAW, None) }
    }
}

/// The bytes of a section: as they stand in the block, or decompressed.
pub(crate) type SectionBytes<'a> = std::borrow::Cow<'a, [u8]>;

/// Reads one section.
pub(crate) fn take_section<'a>(reader: &mut Reader<'a>, budget: &mut Budget) -> Result<SectionBytes<'a>, BlockError> {
    let codec = reader.u8()?;
    let raw_length = reader.length(MAX_DECODED_BYTES, "a section")?;
    let stored_length = reader.length(MAX_DECODED_BYTES, "a section")?;
    let stored = reader.take(stored_length)?;
    if codec == RAW {
        let sound = raw_length == stored_length;
        return if sound { Ok(stored.into()) } else { Err(BlockError::Malformed("a raw section's length")) };
    }
    budget.take(raw_length, 1)?;
    let raw = match codec {
        LZ4 => lz4_flex::block::decompress(stored, raw_length).ok(),
        ZSTD => unzstd(stored, raw_length),
        _ => return Err(BlockError::Malformed("an unknown codec")),
    };
    let raw = raw.filter(|raw| raw.len() == raw_length);
    raw.map(Into::into).ok_or(BlockError::Malformed("a section does not decompress"))
}

thread_local! {
    // Making one costs as much as a block does; they hold nothing between two uses. Without one (which only fails for
    // want of memory) nothing is stored as zstd, and what is cannot be read.
    static COMPRESSOR: RefCell<Option<zstd::bulk::Compressor<'static>>> =
        RefCell::new(zstd::bulk::Compressor::new(0).ok());
    static DECOMPRESSOR: RefCell<Option<zstd::bulk::Decompressor<'static>>> =
        RefCell::new(zstd::bulk::Decompressor::new().ok());
}

fn zstd(raw: &[u8], level: i32) -> Option<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|zstd| {
        let zstd = zstd.as_mut()?;
        zstd.set_compression_level(level).ok()?;
        zstd.compress(raw).ok()
    })
}

fn unzstd(stored: &[u8], raw_length: usize) -> Option<Vec<u8>> {
    DECOMPRESSOR.with_borrow_mut(|zstd| zstd.as_mut()?.decompress(stored, raw_length).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &[u8], warmth: Warmth, codec: u8) {
        let mut bytes = Vec::new();
        SectionWriter::new(3).put(&mut bytes, raw, warmth);
        assert_eq!(bytes[0], codec);
        let mut reader = Reader::new(&bytes);
        let read = take_section(&mut reader, &mut Budget::default()).unwrap();
        assert_eq!(&*read, raw);
        assert!(reader.is_empty());
    }

    #[test]
    fn the_codec_follows_content_and_warmth() {
        let repetitive = b"abcdefgh".repeat(100);
        let numbers: Vec<u8> = (0..200_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let words: String = (0..300).map(|n| format!("{:x} of {:o}, ", n * n % 977, n * 31 % 400)).collect();
        check(b"", Warmth::Cold, RAW);
        check(&repetitive[..16], Warmth::Cold, RAW);
        check(&repetitive, Warmth::Hot, LZ4);
        check(&numbers, Warmth::Hot, RAW);
        check(&numbers, Warmth::Strings, RAW);
        check(words.as_bytes(), Warmth::Strings, ZSTD);
        check(words.as_bytes(), Warmth::Cold, ZSTD);
    }

    #[test]
    fn a_wrong_length_is_an_error() {
        let mut bytes = Vec::new();
        SectionWriter::new(3).put(&mut bytes, &[7; 1_000], Warmth::Hot);
        bytes[1] ^= 1;
        let read = take_section(&mut Reader::new(&bytes), &mut Budget::default());
        assert!(matches!(read, Err(BlockError::Malformed(_))));
    }
}
