//! Trying an automation out: what it would do to the rows of a certification, were that begun now.
//!
//! Nothing is written. The rows count as untouched, whatever has become of them; the automations that always run in the
//! workflow have their wishes, too; and the review before is the one that a certification begun now would look back at.

use std::collections::HashMap;
use std::sync::Arc;

use domain::automatic::Cause;
use domain::automation::{Action, Automation, Display};
use domain::decide::{Context, Wished, fulfil};
use domain::ids::{AutomationId, AutomationRunId, ReviewId, RowId, WorkflowId};
use domain::page::Change;
use domain::refusal::Refusal;
use domain::review::{CertState, Phase};
use domain::row::{Decision, RowState};
use domain::settings::Origin;
use store::certification::Plan;

use super::apply::matches;
use super::judge::{Judge, Matches};
use super::previous::{self, Priors};
use crate::automation::{self, ContentInput};
use crate::call::Call;
use crate::closing::reject::has_rejected;
use crate::deps::Deps;
use crate::error::Error;
use crate::prepared;
use crate::review::RowView;
use crate::review::open::{Review, Workable};
use crate::review::row::assemble;
use crate::unattended::BLOCKS_PER_RANGE;

/// The most rows that a trial shows.
pub const MAX_SHOWN: usize = 100;
/// How many rows of the review before are read; a larger one is looked back at by certifications alone, which have the time.
pub const MAX_PRIORS: u32 = 250_000;
/// How often an automation is held against a row, in all.
const MAX_TESTS: usize = 5_000_000;
/// How many reviews of a workflow are looked at for one that has rows.
const LOOKED_AT: usize = 20;

/// What is to be tried out on what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialInput {
    /// The automation.
    pub what: Tried,
    /// The rows.
    pub over: Over,
    /// How many of the rows are shown, at most [`MAX_SHOWN`].
    pub shown: usize,
}

/// An automation that is tried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// One that is kept, as it stands.
    Kept(AutomationId),
    /// One that is not kept, or not yet.
    Given(Box<ContentInput>),
}

/// Whose rows an automation is tried out on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// Those of the last certification of a workflow that has rows.
    Workflow(WorkflowId),
    /// Those of a certification.
    Certification(ReviewId),
}

/// What an automation would do.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The certification whose rows were looked at.
    pub certification: ReviewId,
    /// How many rows it has.
    pub total: u32,
    /// How many of them were looked at, from the first on: fewer than all where there are more than a call looks at.
    pub examined: u32,
    /// How many of these the automation is for.
    pub matched: u32,
    /// How many it would change or mark, or leave a note in the log of.
    pub affected: u32,
    /// How many parts of rows would stay as they are, because other automations wish for something else.
    pub conflicts: u32,
    /// The first rows that it is for.
    pub rows: Vec<TriedRow>,
}

/// What an automation would do to a row.
#[derive(Debug, Clone)]
pub struct TriedRow {
    /// The row.
    pub row: RowView,
    /// What would become of it.
    pub outcome: Outcome,
}

/// What would become of a row; `None` for a part that the automation does not change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// The decision.
    pub decision: Option<Decision>,
    /// Whether it is signed off.
    pub signed_off: Option<bool>,
    /// The note.
    pub notes: Option<String>,
    /// What is shown beside it.
    pub display: Option<Display>,
    /// The parts for which other automations wish something else, as clients know them.
    pub conflicts: Vec<&'static str>,
}

/// Tries an automation out.
///
/// # Errors
/// [`Error::NotFound`] when there is no such automation, workflow or certification; [`Error::Invalid`] names everything
/// that is wrong with an automation that is given, or a workflow without rows; [`Error::Refused`] while a certification has
/// no rows; [`Error::TooLarge`] when the review before has too many; [`Error::Unavailable`] also while that has just expired
/// and its undecided rows are being rejected.
pub async fn test(deps: &Deps, call: &Call, input: TrialInput) -> Result<Trial, Error> {
    let tried = match input.what {
        Tried::Kept(id) => automation::get(deps, call, id).await?,
        Tried::Given(content) => {
            let id = AutomationId::new(call.created("tried automation"));
            let content = automation::checked(*content).map_err(|error| prepared::within("automation", error))?;
            Automation { id, content, version: 0 }
        }
    };
    let review = found(deps, input.over).await?;
    let trial = Trying::new(deps, call, review, tried).await?;
    trial.carry_out(input.shown.min(MAX_SHOWN)).await
}

