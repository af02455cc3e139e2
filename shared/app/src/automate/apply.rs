//! Applying the automations of a run to the rows of a review, range by range.
//!
//! Nobody else writes while it is not open, so that what becomes of a row follows from what is frozen and from the review
//! before: a range that is done again comes to the same.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use columns::ZoneMap;
use domain::decide::{Context, fulfil};
use domain::ids::{AutomationId, CommandId, ReviewId, RowId};
use domain::page::{Act, Change, PageState};
use domain::refusal::Refusal;
use domain::review::Phase;
use domain::row::RowState;
use domain::settings::{Origin, Settings};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::certification::{Fence, Plan};
use store::enter::Site;
use store::job::{Job, Part};
use store::page::PageWork;

use super::judge::{Judge, Matches};
use super::order;
use super::previous::{Priors, Settled};
use super::turns::{self, Turns};
use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::event::ReviewKind;
use crate::loading::jobs::{Left, require_hope};
use crate::loading::materialise::inputs::Inputs;
use crate::loading::offload;
use crate::review::open::Workable;
use crate::unattended::{self, Reached, Worker, Writer};
use crate::zones;

/// What could not be done, in a range or in all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Undone {
    /// Parts of rows that automations wished to be different things.
    #[serde(default)]
    pub(super) conflicts: u64,
    /// Parts of rows that a row does not allow.
    #[serde(default)]
    pub(super) skipped: u64,
}

impl Undone {
    /// That of all ranges of a job.
    ///
    /// # Errors
    /// [`Error::Bug`] for what no worker wrote.
    pub(super) fn in_all(parts: &[(u32, Part)]) -> Result<Self, Error> {
        let mut all = Self::default();
        for note in parts.iter().filter_map(|(_, part)| part.note.as_deref()) {
            let own: Self = serde_json::from_str(note).map_err(|error| bug(&error))?;
            all.conflicts += own.conflicts;
            all.skipped += own.skipped;
        }
        Ok(all)
    }

    fn note(self) -> Result<Option<String>, Error> {
        if self == Self::default() {
            return Ok(None);
        }
        serde_json::to_string(&self).map(Some).map_err(|error| bug(&error))
    }
}

fn bug(error: &serde_json::Error) -> Error {
    Error::Bug(format!("what a run could not do: {}", store::label::of_fault(error)))
}

/// A run under way.
struct Run<'a> {
    deps: &'a Deps,
    job: &'a Job,
    review: Workable,
    plan: Arc<Plan>,
    judge: Arc<Judge>,
    /// Where each automation stands.
    order: HashMap<AutomationId, usize>,
    /// The notes that automations bring, by their digests.
    texts: HashMap<[u8; 32], String>,
    zones: Vec<ZoneMap>,
    /// The review that is looked back at, where some automation does.
    before: Settled,
    priors: Option<Arc<Priors>>,
    context: Context,
}

/// Applies the automations of a review whose rows are in place.
///
/// # Errors
/// [`Error::NotFound`] when the review is gone; [`Error::Invalid`] for an automation that cannot be applied;
/// [`Error::Unavailable`].
pub(super) async fn carry_out(
    deps: &Deps,
    job: &Job,
    site: &Site,
    plan: &Arc<Plan>,
    inputs: &Inputs,
    left: Left<'_>,
) -> Result<Reached, Error> {
    require_hope(job)?;
    let review = site.review.clone().ok_or_else(Error::not_found)?;
    let campaign = site.campaign.as_ref().map(|stored| stored.value.clone());
    let origin = if inputs.order().campaign { Origin::Campaign } else { Origin::Certification };
    let review = Workable::by_worker(review, origin, campaign);
    let automations = deps.store.automations().versions(&inputs.order().automations).await?;
    let judge = Judge::new(&automations, order::run_of(&job.id), &review.certification.query_used)?;
    let call = Call::by_itself("automate", review.id().uuid(), job.created_at, deps.clock.now());
    let settings = review.settings(deps).await?;
    // The rows are there; that the review is not open is for others.
    let context = Context { phase: Phase::Open, ..review.context(&call, &settings) };
    let (plan, judge) = (Arc::clone(plan), Arc::new(judge));
    let before =
        if judge.looks_back() { Settled::of(deps, job, &review, left).await? } else { Some(Settled::default()) };
    let Some(before) = before else { return Ok(Reached::Interrupted) };
    let (order, texts) = (judge.order(), judge.texts());
    let (zones, priors, shared) = (Vec::new(), None, Arc::clone(&plan));
    let mut run = Run { deps, job, review, plan: shared, judge, order, texts, zones, before, priors, context };
    unattended::in_ranges(deps, job, &plan, left, &mut run).await
}

