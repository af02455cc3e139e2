//! What was said before a change, and lists of campaigns that ended with it.

use domain::policy::Policy;
use domain::rule::Rule;

use super::super::policy::{self, applied};
use super::*;
use crate::policy::AppliedPolicy;
use crate::rule::AssignedRule;

/// A rule and a policy that have been changed, in a campaign that ended with what they had said before.
pub(super) async fn write(store: &Store) -> Result<(), Error> {
    let (rules, policies) = (former_rules(), former_policies());
    let mut tx = store.write(command_id(61), now());
    tx.insert_rule(&rules[0])?;
    tx.insert_policy(&policies[0])?;
    tx.assign_rules(&review_id(61), &[ended_with_rule()], 0, &[])?;
    tx.apply_policies(&review_id(61), &[ended_with_policy()], 0, &[])?;
    let _ = tx.commit().await?;
    let mut tx = store.write(command_id(62), later(1));
    tx.update_rule(&rules[1], &rules[0])?;
    tx.update_policy(&policies[1], &policies[0])?;
    tx.commit().await.map(|_nothing_to_send| ())
}

fn former_rules() -> [Rule; 2] {
    let first = rule(61);
    let second = Rule { name: "Another name".to_owned(), version: 2, ..first.clone() };
    [first, second]
}

fn former_policies() -> [Policy; 2] {
    let [expectation, ..] = policy::each();
    let first = policy::policy(62, expectation);
    let second = Policy { name: "Another name".to_owned(), version: 2, ..first.clone() };
    [first, second]
}

fn ended_with_rule() -> AssignedRule {
    AssignedRule { version: Some(1), ..assigned(61, true) }
}

fn ended_with_policy() -> AppliedPolicy {
    AppliedPolicy { version: Some(1), ..applied(62, Some(30.5)) }
}

pub(super) async fn read(store: &Store) {
    let (rules, policies) = (former_rules(), former_policies());
    assert_eq!(store.rules().versions(&[(rules[0].id, 1), (rules[0].id, 2)]).await.unwrap(), rules);
    assert_eq!(store.policies().versions(&[(policies[0].id, 1), (policies[0].id, 2)]).await.unwrap(), policies);
    assert_eq!(store.rules().assigned(&review_id(61)).await.unwrap().value, [ended_with_rule()]);
    assert_eq!(store.policies().applied(&review_id(61)).await.unwrap().value, [ended_with_policy()]);
}
