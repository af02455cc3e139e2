//! From an account to its row: the lookup says where it may be, the block says whether it is.

use std::collections::{BTreeMap, HashMap};

use domain::assignment::OwnAccess;
use domain::ids::{ReviewId, RowId};
use domain::user::User;
use store::Read;
use store::lookup::IdentityHash;

use super::act::Target;
use super::open::{Dialect, Entered, Review, enter_asking};
use super::own;
use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;

/// The columns that tell an account and its reviewers.
const COLUMNS: [&str; 2] = ["source.id", "reviewers"];

/// Enters a campaign in order to do something with some of its accounts, and finds their rows; accounts without one have
/// no entry.
///
/// # Errors
/// [`Error::NotFound`] when there is no such campaign, or none for this caller, also when it has no rows yet.
pub(crate) async fn enter_accounts<'a>(
    deps: &Deps,
    call: &Call,
    id: ReviewId,
    accounts: &[&'a str],
) -> Result<(Review, HashMap<&'a str, Target>), Error> {
    let hashes: HashMap<IdentityHash, Vec<&'a str>> = accounts.iter().fold(HashMap::new(), |mut hashes, account| {
        hashes.entry(IdentityHash::of(&[account])).or_insert_with(Vec::new).push(*account);
        hashes
    });
    let wanted: Vec<IdentityHash> = hashes.keys().copied().collect();
    let (entered, found) = enter_asking(deps, call, id, Dialect::Campaign, &wanted).await?;
    let review = match entered {
        Entered::Open(review) => *review,
        Entered::NotStarted(_) => return Err(Error::not_found()),
    };
    let attempt = review.attempt;
    let (layout, found) = futures::try_join!(review.plan(deps), async {
        match found {
            Some(found) => Ok(found),
            None => Ok(deps.store.lookup().find_many(&id, attempt, review.total(), &wanted, Read::Consistent).await?),
        }
    })?;
    let mut blocks: BTreeMap<u32, Vec<(RowId, usize, IdentityHash)>> = BTreeMap::new();
    for (hash, rows) in found {
        for row in rows {
            if let Some((block, index)) = layout.plan.locate(row.0) {
                blocks.entry(block).or_default().push((row, index, hash));
            }
        }
    }
    let numbers: Vec<u32> = blocks.keys().copied().collect();
    let mut targets = HashMap::new();
    for block in deps.store.blocks().read_many(&id, attempt, &numbers).await? {
        let batch = block.columns(&COLUMNS)?;
        for (row, index, hash) in blocks.get(&block.number()).into_iter().flatten() {
            let Some(account) = batch.text("source.id", *index) else { continue };
            let asked = hashes.get(hash).and_then(|asked| asked.iter().find(|asked| **asked == account));
            if let Some(asked) = asked {
                let assigned = assigned(&batch, *index);
                targets.insert(*asked, Target { row: *row, name: account.to_owned(), assigned, reviewers: None });
            }
        }
    }
    Ok((review, targets))
}

/// Enters a campaign and finds the row of one account, if the caller sees it.
///
/// # Errors
/// [`Error::NotFound`] when there is no such campaign or row, or not for this caller.
pub(crate) async fn enter_account(
    deps: &Deps,
    call: &Call,
    id: ReviewId,
    account: &str,
) -> Result<(Review, Target), Error> {
    let (review, mut found) = enter_accounts(deps, call, id, &[account]).await?;
    let target = found.remove(account).filter(|target| review.sees(target.row)).ok_or_else(Error::not_found)?;
    Ok((review, target))
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
