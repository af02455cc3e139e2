//! What a caller has to review.

use domain::counts::Counts;
use domain::ids::ReviewId;
use futures::FutureExt;
use futures::future::{BoxFuture, try_join_all};
use jiff::Timestamp;

use super::{CertificationView, view};
use crate::call::Call;
use crate::cursor::{self, Binding};
use crate::deps::Deps;
use crate::error::Error;
use crate::page::Page;
use crate::review::open::{Review, Sight};
use crate::review::read::{counts, inbox};

/// How many certifications are counted at the same time.
const ABREAST: usize = 8;

/// The open certifications with a row of the caller's, the first due first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignedInput {
    /// At most this many, at least 1.
    pub limit: usize,
    /// The cursor of a page before.
    pub after: Option<String>,
}

/// A certification, and how far its caller has come with their rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignedView {
    /// The certification as the caller sees it.
    pub view: CertificationView,
    /// How many rows are the caller's, or those of somebody for whom they stand in.
    pub total: i64,
    /// How many of these are in which status.
    pub counts: Counts,
}

/// Where a certification stands in the list: when it is due, in milliseconds, those without a date last; then when it was
/// started, the last first; then its id.
type Place = (i64, i64, ReviewId);

fn place(review: &Review) -> Place {
    let certification = &review.certification;
    let due = certification.due_date.map_or(i64::MAX, Timestamp::as_millisecond);
    (due, certification.started_at.as_millisecond().saturating_neg(), certification.id)
}

/// What the caller has to review: open certifications with a row of theirs, the first due first, then the last started.
///
/// # Errors
/// [`Error::Invalid`] for a cursor of another list.
pub async fn assigned_to_me(deps: &Deps, call: &Call, input: AssignedInput) -> Result<Page<AssignedView>, Error> {
    let binding = Binding::of("certifications assigned to", &[call.caller.user.key().as_str()]);
    let after: Option<Place> =
        input.after.as_deref().map(|cursor| cursor::open(&binding, cursor, "after")).transpose()?;
    let mut found = inbox::assigned(deps, call).await?;
    found.sort_by_key(place);
    let mut rest = found.into_iter().filter(|review| after.is_none_or(|after| place(review) > after));
    let shown: Vec<Review> = rest.by_ref().take(input.limit.max(1)).collect();
    let end = shown.last().map(place).map(|place| cursor::seal(&binding, place)).transpose()?;
    let next = if rest.next().is_some() { end.clone() } else { None };
    let mut items = Vec::with_capacity(shown.len());
    for some in shown.chunks(ABREAST) {
        let views: Vec<BoxFuture<'_, _>> = some.iter().map(|review| of_caller(deps, call, review).boxed()).collect();
        items.extend(try_join_all(views).await?);
    }
    Ok(Page { items, next, end, has_previous: after.is_some() })
}

async fn of_caller(deps: &Deps, call: &Call, review: &Review) -> Result<AssignedView, Error> {
    let own = counts::of(deps, review).await?;
    let view = if call.sees_all_rows() {
        view(deps, call, &Review { sight: Sight::All, ..review.clone() }).await?
    } else {
        view(deps, call, review).await?
    };
    Ok(AssignedView { view, total: own.total, counts: own.counts })
}
