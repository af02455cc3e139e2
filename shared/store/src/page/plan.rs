//! What a command writes on each page, and how pages are packed into transactions.

use std::collections::BTreeMap;
use std::ops::Range;

use domain::counts::Counts;
use domain::ids::ReviewId;
use domain::note::NoteDigest;
use domain::page::{Act, Entry, PageState};
use domain::user::UserKey;

use super::command::Command;
use crate::error::Error;
use crate::expr::Expr;
use crate::item::{self, Item};
use crate::keys::{self, PAGES_PER_REACH};
use crate::outbox::{self, Outgoing, Sent};
use crate::reach::{self, Chunk, ReachChange};
use crate::receipts::MessageId;
use crate::table::{MAX_TRANSACTION_BYTES, MAX_TRANSACTION_ITEMS, Write};

/// How many pages one transaction changes at most.
pub const MAX_PAGES: usize = 45;
/// The most people whose reach a command may change on one page: each is an item of its transaction, which holds 100.
pub const MAX_REACHED: usize = 80;
/// The most bytes of people's keys, old and new, that a command may spell out on one page: they stand in the page's log and
/// in the message about it. One row of as many people as may be, each of the longest key, stays below.
pub const MAX_NAMED_BYTES: usize = 120_000;
/// The most bytes of log entries in one transaction, which tells of them in one message of at most 200 KB.
const MAX_TOLD_BYTES: usize = 150_000;
/// Items of a transaction that do not belong to a page: the COUNT item and the message.
const RESERVED_ITEMS: usize = 6;
/// Bytes of a transaction that do not belong to a page.
const RESERVED_BYTES: usize = 256 * 1024;

/// What a command does on one page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageWork {
    /// What happens to which rows; empty when the command changes nothing here.
    pub acts: Vec<Act>,
    /// The texts that the acts' digests stand for. Texts without a digest in the acts are not written.
    pub notes: Vec<String>,
    /// Who reaches rows of this page from now on, or does not any more: at most [`MAX_REACHED`].
    pub reach: Vec<ReachChange>,
}

/// A page on which a command still has to be carried out.
pub(super) struct Todo {
    pub(super) page: u32,
    pub(super) before: PageState,
    pub(super) after: PageState,
    pub(super) entry: Entry,
    pub(super) work: PageWork,
}

/// The pages of one transaction.
pub(super) struct Batch {
    pub(super) todos: Vec<Todo>,
}

pub(super) fn user_chunk(user: &UserKey, page: u32) -> (UserKey, u32) {
    (user.clone(), page / PAGES_PER_REACH)
}

impl Todo {
    pub(super) fn chunks(&self) -> impl Iterator<Item = (UserKey, u32)> {
        self.work.reach.iter().map(|change| user_chunk(&change.user, self.page))
    }

    /// Where the rows that somebody is given lie in the layout, as far as one of those knows who give them away.
    fn stretch_of(&self, change: &ReachChange, held: &BTreeMap<(UserKey, u32), Chunk>) -> Option<Range<u32>> {
        let givers = self.work.reach.iter().filter(|giver| change.add & giver.remove == change.add && change.add != 0);
        let known = givers.filter_map(|giver| held.get(&user_chunk(&giver.user, self.page)));
        known.filter_map(|chunk| chunk.reach.stretch_around(self.page, change.add)).next().cloned()
    }

    /// The change of the counts that the page brings.
    pub(super) fn delta(&self) -> Counts {
        self.after.masks().change_since(&self.before.masks())
    }

    /// The items of the page: state, entry and notes.
    pub(super) fn writes(&self, review: &ReviewId) -> Vec<Write> {
        let mut state = item::keyed(&keys::state(review, self.page));
        state.insert("seq".to_owned(), item::number(self.after.seq()));
        state.insert("s".to_owned(), item::binary(self.after.encode()));
        let condition = match self.before.seq() {
            0 => Expr::absent(),
            seq => Expr::condition("#seq = :seq").value(":seq", item::number(seq)),
        };
        let mut log = item::keyed(&keys::log(review, self.page, self.entry.seq));
        log.insert("e".to_owned(), item::binary(self.entry.canonical()));
        let mut writes = vec![Write::Put(state, condition), Write::Put(log, Expr::default())];
        writes.extend(self.notes().map(|(digest, text)| {
            let mut note = item::keyed(&keys::note(review, self.page, self.entry.seq, &digest.tag()));
            note.insert("v".to_owned(), item::number(1));
            note.insert("seq".to_owned(), item::number(self.entry.seq));
            note.insert("d".to_owned(), item::text(text));
            Write::Put(note, Expr::default())
        }));
        writes
    }

