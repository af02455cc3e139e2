//! From an account to its row: the lookup says where it may be, the block says whether it is. Of many accounts, a reviewer's
//! own blocks often know all.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use domain::assignment::OwnAccess;
use domain::ids::{ReviewId, RowId};
use domain::user::User;
use store::Read;
use store::block::Block;
use store::lookup::{Found, IdentityHash};

use super::own;
use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::review::command::act::Target;
use crate::review::open::{Dialect, Layout, Review, Sight, Workable, enter_asking, look_for};

/// The columns that tell an account and its reviewers.
const COLUMNS: [&str; 2] = ["source.id", "reviewers"];
/// About how many items of the lookup are read for the price of a block: it has 40 KB, they have 2 KB, and 4 KB that are
/// begun cost what 4 KB do.
const ITEMS_FOR_A_BLOCK: usize = 10;

/// Enters a campaign in order to do something with some of its accounts, and finds their rows; accounts without one have
/// no entry.
///
/// # Errors
/// [`Error::NotFound`] when there is no such campaign, or none for this caller; [`Error::Refused`] when it has no rows
/// yet.
pub(crate) async fn enter_accounts<'a>(
    deps: &Deps,
    call: &Call,
    id: ReviewId,
    accounts: &[&'a str],
) -> Result<(Workable, HashMap<&'a str, Target>), Error> {
    let identities: Vec<IdentityHash> = accounts.iter().map(|account| IdentityHash::of(&[account])).collect();
    let (entered, found) = enter_asking(deps, call, id, Dialect::Campaign, &identities).await?;
    let review = entered.started()?;
    let targets = searched(deps, &review, found, accounts).await?;
    Ok((review, targets))
}

/// The rows of some accounts, given what of them was found on the way.
async fn searched<'a>(
    deps: &Deps,
    review: &Review,
    found: Option<Found>,
    accounts: &[&'a str],
) -> Result<HashMap<&'a str, Target>, Error> {
    let layout = review.plan(deps).await?;
    let mut search = Search::new(deps, review, &layout, accounts);
    match found {
        Some(found) => search.at(found).await?,
        None => {
            search.among_own().await?;
            search.by_lookup().await?;
        }
    }
    Ok(search.found)
}

/// The search for the rows of some accounts.
struct Search<'a, 'b> {
    deps: &'b Deps,
    review: &'b Review,
    layout: &'b Layout,
    /// Those that are still to be found.
    left: HashSet<&'a str>,
    found: HashMap<&'a str, Target>,
}

impl<'a, 'b> Search<'a, 'b> {
    fn new(deps: &'b Deps, review: &'b Review, layout: &'b Layout, accounts: &[&'a str]) -> Self {
        Self { deps, review, layout, left: accounts.iter().copied().collect(), found: HashMap::new() }
    }

    /// Looks through the blocks that hold the caller's rows, as far as this function keeps them, and through all of them
    /// where they cost less than the lookup, which keeps nearly every account in another item. Nothing is left then:
    /// what lies elsewhere is not the caller's.
    async fn among_own(&mut self) -> Result<(), Error> {
        if let Sight::All = self.review.sight {
            return Ok(());
        }
        let place = |page: u32| self.layout.plan.locate(page.saturating_mul(domain::page::ROWS));
        let own: BTreeSet<u32> = self.review.pages().into_iter().filter_map(place).map(|(block, _)| block).collect();
        let mut unread = Vec::new();
        for number in own {
            match self.deps.store.blocks().kept(&self.review.id(), self.review.attempt, number) {
                Some(block) if !self.left.is_empty() => self.take(&block, None)?,
                Some(_) => {}
                None => unread.push(number),
            }
        }
        if unread.len().saturating_mul(ITEMS_FOR_A_BLOCK) <= self.left.len() {
            for block in self.read(&unread).await? {
                self.take(&block, None)?;
            }
            self.left.clear();
        }
        Ok(())
    }

    /// Asks the lookup. What an eventual read does not find may have been written a moment ago.
    async fn by_lookup(&mut self) -> Result<(), Error> {
        for read in [Read::Eventual, Read::Consistent] {
            if self.left.is_empty() {
                break;
            }
            let left: Vec<IdentityHash> = self.left.iter().map(|account| IdentityHash::of(&[account])).collect();
            let (id, attempt, rows) = (self.review.id(), self.review.attempt, self.review.total());
            let found = self.deps.store.lookup().find_many(&id, attempt, rows, &left, read).await?;
            self.at(found).await?;
        }
        Ok(())
    }

    /// Takes the accounts that are where the lookup says; different ones may share a hash.
    async fn at(&mut self, found: Found) -> Result<(), Error> {
        let mut places: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (block, index) in found.into_values().flatten().filter_map(|row| self.layout.plan.locate(row.0)) {
            places.entry(block).or_default().push(index);
        }
        let numbers: Vec<u32> = places.keys().copied().collect();
        for block in self.read(&numbers).await? {
            self.take(&block, places.get(&block.number()).map(Vec::as_slice))?;
        }
        Ok(())
    }

    async fn read(&self, numbers: &[u32]) -> Result<Vec<Arc<Block>>, Error> {
        Ok(self.deps.store.blocks().read_many(&self.review.id(), self.review.attempt, numbers).await?)
    }

    /// Takes the accounts of a block that are looked for, at some places or anywhere in it.
    fn take(&mut self, block: &Block, places: Option<&[usize]>) -> Result<(), Error> {
        let batch = block.columns(&COLUMNS)?;
        let first = self.layout.plan.rows_of(block.number()).start;
        let all: Vec<usize>;
        let places = match places {
            Some(places) => places,
            None => {
                all = (0..batch.rows()).collect();
                &all
            }
        };
        for index in places {
            let Some(account) = batch.text("source.id", *index).and_then(|account| self.left.take(account)) else {
                continue;
            };
            let row = RowId(first.saturating_add(u32::try_from(*index).unwrap_or(u32::MAX)));
            let assigned = assigned(&batch, *index);
            self.found.insert(account, Target { row, name: account.to_owned(), assigned, reviewers: None });
        }
        Ok(())
    }
}

