//! The lists of entities: owners, applications, accounts, groups, roles, resources, classifications.

use domain::inventory::{Family, Node, Value};

use super::Reader;
use crate::attributes::{self, Attribute};
use crate::builder::{List, Origin, Slot};
use crate::fields::Fields;
use crate::limits::MAX_ID;

impl Reader {
    /// Reads what all entities have, and adds the node. `extra` are attributes that were read before.
    fn entity(
        &mut self,
        family: Family,
        table: &[Attribute],
        fields: &mut Fields<'_>,
        extra: Vec<(&str, Value)>,
    ) -> Option<Slot> {
        let report = &mut self.builder.report;
        let id = fields.required("id", report);
        let mut name = fields.text("name", report);
        if family == Family::Account {
            // What reviews call it; whoever copies an account from there may send it back.
            let account_name = fields.text("account_name", report);
            name = name.or(account_name);
        }
        let node_type = fields.text("type", report);
        let mut found = fields.attributes(table, report);
        found.extend(fields.custom(report));
        found.extend(extra.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let mut node = Node::new(family, id?);
        if node.id.len() > MAX_ID {
            fields.fault("id", format_args!("longer than {MAX_ID} bytes"), report);
            return None;
        }
        if let Some(name) = name {
            node.name = name;
        }
        if let Some(node_type) = node_type {
            node.node_type = node_type;
        } else if let (Family::Resource, Some(Value::Text(resource_type))) = (family, found.get("resource_type")) {
            node.node_type.clone_from(resource_type);
        }
        node.attributes = found;
        self.builder.add(fields.path(), node)
    }

    /// Reads a list of ids of another family and draws an edge to each.
    fn lead(&mut self, from: Slot, family: Family, name: &str, fields: &mut Fields<'_>, origin: Origin) {
        for id in fields.texts(name, &mut self.builder.report).unwrap_or_default() {
            let to = self.builder.slot(family, &id);
            if from == to {
                fields.fault(name, format_args!("`{id}` cannot contain itself"), &mut self.builder.report);
            } else {
                self.builder.edge(from, to, 0, origin);
            }
        }
    }

    /// A reference to another entity that is kept as an attribute. It must exist.
    fn reference(
        &mut self,
        family: Family,
        name: &'static str,
        fields: &mut Fields<'_>,
        origin: Origin,
    ) -> Option<(&'static str, Value)> {
        let id = fields.text(name, &mut self.builder.report)?;
        self.builder.expect(family, &id, origin, name);
        Some((name, Value::Text(id)))
    }

    pub(super) fn owner(&mut self, fields: &mut Fields<'_>) {
        self.entity(Family::Identity, attributes::OWNER, fields, Vec::new());
    }

    pub(super) fn application(&mut self, fields: &mut Fields<'_>) {
        self.entity(Family::Application, attributes::APPLICATION, fields, Vec::new());
    }

    pub(super) fn classification(&mut self, fields: &mut Fields<'_>) {
        self.entity(Family::Classification, attributes::CLASSIFICATION, fields, Vec::new());
    }

    pub(super) fn account(&mut self, fields: &mut Fields<'_>, index: usize) {
        let origin = Origin::at(List::Accounts, index);
        let application = self.reference(Family::Application, "application_id", fields, origin);
        let homeless = application.is_none();
        let slot = self.entity(Family::Account, attributes::ACCOUNT, fields, application.into_iter().collect());
        let Some(slot) = slot else { return };
        if homeless {
            self.homeless.push((slot, index));
        }
        self.lead(slot, Family::Group, "groups", fields, origin);
        self.lead(slot, Family::Role, "roles", fields, origin);
    }

    pub(super) fn group(&mut self, fields: &mut Fields<'_>, index: usize) {
        let Some(slot) = self.entity(Family::Group, attributes::GROUP, fields, Vec::new()) else { return };
        let origin = Origin::at(List::Groups, index);
        self.lead(slot, Family::Group, "groups", fields, origin);
        self.lead(slot, Family::Role, "roles", fields, origin);
    }

    pub(super) fn role(&mut self, fields: &mut Fields<'_>, index: usize) {
        let origin = Origin::at(List::Roles, index);
        let application = self.reference(Family::Application, "application_id", fields, origin);
        let homeless = application.is_none();
        let slot = self.entity(Family::Role, attributes::ROLE, fields, application.into_iter().collect());
        let Some(slot) = slot else { return };
        if homeless {
            self.homeless_roles.push(slot);
        }
        self.lead(slot, Family::Role, "roles", fields, origin);
    }

    pub(super) fn resource(&mut self, fields: &mut Fields<'_>, index: usize) {
        let origin = Origin::at(List::Resources, index);
        let application = self.reference(Family::Application, "application_id", fields, origin);
        let parent = self.reference(Family::Resource, "parent_id", fields, origin);
        let extra = application.into_iter().chain(parent).collect();
        if let Some(slot) = self.entity(Family::Resource, attributes::RESOURCE, fields, extra) {
            self.resources.push((slot, index));
        }
    }
}
