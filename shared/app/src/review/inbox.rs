//! The open reviews in which a reviewer has rows.

use std::collections::HashMap;
use std::sync::Arc;

use domain::ids::ReviewId;

use super::open::{Review, Sight};
use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;

/// How many reviews a reviewer's inbox holds; what lies behind it is years old.
const MAX_REVIEWS: usize = 2_000;

/// The reviews that the caller, a reviewer, sees: open, and with a row of theirs. In no order.
pub(crate) async fn open(deps: &Deps, call: &Call) -> Result<Vec<Review>, Error> {
    let reached = deps.store.reaches().inbox(&call.caller.user.key(), None, MAX_REVIEWS).await?.values;
    let mut reach: HashMap<(ReviewId, u32), _> =
        reached.into_iter().map(|reached| ((reached.review, reached.attempt), reached.reach)).collect();
    let mut ids: Vec<ReviewId> = reach.keys().map(|(id, _)| *id).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = deps.store.certifications().get_many(&ids).await?;
    let visible = found.into_iter().filter(|stored| stored.certification.visible_to(call.caller.role));
    Ok(visible
        .filter_map(|stored| {
            // The reach of an attempt that is not the live one says nothing.
            let own = reach.remove(&(stored.certification.id, stored.attempt))?;
            (!own.is_empty()).then(|| Review { sight: Sight::Own(Arc::new(own)), ..Review::of_all(stored) })
        })
        .collect())
}