/// Enters a campaign in order to do something with one account, and finds its row, if the caller sees it.
///
/// # Errors
/// [`Error::NotFound`] when there is no such campaign or row, or not for this caller; [`Error::Refused`] when the
/// campaign has no rows yet.
pub(crate) async fn enter_account(
    deps: &Deps,
    call: &Call,
    id: ReviewId,
    account: &str,
) -> Result<(Workable, Target), Error> {
    let (review, targets) = enter_accounts(deps, call, id, &[account]).await?;
    let target = seen(&review, targets, account)?;
    Ok((review, target))
}

/// Enters a campaign in order to look at one account, and finds its row, if the caller sees it.
///
/// # Errors
/// [`Error::NotFound`] when there is no such campaign or row, or not for this caller.
pub(crate) async fn see_account(
    deps: &Deps,
    call: &Call,
    id: ReviewId,
    account: &str,
) -> Result<(Review, Target), Error> {
    let (entered, found) = look_for(deps, call, id, IdentityHash::of(&[account])).await?;
    let review = entered.rows()?;
    let targets = searched(deps, &review, found, &[account]).await?;
    let target = seen(&review, targets, account)?;
    Ok((review, target))
}

fn seen(review: &Review, mut found: HashMap<&str, Target>, account: &str) -> Result<Target, Error> {
    found.remove(account).filter(|target| review.sees(target.row)).ok_or_else(Error::not_found)
}

/// Rows by number, with their reviewers as assigned. Each has to exist.
pub(crate) async fn rows(deps: &Deps, review: &Review, rows: &[RowId]) -> Result<Vec<Target>, Error> {
    let layout = review.plan(deps).await?;
    let places: Vec<Option<(u32, usize)>> = rows.iter().map(|row| layout.plan.locate(row.0)).collect();
    let mut numbers: Vec<u32> = places.iter().flatten().map(|(block, _)| *block).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let blocks = deps.store.blocks().read_many(&review.id(), review.attempt, &numbers).await?;
    let mut batches = HashMap::new();
    for block in blocks {
        batches.insert(block.number(), block.columns(&["reviewers"])?);
    }
    let targets = rows.iter().zip(places).map(|(row, place)| {
        let (block, index) = place.ok_or_else(|| Error::Bug(format!("row {row} has no block")))?;
        let batch = batches.get(&block).ok_or_else(|| Error::Bug(format!("block {block} was not read")))?;
        Ok(Target { row: *row, name: row.to_string(), assigned: assigned(batch, index), reviewers: None })
    });
    targets.collect()
}

/// What tells somebody to be the subject of a row.
pub(crate) async fn own_access(deps: &Deps, review: &Review, row: RowId) -> Result<OwnAccess, Error> {
    let mut found = own_accesses(deps, review, &[row]).await?;
    found.remove(&row).ok_or_else(|| Error::Bug(format!("row {row} has no block")))
}

/// The same of many rows.
pub(crate) async fn own_accesses(
    deps: &Deps,
    review: &Review,
    rows: &[RowId],
) -> Result<HashMap<RowId, OwnAccess>, Error> {
    let layout = review.plan(deps).await?;
    let mut places: BTreeMap<u32, Vec<(RowId, usize)>> = BTreeMap::new();
    for row in rows {
        let (block, index) = layout.plan.locate(row.0).ok_or_else(|| Error::Bug(format!("row {row} has no block")))?;
        places.entry(block).or_default().push((*row, index));
    }
    let numbers: Vec<u32> = places.keys().copied().collect();
    let columns = own::Columns::new();
    let wanted = columns.with(&[]);
    let mut found = HashMap::new();
    for block in deps.store.blocks().read_many(&review.id(), review.attempt, &numbers).await? {
        let batch = block.columns(&wanted)?;
        let held = places.get(&block.number()).into_iter().flatten();
        found.extend(held.map(|(row, index)| (*row, columns.of(&batch, *index))));
    }
    Ok(found)
}

fn assigned(batch: &columns::Batch, index: usize) -> Vec<domain::user::UserKey> {
    let reviewers = batch.column("reviewers").and_then(|column| column.list(index));
    let users = reviewers.into_iter().flat_map(|reviewers| reviewers.iter().filter_map(crate::user::decode));
    users.map(|user: User| user.key()).collect()
}
