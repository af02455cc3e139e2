use std::collections::HashMap;

use super::*;

/// An organisation: who is whose manager; everybody named `ghost…` has no user.
#[derive(Default)]
struct Org {
    managers: HashMap<UserKey, UserKey>,
}

impl Org {
    fn new(managers: &[(&str, &str)]) -> Self {
        Self { managers: managers.iter().map(|(of, manager)| (key(of), key(manager))).collect() }
    }
}

impl People for Org {
    fn user(&self, key: &UserKey) -> Option<User> {
        (!key.id().starts_with("ghost")).then(|| user(key.id()))
    }

    fn manager(&self, of: &UserKey) -> Option<UserKey> {
        self.managers.get(of).cloned()
    }
}

fn key(name: &str) -> UserKey {
    UserKey::new("Identity", name).unwrap()
}

fn user(name: &str) -> User {
    User {
        user_type: "Identity".to_owned(),
        id: name.to_owned(),
        email: format!("{name}@corp.example"),
        name: name.to_owned(),
    }
}

fn rules() -> Rules {
    Rules {
        assignment: ReviewerAssignment { users_manager: true, ..ReviewerAssignment::default() },
        creator: user("creator"),
        denied: HashSet::new(),
        delegates: vec![],
        self_review: SelfReview::CheckingDisabled,
    }
}

/// Access of `sub`.
fn subject() -> Subject {
    Subject {
        identity: Some(key("sub")),
        destination_owners: vec![],
        own: OwnAccess { ids: vec!["sub".to_owned()], names: vec!["sub@corp.example".to_owned()] },
    }
}

#[track_caller]
fn check(rules: &Rules, subject: &Subject, org: &Org, expected: &str) {
    let Assigned { reviewers, rung } = rules.assign(subject, org);
    let names: Vec<_> = reviewers.iter().map(|user| user.id.as_str()).collect();
    assert_eq!(format!("{rung:?}: {}", names.join(" ")), expected);
}

fn denied(names: &[&str]) -> HashSet<UserKey> {
    names.iter().map(|name| key(name)).collect()
}

#[test]
fn candidates_are_named_reviewers_then_manager_then_owners_each_once() {
    let org = Org::new(&[("sub", "boss")]);
    let assignment = ReviewerAssignment {
        users_manager: true,
        resource_managers: true,
        reviewers: vec![user("rita"), user("ghost")],
        fallback_reviewers: vec![user("fall")],
    };
    let subject =
        Subject { destination_owners: vec![key("owner"), key("boss"), key("rita"), key("ghost-2")], ..subject() };
    check(&Rules { assignment, ..rules() }, &subject, &org, "Candidates: rita boss owner");
}

#[test]
fn a_dropped_manager_is_replaced_by_their_manager_once() {
    let org = Org::new(&[("sub", "boss"), ("boss", "head"), ("head", "chief")]);
    let rules = |names| Rules { denied: denied(names), ..rules() };
    check(&rules(&[]), &subject(), &org, "Candidates: boss");
    check(&rules(&["boss"]), &subject(), &org, "Candidates: head");
    check(&rules(&["boss", "head"]), &subject(), &org, "Creator: creator");
    let ghost = Org::new(&[("sub", "ghost"), ("ghost", "head")]);
    check(&rules(&[]), &subject(), &ghost, "Candidates: head");
}

#[test]
fn fallback_reviewers_come_before_the_creator_and_the_creator_is_asked_in_any_case() {
    let mut rules = rules();
    rules.assignment.fallback_reviewers = vec![user("fall"), user("fell")];
    check(&rules, &subject(), &Org::default(), "Fallback: fall fell");
    rules.denied = denied(&["fall", "fell", "creator"]);
    check(&rules, &subject(), &Org::default(), "Creator: creator");
}

#[test]
fn nobody_is_asked_about_their_own_access_when_that_is_checked() {
    let checking = Rules { self_review: SelfReview::CheckingEnabled, ..rules() };
    let own_boss = Org::new(&[("sub", "sub"), ("boss", "head")]);
    check(&rules(), &subject(), &own_boss, "Candidates: sub");
    check(&checking, &subject(), &own_boss, "Creator: creator");
    let owned = Subject { destination_owners: vec![key("sub"), key("owner")], ..subject() };
    let mut by_owner = checking.clone();
    by_owner.assignment = ReviewerAssignment { resource_managers: true, ..ReviewerAssignment::default() };
    check(&by_owner, &owned, &Org::default(), "Candidates: owner");
}

#[test]
fn delegates_come_last_one_step_far_and_under_the_same_tests() {
    let org = Org::new(&[("sub", "boss")]);
    let pair = |of: &str, to: &str| (key(of), user(to));
    let delegates = vec![
        pair("boss", "deputy"),
        pair("deputy", "too-far"),
        pair("boss", "denied"),
        pair("boss", "sub"),
        pair("rita", "boss"),
        pair("somebody", "else"),
    ];
    let mut rules =
        Rules { delegates, denied: denied(&["denied"]), self_review: SelfReview::CheckingEnabled, ..rules() };
    check(&rules, &subject(), &org, "Candidates: boss deputy");
    rules.assignment.reviewers = vec![user("rita")];
    check(&rules, &subject(), &org, "Candidates: rita boss deputy");
}

#[test]
fn a_reviewer_is_the_subject_by_id_or_by_name_in_any_case() {
    let own = OwnAccess {
        ids: vec!["4410".to_owned(), String::new()],
        names: vec!["P.Nowak@corp.example".to_owned(), "pnowak".to_owned(), String::new()],
    };
    let with = |id: &str, email: &str| User { id: id.to_owned(), email: email.to_owned(), ..user("x") };
    for (reviewer, expected) in [
        (with("4410", ""), true),
        (with("1", "p.nowak@CORP.example"), true),
        (with("PNOWAK", ""), true),
        (with("p.nowak@corp.example", "other@corp.example"), true),
        (with("44100", "k.lind@corp.example"), false),
        (with("1", ""), false),
        (with("", ""), false),
    ] {
        assert_eq!(own.is(&reviewer), expected, "{reviewer:?}");
    }
    assert!(!OwnAccess { ids: vec!["Ab".to_owned()], names: vec![] }.is(&with("aB", "")), "ids are exact");
}

#[test]
fn manual_assignment_says_why_somebody_is_unfit() {
    let rules = Rules { denied: denied(&["denied"]), self_review: SelfReview::CheckingEnabled, ..rules() };
    let fit = |name: &str| rules.fit(&key(name), &subject(), &Org::default()).map(|user| user.id);
    assert_eq!(fit("rita"), Ok("rita".to_owned()));
    assert_eq!(fit("ghost"), Err(Unfit::Unknown));
    assert_eq!(fit("denied"), Err(Unfit::Denied));
    assert_eq!(fit("sub"), Err(Unfit::OwnAccess));
}

#[test]
fn of_more_people_than_can_hand_a_row_over_the_first_stay() {
    let owners: Vec<UserKey> = (0..120).map(|n| key(&format!("owner{n:03}"))).collect();
    let mut rules = rules();
    rules.assignment = ReviewerAssignment { resource_managers: true, ..ReviewerAssignment::default() };
    rules.delegates = vec![(key("owner000"), user("stand-in"))];
    let assigned = rules.assign(&Subject { destination_owners: owners.clone(), ..subject() }, &Org::default());
    let found: Vec<UserKey> = assigned.reviewers.iter().map(User::key).collect();
    assert_eq!(found, owners[..MAX_REVIEWERS]);
}
