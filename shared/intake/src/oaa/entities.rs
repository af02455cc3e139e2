//! What lives in an application: groups, roles, resources and credentials first, for users refer to them.

use std::collections::BTreeMap;

use domain::inventory::{Family, Node, Value};
use serde_json::Value as Json;

use super::definitions::{lift, tags_and_owners, time};
use super::known::{Application, Reader, Role};
use super::pass;
use crate::builder::{Builder, Origin, Slot};
use crate::fields::Fields;
use crate::limits::{MAX_ID, MAX_LIST};
use crate::report::Report;
use crate::walk::{Path, Shape};

/// Walks the lists of applications that are named; everything else is skipped.
fn lists(
    payload: &[u8],
    wanted: &[&str],
    reader: &mut Reader,
    take: &mut dyn FnMut(&mut Builder, &mut Application, &Path, Json),
) {
    let shape = |names: &[&str], index: Option<usize>| match (names, index) {
        ([], _) | (["applications"], Some(_)) => Shape::Object,
        (["applications"], None) => Shape::List,
        (["applications", list], None) if wanted.contains(list) => Shape::List,
        (["applications", list], Some(_)) if wanted.contains(list) => Shape::Whole,
        _ => Shape::Skip,
    };
    // The walk wants the report while entities are added, so the builder gives it back after each.
    let mut report = std::mem::take(&mut reader.builder.report);
    pass(payload, &mut report, &shape, &mut |path, value, report| {
        let number = path.0.iter().find_map(|step| match step {
            crate::walk::Step::Index(index) => Some(*index),
            crate::walk::Step::Key(_) => None,
        });
        let Some(application) = number.and_then(|number| reader.applications.get_mut(number)) else { return };
        std::mem::swap(&mut reader.builder.report, report);
        take(&mut reader.builder, application, path, value);
        std::mem::swap(&mut reader.builder.report, report);
    });
    reader.builder.report = report;
}

/// Reads groups, roles, resources and credentials.
pub(super) fn read_targets(reader: &mut Reader, payload: &[u8]) {
    let mut parents: Vec<(Slot, usize, Path, Vec<String>)> = Vec::new();
    lists(
        payload,
        &["local_groups", "local_roles", "resources", "local_access_creds"],
        reader,
        &mut |builder, application, path, value| match path.keys().nth(1) {
            Some("local_groups") => {
                if let Some((slot, groups)) = application.group(builder, path, value) {
                    let number = path.0.get(1).map_or(0, |step| match step {
                        crate::walk::Step::Index(index) => *index,
                        crate::walk::Step::Key(_) => 0,
                    });
                    if !groups.is_empty() {
                        parents.push((slot, number, path.clone(), groups));
                    }
                }
            }
            Some("local_roles") => application.role(builder, path, value),
            Some("resources") => application.resource(builder, path, value),
            _ => {
                application.credential(builder, path, value);
            }
        },
    );
    for (slot, number, path, groups) in parents {
        let Some(application) = reader.applications.get(number) else { continue };
        application.join(&mut reader.builder, slot, &path.field("groups"), &groups);
    }
}

/// Reads users and agents.
pub(super) fn read_holders(reader: &mut Reader, payload: &[u8]) {
    let mut models = 0_usize;
    let wanted = ["local_users", "local_agents", "local_models"];
    lists(payload, &wanted, reader, &mut |builder, application, path, value| match path.keys().nth(1) {
        Some("local_users") => application.user(builder, path, value),
        Some("local_agents") => application.agent(builder, path, value),
        _ => models += 1,
    });
    if models > 0 {
        reader.builder.report.warn(&"applications", format_args!("{models} models ignored: they hold no access"));
    }
}

/// The id of an entity: `id`, else `name`; and its name.
fn id_and_name(fields: &mut Fields<'_>, report: &mut Report) -> Option<(String, String)> {
    let name = fields.required("name", report);
    let id = fields.text("id", report);
    let name = name?;
    let id = id.unwrap_or_else(|| name.clone());
    if id.len() > MAX_ID {
        fields.fault("id", format_args!("longer than {MAX_ID} bytes"), report);
        return None;
    }
    Some((id, name))
}

/// `is_active` as a status.
fn status(fields: &mut Fields<'_>, report: &mut Report) -> Option<Value> {
    let active = fields.flag("is_active", report)?;
    Some(Value::Text(if active { "active" } else { "inactive" }.to_owned()))
}

type Attributes = BTreeMap<String, Value>;

fn put(attributes: &mut Attributes, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        attributes.insert(name.to_owned(), value);
    }
}

