//! Work that goes on after the call that asked for it.
//!
//! A job's item is changed by many workers at once, so its parts are attributes of their own and its progress only
//! adds up: a range counts in one transaction with its DONE item, which exists once, so a range that is finished twice
//! is counted once. A job that has come to an end stays as it is.

use domain::ids::JobId;
use domain::user::UserKey;
use jiff::Timestamp;

use crate::Store;
use crate::doc;
use crate::error::Error;
use crate::expr::Expr;
use crate::item::{self, Fields, Item};
use crate::keys::{self, DUE_PARTITION, DUE_SORT};
use crate::table::{Query, Read, Write, Written};
use crate::tx::Tx;

mod ranges;

pub use ranges::Part;

const DUE: &str = "JOB";

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// Asked for.
    Pending,
    /// A worker has begun.
    Running,
    /// Done.
    Completed,
    /// Given up.
    Failed,
    /// Called off.
    Cancelled,
}

impl JobState {
    const ALL: [Self; 5] = [Self::Pending, Self::Running, Self::Completed, Self::Failed, Self::Cancelled];

    /// The word in records.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing will happen any more.
    pub fn is_final(self) -> bool {
        match self {
            Self::Pending | Self::Running => false,
            Self::Completed | Self::Failed | Self::Cancelled => true,
        }
    }
}

/// A job.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What kind of work: the name of its queue.
    pub kind: String,
    /// What it is about, as JSON that its workers understand. Never changes; at most 300 KB.
    pub input: String,
    /// Who asked for it.
    pub created_by: UserKey,
    /// When.
    pub created_at: Timestamp,
    /// Where it stands.
    pub state: JobState,
    /// How much there is to do, once known.
    pub total: Option<u64>,
    /// How much is done: the sum over finished ranges.
    pub processed: u64,
    /// How much of that was found: the sum over finished ranges.
    pub matches: u64,
    /// How much of what was found was changed: the sum over finished ranges.
    pub applied: u64,
    /// Why it failed.
    pub error: Option<String>,
    /// What came of it, as JSON.
    pub result: Option<String>,
    /// Somebody asked to call it off; workers stop when they see it.
    pub cancel: bool,
    /// How many deliveries of its message have begun since one ended in good order: such as went on later, or met a
    /// passing difficulty. A worker that is killed, or runs out of memory, disk or time, ends in none.
    pub tries: u64,
    /// The last sign of life.
    pub updated_at: Timestamp,
    /// When nobody asks for it any more and it may be forgotten; `None` for one that is kept for good.
    pub expires_at: Option<Timestamp>,
}

impl Job {
    /// A job that is asked for.
    pub fn new(id: JobId, kind: impl Into<String>, input: impl Into<String>, by: UserKey, now: Timestamp) -> Self {
        Self {
            id,
            kind: kind.into(),
            input: input.into(),
            created_by: by,
            created_at: now,
            state: JobState::Pending,
            total: None,
            processed: 0,
            matches: 0,
            applied: 0,
            error: None,
            result: None,
            cancel: false,
            tries: 0,
            updated_at: now,
            expires_at: None,
        }
    }
}

/// How a job comes to an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// With a result as JSON.
    Completed {
        /// At most 300 KB.
        result: Option<String>,
        /// How much there was to do and is done; `None` where finished ranges have told.
        processed: Option<u64>,
    },
    /// With an error.
    Failed {
        /// What a client is told.
        error: String,
    },
    /// Because somebody asked.
    Cancelled,
}

impl Ending {
    fn state(&self) -> JobState {
        match self {
            Self::Completed { .. } => JobState::Completed,
            Self::Failed { .. } => JobState::Failed,
            Self::Cancelled => JobState::Cancelled,
        }
    }

    /// The update that ends a job which has not ended.
    fn expr(&self, now: Timestamp) -> Expr {
        let extra = match self {
            Self::Completed { result, .. } => result.as_ref().map(|result| ("res", result)),
            Self::Failed { error } => Some(("err", error)),
            Self::Cancelled => None,
        };
        let processed = match self {
            Self::Completed { processed, .. } => *processed,
            Self::Failed { .. } | Self::Cancelled => None,
        };
        let set_extra = extra.map_or_else(String::new, |(name, _)| format!(", #{name} = :extra"));
        let set_all = if processed.is_some() { ", #total = :all, #n = :all" } else { "" };
        let mut expr = Expr::update(format!("SET #st = :st, #at = :at{set_extra}{set_all} REMOVE #dpk, #dsk, #try"))
            .when("#st IN (:wait, :run)")
            .value(":st", item::text(self.state().word()))
            .value(":at", item::time(now))
            .value(":wait", item::text(JobState::Pending.word()))
            .value(":run", item::text(JobState::Running.word()));
        if let Some(processed) = processed {
            expr = expr.value(":all", item::number(processed));
        }
        match extra {
            Some((_, extra)) => expr.value(":extra", item::text(extra)),
            None => expr,
        }
    }
}

