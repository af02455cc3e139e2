//! Rows 64 at a time: what narrows a word of a bitmap, and never looks at rows that are out already.

use std::ops::Range;

use columns::{Bits, Column};

use crate::node::Leaf;
use crate::table::{self, Passing};

/// What a test decides: of the rows with a value those that pass stay, or those that do not.
#[derive(Clone, Copy)]
pub(crate) struct Ruling<'c> {
    /// The rows with a value; `None` means all.
    pub(crate) present: Option<&'c Bits>,
    /// Rows without a value stay.
    pub(crate) missing: bool,
    /// Rows that pass go.
    pub(crate) negated: bool,
}

impl<'c> Ruling<'c> {
    pub(crate) fn of(leaf: &Leaf, column: &'c Column) -> Self {
        Self { present: column.present.as_ref(), missing: leaf.missing(), negated: leaf.negated }
    }

    /// Narrows `rows` by `hits`, which gets the number of a word and the rows of it that matter, and answers with the
    /// rows that pass; what it says of others is ignored.
    pub(crate) fn narrow(self, rows: &mut Bits, mut hits: impl FnMut(usize, u64) -> u64) {
        let present = self.present.map(Bits::words);
        let (absent, flip) = (all_if(self.missing), all_if(self.negated));
        rows.update(|words| {
            for (index, word) in words.iter_mut().enumerate() {
                if *word == 0 {
                    continue;
                }
                let here = present.map_or(u64::MAX, |present| present.get(index).copied().unwrap_or(0));
                let candidates = *word & here;
                let passing = if candidates == 0 { 0 } else { (hits(index, candidates) ^ flip) & here };
                *word &= passing | (!here & absent);
            }
        });
    }

    /// For a test that looks at the one value of a row.
    pub(crate) fn narrow_values<T>(self, rows: &mut Bits, values: &[T], holds: impl Fn(&T) -> bool) {
        self.narrow(rows, |word, rows| hits(values, word, rows, &holds, |all| compared(all, &holds)));
    }

    /// For numbers and instants that pass within bounds, both included.
    pub(crate) fn narrow_range(self, rows: &mut Bits, values: &[i64], (least, most): (i64, i64)) {
        if least > most {
            return self.narrow_none(rows);
        }
        // One comparison instead of two: what lies below wraps round to more than the width.
        let width = most.wrapping_sub(least).cast_unsigned();
        self.narrow_values(rows, values, |value| value.wrapping_sub(least).cast_unsigned() <= width);
    }

    /// For strings that pass by their codes.
    pub(crate) fn narrow_codes(self, rows: &mut Bits, codes: &[u32], passing: Passing<'_>) {
        match passing {
            Passing::None => self.narrow_none(rows),
            Passing::Range(range) => self.narrow_values(rows, codes, |code| range.has(*code)),
            Passing::Some(table) => {
                let holds = |code: &u32| table::has(table, *code);
                self.narrow(rows, |word, rows| hits(codes, word, rows, holds, |all| looked_up(all, holds)));
            }
        }
    }

    /// For lists of strings that pass by their codes: row `i` has those from `offsets[i]` to `offsets[i + 1]`, of which
    /// one that passes is enough.
    pub(crate) fn narrow_lists(self, rows: &mut Bits, offsets: &[u32], codes: &[u32], passing: Passing<'_>) {
        match passing {
            Passing::None => self.narrow_none(rows),
            Passing::Range(range) => self.narrow_any(rows, offsets, codes, |code| range.has(code)),
            Passing::Some(table) => self.narrow_any(rows, offsets, codes, |code| table::has(table, code)),
        }
    }

    /// As [`Ruling::narrow_lists`], for codes that are asked one by one.
    pub(crate) fn narrow_any(self, rows: &mut Bits, offsets: &[u32], codes: &[u32], holds: impl Fn(u32) -> bool) {
        self.narrow_rows(rows, |row| {
            codes.get(span(offsets, row)).is_some_and(|codes| codes.iter().any(|code| holds(*code)))
        });
    }

