//! The application template: what is read when, and what is known in between.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};

use domain::inventory::{Family, Node, Value};
use serde_json::Value as Json;

use super::definitions::{Definitions, lift, tags_and_owners};
use super::known::{Application, Permission, Reader};
use super::resources::Resources;
use super::{Pass, assignments, entities};
use crate::builder::Builder;
use crate::fields::Fields;
use crate::limits::MAX_LABEL;
use crate::names::{Directory, Miss, Names};
use crate::permissions::{UNCATEGORIZED, effective};
use crate::report::{Faults, Report};
use crate::walk::{self, Path, Shape};
use crate::{DataSource, Parsed};

pub(super) fn parse(source: &DataSource<'_>, payload: &[u8]) -> Result<Parsed, Faults> {
    let mut head = Head::default();
    let mut report = Report::default();
    head.read(payload, &mut report);
    if head.applications.is_empty() && !report.failed() {
        report.fault(&"applications", "must hold at least one application");
    }
    let mut reader = Reader {
        builder: Builder::new(),
        applications: Vec::new(),
        names: Names::new(),
        permissions: Vec::new(),
        permission_names: Names::new(),
    };
    reader.builder.report = report;
    let platform = head.applications.first().map(|found| found.kind.clone()).unwrap_or_default();
    reader.open(source, head);
    if reader.builder.report.failed() {
        return reader.builder.finish(source.name.to_owned(), platform);
    }
    entities::read_targets(&mut reader, payload);
    entities::read_holders(&mut reader, payload);
    reader.connect_roles();
    assignments::read(&mut reader, payload);
    reader.finish_roles();
    reader.builder.finish(source.name.to_owned(), platform)
}

/// What has to be known before anything else.
#[derive(Default)]
struct Head {
    definitions: HashMap<String, Definitions>,
    applications: Vec<AppHead>,
    permissions: Vec<Permission>,
}

/// An application without what lives in it.
#[derive(Default)]
struct AppHead {
    name: Option<String>,
    kind: String,
    fields: BTreeMap<String, Json>,
}

impl Head {
    fn read(&mut self, payload: &[u8], report: &mut Report) {
        const OWN: [&str; 6] = ["name", "application_type", "description", "tags", "owners", "custom_properties"];
        let shape = |names: &[&str], index: Option<usize>| match (names, index) {
            ([], _) | (["custom_property_definition"], _) | (["applications"], Some(_)) => Shape::Object,
            (["applications" | "permissions"] | ["custom_property_definition", "applications"], None) => Shape::List,
            (["permissions"] | ["custom_property_definition", "applications"], Some(_)) => Shape::Whole,
            (["applications", field], _) if OWN.contains(field) => Shape::Whole,
            _ => Shape::Skip,
        };
        // Also an application without any field that is read here must be missed.
        let count = Cell::new(0);
        let mut enter = |path: &Path| {
            if path.keys().eq(["applications"]) {
                count.set(path.index().map_or(0, |index| index + 1));
            }
        };
        let mut take = |path: &Path, value: Json, report: &mut Report| {
            let names: Vec<&str> = path.keys().collect();
            match names.as_slice() {
                ["permissions"] => self.permission(path, value, report),
                ["applications", field] => {
                    let index = path.index().unwrap_or_default();
                    self.applications.resize_with(count.get(), AppHead::default);
                    if let Some(application) = self.applications.get_mut(index) {
                        application.fields.insert((*field).to_owned(), value);
                    }
                }
                _ => {
                    let kind = value.get("application_type").and_then(Json::as_str).unwrap_or_default().to_lowercase();
                    let definitions = Definitions::read(path, value, report);
                    self.definitions.insert(kind, definitions);
                }
            }
        };
        walk::walk(payload, &mut Pass { enter: &mut enter, shape: &shape, take: &mut take, report });
        self.applications.resize_with(count.get(), AppHead::default);
        for (index, application) in self.applications.iter_mut().enumerate() {
            let path = Path::default().field("applications").entry(index);
            let own: serde_json::Map<_, _> =
                ["name", "application_type"].iter().filter_map(|name| application.fields.remove_entry(*name)).collect();
            let Some(mut fields) = Fields::new(&path, Json::Object(own), report) else { continue };
            application.name = fields.required("name", report);
            application.kind = fields.required("application_type", report).unwrap_or_default();
        }
    }

