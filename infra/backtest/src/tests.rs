use super::*;

fn sample() -> (Grants, Report) {
    let now = "2026-11-01T00:00:00Z".parse().unwrap();
    let csv = sample::decisions::csv(&sample::Organisation::generate(7, 1_000, now).unwrap());
    let grants = Grants::read(csv.as_bytes(), &Roles::of_sample()).unwrap();
    let report = run(&grants).unwrap();
    (grants, report)
}

#[test]
fn advice_beats_base_rate_and_peer_frequency_on_what_was_planted() {
    let (_, report) = sample();
    let [base, peers, untaught, looked_at, taught, _, best] = report.figures.as_slice() else { panic!("{report}") };
    let clearly_more = |one: Option<f64>, other: Option<f64>| one > other.map(|other| other + 0.1);
    for advice in [untaught, taught] {
        assert!(clearly_more(advice.area, peers.area), "{report}");
    }
    assert!(clearly_more(looked_at.balanced_accuracy, base.balanced_accuracy), "{report}");
    assert!(looked_at.balanced_accuracy > peers.balanced_accuracy, "{report}");
    for advice in [taught, best] {
        assert!(clearly_more(advice.balanced_accuracy, peers.balanced_accuracy), "{report}");
    }
    assert!(taught.brier < base.brier && taught.precision > Some(0.7), "{report}");
}

#[test]
fn the_decision_on_a_grant_does_not_reach_the_advice_on_it() {
    let csv = |last: &str| {
        let mut text = "user,team,resource,decision\n".to_owned();
        for n in 0..60 {
            text += &format!("u{n},t{},r{},{}\n", n % 3, n % 4, if n % 7 == 0 { "denied" } else { "granted" });
        }
        text + "u0,t0,r3," + last + "\n"
    };
    let advice = |last: &str| {
        let roles = Roles { subject: Some("user".to_owned()), ..Roles::default() };
        let grants = Grants::read(csv(last).as_bytes(), &roles).unwrap();
        let shares = peers::shares(&grants);
        let row = grants.len() - 1;
        let hidden = (0..FOLDS).map(|hidden| Decisions { rejected: &grants.rejected, hidden });
        let decisions = hidden.into_iter().find(|decisions| decisions.visible(row).is_none()).unwrap();
        let gathered = gather::all(&grants, &shares, &decisions);
        advise(&gathered.evidence(&grants, row), &learn(&grants, &gathered, &decisions))
    };
    assert_eq!(advice("denied"), advice("granted"));
}

#[test]
fn roles_name_columns_in_any_letter_case_and_what_has_none_describes_the_subject() {
    let csv = "ACTION,RESOURCE,MGR_ID,stale_account,note\n1,r,m1,yes,x\n0,r,m2,,y\n";
    let named = Roles { decision: "action".to_owned(), ignore: vec!["Note".to_owned()], ..Roles::default() };
    let grants = Grants::read(csv.as_bytes(), &named).unwrap();
    assert_eq!(grants.rejected, [false, true]);
    assert_eq!(grants.attributes.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["MGR_ID"]);
    assert_eq!(grants.factors.len(), 1);
    let other = Roles { granted: vec!["0".to_owned()], ..named };
    assert_eq!(Grants::read(csv.as_bytes(), &other).unwrap().rejected, [true, false]);
}

#[test]
fn what_cannot_be_tested_is_said() {
    let read = |csv: &str| Grants::read(csv.as_bytes(), &Roles::default());
    let fault = read("decision,thing\n1,x\n").unwrap_err().to_string();
    assert_eq!(fault, "there is no column `resource`; the file has: decision, thing");
    let fault = read("decision,resource\nperhaps,x\n").unwrap_err().to_string();
    assert_eq!(fault, "line 2: `perhaps` is no decision; name the words for granted access with --granted");
    let alike = read("decision,resource\n1,x\n1,y\n").unwrap();
    assert!(matches!(run(&alike), Err(Error::OneSided)));
}
