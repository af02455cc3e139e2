//! Calls that are made again after their answer was lost, in a world that has gone on meanwhile.

use domain::automation::{AttachmentBehavior, Criteria};
use domain::ids::WorkflowId;
use domain::row::Decision;
use engine::simulate;
use jiff::SignedDuration;

use crate::automation::{self, ContentInput};
use crate::call::Call;
use crate::error::Error;
use crate::loading::snapshot::Source;
use crate::loading::stand::{Stand, now, query};
use crate::prepared::{self, FieldsInput, QuickFilterInput, SmartActionInput};
use crate::{api_key, certification, workflow};

/// A call that may be made again.
fn repeatable(stand: &Stand) -> Call {
    Call { repeatable: true, ..stand.call() }
}

/// The same call, so many hours later.
fn later(call: &Call, hours: i64) -> Call {
    Call { now: now() + SignedDuration::from_hours(hours), ..call.clone() }
}

async fn a_workflow(stand: &Stand, name: &str) -> WorkflowId {
    let input = workflow::CreateInput {
        name: name.to_owned(),
        description: String::new(),
        notes: String::new(),
        owner: None,
        query: query("Account", "Role"),
    };
    workflow::create(&stand.deps, &stand.call(), input).await.unwrap().id
}

fn content(name: &str) -> ContentInput {
    ContentInput {
        name: name.to_owned(),
        attachment: AttachmentBehavior::default(),
        criteria: Criteria { filter: "source.id pr".to_owned(), mutable_filter: String::new() },
        action: domain::automation::ActionParts {
            decision: Some(Decision::Accepted),
            ..domain::automation::ActionParts::default()
        },
        ..ContentInput::default()
    }
}

fn quick(workflow: WorkflowId) -> QuickFilterInput {
    QuickFilterInput { name: "Mine".to_owned(), workflow: Some(workflow), filter: "source.id eq \"x\"".to_owned() }
}

fn smart(workflow: WorkflowId) -> SmartActionInput {
    SmartActionInput {
        name: Some("Mine".to_owned()),
        workflow: Some(Some(workflow)),
        apply_to_all_rows: Some(true),
        fields: Some(FieldsInput { decision: Some(Decision::Accepted), ..FieldsInput::default() }),
        ..SmartActionInput::default()
    }
}

#[test]
fn a_certification_is_found_again_although_it_could_not_be_made_any_more() {
    simulate(1, async {
        let stand = Stand::new();
        let workflow = a_workflow(&stand, "Pairs").await;
        let automation = automation::create(&stand.deps, &stand.call(), content("Accept")).await.unwrap();
        let one = automation::AttachInput::One(automation, workflow);
        automation::attach(&stand.deps, &stand.call(), one, Some(true)).await.unwrap();
        let input = certification::CreateInput {
            workflow,
            name: None,
            notes: String::new(),
            due_date: Some(now() + SignedDuration::from_hours(1)),
            source: Source::Current,
            reviewer_assignment: None,
            automations: vec![automation],
            sources_acknowledged: false,
        };
        let call = repeatable(&stand);
        let made = certification::create(&stand.deps, &call, input.clone()).await.unwrap();
        automation::detach(&stand.deps, &stand.call(), one).await.unwrap();
        let again = certification::create(&stand.deps, &later(&call, 2), input.clone()).await.unwrap();
        assert_eq!(again, made);
        let fresh = Call { now: now() + SignedDuration::from_hours(2), ..repeatable(&stand) };
        let refused = certification::create(&stand.deps, &fresh, input).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    });
}

#[test]
fn what_was_made_for_a_workflow_is_found_again_after_that_is_gone() {
    simulate(1, async {
        let stand = Stand::new();
        let id = a_workflow(&stand, "Short-lived").await;
        let (one, other) = (repeatable(&stand), repeatable(&stand));
        let filter = prepared::create_quick_filter(&stand.deps, &one, quick(id)).await.unwrap();
        let action = prepared::create_smart_action(&stand.deps, &other, smart(id)).await.unwrap();
        workflow::delete(&stand.deps, &stand.call(), id).await.unwrap();
        assert_eq!(prepared::create_quick_filter(&stand.deps, &one, quick(id)).await.unwrap(), filter);
        assert_eq!(prepared::create_smart_action(&stand.deps, &other, smart(id)).await.unwrap(), action);
        let refused = prepared::create_quick_filter(&stand.deps, &repeatable(&stand), quick(id)).await;
        assert!(matches!(refused, Err(Error::NotFound(_))), "{refused:?}");
    });
}

#[test]
fn a_key_that_was_issued_is_found_again_after_it_has_expired() {
    simulate(1, async {
        let stand = Stand::new();
        let input = api_key::CreateInput {
            name: "Short".to_owned(),
            role: domain::user::Role::Operator,
            user: api_key::WhoseKey::Email("robot@corp.example".to_owned()),
            expires_at: Some(now() + SignedDuration::from_hours(1)),
        };
        let call = repeatable(&stand);
        let issued = api_key::create(&stand.deps, &call, input.clone()).await.unwrap();
        let again = api_key::create(&stand.deps, &later(&call, 2), input).await.unwrap();
        assert_eq!((again.key.id, again.token), (issued.key.id, None));
    });
}
