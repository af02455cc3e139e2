//! Whose account is it? The owner that the account names, else the identity with its e-mail address, else the one with
//! its user name.
//!
//! Comparison ignores case. Where several identities fit, an active one comes before the others and the smaller node
//! number decides between equals, so that loading the same data again never moves an account to another owner.

use std::hash::{DefaultHasher, Hash, Hasher};

use columns::Cell;
use domain::inventory::Family;

use super::{Graph, NONE};

/// The kinds of names an identity is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Id,
    Email,
    UserName,
}

/// Identities by a name: sixteen bytes for each name, instead of the name itself.
#[derive(Debug, Default)]
pub(super) struct Index(Vec<(u64, u32)>);

impl Index {
    pub(super) fn of(graph: &Graph) -> Self {
        let mut names = Vec::new();
        for identity in graph.family(Family::Identity) {
            for (kind, name) in names_of(graph, identity) {
                names.push((hash(kind, &name), identity));
            }
        }
        names.sort_unstable();
        names.dedup();
        Self(names)
    }

    /// The identity of that name: an active one first, then the smallest number.
    pub(super) fn find(&self, graph: &Graph, kind: Kind, name: &str) -> Option<u32> {
        let name = folded(name)?;
        let wanted = hash(kind, &name);
        let from = self.0.partition_point(|(held, _)| *held < wanted);
        let same = self.0.get(from..).unwrap_or_default().iter().take_while(|(held, _)| *held == wanted);
        let known = same.map(|(_, identity)| *identity);
        let fits = known.filter(|identity| names_of(graph, *identity).contains(&(kind, name.clone())));
        fits.min_by_key(|identity| (!is_active(graph, *identity), *identity))
    }
}

/// The owner of every account, in account order; [`NONE`] where nobody fits.
pub(super) fn match_owners(graph: &Graph, index: &Index) -> Vec<u32> {
    graph.family(Family::Account).map(|account| owner_of(graph, index, account).unwrap_or(NONE)).collect()
}

fn owner_of(graph: &Graph, index: &Index, account: u32) -> Option<u32> {
    let named = graph.text(account, "owner_id");
    if let Some(owner) = named.and_then(|named| by_id(graph, index, named, account)) {
        return Some(owner);
    }
    let identities = graph.list(account, "identities");
    let addresses = identities.iter().copied().chain(graph.text(account, "email"));
    if let Some(owner) = addresses.into_iter().find_map(|address| index.find(graph, Kind::Email, address)) {
        return Some(owner);
    }
    let names = identities.iter().copied().chain([graph.name(account)]);
    names.into_iter().find_map(|name| index.find(graph, Kind::UserName, name))
}

/// The identity of an id, in its exact spelling and near `near` first.
fn by_id(graph: &Graph, index: &Index, id: &str, near: u32) -> Option<u32> {
    graph.find(Family::Identity, id, Some(near)).or_else(|| index.find(graph, Kind::Id, id))
}

/// The identity that `named` means where `near` names somebody: an id, an e-mail address or a user name.
pub(super) fn named(graph: &Graph, index: &Index, named: &str, near: u32) -> Option<u32> {
    by_id(graph, index, named, near)
        .or_else(|| index.find(graph, Kind::Email, named))
        .or_else(|| index.find(graph, Kind::UserName, named))
}

/// Whether an identity still works here; unknown counts as active.
fn is_active(graph: &Graph, identity: u32) -> bool {
    graph.activity(identity).unwrap_or(true)
}

fn names_of(graph: &Graph, identity: u32) -> Vec<(Kind, String)> {
    let mut names = Vec::new();
    let mut add = |kind, name: &str| names.extend(folded(name).map(|name| (kind, name)));
    add(Kind::Id, graph.id(identity));
    for address in graph.text(identity, "email").into_iter().chain(graph.list(identity, "alternative_emails")) {
        add(Kind::Email, address);
    }
    for column in ["id", "name", "user_name", "username"] {
        if let Some(Cell::Text(name)) = graph.cell(identity, column) {
            add(Kind::UserName, name);
        }
    }
    names
}

fn folded(name: &str) -> Option<String> {
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_lowercase())
}

/// A hash within one process only: nothing stored depends on it.
fn hash(kind: Kind, name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (kind, name).hash(&mut hasher);
    hasher.finish()
}
