//! Which blocks a sorted page has to look at: the most promising first, and none that cannot hold a row of it.
//!
//! A zone map tells the bounds of a column in a block, and with them a place in the order of the list before which no row of
//! the block stands. Once a page is full, and it is known that there are more rows than it holds, a block whose place comes
//! behind the last row of the page has nothing to add. What the maps do not tell leaves a block among the first.

use std::cmp::Ordering;

use columns::{Zone, ZoneMap};

use super::order::{Entry, KeyValue, compare_keys};
use super::piece::Piece;
use crate::review::input::{SortColumn, SortKey};

/// How many blocks are looked at first; twice as many each time after that.
const AT_FIRST: usize = 16;

/// Blocks that have not been looked at.
pub(super) struct Prospects<'a> {
    order: &'a [SortKey],
    backwards: bool,
    /// The most promising comes last.
    waiting: Vec<(Bound, Piece)>,
    at_once: usize,
    most: usize,
}

/// Before which place no row of a block stands that is of interest.
#[derive(Debug)]
struct Bound {
    /// The sort keys of that place, as far as they are known.
    keys: Vec<KeyValue>,
    /// Whether no row of interest has just these keys.
    open: bool,
}

impl<'a> Prospects<'a> {
    /// All of `pieces`, of which rows behind `behind` are of interest; `zones` are those of all blocks, or nothing. Blocks are
    /// looked at at most `most` at a time.
    pub(super) fn new(
        (order, backwards): (&'a [SortKey], bool),
        pieces: Vec<Piece>,
        zones: &[ZoneMap],
        behind: Option<&Entry>,
        most: usize,
    ) -> Self {
        let bounded = |piece: Piece| (bound(order, backwards, &piece, zones, behind), piece);
        let mut waiting: Vec<(Bound, Piece)> = pieces.into_iter().map(bounded).collect();
        // Without bounds there is no reason to look at some first.
        let at_once = if zones.is_empty() { most } else { AT_FIRST.min(most) };
        let by_place =
            |one: &Piece, two: &Piece| if backwards { two.first.cmp(&one.first) } else { one.first.cmp(&two.first) };
        waiting.sort_by(|(one, first), (two, second)| {
            let by_keys = compare_keys(order, backwards, &one.keys, &two.keys);
            let fewer_known = one.keys.len().cmp(&two.keys.len());
            by_keys.then(fewer_known).then(one.open.cmp(&two.open)).then(by_place(first, second)).reverse()
        });
        Self { order, backwards, waiting, at_once, most }
    }

    /// The next blocks to look at, ascending, given the last row of a page that is full and has more rows behind it. Nothing
    /// when no block can change the page any more.
    pub(super) fn next(&mut self, last: Option<&Entry>) -> Vec<Piece> {
        if let Some(last) = last {
            let (order, backwards) = (self.order, self.backwards);
            self.waiting.retain(|(bound, piece)| !bound.is_behind((order, backwards), piece, last));
        }
        let rest = self.waiting.len().saturating_sub(self.at_once);
        let mut next: Vec<Piece> = self.waiting.drain(rest..).map(|(_, piece)| piece).collect();
        next.sort_by_key(|piece| piece.first);
        self.at_once = self.at_once.saturating_mul(2).min(self.most);
        next
    }
}

/// Whether bounds may tell anything about an order. Of names and ids a block has too many for the maps to list.
pub(super) fn may_tell(order: &[SortKey]) -> bool {
    let told = |name: &str| !name.ends_with(".name") && !name.ends_with(".id");
    order.first().is_some_and(|key| matches!(&key.by, SortColumn::Frozen(name) if told(name)))
}

impl Bound {
    /// Whether all rows of interest stand behind a row.
    fn is_behind(&self, (order, backwards): (&[SortKey], bool), piece: &Piece, (keys, row): &Entry) -> bool {
        match compare_keys(order, backwards, &self.keys, keys) {
            Ordering::Greater => true,
            Ordering::Less => false,
            Ordering::Equal if self.keys.len() < order.len() => false,
            Ordering::Equal if self.open => true,
            Ordering::Equal if backwards => last_of(piece) < row.0,
            Ordering::Equal => row.0 < piece.first,
        }
    }
}

fn last_of(piece: &Piece) -> u32 {
    piece.row(piece.rows.len().saturating_sub(1)).0
}

fn bound(order: &[SortKey], backwards: bool, piece: &Piece, zones: &[ZoneMap], behind: Option<&Entry>) -> Bound {
    let map = zones.get(piece.block as usize);
    let keys: Vec<KeyValue> = order.iter().map_while(|key| first_in(key, backwards, map?)).collect();
    let Some((passed, row)) = behind else { return Bound { keys, open: false } };
    match compare_keys(order, backwards, &keys, passed) {
        Ordering::Greater => Bound { keys, open: false },
        // Rows with fewer keys known may stand anywhere behind.
        Ordering::Less | Ordering::Equal if keys.is_empty() => Bound { keys, open: false },
        Ordering::Less | Ordering::Equal => {
            let is_passed = if backwards { piece.first >= row.0 } else { last_of(piece) <= row.0 };
            Bound { keys: passed.clone(), open: is_passed }
        }
    }
}

/// The value of a sort key that no row of a block comes before in the list; `None` where the map does not tell.
fn first_in(key: &SortKey, backwards: bool, map: &ZoneMap) -> Option<KeyValue> {
    let SortColumn::Frozen(name) = &key.by else { return None };
    let column = map.column(name)?;
    // Absent values come last, and so first in a list that is read backwards.
    if backwards && column.absent > 0 {
        return Some(KeyValue::NONE);
    }
    let least = key.descending == backwards;
    Some(match &column.zone {
        Zone::Empty => KeyValue::NONE,
        Zone::Bool { any_true, any_false } => KeyValue::Bool(if least { !any_false } else { *any_true }),
        Zone::Int { min, max } | Zone::Time { min, max } => KeyValue::Int(if least { *min } else { *max }),
        Zone::Text(texts) => {
            let all = texts.distinct.as_ref()?;
            KeyValue::Text(if least { all.iter().min()?.clone() } else { all.iter().max()?.clone() })
        }
        Zone::Float { .. } | Zone::Unknown | Zone::TextList { .. } => return None,
    })
}

#[cfg(test)]
mod tests;
