//! The same change on many rows: on those that allow it, and what became of each.
//!
//! Rows are named, or found by a filter in the order of their numbers. One call changes a bounded number of rows; it
//! answers with a cursor where it has left some, and a call with that cursor goes on behind them. Each row obeys the rules
//! of an ordinary update; what refuses is left alone and told.
//!
//! A call that is made again with its idempotency key finds what an earlier life of it has done, also on rows that its
//! filter does not match any more because of that, and counts it.

use std::collections::{BTreeMap, HashMap};

use domain::decide::{RowCommand, RowUpdate};
use domain::ids::{ReviewId, RowId};
use domain::note::NoteDigest;
use domain::review::{Phase, ReviewerAssignment};

use super::act::{self, Act, OnRefusal, Target, carry_out};
use super::{appoint, earlier, update};
use crate::call::Call;
use crate::cursor::{self, Binding};
use crate::deps::Deps;
use crate::error::{Error, Faults};
use crate::review::input::{BulkInput, BulkOutcome, RowFilter, RowOutcome, Selection, UserReference};
use crate::review::list::ask::Ask;
use crate::review::list::filter::Query;
use crate::review::list::scan::Scan;
use crate::review::list::{piece, walk};
use crate::review::open::{Dialect, Review, Workable, enter_rows};
use crate::review::row::{find, log};

/// The most pages that one call changes, so that its transactions are written in a few seconds.
const MAX_PAGES: usize = 1_000;

/// Changes the rows of a selection that the caller may change.
///
/// # Errors
/// [`Error::NotFound`] when there is no such review, or none for this caller; with names, for rows that were named and do
/// not exist for the caller: nothing is written then. [`Error::Refused`] when the review allows no change at all;
/// [`Error::Invalid`].
pub async fn bulk_update(deps: &Deps, call: &Call, id: ReviewId, input: BulkInput) -> Result<BulkOutcome, Error> {
    update::checked(&input.change, false)?;
    let asked = Asked::of(id, &input.selection, input.after.as_deref())?;
    let review = enter_rows(deps, call, id, Dialect::Certification).await?;
    asked.requires_sight(&review.hidden_columns(call))?;
    require_workable(deps, call, &review).await?;
    let reviewers = match input.change.reviewers.as_deref() {
        None | Some([]) => None,
        Some(named) => Some(Reviewers::Named(named)),
    };
    let note = input.change.notes.as_deref().filter(|note| !note.trim().is_empty());
    let work = Work { change: update::row_update(&input.change), note, reviewers, rehearse: false };
    apply(deps, call, &review, &asked, work).await
}

/// That rows of the review can be changed at all: it is open, or has expired, which leaves a little; or that an earlier life
/// of the call has changed some, which is then told again.
pub(crate) async fn require_workable(deps: &Deps, call: &Call, review: &Review) -> Result<(), Error> {
    match review.certification.phase() {
        Phase::Open | Phase::Expired { .. } => Ok(()),
        phase @ (Phase::Searching | Phase::Completed { .. } | Phase::Terminated { .. }) => {
            match earlier::of_repeated(deps, call, review).await?.is_empty() {
                true => Ok(phase.require_open()?),
                false => Ok(()),
            }
        }
    }
}

/// Which rows are meant, read and checked before anything is looked up.
#[derive(Debug)]
pub(crate) struct Asked {
    which: Which,
    binding: Binding,
    after: Option<RowId>,
}

#[derive(Debug)]
enum Which {
    Named(Vec<RowId>),
    Found(Box<Query>),
}

