//! Campaigns and certifications over the embedded table, with the worker that builds their rows.

mod dates;
mod kept;

use domain::ids::ReviewId;
use domain::inventory::Family;
use domain::refusal::Refusal;
use domain::review::{CampaignStatus, CertState, RevokeMode, Scope, StartState};
use domain::settings::{OverdueReviews, Value};
use domain::user::{Caller, Role, User};
use jiff::Timestamp;
use uuid::Uuid;

use super::{
    CampaignView, CreateInput, ListInput, TemplateInput, cancel_start, complete, create, delete, from_template, get,
    list, start, terminate, update,
};
use crate::loading::jobs::building::BuildProgress;
use crate::loading::sources::source;
use crate::review::{self, AssignmentInput, Dialect, UserReference};
use crate::testing::sketch::{Sketch, text};
use crate::testing::stand::{Stand, now};
use crate::{Call, Error, api_key, certification, workflow};

fn at(day: &str) -> Timestamp {
    format!("{day}T08:00:00Z").parse().unwrap()
}

fn input(name: &str) -> CreateInput {
    CreateInput {
        name: Some(name.to_owned()),
        start_date: Some(at("2026-05-02")),
        end_date: Some(at("2026-06-01")),
        ..CreateInput::default()
    }
}

async fn stocked() -> Stand {
    let stand = Stand::new();
    let organisation = sample::Organisation::generate(7, 40, now()).unwrap();
    for (source, mut picture) in organisation.sources {
        picture.normalise();
        stand.load(source.as_str(), &picture).await.unwrap();
    }
    stand
}

async fn active(stand: &Stand) -> CampaignView {
    let made = create(&stand.deps, &stand.call(), input("Everything")).await.unwrap();
    start(&stand.deps, &stand.call(), made.campaign.id).await.unwrap();
    stand.drain().await;
    get(&stand.deps, &stand.call(), made.campaign.id).await.unwrap()
}

fn faults<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Vec<String> {
    match outcome {
        Err(Error::Invalid(faults)) => faults.into_iter().map(|fault| fault.field).collect(),
        other => panic!("accepted: {other:?}"),
    }
}

