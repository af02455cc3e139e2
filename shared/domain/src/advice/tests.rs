use proptest::prelude::*;

use super::*;
use crate::risk::Factor;

/// A clerk with the access of all clerks, in use, with nothing wrong.
fn ordinary() -> Evidence {
    Evidence {
        held: Some(Held { with: 198, of: 214, what: "Requester".to_owned(), alike: "application, title".to_owned() }),
        idle_days: Some(4),
        passing: vec![Factor::Privileged, Factor::Stale, Factor::MfaDisabled, Factor::Orphaned, Factor::InactiveOwner],
        ..Evidence::default()
    }
}

/// A privileged leftover that nobody has used for months.
fn odd() -> Evidence {
    Evidence {
        held: Some(Held { with: 1, of: 214, what: "Payment Run".to_owned(), alike: "application, title".to_owned() }),
        idle_days: Some(152),
        triggered: vec![Factor::Privileged, Factor::Stale],
        passing: vec![Factor::MfaDisabled, Factor::Orphaned, Factor::InactiveOwner],
        ..ordinary()
    }
}

fn default_advice(evidence: &Evidence) -> Advice {
    advise(evidence, &Guide::default())
}

fn told(evidence: &Evidence) -> Words {
    let advice = default_advice(evidence);
    tell(advice.suggestion, &advice.parts, evidence)
}

#[test]
fn without_experience_ordinary_access_is_approved_and_odd_access_rejected() {
    let (kept, taken) = (default_advice(&ordinary()), default_advice(&odd()));
    assert_eq!((kept.suggestion, taken.suggestion), (Suggestion::Approve, Suggestion::Reject));
    assert!(kept.confidence >= 90, "{kept:?}");
    assert!(taken.log_odds > kept.log_odds);
}

#[test]
fn words_carry_the_figures_of_the_evidence() {
    let words = told(&odd());
    assert_eq!(
        words.reason,
        "Holds an administrative role; 1 of 214 peers (same application, title) holds Payment Run"
    );
    assert_eq!(words.primary_factors, ["Privileged Account", "Rare among peers", "Stale account"]);
    assert!(words.risk_indicators.contains(&"No sign-in for 152 days".to_owned()));
    assert_eq!(words.data_gaps, ["No earlier decisions to learn from"]);
    let words = told(&ordinary());
    assert!(words.risk_indicators.is_empty(), "{words:?}");
    assert_eq!(words.primary_factors.first().map(String::as_str), Some("Role-typical access"));
}

#[test]
fn what_speaks_for_an_access_never_reads_like_what_would_speak_against_it() {
    let passing = vec![Factor::Privileged, Factor::HighPrivilegeGroup];
    let words = told(&Evidence { passing, ..Evidence::default() });
    assert!(!words.primary_factors.is_empty());
    for name in &words.primary_factors {
        assert!(["Not privileged", "No high-privilege group"].contains(&name.as_str()), "{name}");
    }
    let names = words.primary_factors.iter().chain(&told(&ordinary()).primary_factors).cloned().collect::<Vec<_>>();
    assert!(Factor::ALL.iter().all(|factor| !names.iter().any(|name| name == factor.info().name)), "{names:?}");
}

#[test]
fn what_is_not_known_is_a_gap_and_costs_confidence_but_is_never_a_signal() {
    let nothing = Evidence { gaps: vec![Factor::MfaDisabled, Factor::Stale], ..Evidence::default() };
    assert_eq!(Signal::all(&nothing), []);
    let words = told(&nothing);
    assert_eq!(
        words.data_gaps,
        [
            "No peers to compare the access with",
            "No sign-in time on record",
            "Not known whether a second factor is enrolled",
            "No earlier decisions to learn from",
        ]
    );
    assert!(default_advice(&nothing).confidence < default_advice(&ordinary()).confidence);
}

#[test]
fn a_factor_that_a_signal_says_already_is_not_counted_twice() {
    let stale = Evidence { triggered: vec![Factor::Stale], ..Evidence::default() };
    assert_eq!(Signal::all(&stale), []);
}

#[test]
fn decisions_teach_the_weight_of_a_signal() {
    let privileged = Signal::Risk(Factor::Privileged, 1);
    let mut experience = Experience::default();
    let expected = experience.weight(privileged);
    assert!(expected > 0);
    for n in 0..200 {
        experience.add(&[Signal::Risk(Factor::Privileged, u8::from(n % 2 == 0))], n % 10 == 1);
    }
    assert!(experience.weight(privileged) < 0, "approved whenever privileged: it speaks for the access now");
}

#[test]
fn a_decision_can_be_hidden_from_the_advice_on_itself() {
    let mut experience = Experience::default();
    experience.add(&Signal::all(&ordinary()), false);
    let before = experience.clone();
    experience.add(&Signal::all(&odd()), true);
    experience.remove(&Signal::all(&odd()), true);
    assert_eq!(experience, before);
}

