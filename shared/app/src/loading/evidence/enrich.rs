//! What is known about an account beside what it says itself, judged from the frozen snapshot: its risk, and the evidence
//! for advice.

use domain::advice::{Advice, Checks, Evidence, Guide, Held};
use domain::inventory::Family;
use domain::risk::{self, Owner, Risk, RiskInput};
use jiff::Timestamp;

use super::entitlements::Entitlements;
use super::peers::{ALIKE, Peers, Rarest};
use crate::advice;
use crate::loading::graph::Graph;

/// Types of accounts that people from outside use.
const EXTERNAL_TYPES: [&str; 6] = ["external", "guest", "contractor", "partner", "vendor", "supplier"];
/// Types of accounts that programs use.
const SERVICE_TYPES: [&str; 6] = ["service", "system", "application", "machine", "technical", "robot"];
/// What accounts and identities say of whether they are from outside.
const EXTERNAL_FLAGS: [&str; 3] = ["is_external", "is_guest", "external"];

/// The risk of an account as of the review's instant; `None` for what is no account. `checks` are those of the policies
/// that cover it, `None` when none does.
pub(crate) fn risk(
    graph: &Graph,
    peers: &Peers,
    account: u32,
    entitlements: &Entitlements,
    as_of: Timestamp,
    checks: Option<Checks>,
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
        external: external(graph, account),
        service: graph.text(account, "account_type").map(|kind| is_one_of(kind, &SERVICE_TYPES)),
        rarest: peers.rarest(account).map(|rarest| (rarest.with, rarest.of)),
        failed_policies: checks.map(|checks| checks.fail),
    };
    Some(risk::assess(&input, as_of))
}

fn in_high_privilege_group(graph: &Graph, entitlements: &Entitlements) -> bool {
    entitlements.groups.iter().any(|group| graph.flag(*group, "is_high_privilege") == Some(true))
}

/// What advice on an account is drawn from.
pub(crate) fn evidence(
    graph: &Graph,
    peers: &Peers,
    account: u32,
    risk: &Risk,
    as_of: Timestamp,
    checks: Option<Checks>,
) -> Evidence {
    let last_login = graph.time(account, "last_login_at").and_then(|at| Timestamp::from_millisecond(at).ok());
    let (rarest, past) = (peers.rarest(account), peers.past());
    // Whole days; a clock that runs ahead has not seen a sign-in in the future.
    let idle_days = last_login.map(|at| as_of.duration_since(at).as_hours().max(0) / 24);
    Evidence {
        held: rarest.map(|rarest| held(graph, rarest)),
        same_access: rarest.and_then(|rarest| past.on_holders(account, rarest.what)),
        same_people: past.on_peers(account),
        own: past.own(account),
        idle_days: idle_days.map(|days| u32::try_from(days).unwrap_or(u32::MAX)),
        checks,
        ..advice::of_risk(risk)
    }
}

/// The risk of an account that no policy covers, and the advice on it.
pub(crate) fn judge(graph: &Graph, peers: &Peers, account: u32, as_of: Timestamp) -> (Risk, Advice) {
    let held = Entitlements::listed(graph, peers.held(account));
    let risk = risk(graph, peers, account, &held, as_of, None).unwrap_or_default();
    let advice = domain::advice::advise(&evidence(graph, peers, account, &risk, as_of, None), &Guide::default());
    (risk, advice)
}

fn held(graph: &Graph, rarest: Rarest) -> Held {
    let Rarest { what, with, of, alike } = rarest;
    let name = Some(graph.name(what)).filter(|name| !name.is_empty()).unwrap_or_else(|| graph.id(what));
    let alike: Vec<&str> = ALIKE.iter().take(usize::from(alike)).map(|(_, word)| *word).collect();
    Held { with, of, what: name.to_owned(), alike: alike.join(", ") }
}

