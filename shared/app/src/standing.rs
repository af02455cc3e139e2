//! What administrators settle about reviewers in general: whom nobody may make a reviewer, and who stands in for whom.
//!
//! Both lists count for every assignment from the moment they are written. Rows that have their reviewers already keep
//! them; but whoever stands in for one of them may act on those rows, too, for as long as they do. What a worker assigns is judged by the lists as they were when its work was asked for, so that a repetition comes
//! to the same reviewers.

use std::collections::HashSet;
use std::hash::Hash;

use domain::assignment::{OwnAccess, Rules, Standing, Unfit};
use domain::review::ReviewerAssignment;
use domain::settings::SelfReview;
use domain::user::{User, UserKey};
use serde::{Deserialize, Serialize};
use store::Stored;
use store::tx::Committed;

use crate::call::Call;
use crate::deps::Deps;
use crate::error::{Error, Faults};
use crate::event::{self, DelegationChange, DenyListChange, Event, StandIn};
use crate::loading::people::Person;
use crate::outgoing::{self, Told};
use crate::retry::settled;
use crate::review::UserReference;
use crate::user;

/// The most bytes that the keys of one list take together: what every assignment reads.
const MAX_BYTES: usize = 100_000;

/// Somebody, and who stands in for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    /// For whom.
    pub original: User,
    /// Who.
    pub delegate: User,
}

/// The same, as a client names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DelegationReference {
    /// For whom.
    pub original: UserReference,
    /// Who.
    pub delegate: UserReference,
}

/// The deny list in the order in which it came about, with its version.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn denied(deps: &Deps, _call: &Call) -> Result<(Vec<User>, u64), Error> {
    let Stored { value: keys, version, .. } = deps.store.standing().denied().await?;
    let users = user::by_key(deps, &keys).await?;
    Ok((keys.iter().map(|key| user::or_key(&users, key)).collect(), version))
}

/// Puts users on the deny list, behind those who are on it.
///
/// # Errors
/// [`Error::Invalid`] names users who do not exist, and `users` when the list would hold more than
/// [`Standing::MAX_DENIED`]; [`Error::Stale`].
pub async fn deny(deps: &Deps, call: &Call, named: &[UserReference]) -> Result<(), Error> {
    let users = user::resolve(deps, named, "users").await?;
    user::remember(deps, call.command, &users).await?;
    edit_denied(deps, call, |denied| add(denied, users.iter().map(User::key))).await
}

/// Takes users off the deny list, whether or not there still are such users.
///
/// # Errors
/// [`Error::Stale`].
pub async fn allow(deps: &Deps, call: &Call, named: &[UserReference]) -> Result<(), Error> {
    let gone: Vec<UserKey> = named.iter().filter_map(key_of).collect();
    edit_denied(deps, call, |denied| denied.retain(|user| !gone.contains(user))).await
}

async fn edit_denied(deps: &Deps, call: &Call, edit: impl Fn(&mut Vec<UserKey>)) -> Result<(), Error> {
    let committed = settled(|| async {
        let stored = deps.store.standing().denied().await?;
        let before = stored.value.clone();
        let Some((next, version)) = edited(call, stored, &edit)? else { return Ok(Ok(Committed::default())) };
        let bytes = next.iter().map(|user| user.as_str().len()).sum();
        bounded("users", next.len(), Standing::MAX_DENIED, bytes)?;
        let mut tx = deps.store.write(call.command, call.now);
        tx.put_denied(&next, version)?;
        let (added, removed) = difference(before, next);
        let change = DenyListChange { added, removed, version: version + 1 };
        event::tell_by(&mut tx, call, &Event::DenyListChanged(change))?;
        Ok(tx.commit().await)
    })
    .await?;
    outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
    Ok(())
}

/// Who stands in for whom, in the order in which it was settled, with the version of the list.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn delegations(deps: &Deps, _call: &Call) -> Result<(Vec<Delegation>, u64), Error> {
    let Stored { value: pairs, version, .. } = deps.store.standing().delegates().await?;
    let keys: Vec<UserKey> = pairs.iter().flat_map(|(original, delegate)| [original, delegate]).cloned().collect();
    let users = user::by_key(deps, &keys).await?;
    let shown = pairs.iter().map(|(original, delegate)| Delegation {
        original: user::or_key(&users, original),
        delegate: user::or_key(&users, delegate),
    });
    Ok((shown.collect(), version))
}

