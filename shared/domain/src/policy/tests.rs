use proptest::prelude::*;
use uuid::Uuid;

use super::check::{Answer, Check, CheckStatus, Entitlement, Facts, Ownership, check};
use super::*;
use crate::automatic::Wish;

const DAY: i64 = 86_400_000;

fn as_of() -> Timestamp {
    "2026-09-01T06:00:00Z".parse().unwrap()
}

fn ago(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(as_of().as_millisecond() - ms).unwrap()
}

fn policy(expectation: Expectation) -> Policy {
    Policy {
        id: PolicyId::new(Uuid::nil()),
        name: "Ceiling".to_owned(),
        description: String::new(),
        expectation,
        targets: Targets::default(),
        on_failure: OnFailure::Reject,
        auto_approve: false,
        priority: 100,
        status: PolicyStatus::Active,
        created_at: Timestamp::UNIX_EPOCH,
        created_by: User::system(),
        updated_at: Timestamp::UNIX_EPOCH,
        version: 1,
    }
}

fn duty(name: &str, entitlements: &[&str]) -> Duty {
    Duty { name: name.to_owned(), entitlements: entitlements.iter().map(|&held| held.to_owned()).collect() }
}

fn duties() -> Expectation {
    let duties = vec![duty("Enter payments", &["PaymentEntry", "role-7"]), duty("Approve payments", &["approvers"])];
    Expectation::SeparationOfDuties { duties, most: 1.0 }
}

fn entitlement(id: &str, name: &str) -> Entitlement {
    Entitlement { id: id.to_owned(), name: name.to_owned() }
}

fn checked(expectation: Expectation, facts: &Facts<'_>) -> Option<Check> {
    check(&policy(expectation), None, facts, &[], as_of())
}

/// Status, message and wish, as one line.
fn line(check: Option<Check>) -> String {
    check.map_or("not covered".to_owned(), |Check { status, message, wish }| {
        format!("{} {message} {wish:?}", status.word())
    })
}

fn rule(effect: Effect, resources: &[&str]) -> PolicyRule {
    let resources = resources.iter().map(|&id| id.to_owned()).collect();
    PolicyRule { condition: "account.login_age_days <= 90".to_owned(), effect, resources }
}

fn answer(holds: bool, unknown: bool) -> Answer {
    Answer { holds, unknown, condition: "C".to_owned(), figures: "F".to_owned() }
}

fn guarded(rules: &[PolicyRule], answers: &[Answer], application: Option<&str>) -> String {
    let policy = policy(Expectation::Guardrail { rules: rules.to_vec(), limit: None });
    let facts = Facts { application, ..Facts::default() };
    line(check(&policy, None, &facts, answers, as_of()))
}

#[test]
fn a_second_factor_is_asked_of_privileged_accounts_alone() {
    let of = |privileged, mfa_enabled| {
        line(checked(Expectation::MfaForPrivileged, &Facts { privileged, mfa_enabled, ..Facts::default() }))
    };
    assert_eq!(of(Some(true), Some(true)), "PASS a second factor is enrolled for this privileged account None");
    assert_eq!(
        of(Some(true), Some(false)),
        "FAIL no second factor is enrolled for this privileged account Some(Reject)"
    );
    assert_eq!(of(Some(true), None), "FAIL not known whether this privileged account has a second factor Some(Flag)");
    assert_eq!(of(Some(false), Some(false)), "not covered");
    assert_eq!(of(None, Some(false)), "not covered");
}

#[test]
fn inactivity_is_counted_in_whole_days_since_the_last_sign_in_or_the_making_of_the_account() {
    let of = |last_login_at, created_at| {
        let facts = Facts { last_login_at, created_at, ..Facts::default() };
        line(checked(Expectation::MaxInactivity { days: 90.0 }, &facts))
    };
    let ancient = Some(ago(4_000 * DAY));
    assert_eq!(of(Some(ago(152 * DAY)), ancient), "FAIL 152 days without sign-in; the limit is 90 Some(Reject)");
    assert_eq!(of(Some(ago(91 * DAY - 1)), ancient), "PASS 90 days without sign-in; the limit is 90 None");
    assert_eq!(of(Some(ago(DAY)), None), "PASS 1 day without sign-in; the limit is 90 None");
    assert_eq!(of(Some(ago(-5 * DAY)), None), "PASS 0 days without sign-in; the limit is 90 None");
    assert_eq!(
        of(None, Some(ago(90 * DAY))),
        "PASS no sign-in on record in the 90 days since the account was made; the limit is 90 None"
    );
    assert_eq!(
        of(None, Some(ago(91 * DAY))),
        "FAIL no sign-in on record in the 91 days since the account was made; the limit is 90 Some(Flag)"
    );
    assert_eq!(of(None, None), "FAIL no sign-in on record; the limit is 90 days Some(Flag)");
}

