//! Properties over random batches and damaged bytes.

use columns::{
    AnyBuilder, Batch, BlockError, Column, Data, DataType, Options, TextBuilder, Value, ZoneMap, ZoneOptions, decode,
    decode_columns, decode_zones, encode, encode_zones,
};
use proptest::prelude::*;

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]{0,3}", "\\PC{0,12}", Just("shared-prefix-of-many".to_owned()), "shared-prefix-[0-9]{1,4}"]
}

fn any_value(kind: DataType) -> BoxedStrategy<Value> {
    match kind {
        DataType::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        DataType::Int => prop_oneof![(-5_i64..300).boxed(), any::<i64>().boxed()].prop_map(Value::Int).boxed(),
        // All of them, except that NaN is not equal to itself.
        DataType::Float => {
            any::<f64>().prop_filter("comparable", |value| !value.is_nan()).prop_map(Value::Float).boxed()
        }
        DataType::Time => (0_i64..50).prop_map(|day| Value::Time(1_788_242_400_000 + day * 86_400_000)).boxed(),
        DataType::Text => any_text().prop_map(Value::Text).boxed(),
        DataType::TextList => prop::collection::vec(any_text(), 0..4).prop_map(Value::List).boxed(),
    }
}

const TYPES: [DataType; 6] =
    [DataType::Bool, DataType::Int, DataType::Float, DataType::Time, DataType::Text, DataType::TextList];

fn any_column(rows: usize) -> impl Strategy<Value = Column> {
    (prop::sample::select(TYPES.to_vec()), prop::sample::select(vec![20, 14, 1]), "[a-z.]{0,8}").prop_flat_map(
        move |(kind, present, name)| {
            prop::collection::vec((any_value(kind), 0..20), rows).prop_map(move |values| {
                let mut builder = AnyBuilder::new();
                values.into_iter().for_each(|(value, roll)| builder.push((roll < present).then_some(value)));
                builder.finish(name.as_str())
            })
        },
    )
}

/// A text column and one that says the same in most rows, in either order.
fn any_alike(rows: usize) -> impl Strategy<Value = [Column; 2]> {
    let value = || prop::option::weighted(0.8, any_text());
    let row = (value(), value(), prop::bool::weighted(0.9));
    (prop::collection::vec(row, rows), any::<bool>()).prop_map(|(rows, is_first)| {
        let (mut base, mut alike) = (TextBuilder::new(), TextBuilder::new());
        for (value, other, is_same) in rows {
            base.push(value.as_deref());
            alike.push(if is_same { value } else { other }.as_deref());
        }
        let (base, alike) = (base.finish("one.TEXT"), alike.finish("two.TEXT"));
        if is_first { [base, alike] } else { [alike, base] }
    })
}

fn any_batch() -> impl Strategy<Value = Batch> {
    prop_oneof![4 => 0_usize..150, 1 => Just(64), 1 => Just(512)].prop_flat_map(|rows| {
        let columns = prop::collection::vec(any_column(rows), 0..6);
        (columns, prop::option::of(any_alike(rows))).prop_map(move |(columns, alike)| {
            let mut batch = Batch::new(rows);
            // Of columns with one name the first stays.
            columns.into_iter().chain(alike.into_iter().flatten()).for_each(|column| drop(batch.push(column)));
            batch
        })
    })
}

fn block(batch: &Batch) -> Vec<u8> {
    encode(batch, &Options { cold: &["a*", "b*"], alike: &[("two.*", "one.*")], level: 1 }).unwrap()
}

