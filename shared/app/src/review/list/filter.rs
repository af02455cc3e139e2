//! Which rows a list shows and in which order, checked and ready to be evaluated block by block.
//!
//! There are three kinds of conditions. What is frozen is tested on the columns of a block, and on its zone map before
//! the block is read. The state in campaign words is tested on the masks of a page, which costs nothing. The filter over
//! decisions is tested on columns made from the states of rows.

use columns::ZoneMap;
use domain::row::Approval;
use predicate::{Checked, places};

use crate::error::{Error, Fault, Faults};
use crate::review::input::{RowFilter, SortColumn, SortKey};
use crate::review::open::Dialect;

/// A list's conditions and order.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    /// What is frozen: the filter, the risk level, the name that is searched for.
    pub(crate) frozen: Checked,
    /// Of that, the filter.
    filter: Checked,
    /// Of that, the rest.
    beside: Checked,
    /// What was decided.
    pub(crate) changing: Checked,
    /// The state in campaign words.
    pub(crate) status: Option<Approval>,
    /// The keys to sort by; none is the order of the row numbers.
    pub(crate) order: Vec<SortKey>,
    /// The frozen columns that rows are tested by.
    pub(crate) tested: Vec<String>,
    /// The frozen columns that rows are sorted by.
    pub(crate) sorted: Vec<String>,
    /// What else has to be read.
    pub(crate) needs: Needs,
}

/// What has to be read beside blocks before a row can be judged and sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Needs {
    /// States of pages.
    pub(crate) states: bool,
    /// Texts of notes.
    pub(crate) notes: bool,
    /// Names and addresses of reviewers.
    pub(crate) reviewers: bool,
    /// Lines of the run history, which name those who decided.
    pub(crate) lines: bool,
}

impl Query {
    /// Reads the conditions.
    ///
    /// # Errors
    /// [`Error::Invalid`] names every condition that cannot be read, and why.
    pub(crate) fn new(filter: &RowFilter, order: &[SortKey]) -> Result<Self, Error> {
        let RowFilter { status, risk, search, filter, mutable_filter, lines } = filter;
        let equals = |(column, operator): (&str, &str), word: &Option<String>| {
            let word = word.as_ref().filter(|word| !word.is_empty())?;
            // A JSON string is a string of the filter language.
            Some(format!("{column} {operator} {}", serde_json::Value::from(word.as_str())))
        };
        let mut faults = Faults::new();
        let filter = read(&mut faults, "filter", filter.as_deref(), &places::frozen());
        let beside = [
            read(&mut faults, "risk", equals(("risk.level", "eq"), risk).as_deref(), &places::frozen()),
            read(&mut faults, "search", equals(("source.name", "co"), search).as_deref(), &places::frozen()),
            read(&mut faults, "user", lines.frozen().as_deref(), &places::frozen()),
        ];
        let changing = [
            read(&mut faults, "mutable_filter", mutable_filter.as_deref(), &places::listed()),
            read(&mut faults, "approver", lines.changing().as_deref(), &places::lines()),
        ];
        faults.done()?;
        let (filter, beside) = (filter.unwrap_or_else(Checked::always), Checked::all(beside.into_iter().flatten()));
        let mut query = Self {
            frozen: Checked::all([filter.clone(), beside.clone()]),
            filter,
            beside,
            changing: Checked::all(changing.into_iter().flatten()),
            status: *status,
            order: Vec::new(),
            tested: Vec::new(),
            sorted: Vec::new(),
            needs: Needs::default(),
        };
        query.tested = query.frozen.columns().to_vec();
        Ok(query.sorted_by(order.to_vec()))
    }

    /// The same conditions in another order.
    pub(crate) fn sorted_by(mut self, order: Vec<SortKey>) -> Self {
        self.order = order;
        self.needs = self.needed();
        self.sorted = self.order.iter().flat_map(|key| frozen_columns(&key.by)).map(str::to_owned).collect();
        self
    }

    /// The same over the rows of a query: what filter and order ask of an alias that it does not define is missing,
    /// whatever else rows tell under that name.
    pub(crate) fn over(&self, rows: &domain::query::Query) -> Self {
        let frozen = Checked::all([over(&self.filter, rows), self.beside.clone()]);
        let tested = frozen.columns().to_vec();
        let by = |by: &SortColumn| match by {
            SortColumn::Frozen(column) if column != RISK && is_undefined(column, rows) => {
                SortColumn::Frozen(predicate::missing(column))
            }
            other => other.clone(),
        };
        let order = self.order.iter().map(|key| SortKey { by: by(&key.by), ..key.clone() }).collect();
        Self { frozen, tested, ..self.clone() }.sorted_by(order)
    }

    /// Refuses conditions and orders that ask about columns which the caller may not see, because answers to them would
    /// tell what is in them.
    ///
    /// # Errors
    /// [`Error::Invalid`] names each column.
    pub(crate) fn requires_sight(&self, hidden: &[String]) -> Result<(), Error> {
        let mut faults = Faults::new();
        let frozen = self.frozen.columns().iter().map(|name| ("filter", name.as_str()));
        let changing = self.changing.columns().iter().map(|name| ("mutable_filter", name.as_str()));
        let sorted = self.order.iter().filter_map(|key| Some(("order_by", column_of(&key.by)?)));
        for (field, column) in frozen.chain(changing).chain(sorted) {
            if is_hidden(column, hidden) {
                faults.add(field, format!("{column} is hidden from reviewers"));
            }
        }
        faults.done()
    }