impl Application {
    fn node(&self, family: Family, local: &str, name: String) -> Node {
        let mut node = Node::new(family, format!("{}{local}", self.prefix));
        node.name = name;
        if matches!(family, Family::Account | Family::Role | Family::Resource) {
            node.attributes.insert("application_id".to_owned(), Value::Text(self.id.clone()));
        }
        node
    }

    /// Puts an entity into groups, by id or name.
    fn join(&self, builder: &mut Builder, slot: Slot, place: &Path, groups: &[String]) {
        for name in groups {
            match self.groups.find(name) {
                Ok(group) if group == slot => {
                    builder.report.warn(place, "a group cannot contain itself, ignored");
                }
                Ok(group) => {
                    builder.edge(slot, group, 0, Origin::DERIVED);
                }
                Err(miss) => builder.report.warn(place, format_args!("{}, ignored", miss.of("group", name))),
            }
        }
    }

    fn group(&mut self, builder: &mut Builder, path: &Path, value: Json) -> Option<(Slot, Vec<String>)> {
        let report = &mut builder.report;
        let mut fields = Fields::new(path, value, report)?;
        let (id, name) = id_and_name(&mut fields, report)?;
        let mut node = self.node(Family::Group, &id, name.clone());
        put(&mut node.attributes, "identities", fields.list("identities", report));
        put(&mut node.attributes, "created_at", time("created_at", &mut fields, report));
        let groups = fields.texts("groups", report).unwrap_or_default();
        node.attributes.extend(self.definitions.properties("local_group_properties", &mut fields, report));
        node.attributes.extend(tags_and_owners(&mut fields, report));
        lift(&mut node);
        let slot = builder.add(path, node)?;
        self.groups.add(&id, &name, slot);
        Some((slot, groups))
    }

    fn role(&mut self, builder: &mut Builder, path: &Path, value: Json) {
        let report = &mut builder.report;
        let Some(mut fields) = Fields::new(path, value, report) else { return };
        let Some((id, name)) = id_and_name(&mut fields, report) else { return };
        let mut node = self.node(Family::Role, &id, name.clone());
        node.attributes.extend(self.definitions.properties("local_role_properties", &mut fields, report));
        node.attributes.extend(tags_and_owners(&mut fields, report));
        let permissions = fields.texts("permissions", report).unwrap_or_default();
        let nested = fields.texts("roles", report).unwrap_or_default();
        lift(&mut node);
        let Some(slot) = builder.add(path, node) else { return };
        self.role_names.add(&id, &name, self.roles.len());
        self.roles.push(Role::new(slot, path.clone(), permissions, nested));
    }

    fn credential(&mut self, builder: &mut Builder, path: &Path, value: Json) {
        let report = &mut builder.report;
        let Some(mut fields) = Fields::new(path, value, report) else { return };
        let id = fields.required("id", report);
        let Some((_, name)) = id_and_name(&mut fields, report) else { return };
        let Some(id) = id else { return };
        let mut node = self.node(Family::Account, &format!("cred/{id}"), name.clone());
        "AccessCredential".clone_into(&mut node.node_type);
        put(&mut node.attributes, "account_type", Some(Value::Text("service".to_owned())));
        put(&mut node.attributes, "status", status(&mut fields, report));
        put(&mut node.attributes, "created_at", time("created_at", &mut fields, report));
        put(&mut node.attributes, "expires_at", time("expires_at", &mut fields, report));
        put(&mut node.attributes, "last_login_at", time("last_used_at", &mut fields, report));
        put(&mut node.attributes, "can_expire", fields.flag("can_expire", report).map(Value::Bool));
        node.attributes.extend(self.definitions.properties("local_access_creds_properties", &mut fields, report));
        node.attributes.extend(tags_and_owners(&mut fields, report));
        lift(&mut node);
        if let Some(slot) = builder.add(path, node) {
            self.credentials.add(&id, &name, slot);
        }
    }

