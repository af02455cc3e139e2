//! The HRIS template: employees with their managers, and the departments, teams and cost centres they are in.
//!
//! An employee is a person, not an account: nobody signs in with a record of the human resources. What a group says goes
//! to the people in it, as `department`, `cost_center` and `groups`.

use domain::inventory::{Family, Node, Value};
use serde_json::Value as Json;

use super::definitions::{Definitions, lift, tags_and_owners, time};
use super::{Building, pass, walk_lists};
use crate::builder::{Builder, Slot};
use crate::fields::Fields;
use crate::limits::MAX_LIST;
use crate::names::{Miss, Names};
use crate::report::{Faults, Report};
use crate::walk::{Path, Shape};
use crate::{DataSource, Parsed};

/// Texts that are kept as they are: the field, and the attribute that it becomes.
const TEXTS: [(&str, &str); 11] = [
    ("username", "user_name"),
    ("email", "email"),
    ("idp_id", "idp_id"),
    ("company", "company"),
    ("preferred_name", "preferred_name"),
    ("canonical_name", "canonical_name"),
    ("job_title", "title"),
    ("home_location", "home_location"),
    ("work_location", "work_location"),
    ("primary_time_zone", "time_zone"),
    ("personal_email", "personal_email"),
];

/// The payload as far as it has been read.
struct Reader {
    builder: Builder,
    definitions: Definitions,
    /// The prefix of every id, with the colon.
    prefix: String,
    /// Groups by their ids, as places in their names.
    groups: Names<usize>,
    group_names: Vec<String>,
    /// People by their ids.
    people: Names<Slot>,
    /// People that have managers: slot, place and the managers' ids.
    managers: Vec<(Slot, Path, Vec<String>)>,
}

pub(super) fn parse(source: &DataSource<'_>, payload: &[u8]) -> Result<Parsed, Faults> {
    let mut reader = Reader {
        builder: Builder::new(),
        definitions: Definitions::default(),
        prefix: format!("{}:", source.id),
        groups: Names::new(),
        group_names: Vec::new(),
        people: Names::new(),
        managers: Vec::new(),
    };
    let platform = reader.head(payload);
    walk_lists(&mut reader, payload, &["groups"], Reader::group);
    walk_lists(&mut reader, payload, &["employees"], Reader::employee);
    reader.link_managers();
    reader.builder.finish(source.name.to_owned(), platform)
}

impl Building for Reader {
    fn builder(&mut self) -> &mut Builder {
        &mut self.builder
    }
}

impl Reader {
    /// Reads everything but the lists. Answers the type of the system.
    fn head(&mut self, payload: &[u8]) -> String {
        let shape = |names: &[&str], _: Option<usize>| match names {
            [] => Shape::Object,
            ["name" | "hris_type" | "system" | "custom_property_definition"] => Shape::Whole,
            _ => Shape::Skip,
        };
        let mut own = serde_json::Map::new();
        let mut report = std::mem::take(&mut self.builder.report);
        pass(payload, &mut report, &shape, &mut |path, value, report| match path.keys().next() {
            Some("custom_property_definition") => self.definitions = Definitions::read(path, value, report),
            Some(name) => {
                own.insert(name.to_owned(), value);
            }
            None => {}
        });
        let root = Path::default();
        let kind = Fields::new(&root, Json::Object(own), &mut report).and_then(|mut fields| {
            let name = fields.required("name", &mut report);
            let kind = fields.required("hris_type", &mut report);
            if let Some(system) = fields.take("system") {
                let at = root.field("system");
                let system = Fields::new(&at, system, &mut report);
                let _ = system.map(|mut system| system.text("name", &mut report));
            }
            name.and(kind)
        });
        self.builder.report = report;
        kind.unwrap_or_default()
    }

    fn group(&mut self, path: &Path, value: Json) {
        let report = &mut self.builder.report;
        let Some(mut fields) = Fields::new(path, value, report) else { return };
        let (id, name) = (fields.required("id", report), fields.required("name", report));
        fields.text("group_type", report);
        // Only to say what is not defined: nothing is kept of a group but its name.
        self.definitions.properties("group_properties", &mut fields, report);
        let (Some(id), Some(name)) = (id, name) else { return };
        if self.groups.exact(&id) != Err(Miss::Unknown) {
            fields.fault("id", format_args!("group `{id}` is defined twice"), report);
        }
        self.groups.add(&id, &id, self.group_names.len());
        self.group_names.push(name);
    }

