//! Which rows of which blocks a list has to look at: worked out from what the caller sees, before anything is read.

use columns::Bits;
use domain::ids::RowId;
use domain::page::ROWS;
use store::certification::Plan;

use crate::error::Error;
use crate::review::open::Review;

/// Some rows of one block.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Piece {
    /// The number of the block.
    pub(crate) block: u32,
    /// The block's first row.
    pub(crate) first: u32,
    /// The rows, by their places in the block.
    pub(crate) rows: Bits,
}

/// All rows that the caller sees, ascending. Blocks without any are left out.
///
/// # Errors
/// [`Error::Bug`] when a block begins within a page.
pub(crate) fn all(review: &Review, plan: &Plan) -> Result<Vec<Piece>, Error> {
    let mut blocks: Vec<(u32, Vec<u64>)> = Vec::new();
    for page in review.pages() {
        let mask = review.visible(page);
        let Some((block, place)) = plan.locate(page.saturating_mul(ROWS)).filter(|_| mask != 0) else { continue };
        // INVARIANT: blocks begin where pages do, so that a page's mask is a word of the block's bits.
        if !place.is_multiple_of(ROWS as usize) {
            return Err(Error::Bug(format!("block {block} of review {} begins within a page", review.id())));
        }
        let word = place / ROWS as usize;
        if blocks.last().is_none_or(|(held, _)| *held != block) {
            blocks.push((block, Vec::new()));
        }
        if let Some((_, words)) = blocks.last_mut() {
            words.resize(word, 0);
            words.push(mask);
        }
    }
    let piece = |(block, words)| {
        let rows = plan.rows_of(block);
        Piece { block, first: rows.start, rows: Bits::from_words(words, rows.len()) }
    };
    Ok(blocks.into_iter().map(piece).collect())
}

/// Keeps of ascending `pieces` what lies behind a row, and puts them in walking order.
pub(crate) fn walk_from(pieces: &mut Vec<Piece>, from: Option<RowId>, backwards: bool) {
    if let Some(from) = from {
        for piece in pieces.iter_mut() {
            let (first, length) = (piece.first, piece.rows.len());
            let place = usize::try_from(from.0.saturating_sub(first)).unwrap_or(usize::MAX);
            let (before, after) = (from.0 < first, place >= length);
            match (backwards, before, after) {
                (false, true, _) | (true, false, true) => {}
                (false, false, true) | (true, true, _) => piece.rows.reset(length, false),
                (false, false, false) => clear(&mut piece.rows, 0..place + 1),
                (true, false, false) => clear(&mut piece.rows, place..length),
            }
        }
        pieces.retain(|piece| piece.rows.any());
    }
    if backwards {
        pieces.reverse();
    }
}

fn clear(bits: &mut Bits, places: std::ops::Range<usize>) {
    places.for_each(|place| bits.set(place, false));
}

impl Piece {
    /// How many rows.
    pub(crate) fn count(&self) -> usize {
        self.rows.count()
    }

    /// The row at a place of the block.
    pub(crate) fn row(&self, place: usize) -> RowId {
        RowId(self.first.saturating_add(u32::try_from(place).unwrap_or(u32::MAX)))
    }

    /// The rows in walking order.
    pub(crate) fn ids(&self, backwards: bool) -> Vec<RowId> {
        let mut ids: Vec<RowId> = self.rows.ones_iter().map(|place| self.row(place)).collect();
        if backwards {
            ids.reverse();
        }
        ids
    }

    /// The pages that hold the rows, ascending.
    pub(crate) fn pages(&self) -> impl Iterator<Item = u32> {
        let first = RowId(self.first).page();
        (first..).zip(self.rows.words()).filter(|(_, word)| **word != 0).map(|(page, _)| page)
    }

    /// Keeps of each page the rows of a mask.
    pub(crate) fn keep(&mut self, mask: impl Fn(u32) -> u64) {
        let first = RowId(self.first).page();
        self.rows.update(|words| (first..).zip(words).for_each(|(page, word)| *word &= mask(page)));
    }

    /// The first `count` rows in walking order; the others stay.
    pub(crate) fn split(&mut self, count: usize, backwards: bool) -> Self {
        let mut taken = self.clone();
        taken.rows.reset(self.rows.len(), false);
        for row in self.ids(backwards).into_iter().take(count) {
            let place = (row.0 - self.first) as usize;
            taken.rows.set(place, true);
            self.rows.set(place, false);
        }
        taken
    }
}
