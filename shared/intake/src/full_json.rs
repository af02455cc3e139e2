//! The full picture: our own JSON, documented for its authors in `docs/inventory.md`.
//!
//! Lists may come in any order, so that references are resolved at the end. Unknown fields are ignored, with a warning
//! per name, because a misspelt `mfa_enabled` would otherwise silently weaken a review.

mod entities;
mod links;
mod places;
mod tree;

use std::cell::Cell;
use std::collections::BTreeMap;

use domain::inventory::{Family, Node, Value};
use serde_json::Value as Json;

use crate::builder::{Builder, Origin, Slot};
use crate::fields::Fields;
use crate::permissions;
use crate::report::{Faults, Report};
use crate::walk::{self, Path, Shape, Sink};
use crate::{DataSource, Parsed};

pub use places::account_places;

/// Reads a full picture.
///
/// # Errors
///
/// Not JSON (place `line:column`), a value of the wrong type, a missing or repeated id, a reference to nothing, or a
/// limit passed (place: path in the document).
pub fn parse(source: &DataSource<'_>, bytes: &[u8]) -> Result<Parsed, Faults> {
    let mut reader = Reader::new();
    walk::walk(bytes, &mut reader);
    let name = reader.name.take().unwrap_or_else(|| source.name.to_owned());
    reader.place(source, &name);
    reader.expand_grants();
    reader.require_something_known();
    reader.warn_of_unknown();
    let platform = reader.platform.take().unwrap_or_default();
    reader.builder.finish(name, platform)
}

/// What a picture is made of.
const LISTS: [&str; 11] = [
    "owners",
    "applications",
    "accounts",
    "groups",
    "roles",
    "resources",
    "classifications",
    "permissions",
    "memberships",
    "role_assignments",
    "grants",
];

/// A grant that also reaches what lies below its target.
struct Wide {
    from: Slot,
    target: Target,
    permissions: u32,
    origin: Origin,
}

/// What a grant leads to.
#[derive(Clone, Copy)]
enum Target {
    Application(Slot),
    Resource(Slot),
}

impl Target {
    fn slot(self) -> Slot {
        match self {
            Self::Application(slot) | Self::Resource(slot) => slot,
        }
    }
}

/// What has been read so far.
struct Reader {
    builder: Builder,
    name: Option<String>,
    platform: Option<String>,
    /// Effective permissions by name, from the list `permissions`.
    meanings: BTreeMap<String, Vec<String>>,
    /// Grants by permission name, kept until the list `permissions` is known for sure.
    grants: Vec<links::Grant>,
    /// Accounts, and then roles, that do not say to which application they belong.
    homeless: Vec<(Slot, usize)>,
    homeless_roles: Vec<Slot>,
    /// All resources.
    resources: Vec<(Slot, usize)>,
    /// The application, when there is just one.
    only_application: Option<String>,
    /// Grants on whole trees.
    wide: Vec<Wide>,
    /// Ignored fields, by `list.field`, with how often.
    unknown: BTreeMap<String, u64>,
    /// Whether there was any list that is known, empty or not.
    listed: Cell<bool>,
}

impl Reader {
    fn new() -> Self {
        Self {
            builder: Builder::new(),
            name: None,
            platform: None,
            meanings: BTreeMap::new(),
            grants: Vec::new(),
            homeless: Vec::new(),
            homeless_roles: Vec::new(),
            resources: Vec::new(),
            only_application: None,
            wide: Vec::new(),
            unknown: BTreeMap::new(),
            listed: Cell::new(false),
        }
    }

    fn note_unknown(&mut self, list: &str, fields: Fields<'_>) {
        // Bounded: an input with a million different names gets no million counters.
        for name in fields.rest() {
            let place = format!("{list}.{name}");
            if self.unknown.len() < 1000 || self.unknown.contains_key(&place) {
                *self.unknown.entry(place).or_default() += 1;
            }
        }
    }

    /// A document of nothing but unknown fields is something else, or misspelt: taken for a picture, it would empty the data
    /// source. A picture that is meant to be empty says so by a list that is.
    fn require_something_known(&mut self) {
        if self.unknown.is_empty() || self.listed.get() {
            return;
        }
        let known = LISTS.join(", ");
        self.builder.report.fault(&"$", format_args!("has none of the lists of a picture, which are {known}"));
    }

