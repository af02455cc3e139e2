//! Carrying out a command on rows: the one way from a pure decision to the table.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::decide::{Context, RowCommand, RowUpdate, apply_command};
use domain::ids::{ReviewId, RowId};
use domain::page::{Change, PageState, acts};
use domain::refusal::Refusal;
use domain::review::Phase;
use domain::settings::{Origin, Settings};
use domain::user::UserKey;
use store::certification::{Closed, Fence};
use store::page::{Command, CommitError, Committed, MAX_NAMED_BYTES, MAX_REACHED, PageOutcome, PageWork};
use store::reach::ReachChange;

use super::earlier;
use crate::call::Call;
use crate::closing::expire::{expire, fence};
use crate::closing::finish::hand_over;
use crate::closing::standing::is_overdue;
use crate::deps::Deps;
use crate::error::{Error, Fault};
use crate::event::{self, ReviewKind};
use crate::review::open::{Review, Workable};
use crate::review::row::log;

/// A row that a command is about.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// The row.
    pub(crate) row: RowId,
    /// How the client named it, for messages.
    pub(crate) name: String,
    /// The reviewers as assigned, read from the row's block.
    pub(crate) assigned: Vec<UserKey>,
    /// The reviewers that an update gives the row, where they differ from row to row.
    pub(crate) reviewers: Option<Vec<UserKey>>,
}

impl Target {
    /// The command as this row is given it.
    fn own<'a>(&self, command: &'a RowCommand) -> Cow<'a, RowCommand> {
        match (command, &self.reviewers) {
            (RowCommand::Update(update), Some(reviewers)) => {
                let update = RowUpdate { reviewers: Some(reviewers.clone()), ..update.clone() };
                Cow::Owned(RowCommand::Update(update))
            }
            _ => Cow::Borrowed(command),
        }
    }
}

/// Why a row is in the way of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Denied {
    /// It is not the caller's (any more).
    NotFound(String),
    /// The decision refuses.
    Refused(String, Refusal),
    /// It would be taken from, or given to, more people at once than one transaction holds.
    TooMany(String),
}

/// The word for rows that would be taken from, or given to, too many people at once.
pub(super) const TOO_MANY: &str = "too_many_reviewers";

/// What a command does to rows that refuse it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnRefusal {
    /// One refusal, and nothing is written.
    Stop,
    /// The row is left alone, the others go on.
    Skip,
}

/// What became of a command.
#[derive(Debug)]
pub(crate) struct Done {
    /// The states of all pages concerned.
    pub(crate) states: BTreeMap<u32, PageState>,
    /// Rows that this call changed, with their changes.
    pub(crate) changes: HashMap<RowId, Vec<Change>>,
    /// Rows that refuse, where those are left alone, with the word for why.
    pub(crate) refused: HashMap<RowId, &'static str>,
    /// Pages on which an earlier life of this call had done its work.
    pub(crate) already: Vec<u32>,
}

/// What was decided about rows, the last time that they were decided on.
#[derive(Debug, Default)]
struct Decided<'a> {
    changes: HashMap<RowId, Vec<Change>>,
    refused: HashMap<RowId, &'static str>,
    /// What a page leaves to the next turn, because one transaction cannot hand over more.
    left: ByPage<'a>,
}

/// Rows by their pages.
type ByPage<'a> = BTreeMap<u32, Vec<&'a Target>>;

/// A command on rows.
#[derive(Debug)]
pub(crate) struct Act<'a> {
    /// The rows, none twice.
    pub(crate) targets: &'a [Target],
    /// What is to be done with each.
    pub(crate) command: &'a RowCommand,
    /// The texts that the command writes: its note, the instructions that found new reviewers.
    pub(crate) texts: Vec<&'a str>,
    /// What happens when a row refuses.
    pub(crate) on_refusal: OnRefusal,
}

