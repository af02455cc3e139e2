//! Looking at the rows of blocks: which pass, and what they sort by.
//!
//! What is cheapest comes first. States of pages are read before blocks, and a block of which the states leave no row is
//! not read; of a block, only the columns that are tested or sorted by are decoded. Notes are the most expensive, an
//! item each: a row with a note is let through the first time, and [`Scan::confirm`] reads the notes of those rows alone
//! that would make it onto the page.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use columns::{Batch, Bits, Column, ZoneMap};
use domain::ids::RowId;
use domain::page::PageState;
use domain::row::{NoteRef, RowState};
use domain::user::{User, UserKey};
use predicate::Evaluator;
use store::block::Block;

use super::filter::{Query, frozen_columns};
use super::line::Circumstances;
use super::order::{Entry, KeyValue, Keys};
use super::overlay::{self, Assigned, Changing};
use super::piece::Piece;
use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::review::input::{SortColumn, SortKey};
use crate::review::open::{Layout, Review};
use crate::review::row::assemble;
use crate::user::People;
use crate::zones;

/// Zone maps are read when there are at least [`zones::FROM`] blocks to look at, and they are at least one in so many: else
/// the maps cost more than the blocks they spare.
const ZONES_SPARSE: usize = 16;
/// How many pages' states are kept for the rows of the page; about 8 KB each when they are full.
const KEPT_PAGES: usize = 4_096;
/// How many rows are confirmed at a time.
const GROUP: usize = 100;
/// How many notes one call reads at most, rounded up to a group.
pub(crate) const NOTES_READ: usize = 2_000;

/// A search under way.
pub(crate) struct Scan<'a> {
    deps: &'a Deps,
    pub(crate) review: &'a Review,
    pub(crate) layout: &'a Layout,
    pub(crate) query: &'a Query,
    frozen: Evaluator<'a>,
    changing: Evaluator<'a>,
    people: People,
    circumstances: Circumstances,
    zones: Option<Vec<ZoneMap>>,
    /// Whether rows are sorted; else they come without keys.
    sorts: bool,
    /// States by page as they were read; `None` is a page that nobody touched.
    states: BTreeMap<u32, Option<PageState>>,
    notes_left: usize,
}

/// What became of rows whose notes were read.
pub(crate) struct Confirmed {
    /// Those that pass.
    pub(crate) passed: Vec<Entry>,
    /// The last row that was tested.
    pub(crate) last: Option<Entry>,
    /// Whether all rows were tested. If not, the rest was not wanted, or would have taken too many notes.
    pub(crate) complete: bool,
}

impl<'a> Scan<'a> {
    /// A search that has read nothing yet.
    pub(crate) fn new(deps: &'a Deps, call: &Call, review: &'a Review, layout: &'a Layout, query: &'a Query) -> Self {
        Self {
            deps,
            review,
            layout,
            query,
            frozen: query.frozen.evaluator(),
            changing: query.changing.evaluator(),
            people: People::with(call),
            circumstances: review.circumstances(),
            zones: None,
            sorts: true,
            states: BTreeMap::new(),
            notes_left: NOTES_READ,
        }
    }

    /// From now on rows come without sort keys, because their numbers are the order.
    pub(crate) fn walk(&mut self) {
        self.sorts = false;
    }

    /// Whether rows are judged and sorted without a look at their blocks.
    pub(crate) fn spares_blocks(&self) -> bool {
        self.columns().is_empty()
    }

    fn columns(&self) -> Vec<&str> {
        let sorted = if self.sorts { self.query.sorted.as_slice() } else { &[] };
        let reviewers = self.query.needs.reviewers.then_some("reviewers");
        self.query.tested.iter().chain(sorted).map(String::as_str).chain(reviewers).collect()
    }

    /// How many rows one call examines.
    pub(crate) fn bound(&self) -> usize {
        self.deps.settings.examined_rows.max(1)
    }

