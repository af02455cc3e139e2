//! Reading blocks of a review in order to judge their rows: a few at a time, with what was decided laid over them.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use columns::{Batch, Bits, ZoneMap, decode_zones};
use domain::ids::RowId;
use domain::page::PageState;
use domain::row::NoteRef;

use super::filter::Query;
use super::open::{Layout, Review};
use super::overlay::Changing;
use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::user::People;

/// Reviews of at most this many blocks are read whole: their zone maps would cost more than they spare.
const FEW_BLOCKS: u32 = 3;

/// A review, and what is looked for in it.
pub(crate) struct Scan<'a> {
    pub(crate) deps: &'a Deps,
    pub(crate) call: &'a Call,
    pub(crate) review: &'a Review,
    pub(crate) layout: &'a Layout,
    pub(crate) query: &'a Query,
    /// States that were read on the way, so that they need not be read again for the rows of the page.
    pub(crate) states: BTreeMap<u32, PageState>,
}

/// A block whose rows were judged.
pub(crate) struct Judged {
    /// Its rows.
    pub(crate) rows: Range<u32>,
    /// The columns that the query looks at.
    pub(crate) batch: Batch,
    /// The rows that pass, by their place in the block.
    pub(crate) passed: Bits,
}

impl Scan<'_> {
    /// The blocks that hold rows of the caller, ascending.
    pub(crate) fn blocks(&self) -> Vec<u32> {
        let plan = &self.layout.plan;
        (0..plan.blocks()).filter(|block| self.visible(&plan.rows_of(*block)) > 0).collect()
    }

    /// How many rows of a range the caller sees.
    pub(crate) fn visible(&self, rows: &Range<u32>) -> usize {
        if rows.is_empty() {
            return 0;
        }
        let pages = RowId(rows.start).page()..=RowId(rows.end - 1).page();
        pages.map(|page| self.review.visible(page).count_ones() as usize).sum()
    }

    /// The zone maps of all blocks; empty for a review that is too small to be worth it.
    pub(crate) async fn zones(&self) -> Result<Vec<ZoneMap>, Error> {
        if self.layout.plan.blocks() <= FEW_BLOCKS {
            return Ok(Vec::new());
        }
        let parts = self.deps.store.certifications().zones(&self.review.id(), self.review.attempt).await?;
        let mut zones = Vec::new();
        for part in parts {
            let maps = decode_zones(&part).map_err(|error| Error::Bug(format!("zone maps: {error}")))?;
            zones.extend(maps);
        }
        Ok(zones)
    }

    /// Judges the rows of some blocks, in the order of `blocks`.
    pub(crate) async fn judge(&mut self, blocks: &[u32]) -> Result<Vec<Judged>, Error> {
        let (id, attempt) = (self.review.id(), self.review.attempt);
        let needs = self.query.needs();
        let plan = &self.layout.plan;
        let store = &self.deps.store;
        let (found, states) = futures::try_join!(
            async { store.blocks().read_many(&id, attempt, blocks).await },
            async { if needs.states { self.read_states(blocks).await } else { Ok(BTreeMap::new()) } },
        )?;
        self.states.extend(states);
        let (notes, people) = self.beside(blocks).await?;
        let columns = self.query.columns();
        let mut judged = Vec::with_capacity(found.len());
        for block in found {
            let rows = plan.rows_of(block.number());
            let mut batch = block.columns(&columns)?;
            let changing = Changing { rows: rows.clone(), states: &self.states, notes: &notes, people: &people };
            changing.lay_over(&mut batch, needs).map_err(|error| Error::Bug(format!("overlay: {error}")))?;
            let mut passed = self.visible_bits(&rows);
            self.query.narrow(&batch, &mut passed);
            judged.push(Judged { rows, batch, passed });
        }
        Ok(judged)
    }

    /// The states of the touched pages of blocks: a query for each run of adjacent blocks.
    async fn read_states(&self, blocks: &[u32]) -> Result<BTreeMap<u32, PageState>, store::Error> {
        let mut sorted = blocks.to_vec();
        sorted.sort_unstable();
        let mut runs: Vec<Range<u32>> = Vec::new();
        for block in sorted {
            let rows = self.layout.plan.rows_of(block);
            if rows.is_empty() {
                continue;
            }
            let pages = RowId(rows.start).page()..RowId(rows.end - 1).page() + 1;
            match runs.last_mut() {
                Some(run) if run.end >= pages.start => run.end = run.end.max(pages.end),
                Some(_) | None => runs.push(pages),
            }
        }
        let mut states = BTreeMap::new();
        for run in runs {
            states.extend(self.deps.store.pages().touched(&self.review.id(), run).await?);
        }
        Ok(states)
    }

    /// The notes and the changed reviewers of blocks, as far as the query looks at them.
    async fn beside(&self, blocks: &[u32]) -> Result<(HashMap<(u32, NoteRef), String>, People), Error> {
        let needs = self.query.needs();
        let mut people = People::with(self.call);
        let mut notes: Vec<(u32, NoteRef)> = Vec::new();
        let mut keys = Vec::new();
        if needs.notes || needs.reviewers {
            for block in blocks {
                let rows = self.layout.plan.rows_of(*block);
                let pages = RowId(rows.start).page()..=RowId(rows.end.saturating_sub(1)).page();
                for (page, state) in self.states.range(pages) {
                    for (slot, row) in state.rows() {
                        if self.review.visible(*page) & 1 << slot == 0 {
                            continue;
                        }
                        notes.extend(row.note.map(|note| (*page, note)).filter(|_| needs.notes));
                        keys.extend(row.reviewers.iter().flatten().filter(|_| needs.reviewers));
                    }
                }
            }
        }
        people.complete(self.deps, keys).await?;
        if notes.is_empty() {
            return Ok((HashMap::new(), people));
        }
        Ok((self.deps.store.pages().notes(&self.review.id(), &notes).await?, people))
    }

    fn visible_bits(&self, rows: &Range<u32>) -> Bits {
        let count = (rows.end - rows.start) as usize;
        let mut bits = Bits::zeros(count);
        for (index, row) in rows.clone().map(RowId).enumerate() {
            if self.review.visible(row.page()) & row.bit() != 0 {
                bits.set(index, true);
            }
        }
        bits
    }
}
