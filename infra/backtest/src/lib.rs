//! How good is the advice? Answered on grants that somebody has decided on already.
//!
//! The decisions on one fifth of the grants are hidden after the other, advice on these is drawn from the rest with the
//! product's own [`domain::advice`], and both are compared. Nothing is fitted on what it is judged by: what peers decided,
//! the weights of signals, and how their sum becomes a chance all come from decisions on other grants.
//!
//! The file is any CSV with a header. [`Roles`] say which column is what; every column without a role describes the
//! subject.
//!
//! Memory grows with the grants alone, by less than three hundred bytes each: circles of grants that have something in
//! common are counted one after the other, by sorting, and forgotten.

mod circles;
mod gather;
mod measure;
mod peers;
mod read;
mod report;
mod roles;

use domain::advice::{Advice, Evidence, Experience, Guide, Signal, Sums, advise};

use self::circles::{Decisions, FOLDS};
use self::gather::Gathered;
pub use self::read::Grants;
pub use self::report::Report;
pub use self::roles::Roles;

/// Why a file cannot be tested.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It is not CSV.
    #[error("the file cannot be read as CSV: {0}")]
    Csv(#[from] csv::Error),
    /// A role names a column that the file does not have.
    #[error("there is no column `{0}`; the file has: {1}")]
    NoColumn(String, String),
    /// A decision that is neither.
    #[error("line {line}: `{value}` is no decision; name the words for granted access with --granted")]
    Decision {
        /// Where.
        line: u64,
        /// What stands there.
        value: String,
    },
    /// Nothing to learn from.
    #[error("all grants were decided alike: there is nothing to tell apart")]
    OneSided,
}

/// Hides the decisions of one part of the grants after the other and advises on them from the rest.
///
/// # Errors
/// [`Error::OneSided`].
pub fn run(grants: &Grants) -> Result<Report, Error> {
    let rejected = grants.rejected.iter().filter(|rejected| **rejected).count();
    if rejected == 0 || rejected == grants.rejected.len() {
        return Err(Error::OneSided);
    }
    let shares = peers::shares(grants);
    let mut untaught: Vec<Option<Advice>> = vec![None; grants.len()];
    let mut taught = untaught.clone();
    for hidden in 0..FOLDS {
        let decisions = Decisions { rejected: &grants.rejected, hidden };
        let gathered = gather::all(grants, &shares, &decisions);
        let guide = learn(grants, &gathered, &decisions);
        for row in (0..grants.len()).filter(|row| decisions.visible(*row).is_none()) {
            let evidence = gathered.evidence(grants, row);
            let advice = advise(&evidence, &guide);
            // As on the very first review: nobody has decided anything.
            let first = Evidence { same_access: None, same_people: None, ..evidence };
            if let (Some(with), Some(without)) = (taught.get_mut(row), untaught.get_mut(row)) {
                (*with, *without) = (Some(advice), Some(advise(&first, &Guide::default())));
            }
        }
    }
    let [taught, untaught] = [taught, untaught].map(|advice| advice.into_iter().flatten().collect::<Vec<_>>());
    let rarities: Vec<u32> = shares.iter().map(|share| share.rarity()).collect();
    Ok(Report::of(grants, &taught, &untaught, &rarities))
}

/// What the visible decisions teach.
fn learn(grants: &Grants, gathered: &Gathered<'_>, decisions: &Decisions<'_>) -> Guide {
    let signals = |row: usize| Signal::all(&gathered.evidence(grants, row));
    let decided = || (0..grants.len()).filter_map(|row| Some((row, decisions.visible(row)?)));
    let mut experience = Experience::default();
    for (row, rejected) in decided() {
        experience.add(&signals(row), rejected);
    }
    let mut sums = Sums::default();
    for (row, rejected) in decided() {
        // What the weights say together is judged without what the decision itself taught them.
        let signals = signals(row);
        experience.remove(&signals, rejected);
        sums.add(signals.iter().map(|signal| experience.weight(*signal)).sum(), rejected);
        experience.add(&signals, rejected);
    }
    let calibration = sums.calibration(experience.base());
    Guide { experience, calibration }
}

#[cfg(test)]
mod tests;
