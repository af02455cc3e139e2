//! Entering a review: what it is, where it stands, and what of it the caller may see.
//!
//! A reviewer sees a review while it is open and has a row of theirs, and of it only those rows. Everything else is not
//! found, so that nobody learns of what is not theirs. What was deleted and is kept as evidence is read by those who see
//! everything ([`read`], [`look`]), and entered by nobody to change it ([`enter`]), but for what its end still owes
//! ([`enter_owed`]).

mod layout;

use std::sync::Arc;

use domain::decide::{Context, NotesRequired};
use domain::ids::{ReviewId, RowId};
use domain::refusal::Refusal;
use domain::review::{Campaign, Certification, Phase, RevokeMode};
use domain::settings::{Book, Origin, Settings};
use domain::user::{Role, UserKey};
use domain::webhook::Occasion;
use jiff::Timestamp;
use store::enter::Visit;
use store::letter::Unreached;
use store::lookup::{Found, IdentityHash};
use store::reach::Reach;

use crate::call::Call;
use crate::closing::standing::is_overdue;
use crate::deps::Deps;
use crate::error::Error;
use crate::settings;

pub(crate) use self::layout::Layout;

/// Through which vocabulary a review is entered. A campaign is seen as a certification, too, but not the other way
/// round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// As a campaign: not found unless it is one.
    Campaign,
    /// As a certification, whether or not there is a campaign in front of it.
    Certification,
}

impl Dialect {
    /// The word that cursors are bound to.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Campaign => "campaign",
            Self::Certification => "certification",
        }
    }
}

/// A review that the caller may enter.
#[derive(Debug, Clone)]
pub(crate) struct Review {
    /// The certification.
    pub(crate) certification: Certification,
    /// The live attempt of its rows.
    pub(crate) attempt: u32,
    /// Whether a campaign stands in front of it.
    pub(crate) origin: Origin,
    /// The campaign; `None` also for who enters only to look.
    pub(crate) campaign: Option<Campaign>,
    /// Those for whom the caller stands in.
    pub(crate) originals: Vec<UserKey>,
    /// Which rows the caller sees.
    pub(crate) sight: Sight,
    /// Rows that are about the caller's own access, which they must not judge for others: of those that the caller or
    /// somebody for whom they stand in reaches.
    pub(crate) own_access: Reach,
    /// What administrators have chosen, as it holds here; `None` where it was not read on the way. Ask [`Self::settings`].
    pub(crate) known_settings: Option<Settings>,
    /// Whom mail about it does not reach; nobody, where that was not read on the way.
    pub(crate) unreached: Arc<Unreached>,
}

/// A review that was entered in order to change rows of it: the campaign in front of it was read, which says what becomes of
/// a rejection, and what was deleted is not found, but for what its end still owes.
#[derive(Debug, Clone)]
pub(crate) struct Workable(Review);

impl std::ops::Deref for Workable {
    type Target = Review;

    fn deref(&self) -> &Review {
        &self.0
    }
}

/// Which rows of a review a caller sees.
#[derive(Debug, Clone)]
pub(crate) enum Sight {
    /// All of them.
    All,
    /// Those assigned to them, or to somebody for whom they stand in.
    Own(Arc<Reach>),
}

impl Sight {
    /// The rows of a page, before the end of the review is considered.
    pub(crate) fn mask(&self, page: u32) -> u64 {
        match self {
            Self::All => u64::MAX,
            Self::Own(reach) => reach.mask(page),
        }
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::All => false,
            Self::Own(reach) => reach.is_empty(),
        }
    }

    /// Whether a row is among them.
    pub(crate) fn has(&self, row: RowId) -> bool {
        self.mask(row.page()) & row.bit() != 0
    }
}

/// What a review's id leads to.
#[derive(Debug)]
pub(crate) enum Entered<R = Review> {
    /// No rows yet; with the campaign, when it is one.
    NotStarted(Option<Box<Campaign>>),
    /// A review with rows.
    Open(Box<R>),
}

