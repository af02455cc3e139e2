//! Blocks and zone maps of every version ever written, as committed bytes: they stay readable for ever.

use std::path::PathBuf;

use columns::{
    AnyBuilder, Batch, Bits, BoolBuilder, Column, Data, Dict, FloatBuilder, IntBuilder, ListBuilder, Options,
    TextBuilder, TimeBuilder, Value, ZoneMap, ZoneOptions, decode, decode_columns, decode_zones, encode, encode_zones,
};

/// Every type, with and without gaps, every codec and every way to store numbers.
fn everything() -> Batch {
    let mut bools = BoolBuilder::new();
    let mut ints = IntBuilder::new();
    let mut steady = IntBuilder::new();
    let mut floats = FloatBuilder::new();
    let mut times = TimeBuilder::new();
    let mut names = TextBuilder::new();
    let mut kinds = TextBuilder::new();
    let mut paths = ListBuilder::new();
    let mut tags = ListBuilder::new();
    let mut any = AnyBuilder::new();
    let mut empty = TextBuilder::new();
    for row in 0..300_i64 {
        bools.push((row % 7 != 0).then_some(row % 2 == 0));
        ints.push((row % 5 != 0).then_some(row * row * 31 % 70_000 - 9));
        steady.push(Some(1_000 + row * 3));
        floats.push(Some(f64::from(i32::try_from(row).unwrap()) / 8.0));
        times.push((row != 4).then_some(1_788_242_400_000 + row % 40 * 86_400_000));
        names.push(Some(&format!("person.{row:03}@corp.example")));
        kinds.push(["user", "service", "Wörk"].get(usize::try_from(row % 4).unwrap()).copied());
        let hops = (0..row % 4).map(|hop| format!("{{\"id\":\"node-{}\",\"type\":\"Group\"}}", row * 7 % 50 + hop));
        paths.push(Some(hops));
        if row % 3 == 0 {
            tags.push_absent()
        } else {
            tags.push(Some(["pci", "prod"]))
        }
        any.push((row % 2 == 0).then_some(if row < 100 { Value::Int(row) } else { Value::Bool(true) }));
        empty.push(None);
    }
    let constant = Data::Text { codes: vec![0; 300], dict: Dict::from_sorted(["the same"]).unwrap() };
    let columns = [
        bools.finish("source.is_active"),
        ints.finish("source.score"),
        steady.finish("source.steady"),
        floats.finish("source.share"),
        times.finish("source.last_login_at"),
        names.finish("source.email"),
        kinds.finish("source.type"),
        paths.finish("path"),
        tags.finish("destination.tags"),
        any.finish("destination.any"),
        empty.finish("destination.none"),
        Column::new("destination.same", constant, None),
        Column::new("destination.flags", Data::Bool(Bits::ones(300)), None),
    ];
    Batch::of(300, columns).unwrap()
}

fn zones() -> Vec<ZoneMap> {
    let options = ZoneOptions { blooms: &["source.email"], skip: &["path"] };
    vec![ZoneMap::of(&everything(), options), ZoneMap::default()]
}

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// The committed bytes. Writes them, and fails, when there is no such file yet: so a new version gets its file.
fn committed(name: &str, bytes: &[u8]) -> Vec<u8> {
    let path = golden(name);
    if !path.exists() {
        std::fs::write(&path, bytes).unwrap();
        panic!("{name} was missing and is written now: commit it");
    }
    std::fs::read(path).unwrap()
}

/// With a column that mostly says what another says, and one that always does.
fn alike() -> Batch {
    let mut batch = everything();
    let mails = batch.column("source.email").unwrap().clone();
    let (mut owner, mut login) = (TextBuilder::new(), TextBuilder::new());
    for row in 0..300 {
        owner.push(match row % 40 {
            0 => None,
            1 => Some("somebody.else@corp.example"),
            _ => mails.text(row),
        });
        login.push(mails.text(row));
    }
    batch.push(owner.finish("owner.email")).unwrap();
    batch.push(login.finish("owner.login")).unwrap();
    batch
}

#[test]
fn blocks_of_version_1_stay_readable() {
    let block = committed("block-v1.bin", &[]);
    assert_eq!(decode(&block).unwrap(), everything());
    let some = decode_columns(&block, &["source.type", "destination.tags", "source.unknown"]).unwrap();
    let names: Vec<&str> = some.columns().iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["source.type", "destination.tags"]);
    assert_eq!(some.column("source.type"), everything().column("source.type"));
}

#[test]
fn blocks_of_version_2_stay_readable() {
    let options =
        Options { cold: &["path"], alike: &[("owner.login", "source.email"), ("owner.*", "source.*")], level: 3 };
    let block = committed("block-v2.bin", &encode(&alike(), &options).unwrap());
    assert_eq!(decode(&block).unwrap(), alike());
    let some = decode_columns(&block, &["owner.email", "owner.login"]).unwrap();
    assert_eq!(some.columns().len(), 2);
    assert_eq!(some.column("owner.email"), alike().column("owner.email"));
}

#[test]
fn zone_maps_of_version_1_stay_readable() {
    let bytes = committed("zones-v1.bin", &encode_zones(&zones()).unwrap());
    assert_eq!(decode_zones(&bytes).unwrap(), zones());
}

#[test]
fn a_batch_always_gives_the_same_bytes() {
    let options = Options::default();
    assert_eq!(encode(&everything(), &options), encode(&everything(), &options));
    assert_eq!(encode_zones(&zones()), encode_zones(&zones()));
}
