//! Nobody reviews their own access, whoever assigns them and by whatever they are known to be its subject.

use std::collections::HashMap;

use domain::automatic::Wish;
use domain::ids::{ReviewId, RowId};
use domain::inventory::Family;
use domain::query::JoinedNode;
use domain::review::ReviewerAssignment;
use domain::row::Decision;
use domain::rule::RuleKind;
use domain::settings::{BuiltIn, IdentityProvider, Origin, SelfReview, Value};
use domain::user::{Caller, Role, User};
use engine::simulate;

use super::super::open;
use super::bed::everything;
use crate::call::Call;
use crate::review::command::appoint;
use crate::review::read::inbox;
use crate::review::{
    self, AssignmentInput, BulkInput, DecideInput, Dialect, RowOutcome, Selection, SignOffInput, UpdateInput,
    UserReference, Verdict,
};
use crate::standing::{self, DelegationReference};
use crate::testing::sketch::{Sketch, list, text};
use crate::testing::stand::{Stand, query};
use crate::{Error, campaign, certification, rule, settings, user, workflow};

const JANE: &str = "jane@corp.example";
const ROW: RowId = RowId(0);

async fn set(stand: &Stand, value: Value) {
    settings::put(&stand.deps, &stand.call(), value, None).await.unwrap();
}

async fn checking(stand: &Stand) {
    set(stand, Value::SelfReview(SelfReview::CheckingEnabled)).await;
}

fn reference(user: &User) -> UserReference {
    UserReference { user_type: user.user_type.clone(), id: user.id.clone(), email: None, name: None }
}

async fn jane(stand: &Stand) -> User {
    user::known_by_email(&stand.deps, JANE).await.unwrap().unwrap()
}

/// An account without an owner, which says by its number alone that it is Jane's, who owns what it reaches.
async fn joined(stand: &Stand) -> ReviewId {
    let number = [("employee_number", text("7"))];
    let sketch = Sketch::default()
        .node(Family::Application, "app", &[])
        .node(Family::Identity, "hr:7", &[("employee_number", text("7")), ("email", text(JANE))])
        .node(Family::Role, "admins", &[("application_id", text("app")), ("owner_ids", list(&["hr:7"]))])
        .account("adm-7", &number)
        .edge("adm-7", "admins");
    stand.load("ds", &sketch.picture()).await.unwrap();
    let joined = JoinedNode {
        alias: "hr".to_owned(),
        node_type: "Identity".to_owned(),
        source_property: "employee_number".to_owned(),
        joined_property: "employee_number".to_owned(),
    };
    let input = workflow::CreateInput {
        name: "Roles".to_owned(),
        description: String::new(),
        notes: String::new(),
        owner: None,
        query: domain::query::Query { joined_nodes: vec![joined], ..query("Account", "Role") },
    };
    let workflow = workflow::create(&stand.deps, &stand.call(), input).await.unwrap();
    let input = certification::CreateInput {
        workflow: workflow.id,
        name: None,
        notes: String::new(),
        due_date: None,
        automations: Vec::new(),
        source: Some(certification::Source::Current),
        sources_acknowledged: false,
        identities: Vec::new(),
        reviewer_assignment: Some(AssignmentInput { resource_managers: true, ..AssignmentInput::default() }),
    };
    let made = certification::create(&stand.deps, &stand.call(), input).await.unwrap();
    stand.drain().await;
    made.certification.id
}

/// An account of somebody whom the personnel system knows by a number alone, and the identity provider as Jane.
async fn provided(stand: &Stand) -> ReviewId {
    let number = ("employee_number", text("7"));
    let sketch = Sketch::default()
        .node(Family::Application, "app", &[])
        .node(Family::Identity, "hr:7", std::slice::from_ref(&number))
        .node(Family::Identity, "okta:1", &[number, ("email", text(JANE))])
        .typed("OktaUser")
        .account("a1", &[("owner_id", text("hr:7")), ("department", text("Finance"))]);
    stand.load("ds", &sketch.picture()).await.unwrap();
    let provider = IdentityProvider {
        enabled: true,
        user_type: "OktaUser".to_owned(),
        user_identity_property: "employee_number".to_owned(),
        ..IdentityProvider::built_in(Origin::Certification)
    };
    set(stand, Value::IdentityProvider(provider)).await;
    let campaign = stand.draft_campaign().await;
    let named = AssignmentInput { reviewers: vec![reference(&jane(stand).await)], ..AssignmentInput::default() };
    let edit = campaign::EditInput { reviewer_assignment: Some(named), ..campaign::EditInput::default() };
    campaign::update(&stand.deps, &stand.call(), campaign, edit).await.unwrap();
    campaign::start(&stand.deps, &stand.call(), campaign).await.unwrap();
    stand.drain().await;
    campaign
}

