//! From row numbers to rows: blocks, states, notes, logs and names, each asked for once for all rows.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use columns::Batch;
use domain::automation::Action;
use domain::ids::{AutomationId, RowId};
use domain::page::PageState;
use domain::review::ReviewerAssignment;
use domain::row::{DisplayMark, Mark, NoteRef, RowState};
use domain::user::{User, UserKey};
use jiff::Timestamp;

use super::log::{self, Logs};
use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::review::open::{Layout, Review};
use crate::review::row::{Frozen, Marking, RowView};
use crate::user::People;

/// What is known already about rows, and need not be read again.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// States of pages.
    pub(crate) states: BTreeMap<u32, PageState>,
    /// Texts of notes, such as the one that the call itself wrote.
    pub(crate) notes: Vec<String>,
    /// Whether the action log is wanted.
    pub(crate) with_log: bool,
    /// Whether it is wanted what those who remove access have said.
    pub(crate) with_answers: bool,
}

/// Frozen rows by number.
pub(crate) type FrozenRows = HashMap<RowId, Frozen>;

/// The frozen part of rows.
pub(crate) async fn frozen(deps: &Deps, review: &Review, layout: &Layout, rows: &[RowId]) -> Result<FrozenRows, Error> {
    let mut places: BTreeMap<u32, Vec<(RowId, usize)>> = BTreeMap::new();
    for row in rows {
        if let Some((block, index)) = layout.plan.locate(row.0) {
            places.entry(block).or_default().push((*row, index));
        }
    }
    let numbers: Vec<u32> = places.keys().copied().collect();
    let blocks = deps.store.blocks().read_many(&review.id(), review.attempt, &numbers).await?;
    let mut frozen = HashMap::with_capacity(rows.len());
    for block in blocks {
        let batch: Arc<Batch> = Arc::new(block.batch()?);
        for (row, index) in places.get(&block.number()).into_iter().flatten() {
            frozen.insert(*row, Frozen::new(Arc::clone(&batch), *index));
        }
    }
    Ok(frozen)
}

/// The rows in the order given. Each has to exist.
pub(crate) async fn rows(
    deps: &Deps,
    call: &Call,
    review: &Review,
    rows: &[RowId],
    known: Known,
) -> Result<Vec<RowView>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let layout = review.plan(deps).await?;
    let pages: BTreeSet<u32> = rows.iter().map(|row| row.page()).collect();
    let unread: Vec<u32> = pages.iter().copied().filter(|page| !known.states.contains_key(page)).collect();
    let id = review.id();
    let with_log = known.with_log;
    let (frozen, (states, logs)) = futures::try_join!(frozen(deps, review, &layout, rows), async {
        let states = deps.store.pages().states(&id, &unread).await?;
        let states: BTreeMap<u32, PageState> = states.into_iter().chain(known.states).collect();
        // A page that nobody touched has no log to be asked for.
        let touched: BTreeSet<u32> =
            pages.iter().copied().filter(|page| states.get(page).is_some_and(|state| state.seq() > 0)).collect();
        let logs = log::read(deps, id, with_log.then_some(&touched)).await?;
        Ok::<_, Error>((states, logs))
    })?;
    let as_of = layout.as_of().unwrap_or(review.certification.started_at);
    let (notes, with_answers) = (known.notes, known.with_answers);
    let assignment = layout.assignment.clone();
    build(deps, call, review, Parts { rows, frozen, as_of, assignment, states, logs, notes, with_answers }).await
}

struct Parts<'a> {
    rows: &'a [RowId],
    frozen: FrozenRows,
    as_of: Timestamp,
    assignment: Option<Arc<ReviewerAssignment>>,
    states: BTreeMap<u32, PageState>,
    logs: Option<Logs>,
    notes: Vec<String>,
    with_answers: bool,
}

