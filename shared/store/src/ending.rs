//! When to look again whether a review is ready to complete by itself.
//!
//! One small item beside a certification, in the index of due times from when somebody notes that its rows are ready until
//! somebody has looked and seen that there is nothing to wait for. Noting it anew moves the time.

use domain::ids::ReviewId;
use jiff::Timestamp;

use crate::Store;
use crate::doc;
use crate::error::Error;
use crate::expr::Expr;
use crate::item;
use crate::keys;
use crate::table::Read;

/// The partition of the index of due times in which the notes are found.
const DUE: &str = "READY";
/// What is written of a note.
const FORMAT: u32 = 1;
/// How long a note that nobody needs any more is kept.
const KEPT: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

/// Notes of reviews that are ready to complete by themselves.
#[derive(Debug, Clone, Copy)]
pub struct Endings<'a>(&'a Store);

/// A note, as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    version: u64,
}

impl Store {
    /// Notes of reviews that are ready to complete by themselves.
    pub fn endings(&self) -> Endings<'_> {
        Endings(self)
    }
}

impl Endings<'_> {
    /// Notes that a review is to be looked at at a time, whatever was noted before.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn look_at(&self, review: &ReviewId, at: Timestamp) -> Result<(), Error> {
        let expr = Expr::update("SET #v = :v, #dpk = :dpk, #dsk = :dsk REMOVE #ttl ADD #rev :one")
            .value(":v", item::number(FORMAT))
            .value(":dpk", item::text(DUE))
            .value(":dsk", item::text(keys::due(at, review)))
            .value(":one", item::number(1));
        self.0.table().update(&keys::ending(review), &expr).await?;
        Ok(())
    }

    /// Reviews that are to be looked at at or before `now`, at most `limit`, the longest waiting first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<ReviewId>, Error> {
        self.0.due(DUE, now, limit).await
    }

    /// What is noted of a review, read consistently: to be read before looking at the review.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn note(&self, review: &ReviewId) -> Result<Option<Note>, Error> {
        let item = self.0.table().get(&keys::ending(review), Read::Consistent).await?;
        Ok(item.map(|item| Note { version: doc::version_of(&item) }))
    }

    /// Takes a note back, unless somebody has noted the review anew since it was read.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn done(&self, review: &ReviewId, note: Note, now: Timestamp) -> Result<(), Error> {
        let expr = Expr::update("SET #ttl = :ttl REMOVE #dpk, #dsk")
            .when("#rev = :rev")
            .value(":ttl", item::number(doc::seconds(now, KEPT)))
            .value(":rev", item::number(note.version));
        self.0.table().update(&keys::ending(review), &expr).await?;
        Ok(())
    }
}
