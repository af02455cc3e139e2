//! Bytes as a batch.

use std::sync::Arc;

use super::alike;
use super::codec::take_section;
use super::numbers::take_numbers;
use super::sparse::{bits_of, spread};
use super::strings::{take_codes, take_dict};
use super::wire::{Budget, Reader};
use super::{
    ALIKE_SINCE, BlockError, HAS_ABSENT, IS_ALIKE, MAGIC, MAX_COLUMNS, MAX_DECODED_BYTES, MAX_NAME_BYTES, MAX_ROWS,
    VERSION, type_of,
};
use crate::{Batch, Bits, Column, Data, DataType};

/// All columns of a block.
///
/// # Errors
/// When the bytes are no sound block of a known version.
pub fn decode(bytes: &[u8]) -> Result<Batch, BlockError> {
    decode_where(bytes, |_| true)
}

/// The named columns of a block. A name that the block does not have is left out: its values are missing everywhere.
///
/// # Errors
/// When the directory or one of these columns is not sound, or one that they are told by. The others are not looked at.
pub fn decode_columns(bytes: &[u8], names: &[&str]) -> Result<Batch, BlockError> {
    decode_where(bytes, |name| names.contains(&name))
}

struct Entry {
    name: String,
    data_type: DataType,
    has_absent: bool,
    /// The column that this one is told by.
    base: Option<usize>,
    length: usize,
    crc: u32,
}

fn decode_where(bytes: &[u8], wanted: impl Fn(&str) -> bool) -> Result<Batch, BlockError> {
    let mut reader = Reader::new(bytes);
    let (rows, entries) = take_directory(&mut reader)?;
    let payloads: Vec<&[u8]> = entries.iter().map(|entry| reader.take(entry.length)).collect::<Result<_, _>>()?;
    if !reader.is_empty() {
        return Err(BlockError::Malformed("bytes after the last column"));
    }
    let mut columns = Columns { rows, taken: vec![None; entries.len()], entries, payloads, budget: Budget::default() };
    let mut batch = Batch::new(rows);
    for place in 0..columns.entries.len() {
        if columns.entries.get(place).is_some_and(|entry| wanted(&entry.name)) {
            batch.push(columns.take(place)?).map_err(|_| BlockError::Malformed("a column does not fit"))?;
        }
    }
    Ok(batch)
}

/// The columns of a block: those that were read so far, and what the others are read from.
struct Columns<'a> {
    rows: usize,
    entries: Vec<Entry>,
    payloads: Vec<&'a [u8]>,
    taken: Vec<Option<Arc<Column>>>,
    budget: Budget,
}

impl Columns<'_> {
    /// A column, after the one that it is told by.
    fn take(&mut self, place: usize) -> Result<Arc<Column>, BlockError> {
        if let Some(Some(column)) = self.taken.get(place) {
            return Ok(Arc::clone(column));
        }
        let base = match self.entries.get(place).and_then(|entry| entry.base) {
            Some(base) => Some(self.take(base)?),
            None => None,
        };
        let (Some(entry), Some(payload)) = (self.entries.get(place), self.payloads.get(place)) else {
            return Err(BlockError::Malformed("a column that is not there"));
        };
        if crc32fast::hash(payload) != entry.crc {
            return Err(BlockError::Checksum("a column"));
        }
        let column = Arc::new(take_column(entry, payload, base.as_deref(), self.rows, &mut self.budget)?);
        if let Some(slot) = self.taken.get_mut(place) {
            *slot = Some(Arc::clone(&column));
        }
        Ok(column)
    }
}

fn take_directory(reader: &mut Reader<'_>) -> Result<(usize, Vec<Entry>), BlockError> {
    if reader.array()? != MAGIC {
        return Err(BlockError::Malformed("it does not begin as a block"));
    }
    let version = reader.u8()?;
    if !(1..=VERSION).contains(&version) {
        return Err(BlockError::Version(version));
    }
    let length = reader.u32()? as usize;
    let crc = reader.u32()?;
    let directory = reader.take(length)?;
    if crc32fast::hash(directory) != crc {
        return Err(BlockError::Checksum("the directory"));
    }
    let mut directory = Reader::new(directory);
    let rows = directory.length(MAX_ROWS, "rows")?;
    let count = directory.length(MAX_COLUMNS, "columns")?;
    let mut entries: Vec<Entry> = Vec::new();
    for _ in 0..count {
        let before = entries.last().map_or("", |entry| entry.name.as_str());
        let entry = take_entry(&mut directory, before, version)?;
        entries.push(entry);
    }
    check_bases(&entries)?;
    if directory.is_empty() { Ok((rows, entries)) } else { Err(BlockError::Malformed("bytes after the directory")) }
}

/// A base is another column of text that is not told by a third.
fn check_bases(entries: &[Entry]) -> Result<(), BlockError> {
    let is_sound = |entry: &Entry| match entry.base {
        None => true,
        Some(base) => entries.get(base).is_some_and(|base| {
            base.base.is_none() && base.data_type == DataType::Text && entry.data_type == DataType::Text
        }),
    };
    if entries.iter().all(is_sound) { Ok(()) } else { Err(BlockError::Malformed("the base of a column")) }
}

