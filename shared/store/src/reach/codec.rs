//! Runs of consecutive pages with the same mask: the gap since the last run, its length, then the mask. Full pages,
//! the usual case inside a reviewer's stretch, take no mask.

use super::Reach;

const FULL: u64 = u64::MAX;

/// The bytes of a reach.
pub fn encode(reach: &Reach) -> Vec<u8> {
    let mut runs: Vec<(u32, u32, u64)> = Vec::new();
    for (page, mask) in reach.pages() {
        match runs.last_mut() {
            Some((first, length, held)) if *held == mask && *first + *length == page => *length += 1,
            _ => runs.push((page, 1, mask)),
        }
    }
    let mut bytes = Vec::new();
    let mut next = 0;
    for (first, length, mask) in runs {
        varint(&mut bytes, first - next);
        // The lowest bit says whether a mask follows.
        varint(&mut bytes, length << 1 | u32::from(mask != FULL));
        if mask != FULL {
            bytes.extend_from_slice(&mask.to_le_bytes());
        }
        next = first + length;
    }
    bytes
}

/// The reach of bytes; `None` when they are none.
pub fn decode(bytes: &[u8]) -> Option<Reach> {
    let mut rest = bytes;
    let mut reach = Reach::new();
    let mut next: u32 = 0;
    while !rest.is_empty() {
        let first = next.checked_add(take_varint(&mut rest)?)?;
        let length = take_varint(&mut rest)?;
        let mask = if length & 1 == 0 {
            FULL
        } else {
            let (mask, after) = rest.split_first_chunk::<8>()?;
            rest = after;
            u64::from_le_bytes(*mask)
        };
        let length = length >> 1;
        if length == 0 || length > crate::keys::PAGES_PER_REACH || mask == 0 {
            return None;
        }
        next = first.checked_add(length)?;
        (first..next).for_each(|page| reach.add(page, mask));
    }
    Some(reach)
}

fn varint(bytes: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn take_varint(rest: &mut &[u8]) -> Option<u32> {
    let mut value: u32 = 0;
    for shift in (0..32).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        value |= u32::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
