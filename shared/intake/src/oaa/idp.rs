//! The identity provider template: people with their managers, the accounts they sign in with, groups and apps.

use std::collections::BTreeMap;

use domain::inventory::{Family, Node, Value};
use serde_json::Value as Json;

use super::definitions::{Definitions, lift, tags_and_owners};
use super::{Building, pass, walk_lists};
use crate::builder::{Builder, Origin, Slot};
use crate::fields::Fields;
use crate::limits::{MAX_ID, MAX_LABEL};
use crate::names::Directory;
use crate::permissions::UNCATEGORIZED;
use crate::report::{Faults, Report};
use crate::walk::{Path, Shape};
use crate::{DataSource, Parsed};

/// The payload as far as it has been read.
struct Reader {
    builder: Builder,
    definitions: Definitions,
    /// The prefix of every id, with the colon.
    prefix: String,
    /// The provider itself, as the application that its accounts live in.
    home: String,
    groups: Directory<Slot>,
    apps: Directory<Slot>,
    people: Directory<Slot>,
    /// People that have a manager: slot, place and the manager's identity.
    managers: Vec<(Slot, Path, String)>,
}

pub(super) fn parse(source: &DataSource<'_>, payload: &[u8]) -> Result<Parsed, Faults> {
    let mut reader = Reader {
        builder: Builder::new(),
        definitions: Definitions::default(),
        prefix: format!("{}:", source.id),
        home: String::new(),
        groups: Directory::new(),
        apps: Directory::new(),
        people: Directory::new(),
        managers: Vec::new(),
    };
    let platform = reader.head(payload);
    if !reader.builder.report.failed() {
        reader.lists(payload, &["groups", "apps"]);
        reader.lists(payload, &["users"]);
        reader.links(payload);
        reader.link_managers();
    }
    reader.builder.finish(source.name.to_owned(), platform)
}

/// What a user or group leads to.
struct Links {
    groups: Vec<String>,
    roles: Vec<String>,
    apps: Vec<(String, String)>,
}

impl Building for Reader {
    fn builder(&mut self) -> &mut Builder {
        &mut self.builder
    }
}

impl Reader {
    /// Reads everything but the lists. Answers the type of the provider.
    fn head(&mut self, payload: &[u8]) -> String {
        let shape = |names: &[&str], index: Option<usize>| match (names, index) {
            ([], _) => Shape::Object,
            (["domains"], None) => Shape::List,
            (["name" | "idp_type" | "custom_property_definition"], _) | (["domains"], Some(_)) => Shape::Whole,
            _ => Shape::Skip,
        };
        let mut own: BTreeMap<String, Json> = BTreeMap::new();
        let mut domain = None;
        let mut report = std::mem::take(&mut self.builder.report);
        pass(payload, &mut report, &shape, &mut |path, value, report| match path.keys().next() {
            Some("domains") => {
                domain.get_or_insert((path.clone(), value));
            }
            Some("custom_property_definition") => self.definitions = Definitions::read(path, value, report),
            Some(name) => {
                own.insert(name.to_owned(), value);
            }
            None => {}
        });
        self.builder.report = report;
        self.provider(own, domain)
    }

    /// Adds the provider as an application. Answers its type.
    fn provider(&mut self, own: BTreeMap<String, Json>, domain: Option<(Path, Json)>) -> String {
        let root = Path::default();
        let report = &mut self.builder.report;
        let Some(mut fields) = Fields::new(&root, Json::Object(own.into_iter().collect()), report) else {
            return String::new();
        };
        let name = fields.required("name", report);
        let kind = fields.required("idp_type", report).unwrap_or_default();
        let Some(name) = name else { return kind };
        let mut node = Node::new(Family::Application, format!("{}{name}", self.prefix));
        node.name = name;
        node.attributes.insert("platform".to_owned(), Value::Text(kind.clone()));
        if let Some((path, value)) = domain {
            self.domain(&mut node, &path, value);
        }
        self.home.clone_from(&node.id);
        lift(&mut node);
        self.builder.add(&"name", node);
        kind
    }

    fn domain(&mut self, node: &mut Node, path: &Path, value: Json) {
        let report = &mut self.builder.report;
        let Some(mut fields) = Fields::new(path, value, report) else { return };
        let name = fields.required("name", report);
        node.attributes.extend(name.map(|name| ("domain".to_owned(), Value::Text(name))));
        node.attributes.extend(self.definitions.properties("domain_properties", &mut fields, report));
        node.attributes.extend(tags_and_owners(&mut fields, report));
    }

