use proptest::prelude::*;

use super::*;

fn as_of() -> Timestamp {
    "2026-09-01T06:00:00Z".parse().unwrap()
}

fn ago(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(as_of().as_millisecond() - ms).unwrap()
}

const DAY: i64 = 86_400_000;

/// Everything known and in order.
fn harmless() -> RiskInput {
    RiskInput {
        privileged: Some(false),
        last_login_at: Some(ago(DAY)),
        mfa_enabled: Some(true),
        owner: Owner::Somebody { active: Some(true) },
        in_high_privilege_group: Some(false),
        password_changed_at: Some(ago(DAY)),
        password_never_set: Some(false),
        entitlements: Some((4, 8)),
        external: Some(false),
        service: Some(true),
        rarest: Some((1, 20)),
        failed_policies: Some(0),
    }
}

fn triggered(input: &RiskInput) -> Vec<&'static str> {
    assess(input, as_of()).triggered.into_iter().map(|factor| factor.info().code).collect()
}

#[test]
fn an_account_in_order_has_no_risk_and_passes_everything() {
    let risk = assess(&harmless(), as_of());
    assert_eq!((risk.score, risk.level()), (0, Level::Low));
    assert_eq!((risk.passing.as_slice(), risk.gaps.as_slice()), (Factor::ALL.as_slice(), [].as_slice()));
}

#[test]
fn what_is_unknown_is_a_gap_and_never_a_point() {
    let risk = assess(&RiskInput::default(), as_of());
    assert_eq!((risk.score, risk.triggered, risk.passing), (0, vec![], vec![]));
    let all_but_policies = Factor::ALL.into_iter().filter(|factor| *factor != Factor::PolicyFailure);
    assert_eq!(risk.gaps, all_but_policies.collect::<Vec<_>>(), "without policies there is nothing to know");
}

#[test]
fn each_factor_has_its_weight() {
    let worst = RiskInput {
        privileged: Some(true),
        last_login_at: Some(ago(400 * DAY)),
        mfa_enabled: Some(false),
        owner: Owner::Somebody { active: Some(false) },
        in_high_privilege_group: Some(true),
        password_changed_at: Some(ago(400 * DAY)),
        password_never_set: None,
        entitlements: Some((9, 8)),
        external: Some(true),
        service: Some(false),
        rarest: Some((0, 20)),
        failed_policies: Some(1),
    };
    let cases: [(&str, RiskInput, u8, &[&str]); 13] = [
        ("stale", RiskInput { last_login_at: Some(ago(90 * DAY)), ..harmless() }, 25, &["stale_account"]),
        ("privileged", RiskInput { privileged: Some(true), ..harmless() }, 30, &["privileged_account"]),
        ("no mfa", RiskInput { mfa_enabled: Some(false), ..harmless() }, 20, &["mfa_disabled"]),
        ("orphan", RiskInput { owner: Owner::Nobody, service: Some(false), ..harmless() }, 15, &["orphaned_account"]),
        ("service", RiskInput { owner: Owner::Nobody, ..harmless() }, 25, &["orphaned_account", "unowned_service"]),
        ("external", RiskInput { external: Some(true), ..harmless() }, 10, &["external_account"]),
        ("rare", RiskInput { rarest: Some((1, 21)), ..harmless() }, 10, &["rare_access"]),
        ("policies", RiskInput { failed_policies: Some(3), ..harmless() }, 15, &["policy_failure"]),
        (
            "inactive owner",
            RiskInput { owner: Owner::Somebody { active: Some(false) }, ..harmless() },
            20,
            &["inactive_owner"],
        ),
        ("group", RiskInput { in_high_privilege_group: Some(true), ..harmless() }, 10, &["high_privilege_group"]),
        ("old", RiskInput { password_changed_at: Some(ago(91 * DAY)), ..harmless() }, 10, &["old_password"]),
        (
            "never set",
            RiskInput { password_changed_at: None, password_never_set: Some(true), ..harmless() },
            15,
            &["password_never_set"],
        ),
        ("many", RiskInput { entitlements: Some((9, 8)), ..harmless() }, 10, &["excessive_entitlements"]),
    ];
    for (name, input, score, factors) in cases {
        assert_eq!((assess(&input, as_of()).score, triggered(&input).as_slice()), (score, factors), "{name}");
    }
    let risk = assess(&worst, as_of());
    assert_eq!((risk.score, risk.level()), (100, Level::High), "160 points are capped");
}

