use columns::{Batch, Bits, Column, Data, ZoneOptions};
use proptest::prelude::*;

use super::*;
use crate::review::list::order::{First, compare};

const ROWS: u32 = 64;

/// The score and the rank of a row, and whether it is of interest.
type Row = (Option<i64>, bool, bool);

fn key(name: &str, descending: bool) -> SortKey {
    SortKey { by: SortColumn::Frozen(name.to_owned()), descending }
}

fn batch(rows: &[Row]) -> Batch {
    let scores = rows.iter().map(|(score, ..)| score.unwrap_or(0)).collect();
    let present: Bits = rows.iter().map(|(score, ..)| score.is_some()).collect();
    let flags: Bits = rows.iter().map(|(_, flag, _)| *flag).collect();
    let columns =
        [Column::new("score", Data::Int(scores), Some(present)), Column::new("flag", Data::Bool(flags), None)];
    Batch::of(rows.len(), columns).unwrap()
}

struct World {
    blocks: Vec<Batch>,
    pieces: Vec<Piece>,
    zones: Vec<ZoneMap>,
}

impl World {
    fn new(blocks: &[Vec<Row>]) -> Self {
        let batches: Vec<Batch> = blocks.iter().map(|rows| batch(rows)).collect();
        let zones = batches.iter().map(|batch| ZoneMap::of(batch, ZoneOptions::default())).collect();
        let piece = |(block, rows): (u32, &Vec<Row>)| {
            let rows: Bits = rows.iter().map(|(_, _, seen)| *seen).collect();
            Piece { block, first: block * ROWS, rows }
        };
        let pieces = (0..).zip(blocks).map(piece).filter(|piece| piece.rows.any()).collect();
        Self { blocks: batches, pieces, zones }
    }

    fn entries<'a>(&'a self, piece: &'a Piece, order: &'a [SortKey]) -> impl Iterator<Item = Entry> + 'a {
        let batch = &self.blocks[piece.block as usize];
        let value = move |key: &SortKey, place| match &key.by {
            SortColumn::Frozen(name) => KeyValue::of(batch.column(name), place),
            _ => KeyValue::NONE,
        };
        let keys = move |place| order.iter().map(|key| value(key, place)).collect();
        piece.rows.ones_iter().map(move |place| (keys(place), piece.row(place)))
    }

    /// A page, whether there are rows behind it, and how many blocks were looked at for it.
    fn page(
        &self,
        (order, backwards): (&[SortKey], bool),
        behind: Option<&Entry>,
        wanted: usize,
    ) -> (Vec<Entry>, bool, usize) {
        let mut prospects = Prospects::new((order, backwards), self.pieces.clone(), &self.zones, behind, 3);
        let mut first = First::new(order, backwards, behind.cloned(), wanted);
        let mut looked = 0;
        loop {
            let next = prospects.next(first.last_wanted());
            if next.is_empty() {
                break;
            }
            looked += next.len();
            next.iter().for_each(|piece| self.entries(piece, order).for_each(|entry| first.offer(entry)));
        }
        let (page, more) = first.finish();
        (page, more, looked)
    }

    fn sorted(&self, order: &[SortKey], backwards: bool) -> Vec<Entry> {
        let mut all: Vec<Entry> = self.pieces.iter().flat_map(|piece| self.entries(piece, order)).collect();
        all.sort_by(|one, two| compare(order, backwards, one, two));
        all
    }
}

fn any_block() -> impl Strategy<Value = Vec<Row>> {
    let score = proptest::option::weighted(0.9, 0_i64..6);
    proptest::collection::vec((score, any::<bool>(), proptest::bool::weighted(0.3)), ROWS as usize)
}

fn any_order() -> impl Strategy<Value = Vec<SortKey>> {
    let names = prop_oneof![
        Just(vec!["score"]),
        Just(vec!["flag", "score"]),
        Just(vec!["score", "unknown"]),
        Just(vec!["unknown", "score"]),
    ];
    (names, any::<bool>()).prop_map(|(names, down)| names.into_iter().map(|name| key(name, down)).collect())
}

proptest! {
    #[test]
    fn pages_are_those_of_the_sorted_list_however_few_blocks_are_looked_at(
        blocks in proptest::collection::vec(any_block(), 1..20), order in any_order(), wanted in 1_usize..40,
        backwards: bool,
    ) {
        let world = World::new(&blocks);
        let expected = world.sorted(&order, backwards);
        let (mut found, mut behind) = (Vec::new(), None);
        loop {
            let (page, more, _) = world.page((&order, backwards), behind.as_ref(), wanted);
            found.extend(page);
            prop_assert_eq!(more, found.len() < expected.len());
            if !more {
                break;
            }
            behind = found.last().cloned();
        }
        prop_assert_eq!(found, expected);
    }
}

#[test]
fn most_blocks_of_a_long_list_are_not_looked_at_on_any_page() {
    let score = |n: i64| (Some((n * 7_919) % 10), false, true);
    let blocks: Vec<Vec<Row>> = (0..200).map(|block| (0..64).map(|row| score(block * 64 + row)).collect()).collect();
    let world = World::new(&blocks);
    let order = [key("score", true)];
    let expected = world.sorted(&order, false);
    for start in [0, 700, 3_000, 9_000] {
        let behind = (start > 0).then(|| expected[start - 1].clone());
        let (page, more, looked) = world.page((&order, false), behind.as_ref(), 50);
        assert_eq!((page.as_slice(), more), (&expected[start..start + 50], true));
        assert!(looked <= 15, "{looked} of 200 blocks for the rows from {start} on");
    }
}
