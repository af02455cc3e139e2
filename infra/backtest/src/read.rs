//! Labelled grants from a CSV file, every word of it as a number.

use std::collections::HashMap;
use std::io::Read;

use domain::risk::Factor;

use crate::Error;
use crate::roles::Roles;

/// Grants with what was decided on them.
#[derive(Debug, Default)]
pub struct Grants {
    pub(crate) rejected: Vec<bool>,
    pub(crate) subjects: Vec<u32>,
    pub(crate) resources: Vec<u32>,
    resource_names: Vec<String>,
    pub(crate) attributes: Vec<Attribute>,
    /// Places of the attributes in which peers agree, the widest circle first.
    pub(crate) peers: Vec<usize>,
    pub(crate) idle_days: Vec<Option<u32>>,
    pub(crate) factors: Vec<FactorColumn>,
}

/// An attribute of subjects.
#[derive(Debug)]
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) codes: Vec<u32>,
    /// How many different values there are.
    pub(crate) values: usize,
}

/// A risk factor, judged by whoever wrote the file.
#[derive(Debug)]
pub(crate) struct FactorColumn {
    pub(crate) factor: Factor,
    pub(crate) judged: Vec<Judged>,
}

/// How a factor was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Judged {
    Triggered,
    Passing,
    Unknown,
}

/// Words for granted and for denied access.
const GRANTED: [&str; 12] = [
    "granted",
    "approved",
    "approve",
    "accepted",
    "certified",
    "allow",
    "allowed",
    "permit",
    "keep",
    "true",
    "yes",
    "1",
];
const DENIED: [&str; 12] =
    ["denied", "rejected", "reject", "revoked", "revoke", "declined", "deny", "remove", "removed", "false", "no", "0"];

/// In how many attributes peers agree, where nobody says in which.
const PEER_ATTRIBUTES: usize = 3;

/// Words by number.
#[derive(Debug, Default)]
struct Words {
    numbers: HashMap<String, u32>,
}

impl Words {
    fn number(&mut self, word: &str) -> u32 {
        if let Some(number) = self.numbers.get(word) {
            return *number;
        }
        let number = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        self.numbers.insert(word.to_owned(), number);
        number
    }
}

/// Where in a record what stands.
struct Places {
    decision: usize,
    resource: usize,
    subject: Option<usize>,
    idle_days: Option<usize>,
    attributes: Vec<usize>,
    factors: Vec<(usize, Factor)>,
}

