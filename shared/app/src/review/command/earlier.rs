//! What a call has done in an earlier life.

use std::collections::BTreeMap;

use domain::ids::RowId;
use domain::page::Seen;

use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::review::list::overlay;
use crate::review::open::Review;
use crate::review::row::log;

/// What the call has changed in an earlier life, in the whole review; nothing of a call that has none. A review that has
/// ended since refuses what is new, and not what was done.
pub(in crate::review) async fn of_repeated(
    deps: &Deps,
    call: &Call,
    review: &Review,
) -> Result<BTreeMap<u32, u64>, Error> {
    if call.repeatable { changed(deps, call, review, None, None).await } else { Ok(BTreeMap::new()) }
}

/// What the call has changed in an earlier life, between two places, by page.
pub(super) async fn changed(
    deps: &Deps,
    call: &Call,
    review: &Review,
    after: Option<RowId>,
    to: Option<RowId>,
) -> Result<BTreeMap<u32, u64>, Error> {
    let (first, last) = (after.map_or(0, RowId::page), to.map_or(u32::MAX, RowId::page));
    let pages: Vec<u32> = review.pages().into_iter().filter(|page| (first..=last).contains(page)).collect();
    let (mut done, turns) = (BTreeMap::new(), call.turns());
    for (page, state) in overlay::touched(deps, review, &pages).await? {
        if state.seen(call.command) != Seen::No {
            let log = deps.store.pages().log(&review.id(), page).await?;
            let rows = log::touched_by(&log, &turns);
            if rows != 0 {
                done.insert(page, rows);
            }
        }
    }
    Ok(done)
}
