//! The forms an enum takes on the wire. Input may be the name, the name without its family prefix, any letter case,
//! the number, or the number as text; output is one name, which each encoder picks.
//!
//! The code 0 (`UNKNOWN`) means "not given": it reads as absent, so that a required field with it is missing.

use serde_json::Value;

use crate::decode::Object;

/// One value of an enum: its number, its name without the family's prefix, and what it means.
#[derive(Debug, Clone, Copy)]
pub struct Form<T: 'static> {
    /// The number, stable for ever.
    pub code: i64,
    /// The name without the family's prefix, in capitals.
    pub name: &'static str,
    /// Its meaning.
    pub value: T,
}

/// An enum as it is written in requests.
#[derive(Debug, Clone, Copy)]
pub struct Family<T: 'static> {
    /// What names may begin with, for example `RESULT_DECISION_`; empty when there is none.
    pub prefix: &'static str,
    /// The names of code 0, besides `UNKNOWN`.
    pub unknown: &'static [&'static str],
    /// All values but code 0.
    pub forms: &'static [Form<T>],
}

/// What a value of the wire says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given<T> {
    /// Code 0: as if it was not given.
    Unknown,
    /// A value.
    Is(T),
    /// Nothing of this enum.
    Foreign,
}

impl<T: Copy + PartialEq> Family<T> {
    /// Reads any of the forms.
    #[must_use]
    pub fn read(&self, value: &Value) -> Given<T> {
        match value {
            Value::Number(number) => number.as_i64().map_or(Given::Foreign, |code| self.by_code(code)),
            Value::String(text) => self.by_text(text.trim()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => Given::Foreign,
        }
    }

    /// The name of a value, without the prefix; empty only for a value that is not in the table.
    #[must_use]
    pub fn name(&self, value: T) -> &'static str {
        self.forms.iter().find(|form| form.value == value).map_or("", |form| form.name)
    }

    /// The name of a value, with the prefix.
    #[must_use]
    pub fn prefixed(&self, value: T) -> String {
        format!("{}{}", self.prefix, self.name(value))
    }

    fn by_code(&self, code: i64) -> Given<T> {
        if code == 0 {
            return Given::Unknown;
        }
        self.forms.iter().find(|form| form.code == code).map_or(Given::Foreign, |form| Given::Is(form.value))
    }

    fn by_text(&self, text: &str) -> Given<T> {
        if let Ok(code) = text.parse() {
            return self.by_code(code);
        }
        let upper = text.to_ascii_uppercase();
        let bare = upper.strip_prefix(self.prefix).unwrap_or(&upper);
        if bare == "UNKNOWN" || self.unknown.contains(&bare) {
            return Given::Unknown;
        }
        self.forms.iter().find(|form| form.name == bare).map_or(Given::Foreign, |form| Given::Is(form.value))
    }

    /// Reads a field; anything that is not of this enum is a fault that lists the names.
    pub fn field(&self, object: &Object<'_>, name: &str) -> Option<T> {
        match self.read(object.raw(name)?) {
            Given::Unknown => None,
            Given::Is(value) => Some(value),
            Given::Foreign => {
                let names: Vec<_> = self.forms.iter().map(|form| form.name).collect();
                object.fault(name, format!("must be one of {}", names.join(", ")));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const COLOURS: Family<char> = Family {
        prefix: "COLOUR_",
        unknown: &["UNKNOWN_COLOUR"],
        forms: &[Form { code: 1, name: "RED", value: 'r' }, Form { code: 2, name: "BLUE", value: 'b' }],
    };

    #[test]
    fn every_form_of_a_value_is_read() {
        for form in
            [json!("RED"), json!("COLOUR_RED"), json!("colour_red"), json!("Red"), json!(1), json!("1"), json!(" red ")]
        {
            assert_eq!(COLOURS.read(&form), Given::Is('r'), "{form}");
        }
    }

    #[test]
    fn code_zero_counts_as_not_given() {
        for form in [json!("UNKNOWN"), json!("colour_unknown"), json!(0), json!("0"), json!("UNKNOWN_COLOUR")] {
            assert_eq!(COLOURS.read(&form), Given::Unknown, "{form}");
        }
    }

    #[test]
    fn anything_else_is_foreign() {
        for form in
            [json!("GREEN"), json!(3), json!(-1), json!(1.5), json!(true), json!([1]), json!(""), json!("COLOUR_")]
        {
            assert_eq!(COLOURS.read(&form), Given::Foreign, "{form}");
        }
    }

    #[test]
    fn names_are_written_with_and_without_prefix() {
        assert_eq!((COLOURS.name('b'), COLOURS.prefixed('b').as_str()), ("BLUE", "COLOUR_BLUE"));
    }
}
