//! The distinct strings of a text column.

use std::collections::HashMap;
use std::ops::Range;

/// Distinct strings, numbered in ascending byte order: comparing two codes compares their strings.
///
/// INVARIANT: `ends` ascends, lies on character boundaries of `bytes`, and the strings ascend strictly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dict {
    bytes: String,
    ends: Vec<u32>,
}

impl Dict {
    /// A dictionary from strings that ascend strictly; `None` when they do not, or pass 4 GB together.
    #[must_use]
    pub fn from_sorted<'a>(strings: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut dict = Self::default();
        for string in strings {
            if !dict.is_empty() && dict.get(dict.len() - 1)? >= string {
                return None;
            }
            dict.bytes.push_str(string);
            dict.ends.push(u32::try_from(dict.bytes.len()).ok()?);
        }
        Some(dict)
    }

    /// Parts that already hold what the type promises.
    pub(crate) fn from_checked_parts(bytes: String, ends: Vec<u32>) -> Self {
        Self { bytes, ends }
    }

    /// Number of distinct strings.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no string.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The string of a code.
    #[must_use]
    #[inline]
    pub fn get(&self, code: usize) -> Option<&str> {
        self.bytes.get(self.span(code)?)
    }

    /// As [`Dict::get`], without looking where characters begin: their bytes order as strings do.
    #[inline]
    fn bytes_of(&self, code: usize) -> Option<&[u8]> {
        self.bytes.as_bytes().get(self.span(code)?)
    }

    #[inline]
    fn span(&self, code: usize) -> Option<Range<usize>> {
        let end = *self.ends.get(code)? as usize;
        let start = match code {
            0 => 0,
            _ => *self.ends.get(code - 1)? as usize,
        };
        Some(start..end)
    }

    /// The code of a string, when it is there.
    #[must_use]
    pub fn find(&self, string: &str) -> Option<usize> {
        let code = self.position(string);
        (self.bytes_of(code) == Some(string.as_bytes())).then_some(code)
    }

    /// The number of strings below `string`: where it stands or would stand.
    #[must_use]
    pub fn position(&self, string: &str) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.bytes_of(middle).is_some_and(|held| held < string.as_bytes()) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// All strings in the order of their codes.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let string = self.bytes.get(start..end as usize).unwrap_or_default();
            start = end as usize;
            string
        })
    }

    /// The bytes of all strings in the order of their codes: cheaper than strings where characters do not matter.
    pub fn iter_bytes(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let bytes = self.bytes.as_bytes().get(start..end as usize).unwrap_or_default();
            start = end as usize;
            bytes
        })
    }

    /// All strings without anything between them.
    #[must_use]
    pub fn concatenated(&self) -> &str {
        &self.bytes
    }

    /// Where each string ends in [`Dict::concatenated`].
    #[must_use]
    pub fn ends(&self) -> &[u32] {
        &self.ends
    }
}

/// Collects strings, then numbers them.
#[derive(Clone, Debug, Default)]
pub struct DictBuilder {
    codes: HashMap<Box<str>, u32>,
}

impl DictBuilder {
    /// A provisional code, the same for equal strings. [`DictBuilder::finish`] tells the final ones.
    pub fn add(&mut self, string: &str) -> u32 {
        if let Some(code) = self.codes.get(string) {
            return *code;
        }
        let code = u32::try_from(self.codes.len()).unwrap_or(u32::MAX);
        self.codes.insert(string.into(), code);
        code
    }

    /// The dictionary, and the final code of each provisional one.
    #[must_use]
    pub fn finish(self) -> (Dict, Vec<u32>) {
        let mut strings: Vec<(Box<str>, u32)> = self.codes.into_iter().collect();
        strings.sort_unstable();
        let mut finals = vec![0; strings.len()];
        let mut dict = Dict::default();
        for (code, (string, provisional)) in (0..).zip(&strings) {
            dict.bytes.push_str(string);
            dict.ends.push(u32::try_from(dict.bytes.len()).unwrap_or(u32::MAX));
            if let Some(slot) = finals.get_mut(*provisional as usize) {
                *slot = code;
            }
        }
        (dict, finals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_order_as_their_strings_do() {
        let mut builder = DictBuilder::default();
        let provisional: Vec<u32> = ["pear", "apple", "", "pear", "fig"].iter().map(|s| builder.add(s)).collect();
        let (dict, finals) = builder.finish();
        let codes: Vec<u32> = provisional.iter().map(|p| finals[*p as usize]).collect();
        assert_eq!(dict.iter().collect::<Vec<_>>(), ["", "apple", "fig", "pear"]);
        assert_eq!(codes, [3, 1, 0, 3, 2]);
        assert!(dict.iter_bytes().eq(dict.iter().map(str::as_bytes)));
        assert_eq!(dict.find("fig"), Some(2));
        assert_eq!(dict.find("figs"), None);
        assert_eq!(dict.position("figs"), 3);
        assert_eq!(dict.get(4), None);
    }

    #[test]
    fn a_dictionary_that_does_not_ascend_is_refused() {
        assert_eq!(Dict::from_sorted(["b", "a"]), None);
        assert_eq!(Dict::from_sorted(["a", "a"]), None);
        assert_eq!(Dict::from_sorted(["a", "b"]).map(|dict| dict.len()), Some(2));
    }
}