    fn employee(&mut self, path: &Path, value: Json) {
        let report = &mut self.builder.report;
        let Some(mut fields) = Fields::new(path, value, report) else { return };
        let needed = ["id", "name", "employee_number", "first_name", "last_name", "employment_status"];
        let [id, name, number, first, last, status] = needed.map(|name| fields.required(name, report));
        let active = required_flag("is_active", &mut fields, report);
        let full_name = fields.text("display_full_name", report);
        let managers = references("managers", &mut fields, report);
        let (Some(id), Some(name)) = (id, name) else { return };
        let mut node = Node::new(Family::Identity, format!("{}{id}", self.prefix));
        node.name = full_name.unwrap_or(name);
        let texts = [("employee_number", number), ("first_name", first), ("last_name", last)];
        for (name, value) in texts.into_iter().chain(TEXTS.map(|(field, name)| (name, fields.text(field, report)))) {
            node.attributes.extend(value.map(|value| (name.to_owned(), Value::Text(value))));
        }
        standing(&mut node, status, active);
        for (field, name) in [("start_date", "start_date"), ("termination_date", "end_date")] {
            node.attributes.extend(time(field, &mut fields, report).map(|value| (name.to_owned(), value)));
        }
        let types = fields.list("employment_types", report);
        node.attributes.extend(types.map(|types| ("employment_types".to_owned(), types)));
        self.places(&mut node, &mut fields);
        let report = &mut self.builder.report;
        node.attributes.extend(self.definitions.properties("employee_properties", &mut fields, report));
        node.attributes.extend(tags_and_owners(&mut fields, report));
        derived(&mut node);
        lift(&mut node);
        let Some(slot) = self.builder.add(path, node) else { return };
        self.people.add(&id, &id, slot);
        if !managers.is_empty() {
            self.managers.push((slot, path.field("managers"), managers));
        }
    }

    /// The groups that a person is in, by their names.
    fn places(&mut self, node: &mut Node, fields: &mut Fields<'_>) {
        let report = &mut self.builder.report;
        for name in ["department", "cost_center"] {
            let Some(id) = reference(name, fields, report) else { continue };
            let group = self.groups.find(&id).map(|group| self.group_names.get(group).cloned());
            if let Err(miss) = &group {
                fields.warn(name, format_args!("{}, kept as it is", miss.of("group", &id)), report);
            }
            node.attributes.insert(name.to_owned(), Value::Text(group.ok().flatten().unwrap_or(id)));
        }
        let mut groups = Vec::new();
        for id in references("groups", fields, report) {
            match self.groups.find(&id) {
                Ok(group) if groups.len() < MAX_LIST => groups.extend(self.group_names.get(group).cloned()),
                Ok(_) => {}
                Err(miss) => fields.warn("groups", format_args!("{}, ignored", miss.of("group", &id)), report),
            }
        }
        if !groups.is_empty() {
            node.attributes.insert("groups".to_owned(), Value::List(groups));
        }
    }

    /// The first manager counts. Managers are employees of the same payload; others are kept as they are, with a warning.
    fn link_managers(&mut self) {
        for (slot, path, managers) in std::mem::take(&mut self.managers) {
            let mut found = Vec::with_capacity(managers.len());
            for manager in managers {
                let known = self.people.find(&manager);
                if let Err(miss) = &known {
                    let remark = format_args!("{}, kept as it is", miss.of("employee", &manager));
                    self.builder.report.warn(&path, remark);
                }
                let known = known.ok().and_then(|slot| self.builder.node(slot)).map(|person| person.id.clone());
                found.push(known.unwrap_or(manager));
            }
            let (Some(node), Some(first)) = (self.builder.node_mut(slot), found.first().cloned()) else { continue };
            node.attributes.insert("manager_id".to_owned(), Value::Text(first));
            if found.len() > 1 {
                node.attributes.insert("manager_ids".to_owned(), Value::List(found));
            }
        }
    }
}

/// Whether somebody still works there: both what the record says in a word and its flag must agree to it.
fn standing(node: &mut Node, status: Option<String>, active: Option<bool>) {
    let status = status.map(|status| status.trim().to_lowercase());
    let word = match (status, active) {
        (Some(status), Some(false)) if status == "active" => Some("inactive".to_owned()),
        (status, _) => status,
    };
    node.attributes.extend(word.map(|word| ("status".to_owned(), Value::Text(word))));
    node.attributes.extend(active.map(|active| ("is_active".to_owned(), Value::Bool(active))));
}

/// What the product reads under a name of its own.
fn derived(node: &mut Node) {
    let location = node.text("work_location").or_else(|| node.text("home_location")).map(str::to_owned);
    node.attributes.extend(location.map(|location| ("location".to_owned(), Value::Text(location))));
    if let Some(personal) = node.attributes.remove("personal_email").and_then(|value| match value {
        Value::Text(text) => Some(text),
        _ => None,
    }) {
        node.attributes.insert("alternative_emails".to_owned(), Value::List(vec![personal]));
    }
}

/// A boolean that must be there.
fn required_flag(name: &str, fields: &mut Fields<'_>, report: &mut Report) -> Option<bool> {
    match fields.take(name) {
        None => {
            fields.fault(name, "is required", report);
            None
        }
        Some(Json::Bool(flag)) => Some(flag),
        Some(Json::String(word)) if word.eq_ignore_ascii_case("true") => Some(true),
        Some(Json::String(word)) if word.eq_ignore_ascii_case("false") => Some(false),
        Some(_) => {
            fields.fault(name, "must be true or false", report);
            None
        }
    }
}

/// The id in `{"id": …}`.
fn reference(name: &str, fields: &mut Fields<'_>, report: &mut Report) -> Option<String> {
    let value = fields.take(name)?;
    let at = fields.path().field(name);
    Fields::new(&at, value, report)?.required("id", report)
}

/// The ids in `[{"id": …}]`.
fn references(name: &str, fields: &mut Fields<'_>, report: &mut Report) -> Vec<String> {
    let mut found = Vec::new();
    for (at, value) in fields.objects(name, report) {
        let Some(mut entry) = Fields::new(&at, value, report) else { continue };
        found.extend(entry.required("id", report));
    }
    found
}
