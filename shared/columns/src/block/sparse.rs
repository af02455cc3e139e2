//! Which rows have a value, and values for every row from those of the rows that have one.

use super::BlockError;
use super::wire::Budget;
use crate::Bits;

/// Values for every row from those of the rows that have one.
pub(super) fn spread<T: Copy + Default>(
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

/// The rows of a bitmap, eight a byte.
pub(super) fn bits_of(section: &[u8], rows: usize, budget: &mut Budget) -> Result<Bits, BlockError> {
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

/// Eight rows a byte, as many bytes as that needs.
pub(super) fn bytes_of(bits: &Bits) -> Vec<u8> {
    let mut bytes: Vec<u8> = bits.words().iter().flat_map(|word| word.to_le_bytes()).collect();
    bytes.truncate(bits.len().div_ceil(8));
    bytes
}