/// The review whose rows are looked at.
async fn found(deps: &Deps, over: Over) -> Result<Workable, Error> {
    let review = match over {
        Over::Certification(id) => {
            let stored = deps.store.certifications().get(&id).await?.ok_or_else(Error::not_found)?;
            if stored.certification.state == CertState::Searching {
                return Err(Refusal::NotStarted.into());
            }
            stored
        }
        Over::Workflow(workflow) => {
            deps.store.workflows().get(&workflow).await?.ok_or_else(Error::not_found)?;
            let last = deps.store.certifications().list(&workflow, None, LOOKED_AT).await?.values;
            let mut built = last.into_iter().filter(|review| review.certification.state != CertState::Searching);
            let none =
                || Error::invalid("workflow_id", "has no certification with rows yet to try an automation out on");
            built.next().ok_or_else(none)?
        }
    };
    let campaign = deps.store.campaigns().get(&review.certification.id).await?.map(|stored| stored.value);
    let origin = if campaign.is_some() { Origin::Campaign } else { Origin::Certification };
    Ok(Workable::by_worker(review, origin, campaign))
}

/// A trial under way.
struct Trying<'a> {
    deps: &'a Deps,
    call: &'a Call,
    review: Workable,
    plan: Arc<Plan>,
    tried: Automation,
    /// Where it stands among all automations that are applied.
    place: usize,
    judge: Arc<Judge>,
    /// How many automations are applied.
    applied: usize,
    priors: Option<Arc<Priors>>,
    context: Context,
}

impl<'a> Trying<'a> {
    async fn new(deps: &'a Deps, call: &'a Call, review: Workable, tried: Automation) -> Result<Self, Error> {
        let workflow = review.certification.workflow_id;
        let mut pinned = automation::to_run(deps, workflow, &[]).await?;
        pinned.retain(|(id, _)| *id != tried.id);
        let mut automations = deps.store.automations().versions(&pinned).await?;
        automations.push(tried.clone());
        automations.sort_by(|one, two| one.order().cmp(&two.order()));
        let place = automations.iter().position(|automation| automation.id == tried.id).unwrap_or_default();
        let run = AutomationRunId::new(call.created("tried run"));
        let judge = Arc::new(Judge::new(&automations, run, &review.certification.query_used)?);
        let priors = if judge.looks_back() { Some(priors(deps, &review).await?) } else { None };
        let system = Call::by_itself("automate", review.id().uuid(), call.now, call.now);
        let context = Context { phase: Phase::Open, ..review.context(&system, &review.settings(deps).await?) };
        let plan = review.plan(deps).await?.plan;
        let applied = automations.len();
        Ok(Self { deps, call, review, plan, tried, place, judge, applied, priors, context })
    }

    async fn carry_out(&self, shown: usize) -> Result<Trial, Error> {
        let mut trial = Trial {
            certification: self.review.id(),
            total: self.plan.rows,
            examined: 0,
            matched: 0,
            affected: 0,
            conflicts: 0,
            rows: Vec::new(),
        };
        let mut samples: Vec<(RowId, Outcome)> = Vec::new();
        let (blocks, examined) = within(self.most(), (0..self.plan.blocks()).map(|number| self.rows_in(number)));
        for first in (0..blocks).step_by(BLOCKS_PER_RANGE as usize) {
            let numbers: Vec<u32> = (first..(first + BLOCKS_PER_RANGE).min(blocks)).collect();
            let judging = (&self.judge, self.priors.as_ref());
            let review = (self.review.id(), self.review.attempt);
            let matches = matches(self.deps, review, &self.plan, judging, &numbers).await?;
            self.count(matches, &mut trial, &mut samples, shown)?;
        }
        trial.examined = examined;
        let numbers: Vec<RowId> = samples.iter().map(|(row, _)| *row).collect();
        let rows = assemble::rows(self.deps, self.call, &self.review, &numbers, assemble::Known::default()).await?;
        let outcomes = samples.into_iter().map(|(_, outcome)| outcome);
        trial.rows = rows.into_iter().zip(outcomes).map(|(row, outcome)| TriedRow { row, outcome }).collect();
        Ok(trial)
    }

    /// How many rows may be looked at.
    fn most(&self) -> u32 {
        u32::try_from(self.deps.settings.examined_rows.min(MAX_TESTS / self.applied.max(1))).unwrap_or(u32::MAX)
    }

    fn rows_in(&self, block: u32) -> u32 {
        let rows = self.plan.rows_of(block);
        rows.end - rows.start
    }

    /// Counts the rows that the tried automation is for. What becomes of a row follows from which automations are for it.
    fn count(
        &self,
        matches: Matches,
        trial: &mut Trial,
        samples: &mut Vec<(RowId, Outcome)>,
        shown: usize,
    ) -> Result<(), Error> {
        let mut outcomes: HashMap<Vec<usize>, (Outcome, bool)> = HashMap::new();
        for (row, places) in matches {
            if !places.contains(&self.place) {
                continue;
            }
            let (outcome, touches) = match outcomes.get(&places) {
                Some(outcome) => outcome.clone(),
                None => {
                    let outcome = self.outcome(&places)?;
                    outcomes.insert(places, outcome.clone());
                    outcome
                }
            };
            trial.matched += 1;
            trial.affected += u32::from(touches);
            trial.conflicts += u32::try_from(outcome.conflicts.len()).unwrap_or(u32::MAX);
            if samples.len() < shown {
                samples.push((row, outcome));
            }
        }
        Ok(())
    }

