//! What an export is asked for, as its job keeps it.

use domain::export::Format;
use domain::ids::ReviewId;
use domain::user::{Caller, Role};
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::error::Error;
use crate::loading::people::Person;
use crate::review::{RowFilter, SortColumn, SortKey};

/// An export to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateInput {
    /// Whose rows.
    pub review: ReviewId,
    /// The review of the same workflow that it is compared with.
    pub previous: Option<ReviewId>,
    /// How they are written.
    pub format: Format,
    /// What the file is called in itself, at most [`MAX_TITLE`](super::MAX_TITLE) characters; the review's name when absent.
    pub title: Option<String>,
    /// A filter over what is reviewed, in the filter language.
    pub filter: Option<String>,
    /// A filter over what was decided, in the filter language.
    pub mutable_filter: Option<String>,
    /// In which order; empty is that of the list of results.
    pub order: Vec<SortKey>,
}

/// An export as kept in its job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) review: ReviewId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) previous: Option<ReviewId>,
    format: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) filter: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) mutable_filter: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    order: Vec<KeyRecord>,
    by: Person,
    role: String,
}

/// A sort key; `by` is a frozen column, or one of the words that no column has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct KeyRecord {
    by: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    descending: bool,
}

const STATUS: &str = "=status";
const REVIEWER: &str = "=reviewer";
const DECIDED_AT: &str = "=decided_at";

impl Order {
    /// What `input` asks for, by whoever calls.
    pub(super) fn new(call: &Call, input: &CreateInput) -> Self {
        let key = |SortKey { by, descending }: &SortKey| {
            let by = match by {
                SortColumn::Frozen(column) => column.as_str(),
                SortColumn::Status => STATUS,
                SortColumn::Reviewer => REVIEWER,
                SortColumn::DecidedAt => DECIDED_AT,
                // Columns of lists that are not exported.
                SortColumn::Person | SortColumn::Line(_) => return None,
            };
            Some(KeyRecord { by: by.to_owned(), descending: *descending })
        };
        Self {
            review: input.review,
            previous: input.previous,
            format: input.format.code(),
            title: input.title.clone(),
            filter: input.filter.clone(),
            mutable_filter: input.mutable_filter.clone(),
            order: input.order.iter().filter_map(key).collect(),
            by: call.caller.user.clone().into(),
            role: call.caller.role.word().to_owned(),
        }
    }

    /// Who asked.
    pub(super) fn caller(&self) -> Result<Caller, Error> {
        let role: Role = self.role.parse().map_err(|error| Error::Bug(format!("the role of an export: {error}")))?;
        Ok(Caller { user: self.by.clone().into(), role, key_id: None })
    }

    /// How the file is written.
    pub(super) fn format(&self) -> Result<Format, Error> {
        Format::from_code(self.format).ok_or_else(|| Error::Bug(format!("the export has the format {}", self.format)))
    }

    /// Which rows.
    pub(super) fn rows(&self) -> RowFilter {
        RowFilter { filter: self.filter.clone(), mutable_filter: self.mutable_filter.clone(), ..RowFilter::default() }
    }

    /// In which order; empty when nobody said.
    pub(super) fn order(&self) -> Vec<SortKey> {
        let key = |KeyRecord { by, descending }: &KeyRecord| {
            let by = match by.as_str() {
                STATUS => SortColumn::Status,
                REVIEWER => SortColumn::Reviewer,
                DECIDED_AT => SortColumn::DecidedAt,
                column => SortColumn::Frozen(column.to_owned()),
            };
            SortKey { by, descending: *descending }
        };
        self.order.iter().map(key).collect()
    }
}
