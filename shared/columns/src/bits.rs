//! A bitmap over rows, 64 rows a word.

/// A fixed number of bits, one per row.
///
/// INVARIANT: `words.len() == len.div_ceil(64)` and every bit past `len` is zero, so that counting and comparing need no mask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    /// `len` bits, none set.
    #[must_use]
    pub fn zeros(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(64)], len }
    }

    /// `len` bits, all set.
    #[must_use]
    pub fn ones(len: usize) -> Self {
        let mut bits = Self { words: vec![u64::MAX; len.div_ceil(64)], len };
        bits.clear_tail();
        bits
    }

    /// The first `len` bits of `words`; missing words count as zero, surplus bits are dropped.
    #[must_use]
    pub fn from_words(mut words: Vec<u64>, len: usize) -> Self {
        words.resize(len.div_ceil(64), 0);
        let mut bits = Self { words, len };
        bits.clear_tail();
        bits
    }

    /// Makes this `len` bits, all set or none, keeping the allocation.
    pub fn reset(&mut self, len: usize, value: bool) {
        self.words.clear();
        self.words.resize(len.div_ceil(64), if value { u64::MAX } else { 0 });
        self.len = len;
        self.clear_tail();
    }

    /// Takes the bits of `other`, keeping the allocation.
    pub fn copy_from(&mut self, other: &Self) {
        self.words.clone_from(&other.words);
        self.len = other.len;
    }

    /// Number of bits.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no bits at all (not: none set).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bit of `row`; false past the end.
    #[must_use]
    #[inline]
    pub fn get(&self, row: usize) -> bool {
        self.words.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// Sets the bit of `row`; past the end nothing happens.
    #[inline]
    pub fn set(&mut self, row: usize, value: bool) {
        if row >= self.len {
            return;
        }
        if let Some(word) = self.words.get_mut(row / 64) {
            let bit = 1 << (row % 64);
            *word = if value { *word | bit } else { *word & !bit };
        }
    }

    /// Appends one bit.
    pub fn push(&mut self, value: bool) {
        if self.len.is_multiple_of(64) {
            self.words.push(0);
        }
        self.len += 1;
        if value {
            self.set(self.len - 1, true);
        }
    }

    /// Number of bits set.
    #[must_use]
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether any bit is set.
    #[must_use]
    pub fn any(&self) -> bool {
        self.words.iter().any(|word| *word != 0)
    }

    /// Whether every bit is set (also when there are none).
    #[must_use]
    pub fn all(&self) -> bool {
        self.count() == self.len
    }

    /// The words, least significant bit first; bits past the end are zero.
    #[must_use]
    #[inline]
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// Changes the words in place; bits past the end are cleared afterwards.
    pub fn update(&mut self, change: impl FnOnce(&mut [u64])) {
        change(&mut self.words);
        self.clear_tail();
    }

    /// Keeps the bits that `other` has too; a shorter `other` counts as zero past its end.
    pub fn and(&mut self, other: &Self) {
        let mut theirs = other.words.iter();
        for word in &mut self.words {
            *word &= theirs.next().copied().unwrap_or(0);
        }
    }

    /// Adds the bits of `other`, as far as this one is long.
    pub fn or(&mut self, other: &Self) {
        for (word, theirs) in self.words.iter_mut().zip(&other.words) {
            *word |= theirs;
        }
        self.clear_tail();
    }

    /// Removes the bits of `other`.
    pub fn and_not(&mut self, other: &Self) {
        for (word, theirs) in self.words.iter_mut().zip(&other.words) {
            *word &= !theirs;
        }
    }

    /// Turns every bit round.
    pub fn negate(&mut self) {
        for word in &mut self.words {
            *word = !*word;
        }
        self.clear_tail();
    }

    /// The numbers of the bits set, ascending.
    #[must_use]
    pub fn ones_iter(&self) -> Ones<'_> {
        Ones { words: self.words.iter(), word: 0, next_base: 0 }
    }

    fn clear_tail(&mut self) {
        let used = self.len % 64;
        if used != 0
            && let Some(last) = self.words.last_mut()
        {
            *last &= (1 << used) - 1;
        }
    }
}

impl FromIterator<bool> for Bits {
    fn from_iter<I: IntoIterator<Item = bool>>(values: I) -> Self {
        let mut bits = Self::default();
        for value in values {
            bits.push(value);
        }
        bits
    }
}

/// Iterator over the numbers of the bits set. See [`Bits::ones_iter`].
#[derive(Clone, Debug)]
pub struct Ones<'a> {
    words: std::slice::Iter<'a, u64>,
    word: u64,
    next_base: usize,
}

impl Iterator for Ones<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.word == 0 {
            self.word = *self.words.next()?;
            self.next_base += 64;
        }
        let bit = self.word.trailing_zeros() as usize;
        self.word &= self.word - 1;
        Some(self.next_base - 64 + bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_past_the_end_stay_zero() {
        let mut bits = Bits::ones(70);
        assert_eq!(bits.count(), 70);
        bits.negate();
        assert!(!bits.any());
        bits.negate();
        assert!(bits.all());
        bits.update(|words| words.fill(u64::MAX));
        assert_eq!(bits, Bits::ones(70));
        bits.set(70, true);
        assert_eq!(bits.count(), 70);
        assert!(!bits.get(70));
    }

    #[test]
    fn pushing_and_listing_agree() {
        let rows: Vec<usize> = vec![0, 1, 63, 64, 65, 127, 128, 200];
        let bits: Bits = (0..=200).map(|row| rows.contains(&row)).collect();
        assert_eq!(bits.len(), 201);
        assert_eq!(bits.ones_iter().collect::<Vec<_>>(), rows);
        assert_eq!(Bits::from_words(bits.words().to_vec(), 201), bits);
    }

    #[test]
    fn set_operations_are_those_of_sets() {
        let odd: Bits = (0..100).map(|row| row % 2 == 1).collect();
        let third: Bits = (0..100).map(|row| row % 3 == 0).collect();
        let mut both = odd.clone();
        both.and(&third);
        assert_eq!(both.ones_iter().collect::<Vec<_>>(), (0..100).filter(|row| row % 6 == 3).collect::<Vec<_>>());
        let mut only_odd = odd.clone();
        only_odd.and_not(&third);
        let mut either = odd.clone();
        either.or(&third);
        assert_eq!(either.count(), only_odd.count() + third.count());
    }
}
