//! The ranges that a job's work is divided into: each is counted once.

use domain::ids::JobId;
use jiff::Timestamp;

use super::{DUE, JobState, Jobs};
use crate::error::Error;
use crate::expr::Expr;
use crate::item::{self, Fields, Item};
use crate::keys::{self, Key};
use crate::table::{Query, Read, Reason, Transacted, Write};

/// What a finished range comes to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Part {
    /// How much was done.
    pub processed: u64,
    /// How much of it was found.
    pub matches: u64,
    /// How much of what was found was changed.
    pub applied: u64,
    /// Whatever else its worker wants to be known, as JSON; at most 4 KB, because all ranges are read together.
    pub note: Option<String>,
}

impl Jobs<'_> {
    /// Counts a finished range, once: `false` when it was counted before or the job has ended.
    ///
    /// A worker that goes on with the next range says until when it need not be heard of: it shows a sign of life with
    /// the range, and hears `false` also when the job was called off; [`Self::run`] tells which it is.
    ///
    /// # Errors
    /// [`Error::Unavailable`]: repeating is safe.
    pub async fn finish_range(
        &self,
        id: &JobId,
        first: u32,
        part: &Part,
        now: Timestamp,
        stalled_at: Option<Timestamp>,
    ) -> Result<bool, Error> {
        // INVARIANT: the DONE item is first, and its condition is what makes a repetition harmless.
        let done = keys::job_range(id, first);
        let writes = [
            Write::Put(part.item(&done), Expr::absent()),
            Write::Update(keys::job(id), part.counted(id, now, stalled_at)),
        ];
        let counts = [part.processed, part.matches, part.applied].map(|count| count.to_string());
        let [processed, matches, applied] = &counts;
        let (at, note) = (now.as_millisecond().to_string(), part.note.as_deref().unwrap_or_default());
        let token = keys::token(&["range", &done.pk, &done.sk, processed, matches, applied, &at, note]);
        match self.0.table().transact(&token, &writes).await? {
            Transacted::Done => Ok(true),
            Transacted::Cancelled(reasons) => {
                debug_assert!(reasons.iter().any(|reason| matches!(reason, Reason::Refused(_))));
                Ok(false)
            }
            Transacted::TokenUsed => Ok(false),
        }
    }

    /// Finished ranges by their first number, ascending.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn finished(&self, id: &JobId) -> Result<Vec<(u32, Part)>, Error> {
        let query = Query::prefix(keys::job(id).pk, keys::DONE_PREFIX, Read::Consistent);
        let items = self.0.table().query(&query).await?.items;
        items.iter().map(|item| Ok((range_of(item)?, Part::read(item)?))).collect()
    }
}

impl Part {
    fn item(&self, key: &Key) -> Item {
        let mut item = item::keyed(key);
        item.insert("n".to_owned(), item::number(self.processed));
        item.insert("m".to_owned(), item::number(self.matches));
        if self.applied > 0 {
            item.insert("a".to_owned(), item::number(self.applied));
        }
        item.extend(self.note.iter().map(|note| ("d".to_owned(), item::text(note))));
        item
    }

    fn read(item: &Item) -> Result<Self, Error> {
        Ok(Self {
            processed: item.get_number("n")?,
            matches: item.get_number("m")?,
            applied: item.maybe_number("a").unwrap_or(0),
            note: item.maybe_text("d").map(str::to_owned),
        })
    }

    /// The update of a job that has not ended, by which this counts.
    fn counted(&self, id: &JobId, now: Timestamp, stalled_at: Option<Timestamp>) -> Expr {
        let (sign_of_life, and_wanted) = match stalled_at {
            Some(_) => (", #dpk = :dpk, #dsk = :dsk", " AND attribute_not_exists(#cancel)"),
            None => ("", ""),
        };
        let and_applied = if self.applied > 0 { ", #a :a" } else { "" };
        let mut expr = Expr::update(format!("ADD #n :n, #m :m{and_applied} SET #at = :at{sign_of_life}"))
            .when(format!("#st IN (:wait, :run){and_wanted}"))
            .value(":n", item::number(self.processed))
            .value(":m", item::number(self.matches))
            .value(":at", item::time(now))
            .value(":wait", item::text(JobState::Pending.word()))
            .value(":run", item::text(JobState::Running.word()));
        if self.applied > 0 {
            expr = expr.value(":a", item::number(self.applied));
        }
        if let Some(stalled_at) = stalled_at {
            expr = expr.value(":dpk", item::text(DUE)).value(":dsk", item::text(keys::due(stalled_at, id)));
        }
        expr
    }
}

fn range_of(item: &Item) -> Result<u32, Error> {
    let Key { sk, .. } = item::key_of(item)?;
    let first = sk.strip_prefix(keys::DONE_PREFIX).and_then(|digits| digits.parse().ok());
    first.ok_or_else(|| Error::corrupt(item.label(), "the key names no range"))
}
