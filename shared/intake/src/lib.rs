//! Turns what data sources send into a [`Picture`] of who has access to what.
//!
//! Every format ends in the same type, complete and checked, or in a list of faults; nothing is taken in half. There is
//! no IO here: bytes come in, values go out.
//!
//! | format                    | module        | for                                                          |
//! | ------------------------- | ------------- | ------------------------------------------------------------ |
//! | `full`                    | [`full_json`] | our own JSON, everything there is to say                     |
//! | `csv`, `accounts.csv`, .. | [`csv`]       | tables, one file or several                                  |
//! | `pairs`                   | [`pairs`]     | lines of `user permission`                                   |
//! | `oaa_application`, ..     | [`oaa`]       | payloads of the Open Authorization API                       |
//! | none                      | [`scim`]      | directories that are kept resource by resource               |
//!
//! Ids in the full picture are taken as they are, because its author knows what else there is. Ids of all other formats
//! mean something only inside their source, so they are prefixed with the id of the data source and a colon.

mod attributes;
mod builder;
pub mod csv;
mod fields;
pub mod full_json;
pub mod limits;
mod names;
pub mod oaa;
pub mod pairs;
mod permissions;
mod report;
pub mod scim;
mod values;
mod walk;

use std::fmt;
use std::str::FromStr;

use domain::ids::DataSourceId;
use domain::inventory::Picture;

pub use crate::csv::{Held, Table};
pub use crate::oaa::Template;
pub use crate::report::{Fault, Faults, Warning};

/// The data source that an input belongs to.
#[derive(Debug, Clone, Copy)]
pub struct DataSource<'a> {
    /// Its id, the prefix of local ids.
    pub id: &'a DataSourceId,
    /// What people call it: the name of the picture when the input has none.
    pub name: &'a str,
}

/// An input that was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// What it says, normalised and valid.
    pub picture: Picture,
    /// What was left out or guessed.
    pub warnings: Vec<Warning>,
}

/// How an input is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// The full picture as JSON.
    #[default]
    Full,
    /// Several CSV files in a JSON envelope: `{"files": {"accounts.csv": "..."}}`.
    Csv,
    /// One CSV file.
    CsvFile(Table),
    /// One CSV file as clients push it: a comma separates the entries of a list too.
    CsvPush(Table),
    /// Lines of a user and a permission.
    Pairs,
    /// An OAA payload, without the envelope of the push call.
    Oaa(Template),
    /// A directory that is kept resource by resource: never read from bytes.
    Scim,
}

/// A format that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be one of `full`, `csv`, `pairs`, `oaa_application`, `oaa_identity_provider`, `oaa_hris`, `owners.csv`, \
     `accounts.csv`, `applications.csv`, `groups.csv`, `memberships.csv`, `entitlements.csv`"
)]
pub struct UnknownFormat;

impl FromStr for Format {
    type Err = UnknownFormat;

    /// Reads the query parameter `format`, in any letter case. Empty is [`Format::Full`].
    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        match text.trim().to_ascii_lowercase().as_str() {
            "" | "full" => Ok(Self::Full),
            "csv" => Ok(Self::Csv),
            "pairs" => Ok(Self::Pairs),
            "oaa_application" => Ok(Self::Oaa(Template::Application)),
            "oaa_identity_provider" => Ok(Self::Oaa(Template::IdentityProvider)),
            "oaa_hris" => Ok(Self::Oaa(Template::Hris)),
            name => Table::from_file_name(name).map(Self::CsvFile).ok_or(UnknownFormat),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "full",
            Self::Csv => "csv",
            Self::CsvFile(table) | Self::CsvPush(table) => table.file_name(),
            Self::Pairs => "pairs",
            Self::Scim => "scim",
            Self::Oaa(Template::Application) => "oaa_application",
            Self::Oaa(Template::IdentityProvider) => "oaa_identity_provider",
            Self::Oaa(Template::Hris) => "oaa_hris",
        })
    }
}

/// Reads an input that is all there is.
///
/// # Errors
///
/// Everything that is wrong with it, up to [`limits::MAX_FAULTS`] reasons one by one.
pub fn parse(format: Format, source: &DataSource<'_>, bytes: &[u8]) -> Result<Parsed, Faults> {
    parse_beside(format, source, bytes, &Held::default())
}

/// Reads an input that is told in part, beside what the data source holds: a table may name what is there already. All other
/// formats are read as [`parse`] reads them.
///
/// # Errors
///
/// As [`parse`].
pub fn parse_beside(format: Format, source: &DataSource<'_>, bytes: &[u8], held: &Held) -> Result<Parsed, Faults> {
    if bytes.len() > limits::MAX_INPUT {
        return Err(Faults::one("$", format_args!("longer than {} bytes", limits::MAX_INPUT)));
    }
    match format {
        Format::Full => full_json::parse(source, bytes),
        Format::Csv => csv::parse_set(source, bytes, held),
        Format::CsvFile(table) => csv::parse_file(source, table, bytes, held),
        Format::CsvPush(table) => csv::parse_push(source, table, bytes, held),
        Format::Pairs => pairs::parse(source, bytes),
        Format::Scim => Err(Faults::one("$", "a directory is kept resource by resource")),
        Format::Oaa(template) => oaa::parse(template, source, bytes),
    }
}

#[cfg(test)]
mod tests;
