//! What administrators have settled for everything, as whoever enters a review needs it: the book of settings, who stands in
//! for whom, and, for who stands in for somebody, the deny list.
//!
//! These are large at times and change seldom, so that a warm function keeps them. Every call has to go by them as they are,
//! and reads one small item instead, which tells their versions: whoever writes one of them writes its version there, in
//! the same transaction. What is kept counts if it is of just that version. What was read a moment ago, beside the small
//! item, may also be newer, because items of one request are not read at one instant; what is older is read again.

use std::sync::Arc;

use domain::assignment;
use domain::settings::Book;
use domain::user::UserKey;

use crate::Store;
use crate::cache::Kept;
use crate::doc;
use crate::error::Error;
use crate::expr::Expr;
use crate::item::{self, Fields, Item};
use crate::keys::{self, Key};
use crate::settings;
use crate::standing::{self, Pairs};
use crate::table::{Read, Write};
use crate::tx::Tx;

/// The attribute that tells the version of the book of settings.
const BOOK: &str = "book";
/// The attribute that tells the version of who stands in for whom.
const DELEGATES: &str = "del";
/// The attribute that tells the version of the deny list.
const DENIED: &str = "den";

/// What a call needs of it, and what of that has to be read from the table.
pub(crate) struct Question<'a> {
    store: &'a Store,
    book: Option<Wanted<Book>>,
    delegates: Option<Wanted<Pairs>>,
}

/// One of them.
struct Wanted<T> {
    name: Key,
    /// The attribute that tells its version.
    told: &'static str,
    kept: Option<Kept<T>>,
    read: fn(&Item) -> Result<T, Error>,
}

impl<'a> Question<'a> {
    pub(crate) fn new(store: &'a Store, book: bool, delegates: bool) -> Self {
        let cache = store.cache();
        let all = || Wanted { name: settings::shared_book(), told: BOOK, kept: cache.book(), read: book_in };
        let pairs = || Wanted {
            name: keys::delegates(),
            told: DELEGATES,
            kept: cache.delegates(),
            read: standing::delegates_in,
        };
        Self { store, book: book.then(all), delegates: delegates.then(pairs) }
    }

    /// What is to be read, consistently, in the request that the call makes anyway.
    pub(crate) fn names(&self) -> Vec<Key> {
        let book = self.book.as_ref().filter(|wanted| wanted.kept.is_none()).map(|wanted| wanted.name.clone());
        let pairs = self.delegates.as_ref().filter(|wanted| wanted.kept.is_none()).map(|wanted| wanted.name.clone());
        let versions = (self.book.is_some() || self.delegates.is_some()).then(keys::settled);
        versions.into_iter().chain(book).chain(pairs).collect()
    }

    /// The answers, out of what was read; nothing where nothing was asked.
    pub(crate) async fn answers(self, items: &[Item]) -> Result<(Option<Arc<Book>>, Arc<Pairs>), Error> {
        let (store, cache) = (self.store, self.store.cache());
        let book = match self.book {
            None => None,
            Some(wanted) => Some(wanted.answer(store, items, |kept| cache.keep_book(kept)).await?),
        };
        let pairs = match self.delegates {
            None => Arc::default(),
            Some(wanted) => wanted.answer(store, items, |kept| cache.keep_delegates(kept)).await?,
        };
        Ok((book, pairs))
    }
}

/// Those for whom a user stands in: nobody, as long as the user is on the deny list, which is looked at only for who stands
/// in for somebody. `items` hold the versions, if these were read.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub(crate) async fn originals(
    store: &Store,
    items: &[Item],
    user: &UserKey,
    pairs: &Pairs,
) -> Result<Vec<UserKey>, Error> {
    let originals = assignment::originals(pairs, user);
    if originals.is_empty() {
        return Ok(originals);
    }
    let cache = store.cache();
    let wanted = Wanted { name: keys::denied(), told: DENIED, kept: cache.denied(), read: standing::denied_in };
    let denied = wanted.look_up(store, items, |kept| cache.keep_denied(kept)).await?;
    Ok(if denied.contains(user) { Vec::new() } else { originals })
}

impl<T: Default> Wanted<T> {
    /// The answer, out of what was read with the versions.
    async fn answer(self, store: &Store, items: &[Item], keep: impl Fn(&Kept<T>)) -> Result<Arc<T>, Error> {
        if self.kept.is_none() {
            let read = self.of(find(items, &self.name)?)?;
            if read.version >= self.told(items)? {
                keep(&read);
                return Ok(read.value);
            }
        }
        self.look_up(store, items, keep).await
    }

    /// The answer, out of what is kept, else read by itself.
    async fn look_up(self, store: &Store, items: &[Item], keep: impl Fn(&Kept<T>)) -> Result<Arc<T>, Error> {
        let told = self.told(items)?;
        if let Some(kept) = self.kept.as_ref().filter(|kept| kept.version == told) {
            return Ok(Arc::clone(&kept.value));
        }
        let current = self.of(store.table().get(&self.name, Read::Consistent).await?.as_ref())?;
        keep(&current);
        Ok(current.value)
    }

    /// The version that counts; 0 where none is told.
    fn told(&self, items: &[Item]) -> Result<u64, Error> {
        let versions = find(items, &keys::settled())?;
        Ok(versions.and_then(|item| item.maybe_number(self.told)).unwrap_or(0))
    }

    fn of(&self, item: Option<&Item>) -> Result<Kept<T>, Error> {
        let value = item.map(self.read).transpose()?.unwrap_or_default();
        let (version, bytes) = item.map_or((0, 0), |item| (doc::version_of(item), item::size(item)));
        Ok(Kept { version, bytes, value: Arc::new(value) })
    }
}

fn book_in(item: &Item) -> Result<Book, Error> {
    Ok(settings::read_book(item)?.unwrap_or_default())
}

pub(crate) fn find<'a>(items: &'a [Item], name: &Key) -> Result<Option<&'a Item>, Error> {
    for item in items {
        if item::key_of(item)? == *name {
            return Ok(Some(item));
        }
    }
    Ok(None)
}

impl Tx<'_> {
    /// Tells that the book of settings for everything is of this version from now on.
    pub(crate) fn tell_book(&mut self, version: u64) {
        self.tell(BOOK, version);
    }

    /// Tells that who stands in for whom is of this version from now on.
    pub(crate) fn tell_delegates(&mut self, version: u64) {
        self.tell(DELEGATES, version);
    }

    /// Tells that the deny list is of this version from now on.
    pub(crate) fn tell_denied(&mut self, version: u64) {
        self.tell(DENIED, version);
    }

    /// The version needs no condition of its own: what it is of is written on condition of the version before.
    fn tell(&mut self, name: &str, version: u64) {
        let expr = Expr::update(format!("SET #v = :v, #{name} = :version"))
            .value(":v", item::number(1))
            .value(":version", item::number(version));
        let key = keys::settled();
        self.plan("versions of what is settled", key.clone(), None, Write::Update(key, expr));
    }
}