    /// The texts whose digests stand in the entry, each once.
    fn notes(&self) -> impl Iterator<Item = (NoteDigest, &String)> {
        let mut texts: BTreeMap<[u8; 8], (NoteDigest, &String)> = BTreeMap::new();
        let named = |digest: &NoteDigest| self.entry.acts.iter().any(|act| act.change.text() == Some(*digest));
        for text in &self.work.notes {
            let digest = NoteDigest::of(text);
            if named(&digest) {
                texts.insert(digest.tag().0, (digest, text));
            }
        }
        texts.into_values()
    }
}

impl Batch {
    /// Takes as many pages off the front as one transaction holds.
    pub(super) fn take(todos: &mut Vec<Todo>, review: &ReviewId) -> Self {
        let (mut items, mut bytes) = (RESERVED_ITEMS, RESERVED_BYTES);
        let mut chunks: Vec<(UserKey, u32)> = Vec::new();
        let (mut count, mut told) = (0, 0);
        for todo in todos.iter().take(MAX_PAGES) {
            let writes = todo.writes(review);
            let mut fresh: Vec<_> = todo.chunks().filter(|chunk| !chunks.contains(chunk)).collect();
            fresh.dedup();
            items += writes.len() + fresh.len();
            // Most reach items take a few bytes, but nobody has read them yet.
            bytes += writes.iter().map(Write::size).sum::<usize>() + fresh.len() * reach::MAX_BYTES;
            told += todo.entry.canonical().len();
            let is_full = items > MAX_TRANSACTION_ITEMS || bytes > MAX_TRANSACTION_BYTES || told > MAX_TOLD_BYTES;
            if count > 0 && is_full {
                break;
            }
            chunks.extend(fresh);
            count += 1;
        }
        Self { todos: todos.drain(..count).collect() }
    }

    /// The transaction: pages, reach, and the COUNT item that holds the fence.
    pub(super) fn writes(
        &self,
        command: &Command,
        mut reached: BTreeMap<(UserKey, u32), Chunk>,
    ) -> Result<Vec<Write>, Error> {
        let mut writes = vec![command.count_write(self.todos.iter().map(Todo::delta).sum())];
        for todo in &self.todos {
            writes.extend(todo.writes(&command.review));
            for change in &todo.work.reach {
                let stretch = todo.stretch_of(change, &reached);
                let chunk = reached.entry(user_chunk(&change.user, todo.page)).or_default();
                chunk.reach.begin_in(stretch);
                chunk.reach.add(todo.page, change.add);
                chunk.reach.remove(todo.page, change.remove & !change.add);
            }
        }
        for ((user, chunk), held) in reached {
            let item = reach::item(&user, &command.review, command.attempt, chunk, &held.reach, held.version + 1);
            let condition = match held.version {
                0 => Expr::absent(),
                version => Expr::condition("#rev = :rev").value(":rev", item::number(version)),
            };
            writes.push(Write::Put(item, condition));
        }
        Ok(writes)
    }

    /// What is told about the transaction. The first of its pages names the message: a command changes a page once, so no
    /// other transaction of the command has a message of that name.
    pub(super) fn message(
        &self,
        command: &Command,
        tell: &impl Fn(&[(u32, &[Act])]) -> Option<Outgoing>,
        receipts: &[MessageId],
    ) -> Result<Option<(Item, Sent)>, Error> {
        let Some(first) = self.todos.first() else { return Ok(None) };
        let name = MessageId { command: command.id, n: first.page };
        let changed: Vec<(u32, &[Act])> =
            self.todos.iter().map(|todo| (todo.page, todo.entry.acts.as_slice())).collect();
        let message = tell(&changed);
        message.map(|message| outbox::item(name, command.now, message, Some(receipts))).transpose()
    }

    /// Names the contents: the entries' hashes cover command, time, actor and changes, and the state before.
    pub(super) fn token(&self, command: &Command, attempt: u32) -> String {
        let mut parts = vec![command.id.to_string(), attempt.to_string()];
        parts.extend(self.todos.iter().map(|todo| domain::page::hex::encode(&todo.after.head())));
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        keys::token(&parts)
    }
}