    /// The zone maps of all blocks, read once; empty where they are not worth it for so many pieces.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn zones(&mut self, pieces: usize) -> Result<&[ZoneMap], Error> {
        let blocks = self.layout.plan.starts.len();
        let few = u32::try_from(pieces).is_ok_and(|pieces| pieces < zones::FROM);
        if few || pieces.saturating_mul(ZONES_SPARSE) < blocks {
            return Ok(&[]);
        }
        if self.zones.is_none() {
            let (id, attempt) = (self.review.id(), self.review.attempt);
            self.zones = Some(zones::read(self.deps, &id, attempt, &self.layout.plan).await?);
        }
        Ok(self.zones.as_deref().unwrap_or_default())
    }

    /// Leaves out the pieces whose blocks hold no row that passes.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn prune(&mut self, pieces: &mut Vec<Piece>) -> Result<(), Error> {
        if self.query.frozen.is_always() {
            return Ok(());
        }
        let query = self.query;
        let zones = self.zones(pieces.len()).await?;
        pieces.retain(|piece| zones.get(piece.block as usize).is_none_or(|map| query.may_match(map)));
        Ok(())
    }

    /// Looks at the rows of some pieces and hands over those that pass, with their sort keys, piece by piece.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; [`Error::Bug`] for a block that cannot be read.
    pub(crate) async fn examine(
        &mut self,
        mut pieces: Vec<Piece>,
        found: &mut (dyn FnMut(Entry) + Send),
    ) -> Result<(), Error> {
        let query = self.query;
        let states = self.read_states(&pieces).await?;
        for piece in &mut pieces {
            if let Some(status) = query.status {
                piece.keep(|page| overlay::in_status(states.get(&page), status));
            }
            if !query.changing.is_always() && !query.needs.reviewers {
                self.judge_changing(piece, &states, None)?;
            }
        }
        pieces.retain(|piece| piece.rows.any());
        let batches = self.read_blocks(&pieces).await?;
        if query.needs.reviewers {
            self.learn_people(&batches, &states).await?;
        }
        for (piece, batch) in pieces.iter_mut().zip(&batches) {
            self.frozen.narrow(batch, &mut piece.rows);
            let assigned = if query.needs.reviewers { Assigned::of(batch) } else { Assigned::default() };
            if !query.changing.is_always() && query.needs.reviewers {
                self.judge_changing(piece, &states, Some(&assigned))?;
            }
            self.hand_over(piece, batch, &assigned, &states, found);
        }
        self.keep(states, &pieces);
        Ok(())
    }

    async fn read_states(&self, pieces: &[Piece]) -> Result<BTreeMap<u32, PageState>, Error> {
        if !self.query.needs.states {
            return Ok(BTreeMap::new());
        }
        let mut pages: Vec<u32> = pieces.iter().flat_map(Piece::pages).collect();
        pages.sort_unstable();
        overlay::touched(self.deps, self.review, &pages).await
    }

    /// Keeps the states of pages that hold rows which may come onto the page, as far as there is room.
    fn keep(&mut self, mut states: BTreeMap<u32, PageState>, pieces: &[Piece]) {
        if !self.query.needs.states {
            return;
        }
        for page in pieces.iter().flat_map(Piece::pages) {
            if self.states.len() < KEPT_PAGES {
                self.states.insert(page, states.remove(&page));
            }
        }
    }

    /// The columns of the pieces' blocks that are looked at; a batch without columns where none is.
    async fn read_blocks(&self, pieces: &[Piece]) -> Result<Vec<Batch>, Error> {
        if self.spares_blocks() {
            return Ok(pieces.iter().map(|piece| Batch::new(piece.rows.len())).collect());
        }
        let numbers: Vec<u32> = pieces.iter().map(|piece| piece.block).collect();
        let blocks: Vec<Arc<Block>> =
            self.deps.store.blocks().read_many(&self.review.id(), self.review.attempt, &numbers).await?;
        let names = self.columns();
        let mut batches = Vec::with_capacity(blocks.len());
        for (block, piece) in blocks.iter().zip(pieces) {
            let batch = block.columns(&names)?;
            if batch.rows() != piece.rows.len() {
                return Err(Error::Bug(format!(
                    "block {} of review {} differs from its plan",
                    piece.block,
                    self.review.id()
                )));
            }
            batches.push(batch);
        }
        Ok(batches)
    }

    /// Whom changed rows name: most of them are assigned to other rows of the same blocks.
    async fn learn_people(&mut self, batches: &[Batch], states: &BTreeMap<u32, PageState>) -> Result<(), Error> {
        for batch in batches {
            Assigned::of(batch).everybody().for_each(|user| self.people.add(user.clone()));
        }
        let rows = states.values().flat_map(PageState::rows);
        let named: Vec<&UserKey> = rows.flat_map(|(_, row)| self.named(row)).collect();
        self.people.complete(self.deps, named).await
    }

    /// Whom a state names, as far as anybody asks.
    fn named<'b>(&self, state: &'b RowState) -> impl Iterator<Item = &'b UserKey> + use<'b> {
        let decided = state.decided.as_ref().filter(|_| self.query.needs.lines);
        state.reviewers.iter().flatten().chain(decided.map(|mark| &mark.by))
    }

    /// Who decided, where lines of the run history are asked for.
    fn decider(&self, state: &RowState) -> Option<User> {
        let decided = state.decided.as_ref().filter(|_| self.query.needs.lines)?;
        Some(self.people.get(&decided.by))
    }

    /// Keeps the rows that pass the filter over decisions; a row with a note that the filter looks at passes for now.
    fn judge_changing(
        &mut self,
        piece: &mut Piece,
        states: &BTreeMap<u32, PageState>,
        assigned: Option<&Assigned<'_>>,
    ) -> Result<(), Error> {
        let untouched = RowState::default();
        let people = &self.people;
        let rows: Vec<Option<Changing<'_>>> = (0..piece.rows.len())
            .map(|place| {
                let state = piece.rows.get(place).then(|| state_of(states, piece.row(place)).unwrap_or(&untouched))?;
                let reviewers = assigned.map(|assigned| assigned.effective(place, state, people)).unwrap_or_default();
                Some(Changing { state, note: None, reviewers, decider: self.decider(state) })
            })
            .collect();
        let mut passed = piece.rows.clone();
        let batch = overlay::batch(self.query.changing.columns(), &self.circumstances, &rows).map_err(bug)?;
        self.changing.narrow(&batch, &mut passed);
        if self.query.needs.notes {
            let noted = |row: &Option<Changing<'_>>| row.as_ref().is_some_and(|row| row.state.note.is_some());
            passed.or(&rows.iter().map(noted).collect::<Bits>());
        }
        piece.rows = passed;
        Ok(())
    }

    fn hand_over(
        &self,
        piece: &Piece,
        batch: &Batch,
        assigned: &Assigned<'_>,
        states: &BTreeMap<u32, PageState>,
        found: &mut (dyn FnMut(Entry) + Send),
    ) {
        let untouched = RowState::default();
        let columns = self.sort_columns(batch);
        for place in piece.rows.ones_iter() {
            let row = piece.row(place);
            let state = state_of(states, row).unwrap_or(&untouched);
            let changing = || {
                let reviewers = assigned.effective(place, state, &self.people);
                Changing { state, note: None, reviewers, decider: self.decider(state) }
            };
            let first =
                || changing().reviewers.first().map(|user| user.email.clone()).filter(|email| !email.is_empty());
            let keys = self.order().iter().zip(&columns).map(|(key, columns)| match &key.by {
                SortColumn::Frozen(_) | SortColumn::Person => KeyValue::first_of(columns, place),
                SortColumn::Line(column) => KeyValue::of_line(&changing().line(&self.circumstances), *column),
                SortColumn::Status => KeyValue::Int(overlay::status_rank(state.approval())),
                SortColumn::Reviewer => first().map_or(KeyValue::NONE, KeyValue::Text),
                SortColumn::DecidedAt => {
                    state.decided.as_ref().map_or(KeyValue::NONE, |mark| KeyValue::Int(mark.at.as_millisecond()))
                }
            });
            found((keys.collect(), row));
        }
    }

    fn order(&self) -> &'a [SortKey] {
        if self.sorts { &self.query.order } else { &[] }
    }

    /// For each sort key the frozen columns whose first value it is.
    fn sort_columns<'b>(&self, batch: &'b Batch) -> Vec<Vec<&'b Column>> {
        let columns = |by: &SortColumn| frozen_columns(by).into_iter().filter_map(|name| batch.column(name)).collect();
        self.order().iter().map(|key| columns(&key.by)).collect()
    }

    /// The keys of a row whose changing ones are known: the frozen ones stand in its block.
    ///
    /// # Errors
    /// [`Error::Invalid`] when there is no such row: the place comes from a cursor.
    pub(crate) async fn keys_of(&self, row: RowId, changing: Keys) -> Result<Keys, Error> {
        let unknown = || Error::invalid("after", "not a cursor of this list");
        let (block, place) = self.layout.plan.locate(row.0).ok_or_else(unknown)?;
        let mut changing = changing.into_iter();
        let names: Vec<&str> = self.query.sorted.iter().map(String::as_str).collect();
        let batch = match names.as_slice() {
            [] => Batch::new(0),
            names => {
                self.deps.store.blocks().read(&self.review.id(), self.review.attempt, block).await?.columns(names)?
            }
        };
        let columns = self.sort_columns(&batch);
        let keys = self.query.order.iter().zip(columns).map(|(key, columns)| match &key.by {
            SortColumn::Frozen(_) | SortColumn::Person => Ok(KeyValue::first_of(&columns, place)),
            SortColumn::Status | SortColumn::Reviewer | SortColumn::DecidedAt | SortColumn::Line(_) => {
                changing.next().ok_or_else(unknown)
            }
        });
        keys.collect()
    }

    /// Keeps the rows that pass with their notes read, at most `wanted`. Where no filter looks at notes, all pass.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn confirm(&mut self, mut rows: Vec<Entry>, wanted: usize) -> Result<Confirmed, Error> {
        if !self.query.needs.notes {
            let complete = rows.len() <= wanted;
            rows.truncate(wanted);
            return Ok(Confirmed { last: rows.last().cloned(), passed: rows, complete });
        }
        let mut confirmed = Confirmed { passed: Vec::new(), last: None, complete: false };
        for group in rows.chunks(GROUP) {
            if self.notes_left == 0 {
                return Ok(confirmed);
            }
            let ids: Vec<RowId> = group.iter().map(|(_, row)| *row).collect();
            let holds = self.judge_noted(&ids).await?;
            for (place, entry) in group.iter().enumerate() {
                if confirmed.passed.len() == wanted {
                    return Ok(confirmed);
                }
                confirmed.passed.extend(holds.get(place).then(|| entry.clone()));
                confirmed.last = Some(entry.clone());
            }
        }
        confirmed.complete = true;
        Ok(confirmed)
    }

    async fn judge_noted(&mut self, rows: &[RowId]) -> Result<Bits, Error> {
        let mut pages: Vec<u32> = rows.iter().map(|row| row.page()).collect();
        pages.sort_unstable();
        pages.dedup();
        let unread: Vec<u32> = pages.iter().copied().filter(|page| !self.states.contains_key(page)).collect();
        let mut states: BTreeMap<u32, PageState> = overlay::touched(self.deps, self.review, &unread).await?;
        let kept = pages.iter().filter_map(|page| Some((*page, self.states.get(page)?.clone()?)));
        states.extend(kept);
        let note = |row: &RowId| Some((row.page(), state_of(&states, *row)?.note?));
        let notes: Vec<(u32, NoteRef)> = rows.iter().filter_map(note).collect();
        self.notes_left = self.notes_left.saturating_sub(notes.len());
        let texts = if notes.is_empty() {
            HashMap::new()
        } else {
            self.deps.store.pages().notes(&self.review.id(), &notes).await?
        };
        let frozen = match self.query.needs.reviewers {
            true => assemble::frozen(self.deps, self.review, self.layout, rows).await?,
            false => HashMap::new(),
        };
        let named = rows.iter().filter_map(|row| state_of(&states, *row)).flat_map(|state| self.named(state));
        let named: Vec<&UserKey> = named.collect();
        self.people.complete(self.deps, named).await?;
        let untouched = RowState::default();
        let changing = rows.iter().map(|row| {
            let state = state_of(&states, *row).unwrap_or(&untouched);
            let text = state.note.and_then(|note| texts.get(&(row.page(), note)));
            let reviewers = frozen.get(row).map(|frozen| assemble::effective(frozen, state, &self.people));
            let reviewers = reviewers.unwrap_or_default().into_iter().map(std::borrow::Cow::Owned).collect();
            Some(Changing { state, note: text.map(String::as_str), reviewers, decider: self.decider(state) })
        });
        let changing: Vec<Option<Changing<'_>>> = changing.collect();
        let batch = overlay::batch(self.query.changing.columns(), &self.circumstances, &changing).map_err(bug)?;
        Ok(self.query.changing.select(&batch))
    }

    /// The states of the pages of `rows` as far as they were read.
    pub(crate) fn known(&mut self, rows: &[RowId]) -> BTreeMap<u32, PageState> {
        let id = self.review.id();
        let pages = rows.iter().map(|row| row.page());
        let known = pages.filter_map(|page| {
            let held = self.states.remove(&page)?;
            Some((page, held.unwrap_or_else(|| PageState::new(id, page))))
        });
        known.collect()
    }
}

fn state_of(states: &BTreeMap<u32, PageState>, row: RowId) -> Option<&RowState> {
    states.get(&row.page())?.row(row.slot())
}

fn bug(error: columns::BatchError) -> Error {
    Error::Bug(format!("columns of decisions: {error}"))
}
