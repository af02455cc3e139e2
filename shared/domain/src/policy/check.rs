//! Whether an account meets a policy, and in which figures.
//!
//! A check is a pure function of what is frozen about the account, the policy and the threshold that the campaign sets.
//! It fails closed: what cannot be shown to meet the policy fails, and the message says what is missing. But what is
//! missing is never a reason to take access away: such an account is at most set aside for a person.

use jiff::Timestamp;

use super::{Duty, Effect, Expectation, OnFailure, Policy, PolicyRule, Targets};
use crate::automatic::Wish;

/// Whom an account belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ownership<'a> {
    /// Nobody.
    #[default]
    Nobody,
    /// Somebody.
    Somebody {
        /// What they are called.
        name: &'a str,
        /// Whether they are active, where known.
        active: Option<bool>,
    },
}

/// A group or role that an account holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Entitlement {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// What is frozen about an account, as far as policies ask; `None` where nothing is known.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts<'a> {
    /// The application it lives in.
    pub application: Option<&'a str>,
    /// What type of account it is.
    pub account_type: Option<&'a str>,
    /// Whether it is privileged.
    pub privileged: Option<bool>,
    /// Whether a second factor is enrolled.
    pub mfa_enabled: Option<bool>,
    /// When the account was made.
    pub created_at: Option<Timestamp>,
    /// The last sign-in.
    pub last_login_at: Option<Timestamp>,
    /// The last change of its password.
    pub password_changed_at: Option<Timestamp>,
    /// Whether no password was ever set.
    pub password_never_set: Option<bool>,
    /// Whom it belongs to.
    pub owner: Ownership<'a>,
    /// Its groups.
    pub groups: Vec<&'a Entitlement>,
    /// Its roles.
    pub roles: Vec<&'a Entitlement>,
}

/// What a condition of a guardrail comes to for an account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// Whether it holds.
    pub holds: bool,
    /// The condition with the threshold in place, as people read it.
    pub condition: String,
    /// The figures: what the account says where the condition asks.
    pub figures: String,
    /// Whether that follows from what is missing: it does not hold where the account says nothing, or it holds only because of
    /// that.
    pub unknown: bool,
}

/// Whether an account meets a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CheckStatus {
    /// It does.
    Pass,
    /// It does not, or it cannot be told.
    Fail,
}

impl CheckStatus {
    /// The word on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
        }
    }
}

/// The outcome for one account and one policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Whether the account meets the policy.
    pub status: CheckStatus,
    /// The figures, for people.
    pub message: String,
    /// What is to become of the account while nobody has decided about it.
    pub wish: Option<Wish>,
}

/// Checks an account as of an instant. `threshold` stands in for the policy's own limit, where it has one; `answers` are
/// those to the conditions of the policy, in their order. `None` when the policy does not cover the account.
#[must_use]
pub fn check(
    policy: &Policy,
    threshold: Option<f64>,
    facts: &Facts<'_>,
    answers: &[Answer],
    as_of: Timestamp,
) -> Option<Check> {
    if !covers(&policy.targets, facts) {
        return None;
    }
    let limit = |own: f64| threshold.unwrap_or(own);
    let finding = match &policy.expectation {
        Expectation::MfaForPrivileged => second_factor(facts)?,
        Expectation::MaxInactivity { days } => inactivity(facts, limit(*days), as_of),
        Expectation::MaxPasswordAge { days } => password_age(facts, limit(*days), as_of),
        Expectation::OwnerRequired => ownership(facts),
        Expectation::SeparationOfDuties { duties, most } => separation(facts, duties, limit(*most)),
        Expectation::Guardrail { rules, .. } => guardrail(facts, rules, answers)?,
    };
    Some(finding.check(policy))
}

fn covers(targets: &Targets, facts: &Facts<'_>) -> bool {
    let Targets { applications, groups, account_types } = targets;
    let among = |list: &[String], value: Option<&str>| {
        list.is_empty() || value.is_some_and(|value| list.iter().any(|wanted| wanted == value))
    };
    let of_type = |value: &str| account_types.iter().any(|wanted| wanted.to_lowercase() == value.to_lowercase());
    among(applications, facts.application)
        && (account_types.is_empty() || facts.account_type.is_some_and(of_type))
        && (groups.is_empty() || facts.groups.iter().any(|group| groups.contains(&group.id)))
}