/// Jobs.
#[derive(Debug, Clone, Copy)]
pub struct Jobs<'a>(&'a Store);

impl Store {
    /// Work that goes on after a call.
    pub fn jobs(&self) -> Jobs<'_> {
        Jobs(self)
    }
}

impl Tx<'_> {
    /// Adds a new job. From `stalled_at` on it is found by [`Jobs::stalled`] unless a worker shows a sign of life.
    pub fn insert_job(&mut self, job: &Job, stalled_at: Timestamp) {
        let key = keys::job(&job.id);
        let mut item = item::keyed(&key);
        item.insert("v".to_owned(), item::number(1));
        item.insert("rev".to_owned(), item::number(1));
        item.insert("cmd".to_owned(), item::text(self.command().to_string()));
        item.insert("kind".to_owned(), item::text(&job.kind));
        item.insert("d".to_owned(), item::text(&job.input));
        item.insert("by".to_owned(), item::text(job.created_by.as_str()));
        item.insert("born".to_owned(), item::time(job.created_at));
        item.insert("st".to_owned(), item::text(job.state.word()));
        item.insert("at".to_owned(), item::time(job.updated_at));
        if let Some(total) = job.total {
            item.insert("total".to_owned(), item::number(total));
        }
        if let Some(expires_at) = job.expires_at {
            item.insert("until".to_owned(), item::time(expires_at));
            item.insert(keys::TTL.to_owned(), item::number(expires_at.as_second()));
        }
        doc::due(&mut item, DUE, stalled_at, &job.id.to_string());
        self.insert_item("job", key, item);
    }

    /// Adds the end of a job that has not ended: so that what the job was for and its end stand together.
    pub fn end_job(&mut self, id: &JobId, ending: &Ending) {
        let (key, expr) = (keys::job(id), ending.expr(self.now()));
        self.plan("job", key.clone(), None, Write::Update(key, expr));
    }

    /// The same for a job that nobody has called off either.
    pub fn end_wanted_job(&mut self, id: &JobId, ending: &Ending) {
        let (key, expr) = (keys::job(id), ending.expr(self.now()));
        let wanted = format!("{} AND attribute_not_exists(#cancel)", expr.condition_text().unwrap_or_default());
        self.plan("job", key.clone(), None, Write::Update(key, expr.when(wanted)));
    }
}

