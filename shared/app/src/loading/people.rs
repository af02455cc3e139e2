//! Identities of a graph as the users that reviews know, and who of them reviews a row.

use std::collections::HashMap;

use domain::assignment::{OwnAccess, People, Rules, Subject};
use domain::inventory::Family;
use domain::user::{User, UserKey};
use serde::{Deserialize, Serialize};

use super::graph::{Graph, NONE};
use super::layout::Reviewers;
use super::population::Pair;

/// Names of attributes that tell an account or identity to be somebody.
pub(crate) const NAMES: [&str; 5] = ["email", "email_addresses", "alternative_emails", "idp_unique_id", "identities"];

/// Users by key: those that were named when the review was set up, then the identities of the graph.
pub(crate) struct Known<'a> {
    graph: &'a Graph,
    named: HashMap<UserKey, User>,
}

impl<'a> Known<'a> {
    /// The identities of `graph` and everybody that `rules` names.
    pub(crate) fn new(graph: &'a Graph, rules: &Rules) -> Self {
        let assignment = &rules.assignment;
        let named = assignment.reviewers.iter().chain(&assignment.fallback_reviewers).chain([&rules.creator]);
        Self { graph, named: named.map(|user| (user.key(), user.clone())).collect() }
    }

    fn identity(&self, key: &UserKey) -> Option<u32> {
        let found = self.graph.find(Family::Identity, key.id(), None)?;
        if self.graph.node_type(found) == key.user_type() {
            return Some(found);
        }
        // The same id with another type in an earlier data source.
        let others = self.graph.find_all(Family::Identity, key.id());
        others.into_iter().find(|identity| self.graph.node_type(*identity) == key.user_type())
    }
}

impl People for Known<'_> {
    fn user(&self, key: &UserKey) -> Option<User> {
        self.named.get(key).cloned().or_else(|| self.identity(key).map(|identity| user(self.graph, identity)))
    }

    fn manager(&self, of: &UserKey) -> Option<UserKey> {
        let manager = self.graph.manager_of(self.identity(of)?)?;
        Some(user(self.graph, manager).key())
    }
}

/// An identity as a user.
pub(crate) fn user(graph: &Graph, identity: u32) -> User {
    User {
        user_type: graph.node_type(identity).to_owned(),
        id: graph.id(identity).to_owned(),
        email: graph.text(identity, "email").unwrap_or_default().to_owned(),
        name: graph.name(identity).to_owned(),
    }
}

/// Finds the reviewers of rows. Rows of one source and, where its owners are asked, one destination share them.
pub(crate) struct Assigner<'a> {
    graph: &'a Graph,
    rules: &'a Rules,
    people: Known<'a>,
    known: HashMap<(u32, u32), u32>,
    /// The lists found so far.
    pub(crate) reviewers: Reviewers,
}

impl<'a> Assigner<'a> {
    /// For one review.
    pub(crate) fn new(graph: &'a Graph, rules: &'a Rules) -> Self {
        let people = Known::new(graph, rules);
        Self { graph, rules, people, known: HashMap::new(), reviewers: Reviewers::default() }
    }

    /// The number of the list of reviewers of a row.
    pub(crate) fn assign(&mut self, pair: Pair) -> u32 {
        let destination = if self.rules.assignment.resource_managers { pair.destination } else { NONE };
        if let Some(number) = self.known.get(&(pair.source, destination)) {
            return *number;
        }
        let subject = self.subject(pair.source, destination);
        let assigned = self.rules.assign(&subject, &self.people);
        let number = self.reviewers.number(assigned.reviewers);
        self.known.insert((pair.source, destination), number);
        number
    }

    fn subject(&self, source: u32, destination: u32) -> Subject {
        let graph = self.graph;
        let identity = identity_of(graph, source);
        let owners = if destination == NONE { Vec::new() } else { graph.owners_of_node(destination) };
        let mut own = OwnAccess::default();
        for node in std::iter::once(source).chain(identity) {
            own.ids.push(graph.id(node).to_owned());
            own.names.extend(NAMES.iter().flat_map(|name| graph.list(node, name)).map(str::to_owned));
        }
        Subject {
            identity: identity.map(|identity| user(graph, identity).key()),
            destination_owners: owners.into_iter().map(|owner| user(graph, owner).key()).collect(),
            own,
        }
    }
}

/// The identity behind a source: itself, or the owner of the account.
pub(crate) fn identity_of(graph: &Graph, source: u32) -> Option<u32> {
    match graph.family_of(source)? {
        Family::Identity => Some(source),
        Family::Account => graph.owner_of(source),
        Family::Application | Family::Group | Family::Role | Family::Resource | Family::Classification => None,
    }
}

/// A user as kept in the inputs of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Person {
    user_type: String,
    id: String,
    email: String,
    name: String,
}

impl From<User> for Person {
    fn from(user: User) -> Self {
        let User { user_type, id, email, name } = user;
        Self { user_type, id, email, name }
    }
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        let Person { user_type, id, email, name } = person;
        Self { user_type, id, email, name }
    }
}
