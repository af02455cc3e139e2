//! Mails to people: what has become of each, whom none reaches, and when a review's reviewers are reminded next.

use std::collections::BTreeMap;

use domain::ids::{JobId, ReviewId};
use domain::letter::{Fate, Letter, Motive, Undeliverable};
use domain::user::UserKey;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::doc::{self, Record, Stored};
use crate::error::Error;
use crate::expr::Expr;
use crate::item::{self, Fields};
use crate::keys;
use crate::table::{Query, Read};
use crate::tx::Tx;

/// The partition of the index of due times in which reminders are found.
const DUE: &str = "REMIND";
/// The one in which letters are found that wait for more to tell.
const GATHERING: &str = "LETTER";
/// How long is known what has become of a letter: longer than any message that asks for it lives.
const KEPT: SignedDuration = SignedDuration::from_hours(60 * 24);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct LetterRecord {
    motive: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    review: Option<ReviewId>,
    to: UserKey,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    instead_of: Vec<UserKey>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    actor: Option<UserKey>,
    at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
    fate: FateRecord,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FateRecord {
    Waiting,
    Sending { since: Timestamp },
    Sent { at: Timestamp },
    Failed { at: Timestamp, for_good: bool },
    Dropped,
}

impl Record for LetterRecord {
    const KIND: &'static str = "letter";
    const FORMAT: u32 = 1;
}

impl From<&Letter> for LetterRecord {
    fn from(letter: &Letter) -> Self {
        let Letter { id: _, motive, review, to, instead_of, actor, at, after, cause, fate } = letter.clone();
        let fate = match fate {
            Fate::Waiting => FateRecord::Waiting,
            Fate::Sending { since } => FateRecord::Sending { since },
            Fate::Sent { at } => FateRecord::Sent { at },
            Fate::Failed { at, for_good } => FateRecord::Failed { at, for_good },
            Fate::Dropped => FateRecord::Dropped,
        };
        Self { motive: motive.word().to_owned(), review, to, instead_of, actor, at, after, cause, fate }
    }
}

impl LetterRecord {
    fn into_domain(self, id: &JobId) -> Result<Letter, Error> {
        let Self { motive, review, to, instead_of, actor, at, after, cause, fate } = self;
        let unknown = || Error::corrupt(keys::letter(id).to_string(), "a letter of an unknown motive");
        let motive = Motive::of(&motive).ok_or_else(unknown)?;
        let fate = match fate {
            FateRecord::Waiting => Fate::Waiting,
            FateRecord::Sending { since } => Fate::Sending { since },
            FateRecord::Sent { at } => Fate::Sent { at },
            FateRecord::Failed { at, for_good } => Fate::Failed { at, for_good },
            FateRecord::Dropped => Fate::Dropped,
        };
        Ok(Letter { id: *id, motive, review, to, instead_of, actor, at, after, cause, fate })
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct ReminderRecord {}

impl Record for ReminderRecord {
    const KIND: &'static str = "reminder";
    const FORMAT: u32 = 1;
}

/// Whom mail about a review does not reach, and why.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unreached(BTreeMap<UserKey, Undeliverable>);

impl Unreached {
    /// Why somebody is not reached; `None` when nothing is known against it.
    pub fn why(&self, user: &UserKey) -> Option<Undeliverable> {
        self.0.get(user).copied()
    }

    /// Whether everybody is reached, as far as is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(UserKey, Undeliverable)> for Unreached {
    fn from_iter<I: IntoIterator<Item = (UserKey, Undeliverable)>>(users: I) -> Self {
        Self(users.into_iter().collect())
    }
}

/// Letters.
#[derive(Debug, Clone, Copy)]
pub struct Letters<'a>(&'a Store);

impl Store {
    /// Letters.
    pub fn letters(&self) -> Letters<'_> {
        Letters(self)
    }
}

impl Letters<'_> {
    /// One letter, read consistently.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn get(&self, id: &JobId) -> Result<Option<Stored<Letter>>, Error> {
        let stored = self.0.load::<LetterRecord>(&keys::letter(id)).await?;
        stored.map(|stored| stored.try_map(|record| record.into_domain(id))).transpose()
    }

    /// Whom mail about a review does not reach, read consistently.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn unreached(&self, review: &ReviewId) -> Result<Unreached, Error> {
        let mut unreached = BTreeMap::new();
        let mut from = keys::CONTACT_PREFIX.to_owned();
        loop {
            let last = format!("{}~", keys::CONTACT_PREFIX);
            let query = Query::between(keys::review_partition(review), &from, last, Read::Consistent);
            let page = self.0.table().query(&query).await?;
            for item in &page.items {
                // Without a reason, they have been reached since.
                let Some(reason) = item.maybe_text("why") else { continue };
                let unknown = || Error::corrupt(item.label(), "an unknown reason");
                let reason = Undeliverable::of(reason).ok_or_else(unknown)?;
                let user: Result<UserKey, _> = item.get_text("user")?.parse();
                unreached.insert(user.map_err(|error| Error::corrupt(item.label(), error))?, reason);
            }
            match page.items.last() {
                Some(item) if page.more => from = format!("{}\u{1}", item.get_text(keys::SORT)?),
                Some(_) | None => return Ok(Unreached(unreached)),
            }
        }
    }

    /// Notes whether mail about a review reaches somebody; `None` when it does. The last word counts. That
    /// somebody is reached is written down only where something was known against it.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn note_contact(
        &self,
        review: &ReviewId,
        user: &UserKey,
        why: Option<Undeliverable>,
    ) -> Result<(), Error> {
        let key = keys::contact(review, user);
        let mut item = item::keyed(&key);
        item.insert("v".to_owned(), item::number(1));
        item.insert("user".to_owned(), item::text(user.as_str()));
        let condition = match why {
            Some(why) => {
                item.insert("why".to_owned(), item::text(why.word()));
                Expr::default()
            }
            None => Expr::condition("attribute_exists(#why)"),
        };
        let _nothing_known = self.0.table().put(&item, &condition).await?;
        Ok(())
    }

    /// Reviews whose reviewers are to be reminded at or before `now`, at most `limit`, the longest overdue first. The index
    /// may lag: read each reminder before acting on it.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<ReviewId>, Error> {
        self.0.due(DUE, now, limit).await
    }

    /// Letters that have waited for more to tell until `now` or before, at most `limit`, the longest waiting first. The index
    /// may lag: read each letter before acting on it.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn gathered(&self, now: Timestamp, limit: usize) -> Result<Vec<JobId>, Error> {
        self.0.due(GATHERING, now, limit).await
    }

    /// When the reviewers of a review are reminded next, with the version to name in a change; `None` for a review that
    /// nobody follows yet.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn reminder(&self, review: &ReviewId) -> Result<Option<Stored<Option<Timestamp>>>, Error> {
        let Some(item) = self.0.table().get(&keys::reminder(review), Read::Consistent).await? else { return Ok(None) };
        let stored = doc::read::<ReminderRecord>(&item)?;
        let next = item.maybe_time("next");
        Ok(stored.map(|stored| stored.map(|ReminderRecord {}| next)))
    }
}

