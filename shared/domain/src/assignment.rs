//! Who reviews a row: one ladder for creation, reassignment and everything later.
//!
//! 1. Candidates are the reviewers named, then the manager, then the owners of the destination, as the instructions say.
//! 2. Candidates that cannot be found, are on the deny list, or would judge their own access are dropped.
//! 3. For a dropped manager their own manager is tried, once, under the same tests.
//! 4. If nobody is left, the fallback reviewers are tried; if none of them passes, the creator of the workflow is asked,
//!    unconditionally: a row without a reviewer would never be reviewed.
//! 5. Delegates of everybody chosen are added behind them, if they pass the tests.
//! 6. Of more than [`MAX_REVIEWERS`] the first stay.
//!
//! Where users come from is the caller's business: the ladder asks [`People`].

use std::collections::HashSet;

use crate::review::ReviewerAssignment;
use crate::settings::SelfReview;
use crate::user::{User, UserKey};

/// The most reviewers of a row, delegates included, whoever assigns them.
///
/// A row is handed over in one transaction, so that nobody is told to review what is not theirs: everybody who loses it, and
/// everybody who gets it, is an item of that, beside those of the page, and a transaction holds a hundred items.
pub const MAX_REVIEWERS: usize = 40;

/// What the ladder has to know about people.
pub trait People {
    /// The user behind a key; `None` when there is none (any more).
    fn user(&self, key: &UserKey) -> Option<User>;

    /// The key of somebody's manager, whether or not a user can be found behind it.
    fn manager(&self, of: &UserKey) -> Option<UserKey>;
}

/// What is under review, as far as reviewers are concerned.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subject {
    /// Whom the access belongs to: the source itself or the identity joined to it. Their manager is asked.
    pub identity: Option<UserKey>,
    /// The owners of the destination.
    pub destination_owners: Vec<UserKey>,
    /// Everything that tells a reviewer to be the subject.
    pub own: OwnAccess,
}

/// Ids and addresses of a row's source and of identities joined to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnAccess {
    /// Node ids; compared exactly.
    pub ids: Vec<String>,
    /// `idp_unique_id`s and e-mail addresses; compared with a reviewer's address and id, letter case aside.
    pub names: Vec<String>,
}

impl OwnAccess {
    /// Whether a reviewer is the subject: their id is one of the ids, or their address or id is one of the names.
    #[must_use]
    pub fn is(&self, reviewer: &User) -> bool {
        let same = |a: &str, b: &str| !a.is_empty() && a.to_lowercase() == b.to_lowercase();
        self.ids.iter().any(|id| !id.is_empty() && *id == reviewer.id)
            || self.names.iter().any(|name| same(name, &reviewer.email) || same(name, &reviewer.id))
    }
}

/// What administrators have settled about reviewers in general, for every assignment to come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// The deny list: who must not be assigned, in the order in which they were added.
    pub denied: Vec<UserKey>,
    /// Original and delegate, in the order in which they were added.
    pub delegates: Vec<(UserKey, UserKey)>,
}

impl Standing {
    /// Those for whom a user stands in: nobody, as long as the user is on the deny list.
    pub fn originals(&self, user: &UserKey) -> Vec<UserKey> {
        if self.denied.contains(user) { Vec::new() } else { originals(&self.delegates, user) }
    }
}

/// Those for whom a user is named in pairs of original and delegate.
pub fn originals(pairs: &[(UserKey, UserKey)], user: &UserKey) -> Vec<UserKey> {
    pairs.iter().filter(|(_, delegate)| delegate == user).map(|(original, _)| original.clone()).collect()
}

impl Standing {
    /// The most users on the deny list.
    pub const MAX_DENIED: usize = 1_000;
    /// The most pairs of original and delegate.
    pub const MAX_DELEGATES: usize = 1_000;
    /// The most people for whom one stands in: all that they reach is read when their delegate enters a review.
    pub const MAX_ORIGINALS: usize = 50;
}

