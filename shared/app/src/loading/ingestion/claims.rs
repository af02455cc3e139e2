//! Whether the account ids of a delivery are its data source's to bring: an account id names a row of a review, whatever data
//! source it comes from, so that it belongs to one of them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use domain::ids::{CommandId, DataSourceId};
use domain::inventory::Family;
use intake::Format;

use super::delivery::Delivery;
use super::making::Next;
use crate::deps::Deps;
use crate::error::{Error, Fault};
use crate::loading::offload;
use crate::loading::sources::current;

/// How many repeated account ids are named one by one.
const SHOWN: usize = 20;

/// The look-out of a delivery for its account ids.
pub(super) struct Claims<'a> {
    delivery: &'a Delivery,
    input: Arc<Vec<u8>>,
    seen: Option<Seen>,
}

/// Where none of them was.
struct Seen {
    /// The version of the data source whose account ids are known to be its own.
    against: Option<CommandId>,
    /// How often account ids had been brought before anybody looked.
    claims: u64,
    /// The versions of the other data sources.
    versions: BTreeMap<DataSourceId, CommandId>,
}

impl<'a> Claims<'a> {
    /// That of a delivery and its bytes.
    pub(super) fn of(delivery: &'a Delivery, input: Arc<Vec<u8>>) -> Self {
        Self { delivery, input, seen: None }
    }

    /// Looks in the other data sources for account ids that the data source did not have; those that it had were looked for
    /// then. Answers the count of claims as of which they are in none of them; `None` where it brings none. What was looked
    /// at before is not looked at again.
    ///
    /// # Errors
    /// [`Error::Invalid`] for account ids that another data source has; [`Error::Unavailable`].
    pub(super) async fn check(&mut self, deps: &Deps, next: &Next) -> Result<Option<u64>, Error> {
        let accounts = next.picture.nodes.iter().filter(|node| node.family == Family::Account);
        let fresh = accounts.filter(|node| !next.old.has(node)).map(|node| node.id.as_str());
        let fresh: HashSet<&str> = fresh.collect();
        if fresh.is_empty() {
            return Ok(None);
        }
        // INVARIANT: counted before looked at: whoever brings account ids while this looks has the commit fail.
        let claims = deps.store.inventory().claims().await?;
        let mut versions = match self.seen.take().filter(|seen| seen.against == next.against) {
            Some(seen) if seen.claims == claims => {
                self.seen = Some(seen);
                return Ok(Some(claims));
            }
            seen => seen.map(|seen| seen.versions).unwrap_or_default(),
        };
        let taken = self.taken(deps, &fresh, &mut versions).await?;
        if !taken.is_empty() {
            return Err(Error::Invalid(self.clashes(taken).await?));
        }
        self.seen = Some(Seen { against: next.against, claims, versions });
        Ok(Some(claims))
    }

    /// Which of these account ids other data sources have, the first of them; leaves behind what it has looked at.
    async fn taken(
        &self,
        deps: &Deps,
        fresh: &HashSet<&str>,
        seen: &mut BTreeMap<DataSourceId, CommandId>,
    ) -> Result<BTreeMap<String, DataSourceId>, Error> {
        let mut taken: BTreeMap<String, DataSourceId> = BTreeMap::new();
        for (source, version) in current::versions(deps).await? {
            if source == self.delivery.id || seen.get(&source) == Some(&version) {
                continue;
            }
            for ids in deps.store.inventory().ids(&source, &version, Family::Account).await? {
                let theirs = (0..ids.rows()).filter_map(|row| ids.text(store::inventory::ID, row));
                for id in theirs.filter(|id| fresh.contains(id)) {
                    taken.insert(id.to_owned(), source.clone());
                    if taken.len() > SHOWN {
                        taken.pop_last();
                    }
                }
            }
            seen.insert(source, version);
        }
        Ok(taken)
    }

    /// What is wrong with account ids that another data source has.
    async fn clashes(&self, taken: BTreeMap<String, DataSourceId>) -> Result<Vec<Fault>, Error> {
        let ids: BTreeSet<String> = taken.keys().cloned().collect();
        let (format, input) = (self.delivery.format, Arc::clone(&self.input));
        let places = offload(move || match format {
            Format::Full => intake::full_json::account_places(&input, &ids),
            _ => BTreeMap::new(),
        })
        .await?;
        let fault = |(id, source): (String, DataSourceId)| {
            let place = places.get(&id).map_or_else(|| "accounts".to_owned(), |place| format!("accounts[{place}].id"));
            Fault::new(place, format!("`{id}` is an account of the data source `{source}` already"))
        };
        Ok(taken.into_iter().map(fault).collect())
    }
}

#[cfg(test)]
mod tests;
