//! What clients say about policies, and the checks that are the same for a new policy and a changed one.

use domain::policy::{Duty, Expectation, OnFailure, Policy, PolicyEdit, PolicyKind, PolicyRule, PolicyStatus};
use predicate::rule::parse;
use store::policy::FrozenPolicy;

use crate::error::{Error, Faults};
use crate::rule::input::check_condition;
use crate::valid;

/// The most conditions of a guardrail, and the most duties to separate.
const MAX_PARTS: usize = 20;
/// The most ids in a list.
const MAX_LISTED: usize = 100;
/// The longest id or name in a list, in characters.
const MAX_WORD: usize = 256;
/// The highest priority.
const MAX_PRIORITY: u32 = 1_000;
/// The highest limit or threshold.
pub(super) const MAX_LIMIT: f64 = 1_000_000_000.0;
/// The most bytes of a policy in the form in which it is kept with what goes by it: all policies of a campaign have to
/// fit in one item, beside its rules.
const MAX_FROZEN: usize = 5_120;
/// The column that policies cannot ask about: the risk of an account counts the policies that it fails.
const RISK: &str = "risk.score";

/// A new policy, or changes of one: what is `None` stays. What is `None` and required in a new policy is a fault.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PolicyInput {
    /// Required: 1 to 200 characters.
    pub name: Option<String>,
    /// At most 4,000 characters.
    pub description: Option<String>,
    /// Required.
    pub kind: Option<PolicyKind>,
    /// The number that the policy sets a limit by: required by those about days, 1 for the separation of duties unless
    /// given, and ignored by the others.
    pub limit: Option<f64>,
    /// The duties to separate, 2 to 20; ignored by other policies.
    pub duties: Option<Vec<Duty>>,
    /// The conditions of a guardrail, 1 to 20; ignored by other policies.
    pub rules: Option<Vec<PolicyRule>>,
    /// Ids of the applications covered: at most 100.
    pub target_applications: Option<Vec<String>>,
    /// Ids of the groups covered: at most 100.
    pub target_groups: Option<Vec<String>>,
    /// The account types covered: at most 100.
    pub target_account_types: Option<Vec<String>>,
    /// Nothing when absent.
    pub on_failure: Option<OnFailure>,
    /// False when absent.
    pub auto_approve: Option<bool>,
    /// 0 to 1,000; 100 when absent.
    pub priority: Option<u32>,
    /// Active when absent.
    pub status: Option<PolicyStatus>,
}

/// Policies of a kind, in a state, with a text in their name: those from `offset` on, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListInput {
    /// Part of the name, in any case.
    pub search: Option<String>,
    /// Only these.
    pub kind: Option<PolicyKind>,
    /// Only these.
    pub status: Option<PolicyStatus>,
    /// At most this many, at least 1.
    pub limit: usize,
    /// How many are passed over.
    pub offset: usize,
}

/// What the client said, checked. `before` is what the policy expects until now.
///
/// # Errors
/// [`Error::Invalid`] names everything that is wrong.
pub(super) fn checked(input: PolicyInput, before: Option<&Expectation>) -> Result<PolicyEdit, Error> {
    let mut faults = Faults::new();
    let name = input.name.as_deref().map(|name| valid::name(&mut faults, "name", name));
    if let Some(description) = &input.description {
        valid::text(&mut faults, "description", description);
    }
    for (field, list) in [
        ("target_applications", &input.target_applications),
        ("target_groups", &input.target_groups),
        ("target_account_types", &input.target_account_types),
    ] {
        words(&mut faults, field, list.as_deref().unwrap_or_default());
    }
    let priority = input.priority.is_none_or(|priority| priority <= MAX_PRIORITY);
    faults.require(priority, "priority", "must lie between 0 and 1000");
    let expectation = expectation(&mut faults, &input, before);
    faults.done()?;
    Ok(PolicyEdit {
        name,
        description: input.description,
        expectation,
        target_applications: input.target_applications,
        target_groups: input.target_groups,
        target_account_types: input.target_account_types,
        on_failure: input.on_failure,
        auto_approve: input.auto_approve,
        priority: input.priority,
        status: input.status,
    })
}