impl Tx<'_> {
    /// Adds a letter as it stands from now on, from `version`, the one that was read; `None` for one that is new.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn put_letter(&mut self, letter: &Letter, version: Option<u64>) -> Result<(), Error> {
        let key = keys::letter(&letter.id);
        let mut item =
            doc::item(&key, &LetterRecord::from(letter), version.map_or(1, |version| version + 1), self.command())?;
        item.insert(keys::TTL.to_owned(), item::number(doc::seconds(letter.at, KEPT)));
        if let Some(after) = letter.after {
            doc::due(&mut item, GATHERING, after, &letter.id.to_string());
        }
        match version {
            None => self.insert_item("letter", key, item),
            Some(version) => self.replace_item("letter", key, item, version),
        }
        Ok(())
    }

    /// Adds when the reviewers of a review are reminded next, `None` for never, from `version`, the one that was read.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn put_reminder(
        &mut self,
        review: &ReviewId,
        next: Option<Timestamp>,
        version: Option<u64>,
    ) -> Result<(), Error> {
        let key = keys::reminder(review);
        let mut item = doc::item(&key, &ReminderRecord {}, version.map_or(1, |version| version + 1), self.command())?;
        if let Some(next) = next {
            item.insert(doc::NEXT.to_owned(), item::time(next));
            doc::due(&mut item, DUE, next, &review.to_string());
        }
        match version {
            None => self.insert_item("reminder", key, item),
            Some(version) => self.replace_item("reminder", key, item, version),
        }
        Ok(())
    }
}
