//! What is known about an account beside what it says itself: its risk, judged from the frozen snapshot.

use domain::inventory::Family;
use domain::risk::{self, Owner, Risk, RiskInput};
use jiff::Timestamp;

use super::entitlements::Entitlements;
use super::graph::Graph;
use super::peers::Peers;

/// The risk of an account as of the review's instant; `None` for what is no account.
pub(crate) fn risk(
    graph: &Graph,
    peers: &Peers,
    account: u32,
    entitlements: &Entitlements,
    as_of: Timestamp,
) -> Option<Risk> {
    if graph.family_of(account) != Some(Family::Account) {
        return None;
    }
    let time = |name: &str| graph.time(account, name).and_then(|at| Timestamp::from_millisecond(at).ok());
    let owner = match graph.owner_of(account) {
        None => Owner::Nobody,
        Some(owner) => Owner::Somebody { active: graph.activity(owner) },
    };
    let input = RiskInput {
        privileged: graph.flag(account, "privileged"),
        last_login_at: time("last_login_at"),
        mfa_enabled: graph.flag(account, "mfa_enabled"),
        owner,
        in_high_privilege_group: Some(in_high_privilege_group(graph, entitlements)),
        password_changed_at: time("password_changed_at"),
        password_never_set: graph.flag(account, "password_never_set"),
        entitlements: peers.count(account).zip(peers.doubled_median(account)),
    };
    Some(risk::assess(&input, as_of))
}

fn in_high_privilege_group(graph: &Graph, entitlements: &Entitlements) -> bool {
    entitlements.groups.iter().any(|group| graph.flag(*group, "is_high_privilege") == Some(true))
}