    /// Walks lists, and adds their entities.
    fn lists(&mut self, payload: &[u8], wanted: &[&str]) {
        walk_lists(self, payload, wanted, |reader, path, value| match path.keys().next() {
            Some("groups") => reader.group(path, value),
            Some("apps") => reader.app(path, value),
            _ => reader.user(path, value),
        });
    }

    /// Walks users and groups again, now that everything they lead to is known.
    fn links(&mut self, payload: &[u8]) {
        walk_lists(self, payload, &["groups", "users"], |reader, path, value| {
            let is_group = path.keys().next() == Some("groups");
            let Some(mut fields) = Fields::new(path, value, &mut reader.builder.report) else { return };
            let Some((id, _)) = identity(&mut fields, &mut reader.builder.report) else { return };
            let family = if is_group { Family::Group } else { Family::Account };
            let Some(slot) = reader.builder.find(family, &format!("{}{id}", reader.prefix)) else { return };
            let links = links_of(&mut fields, &mut reader.builder.report);
            reader.link(slot, path, links);
        });
    }

    /// A person, and the account to sign in with. What is not a person is an account alone.
    fn user(&mut self, path: &Path, value: Json) {
        let report = &mut self.builder.report;
        let Some(mut fields) = Fields::new(path, value, report) else { return };
        let Some((id, name)) = identity(&mut fields, report) else { return };
        let full_name = fields.text("full_name", report);
        let email = fields.text("email", report);
        let department = fields.text("department", report);
        let (active, guest) = (fields.flag("is_active", report), fields.flag("is_guest", report));
        let kind = fields.text("identity_type", report).unwrap_or_default();
        let manager = fields.text("manager_id", report);
        let custom = self.definitions.properties("user_properties", &mut fields, report);
        let more = tags_and_owners(&mut fields, report);
        let human = !kind.eq_ignore_ascii_case("NONHUMAN");
        let text = |value: Option<&String>| value.cloned().map(Value::Text);
        let status = active.map(|active| Value::Text(if active { "active" } else { "inactive" }.to_owned()));
        let mut shared: Vec<(String, Value)> = custom;
        shared.extend(more);
        let put = |node: &mut Node, name: &str, value: Option<Value>| {
            node.attributes.extend(value.map(|value| (name.to_owned(), value)));
        };
        let (local, id) = (id.as_str(), format!("{}{id}", self.prefix));
        let mut account = Node::new(Family::Account, id.clone());
        account.name.clone_from(&name);
        put(&mut account, "application_id", Some(Value::Text(self.home.clone())));
        put(&mut account, "account_type", Some(Value::Text(if human { "user" } else { "service" }.to_owned())));
        put(&mut account, "display_name", text(full_name.as_ref()));
        put(&mut account, "email", text(email.as_ref()));
        put(&mut account, "department", text(department.as_ref()));
        put(&mut account, "status", status.clone());
        put(&mut account, "is_guest", guest.map(Value::Bool));
        put(&mut account, "owner_id", human.then(|| Value::Text(id.clone())));
        account.attributes.extend(shared.iter().cloned());
        lift(&mut account);
        self.builder.add(path, account);
        if !human {
            return;
        }
        let mut person = Node::new(Family::Identity, id);
        person.name = full_name.unwrap_or_else(|| name.clone());
        put(&mut person, "user_name", Some(Value::Text(name.clone())));
        put(&mut person, "email", text(email.as_ref()));
        put(&mut person, "department", text(department.as_ref()));
        put(&mut person, "is_active", active.map(Value::Bool));
        put(&mut person, "status", status);
        put(&mut person, "is_guest", guest.map(Value::Bool));
        person.attributes.extend(shared);
        lift(&mut person);
        let Some(slot) = self.builder.add(path, person) else { return };
        self.people.add(local, &name, slot);
        self.managers.extend(manager.map(|manager| (slot, path.field("manager_id"), manager)));
    }

    fn group(&mut self, path: &Path, value: Json) {
        let report = &mut self.builder.report;
        let Some(mut fields) = Fields::new(path, value, report) else { return };
        let Some((id, name)) = identity(&mut fields, report) else { return };
        let mut node = Node::new(Family::Group, format!("{}{id}", self.prefix));
        node.name = fields.text("full_name", report).unwrap_or_else(|| name.clone());
        let security = fields.flag("is_security_group", report);
        node.attributes.extend(security.map(|flag| ("is_security_group".to_owned(), Value::Bool(flag))));
        node.attributes.extend(self.definitions.properties("group_properties", &mut fields, report));
        node.attributes.extend(tags_and_owners(&mut fields, report));
        lift(&mut node);
        if let Some(slot) = self.builder.add(path, node) {
            self.groups.add(&id, &name, slot);
        }
    }