fn take_entry(directory: &mut Reader<'_>, before: &str, version: u8) -> Result<Entry, BlockError> {
    let shared = directory.length(before.len(), "a shared prefix")?;
    let length = directory.length(MAX_NAME_BYTES - shared, "a column name")?;
    let rest =
        std::str::from_utf8(directory.take(length)?).map_err(|_| BlockError::Malformed("a name is not UTF-8"))?;
    let kept = before.get(..shared).ok_or(BlockError::Malformed("a prefix ends within a character"))?;
    let kind = directory.u8()?;
    let is_alike = version >= ALIKE_SINCE && kind & IS_ALIKE != 0;
    let flags = if is_alike { HAS_ABSENT | IS_ALIKE } else { HAS_ABSENT };
    Ok(Entry {
        name: [kept, rest].concat(),
        data_type: type_of(kind & !flags).ok_or(BlockError::Malformed("an unknown type"))?,
        has_absent: kind & HAS_ABSENT != 0,
        base: if is_alike { Some(directory.length(MAX_COLUMNS, "the base of a column")?) } else { None },
        length: directory.length(MAX_DECODED_BYTES, "a column")?,
        crc: directory.u32()?,
    })
}

fn take_column(
    entry: &Entry,
    payload: &[u8],
    base: Option<&Column>,
    rows: usize,
    budget: &mut Budget,
) -> Result<Column, BlockError> {
    let mut reader = Reader::new(payload);
    let present =
        if entry.has_absent { Some(bits_of(&take_section(&mut reader, budget)?, rows, budget)?) } else { None };
    let data = match base {
        Some(base) => alike::take(&mut reader, base, present.as_ref(), budget)?,
        None => take_data(entry.data_type, &mut reader, present.as_ref(), rows, budget)?,
    };
    if !reader.is_empty() {
        return Err(BlockError::Malformed("bytes after a column"));
    }
    Ok(Column { name: entry.name.clone(), data, present })
}

fn take_data(
    data_type: DataType,
    reader: &mut Reader<'_>,
    present: Option<&Bits>,
    rows: usize,
    budget: &mut Budget,
) -> Result<Data, BlockError> {
    let values = present.map_or(rows, Bits::count);
    let section = take_section(reader, budget)?;
    Ok(match data_type {
        DataType::Bool => {
            let dense = bits_of(&section, values, budget)?;
            Data::Bool(match present {
                None => dense,
                Some(bits) => {
                    let mut sparse = Bits::zeros(rows);
                    bits.ones_iter().enumerate().for_each(|(index, row)| sparse.set(row, dense.get(index)));
                    sparse
                }
            })
        }
        DataType::Int => Data::Int(spread(take_whole_numbers(&section, values, budget)?, present, rows, budget)?),
        DataType::Time => Data::Time(spread(take_whole_numbers(&section, values, budget)?, present, rows, budget)?),
        DataType::Float => {
            let (floats, rest) = section.as_chunks();
            if floats.len() != values || !rest.is_empty() {
                return Err(BlockError::Malformed("the number of fractions"));
            }
            budget.take(values, size_of::<f64>())?;
            let floats = floats.iter().map(|eight| f64::from_le_bytes(*eight)).collect();
            Data::Float(spread(floats, present, rows, budget)?)
        }
        DataType::Text => {
            let dict = take_dict(&section, budget)?;
            let codes = take_codes(&take_section(reader, budget)?, values, &dict, budget)?;
            Data::Text { codes: spread(codes, present, rows, budget)?, dict }
        }
        DataType::TextList => {
            let dict = take_dict(&section, budget)?;
            let lengths = take_whole_numbers(&take_section(reader, budget)?, values, budget)?;
            let offsets = offsets_of(&spread(lengths, present, rows, budget)?, budget)?;
            let count = offsets.last().map_or(0, |last| *last as usize);
            let codes = take_codes(&take_section(reader, budget)?, count, &dict, budget)?;
            Data::TextList { offsets, codes, dict }
        }
    })
}

fn take_whole_numbers(section: &[u8], count: usize, budget: &mut Budget) -> Result<Vec<i64>, BlockError> {
    let mut reader = Reader::new(section);
    let numbers = take_numbers(&mut reader, count, budget)?;
    if reader.is_empty() { Ok(numbers) } else { Err(BlockError::Malformed("bytes after the numbers")) }
}

fn offsets_of(lengths: &[i64], budget: &mut Budget) -> Result<Vec<u32>, BlockError> {
    budget.take(lengths.len() + 1, size_of::<u32>())?;
    let mut offsets = Vec::with_capacity(lengths.len() + 1);
    let mut offset = 0_u32;
    offsets.push(offset);
    for length in lengths {
        let next = u32::try_from(*length).ok().and_then(|length| offset.checked_add(length));
        offset = next.ok_or(BlockError::Malformed("the length of a list"))?;
        offsets.push(offset);
    }
    Ok(offsets)
}
