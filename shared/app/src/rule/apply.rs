//! Having rules decide about the pending rows of a campaign.
//!
//! What rules ask about is frozen, so which rule matches which row is worked out from blocks alone, and comes out the
//! same whenever it is done. Whether a row is still pending is another matter: that is decided by the domain on the state
//! of its page in the very transaction that writes ([`domain::decide`]), so that whatever a person did a moment before
//! stands.
//!
//! How a range of blocks is done once, whoever does it, is the same for all that decides without a person
//! ([`crate::unattended`]).

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use columns::ZoneMap;
use domain::automatic::{Automatic, AutomaticStep, Cause, Wish};
use domain::decide::{self, Context, NotesRequired, RowCommand, apply_command};
use domain::ids::{CommandId, RowId};
use domain::page::{Change, PageState, acts};
use domain::refusal::Refusal;
use domain::review::{Campaign, CertState, Phase};
use domain::settings::{Book, Origin, Settings};
use domain::user::{Role, UserKey};
use jiff::Timestamp;
use store::certification::{Fence, Plan, Review};
use store::job::{Job, Part};
use store::page::{MAX_NAMED_BYTES, MAX_REACHED, PageWork};
use store::policy::FrozenPolicy;

use super::earlier;
use super::findings::{Findings, Found, Progress, SAMPLES, Tally};
use super::judge::{Decider, Judge, Judged, Verdict};
use super::order::Evaluation;
use super::planned::Planned;
use super::reviewers::Finder;
use crate::closing::expire::fence;
use crate::deps::Deps;
use crate::error::Error;
use crate::event::ReviewKind;
use crate::loading::jobs::Left;
use crate::loading::materialise::inputs::Inputs;
use crate::loading::offload;
use crate::review::command::act::{note_reach, spelled};
use crate::unattended::{self, Reached, Worker, Writer};
use crate::{user, zones};

/// An evaluation under way.
struct Run<'a> {
    deps: &'a Deps,
    job: &'a Job,
    review: Review,
    campaign: Campaign,
    terms: Terms,
    plan: Arc<Plan>,
    judge: Arc<Judge>,
    zones: Vec<ZoneMap>,
    finder: Finder,
    /// What may decide: findings tell it by its number here.
    causes: Vec<Cause>,
    /// How many matches earlier ranges have: samples are taken from the first ranges alone.
    matched: u64,
}

/// By what rows are written.
struct Terms {
    settings: Settings,
    phase: Phase,
    fence: Fence,
}

impl Terms {
    /// Before the campaign is opened: its rows are there, and it neither ends by itself nor is overdue.
    fn unopened() -> Self {
        Self { settings: Settings::defaults(Origin::Campaign), phase: Phase::Open, fence: Fence::Open }
    }

    fn of_open(review: &Review, all: Book) -> Self {
        let settings = Settings::new(Book::default(), all, Origin::Campaign);
        let fence = fence(&review.certification, &settings);
        Self { settings, phase: review.certification.phase(), fence }
    }
}

/// Applies the rules of an order.
///
/// # Errors
/// [`Error::Refused`] when the campaign is over, whatever it was when the work was asked for; [`Error::NotFound`] when it
/// is gone; [`Error::Unavailable`].
pub(super) async fn carry_out(deps: &Deps, job: &Job, order: &Evaluation, left: Left<'_>) -> Result<Progress, Error> {
    let site = deps.store.certifications().site(&order.review, order.attempt).await?;
    let review = site.review.filter(|review| review.attempt == order.attempt).ok_or_else(Error::not_found)?;
    let campaign = site.campaign.ok_or_else(Error::not_found)?.value;
    if review.certification.state == CertState::Searching && !order.opens {
        return Err(Refusal::NotStarted.into());
    }
    let inputs = site.inputs.ok_or_else(|| Error::Bug(format!("review {} has no inputs", order.review)))?;
    let inputs = Inputs::read(&order.review, &inputs)?;
    let policies = order.policies.iter().cloned().map(FrozenPolicy::thaw).collect();
    let judge = match Judge::new(&order.rules, policies, inputs.as_of) {
        Ok(judge) => judge,
        Err(faults) => return Ok(Progress::Done(Findings { faults, ..Findings::default() }, 0)),
    };
    let plan = deps.store.certifications().plan(&order.review, order.attempt).await?;
    let plan = plan.ok_or_else(|| Error::Bug(format!("review {} has no plan", order.review)))?;
    let rules = order.settled.rules_by_name(order.self_review(inputs.self_review()));
    let finder = Finder::new(deps, inputs.snapshot()?, &judge, rules, inputs.provider()).await?;
    let causes = order.causes().collect();
    let terms = if order.opens { Terms::unopened() } else { Terms::of_open(&review, site.settings) };
    let mut run = Run {
        deps,
        job,
        review,
        campaign,
        terms,
        plan,
        judge: Arc::new(judge),
        zones: Vec::new(),
        finder,
        causes,
        matched: 0,
    };
    let plan = Arc::clone(&run.plan);
    match unattended::in_ranges(deps, job, &plan, left, &mut run).await? {
        Reached::End(parts) => {
            let found = Found::in_all(parts, false)?;
            Ok(Progress::Done(Findings { found, faults: Vec::new() }, u64::from(plan.rows)))
        }
        Reached::Interrupted => Ok(Progress::Interrupted),
        Reached::CalledOff => Ok(Progress::CalledOff),
    }
}