#[test]
fn a_password_is_within_its_age_or_was_never_set_or_is_unknown() {
    let of = |password_changed_at, password_never_set| {
        let facts = Facts { password_changed_at, password_never_set, ..Facts::default() };
        line(checked(Expectation::MaxPasswordAge { days: 365.0 }, &facts))
    };
    assert_eq!(of(Some(ago(400 * DAY)), None), "FAIL the password is 400 days old; the limit is 365 Some(Reject)");
    assert_eq!(of(Some(ago(DAY)), Some(true)), "PASS the password is 1 day old; the limit is 365 None");
    assert_eq!(of(None, Some(true)), "FAIL no password was ever set; the limit is 365 days Some(Reject)");
    assert_eq!(of(None, None), "FAIL no change of the password on record; the limit is 365 days Some(Flag)");
}

#[test]
fn an_account_needs_an_owner_who_is_not_known_to_have_left() {
    let of = |owner| line(checked(Expectation::OwnerRequired, &Facts { owner, ..Facts::default() }));
    let maya = |active| Ownership::Somebody { name: "Maya", active };
    assert_eq!(of(Ownership::Nobody), "FAIL the account has no owner Some(Reject)");
    assert_eq!(of(maya(Some(false))), "FAIL the owner, Maya, is not active Some(Reject)");
    assert_eq!(of(maya(Some(true))), "PASS the account belongs to Maya None");
    assert_eq!(of(maya(None)), "PASS the account belongs to Maya None");
}

#[test]
fn duties_are_held_through_groups_and_roles_by_id_or_name_in_any_case() {
    let [entry, seven, approvers] =
        [("r1", "PaymentEntry"), ("ROLE-7", "Other"), ("g1", "Approvers")].map(|(id, name)| entitlement(id, name));
    let of = |groups: &[&Entitlement], roles: &[&Entitlement]| {
        // The slices outlive the check.
        let facts = Facts { groups: groups.to_vec(), roles: roles.to_vec(), ..Facts::default() };
        line(checked(duties(), &facts))
    };
    assert_eq!(of(&[], &[]), "PASS holds 0 of 2 separated duties; the limit is 1 None");
    assert_eq!(
        of(&[], &[&entry, &seven]),
        "PASS holds 1 of 2 separated duties: Enter payments (PaymentEntry); the limit is 1 None"
    );
    assert_eq!(
        of(&[&approvers], &[&seven]),
        "FAIL holds 2 of 2 separated duties: Enter payments (Other), Approve payments (Approvers); the limit is 1 \
         Some(Reject)"
    );
}

#[test]
fn a_denied_condition_rejects_a_flagged_one_flags_and_an_allowed_one_passes() {
    use Effect::{Allow, Deny, Flag};
    let [yes, no] = [answer(true, false), answer(false, false)];
    let rules = [rule(Allow, &[]), rule(Flag, &[]), rule(Deny, &[])];
    let of = |answers: [&Answer; 3]| guarded(&rules, &answers.map(Clone::clone), None);
    assert_eq!(of([&yes, &yes, &yes]), "FAIL not allowed: C (F) Some(Reject)");
    assert_eq!(of([&yes, &yes, &no]), "FAIL to be looked at: C (F) Some(Flag)");
    assert_eq!(of([&yes, &no, &no]), "PASS holds: C (F) None");
    assert_eq!(of([&no, &no, &no]), "FAIL does not hold: C (F); C (F); C (F) Some(Reject)");
    assert_eq!(guarded(&rules[2..], &[no], None), "PASS does not hold, as it should not: C (F) None");
}

#[test]
fn a_condition_is_asked_of_the_accounts_of_its_resources_alone() {
    let rules = [rule(Effect::Deny, &["app-1"]), rule(Effect::Allow, &["app-2"])];
    let answers = [answer(true, false), answer(false, false)];
    assert_eq!(guarded(&rules, &answers, Some("app-1")), "FAIL not allowed: C (F) Some(Reject)");
    assert_eq!(guarded(&rules, &answers, Some("app-2")), "FAIL does not hold: C (F) Some(Reject)");
    assert_eq!(guarded(&rules, &answers, Some("app-3")), "not covered");
    assert_eq!(guarded(&rules, &answers, None), "not covered");
}