async fn reviewers(stand: &Stand, id: ReviewId) -> Vec<String> {
    let row = review::get(&stand.deps, &stand.call(), id, ROW, false).await.unwrap();
    row.reviewers.into_iter().map(|user| user.id).collect()
}

/// That nobody makes Jane the reviewer, one by one, with others, or by the ladder.
async fn refuses_jane(stand: &Stand, id: ReviewId, assignment: ReviewerAssignment) {
    let (deps, jane) = (&stand.deps, jane(stand).await);
    let change = UpdateInput { reviewers: Some(vec![reference(&jane)]), ..UpdateInput::default() };
    let one = review::update(deps, &stand.call(), id, ROW, change.clone()).await;
    assert!(matches!(&one, Err(Error::Invalid(faults)) if faults[0].field == "reviewers[0]"), "{one:?}");
    let input = BulkInput { selection: Selection::Rows(vec![ROW]), change, after: None };
    let many = review::bulk_update(deps, &stand.call(), id, input).await.unwrap();
    assert_eq!(many.rows, [(ROW, RowOutcome::Skipped("own_access"))]);
    let review = open::enter_rows(deps, &stand.call(), id, Dialect::Certification).await.unwrap();
    let found = appoint::by_ladder(deps, &stand.call(), &review, &[ROW], &assignment).await.unwrap();
    let root = User { id: "root".to_owned(), ..crate::testing::stand::administrator() };
    assert_eq!(found, HashMap::from([(ROW, Ok(vec![root.key()]))]), "the creator, where nobody else may");
}

#[test]
fn an_identity_that_a_query_joins_does_not_review_its_own_access() {
    simulate(1, async {
        let stand = Stand::new();
        let free = joined(&stand).await;
        assert_eq!(reviewers(&stand, free).await, ["hr:7"], "as long as nobody minds");
        let stand = Stand::new();
        checking(&stand).await;
        let id = joined(&stand).await;
        assert_eq!(reviewers(&stand, id).await, ["root"]);
        let assignment = ReviewerAssignment { resource_managers: true, ..ReviewerAssignment::default() };
        refuses_jane(&stand, id, assignment).await;
    });
}

#[test]
fn a_user_of_the_identity_provider_does_not_review_what_an_identity_of_elsewhere_owns_that_is_the_same() {
    simulate(1, async {
        let stand = Stand::new();
        checking(&stand).await;
        let id = provided(&stand).await;
        assert_eq!(reviewers(&stand, id).await, ["root"]);
        let assignment = ReviewerAssignment { reviewers: vec![jane(&stand).await], ..ReviewerAssignment::default() };
        refuses_jane(&stand, id, assignment).await;
        let input = rule::RuleInput {
            name: Some("Jane".to_owned()),
            kind: Some(RuleKind::Account),
            condition: Some("account.department = 'Finance'".to_owned()),
            decision: Some(Wish::Assign),
            reviewer: Some(JANE.to_owned()),
            ..rule::RuleInput::default()
        };
        let made = rule::create(&stand.deps, &stand.call(), input).await.unwrap();
        rule::assign(&stand.deps, &stand.call(), id, vec![made.id.to_string()]).await.unwrap();
        let job = rule::evaluate(&stand.deps, &stand.call(), id).await.unwrap();
        stand.drain().await;
        let job = rule::job(&stand.deps, &stand.call(), job).await.unwrap();
        assert_eq!((job.matches, job.applied), (1, 0));
        assert_eq!(reviewers(&stand, id).await, ["root"]);
    });
}

/// A person of the inventory of [`led`], as a reviewer.
fn person(stand: &Stand, name: &str) -> Call {
    let user = User {
        user_type: "Identity".to_owned(),
        id: name.to_owned(),
        email: format!("{name}@corp.example"),
        name: name.to_owned(),
    };
    Call { caller: Caller { user, role: Role::Reviewer, key_id: None }, ..stand.call() }
}

fn named(name: &str) -> UserReference {
    UserReference { user_type: "Identity".to_owned(), id: name.to_owned(), email: None, name: None }
}

/// A campaign over the accounts of Ann and Bob, whom Lena leads.
async fn led(stand: &Stand) -> ReviewId {
    let of = |name: &str| ("email", text(&format!("{name}@corp.example")));
    let led = |name: &str| [of(name), ("manager_id", text("lena"))];
    let sketch = Sketch::default()
        .node(Family::Application, "app", &[])
        .node(Family::Identity, "lena", &[of("lena")])
        .node(Family::Identity, "ann", &led("ann"))
        .node(Family::Identity, "bob", &led("bob"))
        .account("a-ann", &[("owner_id", text("ann"))])
        .account("b-bob", &[("owner_id", text("bob"))]);
    stand.load("ds", &sketch.picture()).await.unwrap();
    let campaign = stand.start_campaign().await;
    stand.drain().await;
    campaign
}

