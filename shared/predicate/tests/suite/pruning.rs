//! Which blocks a zone map lets one skip, and which it does not.

use columns::{Batch, Bits, Column, Data, Dict, Value, ZoneMap, ZoneOptions};
use predicate::{Checked, places};

use crate::plain::{Row, batch};

fn text(value: impl Into<String>) -> Value {
    Value::Text(value.into())
}

/// Forty people, too many for their names to be listed one by one.
fn block() -> Batch {
    let rows: Vec<Row> = (0..40_i64)
        .map(|n| {
            let mut row = Row::from([
                ("source.name".to_owned(), text(format!("Member {:02}", n + 10))),
                ("source.id".to_owned(), text(format!("acct-{n:04}"))),
                ("source.type".to_owned(), text(["User", "Service"][usize::try_from(n % 2).unwrap()])),
                ("source.is_active".to_owned(), Value::Bool(true)),
                ("source.tags".to_owned(), Value::List(if n == 3 { vec![] } else { vec!["pci".to_owned()] })),
                ("source.score".to_owned(), Value::Int(n + 20)),
                ("source.share".to_owned(), Value::Float(4.5 + f64::from(u8::try_from(n).unwrap()) / 100.0)),
                ("source.last_login_at".to_owned(), Value::Time(1_788_242_400_000 + n * 1_000)),
                ("group.id".to_owned(), Value::List(vec!["g1".to_owned(), "g2".to_owned()])),
                ("group.name".to_owned(), Value::List(vec!["Clerks".to_owned()])),
            ]);
            if n != 7 {
                row.insert("source.title".to_owned(), text("Clerk"));
            }
            row
        })
        .collect();
    batch(&rows)
}

fn map() -> ZoneMap {
    ZoneMap::of(&block(), ZoneOptions { blooms: &["source.id"], skip: &[] })
}

#[track_caller]
fn check(checked: &Checked, expected: bool) {
    assert_eq!(checked.may_match(&map()), expected);
    assert!(expected || !checked.select(&block()).any(), "a matching block was skipped");
}

#[test]
fn a_block_is_skipped_when_its_map_excludes_every_row() {
    let tests = [
        (r#"source.name eq "member 12""#, true),
        (r#"source.name eq "Nobody""#, false),
        (r#"source.name sw "mem""#, true),
        (r#"source.name sw "nem""#, false),
        (r#"source.name co "x""#, true),
        (r#"source.id eq "acct-0007""#, true),
        (r#"source.id eq "acct-0007a""#, false),
        (r#"source.type eq "Robot""#, false),
        (r#"source.type co "serv""#, true),
        (r#"source.type ne "User""#, true),
        ("source.is_active eq false", false),
        ("source.is_active ne true", false),
        (r#"source.is_active eq "TRUE""#, true),
        ("source.score gt 59", false),
        ("source.score ge 59", true),
        ("source.score lt 20", false),
        ("not (source.score ge 20)", false),
        ("source.score eq 30", true),
        ("source.score ne 30", true),
        ("source.share lt 5", true),
        ("source.share gt 4", true),
        ("source.share gt 7", false),
        ("source.share lt 3", false),
        (r#"source.last_login_at lt "2026-09-01T06:00:00Z""#, false),
        (r#"source.last_login_at gt "2026-09-01""#, true),
        (r#"source.tags eq "pci""#, true),
        (r#"source.tags ne "pci""#, true),
        (r#"source.tags eq "sox""#, false),
        ("not (source.tags pr)", true),
        (r#"source.title ne "Clerk""#, true),
        ("source.title eq null", true),
        ("source.type eq null", false),
        (r#"source.type eq "Robot" or source.score gt 99"#, false),
        (r#"source.type eq "User" and source.score gt 99"#, false),
        // What the map does not list may have been laid over the block.
        (r#"source.unknown eq "x""#, true),
    ];
    let schema = places::frozen();
    for (filter, expected) in tests {
        let checked = predicate::filter(filter, &schema).unwrap();
        assert_eq!(checked.may_match(&map()), expected, "{filter}");
        check(&checked, expected);
    }
}

#[test]
fn an_entity_may_lack_what_every_row_has_a_list_of() {
    check(&predicate::condition("group.data_source_name IS NULL").unwrap(), true);
    check(&predicate::condition("group.name IS NULL").unwrap(), true);
    check(&predicate::condition("group.name != 'clerks'").unwrap(), true);
    check(&predicate::condition("group.name = 'admins'").unwrap(), false);
    assert!(predicate::condition("group.name IS NULL").unwrap().select(&block()).all());
}

#[test]
fn an_empty_block_is_skipped() {
    assert!(!Checked::always().may_match(&ZoneMap::of(&Batch::new(0), ZoneOptions::default())));
    assert!(Checked::always().may_match(&map()));
    assert!(!predicate::json_query(&serde_json::json!({})).unwrap().may_match(&map()));
}

#[test]
fn what_lists_hold_for_rows_without_a_value_does_not_count() {
    let dict = Dict::from_sorted(["admins"]).unwrap();
    let list = |name: &str, present: Option<Bits>| {
        Column::new(name, Data::TextList { offsets: vec![0, 1, 2], codes: vec![0, 0], dict: dict.clone() }, present)
    };
    let second_missing: Bits = [true, false].into_iter().collect();
    let columns = [list("group.id", Some(second_missing.clone())), list("group.name", Some(second_missing))];
    let batch = Batch::of(2, columns).unwrap();
    let selected = predicate::condition("group.name = 'admins'").unwrap().select(&batch);
    assert_eq!(selected.ones_iter().collect::<Vec<_>>(), [0]);
}
