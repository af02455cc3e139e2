use super::*;
use crate::{BoolBuilder, FloatBuilder, IntBuilder, ListBuilder, TextBuilder, TimeBuilder};

fn texts(strings: &[&str], bloom: bool) -> Texts {
    let mut builder = TextBuilder::new();
    strings.iter().for_each(|string| builder.push(Some(string)));
    let blooms: &[&str] = if bloom { &["t"] } else { &[] };
    let batch = Batch::of(strings.len(), [builder.finish("t")]).unwrap();
    match ZoneMap::of(&batch, ZoneOptions { blooms, skip: &[] }).columns.remove(0).zone {
        Zone::Text(texts) => texts,
        other => panic!("{other:?}"),
    }
}

fn every_kind() -> ZoneMap {
    let mut bools = BoolBuilder::new();
    let mut ints = IntBuilder::new();
    let mut floats = FloatBuilder::new();
    let mut times = TimeBuilder::new();
    let mut names = TextBuilder::new();
    let mut kinds = TextBuilder::new();
    let mut lists = ListBuilder::new();
    let mut absent = TextBuilder::new();
    for row in 0_u16..100 {
        bools.push((row % 3 == 0).then_some(true));
        ints.push(Some(i64::from(row) - 50));
        floats.push(Some(f64::from(row) / 8.0));
        times.push((row > 10).then_some(1_788_000_000_000 + i64::from(row)));
        names.push(Some(&format!("Name {row}")));
        kinds.push(Some(["user", "Service"][usize::from(row % 2)]));
        lists.push(Some((0..row % 3).map(|n| format!("p{n}"))));
        absent.push(None);
    }
    let columns = [
        bools.finish("bool"),
        ints.finish("int"),
        floats.finish("float"),
        times.finish("time"),
        names.finish("name"),
        kinds.finish("kind"),
        lists.finish("list"),
        absent.finish("absent"),
    ];
    let batch = Batch::of(100, columns).unwrap();
    ZoneMap::of(&batch, ZoneOptions { blooms: &["name"], skip: &[] })
}

#[test]
fn a_map_knows_bounds_gaps_and_few_values() {
    let map = every_kind();
    let zone = |name| &map.column(name).unwrap().zone;
    assert_eq!(zone("bool"), &Zone::Bool { any_true: true, any_false: false });
    assert_eq!(map.column("bool").unwrap().absent, 66);
    assert_eq!(zone("int"), &Zone::Int { min: -50, max: 49 });
    assert_eq!(zone("float"), &Zone::Float { min: 0.0, max: 12.375 });
    assert_eq!(zone("time"), &Zone::Time { min: 1_788_000_000_011, max: 1_788_000_000_099 });
    assert_eq!(zone("absent"), &Zone::Empty);
    let Zone::Text(kinds) = zone("kind") else { panic!() };
    assert_eq!(kinds.distinct.as_deref(), Some(["Service".to_owned(), "user".to_owned()].as_slice()));
    assert!(matches!(zone("list"), Zone::TextList { any_empty: true, .. }));
    assert_eq!(map.column("other"), None);
}

#[test]
fn text_is_excluded_only_when_it_cannot_be_there() {
    let many: Vec<String> = (0..40).map(|n| format!("Host-{n:02}.a-rather-long-domain.example")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for texts in [texts(&many, false), texts(&many, true), texts(&["Host-07.a-rather-long-domain.example"], true)] {
        assert!(texts.may_hold("host-07.a-rather-long-domain.example"));
        assert!(texts.may_begin("host-07"));
        assert!(texts.may_begin(""));
        assert!(texts.may_begin("host-07.a-rather-long-domain.ex"));
        assert!(!texts.may_hold("guest-07"));
        assert!(!texts.may_begin("i"));
        assert!(!texts.may_begin("guest"));
    }
    assert!(!texts(&many, true).may_hold("host-07"));
}

#[test]
fn maps_survive_storing() {
    let maps = vec![every_kind(), ZoneMap::default(), every_kind()];
    let bytes = encode_zones(&maps).unwrap();
    assert_eq!(decode_zones(&bytes).unwrap(), maps);
}

#[test]
fn damaged_maps_are_errors() {
    let bytes = encode_zones(&[every_kind()]).unwrap();
    for place in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[place] ^= 0x10;
        assert!(decode_zones(&damaged).is_err(), "byte {place}");
        assert!(decode_zones(&bytes[..place]).is_err(), "length {place}");
    }
}

#[test]
fn a_skipped_column_is_unknown_but_its_gaps_are_counted() {
    let mut builder = TextBuilder::new();
    builder.push(Some("x"));
    builder.push(None);
    let batch = Batch::of(2, [builder.finish("path.hops")]).unwrap();
    let map = ZoneMap::of(&batch, ZoneOptions { blooms: &[], skip: &["path*"] });
    assert_eq!(map.columns, [ColumnZone { name: "path.hops".to_owned(), absent: 1, zone: Zone::Unknown }]);
}
