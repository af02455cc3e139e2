//! The lists of links: permissions, memberships, role assignments, grants.

use domain::inventory::Family;

use super::{Reader, Target, Wide, meaning};
use crate::builder::{List, Origin, Slot};
use crate::fields::Fields;
use crate::limits::MAX_LABEL;
use crate::permissions;

/// A grant as written.
pub(super) struct Grant {
    from: Slot,
    target: Target,
    raw: Vec<String>,
    /// What the grant itself says, else what its permission names mean.
    effective: Option<Vec<String>>,
    deep: bool,
    origin: Origin,
}

impl Reader {
    /// The one of several id fields that is given, as a slot.
    fn one_of(&mut self, choices: &[(&str, Family)], fields: &mut Fields<'_>) -> Option<(Slot, Family)> {
        let mut found = None;
        let mut several = false;
        for (name, family) in choices {
            if let Some(id) = fields.text(name, &mut self.builder.report) {
                several |= found.is_some();
                found = Some((self.builder.slot(*family, &id), *family));
            }
        }
        if several || found.is_none() {
            let names: Vec<_> = choices.iter().map(|(name, _)| format!("`{name}`")).collect();
            let message = format!("needs exactly one of {}", names.join(", "));
            self.builder.report.fault(fields.path(), message);
            return None;
        }
        found
    }

    /// An edge without permissions between two entities of one kind or two.
    fn link(&mut self, from: Option<(Slot, Family)>, to: Option<(Slot, Family)>, fields: &Fields<'_>, origin: Origin) {
        let (Some((from, _)), Some((to, _))) = (from, to) else { return };
        if from == to {
            self.builder.report.fault(fields.path(), "cannot contain itself");
        } else {
            self.builder.edge(from, to, 0, origin);
        }
    }

    pub(super) fn membership(&mut self, fields: &mut Fields<'_>, index: usize) {
        let group = self.one_of(&[("group_id", Family::Group)], fields);
        let member = self.one_of(&[("account_id", Family::Account), ("member_group_id", Family::Group)], fields);
        self.link(member, group, fields, Origin::at(List::Memberships, index));
    }

    pub(super) fn role_assignment(&mut self, fields: &mut Fields<'_>, index: usize) {
        let role = self.one_of(&[("role_id", Family::Role)], fields);
        let holders = [("account_id", Family::Account), ("group_id", Family::Group), ("holder_role_id", Family::Role)];
        let holder = self.one_of(&holders, fields);
        self.link(holder, role, fields, Origin::at(List::RoleAssignments, index));
    }

    /// What a permission name means.
    pub(super) fn permission(&mut self, fields: &mut Fields<'_>) {
        let name = fields.required("name", &mut self.builder.report);
        let effective = self.effective(fields).unwrap_or_default();
        let Some(name) = name else { return };
        if self.meanings.insert(name, effective).is_some() {
            fields.fault("name", "is defined twice", &mut self.builder.report);
        }
    }

    /// The list `effective_permissions` in canonical words.
    fn effective(&mut self, fields: &mut Fields<'_>) -> Option<Vec<String>> {
        const FIELD: &str = "effective_permissions";
        let report = &mut self.builder.report;
        let mut found = Vec::new();
        for name in fields.texts(FIELD, report)? {
            match permissions::effective(&name) {
                Some(effective) => found.push(effective.to_owned()),
                None => fields.fault(FIELD, format_args!("`{name}` is not an effective permission"), report),
            }
        }
        Some(found)
    }

    pub(super) fn grant(&mut self, fields: &mut Fields<'_>, index: usize) {
        let holders = [("account_id", Family::Account), ("group_id", Family::Group), ("role_id", Family::Role)];
        let holder = self.one_of(&holders, fields);
        let targets = [("application_id", Family::Application), ("resource_id", Family::Resource)];
        let target = self.one_of(&targets, fields);
        let raw = fields.texts("permissions", &mut self.builder.report).unwrap_or_default();
        if raw.iter().any(|name| name.len() > MAX_LABEL) {
            let message = format!("holds a name longer than {MAX_LABEL} bytes");
            fields.fault("permissions", message, &mut self.builder.report);
        }
        let effective = self.effective(fields);
        let deep = fields.flag("apply_to_sub_resources", &mut self.builder.report).unwrap_or(false);
        let (Some((from, _)), Some((slot, family))) = (holder, target) else { return };
        let target = match family {
            Family::Application => Target::Application(slot),
            _ => Target::Resource(slot),
        };
        self.grants.push(Grant { from, target, raw, effective, deep, origin: Origin::at(List::Grants, index) });
    }

    /// Turns grants into edges, and grants on whole trees into an edge for each resource they reach.
    pub(super) fn expand_grants(&mut self) {
        for grant in std::mem::take(&mut self.grants) {
            let Grant { from, target, raw, effective, deep, origin } = grant;
            let effective =
                effective.unwrap_or_else(|| raw.iter().flat_map(|name| meaning(&self.meanings, name)).collect());
            let permissions = self.builder.sets.number(raw, effective);
            self.builder.edge(from, target.slot(), permissions, origin);
            if deep {
                self.wide.push(Wide { from, target, permissions, origin });
            }
        }
        let tree = self.tree();
        for Wide { from, target, permissions, origin } in std::mem::take(&mut self.wide) {
            for below in tree.below(target) {
                if !self.builder.edge(from, below, permissions, origin) {
                    return;
                }
            }
        }
    }
}
