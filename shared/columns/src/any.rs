//! A column whose type shows only when all its rows are known.

use std::fmt::Write as _;

use crate::{BoolBuilder, Column, FloatBuilder, IntBuilder, ListBuilder, TextBuilder, TimeBuilder};

/// A value of any type.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// An instant in milliseconds since 1970.
    Time(i64),
    /// A string.
    Text(String),
    /// A list of strings.
    List(Vec<String>),
}

impl Value {
    /// The value as text: numbers in decimal, instants as RFC 3339 in UTC, lists joined by a comma and a space.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Bool(value) => value.to_string(),
            Self::Int(value) => value.to_string(),
            Self::Float(value) => value.to_string(),
            Self::Time(value) => format_millis(*value),
            Self::Text(value) => value.clone(),
            Self::List(values) => values.join(", "),
        }
    }
}

/// Builds a column from values of any type.
///
/// The column takes the one type that all values share. Whole numbers beside fractions become fractions; a list beside
/// single values makes every value a list; anything else mixed becomes text, which compares with booleans, numbers and
/// instants as they would themselves.
#[derive(Clone, Debug, Default)]
pub struct AnyBuilder {
    values: Vec<Option<Value>>,
}

impl AnyBuilder {
    /// No rows yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a row.
    pub fn push(&mut self, value: Option<Value>) {
        self.values.push(value);
    }

    /// Appends rows without a value until there are `rows`.
    pub fn pad(&mut self, rows: usize) {
        if self.values.len() < rows {
            self.values.resize(rows, None);
        }
    }

    /// Number of rows so far.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.values.len()
    }

    /// The column. Without any value it is a text column.
    #[must_use]
    pub fn finish(self, name: impl Into<String>) -> Column {
        let (mut bools, mut ints, mut floats, mut times, mut texts, mut lists) = (0, 0, 0, 0, 0, 0);
        for value in self.values.iter().flatten() {
            match value {
                Value::Bool(_) => bools += 1,
                Value::Int(_) => ints += 1,
                Value::Float(_) => floats += 1,
                Value::Time(_) => times += 1,
                Value::Text(_) => texts += 1,
                Value::List(_) => lists += 1,
            }
        }
        let all = bools + ints + floats + times + texts + lists;
        match all {
            0 => self.texts(name.into()),
            _ if lists > 0 => self.lists(name.into()),
            _ if bools == all => self.bools(name.into()),
            _ if ints == all => self.ints(name.into()),
            _ if times == all => self.times(name.into()),
            _ if ints + floats == all => self.floats(name.into()),
            _ => self.texts(name.into()),
        }
    }

    fn bools(self, name: String) -> Column {
        let mut builder = BoolBuilder::new();
        for value in self.values {
            builder.push(if let Some(Value::Bool(value)) = value { Some(value) } else { None });
        }
        builder.finish(name)
    }

    fn ints(self, name: String) -> Column {
        let mut builder = IntBuilder::new();
        for value in self.values {
            builder.push(if let Some(Value::Int(value)) = value { Some(value) } else { None });
        }
        builder.finish(name)
    }

    fn times(self, name: String) -> Column {
        let mut builder = TimeBuilder::new();
        for value in self.values {
            builder.push(if let Some(Value::Time(value)) = value { Some(value) } else { None });
        }
        builder.finish(name)
    }

    #[expect(clippy::cast_precision_loss, reason = "beside fractions a whole number is one; beyond 2^53 it rounds")]
    fn floats(self, name: String) -> Column {
        let mut builder = FloatBuilder::new();
        for value in self.values {
            builder.push(match value {
                Some(Value::Float(value)) => Some(value),
                Some(Value::Int(value)) => Some(value as f64),
                _ => None,
            });
        }
        builder.finish(name)
    }

    fn texts(self, name: String) -> Column {
        let mut builder = TextBuilder::new();
        for value in self.values {
            builder.push(value.map(|value| value.to_text()).as_deref());
        }
        builder.finish(name)
    }

    fn lists(self, name: String) -> Column {
        let mut builder = ListBuilder::new();
        for value in self.values {
            match value {
                None => builder.push_absent(),
                Some(Value::List(values)) => builder.push(Some(values)),
                Some(single) => builder.push(Some([single.to_text()])),
            }
        }
        builder.finish(name)
    }
}

/// An instant as RFC 3339 in UTC, with milliseconds only when there are some: `2026-09-01T06:00:00Z`.
///
/// Stands here so that this crate needs no calendar library for the one place that prints an instant.
#[must_use]
pub fn format_millis(millis: i64) -> String {
    const DAY: i64 = 86_400_000;
    let (days, within) = (millis.div_euclid(DAY), millis.rem_euclid(DAY));
    // Days to year, month and day by eras of 400 years that begin on 1 March.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (seconds, fraction) = (within / 1_000, within % 1_000);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let mut text = String::with_capacity(24);
    // Writing to a string cannot fail.
    let _ = write!(text, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if fraction != 0 {
        let _ = write!(text, ".{fraction:03}");
    }
    text.push('Z');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cell, DataType};

    #[track_caller]
    fn check(values: &[Option<Value>], expected: DataType) -> Column {
        let mut builder = AnyBuilder::new();
        values.iter().for_each(|value| builder.push(value.clone()));
        let column = builder.finish("a");
        assert_eq!(column.data.data_type(), expected);
        assert!(column.is_sound());
        column
    }

    #[test]
    fn the_type_is_the_one_all_values_share() {
        check(&[None, None], DataType::Text);
        check(&[Some(Value::Bool(true)), None], DataType::Bool);
        check(&[Some(Value::Int(1))], DataType::Int);
        check(&[Some(Value::Time(1))], DataType::Time);
        let mixed = check(&[Some(Value::Int(1)), Some(Value::Float(0.5))], DataType::Float);
        assert_eq!(mixed.cell(0), Some(Cell::Float(1.0)));
        let text = check(&[Some(Value::Bool(true)), Some(Value::Text("no".to_owned()))], DataType::Text);
        assert_eq!(text.text(0), Some("true"));
        let list = check(&[Some(Value::Int(7)), Some(Value::List(vec![])), None], DataType::TextList);
        assert_eq!(list.list(0).unwrap().iter().collect::<Vec<_>>(), ["7"]);
        assert_eq!(list.cell(2), None);
    }

    #[test]
    fn instants_print_as_rfc_3339() {
        assert_eq!(format_millis(0), "1970-01-01T00:00:00Z");
        assert_eq!(format_millis(951_782_400_000), "2000-02-29T00:00:00Z");
        assert_eq!(format_millis(1_788_242_400_123), "2026-09-01T06:00:00.123Z");
        assert_eq!(format_millis(-1), "1969-12-31T23:59:59.999Z");
        assert_eq!(format_millis(-62_167_219_200_000), "0000-01-01T00:00:00Z");
    }
}