#[test]
fn what_a_condition_cannot_know_neither_rejects_nor_approves() {
    let unknown = answer(false, true);
    let allow = guarded(&[rule(Effect::Allow, &[])], std::slice::from_ref(&unknown), None);
    assert_eq!(allow, "FAIL does not hold: C (F) Some(Flag)");
    let rules = vec![rule(Effect::Deny, &[])];
    let approving = Policy { auto_approve: true, ..policy(Expectation::Guardrail { rules, limit: None }) };
    let deny = line(check(&approving, None, &Facts::default(), &[unknown], as_of()));
    assert_eq!(deny, "PASS not known to hold, as it should not: C (F) None");
}

#[test]
fn what_holds_because_something_is_missing_is_looked_at_by_people() {
    let holds = answer(true, true);
    let of = |effect| guarded(&[rule(effect, &[])], std::slice::from_ref(&holds), None);
    assert_eq!(of(Effect::Deny), "FAIL not allowed: C (F) Some(Flag)");
    assert_eq!(of(Effect::Allow), "FAIL holds: C (F) Some(Flag)");
    assert_eq!(of(Effect::Flag), "FAIL to be looked at: C (F) Some(Flag)");
}

#[test]
fn targets_narrow_whom_a_policy_covers() {
    let group = entitlement("g1", "Admins");
    let facts = Facts {
        application: Some("app-1"),
        account_type: Some("Service"),
        groups: vec![&group],
        owner: Ownership::Nobody,
        ..Facts::default()
    };
    let of = |targets| check(&Policy { targets, ..policy(Expectation::OwnerRequired) }, None, &facts, &[], as_of());
    let list = |text: &str| vec!["other".to_owned(), text.to_owned()];
    let targets = Targets { applications: list("app-1"), groups: list("g1"), account_types: list("SERVICE") };
    assert!(of(targets.clone()).is_some());
    assert!(of(Targets { applications: list("app-2"), ..targets.clone() }).is_none());
    assert!(of(Targets { groups: list("Admins"), ..targets.clone() }).is_none(), "groups are named by id");
    assert!(of(Targets { account_types: list("user"), ..targets }).is_none());
}

#[test]
fn an_edit_counts_the_version_up_unless_it_says_what_stands() {
    let before = policy(Expectation::MaxInactivity { days: 90.0 });
    let now = Timestamp::from_second(60).unwrap();
    let edit = PolicyEdit { priority: Some(7), target_groups: Some(vec!["g".to_owned()]), ..PolicyEdit::default() };
    let targets = Targets { groups: vec!["g".to_owned()], ..Targets::default() };
    let expected = Policy { priority: 7, targets, version: 2, updated_at: now, ..before.clone() };
    assert_eq!(before.edited(edit, now), expected);
    let same = PolicyEdit { priority: Some(100), on_failure: Some(OnFailure::Reject), ..PolicyEdit::default() };
    assert_eq!(before.edited(same, now), before);
}

/// Anything that may be known about an account.
fn any_facts() -> impl Strategy<Value = Facts<'static>> {
    let time = || proptest::option::of((-10 * DAY..4_000 * DAY).prop_map(ago));
    let flag = || proptest::option::of(any::<bool>());
    let owner =
        prop_oneof![Just(Ownership::Nobody), flag().prop_map(|active| Ownership::Somebody { name: "Maya", active })];
    (flag(), flag(), flag(), time(), time(), time(), owner).prop_map(
        |(privileged, mfa_enabled, password_never_set, created_at, last_login_at, password_changed_at, owner)| Facts {
            privileged,
            mfa_enabled,
            password_never_set,
            created_at,
            last_login_at,
            password_changed_at,
            owner,
            ..Facts::default()
        },
    )
}

fn any_expectation() -> impl Strategy<Value = Expectation> {
    let days = || (0..2_000_u32).prop_map(f64::from);
    prop_oneof![
        Just(Expectation::MfaForPrivileged),
        days().prop_map(|days| Expectation::MaxInactivity { days }),
        days().prop_map(|days| Expectation::MaxPasswordAge { days }),
        Just(Expectation::OwnerRequired),
        Just(duties()),
    ]
}

