//! Bytes as a batch.

use super::codec::take_section;
use super::numbers::take_numbers;
use super::strings::{take_codes, take_dict};
use super::wire::{Budget, Reader};
use super::{
    BlockError, HAS_ABSENT, MAGIC, MAX_COLUMNS, MAX_DECODED_BYTES, MAX_NAME_BYTES, MAX_ROWS, VERSION, type_of,
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
/// When the directory or one of these columns is not sound. The other columns are not looked at.
pub fn decode_columns(bytes: &[u8], names: &[&str]) -> Result<Batch, BlockError> {
    decode_where(bytes, |name| names.contains(&name))
}

struct Entry {
    name: String,
    data_type: DataType,
    has_absent: bool,
    length: usize,
    crc: u32,
}

fn decode_where(bytes: &[u8], wanted: impl Fn(&str) -> bool) -> Result<Batch, BlockError> {
    let mut reader = Reader::new(bytes);
    let (rows, entries) = take_directory(&mut reader)?;
    let mut budget = Budget::default();
    let mut batch = Batch::new(rows);
    for entry in entries {
        let payload = reader.take(entry.length)?;
        if !wanted(&entry.name) {
            continue;
        }
        if crc32fast::hash(payload) != entry.crc {
            return Err(BlockError::Checksum("a column"));
        }
        let column = take_column(entry, payload, rows, &mut budget)?;
        batch.push(column).map_err(|_| BlockError::Malformed("a column does not fit"))?;
    }
    if reader.is_empty() { Ok(batch) } else { Err(BlockError::Malformed("bytes after the last column")) }
}

fn take_directory(reader: &mut Reader<'_>) -> Result<(usize, Vec<Entry>), BlockError> {
    if reader.array()? != MAGIC {
        return Err(BlockError::Malformed("it does not begin as a block"));
    }
    let version = reader.u8()?;
    if version != VERSION {
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
        let entry = take_entry(&mut directory, before)?;
        entries.push(entry);
    }
    if directory.is_empty() { Ok((rows, entries)) } else { Err(BlockError::Malformed("bytes after the directory")) }
}

fn take_entry(directory: &mut Reader<'_>, before: &str) -> Result<Entry, BlockError> {
    let shared = directory.length(before.len(), "a shared prefix")?;
    let length = directory.length(MAX_NAME_BYTES - shared, "a column name")?;
    let rest =
        std::str::from_utf8(directory.take(length)?).map_err(|_| BlockError::Malformed("a name is not UTF-8"))?;
    let kept = before.get(..shared).ok_or(BlockError::Malformed("a prefix ends within a character"))?;
    let kind = directory.u8()?;
    Ok(Entry {
        name: [kept, rest].concat(),
        data_type: type_of(kind & !HAS_ABSENT).ok_or(BlockError::Malformed("an unknown type"))?,
        has_absent: kind & HAS_ABSENT != 0,
        length: directory.length(MAX_DECODED_BYTES, "a column")?,
        crc: directory.u32()?,
    })
}

fn take_column(entry: Entry, payload: &[u8], rows: usize, budget: &mut Budget) -> Result<Column, BlockError> {
    let mut reader = Reader::new(payload);
    let present =
        if entry.has_absent { Some(bits_of(&take_section(&mut reader, budget)?, rows, budget)?) } else { None };
    let values = present.as_ref().map_or(rows, Bits::count);
    let present = present.as_ref();
    let section = take_section(&mut reader, budget)?;
    let data = match entry.data_type {
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
            let codes = take_codes(&take_section(&mut reader, budget)?, values, &dict, budget)?;
            Data::Text { codes: spread(codes, present, rows, budget)?, dict }
        }
        DataType::TextList => {
            let dict = take_dict(&section, budget)?;
            let lengths = take_whole_numbers(&take_section(&mut reader, budget)?, values, budget)?;
            let offsets = offsets_of(&spread(lengths, present, rows, budget)?, budget)?;
            let count = offsets.last().map_or(0, |last| *last as usize);
            let codes = take_codes(&take_section(&mut reader, budget)?, count, &dict, budget)?;
            Data::TextList { offsets, codes, dict }
        }
    };
    if !reader.is_empty() {
        return Err(BlockError::Malformed("bytes after a column"));
    }
    Ok(Column { name: entry.name, data, present: present.cloned() })
}

/// Values for every row from those of the rows that have one.
fn spread<T: Copy + Default>(
    dense: Vec<T>,
    present: Option<&Bits>,
    rows: usize,
    budget: &mut Budget,
) -> Result<Vec<T>, BlockError> {
    let Some(bits) = present else {
        return Ok(dense);
    };
    budget.take(rows, size_of::<T>())?;
    let mut sparse = vec![T::default(); rows];
    for (row, value) in bits.ones_iter().zip(dense) {
        if let Some(slot) = sparse.get_mut(row) {
            *slot = value;
        }
    }
    Ok(sparse)
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

fn bits_of(section: &[u8], rows: usize, budget: &mut Budget) -> Result<Bits, BlockError> {
    if section.len() != rows.div_ceil(8) {
        return Err(BlockError::Malformed("the length of a bitmap"));
    }
    budget.take(section.len(), 1)?;
    let (chunks, rest) = section.as_chunks::<8>();
    let mut words: Vec<u64> = chunks.iter().map(|eight| u64::from_le_bytes(*eight)).collect();
    if !rest.is_empty() {
        words.push(rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)));
    }
    Ok(Bits::from_words(words, rows))
}
