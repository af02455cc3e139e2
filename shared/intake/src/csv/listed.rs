//! The files that list things: applications, owners, groups.

use domain::inventory::{Family, Node, Value};

use super::Import;
use super::table::Row;
use crate::builder::{Origin, Slot};

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
        if let Some(slot) = self.builder.add(row, node) {
            self.applications.add(id, name, slot);
        }
    }

    pub(super) fn owner(&mut self, row: &Row<'_>) {
        let number = row.key("employee_number");
        let Some(id) = row.key("owner_id").or(number) else {
            row.fault("owner_id", "is required", &mut self.builder.report);
            return;
        };
        if !self.id_fits(row, "owner_id", id) {
            return;
        }
        let mut node = Node::new(Family::Identity, self.global(id));
        node.name = row.key("name").map(str::to_owned).or_else(|| full_name(row)).unwrap_or_else(|| id.to_owned());
        node.attributes.extend(row.attributes(false, &mut self.builder.report));
        if let Some(number) = number {
            node.attributes.insert("employee_number".to_owned(), Value::Text(number.to_owned()));
        }
        if let Some(manager) = row.key("manager_id") {
            node.attributes.insert("manager_id".to_owned(), Value::Text(manager.to_owned()));
        }
        self.builder.add(row, node);
    }

    pub(super) fn group(&mut self, row: &Row<'_>) {
        let Some(id) = row.key("group_id") else {
            row.fault("group_id", "is required", &mut self.builder.report);
            return;
        };
        if !self.id_fits(row, "group_id", id) {
            return;
        }
        let found = match self.find(Family::Group, id) {
            Some(slot) => Some(slot),
            None => self.new_group(row, id),
        };
        let Some(slot) = found else { return };
        // A parent may stand further down, so that it is looked up at the end.
        for parent in row.list("parent_group_id") {
            self.parents.push((slot, parent.to_owned(), row.place("parent_group_id")));
        }
    }

    fn new_group(&mut self, row: &Row<'_>, id: &str) -> Option<Slot> {
        let mut node = Node::new(Family::Group, self.global(id));
        row.key("name").unwrap_or(id).clone_into(&mut node.name);
        node.attributes.extend(row.attributes(false, &mut self.builder.report));
        let name = node.name.clone();
        let slot = self.builder.add(row, node)?;
        self.groups.add(&name, id, slot);
        Some(slot)
    }

    /// Puts groups into their parents, now that the whole file is known. A parent that is neither listed nor held is a fault.
    pub(super) fn link_parents(&mut self) {
        for (group, parent, place) in std::mem::take(&mut self.parents) {
            let held = self.held.has_group(&self.global(&parent)).then(|| self.global(&parent));
            let found = match (self.find(Family::Group, &parent), held) {
                (None, Some(id)) => self.mention(&place, Family::Group, &id),
                (found, _) => found,
            };
            match found {
                Some(found) if found == group => {
                    self.builder.report.fault(&place, "`parent_group_id`: a group cannot contain itself");
                }
                Some(found) => {
                    self.builder.edge(group, found, 0, Origin::DERIVED);
                }
                None => self.builder.report.fault(&place, format_args!("`parent_group_id`: unknown group `{parent}`")),
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
