//! What every call on rows, and whoever builds them, begins with, in one request.

use domain::assignment::Standing;
use domain::ids::ReviewId;
use domain::review::Campaign;
use domain::settings::{Book, Origin};
use domain::user::UserKey;

use crate::certification::{Certifications, Review, layout};
use crate::doc::{self, Record, Stored};
use crate::error::Error;
use crate::item::Item;
use crate::keys::{self, Key, Kind, PAGES_PER_REACH};
use crate::lookup::{self, Found, IdentityHash};
use crate::policy::{self, AppliedPolicy};
use crate::reach::{self, Reach};
use crate::rule::{self, AssignedRule};
use crate::settled::{self, Question};
use crate::table::Read;
use crate::{campaign, certification, settings, standing};

/// The attempt that a reach is guessed for: nearly every certification is built at the first.
const FIRST_ATTEMPT: u32 = 1;
/// The most items of the lookup that are read on the way.
const MAX_BUCKETS: usize = 4;

/// Who enters a certification, and what for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Visit<'a> {
    /// Who: for whom they stand in is told.
    pub user: Option<&'a UserKey>,
    /// Whether the rows that they reach are wanted.
    pub reach: bool,
    /// Identities whose rows are wanted.
    pub identities: &'a [IdentityHash],
    /// Whether it is enough to know that there is a campaign.
    pub in_passing: bool,
    /// Whether it is wanted what administrators have chosen for everything.
    pub settings: bool,
    /// Whether it is wanted, too, when it was deleted and is kept as evidence.
    pub kept: bool,
}

/// A certification with what decides who may do what in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entered {
    /// The certification.
    pub review: Option<Review>,
    /// The campaign of the same id; `None` also when it was not read, because the visit is in passing.
    pub campaign: Option<Stored<Campaign>>,
    /// Whether there is a campaign.
    pub is_campaign: bool,
    /// Those for whom the user stands in.
    pub originals: Vec<UserKey>,
    /// The rows that are the user's own in the live attempt; `None` when nobody asked.
    pub reach: Option<Reach>,
    /// The rows of those for whom the user stands in; none when nobody asked.
    pub reach_for_others: Reach,
    /// What administrators have chosen for everything, where that was asked for.
    pub settings: Option<Book>,
    /// The rows of the identities that were asked for, where they could be read on the way; else
    /// [`crate::lookup::Lookup::find_many`] knows them.
    pub found: Option<Found>,
}

/// A certification whose rows are to be built.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Site {
    /// The certification.
    pub review: Option<Review>,
    /// The campaign of the same id.
    pub campaign: Option<Stored<Campaign>>,
    /// What administrators have chosen for everything.
    pub settings: Book,
    /// What the attempt is built from, once that is frozen: see [`crate::tx::Tx::freeze_inputs`].
    pub inputs: Option<String>,
    /// The rules of the campaign.
    pub rules: Vec<AssignedRule>,
    /// The policies of the campaign, in the order of their application. Only where an attempt is about to begin.
    pub policies: Vec<AppliedPolicy>,
    /// What is settled about reviewers. Only where an attempt is about to begin.
    pub standing: Standing,
}

