//! How many resources a directory has, and where in their numbers a page of them begins.

use serde::{Deserialize, Serialize};

/// How many numbers the living are counted by.
pub const STRETCH: u32 = 1_000;

/// The resources of one kind in a directory, as far as its own item knows them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Census {
    /// The last number that was handed out.
    #[serde(rename = "n", default)]
    last: u32,
    /// How many are there, by stretches of numbers.
    #[serde(rename = "c", default)]
    living: Vec<u32>,
}

impl Census {
    /// How many are there.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.living.iter().sum()
    }

    /// Whether a number was ever handed out.
    #[must_use]
    pub fn knows(&self, number: u32) -> bool {
        number <= self.last
    }

    /// Adds one. Answers its number.
    pub fn add(&mut self) -> u32 {
        self.last = self.last.saturating_add(1);
        let place = stretch(self.last);
        if self.living.len() <= place {
            self.living.resize(place + 1, 0);
        }
        if let Some(living) = self.living.get_mut(place) {
            *living += 1;
        }
        self.last
    }

    /// Takes one away.
    pub fn remove(&mut self, number: u32) {
        if let Some(living) = self.living.get_mut(stretch(number)) {
            *living = living.saturating_sub(1);
        }
    }

    /// Where to read from for the one that has `before` others before it: a number, and how many of those that come
    /// from there on are still to be passed over. `None` when there are not so many.
    #[must_use]
    pub fn seek(&self, before: u32) -> Option<(u32, u32)> {
        let mut left = before;
        for (place, living) in (0_u32..).zip(&self.living) {
            if left < *living {
                return Some((place * STRETCH + 1, left));
            }
            left -= living;
        }
        None
    }
}

fn stretch(number: u32) -> usize {
    usize::try_from(number.saturating_sub(1) / STRETCH).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_census_finds_the_place_of_every_page() {
        let mut census = Census::default();
        for number in 1..=3_500 {
            assert_eq!(census.add(), number);
        }
        (1..=3_500).filter(|number| number % 3 == 0).for_each(|number| census.remove(number));
        let living: Vec<u32> = (1..=3_500).filter(|number| number % 3 != 0).collect();
        assert_eq!(census.total() as usize, living.len());
        for (before, expected) in (0_u32..).zip(&living) {
            let (first, skipped) = census.seek(before).unwrap();
            let found = living.iter().filter(|number| **number >= first).nth(skipped as usize);
            assert_eq!((found, skipped < STRETCH), (Some(expected), true), "{before}");
        }
        assert_eq!(census.seek(census.total()), None);
        assert!(census.knows(3_500) && !census.knows(3_501));
    }
}
