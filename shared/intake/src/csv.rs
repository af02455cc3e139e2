//! CSV: one table or a set of tables.
//!
//! | file               | one row is                                      |
//! | ------------------ | ----------------------------------------------- |
//! | `owners.csv`       | a person                                        |
//! | `accounts.csv`     | an account, or more groups and roles of one     |
//! | `applications.csv` | an application                                  |
//! | `groups.csv`       | a group, or more parents of one                 |
//! | `memberships.csv`  | an account in a group                           |
//! | `entitlements.csv` | a role or permission of an account or a group   |
//!
//! Any one of them is a valid import. What a file would list is made up when that file is missing: `accounts.csv` alone
//! creates the groups, roles and applications it names. Where the file is there, a name it does not list is a fault.
//!
//! Tables that are told in part are read beside what the data source holds ([`Held`]): what they name and do not list is
//! what is there already.

mod accounts;
mod entitlements;
mod header;
mod held;
mod listed;
mod table;

use std::collections::{BTreeMap, HashSet};
use std::fmt::Display;

use domain::ids::DataSourceId;
use domain::inventory::{Family, Node, Value};
use serde_json::Value as Json;

use crate::builder::{Builder, Origin, Slot};
use crate::limits::MAX_ID;
use crate::names::{Directory, Miss, Names};
use crate::report::{Faults, Report};
use crate::walk::{self, Path, Shape, Sink};
use crate::{DataSource, Parsed};

pub use self::held::{Held, link_people};

/// The files there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// `applications.csv`.
    Applications,
    /// `owners.csv`.
    Owners,
    /// `groups.csv`.
    Groups,
    /// `accounts.csv`.
    Accounts,
    /// `memberships.csv`.
    Memberships,
    /// `entitlements.csv`.
    Entitlements,
}

impl Table {
    /// In the order of reading: what is referred to comes first.
    pub const ALL: [Self; 6] =
        [Self::Applications, Self::Owners, Self::Groups, Self::Accounts, Self::Memberships, Self::Entitlements];

    /// What clients call it.
    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Applications => "applications.csv",
            Self::Owners => "owners.csv",
            Self::Groups => "groups.csv",
            Self::Accounts => "accounts.csv",
            Self::Memberships => "memberships.csv",
            Self::Entitlements => "entitlements.csv",
        }
    }

    /// The table of a file name, in any letter case.
    #[must_use]
    pub fn from_file_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.file_name().eq_ignore_ascii_case(name.trim()))
    }
}

/// The id of the application of rows that name none, where none is listed.
fn stand_in(source: &DataSourceId) -> String {
    format!("{source}:application")
}

/// Reads one file. Faults are at `line:column`.
///
/// # Errors
///
/// Bad encoding, a missing or repeated column, a row with too many or too few columns, a missing id, a value of the
/// wrong type, a reference to nothing, or a limit passed.
pub fn parse_file(source: &DataSource<'_>, table: Table, bytes: &[u8], held: &Held) -> Result<Parsed, Faults> {
    let mut import = Import::new(source, HashSet::from([table]), held);
    import.read(table, "", bytes);
    import.finish()
}

/// Reads one file as clients push it: as [`parse_file`], but a comma separates the groups and roles of a row too.
///
/// # Errors
///
/// As [`parse_file`].
pub fn parse_push(source: &DataSource<'_>, table: Table, bytes: &[u8], held: &Held) -> Result<Parsed, Faults> {
    let mut import = Import::new(source, HashSet::from([table]), held);
    import.separators = &[';', ','];
    import.read(table, "", bytes);
    import.finish()
}

/// Reads several files in a JSON envelope: `{"files": {"accounts.csv": "..."}}`. Faults are at `file:line:column`.
///
/// # Errors
///
/// As [`parse_file`]; also an envelope that is not JSON, names no known file, or names one twice.
pub fn parse_set(source: &DataSource<'_>, bytes: &[u8], held: &Held) -> Result<Parsed, Faults> {
    let mut envelope = Envelope::default();
    walk::walk(bytes, &mut envelope);
    let Envelope { files, mut report } = envelope;
    if files.is_empty() && !report.failed() {
        report.fault(&"files", "must hold at least one file, for instance `accounts.csv`");
    }
    let warnings = report.finish()?;
    let mut import = Import::new(source, files.keys().copied().collect(), held);
    for (table, text) in &files {
        import.read(*table, &format!("{}:", table.file_name()), text.as_bytes());
    }
    let mut parsed = import.finish()?;
    parsed.warnings.splice(0..0, warnings);
    Ok(parsed)
}