#[test]
fn ninety_days_are_stale_and_not_yet_an_old_password() {
    let seen = |ms| triggered(&RiskInput { last_login_at: Some(ago(ms)), ..harmless() });
    assert_eq!(seen(90 * DAY - 1), [] as [&str; 0]);
    assert_eq!(seen(90 * DAY), ["stale_account"]);
    let changed = |ms| triggered(&RiskInput { password_changed_at: Some(ago(ms)), ..harmless() });
    assert_eq!(changed(90 * DAY), [] as [&str; 0]);
    assert_eq!(changed(90 * DAY + 1), ["old_password"]);
}

#[test]
fn one_in_twenty_is_usual_and_among_fewer_peers_nothing_can_be_told() {
    let of = |rarest| assess(&RiskInput { rarest: Some(rarest), ..harmless() }, as_of());
    assert!(of((0, 20)).triggered.contains(&Factor::RareAccess));
    assert!(of((1, 20)).passing.contains(&Factor::RareAccess));
    assert!(of((0, 19)).gaps.contains(&Factor::RareAccess));
}

#[test]
fn twice_the_median_is_typical_even_where_the_median_is_not_whole() {
    let own = |own, twice_median| triggered(&RiskInput { entitlements: Some((own, twice_median)), ..harmless() });
    assert_eq!(own(5, 5), [] as [&str; 0], "median 2.5");
    assert_eq!(own(6, 5), ["excessive_entitlements"]);
}

#[test]
fn one_factor_speaks_for_another_that_does_not_apply() {
    let orphan = assess(&RiskInput { owner: Owner::Nobody, ..harmless() }, as_of());
    assert!(![orphan.passing, orphan.gaps, orphan.triggered].concat().contains(&Factor::InactiveOwner));
    let never = RiskInput { password_changed_at: None, password_never_set: Some(true), ..harmless() };
    let never = assess(&never, as_of());
    assert!(![never.passing, never.gaps, never.triggered].concat().contains(&Factor::OldPassword));
    let contradiction = RiskInput { password_never_set: Some(true), ..harmless() };
    assert_eq!(triggered(&contradiction), [] as [&str; 0], "a password that was changed was set");
}

#[test]
fn levels_have_the_documented_bounds() {
    let levels = [0, 40, 41, 70, 71, 100].map(|score| Level::of(score).word());
    assert_eq!(levels, ["low", "low", "medium", "medium", "high", "high"]);
}

#[test]
fn a_code_names_one_factor_for_good() {
    let codes = Factor::ALL.map(|factor| {
        assert_eq!(Factor::from_code(factor.info().code), Some(factor));
        factor.info().code
    });
    insta::assert_compact_debug_snapshot!(codes, @r#"["privileged_account", "stale_account", "mfa_disabled", "orphaned_account", "inactive_owner", "high_privilege_group", "old_password", "password_never_set", "excessive_entitlements", "external_account", "unowned_service", "rare_access", "policy_failure"]"#);
    assert_eq!(Factor::from_code("unknown"), None);
}

#[test]
fn the_manual_lists_every_factor_as_it_is() {
    let manual = include_str!("../../../../docs/risk.md");
    for factor in Factor::ALL {
        let FactorInfo { code, weight, severity, name, description, .. } = factor.info();
        let line = format!("| {name} | `{code}` | {weight} | {} | {description} |", severity.word());
        assert!(manual.contains(&line), "{line}");
    }
}

proptest! {
    #[test]
    fn each_factor_is_judged_at_most_once_and_the_score_is_the_capped_sum(
        flags in prop::array::uniform7(prop::option::of(any::<bool>())),
        owner in prop::sample::select(vec![Owner::Unknown, Owner::Nobody, Owner::Somebody { active: None }]),
        login in prop::option::of(-400..400i64),
        password in prop::option::of(-400..400i64),
        entitlements in prop::option::of((any::<u32>(), any::<u32>())),
        rarest in prop::option::of((0..9u32, 0..99u32)),
        failed_policies in prop::option::of(0..3u32),
    ) {
        let [privileged, mfa_enabled, in_high_privilege_group, password_never_set, active, external, service] = flags;
        let owner = if let Owner::Somebody { .. } = owner { Owner::Somebody { active } } else { owner };
        let input = RiskInput {
            privileged,
            last_login_at: login.map(|days| ago(days * DAY)),
            mfa_enabled,
            owner,
            in_high_privilege_group,
            password_changed_at: password.map(|days| ago(days * DAY)),
            password_never_set,
            entitlements,
            external,
            service,
            rarest,
            failed_policies,
        };
        let risk = assess(&input, as_of());
        let sum: u32 = risk.triggered.iter().map(|factor| u32::from(factor.info().weight)).sum();
        prop_assert_eq!(u32::from(risk.score), sum.min(100));
        let mut judged = [risk.triggered, risk.passing, risk.gaps].concat();
        let total = judged.len();
        judged.sort();
        judged.dedup();
        prop_assert_eq!(judged.len(), total);
    }
}
