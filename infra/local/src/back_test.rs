//! How good is the advice? `access-review back-test` answers it on decided grants.

use std::fs::File;
use std::path::PathBuf;

use backtest::{Grants, Roles};
use clap::Args;

use crate::Error;

/// The organisation that is tested on when no file is named: always the same, so that its figures are.
const SEED: u64 = 7;
/// When that organisation is seen.
const SEEN_AT: &str = "2026-11-01T00:00:00Z";

/// What is tested.
#[derive(Debug, Args)]
pub struct BackTest {
    /// A CSV file with a header, one decided grant a line; without it the generated organisation is taken.
    #[arg(long)]
    grants: Option<PathBuf>,
    /// The column with what was decided.
    #[arg(long, default_value = "decision", requires = "grants")]
    decision: String,
    /// The words that mean granted, with commas between; without them the usual ones (approved, granted, true, 1, …).
    #[arg(long, value_delimiter = ',', requires = "grants")]
    granted: Vec<String>,
    /// The column with what was granted.
    #[arg(long, default_value = "resource", requires = "grants")]
    resource: String,
    /// The column with who holds it; without it, lines with the same attributes are one subject.
    #[arg(long, requires = "grants")]
    subject: Option<String>,
    /// Columns that describe the subject, with commas between; without them every column without another role.
    #[arg(long, value_delimiter = ',', requires = "grants")]
    attributes: Vec<String>,
    /// Attributes in which peers agree, the widest circle first; without them the three with the fewest values.
    #[arg(long, value_delimiter = ',', requires = "grants")]
    peers: Vec<String>,
    /// The column with the whole days since the grant was used.
    #[arg(long, requires = "grants")]
    idle_days: Option<String>,
    /// Columns that are not looked at, with commas between.
    #[arg(long, value_delimiter = ',', requires = "grants")]
    ignore: Vec<String>,
    /// Prints the decided grants of the generated organisation as CSV, instead of testing on them.
    #[arg(long, conflicts_with = "grants")]
    print_grants: bool,
}

impl BackTest {
    /// The figures as a table, or the grants; `people` is the size of the generated organisation.
    ///
    /// # Errors
    /// When the file cannot be read, or has nothing to learn from.
    pub fn run(&self, people: u32) -> Result<String, Error> {
        let grants = match &self.grants {
            Some(path) => {
                let file = File::open(path).map_err(|error| Error::new(format!("{}: {error}", path.display())))?;
                Grants::read(file, &self.roles()).map_err(Error::of)?
            }
            None => {
                let seen_at = SEEN_AT.parse().map_err(Error::of)?;
                let organisation = sample::Organisation::generate(SEED, people, seen_at).map_err(Error::of)?;
                let csv = sample::decisions::csv(&organisation);
                if self.print_grants {
                    return Ok(csv.trim_end().to_owned());
                }
                Grants::read(csv.as_bytes(), &Roles::of_sample()).map_err(Error::of)?
            }
        };
        let report = backtest::run(&grants).map_err(Error::of)?;
        Ok(report.to_string().trim_end().to_owned())
    }

    fn roles(&self) -> Roles {
        Roles {
            decision: self.decision.clone(),
            granted: self.granted.clone(),
            resource: self.resource.clone(),
            subject: self.subject.clone(),
            attributes: self.attributes.clone(),
            peers: self.peers.clone(),
            idle_days: self.idle_days.clone(),
            ignore: self.ignore.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the committed command prints, between its fences.
    const COMMITTED: &str = include_str!("../../../docs/recommendations.md");

    #[test]
    fn the_committed_figures_are_those_that_the_command_prints() {
        let command = BackTest {
            grants: None,
            decision: String::new(),
            granted: Vec::new(),
            resource: String::new(),
            subject: None,
            attributes: Vec::new(),
            peers: Vec::new(),
            idle_days: None,
            ignore: Vec::new(),
            print_grants: false,
        };
        let printed = command.run(crate::SAMPLE_PEOPLE).unwrap();
        assert!(COMMITTED.contains(&printed), "docs/recommendations.md should hold:\n{printed}");
    }
}