/// Carries out a command: all rows, or with [`OnRefusal::Skip`] those that allow it, in one transaction as far as one
/// can hold them. Pages whose rows change hands between more people than that are done in turns, each under a command of
/// its own ([`Call::turns`]).
///
/// # Errors
/// [`Error::NotFound`] and [`Error::Refused`] as the rows say; nothing is written then. [`Error::Partly`] names what was
/// written and what was not, when rows of a command that takes several transactions change while it is being written.
pub(crate) async fn carry_out(deps: &Deps, call: &Call, review: &Workable, act: Act<'_>) -> Result<Done, Error> {
    let settings = review.settings(deps).await?;
    if is_overdue(&review.certification, &settings, call.now) {
        expire(deps, review.id(), call.now).await?;
        let is_new = earlier::of_repeated(deps, call, review).await?.is_empty();
        if is_new && act.on_refusal == OnRefusal::Skip && !act.command.outlives_the_review() {
            return Err(Refusal::Expired.into());
        }
    }
    let context = review.context(call, &settings);
    let mut command = Command {
        review: review.id(),
        attempt: review.attempt,
        id: call.command,
        repeated: call.repeatable,
        actor: call.caller.user.key(),
        now: call.now,
        fence: fence_for(&act, &context).unwrap_or_else(|| fence(&review.certification, &settings)),
    };
    let mut decided = Decided::default();
    let (mut states, mut already) = (BTreeMap::new(), Vec::new());
    let mut rows = act.by_page();
    let mut halted = Halted::default();
    for (turn, id) in call.turns().into_iter().enumerate() {
        command.id = id;
        let decide = |page: u32, state: &PageState| {
            let targets = rows.get(&page).map(Vec::as_slice).unwrap_or_default();
            decide_page(call, (review, &context), &act, targets, (page, state), &mut decided)
        };
        let pages: Vec<u32> = rows.keys().copied().collect();
        let committed = commit(deps, (review, &settings), &command, &pages, decide).await?;
        states.extend(committed.states);
        let mut left = std::mem::take(&mut decided.left);
        for (page, outcome) in committed.pages {
            match outcome {
                PageOutcome::Unchanged => {}
                PageOutcome::Applied => _ = halted.written.insert(page),
                PageOutcome::Already => {
                    halted.written.insert(page);
                    let rows = rows.remove(&page).filter(|_| act.hands_over());
                    left.extend(behind_earlier(deps, &command, page, rows).await?.map(|behind| (page, behind)));
                    already.extend((turn == 0).then_some(page));
                }
                // Rows changed while other pages of the same command were being written: what could be done is done, and
                // the caller learns that it was not everything.
                PageOutcome::Refused(denied) => halted.at(page, first_of(denied)),
                PageOutcome::Closed(closed) => halted.at(page, why_closed(deps, review, closed).await?),
            }
        }
        halted.tell(&act, &mut decided)?;
        rows = left;
        if rows.is_empty() {
            break;
        }
    }
    let Decided { changes, refused, .. } = decided;
    Ok(Done { states, changes, refused, already })
}

/// The fence of what may be done after the end of a review; `None` for anything else.
fn fence_for(act: &Act<'_>, context: &Context) -> Option<Fence> {
    let may_be_late = matches!(context.phase, Phase::Expired { .. }) || act.command.outlives_the_review();
    may_be_late.then_some(Fence::Ignored)
}

/// How far a command came that takes several transactions.
#[derive(Debug, Default)]
struct Halted {
    /// Pages that are written.
    written: BTreeSet<u32>,
    /// Pages that are not, and why.
    refused: BTreeMap<u32, Error>,
}

impl Halted {
    fn at(&mut self, page: u32, why: Error) {
        self.refused.insert(page, why);
    }

    /// Tells what of a command is not done: row by row where rows that refuse are left alone, else as an error.
    fn tell(&mut self, act: &Act<'_>, decided: &mut Decided<'_>) -> Result<(), Error> {
        if act.on_refusal == OnRefusal::Skip {
            for target in act.targets {
                if let Some(Error::Refused(refusal)) = self.refused.get(&target.row.page()) {
                    decided.changes.remove(&target.row);
                    decided.refused.entry(target.row).or_insert(refusal.code());
                }
            }
            return Ok(());
        }
        let Some((_, error)) = self.refused.pop_first() else { return Ok(()) };
        let is_done = |target: &&Target| self.written.contains(&target.row.page());
        let (done, undone): (Vec<&Target>, Vec<&Target>) = act.targets.iter().partition(is_done);
        let names = |targets: Vec<&Target>| targets.into_iter().map(|target| target.name.clone()).collect();
        if done.is_empty() {
            return Err(error);
        }
        Err(Error::Partly { error: Box::new(error), done: names(done), undone: names(undone) })
    }
}

/// Carries out one command, and sends what it tells.
async fn commit(
    deps: &Deps,
    (review, settings): (&Review, &Settings),
    command: &Command,
    pages: &[u32],
    decide: impl FnMut(u32, &PageState) -> Result<PageWork, Vec<Denied>>,
) -> Result<Committed<Vec<Denied>>, Error> {
    let kind = match review.origin {
        Origin::Campaign => ReviewKind::Campaign,
        Origin::Certification => ReviewKind::Certification,
    };
    let tell =
        |pages: &[(u32, &[domain::page::Act])]| event::rows::message(command.review, kind, &command.actor, pages);
    let mut committed = match deps.store.pages().commit_and_tell(command, pages, decide, tell).await {
        Ok(committed) => committed,
        Err(CommitError::Refused(denied)) => return Err(first_of(denied)),
        Err(CommitError::Closed(closed)) => return Err(why_closed(deps, review, closed).await?),
        // What the bounds of a command should have kept out: nothing is written, and repeating it does not help.
        Err(CommitError::Store(error @ store::Error::TooLarge { .. })) => {
            return Err(Error::TooLarge(error.to_string()));
        }
        Err(CommitError::Store(error)) => return Err(error.into()),
    };
    hand_over(deps, settings, review.id(), std::mem::take(&mut committed.messages)).await;
    Ok(committed)
}

