//! From an event of the bus to what receivers may want to hear of.

use domain::ids::{ReviewId, RowId, WorkflowId};
use domain::user::UserKey;
use domain::webhook::Occasion;
use jiff::Timestamp;
use serde::Deserialize;

use crate::error::Error;
use crate::event::received::{self, Received};

/// Something that a receiver may be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The event's id: the same whenever it comes.
    pub(super) id: String,
    /// What it is for a receiver.
    pub(super) occasion: Occasion,
    /// When it happened.
    pub(super) at: Timestamp,
    /// Who did it.
    pub(super) actor: Option<UserKey>,
    /// Where.
    pub(super) review: ReviewId,
    /// On which rows, ascending; none where it is about the whole review.
    pub(super) rows: Vec<RowId>,
}

/// A workflow that was deleted, whose receiver is told nothing any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forgotten {
    /// Which.
    pub workflow: WorkflowId,
    /// When.
    pub at: Timestamp,
}

impl Forgotten {
    /// Reads an event of the bus; `None` for one of anything else.
    ///
    /// # Errors
    /// [`Error::Bug`] for what is no event of this product.
    pub fn of(detail: &str) -> Result<Option<Self>, Error> {
        #[derive(Deserialize)]
        struct Deleted {
            time: Timestamp,
            data: Of,
        }
        #[derive(Deserialize)]
        struct Of {
            workflow: WorkflowId,
        }
        if type_of(detail)? != "workflow.deleted" {
            return Ok(None);
        }
        let Deleted { time: at, data: Of { workflow } } = received::read(detail)?;
        Ok(Some(Self { workflow, at }))
    }
}

fn type_of(detail: &str) -> Result<String, Error> {
    #[derive(Deserialize)]
    struct Typed {
        r#type: String,
    }
    received::read::<Typed>(detail).map(|typed| typed.r#type)
}

/// What is looked at of all types of events.
#[derive(Deserialize)]
struct Data {
    /// Absent where an event is about no review.
    #[serde(default, alias = "campaign", alias = "certification")]
    review: Option<ReviewId>,
    #[serde(default)]
    rows: Vec<u32>,
    #[serde(default)]
    changes: Vec<Change>,
}

#[derive(Deserialize)]
struct Change {
    /// How the removal of the access goes, in events of that.
    status: Option<String>,
    rows: Vec<u32>,
}

impl Heard {
    /// Reads an event of the bus; `None` for one that no receiver is told of.
    ///
    /// # Errors
    /// [`Error::Bug`] for what is no event of this product.
    pub fn of(detail: &str) -> Result<Option<Self>, Error> {
        let Received::<Data> { id, r#type, time, actor, data } = received::read(detail)?;
        let Data { review, rows, changes } = data;
        let changed = |wanted: &dyn Fn(&Change) -> bool| {
            let rows = changes.iter().filter(|change| wanted(change)).flat_map(|change| change.rows.iter().copied());
            rows.collect::<Vec<u32>>()
        };
        let (occasion, mut rows) = match r#type.as_str() {
            "row.signed_off" => (Occasion::RowAccepted, rows),
            "row.reassigned" => (Occasion::RowReassigned, changed(&|_| true)),
            "row.removal_changed" => {
                (Occasion::RowRejected, changed(&|change| change.status.as_deref() == Some("requested")))
            }
            "campaign.completed" | "certification.completed" => (Occasion::ReviewCompleted, Vec::new()),
            _ => return Ok(None),
        };
        if rows.is_empty() && occasion != Occasion::ReviewCompleted {
            return Ok(None);
        }
        let review = review.ok_or_else(|| Error::Bug(format!("the event {id} names no review")))?;
        rows.sort_unstable();
        rows.dedup();
        let rows = rows.into_iter().map(RowId).collect();
        Ok(Some(Self { id, occasion, at: time, actor, review, rows }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sample of an event in the documentation.
    fn sample(kind: &str) -> String {
        let path = format!("{}/../../docs/events/{kind}.sample.json", env!("CARGO_MANIFEST_DIR"));
        let event: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        event["detail"].to_string()
    }

    #[test]
    fn each_event_of_the_rule_is_something_to_tell() {
        for (kind, occasion, rows) in [
            ("row.signed_off", Occasion::RowAccepted, vec![192, 193, 256, 257]),
            ("row.reassigned", Occasion::RowReassigned, vec![197, 261]),
            ("row.removal_changed", Occasion::RowRejected, vec![194, 258]),
            ("campaign.completed", Occasion::ReviewCompleted, vec![]),
            ("certification.completed", Occasion::ReviewCompleted, vec![]),
        ] {
            let heard = Heard::of(&sample(kind)).unwrap().unwrap();
            assert_eq!((heard.occasion, heard.rows), (occasion, rows.into_iter().map(RowId).collect()), "{kind}");
            assert_eq!(heard.actor.map(|actor| actor.to_string()).as_deref(), Some("Identity/lena"), "{kind}");
        }
    }

    #[test]
    fn the_end_of_a_workflow_is_not_told_but_noticed() {
        let Forgotten { workflow, at } = Forgotten::of(&sample("workflow.deleted")).unwrap().unwrap();
        assert_eq!(workflow.to_string(), "0190f2a4-7b1c-7f3e-9d52-000000000002");
        assert_eq!(at.to_string(), "2026-05-01T08:00:00Z");
        assert_eq!(Forgotten::of(&sample("row.signed_off")).unwrap(), None);
        assert!(Forgotten::of("{}").is_err());
    }

    #[test]
    fn what_receivers_are_not_told_of_is_nothing() {
        for kind in ["row.decided", "row.flagged"] {
            assert_eq!(Heard::of(&sample(kind)).unwrap(), None, "{kind}");
        }
        let called_off = sample("row.removal_changed").replace("requested", "called_off");
        assert_eq!(Heard::of(&called_off).unwrap(), None);
        assert!(Heard::of("{}").is_err() && Heard::of("no json").is_err());
    }
}
