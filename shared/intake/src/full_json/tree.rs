//! Resources inside resources: who lies below whom, and what that hands down.

use std::collections::{HashMap, HashSet};

use domain::inventory::{Family, Value};

use super::{Reader, Target};
use crate::builder::Slot;
use crate::limits::MAX_DEPTH;

/// The resources of a picture by what they lie in.
pub(super) struct Tree {
    inside: HashMap<Slot, Vec<Slot>>,
    of_application: HashMap<Slot, Vec<Slot>>,
}

impl Tree {
    /// All resources below a target, each once.
    pub(super) fn below(&self, target: Target) -> Vec<Slot> {
        match target {
            Target::Application(slot) => self.of_application.get(&slot).cloned().unwrap_or_default(),
            Target::Resource(slot) => {
                let mut seen = HashSet::from([slot]);
                let mut found = Vec::new();
                let mut open = vec![slot];
                while let Some(next) = open.pop() {
                    for below in self.inside.get(&next).into_iter().flatten() {
                        if seen.insert(*below) {
                            found.push(*below);
                            open.push(*below);
                        }
                    }
                }
                found
            }
        }
    }
}

impl Reader {
    /// Builds the tree. A resource without an application gets that of the nearest resource above it that has one, else
    /// the only application there is. A circle, or too many levels, is a fault.
    pub(super) fn tree(&mut self) -> Tree {
        let mut tree = Tree { inside: HashMap::new(), of_application: HashMap::new() };
        for (slot, index) in std::mem::take(&mut self.resources) {
            let parent = self.parent(slot);
            if let Some(parent) = parent {
                tree.inside.entry(parent).or_default().push(slot);
            }
            let application = match self.application_above(slot) {
                Ok(found) => found.or_else(|| self.only_application.clone()),
                Err(message) => {
                    self.builder.report.fault(&format!("resources[{index}].parent_id"), message);
                    None
                }
            };
            let Some(application) = application else { continue };
            let application_slot = self.builder.slot(Family::Application, &application);
            tree.of_application.entry(application_slot).or_default().push(slot);
            if let Some(node) = self.builder.node_mut(slot) {
                node.attributes.insert("application_id".to_owned(), Value::Text(application));
            }
        }
        tree
    }

    fn parent(&self, slot: Slot) -> Option<Slot> {
        let id = self.builder.node(slot)?.text("parent_id")?;
        self.builder.find(Family::Resource, id)
    }

    fn application_above(&self, slot: Slot) -> Result<Option<String>, String> {
        let mut found = None;
        let mut next = Some(slot);
        for _ in 0..MAX_DEPTH {
            let Some(slot) = next else { return Ok(found) };
            if found.is_none() {
                found = self.builder.node(slot).and_then(|node| node.text("application_id")).map(str::to_owned);
            }
            next = self.parent(slot);
        }
        match next {
            None => Ok(found),
            Some(_) => Err(format!("lies deeper than {MAX_DEPTH} levels, or in a circle")),
        }
    }
}
