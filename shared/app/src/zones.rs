//! The zone maps of a review: by what they tell, blocks are left out without being read.
//!
//! A map of a block costs about a fifteenth of the block, and all are read together: a review of a few blocks is read
//! sooner than its maps, so that it has none.

use columns::{ZoneMap, decode_zones};
use domain::ids::ReviewId;
use store::certification::Plan;

use crate::deps::Deps;
use crate::error::Error;

/// How many blocks a review has at least for its maps to be worth their items, and as many as somebody has to look at for
/// them to be worth a request.
pub(crate) const FROM: u32 = 8;

/// The maps of all blocks of an attempt; empty where there are none. Maps that cannot be read, or are not one for each
/// block, cost speed and not correctness.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn read(deps: &Deps, review: &ReviewId, attempt: u32, plan: &Plan) -> Result<Vec<ZoneMap>, Error> {
    if plan.blocks() < FROM {
        return Ok(Vec::new());
    }
    let parts = deps.store.certifications().zones(review, attempt, plan.blocks()).await?;
    let maps: Result<Vec<Vec<ZoneMap>>, _> = parts.iter().map(|part| decode_zones(part)).collect();
    let maps = maps.unwrap_or_default().concat();
    Ok(if maps.len() == plan.starts.len() { maps } else { Vec::new() })
}
