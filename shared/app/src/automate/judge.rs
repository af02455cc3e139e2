//! Which automation is for which row.
//!
//! What is reviewed is frozen: what asks about that is evaluated on the columns of a block. What asks about the review
//! before is evaluated then, on columns that are made for those rows alone that are still in question.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use columns::{Batch, Bits, TextBuilder, ZoneMap};
use domain::automation::{Action, Automation};
use domain::decide::{AutomationWish, Wished};
use domain::ids::{AutomationId, AutomationRunId, RowId};
use domain::note::NoteDigest;
use domain::query::Query;
use domain::row::NoteRef;
use predicate::{Checked, Schema, places};
use store::block::Block;

use super::previous::{IDENTITY, Prior, Priors, identity};
use crate::error::Error;
use crate::review::Frozen;
use crate::review::list::filter::over;
use crate::review::list::overlay::decision_word;

/// The columns that tell of the review before.
const DECISION: &str = "previous.decision";
const NOTES: &str = "previous.notes";
const SIGNED_OFF: &str = "previous.signed_off_state";

/// An automation whose filters have been read.
#[derive(Debug)]
struct Readable {
    wish: AutomationWish,
    /// The text of the note that it wishes for.
    note: Option<String>,
    filter: Checked,
    mutable_filter: Option<Checked>,
}

/// The automations of a run, in their order.
#[derive(Debug)]
pub(super) struct Judge {
    automations: Vec<Readable>,
    /// The columns that the filters over what is reviewed read.
    read: BTreeSet<String>,
}

/// A block of rows, as far as what is reviewed decides.
#[derive(Debug)]
pub(super) struct Candidates {
    /// Its first row.
    first: RowId,
    /// For each automation the rows that it may be for.
    rows: Vec<Bits>,
    /// For each row that the review before is asked about, what it was there.
    priors: Vec<Option<Prior>>,
}

/// The rows that some automation is for, each with the places of those automations in their order.
pub(super) type Matches = Vec<(RowId, Vec<usize>)>;

impl Judge {
    /// Reads the filters of automations, which are given in their order, over the rows of a query.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the automation and the filter that cannot be read.
    pub(super) fn new(automations: &[Automation], run: AutomationRunId, rows: &Query) -> Result<Self, Error> {
        let readable = automations.iter().map(|automation| Readable::new(automation, run, rows));
        let automations = readable.collect::<Result<Vec<_>, _>>()?;
        let read = automations.iter().flat_map(|readable| readable.filter.columns()).cloned().collect();
        Ok(Self { automations, read })
    }

    /// Whether some automation asks about the review before.
    pub(super) fn looks_back(&self) -> bool {
        self.automations.iter().any(|readable| readable.mutable_filter.is_some())
    }

    fn reads_notes(&self) -> bool {
        let mut filters = self.automations.iter().filter_map(|readable| readable.mutable_filter.as_ref());
        filters.any(|filter| filter.columns().iter().any(|column| column == NOTES))
    }

    /// Whether some automation may be for a row of a block. `false` is certain.
    pub(super) fn may_match(&self, zones: &ZoneMap) -> bool {
        self.automations.iter().any(|readable| readable.filter.may_match(zones))
    }

    /// What the automations at some places wish for.
    pub(super) fn wishes(&self, places: &[usize]) -> Vec<AutomationWish> {
        self.at(places).map(|readable| readable.wish.clone()).collect()
    }

    /// The texts of all notes that are wished for, by their digests.
    pub(super) fn texts(&self) -> HashMap<[u8; 32], String> {
        let texts = self.automations.iter().filter_map(|readable| readable.note.clone());
        texts.map(|text| (NoteDigest::of(&text).0, text)).collect()
    }

    /// Where each automation stands.
    pub(super) fn order(&self) -> HashMap<AutomationId, usize> {
        self.automations.iter().enumerate().map(|(place, readable)| (readable.wish.automation, place)).collect()
    }

    fn at(&self, places: &[usize]) -> impl Iterator<Item = &Readable> {
        places.iter().filter_map(|place| self.automations.get(*place))
    }

    /// Looks at what is reviewed, in blocks that are given with their first rows, and finds the same rows in the review
    /// before where that is asked about.
    ///
    /// # Errors
    /// [`Error::Bug`] for a block that cannot be read.
    pub(super) fn candidates(
        &self,
        blocks: &[(RowId, Arc<Block>)],
        priors: Option<&Priors>,
    ) -> Result<Vec<Candidates>, Error> {
        let mut evaluators: Vec<_> = self.automations.iter().map(|readable| readable.filter.evaluator()).collect();
        let read: Vec<&str> = self.read.iter().map(String::as_str).collect();
        let mut found = Vec::with_capacity(blocks.len());
        for (first, block) in blocks {
            let batch = block.columns(&read)?;
            let mut rows = Vec::with_capacity(evaluators.len());
            for evaluator in &mut evaluators {
                let mut own = Bits::ones(batch.rows());
                evaluator.narrow(&batch, &mut own);
                rows.push(own);
            }
            let priors = match priors {
                Some(priors) => self.priors(block, &rows, priors)?,
                None => Vec::new(),
            };
            found.push(Candidates { first: *first, rows, priors });
        }
        Ok(found)
    }

