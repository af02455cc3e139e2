//! Blocks: columns that never change once they are written.
//!
//! What passes 350 KB continues in further items, so that even a single row with ten thousand entitlements has its
//! place. Every column is checked against its checksum when it is decoded. Since blocks never change, a warm function
//! keeps those it has read, up to a number of bytes.
//!
//! Many blocks are read by batches of keys, whatever their order: 1,000,000 rows are 1,954 blocks and 20 requests.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use columns::{Batch, BlockError};
use domain::ids::ReviewId;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};

use crate::Store;
use crate::error::Error;
use crate::item::{self, Fields, Item};
use crate::keys::{self, Key};
use crate::table::Read;

/// The most that one item holds of a block.
pub const PART_BYTES: usize = 350 * 1024;
/// The most parts of a block: what decoding accepts ends before.
const MAX_PARTS: usize = 256;
/// How many blocks one request asks for.
const BATCH: usize = 100;
/// How many requests are under way at the same time.
const PARALLEL: usize = 2;

/// A block as bytes, decoded as far as its readers ask.
#[derive(Debug)]
pub struct Block {
    number: u32,
    label: String,
    bytes: Vec<u8>,
    whole: OnceLock<Batch>,
}

impl Block {
    /// The number of the block.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// How large it is, encoded.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// All columns, decoded once and kept as long as the block.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when a checksum differs.
    pub fn batch(&self) -> Result<Batch, Error> {
        if let Some(batch) = self.whole.get() {
            return Ok(batch.clone());
        }
        let batch = columns::decode(&self.bytes).map_err(|error| self.corrupt(&error))?;
        Ok(self.whole.get_or_init(|| batch).clone())
    }

    /// Some columns: those of `names` that the block has.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when a checksum differs.
    pub fn columns(&self, names: &[&str]) -> Result<Batch, Error> {
        match self.whole.get() {
            Some(batch) => Ok(batch.clone()),
            None => columns::decode_columns(&self.bytes, names).map_err(|error| self.corrupt(&error)),
        }
    }

    fn corrupt(&self, error: &BlockError) -> Error {
        Error::corrupt(&self.label, error)
    }
}

/// The blocks of certifications.
#[derive(Debug, Clone, Copy)]
pub struct Blocks<'a>(&'a Store);

impl Store {
    /// The frozen rows of certifications.
    pub fn blocks(&self) -> Blocks<'_> {
        Blocks(self)
    }
}

impl Blocks<'_> {
    /// Writes encoded blocks of an attempt under their numbers. Safe to repeat: the same block lands on the same key.
    ///
    /// # Errors
    /// [`Error::TooLarge`] for a block beyond 87 MB; [`Error::Unavailable`], with a part written.
    pub async fn write(
        &self,
        review: &ReviewId,
        attempt: u32,
        blocks: impl IntoIterator<Item = (u32, Vec<u8>)>,
    ) -> Result<(), Error> {
        self.0.table().batch_put(items_of(review, attempt, blocks)?).await
    }

    /// One block.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none; [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn read(&self, review: &ReviewId, attempt: u32, number: u32) -> Result<Arc<Block>, Error> {
        if let Some(block) = self.0.cache().block(review, attempt, number) {
            return Ok(block);
        }
        let key = keys::block(review, attempt, number);
        let head = self.0.table().get(&key, Read::Eventual).await?;
        let head = match head {
            Some(head) => head,
            // An eventual read may miss what was written a moment ago.
            None => {
                self.0.table().get(&key, Read::Consistent).await?.ok_or_else(|| Error::not_found(key.to_string()))?
            }
        };
        self.finish(review, attempt, number, head).await
    }

    /// A block that this function has read before and still keeps.
    pub fn kept(&self, review: &ReviewId, attempt: u32, number: u32) -> Option<Arc<Block>> {
        self.0.cache().block(review, attempt, number)
    }

    /// Several blocks in the order of `numbers`: cached ones are not read again.
    ///
    /// # Errors
    /// [`Error::NotFound`] when one is missing; [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn read_many(&self, review: &ReviewId, attempt: u32, numbers: &[u32]) -> Result<Vec<Arc<Block>>, Error> {
        let mut held: HashMap<u32, Arc<Block>> = HashMap::new();
        for number in numbers {
            held.extend(self.0.cache().block(review, attempt, *number).map(|block| (*number, block)));
        }
        let missing: Vec<u32> = numbers.iter().copied().filter(|number| !held.contains_key(number)).collect();
        match missing.as_slice() {
            [] => {}
            [one] => held.extend([(*one, self.read(review, attempt, *one).await?)]),
            many => {
                // Boxed first: a closure over borrowed chunks would keep the future from being `Send`.
                let batches: Vec<BoxFuture<'_, _>> =
                    many.chunks(BATCH).map(|chunk| self.read_batch(review, attempt, chunk).boxed()).collect();
                let found: Vec<Vec<Arc<Block>>> = stream::iter(batches).buffered(PARALLEL).try_collect().await?;
                held.extend(found.into_iter().flatten().map(|block| (block.number, block)));
            }
        }
        let found = numbers.iter().map(|number| match held.get(number) {
            Some(block) => Ok(Arc::clone(block)),
            None => Err(Error::not_found(keys::block(review, attempt, *number).to_string())),
        });
        found.collect()
    }

    async fn read_batch(&self, review: &ReviewId, attempt: u32, numbers: &[u32]) -> Result<Vec<Arc<Block>>, Error> {
        let mut names: HashMap<Key, u32> = HashMap::new();
        names.extend(numbers.iter().map(|number| (keys::block(review, attempt, *number), *number)));
        let heads = self.0.table().batch_get(names.keys().cloned().collect(), Read::Eventual).await?;
        let mut blocks = Vec::with_capacity(heads.len());
        for head in heads {
            if let Some(number) = names.remove(&item::key_of(&head)?) {
                blocks.push(self.finish(review, attempt, number, head).await?);
            }
        }
        for number in names.into_values() {
            blocks.push(self.read(review, attempt, number).await?);
        }
        Ok(blocks)
    }

    async fn finish(&self, review: &ReviewId, attempt: u32, number: u32, head: Item) -> Result<Arc<Block>, Error> {
        let label = head.label();
        let bytes = join(self.0, head, |part| keys::block_part(review, attempt, number, part)).await?;
        let block = Arc::new(Block { number, label, bytes, whole: OnceLock::new() });
        self.0.cache().keep_block(review, attempt, &block);
        Ok(block)
    }
}