/// Whether an account is used from outside: one sign of it is enough, and an account of a known type is not without one.
fn external(graph: &Graph, account: u32) -> Option<bool> {
    let kind = graph.text(account, "account_type");
    let owner = graph.owner_of(account);
    let owner_kind = owner.and_then(|owner| graph.text(owner, "owner_type"));
    let flags =
        std::iter::once(account).chain(owner).flat_map(|node| EXTERNAL_FLAGS.map(|name| graph.flag(node, name)));
    let kinds = [kind, owner_kind].map(|kind| kind.map(|kind| is_one_of(kind, &EXTERNAL_TYPES)));
    let signs: Vec<bool> = flags.chain(kinds).flatten().collect();
    if signs.is_empty() { None } else { Some(signs.contains(&true)) }
}

fn is_one_of(kind: &str, kinds: &[&str]) -> bool {
    let kind = kind.trim();
    kinds.iter().any(|known| known.eq_ignore_ascii_case(kind))
}

#[cfg(test)]
mod tests {
    use domain::inventory::Value;
    use domain::risk::Factor;

    use super::*;
    use crate::loading::graph::Walker;
    use crate::testing::sketch::{Sketch, text};

    fn judged(owner: &[(&str, Value)], account: &[(&str, Value)], checks: Option<Checks>) -> Risk {
        let all = [account, &[("owner_id", text("maya"))]].concat();
        let account = if owner.is_empty() { account } else { &all };
        let graph = Sketch::default().node(Family::Identity, "maya", owner).account("a", account).graph();
        let peers = Peers::of(&graph, &mut Walker::new(graph.len()));
        let account = graph.find(Family::Account, "a", None).unwrap();
        let held = Entitlements::listed(&graph, peers.held(account));
        risk(&graph, &peers, account, &held, Timestamp::UNIX_EPOCH, checks).unwrap()
    }

    #[test]
    fn an_account_is_external_when_it_or_its_owner_says_so_and_internal_only_when_something_is_said() {
        let here = [("owner_type", text("human"))];
        for (owner, account, factor) in [
            (&here[..], vec![("account_type", text("Guest"))], Some(true)),
            (&here[..], vec![("is_external", Value::Bool(true)), ("account_type", text("user"))], Some(true)),
            (&[("is_guest", Value::Bool(true))][..], vec![("account_type", text("user"))], Some(true)),
            (&[("owner_type", text("contractor"))][..], vec![], Some(true)),
            (&here[..], vec![], Some(false)),
            (&[][..], vec![("account_type", text("user"))], Some(false)),
            (&[][..], vec![], None),
        ] {
            let risk = judged(owner, &account, None);
            let found = [(&risk.triggered, Some(true)), (&risk.passing, Some(false)), (&risk.gaps, None)];
            let found = found.into_iter().find(|(factors, _)| factors.contains(&Factor::ExternalAccount));
            assert_eq!(found.unwrap().1, factor, "{owner:?} {account:?}");
        }
    }

    #[test]
    fn a_service_account_without_owner_is_told_apart_from_other_orphans() {
        let service = vec![("account_type", text("service"))];
        let of = |owner: &[(&str, Value)], account: &[(&str, Value)]| judged(owner, account, None);
        assert!(of(&[], &service).triggered.contains(&Factor::UnownedService));
        assert!(of(&[("status", text("active"))], &service).passing.contains(&Factor::UnownedService));
        let person = of(&[], &[("account_type", text("user"))]);
        assert!(person.triggered.contains(&Factor::Orphaned) && !person.triggered.contains(&Factor::UnownedService));
    }

    #[test]
    fn failed_policies_count_only_where_some_policy_covers_the_account() {
        let of = |checks| judged(&[], &[], checks);
        let checks = |pass, fail| Some(Checks { pass, fail });
        assert!(of(checks(3, 1)).triggered.contains(&Factor::PolicyFailure));
        assert!(of(checks(3, 0)).passing.contains(&Factor::PolicyFailure));
        let none = of(None);
        assert!(![none.triggered, none.passing, none.gaps].concat().contains(&Factor::PolicyFailure));
    }
}