    /// What the rows were in the review before that an automation asks about it.
    fn priors(&self, block: &Block, rows: &[Bits], priors: &Priors) -> Result<Vec<Option<Prior>>, Error> {
        let mut asked = Bits::zeros(rows.first().map_or(0, Bits::len));
        for (readable, own) in self.automations.iter().zip(rows) {
            if readable.mutable_filter.is_some() {
                asked.or(own);
            }
        }
        let mut found = vec![None; asked.len()];
        if asked.any() {
            let batch = Arc::new(block.columns(&IDENTITY)?);
            for place in asked.ones_iter() {
                let row = Frozen::new(Arc::clone(&batch), place);
                if let Some(slot) = found.get_mut(place) {
                    *slot = priors.get(identity(&row));
                }
            }
        }
        Ok(found)
    }

    /// The notes that have to be read before the automations that ask about them can be judged.
    pub(super) fn wanted_notes(&self, candidates: &[Candidates]) -> Vec<(u32, NoteRef)> {
        if !self.reads_notes() {
            return Vec::new();
        }
        let priors = candidates.iter().flat_map(|block| &block.priors).flatten();
        let mut notes: Vec<(u32, NoteRef)> = priors.filter_map(|prior| prior.note).collect();
        notes.sort_unstable_by_key(|(page, note)| (*page, note.seq, note.tag));
        notes.dedup();
        notes
    }

    /// The rows that the automations are for, ascending.
    ///
    /// # Errors
    /// [`Error::Bug`] when columns do not fit together.
    pub(super) fn decide(
        &self,
        candidates: Vec<Candidates>,
        notes: &HashMap<(u32, NoteRef), String>,
    ) -> Result<Matches, Error> {
        let mut matches = Matches::new();
        for Candidates { first, mut rows, priors } in candidates {
            if self.looks_back() {
                let batch = batch_of(&priors, notes)?;
                for (readable, own) in self.automations.iter().zip(&mut rows) {
                    if let Some(filter) = &readable.mutable_filter {
                        filter.evaluator().narrow(&batch, own);
                    }
                }
            }
            let mut of_block: HashMap<usize, Vec<usize>> = HashMap::new();
            for (number, own) in rows.iter().enumerate() {
                own.ones_iter().for_each(|place| of_block.entry(place).or_default().push(number));
            }
            let row = |place: usize| RowId(first.0.saturating_add(u32::try_from(place).unwrap_or(u32::MAX)));
            let mut of_block: Vec<_> = of_block.into_iter().map(|(place, own)| (row(place), own)).collect();
            of_block.sort_unstable_by_key(|(row, _)| *row);
            matches.extend(of_block);
        }
        Ok(matches)
    }
}

impl Readable {
    fn new(automation: &Automation, run: AutomationRunId, rows: &Query) -> Result<Self, Error> {
        let content = &automation.content;
        let read = |field: &str, text: &str, schema: &Schema| {
            if text.trim().is_empty() {
                return Ok(None);
            }
            let faulty = |faults: predicate::Faults| {
                let issue = faults.first().map(ToString::to_string).unwrap_or_default();
                Error::invalid(format!("{field} of the automation \"{}\"", content.name), issue)
            };
            predicate::filter(text, schema).map(Some).map_err(faulty)
        };
        let filter = read("filter", &content.criteria.filter, &places::frozen())?;
        let mutable_filter = read("mutable_filter", &content.criteria.mutable_filter, &places::previous())?;
        let (what, note) = match &content.action {
            Action::Display(_) => (Wished::Display, None),
            Action::Modify(change) => {
                let note = change.notes.clone();
                let digest = note.as_deref().map(NoteDigest::of);
                (Wished::Modify { decision: change.decision, note: digest, signed_off: change.signed_off }, note)
            }
        };
        let wish = AutomationWish { automation: automation.id, version: automation.version, run, what };
        let filter = filter.map_or_else(Checked::always, |filter| over(&filter, rows));
        Ok(Self { wish, note, filter, mutable_filter })
    }
}

/// The rows of the review before, as columns. A row that had none has no values, so that no filter holds of it.
fn batch_of(priors: &[Option<Prior>], notes: &HashMap<(u32, NoteRef), String>) -> Result<Batch, Error> {
    let column = |name: &str, value: &dyn Fn(&Prior) -> Option<String>| {
        let mut builder = TextBuilder::new();
        priors.iter().for_each(|prior| builder.push(prior.as_ref().and_then(value).as_deref()));
        builder.finish(name)
    };
    let signed_off = |prior: &Prior| if prior.signed_off { "SIGNED_OFF" } else { "NOT_SIGNED_OFF" };
    let columns = [
        column(DECISION, &|prior| Some(decision_word(prior.decision).to_owned())),
        column(SIGNED_OFF, &|prior| Some(signed_off(prior).to_owned())),
        column(NOTES, &|prior| prior.note.and_then(|note| notes.get(&note).cloned())),
    ];
    Batch::of(priors.len(), columns).map_err(|error| Error::Bug(format!("columns of the review before: {error}")))
}