fn refusal<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Refusal {
    match outcome {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

fn is_missing<T>(outcome: &Result<T, Error>) -> bool {
    matches!(outcome, Err(Error::NotFound(_)))
}

#[test]
fn a_campaign_goes_from_draft_to_completed() {
    engine::simulate(1, async {
        let stand = stocked().await;
        let deps = &stand.deps;
        let made = create(deps, &stand.call(), input("  Payroll ")).await.unwrap();
        let id = made.campaign.id;
        assert_eq!((made.campaign.plan.name.as_str(), made.campaign.plan.kind.as_str()), ("Payroll", "periodic"));
        assert_eq!((made.campaign.status, made.campaign.start_state), (CampaignStatus::Draft, StartState::None));
        assert_eq!(refusal(complete(deps, &stand.call(), id).await), Refusal::NotStarted);
        assert_eq!(refusal(cancel_start(deps, &stand.call(), id).await), Refusal::NotStarted);
        start(deps, &stand.call(), id).await.unwrap();
        assert_eq!(refusal(start(deps, &stand.call(), id).await), Refusal::AlreadyStarting);
        assert_eq!(refusal(delete(deps, &stand.call(), id).await), Refusal::AlreadyStarting);
        let queued = get(deps, &stand.call(), id).await.unwrap();
        assert_eq!(queued.start_progress, Some(BuildProgress { processed: 0, total: None }));
        assert_eq!(
            (queued.campaign.status, queued.campaign.start_state, queued.total),
            (CampaignStatus::Draft, StartState::Queued, 0)
        );
        let counts = review::counts(deps, &stand.call(), id).await.unwrap();
        assert_eq!((counts.total, counts.pending()), (0, 0));
        stand.drain().await;

        let active = get(deps, &stand.call(), id).await.unwrap();
        assert_eq!((active.campaign.status, active.campaign.start_state), (CampaignStatus::Active, StartState::Done));
        assert!(active.total > 0 && active.campaign.started_at.is_some() && active.start_progress.is_none());
        assert_eq!(refusal(cancel_start(deps, &stand.call(), id).await), Refusal::AlreadyStarted);
        let counts = review::counts(deps, &stand.call(), id).await.unwrap();
        assert_eq!((counts.total, counts.pending()), (active.total, active.total));
        assert_eq!(refusal(delete(deps, &stand.call(), id).await), Refusal::Running);
        let done = complete(deps, &stand.call(), id).await.unwrap();
        assert_eq!((done.campaign.status, done.total), (CampaignStatus::Completed, active.total));
        delete(deps, &stand.call(), id).await.unwrap();
        let none = ListInput { status: None, kind: None, limit: 10, after: None };
        assert!(list(deps, &stand.call(), none).await.unwrap().items.is_empty());
    });
}

#[test]
fn every_fault_of_a_campaign_is_told() {
    engine::simulate(1, async {
        let stand = Stand::new();
        let missing = create(&stand.deps, &stand.call(), CreateInput::default()).await;
        assert_eq!(faults(missing), ["name", "start_date", "end_date"]);
        let wrong = CreateInput {
            name: Some("n".repeat(201)),
            description: Some("d".repeat(4_001)),
            kind: Some("Yearly!".to_owned()),
            scope: Some(Scope { applications: vec!["app-nowhere".to_owned()], account_types: vec![String::new()] }),
            ..input("")
        };
        let told = faults(create(&stand.deps, &stand.call(), wrong).await);
        assert_eq!(told, ["name", "description", "type", "scope.account_types", "scope.applications"]);
        let backwards = CreateInput { end_date: Some(at("2026-05-02")), ..input("x") };
        assert_eq!(faults(create(&stand.deps, &stand.call(), backwards).await), ["end_date"]);
        let nobody =
            UserReference { user_type: "Identity".to_owned(), id: "nobody".to_owned(), email: None, name: None };
        let crowd = AssignmentInput { reviewers: vec![nobody.clone(); 41], ..AssignmentInput::default() };
        let crowd = CreateInput { reviewer_assignment: Some(crowd), ..input("Crowd") };
        let refused = create(&stand.deps, &stand.call(), crowd).await;
        assert_eq!(faults(refused), ["reviewer_assignment.reviewers"], "more than a row can have");
        let assignment = AssignmentInput { fallback_reviewers: vec![nobody], ..AssignmentInput::default() };
        let unknown = CreateInput { reviewer_assignment: Some(assignment), ..input("x") };
        let told = faults(create(&stand.deps, &stand.call(), unknown).await);
        assert_eq!(told, ["reviewer_assignment.fallback_reviewers[0]"]);
    });
}

#[test]
fn what_may_be_edited_depends_on_the_state() {
    engine::simulate(1, async {
        let stand = stocked().await;
        let deps = &stand.deps;
        let draft = create(deps, &stand.call(), input("Draft")).await.unwrap();
        let later = CreateInput { auto_start: Some(true), kind: Some("yearly".to_owned()), ..CreateInput::default() };
        let scheduled = update(deps, &stand.call(), draft.campaign.id, later).await.unwrap();
        assert_eq!((scheduled.campaign.status, scheduled.campaign.version), (CampaignStatus::Scheduled, 2));
        let stale = Call { if_match: Some(1), ..stand.call() };
        assert!(matches!(update(deps, &stale, draft.campaign.id, CreateInput::default()).await, Err(Error::Stale)));
        let end = CreateInput { end_date: Some(at("2026-05-01")), ..CreateInput::default() };
        assert_eq!(faults(update(deps, &stand.call(), draft.campaign.id, end).await), ["end_date"]);

        let id = active(&stand).await.campaign.id;
        let longer = CreateInput {
            name: Some("Longer".to_owned()),
            end_date: Some(at("2026-06-08")),
            revoke_mode: Some(RevokeMode::Enforce),
            ..CreateInput::default()
        };
        let changed = update(deps, &stand.call(), id, longer).await.unwrap();
        assert_eq!(changed.campaign.plan.end_date, at("2026-06-08"));
        let certification = certification::get(deps, &stand.call(), id).await.unwrap().certification;
        assert_eq!((certification.name.as_str(), certification.due_date), ("Longer", Some(at("2026-06-08"))));
        let scope = CreateInput { kind: Some("other".to_owned()), ..CreateInput::default() };
        assert_eq!(
            refusal(update(deps, &stand.call(), id, scope).await),
            Refusal::NotEditable { field: "type", state: "active" }
        );
        terminate(deps, &stand.call(), id).await.unwrap();
        let late = CreateInput { name: Some("late".to_owned()), ..CreateInput::default() };
        assert_eq!(refusal(update(deps, &stand.call(), id, late).await), Refusal::Terminated);
    });
}

#[test]
fn a_campaign_that_is_sent_back_is_taken_although_what_it_names_has_left() {
    engine::simulate(1, async {
        let stand = Stand::new();
        let deps = &stand.deps;
        let people = Sketch::default().node(Family::Identity, "lee", &[("email", text("lee@corp.example"))]);
        stand.load("hr", &people.picture()).await.unwrap();
        let crm = Sketch::default().node(Family::Application, "crm", &[]).account("a", &[]).grant("a", "crm", &["r"]);
        stand.load("crm", &crm.picture()).await.unwrap();
        let person =
            |id: &str| UserReference { user_type: "Identity".to_owned(), id: id.to_owned(), email: None, name: None };
        let scope = |applications: &[&str]| Scope {
            applications: applications.iter().map(|id| (*id).to_owned()).collect(),
            ..Scope::default()
        };
        let fallback =
            |id: &str| AssignmentInput { fallback_reviewers: vec![person(id)], ..AssignmentInput::default() };
        let whole = CreateInput {
            scope: Some(scope(&["crm"])),
            reviewer_assignment: Some(fallback("lee")),
            ..input("Customers")
        };
        let made = create(deps, &stand.call(), whole.clone()).await.unwrap().campaign;
        start(deps, &stand.call(), made.id).await.unwrap();
        let draft = create(deps, &stand.call(), whole.clone()).await.unwrap().campaign;
        stand.drain().await;
        for gone in ["crm", "hr"] {
            source::delete(deps, &stand.call(), gone).await.unwrap();
        }
        let longer =
            CreateInput { end_date: Some(at("2026-06-08")), scope: Some(scope(&["crm", "crm"])), ..whole.clone() };
        for id in [made.id, draft.id] {
            let changed = update(deps, &stand.call(), id, longer.clone()).await.unwrap().campaign;
            assert_eq!((changed.plan.end_date, &changed.plan.scope), (at("2026-06-08"), &scope(&["crm"])));
            let named: Vec<String> =
                changed.plan.reviewer_assignment.fallback_reviewers.into_iter().map(|user| user.id).collect();
            assert_eq!(named, ["lee"]);
        }
        let wider = CreateInput {
            scope: Some(scope(&["crm", "erp"])),
            reviewer_assignment: Some(fallback("ann")),
            ..CreateInput::default()
        };
        let told = faults(update(deps, &stand.call(), draft.id, wider.clone()).await);
        assert_eq!(told, ["scope.applications"], "what is new is checked");
        let other = CreateInput { scope: None, ..wider };
        let told = faults(update(deps, &stand.call(), draft.id, other).await);
        assert_eq!(told, ["reviewer_assignment.fallback_reviewers[0]"]);
    });
}

#[test]
fn a_free_text_holds_lines_and_tabs_but_nothing_that_no_page_shows() {
    engine::simulate(1, async {
        let stand = Stand::new();
        let described = |text: &str| CreateInput { description: Some(text.to_owned()), ..input("Texts") };
        create(&stand.deps, &stand.call(), described("one\r\n\ttwo \u{fffd} é")).await.unwrap();
        for text in ["a\u{0}b", "\u{1b}[1m", "\u{7f}", "\u{85}"] {
            assert_eq!(faults(create(&stand.deps, &stand.call(), described(text)).await), ["description"], "{text:?}");
        }
    });
}

#[test]
fn a_start_that_is_repeated_after_an_edit_runs_as_the_campaign_says_now() {
    engine::simulate(1, async {
        let stand = stocked().await;
        let deps = &stand.deps;
        let expire = Value::Overdue(OverdueReviews::Expire);
        crate::settings::put(deps, &stand.call(), expire, None).await.unwrap();
        let id = create(deps, &stand.call(), input("Spring")).await.unwrap().campaign.id;
        start(deps, &stand.call(), id).await.unwrap();
        let message = stand.queue.take().unwrap();
        cancel_start(deps, &stand.call(), id).await.unwrap();
        stand.deliver(&message).await.unwrap();
        assert_eq!(get(deps, &stand.call(), id).await.unwrap().campaign.start_state, StartState::Failed);
        let first = deps.store.certifications().get(&id).await.unwrap().unwrap();

        let edit =
            CreateInput { name: Some("Summer".to_owned()), end_date: Some(at("2026-07-01")), ..CreateInput::default() };
        update(deps, &stand.call(), id, edit).await.unwrap();
        let on = |day: &str| Call { now: at(day), ..stand.call() };
        start(deps, &on("2026-05-03"), id).await.unwrap();
        stand.drain().await;
        let second = deps.store.certifications().get(&id).await.unwrap().unwrap();
        let begun = &second.certification;
        assert_eq!((begun.name.as_str(), begun.due_date), ("Summer", Some(at("2026-07-01"))));
        assert_eq!((begun.started_at, begun.state), (at("2026-05-03"), CertState::InProgress));
        assert_eq!((first.attempt, second.attempt), (1, 2));
        let workflow = begun.workflow_id;
        let listed = async || {
            let input = certification::ListInput { workflow, limit: 5, after: None };
            certification::list(deps, &stand.call(), input).await.unwrap().page.items.len()
        };
        assert_eq!(listed().await, 1, "it has one place in the list");

        let account = async |place: usize| {
            let everything = crate::review::tests::bed::everything(9);
            let rows = review::list(deps, &stand.call(), id, Dialect::Campaign, everything).await.unwrap();
            rows.items[place].frozen.text("source.id").unwrap().to_owned()
        };
        let approve = || review::DecideInput { verdict: review::Verdict::Approved, comment: None };
        let decided = review::decide(deps, &on("2026-06-15"), id, &account(0).await, approve()).await;
        assert!(decided.is_ok(), "the date before the edit ends nothing: {decided:?}");
        let late = review::decide(deps, &on("2026-07-02"), id, &account(1).await, approve()).await;
        assert_eq!(refusal(late), Refusal::Expired);
        delete(deps, &stand.call(), id).await.unwrap();
        assert_eq!(listed().await, 0);
    });
}

#[test]
fn a_template_lends_everything_but_name_and_dates() {
    engine::simulate(1, async {
        let stand = stocked().await;
        let model =
            CreateInput { kind: Some("yearly".to_owned()), revoke_mode: Some(RevokeMode::Enforce), ..input("Autumn") };
        let model = create(&stand.deps, &stand.call(), model).await.unwrap().campaign;
        let own = TemplateInput {
            name: Some("Winter".to_owned()),
            start_date: Some(at("2026-12-01")),
            end_date: Some(at("2026-12-18")),
        };
        let made = from_template(&stand.deps, &stand.call(), model.id, own.clone()).await.unwrap().campaign;
        assert_eq!((made.template_id, made.workflow_id), (Some(model.id), model.workflow_id));
        assert_eq!(
            (made.plan.name.as_str(), made.plan.kind.as_str(), made.plan.revoke_mode),
            ("Winter", "yearly", RevokeMode::Enforce)
        );
        let told = faults(from_template(&stand.deps, &stand.call(), model.id, TemplateInput::default()).await);
        assert_eq!(told, ["name", "start_date", "end_date"]);
        let nothing = ReviewId::new(Uuid::from_u128(1));
        assert!(is_missing(&from_template(&stand.deps, &stand.call(), nothing, own).await));
    });
}

#[test]
fn lists_are_filtered_paged_and_newest_first() {
    engine::simulate(1, async {
        let stand = stocked().await;
        let mut made = Vec::new();
        for n in 0..7 {
            let kind = if n % 2 == 0 { "even" } else { "odd" };
            let call = Call { now: now() + jiff::SignedDuration::from_secs(n), ..stand.call() };
            let kinded = CreateInput { kind: Some(kind.to_owned()), ..input(&n.to_string()) };
            made.push(create(&stand.deps, &call, kinded).await.unwrap().campaign.id);
        }
        made.reverse();
        let listing = async |status, kind: Option<&str>, limit| {
            let (mut ids, mut after) = (Vec::new(), None);
            loop {
                let kind = kind.map(str::to_owned);
                let page = list(&stand.deps, &stand.call(), ListInput { status, kind, limit, after }).await.unwrap();
                assert!(page.items.len() <= limit);
                ids.extend(page.items.iter().map(|campaign| campaign.id));
                match page.next {
                    Some(next) => after = Some(next),
                    None => return ids,
                }
            }
        };
        assert_eq!(listing(None, None, 3).await, made);
        let even: Vec<ReviewId> = made.iter().copied().step_by(2).collect();
        assert_eq!(listing(Some(CampaignStatus::Draft), Some("even"), 2).await, even);
        assert!(listing(Some(CampaignStatus::Active), None, 2).await.is_empty());
        let page = list(&stand.deps, &stand.call(), ListInput { status: None, kind: None, limit: 2, after: None })
            .await
            .unwrap();
        let foreign = ListInput { status: None, kind: Some("odd".to_owned()), limit: 2, after: page.next };
        assert_eq!(faults(list(&stand.deps, &stand.call(), foreign).await), ["after"]);
    });
}

#[test]
fn a_repeated_call_makes_starts_and_ends_once() {
    engine::simulate(1, async {
        let stand = stocked().await;
        let deps = &stand.deps;
        let repeat = || Call { repeatable: true, ..stand.call() };
        let making = repeat();
        let made = create(deps, &making, input("Once")).await.unwrap();
        let later = Call { now: now() + jiff::SignedDuration::from_secs(5), ..making };
        assert_eq!(create(deps, &later, input("Once")).await.unwrap(), made);
        let starting = repeat();
        start(deps, &starting, made.campaign.id).await.unwrap();
        start(deps, &starting, made.campaign.id).await.unwrap();
        stand.drain().await;
        let ending = repeat();
        let ended = complete(deps, &ending, made.campaign.id).await.unwrap();
        assert_eq!(complete(deps, &ending, made.campaign.id).await.unwrap(), ended);
        let all = ListInput { status: None, kind: None, limit: 9, after: None };
        assert_eq!(list(deps, &stand.call(), all).await.unwrap().items.len(), 1);
    });
}

#[test]
fn a_reviewer_sees_their_campaign_with_their_own_progress() {
    engine::simulate(1, async {
        let stand = stocked().await;
        let deps = &stand.deps;
        let whole = active(&stand).await;
        let id = whole.campaign.id;
        let rows =
            review::list(deps, &stand.call(), id, Dialect::Campaign, crate::review::tests::bed::everything(5_000))
                .await
                .unwrap();
        let reviewer = rows.items[0].reviewers[0].clone();
        let own = rows.items.iter().filter(|row| row.reviewers.contains(&reviewer)).count();
        let call = |user: User| Call { caller: Caller { user, role: Role::Reviewer, key_id: None }, ..stand.call() };
        let seen = get(deps, &call(reviewer.clone()), id).await.unwrap();
        assert_eq!(seen.total, i64::try_from(own).unwrap());
        let mine = ListInput { status: None, kind: None, limit: 9, after: None };
        assert_eq!(list(deps, &call(reviewer.clone()), mine.clone()).await.unwrap().items.len(), 1);
        terminate(deps, &stand.call(), id).await.unwrap();
        assert!(is_missing(&get(deps, &call(reviewer.clone()), id).await));
        assert!(list(deps, &call(reviewer), mine).await.unwrap().items.is_empty());
    });
}

#[test]
fn a_certification_runs_from_its_workflow() {
    engine::simulate(1, async {
        let stand = stocked().await;
        let deps = &stand.deps;
        let id = stand.start_certification("Account", "Application").await;
        let searching = certification::get(deps, &stand.call(), id).await.unwrap();
        assert_eq!((searching.certification.state, searching.total), (CertState::Searching, 0));
        let empty =
            review::list(deps, &stand.call(), id, Dialect::Certification, crate::review::tests::bed::everything(9))
                .await
                .unwrap();
        assert!(empty.items.is_empty() && !empty.has_more());
        assert_eq!(refusal(certification::complete(deps, &stand.call(), id).await), Refusal::NotStarted);
        stand.drain().await;
        let ready = certification::get(deps, &stand.call(), id).await.unwrap();
        assert_eq!(ready.certification.state, CertState::InProgress);
        assert!(ready.total > 0);
        let workflow = ready.certification.workflow_id;
        let listed =
            certification::list(deps, &stand.call(), certification::ListInput { workflow, limit: 5, after: None })
                .await
                .unwrap();
        assert_eq!((listed.total, listed.page.items.len()), (1, 1));
        assert_eq!(listed.page.items[0], ready);
        assert_eq!(workflow::get(deps, &stand.call(), workflow).await.unwrap().0.name, "Pairs");
        let all = workflow::list(deps, &stand.call(), workflow::ListInput { limit: 5, after: None }).await.unwrap();
        assert_eq!(all.items.len(), 1);
    });
}

#[test]
fn a_key_for_somebody_of_the_inventory_opens_their_own_rows() {
    engine::simulate(1, async {
        let stand = Stand::new();
        let deps = &stand.deps;
        let organisation = sample::Organisation::generate(7, 40, now()).unwrap();
        let address = organisation.reviewer.email.to_uppercase();
        let issue = async || {
            let user = api_key::WhoseKey::Email(address.clone());
            let input = api_key::CreateInput { name: "key".to_owned(), role: Role::Reviewer, user, expires_at: None };
            api_key::create(deps, &stand.call(), input).await.unwrap().key.user
        };
        let before = issue().await;
        assert_eq!(before.user_type, "localCookieUser", "nobody has the address yet");
        for (source, mut picture) in organisation.sources {
            picture.normalise();
            stand.load(source.as_str(), &picture).await.unwrap();
        }
        let after = issue().await;
        assert_eq!((after.user_type.as_str(), after.id), ("Identity", organisation.reviewer.id));
    });
}
