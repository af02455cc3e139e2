//! Identities of a graph as the users that reviews know, and who of them reviews a row.

pub(crate) mod directory;
pub mod identity;

use std::collections::HashMap;

use domain::assignment::{OwnAccess, People, Rules, Subject};
use domain::inventory::Family;
use domain::user::{User, UserKey};
use serde::{Deserialize, Serialize};

use super::graph::{Graph, NONE};
use super::population::Pair;
use crate::loading::layout::Reviewers;
use crate::loading::paths::join::Joins;
use crate::loading::people::directory::Directory;

/// Names of attributes that tell an account or identity to be somebody.
pub(crate) const NAMES: [&str; 5] = ["email", "email_addresses", "alternative_emails", "idp_unique_id", "identities"];

/// Whose access rows of a source are about, as nodes: the source, its identity, the identities joined to it, and the users
/// that those stand for. Each once, the source first.
pub(crate) fn subjects(graph: &Graph, directory: &Directory, joins: Option<&Joins>, source: u32) -> Vec<u32> {
    let joined = joins.into_iter().flat_map(|joins| joins.of_source(graph, source));
    let joined = joined.filter(|node| graph.family_of(*node) == Some(Family::Identity));
    let mut nodes = vec![source];
    for identity in identity_of(graph, source).into_iter().chain(joined) {
        for node in std::iter::once(identity).chain(directory.stands_for(graph, identity)) {
            if !nodes.contains(&node) {
                nodes.push(node);
            }
        }
    }
    nodes
}

/// Everything that tells a reviewer to be one of some nodes.
pub(crate) fn own_access(graph: &Graph, nodes: impl IntoIterator<Item = u32>) -> OwnAccess {
    let mut own = OwnAccess::default();
    for node in nodes {
        own.ids.push(graph.id(node).to_owned());
        own.names.extend(NAMES.iter().flat_map(|name| graph.list(node, name)).map(str::to_owned));
    }
    own
}

/// Users by key: those that were named when the review was set up, then the identities of the graph.
pub(crate) struct Known<'a> {
    graph: &'a Graph,
    directory: Directory,
    named: HashMap<UserKey, User>,
}

impl<'a> Known<'a> {
    /// The users among the identities of `graph`, and everybody that `rules` names.
    pub(crate) fn new(graph: &'a Graph, directory: Directory, rules: &Rules) -> Self {
        let assignment = &rules.assignment;
        let named = assignment.reviewers.iter().chain(&assignment.fallback_reviewers).chain([&rules.creator]);
        Self { graph, directory, named: named.map(|user| (user.key(), user.clone())).collect() }
    }

    fn user_of(&self, identity: u32) -> User {
        self.directory.user(self.graph, identity)
    }
}

impl People for Known<'_> {
    fn user(&self, key: &UserKey) -> Option<User> {
        let known = || self.directory.find(self.graph, key).map(|identity| self.user_of(identity));
        self.named.get(key).cloned().or_else(known)
    }

    fn manager(&self, of: &UserKey) -> Option<UserKey> {
        let manager = self.directory.manager_of(self.graph, self.directory.find(self.graph, of)?)?;
        Some(self.user_of(manager).key())
    }
}

/// Finds the reviewers of rows. Rows of one source and, where its owners are asked, one destination share them.
pub(crate) struct Assigner<'a> {
    graph: &'a Graph,
    joins: Option<&'a Joins>,
    rules: &'a Rules,
    people: Known<'a>,
    known: HashMap<(u32, u32), u32>,
    /// The lists found so far.
    pub(crate) reviewers: Reviewers,
}

impl<'a> Assigner<'a> {
    /// For one review; `joins` are those of its query.
    pub(crate) fn new(graph: &'a Graph, directory: Directory, joins: Option<&'a Joins>, rules: &'a Rules) -> Self {
        let people = Known::new(graph, directory, rules);
        Self { graph, joins, rules, people, known: HashMap::new(), reviewers: Reviewers::default() }
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

    /// The reviewers of a row, by itself.
    pub(crate) fn reviewers_of(&self, source: u32, destination: u32) -> Vec<User> {
        let destination = if self.rules.assignment.resource_managers { destination } else { NONE };
        self.rules.assign(&self.subject(source, destination), &self.people).reviewers
    }

    fn subject(&self, source: u32, destination: u32) -> Subject {
        let graph = self.graph;
        let identity = identity_of(graph, source);
        let directory = &self.people.directory;
        let person = identity.and_then(|identity| directory.stands_for(graph, identity));
        let owners = if destination == NONE { Vec::new() } else { directory.owners_of(graph, destination) };
        Subject {
            identity: person.map(|person| self.people.user_of(person).key()),
            destination_owners: owners.into_iter().map(|owner| self.people.user_of(owner).key()).collect(),
            own: own_access(graph, subjects(graph, directory, self.joins, source)),
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
