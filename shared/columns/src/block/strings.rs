//! Dictionaries (sorted, front-coded) and codes into them.

use super::BlockError;
use super::numbers::{unpack, width_of};
use super::wire::{Budget, Reader, put_varint};
use crate::Dict;

/// Appends count, then for each string what it shares with the one before and how long the rest is, then all rests.
pub(crate) fn put_dict(out: &mut Vec<u8>, dict: &Dict) {
    put_varint(out, dict.len() as u64);
    let mut before = "";
    let mut rests = Vec::new();
    for string in dict.iter() {
        let shared = shared_prefix(before, string);
        let rest = string.as_bytes().get(shared..).unwrap_or_default();
        put_varint(out, shared as u64);
        put_varint(out, rest.len() as u64);
        rests.extend_from_slice(rest);
        before = string;
    }
    out.extend(rests);
}

/// Bytes that two strings begin with, cut back to a character boundary.
pub(crate) fn shared_prefix(left: &str, right: &str) -> usize {
    let mut shared = left.bytes().zip(right.bytes()).take_while(|(left, right)| left == right).count();
    while !right.is_char_boundary(shared) {
        shared -= 1;
    }
    shared
}

/// Reads a dictionary from a section of its own.
pub(crate) fn take_dict(section: &[u8], budget: &mut Budget) -> Result<Dict, BlockError> {
    let mut lengths = Reader::new(section);
    let count = lengths.length(section.len(), "a dictionary")?;
    let mut rests = lengths.clone();
    for _ in 0..count {
        rests.varint()?;
        rests.varint()?;
    }
    let mut strings = Vec::new();
    let mut before = String::new();
    let mut bytes = String::new();
    for _ in 0..count {
        let shared = lengths.length(before.len(), "a shared prefix")?;
        let length = lengths.length(section.len(), "a string")?;
        let rest = std::str::from_utf8(rests.take(length)?).map_err(|_| BlockError::Malformed("text is not UTF-8"))?;
        let kept = before.get(..shared).ok_or(BlockError::Malformed("a prefix ends within a character"))?;
        budget.take(kept.len() + rest.len() + size_of::<u32>(), 1)?;
        let start = bytes.len();
        bytes.push_str(kept);
        bytes.push_str(rest);
        let whole = bytes.get(start..).unwrap_or_default();
        if !strings.is_empty() && whole <= before.as_str() {
            return Err(BlockError::Malformed("a dictionary does not ascend"));
        }
        before.clear();
        before.push_str(whole);
        strings.push(u32::try_from(bytes.len()).map_err(|_| BlockError::TooLarge("a dictionary"))?);
    }
    if !rests.is_empty() {
        return Err(BlockError::Malformed("bytes after a dictionary"));
    }
    Ok(Dict::from_checked_parts(bytes, strings))
}

/// Appends codes as wide as the dictionary needs.
pub(crate) fn put_codes(out: &mut Vec<u8>, codes: impl Iterator<Item = u32>, dict: &Dict) {
    let width = code_width(dict);
    for code in codes {
        out.extend(code.to_le_bytes().into_iter().take(width));
    }
}

fn code_width(dict: &Dict) -> usize {
    match width_of(dict.len().saturating_sub(1) as u64) {
        3 => 4,
        width => width,
    }
}

/// Reads a whole section of `count` codes, each within the dictionary.
pub(crate) fn take_codes(
    section: &[u8],
    count: usize,
    dict: &Dict,
    budget: &mut Budget,
) -> Result<Vec<u32>, BlockError> {
    budget.take(count, size_of::<u32>())?;
    let mut codes = Vec::with_capacity(count);
    let mut highest = 0;
    let mut reader = Reader::new(section);
    unpack(&mut reader, code_width(dict), count, |code| {
        let code = u32::try_from(code).unwrap_or(u32::MAX);
        highest = highest.max(code);
        codes.push(code);
    })?;
    if !reader.is_empty() {
        return Err(BlockError::Malformed("bytes after the codes"));
    }
    if count > 0 && highest as usize >= dict.len() {
        return Err(BlockError::Malformed("a code outside its dictionary"));
    }
    Ok(codes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dictionary_survives_and_shares_prefixes() {
        let strings: Vec<String> = (0..300).map(|n| format!("arn:resource/é{n:05}")).collect();
        let dict = Dict::from_sorted(strings.iter().map(String::as_str)).unwrap();
        let mut bytes = Vec::new();
        put_dict(&mut bytes, &dict);
        assert!(bytes.len() < 300 * 5);
        assert_eq!(take_dict(&bytes, &mut Budget::default()), Ok(dict));
    }

    #[test]
    fn a_prefix_never_splits_a_character() {
        assert_eq!(shared_prefix("xé", "xè"), 1);
        assert_eq!(shared_prefix("xé", "xéa"), 3);
    }

    #[test]
    fn a_dictionary_that_multiplies_its_bytes_is_refused() {
        let mut bytes = Vec::new();
        let count = 40_000_u64;
        put_varint(&mut bytes, count + 1);
        let long = vec![b'a'; 20_000];
        put_varint(&mut bytes, 0);
        put_varint(&mut bytes, long.len() as u64);
        for shared in 0..count {
            put_varint(&mut bytes, long.len() as u64 + shared);
            put_varint(&mut bytes, 1);
        }
        bytes.extend(long);
        bytes.extend(vec![b'a'; 40_000]);
        assert_eq!(take_dict(&bytes, &mut Budget::default()), Err(BlockError::TooLarge("the decoded block")));
    }
}
