//! The block format: a batch as bytes.
//!
//! ```text
//! block     = "COLB" version:u8 directory_length:u32 directory_crc:u32 directory payload*
//! directory = rows columns { shared suffix_length suffix kind:u8 [base] length crc:u32 }*
//! payload   = section*                         one for each column, in the order of the directory
//! section   = codec:u8 raw_length stored_length stored_bytes
//! ```
//!
//! Fixed-width numbers are little endian, all others are LEB128. A column name is what it shares with the name before
//! it, and the rest. `kind` holds the [`DataType`] in its low bits, whether a presence bitmap comes first, and whether the
//! column is told by how it differs from another text column, whose number is `base` (from version 2 on). Every checksum is
//! a CRC-32, one for the directory and one for each payload, so that reading three columns checks three.
//!
//! Inside a payload: rows without a value are left out; codes are as wide as the dictionary needs (nothing at all for
//! one string); whole numbers and instants are offsets from their minimum, or from one value to the next, divided by
//! their greatest common divisor, at the smallest whole number of bytes; dictionaries are sorted and front-coded.
//!
//! Each section is stored raw, as LZ4, or as zstd. Booleans, codes and numbers, which filters read, are never worth
//! zstd; strings are when it saves enough; a column that the writer calls cold takes whatever is smallest.
//!
//! Corrupt input is an error. It never panics, and never makes the reader allocate more than [`MAX_DECODED_BYTES`].

mod alike;
mod codec;
mod decode;
mod encode;
mod numbers;
mod sparse;
mod strings;
pub(crate) mod wire;

pub use decode::{decode, decode_columns};
pub use encode::encode;

use crate::DataType;

/// The version that [`encode`] writes. Every version ever written stays readable.
pub const VERSION: u8 = 2;
/// Rows in a block.
pub const MAX_ROWS: usize = 1 << 20;
/// Columns in a block.
pub const MAX_COLUMNS: usize = 4_096;
/// Bytes of a column name.
pub const MAX_NAME_BYTES: usize = 1_024;
/// Bytes that decoding one block may allocate for its values.
pub const MAX_DECODED_BYTES: usize = 256 << 20;

const MAGIC: [u8; 4] = *b"COLB";
/// Bytes before the directory.
const PREFIX_BYTES: usize = 13;
const HAS_ABSENT: u8 = 0x80;
const IS_ALIKE: u8 = 0x40;
/// The first version whose columns may be alike.
const ALIKE_SINCE: u8 = 2;

/// How to write a block.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// Names of columns that are seldom read: smallest wins. A name that ends in `*` stands for all that begin so.
    pub cold: &'a [&'a str],
    /// Text columns that mostly hold what another column holds, with that column: the first that fits counts. Where both end in
    /// `*`, it stands for the same rest. Reading such a column also reads the other one.
    pub alike: &'a [(&'a str, &'a str)],
    /// Level for zstd.
    pub level: i32,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self { cold: &[], alike: &[], level: 3 }
    }
}

impl Options<'_> {
    fn is_cold(&self, name: &str) -> bool {
        self.cold.iter().any(|cold| match cold.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => *cold == name,
        })
    }

    /// The column that the one of this name may be told by.
    fn base(&self, name: &str) -> Option<String> {
        self.alike.iter().find_map(|(column, base)| match (column.strip_suffix('*'), base.strip_suffix('*')) {
            (Some(column), Some(base)) => Some([base, name.strip_prefix(column)?].concat()),
            _ => (*column == name).then(|| (*base).to_owned()),
        })
    }
}

/// Why bytes are not a block, or a batch cannot be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// Written by a later version of this program.
    #[error("unknown block version {0}")]
    Version(u8),
    /// The bytes are damaged: their checksum differs.
    #[error("checksum of {0} differs")]
    Checksum(&'static str),
    /// The bytes contradict themselves, end early, or never were a block.
    #[error("malformed block: {0}")]
    Malformed(&'static str),
    /// Beyond one of the limits of this module.
    #[error("too large: {0}")]
    TooLarge(&'static str),
}

fn type_code(data_type: DataType) -> u8 {
    match data_type {
        DataType::Bool => 0,
        DataType::Int => 1,
        DataType::Float => 2,
        DataType::Time => 3,
        DataType::Text => 4,
        DataType::TextList => 5,
    }
}

fn type_of(code: u8) -> Option<DataType> {
    Some(match code {
        0 => DataType::Bool,
        1 => DataType::Int,
        2 => DataType::Float,
        3 => DataType::Time,
        4 => DataType::Text,
        5 => DataType::TextList,
        _ => return None,
    })
}
