//! What rules decide, and what they leave alone.

use domain::automatic::Cause;
use domain::decide::Verdict;
use domain::rule::RuleStatus;
use domain::user::UserKey;
use engine::simulate;

use super::*;
use crate::review::decide;
use crate::review::{DecideInput, UserReference};
use crate::standing::{self, DelegationReference};

#[test]
fn the_strongest_rule_that_matches_decides_and_the_log_names_it_with_its_version() {
    simulate(1, async {
        let scene = Scene::active(140).await;
        let approve = scene.rule("account.department = 'finance'", Wish::Approve).await;
        let flag = scene.rule("account.privileged = true", Wish::Flag).await;
        let reject = scene.rule("account.login_age_days > 180", Wish::Reject).await;
        let renamed = RuleInput { name: Some("Dormant".to_owned()), ..RuleInput::default() };
        super::super::update(&scene.stand.deps, &scene.stand.call(), reject, renamed).await.unwrap();
        let job = scene.evaluate().await;
        let expected = |n: usize| match (n.is_multiple_of(7), n.is_multiple_of(5), n.is_multiple_of(2)) {
            (true, _, _) => (Approval::Rejected, Some((reject, 2))),
            (_, true, _) => (Approval::Flagged, Some((flag, 1))),
            (_, _, true) => (Approval::Approved, Some((approve, 1))),
            _ => (Approval::Pending, None),
        };
        let rows = scene.rows().await;
        for (n, row) in rows.iter().enumerate() {
            let (status_wanted, _) = expected(n);
            assert_eq!(status(row), status_wanted, "{}", account(row));
            let decided = status_wanted != Approval::Pending;
            assert_eq!(row.decided_by.clone(), decided.then(User::system));
            assert_eq!(row.state.is_signed_off(), decided && status_wanted != Approval::Flagged);
        }
        let log = scene.log().await;
        for (n, row) in rows.iter().enumerate() {
            let own = log.iter().flat_map(|entry| entry.changes_of(row.row.slot()).map(move |change| (entry, change)));
            let page = review::get(&scene.stand.deps, &scene.stand.call(), scene.campaign, row.row, true).await;
            let lines = page.unwrap().log.unwrap();
            let cause = lines.first().and_then(|line| line.cause);
            let wanted = expected(n).1.map(|(id, version)| Cause::Rule { id, version });
            assert_eq!(cause, wanted, "{}", account(row));
            drop(own);
        }
        let decided = rows.iter().filter(|row| status(row) != Approval::Pending).count() as u64;
        assert_eq!((job.total, job.processed, job.matches, job.applied), (140, 140, decided, decided));
        assert_eq!(job.samples.len(), 10);
        assert!(job.completed_at.is_some() && job.faults.is_empty() && job.error.is_none());
    });
}

#[test]
fn evaluating_again_changes_nothing_and_counts_the_same_matches() {
    simulate(1, async {
        let scene = Scene::active(80).await;
        scene.rule("account.department = 'Finance'", Wish::Approve).await;
        scene.rule_of(assigning("account.department = 'Sales'", ReviewerStrategy::Owner)).await;
        let first = scene.evaluate().await;
        let (log, counts) = (scene.log().await, scene.counts().await);
        let second = scene.evaluate().await;
        assert_eq!((first.matches, first.applied), (80, 80));
        assert_eq!((second.matches, second.applied), (80, 0));
        assert_eq!(first.samples, second.samples);
        assert_eq!((scene.log().await, scene.counts().await), (log, counts));
    });
}

#[test]
fn what_people_have_decided_or_set_aside_stands() {
    simulate(1, async {
        let scene = Scene::active(20).await;
        let verdicts = [("a0000", Verdict::Approved), ("a0001", Verdict::Rejected), ("a0002", Verdict::Flagged)];
        for (account, verdict) in verdicts {
            let input = DecideInput { verdict, comment: None };
            decide(&scene.stand.deps, &scene.stand.call(), scene.campaign, account, input).await.unwrap();
        }
        scene.rule("account.account_name STARTS WITH 'user'", Wish::Reject).await;
        let job = scene.evaluate().await;
        assert_eq!((job.matches, job.applied), (20, 17));
        let rows = scene.rows().await;
        let by: Vec<_> = rows.iter().take(4).map(|row| (status(row), row.decided_by.clone().unwrap().id)).collect();
        let [a, b, c] = [Approval::Approved, Approval::Rejected, Approval::Flagged].map(|s| (s, "root".to_owned()));
        assert_eq!(by, [a, b, c, (Approval::Rejected, "system".to_owned())]);
    });
}