impl Worker for Run<'_> {
    async fn resume(&mut self, _before: &[(u32, Part)]) -> Result<(), Error> {
        if self.judge.looks_back() {
            self.priors = Some(Arc::new(Priors::settled(self.deps, self.before).await?));
        }
        self.zones = zones::read(self.deps, &self.review.id(), self.review.attempt, &self.plan).await?;
        Ok(())
    }

    async fn range(&mut self, blocks: Range<u32>) -> Result<Part, Error> {
        let matches = self.matches(blocks.clone()).await?;
        let processed = unattended::rows_in(&self.plan, &blocks);
        let found = u64::try_from(matches.len()).unwrap_or(u64::MAX);
        let planned = Planned::of(matches);
        let now = self.deps.clock.now();
        let note = self.undone(&planned, now)?.note()?;
        let applied = self.write(blocks.start, &planned, now).await?;
        Ok(Part { processed, matches: found, applied, note })
    }
}

/// The rows of the blocks of these numbers that automations are for.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn matches(
    deps: &Deps,
    (review, attempt): (ReviewId, u32),
    plan: &Plan,
    (judge, priors): (&Arc<Judge>, Option<&Arc<Priors>>),
    numbers: &[u32],
) -> Result<Matches, Error> {
    let blocks = deps.store.blocks().read_many(&review, attempt, numbers).await?;
    let firsts = numbers.iter().map(|number| RowId(plan.rows_of(*number).start));
    let blocks: Vec<_> = firsts.zip(blocks).collect();
    let (judging, before) = (Arc::clone(judge), priors.cloned());
    let candidates = offload(move || judging.candidates(&blocks, before.as_deref())).await??;
    let notes = match priors {
        Some(priors) => priors.notes(deps, &judge.wanted_notes(&candidates)).await?,
        None => HashMap::new(),
    };
    let judging = Arc::clone(judge);
    offload(move || judging.decide(candidates, &notes)).await?
}