/// Lets people stand in for others, behind those who do. Pairs that are settled already stay where they are.
///
/// # Errors
/// [`Error::Invalid`] names users who do not exist and pairs of one and the same, and `values` when there would be more
/// than [`Standing::MAX_DELEGATES`], or more than [`Standing::MAX_ORIGINALS`] for one delegate; [`Error::Stale`].
pub async fn delegate(deps: &Deps, call: &Call, named: &[DelegationReference]) -> Result<(), Error> {
    let mut faults = Faults::new();
    let mut references = Vec::with_capacity(named.len() * 2);
    for (place, DelegationReference { original, delegate }) in named.iter().enumerate() {
        let differ = (&original.user_type, &original.id) != (&delegate.user_type, &delegate.id);
        let field = format!("values[{place}].delegate_user");
        faults.require(differ, &field, "must be somebody else than original_user");
        references.extend([(format!("values[{place}].original_user"), original), (field, delegate)]);
    }
    faults.done()?;
    let users = user::resolve_each(deps, &references).await?;
    user::remember(deps, call.command, &users).await?;
    let keys: Vec<UserKey> = users.iter().map(User::key).collect();
    let pairs = keys.chunks_exact(2).filter_map(|pair| Some((pair.first()?.clone(), pair.last()?.clone())));
    let pairs: Vec<(UserKey, UserKey)> = pairs.collect();
    edit_delegates(deps, call, |settled| add(settled, pairs.iter().cloned())).await
}

/// Ends that people stand in for others, whether or not there still are such users.
///
/// # Errors
/// [`Error::Stale`].
pub async fn undelegate(deps: &Deps, call: &Call, named: &[DelegationReference]) -> Result<(), Error> {
    let pair = |named: &DelegationReference| Some((key_of(&named.original)?, key_of(&named.delegate)?));
    let gone: Vec<(UserKey, UserKey)> = named.iter().filter_map(pair).collect();
    edit_delegates(deps, call, |settled| settled.retain(|pair| !gone.contains(pair))).await
}

async fn edit_delegates(deps: &Deps, call: &Call, edit: impl Fn(&mut Vec<(UserKey, UserKey)>)) -> Result<(), Error> {
    let committed = settled(|| async {
        let stored = deps.store.standing().delegates().await?;
        let before = stored.value.clone();
        let Some((next, version)) = edited(call, stored, &edit)? else { return Ok(Ok(Committed::default())) };
        let bytes = next.iter().map(|(original, delegate)| original.as_str().len() + delegate.as_str().len()).sum();
        bounded("values", next.len(), Standing::MAX_DELEGATES, bytes)?;
        let of = |delegate: &UserKey| next.iter().filter(|(_, other)| other == delegate).count();
        if next.iter().any(|(_, delegate)| of(delegate) > Standing::MAX_ORIGINALS) {
            return Err(Error::invalid("values", "nobody can stand in for more than 50 people"));
        }
        let mut tx = deps.store.write(call.command, call.now);
        tx.put_delegates(&next, version)?;
        let (added, removed) = difference(before, next);
        let [added, removed] = [added, removed].map(|pairs| pairs.into_iter().map(StandIn::from).collect());
        let change = DelegationChange { added, removed, version: version + 1 };
        event::tell_by(&mut tx, call, &Event::DelegationChanged(change))?;
        Ok(tx.commit().await)
    })
    .await?;
    outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
    Ok(())
}

/// What is new in a list, and what is gone from it.
fn difference<T: Clone + Eq + Hash>(before: Vec<T>, next: Vec<T>) -> (Vec<T>, Vec<T>) {
    let [held, kept]: [HashSet<T>; 2] = [&before, &next].map(|list| list.iter().cloned().collect());
    let added = next.into_iter().filter(|entry| !held.contains(entry)).collect();
    (added, before.into_iter().filter(|entry| !kept.contains(entry)).collect())
}

