//! What a delivery means for what it does not name, and how much it may take away.

use intake::Format;
use serde::{Deserialize, Serialize};

use super::content::{Contents, Difference};
use crate::error::Error;
use domain::refusal::Refusal;

/// The share of a data source, in percent, that a table may take away unless its client says otherwise: a file that was cut
/// off looks like one from which the rest was deleted.
pub const USUAL_SHARE: u8 = 25;

/// What a delivery means for what it does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It is everything there is: what it does not name is gone.
    #[default]
    Full,
    /// It adds and changes: what it does not name stays.
    Delta,
}

/// How a delivery is taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Terms {
    /// What it means for what it does not name.
    #[serde(default)]
    pub mode: Mode,
    /// The share of the data source that it may take away, in percent; the usual one of its format when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<u8>,
}

impl Terms {
    /// Whether deliveries of this format can be taken in so.
    ///
    /// # Errors
    /// [`Error::Invalid`] on `mode`: only tables can be told in part.
    pub fn fit(self, format: Format) -> Result<(), Error> {
        match self.mode {
            Mode::Delta if !is_table(format) => {
                Err(Error::invalid("mode", "delta is for CSV: this format is always full"))
            }
            Mode::Delta | Mode::Full => Ok(()),
        }
    }

    /// Refuses a difference that takes away too much: of the things that were there before, or of what leads from one to
    /// another. Each counts by itself, because access is lost with either.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub(super) fn allow(self, format: Format, difference: Difference, before: &Contents) -> Result<(), Error> {
        let percent = self.share.unwrap_or(if is_table(format) { USUAL_SHARE } else { 100 });
        let losses = [
            ("things", difference.removed, before.nodes()),
            ("memberships and grants", difference.links_removed, before.links()),
        ];
        for (what, removed, of) in losses {
            let of = u64::try_from(of).unwrap_or(u64::MAX);
            if removed.saturating_mul(100) > of.saturating_mul(u64::from(percent)) {
                return Err(Refusal::RemovesTooMuch { what, removed, of, percent }.into());
            }
        }
        Ok(())
    }
}

const fn is_table(format: Format) -> bool {
    matches!(format, Format::Csv | Format::CsvFile(_) | Format::CsvPush(_))
}
