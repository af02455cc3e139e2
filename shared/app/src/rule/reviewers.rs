//! Whom rules make the reviewer of a row: whoever they name, or the owner of the account, or the owner's manager, as the
//! picture that is under review knows them.

use std::collections::HashMap;

use domain::assignment::{MAX_REVIEWERS, Rules};
use domain::ids::SnapshotId;
use domain::inventory::Family;
use domain::rule::NewReviewer;
use domain::settings::IdentityProvider;
use domain::user::{User, UserKey};

use super::judge::{Judge, RowPeople};
use crate::deps::Deps;
use crate::error::Error;
use crate::loading::graph::Graph;
use crate::loading::people::directory::Directory;
use crate::loading::sources::current;

/// Finds reviewers.
pub(super) struct Finder {
    /// The identities of the picture under review; `None` when no rule asks for any.
    identities: Option<(Graph, Directory)>,
    rules: Rules,
    /// Everybody that was found, for those who show names.
    found: HashMap<UserKey, User>,
}

impl Finder {
    /// For the rules of a judge on the rows of a snapshot. `rules` say who may be assigned.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(super) async fn new(
        deps: &Deps,
        snapshot: SnapshotId,
        judge: &Judge,
        rules: Rules,
        provider: IdentityProvider,
    ) -> Result<Self, Error> {
        let asks = |reviewer: NewReviewer| matches!(reviewer, NewReviewer::Owner | NewReviewer::Manager);
        let identities = if judge.rules().filter_map(|rule| rule.reviewer()).any(asks) {
            let snapshot = deps.store.snapshots().get(&snapshot).await?.ok_or_else(Error::not_found)?;
            let graph = current::nodes_of(deps, &snapshot.value.sources, &[Family::Identity]).await?;
            let directory = Directory::new(&graph, provider);
            Some((graph, directory))
        } else {
            None
        };
        Ok(Self { identities, rules, found: HashMap::new() })
    }

    /// The reviewer of a row, with their delegates behind them; `None` when there is nobody, or nobody who may be.
    pub(super) fn find(&mut self, wanted: &NewReviewer, row: &RowPeople) -> Option<Vec<UserKey>> {
        let user = match wanted {
            NewReviewer::Given(user) => user.clone(),
            NewReviewer::Owner => self.identity(row, |_, _, owner| Some(owner))?,
            NewReviewer::Manager => self.identity(row, |graph, directory, owner| directory.manager_of(graph, owner))?,
        };
        let user = self.rules.allow(user, &row.own).ok()?;
        let mut all = self.rules.with_delegates(vec![user], &row.own);
        all.truncate(MAX_REVIEWERS);
        let keys = all.iter().map(User::key).collect();
        self.found.extend(all.into_iter().map(|user| (user.key(), user)));
        Some(keys)
    }

    fn identity(&self, row: &RowPeople, of: impl Fn(&Graph, &Directory, u32) -> Option<u32>) -> Option<User> {
        let ((graph, directory), (kind, id, source)) = (self.identities.as_ref()?, row.owner.as_ref()?);
        let is_owner = |node: &u32| {
            graph.node_type(*node) == kind && graph.origin(*node).is_some_and(|origin| origin.id.as_str() == source)
        };
        let owner = graph.find_all(Family::Identity, id).into_iter().find(is_owner)?;
        let owner = directory.stands_for(graph, owner)?;
        of(graph, directory, owner).map(|node| directory.user(graph, node))
    }

    /// Everybody that was found since this was asked last.
    pub(super) fn take_found(&mut self) -> Vec<User> {
        let mut found: Vec<User> = self.found.drain().map(|(_, user)| user).collect();
        found.sort_by_key(User::key);
        found
    }
}
