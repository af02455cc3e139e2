//! The generated certification: 20,000 people, 300 applications, 400 permissions, ten rows for each person.

use columns::{Batch, BatchError, BoolBuilder, IntBuilder, ListBuilder, TextBuilder, TimeBuilder};

const PEOPLE: usize = 20_000;
const APPLICATIONS: usize = 300;
const PERMISSIONS: usize = 400;
const DEPARTMENTS: [&str; 8] = ["Finance", "Sales", "Legal", "Research", "Support", "Treasury", "Security", "Plant"];
const GIVEN: [&str; 20] = [
    "Ann", "Bela", "Chidi", "Dora", "Emre", "Fay", "Goran", "Hana", "Ines", "Jonas", "Kemi", "Lena", "Maya", "Noor",
    "Otto", "Petra", "Quinn", "Rosa", "Sami", "Tove",
];

/// All rows, in blocks; the same ones in every run.
pub(super) fn blocks(rows: usize, block: usize) -> Result<Vec<Batch>, BatchError> {
    let mut random = fastrand::Rng::with_seed(7);
    let people: Vec<Person> = (0..PEOPLE).map(|number| Person::new(number, &mut random)).collect();
    let mut blocks = Vec::new();
    for start in (0..rows).step_by(block) {
        blocks.push(batch(start..rows.min(start + block), rows, &people, &mut random)?);
    }
    Ok(blocks)
}

struct Person {
    name: String,
    department: &'static str,
    privileged: bool,
    mfa: Option<bool>,
    last_login: Option<i64>,
    risk: i64,
}

impl Person {
    fn new(number: usize, random: &mut fastrand::Rng) -> Self {
        Self {
            name: format!("{} {number:05}", random.choice(GIVEN).unwrap_or("Ann")),
            department: random.choice(DEPARTMENTS).unwrap_or("Finance"),
            privileged: random.u8(..20) == 0,
            mfa: (random.u8(..50) > 0).then(|| random.u8(..4) > 0),
            last_login: (random.u8(..25) > 0).then(|| 1_767_225_600_000 + random.i64(0..31_536_000) * 1_000),
            risk: random.i64(0..21) * 5,
        }
    }
}

fn batch(
    rows: std::ops::Range<usize>,
    all: usize,
    people: &[Person],
    random: &mut fastrand::Rng,
) -> Result<Batch, BatchError> {
    let (mut name, mut department, mut target) = (TextBuilder::new(), TextBuilder::new(), TextBuilder::new());
    let (mut privileged, mut mfa, mut active) = (BoolBuilder::new(), BoolBuilder::new(), BoolBuilder::new());
    let (mut login, mut risk, mut permissions) = (TimeBuilder::new(), IntBuilder::new(), ListBuilder::new());
    let count = rows.len();
    for row in rows {
        let person = people.get(row * people.len() / all);
        name.push(person.map(|person| person.name.as_str()));
        department.push(person.map(|person| person.department));
        privileged.push(person.map(|person| person.privileged));
        mfa.push(person.and_then(|person| person.mfa));
        login.push(person.and_then(|person| person.last_login));
        risk.push(person.map(|person| person.risk));
        let application = random.usize(..APPLICATIONS);
        let stage = if application.is_multiple_of(4) { "Test" } else { "Prod" };
        target.push(Some(&format!("{stage} application {application}")));
        active.push(Some(!application.is_multiple_of(10)));
        let first = random.usize(..PERMISSIONS) % (1 + random.usize(..PERMISSIONS));
        permissions.push(Some([format!("perm-{first}"), format!("perm-{}", first / 2)]));
    }
    Batch::of(
        count,
        [
            name.finish("source.name"),
            department.finish("source.department"),
            privileged.finish("source.privileged"),
            mfa.finish("source.mfa_enabled"),
            login.finish("source.last_login_at"),
            target.finish("destination.name"),
            active.finish("destination.is_active"),
            risk.finish("risk.score"),
            permissions.finish("concrete_permissions"),
        ],
    )
}
