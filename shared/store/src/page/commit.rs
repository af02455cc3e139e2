//! The transaction of a command: STATE, LOG, NOTE, one COUNT item, reach and messages, together or not at all.
//!
//! Read the states, look for the command's own id, ask the caller's pure decision, write on condition that nothing
//! has changed; when something has, do it all again on fresh state. A command's id stands in the log and the state of
//! each page it changed, so a repetition, in this call after a lost answer or in a later call after a crash, finds what
//! is done and does the rest. A lost answer is never reported as a conflict.
//!
//! A command on more pages than a transaction holds is decided on all pages first, so that a refusal leaves nothing
//! behind; then it is written in several transactions. When a page has changed in between and refuses now, the others
//! are still written and the outcome says so.

use std::collections::BTreeMap;

use domain::page::{Act, PageState, Seen};
use domain::user::UserKey;

use super::Pages;
use super::command::Command;
use super::plan::{Batch, PageWork, Todo};
use crate::certification::Closed;
use crate::error::Error;
use crate::expr::Expr;
use crate::item;
use crate::keys::{self, Key};
use crate::outbox::{Outgoing, Sent};
use crate::reach::{self, Chunk};
use crate::retry::Backoff;
use crate::table::{Read, Reason, Transacted, Write};

/// How often a command is decided again because of others before it is reported as unavailable.
const TRIES: u32 = 24;

/// Why a command was not carried out at all.
#[derive(Debug, thiserror::Error)]
pub enum CommitError<R> {
    /// The decision refuses it; nothing is written.
    #[error("refused")]
    Refused(R),
    /// The certification does not accept decisions any more; nothing is written.
    #[error("the certification is closed")]
    Closed(Closed),
    /// The table failed. For [`Error::Unavailable`], repeating the command is safe and finds what was written.
    #[error(transparent)]
    Store(#[from] Error),
}

/// What became of a page.
#[derive(Debug, Clone, PartialEq)]
pub enum PageOutcome<R> {
    /// Written by this call.
    Applied,
    /// Written already, by an earlier life of the command or by an attempt whose answer was lost.
    Already,
    /// There was nothing to change.
    Unchanged,
    /// Refused after other pages had been written.
    Refused(R),
    /// The certification was closed after other pages had been written.
    Closed(Closed),
}

/// A command that was carried out.
#[derive(Debug)]
#[must_use = "messages are sent right after the commit"]
pub struct Committed<R> {
    /// What became of each page.
    pub pages: BTreeMap<u32, PageOutcome<R>>,
    /// The state of each page as the command left it or found it.
    pub states: BTreeMap<u32, PageState>,
    /// The messages of the command: to be sent now, and then told to [`crate::outbox::Outbox::sent`].
    pub messages: Vec<Sent>,
}

struct Run<'a, R> {
    pages: Pages<'a>,
    command: &'a Command,
    /// What the page's log had when the command first saw it: its own entry can only stand behind.
    first_seen: BTreeMap<u32, u64>,
    outcomes: BTreeMap<u32, PageOutcome<R>>,
    states: BTreeMap<u32, PageState>,
    /// Whether some page has been written, now or by an earlier life: from then on refusals are told page by page.
    begun: bool,
}

impl Pages<'_> {
    /// Carries out a command on `pages`. `decide` is asked for every page, and again whenever the page has changed; it
    /// sees the untouched state where nobody decided anything.
    ///
    /// # Errors
    /// [`CommitError`]: in every case but [`Error::Unavailable`] nothing is written.
    pub async fn commit<R>(
        &self,
        command: &Command,
        pages: &[u32],
        decide: impl FnMut(u32, &PageState) -> Result<PageWork, R>,
    ) -> Result<Committed<R>, CommitError<R>> {
        self.commit_and_tell(command, pages, decide, |_| None).await
    }

    /// The same with a message. `tell` is asked once for every transaction, with the pages that it changes and what
    /// happens there, and its message leaves with that transaction or not at all: what it says is what was written.
    ///
    /// # Errors
    /// As [`Self::commit`].
    pub async fn commit_and_tell<R>(
        &self,
        command: &Command,
        pages: &[u32],
        mut decide: impl FnMut(u32, &PageState) -> Result<PageWork, R>,
        tell: impl Fn(&[(u32, &[Act])]) -> Option<Outgoing>,
    ) -> Result<Committed<R>, CommitError<R>> {
        let mut run = Run {
            pages: *self,
            command,
            first_seen: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            states: BTreeMap::new(),
            begun: false,
        };
        let mut todos = run.decide_all(pages, &mut decide).await?;
        let mut backoff = Backoff::of(TRIES);
        let mut attempt = 0;
        let mut messages = Vec::new();
        while !todos.is_empty() {
            let batch = Batch::take(&mut todos, &command.review);
            let (mut writes, receipts) = (run.transaction(&batch).await?, self.0.receipts().oldest());
            let message = batch.message(command, &tell, &receipts)?;
            let sent = message.map(|(item, sent)| {
                writes.push(Write::Put(item, Expr::default()));
                sent
            });
            let token = batch.token(command, attempt);
            attempt += 1;
            match self.0.table().transact(&token, &writes).await? {
                Transacted::Done => {
                    run.applied(batch);
                    if let Some(sent) = sent {
                        self.0.receipts().written(&receipts);
                        messages.push(sent);
                    }
                    backoff = Backoff::of(TRIES);
                    continue;
                }
                Transacted::TokenUsed => run.first_seen.values_mut().for_each(|seq| *seq = 0),
                Transacted::Cancelled(reasons) => {
                    if let Some(closed) = fence(&reasons) {
                        run.closed(batch, closed)?;
                        continue;
                    }
                }
            }
            if !backoff.again().await {
                return Err(Error::unavailable("deciding", "too many other commands on the same rows").into());
            }
            let again: Vec<u32> = batch.todos.iter().map(|todo| todo.page).collect();
            let mut again = run.decide_all(&again, &mut decide).await?;
            again.append(&mut todos);
            todos = again;
        }
        Ok(Committed { pages: run.outcomes, states: run.states, messages })
    }
}

