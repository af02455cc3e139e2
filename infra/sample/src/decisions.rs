//! How reviewers decided on every grant of a generated organisation, as a CSV file.
//!
//! What was planted is mostly rejected, not always: somebody is on leave, a reviewer is in a hurry, a rare role is needed
//! after all. Of everything else one grant in a hundred is rejected for reasons that no data tell. Nobody who reads the
//! file can therefore be right every time, and nothing in it depends on how anybody might try.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use domain::inventory::{Family, Node, Picture, Value};
use domain::risk::{self, Factor, Owner, Risk, RiskInput};
use jiff::Timestamp;

use crate::Organisation;
use crate::anomalies::{Anomaly, Planted};

/// Of a thousand grants without anything odd, those that are rejected nevertheless.
const UNTOLD: u16 = 10;

/// One line for every group and role that an account was given, with a header.
///
/// Columns: the account, its application, its holder's department, title and location, the kind of account, the group or
/// role, whole days since the last sign-in, every factor of risk by its code (`true`, `false`, or empty where it cannot be
/// told), `approved` or `rejected`, and what was planted.
#[must_use]
pub fn csv(organisation: &Organisation) -> String {
    let mut random = fastrand::Rng::with_seed(organisation.seed);
    let people: HashMap<&str, &Node> = organisation
        .sources
        .iter()
        .flat_map(|(_, picture)| &picture.nodes)
        .filter(is(Family::Identity))
        .map(by_id)
        .collect();
    let mut planted: HashMap<&str, Vec<&Planted>> = HashMap::new();
    for one in &organisation.anomalies {
        planted.entry(&one.account).or_default().push(one);
    }
    let mut text = header();
    for (_, picture) in &organisation.sources {
        let mut seen = HashSet::new();
        let powerful = powerful(picture);
        for edge in &picture.edges {
            let node = |number: u32| picture.nodes.get(number as usize);
            let (Some(account), Some(held)) = (node(edge.from), node(edge.to)) else { continue };
            if account.family != Family::Account || !seen.insert((edge.from, edge.to)) {
                continue;
            }
            let odd = planted.get(account.id.as_str()).map(Vec::as_slice).unwrap_or_default();
            let odd: Vec<Anomaly> = odd.iter().filter(|one| concerns(one, held)).map(|one| one.anomaly).collect();
            let owner = account.text("owner_id").and_then(|owner| people.get(owner)).copied();
            let decision = if rejected(&mut random, &odd) { "rejected" } else { "approved" };
            let facts = facts(account, owner, powerful.contains(&edge.from), organisation.now);
            let what = odd.first().map_or("", |anomaly| anomaly.word());
            // Writing into a string cannot fail.
            let _ = writeln!(text, "{facts},{},{decision},{what}", held.id);
        }
    }
    text
}

fn header() -> String {
    let factors = Factor::ALL.map(|factor| factor.info().code).join(",");
    format!(
        "account,application,department,title,location,account_type,idle_days,{factors},entitlement,decision,planted\n"
    )
}

fn is(family: Family) -> impl Fn(&&Node) -> bool {
    move |node| node.family == family
}

fn by_id(node: &Node) -> (&str, &Node) {
    (node.id.as_str(), node)
}

fn concerns(planted: &Planted, held: &Node) -> bool {
    planted.grant.as_ref().is_none_or(|grant| *grant == held.id)
}

/// How often, of a thousand times, what is odd is noticed and taken away.
const fn noticed(anomaly: Anomaly) -> u16 {
    match anomaly {
        Anomaly::Stale | Anomaly::LeftOver => 850,
        Anomaly::Orphaned => 900,
        Anomaly::PrivilegedWithoutSecondFactor => 600,
        Anomaly::OwnerLeft => 970,
        Anomaly::RareAccess => 800,
        Anomaly::ServiceWithoutOwner => 700,
    }
}

fn rejected(random: &mut fastrand::Rng, odd: &[Anomaly]) -> bool {
    // Drawn for every line, so that one more oddity does not change what is drawn for the others.
    let (draw, untold) = (random.u16(..1_000), random.u16(..1_000) < UNTOLD);
    untold || odd.iter().any(|anomaly| draw < noticed(*anomaly))
}

/// What is known about the account and whoever holds it.
fn facts(account: &Node, owner: Option<&Node>, powerful: bool, now: Timestamp) -> String {
    let text = |name: &str| account.text(name).unwrap_or_default();
    let location = owner.and_then(|owner| owner.text("location")).unwrap_or_default();
    let idle = time(account, "last_login_at").map(|at| now.duration_since(at).as_hours() / 24);
    let risk = risk(account, owner, powerful, now);
    let factors: Vec<&str> = Factor::ALL.iter().map(|factor| judged(&risk, factor)).collect();
    format!(
        "{},{},{},{},{location},{},{},{}",
        account.id,
        text("application_id"),
        text("department"),
        text("title"),
        text("account_type"),
        idle.map(|days| days.to_string()).unwrap_or_default(),
        factors.join(",")
    )
}

fn judged(risk: &Risk, factor: &Factor) -> &'static str {
    match (risk.triggered.contains(factor), risk.passing.contains(factor)) {
        (true, _) => "true",
        (false, true) => "false",
        (false, false) => "",
    }
}

/// The nodes that were put into a group of high privilege.
fn powerful(picture: &Picture) -> HashSet<u32> {
    let is_powerful = |group: u32| {
        picture.nodes.get(group as usize).is_some_and(|group| flag(group, "is_high_privilege") == Some(true))
    };
    picture.edges.iter().filter(|edge| is_powerful(edge.to)).map(|edge| edge.from).collect()
}

fn risk(account: &Node, owner: Option<&Node>, powerful: bool, now: Timestamp) -> Risk {
    let input = RiskInput {
        privileged: flag(account, "privileged"),
        last_login_at: time(account, "last_login_at"),
        mfa_enabled: flag(account, "mfa_enabled"),
        owner: owner.map_or(Owner::Nobody, |owner| Owner::Somebody { active: flag(owner, "is_active") }),
        in_high_privilege_group: Some(powerful),
        password_changed_at: time(account, "password_changed_at"),
        ..RiskInput::default()
    };
    risk::assess(&input, now)
}

fn flag(node: &Node, name: &str) -> Option<bool> {
    match node.attributes.get(name)? {
        Value::Bool(flag) => Some(*flag),
        Value::Int(_) | Value::Float(_) | Value::Time(_) | Value::Text(_) | Value::List(_) => None,
    }
}

fn time(node: &Node, name: &str) -> Option<Timestamp> {
    match node.attributes.get(name)? {
        Value::Time(at) => Some(*at),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_) | Value::List(_) => None,
    }
}
