//! Zone maps as bytes: those of many blocks together, since they repeat each other.
//!
//! ```text
//! zones = version:u8 crc:u32 raw_length zstd(body)
//! body  = names { length bytes }* maps { rows columns { name absent kind zone }* }*
//! ```

use std::collections::HashMap;

use super::{Bloom, ColumnZone, MAX_BOUND_BYTES, MAX_DISTINCT, MAX_DISTINCT_BYTES, Texts, Zone, ZoneMap};
use crate::block::wire::{Reader, put_varint, unzigzag, zigzag};
use crate::block::{BlockError, MAX_COLUMNS, MAX_NAME_BYTES, MAX_ROWS};

/// The version that [`encode_zones`] writes.
const VERSION: u8 = 1;
/// Maps that are stored together, at most.
pub const MAX_MAPS: usize = 1_024;
/// Bytes of maps before compression, at most.
pub const MAX_ZONE_BYTES: usize = 32 << 20;
/// Zones that are stored together, at most: names repeat, so decoded zones are larger than their bytes.
const MAX_ZONES: usize = 1 << 18;
const LEVEL: i32 = 9;

/// Maps as bytes.
///
/// # Errors
/// [`BlockError::TooLarge`] when there are more than [`MAX_MAPS`], or more than [`MAX_ZONE_BYTES`] of them.
pub fn encode_zones(maps: &[ZoneMap]) -> Result<Vec<u8>, BlockError> {
    let zones: usize = maps.iter().map(|map| map.columns.len()).sum();
    if maps.len() > MAX_MAPS || zones > MAX_ZONES {
        return Err(BlockError::TooLarge("the number of zone maps"));
    }
    let mut numbers: HashMap<&str, u64> = HashMap::new();
    let mut names = Vec::new();
    let mut body = Vec::new();
    put_varint(&mut body, maps.len() as u64);
    for map in maps {
        put_varint(&mut body, map.rows as u64);
        put_varint(&mut body, map.columns.len() as u64);
        for column in &map.columns {
            let next = numbers.len() as u64;
            put_varint(
                &mut body,
                *numbers.entry(&column.name).or_insert_with(|| {
                    put_text(&mut names, &column.name);
                    next
                }),
            );
            put_varint(&mut body, column.absent as u64);
            put_zone(&mut body, &column.zone);
        }
    }
    let mut raw = Vec::with_capacity(names.len() + body.len() + 8);
    put_varint(&mut raw, numbers.len() as u64);
    raw.extend(names);
    raw.extend(body);
    if raw.len() > MAX_ZONE_BYTES {
        return Err(BlockError::TooLarge("the zone maps"));
    }
    let stored = zstd::bulk::compress(&raw, LEVEL).map_err(|_| BlockError::TooLarge("the zone maps"))?;
    let mut out = vec![VERSION];
    let mut rest = Vec::with_capacity(stored.len() + 8);
    put_varint(&mut rest, raw.len() as u64);
    rest.extend(stored);
    out.extend(crc32fast::hash(&rest).to_le_bytes());
    out.extend(rest);
    Ok(out)
}

/// Bytes as maps.
///
/// # Errors
/// When the bytes are not sound zone maps of a known version.
pub fn decode_zones(bytes: &[u8]) -> Result<Vec<ZoneMap>, BlockError> {
    let mut reader = Reader::new(bytes);
    let version = reader.u8()?;
    if version != VERSION {
        return Err(BlockError::Version(version));
    }
    let crc = reader.u32()?;
    if crc32fast::hash(reader.rest()) != crc {
        return Err(BlockError::Checksum("the zone maps"));
    }
    let raw_length = reader.length(MAX_ZONE_BYTES, "the zone maps")?;
    let raw = zstd::bulk::decompress(reader.rest(), raw_length).ok().filter(|raw| raw.len() == raw_length);
    let raw = raw.ok_or(BlockError::Malformed("zone maps do not decompress"))?;
    take_maps(&mut Reader::new(&raw))
}

