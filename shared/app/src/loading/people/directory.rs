//! Which identities of a graph are users, under which ids, and who manages whom: as the settings of the identity provider
//! say.
//!
//! Where no provider is enabled, every identity is a user under its own id. Where one is, its identities alone are users,
//! under the value of the attribute that it names; an identity of elsewhere stands for the user of the same value or
//! e-mail address, so that an account which a personnel system owns still finds the manager whom the provider knows.

use std::collections::HashMap;

use domain::inventory::{ADDRESSES, Family, folded_address};
use domain::settings::IdentityProvider;
use domain::user::{User, UserKey};

use crate::loading::graph::{Graph, ID, TYPE};

/// The users among the identities of one graph. Every method has to be asked with that graph.
#[derive(Debug)]
pub(crate) struct Directory {
    provider: IdentityProvider,
    /// Users by id, and by e-mail address in lower case; empty where no provider is enabled.
    by_id: HashMap<String, u32>,
    by_email: HashMap<String, u32>,
}

impl Directory {
    /// The users that a provider makes of a graph.
    pub(crate) fn new(graph: &Graph, provider: IdentityProvider) -> Self {
        let mut directory = Self { provider, by_id: HashMap::new(), by_email: HashMap::new() };
        if directory.provider.enabled {
            for identity in graph.family(Family::Identity) {
                if !directory.holds(graph, identity) {
                    continue;
                }
                let id = directory.id_of(graph, identity).to_owned();
                directory.by_id.entry(id).or_insert(identity);
                for address in addresses(graph, identity) {
                    directory.by_email.entry(address).or_insert(identity);
                }
            }
        }
        directory
    }

    /// Whether an identity is a user.
    pub(crate) fn holds(&self, graph: &Graph, identity: u32) -> bool {
        let IdentityProvider { enabled, user_type, instance_id, instance_id_property, .. } = &self.provider;
        let of_instance =
            || instance_id.is_empty() || property(graph, identity, instance_id_property) == Some(instance_id.as_str());
        !enabled || graph.node_type(identity) == user_type && of_instance() && !self.id_of(graph, identity).is_empty()
    }

    fn id_of<'g>(&self, graph: &'g Graph, identity: u32) -> &'g str {
        match self.provider.enabled {
            true => property(graph, identity, &self.provider.user_identity_property).unwrap_or_default(),
            false => graph.id(identity),
        }
    }

    /// An identity as a user.
    pub(crate) fn user(&self, graph: &Graph, identity: u32) -> User {
        User {
            user_type: graph.node_type(identity).to_owned(),
            id: self.id_of(graph, identity).to_owned(),
            email: graph.text(identity, "email").unwrap_or_default().to_owned(),
            name: graph.name(identity).to_owned(),
        }
    }

    /// The identity that a user is.
    pub(crate) fn find(&self, graph: &Graph, key: &UserKey) -> Option<u32> {
        let is_of_type = |identity: &u32| graph.node_type(*identity) == key.user_type();
        if self.provider.enabled {
            return self.by_id.get(key.id()).copied().filter(is_of_type);
        }
        // The same id may have another type in an earlier data source.
        graph.find_all(Family::Identity, key.id()).into_iter().find(is_of_type)
    }

    /// The user that an identity stands for: itself, where it is one.
    pub(crate) fn stands_for(&self, graph: &Graph, identity: u32) -> Option<u32> {
        if self.holds(graph, identity) {
            return Some(identity);
        }
        let same_id = property(graph, identity, &self.provider.user_identity_property);
        let same_id = same_id.and_then(|id| self.by_id.get(id));
        let same_address = || addresses(graph, identity).find_map(|address| self.by_email.get(&address));
        same_id.or_else(same_address).copied()
    }

    /// The manager of a user. Nobody is their own manager.
    pub(crate) fn manager_of(&self, graph: &Graph, identity: u32) -> Option<u32> {
        if !self.provider.enabled {
            return graph.manager_of(identity);
        }
        let name = property(graph, identity, &self.provider.manager_identity_property)?;
        let known = self.by_id.get(name).copied();
        let named = || graph.named(name, identity).and_then(|manager| self.stands_for(graph, manager));
        known.or_else(named).filter(|manager| *manager != identity)
    }

    /// The users who answer for a node.
    pub(crate) fn owners_of(&self, graph: &Graph, node: u32) -> Vec<u32> {
        let mut users = Vec::new();
        for owner in graph.owners_of_node(node) {
            users.extend(self.stands_for(graph, owner).filter(|user| !users.contains(user)));
        }
        users
    }
}

/// What an identity says under a name, where some names are not attributes.
fn property<'g>(graph: &'g Graph, identity: u32, name: &str) -> Option<&'g str> {
    match name {
        ID => Some(graph.id(identity)),
        TYPE => Some(graph.node_type(identity)),
        IdentityProvider::INSTANCE_PROPERTY => graph.origin(identity).map(|origin| origin.id.as_str()),
        attribute => graph.text(identity, attribute),
    }
}

/// The e-mail addresses of an identity, as they are compared.
pub(super) fn addresses(graph: &Graph, identity: u32) -> impl Iterator<Item = String> {
    let all = ADDRESSES.iter().flat_map(move |name| graph.list(identity, name));
    all.map(folded_address).filter(|address| !address.is_empty())
}

#[cfg(test)]
mod tests;
