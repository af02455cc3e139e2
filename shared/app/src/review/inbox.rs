//! The open reviews in which a reviewer has rows.

use std::collections::HashMap;
use std::sync::Arc;

use domain::ids::ReviewId;
use domain::review::Phase;
use domain::user::UserKey;
use store::reach::Reach;

use super::open::{Review, Sight};
use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;

/// How many reviews a reviewer's inbox holds; what lies behind it is years old.
const MAX_REVIEWS: usize = 2_000;

/// The reviews that the caller, a reviewer, sees: open, and with a row of theirs or of somebody for whom they stand in. In
/// no order.
pub(crate) async fn open(deps: &Deps, call: &Call) -> Result<Vec<Review>, Error> {
    let (reach, originals) = mine(deps, call).await?;
    let mut found = within(deps, reach, &originals).await?;
    found.retain(|review| review.certification.visible_to(call.caller.role));
    Ok(found)
}

/// The open reviews in which the caller, whatever their role, has rows of their own, or of somebody for whom they stand in.
/// In no order.
pub(crate) async fn assigned(deps: &Deps, call: &Call) -> Result<Vec<Review>, Error> {
    let (reach, originals) = mine(deps, call).await?;
    let mut found = within(deps, reach, &originals).await?;
    found.retain(|review| review.certification.phase() == Phase::Open);
    Ok(found)
}

/// The rows that the caller reaches, by certification and attempt.
type Reached = HashMap<(ReviewId, u32), Reach>;

async fn mine(deps: &Deps, call: &Call) -> Result<(Reached, Vec<UserKey>), Error> {
    let user = call.caller.user.key();
    let pairs = deps.store.standing().delegates().await?.value;
    let originals = pairs.into_iter().filter(|(_, delegate)| *delegate == user).map(|(original, _)| original);
    let originals: Vec<UserKey> = originals.collect();
    let mut reach = Reached::new();
    for user in std::iter::once(&user).chain(&originals) {
        for reached in deps.store.reaches().inbox(user, None, MAX_REVIEWS).await?.values {
            reach.entry((reached.review, reached.attempt)).or_default().unite(reached.reach);
        }
    }
    Ok((reach, originals))
}

async fn within(deps: &Deps, mut reach: Reached, originals: &[UserKey]) -> Result<Vec<Review>, Error> {
    let mut ids: Vec<ReviewId> = reach.keys().map(|(id, _)| *id).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = deps.store.certifications().get_many(&ids).await?;
    Ok(found
        .into_iter()
        .filter_map(|stored| {
            // The reach of an attempt that is not the live one says nothing.
            let own = reach.remove(&(stored.certification.id, stored.attempt))?;
            let sight = Sight::Own(Arc::new(own));
            Some(Review { sight, originals: originals.to_vec(), ..Review::of_all(stored) })
        })
        .collect())
}
