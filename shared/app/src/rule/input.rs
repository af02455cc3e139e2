//! What clients say about rules, and the checks that are the same for a new rule and a changed one.

use domain::automatic::Wish;
use domain::rule::{NewReviewer, RuleAction, RuleEdit, RuleKind, RuleStatus};

use crate::call::Call;
use crate::deps::Deps;
use crate::error::{Error, Faults};
use crate::{user, valid};

/// The longest condition, in bytes: the rules of a campaign are kept together with the job that evaluates them.
const MAX_CONDITION: usize = 4_096;

/// Whom a rule makes the reviewer, where it names nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewerStrategy {
    /// The owner of the account.
    Owner,
    /// The manager of its owner.
    Manager,
}

/// A new rule, or changes of one: what is `None` stays. What is `None` and required in a new rule is a fault.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuleInput {
    /// Required: 1 to 200 characters.
    pub name: Option<String>,
    /// At most 4,000 characters.
    pub description: Option<String>,
    /// Required.
    pub kind: Option<RuleKind>,
    /// Required: at most 4,096 bytes of the condition language.
    pub condition: Option<String>,
    /// Required.
    pub decision: Option<Wish>,
    /// The e-mail address of the reviewer that a rule assigns. Other rules ignore it.
    pub reviewer: Option<String>,
    /// Whom a rule assigns that names no reviewer.
    pub strategy: Option<ReviewerStrategy>,
    /// Active when absent.
    pub status: Option<RuleStatus>,
}

/// Rules, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListInput {
    /// At most this many, at least 1.
    pub limit: usize,
    /// The cursor of a page before.
    pub after: Option<String>,
}

/// What the client said, checked and with its reviewer found. `before` is what the rule does until now.
///
/// # Errors
/// [`Error::Invalid`] names everything that is wrong.
pub(super) async fn checked(
    deps: &Deps,
    call: &Call,
    input: RuleInput,
    before: Option<&RuleAction>,
) -> Result<RuleEdit, Error> {
    let RuleInput { name, description, kind, condition, decision, reviewer, strategy, status } = input;
    let mut faults = Faults::new();
    let name = name.as_deref().map(|name| valid::name(&mut faults, "name", name));
    if let Some(description) = &description {
        valid::text(&mut faults, "description", description);
    }
    if let Some(condition) = &condition {
        check_condition(&mut faults, "condition", condition);
    }
    let reviewer = reviewer.filter(|reviewer| !reviewer.trim().is_empty());
    let action = action(&mut faults, decision, Named { reviewer, strategy }, before);
    faults.done()?;
    let action = match action {
        Some(Planned::Whole(action)) => Some(action),
        Some(Planned::Address(email)) => {
            Some(RuleAction::Assign(NewReviewer::Given(user::one_by_email(deps, call, &email, "reviewer").await?)))
        }
        None => None,
    };
    Ok(RuleEdit { name, description, kind, condition, action, status })
}

/// What a condition means, or every fault of it with its place.
pub(crate) fn check_condition(faults: &mut Faults, field: &str, condition: &str) -> Option<predicate::Checked> {
    if condition.len() > MAX_CONDITION {
        faults.add(field, "must have at most 4096 bytes");
        return None;
    }
    let read = predicate::condition(condition);
    read.map_err(|found| found.iter().for_each(|fault| faults.add(field, fault.to_string()))).ok()
}

/// Whom the client names.
struct Named {
    reviewer: Option<String>,
    strategy: Option<ReviewerStrategy>,
}

/// What the rule is to do, as far as it can be told without asking who somebody is.
enum Planned {
    Whole(RuleAction),
    Address(String),
}

/// `None` when the rule goes on doing what it does.
fn action(faults: &mut Faults, decision: Option<Wish>, named: Named, before: Option<&RuleAction>) -> Option<Planned> {
    let assigns = |action: &RuleAction| action.wish() == Wish::Assign;
    match decision.or(before.map(RuleAction::wish))? {
        Wish::Approve => Some(Planned::Whole(RuleAction::Approve)),
        Wish::Reject => Some(Planned::Whole(RuleAction::Reject)),
        Wish::Flag => Some(Planned::Whole(RuleAction::Flag)),
        Wish::Assign => match (named.reviewer, named.strategy) {
            (Some(_), Some(_)) => {
                faults.add("reviewer_strategy", "cannot be given together with `reviewer`");
                None
            }
            (Some(email), None) if before.is_some_and(|action| names(action, &email)) => None,
            (Some(email), None) => Some(Planned::Address(email)),
            (None, Some(ReviewerStrategy::Owner)) => Some(Planned::Whole(RuleAction::Assign(NewReviewer::Owner))),
            (None, Some(ReviewerStrategy::Manager)) => Some(Planned::Whole(RuleAction::Assign(NewReviewer::Manager))),
            (None, None) if before.is_some_and(assigns) => None,
            (None, None) => {
                faults.add("reviewer", "is required to assign a reviewer, unless `reviewer_strategy` is given");
                None
            }
        },
    }
}

/// Whether a rule assigns the person of this address already: who echoes a rule need not find them again.
fn names(action: &RuleAction, email: &str) -> bool {
    match action {
        RuleAction::Assign(NewReviewer::Given(user)) => user.email.to_lowercase() == email.trim().to_lowercase(),
        RuleAction::Assign(NewReviewer::Owner | NewReviewer::Manager)
        | RuleAction::Approve
        | RuleAction::Reject
        | RuleAction::Flag => false,
    }
}
