//! Directories that identity providers keep up to date: users become people and the accounts they sign in with.

use domain::inventory::{Family, Node, Value};
use jiff::Timestamp;

use crate::builder::{Builder, Origin};
use crate::limits::MAX_NAME;
use crate::report::Faults;
use crate::{DataSource, Parsed};

/// A user of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Its id in the directory.
    pub id: String,
    /// What it signs in with.
    pub user_name: String,
    /// Its id at the client.
    pub external_id: Option<String>,
    /// The full name.
    pub name: Option<String>,
    /// E-mail addresses, the one to use first.
    pub emails: Vec<String>,
    /// Whether it may sign in.
    pub is_active: Option<bool>,
    /// The job title.
    pub title: Option<String>,
    /// How it belongs to the company.
    pub user_type: Option<String>,
    /// The department.
    pub department: Option<String>,
    /// The division.
    pub division: Option<String>,
    /// The company.
    pub organization: Option<String>,
    /// Who pays.
    pub cost_center: Option<String>,
    /// The number in the human resources.
    pub employee_number: Option<String>,
    /// The id of the manager's user, which need not be known yet.
    pub manager: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A group of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its id in the directory.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its id at the client.
    pub external_id: Option<String>,
    /// The users in it, by their ids; those that are not there are passed over.
    pub users: Vec<String>,
    /// The groups in it, likewise.
    pub groups: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The picture of a directory.
///
/// # Errors
///
/// A limit passed.
pub fn picture(source: &DataSource<'_>, people: Vec<Person>, groups: Vec<Group>) -> Result<Parsed, Faults> {
    let mut builder = Builder::new();
    let prefix = format!("{}:", source.id);
    let mut home = Node::new(Family::Application, format!("{prefix}directory"));
    source.name.clone_into(&mut home.name);
    put(&mut home, "platform", Some(Value::Text(PLATFORM.to_owned())));
    let application = home.id.clone();
    builder.add(&"directory", home);
    let mut managers = Vec::new();
    for person in people {
        let place = person.id.clone();
        let id = format!("{prefix}{}", person.id);
        managers.extend(person.manager.clone().map(|manager| (id.clone(), manager)));
        builder.add(&place, account(&person, &id, &application));
        builder.add(&place, identity(person, &id));
    }
    for (id, manager) in managers {
        let known = builder.find(Family::Identity, &format!("{prefix}{manager}")).is_some();
        let manager = if known { format!("{prefix}{manager}") } else { manager };
        let slot = builder.find(Family::Identity, &id);
        if let Some(node) = slot.and_then(|slot| builder.node_mut(slot)) {
            node.attributes.insert("manager_id".to_owned(), Value::Text(manager));
        }
    }
    for group in &groups {
        let mut node = Node::new(Family::Group, format!("{prefix}{}", group.id));
        node.name = name(&group.name);
        put(&mut node, "external_id", group.external_id.clone().map(Value::Text));
        put(&mut node, "created_at", Some(Value::Time(group.created_at)));
        builder.add(&group.id, node);
    }
    for group in &groups {
        let Some(target) = builder.find(Family::Group, &format!("{prefix}{}", group.id)) else { continue };
        let members = group.users.iter().map(|id| (Family::Account, id));
        for (family, id) in members.chain(group.groups.iter().map(|id| (Family::Group, id))) {
            if let Some(member) = builder.find(family, &format!("{prefix}{id}")) {
                builder.edge(member, target, 0, Origin::DERIVED);
            }
        }
    }
    builder.finish(source.name.to_owned(), PLATFORM.to_owned())
}

/// The product behind the data source, as far as anybody knows.
const PLATFORM: &str = "SCIM";

fn put(node: &mut Node, name: &str, value: Option<Value>) {
    node.attributes.extend(value.map(|value| (name.to_owned(), value)));
}

/// What of a name fits into a picture. Directories may hold longer ones, and one of them must not keep all others out.
fn name(text: &str) -> String {
    text.get(..text.floor_char_boundary(MAX_NAME)).unwrap_or(text).to_owned()
}

fn status(is_active: Option<bool>) -> Option<Value> {
    is_active.map(|active| Value::Text(if active { "active" } else { "inactive" }.to_owned()))
}

/// The account to sign in with.
fn account(person: &Person, id: &str, application: &str) -> Node {
    let mut node = Node::new(Family::Account, id);
    node.name = name(&person.user_name);
    let text = |value: &Option<String>| value.clone().map(Value::Text);
    put(&mut node, "application_id", Some(Value::Text(application.to_owned())));
    put(&mut node, "account_type", Some(Value::Text("user".to_owned())));
    put(&mut node, "owner_id", Some(Value::Text(id.to_owned())));
    put(&mut node, "display_name", text(&person.name));
    put(&mut node, "email", person.emails.first().cloned().map(Value::Text));
    put(&mut node, "title", text(&person.title));
    put(&mut node, "department", text(&person.department));
    put(&mut node, "status", status(person.is_active));
    put(&mut node, "external_id", text(&person.external_id));
    put(&mut node, "created_at", Some(Value::Time(person.created_at)));
    node
}

/// The person behind it.
fn identity(person: Person, id: &str) -> Node {
    let mut node = Node::new(Family::Identity, id);
    let Person { user_name, external_id, name: full_name, emails, is_active, title, user_type, .. } = person;
    node.name = name(full_name.as_ref().unwrap_or(&user_name));
    let mut emails = emails.into_iter();
    put(&mut node, "user_name", Some(Value::Text(user_name)));
    put(&mut node, "email", emails.next().map(Value::Text));
    let more: Vec<String> = emails.collect();
    put(&mut node, "alternative_emails", Some(more).filter(|more| !more.is_empty()).map(Value::List));
    put(&mut node, "is_active", is_active.map(Value::Bool));
    put(&mut node, "status", status(is_active));
    for (name, value) in [
        ("external_id", external_id),
        ("title", title),
        ("owner_type", user_type),
        ("department", person.department),
        ("division", person.division),
        ("company", person.organization),
        ("cost_center", person.cost_center),
        ("employee_number", person.employee_number),
    ] {
        put(&mut node, name, value.map(Value::Text));
    }
    node
}