/// Rows of a page behind the last that an earlier life of the call has changed under a command: a later turn may have
/// them still before it.
async fn behind_earlier<'a>(
    deps: &Deps,
    command: &Command,
    page: u32,
    rows: Option<Vec<&'a Target>>,
) -> Result<Option<Vec<&'a Target>>, Error> {
    let Some(mut rows) = rows.filter(|rows| rows.len() > 1) else { return Ok(None) };
    let log = deps.store.pages().log(&command.review, page).await?;
    let touched = log::touched_by(&log, &[command.id]);
    let last = rows.iter().rposition(|target| touched & target.row.bit() != 0);
    let behind = rows.split_off(last.map_or(rows.len(), |last| last + 1));
    Ok(Some(behind).filter(|behind| !behind.is_empty()))
}

/// What [`carry_out`] would do with each row as it stands; nothing is written.
///
/// # Errors
/// As [`carry_out`].
pub(crate) async fn rehearse(deps: &Deps, call: &Call, review: &Workable, act: &Act<'_>) -> Result<Done, Error> {
    let context = review.context(call, &review.settings(deps).await?);
    let by_page = act.by_page();
    let pages: Vec<u32> = by_page.keys().copied().collect();
    let states = deps.store.pages().states(&review.id(), &pages).await?;
    let mut decided = Decided::default();
    for (page, state) in &states {
        let mut targets = by_page.get(page).cloned().unwrap_or_default();
        while !targets.is_empty() {
            decide_page(call, (review, &context), act, &targets, (*page, state), &mut decided).map_err(first_of)?;
            targets = decided.left.remove(page).unwrap_or_default();
        }
    }
    let Decided { changes, refused, .. } = decided;
    Ok(Done { states, changes, refused, already: Vec::new() })
}

impl<'a> Act<'a> {
    /// Whether rows may change hands.
    fn hands_over(&self) -> bool {
        let given = matches!(self.command, RowCommand::Update(RowUpdate { reviewers: Some(_), .. }));
        given || self.targets.iter().any(|target| target.reviewers.is_some())
    }

    fn by_page(&self) -> ByPage<'a> {
        let mut by_page = ByPage::new();
        for target in self.targets {
            by_page.entry(target.row.page()).or_default().push(target);
        }
        by_page
    }
}

fn decide_page<'a>(
    call: &Call,
    (review, context): (&Review, &Context),
    act: &Act<'_>,
    targets: &[&'a Target],
    (page, state): (u32, &PageState),
    decided: &mut Decided<'a>,
) -> Result<PageWork, Vec<Denied>> {
    let mut denied = Vec::new();
    let mut slots: Vec<(u8, Vec<Change>)> = Vec::new();
    let mut reach = BTreeMap::new();
    let mut named = 0;
    for target in targets {
        decided.changes.remove(&target.row);
        decided.refused.remove(&target.row);
    }
    decided.left.remove(&page);
    for (place, target) in targets.iter().enumerate() {
        let row = state.row_or_default(target.row);
        let reviewers = row.reviewers.as_ref().unwrap_or(&target.assigned);
        if !call.acts_on_all_rows() && !review.is_one_of(call, target.row, reviewers.iter().cloned()) {
            denied.push(Denied::NotFound(target.name.clone()));
            decided.refused.insert(target.row, "not_found");
            continue;
        }
        let context = Context { assigned: target.assigned.clone(), ..context.clone() };
        let made = match apply_command(&row, &target.own(act.command), &context, call.now) {
            Ok(made) => made,
            Err(refusal) => {
                decided.refused.insert(target.row, refusal.code());
                denied.push(Denied::Refused(target.name.clone(), refusal));
                continue;
            }
        };
        let own = reached(&made).count();
        if own > MAX_REACHED {
            decided.refused.insert(target.row, TOO_MANY);
            denied.push(Denied::TooMany(target.name.clone()));
            continue;
        }
        let fresh = reached(&made).filter(|user| !reach.contains_key(*user)).count();
        named += named_bytes(&made);
        if reach.len() + fresh > MAX_REACHED || (named > MAX_NAMED_BYTES && !slots.is_empty()) {
            decided.left.insert(page, targets.get(place..).unwrap_or_default().to_vec());
            break;
        }
        note_reach(&mut reach, target.row, &made);
        slots.push((target.row.slot(), made.clone()));
        decided.changes.insert(target.row, made);
    }
    if act.on_refusal == OnRefusal::Stop && !denied.is_empty() {
        return Err(denied);
    }
    let notes = act.texts.iter().map(|text| (*text).to_owned()).collect();
    Ok(PageWork { acts: acts(slots), notes, reach: reach.into_values().collect() })
}

