//! Reviews and how they move from state to state.
//!
//! A campaign is a certification seen through another vocabulary. [`Campaign`] holds what the campaign dialect adds
//! (scope, dates, start state) and is the review until it starts; [`Certification`] is the review from then on, under
//! the same id. A certification that was created from a workflow has no campaign.
//!
//! Transitions are pure functions from a state and a command to the next state or a refusal. They match exhaustively: a
//! new state or command does not compile until somebody has thought about each pair.

mod campaign;
mod campaign_step;
mod certification;
mod workflow;

pub use campaign::{
    Campaign, CampaignCommand, CampaignEdit, CampaignPlan, CampaignQuery, CampaignStatus, Condition, ConditionValue,
    RevokeMode, Scope, StartState,
};
pub use campaign_step::step_campaign;
pub use certification::{
    Acknowledged, Beginning, CertState, Certification, CertificationCommand, CertificationEdit, Phase,
    step_certification,
};
pub use workflow::{ReviewerAssignment, Workflow};

use crate::counts::Counts;
use crate::refusal::Refusal;
use crate::settings::CompletionRule;

/// Whether the rows allow a review of `total` rows to be completed by a person.
///
/// # Errors
/// [`Refusal::RowsBlockCompletion`] with the numbers of rows in the way.
pub fn may_complete(rule: CompletionRule, total: i64, counts: &Counts) -> Result<(), Refusal> {
    let not_signed_off = total - counts.signed_off;
    let rejected = match rule {
        CompletionRule::Anytime => return Ok(()),
        CompletionRule::AllRowsHaveDecision => 0,
        CompletionRule::AllRowsHaveNonRejectedDecision => counts.rejected,
    };
    if not_signed_off > 0 || rejected > 0 {
        return Err(Refusal::RowsBlockCompletion { not_signed_off, rejected });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
