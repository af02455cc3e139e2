//! Nobody reviews their own access, whoever assigns them and by whatever they are known to be its subject.

use std::collections::HashMap;

use domain::automatic::Wish;
use domain::ids::{ReviewId, RowId};
use domain::inventory::Family;
use domain::query::JoinedNode;
use domain::review::ReviewerAssignment;
use domain::rule::RuleKind;
use domain::settings::{BuiltIn, IdentityProvider, Origin, SelfReview, Value};
use domain::user::User;
use engine::simulate;

use super::super::{appoint, open};
use crate::loading::stand::{Stand, query};
use crate::loading::testing::{Sketch, list, text};
use crate::review::{self, AssignmentInput, BulkInput, Dialect, RowOutcome, Selection, UpdateInput, UserReference};
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
    let root = User { id: "root".to_owned(), ..crate::loading::stand::administrator() };
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