    fn warn_of_unknown(&mut self) {
        for (place, times) in std::mem::take(&mut self.unknown) {
            let times = if times == 1 { "once".to_owned() } else { format!("{times} times") };
            self.builder.report.warn(&place, format_args!("unknown field ignored, given {times}"));
        }
    }

    /// Gives accounts and roles without `application_id` the only application. Accounts always need one, so that one is
    /// made for them when there is none, and several are a fault.
    fn place(&mut self, source: &DataSource<'_>, name: &str) {
        let homeless = std::mem::take(&mut self.homeless);
        let mut applications = self.builder.ids(Family::Application);
        let (first, second) = (applications.next().map(str::to_owned), applications.next());
        let several = second.is_some();
        drop(applications);
        if several {
            for (_, index) in homeless {
                let place = format!("accounts[{index}].application_id");
                self.builder.report.fault(&place, "is required, because there are several applications");
            }
            return;
        }
        self.only_application = match first {
            None if homeless.is_empty() => return,
            None => {
                let mut node = Node::new(Family::Application, source.id.to_string());
                name.clone_into(&mut node.name);
                self.builder.add(&"$", node);
                Some(source.id.to_string())
            }
            found => found,
        };
        let slots = homeless.into_iter().map(|(slot, _)| slot).chain(std::mem::take(&mut self.homeless_roles));
        for slot in slots {
            if let (Some(node), Some(id)) = (self.builder.node_mut(slot), &self.only_application) {
                node.attributes.insert("application_id".to_owned(), Value::Text(id.clone()));
            }
        }
    }
}

impl Sink for Reader {
    fn shape(&self, path: &Path) -> Shape {
        let mut keys = path.keys();
        match (keys.next(), path.index()) {
            (None, _) => Shape::Object,
            (Some(_), Some(_)) | (Some("name" | "platform"), None) => Shape::Whole,
            (Some(key), None) if LISTS.contains(&key) => {
                self.listed.set(true);
                Shape::List
            }
            (Some(_), None) => Shape::Skip,
        }
    }

    fn take(&mut self, path: &Path, value: Json) {
        let list = path.keys().next().unwrap_or_default().to_owned();
        let Some(index) = path.index() else {
            match value {
                Json::Null => {}
                Json::String(text) if text.len() <= crate::limits::MAX_LABEL => {
                    let field = if list == "name" { &mut self.name } else { &mut self.platform };
                    *field = Some(text).filter(|text| !text.is_empty());
                }
                Json::String(_) => self.builder.report.fault(path, "is too long"),
                Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => {
                    self.builder.report.fault(path, "must be a string");
                }
            }
            return;
        };
        let Some(mut fields) = Fields::new(path, value, &mut self.builder.report) else {
            return;
        };
        match list.as_str() {
            "owners" => self.owner(&mut fields),
            "applications" => self.application(&mut fields),
            "accounts" => self.account(&mut fields, index),
            "groups" => self.group(&mut fields, index),
            "roles" => self.role(&mut fields, index),
            "resources" => self.resource(&mut fields, index),
            "classifications" => self.classification(&mut fields),
            "permissions" => self.permission(&mut fields),
            "memberships" => self.membership(&mut fields, index),
            "role_assignments" => self.role_assignment(&mut fields, index),
            _ => self.grant(&mut fields, index),
        }
        self.note_unknown(&list, fields);
    }

    fn skipped(&mut self, path: &Path) {
        let place = path.to_string();
        if self.unknown.len() < 1000 {
            *self.unknown.entry(place).or_default() += 1;
        }
    }

    fn report(&mut self) -> &mut Report {
        &mut self.builder.report
    }
}

/// Effective permissions of a permission name: what the input says, else what the name itself says.
fn meaning(meanings: &BTreeMap<String, Vec<String>>, name: &str) -> Vec<String> {
    match meanings.get(name) {
        Some(effective) => effective.clone(),
        None => vec![permissions::effective(name).unwrap_or(permissions::UNCATEGORIZED).to_owned()],
    }
}