/// What was found, before the policy says what is to become of it.
struct Finding {
    outcome: Outcome,
    message: String,
}

#[derive(Clone, Copy)]
enum Outcome {
    Pass,
    /// Passes, because nothing is known that speaks against it.
    Unsure,
    Fail,
    /// Fails because something is not known.
    Missing,
    /// Fails, and the condition says what is to become of the account.
    Condition(Wish),
}

impl Finding {
    fn of(pass: bool, message: String) -> Self {
        Self { outcome: if pass { Outcome::Pass } else { Outcome::Fail }, message }
    }

    fn missing(message: String) -> Self {
        Self { outcome: Outcome::Missing, message }
    }

    fn check(self, policy: &Policy) -> Check {
        let status = match self.outcome {
            Outcome::Pass | Outcome::Unsure => CheckStatus::Pass,
            Outcome::Fail | Outcome::Missing | Outcome::Condition(_) => CheckStatus::Fail,
        };
        let wish = match (self.outcome, policy.on_failure) {
            (Outcome::Pass, _) => policy.auto_approve.then_some(Wish::Approve),
            (Outcome::Unsure, _) => None,
            (Outcome::Condition(wish), _) => Some(wish),
            (Outcome::Fail | Outcome::Missing, OnFailure::Nothing) => None,
            (Outcome::Fail, OnFailure::Reject) => Some(Wish::Reject),
            (Outcome::Missing, OnFailure::Reject) | (Outcome::Fail | Outcome::Missing, OnFailure::Flag) => {
                Some(Wish::Flag)
            }
        };
        Check { status, message: self.message, wish }
    }
}

fn second_factor(facts: &Facts<'_>) -> Option<Finding> {
    if facts.privileged != Some(true) {
        return None;
    }
    Some(match facts.mfa_enabled {
        Some(true) => Finding::of(true, "a second factor is enrolled for this privileged account".to_owned()),
        Some(false) => Finding::of(false, "no second factor is enrolled for this privileged account".to_owned()),
        None => Finding::missing("not known whether this privileged account has a second factor".to_owned()),
    })
}

fn inactivity(facts: &Facts<'_>, limit: f64, as_of: Timestamp) -> Finding {
    match (facts.last_login_at, facts.created_at) {
        (Some(at), _) => {
            let days = days_since(at, as_of);
            Finding::of(within(days, limit), format!("{days} {} without sign-in; the limit is {limit}", plural(days)))
        }
        (None, Some(at)) => {
            let days = days_since(at, as_of);
            let message = format!(
                "no sign-in on record in the {days} {} since the account was made; the limit is {limit}",
                plural(days)
            );
            if within(days, limit) { Finding::of(true, message) } else { Finding::missing(message) }
        }
        (None, None) => Finding::missing(format!("no sign-in on record; the limit is {limit} days")),
    }
}

fn password_age(facts: &Facts<'_>, limit: f64, as_of: Timestamp) -> Finding {
    match (facts.password_changed_at, facts.password_never_set) {
        (Some(at), _) => {
            let days = days_since(at, as_of);
            let message = format!("the password is {days} {} old; the limit is {limit}", plural(days));
            Finding::of(within(days, limit), message)
        }
        (None, Some(true)) => Finding::of(false, format!("no password was ever set; the limit is {limit} days")),
        (None, Some(false) | None) => {
            Finding::missing(format!("no change of the password on record; the limit is {limit} days"))
        }
    }
}

fn ownership(facts: &Facts<'_>) -> Finding {
    match facts.owner {
        Ownership::Nobody => Finding::of(false, "the account has no owner".to_owned()),
        Ownership::Somebody { name, active: Some(false) } => {
            Finding::of(false, format!("the owner, {name}, is not active"))
        }
        Ownership::Somebody { name, active: Some(true) | None } => {
            Finding::of(true, format!("the account belongs to {name}"))
        }
    }
}