fn take_maps(reader: &mut Reader<'_>) -> Result<Vec<ZoneMap>, BlockError> {
    let count = reader.length(MAX_COLUMNS * MAX_MAPS, "the names of columns")?;
    let mut names = Vec::new();
    for _ in 0..count {
        names.push(take_text(reader, MAX_NAME_BYTES)?);
    }
    let count = reader.length(MAX_MAPS, "the number of zone maps")?;
    let mut zones = 0;
    let mut maps = Vec::new();
    for _ in 0..count {
        let rows = reader.length(MAX_ROWS, "rows")?;
        let columns = reader.length(MAX_COLUMNS, "columns")?;
        zones += columns;
        if zones > MAX_ZONES {
            return Err(BlockError::TooLarge("the number of zone maps"));
        }
        let mut map = ZoneMap { rows, columns: Vec::new() };
        for _ in 0..columns {
            let name = names.get(reader.length(names.len(), "the number of a name")?);
            let name = name.ok_or(BlockError::Malformed("the number of a name"))?.clone();
            let absent = reader.length(rows, "rows without a value")?;
            map.columns.push(ColumnZone { name, absent, zone: take_zone(reader)? });
        }
        maps.push(map);
    }
    if reader.is_empty() { Ok(maps) } else { Err(BlockError::Malformed("bytes after the zone maps")) }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_varint(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

fn take_text(reader: &mut Reader<'_>, limit: usize) -> Result<String, BlockError> {
    let length = reader.length(limit, "a text in a zone map")?;
    let text = std::str::from_utf8(reader.take(length)?).map_err(|_| BlockError::Malformed("text is not UTF-8"))?;
    Ok(text.to_owned())
}

fn put_zone(out: &mut Vec<u8>, zone: &Zone) {
    match zone {
        Zone::Unknown => out.push(0),
        Zone::Empty => out.push(1),
        Zone::Bool { any_true, any_false } => out.extend([2, u8::from(*any_true) | u8::from(*any_false) << 1]),
        Zone::Int { min, max } => put_bounds(out, 3, *min, *max),
        Zone::Time { min, max } => put_bounds(out, 4, *min, *max),
        Zone::Float { min, max } => {
            out.push(5);
            out.extend(min.to_le_bytes());
            out.extend(max.to_le_bytes());
        }
        Zone::Text(texts) => {
            out.push(6);
            put_texts(out, texts, false);
        }
        Zone::TextList { elements, any_empty } => {
            out.push(7);
            put_texts(out, elements, *any_empty);
        }
    }
}

fn put_bounds(out: &mut Vec<u8>, kind: u8, min: i64, max: i64) {
    out.push(kind);
    put_varint(out, zigzag(min));
    put_varint(out, max.wrapping_sub(min).cast_unsigned());
}

fn take_zone(reader: &mut Reader<'_>) -> Result<Zone, BlockError> {
    Ok(match reader.u8()? {
        0 => Zone::Unknown,
        1 => Zone::Empty,
        2 => {
            let flags = reader.u8()?;
            Zone::Bool { any_true: flags & 1 != 0, any_false: flags & 2 != 0 }
        }
        kind @ (3 | 4) => {
            let min = unzigzag(reader.varint()?);
            let max = min.wrapping_add(reader.varint()?.cast_signed());
            if max < min {
                return Err(BlockError::Malformed("bounds that cross"));
            }
            if kind == 3 { Zone::Int { min, max } } else { Zone::Time { min, max } }
        }
        5 => Zone::Float { min: f64::from_le_bytes(reader.array()?), max: f64::from_le_bytes(reader.array()?) },
        6 => Zone::Text(take_texts(reader)?.0),
        7 => {
            let (elements, any_empty) = take_texts(reader)?;
            Zone::TextList { elements, any_empty }
        }
        _ => return Err(BlockError::Malformed("an unknown zone")),
    })
}

fn put_texts(out: &mut Vec<u8>, texts: &Texts, any_empty: bool) {
    let (distinct, bloom) = (texts.distinct.is_some(), texts.bloom.is_some());
    out.push(u8::from(distinct) | u8::from(bloom) << 1 | u8::from(any_empty) << 2);
    put_text(out, &texts.min);
    put_text(out, &texts.max);
    if let Some(distinct) = &texts.distinct {
        put_varint(out, distinct.len() as u64);
        distinct.iter().for_each(|string| put_text(out, string));
    }
    if let Some(bloom) = &texts.bloom {
        put_varint(out, bloom.bytes().len() as u64);
        out.extend_from_slice(bloom.bytes());
    }
}

fn take_texts(reader: &mut Reader<'_>) -> Result<(Texts, bool), BlockError> {
    let flags = reader.u8()?;
    let (min, max) = (take_text(reader, MAX_BOUND_BYTES)?, take_text(reader, MAX_BOUND_BYTES)?);
    let mut texts = Texts { min, max, distinct: None, bloom: None };
    if flags & 1 != 0 {
        let count = reader.length(MAX_DISTINCT, "distinct strings")?;
        let strings: Result<Vec<String>, _> = (0..count).map(|_| take_text(reader, MAX_DISTINCT_BYTES)).collect();
        texts.distinct = Some(strings?);
    }
    if flags & 2 != 0 {
        let length = reader.length(MAX_DISTINCT_BYTES, "a filter")?;
        let bloom = Bloom::from_bytes(reader.take(length)?);
        texts.bloom = Some(bloom.ok_or(BlockError::Malformed("the length of a filter"))?);
    }
    Ok((texts, flags & 4 != 0))
}
