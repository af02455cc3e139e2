//! The people: a tree of managers, departments, titles, locations.

use domain::inventory::{Family, Node, Picture, Value};
use jiff::{SignedDuration, Timestamp};

use crate::Reviewer;
use crate::words::{DEPARTMENTS, FAMILY, GIVEN, LOCATIONS, plain};

/// Reports of a manager: the tree of people has this many branches at every fork.
const REPORTS: usize = 10;

/// One person.
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: String,
    /// Unique name for signing in.
    pub(crate) login: String,
    /// Index into the departments; the head of all belongs to the first.
    pub(crate) department: usize,
    pub(crate) title: &'static str,
    pub(crate) active: bool,
    manager: Option<usize>,
    location: &'static str,
    started: Timestamp,
}

impl Person {
    /// The department's name.
    pub(crate) fn department_name(&self) -> &'static str {
        DEPARTMENTS.get(self.department).map_or("", |(name, _)| name)
    }

    /// Whether the person runs systems by profession.
    pub(crate) fn administers(&self) -> bool {
        matches!(self.title, "Systems Administrator" | "Security Engineer" | "IT Manager")
    }
}

/// All people; the index is the place in the tree, so that the manager of `n` is `(n - 1) / 10`.
pub(crate) struct People {
    pub(crate) all: Vec<Person>,
}

impl People {
    pub(crate) fn generate(random: &mut fastrand::Rng, people: u32, now: Timestamp) -> Self {
        let mut all: Vec<Person> = Vec::new();
        let people = people as usize;
        for n in 0..people {
            let manager = (n > 0).then(|| (n - 1) / REPORTS);
            let above = manager.and_then(|manager| all.get(manager));
            let department = match above {
                Some(above) if above.manager.is_some() => above.department,
                Some(_) => (n - 1) % DEPARTMENTS.len(),
                None => 0,
            };
            let location = match above {
                Some(above) if random.u8(..) < 200 => above.location,
                _ => LOCATIONS.get(random.usize(..LOCATIONS.len())).copied().unwrap_or("Oslo"),
            };
            let leads = n * REPORTS + 1 < people;
            all.push(person(random, n, Place { manager, department, leads, location }, now));
        }
        Self { all }
    }

    /// The data source of the people.
    pub(crate) fn picture(&self) -> Picture {
        let nodes = self.all.iter().map(|person| self.node(person)).collect();
        Picture {
            name: "Human Resources".to_owned(),
            platform: "PeopleHub".to_owned(),
            nodes,
            edges: Vec::new(),
            permission_sets: vec![domain::inventory::PermissionSet::default()],
        }
    }

    fn node(&self, person: &Person) -> Node {
        let mut node = Node::new(Family::Identity, person.id.as_str());
        node.name.clone_from(&person.name);
        let status = if person.active { "active" } else { "inactive" };
        let mut texts = vec![
            ("email", person.email.clone()),
            ("title", person.title.to_owned()),
            ("department", person.department_name().to_owned()),
            ("location", person.location.to_owned()),
            ("cost_center", format!("CC-{:03}", 100 + person.department)),
            ("employee_number", person.id.replace("emp-", "")),
            ("status", status.to_owned()),
            ("owner_type", "human".to_owned()),
        ];
        if let Some(manager) = person.manager.and_then(|manager| self.all.get(manager)) {
            texts.push(("manager_id", manager.id.clone()));
        }
        node.attributes = texts.into_iter().map(|(name, text)| (name.to_owned(), Value::Text(text))).collect();
        node.attributes.insert("is_active".to_owned(), Value::Bool(person.active));
        node.attributes.insert("start_date".to_owned(), Value::Time(person.started));
        node
    }

    /// The first manager of the second rank: ten reports, all with accounts.
    pub(crate) fn reviewer(&self) -> Reviewer {
        let person = self.all.get(1);
        let text = |read: fn(&Person) -> &String| person.map(read).cloned().unwrap_or_default();
        Reviewer {
            id: text(|person| &person.id),
            name: text(|person| &person.name),
            email: text(|person| &person.email),
        }
    }
}

/// Where somebody stands in the tree.
struct Place {
    manager: Option<usize>,
    department: usize,
    leads: bool,
    location: &'static str,
}

fn person(random: &mut fastrand::Rng, n: usize, place: Place, now: Timestamp) -> Person {
    let given = GIVEN.get(random.usize(..GIVEN.len())).copied().unwrap_or("Ada");
    let family = FAMILY.get(random.usize(..FAMILY.len())).copied().unwrap_or("Roth");
    let login = format!("{}.{}{n}", plain(given), plain(family));
    let rank = match (n, place.leads) {
        (0..=10, _) => 0,
        (_, true) => 1,
        (_, false) if random.u8(..) < 90 => 2,
        _ => 3,
    };
    let titles = DEPARTMENTS.get(place.department).map(|(_, titles)| titles);
    let title = if n == 0 {
        "Chief Executive Officer"
    } else {
        titles.and_then(|titles| titles.get(rank)).copied().unwrap_or("")
    };
    Person {
        id: format!("emp-{n:06}"),
        name: format!("{given} {family}"),
        email: format!("{login}@corp.example"),
        login,
        department: place.department,
        title,
        // Managers stay: a review needs somebody to answer it.
        active: place.leads || random.u8(..) >= 6,
        manager: place.manager,
        location: place.location,
        started: before(now, random.i64(30..4000)),
    }
}

/// The time that many days ago.
pub(crate) fn before(now: Timestamp, days: i64) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(days * 24)).unwrap_or(now)
}
