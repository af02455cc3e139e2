//! Which messages of this process have gone out, until the table knows it too.
//!
//! To mark a message as sent costs a write. Commands on rows are too many for that: what they sent is remembered here,
//! and the next such command writes it down in its own outbox item, for nothing. What a process takes with it when it
//! ends is sent a second time by the sweep, under the same id.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::ids::CommandId;
use uuid::Uuid;

/// How many are remembered: far more than a process sends between two commands.
const MOST: usize = 4_096;
/// How many one item carries, so that it stays within its kilobyte.
const CARRIED: usize = 8;
/// Bytes of one on an item: sixteen of the command, four of the number.
const BYTES: usize = 20;

/// A message's name: its command and its number within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct MessageId {
    pub(crate) command: CommandId,
    pub(crate) n: u32,
}

impl MessageId {
    /// Several in a row, as they stand on an item.
    pub(crate) fn pack(ids: &[Self]) -> Vec<u8> {
        let bytes = |id: &Self| [id.command.uuid().as_bytes().as_slice(), &id.n.to_be_bytes()].concat();
        ids.iter().flat_map(bytes).collect()
    }

    /// What [`Self::pack`] packed; whatever else it is given is skipped, because a receipt less only repeats a message.
    pub(crate) fn unpack(bytes: &[u8]) -> impl Iterator<Item = Self> {
        bytes.chunks_exact(BYTES).filter_map(|bytes| {
            let (command, n) = bytes.split_first_chunk::<16>()?;
            let n = u32::from_be_bytes(*n.first_chunk::<4>()?);
            Some(Self { command: CommandId::new(Uuid::from_bytes(*command)), n })
        })
    }
}

/// What has gone out and is not written down yet, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Receipts(Mutex<VecDeque<MessageId>>);

impl Receipts {
    fn held(&self) -> MutexGuard<'_, VecDeque<MessageId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers that a message has gone out.
    pub(crate) fn note(&self, id: MessageId) {
        let mut held = self.held();
        if held.len() == MOST {
            held.pop_front();
        }
        held.push_back(id);
    }

    /// The oldest, as many as an item carries.
    pub(crate) fn oldest(&self) -> Vec<MessageId> {
        self.held().iter().take(CARRIED).copied().collect()
    }

    /// Forgets what has been written down.
    pub(crate) fn written(&self, ids: &[MessageId]) {
        if !ids.is_empty() {
            self.held().retain(|id| !ids.contains(id));
        }
    }

    /// Everything that is not written down.
    pub(crate) fn all(&self) -> HashSet<MessageId> {
        self.held().iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u32) -> MessageId {
        MessageId { command: CommandId::new(Uuid::from_u128(u128::from(n) << 70)), n }
    }

    #[test]
    fn ids_are_unpacked_as_they_were_packed_and_rubbish_is_skipped() {
        let ids = [id(1), id(70_000)];
        let mut bytes = MessageId::pack(&ids);
        assert_eq!(bytes.len(), 40);
        bytes.extend([1, 2, 3]);
        assert_eq!(MessageId::unpack(&bytes).collect::<Vec<_>>(), ids);
    }

    #[test]
    fn the_oldest_are_written_first_and_then_forgotten() {
        let receipts = Receipts::default();
        (0..20).for_each(|n| receipts.note(id(n)));
        let first = receipts.oldest();
        assert_eq!(first, (0..8).map(id).collect::<Vec<_>>());
        receipts.written(&first);
        assert_eq!(receipts.oldest().first(), Some(&id(8)));
        assert_eq!(receipts.all().len(), 12);
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_go() {
        let receipts = Receipts::default();
        (0..5_000).for_each(|n| receipts.note(id(n)));
        assert_eq!(receipts.all().len(), MOST);
        assert_eq!(receipts.oldest().first(), Some(&id(5_000 - 4_096)));
    }
}
