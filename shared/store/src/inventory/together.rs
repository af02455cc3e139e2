//! Small versions, read together: an inventory of many small data sources takes a few requests, not one for each.
//!
//! The head of a small version names its items, so that the items of several versions can be asked for by name at once.

use std::collections::{BTreeMap, HashMap};

use domain::ids::{CommandId, DataSourceId};

use super::{Columns, Inventory, assemble, columns};
use crate::error::Error;
use crate::item::{self, Fields, Item};
use crate::keys::{self, Key};
use crate::table::Read;

/// The most items that a version has whose head names them, and the most that are asked for together: one request.
const MOST: usize = 100;

/// The blocks of a version, as its head names them: `NODES#0 0 1`, a line each, with number and parts. `None` for a version
/// that is better read by itself.
pub(super) fn names(blocks: &[(String, u32, u32)]) -> Option<String> {
    let items: u32 = blocks.iter().map(|(_, _, parts)| parts).sum();
    let lines: Vec<String> = blocks.iter().map(|(section, n, parts)| format!("{section} {n} {parts}")).collect();
    (items as usize <= MOST).then(|| lines.join("\n"))
}

/// The keys of the items that a head names; `None` for a head that names none.
fn items_of(id: &DataSourceId, version: &CommandId, head: &Item) -> Option<Vec<Key>> {
    let mut items = Vec::new();
    for line in head.maybe_text("names")?.lines() {
        let mut words = line.split(' ');
        let (section, n, parts) = (words.next()?, words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        items.extend((0..parts).map(|part: u32| keys::version_part(id, version, section, n, part)));
    }
    Some(items)
}

impl Inventory<'_> {
    /// Those of these versions that are small, as columns, by their places in `versions`. Where one is missing, because it
    /// is large, was written before heads named their items, or is not yet to be seen by an eventual read, read it by
    /// itself.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn together(&self, versions: &[(DataSourceId, CommandId)]) -> Result<BTreeMap<usize, Columns>, Error> {
        let place = |(id, version): &(DataSourceId, CommandId)| keys::version_partition(id, version);
        let places: HashMap<String, usize> =
            versions.iter().enumerate().map(|(at, version)| (place(version), at)).collect();
        let heads = versions.iter().map(|(id, version)| keys::version_head(id, version)).collect();
        let mut batches: Vec<(Vec<Key>, BTreeMap<usize, Item>)> = Vec::new();
        for head in self.0.table().batch_get(heads, Read::Eventual).await? {
            let at = places.get(&item::key_of(&head)?.pk).copied();
            let Some((at, (id, version))) = at.and_then(|at| Some((at, versions.get(at)?))) else { continue };
            let Some(items) = items_of(id, version, &head) else { continue };
            match batches.last_mut().filter(|(names, _)| names.len() + items.len() <= MOST) {
                Some((names, heads)) => {
                    names.extend(items);
                    heads.insert(at, head);
                }
                None => batches.push((items, BTreeMap::from([(at, head)]))),
            }
        }
        let mut found = BTreeMap::new();
        for (names, heads) in batches {
            let mut items: HashMap<usize, Vec<(String, Item)>> = HashMap::new();
            for item in self.0.table().batch_get(names, Read::Eventual).await? {
                let Key { pk, sk } = item::key_of(&item)?;
                if let Some(at) = places.get(&pk) {
                    items.entry(*at).or_default().push((sk, item));
                }
            }
            for (at, head) in heads {
                if let Some(columns) = whole(&head, items.remove(&at).unwrap_or_default())? {
                    found.insert(at, columns);
                }
            }
        }
        Ok(found)
    }
}

/// A version of which everything was found.
fn whole(head: &Item, mut items: Vec<(String, Item)>) -> Result<Option<Columns>, Error> {
    items.sort_by(|(one, _), (other, _)| one.cmp(other));
    let expected: usize = head.get_number("blocks")?;
    let blocks = assemble(items.into_iter().map(|(_, item)| item).collect())?;
    let blocks = blocks.filter(|blocks| blocks.len() == expected);
    blocks.map(|blocks| columns::headed(head, blocks)).transpose()
}