impl Grants {
    /// Reads a file with a header.
    ///
    /// # Errors
    /// [`Error::Csv`], [`Error::NoColumn`], [`Error::Decision`].
    pub fn read(file: impl Read, roles: &Roles) -> Result<Self, Error> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
        let header = reader.headers()?.clone();
        let places = Places::of(&header, roles)?;
        let mut grants = Self::default();
        let name = |place: &usize| header.get(*place).unwrap_or_default().to_owned();
        let attributes = places.attributes.iter();
        grants.attributes =
            attributes.map(|place| Attribute { name: name(place), codes: Vec::new(), values: 0 }).collect();
        grants.factors =
            places.factors.iter().map(|(_, factor)| FactorColumn { factor: *factor, judged: Vec::new() }).collect();
        let mut words = AllWords::default();
        words.attributes.resize_with(places.attributes.len(), Words::default);
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record)? {
            grants.push(&record, &places, roles, &mut words)?;
        }
        for (attribute, words) in grants.attributes.iter_mut().zip(&words.attributes) {
            attribute.values = words.numbers.len();
        }
        let mut names: Vec<(u32, String)> =
            words.resources.numbers.into_iter().map(|(name, number)| (number, name)).collect();
        names.sort_unstable();
        grants.resource_names = names.into_iter().map(|(_, name)| name).collect();
        grants.peers = grants.peer_attributes(&header, roles)?;
        Ok(grants)
    }

    fn push(
        &mut self,
        record: &csv::StringRecord,
        places: &Places,
        roles: &Roles,
        words: &mut AllWords,
    ) -> Result<(), Error> {
        let cell = |place: usize| record.get(place).unwrap_or_default();
        self.rejected.push(!granted(cell(places.decision), roles, record.position())?);
        self.resources.push(words.resources.number(cell(places.resource)));
        let all = || places.attributes.iter().map(|place| cell(*place)).collect::<Vec<_>>().join("\0");
        self.subjects.push(match places.subject {
            Some(place) => words.subjects.number(cell(place)),
            None => words.subjects.number(&all()),
        });
        for ((attribute, words), place) in self.attributes.iter_mut().zip(&mut words.attributes).zip(&places.attributes)
        {
            attribute.codes.push(words.number(cell(*place)));
        }
        self.idle_days.push(places.idle_days.and_then(|place| cell(place).parse().ok()));
        for (column, (place, _)) in self.factors.iter_mut().zip(&places.factors) {
            column.judged.push(match cell(*place).to_ascii_lowercase().as_str() {
                "true" | "yes" | "1" => Judged::Triggered,
                "false" | "no" | "0" => Judged::Passing,
                _ => Judged::Unknown,
            });
        }
        Ok(())
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rejected.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rejected.is_empty()
    }

    /// What a grant gives.
    pub(crate) fn resource(&self, row: usize) -> &str {
        let number = self.resources.get(row).copied().unwrap_or(u32::MAX);
        self.resource_names.get(number as usize).map(String::as_str).unwrap_or_default()
    }

    /// The first so many attributes in which peers agree, by name.
    pub(crate) fn alike(&self, so_many: usize) -> String {
        let names = self.peers.iter().take(so_many).filter_map(|place| self.attributes.get(*place));
        names.map(|attribute| attribute.name.as_str()).collect::<Vec<_>>().join(", ")
    }

    fn peer_attributes(&self, header: &csv::StringRecord, roles: &Roles) -> Result<Vec<usize>, Error> {
        let named = |name: &String| {
            let found = self.attributes.iter().position(|attribute| attribute.name.eq_ignore_ascii_case(name));
            found.ok_or_else(|| no_column(name, header))
        };
        if !roles.peers.is_empty() {
            return roles.peers.iter().map(named).collect();
        }
        let mut places: Vec<usize> = (0..self.attributes.len()).collect();
        places.retain(|place| self.attributes.get(*place).is_some_and(|attribute| attribute.values > 1));
        places.sort_by_key(|place| self.attributes.get(*place).map(|attribute| attribute.values));
        places.truncate(PEER_ATTRIBUTES);
        Ok(places)
    }
}

#[derive(Debug, Default)]
struct AllWords {
    subjects: Words,
    resources: Words,
    attributes: Vec<Words>,
}

fn granted(cell: &str, roles: &Roles, at: Option<&csv::Position>) -> Result<bool, Error> {
    if !roles.granted.is_empty() {
        return Ok(roles.granted.iter().any(|word| word.eq_ignore_ascii_case(cell)));
    }
    let is = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(cell));
    match (is(&GRANTED), is(&DENIED)) {
        (true, _) => Ok(true),
        (false, true) => Ok(false),
        (false, false) => {
            Err(Error::Decision { line: at.map_or(0, csv::Position::line), value: cell.chars().take(40).collect() })
        }
    }
}

fn no_column(name: &str, header: &csv::StringRecord) -> Error {
    Error::NoColumn(name.to_owned(), header.iter().collect::<Vec<_>>().join(", "))
}

impl Places {
    fn of(header: &csv::StringRecord, roles: &Roles) -> Result<Self, Error> {
        let find = |name: &str| {
            let found = header.iter().position(|column| column.eq_ignore_ascii_case(name));
            found.ok_or_else(|| no_column(name, header))
        };
        let decision = find(&roles.decision)?;
        let resource = find(&roles.resource)?;
        let subject = roles.subject.as_deref().map(find).transpose()?;
        let idle_days = roles.idle_days.as_deref().map(find).transpose()?;
        let ignored = roles.ignore.iter().map(|name| find(name)).collect::<Result<Vec<_>, _>>()?;
        let columns = header.iter().enumerate();
        let factors: Vec<(usize, Factor)> =
            columns.filter_map(|(place, name)| Some((place, Factor::from_code(&name.to_ascii_lowercase())?))).collect();
        let taken = |place: usize| {
            [Some(decision), Some(resource), subject, idle_days].contains(&Some(place))
                || ignored.contains(&place)
                || factors.iter().any(|(other, _)| *other == place)
        };
        let attributes = if roles.attributes.is_empty() {
            (0..header.len()).filter(|place| !taken(*place)).collect()
        } else {
            roles.attributes.iter().map(|name| find(name)).collect::<Result<Vec<_>, _>>()?
        };
        Ok(Self { decision, resource, subject, idle_days, attributes, factors })
    }
}
