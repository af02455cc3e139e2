//! Trying a condition out on the accounts of the inventory as it is when the work begins.

use std::collections::BTreeSet;
use std::sync::Arc;

use columns::Bits;
use domain::inventory::Family;
use jiff::Timestamp;
use predicate::Checked;
use store::job::{Job, Part};
use store::label::of_fault;
use tokio::sync::mpsc;

use super::findings::{ConditionFault, Findings, Found, Progress, SAMPLES, SampleMatch};
use super::order::Trial;
use crate::deps::Deps;
use crate::error::Error;
use crate::loading::graph::Graph;
use crate::loading::jobs;
use crate::loading::population::conditions::Selection;
use crate::loading::sources::current::{self, Version};

/// Accounts that are counted together.
const ACCOUNTS_PER_RANGE: usize = 65_536;

/// What a range of accounts came to.
type Counted = Result<(u32, Part), Error>;

/// Counts the accounts that satisfy a condition.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn carry_out(deps: &Deps, job: &Job, order: &Trial) -> Result<Progress, Error> {
    let checked = match predicate::condition(&order.condition) {
        Ok(checked) => checked,
        Err(faults) => return Ok(Progress::Done(invalid(&faults), 0)),
    };
    let graph = Arc::new(current::load(deps, &versions(deps, job).await?).await?);
    let accounts = graph.family(Family::Account).len();
    let total = u64::try_from(accounts).unwrap_or(u64::MAX);
    let Some(before) = jobs::resume(deps, job, total).await? else { return Ok(Progress::CalledOff) };
    let finished: BTreeSet<u32> = before.into_iter().map(|(first, _)| first).collect();
    let (send, mut counted) = mpsc::channel(4);
    let as_of = job.created_at;
    let counting = tokio::task::spawn_blocking(move || {
        let ranges = (0..accounts).step_by(ACCOUNTS_PER_RANGE).map(|first| u32::try_from(first).unwrap_or(u32::MAX));
        count(&graph, checked, as_of, ranges.filter(|first| !finished.contains(first)), &send)
    });
    while let Some(range) = counted.recv().await {
        let (first, part) = range?;
        if !jobs::finish_range(deps, job, first, &part).await? {
            return Ok(Progress::CalledOff);
        }
    }
    counting.await.map_err(|error| Error::Bug(format!("counting broke off: {error}")))?;
    let found = Found::in_all(deps.store.jobs().finished(&job.id).await?, true)?;
    Ok(Progress::Done(Findings { found, faults: Vec::new() }, total))
}

/// What is wrong with the condition.
fn invalid(faults: &predicate::Faults) -> Findings {
    let fault =
        |fault: &predicate::Fault| ConditionFault { rule: None, position: fault.offset(), issue: fault.issue.clone() };
    Findings { faults: faults.iter().map(fault).collect(), ..Findings::default() }
}

/// The versions of the inventory as they were when the first worker began: one that goes on counts the same accounts.
async fn versions(deps: &Deps, job: &Job) -> Result<Vec<Version>, Error> {
    let bug = |error: serde_json::Error| Error::Bug(format!("the inventory of {}: {}", job.id, of_fault(&error)));
    let settled = match deps.store.jobs().settled(&job.id).await? {
        Some(settled) => settled,
        None => {
            let now = serde_json::to_string(&current::versions(deps).await?).map_err(bug)?;
            deps.store.jobs().settle(&job.id, &now).await?
        }
    };
    serde_json::from_str(&settled).map_err(bug)
}

/// Counts range by range, until nobody listens any more.
fn count(
    graph: &Graph,
    checked: Checked,
    as_of: Timestamp,
    ranges: impl Iterator<Item = u32>,
    counted: &mpsc::Sender<Counted>,
) {
    let selection = Selection::of(checked);
    let mut narrowing = selection.on(graph, as_of);
    let accounts = graph.family(Family::Account);
    for first in ranges {
        let from = first as usize;
        let to = (from + ACCOUNTS_PER_RANGE).min(accounts.len());
        let mut alive = Bits::zeros(accounts.len());
        (from..to).for_each(|place| alive.set(place, true));
        let part = narrowing.narrow(&mut alive).and_then(|()| part(graph, &alive, to - from));
        if counted.blocking_send(part.map(|part| (first, part))).is_err() {
            return;
        }
    }
}

fn part(graph: &Graph, matching: &Bits, accounts: usize) -> Result<Part, Error> {
    let first = graph.family(Family::Account).start;
    let mut samples: Vec<SampleMatch> = Vec::new();
    for place in matching.ones_iter() {
        let account = first + u32::try_from(place).unwrap_or(0);
        let (account_name, account_id) = (graph.name(account), graph.id(account));
        let last = samples.last().filter(|_| samples.len() == SAMPLES);
        if last.is_some_and(|last| (last.account_name.as_str(), last.account_id.as_str()) <= (account_name, account_id))
        {
            continue;
        }
        let sample = SampleMatch { account_name: account_name.to_owned(), account_id: account_id.to_owned() };
        let at = samples.partition_point(|held| *held < sample);
        samples.insert(at, sample);
        samples.truncate(SAMPLES);
    }
    Ok(Part {
        processed: u64::try_from(accounts).unwrap_or(u64::MAX),
        matches: u64::try_from(matching.count()).unwrap_or(u64::MAX),
        applied: 0,
        note: Found { samples, ..Found::default() }.note()?,
    })
}