impl<R> Entered<R> {
    /// The review, for who wants to see rows of it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there are no rows yet.
    pub(crate) fn rows(self) -> Result<R, Error> {
        self.open().ok_or_else(Error::not_found)
    }

    fn open(self) -> Option<R> {
        match self {
            Self::Open(review) => Some(*review),
            Self::NotStarted(_) => None,
        }
    }
}

impl Entered<Workable> {
    /// The review, for who wants to change rows of it.
    ///
    /// # Errors
    /// [`Error::Refused`] when there are no rows yet: what stands in the way is the state of the review, whichever rows
    /// are meant.
    pub(crate) fn started(self) -> Result<Workable, Error> {
        self.open().ok_or_else(|| Refusal::NotStarted.into())
    }
}

impl From<Entered> for Entered<Workable> {
    fn from(entered: Entered) -> Self {
        match entered {
            Entered::NotStarted(campaign) => Self::NotStarted(campaign),
            Entered::Open(review) => Self::Open(Box::new(Workable(*review))),
        }
    }
}

/// Enters a review in order to do something with it.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or none for this caller.
pub(crate) async fn enter(
    deps: &Deps,
    call: &Call,
    id: ReviewId,
    dialect: Dialect,
) -> Result<Entered<Workable>, Error> {
    Ok(enter_asking(deps, call, id, dialect, &[]).await?.0)
}

/// Enters a review in order to read of it.
///
/// # Errors
/// As [`enter`], but who sees everything finds what was deleted and is kept as evidence.
pub(crate) async fn read(deps: &Deps, call: &Call, id: ReviewId, dialect: Dialect) -> Result<Entered, Error> {
    Ok(visited(deps, call, id, dialect, &Visit { kept: true, ..Visit::default() }).await?.0)
}

/// Enters a review in order to look at its rows: what the campaign in front of it says beside them is not read.
///
/// # Errors
/// As [`read`].
pub(crate) async fn look(deps: &Deps, call: &Call, id: ReviewId, dialect: Dialect) -> Result<Entered, Error> {
    let visit = Visit { in_passing: true, kept: true, ..Visit::default() };
    Ok(visited(deps, call, id, dialect, &visit).await?.0)
}

/// Enters a campaign in order to look at one of its items, and asks on the way for its row.
///
/// # Errors
/// As [`read`].
pub(crate) async fn look_for(
    deps: &Deps,
    call: &Call,
    id: ReviewId,
    identity: IdentityHash,
) -> Result<(Entered, Option<Found>), Error> {
    let visit = Visit { identities: &[identity], settings: true, kept: true, ..Visit::default() };
    visited(deps, call, id, Dialect::Campaign, &visit).await
}

/// Enters a review and asks on the way for the rows of some identities; `None` where they have to be asked for again.
///
/// # Errors
/// As [`enter`].
pub(crate) async fn enter_asking(
    deps: &Deps,
    call: &Call,
    id: ReviewId,
    dialect: Dialect,
    identities: &[IdentityHash],
) -> Result<(Entered<Workable>, Option<Found>), Error> {
    // Whoever asks for identities is about to decide.
    let visit = Visit { identities, settings: !identities.is_empty(), ..Visit::default() };
    let (entered, found) = visited(deps, call, id, dialect, &visit).await?;
    Ok((entered.into(), found))
}

