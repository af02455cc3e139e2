//! Advice in words. Every number in them stands in the evidence.

use super::Suggestion;
use super::evidence::{Earlier, Evidence, Lean};
use super::signal::Signal;
use crate::risk::Factor;

/// What a reviewer reads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    /// In a sentence.
    pub reason: String,
    /// What weighed most for what is suggested, the weightiest first.
    pub primary_factors: Vec<String>,
    /// What speaks against the access, the weightiest first.
    pub risk_indicators: Vec<String>,
    /// What is not known and would have been looked at.
    pub data_gaps: Vec<String>,
}

/// How many factors are named.
const NAMED: usize = 3;
/// From how many thousandths of a nat on something speaks against the access.
const SPEAKS: i32 = 100;

/// Tells in words what is suggested and what each signal contributed to it, in thousandths of a nat.
#[must_use]
pub fn tell(suggestion: Suggestion, parts: &[(Signal, i32)], evidence: &Evidence) -> Words {
    let mut against: Vec<&(Signal, i32)> = parts.iter().filter(|(_, weight)| *weight >= SPEAKS).collect();
    let mut in_favour: Vec<&(Signal, i32)> = parts.iter().filter(|(_, weight)| *weight <= -SPEAKS).collect();
    against.sort_by_key(|(signal, weight)| (-weight, *signal));
    in_favour.sort_by_key(|(signal, weight)| (*weight, *signal));
    let decisive = match suggestion {
        Suggestion::Approve => &in_favour,
        Suggestion::Review | Suggestion::Reject => &against,
    };
    Words {
        reason: reason(suggestion, decisive, evidence),
        primary_factors: decisive.iter().take(NAMED).map(|(signal, _)| title(*signal, evidence)).collect(),
        risk_indicators: against.iter().map(|(signal, _)| detail(*signal, evidence)).collect(),
        data_gaps: gaps(evidence),
    }
}

fn reason(suggestion: Suggestion, decisive: &[&(Signal, i32)], evidence: &Evidence) -> String {
    let details: Vec<String> = decisive.iter().take(2).map(|(signal, _)| detail(*signal, evidence)).collect();
    match (details.as_slice(), suggestion) {
        ([], Suggestion::Approve) => "Nothing that is known speaks against the access".to_owned(),
        ([], Suggestion::Review | Suggestion::Reject) => "Too little is known about the access".to_owned(),
        (_, _) => details.join("; "),
    }
}

/// What a signal is called.
fn title(signal: Signal, evidence: &Evidence) -> String {
    let name = match signal {
        Signal::Held(0..=2) => "Rare among peers",
        Signal::Held(3) => "Uncommon among peers",
        Signal::Held(_) => "Role-typical access",
        Signal::Idle(0) => "In use",
        Signal::Idle(1) => "Seldom used",
        Signal::Idle(_) => "Stale account",
        Signal::SameAccess(_) if leans_to_rejection(evidence.same_access) => "Taken away from others",
        Signal::SameAccess(_) => "Confirmed for others",
        Signal::SamePeople(_) if leans_to_rejection(evidence.same_people) => "Peers lost access",
        Signal::SamePeople(_) => "Peers kept access",
        Signal::Own(0) => "Confirmed before",
        Signal::Own(_) => "Rejected before",
        Signal::Broken(0) => "Policies kept",
        Signal::Broken(_) => "Failed policy check",
        Signal::Risk(factor, 0) => passed(factor),
        Signal::Risk(factor, _) => factor.info().name,
    };
    name.to_owned()
}

/// What a factor that does not hold is called where nothing says that it was passed: some are named after what was looked for.
fn passed(factor: Factor) -> &'static str {
    match factor {
        Factor::Privileged => "Not privileged",
        Factor::HighPrivilegeGroup => "No high-privilege group",
        other => other.info().passing_name,
    }
}

fn leans_to_rejection(lean: Option<Lean>) -> bool {
    lean.is_some_and(|lean| lean.by > 0)
}

/// What was found.
fn detail(signal: Signal, evidence: &Evidence) -> String {
    let decided = |lean: Option<Lean>, about: &str| {
        let tally = lean.map(|lean| lean.tally).unwrap_or_default();
        format!("{} of {} earlier decisions {about} went against it", tally.rejected, tally.of)
    };
    match signal {
        Signal::Held(_) => evidence.held.as_ref().map_or_else(String::new, |held| {
            let alike = if held.alike.is_empty() { String::new() } else { format!(" (same {})", held.alike) };
            let hold = if held.with == 1 { "holds" } else { "hold" };
            format!("{} of {} peers{alike} {hold} {}", held.with, held.of, held.what)
        }),
        Signal::Idle(level) => {
            let days = evidence.idle_days.unwrap_or_default();
            match (level, days) {
                (0 | 1, 1) => "Last sign-in a day ago".to_owned(),
                (0 | 1, _) => format!("Last sign-in {days} days ago"),
                (_, _) => format!("No sign-in for {days} days"),
            }
        }
        Signal::SameAccess(_) => decided(evidence.same_access, "on the same access"),
        Signal::SamePeople(_) => decided(evidence.same_people, "on people alike"),
        Signal::Own(_) => match evidence.own {
            Some(Earlier::Rejected) => "The last review rejected it".to_owned(),
            Some(Earlier::Approved) | None => "The last review confirmed it".to_owned(),
        },
        Signal::Broken(_) => evidence.checks.map_or_else(String::new, |checks| {
            let all = checks.pass + checks.fail;
            if checks.fail == 0 {
                format!("All {all} policy checks pass")
            } else {
                format!("{} of {all} policy checks fail", checks.fail)
            }
        }),
        Signal::Risk(factor, 0) => factor.info().passing_description.to_owned(),
        Signal::Risk(factor, _) => factor.info().description.to_owned(),
    }
}

/// What is missing. What the factors of risk miss is told in their words.
pub(super) fn gaps(evidence: &Evidence) -> Vec<String> {
    let mut gaps = Vec::new();
    let mut tell = |missing: bool, gap: &str| {
        if missing && !gaps.iter().any(|told| told == gap) {
            gaps.push(gap.to_owned());
        }
    };
    tell(evidence.held.as_ref().is_none_or(|held| held.of == 0), "No peers to compare the access with");
    tell(evidence.idle_days.is_none(), Factor::Stale.info().gap);
    for factor in &evidence.gaps {
        tell(true, factor.info().gap);
    }
    let decided = evidence.own.is_some() || evidence.same_access.is_some() || evidence.same_people.is_some();
    tell(!decided, "No earlier decisions to learn from");
    gaps
}