/// That a policy is short enough to be kept with whatever goes by it.
///
/// # Errors
/// [`Error::Invalid`].
pub(super) fn is_short(policy: &Policy) -> Result<(), Error> {
    let frozen = serde_json::to_string(&FrozenPolicy::new(policy, None));
    let bytes = frozen.map_err(|error| Error::Bug(format!("a policy: {error}")))?.len();
    if bytes <= MAX_FROZEN {
        return Ok(());
    }
    let issue =
        format!("is too long: conditions, duties and targets come to {bytes} bytes of {MAX_FROZEN} with the rest");
    Err(Error::invalid("body", issue))
}

/// What the policy expects from now on; `None` when that stays, or when what it takes is missing.
fn expectation(faults: &mut Faults, input: &PolicyInput, before: Option<&Expectation>) -> Option<Expectation> {
    let kind = input.kind.or(before.map(Expectation::kind))?;
    let before = before.filter(|before| before.kind() == kind);
    let limited = !matches!(kind, PolicyKind::MfaForPrivileged | PolicyKind::OwnerRequired | PolicyKind::Guardrail);
    if let Some(limit) = input.limit.filter(|_| limited) {
        faults.require((0.0..=MAX_LIMIT).contains(&limit), "limit", "must lie between 0 and 1000000000");
    }
    let limit = input.limit.or(before.and_then(Expectation::limit));
    let required = |faults: &mut Faults| {
        faults.require(limit.is_some(), "limit", "is required for this type");
        limit
    };
    Some(match kind {
        PolicyKind::MfaForPrivileged => Expectation::MfaForPrivileged,
        PolicyKind::OwnerRequired => Expectation::OwnerRequired,
        PolicyKind::MaxInactivity => Expectation::MaxInactivity { days: required(faults)? },
        PolicyKind::MaxPasswordAge => Expectation::MaxPasswordAge { days: required(faults)? },
        PolicyKind::SeparationOfDuties => {
            let duties = match (&input.duties, before) {
                (Some(given), _) => given.clone(),
                (None, Some(Expectation::SeparationOfDuties { duties, .. })) => duties.clone(),
                (None, _) => Vec::new(),
            };
            check_duties(faults, &duties);
            Expectation::SeparationOfDuties { duties, most: limit.unwrap_or(1.0) }
        }
        PolicyKind::Guardrail => {
            let rules = match (&input.rules, before) {
                (Some(given), _) => given.clone(),
                (None, before) => before.map(Expectation::rules).unwrap_or_default().to_vec(),
            };
            check_rules(faults, &rules);
            let limit = limit_of(&rules);
            Expectation::Guardrail { rules, limit }
        }
    })
}

fn check_duties(faults: &mut Faults, duties: &[Duty]) {
    faults.require((2..=MAX_PARTS).contains(&duties.len()), "duties", "must have 2 to 20 elements");
    for (n, duty) in duties.iter().enumerate().take(MAX_PARTS) {
        let _trimmed = valid::name(faults, &format!("duties[{n}].name"), &duty.name);
        let field = format!("duties[{n}].entitlements");
        faults.require(!duty.entitlements.is_empty(), &field, "must have at least 1 element");
        words(faults, &field, &duty.entitlements);
    }
}

fn check_rules(faults: &mut Faults, rules: &[PolicyRule]) {
    faults.require((1..=MAX_PARTS).contains(&rules.len()), "rules", "must have 1 to 20 elements");
    for (n, rule) in rules.iter().enumerate().take(MAX_PARTS) {
        words(faults, &format!("rules[{n}].resources"), &rule.resources);
        let field = format!("rules[{n}].condition");
        let asks_risk = check_condition(faults, &field, &rule.condition)
            .is_some_and(|checked| checked.columns().iter().any(|column| column == RISK));
        faults.require(!asks_risk, &field, "cannot ask about the risk score, which counts failed policies");
    }
}

fn words(faults: &mut Faults, field: &str, words: &[String]) {
    faults.require(words.len() <= MAX_LISTED, field, "must have at most 100 elements");
    let fits = |word: &String| !word.trim().is_empty() && word.chars().count() <= MAX_WORD;
    faults.require(words.iter().all(fits), field, "must hold texts of 1 to 256 characters");
}

/// The one number that conditions set a limit by.
fn limit_of(rules: &[PolicyRule]) -> Option<f64> {
    let whole = rules.iter().filter_map(|rule| parse(&rule.condition).ok()).collect();
    predicate::Syntax::All(whole).limit().map(predicate::Number::as_float)
}