    /// The same as a caller of a dialect may ask it who does not see some columns. Lists of a campaign end in the order by
    /// accounts, asked for or not: where that is hidden, it is left out.
    ///
    /// # Errors
    /// As [`Self::requires_sight`], with the fields as the dialect calls them.
    pub(crate) fn in_words_of(self, dialect: Dialect, hidden: &[String]) -> Result<Self, Error> {
        if dialect == Dialect::Certification || hidden.is_empty() {
            self.requires_sight(hidden)?;
            return Ok(self);
        }
        let mut faults = Faults::new();
        let tells = self.status.is_some() && is_hidden("decision", hidden);
        faults.require(!tells, "status", "decision is hidden from reviewers");
        faults.done()?;
        let seen = self.order.iter().filter(|key| !(key.is_by_account() && key.is_hidden(hidden)));
        let seen: Vec<SortKey> = seen.cloned().collect();
        let query = self.sorted_by(seen);
        let renamed = |fault: Fault| match fault.field.as_str() {
            "filter" => Fault::new("search", fault.issue),
            "order_by" => Fault::new("sort", fault.issue),
            _ => fault,
        };
        match query.requires_sight(hidden) {
            Err(Error::Invalid(faults)) => Err(Error::Invalid(faults.into_iter().map(renamed).collect())),
            Err(error) => Err(error),
            Ok(()) => Ok(query),
        }
    }

    fn needed(&self) -> Needs {
        let tests = |name: &str| self.changing.columns().iter().any(|column| column.starts_with(name));
        let sorts = |by: SortColumn| self.order.iter().any(|key| key.by == by);
        let lines = tests("line.") || self.order.iter().any(|key| matches!(key.by, SortColumn::Line(_)));
        let states = self.status.is_some()
            || !self.changing.is_always()
            || self.order.iter().any(|key| frozen_columns(&key.by).is_empty());
        let reviewers = lines || tests("reviewers.") || sorts(SortColumn::Reviewer);
        Needs { states, notes: tests("notes"), reviewers, lines }
    }

    /// Whether every row passes.
    pub(crate) fn passes_all(&self) -> bool {
        self.status.is_none() && self.frozen.is_always() && self.changing.is_always()
    }

    /// The columns that rows are sorted by, where all of them are frozen.
    pub(crate) fn frozen_order(&self) -> Option<Vec<&str>> {
        self.order.iter().map(frozen_column).collect()
    }

    /// Whether a block may hold a row that passes. `false` is certain.
    pub(crate) fn may_match(&self, zones: &ZoneMap) -> bool {
        self.frozen.may_match(zones)
    }
}

impl SortKey {
    /// Whether it is a part of the order by accounts.
    fn is_by_account(&self) -> bool {
        matches!(&self.by, SortColumn::Frozen(name) if ["source.name", "source.id"].contains(&name.as_str()))
    }

    /// Whether it sorts by a column that is hidden.
    pub(crate) fn is_hidden(&self, hidden: &[String]) -> bool {
        column_of(&self.by).is_some_and(|column| is_hidden(column, hidden))
    }
}

/// The column of the order by risk, which has a name of its own for clients.
const RISK: &str = "risk.score";

/// A filter over the rows of a query, whose aliases are those that the query defines.
pub(crate) fn over(filter: &Checked, rows: &domain::query::Query) -> Checked {
    filter.lacking(|column| is_undefined(column, rows))
}

fn is_undefined(column: &str, rows: &domain::query::Query) -> bool {
    column.split_once('.').is_some_and(|(scope, _)| !rows.defines(scope))
}

/// Whether a column is one of the hidden ones, or a part of one.
fn is_hidden(column: &str, hidden: &[String]) -> bool {
    let within = |rest: &str| rest.is_empty() || rest.starts_with('.');
    hidden.iter().any(|hidden| column.strip_prefix(hidden.as_str()).is_some_and(within))
}

/// What the column of a key is called by those who hide columns.
fn column_of(by: &SortColumn) -> Option<&str> {
    match by {
        SortColumn::Frozen(name) => Some(name),
        SortColumn::Status => Some("decision"),
        SortColumn::Reviewer => Some("reviewers"),
        SortColumn::DecidedAt => Some("decision_at"),
        SortColumn::Person | SortColumn::Line(_) => None,
    }
}

/// The column of a key that is frozen, where it is one.
fn frozen_column(key: &SortKey) -> Option<&str> {
    match frozen_columns(&key.by).as_slice() {
        [one] => Some(one),
        _ => None,
    }
}

/// The frozen columns whose first value a key is; none where it can change.
pub(crate) fn frozen_columns(by: &SortColumn) -> Vec<&str> {
    match by {
        SortColumn::Frozen(name) => vec![name],
        SortColumn::Person => vec!["owner.name", "source.name"],
        SortColumn::Status | SortColumn::Reviewer | SortColumn::DecidedAt | SortColumn::Line(_) => Vec::new(),
    }
}

/// A blank filter is none.
fn read(faults: &mut Faults, field: &str, text: Option<&str>, schema: &predicate::Schema) -> Option<Checked> {
    let text = text.filter(|text| !text.trim().is_empty())?;
    match predicate::filter(text, schema) {
        Ok(checked) => Some(checked),
        Err(found) => {
            found.iter().for_each(|fault| faults.add(field, fault.to_string()));
            None
        }
    }
}