/// The block with the checksums of its directory made right again, so that damage behind them is reached.
fn with_true_directory_checksum(mut block: Vec<u8>) -> Vec<u8> {
    if let Some(length) = block.get(5..9) {
        let length = u32::from_le_bytes(length.try_into().unwrap()) as usize;
        if let Some(directory) = block.get(13..13 + length) {
            let crc = crc32fast::hash(directory).to_le_bytes();
            block[9..13].copy_from_slice(&crc);
        }
    }
    block
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_batch_survives_its_block(batch in any_batch()) {
        prop_assert_eq!(decode(&block(&batch)), Ok(batch));
    }

    #[test]
    fn the_columns_asked_for_are_those_of_the_whole(batch in any_batch(), picks in any::<[bool; 8]>()) {
        let picked = batch.columns().iter().zip(picks).filter(|(_, pick)| *pick).map(|(column, _)| column.clone());
        let mut expected = Batch::new(batch.rows());
        picked.for_each(|column| expected.push(column).unwrap());
        let names: Vec<&str> = expected.columns().iter().map(|column| column.name.as_str()).collect();
        prop_assert_eq!(decode_columns(&block(&batch), &names), Ok(expected));
    }

    #[test]
    fn a_damaged_block_is_an_error(batch in any_batch(), place in any::<prop::sample::Index>(), flip in 1_u8..) {
        let mut block = block(&batch);
        let place = place.index(block.len());
        block[place] ^= flip;
        prop_assert!(decode(&block).is_err(), "byte {place}");
    }

    #[test]
    fn a_cut_or_extended_block_is_an_error(batch in any_batch(), place in any::<prop::sample::Index>()) {
        let mut block = block(&batch);
        prop_assert!(decode(&block[..place.index(block.len())]).is_err());
        block.push(0);
        prop_assert!(decode(&block).is_err());
    }

    #[test]
    fn a_forged_block_never_panics(
        batch in any_batch(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut block = block(&batch);
        for (place, value) in damage {
            let place = place.index(block.len());
            block[place] = value;
        }
        if let Ok(batch) = decode(&with_true_directory_checksum(block)) {
            prop_assert!(batch.columns().iter().all(|column| column.is_sound()));
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(decode(&bytes).is_err());
        prop_assert!(decode_zones(&bytes).is_err());
        bytes.splice(0..0, *b"COLB\x01\x40\x00\x00\x00\x00\x00\x00\x00");
        prop_assert!(decode(&with_true_directory_checksum(bytes)).is_err());
    }

    #[test]
    fn zone_maps_survive_and_know_every_value(batch in any_batch()) {
        let names: Vec<&str> = batch.columns().iter().map(|column| column.name.as_str()).collect();
        let map = ZoneMap::of(&batch, ZoneOptions { blooms: &names, skip: &[] });
        let stored = encode_zones(&[map.clone(), map.clone()]).unwrap();
        prop_assert_eq!(decode_zones(&stored), Ok(vec![map.clone(), map.clone()]));
        for column in batch.columns() {
            let zone = map.column(&column.name).unwrap();
            prop_assert_eq!(zone.absent, column.absent());
            for row in 0..batch.rows() {
                prop_assert!(knows(&zone.zone, column, row), "row {row} of {column:?} in {zone:?}");
            }
        }
    }
}

fn knows(zone: &columns::Zone, column: &Column, row: usize) -> bool {
    use columns::{Cell, Zone, fold};
    let text = |texts: &columns::Texts, text: &str| {
        let folded = fold(text);
        let half: String = folded.chars().take(folded.chars().count() / 2).collect();
        texts.may_hold(&folded) && texts.may_begin(&folded) && texts.may_begin(&half)
    };
    match (zone, column.cell(row)) {
        (_, None) | (Zone::Unknown, _) => true,
        (Zone::Empty, Some(_)) => false,
        (Zone::Bool { any_true, any_false }, Some(Cell::Bool(value))) => {
            if value {
                *any_true
            } else {
                *any_false
            }
        }
        (Zone::Int { min, max }, Some(Cell::Int(value))) | (Zone::Time { min, max }, Some(Cell::Time(value))) => {
            (*min..=*max).contains(&value)
        }
        (Zone::Float { min, max }, Some(Cell::Float(value))) => (*min..=*max).contains(&value),
        (Zone::Text(texts), Some(Cell::Text(value))) => text(texts, value),
        (Zone::TextList { elements, any_empty }, Some(Cell::List(list))) => {
            (*any_empty || !list.is_empty()) && list.iter().all(|value| text(elements, value))
        }
        _ => false,
    }
}

#[test]
fn a_column_costs_little_beside_one_that_says_the_same() {
    let (mut base, mut alike) = (TextBuilder::new(), TextBuilder::new());
    for row in 0..512 {
        let mail = format!("person.{}@corp.example", row * 7_919 % 512);
        base.push(Some(&mail));
        alike.push(Some(if row % 50 == 0 { "somebody.else@corp.example" } else { &mail }));
    }
    let one = Batch::of(512, [base.finish("one.TEXT")]).unwrap();
    let mut two = one.clone();
    two.push(alike.finish("two.TEXT")).unwrap();
    let (alone, both) = (block(&one).len(), block(&two).len());
    assert!(both < alone + 200, "{alone} bytes alone, {both} with the other");
    assert_eq!(decode_columns(&block(&two), &["two.TEXT"]).unwrap().columns(), &two.columns()[1..]);
}

#[test]
fn another_version_is_told_from_damage() {
    let mut block = block(&Batch::new(3));
    block[4] = 9;
    assert_eq!(decode(&block), Err(BlockError::Version(9)));
    let mut zones = encode_zones(&[]).unwrap();
    zones[0] = 9;
    assert_eq!(decode_zones(&zones), Err(BlockError::Version(9)));
}

#[test]
fn a_batch_beyond_the_limits_is_refused_rather_than_written() {
    let rows = columns::block::MAX_ROWS;
    let numbers = |rows: usize, name: &str| Column::new(name, Data::Int(vec![7; rows]), None);
    let too_long = Batch::of(rows + 1, [numbers(rows + 1, "n")]).unwrap();
    assert_eq!(encode(&too_long, &Options::default()), Err(BlockError::TooLarge("rows")));
    let too_many = Batch::of(rows, (0..9).map(|n| numbers(rows, &format!("n{n}")))).unwrap();
    assert_eq!(encode(&too_many, &Options::default()), Err(BlockError::TooLarge("the decoded block")));
    let long_name = Batch::of(1, [numbers(1, &"n".repeat(2_000))]).unwrap();
    assert_eq!(encode(&long_name, &Options::default()), Err(BlockError::TooLarge("a column name")));
    let largest = Batch::of(rows, [numbers(rows, "n")]).unwrap();
    assert_eq!(decode(&encode(&largest, &Options::default()).unwrap()), Ok(largest));
}