async fn visited(
    deps: &Deps,
    call: &Call,
    id: ReviewId,
    dialect: Dialect,
    visit: &Visit<'_>,
) -> Result<(Entered, Option<Found>), Error> {
    let user = call.caller.user.key();
    // Who sees every column of a campaign needs no setting to look at it.
    let settings = visit.settings || dialect == Dialect::Certification || call.caller.role == Role::Reviewer;
    let kept = visit.kept && call.sees_all_rows();
    let visit = Visit { user: Some(&user), reach: !call.sees_all_rows(), settings, kept, ..*visit };
    let mut entered = deps.store.certifications().enter(&id, &visit).await?;
    let found = entered.found.take();
    let all = entered.settings.take();
    let for_others = std::mem::take(&mut entered.reach_for_others);
    let mut entered = judged(call, dialect, entered)?;
    if let Entered::Open(review) = &mut entered {
        if let Some(all) = all {
            review.known_settings = Some(review.under(deps, all).await?);
        }
        if !for_others.is_empty() {
            let self_review = review.settings(deps).await?.self_review();
            review.add_for_others(deps, call, self_review, for_others).await?;
        }
        if review.sight.is_empty() {
            return Err(Error::not_found());
        }
    }
    Ok((entered, found))
}

/// What the caller may know of what was read.
fn judged(call: &Call, dialect: Dialect, entered: store::enter::Entered) -> Result<Entered, Error> {
    let campaign = entered.campaign.map(|stored| stored.value);
    if dialect == Dialect::Campaign && !entered.is_campaign {
        return Err(Error::not_found());
    }
    let Some(review) = entered.review else {
        return match (campaign, call.sees_all_rows()) {
            (Some(campaign), true) => Ok(Entered::NotStarted(Some(Box::new(campaign)))),
            (Some(_), false) | (None, _) => Err(Error::not_found()),
        };
    };
    if !review.certification.visible_to(call.caller.role) {
        return Err(Error::not_found());
    }
    let sight = match entered.reach {
        None => Sight::All,
        Some(reach) => Sight::Own(Arc::new(reach)),
    };
    if review.certification.phase() == Phase::Searching && dialect == Dialect::Campaign {
        return Ok(Entered::NotStarted(campaign.map(Box::new)));
    }
    let origin = if entered.is_campaign { Origin::Campaign } else { Origin::Certification };
    let originals = entered.originals;
    Ok(Entered::Open(Box::new(Review { origin, campaign, originals, sight, ..Review::of_all(review) })))
}

/// Enters a review in order to do something with one of its rows.
///
/// # Errors
/// [`Error::NotFound`] also when there are no rows yet.
pub(crate) async fn enter_rows(deps: &Deps, call: &Call, id: ReviewId, dialect: Dialect) -> Result<Workable, Error> {
    enter(deps, call, id, dialect).await?.rows()
}

/// Enters a review in order to do, or to note, what its end still owes: removals that were ordered, rejections of what nobody
/// had decided, news of the end. That it was deleted after its end is in the way of none of these.
///
/// # Errors
/// [`Error::NotFound`] when it is gone for good, or there are no rows yet.
pub(crate) async fn enter_owed(deps: &Deps, call: &Call, id: ReviewId) -> Result<Workable, Error> {
    Ok(Workable(read(deps, call, id, Dialect::Certification).await?.rows()?))
}

impl Review {
    /// A review as somebody sees it who sees all rows, without the campaign in front of it.
    pub(crate) fn of_all(stored: store::certification::Review) -> Self {
        let (certification, attempt) = (stored.certification, stored.attempt);
        let (origin, sight) = (Origin::Certification, Sight::All);
        Self {
            certification,
            attempt,
            origin,
            campaign: None,
            originals: Vec::new(),
            sight,
            own_access: Reach::new(),
            known_settings: None,
            unreached: Arc::default(),
        }
    }

    /// Its id.
    pub(crate) fn id(&self) -> ReviewId {
        self.certification.id
    }

    /// Number of its rows; 0 until they are complete.
    pub(crate) fn total(&self) -> u32 {
        self.certification.total
    }

    /// Whether the caller is one of the reviewers of a row, or stands in for one.
    pub(crate) fn is_one_of(&self, call: &Call, row: RowId, mut reviewers: impl Iterator<Item = UserKey>) -> bool {
        let caller = call.caller.user.key();
        let for_others = self.own_access.mask(row.page()) & row.bit() == 0;
        reviewers.any(|reviewer| reviewer == caller || for_others && self.originals.contains(&reviewer))
    }