/// The key of a user whom a client names; `None` for what can be nobody's.
fn key_of(named: &UserReference) -> Option<UserKey> {
    UserKey::new(&named.user_type, &named.id).ok()
}

fn add<T: PartialEq>(list: &mut Vec<T>, more: impl IntoIterator<Item = T>) {
    for entry in more {
        if !list.contains(&entry) {
            list.push(entry);
        }
    }
}

/// What an edit makes of a list, with the version to replace; `None` when nothing is to be written.
fn edited<T: Clone + PartialEq>(
    call: &Call,
    stored: Stored<Vec<T>>,
    edit: &impl Fn(&mut Vec<T>),
) -> Result<Option<(Vec<T>, u64)>, Error> {
    if stored.is_by(call.command) {
        return Ok(None);
    }
    call.expects(stored.version)?;
    let mut next = stored.value.clone();
    edit(&mut next);
    Ok((next != stored.value).then_some((next, stored.version)))
}

fn bounded(field: &str, entries: usize, most: usize, bytes: usize) -> Result<(), Error> {
    let mut faults = Faults::new();
    faults.require(entries <= most, field, &format!("the list must not hold more than {most} entries"));
    faults.require(
        bytes <= MAX_BYTES,
        field,
        &format!("the ids on the list must not take more than {MAX_BYTES} bytes"),
    );
    faults.done()
}

/// Both lists as assignment goes by them: with delegates as users. Kept with what a worker is told.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Settled {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    denied: Vec<UserKey>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    delegates: Vec<(UserKey, Person)>,
}

impl Settled {
    /// What is settled now. A delegate who cannot be found stands in for nobody.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn now(deps: &Deps) -> Result<Self, Error> {
        Self::of(deps, deps.store.standing().all().await?).await
    }

    /// The same of what has been read.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn of(deps: &Deps, standing: Standing) -> Result<Self, Error> {
        let Standing { denied, delegates } = standing;
        let keys: Vec<UserKey> = delegates.iter().map(|(_, delegate)| delegate.clone()).collect();
        let users = user::by_key(deps, &keys).await?;
        let known = |(original, delegate): (UserKey, UserKey)| Some((original, users.get(&delegate)?.clone().into()));
        Ok(Self { denied, delegates: delegates.into_iter().filter_map(known).collect() })
    }

    /// Whether nothing is settled.
    pub(crate) const fn is_empty(&self) -> bool {
        self.denied.is_empty() && self.delegates.is_empty()
    }

    /// What automatic assignment goes by.
    pub(crate) fn rules(&self, assignment: ReviewerAssignment, creator: User, self_review: SelfReview) -> Rules {
        Rules {
            assignment,
            creator,
            denied: self.denied.iter().cloned().collect(),
            delegates: self.delegates.iter().map(|(of, delegate)| (of.clone(), User::from(delegate.clone()))).collect(),
            self_review,
        }
    }

    /// What assignment of somebody in particular goes by, be it by hand or by a rule.
    pub(crate) fn rules_by_name(&self, self_review: SelfReview) -> Rules {
        self.rules(ReviewerAssignment::default(), User::system(), self_review)
    }
}

/// The reviewers of a row, where a client names them: themselves, and their delegates behind them.
///
/// # Errors
/// [`Error::Invalid`] names, by its field, everybody who may not be assigned.
pub(crate) fn by_hand(rules: &Rules, named: Vec<(String, User)>, own: &OwnAccess) -> Result<Vec<User>, Error> {
    let mut faults = Faults::new();
    let mut chosen = Vec::with_capacity(named.len());
    for (field, user) in named {
        match rules.allow(user, own) {
            Ok(user) => chosen.push(user),
            Err(Unfit::Unknown) => faults.add(field, "no such user"),
            Err(Unfit::Denied) => faults.add(field, "is on the deny list of reviewers"),
            Err(Unfit::OwnAccess) => faults.add(field, "would review their own access"),
        }
    }
    faults.done()?;
    Ok(rules.with_delegates(chosen, own))
}
