//! `accounts.csv` and `memberships.csv`.

use domain::inventory::{Family, Node, Value};

use super::table::{Row, entries};
use super::{Import, Table, listed};
use crate::builder::{Origin, Slot};
use crate::values;

impl Import<'_> {
    /// A new account, or more groups and roles of one that stood further up.
    pub(super) fn account(&mut self, row: &Row<'_>) {
        let Some(id) = row.key("account_id").or_else(|| row.key("account_name")) else {
            row.fault("account_id", "is required", &mut self.builder.report);
            return;
        };
        if !self.id_fits(row, "account_id", id) {
            return;
        }
        let known = self.find(Family::Account, id);
        // Roles belong to the application of their own row. A repeated row without one means the account's.
        let application = match (row.key("application"), known) {
            (None, Some(slot)) => self.home(row, slot),
            (None, None) => match self.held.home(&self.global(id)) {
                Some(home) => self.held_application(row, home),
                None => self.application_of(row, None),
            },
            (name, _) => self.application_of(row, name),
        };
        let slot = match known {
            Some(slot) => {
                self.grow(slot, row);
                slot
            }
            None => {
                let Some((_, application)) = &application else { return };
                let node = self.new_account(row, id, application.clone());
                let Some(slot) = self.builder.add(row, node) else { return };
                slot
            }
        };
        for name in row.list("groups") {
            if let Some(group) = self.group_of(row, "groups", name) {
                self.builder.edge(slot, group, 0, Origin::DERIVED);
            }
        }
        let Some(application) = application else { return };
        for name in row.list("roles") {
            if let Some(role) = self.role(row, &application, name) {
                self.builder.edge(slot, role, 0, Origin::DERIVED);
            }
        }
    }

    fn new_account(&mut self, row: &Row<'_>, id: &str, application: String) -> Node {
        let mut node = Node::new(Family::Account, self.global(id));
        row.key("account_name").unwrap_or(id).clone_into(&mut node.name);
        node.attributes.extend(row.attributes(false, &mut self.builder.report));
        node.attributes.insert("application_id".to_owned(), Value::Text(application));
        if let Some(status) = row.key("status") {
            let status = match values::flag(status) {
                Some(true) => "active".to_owned(),
                Some(false) => "inactive".to_owned(),
                None => status.to_lowercase(),
            };
            node.attributes.insert("status".to_owned(), Value::Text(status));
        }
        if let Some(name) = listed::full_name(row) {
            node.attributes.entry("display_name".to_owned()).or_insert(Value::Text(name));
        }
        if let Some(owner) = row.key("owner_id") {
            node.attributes.insert("owner_id".to_owned(), Value::Text(owner.to_owned()));
        }
        node
    }

    /// Adds what a repeated row may add: entries of lists. For all else the first row holds.
    fn grow(&mut self, slot: Slot, row: &Row<'_>) {
        let lists = row.attributes(true, &mut self.builder.report);
        let Some(node) = self.builder.node_mut(slot) else { return };
        for (name, value) in lists {
            match (node.attributes.get_mut(&name), value) {
                (Some(Value::List(held)), Value::List(more)) => {
                    let more: Vec<_> = more.into_iter().filter(|entry| !held.contains(entry)).collect();
                    held.extend(more);
                }
                (_, value) => {
                    node.attributes.insert(name, value);
                }
            }
        }
    }

    /// The application an account lives in.
    fn home(&mut self, row: &Row<'_>, account: Slot) -> Option<(Slot, String)> {
        let id = self.builder.node(account)?.text("application_id")?.to_owned();
        self.held_application(row, &id)
    }

    /// The application of an entitlement that names none: that of the account, if it is known.
    pub(super) fn application_or_home(&mut self, row: &Row<'_>, account: Option<Slot>) -> Option<(Slot, String)> {
        match (row.key("application"), account) {
            (None, Some(account)) => self.home(row, account),
            (name, _) => self.application_of(row, name),
        }
    }

    /// The account of a row, made when no file lists accounts.
    pub(super) fn account_of(&mut self, row: &Row<'_>, id: &str) -> Option<Slot> {
        let found = self.find(Family::Account, id);
        if found.is_some() {
            return found;
        }
        let full = self.global(id);
        if self.held.home(&full).is_some() {
            return self.mention(row, Family::Account, &full);
        }
        if self.given.contains(&Table::Accounts) {
            row.fault("account_id", format_args!("unknown account `{id}`"), &mut self.builder.report);
            return None;
        }
        if !self.id_fits(row, "account_id", id) {
            return None;
        }
        let (_, application) = self.application_of(row, row.key("application"))?;
        let mut node = Node::new(Family::Account, self.global(id));
        id.clone_into(&mut node.name);
        node.attributes.insert("application_id".to_owned(), Value::Text(application));
        self.builder.add(row, node)
    }

    pub(super) fn membership(&mut self, row: &Row<'_>) {
        let (account, group) = (row.key("account_id"), row.key("group_id"));
        for (key, value) in [("account_id", account), ("group_id", group)] {
            if value.is_none() {
                row.fault(key, "is required", &mut self.builder.report);
            }
        }
        let (Some(account), Some(group)) = (account, group) else { return };
        let group = self.group_of(row, "group_id", group);
        // A column may hold several accounts.
        for id in entries(account) {
            let account = self.account_of(row, id);
            if let (Some(account), Some(group)) = (account, group) {
                self.builder.edge(account, group, 0, Origin::DERIVED);
            }
        }
    }
}
