//! Names of things that happen again, with placeholders for when.

use jiff::civil::DateTime;

/// The name of each time, with placeholders in braces: `{name}` (what it is made like), `{year}`, `{quarter}`, `{month}`,
/// `{month_name}`, `{week}` (ISO 8601), `{day}`, `{date}` (2026-09-01) and `{number}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameTemplate(String);

/// A text that is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// Not a placeholder.
    #[error("has the unknown placeholder `{{{0}}}`: there are {known}", known = PLACEHOLDERS.join(", "))]
    Unknown(String),
    /// A brace without its other half.
    #[error("has a brace without its other half")]
    Unbalanced,
}

/// The names of the placeholders.
pub const PLACEHOLDERS: [&str; 9] = ["name", "year", "quarter", "month", "month_name", "week", "day", "date", "number"];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Text as it stands, or a placeholder.
enum Part<'a> {
    Text(&'a str),
    Placeholder(&'a str),
}

impl Default for NameTemplate {
    /// The name of what it is made like, and the day.
    fn default() -> Self {
        Self("{name} {date}".to_owned())
    }
}

impl NameTemplate {
    /// Reads a template.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        for part in parts(text) {
            if let Part::Placeholder(name) = part?
                && !PLACEHOLDERS.contains(&name)
            {
                return Err(InvalidName::Unknown(name.to_owned()));
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// The text that was read.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name for the `number`th time, which is at `when` on the clocks of its time zone, of something made like `name`.
    #[must_use]
    pub fn render(&self, name: &str, when: DateTime, number: u32) -> String {
        let value = |placeholder: &str| match placeholder {
            "name" => name.to_owned(),
            "year" => when.year().to_string(),
            "quarter" => ((when.month() + 2) / 3).to_string(),
            "month" => format!("{:02}", when.month()),
            "month_name" => {
                let place = usize::try_from(when.month() - 1).unwrap_or_default();
                MONTHS.get(place).copied().unwrap_or_default().to_owned()
            }
            "week" => format!("{:02}", when.date().iso_week_date().week()),
            "day" => format!("{:02}", when.day()),
            "date" => when.date().to_string(),
            "number" => number.to_string(),
            _ => String::new(),
        };
        let parts = parts(&self.0).filter_map(Result::ok);
        parts
            .map(|part| match part {
                Part::Text(text) => text.to_owned(),
                Part::Placeholder(placeholder) => value(placeholder),
            })
            .collect()
    }
}

/// The parts of a text.
fn parts(text: &str) -> impl Iterator<Item = Result<Part<'_>, InvalidName>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let found = match rest.find(['{', '}']) {
            None => Ok((Part::Text(rest), "")),
            Some(0) => match rest.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
                Some((name, after)) => Ok((Part::Placeholder(name), after)),
                None => Err(InvalidName::Unbalanced),
            },
            Some(brace) => {
                let (before, after) = rest.split_at(brace);
                Ok((Part::Text(before), after))
            }
        };
        match found {
            Ok((part, after)) => {
                rest = after;
                Some(Ok(part))
            }
            Err(error) => {
                rest = "";
                Some(Err(error))
            }
        }
    })
}
