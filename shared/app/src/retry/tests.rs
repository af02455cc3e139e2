//! Calls that are made again after their answer was lost, in a world that has gone on meanwhile.

use domain::automation::{AttachmentBehavior, Criteria};
use domain::ids::WorkflowId;
use domain::row::Decision;
use domain::settings::{Expiration, Setting, Value};
use engine::simulate;
use jiff::SignedDuration;

use crate::automation::{self, ContentInput};
use crate::call::Call;
use crate::error::Error;
use crate::loading::sources::snapshot::Source;
use crate::prepared::{self, FieldsInput, QuickFilterInput, SmartActionInput};
use crate::testing::stand::{Stand, now, query};
use crate::{api_key, campaign, certification, settings, workflow};

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

fn execution(workflow: WorkflowId) -> certification::CreateInput {
    certification::CreateInput {
        workflow,
        name: None,
        notes: String::new(),
        due_date: None,
        source: Some(Source::Current),
        reviewer_assignment: None,
        automations: Vec::new(),
        sources_acknowledged: false,
        identities: Vec::new(),
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
        let due_date = Some(now() + SignedDuration::from_hours(1));
        let input = certification::CreateInput { due_date, automations: vec![automation], ..execution(workflow) };
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
fn what_was_made_for_a_workflow_is_gone_with_it_and_no_repetition_brings_it_back() {
    simulate(1, async {
        let stand = Stand::new();
        let id = a_workflow(&stand, "Short-lived").await;
        let (one, other) = (repeatable(&stand), repeatable(&stand));
        assert_eq!(
            prepared::create_quick_filter(&stand.deps, &one, quick(id)).await.unwrap(),
            prepared::create_quick_filter(&stand.deps, &one, quick(id)).await.unwrap(),
            "a repetition finds what it made"
        );
        let _ = prepared::create_smart_action(&stand.deps, &other, smart(id)).await.unwrap();
        workflow::delete(&stand.deps, &stand.call(), id).await.unwrap();
        for call in [one, repeatable(&stand)] {
            let refused = prepared::create_quick_filter(&stand.deps, &call, quick(id)).await;
            assert!(matches!(refused, Err(Error::NotFound(_))), "{refused:?}");
        }
        let refused = prepared::create_smart_action(&stand.deps, &other, smart(id)).await;
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

#[test]
fn a_deletion_that_is_made_again_is_done_and_not_refused() {
    simulate(1, async {
        let stand = Stand::new();
        let deps = &stand.deps;
        let id = a_workflow(&stand, "Pairs").await;
        let automation = automation::create(deps, &stand.call(), content("Accept")).await.unwrap();
        let filter = prepared::create_quick_filter(deps, &stand.call(), quick(id)).await.unwrap();
        let action = prepared::create_smart_action(deps, &stand.call(), smart(id)).await.unwrap();
        let reviewed = a_workflow(&stand, "Reviewed").await;
        let certification =
            certification::create(deps, &stand.call(), execution(reviewed)).await.unwrap().certification.id;
        let campaign = stand.draft_campaign().await;
        let delete = async |what: usize, call: &Call| match what {
            0 => automation::delete(deps, call, automation).await,
            1 => prepared::delete_quick_filter(deps, call, filter).await,
            2 => prepared::delete_smart_action(deps, call, action).await,
            3 => workflow::delete(deps, call, id).await,
            4 => certification::delete(deps, call, certification).await,
            _ => campaign::delete(deps, call, campaign).await,
        };
        for what in 0..6 {
            let call = repeatable(&stand);
            delete(what, &call).await.unwrap();
            delete(what, &call).await.unwrap();
            let other = delete(what, &repeatable(&stand)).await;
            assert!(matches!(other, Err(Error::NotFound(_))), "{what}: {other:?}");
        }
    });
}

#[test]
fn a_change_that_is_made_again_does_not_undo_what_others_have_changed_since() {
    simulate(1, async {
        let stand = Stand::new();
        let deps = &stand.deps;
        let workflow = a_workflow(&stand, "Pairs").await;
        let campaign = stand.draft_campaign().await;
        let automation = automation::create(deps, &stand.call(), content("Accept")).await.unwrap();
        let change = async |what: usize, call: &Call, text: &str| match what {
            0 => {
                let input = workflow::EditInput { notes: Some(text.to_owned()), ..workflow::EditInput::default() };
                workflow::update(deps, call, workflow, input).await.unwrap();
            }
            1 => {
                let description = Some(text.to_owned());
                let input = campaign::CreateInput { description, ..campaign::CreateInput::default() };
                let _ = campaign::update(deps, call, campaign, input).await.unwrap();
            }
            2 => automation::replace(deps, call, automation, content(text)).await.unwrap(),
            _ => {
                let value = Value::Expiration(Expiration { note: text.to_owned(), ..Expiration::default() });
                let _ = settings::put(deps, call, value, None).await.unwrap();
            }
        };
        let standing = async |what: usize| match what {
            0 => deps.store.workflows().get(&workflow).await.unwrap().unwrap().value.notes,
            1 => deps.store.campaigns().get(&campaign).await.unwrap().unwrap().value.plan.description,
            2 => deps.store.automations().get(&automation).await.unwrap().unwrap().value.content.name,
            _ => format!("{:?}", settings::get(deps, &stand.call(), Setting::Expiration, None).await.unwrap().value),
        };
        for what in 0..4 {
            let first = repeatable(&stand);
            change(what, &first, "first").await;
            // Sixteen changes lie between a call and its repetition.
            for n in 1..=16 {
                change(what, &repeatable(&stand), &format!("other {n}")).await;
            }
            let before = standing(what).await;
            change(what, &first, "first").await;
            assert_eq!(standing(what).await, before, "{what}");
            assert!(before.contains("other 16"), "{what}: {before}");
        }
    });
}

#[test]
fn what_slipped_past_the_bound_is_listed_and_can_be_deleted() {
    simulate(1, async {
        let stand = Stand::new();
        let make = async |n: usize| {
            let id = domain::ids::QuickFilterId::new(uuid::Uuid::from_u128(n as u128));
            let filter = domain::quick_filter::QuickFilter {
                id,
                name: format!("Filter {n:04}"),
                workflow: None,
                filter: "source.id eq \"x\"".to_owned(),
            };
            let mut tx = stand.deps.store.write(stand.call().command, now());
            tx.insert_quick_filter(&filter).unwrap();
            let _ = tx.commit().await.unwrap();
            id
        };
        for n in 1..=prepared::MAX_PREPARED {
            make(n).await;
        }
        // Two calls at the same moment both found room for one more.
        let last = make(prepared::MAX_PREPARED + 1).await;
        let all = prepared::ListInput { workflow: None, limit: 600, after: None };
        let listed = prepared::quick_filters(&stand.deps, &stand.call(), &all).await.unwrap().items;
        assert_eq!((listed.len(), listed.last().unwrap().id), (prepared::MAX_PREPARED + 1, last));
        let unbound = QuickFilterInput { workflow: None, ..quick(WorkflowId::new(uuid::Uuid::nil())) };
        for _ in 0..2 {
            let full = prepared::create_quick_filter(&stand.deps, &stand.call(), unbound.clone()).await;
            assert!(matches!(full, Err(Error::Invalid(_))), "{full:?}");
            let doomed = prepared::quick_filters(&stand.deps, &stand.call(), &all).await.unwrap().items[0].id;
            prepared::delete_quick_filter(&stand.deps, &stand.call(), doomed).await.unwrap();
        }
        prepared::create_quick_filter(&stand.deps, &stand.call(), unbound).await.unwrap();
    });
}