    fn app(&mut self, path: &Path, value: Json) {
        let report = &mut self.builder.report;
        let Some(mut fields) = Fields::new(path, value, report) else { return };
        let (id, name) = (fields.required("id", report), fields.required("name", report));
        let (Some(id), Some(name)) = (id, name) else { return };
        let mut node = Node::new(Family::Application, format!("{}app/{id}", self.prefix));
        node.name.clone_from(&name);
        let description = fields.text("description", report);
        node.attributes.extend(description.map(|text| ("description".to_owned(), Value::Text(text))));
        node.attributes.extend(self.definitions.properties("app_properties", &mut fields, report));
        node.attributes.extend(tags_and_owners(&mut fields, report));
        lift(&mut node);
        if let Some(slot) = self.builder.add(path, node) {
            self.apps.add(&id, &name, slot);
        }
    }

    fn link(&mut self, from: Slot, path: &Path, links: Links) {
        for name in links.groups {
            match self.groups.find(&name) {
                Ok(group) if group == from => {
                    self.builder.report.warn(path, "a group cannot contain itself, ignored");
                }
                Ok(group) => {
                    self.builder.edge(from, group, 0, Origin::DERIVED);
                }
                Err(miss) => self.builder.report.warn(path, format_args!("{}, ignored", miss.of("group", &name))),
            }
        }
        for arn in links.roles {
            let id = format!("{}{arn}", self.prefix);
            let known = self.builder.find(Family::Role, &id);
            let role = known.or_else(|| {
                let mut node = Node::new(Family::Role, id);
                node.name = arn;
                "AwsRole".clone_into(&mut node.node_type);
                self.builder.add(path, node)
            });
            if let Some(role) = role {
                self.builder.edge(from, role, 0, Origin::DERIVED);
            }
        }
        for (app, assignment) in links.apps {
            match self.apps.find(&app) {
                Ok(target) => {
                    let set = self.builder.sets.number(vec![assignment], vec![UNCATEGORIZED.to_owned()]);
                    self.builder.edge(from, target, set, Origin::DERIVED);
                }
                Err(miss) => self.builder.report.warn(path, format_args!("{}, ignored", miss.of("app", &app))),
            }
        }
    }

    /// Managers are identities of the same payload; others are kept as they are, with a warning.
    fn link_managers(&mut self) {
        for (slot, path, manager) in std::mem::take(&mut self.managers) {
            let found = self.people.find(&manager);
            if let Err(miss) = &found {
                self.builder.report.warn(&path, format_args!("{}, kept as it is", miss.of("user", &manager)));
            }
            let known = found.ok().and_then(|slot| self.builder.node(slot)).map(|person| person.id.clone());
            if let Some(node) = self.builder.node_mut(slot) {
                let manager = known.unwrap_or(manager);
                node.attributes.insert("manager_id".to_owned(), Value::Text(manager));
            }
        }
    }
}

/// `identity`, else `name`; and the name.
fn identity(fields: &mut Fields<'_>, report: &mut Report) -> Option<(String, String)> {
    let name = fields.required("name", report);
    let identity = fields.text("identity", report);
    let name = name?;
    let id = identity.unwrap_or_else(|| name.clone());
    if id.len() > MAX_ID {
        fields.fault("identity", format_args!("longer than {MAX_ID} bytes"), report);
        return None;
    }
    Some((id, name))
}

fn links_of(fields: &mut Fields<'_>, report: &mut Report) -> Links {
    let mut identities = |name: &str| {
        let mut found = Vec::new();
        for (at, value) in fields.objects(name, report) {
            let Some(mut entry) = Fields::new(&at, value, report) else { continue };
            found.extend(entry.required("identity", report));
        }
        found
    };
    let (groups, roles) = (identities("groups"), identities("assumed_role_arns"));
    let mut apps = Vec::new();
    for (at, value) in fields.objects("app_assignments", report) {
        let Some(mut entry) = Fields::new(&at, value, report) else { continue };
        let (app, name) = (entry.required("app_id", report), entry.text("name", report));
        if name.as_ref().is_some_and(|name| name.len() > MAX_LABEL) {
            entry.fault("name", format_args!("longer than {MAX_LABEL} bytes"), report);
        }
        apps.extend(app.map(|app| (app.clone(), name.unwrap_or(app))));
    }
    Links { groups, roles, apps }
}
