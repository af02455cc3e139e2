//! How much of a list is asked for, and what was found: what both ways to a page take and give.

use domain::ids::RowId;

use super::order::Entry;

/// How much of a list is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ask {
    /// How many rows are passed over first.
    pub(crate) skip: u64,
    /// How many rows make a page.
    pub(crate) limit: usize,
    /// From the last row to the first.
    pub(crate) backwards: bool,
}

impl Ask {
    /// How many rows have to be found: those that are passed over, the page, and one more that tells whether there is
    /// more. Where the first are more than a call examines, as many as it does.
    pub(crate) fn wanted(&self, bound: usize) -> usize {
        let all = usize::try_from(self.skip).unwrap_or(usize::MAX).saturating_add(self.limit).saturating_add(1);
        all.min(bound.max(self.limit.saturating_add(1)))
    }
}

/// What is left of a list when a search ends before the page is full.
#[derive(Debug)]
pub(crate) enum Rest {
    /// Nothing: that was all.
    Nothing,
    /// Rows behind this one.
    Behind(Entry),
}

impl Rest {
    /// Rows behind this one, where rows are walked.
    pub(crate) fn behind(row: Option<RowId>) -> Self {
        row.map_or(Self::Nothing, |row| Self::Behind((Vec::new(), row)))
    }
}

/// The rows of a page and where the next one starts.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The rows, in the order of the list.
    pub(crate) rows: Vec<Entry>,
    /// Where the next page starts, and how many rows it passes over; `None` when this was the last one.
    pub(crate) next: Option<(Entry, u64)>,
    /// How many blocks the page took, where that is worth knowing for the next one.
    pub(crate) blocks: Option<u32>,
}

impl Found {
    /// The same page, with how many blocks it took.
    pub(crate) fn at_pace(self, blocks: u32) -> Self {
        Self { blocks: Some(blocks), ..self }
    }

    /// The page out of the rows that were found, those to be passed over included. `rest` is what is left where they
    /// are not more than fit on the page.
    pub(crate) fn cut(mut passed: Vec<Entry>, ask: Ask, rest: Rest) -> Self {
        let skip = usize::try_from(ask.skip).unwrap_or(usize::MAX).min(passed.len());
        let mut rows = passed.split_off(skip);
        if rows.len() > ask.limit {
            rows.truncate(ask.limit);
            let next = rows.last().cloned().map(|last| (last, 0));
            return Self { rows, next, blocks: None };
        }
        let skipped = u64::try_from(skip).unwrap_or(u64::MAX);
        let next = match rest {
            Rest::Nothing => None,
            Rest::Behind(entry) => Some((entry, ask.skip - skipped)),
        };
        Self { rows, next, blocks: None }
    }
}
