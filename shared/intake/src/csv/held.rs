//! What a data source holds already, as far as tables that are told in part refer to it.

use std::collections::{HashMap, HashSet};

use domain::ids::DataSourceId;
use domain::inventory::{Family, Node, Picture, Value};

use crate::names::{Directory, Miss, Names};

/// The attribute that names where an account lives.
const APPLICATION: &str = "application_id";
/// The attributes by which people are named.
const PEOPLE: [(Family, &str); 2] = [(Family::Identity, "manager_id"), (Family::Account, "owner_id")];

/// What the rows of a table may name beside each other: what the data source holds, for a table that is told in part, and
/// nothing for one that is all there is.
#[derive(Debug, Clone, Default)]
pub struct Held {
    /// Applications by local id or name, as places in their ids.
    applications: Directory<usize>,
    application_ids: Vec<String>,
    /// The ids of all groups.
    groups: HashSet<String>,
    /// Groups by name, as places in their ids.
    group_names: Names<usize>,
    group_ids: Vec<String>,
    /// Where each account lives.
    homes: HashMap<String, String>,
}

impl Held {
    /// What a picture of a data source holds.
    #[must_use]
    pub fn of(source: &DataSourceId, picture: &Picture) -> Self {
        let prefix = prefix(source);
        let of_family = |family| picture.nodes.iter().filter(move |node| node.family == family);
        let mut held = Self::default();
        for node in of_family(Family::Application) {
            held.applications.add(local(&prefix, &node.id), &node.name, held.application_ids.len());
            held.application_ids.push(node.id.clone());
        }
        for node in of_family(Family::Group) {
            held.groups.insert(node.id.clone());
            held.group_names.add(&node.name, local(&prefix, &node.id), held.group_ids.len());
            held.group_ids.push(node.id.clone());
        }
        for node in of_family(Family::Account) {
            if let Some(home) = node.text(APPLICATION) {
                held.homes.insert(node.id.clone(), home.to_owned());
            }
        }
        held
    }

    /// The application with this local id or name.
    pub(super) fn application(&self, key: &str) -> Result<&str, Miss> {
        named(&self.application_ids, self.applications.find(key))
    }

    /// The ids of all applications.
    pub(super) fn applications(&self) -> HashSet<&str> {
        self.application_ids.iter().map(String::as_str).collect()
    }

    /// The group with this id, else with this name.
    pub(super) fn group(&self, id: &str, name: &str) -> Result<&str, Miss> {
        let by_id = self.groups.get(id).map(String::as_str);
        by_id.map_or_else(|| named(&self.group_ids, self.group_names.find(name)), Ok)
    }

    /// Whether there is a group with this id.
    pub(super) fn has_group(&self, id: &str) -> bool {
        self.groups.contains(id)
    }

    /// The application that an account lives in.
    pub(super) fn home(&self, account: &str) -> Option<&str> {
        self.homes.get(account).map(String::as_str)
    }
}

/// The id at a place.
fn named(ids: &[String], place: Result<usize, Miss>) -> Result<&str, Miss> {
    place.and_then(|place| ids.get(place).map(String::as_str).ok_or(Miss::Unknown))
}

/// The prefix of the ids of a data source, with the colon.
pub(super) fn prefix(source: &DataSourceId) -> String {
    format!("{source}:")
}

/// The part of an id that means something inside its data source alone.
pub(super) fn local<'a>(prefix: &str, id: &'a str) -> &'a str {
    id.strip_prefix(prefix).unwrap_or(id)
}

/// Gives managers and owners who stand in the same data source their full ids; others are left as they are, for they may
/// stand in another one.
pub fn link_people(source: &DataSourceId, picture: &mut Picture) {
    let prefix = prefix(source);
    let people = picture.nodes.iter().filter(|node| node.family == Family::Identity);
    let people: HashSet<String> = people.map(|node| node.id.clone()).collect();
    if people.is_empty() {
        return;
    }
    for node in &mut picture.nodes {
        let Some((_, name)) = PEOPLE.into_iter().find(|(family, _)| *family == node.family) else { continue };
        let Some(person) = full_id(&prefix, &people, node, name) else { continue };
        node.attributes.insert(name.to_owned(), Value::Text(person));
    }
}

/// The full id of the person whom an attribute names by the local one.
fn full_id(prefix: &str, people: &HashSet<String>, node: &Node, attribute: &str) -> Option<String> {
    let named = node.text(attribute)?;
    let full = format!("{prefix}{named}");
    (!people.contains(named) && people.contains(&full)).then_some(full)
}
