//! Resources inside resources, and the dotted keys that assignments name them by.

use std::collections::HashMap;

use domain::inventory::{Family, Node, Value};
use serde_json::Value as Json;

use super::definitions::{Definitions, lift, tags_and_owners};
use crate::builder::{Builder, Slot};
use crate::fields::Fields;
use crate::limits::{MAX_DEPTH, MAX_ID};
use crate::names::{Miss, Spellings};
use crate::walk::Path;

/// One resource.
pub(super) struct Resource {
    pub(super) slot: Slot,
    /// Its type in lower case.
    pub(super) kind: String,
    /// The key as assignments write it.
    pub(super) key: String,
    /// Lengths of the parts of the key, for telling `a.b` from `a` and `b`.
    parts: Vec<usize>,
    /// Where the resources below it end: they follow it directly.
    end: usize,
}

/// All resources of an application, each followed by what lies below it.
pub(super) struct Resources {
    all: Vec<Resource>,
    /// By key. Names with dots can make one key of several resources: then the one whose first parts are longest, where a
    /// walk ends that tries the longest name first.
    by_key: HashMap<String, usize>,
    spellings: Spellings,
}

/// What a resource below another one gets from it.
struct Above {
    id: String,
    key: String,
    parts: Vec<usize>,
}

impl Resources {
    pub(super) fn new() -> Self {
        Self { all: Vec::new(), by_key: HashMap::new(), spellings: Spellings::default() }
    }

    pub(super) fn get(&self, index: usize) -> Option<&Resource> {
        self.all.get(index)
    }

    /// All resources, with their numbers.
    pub(super) fn all(&self) -> impl Iterator<Item = (usize, &Resource)> {
        self.all.iter().enumerate()
    }

    /// What lies below a resource.
    pub(super) fn below(&self, index: usize) -> impl Iterator<Item = &Resource> {
        let end = self.all.get(index).map_or(index, |found| found.end);
        self.all.get(index + 1..end).unwrap_or_default().iter()
    }

    /// The resource of a key, in whatever letter case where none has it as it is spelled.
    pub(super) fn find(&self, key: &str) -> Result<usize, Miss> {
        if let Some(found) = self.by_key.get(key) {
            return Ok(*found);
        }
        self.spellings.find(key).and_then(|spelled| self.by_key.get(spelled).copied().ok_or(Miss::Unknown))
    }

    /// Adds a resource, which answers to its key.
    fn enter(&mut self, resource: Resource) {
        let index = self.all.len();
        let parts = |index: usize| self.all.get(index).map(|found| found.parts.as_slice()).unwrap_or_default();
        let held = self.by_key.get(&resource.key).copied();
        if held.is_none_or(|held| parts(held) <= resource.parts.as_slice()) {
            self.by_key.insert(resource.key.clone(), index);
        }
        self.spellings.add(&resource.key);
        self.all.push(resource);
    }

    /// Reads a top-level resource with everything below it.
    pub(super) fn read(
        &mut self,
        builder: &mut Builder,
        definitions: &Definitions,
        prefix: &str,
        application: &str,
        path: &Path,
        value: Json,
    ) {
        let context = Context { definitions, prefix, application };
        self.read_one(builder, &context, path, value, None);
    }

    fn read_one(
        &mut self,
        builder: &mut Builder,
        context: &Context<'_>,
        path: &Path,
        value: Json,
        above: Option<&Above>,
    ) {
        let report = &mut builder.report;
        let Some(mut fields) = Fields::new(path, value, report) else { return };
        let (name, kind) = (fields.required("name", report), fields.required("resource_type", report));
        let id = fields.text("id", report);
        let description = fields.text("description", report);
        let (Some(name), Some(kind)) = (name, kind) else { return };
        let own = id.as_deref().unwrap_or(&name);
        let parts: Vec<usize> =
            above.map(|above| above.parts.as_slice()).unwrap_or_default().iter().copied().chain([own.len()]).collect();
        // Dots inside a name are escaped in the id, so that two resources never share one.
        let escaped = own.replace('\\', "\\\\").replace('.', "\\.");
        let (key, id) = match above {
            None => (own.to_owned(), format!("{}{escaped}", context.prefix)),
            Some(above) => (format!("{}.{own}", above.key), format!("{}.{escaped}", above.id)),
        };
        if parts.len() > MAX_DEPTH || key.len() > MAX_ID {
            report.fault(path, format_args!("lies deeper than {MAX_DEPTH} levels, or its key passes {MAX_ID} bytes"));
            return;
        }
        let mut node = Node::new(Family::Resource, id.clone());
        node.name = name;
        node.node_type = kind.replace('/', "-");
        let kind_key = kind.to_lowercase();
        let attributes = &mut node.attributes;
        attributes.extend(context.definitions.properties(&format!("resource:{kind_key}"), &mut fields, report));
        attributes.extend(tags_and_owners(&mut fields, report));
        let texts = [
            ("application_id", Some(context.application.to_owned())),
            ("description", description),
            ("parent_id", above.map(|above| above.id.clone())),
            ("resource_type", Some(kind)),
        ];
        attributes.extend(texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), Value::Text(text?)))));
        let below = fields.objects("sub_resources", report);
        lift(&mut node);
        let Some(slot) = builder.add(path, node) else { return };
        let index = self.all.len();
        self.enter(Resource { slot, kind: kind_key, key: key.clone(), parts: parts.clone(), end: index + 1 });
        let above = Above { id, key, parts };
        for (path, value) in below {
            self.read_one(builder, context, &path, value, Some(&above));
        }
        let end = self.all.len();
        if let Some(resource) = self.all.get_mut(index) {
            resource.end = end;
        }
    }
}

/// What is the same for all resources of an application.
struct Context<'a> {
    definitions: &'a Definitions,
    prefix: &'a str,
    application: &'a str,
}