#[test]
fn a_row_that_is_handed_over_stays_pending_and_is_reached_by_its_new_reviewer_alone() {
    simulate(1, async {
        let scene = Scene::active(40).await;
        scene.rule_of(assigning("account.privileged = true", ReviewerStrategy::Owner)).await;
        let to_lena = RuleInput {
            reviewer: Some("lena@corp.example".to_owned()),
            ..input("account.account_name = 'user0001'", Wish::Assign)
        };
        scene.rule_of(to_lena).await;
        scene.evaluate().await;
        assert_eq!(scene.counts().await, [40, 0, 0, 0]);
        let reach = async |id: &str| {
            let key = UserKey::new("Identity", id).unwrap();
            scene.stand.deps.store.reaches().of(&key, &scene.campaign, 1).await.unwrap().rows()
        };
        for (n, row) in scene.rows().await.iter().enumerate() {
            let wanted = match n {
                1 => "lena".to_owned(),
                n if n.is_multiple_of(5) => format!("p{n:04}"),
                n => if n % 2 == 0 { "lena" } else { "omar" }.to_owned(),
            };
            let reviewers: Vec<&str> = row.reviewers.iter().map(|user| user.id.as_str()).collect();
            assert_eq!(reviewers, [wanted.as_str()], "{}", account(row));
            assert!(!row.reviewers[0].email.is_empty(), "people are shown by name");
        }
        assert_eq!((reach("p0005").await, reach("p0001").await), (1, 0));
        // Twenty each; four of lena's and four of omar's went to their owners, and one of omar's to lena.
        assert_eq!((reach("lena").await, reach("omar").await), (17, 15));
    });
}

#[test]
fn nobody_on_the_deny_list_takes_over_and_delegates_come_along() {
    simulate(1, async {
        let scene = Scene::active(4).await;
        let reference =
            |id: &str| UserReference { user_type: "Identity".to_owned(), id: id.to_owned(), email: None, name: None };
        let stands_in = [DelegationReference { original: reference("p0001"), delegate: reference("omar") }];
        standing::deny(&scene.stand.deps, &scene.stand.call(), &[reference("p0003")]).await.unwrap();
        standing::delegate(&scene.stand.deps, &scene.stand.call(), &stands_in).await.unwrap();
        scene.rule_of(assigning("account.department = 'Sales'", ReviewerStrategy::Owner)).await;
        assert_eq!(scene.evaluate().await.applied, 1);
        let rows = scene.rows().await;
        let reviewers = |row: &RowView| row.reviewers.iter().map(|user| user.id.clone()).collect::<Vec<_>>();
        assert_eq!(reviewers(&rows[1]), ["p0001", "omar"]);
        assert_eq!(reviewers(&rows[3]), ["omar"], "as before");
    });
}

#[test]
fn the_manager_of_an_owner_takes_over_and_who_has_none_keeps_the_row() {
    simulate(1, async {
        let scene = Scene::draft(6).await;
        let plan = crate::campaign::EditInput {
            reviewer_assignment: Some(crate::review::AssignmentInput {
                reviewers: vec![crate::review::UserReference {
                    user_type: "Identity".to_owned(),
                    id: "omar".to_owned(),
                    email: None,
                    name: None,
                }],
                ..crate::review::AssignmentInput::default()
            }),
            ..crate::campaign::EditInput::default()
        };
        crate::campaign::update(&scene.stand.deps, &scene.stand.call(), scene.campaign, plan).await.unwrap();
        scene.start().await;
        scene.rule_of(assigning("account.privileged = false", ReviewerStrategy::Manager)).await;
        let job = scene.evaluate().await;
        assert_eq!((job.matches, job.applied), (4, 2), "two are omar's already");
        let rows = scene.rows().await;
        let reviewers: Vec<&str> = rows.iter().map(|row| row.reviewers[0].id.as_str()).collect();
        assert_eq!(reviewers, ["omar", "omar", "lena", "omar", "lena", "omar"]);
    });
}

#[test]
fn enabled_rules_are_evaluated_when_a_campaign_starts_as_they_were_when_its_rows_were_frozen() {
    simulate(1, async {
        let scene = Scene::draft(30).await;
        let rule = scene.rule("account.department = 'Finance'", Wish::Approve).await;
        let off = scene.rule("account.department = 'Sales'", Wish::Reject).await;
        super::super::enable(&scene.stand.deps, &scene.stand.call(), scene.campaign, off, false).await.unwrap();
        let inactive = scene.rule("account.department = 'Sales'", Wish::Flag).await;
        let asleep = RuleInput { status: Some(RuleStatus::Inactive), ..RuleInput::default() };
        super::super::update(&scene.stand.deps, &scene.stand.call(), inactive, asleep).await.unwrap();
        scene.start().await;
        assert_eq!(scene.counts().await, [15, 15, 0, 0]);
        let log = scene.log().await;
        assert_eq!(causes(&log[0]), [Cause::Rule { id: rule, version: 1 }]);
    });
}