fn separation(facts: &Facts<'_>, duties: &[Duty], limit: f64) -> Finding {
    let held: Vec<String> = duties
        .iter()
        .filter_map(|duty| holding(facts, duty).map(|entitlement| format!("{} ({})", duty.name, entitlement.name)))
        .collect();
    let (count, all) = (held.len(), duties.len());
    let list = if held.is_empty() { String::new() } else { format!(": {}", held.join(", ")) };
    let message = format!("holds {count} of {all} separated duties{list}; the limit is {limit}");
    Finding::of(within(i64::try_from(count).unwrap_or(i64::MAX), limit), message)
}

/// What an account holds of a duty, by name.
fn holding<'a>(facts: &Facts<'a>, duty: &Duty) -> Option<&'a Entitlement> {
    let grants = |entitlement: &&Entitlement| {
        let is = |text: &str, wanted: &str| text.to_lowercase() == wanted.to_lowercase();
        duty.entitlements.iter().any(|wanted| is(&entitlement.id, wanted) || is(&entitlement.name, wanted))
    };
    facts.groups.iter().chain(&facts.roles).copied().find(grants)
}

/// A denial counts before a flag, and both before what is allowed.
fn guardrail(facts: &Facts<'_>, rules: &[PolicyRule], answers: &[Answer]) -> Option<Finding> {
    let concerns = |rule: &PolicyRule| {
        let of_application = |application: &str| rule.resources.iter().any(|resource| resource == application);
        rule.resources.is_empty() || facts.application.is_some_and(of_application)
    };
    let asked: Vec<(&PolicyRule, &Answer)> = rules.iter().zip(answers).filter(|(rule, _)| concerns(rule)).collect();
    let said = |answer: &Answer| match answer.figures.as_str() {
        "" => answer.condition.clone(),
        figures => format!("{} ({figures})", answer.condition),
    };
    let holding = |effect| asked.iter().find(|(rule, answer)| rule.effect == effect && answer.holds);
    if let Some((_, answer)) = holding(Effect::Deny) {
        // What holds because something is missing (`!=`) takes nothing away.
        let wish = if answer.unknown { Wish::Flag } else { Wish::Reject };
        return Some(Finding { outcome: Outcome::Condition(wish), message: format!("not allowed: {}", said(answer)) });
    }
    if let Some((_, answer)) = holding(Effect::Flag) {
        let message = format!("to be looked at: {}", said(answer));
        return Some(Finding { outcome: Outcome::Condition(Wish::Flag), message });
    }
    if let Some((_, answer)) = holding(Effect::Allow) {
        let message = format!("holds: {}", said(answer));
        return Some(if answer.unknown { Finding::missing(message) } else { Finding::of(true, message) });
    }
    if asked.is_empty() {
        return None;
    }
    let list = asked.iter().map(|(_, answer)| said(answer)).collect::<Vec<_>>().join("; ");
    let unknown = asked.iter().any(|(_, answer)| answer.unknown);
    let allows = asked.iter().any(|(rule, _)| rule.effect == Effect::Allow);
    Some(match (allows, unknown) {
        (true, false) => Finding::of(false, format!("does not hold: {list}")),
        (true, true) => Finding::missing(format!("does not hold: {list}")),
        (false, false) => Finding::of(true, format!("does not hold, as it should not: {list}")),
        (false, true) => {
            Finding { outcome: Outcome::Unsure, message: format!("not known to hold, as it should not: {list}") }
        }
    })
}

/// Whole days from an instant on; 0 for what is still to come.
fn days_since(at: Timestamp, as_of: Timestamp) -> i64 {
    as_of.duration_since(at).as_hours().max(0) / 24
}

/// Whether a count of whole things is within a limit.
#[expect(clippy::cast_precision_loss, reason = "days and entitlements are far below 2^53")]
fn within(count: i64, limit: f64) -> bool {
    count as f64 <= limit
}

fn plural(days: i64) -> &'static str {
    if days == 1 { "day" } else { "days" }
}
