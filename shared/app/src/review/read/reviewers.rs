//! Who reviews a review, and how far they have come.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{ReviewId, RowId};
use domain::letter::Undeliverable;
use domain::page::{PageState, ROWS};
use domain::user::{User, UserKey};
use store::reach::Reach;

use super::counts::CountsView;
use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::review::list::overlay::Assigned;
use crate::review::open::{Dialect, Entered, Review, read};
use crate::user::People;

/// How many reviewers are told at most.
pub const MAX_REVIEWERS: usize = 5_000;

/// How many blocks are held at a time.
const BLOCKS_AT_ONCE: usize = 32;

/// A reviewer's rows by their state. A row of two reviewers counts for both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewerInfo {
    /// Who.
    pub reviewer: User,
    /// All rows assigned to them.
    pub total: u64,
    /// Accepted.
    pub accepted: u64,
    /// Rejected and not fixed.
    pub rejected: u64,
    /// Fixed.
    pub fixed: u64,
    /// Signed off, whatever was decided.
    pub signed_off: u64,
    /// Why mail about the certification does not reach them; `None` when nothing is known against it.
    pub unreached: Option<Undeliverable>,
}

impl ReviewerInfo {
    /// Rows without any of the three decisions.
    #[must_use]
    pub const fn undecided(&self) -> u64 {
        self.total.saturating_sub(self.accepted + self.rejected + self.fixed)
    }
}

/// Everybody who is assigned to a certification or to any of its rows, by name, at most [`MAX_REVIEWERS`]; and whether
/// there are more.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn reviewer_infos(deps: &Deps, call: &Call, id: ReviewId) -> Result<(Vec<ReviewerInfo>, bool), Error> {
    let review = match read(deps, call, id, Dialect::Certification).await? {
        Entered::Open(review) => review,
        Entered::NotStarted(_) => return Ok((Vec::new(), false)),
    };
    let states = touched(deps, &review).await?;
    let reaches = reaches(deps, &review, &states).await?;
    let mut infos = Vec::with_capacity(reaches.len());
    for (reviewer, reach) in named(deps, call, &review, reaches).await? {
        infos.push(info(reviewer, &reach, &states));
    }
    let unreached = deps.store.letters().unreached(&id).await?;
    infos.iter_mut().for_each(|info| info.unreached = unreached.why(&info.reviewer.key()));
    infos.sort_by_key(|info| by_name(&info.reviewer));
    let more = infos.len() > MAX_REVIEWERS;
    infos.truncate(MAX_REVIEWERS);
    Ok((infos, more))
}

/// Everybody who reviews, with their rows by status, in no particular order.
pub(crate) async fn progress(deps: &Deps, review: &Review) -> Result<Vec<(UserKey, CountsView)>, Error> {
    let states = touched(deps, review).await?;
    let of = |reach: &Reach| {
        let own = reach.pages().filter_map(|(page, rows)| Some(states.get(&page)?.masks().within(rows).counts()));
        let total = i64::try_from(reach.rows()).unwrap_or(i64::MAX);
        let mut view = CountsView { total, ..CountsView::default() };
        own.for_each(|counts| view.counts += counts);
        view
    };
    Ok(reaches(deps, review, &states).await?.into_iter().map(|(user, reach)| (user, of(&reach))).collect())
}

/// Everybody who reviews, in no particular order.
pub(crate) async fn reviewers(deps: &Deps, call: &Call, review: &Review) -> Result<Vec<User>, Error> {
    let states = touched(deps, review).await?;
    let reaches = reaches(deps, review, &states).await?;
    Ok(named(deps, call, review, reaches).await?.into_iter().map(|(reviewer, _)| reviewer).collect())
}

fn by_name(user: &User) -> (String, UserKey) {
    (user.name.to_lowercase(), user.key())
}

async fn touched(deps: &Deps, review: &Review) -> Result<BTreeMap<u32, PageState>, Error> {
    Ok(deps.store.pages().touched(&review.id(), 0..review.total().div_ceil(ROWS)).await?)
}

/// The rows of everybody who has any: of those who were assigned when the rows were built, and of those whom somebody
/// assigned since.
async fn reaches(
    deps: &Deps,
    review: &Review,
    states: &BTreeMap<u32, PageState>,
) -> Result<BTreeMap<UserKey, Reach>, Error> {
    let first = deps.store.reaches().users(&review.id(), review.attempt).await?;
    let rows = states.values().flat_map(PageState::rows);
    let since = rows.filter_map(|(_, row)| row.reviewers.as_ref()).flatten().cloned();
    let everybody: BTreeSet<UserKey> = first.into_iter().chain(since).collect();
    let everybody: Vec<UserKey> = everybody.into_iter().collect();
    Ok(deps.store.reaches().of_many(&everybody, &review.id(), review.attempt, review.total()).await?)
}

/// Reviewers with their names, together with those who are assigned to the certification as a whole.
async fn named(
    deps: &Deps,
    call: &Call,
    review: &Review,
    reaches: BTreeMap<UserKey, Reach>,
) -> Result<Vec<(User, Reach)>, Error> {
    let mut people = People::with(call);
    let mut reaches = reaches;
    for user in &review.certification.reviewers {
        reaches.entry(user.key()).or_default();
        people.add(user.clone());
    }
    people.complete(deps, reaches.keys()).await?;
    complete_from_rows(deps, review, &reaches, &mut people).await?;
    Ok(reaches.into_iter().map(|(key, reach)| (people.get(&key), reach)).collect())
}

/// Names of those who have no profile, because they were found when the rows were built and never acted: they stand with
/// their rows.
async fn complete_from_rows(
    deps: &Deps,
    review: &Review,
    reaches: &BTreeMap<UserKey, Reach>,
    people: &mut People,
) -> Result<(), Error> {
    let unknown = reaches.iter().filter(|(key, _)| !people.knows(key));
    let rows = unknown.filter_map(|(_, reach)| reach.pages().next());
    let rows: Vec<RowId> = rows.map(|(page, rows)| RowId(page * ROWS + rows.trailing_zeros())).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let plan = review.plan(deps).await?.plan;
    let blocks: BTreeSet<u32> = rows.into_iter().filter_map(|row| Some(plan.locate(row.0)?.0)).collect();
    let blocks: Vec<u32> = blocks.into_iter().collect();
    for some in blocks.chunks(BLOCKS_AT_ONCE) {
        for block in deps.store.blocks().read_many(&review.id(), review.attempt, some).await? {
            let held = block.columns(&["reviewers"])?;
            Assigned::of(&held).everybody().for_each(|user| people.add(user.clone()));
        }
    }
    Ok(())
}

fn info(reviewer: User, reach: &Reach, states: &BTreeMap<u32, PageState>) -> ReviewerInfo {
    let own = reach.pages().filter_map(|(page, rows)| Some(states.get(&page)?.masks().within(rows)));
    let total = reach.rows();
    let nothing = ReviewerInfo { reviewer, total, accepted: 0, rejected: 0, fixed: 0, signed_off: 0, unreached: None };
    own.fold(nothing, |mut info, masks| {
        info.accepted += u64::from(masks.accepted.count_ones());
        info.rejected += u64::from(masks.rejected.count_ones());
        info.fixed += u64::from(masks.fixed.count_ones());
        info.signed_off += u64::from(masks.signed_off.count_ones());
        info
    })
}