impl Certifications<'_> {
    /// What a worker needs to go on with an attempt, all read consistently, in one request.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn site(&self, id: &ReviewId, attempt: u32) -> Result<Site, Error> {
        Ok(self.read_site(id, attempt, &[]).await?.0)
    }

    /// The same with all that is frozen when an attempt begins, still in one request.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn site_to_build(&self, id: &ReviewId, attempt: u32) -> Result<Site, Error> {
        let policies = keys::applied_policies(id);
        let more = [policies.clone(), keys::denied(), keys::delegates()];
        let (site, items) = self.read_site(id, attempt, &more).await?;
        let policies = find(&items, Some(&policies))?.map(policy::applied_of).transpose()?.unwrap_or_default();
        Ok(Site { policies, standing: standing::standing_in(&items)?, ..site })
    }

    async fn read_site(&self, id: &ReviewId, attempt: u32, more: &[Key]) -> Result<(Site, Vec<Item>), Error> {
        let (meta, campaign) = (keys::review_meta(id), keys::aggregate(Kind::Campaign, id));
        let inputs = keys::inputs(id, attempt);
        let rules = keys::assigned_rules(id);
        let settings = settings::shared_book();
        let mut names = vec![meta.clone(), campaign.clone(), settings.clone(), inputs.clone(), rules.clone()];
        names.extend_from_slice(more);
        let items = self.store().table().batch_get(names, Read::Consistent).await?;
        let inputs = find(&items, Some(&inputs))?.map(layout::inputs_of).transpose()?;
        let rules = find(&items, Some(&rules))?.map(rule::assigned_of).transpose()?.unwrap_or_default();
        let (review, campaign) = aggregates(&items, &meta, &campaign, false)?;
        let settings = book(&items, &settings)?;
        Ok((Site { review, campaign, settings, inputs, rules, ..Site::default() }, items))
    }

    /// A certification, its campaign and a user's reach, all read consistently: one request, and further ones only for a
    /// certification of more than 1,048,576 rows or of a later attempt, for users who stand in for others, and once after what
    /// is settled for everything has changed. The layout
    /// comes along the first time and is kept, because whoever enters nearly always asks for it next. Where it is known
    /// already, the rows of a few identities come along, too. So is whether there is a campaign, which never changes once
    /// there are rows.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn enter(&self, id: &ReviewId, visit: &Visit<'_>) -> Result<Entered, Error> {
        let cache = self.store().cache();
        let origin = cache.origin(id).filter(|_| visit.in_passing);
        let (meta, campaign) = (keys::review_meta(id), keys::aggregate(Kind::Campaign, id));
        let settled = Question::new(self.store(), visit.settings, visit.user.is_some());
        let reach = visit.user.filter(|_| visit.reach).map(|user| keys::reach(user, id, FIRST_ATTEMPT, 0));
        let known = cache.plan(id, FIRST_ATTEMPT);
        let plan = known.is_none().then(|| keys::plan(id, FIRST_ATTEMPT));
        let buckets = match &known {
            Some(plan) if !visit.identities.is_empty() => lookup::names(id, FIRST_ATTEMPT, plan.rows, visit.identities),
            Some(_) | None => Vec::new(),
        };
        // Consistent reads cost twice as much: worth a request, but not for many buckets.
        let buckets = if buckets.len() <= MAX_BUCKETS { buckets } else { Vec::new() };
        let front = origin.is_none().then_some(&campaign);
        let single = [Some(&meta), front, reach.as_ref(), plan.as_ref()];
        let mut names: Vec<Key> = single.into_iter().flatten().chain(&buckets).cloned().collect();
        names.extend(settled.names());
        let items = self.store().table().batch_get(names, Read::Consistent).await?;
        if let Some(item) = find(&items, plan.as_ref())? {
            self.keep_plan(id, FIRST_ATTEMPT, item)?;
        }
        let (review, campaign) = aggregates(&items, &meta, &campaign, visit.kept)?;
        let is_campaign = origin.map_or(campaign.is_some(), |origin| origin == Origin::Campaign);
        if origin.is_none() && review.as_ref().is_some_and(|review| review.certification.total > 0) {
            cache.keep_origin(id, if is_campaign { Origin::Campaign } else { Origin::Certification });
        }
        let is_first = review.as_ref().is_some_and(|review| review.attempt == FIRST_ATTEMPT);
        let found = if is_first { rows_in(&items, &buckets, visit.identities)? } else { None };
        let (settings, pairs) = settled.answers(&items).await?;
        let own = find(&items, reach.as_ref())?.map(reach::read).transpose()?.map(|chunk| chunk.reach);
        let originals = match visit.user {
            Some(user) => settled::originals(self.store(), &items, user, &pairs).await?,
            None => Vec::new(),
        };
        let (reach, reach_for_others) = match (visit.user.filter(|_| visit.reach), &review) {
            (None, _) => (None, Reach::new()),
            (Some(_), None) => (Some(Reach::new()), Reach::new()),
            (Some(user), Some(review)) => {
                let own = self.reached(user, own.unwrap_or_default(), review).await?;
                let (attempt, rows) = (review.attempt, review.certification.total);
                (Some(own), self.store().reaches().of_others(&originals, id, attempt, rows).await?)
            }
        };
        let settings = settings.map(|book| Book::clone(&book));
        Ok(Entered { review, campaign, is_campaign, originals, reach, reach_for_others, settings, found })
    }

    /// The rows that a user reaches. `first` is what the user reaches in the first chunk of the first attempt.
    async fn reached(&self, user: &UserKey, first: Reach, review: &Review) -> Result<Reach, Error> {
        let (id, rows) = (review.certification.id, review.certification.total);
        let is_whole = review.attempt == FIRST_ATTEMPT && rows.div_ceil(domain::page::ROWS) <= PAGES_PER_REACH;
        match is_whole {
            true => Ok(first),
            false => self.store().reaches().of(user, &id, review.attempt).await,
        }
    }
}

/// The rows of identities, if all of them have one. Items of one request are not read at one instant: what seems to be
/// missing may have been written, and the certification published, between two of them.
fn rows_in(items: &[Item], buckets: &[Key], identities: &[IdentityHash]) -> Result<Option<Found>, Error> {
    let read: Result<Vec<Option<&Item>>, Error> = buckets.iter().map(|name| find(items, Some(name))).collect();
    let found = lookup::rows_in(read?.into_iter().flatten(), identities)?;
    let complete = !identities.is_empty() && identities.iter().all(|identity| found.contains_key(identity));
    Ok(complete.then_some(found))
}

fn find<'a>(items: &'a [Item], name: Option<&Key>) -> Result<Option<&'a Item>, Error> {
    name.map_or(Ok(None), |name| settled::find(items, name))
}

fn book(items: &[Item], name: &Key) -> Result<Book, Error> {
    Ok(find(items, Some(name))?.map(settings::read_book).transpose()?.flatten().unwrap_or_default())
}

fn aggregates(
    items: &[Item],
    meta: &Key,
    campaign: &Key,
    kept: bool,
) -> Result<(Option<Review>, Option<Stored<Campaign>>), Error> {
    let review = find(items, Some(meta))?.map(|item| read(item, kept)).transpose()?.flatten();
    let campaign = find(items, Some(campaign))?.map(|item| read(item, kept)).transpose()?.flatten();
    Ok((review.map(certification::of), campaign.map(campaign::of)))
}

fn read<R: Record>(item: &Item, kept: bool) -> Result<Option<Stored<R>>, Error> {
    if kept { doc::read_kept(item) } else { doc::read(item) }
}
