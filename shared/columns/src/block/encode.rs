//! A batch as bytes.

use super::alike::{self, Likeness};
use super::codec::{SectionWriter, Warmth};
use super::numbers::put_numbers;
use super::sparse::bytes_of;
use super::strings::{put_codes, put_dict, shared_prefix};
use super::wire::put_varint;
use super::{
    BlockError, HAS_ABSENT, IS_ALIKE, MAGIC, MAX_COLUMNS, MAX_DECODED_BYTES, MAX_NAME_BYTES, MAX_ROWS, Options,
    PREFIX_BYTES, VERSION, type_code,
};
use crate::{Batch, Bits, Column, Data, Dict};

/// A batch as one block. The same batch and options always give the same bytes.
///
/// What the data hold for rows without a value is not kept.
///
/// # Errors
/// [`BlockError::TooLarge`] when the batch passes a limit of [the format](super): it could not be read back.
pub fn encode(batch: &Batch, options: &Options<'_>) -> Result<Vec<u8>, BlockError> {
    check_limits(batch)?;
    let writer = SectionWriter::new(options.level);
    let mut directory = Vec::new();
    let mut payloads = Vec::new();
    put_varint(&mut directory, batch.rows() as u64);
    put_varint(&mut directory, batch.columns().len() as u64);
    let mut before = "";
    for column in batch.columns() {
        let base = alike::find(batch, column, options);
        let payload = put_column(column, base.as_ref().map(|(_, likeness)| likeness), options, &writer);
        let shared = shared_prefix(before, &column.name);
        let rest = column.name.get(shared..).unwrap_or_default();
        put_varint(&mut directory, shared as u64);
        put_varint(&mut directory, rest.len() as u64);
        directory.extend_from_slice(rest.as_bytes());
        let absent = if column.absent() > 0 { HAS_ABSENT } else { 0 };
        let alike = if base.is_some() { IS_ALIKE } else { 0 };
        directory.push(type_code(column.data.data_type()) | absent | alike);
        if let Some((place, _)) = base {
            put_varint(&mut directory, place as u64);
        }
        put_varint(&mut directory, payload.len() as u64);
        directory.extend(crc32fast::hash(&payload).to_le_bytes());
        payloads.extend(payload);
        before = &column.name;
    }
    let length = u32::try_from(directory.len()).map_err(|_| BlockError::TooLarge("the directory"))?;
    let mut block = Vec::with_capacity(PREFIX_BYTES + directory.len() + payloads.len());
    block.extend(MAGIC);
    block.push(VERSION);
    block.extend(length.to_le_bytes());
    block.extend(crc32fast::hash(&directory).to_le_bytes());
    block.extend(directory);
    block.extend(payloads);
    Ok(block)
}

fn check_limits(batch: &Batch) -> Result<(), BlockError> {
    if batch.rows() > MAX_ROWS {
        return Err(BlockError::TooLarge("rows"));
    }
    if batch.columns().len() > MAX_COLUMNS {
        return Err(BlockError::TooLarge("columns"));
    }
    if batch.columns().iter().any(|column| column.name.len() > MAX_NAME_BYTES) {
        return Err(BlockError::TooLarge("a column name"));
    }
    // INVARIANT: at least what decoding takes from its budget: values, their compressed form's content, and bitmaps.
    let decoded: usize = batch.columns().iter().map(|column| decoded_bytes(column)).sum();
    if decoded > MAX_DECODED_BYTES { Err(BlockError::TooLarge("the decoded block")) } else { Ok(()) }
}

fn decoded_bytes(column: &Column) -> usize {
    let of_dict = |dict: &Dict| dict.concatenated().len() * 2 + dict.len() * 24;
    let data = match &column.data {
        Data::Bool(bits) => bits.len() / 2,
        Data::Int(values) | Data::Time(values) => values.len() * 32,
        Data::Float(values) => values.len() * 24,
        Data::Text { codes, dict } => codes.len() * 32 + of_dict(dict),
        Data::TextList { offsets, codes, dict } => offsets.len() * 40 + codes.len() * 8 + of_dict(dict),
    };
    data + column.rows() / 2 + 256
}

fn put_column(column: &Column, likeness: Option<&Likeness>, options: &Options<'_>, writer: &SectionWriter) -> Vec<u8> {
    let cold = options.is_cold(&column.name);
    let hot = if cold { Warmth::Cold } else { Warmth::Hot };
    let strings = if cold { Warmth::Cold } else { Warmth::Strings };
    let present = column.present.as_ref().filter(|_| column.absent() > 0);
    let mut out = Vec::new();
    if let Some(bits) = present {
        writer.put(&mut out, &bytes_of(bits), hot);
    }
    if let Some(likeness) = likeness {
        likeness.put(&mut out, writer, strings, hot);
        return out;
    }
    let mut raw = Vec::new();
    match &column.data {
        Data::Bool(bits) => {
            let dense: Bits = kept(present, (0..bits.len()).map(|row| bits.get(row))).collect();
            raw = bytes_of(&dense);
            writer.put(&mut out, &raw, hot);
        }
        Data::Int(values) | Data::Time(values) => {
            put_numbers(&mut raw, &kept(present, values.iter().copied()).collect::<Vec<_>>());
            writer.put(&mut out, &raw, hot);
        }
        Data::Float(values) => {
            raw.extend(kept(present, values.iter().copied()).flat_map(f64::to_le_bytes));
            writer.put(&mut out, &raw, hot);
        }
        Data::Text { codes, dict } => {
            put_dict(&mut raw, dict);
            writer.put(&mut out, &raw, strings);
            raw.clear();
            put_codes(&mut raw, kept(present, codes.iter().copied()), dict);
            writer.put(&mut out, &raw, hot);
        }
        Data::TextList { offsets, codes, dict } => {
            put_dict(&mut raw, dict);
            writer.put(&mut out, &raw, strings);
            raw.clear();
            let lists: Vec<&[u32]> = kept(present, offsets.windows(2).map(|pair| list(pair, codes))).collect();
            put_numbers(&mut raw, &lists.iter().map(|list| length(list)).collect::<Vec<_>>());
            writer.put(&mut out, &raw, hot);
            raw.clear();
            put_codes(&mut raw, lists.iter().flat_map(|list| list.iter().copied()), dict);
            writer.put(&mut out, &raw, hot);
        }
    }
    out
}

fn list<'a>(pair: &[u32], codes: &'a [u32]) -> &'a [u32] {
    match pair {
        [start, end] => codes.get(*start as usize..*end as usize).unwrap_or_default(),
        _ => &[],
    }
}

fn length(list: &[u32]) -> i64 {
    i64::try_from(list.len()).unwrap_or(i64::MAX)
}

/// The values of the rows that have one.
fn kept<T>(present: Option<&Bits>, values: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
    values.enumerate().filter(move |(row, _)| present.is_none_or(|bits| bits.get(*row))).map(|(_, value)| value)
}
