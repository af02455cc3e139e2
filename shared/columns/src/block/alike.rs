//! A text column that mostly holds what another one holds: which rows do, and the values of the others.
//!
//! Accounts and their owners share mails and names, accounts and their applications the source that told of them. Such a
//! column costs one bit a row, and the few values that differ.

use super::codec::{SectionWriter, Warmth, take_section};
use super::sparse::{bits_of, bytes_of, spread};
use super::strings::{put_codes, put_dict, take_codes, take_dict};
use super::wire::{Budget, Reader};
use super::{BlockError, Options};
use crate::{Batch, Bits, Column, Data, Dict};

/// The place of the column whose values this one mostly holds, and how it differs. `None` when it is stored by itself.
pub(crate) fn find(batch: &Batch, column: &Column, options: &Options<'_>) -> Option<(usize, Likeness)> {
    let base = options.base(&column.name)?;
    // A base stands by itself, so that reading a column reads at most one other.
    if options.base(&base).is_some() {
        return None;
    }
    let place = batch.columns().iter().position(|other| other.name == base)?;
    let likeness = Likeness::of(column, batch.columns().get(place)?)?;
    Some((place, likeness))
}

/// How a column differs from its base.
#[derive(Debug)]
pub(crate) struct Likeness {
    /// For each row of the column that has a value: whether the base has the same.
    same: Bits,
    /// The values of the other rows, in their order.
    codes: Vec<u32>,
    dict: Dict,
}

impl Likeness {
    /// `None` unless both are text, there is more than one string, and three values of four are the same.
    fn of(column: &Column, base: &Column) -> Option<Self> {
        let (Data::Text { codes, dict }, Data::Text { codes: base_codes, dict: base_dict }) =
            (&column.data, &base.data)
        else {
            return None;
        };
        // Without a choice codes take no bytes.
        if dict.len() < 2 {
            return None;
        }
        let in_base = translated(dict, base_dict);
        let mut same = Bits::default();
        let mut others = Vec::new();
        for (row, (code, base_code)) in codes.iter().zip(base_codes).enumerate() {
            if !column.is_present(row) {
                continue;
            }
            let is_same = base.is_present(row) && in_base.get(*code as usize) == Some(&Some(*base_code));
            same.push(is_same);
            if !is_same {
                others.push(*code);
            }
        }
        if same.count() < same.len() - same.len() / 4 {
            return None;
        }
        let used = ascending(others.clone());
        let dict = Dict::from_sorted(used.iter().filter_map(|code| dict.get(*code as usize)))?;
        let codes = others.iter().map(|code| place(&used, *code)).collect();
        Some(Self { same, codes, dict })
    }

    /// Appends the sections that stand in place of dictionary and codes.
    pub(crate) fn put(&self, out: &mut Vec<u8>, writer: &SectionWriter, strings: Warmth, hot: Warmth) {
        writer.put(out, &bytes_of(&self.same), hot);
        let mut raw = Vec::new();
        put_dict(&mut raw, &self.dict);
        writer.put(out, &raw, strings);
        raw.clear();
        put_codes(&mut raw, self.codes.iter().copied(), &self.dict);
        writer.put(out, &raw, hot);
    }
}

/// Dictionary and codes of a column from what [`Likeness::put`] wrote, and from its base.
pub(crate) fn take(
    reader: &mut Reader<'_>,
    base: &Column,
    present: Option<&Bits>,
    budget: &mut Budget,
) -> Result<Data, BlockError> {
    let Data::Text { codes: base_codes, dict: base_dict } = &base.data else {
        return Err(BlockError::Malformed("a base that is not text"));
    };
    let rows = base.rows();
    let values = present.map_or(rows, Bits::count);
    let same = bits_of(&take_section(reader, budget)?, values, budget)?;
    let others_dict = take_dict(&take_section(reader, budget)?, budget)?;
    let others = take_codes(&take_section(reader, budget)?, values - same.count(), &others_dict, budget)?;

    budget.take(rows, 4 * size_of::<u32>())?;
    let mut from_base = Vec::with_capacity(same.count());
    let mut rows_with_value = (0..rows).filter(|row| present.is_none_or(|bits| bits.get(*row)));
    for value in 0..values {
        let row = rows_with_value.next().filter(|_| same.get(value));
        if let Some(row) = row {
            let code = base_codes.get(row).filter(|_| base.is_present(row));
            from_base.push(*code.ok_or(BlockError::Malformed("a value that its base does not have"))?);
        }
    }
    let used = ascending(from_base.clone());
    let (dict, of_used, of_others) = merged(base_dict, &used, &others_dict, budget)?;
    let mut from_base = from_base.into_iter().filter_map(|code| of_used.get(place(&used, code) as usize));
    let mut others = others.into_iter().filter_map(|code| of_others.get(code as usize));
    let dense: Vec<u32> = (0..values)
        .filter_map(|value| if same.get(value) { from_base.next() } else { others.next() })
        .copied()
        .collect();
    Ok(Data::Text { codes: spread(dense, present, rows, budget)?, dict })
}

/// For each string of `dict` its code in `base`.
fn translated(dict: &Dict, base: &Dict) -> Vec<Option<u32>> {
    let mut held = (0_u32..).zip(base.iter()).peekable();
    dict.iter()
        .map(|string| {
            while held.next_if(|(_, other)| *other < string).is_some() {}
            held.next_if(|(_, other)| *other == string).map(|(code, _)| code)
        })
        .collect()
}

/// The strings of `base` that are used together with those of `others`, and the final code of each of both.
fn merged(
    base: &Dict,
    used: &[u32],
    others: &Dict,
    budget: &mut Budget,
) -> Result<(Dict, Vec<u32>, Vec<u32>), BlockError> {
    budget.take(others.len(), size_of::<u32>())?;
    let mut left = used.iter().filter_map(|code| base.get(*code as usize)).peekable();
    let mut right = others.iter().peekable();
    let (mut of_used, mut of_others) = (Vec::with_capacity(used.len()), Vec::with_capacity(others.len()));
    let mut strings = Vec::new();
    for code in 0_u32.. {
        let next = match (left.peek(), right.peek()) {
            (Some(left), Some(right)) => *left.min(right),
            (Some(only), None) | (None, Some(only)) => only,
            (None, None) => break,
        };
        budget.take(next.len() + size_of::<&str>() + size_of::<u32>(), 1)?;
        if left.next_if_eq(&next).is_some() {
            of_used.push(code);
        }
        if right.next_if_eq(&next).is_some() {
            of_others.push(code);
        }
        strings.push(next);
    }
    let dict = Dict::from_sorted(strings).ok_or(BlockError::Malformed("a dictionary does not ascend"))?;
    Ok((dict, of_used, of_others))
}

fn ascending(mut codes: Vec<u32>) -> Vec<u32> {
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// Where `code` stands in `used`, which holds it.
fn place(used: &[u32], code: u32) -> u32 {
    let place = used.binary_search(&code).unwrap_or_else(|place| place);
    u32::try_from(place).unwrap_or(u32::MAX)
}