    /// What administrators have chosen, as it holds here; predefined notes aside.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn settings(&self, deps: &Deps) -> Result<Settings, Error> {
        match &self.known_settings {
            Some(settings) => Ok(settings.clone()),
            None => self.under(deps, deps.store.settings().ruling(None).await?).await,
        }
    }

    async fn under(&self, deps: &Deps, all: Book) -> Result<Settings, Error> {
        settings::of_workflow(deps, all, self.certification.workflow_id, self.origin).await
    }

    /// The columns of rows that this caller may neither see nor ask about, in either dialect.
    pub(crate) fn hidden_columns(&self, call: &Call) -> Vec<String> {
        match (call.caller.role, &self.known_settings) {
            (Role::Reviewer, Some(settings)) => settings.columns().hidden,
            (Role::Reviewer, None) | (Role::Administrator | Role::Operator | Role::Auditor, _) => Vec::new(),
        }
    }

    /// The rows that the caller sees on a page.
    pub(crate) fn visible(&self, page: u32) -> u64 {
        let rows = self.total().saturating_sub(page.saturating_mul(domain::page::ROWS));
        let exist = match rows {
            0 => 0,
            rows if rows >= domain::page::ROWS => u64::MAX,
            rows => (1 << rows) - 1,
        };
        self.sight.mask(page) & exist
    }

    /// Whether the caller sees a row.
    pub(crate) fn sees(&self, row: RowId) -> bool {
        row.0 < self.total() && self.sight.has(row)
    }

    /// The pages on which the caller sees rows, ascending.
    pub(crate) fn pages(&self) -> Vec<u32> {
        match &self.sight {
            Sight::All => (0..self.total().div_ceil(domain::page::ROWS)).collect(),
            Sight::Own(reach) => reach.pages().map(|(page, _)| page).collect(),
        }
    }

    /// How many of its rows the caller sees.
    pub(crate) fn total_in_sight(&self) -> u32 {
        match &self.sight {
            Sight::All => self.total(),
            Sight::Own(_) => self.pages().into_iter().map(|page| self.visible(page).count_ones()).sum(),
        }
    }
}

impl Workable {
    /// A review that a worker changes in the name of the installation, with the campaign in front of it.
    pub(crate) fn by_worker(stored: store::certification::Review, origin: Origin, campaign: Option<Campaign>) -> Self {
        Self(Review { campaign, origin, ..Review::of_all(stored) })
    }

    /// The review, for who only reads of it.
    pub(crate) fn into_review(self) -> Review {
        self.0
    }

    /// What decisions on its rows depend on, for this caller.
    pub(crate) fn context(&self, call: &Call, settings: &Settings) -> Context {
        Context {
            actor: call.caller.user.key(),
            role: call.caller.role,
            phase: self.phase_at(call.now, settings),
            notes: NotesRequired::from(settings),
            revoke_mode: self.revoke_mode(settings),
            assigned: Vec::new(),
            if_match: call.if_match,
        }
    }

    /// Where the review stands, also when nobody has noticed yet that its due date has passed.
    fn phase_at(&self, now: Timestamp, settings: &Settings) -> Phase {
        match is_overdue(&self.certification, settings, now) {
            true => Phase::Expired { at: now },
            false => self.certification.phase(),
        }
    }

    /// A campaign says itself what becomes of a rejection; a certification asks for the removal where somebody hears of it.
    fn revoke_mode(&self, settings: &Settings) -> RevokeMode {
        match &self.campaign {
            Some(campaign) => campaign.plan.revoke_mode,
            None if settings.webhook().is_some_and(|webhook| webhook.hears_of(Occasion::RowRejected)) => {
                RevokeMode::Enforce
            }
            None => RevokeMode::RecordOnly,
        }
    }
}
