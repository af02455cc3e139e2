//! Zone maps: what is known of a block without reading it.
//!
//! A map answers one question, "could a row of this block satisfy that?", and may only err towards yes. It keeps, for
//! each column, how many rows have no value and the bounds of the others; all values of a text column that has few;
//! and a small Bloom filter for columns of identifiers. Bounds and filters of text are over folded text (see
//! [`fold`]), so that they serve comparisons with and without regard to case.
//!
//! A column that a map does not list is unknown, not absent: changing columns are laid over blocks after the map was made.

mod bloom;
mod stored;

pub use bloom::Bloom;
pub use stored::{MAX_MAPS, MAX_ZONE_BYTES, decode_zones, encode_zones};

use crate::{Batch, Bits, Column, Data, Dict, fold};

/// Distinct strings that a map lists, at most.
pub const MAX_DISTINCT: usize = 16;
/// Bytes of the distinct strings that a map lists, at most.
pub const MAX_DISTINCT_BYTES: usize = 256;
/// Bytes of a text bound, at most.
pub const MAX_BOUND_BYTES: usize = 24;

/// What is known of one block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ZoneMap {
    /// Rows of the block.
    pub rows: usize,
    /// What is known of each column.
    pub columns: Vec<ColumnZone>,
}

/// What is known of one column of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnZone {
    /// Name of the column.
    pub name: String,
    /// Rows without a value.
    pub absent: usize,
    /// What is known of the values.
    pub zone: Zone,
}

/// What is known of the values of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Zone {
    /// There are values, and nothing is known of them.
    Unknown,
    /// No row has a value.
    Empty,
    /// Booleans.
    Bool {
        /// Some row is true.
        any_true: bool,
        /// Some row is false.
        any_false: bool,
    },
    /// Whole numbers, bounds included.
    Int {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// Fractions, bounds included; none of them is NaN.
    Float {
        /// The least.
        min: f64,
        /// The greatest.
        max: f64,
    },
    /// Instants in milliseconds since 1970, bounds included.
    Time {
        /// The earliest.
        min: i64,
        /// The latest.
        max: i64,
    },
    /// Strings.
    Text(Texts),
    /// Lists of strings.
    TextList {
        /// The elements of all lists.
        elements: Texts,
        /// Some row has an empty list.
        any_empty: bool,
    },
}

/// What is known of some strings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Texts {
    /// The beginning of the least folded string.
    pub min: String,
    /// The beginning of the greatest folded string: every folded string is below it or begins with it.
    pub max: String,
    /// All of the strings as they are, ascending, when they are few.
    pub distinct: Option<Vec<String>>,
    /// The folded strings, for columns of identifiers that have many.
    pub bloom: Option<Bloom>,
}

/// What a map should keep.
#[derive(Clone, Copy, Debug, Default)]
pub struct ZoneOptions<'a> {
    /// Columns of identifiers, which people look up by equality: these get a Bloom filter.
    pub blooms: &'a [&'a str],
    /// Columns that nobody filters: only their gaps are counted. A name that ends in `*` stands for all that begin so.
    pub skip: &'a [&'a str],
}

impl ZoneMap {
    /// The map of a batch.
    #[must_use]
    pub fn of(batch: &Batch, options: ZoneOptions<'_>) -> Self {
        let columns = batch.columns().iter().map(|column| ColumnZone::of(column, options)).collect();
        Self { rows: batch.rows(), columns }
    }

    /// What is known of a column; `None` means nothing.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&ColumnZone> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl ColumnZone {
    fn of(column: &Column, options: ZoneOptions<'_>) -> Self {
        let absent = column.absent();
        let skipped = options.skip.iter().any(|skip| match skip.strip_suffix('*') {
            Some(prefix) => column.name.starts_with(prefix),
            None => *skip == column.name,
        });
        let zone = if absent == column.rows() {
            Zone::Empty
        } else if skipped {
            Zone::Unknown
        } else {
            zone_of(column, options.blooms.contains(&column.name.as_str()))
        };
        Self { name: column.name.clone(), absent, zone }
    }
}

