//! The expiry of a review as a call, and the job that it leaves behind.

use domain::ids::{JobId, ReviewId};
use jiff::Timestamp;

use crate::call::Call;

/// The call that has a review expire: the same whoever looks, and whenever.
pub(super) fn expiry(id: ReviewId, due: Timestamp, now: Timestamp) -> Call {
    Call::by_itself("expires", id.uuid(), due, now)
}

/// The job that the call which has a review expire leaves behind, if it leaves one.
pub(super) fn job_of(call: &Call) -> JobId {
    JobId::new(call.created("rejections"))
}
