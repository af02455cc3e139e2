//! Builders: a column, row by row.

use crate::{Bits, Column, Data, DictBuilder};

/// Which rows had a value; forgets the bitmap when all had.
#[derive(Clone, Debug, Default)]
struct Presence {
    bits: Bits,
    absent: bool,
}

impl Presence {
    fn push(&mut self, present: bool) {
        self.bits.push(present);
        self.absent |= !present;
    }

    fn finish(self) -> Option<Bits> {
        self.absent.then_some(self.bits)
    }
}

macro_rules! plain_builder {
    ($(#[$doc:meta])* $name:ident, $value:ty, $empty:expr, $data:path, $held:ty) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default)]
        pub struct $name {
            values: $held,
            present: Presence,
        }

        impl $name {
            /// No rows yet.
            #[must_use]
            pub fn new() -> Self {
                Self::default()
            }

            /// Appends a row.
            pub fn push(&mut self, value: Option<$value>) {
                self.values.push(value.unwrap_or($empty));
                self.present.push(value.is_some());
            }

            /// The column.
            #[must_use]
            pub fn finish(self, name: impl Into<String>) -> Column {
                Column::new(name, $data(self.values), self.present.finish())
            }
        }
    };
}

plain_builder!(
    /// Builds a column of booleans.
    BoolBuilder, bool, false, Data::Bool, Bits
);
plain_builder!(
    /// Builds a column of whole numbers.
    IntBuilder, i64, 0, Data::Int, Vec<i64>
);
plain_builder!(
    /// Builds a column of floating-point numbers.
    FloatBuilder, f64, 0.0, Data::Float, Vec<f64>
);
plain_builder!(
    /// Builds a column of instants, in milliseconds since 1970.
    TimeBuilder, i64, 0, Data::Time, Vec<i64>
);

/// Builds a column of strings.
#[derive(Clone, Debug, Default)]
pub struct TextBuilder {
    codes: Vec<u32>,
    dict: DictBuilder,
    present: Presence,
}

impl TextBuilder {
    /// No rows yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a row.
    pub fn push(&mut self, value: Option<&str>) {
        self.codes.push(value.map_or(0, |string| self.dict.add(string)));
        self.present.push(value.is_some());
    }

    /// The column.
    #[must_use]
    pub fn finish(mut self, name: impl Into<String>) -> Column {
        let (dict, finals) = self.dict.finish();
        for (row, code) in self.codes.iter_mut().enumerate() {
            let present = self.present.bits.get(row);
            *code = if present { finals.get(*code as usize).copied().unwrap_or(0) } else { 0 };
        }
        Column::new(name, Data::Text { codes: self.codes, dict }, self.present.finish())
    }
}

/// Builds a column of lists of strings.
#[derive(Clone, Debug)]
pub struct ListBuilder {
    offsets: Vec<u32>,
    codes: Vec<u32>,
    dict: DictBuilder,
    present: Presence,
}

impl Default for ListBuilder {
    fn default() -> Self {
        Self { offsets: vec![0], codes: Vec::new(), dict: DictBuilder::default(), present: Presence::default() }
    }
}

impl ListBuilder {
    /// No rows yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a row. An empty list is a value; `None` is none.
    pub fn push<S: AsRef<str>>(&mut self, value: Option<impl IntoIterator<Item = S>>) {
        self.present.push(value.is_some());
        for string in value.into_iter().flatten() {
            self.codes.push(self.dict.add(string.as_ref()));
        }
        self.offsets.push(u32::try_from(self.codes.len()).unwrap_or(u32::MAX));
    }

    /// Appends a row without a value.
    pub fn push_absent(&mut self) {
        self.push::<&str>(None::<[&str; 0]>);
    }

    /// The column.
    #[must_use]
    pub fn finish(mut self, name: impl Into<String>) -> Column {
        let (dict, finals) = self.dict.finish();
        for code in &mut self.codes {
            *code = finals.get(*code as usize).copied().unwrap_or(0);
        }
        let data = Data::TextList { offsets: self.offsets, codes: self.codes, dict };
        Column::new(name, data, self.present.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cell;

    #[test]
    fn a_builder_keeps_values_and_gaps() {
        let mut text = TextBuilder::new();
        for value in [Some("b"), None, Some("a"), Some("b")] {
            text.push(value);
        }
        let column = text.finish("t");
        let cells: Vec<_> = (0..5).map(|row| column.text(row)).collect();
        assert_eq!(cells, [Some("b"), None, Some("a"), Some("b"), None]);
        assert_eq!(column.absent(), 1);
        assert!(column.is_sound());
    }

    #[test]
    fn an_empty_list_is_a_value() {
        let mut lists = ListBuilder::new();
        lists.push(Some(["x", "a", "x"]));
        lists.push(Some(Vec::<String>::new()));
        lists.push_absent();
        let column = lists.finish("l");
        assert_eq!(column.list(0).unwrap().iter().collect::<Vec<_>>(), ["x", "a", "x"]);
        assert!(matches!(column.cell(1), Some(Cell::List(list)) if list.is_empty()));
        assert_eq!(column.cell(2), None);
        assert!(column.is_sound());
    }

    #[test]
    fn a_full_column_has_no_bitmap() {
        let mut numbers = IntBuilder::new();
        numbers.push(Some(-4));
        assert_eq!(numbers.finish("n"), Column::new("n", Data::Int(vec![-4]), None));
    }

    #[test]
    fn a_column_without_any_value_is_sound() {
        let mut text = TextBuilder::new();
        text.push(None);
        let column = text.finish("t");
        assert!(column.is_sound());
        assert_eq!(column.text(0), None);
    }
}