#[test]
fn a_campaign_made_from_another_uses_its_rules_enabled_as_they_are_there() {
    simulate(1, async {
        let scene = Scene::active(4).await;
        let [on, off] = [
            scene.rule("account.privileged = true", Wish::Flag).await,
            scene.rule("account.privileged = false", Wish::Approve).await,
        ];
        let (deps, call) = (&scene.stand.deps, scene.stand.call());
        super::super::enable(deps, &call, scene.campaign, off, false).await.unwrap();
        let input = crate::campaign::TemplateInput {
            name: Some("Next".to_owned()),
            start_date: Some(crate::testing::stand::now()),
            end_date: Some("2027-01-01T00:00:00Z".parse().unwrap()),
        };
        let made = crate::campaign::from_template(deps, &scene.stand.call(), scene.campaign, input).await.unwrap();
        let rules = super::super::list_assigned(deps, &scene.stand.call(), made.campaign.id).await.unwrap().rules;
        let rules: Vec<_> = rules.iter().map(|view| (view.rule.id, view.enabled)).collect();
        assert_eq!(rules, [(on, true), (off, false)]);
    });
}

#[test]
fn a_campaign_that_is_over_is_not_evaluated_and_one_under_way_ends_with_the_reason() {
    simulate(1, async {
        let scene = Scene::active(8).await;
        scene.rule("account.privileged = true", Wish::Flag).await;
        let (job, message) = scene.asked().await;
        let (deps, call) = (&scene.stand.deps, scene.stand.call());
        let twice = super::super::evaluate(deps, &call, scene.campaign).await;
        assert!(matches!(twice, Err(crate::Error::Refused(domain::Refusal::AlreadyEvaluating))), "{twice:?}");
        crate::campaign::complete(deps, &scene.stand.call(), scene.campaign).await.unwrap();
        scene.stand.deliver(&message).await.unwrap();
        let job = super::super::job(deps, &scene.stand.call(), job).await.unwrap();
        assert_eq!(
            (job.state, job.error.as_deref()),
            (super::super::JobState::Failed, Some("the review is completed"))
        );
        assert_eq!(scene.counts().await, [8, 0, 0, 0]);
        let late = super::super::evaluate(deps, &scene.stand.call(), scene.campaign).await;
        assert!(matches!(late, Err(crate::Error::Refused(domain::Refusal::Completed))), "{late:?}");
    });
}

#[test]
fn a_page_of_rows_that_all_go_to_different_people_is_handed_over_in_several_turns() {
    simulate(1, async {
        let scene = Scene::active(300).await;
        scene.rule_of(assigning("account.account_name STARTS WITH 'user'", ReviewerStrategy::Owner)).await;
        let job = scene.evaluate().await;
        assert_eq!((job.matches, job.applied), (300, 300));
        for row in scene.rows().await {
            assert_eq!(row.reviewers[0].id, account(&row).replace('a', "p"));
        }
        assert_eq!(scene.stand.deps.store.pages().broken(&scene.campaign, 0..5).await.unwrap(), []);
    });
}

#[test]
fn a_rule_hands_on_what_a_rule_has_handed_over_and_nothing_that_a_person_has() {
    simulate(1, async {
        let scene = Scene::active(8).await;
        let (deps, id) = (&scene.stand.deps, scene.campaign);
        let to_owner = scene.rule_of(assigning("account.department = 'Sales'", ReviewerStrategy::Owner)).await;
        assert_eq!(scene.evaluate().await.applied, 4);
        let eve = UserReference { user_type: "Identity".to_owned(), id: "p0000".to_owned(), email: None, name: None };
        let chosen = scene.rows().await[3].row;
        let change = crate::review::UpdateInput { reviewers: Some(vec![eve]), ..Default::default() };
        review::update(deps, &scene.stand.call(), id, chosen, change).await.unwrap();
        super::super::enable(deps, &scene.stand.call(), id, to_owner, false).await.unwrap();
        scene.rule_of(assigning("account.department = 'Sales'", ReviewerStrategy::Manager)).await;
        let job = scene.evaluate().await;
        assert_eq!((job.matches, job.applied), (4, 3));
        let rows = scene.rows().await;
        let of_sales = [1, 3, 5, 7].map(|n: usize| rows[n].reviewers[0].id.as_str());
        assert_eq!(of_sales, ["omar", "p0000", "omar", "omar"]);
        let reach = scene.stand.deps.store.reaches();
        for (who, held) in [("p0001", 0), ("p0000", 1), ("omar", 3)] {
            let key = UserKey::new("Identity", who).unwrap();
            assert_eq!(reach.of(&key, &id, 1).await.unwrap().rows(), held, "{who}");
        }
        assert_eq!(scene.evaluate().await.applied, 0);
    });
}

#[test]
fn a_self_review_that_is_forbidden_later_is_none_of_the_evaluations_that_come_after() {
    simulate(1, async {
        let scene = Scene::active(4).await;
        let prevented = domain::settings::Value::SelfReview(domain::settings::SelfReview::CheckingEnabled);
        crate::settings::put(&scene.stand.deps, &scene.stand.call(), prevented, None).await.unwrap();
        scene.rule_of(assigning("account.department = 'Sales'", ReviewerStrategy::Owner)).await;
        let job = scene.evaluate().await;
        assert_eq!((job.matches, job.applied), (2, 0));
    });
}
