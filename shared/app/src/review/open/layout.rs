//! How the rows of a review are laid out, as far as their writer says.

use std::sync::Arc;

use domain::review::ReviewerAssignment;
use jiff::Timestamp;
use serde::Deserialize;
use store::certification::Plan;

use super::{Review, Sight};
use crate::deps::Deps;
use crate::error::Error;
use crate::loading::jobs::building::Instructions;

/// What the writer of the rows says about their layout.
#[derive(Debug, Default, Deserialize)]
struct Header {
    /// `account_name` or `source_type`.
    #[serde(default)]
    order: String,
    /// How many stretches of rows that share their first reviewer there are; 0 when it does not say.
    #[serde(default)]
    stretches: usize,
    /// Columns in which all rows agree, of those that lists are usually sorted by.
    #[serde(default)]
    same: Vec<String>,
    /// The instant that ages are judged by, in milliseconds since 1970.
    #[serde(default)]
    as_of: Option<i64>,
    /// How reviewers were found.
    #[serde(default)]
    assignment: Option<Instructions>,
}

/// How the rows of a review are laid out.
#[derive(Debug)]
pub(crate) struct Layout {
    /// The blocks.
    pub(crate) plan: Arc<Plan>,
    order: String,
    stretches: usize,
    same: Vec<String>,
    as_of: Option<i64>,
    /// By which instructions the reviewers of rows were found; `None` when the layout does not say.
    pub(crate) assignment: Option<Arc<ReviewerAssignment>>,
}

impl Layout {
    /// The instant that the ages of the rows are judged by; `None` when the layout does not say.
    pub(crate) fn as_of(&self) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.as_of?).ok()
    }

    /// The columns by which the rows of one stretch are sorted; empty when the layout does not say.
    pub(crate) fn order(&self) -> &'static [&'static str] {
        match self.order.as_str() {
            "account_name" => &["source.name", "source.id"],
            "source_type" => &["source.type"],
            _ => &[],
        }
    }

    /// Whether all rows are known to have the same value in a column, so that sorting by it changes nothing.
    pub(crate) fn agrees_in(&self, column: &str) -> bool {
        self.same.iter().any(|same| same == column)
    }

    /// Whether all of the caller's rows have the same first reviewer, so that they lie in the order of the layout.
    pub(crate) fn one_stretch(&self, review: &Review) -> bool {
        self.stretches == 1
            || match &review.sight {
                Sight::All => false,
                Sight::Own(reach) => reach.is_one_stretch(),
            }
    }
}

impl Review {
    /// How its rows are laid out.
    pub(crate) async fn plan(&self, deps: &Deps) -> Result<Layout, Error> {
        let plan = deps.store.certifications().plan(&self.id(), self.attempt).await?;
        let plan = plan.ok_or_else(|| Error::Bug(format!("review {} has no plan", self.id())))?;
        // A header of an unknown form costs speed, not correctness: the rows are then sorted instead of walked.
        let header: Header = serde_json::from_str(&plan.header).unwrap_or_default();
        let Header { order, stretches, same, as_of, assignment } = header;
        let assignment = assignment.map(|instructions| Arc::new(instructions.into()));
        Ok(Layout { plan, order, stretches, same, as_of, assignment })
    }
}