impl Worker for Run<'_> {
    async fn resume(&mut self, before: &[(u32, Part)]) -> Result<(), Error> {
        self.matched = before.iter().map(|(_, part)| part.matches).sum();
        self.read_zones().await
    }

    /// Judges a range of blocks and writes what comes of it.
    async fn range(&mut self, blocks: Range<u32>) -> Result<Part, Error> {
        let judged = self.judged(blocks.clone()).await?;
        let matches = u64::try_from(judged.verdicts.len()).unwrap_or(u64::MAX);
        let samples = if self.matched < SAMPLES as u64 { judged.samples } else { Vec::new() };
        self.matched += matches;
        let mut matching = RowsBy::new();
        for cause in judged.verdicts.iter().filter_map(|verdict| self.judge.cause(verdict.by)) {
            *matching.entry(cause).or_default() += 1;
        }
        let changed = self.write(blocks.start, judged.verdicts).await?;
        let note = Found { samples, tallies: self.tallies(&matching, &changed) }.note()?;
        let processed = unattended::rows_in(&self.plan, &blocks);
        Ok(Part { processed, matches, applied: changed.values().sum(), note })
    }
}

impl Run<'_> {
    async fn read_zones(&mut self) -> Result<(), Error> {
        if self.judge.is_prunable() {
            let (id, attempt) = (self.review.certification.id, self.review.attempt);
            self.zones = zones::read(self.deps, &id, attempt, &self.plan).await?;
        }
        Ok(())
    }

    fn tallies(&self, matching: &RowsBy, changed: &RowsBy) -> BTreeMap<usize, Tally> {
        let rows = |rows: &RowsBy, cause| rows.get(cause).copied().unwrap_or(0);
        let tally = |cause| Tally { matches: rows(matching, cause), applied: rows(changed, cause) };
        let tallies = self.causes.iter().map(tally).enumerate();
        tallies.filter(|(_, tally)| *tally != Tally::default()).collect()
    }

    async fn judged(&self, blocks: Range<u32>) -> Result<Judged, Error> {
        let may_match = |block: &u32| self.zones.get(*block as usize).is_none_or(|zones| self.judge.may_match(zones));
        let numbers: Vec<u32> = blocks.filter(may_match).collect();
        if numbers.is_empty() || self.judge.is_idle() {
            return Ok(Judged::default());
        }
        let (id, attempt) = (self.review.certification.id, self.review.attempt);
        let blocks = self.deps.store.blocks().read_many(&id, attempt, &numbers).await?;
        let firsts = numbers.iter().map(|number| RowId(self.plan.rows_of(*number).start));
        let blocks: Vec<_> = firsts.zip(blocks).collect();
        let judge = Arc::clone(&self.judge);
        offload(move || judge.judge(&blocks)).await?
    }

    /// Writes what rules decide about the rows of a range; how many rows were changed, now or by an earlier life.
    async fn write(&mut self, range: u32, verdicts: Vec<Verdict>) -> Result<RowsBy, Error> {
        let mut changed = RowsBy::new();
        let mut planned = self.planned(verdicts);
        let review = (self.review.certification.id, self.job.id, range);
        earlier::look_back(self.deps, review, &mut planned).await?;
        for (turn, planned) in (0..).zip(turns(planned)) {
            let id = unattended::command("evaluate", &self.job.id, range, turn);
            // Lists show who reviews by their profile.
            user::remember(self.deps, id, &self.finder.take_found()).await?;
            add(&mut changed, &self.turn(id, &planned).await?);
        }
        Ok(changed)
    }

    /// One command: how many rows it changed, now or in an earlier life.
    async fn turn(&self, id: CommandId, planned: &BTreeMap<u32, Vec<Planned>>) -> Result<RowsBy, Error> {
        let (deps, now) = (self.deps, self.deps.clock.now());
        let (review, attempt) = (self.review.certification.id, self.review.attempt);
        let (settings, fence, kind) = (&self.terms.settings, self.terms.fence, ReviewKind::Campaign);
        let writer = Writer { deps, review, attempt, kind, settings, fence };
        let context = self.context();
        let pages: Vec<u32> = planned.keys().copied().collect();
        let mut of_page: BTreeMap<u32, RowsBy> = BTreeMap::new();
        let decide = |page: u32, state: &PageState| {
            let (work, rows) = decide_page(&context, planned.get(&page).map_or(&[], Vec::as_slice), state, now)?;
            of_page.insert(page, rows);
            Ok(work)
        };
        let written = writer.write(id, now, &pages, decide).await?;
        let mut changed = RowsBy::new();
        written.changed.iter().filter_map(|page| of_page.get(page)).for_each(|rows| add(&mut changed, rows));
        for act in written.before.values().flatten() {
            if let Change::Automatic { cause } = act.change {
                *changed.entry(cause).or_default() += u64::from(act.rows.count_ones());
            }
        }
        Ok(changed)
    }

    /// What is to be done with which row, by page.
    fn planned(&mut self, verdicts: Vec<Verdict>) -> BTreeMap<u32, Vec<Planned>> {
        let judge = Arc::clone(&self.judge);
        let mut planned: BTreeMap<u32, Vec<Planned>> = BTreeMap::new();
        for verdict in verdicts {
            let (cause, wish, reviewer) = match verdict.by {
                Decider::Policy { cause, wish } => (cause, wish, None),
                Decider::Rule(place) => match judge.rule(place) {
                    Some(rule) => (rule.cause(), rule.wish(), rule.reviewer()),
                    None => continue,
                },
            };
            let step = match (wish, reviewer, &verdict.people) {
                (Wish::Reject, _, _) => Some(AutomaticStep::Decide(decide::Verdict::Rejected)),
                (Wish::Flag, _, _) => Some(AutomaticStep::Decide(decide::Verdict::Flagged)),
                (Wish::Approve, _, _) => Some(AutomaticStep::Decide(decide::Verdict::Approved)),
                (Wish::Assign, Some(wanted), Some(people)) => {
                    self.finder.find(&wanted, people).map(|reviewers| AutomaticStep::Assign { reviewers, over: None })
                }
                (Wish::Assign, _, _) => None,
            };
            let assigned = verdict.people.map(|people| people.assigned).unwrap_or_default();
            planned.entry(verdict.row.page()).or_default().extend(step.map(|step| Planned {
                row: verdict.row,
                automatic: Automatic { cause, step },
                assigned,
            }));
        }
        planned.retain(|_, rows| !rows.is_empty());
        planned
    }

    fn context(&self) -> Context {
        Context {
            actor: UserKey::system(),
            // Whatever asks reviewers for notes does not ask a rule.
            role: Role::Administrator,
            phase: self.terms.phase,
            notes: NotesRequired::default(),
            revoke_mode: self.campaign.plan.revoke_mode,
            assigned: Vec::new(),
            if_match: None,
        }
    }
}