    /// For a test that looks at rows one by one.
    pub(crate) fn narrow_rows(self, rows: &mut Bits, holds: impl Fn(usize) -> bool) {
        self.narrow(rows, |word, mut rows| {
            let mut passing = 0;
            while rows != 0 {
                let bit = rows.trailing_zeros();
                rows &= rows - 1;
                passing |= u64::from(holds(word * 64 + bit as usize)) << bit;
            }
            passing
        });
    }

    /// For a test that no value passes.
    pub(crate) fn narrow_none(self, rows: &mut Bits) {
        self.narrow(rows, |_, _| 0);
    }
}

/// `keep` says of false, true and missing whether such a row stays.
pub(crate) fn narrow_bools(rows: &mut Bits, bits: &Bits, present: Option<&Bits>, keep: [bool; 3]) {
    let [unset, set, missing] = keep.map(all_if);
    let bits = bits.words();
    rows.update(|words| match present.map(Bits::words) {
        None => {
            for (word, bits) in words.iter_mut().zip(bits) {
                *word &= (bits & set) | (!bits & unset);
            }
        }
        Some(present) => {
            for ((word, bits), here) in words.iter_mut().zip(bits).zip(present) {
                *word &= (((bits & set) | (!bits & unset)) & here) | (!here & missing);
            }
        }
    });
}

/// Where the values of a row stand in a column of lists.
pub(crate) fn span(offsets: &[u32], row: usize) -> Range<usize> {
    let start = offsets.get(row).map_or(0, |start| *start as usize);
    start..offsets.get(row + 1).map_or(start, |end| *end as usize)
}

/// Up to so many rows of a word are looked at one by one.
const SPARSE: u32 = 24;

/// Which of the 64 values of a word pass. Only those of `rows` need be right. `of_all` answers for 64 at once.
#[inline]
fn hits<T>(
    values: &[T],
    word: usize,
    mut rows: u64,
    holds: impl Fn(&T) -> bool,
    of_all: impl Fn(&[T; 64]) -> u64,
) -> u64 {
    let values = values.get(word * 64..).unwrap_or_default();
    let mut passing = 0;
    if rows.count_ones() > SPARSE {
        if let Some(all) = values.first_chunk::<64>() {
            return of_all(all);
        }
        for (bit, value) in values.iter().enumerate() {
            passing |= u64::from(holds(value)) << bit;
        }
        return passing;
    }
    while rows != 0 {
        let bit = rows.trailing_zeros();
        rows &= rows - 1;
        passing |= u64::from(values.get(bit as usize).is_some_and(&holds)) << bit;
    }
    passing
}

/// One bit for each of 64 values: all comparisons before all gathering, so that one instruction compares several.
#[inline]
fn compared<T>(values: &[T; 64], holds: impl Fn(&T) -> bool) -> u64 {
    let mut truths = [0_u8; 64];
    for (truth, value) in truths.iter_mut().zip(values) {
        *truth = u8::from(holds(value));
    }
    let eights = truths.as_chunks::<8>().0.iter().rev();
    eights.fold(0, |word, eight| (word << 8) | gathered(*eight))
}

/// The same, eight by eight: no instruction looks up several.
#[inline]
fn looked_up<T>(values: &[T; 64], holds: impl Fn(&T) -> bool) -> u64 {
    let eights = values.as_chunks::<8>().0.iter().enumerate();
    eights.fold(0, |word, (index, eight)| {
        word | (gathered(eight.each_ref().map(|value| u8::from(holds(value)))) << (index * 8))
    })
}

/// The low bits of eight bytes, gathered in the highest byte of one product.
#[inline]
fn gathered(truths: [u8; 8]) -> u64 {
    u64::from_le_bytes(truths).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// Every row, or none.
fn all_if(holds: bool) -> u64 {
    if holds { u64::MAX } else { 0 }
}
