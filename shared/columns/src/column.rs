//! One named, typed vector with a value, or none, for each row.

use crate::{Bits, Dict};

/// A column of a [`Batch`](crate::Batch).
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Name within its batch, for instance `source.name`.
    pub name: String,
    /// The values. A row without a value has an arbitrary one here (zero, an empty list).
    pub data: Data,
    /// Which rows have a value; `None` means all of them.
    pub present: Option<Bits>,
}

/// The values of a column, by type.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// Booleans, one bit a row.
    Bool(Bits),
    /// Whole numbers.
    Int(Vec<i64>),
    /// Floating-point numbers.
    Float(Vec<f64>),
    /// Instants in milliseconds since 1970-01-01T00:00:00Z.
    Time(Vec<i64>),
    /// Strings: a code into the dictionary for each row.
    Text {
        /// A code for each row; 0 where the row has no value.
        codes: Vec<u32>,
        /// The distinct strings.
        dict: Dict,
    },
    /// Lists of strings: row `i` holds the codes `offsets[i]..offsets[i + 1]`, in their original order.
    TextList {
        /// One more than there are rows, ascending from 0.
        offsets: Vec<u32>,
        /// The codes of all rows, one after another.
        codes: Vec<u32>,
        /// The distinct strings.
        dict: Dict,
    },
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DataType {
    /// [`Data::Bool`].
    Bool,
    /// [`Data::Int`].
    Int,
    /// [`Data::Float`].
    Float,
    /// [`Data::Time`].
    Time,
    /// [`Data::Text`].
    Text,
    /// [`Data::TextList`].
    TextList,
}

/// One value of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// An instant in milliseconds since 1970.
    Time(i64),
    /// A string.
    Text(&'a str),
    /// A list of strings.
    List(Elements<'a>),
}

/// The strings of one row of a list column.
#[derive(Clone, Copy, Debug)]
pub struct Elements<'a> {
    codes: &'a [u32],
    dict: &'a Dict,
}

impl<'a> Elements<'a> {
    /// The strings in their original order.
    pub fn iter(self) -> impl Iterator<Item = &'a str> {
        self.codes.iter().filter_map(move |code| self.dict.get(*code as usize))
    }

    /// Number of strings.
    #[must_use]
    pub fn len(self) -> usize {
        self.codes.len()
    }

    /// Whether the list is empty.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.codes.is_empty()
    }

    /// The string at a place of the list.
    #[must_use]
    pub fn get(self, index: usize) -> Option<&'a str> {
        self.dict.get(*self.codes.get(index)? as usize)
    }

    /// The codes in the column's dictionary.
    #[must_use]
    pub fn codes(self) -> &'a [u32] {
        self.codes
    }
}

impl PartialEq for Elements<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Data {
    /// The type.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        match self {
            Self::Bool(_) => DataType::Bool,
            Self::Int(_) => DataType::Int,
            Self::Float(_) => DataType::Float,
            Self::Time(_) => DataType::Time,
            Self::Text { .. } => DataType::Text,
            Self::TextList { .. } => DataType::TextList,
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        match self {
            Self::Bool(bits) => bits.len(),
            Self::Int(values) | Self::Time(values) => values.len(),
            Self::Float(values) => values.len(),
            Self::Text { codes, .. } => codes.len(),
            Self::TextList { offsets, .. } => offsets.len().saturating_sub(1),
        }
    }
}

impl Column {
    /// A column; whether its parts fit together is checked when it joins a batch.
    #[must_use]
    pub fn new(name: impl Into<String>, data: Data, present: Option<Bits>) -> Self {
        Self { name: name.into(), data, present }
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.data.rows()
    }

    /// Whether the row has a value (an empty list is one).
    #[must_use]
    #[inline]
    pub fn is_present(&self, row: usize) -> bool {
        self.present.as_ref().is_none_or(|bits| bits.get(row)) && row < self.rows()
    }

    /// Number of rows without a value.
    #[must_use]
    pub fn absent(&self) -> usize {
        self.present.as_ref().map_or(0, |bits| bits.len() - bits.count())
    }

    /// The value of a row; `None` when it has none or there is no such row.
    #[must_use]
    pub fn cell(&self, row: usize) -> Option<Cell<'_>> {
        if !self.is_present(row) {
            return None;
        }
        match &self.data {
            Data::Bool(bits) => Some(Cell::Bool(bits.get(row))),
            Data::Int(values) => values.get(row).copied().map(Cell::Int),
            Data::Float(values) => values.get(row).copied().map(Cell::Float),
            Data::Time(values) => values.get(row).copied().map(Cell::Time),
            Data::Text { codes, dict } => dict.get(*codes.get(row)? as usize).map(Cell::Text),
            Data::TextList { offsets, codes, dict } => {
                let (start, end) = (*offsets.get(row)? as usize, *offsets.get(row + 1)? as usize);
                Some(Cell::List(Elements { codes: codes.get(start..end)?, dict }))
            }
        }
    }

    /// The value of a row of a boolean column.
    #[must_use]
    pub fn bool(&self, row: usize) -> Option<bool> {
        match self.cell(row)? {
            Cell::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The value of a row of a column of whole numbers.
    #[must_use]
    pub fn int(&self, row: usize) -> Option<i64> {
        match self.cell(row)? {
            Cell::Int(value) => Some(value),
            _ => None,
        }
    }

    /// The value of a row of a column of instants, in milliseconds since 1970.
    #[must_use]
    pub fn time(&self, row: usize) -> Option<i64> {
        match self.cell(row)? {
            Cell::Time(value) => Some(value),
            _ => None,
        }
    }

    /// The value of a row of a text column.
    #[must_use]
    pub fn text(&self, row: usize) -> Option<&str> {
        match self.cell(row)? {
            Cell::Text(value) => Some(value),
            _ => None,
        }
    }

    /// The value of a row of a list column.
    #[must_use]
    pub fn list(&self, row: usize) -> Option<Elements<'_>> {
        match self.cell(row)? {
            Cell::List(value) => Some(value),
            _ => None,
        }
    }

    /// Whether the parts fit together: equal lengths, codes within the dictionary, offsets that ascend.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let rows = self.rows();
        let fits = |codes: &[u32], dict: &Dict| match codes.iter().max() {
            Some(&highest) => (highest as usize) < dict.len(),
            None => true,
        };
        let data = match &self.data {
            Data::Bool(_) | Data::Int(_) | Data::Float(_) | Data::Time(_) => true,
            // A column without any value has no strings, and code 0 everywhere.
            Data::Text { codes, dict } if dict.is_empty() => {
                codes.iter().all(|code| *code == 0) && self.absent() == rows
            }
            Data::Text { codes, dict } => fits(codes, dict),
            Data::TextList { offsets, codes, dict } => {
                offsets.first() == Some(&0)
                    && offsets.is_sorted()
                    && offsets.last().is_some_and(|last| *last as usize == codes.len())
                    && fits(codes, dict)
            }
        };
        data && self.present.as_ref().is_none_or(|bits| bits.len() == rows)
    }
}