impl<R> Run<'_, R> {
    /// Reads pages and decides on each. What needs no write gets its outcome at once.
    async fn decide_all(
        &mut self,
        pages: &[u32],
        decide: &mut impl FnMut(u32, &PageState) -> Result<PageWork, R>,
    ) -> Result<Vec<Todo>, CommitError<R>> {
        let states = self.pages.states(&self.command.review, pages).await?;
        let mut own = Vec::new();
        let mut open = Vec::new();
        for (page, state) in states {
            if self.is_own(page, &state).await? { own.push((page, state)) } else { open.push((page, state)) }
        }
        self.begun |= !own.is_empty();
        for (page, state) in own {
            self.outcomes.insert(page, PageOutcome::Already);
            self.states.insert(page, state);
        }
        let mut todos = Vec::new();
        for (page, state) in open {
            match decide(page, &state) {
                Ok(work) => todos.extend(self.plan(page, state, work)?),
                Err(refusal) if !self.begun => return Err(CommitError::Refused(refusal)),
                Err(refusal) => {
                    self.outcomes.insert(page, PageOutcome::Refused(refusal));
                    self.states.insert(page, state);
                }
            }
        }
        Ok(todos)
    }

    fn plan(&mut self, page: u32, before: PageState, work: PageWork) -> Result<Option<Todo>, Error> {
        let Command { id, now, actor, .. } = self.command;
        let Some(entry) = before.next(*id, *now, actor.clone(), work.acts.clone()) else {
            self.outcomes.insert(page, PageOutcome::Unchanged);
            self.states.insert(page, before);
            return Ok(None);
        };
        let mut after = before.clone();
        after
            .apply(&entry)
            .map_err(|error| Error::corrupt(format!("page {page} of {}", self.command.review), error))?;
        Ok(Some(Todo { page, before, after, entry, work }))
    }

    /// Whether the command is part of the page. The state remembers the last commands; further back the log is read,
    /// but only as far as the command can have come there.
    async fn is_own(&mut self, page: u32, state: &PageState) -> Result<bool, Error> {
        let earliest = if self.command.repeated { 0 } else { state.seq() };
        let earliest = *self.first_seen.entry(page).or_insert(earliest);
        let up_to = match state.seen(self.command.id) {
            Seen::At(_) => return Ok(true),
            Seen::No => return Ok(false),
            Seen::Perhaps { up_to } if up_to <= earliest => return Ok(false),
            Seen::Perhaps { up_to } => up_to,
        };
        let log = self.pages.log_between(&self.command.review, page, (earliest + 1, up_to)).await?;
        Ok(log.iter().any(|entry| entry.command == self.command.id))
    }

    /// The writes of a batch.
    async fn transaction(&self, batch: &Batch) -> Result<Vec<Write>, Error> {
        let mut chunks: Vec<(UserKey, u32)> = batch.todos.iter().flat_map(Todo::chunks).collect();
        chunks.sort();
        chunks.dedup();
        batch.writes(self.command, self.read_chunks(chunks).await?)
    }

    async fn read_chunks(&self, chunks: Vec<(UserKey, u32)>) -> Result<BTreeMap<(UserKey, u32), Chunk>, Error> {
        let Command { review, attempt, .. } = self.command;
        let mut held: BTreeMap<(UserKey, u32), Chunk> = BTreeMap::new();
        let mut names: BTreeMap<Key, (UserKey, u32)> = BTreeMap::new();
        for (user, chunk) in chunks {
            names.insert(keys::reach(&user, review, *attempt, chunk), (user.clone(), chunk));
            held.insert((user, chunk), Chunk::default());
        }
        if names.is_empty() {
            return Ok(held);
        }
        let items = self.pages.0.table().batch_get(names.keys().cloned().collect(), Read::Consistent).await?;
        for item in items {
            if let Some(name) = names.get(&item::key_of(&item)?) {
                held.insert(name.clone(), reach::read(&item)?);
            }
        }
        Ok(held)
    }

    fn applied(&mut self, batch: Batch) {
        self.begun = true;
        for todo in batch.todos {
            self.outcomes.insert(todo.page, PageOutcome::Applied);
            self.states.insert(todo.page, todo.after);
        }
    }

    fn closed(&mut self, batch: Batch, closed: Closed) -> Result<(), CommitError<R>> {
        if !self.begun {
            return Err(CommitError::Closed(closed));
        }
        for todo in batch.todos {
            self.outcomes.insert(todo.page, PageOutcome::Closed(closed));
            self.states.insert(todo.page, todo.before);
        }
        Ok(())
    }
}

/// Whether the fence stood in the way: the COUNT item is the first write of every transaction.
fn fence(reasons: &[Reason]) -> Option<Closed> {
    match reasons.first() {
        Some(Reason::Refused(item)) => Some(Closed::of(item.as_ref())),
        Some(Reason::None) | None => None,
    }
}
