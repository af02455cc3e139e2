//! What a line of the run history says, and what a filter over lines asks.

use std::sync::Arc;

use domain::review::RevokeMode;
use domain::row::{Decision, RowState};
use domain::run::{Course, Outcome, Response, answered_at};
use domain::user::User;
use jiff::Timestamp;
use store::letter::Unreached;

use crate::review::input::LineFilter;
use crate::review::open::Review;

/// What a line says beside what is frozen about its row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    /// The e-mail address of who answered, or is to answer.
    pub(crate) approver: Option<&'a str>,
    /// How they answered.
    pub(crate) response: Response,
    /// When.
    pub(crate) answered_at: Option<Timestamp>,
    /// What came of it.
    pub(crate) outcome: Option<Outcome>,
}

/// What the lines of a run history depend on beside their rows.
#[derive(Debug, Clone)]
pub(crate) struct Circumstances {
    course: Course,
    unreached: Arc<Unreached>,
}

impl Circumstances {
    /// Whether nothing is known against somebody hearing of the request.
    fn reach(&self, user: &User) -> bool {
        self.unreached.is_empty() || self.unreached.why(&user.key()).is_none()
    }
}

impl<'a> Line<'a> {
    /// The line of a row with these effective reviewers.
    pub(crate) fn of(
        circumstances: &Circumstances,
        state: &RowState,
        decider: Option<&'a User>,
        reviewers: impl IntoIterator<Item = &'a User> + Clone,
    ) -> Self {
        let course = circumstances.course;
        let asked = || reviewers.clone().into_iter().next();
        let reached = reviewers.clone().into_iter().filter(|user| circumstances.reach(user));
        let approver = if state.decision == Decision::None { asked() } else { decider };
        Self {
            approver: approver.map(|user| user.email.as_str()).filter(|email| !email.is_empty()),
            response: course.response(state, reached),
            answered_at: answered_at(state),
            outcome: course.outcome(state),
        }
    }
}

impl Review {
    /// What the lines of its run history depend on beside their rows.
    pub(crate) fn circumstances(&self) -> Circumstances {
        let mode = self.campaign.as_ref().map_or(RevokeMode::RecordOnly, |campaign| campaign.plan.revoke_mode);
        let course = Course::of(self.certification.phase(), mode);
        Circumstances { course, unreached: Arc::clone(&self.unreached) }
    }
}

/// The columns that a filter over lines is evaluated on.
pub(crate) mod column {
    /// E-mail address of the approver.
    pub(crate) const APPROVER: &str = "line.approver";
    /// The word of the response.
    pub(crate) const RESPONSE: &str = "line.response";
    /// When it came.
    pub(crate) const ANSWERED_AT: &str = "line.answered_at";
    /// The word of its result.
    pub(crate) const RESULT: &str = "line.result";
}

impl LineFilter {
    /// What it asks of frozen columns, in the filter language; `None` when nothing.
    pub(super) fn frozen(&self) -> Option<String> {
        let text = |text: &String| serde_json::Value::from(text.as_str()).to_string();
        let user = self
            .user
            .as_ref()
            .map(text)
            .map(|user| format!("(owner.name co {user} or (owner.name eq null and source.name co {user}))"));
        let application = self
            .application
            .as_ref()
            .map(text)
            .map(|application| format!("(destination.id eq {application} or destination.name eq {application})"));
        joined([user, application].into_iter().flatten(), " and ")
    }

    /// What it asks of what was decided, in the filter language; `None` when nothing.
    pub(super) fn changing(&self) -> Option<String> {
        let Self { user: _, application: _, approver, responses, outcome, from, to } = self;
        let approver = approver
            .as_ref()
            .map(|email| format!("{} eq {}", column::APPROVER, serde_json::Value::from(email.as_str())));
        let words = responses.iter().map(|response| format!("{} eq \"{}\"", column::RESPONSE, response.word()));
        let responses = joined(words, " or ").map(|any| format!("({any})"));
        let outcome = outcome.map(|outcome| match outcome {
            Some(outcome) => format!("{} eq \"{}\"", column::RESULT, outcome.word()),
            None => format!("{} eq null", column::RESULT),
        });
        let from = from.map(|from| format!("{} ge \"{from}\"", column::ANSWERED_AT));
        let to = to.map(|to| format!("{} le \"{to}\"", column::ANSWERED_AT));
        joined([approver, responses, outcome, from, to].into_iter().flatten(), " and ")
    }
}

fn joined(parts: impl Iterator<Item = String>, by: &str) -> Option<String> {
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| parts.join(by))
}