impl Jobs<'_> {
    /// One job, read consistently.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn get(&self, id: &JobId) -> Result<Option<Job>, Error> {
        let item = self.0.table().get(&keys::job(id), Read::Consistent).await?;
        item.map(|item| read(*id, &item)).transpose()
    }

    /// A worker begins with a delivery of the job's message, which counts as a try until [`Self::spare`]. Otherwise as
    /// [`Self::run`].
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn begin(&self, id: &JobId, now: Timestamp, stalled_at: Timestamp) -> Result<Option<Job>, Error> {
        let expr = alive("SET #st = :run, #at = :at ADD #try :one").value(":one", item::number(1));
        self.show(id, expr, now, stalled_at).await
    }

    /// A delivery ended in good order without an end of the job: what was tried before does not count any more.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn spare(&self, id: &JobId) -> Result<(), Error> {
        self.0.table().update(&keys::job(id), &alive("SET #st = :run REMOVE #try")).await?;
        Ok(())
    }

    /// A worker goes on, or shows a sign of life; `total` is set when known. Returns the job as it then stands,
    /// so that the worker sees whether it was called off; `None` when there is no such job or it has ended.
    ///
    /// The index of silent jobs costs more than the job itself: it is left as it is while it gives the job more than half
    /// of the time that `stalled_at` would.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn run(
        &self,
        id: &JobId,
        total: Option<u64>,
        now: Timestamp,
        stalled_at: Timestamp,
    ) -> Result<Option<Job>, Error> {
        let set_total = if total.is_some() { ", #total = :total" } else { "" };
        let mut expr = alive(&format!("SET #st = :run, #at = :at{set_total}"));
        if let Some(total) = total {
            expr = expr.value(":total", item::number(total));
        }
        self.show(id, expr, now, stalled_at).await
    }

    async fn show(
        &self,
        id: &JobId,
        alive_at: Expr,
        now: Timestamp,
        stalled_at: Timestamp,
    ) -> Result<Option<Job>, Error> {
        let alive_at = alive_at.value(":at", item::time(now));
        let mut item = self.0.table().update_and_get(&keys::job(id), &alive_at).await?;
        let enough = now.checked_add(now.duration_until(stalled_at) / 2).unwrap_or(stalled_at);
        let lasts = |item: &Item| item.maybe_text(DUE_SORT).is_some_and(|due| due > keys::ascending(enough).as_str());
        if item.as_ref().is_some_and(|item| !lasts(item)) {
            debug_assert_eq!((DUE_PARTITION, DUE_SORT), ("dpk", "dsk"));
            let expr = alive("SET #st = :run, #dpk = :dpk, #dsk = :dsk")
                .value(":dpk", item::text(DUE))
                .value(":dsk", item::text(keys::due(stalled_at, id)));
            item = self.0.table().update_and_get(&keys::job(id), &expr).await?;
        }
        item.map(|item| read(*id, &item)).transpose()
    }

    /// Settles what a job works on, as JSON, and returns what stands: the first worker wins, and every later one reads
    /// the same.
    ///
    /// # Errors
    /// [`Error::TooLarge`] beyond 400 KB; [`Error::Unavailable`].
    pub async fn settle(&self, id: &JobId, inputs: &str) -> Result<String, Error> {
        let key = keys::job_inputs(id);
        let mut item = item::keyed(&key);
        item.insert("v".to_owned(), item::number(1));
        item.insert("d".to_owned(), item::text(inputs));
        match self.0.table().put(&item, &Expr::absent()).await? {
            Written::Done => Ok(inputs.to_owned()),
            Written::Refused(Some(held)) => Ok(held.get_text("d")?.to_owned()),
            Written::Refused(None) => {
                self.settled(id).await?.ok_or_else(|| Error::not_found(format!("the inputs of {id}")))
            }
        }
    }

    /// What was settled.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn settled(&self, id: &JobId) -> Result<Option<String>, Error> {
        let item = self.0.table().get(&keys::job_inputs(id), Read::Consistent).await?;
        item.map(|item| Ok(item.get_text("d")?.to_owned())).transpose()
    }

    /// Ends a job, once: `false` when it had ended before, however that was.
    ///
    /// # Errors
    /// [`Error::Unavailable`]: repeating is safe.
    pub async fn end(&self, id: &JobId, ending: &Ending, now: Timestamp) -> Result<bool, Error> {
        let written = self.0.table().update(&keys::job(id), &ending.expr(now)).await?;
        Ok(match written {
            Written::Done => true,
            // A lost answer: the very ending that was asked for, at the very time, is our own.
            Written::Refused(Some(held)) => {
                held.maybe_text("st") == Some(ending.state().word()) && held.maybe_time("at") == Some(now)
            }
            Written::Refused(None) => false,
        })
    }

    /// Asks a job to be called off; workers see it at their next sign of life. `false` when it has ended.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn cancel(&self, id: &JobId) -> Result<bool, Error> {
        let expr = Expr::update("SET #cancel = :yes")
            .when("#st IN (:wait, :run)")
            .value(":yes", item::flag(true))
            .value(":wait", item::text(JobState::Pending.word()))
            .value(":run", item::text(JobState::Running.word()));
        Ok(self.0.table().update(&keys::job(id), &expr).await? == Written::Done)
    }

    /// Jobs without a sign of life in time, at most `limit`, the longest silent first. The index may lag: read each one
    /// before acting on it.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn stalled(&self, now: Timestamp, limit: usize) -> Result<Vec<JobId>, Error> {
        self.0.due(DUE, now, limit).await
    }
}

/// An update of a job that has not ended: it runs.
fn alive(update: &str) -> Expr {
    Expr::update(update)
        .when("#st IN (:wait, :run)")
        .value(":run", item::text(JobState::Running.word()))
        .value(":wait", item::text(JobState::Pending.word()))
}

fn read(id: JobId, item: &Item) -> Result<Job, Error> {
    let word = item.get_text("st")?;
    let state = JobState::ALL.into_iter().find(|state| state.word() == word);
    Ok(Job {
        id,
        kind: item.get_text("kind")?.to_owned(),
        input: item.get_text("d")?.to_owned(),
        created_by: item.get_text("by")?.parse().map_err(|error| Error::corrupt(item.label(), error))?,
        created_at: item.get_time("born")?,
        state: state.ok_or_else(|| Error::corrupt(item.label(), format!("unknown state `{word}`")))?,
        total: item.maybe_number("total"),
        processed: item.maybe_number("n").unwrap_or(0),
        matches: item.maybe_number("m").unwrap_or(0),
        applied: item.maybe_number("a").unwrap_or(0),
        error: item.maybe_text("err").map(str::to_owned),
        result: item.maybe_text("res").map(str::to_owned),
        cancel: item.get_flag("cancel"),
        tries: item.maybe_number("try").unwrap_or(0),
        updated_at: item.get_time("at")?,
        expires_at: item.maybe_time("until"),
    })
}

impl Store {
    /// What is due in a partition of the index: ids by their due time.
    pub(crate) async fn due<I: std::str::FromStr>(
        &self,
        partition: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<I>, Error> {
        let last = format!("{}~", keys::ascending(now));
        let found = self.table().query(&Query::due(partition, last).limit(limit)).await?;
        let id = |item: &Item| {
            let id = item.get_text(DUE_SORT)?.split_once('#').and_then(|(_, id)| id.parse().ok());
            id.ok_or_else(|| Error::corrupt(item.label(), "the due entry names no id"))
        };
        found.items.iter().map(id).collect()
    }
}