    fn user(&mut self, builder: &mut Builder, path: &Path, value: Json) {
        let report = &mut builder.report;
        let Some(mut fields) = Fields::new(path, value, report) else { return };
        let Some((id, name)) = id_and_name(&mut fields, report) else { return };
        let mut node = self.node(Family::Account, &id, name.clone());
        let attributes = &mut node.attributes;
        put(attributes, "email", fields.text("email", report).map(Value::Text));
        put(attributes, "identities", fields.list("identities", report));
        put(attributes, "status", status(&mut fields, report));
        for (field, name) in [
            ("created_at", "created_at"),
            ("last_login_at", "last_login_at"),
            ("deactivated_at", "deactivated_at"),
            ("password_last_changed_at", "password_changed_at"),
        ] {
            put(attributes, name, time(field, &mut fields, report));
        }
        let service = fields.text("user_type", report).is_some_and(|kind| kind.eq_ignore_ascii_case("service_account"));
        let kind = if service { "service" } else { "user" };
        attributes.insert("account_type".to_owned(), Value::Text(kind.to_owned()));
        attributes.extend(self.definitions.properties("local_user_properties", &mut fields, report));
        attributes.extend(tags_and_owners(&mut fields, report));
        let groups = fields.texts("groups", report).unwrap_or_default();
        let credentials = fields.texts("access_creds", report).unwrap_or_default();
        lift(&mut node);
        let Some(slot) = builder.add(path, node) else { return };
        self.users.add(&id, &name, slot);
        self.join(builder, slot, &path.field("groups"), &groups);
        self.hand_over(builder, slot, &path.field("access_creds"), &credentials);
    }

    fn agent(&mut self, builder: &mut Builder, path: &Path, value: Json) {
        let report = &mut builder.report;
        let Some(mut fields) = Fields::new(path, value, report) else { return };
        let Some((id, name)) = id_and_name(&mut fields, report) else { return };
        let mut node = self.node(Family::Account, &format!("agent/{id}"), name.clone());
        "Agent".clone_into(&mut node.node_type);
        let attributes = &mut node.attributes;
        attributes.insert("account_type".to_owned(), Value::Text("service".to_owned()));
        put(attributes, "status", status(&mut fields, report));
        put(attributes, "created_at", time("created_at", &mut fields, report));
        put(attributes, "ai_platform", fields.text("ai_platform", report).map(Value::Text));
        put(attributes, "ai_agent_publisher", fields.text("ai_agent_publisher", report).map(Value::Text));
        attributes.extend(self.definitions.properties("local_agent_properties", &mut fields, report));
        attributes.extend(tags_and_owners(&mut fields, report));
        let groups = fields.texts("groups", report).unwrap_or_default();
        let credentials = fields.texts("access_creds", report).unwrap_or_default();
        lift(&mut node);
        let Some(slot) = builder.add(path, node) else { return };
        self.agents.add(&id, &name, slot);
        self.join(builder, slot, &path.field("groups"), &groups);
        self.hand_over(builder, slot, &path.field("access_creds"), &credentials);
    }

    /// Lets credentials belong to the person behind an account: they get the identities it is matched by.
    fn hand_over(&self, builder: &mut Builder, account: Slot, place: &Path, credentials: &[String]) {
        if credentials.is_empty() {
            return;
        }
        let holder = builder.node(account);
        let mut words: Vec<String> = holder.map(|node| node.list("identities").to_vec()).unwrap_or_default();
        words.extend(holder.and_then(|node| node.text("email")).map(str::to_owned));
        for name in credentials {
            let found = self.credentials.find(name);
            if let Err(miss) = &found {
                builder.report.warn(place, format_args!("{}, ignored", miss.of("access credential", name)));
            }
            let Some(credential) = found.ok().and_then(|slot| builder.node_mut(slot)) else { continue };
            let mut held = credential.list("identities").to_vec();
            held.extend(words.iter().cloned());
            held.sort_unstable();
            held.dedup();
            held.truncate(MAX_LIST);
            put(&mut credential.attributes, "identities", Some(Value::List(held)).filter(|_| !words.is_empty()));
        }
    }

    fn resource(&mut self, builder: &mut Builder, path: &Path, value: Json) {
        let Self { resources, definitions, prefix, id, .. } = self;
        resources.read(builder, definitions, prefix, id, path, value);
    }

    /// The account of an IdP identity, made when it is seen first.
    pub(super) fn idp_identity(&mut self, builder: &mut Builder, place: &Path, identity: &str) -> Option<Slot> {
        if let Ok(slot) = self.idp.find(identity) {
            return Some(slot);
        }
        let mut node = self.node(Family::Account, &format!("idp/{identity}"), identity.to_owned());
        "IdpIdentity".clone_into(&mut node.node_type);
        node.attributes.insert("account_type".to_owned(), Value::Text("user".to_owned()));
        node.attributes.insert("identities".to_owned(), Value::List(vec![identity.to_owned()]));
        if identity.contains('@') {
            node.attributes.insert("email".to_owned(), Value::Text(identity.to_owned()));
        }
        let slot = builder.add(place, node)?;
        self.idp.add(identity, identity, slot);
        Some(slot)
    }
}
