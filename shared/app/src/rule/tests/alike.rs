//! A slow and obvious evaluator, one account at a time, beside the one over columns: conditions of all sorts select the
//! same accounts of the inventory, of the frozen rows, and of the picture that both were made from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use columns::Bits;
use domain::ids::RowId;
use domain::inventory::Node;
use engine::simulate;
use predicate::{Literal, Operator, Syntax};

use super::*;
use crate::loading::population::conditions::Selection;
use crate::loading::sources::current;
use crate::rule::judge::Judge;
use crate::rule::order::FrozenRule;

/// What one entity says, by the name that conditions know it under.
type Said = BTreeMap<&'static str, Value>;

/// An account with whatever conditions can ask about.
struct Account {
    id: String,
    own: Said,
    owner: Option<Said>,
    groups: Vec<Said>,
    roles: Vec<Said>,
}

fn attribute(node: &Node, name: &str) -> Option<Value> {
    node.attributes.get(name).cloned()
}

fn days_since(node: &Node, name: &str) -> Option<Value> {
    match attribute(node, name)? {
        Value::Time(at) => {
            let age = crate::testing::stand::now().as_millisecond() - at.as_millisecond();
            Some(Value::Int(age.div_euclid(86_400_000)))
        }
        _ => None,
    }
}

fn said(pairs: Vec<(&'static str, Option<Value>)>) -> Said {
    pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// The accounts of [`organisation`], read off its picture without any graph.
fn accounts(picture: &Picture) -> Vec<Account> {
    let named = |id: &str| picture.nodes.iter().find(|node| node.id == id).unwrap();
    let text_of = |value: Option<Value>| match value {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    };
    let leads = |from: &str, to: &str| {
        let at = |id: &str| picture.nodes.iter().position(|node| node.id == id).unwrap() as u32;
        picture.edges.iter().any(|edge| edge.from == at(from) && edge.to == at(to))
    };
    let of = |node: &Node| {
        let owner = named(&text_of(attribute(node, "owner_id")).unwrap());
        let manager = named(&text_of(attribute(owner, "manager_id")).unwrap());
        let grouped = leads(&node.id, "approvers");
        let group = said(vec![("name", Some(text("approvers"))), ("is_high_privilege", Some(Value::Bool(true)))]);
        let role = said(vec![("name", Some(text("close")))]);
        Account {
            id: node.id.clone(),
            own: said(vec![
                ("account_name", Some(text(&node.name))),
                ("department", attribute(node, "department")),
                ("privileged", attribute(node, "privileged")),
                ("login_age_days", days_since(node, "last_login_at")),
                ("last_login_at", attribute(node, "last_login_at")),
                ("password_age_days", None),
            ]),
            owner: Some(said(vec![
                ("email", attribute(owner, "email")),
                ("manager_email", attribute(manager, "email")),
                ("title", None),
            ])),
            groups: if grouped { vec![group] } else { Vec::new() },
            roles: if grouped { vec![role] } else { Vec::new() },
        }
    };
    picture.nodes.iter().filter(|node| node.family == Family::Account).map(of).collect()
}

fn holds(syntax: &Syntax, account: &Account) -> bool {
    match syntax {
        Syntax::All(parts) => parts.iter().all(|part| holds(part, account)),
        Syntax::Any(parts) => parts.iter().any(|part| holds(part, account)),
        Syntax::Not(part) => !holds(part, account),
        Syntax::Together { .. } => unreachable!("the rule language has no such thing"),
        Syntax::Condition(condition) => {
            let (entity, field) = condition.path.split_once('.').unwrap();
            let test = |said: &Said| passes(said.get(field), condition.operator, &condition.values);
            match entity {
                "account" => test(&account.own),
                "owner" => test(account.owner.as_ref().unwrap()),
                "group" => account.groups.iter().any(test),
                _ => account.roles.iter().any(test),
            }
        }
    }
}

fn passes(value: Option<&Value>, operator: Operator, sought: &[Literal]) -> bool {
    match operator {
        Operator::IsNull => value.is_none(),
        Operator::IsNotNull => value.is_some(),
        Operator::NotEquals => !sought.iter().any(|sought| compare(value, Operator::Equals, sought)),
        operator => sought.iter().any(|sought| compare(value, operator, sought)),
    }
}

fn compare(value: Option<&Value>, operator: Operator, sought: &Literal) -> bool {
    let order = |order: std::cmp::Ordering| match operator {
        Operator::Equals => order.is_eq(),
        Operator::Less => order.is_lt(),
        Operator::LessEqual => order.is_le(),
        Operator::Greater => order.is_gt(),
        Operator::GreaterEqual => order.is_ge(),
        _ => false,
    };
    match (value, sought) {
        (None, _) => false,
        (Some(Value::Text(text)), Literal::Text(sought)) => {
            let (text, sought) = (text.to_lowercase(), sought.to_lowercase());
            match operator {
                Operator::Contains => text.contains(&sought),
                Operator::StartsWith => text.starts_with(&sought),
                Operator::EndsWith => text.ends_with(&sought),
                _ => order(text.cmp(&sought)),
            }
        }
        (Some(Value::Bool(flag)), Literal::Bool(sought)) => operator == Operator::Equals && flag == sought,
        (Some(Value::Int(number)), Literal::Number(sought)) => {
            order(predicate::Number::Int(*number).compare(*sought).unwrap())
        }
        (Some(Value::Time(at)), Literal::Text(sought)) => {
            order(at.cmp(&format!("{sought}T00:00:00Z").parse::<jiff::Timestamp>().unwrap()))
        }
        other => unreachable!("{other:?} is not generated"),
    }
}

fn any_condition(draw: &mut fastrand::Rng, depth: u8) -> String {
    if depth > 0 && draw.u8(0..3) > 0 {
        let mut part = || any_condition(draw, depth - 1);
        let (one, other) = (part(), part());
        return match draw.u8(0..3) {
            0 => format!("({one}) AND ({other})"),
            1 => format!("({one}) OR ({other})"),
            _ => format!("NOT ({one})"),
        };
    }
    let n = draw.u32(0..60);
    let compare = ["=", "!=", "<", "<=", ">", ">="][draw.usize(0..6)];
    match draw.u8(0..12) {
        0 => format!("account.department {} 'FINANCE'", ["=", "!="][draw.usize(0..2)]),
        1 => format!("account.department IN ('finance', 'x{n}')"),
        2 => format!("account.account_name {} '{}'", ["CONTAINS", "STARTS WITH", "ENDS WITH"][draw.usize(0..3)], n),
        3 => format!("account.account_name {compare} 'user{n:04}'"),
        4 => format!("account.privileged = {}", draw.bool()),
        5 => format!("account.login_age_days {compare} {}", [0, 1, 30, 2_000, 2_312][draw.usize(0..5)]),
        6 => format!("account.password_age_days {}", ["IS NULL", "IS NOT NULL", "> 3"][draw.usize(0..3)]),
        7 => format!("account.last_login_at {compare} '2026-04-30'"),
        8 => format!("owner.email STARTS WITH 'p{}'", n % 7),
        9 => format!("owner.manager_email = '{}@corp.example'", ["lena", "omar"][draw.usize(0..2)]),
        10 => ["owner.title IS NULL", "owner.title != 'x'", "owner.title = 'x'"][draw.usize(0..3)].to_owned(),
        _ => [
            "group.name = 'Approvers'",
            "group.is_high_privilege = true",
            "group.is_high_privilege = false",
            "role.name CONTAINS 'lo'",
        ][draw.usize(0..4)]
        .to_owned(),
    }
}

#[test]
fn conditions_select_the_same_accounts_as_a_naive_evaluator_of_inventory_and_rows() {
    const PEOPLE: usize = 600;
    simulate(1, async {
        let picture = organisation(PEOPLE);
        let naive = accounts(&picture);
        let scene = Scene::active(PEOPLE).await;
        let (deps, id) = (&scene.stand.deps, scene.campaign);
        let graph = current::graph(deps).await.unwrap();
        let now = crate::testing::stand::now();
        let plan = deps.store.certifications().plan(&id, 1).await.unwrap().unwrap();
        let numbers: Vec<u32> = (0..plan.blocks()).collect();
        let blocks = deps.store.blocks().read_many(&id, 1, &numbers).await.unwrap();
        let ids: Vec<String> = blocks
            .iter()
            .flat_map(|block| {
                let batch = block.columns(&["source.id"]).unwrap();
                (0..batch.rows()).map(|row| batch.text("source.id", row).unwrap().to_owned()).collect::<Vec<_>>()
            })
            .collect();
        let blocks: Vec<_> = numbers
            .iter()
            .map(|n| RowId(plan.rows_of(*n).start))
            .zip(blocks.into_iter().map(|block| Arc::clone(&block)))
            .collect();
        let mut draw = fastrand::Rng::with_seed(7);
        let mut selected = 0;
        for n in 0..300 {
            let condition = any_condition(&mut draw, (n % 3) as u8);
            let syntax = predicate::rule::parse(&condition).unwrap();
            let expected: BTreeSet<&str> =
                naive.iter().filter(|account| holds(&syntax, account)).map(|account| account.id.as_str()).collect();

            let mut alive = Bits::ones(graph.family(Family::Account).len());
            let checked = predicate::condition(&condition).unwrap();
            Selection::of(checked).narrow(&graph, now, &mut alive).unwrap();
            let first = graph.family(Family::Account).start;
            let of_inventory: BTreeSet<&str> =
                alive.ones_iter().map(|place| graph.id(first + u32::try_from(place).unwrap())).collect();
            assert_eq!(of_inventory, expected, "of the inventory: {condition}");

            let rule = super::super::create(deps, &scene.stand.call(), input(&condition, Wish::Flag)).await.unwrap();
            let judge = Judge::new(&[FrozenRule::from(&rule)], Vec::new(), now).unwrap();
            let judged = judge.judge(&blocks).unwrap();
            let of_rows: BTreeSet<&str> =
                judged.verdicts.iter().map(|verdict| ids[verdict.row.0 as usize].as_str()).collect();
            assert_eq!(of_rows, expected, "of the rows: {condition}");
            selected += usize::from(!expected.is_empty() && expected.len() < PEOPLE);
        }
        assert!(selected > 100, "only {selected} conditions tell accounts apart");
    });
}

#[test]
fn a_condition_that_is_tried_out_counts_the_accounts_of_the_inventory_and_shows_the_first_by_name() {
    simulate(1, async {
        let scene = Scene::draft(100).await;
        let (deps, call) = (&scene.stand.deps, scene.stand.call());
        let input = super::super::TestInput {
            kind: RuleKind::Account,
            condition: "account.privileged = true AND group.name = 'approvers'".to_owned(),
        };
        let job = super::super::test(deps, &call, input).await.unwrap();
        let waiting = super::super::job(deps, &call, job).await.unwrap();
        assert_eq!((waiting.state, waiting.total), (super::super::JobState::Pending, 0));
        scene.stand.drain().await;
        let done = super::super::job(deps, &call, job).await.unwrap();
        assert_eq!((done.total, done.processed, done.matches, done.applied), (100, 100, 7, 0));
        let names: Vec<&str> = done.samples.iter().map(|sample| sample.account_name.as_str()).collect();
        assert_eq!(names, ["user0000", "user0015", "user0030", "user0045", "user0060", "user0075", "user0090"]);
    });
}

#[test]
fn a_condition_that_cannot_be_read_is_reported_with_its_place_and_nothing_is_counted() {
    simulate(1, async {
        let scene = Scene::draft(3).await;
        let (deps, call) = (&scene.stand.deps, scene.stand.call());
        let long = "x".repeat(1_000_000);
        for (condition, position) in
            [("account.privileged = tru", 21), ("owner.shoe_size = 4", 0), (long.as_str(), 4_096)]
        {
            let input = super::super::TestInput { kind: RuleKind::Account, condition: condition.to_owned() };
            let job = super::super::test(deps, &scene.stand.call(), input).await.unwrap();
            scene.stand.drain().await;
            let done = super::super::job(deps, &call, job).await.unwrap();
            assert_eq!((done.state, done.total, done.matches), (super::super::JobState::Completed, 0, 0));
            assert_eq!(done.faults.first().map(|fault| fault.position), Some(position));
        }
    });
}

#[test]
fn work_on_rules_is_forgotten_after_a_week_and_other_work_is_not_shown() {
    simulate(1, async {
        let scene = Scene::draft(3).await;
        let deps = &scene.stand.deps;
        let input = super::super::TestInput { kind: RuleKind::Account, condition: "x".to_owned() };
        let job = super::super::test(deps, &scene.stand.call(), input).await.unwrap();
        let later = |hours: i64| Call {
            now: crate::testing::stand::now() + jiff::SignedDuration::from_hours(hours),
            ..scene.stand.call()
        };
        assert!(super::super::job(deps, &later(7 * 24 - 1), job).await.is_ok());
        assert!(matches!(super::super::job(deps, &later(7 * 24), job).await, Err(crate::Error::NotFound(_))));
        scene.stand.drain().await;
        crate::campaign::start(deps, &scene.stand.call(), scene.campaign).await.unwrap();
        let build = *scene.stand.queue.take().unwrap().job();
        assert!(matches!(super::super::job(deps, &scene.stand.call(), build).await, Err(crate::Error::NotFound(_))));
    });
}