fn zone_of(column: &Column, bloom: bool) -> Zone {
    match &column.data {
        Data::Bool(bits) => {
            let present = column.present.clone().unwrap_or_else(|| Bits::ones(bits.len()));
            let (mut set, mut unset) = (bits.clone(), present.clone());
            set.and(&present);
            unset.and_not(bits);
            Zone::Bool { any_true: set.any(), any_false: unset.any() }
        }
        Data::Int(values) => whole(column, values).map_or(Zone::Unknown, |(min, max)| Zone::Int { min, max }),
        Data::Time(values) => whole(column, values).map_or(Zone::Unknown, |(min, max)| Zone::Time { min, max }),
        Data::Float(values) => {
            let mut bounds: Option<(f64, f64)> = None;
            for (_, value) in values.iter().enumerate().filter(|(row, _)| column.is_present(*row)) {
                if value.is_nan() {
                    return Zone::Unknown;
                }
                bounds = Some(bounds.map_or((*value, *value), |(min, max)| (min.min(*value), max.max(*value))));
            }
            bounds.map_or(Zone::Unknown, |(min, max)| Zone::Float { min, max })
        }
        Data::Text { dict, .. } => Zone::Text(Texts::of(dict, bloom)),
        Data::TextList { offsets, dict, .. } => {
            let mut lists = offsets.windows(2).enumerate();
            let any_empty = lists.any(|(row, pair)| pair.first() == pair.last() && column.is_present(row));
            Zone::TextList { elements: Texts::of(dict, bloom), any_empty }
        }
    }
}

fn whole(column: &Column, values: &[i64]) -> Option<(i64, i64)> {
    let mut values = values.iter().enumerate().filter(|(row, _)| column.is_present(*row)).map(|(_, value)| *value);
    let first = values.next()?;
    Some(values.fold((first, first), |(min, max), value| (min.min(value), max.max(value))))
}

impl Texts {
    /// What is known of the strings of a dictionary. (It may hold a string that no row has: that errs towards yes.)
    fn of(dict: &Dict, bloom: bool) -> Self {
        let few = dict.len() <= MAX_DISTINCT && dict.concatenated().len() <= MAX_DISTINCT_BYTES;
        let distinct = few.then(|| dict.iter().map(str::to_owned).collect());
        let bloom = if bloom && !few { Bloom::of(dict.iter()) } else { None };
        let mut bounds: Option<(String, String)> = None;
        for string in dict.iter() {
            let folded = fold(string);
            match &mut bounds {
                None => bounds = Some((folded.to_string(), folded.to_string())),
                Some((min, _)) if *folded < **min => *min = folded.into_owned(),
                Some((_, max)) if *folded > **max => *max = folded.into_owned(),
                Some(_) => {}
            }
        }
        let (min, max) = bounds.unwrap_or_default();
        Self { min: cut(min), max: cut(max), distinct, bloom }
    }

    /// Whether a string that folds to `folded` may be among them.
    #[must_use]
    pub fn may_hold(&self, folded: &str) -> bool {
        if let Some(distinct) = &self.distinct {
            return distinct.iter().any(|string| fold(string) == folded);
        }
        self.is_within(folded) && self.bloom.as_ref().is_none_or(|bloom| bloom.may_hold(folded))
    }

    /// Whether a string that begins with `folded`, after folding, may be among them.
    #[must_use]
    pub fn may_begin(&self, folded: &str) -> bool {
        if let Some(distinct) = &self.distinct {
            return distinct.iter().any(|string| fold(string).starts_with(folded));
        }
        // Strings that begin so stand between the prefix itself and all its continuations.
        let not_all_below = folded <= self.max.as_str() || folded.starts_with(&self.max);
        let not_all_above = self.min.as_str() <= folded || self.min.starts_with(folded);
        not_all_below && not_all_above
    }

    fn is_within(&self, folded: &str) -> bool {
        self.min.as_str() <= folded && (folded <= self.max.as_str() || folded.starts_with(&self.max))
    }
}

/// The beginning of a string, which is a lower bound of it.
fn cut(mut string: String) -> String {
    string.truncate(string.floor_char_boundary(MAX_BOUND_BYTES));
    string
}

#[cfg(test)]
mod tests;