#[test]
fn narrower_circles_count_more_the_more_they_have_decided() {
    let base = Tally { rejected: 50, of: 1_000 }.base();
    let wide = Tally { rejected: 10, of: 100 };
    let few = Lean::narrowing(base, [wide, Tally { rejected: 1, of: 2 }]).unwrap();
    let many = Lean::narrowing(base, [wide, Tally { rejected: 50, of: 100 }]).unwrap();
    assert!(0 < few.by && few.by < many.by, "{few:?} {many:?}");
    assert_eq!(few.tally.of, 2, "the narrowest circle is the one that is told");
    assert_eq!(Lean::narrowing(base, [Tally::default()]), None);
}

#[test]
fn a_sum_that_says_too_much_is_taken_back() {
    let mut sums = Sums::default();
    // Of those with log-odds of three, only two in three were rejected; of those with minus three one in three.
    for n in 0..3_000 {
        sums.add(3_000, n % 3 != 0);
        sums.add(-3_000, n % 3 == 0);
    }
    let Calibration { slope, shift } = sums.calibration(0);
    assert!((20..=30).contains(&slope) && shift.abs() <= 250, "{slope} {shift}");
    assert_eq!(sums.without(&sums).calibration(0), Calibration::default());
}

#[test]
fn evidence_is_small_when_stored_and_comes_back_whole() {
    let evidence = Evidence {
        same_access: Some(Lean { tally: Tally { rejected: 2, of: 9 }, by: 412 }),
        own: Some(Earlier::Approved),
        checks: Some(Checks { pass: 2, fail: 1 }),
        ..odd()
    };
    let text = serde_json::to_string(&evidence).unwrap();
    assert_eq!(
        text,
        r#"{"h":{"w":1,"n":214,"e":"Payment Run","l":"application, title"},"a":{"r":2,"n":9,"l":412},"o":"a","u":152,"c":{"p":2,"f":1},"t":["privileged_account","stale_account"],"k":["mfa_disabled","orphaned_account","inactive_owner"]}"#
    );
    assert_eq!(serde_json::from_str::<Evidence>(&text).unwrap(), evidence);
    assert_eq!(serde_json::to_string(&Evidence::default()).unwrap(), "{}");
}

fn any_evidence() -> impl Strategy<Value = Evidence> {
    let held = (0_u32..500, 0_u32..500).prop_map(|(with, more)| Held {
        with,
        of: with + more,
        what: "x".to_owned(),
        alike: String::new(),
    });
    let lean = (0_u32..50, 0_u32..50, -9_000_i32..9_000)
        .prop_map(|(rejected, more, by)| Lean { tally: Tally { rejected, of: rejected + more }, by });
    let own = prop_oneof![Just(None), Just(Some(Earlier::Approved)), Just(Some(Earlier::Rejected))];
    (
        proptest::option::of(held),
        proptest::option::of(lean),
        own,
        proptest::option::of(0_u32..4_000),
        proptest::sample::subsequence(Factor::ALL.to_vec(), 0..=Factor::ALL.len()),
    )
        .prop_map(|(held, same_access, own, idle_days, triggered)| Evidence {
            held,
            same_access,
            own,
            idle_days,
            triggered,
            ..Evidence::default()
        })
}

proptest! {
    #[test]
    fn advice_on_any_evidence_is_within_bounds_and_repeatable(evidence in any_evidence()) {
        let advice = default_advice(&evidence);
        prop_assert_eq!(&advice, &default_advice(&evidence));
        prop_assert!(advice.confidence <= 100 && (1..=999).contains(&advice.chance));
        let words = tell(advice.suggestion, &advice.parts, &evidence);
        prop_assert!(!words.reason.is_empty() && words.primary_factors.len() <= 3);
    }

    #[test]
    fn the_rarer_among_peers_and_the_longer_unused_the_more_speaks_against_it(
        evidence in any_evidence(), with in 0_u32..100, idle in 0_u32..1_000, more in 1_u32..1_000,
    ) {
        let held = |with| Some(Held { with, of: 200, what: "x".to_owned(), alike: String::new() });
        let usual = Evidence { held: held(with + 100), idle_days: Some(idle), ..evidence };
        let log_odds = |evidence: &Evidence| default_advice(evidence).log_odds;
        let rarer = Evidence { held: held(with), ..usual.clone() };
        let longer = Evidence { idle_days: Some(idle + more), ..usual.clone() };
        prop_assert!(log_odds(&rarer) >= log_odds(&usual));
        prop_assert!(log_odds(&longer) >= log_odds(&usual));
    }
}
