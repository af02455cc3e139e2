//! What rich, repetitive rows cost in bytes, and their zone maps.

use columns::{
    Batch, BoolBuilder, Column, IntBuilder, ListBuilder, Options, TextBuilder, TimeBuilder, ZoneMap, ZoneOptions,
    decode, encode, encode_zones,
};

const ROWS: usize = 512;
const DAY: i64 = 86_400_000;

/// Numbers that look random, from a seed: no crate for one line.
fn mixed(seed: usize) -> usize {
    let mut hash = seed as u64 ^ 0x9e37_79b9_7f4a_7c15;
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    usize::try_from((hash ^ (hash >> 31)) >> 8).unwrap()
}

fn texts(name: &str, value: impl Fn(usize) -> Option<String>) -> Column {
    let mut builder = TextBuilder::new();
    (0..ROWS).for_each(|row| builder.push(value(row).as_deref()));
    builder.finish(name)
}

fn lists(name: &str, value: impl Fn(usize) -> Vec<String>) -> Column {
    let mut builder = ListBuilder::new();
    (0..ROWS).for_each(|row| builder.push(Some(value(row))));
    builder.finish(name)
}

fn times(name: &str, value: impl Fn(usize) -> Option<i64>) -> Column {
    let mut builder = TimeBuilder::new();
    (0..ROWS).for_each(|row| builder.push(value(row)));
    builder.finish(name)
}

fn bools(name: &str, value: impl Fn(usize) -> Option<bool>) -> Column {
    let mut builder = BoolBuilder::new();
    (0..ROWS).for_each(|row| builder.push(value(row)));
    builder.finish(name)
}

fn ints(name: &str, value: impl Fn(usize) -> i64) -> Column {
    let mut builder = IntBuilder::new();
    (0..ROWS).for_each(|row| builder.push(Some(value(row))));
    builder.finish(name)
}

/// A block of a certification: each person with about ten grants, so that names, mails and ids repeat.
fn block(number: usize) -> Batch {
    const FIRST: [&str; 12] =
        ["Ann", "Bela", "Chidi", "Dora", "Emre", "Fay", "Goran", "Hana", "Ines", "Jonas", "Kemi", "Lena"];
    const LAST: [&str; 12] =
        ["Abara", "Brandt", "Costa", "Diaz", "Eriksen", "Ferro", "Grant", "Hoang", "Ito", "Jensen", "Kovac", "Lund"];
    const DEPARTMENTS: [&str; 6] = ["Finance", "Treasury", "Engineering", "Sales", "Operations", "Legal"];
    let person = |row: usize| number * 51 + row / 10;
    let seed = |row: usize, what: usize| mixed(person(row) * 31 + what);
    let name = |row: usize| format!("{} {}", FIRST[seed(row, 1) % 12], LAST[seed(row, 2) % 12]);
    let mail = |row: usize| format!("{}.{}@corp.example", name(row).to_lowercase().replace(' ', "."), person(row));
    let permission = |row: usize| mixed(number * ROWS + row) % 400;
    let application = |row: usize| permission(row) % 30;
    let columns = vec![
        texts("source.id", |row| Some(format!("acct-{:08x}", seed(row, 3) % (1 << 32)))),
        texts("source.name", |row| Some(name(row))),
        texts("source.type", |_| Some("OktaUser".to_owned())),
        texts("source.datasource_id", |_| Some("okta-eu".to_owned())),
        texts("source.email", |row| Some(mail(row))),
        texts("source.department", |row| Some(DEPARTMENTS[seed(row, 4) % 6].to_owned())),
        texts("source.title", |row| Some(format!("Specialist {}", seed(row, 5) % 40))),
        texts("source.account_type", |row| Some(if seed(row, 6) % 20 == 0 { "service" } else { "user" }.to_owned())),
        bools("source.is_active", |row| Some(seed(row, 7) % 12 != 0)),
        bools("source.mfa_enabled", |row| (seed(row, 8) % 30 != 0).then_some(seed(row, 8) % 3 != 0)),
        bools("source.privileged", |row| Some(seed(row, 9) % 15 == 0)),
        times("source.last_login_at", |row| {
            (seed(row, 10) % 25 != 0)
                .then_some(1_788_242_400_000 - i64::try_from(seed(row, 10) % 40_000_000).unwrap() * 1_000)
        }),
        times("source.created_at", |row| Some(1_600_000_000_000 + i64::try_from(seed(row, 11) % 2_000).unwrap() * DAY)),
        texts("source.manager_id", |row| Some(format!("own-{:06}", seed(row, 12) % 400))),
        texts("destination.id", |row| Some(format!("res-{:06x}", mixed(permission(row)) % (1 << 24)))),
        texts("destination.name", |row| {
            Some(format!("prod-{}-{}", ["db", "bucket", "queue"][permission(row) % 3], permission(row)))
        }),
        texts("destination.type", |row| Some(["Database", "Bucket", "Queue"][permission(row) % 3].to_owned())),
        texts("destination.datasource_id", |_| Some("aws-main".to_owned())),
        texts("destination.application_id", |row| Some(format!("app-{:03}", application(row)))),
        texts("destination.environment", |row| Some(["prod", "test"][application(row) % 2].to_owned())),
        lists("abstract_permissions", |row| vec![["Read", "Write", "Delete"][permission(row) % 3].to_owned()]),
        lists("concrete_permissions", |row| vec![format!("db:{}", ["select", "insert", "drop"][permission(row) % 3])]),
        lists("path", |row| {
            let hop = |kind: &str, id: usize| {
                format!("{{\"type\":\"{kind}\",\"id\":\"{kind}-{id}\",\"name\":\"{kind} {id}\"}}")
            };
            vec![hop("Group", seed(row, 13) % 60), hop("Role", permission(row) % 80)]
        }),
        texts("owner.id", |row| Some(format!("own-{:06}", person(row)))),
        texts("owner.name", |row| Some(name(row))),
        texts("owner.email", |row| Some(mail(row))),
        ints("risk.score", |row| i64::try_from(seed(row, 14) % 21).unwrap() * 5),
        texts("risk.level", |row| Some(["low", "medium", "high"][seed(row, 14) % 3].to_owned())),
        lists("risk.triggered", |row| (0..seed(row, 15) % 3).map(|n| format!("factor_{n}")).collect()),
        lists("reviewers", |row| {
            vec![format!("{{\"id\":\"u-{}\",\"user_type\":\"localCookieUser\",\"name\":\"Reviewer\"}}", row / 400)]
        }),
    ];
    Batch::of(ROWS, columns).unwrap()
}

#[test]
fn a_rich_row_costs_at_most_100_bytes() {
    let options = Options { cold: &["path", "reviewers", "risk.triggered"], ..Options::default() };
    for number in [0, 7, 99] {
        let batch = block(number);
        let bytes = encode(&batch, &options).unwrap();
        assert!(bytes.len() <= 100 * ROWS, "{} bytes a row", bytes.len() / ROWS);
        assert_eq!(decode(&bytes).unwrap(), batch);
    }
}

#[test]
fn the_zone_maps_of_128_blocks_fit_one_item() {
    let blooms = ["source.id", "source.name", "source.email", "destination.id", "destination.name"];
    let options = ZoneOptions { blooms: &blooms, skip: &["path", "reviewers"] };
    let maps: Vec<ZoneMap> = (0..128).map(|number| ZoneMap::of(&block(number), options)).collect();
    let bytes = encode_zones(&maps).unwrap();
    assert!(bytes.len() <= 350_000, "{} bytes", bytes.len());
}
