//! What a letter says: read when it is sent, as its recipient may see it.

use domain::ids::ReviewId;
use domain::letter::{Letter, Motive};
use domain::review::Phase;
use domain::user::{Caller, Role, User};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::write::ended;
use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::review::open::{Dialect, Review, enter_rows};
use crate::review::read::counts::{self, CountsView};
use crate::review::read::inbox;
use crate::user;

/// How many reviews a letter names; of more it says how many.
const MOST_REVIEWS: usize = 30;

/// What a letter says.
#[derive(Debug, Clone, PartialEq)]
pub struct Contents {
    /// The letter's id.
    pub id: String,
    /// When it is read.
    pub at: Timestamp,
    /// Why it is written.
    pub motive: Motive,
    /// To whom.
    pub to: User,
    /// Who did what it tells; `None` when nobody did.
    pub actor: Option<User>,
    /// The reviews that it is about, the most urgent first; at least one.
    pub reviews: Vec<Waiting>,
    /// How many reviews it does not name.
    pub more: usize,
    /// Whose days and hours dates are given in.
    pub zone: TimeZone,
}

/// A review, as a letter tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Which.
    pub review: ReviewId,
    /// What it is called.
    pub name: String,
    /// What whoever made it wants reviewers to know; empty for nothing.
    pub notes: String,
    /// Where people find it; `None` where there is no such place.
    pub link: Option<String>,
    /// When it is due.
    pub due: Option<Timestamp>,
    /// Whether that has passed.
    pub is_overdue: bool,
    /// The recipient's rows, or all of them for whoever answers for the review.
    pub rows: Rows,
}

/// Rows by how far they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rows {
    /// All of them.
    pub total: i64,
    /// Without a decision.
    pub undecided: i64,
    /// Decided, but not signed off.
    pub unconfirmed: i64,
    /// Whose access stays.
    pub accepted: i64,
    /// Whose access goes, or has gone.
    pub rejected: i64,
}

impl Rows {
    /// Whether somebody has something to do.
    #[must_use]
    pub const fn wait(&self) -> bool {
        self.undecided > 0 || self.unconfirmed > 0
    }
}

impl From<CountsView> for Rows {
    fn from(view: CountsView) -> Self {
        let counts = view.counts;
        let decided = counts.accepted + counts.rejected + counts.fixed;
        Self {
            total: view.total,
            undecided: (view.total - decided).max(0),
            unconfirmed: (decided - counts.signed_off).max(0),
            accepted: counts.accepted,
            rejected: counts.rejected + counts.fixed,
        }
    }
}

/// What a letter to somebody says now; `None` when there is nothing left to say.
pub(super) async fn of(deps: &Deps, letter: &Letter, to: User) -> Result<Option<Contents>, Error> {
    let Some(settings) = &deps.settings.mail else { return Ok(None) };
    let now = deps.clock.now();
    let call = Call::by_itself("mail", letter.id.uuid(), letter.at, now);
    let call = Call { caller: Caller { user: to.clone(), role: Role::Reviewer, key_id: None }, ..call };
    let found = match (letter.motive, letter.review) {
        (Motive::Reminder, _) => inbox::assigned(deps, &call).await?,
        (Motive::Started | Motive::Reassigned, Some(id)) => own(deps, &call, id).await?.into_iter().collect(),
        (Motive::Completed | Motive::Expired, Some(id)) => ended(deps, id).await?.into_iter().collect(),
        (_, None) => Vec::new(),
    };
    let mut reviews = Vec::with_capacity(found.len());
    for review in found {
        let rows = Rows::from(counts::of(deps, &review).await?);
        if rows.wait() || letter.motive.is_of_an_end() {
            reviews.push(waiting(deps, review, rows, now));
        }
    }
    if reviews.is_empty() {
        return Ok(None);
    }
    reviews.sort_by_key(|one| (one.due.is_none(), one.due, one.name.to_lowercase(), one.review));
    let more = reviews.len().saturating_sub(MOST_REVIEWS);
    reviews.truncate(MOST_REVIEWS);
    let known = user::by_key(deps, letter.actor.as_slice()).await?;
    let actor = letter.actor.as_ref().filter(|actor| !actor.is_system()).map(|actor| user::or_key(&known, actor));
    let (id, motive, zone) = (letter.id.uuid().to_string(), letter.motive, settings.zone.clone());
    Ok(Some(Contents { id, at: now, motive, to, actor, reviews, more, zone }))
}

/// A review in which the caller has rows to decide on; `None` when it is over, or they have none any more.
async fn own(deps: &Deps, call: &Call, id: ReviewId) -> Result<Option<Review>, Error> {
    match enter_rows(deps, call, id, Dialect::Certification).await {
        Ok(review) => Ok((review.certification.phase() == Phase::Open).then(|| review.into_review())),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn waiting(deps: &Deps, review: Review, rows: Rows, now: Timestamp) -> Waiting {
    let certification = review.certification;
    Waiting {
        review: certification.id,
        link: deps.settings.link_to(certification.id),
        name: certification.name,
        notes: certification.notes,
        due: certification.due_date,
        is_overdue: certification.due_date.is_some_and(|due| due < now),
        rows,
    }
}