/// How long the keys are that changes spell out, as they are written in JSON.
fn named_bytes(changes: &[Change]) -> usize {
    let in_change = |change: &Change| match change {
        Change::Reviewers { old, new } => old.iter().chain(new).map(spelled).sum(),
        _ => 0,
    };
    changes.iter().map(in_change).sum()
}

/// How many bytes a person's key takes in JSON, with its quotes and comma.
pub(crate) fn spelled(user: &UserKey) -> usize {
    let width = |byte: u8| match byte {
        b'"' | b'\\' => 2,
        0..0x20 => 6,
        _ => 1,
    };
    user.as_str().bytes().map(width).sum::<usize>() + 3
}

/// Everybody who loses a row or gets it.
fn reached(changes: &[Change]) -> impl Iterator<Item = &UserKey> {
    changes.iter().flat_map(|change| {
        let (old, new): (&[UserKey], &[UserKey]) = match change {
            Change::Reviewers { old, new } => (old, new),
            _ => (&[], &[]),
        };
        let lose = old.iter().filter(move |user| !new.contains(user));
        lose.chain(new.iter().filter(move |user| !old.contains(user)))
    })
}

/// Who reaches a row from now on, and who does not any more.
pub(crate) fn note_reach(reach: &mut BTreeMap<UserKey, ReachChange>, row: RowId, changes: &[Change]) {
    for change in changes {
        let Change::Reviewers { old, new } = change else { continue };
        for user in old.iter().filter(|user| !new.contains(user)) {
            let held =
                reach.entry(user.clone()).or_insert_with(|| ReachChange { user: user.clone(), add: 0, remove: 0 });
            held.remove |= row.bit();
        }
        for user in new.iter().filter(|user| !old.contains(user)) {
            let held =
                reach.entry(user.clone()).or_insert_with(|| ReachChange { user: user.clone(), add: 0, remove: 0 });
            held.add |= row.bit();
        }
    }
}

/// The error that many rows' refusals amount to: what is not found comes first, because it decides what the caller may
/// know at all.
fn first_of(denied: Vec<Denied>) -> Error {
    let unknown: Vec<Fault> = denied
        .iter()
        .filter_map(|denied| match denied {
            Denied::NotFound(name) => Some(Fault::new(name, "not found")),
            Denied::Refused(..) | Denied::TooMany(_) => None,
        })
        .collect();
    if !unknown.is_empty() {
        return Error::NotFound(unknown);
    }
    let wide = denied.iter().find_map(|denied| match denied {
        Denied::TooMany(name) => Some(name.clone()),
        Denied::NotFound(_) | Denied::Refused(..) => None,
    });
    if let Some(name) = wide {
        return Error::invalid("reviewers", format!("would take {name} from, or give it to, too many people at once"));
    }
    let refusal = denied.into_iter().find_map(|denied| match denied {
        Denied::Refused(_, refusal) => Some(refusal),
        Denied::NotFound(_) | Denied::TooMany(_) => None,
    });
    match refusal {
        Some(Refusal::Stale { .. }) => Error::Stale,
        Some(refusal) => Error::Refused(refusal),
        None => Error::Bug("a command was refused by no row".to_owned()),
    }
}

/// The fence only knows that the review is closed; why, its own item says. A reviewer does not see closed reviews, but
/// saw this one open a moment ago: the state is the honest answer.
async fn why_closed(deps: &Deps, review: &Review, closed: Closed) -> Result<Error, Error> {
    refusal_of(deps, &review.id(), closed).await
}

/// What the state of a review refuses a decision with that its fence has refused.
pub(crate) async fn refusal_of(deps: &Deps, review: &ReviewId, closed: Closed) -> Result<Error, Error> {
    let refusal = match closed {
        Closed::PastDue => Refusal::Expired,
        Closed::NotOpen => {
            let fresh = deps.store.certifications().get(review).await?.ok_or_else(Error::not_found)?;
            match fresh.certification.phase().require_open() {
                Err(refusal) => refusal,
                Ok(()) => Refusal::Completed,
            }
        }
    };
    Ok(Error::Refused(refusal))
}
