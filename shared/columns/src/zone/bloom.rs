//! A small Bloom filter over folded strings.

use crate::fold;

/// Bytes of a filter, at most: 128 blocks with five filters each stay within one stored item.
const MAX_BYTES: usize = 256;
const MIN_BYTES: usize = 16;
/// Strings beyond which the largest filter would say yes too often to be worth its place.
const MAX_STRINGS: usize = 1_024;
/// Bits set for each string.
const PROBES: u32 = 3;

/// Says of a string that it is surely not, or may be, among those that were put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bloom {
    bytes: Vec<u8>,
}

impl Bloom {
    /// A filter of about eight bits a string; `None` when they are too many.
    #[must_use]
    pub fn of<'a>(strings: impl ExactSizeIterator<Item = &'a str>) -> Option<Self> {
        if strings.len() > MAX_STRINGS {
            return None;
        }
        let bytes = strings.len().next_power_of_two().clamp(MIN_BYTES, MAX_BYTES);
        let mut bloom = Self { bytes: vec![0; bytes] };
        for string in strings {
            for bit in bloom.places(&fold(string)) {
                if let Some(byte) = bloom.bytes.get_mut(bit / 8) {
                    *byte |= 1 << (bit % 8);
                }
            }
        }
        Some(bloom)
    }

    /// A filter from its stored bytes; `None` unless their number is one that [`Bloom::of`] gives.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let fits = bytes.len().is_power_of_two() && (MIN_BYTES..=MAX_BYTES).contains(&bytes.len());
        fits.then(|| Self { bytes: bytes.to_vec() })
    }

    /// The bytes to store.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether a string that folds to `folded` may have been put in.
    #[must_use]
    pub fn may_hold(&self, folded: &str) -> bool {
        self.places(folded)
            .into_iter()
            .all(|bit| self.bytes.get(bit / 8).is_some_and(|byte| byte >> (bit % 8) & 1 == 1))
    }

    /// The bits of a string: consecutive slices of one stable hash, 21 bits each, of which 256 bytes need 11.
    fn places(&self, folded: &str) -> [usize; PROBES as usize] {
        let mask = self.bytes.len() * 8 - 1;
        let hash = stable_hash(folded.as_bytes());
        [0, 1, 2].map(|probe| usize::try_from(hash >> (probe * 21) & 0x1f_ffff).unwrap_or(0) & mask)
    }
}

/// FNV-1a with a final mix. Its values are stored: it must never change.
fn stable_hash(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in bytes {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_is_found_in_any_case() {
        let strings: Vec<String> = (0..500).map(|n| format!("User-{n}@Example")).collect();
        let bloom = Bloom::of(strings.iter().map(String::as_str)).unwrap();
        assert!(strings.iter().all(|string| bloom.may_hold(&fold(string))));
        let wrong = (0..10_000).filter(|n| bloom.may_hold(&format!("other-{n}@example"))).count();
        assert!(wrong < 2_000, "{wrong} of 10000");
        assert_eq!(Bloom::from_bytes(bloom.bytes()), Some(bloom));
    }

    #[test]
    fn the_hash_never_changes() {
        let places = Bloom { bytes: vec![0; 256] }.places("source.id");
        assert_eq!(places, [867, 1798, 1899]);
    }

    #[test]
    fn stored_bytes_of_another_length_are_refused() {
        assert_eq!(Bloom::from_bytes(&[0; 17]), None);
        assert_eq!(Bloom::from_bytes(&[0; 512]), None);
        assert_eq!(Bloom::from_bytes(&[]), None);
    }
}