async fn stands_in(stand: &Stand, delegate: &str) {
    let pair = DelegationReference { original: named("lena"), delegate: named(delegate) };
    standing::delegate(&stand.deps, &stand.call(), &[pair]).await.unwrap();
}

/// The rows that somebody lists, in a review that they find.
async fn seen(stand: &Stand, call: &Call, id: ReviewId) -> Vec<RowId> {
    let listed = review::list(&stand.deps, call, id, Dialect::Certification, everything(9)).await;
    let rows = listed.map(|page| page.items.into_iter().map(|row| row.row).collect()).unwrap_or_default();
    let inbox = inbox::assigned(&stand.deps, call).await.unwrap();
    let total = inbox.iter().find(|review| review.id() == id).map_or(0, open::Review::total_in_sight);
    let rows: Vec<RowId> = rows;
    assert_eq!(rows.len(), total as usize);
    rows
}

async fn accepts(stand: &Stand, call: &Call, id: ReviewId, row: RowId) -> Result<(), Error> {
    let change = UpdateInput { decision: Some(Decision::Accepted), ..UpdateInput::default() };
    review::update(&stand.deps, call, id, row, change).await.map(drop)
}

#[track_caller]
fn unknown(outcome: Result<(), Error>) {
    assert!(matches!(outcome, Err(Error::NotFound(_))), "{outcome:?}");
}

#[test]
fn who_stands_in_for_a_reviewer_does_not_review_their_own_access_unless_it_is_given_to_them() {
    simulate(1, async {
        let stand = Stand::new();
        let id = led(&stand).await;
        stands_in(&stand, "ann").await;
        let (deps, ann, [own, other]) = (&stand.deps, || person(&stand, "ann"), [RowId(0), RowId(1)]);
        assert_eq!(seen(&stand, &ann(), id).await, [own, other], "as long as nobody minds");
        checking(&stand).await;
        assert_eq!(seen(&stand, &ann(), id).await, [other]);
        unknown(review::get(deps, &ann(), id, own, false).await.map(drop));
        unknown(accepts(&stand, &ann(), id, own).await);
        let decided = DecideInput { verdict: Verdict::Approved, comment: None };
        unknown(review::decide(deps, &ann(), id, "a-ann", decided).await.map(drop));
        assert_eq!(review::counts(deps, &ann(), id).await.unwrap().pending(), 1);
        accepts(&stand, &ann(), id, other).await.unwrap();

        accepts(&stand, &stand.call(), id, own).await.unwrap();
        let signed = review::sign_off(deps, &ann(), id, SignOffInput::AssignedToMe).await.unwrap();
        assert_eq!((signed.signed_off, signed.skipped), (1, 0));
        let operator = Call { caller: Caller { role: Role::Operator, ..ann().caller }, ..ann() };
        let signed = review::sign_off(deps, &operator, id, SignOffInput::AssignedToMe).await.unwrap();
        assert_eq!((signed.signed_off, signed.skipped), (0, 1), "of the row that is not about them");

        set(&stand, Value::SelfReview(SelfReview::CheckingDisabled)).await;
        let given = UpdateInput { reviewers: Some(vec![named("ann")]), ..UpdateInput::default() };
        review::update(deps, &stand.call(), id, own, given).await.unwrap();
        checking(&stand).await;
        assert_eq!(seen(&stand, &ann(), id).await, [own, other]);
        accepts(&stand, &ann(), id, own).await.unwrap();
    });
}

#[test]
fn who_is_on_the_deny_list_stands_in_for_nobody() {
    simulate(1, async {
        let stand = Stand::new();
        let id = led(&stand).await;
        stands_in(&stand, "bob").await;
        let bob = || person(&stand, "bob");
        assert_eq!(seen(&stand, &bob(), id).await, [RowId(0), RowId(1)]);
        standing::deny(&stand.deps, &stand.call(), &[named("bob")]).await.unwrap();
        assert_eq!(seen(&stand, &bob(), id).await, []);
        unknown(accepts(&stand, &bob(), id, RowId(0)).await);
        standing::allow(&stand.deps, &stand.call(), &[named("bob")]).await.unwrap();
        let given = UpdateInput { reviewers: Some(vec![named("bob")]), ..UpdateInput::default() };
        review::update(&stand.deps, &stand.call(), id, RowId(1), given).await.unwrap();
        standing::deny(&stand.deps, &stand.call(), &[named("bob")]).await.unwrap();
        assert_eq!(seen(&stand, &bob(), id).await, [RowId(1)], "what they were given stays theirs");
        accepts(&stand, &bob(), id, RowId(1)).await.unwrap();
    });
}
