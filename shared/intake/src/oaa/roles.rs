//! Roles: what they hold on the application, and the roles that stand for them on one resource.

use std::collections::{BTreeMap, BTreeSet};

use domain::inventory::Value;

use super::known::{Application, Permission, Reader};
use crate::builder::{Builder, Origin, Slot};
use crate::permissions::Sets;

/// Grants in the making: the permissions of each target.
pub(super) type Grants = BTreeMap<u32, (Slot, BTreeSet<usize>)>;

/// Adds a permission on a target.
pub(super) fn grant(grants: &mut Grants, target: Slot, permission: usize) {
    grants.entry(target.number()).or_insert_with(|| (target, BTreeSet::new())).1.insert(permission);
}

/// The number of a set of permissions.
pub(super) fn set(sets: &mut Sets, permissions: &[Permission], chosen: &BTreeSet<usize>) -> u32 {
    let chosen = || chosen.iter().filter_map(|number| permissions.get(*number));
    let raw = chosen().map(|permission| permission.name.clone()).collect();
    let effective = chosen().flat_map(|permission| permission.effective.iter().cloned()).collect();
    sets.number(raw, effective)
}

impl Reader {
    /// Looks up what roles name, and gives each role its permissions on the application and its nested roles.
    pub(super) fn connect_roles(&mut self) {
        for application in &mut self.applications {
            for number in 0..application.roles.len() {
                let Some(role) = application.roles.get(number) else { continue };
                let mut permissions = Vec::new();
                for word in &role.permission_words {
                    match self.permission_names.find(word) {
                        Ok(found) => permissions.push(found),
                        Err(miss) => {
                            let remark = format_args!("{}, ignored", miss.of("permission", word));
                            self.builder.report.warn(&role.path.field("permissions"), remark);
                        }
                    }
                }
                let mut nested = Vec::new();
                for word in &role.nested_words {
                    let place = role.path.field("roles");
                    match application.role_names.find(word) {
                        Ok(found) if found == number => {
                            self.builder.report.warn(&place, "a role cannot contain itself, ignored");
                        }
                        Ok(found) => nested.push(found),
                        Err(miss) => {
                            self.builder.report.warn(&place, format_args!("{}, ignored", miss.of("role", word)));
                        }
                    }
                }
                for slot in nested.iter().filter_map(|found| application.roles.get(*found)).map(|found| found.slot) {
                    self.builder.edge(role.slot, slot, 0, Origin::DERIVED);
                }
                let grants = application.role_on_application(&self.permissions, &permissions);
                let slot = role.slot;
                for (target, chosen) in grants.into_values() {
                    let set = set(&mut self.builder.sets, &self.permissions, &chosen);
                    self.builder.edge(slot, target, set, Origin::DERIVED);
                }
                if let Some(role) = application.roles.get_mut(number) {
                    (role.permissions, role.nested) = (permissions, nested);
                    (role.permission_words, role.nested_words) = (Vec::new(), Vec::new());
                }
            }
        }
    }

    /// Grants that were made to a role itself hold wherever the role is assigned.
    pub(super) fn finish_roles(&mut self) {
        for application in &self.applications {
            for ((role, _), scoped) in &application.scoped {
                for (target, set) in application.roles.get(*role).into_iter().flat_map(|role| &role.direct) {
                    self.builder.edge(*scoped, *target, *set, Origin::DERIVED);
                }
            }
        }
    }
}

impl Application {
    /// What a role allows that is assigned on the whole application.
    fn role_on_application(&self, permissions: &[Permission], held: &[usize]) -> Grants {
        let mut grants = Grants::new();
        for number in held {
            let Some(permission) = permissions.get(*number) else { continue };
            if permission.resource_types.is_empty() {
                grant(&mut grants, self.slot, *number);
            }
            if permission.apply_to_sub_resources {
                for (_, resource) in self.resources.all().filter(|(_, resource)| permission.covers(&resource.kind)) {
                    grant(&mut grants, resource.slot, *number);
                }
            }
        }
        grants
    }

    /// What a role allows that is assigned on one resource.
    fn role_on_resource(&self, permissions: &[Permission], held: &[usize], resource: usize) -> Grants {
        let mut grants = Grants::new();
        let Some(target) = self.resources.get(resource) else { return grants };
        for number in held {
            let Some(permission) = permissions.get(*number) else { continue };
            if permission.covers(&target.kind) {
                grant(&mut grants, target.slot, *number);
            }
            if permission.apply_to_sub_resources {
                for below in self.resources.below(resource).filter(|below| permission.covers(&below.kind)) {
                    grant(&mut grants, below.slot, *number);
                }
            }
        }
        grants
    }

    /// The role that stands for a role on one resource, with the nested ones, made when it is wanted first.
    pub(super) fn scoped_role(
        &mut self,
        builder: &mut Builder,
        permissions: &[Permission],
        role: usize,
        resource: usize,
    ) -> Option<Slot> {
        let (first, fresh) = self.scope(builder, role, resource)?;
        let mut open = if fresh { vec![(role, first)] } else { Vec::new() };
        while let Some((number, slot)) = open.pop() {
            let Some(found) = self.roles.get(number) else { continue };
            let nested = found.nested.clone();
            for (target, chosen) in self.role_on_resource(permissions, &found.permissions, resource).into_values() {
                let set = set(&mut builder.sets, permissions, &chosen);
                builder.edge(slot, target, set, Origin::DERIVED);
            }
            for below in nested {
                let Some((to, fresh)) = self.scope(builder, below, resource) else { continue };
                builder.edge(slot, to, 0, Origin::DERIVED);
                if fresh {
                    open.push((below, to));
                }
            }
        }
        Some(first)
    }

    /// The node for a role on a resource, and whether it was made just now.
    fn scope(&mut self, builder: &mut Builder, role: usize, resource: usize) -> Option<(Slot, bool)> {
        if let Some(slot) = self.scoped.get(&(role, resource)) {
            return Some((*slot, false));
        }
        let (found, target) = (self.roles.get(role)?, self.resources.get(resource)?);
        let mut node = builder.node(found.slot)?.clone();
        let target_id = &builder.node(target.slot)?.id;
        node.id = format!("{}@{}", node.id, target_id.strip_prefix(&self.prefix).unwrap_or(target_id));
        node.attributes.insert("scope".to_owned(), Value::Text(target.key.clone()));
        let slot = builder.add(&found.path, node)?;
        self.scoped.insert((role, resource), slot);
        Some((slot, true))
    }
}