/// The envelope of a set of files.
#[derive(Default)]
struct Envelope {
    files: BTreeMap<Table, String>,
    report: Report,
}

impl Sink for Envelope {
    fn shape(&self, path: &Path) -> Shape {
        let mut keys = path.keys();
        match (keys.next(), keys.next()) {
            (None | Some("files"), None) => Shape::Object,
            (Some("files"), Some(_)) => Shape::Whole,
            (Some(_), None) | (_, Some(_)) => Shape::Skip,
        }
    }

    fn take(&mut self, path: &Path, value: Json) {
        let name = path.keys().nth(1).unwrap_or_default();
        match (Table::from_file_name(name), value) {
            (None, _) => self.report.fault(path, "is not a file that is known here"),
            (Some(table), Json::String(text)) => {
                if self.files.insert(table, text).is_some() {
                    self.report.fault(path, "given twice");
                }
            }
            (Some(_), _) => self.report.fault(path, "must be the text of the file, as a string"),
        }
    }

    fn skipped(&mut self, path: &Path) {
        self.report.warn(path, "unknown field ignored");
    }

    fn report(&mut self) -> &mut Report {
        &mut self.report
    }
}

/// A part of an id that has several: what separates them does not occur in it, so that no two lists of parts make one id.
fn escaped(part: &str) -> String {
    part.replace('%', "%25").replace('/', "%2F").replace('@', "%40")
}

/// An import under way.
struct Import<'a> {
    source: &'a DataSource<'a>,
    /// What rows may name beside each other.
    held: &'a Held,
    builder: Builder,
    given: HashSet<Table>,
    /// The prefix of every id, with the colon.
    prefix: String,
    /// Applications by id and name: where accounts live may be written either way.
    applications: Directory<Slot>,
    /// Groups by name, for lists that give names.
    groups: Names<Slot>,
    /// Groups with the name of a parent, which may stand further down, and the place that names it.
    parents: Vec<(Slot, String, String)>,
    /// The application of rows that name none.
    default_application: Option<(Slot, String)>,
    /// What separates the entries of a list in a key column.
    separators: &'static [char],
    /// A buffer for ids, so that a million rows do not make a million strings.
    buffer: String,
}

impl<'a> Import<'a> {
    fn new(source: &'a DataSource<'a>, given: HashSet<Table>, held: &'a Held) -> Self {
        Self {
            source,
            held,
            builder: Builder::new(),
            given,
            prefix: held::prefix(source.id),
            applications: Directory::new(),
            groups: Names::new(),
            parents: Vec::new(),
            default_application: None,
            separators: table::SEPARATORS,
            buffer: String::new(),
        }
    }

    fn read(&mut self, table: Table, place: &str, bytes: &[u8]) {
        let Some(mut rows) = table::Rows::open(table, place, bytes, &mut self.builder.report) else { return };
        rows.separate_by(self.separators);
        while let Some(row) = rows.next(&mut self.builder.report) {
            match table {
                Table::Applications => self.application(&row),
                Table::Owners => self.owner(&row),
                Table::Groups => self.group(&row),
                Table::Accounts => self.account(&row),
                Table::Memberships => self.membership(&row),
                Table::Entitlements => self.entitlement(&row),
            }
        }
        if table == Table::Groups {
            self.link_parents();
        }
    }

    fn finish(self) -> Result<Parsed, Faults> {
        let mut parsed = self.builder.finish(self.source.name.to_owned(), String::new())?;
        link_people(self.source.id, &mut parsed.picture);
        Ok(parsed)
    }

    /// Finds an entity by its local id.
    fn find(&mut self, family: Family, id: &str) -> Option<Slot> {
        self.buffer.clear();
        self.buffer.push_str(&self.prefix);
        self.buffer.push_str(id);
        self.builder.find(family, &self.buffer)
    }

    /// The id of an entity outside this import.
    fn global(&self, id: &str) -> String {
        format!("{}{id}", self.prefix)
    }

    /// The id of something that is told apart within its application.
    fn id_within(&self, application: &(Slot, String), name: &str) -> String {
        let local = held::local(&self.prefix, &application.1);
        format!("{}{}/{}", self.prefix, escaped(local), escaped(name))
    }

    /// Something that the data source holds already, told of by no more than its id.
    fn mention(&mut self, place: &dyn Display, family: Family, id: &str) -> Option<Slot> {
        if let Some(slot) = self.builder.find(family, id) {
            return Some(slot);
        }
        let mut node = Node::new(family, id);
        held::local(&self.prefix, id).clone_into(&mut node.name);
        if let Some(home) = self.held.home(id).filter(|_| family == Family::Account) {
            node.attributes.insert("application_id".to_owned(), Value::Text(home.to_owned()));
        }
        self.builder.add(place, node)
    }

