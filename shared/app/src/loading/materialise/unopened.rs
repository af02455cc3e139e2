//! A review whose rows are in place and which nobody sees yet, as what works on it before it is opened finds it.

use std::sync::Arc;

use domain::ids::ReviewId;
use domain::review::CertState;
use store::certification::Plan;
use store::enter::Site;

use super::inputs::Inputs;
use crate::deps::Deps;
use crate::error::Error;

/// What is known of it.
pub(crate) struct Unopened {
    pub(crate) site: Site,
    pub(crate) inputs: Inputs,
    pub(crate) plan: Arc<Plan>,
}

/// An attempt that waits to be opened. `None` when the review was deleted or built anew: nobody waits for these rows.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn unopened(deps: &Deps, review: &ReviewId, attempt: u32) -> Result<Option<Unopened>, Error> {
    let site = deps.store.certifications().site(review, attempt).await?;
    let held = site.review.as_ref().filter(|held| held.attempt == attempt);
    let inputs = match (held, &site.inputs) {
        (Some(held), Some(inputs)) if held.certification.state == CertState::Searching => Inputs::read(review, inputs)?,
        _ => return Ok(None),
    };
    let plan = deps.store.certifications().plan(review, attempt).await?;
    let plan = plan.ok_or_else(|| Error::Bug(format!("review {review} has no plan")))?;
    Ok(Some(Unopened { site, inputs, plan }))
}