impl Asked {
    /// Reads a selection and the cursor that an earlier call with it has answered.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a filter that cannot be read, for none at all, and on `after` for a foreign cursor.
    pub(crate) fn of(id: ReviewId, selection: &Selection, after: Option<&str>) -> Result<Self, Error> {
        let (which, filters) = match selection {
            Selection::Rows(rows) => (Which::Named(rows.clone()), RowFilter::default()),
            Selection::Matching(filter) => {
                let query = Query::new(filter, &[])?;
                let mut faults = Faults::new();
                faults.require(!query.passes_all(), "filter", "is required where no rows are named");
                faults.done()?;
                (Which::Found(Box::new(query)), (**filter).clone())
            }
            Selection::All => (Which::Found(Box::new(Query::new(&RowFilter::default(), &[])?)), RowFilter::default()),
        };
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let (id, filter, mutable_filter) = (id.to_string(), text(&filters.filter), text(&filters.mutable_filter));
        let binding = Binding::of("bulk", &[&id, &filter, &mutable_filter]);
        let after: Option<u32> = after.map(|cursor| cursor::open(&binding, cursor, "after")).transpose()?;
        Ok(Self { which, binding, after: after.map(RowId) })
    }

    /// Refuses what asks about columns that the caller may not see: which rows are changed would tell what is in them.
    ///
    /// # Errors
    /// [`Error::Invalid`] names each column.
    pub(crate) fn requires_sight(&self, hidden: &[String]) -> Result<(), Error> {
        match &self.which {
            Which::Named(_) => Ok(()),
            Which::Found(query) => query.requires_sight(hidden),
        }
    }
}

/// What is to be done with each row.
pub(crate) struct Work<'a> {
    /// The change.
    pub(crate) change: RowUpdate,
    /// The text of its note.
    pub(crate) note: Option<&'a str>,
    /// Who reviews it from now on.
    pub(crate) reviewers: Option<Reviewers<'a>>,
    /// Whether it is only to be told what would become of the rows.
    pub(crate) rehearse: bool,
}

impl Work<'_> {
    /// The instructions that find the reviewers, as they are kept beside the rows; `None` where somebody names them.
    fn instructions(&self) -> Result<Option<String>, Error> {
        match &self.reviewers {
            Some(Reviewers::Found(instructions)) => Ok(Some(store::instructions::write(instructions)?)),
            Some(Reviewers::Named(_)) | None => Ok(None),
        }
    }
}

/// Who is to review rows.
pub(crate) enum Reviewers<'a> {
    /// These.
    Named(&'a [UserReference]),
    /// Whom these instructions find, row by row.
    Found(&'a ReviewerAssignment),
}

/// Does it.
///
/// # Errors
/// As [`bulk_update`].
pub(crate) async fn apply(
    deps: &Deps,
    call: &Call,
    review: &Workable,
    asked: &Asked,
    work: Work<'_>,
) -> Result<BulkOutcome, Error> {
    let Picked { rows, next, mut done_before } = match &asked.which {
        Which::Named(rows) => Picked { rows: update::named(review, rows.clone())?, ..Picked::default() },
        Which::Found(query) => pick(deps, call, review, query, asked.after).await?,
    };
    let mut targets = find::rows(deps, review, &rows).await?;
    let barred = appoint(deps, call, review, &work, &rows, &mut targets).await?;
    // A version names one row: many have none to insist on.
    let call = Call { if_match: None, ..call.clone() };
    let instructions = work.instructions()?;
    let digest = instructions.as_deref().map(NoteDigest::of);
    let command = RowCommand::Update(RowUpdate { instructions: digest, ..work.change });
    let texts = work.note.into_iter().chain(instructions.as_deref()).collect();
    let act = Act { targets: &targets, command: &command, texts, on_refusal: OnRefusal::Skip };
    let done = if work.rehearse {
        act::rehearse(deps, &call, review, &act).await?
    } else {
        carry_out(deps, &call, review, act).await?
    };
    for page in &done.already {
        if !done_before.contains_key(page) {
            let log = deps.store.pages().log(&review.id(), *page).await?;
            done_before.insert(*page, log::touched_by(&log, &call.turns()));
        }
    }
    let outcome = |row: &RowId| {
        let before = done_before.get(&row.page()).is_some_and(|rows| rows & row.bit() != 0);
        let changed = done.changes.get(row).is_some_and(|changes| !changes.is_empty());
        match barred.get(row).or_else(|| done.refused.get(row)) {
            _ if before => RowOutcome::Updated,
            Some(reason) => RowOutcome::Skipped(reason),
            None if changed => RowOutcome::Updated,
            None => RowOutcome::Unchanged,
        }
    };
    let rows: Vec<(RowId, RowOutcome)> = rows.iter().map(|row| (*row, outcome(row))).collect();
    let next = next.map(|row| cursor::seal(&asked.binding, row.0)).transpose()?;
    Ok(BulkOutcome { rows, next })
}

/// Gives each row its reviewers, where the work changes them; rows that cannot have them are taken out and told, each
/// with the word for why.
async fn appoint(
    deps: &Deps,
    call: &Call,
    review: &Review,
    work: &Work<'_>,
    rows: &[RowId],
    targets: &mut Vec<Target>,
) -> Result<HashMap<RowId, &'static str>, Error> {
    let mut appointed = match &work.reviewers {
        None => return Ok(HashMap::new()),
        Some(Reviewers::Named(named)) => appoint::by_name(deps, call, review, rows, named).await?,
        Some(Reviewers::Found(instructions)) => appoint::by_ladder(deps, call, review, rows, instructions).await?,
    };
    let mut barred = HashMap::new();
    targets.retain_mut(|target| match appointed.remove(&target.row) {
        Some(Ok(reviewers)) => {
            target.reviewers = Some(reviewers);
            true
        }
        Some(Err(word)) => {
            barred.insert(target.row, word);
            false
        }
        None => true,
    });
    Ok(barred)
}

