//! `entitlements.csv`: roles and permissions of accounts and groups.

use domain::inventory::{Family, Node, Value};

use super::table::Row;
use super::{Import, escaped};
use crate::builder::{Origin, Slot};
use crate::limits::MAX_LABEL;
use crate::permissions::{UNCATEGORIZED, effective};

impl Import<'_> {
    pub(super) fn entitlement(&mut self, row: &Row<'_>) {
        let holder = match (row.key("account_id"), row.key("group_id")) {
            (Some(account), None) => self.account_of(row, account).map(|slot| (slot, true)),
            (None, Some(group)) => self.group_of(row, "group_id", group).map(|slot| (slot, false)),
            (Some(_), Some(_)) => {
                row.fault("group_id", "give an account or a group, not both", &mut self.builder.report);
                None
            }
            (None, None) => {
                row.fault("account_id", "an account or a group is required", &mut self.builder.report);
                None
            }
        };
        let (role, permission) = (row.key("role"), row.key("permission"));
        if role.is_none() && permission.is_none() {
            row.fault("role", "a role or a permission is required", &mut self.builder.report);
        }
        let Some((holder, is_account)) = holder else { return };
        let Some(application) = self.application_or_home(row, is_account.then_some(holder)) else { return };
        let resource = match row.key("resource") {
            None => None,
            Some(name) => match self.resource(row, &application, name) {
                Some(slot) => Some((slot, name)),
                None => return,
            },
        };
        if let Some(role) = role {
            self.grant_role(row, holder, &application, role, resource);
        }
        if let Some(permission) = permission {
            if permission.len() > MAX_LABEL {
                row.fault("permission", format_args!("longer than {MAX_LABEL} bytes"), &mut self.builder.report);
                return;
            }
            let meaning = effective(permission).unwrap_or(UNCATEGORIZED).to_owned();
            let set = self.builder.sets.number(vec![permission.to_owned()], vec![meaning]);
            let target = resource.map_or(application.0, |(slot, _)| slot);
            self.builder.edge(holder, target, set, Origin::DERIVED);
        }
    }

    /// A role on one resource is a role of its own, so that nobody who holds it elsewhere seems to reach this one.
    fn grant_role(
        &mut self,
        row: &Row<'_>,
        holder: Slot,
        application: &(Slot, String),
        role: &str,
        resource: Option<(Slot, &str)>,
    ) {
        let Some(whole) = self.role(row, application, role) else { return };
        let Some((resource, name)) = resource else {
            self.builder.edge(holder, whole, 0, Origin::DERIVED);
            return;
        };
        let Some(mut node) = self.builder.node(whole).cloned() else { return };
        node.id = format!("{}@{}", node.id, escaped(name));
        node.attributes.insert("scope".to_owned(), Value::Text(name.to_owned()));
        let known = self.builder.find(Family::Role, &node.id);
        let Some(scoped) = known.or_else(|| self.builder.add(row, node)) else { return };
        self.builder.edge(holder, scoped, 0, Origin::DERIVED);
        if known.is_none() {
            self.builder.edge(scoped, resource, 0, Origin::DERIVED);
        }
    }

    fn resource(&mut self, row: &Row<'_>, application: &(Slot, String), name: &str) -> Option<Slot> {
        let id = self.id_within(application, name);
        if let Some(slot) = self.builder.find(Family::Resource, &id) {
            return Some(slot);
        }
        if !self.id_fits(row, "resource", name) {
            return None;
        }
        let mut node = Node::new(Family::Resource, id);
        name.clone_into(&mut node.name);
        node.attributes.insert("application_id".to_owned(), Value::Text(application.1.clone()));
        self.builder.add(row, node)
    }
}
