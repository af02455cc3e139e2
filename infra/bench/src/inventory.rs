//! A generated organisation with exactly as many accounts as a figure wants rows.

use std::collections::BTreeMap;

use domain::ids::DataSourceId;
use domain::inventory::{Family, Node, Picture};
use jiff::Timestamp;
use sample::Organisation;

use crate::Failure;

/// Accounts for each person of the sample organisation, rounded down: more people than needed do no harm.
const ACCOUNTS_PER_PERSON: usize = 2;

/// So many accounts, as far as there are, belong to nobody, so that whoever reviews those has a long list in a small review, too.
const NOBODYS: usize = 150;
/// What an account's owner is found by.
const OWNERS: [&str; 3] = ["owner_id", "email", "identities"];

/// Data sources that together hold `accounts` accounts.
///
/// # Errors
/// When `accounts` is more than the sample can give.
pub(crate) fn with_accounts(accounts: usize, now: Timestamp) -> Result<Vec<(DataSourceId, Picture)>, Failure> {
    let people = u32::try_from(accounts / ACCOUNTS_PER_PERSON + 25)?;
    let mut left = accounts;
    let mut sources = Vec::new();
    let mut nobodys = NOBODYS;
    for (id, picture) in Organisation::generate(1, people, now)?.sources {
        let mut picture = trimmed(picture, left);
        let of_family = |node: &&mut Node| node.family == Family::Account;
        for account in picture.nodes.iter_mut().filter(of_family).take(nobodys) {
            nobodys -= 1;
            OWNERS.iter().for_each(|name| _ = account.attributes.remove(*name));
        }
        left -= picture.nodes.iter().filter(|node| node.family == Family::Account).count();
        sources.push((id, picture));
    }
    if left > 0 {
        return Err(format!("the sample organisation lacks {left} accounts").into());
    }
    Ok(sources)
}

/// The picture with at most this many accounts.
fn trimmed(picture: Picture, accounts: usize) -> Picture {
    let mut kept = BTreeMap::new();
    let mut left = accounts;
    let mut nodes = Vec::with_capacity(picture.nodes.len());
    for (old, node) in (0_u32..).zip(picture.nodes) {
        if node.family == Family::Account {
            if left == 0 {
                continue;
            }
            left -= 1;
        }
        kept.insert(old, u32::try_from(nodes.len()).unwrap_or(u32::MAX));
        nodes.push(node);
    }
    let edges = picture.edges.into_iter().filter_map(|mut edge| {
        edge.from = *kept.get(&edge.from)?;
        edge.to = *kept.get(&edge.to)?;
        Some(edge)
    });
    Picture { edges: edges.collect(), nodes, ..picture }
}