impl Run<'_> {
    /// The rows of some blocks that automations are for.
    async fn matches(&self, blocks: Range<u32>) -> Result<Matches, Error> {
        let may_match = |block: &u32| self.zones.get(*block as usize).is_none_or(|zones| self.judge.may_match(zones));
        let numbers: Vec<u32> = blocks.filter(may_match).collect();
        if numbers.is_empty() {
            return Ok(Matches::new());
        }
        let review = (self.review.id(), self.review.attempt);
        matches(self.deps, review, &self.plan, (&self.judge, self.priors.as_ref()), &numbers).await
    }

    /// What cannot be done of what is planned. It follows from the wishes alone, because nobody has touched the rows.
    fn undone(&self, planned: &Planned, now: Timestamp) -> Result<Undone, Error> {
        let mut undone = Undone::default();
        for (places, rows) in &planned.counts {
            let wishes = self.judge.wishes(places);
            let fulfilled = fulfil(&RowState::default(), &wishes, &self.context, now)?;
            undone.conflicts += u64::from(fulfilled.conflicts) * rows;
            undone.skipped += u64::from(fulfilled.skipped) * rows;
        }
        Ok(undone)
    }

    /// Writes what becomes of the rows of a range; how many were changed, now or by an earlier life.
    async fn write(&self, range: u32, planned: &Planned, now: Timestamp) -> Result<u64, Error> {
        let mut pages: BTreeMap<u32, Turns> = BTreeMap::new();
        for (page, rows) in &planned.pages {
            let turns = turns::turns(&self.decided(rows, now)?, &self.order);
            if !turns.is_empty() {
                pages.insert(*page, turns);
            }
        }
        let mut changed: BTreeMap<u32, u64> = BTreeMap::new();
        for turn in 0..pages.values().map(Vec::len).max().unwrap_or_default() {
            let command = unattended::command("automate", &self.job.id, range, u32::try_from(turn).unwrap_or(u32::MAX));
            for (page, rows) in self.take_turn(command, &turns::of_turn(&pages, turn), now).await? {
                *changed.entry(page).or_default() |= rows;
            }
        }
        Ok(changed.values().map(|rows| u64::from(rows.count_ones())).sum())
    }

    /// Writes what happens to some pages as one command; which rows of them it changes, or has changed in an earlier life.
    async fn take_turn(
        &self,
        command: CommandId,
        acts: &BTreeMap<u32, &Vec<Act>>,
        now: Timestamp,
    ) -> Result<Vec<(u32, u64)>, Error> {
        let kind = match self.review.origin {
            Origin::Campaign => ReviewKind::Campaign,
            Origin::Certification => ReviewKind::Certification,
        };
        let (deps, review, attempt) = (self.deps, self.review.id(), self.review.attempt);
        // A review that is not open yet neither ends by itself nor is overdue.
        let settings = &Settings::defaults(self.review.origin);
        let writer = Writer { deps, review, attempt, kind, settings, fence: Fence::Open };
        let own = |page: &u32| acts.get(page).map(|acts| acts.as_slice()).unwrap_or_default();
        let decide = |page: u32, _untouched: &PageState| Ok(self.work(own(&page)));
        let pages: Vec<u32> = acts.keys().copied().collect();
        let written = writer.write(command, now, &pages, decide).await?;
        let now = written.changed.iter().map(|page| (*page, turns::rows_of(own(page))));
        let before = written.before.iter().map(|(page, acts)| (*page, turns::rows_of(acts)));
        Ok(now.chain(before).collect())
    }

    /// Acts with the texts of their notes.
    fn work(&self, acts: &[Act]) -> PageWork {
        let digests: BTreeSet<[u8; 32]> = acts.iter().filter_map(|act| act.change.text()).map(|note| note.0).collect();
        let notes = digests.iter().filter_map(|digest| self.texts.get(digest).cloned()).collect();
        PageWork { acts: acts.to_vec(), notes, reach: Vec::new() }
    }

    /// What becomes of the rows of a page, by their places on it. It follows from the wishes alone, because nobody has
    /// touched the rows: a page that is done in turns comes to the same in each.
    fn decided(&self, rows: &[(RowId, Vec<usize>)], now: Timestamp) -> Result<Vec<(u8, Vec<Change>)>, Refusal> {
        let mut known: HashMap<&[usize], Vec<Change>> = HashMap::new();
        let mut decided = Vec::with_capacity(rows.len());
        for (row, places) in rows {
            let changes = match known.get(places.as_slice()) {
                Some(changes) => changes.clone(),
                None => {
                    let wishes = self.judge.wishes(places);
                    let changes = fulfil(&RowState::default(), &wishes, &self.context, now)?.changes;
                    known.insert(places.as_slice(), changes.clone());
                    changes
                }
            };
            decided.push((row.slot(), changes));
        }
        Ok(decided)
    }
}

/// Rows that automations are for.
struct Planned {
    /// By page, each with the places of its automations.
    pages: BTreeMap<u32, Matches>,
    /// How many rows the same automations are for.
    counts: HashMap<Vec<usize>, u64>,
}

impl Planned {
    fn of(matches: Matches) -> Self {
        let mut planned = Self { pages: BTreeMap::new(), counts: HashMap::new() };
        for (row, places) in matches {
            match planned.counts.get_mut(&places) {
                Some(rows) => *rows += 1,
                None => _ = planned.counts.insert(places.clone(), 1),
            }
            planned.pages.entry(row.page()).or_default().push((row, places));
        }
        planned
    }
}