/// What is the same for all rows of a certification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The instructions.
    pub assignment: ReviewerAssignment,
    /// Who is asked when nobody else can be.
    pub creator: User,
    /// Who must not be assigned automatically.
    pub denied: HashSet<UserKey>,
    /// Original and delegate, in the order in which delegates are added.
    pub delegates: Vec<(UserKey, User)>,
    /// Whether people may judge their own access.
    pub self_review: SelfReview,
}

/// Why somebody may not be assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unfit {
    /// No such user.
    Unknown,
    /// On the deny list.
    Denied,
    /// It is their own access.
    OwnAccess,
}

/// How far down the ladder the reviewers were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rung {
    /// Among the candidates or their managers.
    Candidates,
    /// Among the fallback reviewers.
    Fallback,
    /// Only the creator was left.
    Creator,
}

/// The reviewers of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assigned {
    /// At least one and at most [`MAX_REVIEWERS`], none twice, delegates last.
    pub reviewers: Vec<User>,
    /// Where they came from.
    pub rung: Rung,
}

impl Rules {
    /// Whether somebody may be assigned to a row; the same test for automatic and manual assignment.
    ///
    /// # Errors
    /// Why not.
    pub fn fit(&self, key: &UserKey, subject: &Subject, people: &impl People) -> Result<User, Unfit> {
        self.allow(people.user(key).ok_or(Unfit::Unknown)?, &subject.own)
    }

    /// The same for somebody who is known.
    ///
    /// # Errors
    /// Why not.
    pub fn allow(&self, user: User, own: &OwnAccess) -> Result<User, Unfit> {
        if self.denied.contains(&user.key()) {
            return Err(Unfit::Denied);
        }
        match self.self_review {
            SelfReview::CheckingEnabled if own.is(&user) => Err(Unfit::OwnAccess),
            SelfReview::CheckingEnabled | SelfReview::CheckingDisabled => Ok(user),
        }
    }

    /// The reviewers of a row.
    #[must_use]
    pub fn assign(&self, subject: &Subject, people: &impl People) -> Assigned {
        let fit = |key: &UserKey| self.fit(key, subject, people).ok();
        let named = |users: &[User]| users.iter().filter_map(|user| fit(&user.key())).collect::<Vec<_>>();

        let mut chosen = named(&self.assignment.reviewers);
        if self.assignment.users_manager {
            let manager = subject.identity.as_ref().and_then(|identity| people.manager(identity));
            let found = manager.and_then(|manager| fit(&manager).or_else(|| fit(&people.manager(&manager)?)));
            chosen.extend(found);
        }
        if self.assignment.resource_managers {
            chosen.extend(subject.destination_owners.iter().filter_map(fit));
        }
        let mut rung = Rung::Candidates;
        if chosen.is_empty() {
            rung = Rung::Fallback;
            chosen = named(&self.assignment.fallback_reviewers);
        }
        if chosen.is_empty() {
            rung = Rung::Creator;
            chosen.push(self.creator.clone());
        }
        let mut reviewers = self.with_delegates(chosen, &subject.own);
        reviewers.truncate(MAX_REVIEWERS);
        Assigned { reviewers, rung }
    }

    /// Adds the delegates of everybody given, one step far, and drops repeats.
    #[must_use]
    pub fn with_delegates(&self, chosen: Vec<User>, own: &OwnAccess) -> Vec<User> {
        let mut seen = HashSet::new();
        let originals: Vec<User> = chosen.into_iter().filter(|user| seen.insert(user.key())).collect();
        let mut all = originals.clone();
        for original in originals.iter().map(User::key) {
            let delegates = self.delegates.iter().filter(|(of, _)| *of == original);
            let fit = delegates.filter_map(|(_, delegate)| self.allow(delegate.clone(), own).ok());
            all.extend(fit.filter(|user| seen.insert(user.key())));
        }
        all
    }
}

#[cfg(test)]
mod tests;
