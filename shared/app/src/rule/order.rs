//! What a job on rules is told, in the form in which it is kept with the job.
//!
//! An evaluation is told the rules themselves, as they were when it was asked for: a rule that changes meanwhile, or is
//! deleted, does not change what is under way, and the log names the version that was evaluated.

use domain::automatic::{Cause, Wish};
use domain::ids::{ReviewId, RuleId};
use domain::rule::{NewReviewer, Rule, RuleAction};
use domain::settings::SelfReview;
use domain::user::User;
use serde::{Deserialize, Serialize};
use store::policy::FrozenPolicy;

use crate::loading::people::Person;
use crate::standing::Settled;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(crate) enum Order {
    /// Count the accounts of the current inventory that satisfy a condition.
    Test(Trial),
    /// Decide what rules and policies decide about the pending rows of a campaign.
    Campaign(Evaluation),
    /// Reject what nobody had decided when a review expired.
    Expired(Rejection),
}

/// What a review leaves to be done when it expires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rejection {
    pub(crate) review: ReviewId,
    pub(crate) attempt: u32,
    pub(crate) campaign: bool,
    /// Whether the removal of what is rejected is asked for.
    pub(crate) enforce: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) note: String,
}

impl Rejection {
    /// The note that the rows get, unless it says nothing.
    pub(crate) fn note(&self) -> Option<&str> {
        Some(self.note.as_str()).filter(|note| !note.trim().is_empty())
    }
}

/// A condition that is tried out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Trial {
    /// The type of rule it is meant for: for the record, because conditions of all types may ask the same.
    pub(crate) kind: String,
    pub(crate) condition: String,
}

/// Rules and policies that a campaign evaluates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Evaluation {
    pub(crate) review: ReviewId,
    pub(crate) attempt: u32,
    /// In the order of their assignment.
    pub(crate) rules: Vec<FrozenRule>,
    /// The policies that decide, in the order of their application.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) policies: Vec<FrozenPolicy>,
    /// Who must not be assigned, and who stands in for whom.
    #[serde(default, skip_serializing_if = "Settled::is_empty")]
    pub(crate) settled: Settled,
    /// Whether people may be made reviewers of their own access, as it was chosen when the evaluation was asked for; absent
    /// in old orders, which go by what held when the rows were built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) checks_self_review: Option<bool>,
    /// Whether the campaign waits for it: nobody sees its rows before, and it is opened when this has ended, however.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) opens: bool,
}

impl Evaluation {
    /// Whether people may be made reviewers of their own access, where `built` held when the rows were built.
    pub(super) fn self_review(&self, built: SelfReview) -> SelfReview {
        match self.checks_self_review {
            Some(true) => SelfReview::CheckingEnabled,
            Some(false) => SelfReview::CheckingDisabled,
            None => built,
        }
    }

    /// What may decide, in the order by which findings number it.
    pub(super) fn causes(&self) -> impl Iterator<Item = Cause> {
        let policies = self.policies.iter().cloned().map(|frozen| frozen.thaw().0.cause());
        self.rules.iter().map(FrozenRule::cause).chain(policies)
    }
}

/// A rule as it was when it was frozen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FrozenRule {
    pub(crate) id: RuleId,
    pub(crate) version: u64,
    pub(crate) condition: String,
    action: FrozenAction,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FrozenAction {
    Approve,
    Reject,
    Flag,
    AssignPerson(Person),
    AssignOwner,
    AssignManager,
}

impl From<&Rule> for FrozenRule {
    fn from(rule: &Rule) -> Self {
        let action = match rule.action.clone() {
            RuleAction::Approve => FrozenAction::Approve,
            RuleAction::Reject => FrozenAction::Reject,
            RuleAction::Flag => FrozenAction::Flag,
            RuleAction::Assign(NewReviewer::Given(user)) => FrozenAction::AssignPerson(user.into()),
            RuleAction::Assign(NewReviewer::Owner) => FrozenAction::AssignOwner,
            RuleAction::Assign(NewReviewer::Manager) => FrozenAction::AssignManager,
        };
        Self { id: rule.id, version: rule.version, condition: rule.condition.clone(), action }
    }
}

impl FrozenRule {
    /// How the log names it.
    pub(crate) fn cause(&self) -> Cause {
        Cause::Rule { id: self.id, version: self.version }
    }

    /// What becomes of the rows that satisfy it.
    pub(crate) fn wish(&self) -> Wish {
        match self.action {
            FrozenAction::Approve => Wish::Approve,
            FrozenAction::Reject => Wish::Reject,
            FrozenAction::Flag => Wish::Flag,
            FrozenAction::AssignPerson(_) | FrozenAction::AssignOwner | FrozenAction::AssignManager => Wish::Assign,
        }
    }

    /// Whom it assigns, where it does.
    pub(crate) fn reviewer(&self) -> Option<NewReviewer> {
        match &self.action {
            FrozenAction::Approve | FrozenAction::Reject | FrozenAction::Flag => None,
            FrozenAction::AssignPerson(person) => Some(NewReviewer::Given(User::from(person.clone()))),
            FrozenAction::AssignOwner => Some(NewReviewer::Owner),
            FrozenAction::AssignManager => Some(NewReviewer::Manager),
        }
    }
}