/// The rows of one call.
#[derive(Debug, Default)]
struct Picked {
    /// In the order of their numbers.
    rows: Vec<RowId>,
    /// Behind which row the next call goes on; `None` when nothing is left.
    next: Option<RowId>,
    /// What an earlier life of the call has changed, by page.
    done_before: BTreeMap<u32, u64>,
}

/// The rows that a filter finds behind a place, and those that it found in an earlier life of the call.
async fn pick(deps: &Deps, call: &Call, review: &Review, query: &Query, after: Option<RowId>) -> Result<Picked, Error> {
    if review.total() == 0 {
        return Ok(Picked::default());
    }
    let layout = review.plan(deps).await?;
    let query = &query.over(&review.certification.query_used);
    let mut scan = Scan::new(deps, call, review, &layout, query);
    let mut pieces = piece::all(review, &layout.plan)?;
    piece::walk_from(&mut pieces, after, false);
    let most = deps.settings.bulk_rows;
    let ask = Ask { skip: 0, limit: most, backwards: false };
    let found = walk::page(&mut scan, pieces, ask, None).await?;
    let mut rows: Vec<RowId> = found.rows.into_iter().map(|(_, row)| row).collect();
    let mut next = found.next.map(|((_, row), _)| row);
    let mut done_before =
        if call.repeatable { earlier::changed(deps, call, review, after, next).await? } else { BTreeMap::new() };
    let slots = |(page, mask): (&u32, &u64)| {
        let (page, mask) = (*page, *mask);
        (0..64).filter(move |slot| mask & 1 << slot != 0).filter_map(move |slot| RowId::at(page, slot))
    };
    rows.extend(done_before.iter().flat_map(slots));
    rows.sort_unstable();
    rows.dedup();
    // INVARIANT: what an earlier life has changed and what is still to be found are together what that life found: cut in
    // the same way, a repeated call ends where the first one ended.
    if let Some(end) = end_of_call(&rows, most, next.is_some()) {
        rows.truncate(end);
        next = rows.last().copied();
        done_before.retain(|page, _| next.is_some_and(|last| *page <= last.page()));
    }
    Ok(Picked { rows, next, done_before })
}

/// How many of the rows one call changes, where there are more: those of whole pages, because a repeated call does
/// nothing on a page that it has changed. Only where less than a page may be changed, a page is cut.
fn end_of_call(rows: &[RowId], most: usize, more: bool) -> Option<usize> {
    let mut end = 0;
    for (nth, page) in rows.chunk_by(|one, other| one.page() == other.page()).enumerate() {
        let behind = end + page.len();
        let may_go_on = behind == rows.len() && behind == most && more;
        if nth == MAX_PAGES || behind > most || may_go_on {
            return Some(if end == 0 { most.min(behind) } else { end });
        }
        end = behind;
    }
    None
}