/// How many rows there are, by what decides about them.
type RowsBy = BTreeMap<Cause, u64>;

fn add(all: &mut RowsBy, more: &RowsBy) {
    for (cause, rows) in more {
        *all.entry(*cause).or_default() += rows;
    }
}

/// Divides what is planned into commands, so that none changes the reach of too many people on one page, or has to spell
/// out more of their keys there than a log entry holds. The division
/// follows from the plan alone, so that a repetition divides alike.
fn turns(planned: BTreeMap<u32, Vec<Planned>>) -> Vec<BTreeMap<u32, Vec<Planned>>> {
    let mut turns: Vec<BTreeMap<u32, Vec<Planned>>> = Vec::new();
    for (page, rows) in planned {
        let (mut turn, mut named, mut reached) = (0_usize, 0, BTreeSet::<UserKey>::new());
        for row in rows {
            let own: BTreeSet<UserKey> = row.reached().cloned().collect();
            if own.len() > MAX_REACHED {
                // Nobody hands over a row of so many reviewers in one transaction.
                tracing::warn!(
                    row = row.row.0,
                    reviewers = own.len(),
                    "a row has too many reviewers to be handed over"
                );
                continue;
            }
            let spelled: usize = own.iter().map(spelled).sum();
            let is_full = reached.union(&own).count() > MAX_REACHED || named + spelled > MAX_NAMED_BYTES;
            if is_full && !reached.is_empty() {
                turn += 1;
                named = 0;
                reached.clear();
            }
            named += spelled;
            reached.extend(own);
            if turns.len() <= turn {
                turns.resize_with(turn + 1, BTreeMap::new);
            }
            if let Some(turn) = turns.get_mut(turn) {
                turn.entry(page).or_default().push(row);
            }
        }
    }
    turns
}

/// What rules change on a page, and on how many of its rows.
fn decide_page(
    context: &Context,
    planned: &[Planned],
    state: &PageState,
    now: Timestamp,
) -> Result<(PageWork, RowsBy), Refusal> {
    let mut slots: Vec<(u8, Vec<Change>)> = Vec::new();
    let mut changed = RowsBy::new();
    let mut reach = BTreeMap::new();
    for Planned { row, automatic, assigned } in planned {
        let context = Context { assigned: assigned.clone(), ..context.clone() };
        let command = RowCommand::Automatic(automatic.clone());
        let made = apply_command(&state.row_or_default(*row), &command, &context, now)?;
        if !made.is_empty() {
            note_reach(&mut reach, *row, &made);
            slots.push((row.slot(), made));
            *changed.entry(automatic.cause).or_default() += 1;
        }
    }
    Ok((PageWork { acts: acts(slots), notes: Vec::new(), reach: reach.into_values().collect() }, changed))
}