/// The items of encoded blocks.
pub(crate) fn items_of(
    review: &ReviewId,
    attempt: u32,
    blocks: impl IntoIterator<Item = (u32, Vec<u8>)>,
) -> Result<Vec<Item>, Error> {
    let mut items = Vec::new();
    for (number, bytes) in blocks {
        items.extend(split(&bytes, |part| match part {
            0 => keys::block(review, attempt, number),
            part => keys::block_part(review, attempt, number, part),
        })?);
    }
    Ok(items)
}

/// Bytes as items: the first part says how many there are and how long the whole is.
pub(crate) fn split(bytes: &[u8], key: impl Fn(u32) -> Key) -> Result<Vec<Item>, Error> {
    let parts: Vec<&[u8]> = if bytes.is_empty() { vec![bytes] } else { bytes.chunks(PART_BYTES).collect() };
    if parts.len() > MAX_PARTS {
        let what = format!("the block {}", key(0));
        return Err(Error::TooLarge { what, size: bytes.len(), limit: MAX_PARTS * PART_BYTES });
    }
    let count = parts.len();
    let items = (0..).zip(parts).map(|(number, part)| {
        let mut item = item::keyed(&key(number));
        item.insert("d".to_owned(), item::binary(part));
        if number == 0 {
            item.insert("v".to_owned(), item::number(1));
            item.insert("parts".to_owned(), item::number(count as u64));
            item.insert("size".to_owned(), item::number(bytes.len() as u64));
        }
        item
    });
    Ok(items.collect())
}

/// The bytes of which `head` is the first part.
pub(crate) async fn join(store: &Store, head: Item, key: impl Fn(u32) -> Key) -> Result<Vec<u8>, Error> {
    let (parts, size): (u32, usize) = (head.get_number("parts")?, head.get_number("size")?);
    let label = head.label();
    let mut bytes = head.get_binary("d")?.to_vec();
    if parts > 1 {
        let names: Vec<Key> = (1..parts).map(key).collect();
        // INVARIANT: consistent, because a head that is visible does not promise that an eventual read sees the rest.
        let mut rest = store.table().batch_get(names, Read::Consistent).await?;
        rest.sort_by(|a, b| a.maybe_text(keys::SORT).cmp(&b.maybe_text(keys::SORT)));
        for part in &rest {
            bytes.extend_from_slice(part.get_binary("d")?);
        }
    }
    if bytes.len() != size {
        return Err(Error::corrupt(label, format!("{} of {size} bytes", bytes.len())));
    }
    Ok(bytes)
}
