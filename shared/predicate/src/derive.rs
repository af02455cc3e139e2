//! Columns that follow from others.

use columns::{Column, Data};

const DAY: i64 = 86_400_000;

/// Whole days from each instant of a column to `as_of` (milliseconds since 1970): what `login_age_days` is to
/// `last_login_at`. Missing where the instant is; negative for instants to come.
///
/// `None` when the column does not hold instants.
#[must_use]
pub fn age_in_days(instants: &Column, as_of: i64, name: &str) -> Option<Column> {
    let Data::Time(values) = &instants.data else { return None };
    let ages = values.iter().map(|value| as_of.saturating_sub(*value).div_euclid(DAY)).collect();
    Some(Column::new(name, Data::Int(ages), instants.present.clone()))
}
