//! A made-up organisation, generated from a seed, so that a newcomer sees something worth reviewing.
//!
//! One data source holds the people (`hr`), each of the others one application with its accounts, groups, roles and
//! resources. Everybody but the head has a manager with about ten reports. Most access follows from department and
//! title; on top of it [`Organisation::anomalies`] names what was planted for a reviewer to find. Names are fictional, and
//! every address ends in `corp.example`.
//!
//! [`decisions`] tells how reviewers decided on all of it, grant by grant, as a CSV file; [`grants`] makes lists of a million grants and more, without anybody's name.
//!
//! The same seed, size and time give the same organisation, to the byte.

mod anomalies;
mod application;
pub mod decisions;
pub mod grants;
mod people;
mod words;

use domain::ids::{DataSourceId, InvalidId};
use domain::inventory::Picture;
use jiff::Timestamp;

pub use anomalies::{Anomaly, Planted};
use application::Application;
use people::People;

/// The largest number of people that is generated.
pub const MAX_PEOPLE: u32 = 1_000_000;

/// A generated organisation.
#[derive(Debug)]
pub struct Organisation {
    /// One picture per data source, the people first.
    pub sources: Vec<(DataSourceId, Picture)>,
    /// What was planted, by account.
    pub anomalies: Vec<Planted>,
    /// A manager near the top whose reports have accounts: a good first reviewer.
    pub reviewer: Reviewer,
    /// When it is seen.
    pub now: Timestamp,
    seed: u64,
}

/// Somebody who will be asked to review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewer {
    /// The identity's id.
    pub id: String,
    /// Full name.
    pub name: String,
    /// E-mail address.
    pub email: String,
}

impl Organisation {
    /// An organisation of `people` (at least 25, at most [`MAX_PEOPLE`]) as seen at `now`; all its times lie before.
    ///
    /// # Errors
    /// Never in practice: the ids of the data sources are constants that satisfy their rule.
    pub fn generate(seed: u64, people: u32, now: Timestamp) -> Result<Self, InvalidId> {
        let mut random = fastrand::Rng::with_seed(seed);
        let people = People::generate(&mut random, people.clamp(25, MAX_PEOPLE), now);
        let mut sources = vec![(DataSourceId::new("hr")?, people.picture())];
        let mut anomalies = Vec::new();
        for (application, n) in Application::ALL.iter().zip(1..) {
            let mut moves = fastrand::Rng::with_seed(seed.wrapping_add(n));
            let (picture, planted) = application.picture(&mut random, &mut moves, &people, now);
            sources.push((DataSourceId::new(application.id)?, picture));
            anomalies.extend(planted);
        }
        Ok(Self { sources, anomalies, reviewer: people.reviewer(), now, seed })
    }
}

#[cfg(test)]
mod tests;
