//! The files that list things: applications, owners, groups.

use domain::inventory::{Family, Node, Value};

use super::Import;
use super::table::Row;
use crate::builder::Origin;

impl Import<'_> {
    pub(super) fn application(&mut self, row: &Row<'_>) {
        let Some(id) = row.key("application_id").or_else(|| row.key("name")) else {
            row.fault("application_id", "is required", &mut self.builder.report);
            return;
        };
        if !self.id_fits(row, "application_id", id) {
            return;
        }
        let name = row.key("name").unwrap_or(id);
        let mut node = Node::new(Family::Application, self.global(id));
        name.clone_into(&mut node.name);
        node.attributes.extend(row.attributes(false, &mut self.builder.report));
        let found = node.id.clone();
        if let Some(slot) = self.builder.add(row, node) {
            // An id wins over a name that reads the same.
            self.applications.insert(id.to_lowercase(), (slot, found.clone()));
            self.applications.entry(name.to_lowercase()).or_insert((slot, found));
        }
    }

    pub(super) fn owner(&mut self, row: &Row<'_>) {
        let Some(id) = row.key("owner_id") else {
            row.fault("owner_id", "is required", &mut self.builder.report);
            return;
        };
        if !self.id_fits(row, "owner_id", id) {
            return;
        }
        let mut node = Node::new(Family::Identity, self.global(id));
        node.name = row.key("name").map(str::to_owned).or_else(|| full_name(row)).unwrap_or_else(|| id.to_owned());
        node.attributes.extend(row.attributes(false, &mut self.builder.report));
        if let Some(manager) = row.key("manager_id") {
            node.attributes.insert("manager_id".to_owned(), Value::Text(manager.to_owned()));
        }
        self.builder.add(row, node);
    }

    /// Managers in the same file get their full id; others are left as they are, for they may stand in another source.
    pub(super) fn link_managers(&mut self) {
        let owners: Vec<_> = self
            .builder
            .nodes()
            .filter_map(|(slot, node)| node.text("manager_id").map(|manager| (slot, manager.to_owned())))
            .collect();
        for (slot, manager) in owners {
            let id = self.global(&manager);
            if self.builder.find(Family::Identity, &id).is_none() {
                continue;
            }
            if let Some(node) = self.builder.node_mut(slot) {
                node.attributes.insert("manager_id".to_owned(), Value::Text(id));
            }
        }
    }

    pub(super) fn group(&mut self, row: &Row<'_>) {
        let Some(id) = row.key("group_id") else {
            row.fault("group_id", "is required", &mut self.builder.report);
            return;
        };
        if !self.id_fits(row, "group_id", id) {
            return;
        }
        let id = self.global(id);
        let slot = self.builder.slot(Family::Group, &id);
        if self.builder.node(slot).is_none() {
            let mut node = Node::new(Family::Group, id);
            row.key("name").or_else(|| row.key("group_id")).unwrap_or_default().clone_into(&mut node.name);
            node.attributes.extend(row.attributes(false, &mut self.builder.report));
            self.groups.entry(node.name.to_lowercase()).or_insert(slot);
            self.builder.add(row, node);
        }
        for parent in row.list("parent_group_id") {
            // The parent may stand further down, so that it is only named here and looked up at the end.
            let parent_id = self.global(parent);
            let parent_slot = self.builder.slot(Family::Group, &parent_id);
            if parent_slot == slot {
                row.fault("parent_group_id", "a group cannot contain itself", &mut self.builder.report);
            } else {
                self.parents.push((slot, parent_slot, row.place("parent_group_id")));
            }
        }
    }

    /// Puts groups into their parents, now that the whole file is known. A parent it did not list is a fault.
    pub(super) fn link_parents(&mut self) {
        for (group, parent, place) in std::mem::take(&mut self.parents) {
            if self.builder.node(parent).is_some() {
                self.builder.edge(group, parent, 0, Origin::DERIVED);
            } else {
                self.builder.report.fault(&place, "unknown group");
            }
        }
    }
}

/// First and last name put together.
pub(super) fn full_name(row: &Row<'_>) -> Option<String> {
    match (row.key("first_name"), row.key("last_name")) {
        (Some(first), Some(last)) => Some(format!("{first} {last}")),
        (Some(name), None) | (None, Some(name)) => Some(name.to_owned()),
        (None, None) => None,
    }
}