    fn permission(&mut self, path: &Path, value: Json, report: &mut Report) {
        let Some(mut fields) = Fields::new(path, value, report) else { return };
        let name = fields.required("name", report);
        let mut meanings = Vec::new();
        for canonical in fields.texts("permission_type", report).unwrap_or_default() {
            meanings.push(effective(&canonical).unwrap_or_else(|| {
                fields.warn("permission_type", format_args!("unknown permission `{canonical}`, Uncategorized"), report);
                UNCATEGORIZED
            }));
        }
        if meanings.is_empty() {
            meanings.push(UNCATEGORIZED);
        }
        let apply_to_sub_resources = fields.flag("apply_to_sub_resources", report).unwrap_or(false);
        let resource_types = fields.texts("resource_types", report).unwrap_or_default();
        let Some(name) = name else { return };
        if name.len() > MAX_LABEL {
            fields.fault("name", format_args!("longer than {MAX_LABEL} bytes"), report);
        }
        self.permissions.push(Permission {
            name,
            effective: meanings.into_iter().map(str::to_owned).collect(),
            apply_to_sub_resources,
            resource_types: resource_types.iter().map(|found| found.to_lowercase()).collect(),
        });
    }
}

impl Reader {
    /// Adds the applications themselves, and makes room for what lives in them.
    fn open(&mut self, source: &DataSource<'_>, head: Head) {
        for (number, permission) in head.permissions.iter().enumerate() {
            if self.permission_names.exact(&permission.name) != Err(Miss::Unknown) {
                let place = format!("permissions[{number}].name");
                self.builder.report.fault(&place, format_args!("`{}` is defined twice", permission.name));
            }
            self.permission_names.add(&permission.name, &permission.name, number);
        }
        self.permissions = head.permissions;
        let several = head.applications.len() > 1;
        for (index, application) in head.applications.into_iter().enumerate() {
            let AppHead { name, kind, fields } = application;
            let path = Path::default().field("applications").entry(index);
            let report = &mut self.builder.report;
            let Some(mut fields) = Fields::new(&path, Json::Object(fields.into_iter().collect()), report) else {
                continue;
            };
            let Some(name) = name else { continue };
            let definitions = head.definitions.get(&kind.to_lowercase()).cloned().unwrap_or_default();
            let mut node = Node::new(Family::Application, format!("{}:{name}", source.id));
            node.name.clone_from(&name);
            let description = fields.text("description", report);
            node.attributes.extend(description.map(|text| ("description".to_owned(), Value::Text(text))));
            node.attributes.extend(definitions.properties("application_properties", &mut fields, report));
            node.attributes.extend(tags_and_owners(&mut fields, report));
            node.attributes.insert("platform".to_owned(), Value::Text(kind));
            let id = node.id.clone();
            let prefix = if several { format!("{}:{name}/", source.id) } else { format!("{}:", source.id) };
            lift(&mut node);
            let Some(slot) = self.builder.add(&path, node) else { continue };
            self.names.add(&name, &name, self.applications.len());
            self.applications.push(Application {
                slot,
                id,
                prefix,
                definitions,
                users: Directory::new(),
                groups: Directory::new(),
                credentials: Directory::new(),
                agents: Directory::new(),
                idp: Names::new(),
                roles: Vec::new(),
                role_names: Directory::new(),
                resources: Resources::new(),
                scoped: HashMap::new(),
            });
        }
    }
}