proptest! {
    #[test]
    fn a_threshold_says_exactly_what_a_limit_of_the_policy_would(
        facts in any_facts(), own in 0..2_000_u32, threshold in 0..2_000_u32,
    ) {
        for expectation in [|days| Expectation::MaxInactivity { days }, |days| Expectation::MaxPasswordAge { days }] {
            let [own, threshold] = [own, threshold].map(f64::from);
            let set = check(&policy(expectation(own)), Some(threshold), &facts, &[], as_of());
            let given = check(&policy(expectation(threshold)), None, &facts, &[], as_of());
            prop_assert_eq!(set, given);
        }
    }

    #[test]
    fn a_threshold_without_a_limit_to_stand_in_for_has_no_effect(facts in any_facts(), threshold in 0..2_000_u32) {
        for expectation in [Expectation::MfaForPrivileged, Expectation::OwnerRequired] {
            let set = check(&policy(expectation.clone()), Some(f64::from(threshold)), &facts, &[], as_of());
            prop_assert_eq!(set, checked(expectation, &facts));
        }
    }

    #[test]
    fn a_larger_limit_never_fails_what_a_smaller_one_passes(facts in any_facts(), one in 0..2_000_u32, more in 0..500_u32) {
        let passes = |limit: u32| {
            let check = checked(Expectation::MaxInactivity { days: f64::from(limit) }, &facts);
            check.is_some_and(|check| check.status == CheckStatus::Pass)
        };
        prop_assert!(!passes(one) || passes(one + more));
    }

    #[test]
    fn the_message_states_days_and_limit_and_they_decide(days in 0..4_000_i64, part in 0..DAY, limit in 0..4_000_u32) {
        let facts = Facts { last_login_at: Some(ago(days * DAY + part)), ..Facts::default() };
        let check = checked(Expectation::MaxInactivity { days: f64::from(limit) }, &facts).unwrap();
        let word = if days == 1 { "day" } else { "days" };
        prop_assert_eq!(check.message, format!("{days} {word} without sign-in; the limit is {limit}"));
        prop_assert_eq!(check.status == CheckStatus::Pass, days <= i64::from(limit));
    }

    #[test]
    fn only_what_fails_is_rejected_and_only_what_passes_is_approved(
        facts in any_facts(), expectation in any_expectation(), auto_approve in any::<bool>(), on_failure in 0..3_usize,
    ) {
        let policy = Policy { auto_approve, on_failure: OnFailure::ALL[on_failure], ..policy(expectation) };
        if let Some(check) = check(&policy, None, &facts, &[], as_of()) {
            prop_assert!(!check.message.is_empty());
            prop_assert!(check.wish.is_none() || policy.decides());
            match check.wish {
                Some(Wish::Approve) => prop_assert!(auto_approve && check.status == CheckStatus::Pass),
                Some(Wish::Reject) => {
                    prop_assert!(policy.on_failure == OnFailure::Reject && check.status == CheckStatus::Fail);
                }
                Some(Wish::Flag) => {
                    prop_assert!(policy.on_failure != OnFailure::Nothing && check.status == CheckStatus::Fail);
                }
                Some(Wish::Assign) => prop_assert!(false, "no policy hands accounts over"),
                None => {
                    prop_assert!(!auto_approve || check.status == CheckStatus::Fail);
                    prop_assert!(policy.on_failure == OnFailure::Nothing || check.status == CheckStatus::Pass);
                }
            }
        }
    }

    #[test]
    fn duties_are_counted_as_a_plain_count_would(held in proptest::collection::btree_set(0..6_usize, 0..6), most in 0..4_u32) {
        // Three duties of two entitlements each.
        let names: Vec<Entitlement> = (0..6).map(|n| entitlement(&format!("id-{n}"), &format!("name-{n}"))).collect();
        let duties = (0..3)
            .map(|n| duty(&format!("duty-{n}"), &[&format!("ID-{}", 2 * n), &format!("Name-{}", 2 * n + 1)]))
            .collect();
        let (groups, roles): (Vec<usize>, Vec<usize>) = held.iter().partition(|n| **n % 2 == 0);
        let of = |numbers: Vec<usize>| numbers.into_iter().map(|n| &names[n]).collect();
        let facts = Facts { groups: of(groups), roles: of(roles), ..Facts::default() };
        let expectation = Expectation::SeparationOfDuties { duties, most: f64::from(most) };
        let check = checked(expectation, &facts).unwrap();
        let count = (0..3).filter(|n| held.contains(&(2 * n)) || held.contains(&(2 * n + 1))).count();
        prop_assert_eq!(check.status == CheckStatus::Pass, count <= most as usize);
        let said = format!("holds {count} of 3 separated duties");
        prop_assert!(check.message.starts_with(&said));
    }
}
