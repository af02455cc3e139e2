//! What the previous review of the same workflow decided: about an account itself, about others who hold the same, and
//! about its peers.
//!
//! Only a completed review teaches, whose decisions change no more, and only what people decided: a rule would learn from
//! itself. Which review that is, is frozen with the inputs.

use std::collections::HashMap;

use domain::ids::{ReviewId, WorkflowId};
use domain::page::{PageState, ROWS};
use domain::review::CertState;
use domain::row::Decision;
use serde::{Deserialize, Serialize};
use store::lookup::IdentityHash;

use crate::deps::Deps;
use crate::error::Error;

/// How many reviews of a workflow are looked at for a completed one.
const LOOKED_AT: usize = 20;

/// The review whose decisions teach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Previous {
    pub(crate) review: ReviewId,
    pub(crate) attempt: u32,
    pub(crate) rows: u32,
}

/// By account id, whether the access was rejected. Accounts that nobody decided on are not in it.
pub(crate) type Decided = HashMap<IdentityHash, bool>;

/// The last review of a workflow before `own` that was completed or has expired; `None` when there is none among the
/// latest. One that was broken off teaches nothing: most of it was never looked at.
pub(crate) async fn previous(deps: &Deps, workflow: &WorkflowId, own: &ReviewId) -> Result<Option<Previous>, Error> {
    let reviews = deps.store.certifications().list(workflow, None, LOOKED_AT).await?.values;
    let mut others = reviews.into_iter().filter(|review| {
        let certification = &review.certification;
        let has_ended = certification.state == CertState::Completed || certification.expired_at.is_some();
        let was_broken_off = certification.terminated_at.is_some();
        certification.id != *own && has_ended && !was_broken_off && certification.total > 0
    });
    Ok(others.next().map(|review| Previous {
        review: review.certification.id,
        attempt: review.attempt,
        rows: review.certification.total,
    }))
}

/// What people decided in a review, by account: the states of its touched pages, and of their blocks the account ids.
pub(crate) async fn decided(deps: &Deps, previous: &Previous) -> Result<Decided, Error> {
    let Previous { review, attempt, rows } = previous;
    let states = deps.store.pages().touched(review, 0..rows.div_ceil(ROWS)).await?;
    let Some(plan) = deps.store.certifications().plan(review, *attempt).await? else { return Ok(Decided::new()) };
    let mut blocks: Vec<u32> = states.keys().filter_map(|page| Some(plan.locate(page * ROWS)?.0)).collect();
    blocks.dedup();
    let mut decided = Decided::new();
    for number in blocks {
        let batch = deps.store.blocks().read(review, *attempt, number).await?.columns(&["source.id"])?;
        for (index, row) in plan.rows_of(number).enumerate() {
            let state = states.get(&(row / ROWS));
            let rejected = state.and_then(|state| rejected(state, row));
            let account = batch.text("source.id", index);
            decided.extend(account.zip(rejected).map(|(account, rejected)| (IdentityHash::of(&[account]), rejected)));
        }
    }
    Ok(decided)
}

/// Whether a person rejected a row; `None` when no person decided.
fn rejected(state: &PageState, row: u32) -> Option<bool> {
    let row = state.row(u8::try_from(row % ROWS).ok()?)?;
    row.decided.as_ref().filter(|mark| !mark.by.is_system())?;
    match row.decision {
        Decision::None => None,
        Decision::Accepted => Some(false),
        Decision::Rejected | Decision::Fixed => Some(true),
    }
}