    /// An application that the data source holds already.
    fn held_application(&mut self, place: &dyn Display, id: &str) -> Option<(Slot, String)> {
        self.mention(place, Family::Application, id).map(|slot| (slot, id.to_owned()))
    }

    /// The application of a row; without a name the one that stands for the whole source.
    fn application_of(&mut self, row: &table::Row<'_>, name: Option<&str>) -> Option<(Slot, String)> {
        let Some(name) = name else {
            return self.whole_source(row);
        };
        let (listed, held) = (self.applications.find(name), self.held);
        let miss = match (listed, held.application(name)) {
            (Ok(slot), _) => return self.builder.node(slot).map(|node| (slot, node.id.clone())),
            (Err(Miss::Unknown), Ok(id)) => return self.held_application(row, id),
            (Err(Miss::Unknown), Err(miss)) | (Err(miss), _) => miss,
        };
        if miss != Miss::Unknown || self.given.contains(&Table::Applications) {
            row.fault("application", miss.of("application", name), &mut self.builder.report);
            return None;
        }
        let mut node = Node::new(Family::Application, self.global(name));
        name.clone_into(&mut node.name);
        let id = node.id.clone();
        let slot = self.builder.add(row, node)?;
        self.applications.add(name, name, slot);
        Some((slot, id))
    }

    /// The application of rows that name none: the only one that is listed or held, else one named after the data source.
    fn whole_source(&mut self, row: &table::Row<'_>) -> Option<(Slot, String)> {
        if let Some(found) = &self.default_application {
            return Some(found.clone());
        }
        let mut known = self.held.applications();
        if self.given.contains(&Table::Applications) {
            known.extend(self.builder.ids(Family::Application));
        }
        let only = known.iter().next().filter(|_| known.len() == 1).map(|id| (*id).to_owned());
        let found = if let Some(id) = only {
            self.held_application(row, &id)?
        } else if self.given.contains(&Table::Applications) {
            let message = "is required, because there are several applications";
            row.fault("application", message, &mut self.builder.report);
            return None;
        } else {
            let mut node = Node::new(Family::Application, stand_in(self.source.id));
            self.source.name.clone_into(&mut node.name);
            let id = node.id.clone();
            (self.builder.add(row, node)?, id)
        };
        self.default_application = Some(found.clone());
        Some(found)
    }

    /// A role of an application, made when it is seen first. Two applications may use one name.
    fn role(&mut self, row: &table::Row<'_>, application: &(Slot, String), name: &str) -> Option<Slot> {
        let id = self.id_within(application, name);
        if let Some(slot) = self.builder.find(Family::Role, &id) {
            return Some(slot);
        }
        let mut node = Node::new(Family::Role, id);
        name.clone_into(&mut node.name);
        node.attributes.insert("application_id".to_owned(), Value::Text(application.1.clone()));
        let slot = self.builder.add(row, node)?;
        self.builder.edge(slot, application.0, 0, Origin::DERIVED);
        Some(slot)
    }

    /// A group by id or name, made when no file lists groups.
    fn group_of(&mut self, row: &table::Row<'_>, column: &str, name: &str) -> Option<Slot> {
        if let Some(found) = self.find(Family::Group, name) {
            return Some(found);
        }
        let (held, id) = (self.held, self.global(name));
        let miss = match (self.groups.find(name), held.group(&id, name)) {
            (Ok(slot), _) => return Some(slot),
            (Err(Miss::Unknown), Ok(id)) => return self.mention(row, Family::Group, id),
            (Err(Miss::Unknown), Err(miss)) | (Err(miss), _) => miss,
        };
        if miss != Miss::Unknown || self.given.contains(&Table::Groups) {
            row.fault(column, miss.of("group", name), &mut self.builder.report);
            return None;
        }
        let mut node = Node::new(Family::Group, id);
        name.clone_into(&mut node.name);
        self.builder.add(row, node)
    }

    /// Whether an id fits; if not, that is a fault of its column.
    fn id_fits(&mut self, row: &table::Row<'_>, column: &str, id: &str) -> bool {
        let fits = id.len() <= MAX_ID;
        if !fits {
            row.fault(column, format_args!("longer than {MAX_ID} bytes"), &mut self.builder.report);
        }
        fits
    }
}
