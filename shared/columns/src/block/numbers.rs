//! Whole numbers: `base + scale * k` with small `k`, either of the values or of their differences.

use super::BlockError;
use super::wire::{Budget, Reader, put_varint, unzigzag, zigzag};

const PLAIN: u8 = 0;
const DELTA: u8 = 1;

/// Numbers as offsets from their minimum in units of their common divisor.
struct Frame {
    base: i64,
    scale: u64,
    width: usize,
}

impl Frame {
    fn of(values: &[i64]) -> Self {
        let base = values.iter().copied().min().unwrap_or(0);
        let mut scale = 0;
        let mut highest = 0;
        for value in values {
            let offset = value.wrapping_sub(base).cast_unsigned();
            highest = highest.max(offset);
            scale = common_divisor(scale, offset);
        }
        let scale = scale.max(1);
        Self { base, scale, width: width_of(highest / scale) }
    }

    fn bytes(&self, values: usize) -> usize {
        values * self.width
    }

    fn put(&self, out: &mut Vec<u8>, values: &[i64]) {
        put_varint(out, zigzag(self.base));
        put_varint(out, self.scale);
        out.push(self.width.to_le_bytes()[0]);
        for value in values {
            let offset = value.wrapping_sub(self.base).cast_unsigned() / self.scale;
            out.extend(offset.to_le_bytes().into_iter().take(self.width));
        }
    }

    fn take(reader: &mut Reader<'_>, count: usize, budget: &mut Budget) -> Result<Vec<i64>, BlockError> {
        let base = unzigzag(reader.varint()?);
        let scale = reader.varint()?;
        let width = usize::from(reader.u8()?);
        budget.take(count, size_of::<i64>())?;
        let value = |offset: u64| base.wrapping_add(offset.wrapping_mul(scale).cast_signed());
        let mut values = Vec::with_capacity(count);
        unpack(reader, width, count, |offset| values.push(value(offset)))?;
        Ok(values)
    }
}

fn common_divisor(mut left: u64, mut right: u64) -> u64 {
    // Nearly always one step: the divisor found so far divides the next offset too.
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left
}

/// Bytes that hold a number.
pub(crate) fn width_of(highest: u64) -> usize {
    (64 - highest.leading_zeros() as usize).div_ceil(8)
}

/// Reads `count` numbers of `width` bytes each.
pub(crate) fn unpack(
    reader: &mut Reader<'_>,
    width: usize,
    count: usize,
    mut each: impl FnMut(u64),
) -> Result<(), BlockError> {
    if width > 8 {
        return Err(BlockError::Malformed("a number is too wide"));
    }
    let length = count.checked_mul(width).ok_or(BlockError::TooLarge("a vector"))?;
    let bytes = reader.take(length)?;
    match width {
        0 => (0..count).for_each(|_| each(0)),
        1 => bytes.iter().for_each(|byte| each(u64::from(*byte))),
        2 => bytes.as_chunks().0.iter().for_each(|two| each(u64::from(u16::from_le_bytes(*two)))),
        4 => bytes.as_chunks().0.iter().for_each(|four| each(u64::from(u32::from_le_bytes(*four)))),
        8 => bytes.as_chunks().0.iter().for_each(|eight| each(u64::from_le_bytes(*eight))),
        _ => bytes.chunks_exact(width).for_each(|some| {
            each(some.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)));
        }),
    }
    Ok(())
}

/// Appends the numbers in whichever way is shorter.
pub(crate) fn put_numbers(out: &mut Vec<u8>, values: &[i64]) {
    let plain = Frame::of(values);
    if let [first, ..] = values {
        let deltas: Vec<i64> = values.windows(2).map(difference).collect();
        let frame = Frame::of(&deltas);
        if frame.bytes(deltas.len()) + 8 < plain.bytes(values.len()) {
            out.push(DELTA);
            put_varint(out, zigzag(*first));
            frame.put(out, &deltas);
            return;
        }
    }
    out.push(PLAIN);
    plain.put(out, values);
}

fn difference(pair: &[i64]) -> i64 {
    match pair {
        [before, after] => after.wrapping_sub(*before),
        _ => 0,
    }
}

/// Reads `count` numbers.
pub(crate) fn take_numbers(reader: &mut Reader<'_>, count: usize, budget: &mut Budget) -> Result<Vec<i64>, BlockError> {
    match reader.u8()? {
        PLAIN => Frame::take(reader, count, budget),
        DELTA => {
            let first = unzigzag(reader.varint()?);
            let after = count.checked_sub(1).ok_or(BlockError::Malformed("differences of nothing"))?;
            let deltas = Frame::take(reader, after, budget)?;
            budget.take(count, size_of::<i64>())?;
            let mut values = Vec::with_capacity(count);
            values.push(first);
            let mut last = first;
            for delta in deltas {
                last = last.wrapping_add(delta);
                values.push(last);
            }
            Ok(values)
        }
        _ => Err(BlockError::Malformed("an unknown way to store numbers")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: &[i64], at_most: usize) {
        let mut bytes = Vec::new();
        put_numbers(&mut bytes, values);
        let mut reader = Reader::new(&bytes);
        assert_eq!(take_numbers(&mut reader, values.len(), &mut Budget::default()).unwrap(), values);
        assert!(reader.is_empty());
        assert!(bytes.len() <= at_most, "{} bytes", bytes.len());
    }

    #[test]
    fn numbers_take_few_bytes() {
        let day = 86_400_000;
        check(&[], 4);
        check(&[7; 500], 4);
        check(&(0..500).map(|n| 1_788_000_000_000 + n % 200 * day).collect::<Vec<_>>(), 515);
        check(&(0..500).map(|n| 1_788_000_000_000 + n * 1_000).collect::<Vec<_>>(), 20);
        check(&(0..500).map(|n| n * n).collect::<Vec<_>>(), 1_010);
        check(&[i64::MIN, i64::MAX, 0, -1], 48);
        check(&[i64::MIN, i64::MAX], 32);
        check(&[-70_000, 70_000, 3], 15);
    }
}