    /// What the tried automation does to an untouched row that the automations at these places are for, and whether that
    /// stands in the row's log: a note does, too, that cannot become the row's beside others.
    fn outcome(&self, places: &[usize]) -> Result<(Outcome, bool), Error> {
        let wishes = self.judge.wishes(places);
        let made = fulfil(&RowState::default(), &wishes, &self.context, self.call.now)?.changes;
        let (mut outcome, mut own, mut touches) = (Outcome::default(), false, false);
        for change in made {
            match change {
                Change::Automatic { cause } => {
                    own = matches!(cause, Cause::Automation { id, .. } if id == self.tried.id);
                    touches |= own;
                }
                _ if !own => {}
                Change::Decided { decision } => outcome.decision = Some(decision),
                Change::Cleared { .. } => outcome.decision = Some(Decision::None),
                Change::Note { .. } => outcome.notes = self.note(),
                Change::SignedOff => outcome.signed_off = Some(true),
                Change::SignOffUndone => outcome.signed_off = Some(false),
                Change::Displayed { .. } => outcome.display = self.display(),
                _ => {}
            }
        }
        let whats: Vec<(AutomationId, Wished)> = wishes.iter().map(|wish| (wish.automation, wish.what)).collect();
        outcome.conflicts = conflicts(self.tried.id, &whats);
        Ok((outcome, touches))
    }

    fn note(&self) -> Option<String> {
        match &self.tried.content.action {
            Action::Modify(change) => change.notes.clone(),
            Action::Display(_) => None,
        }
    }

    fn display(&self) -> Option<Display> {
        match &self.tried.content.action {
            Action::Display(display) => Some(display.clone()),
            Action::Modify(_) => None,
        }
    }
}

/// The parts for which others wish something else than one of them, as clients know them.
fn conflicts(tried: AutomationId, wishes: &[(AutomationId, Wished)]) -> Vec<&'static str> {
    let parts = |what: &Wished| match *what {
        Wished::Modify { decision, note, signed_off } => (decision, note.map(|note| note.0), signed_off),
        Wished::Display => (None, None, None),
    };
    let of_tried = wishes.iter().find(|(id, _)| *id == tried).map(|(_, what)| parts(what)).unwrap_or_default();
    let differs = |differ: Differ| wishes.iter().any(|(_, what)| differ(&of_tried, &parts(what)));
    let named: [(&'static str, Differ); 3] = [
        ("decision", |own, other| is_other(own.0, other.0)),
        ("notes", |own, other| is_other(own.1, other.1)),
        ("signed_off_state", |own, other| is_other(own.2, other.2)),
    ];
    named.into_iter().filter(|(_, differ)| differs(*differ)).map(|(name, _)| name).collect()
}

/// What is wished for: decision, digest of the note, sign-off.
type Parts = (Option<Decision>, Option<[u8; 32]>, Option<bool>);
/// Whether two wishes differ in a part.
type Differ = fn(&Parts, &Parts) -> bool;

fn is_other<T: PartialEq>(own: Option<T>, other: Option<T>) -> bool {
    own.zip(other).is_some_and(|(own, other)| own != other)
}

/// How many blocks, from the first on, hold `most` rows together, but one at least, and how many rows they hold; their sizes are given in order.
fn within(most: u32, sizes: impl Iterator<Item = u32>) -> (u32, u32) {
    let (mut blocks, mut rows) = (0, 0_u32);
    for size in sizes {
        match rows.checked_add(size).filter(|rows| *rows <= most || blocks == 0) {
            Some(all) => (blocks, rows) = (blocks + 1, all),
            None => break,
        }
    }
    (blocks, rows)
}

/// The rows that a certification begun now would look back at.
async fn priors(deps: &Deps, review: &Review) -> Result<Arc<Priors>, Error> {
    let workflow = review.certification.workflow_id;
    let before = previous::ended(deps, &workflow, review.origin, None).await?;
    if let Some(before) = &before
        && !has_rejected(deps, &before.certification).await?
    {
        let reason = "what nobody had decided in the review before is still being rejected";
        return Err(Error::Unavailable(reason.to_owned()));
    }
    let before = before.as_ref().map(previous::Ended::previous);
    if before.is_some_and(|before| before.rows > MAX_PRIORS) {
        let issue = format!("the review before has more than {MAX_PRIORS} rows: try it out without mutable_filter");
        return Err(Error::TooLarge(issue));
    }
    Ok(Arc::new(Priors::of(deps, before, None).await?))
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn a_trial_looks_at_no_more_rows_than_it_may() {
        let blocks = || std::iter::repeat_n(512, 1_000);
        assert_eq!(within(100_000, blocks()), (195, 99_840));
        assert_eq!((within(512, blocks()), within(1, blocks())), ((1, 512), (1, 512)));
        assert_eq!(within(100_000, [512, 512, 3].into_iter()), (3, 1_027));
    }
}
