//! Which rows a list shows and in which order, made ready to be evaluated block by block.
//!
//! What is frozen is tested on the columns of a block; what changes is tested on columns that are made from the states
//! of its pages and laid over it: `decision`, `signed_off_state`, `notification_status`, `notes` and `reviewers.*` under
//! the names that filters know, and three that only lists use, whose names no client can write.

use columns::{Batch, Bits, ZoneMap, fold};
use domain::row::Approval;
use predicate::Checked;
use predicate::sort::{Key, Order};

use super::input::{RowFilter, SortColumn, SortKey};
use super::overlay;
use crate::error::{Error, Faults};

/// A list's conditions and order.
#[derive(Debug)]
pub(crate) struct Query {
    frozen: Checked,
    changing: Checked,
    status: Option<Approval>,
    risk: Option<String>,
    /// Folded.
    search: Option<String>,
    order: Order,
    columns: Vec<String>,
}

/// What of the changing part has to be laid over a block before it can be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Needs {
    /// Decision, sign-off, notification and status.
    pub(crate) states: bool,
    /// The texts of notes.
    pub(crate) notes: bool,
    /// Names and addresses of reviewers.
    pub(crate) reviewers: bool,
}

impl Query {
    /// Reads the conditions.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the filter that cannot be read, and why.
    pub(crate) fn new(filter: &RowFilter, order: &[SortKey]) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let mut read = |field: &str, text: &Option<String>, schema: &predicate::Schema| {
            let text = text.as_deref().map(str::trim).filter(|text| !text.is_empty())?;
            match predicate::filter(text, schema) {
                Ok(checked) => Some(checked),
                Err(found) => {
                    for fault in found {
                        faults.add(field, fault.to_string());
                    }
                    None
                }
            }
        };
        let frozen = read("filter", &filter.filter, &predicate::places::frozen());
        let changing = read("mutable_filter", &filter.mutable_filter, &predicate::places::listed());
        faults.done()?;
        let search = filter.search.as_deref().map(|search| fold(search).into_owned());
        let mut query = Self {
            frozen: frozen.unwrap_or_else(Checked::always),
            changing: changing.unwrap_or_else(Checked::always),
            status: filter.status,
            risk: filter.risk.clone(),
            search: search.filter(|search| !search.is_empty()),
            order: Order::of(order.iter().map(key)),
            columns: Vec::new(),
        };
        query.columns = query.frozen_columns();
        Ok(query)
    }

    fn frozen_columns(&self) -> Vec<String> {
        let mut columns: Vec<String> = self.frozen.columns().to_vec();
        columns.extend(self.order.columns().map(str::to_owned));
        columns.extend(self.risk.iter().map(|_| "risk.level".to_owned()));
        columns.extend(self.search.iter().map(|_| "source.name".to_owned()));
        if self.needs().reviewers {
            columns.push("reviewers".to_owned());
        }
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    /// The order; empty is that of the row numbers.
    pub(crate) fn order(&self) -> &Order {
        &self.order
    }

    /// The frozen columns that have to be decoded.
    pub(crate) fn columns(&self) -> Vec<&str> {
        self.columns.iter().map(String::as_str).collect()
    }

    /// Whether every row passes.
    pub(crate) fn passes_all(&self) -> bool {
        let no_words = self.status.is_none() && self.risk.is_none() && self.search.is_none();
        no_words && self.frozen.is_always() && self.changing.is_always()
    }

    /// What has to be laid over the frozen columns.
    pub(crate) fn needs(&self) -> Needs {
        let named = |name: &str| {
            self.changing.columns().iter().any(|column| column.starts_with(name))
                || self.order.columns().any(|column| column == name)
        };
        let reviewers = named("reviewers") || named(overlay::REVIEWER);
        let notes = named("notes");
        let other = !self.changing.is_always() || named(overlay::STATUS) || named(overlay::DECIDED_AT);
        Needs { states: other || notes || reviewers || self.status.is_some(), notes, reviewers }
    }

    /// Whether the order looks at frozen columns alone.
    pub(crate) fn sorts_frozen(&self) -> bool {
        self.order.columns().all(|column| !overlay::is_laid_over(column))
    }

    /// Whether a block may hold a row that passes. `false` is certain.
    pub(crate) fn may_match(&self, zones: &ZoneMap) -> bool {
        self.frozen.may_match(zones)
    }

    /// Keeps the rows of a block that pass. `batch` has the frozen columns and what [`Self::needs`] says.
    pub(crate) fn narrow(&self, batch: &Batch, rows: &mut Bits) {
        if !self.frozen.is_always() {
            self.frozen.evaluator().narrow(batch, rows);
        }
        if let Some(risk) = &self.risk {
            keep(rows, |row| batch.text("risk.level", row) == Some(risk));
        }
        if let Some(search) = &self.search {
            keep(rows, |row| batch.text("source.name", row).is_some_and(|name| fold(name).contains(search)));
        }
        if let Some(status) = self.status {
            let status = overlay::status_code(status);
            let column = batch.column(overlay::STATUS);
            keep(rows, |row| column.and_then(|column| column.int(row)) == Some(status));
        }
        if !self.changing.is_always() {
            self.changing.evaluator().narrow(batch, rows);
        }
    }
}

fn keep(rows: &mut Bits, passes: impl Fn(usize) -> bool) {
    let held: Vec<usize> = rows.ones_iter().collect();
    for row in held {
        if !passes(row) {
            rows.set(row, false);
        }
    }
}

fn key(key: &SortKey) -> Key {
    let column = match &key.by {
        SortColumn::Frozen(column) => column.clone(),
        SortColumn::Status => overlay::STATUS.to_owned(),
        SortColumn::Reviewer => overlay::REVIEWER.to_owned(),
        SortColumn::DecidedAt => overlay::DECIDED_AT.to_owned(),
    };
    Key { column, descending: key.descending }
}