async fn build(deps: &Deps, call: &Call, review: &Review, parts: Parts<'_>) -> Result<Vec<RowView>, Error> {
    let states: Vec<(RowId, RowState)> = parts
        .rows
        .iter()
        .map(|row| (*row, parts.states.get(&row.page()).map(|page| page.row_or_default(*row)).unwrap_or_default()))
        .collect();
    let wanted = states.iter().flat_map(|(row, state)| {
        let answer = state.answer.filter(|_| parts.with_answers);
        [state.note, answer, state.instructions].into_iter().flatten().map(|note| (row.page(), note))
    });
    let texts = texts(deps, review, wanted.collect(), &parts.notes).await?;
    let displays = displays(deps, states.iter().flat_map(|(_, state)| &state.display)).await?;
    let mut people = People::with(call);
    for frozen in parts.frozen.values() {
        frozen.assigned().into_iter().for_each(|user| people.add(user));
    }
    let named = states.iter().flat_map(|(_, state)| named(state));
    let logged = parts.logs.iter().flat_map(|logs| logs.people());
    people.complete(deps, named.chain(logged)).await?;
    let joined = &review.certification.query_used.joined_nodes;
    let aliases: Arc<[String]> = joined.iter().map(|joined| joined.alias.clone()).collect();
    let hidden: Arc<[String]> = review.hidden_columns(call).into();
    let mut views = Vec::with_capacity(states.len());
    for (row, state) in states {
        let Some(frozen) = parts.frozen.get(&row) else {
            return Err(Error::Bug(format!("row {row} of review {} has no block", review.id())));
        };
        let text = |of: Option<NoteRef>| of.and_then(|note| texts.get(&(row.page(), note)).cloned());
        let mark = |mark: &Option<Mark>| mark.as_ref().map(|mark| people.get(&mark.by));
        let reviewers = effective(frozen, &state, &people);
        views.push(RowView {
            review: review.id(),
            hidden: Arc::clone(&hidden),
            row,
            aliases: Arc::clone(&aliases),
            as_of: parts.as_of,
            assignment: instructions(parts.assignment.as_ref(), &state, text(state.instructions))?,
            note: text(state.note),
            answer: text(state.answer),
            decided_by: mark(&state.decided),
            signed_off_by: mark(&state.signed_off),
            marked_fixed_by: mark(&state.marked_fixed),
            updated_by: mark(&state.updated),
            assigned_to_caller: review.is_one_of(call, row, reviewers.iter().map(User::key)),
            reviewers,
            log: parts.logs.as_ref().map(|logs| logs.of(row, &people)),
            frozen: frozen.clone(),
            display: state.display.iter().filter_map(|mark| displays.get(mark).cloned()).collect(),
            state,
        });
    }
    Ok(views)
}

/// The reviewers that count: as assigned, unless somebody changed them.
pub(crate) fn effective(frozen: &Frozen, state: &RowState, people: &People) -> Vec<User> {
    match &state.reviewers {
        None => frozen.assigned(),
        Some(changed) => changed.iter().map(|key| people.get(key)).collect(),
    }
}

/// The instructions that found the reviewers that count: those that the row was made with, or that found them since; none
/// where somebody named them.
fn instructions(
    first: Option<&Arc<ReviewerAssignment>>,
    state: &RowState,
    later: Option<String>,
) -> Result<Option<Arc<ReviewerAssignment>>, Error> {
    match (&state.reviewers, later) {
        (None, _) => Ok(first.cloned()),
        (Some(_), Some(text)) => Ok(Some(Arc::new(store::instructions::read(&text)?))),
        (Some(_), None) => Ok(None),
    }
}

fn named(state: &RowState) -> impl Iterator<Item = &UserKey> {
    let marks = [&state.decided, &state.signed_off, &state.marked_fixed, &state.updated];
    marks.into_iter().flatten().map(|mark| &mark.by).chain(state.reviewers.iter().flatten())
}

/// What automations show beside rows, each version read once.
async fn displays(
    deps: &Deps,
    marks: impl Iterator<Item = &DisplayMark>,
) -> Result<HashMap<DisplayMark, Marking>, Error> {
    let pinned: BTreeSet<(AutomationId, u64)> = marks.map(|mark| (mark.automation, mark.version)).collect();
    if pinned.is_empty() {
        return Ok(HashMap::new());
    }
    let pinned: Vec<(AutomationId, u64)> = pinned.into_iter().collect();
    let automations = deps.store.automations().versions(&pinned).await?;
    let markings = automations.into_iter().filter_map(|automation| match automation.content.action {
        Action::Display(display) => {
            let mark = DisplayMark { automation: automation.id, version: automation.version };
            Some((mark, Marking { automation: automation.id, display }))
        }
        Action::Modify(_) => None,
    });
    Ok(markings.collect())
}

/// The texts that are referred to, each read once unless it is known.
async fn texts(
    deps: &Deps,
    review: &Review,
    wanted: Vec<(u32, NoteRef)>,
    known: &[String],
) -> Result<HashMap<(u32, NoteRef), String>, Error> {
    let mut texts = HashMap::new();
    let mut unread: BTreeMap<(u32, u64, [u8; 8]), NoteRef> = BTreeMap::new();
    for (page, note) in wanted {
        match known.iter().find(|text| domain::note::NoteDigest::of(text).tag() == note.tag) {
            Some(text) => {
                texts.insert((page, note), text.clone());
            }
            None => {
                unread.insert((page, note.seq, note.tag.0), note);
            }
        }
    }
    if !unread.is_empty() {
        let wanted: Vec<(u32, NoteRef)> = unread.into_iter().map(|((page, ..), note)| (page, note)).collect();
        texts.extend(deps.store.pages().notes(&review.id(), &wanted).await?);
    }
    Ok(texts)
}
