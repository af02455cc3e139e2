//! What becomes of quick filters and smart actions whose workflow is deleted.

use engine::simulate;

use super::*;
use crate::testing::stand::{Stand, query};
use crate::workflow;

async fn made(stand: &Stand) -> WorkflowId {
    let input = workflow::CreateInput {
        name: "Roles".to_owned(),
        description: String::new(),
        notes: String::new(),
        owner: None,
        query: query("Account", "Role"),
    };
    workflow::create(&stand.deps, &stand.call(), input).await.unwrap().id
}

/// Prepares so many of each kind.
async fn prepare(stand: &Stand, workflow: Option<WorkflowId>, each: usize) {
    for n in 0..each {
        let filter = QuickFilterInput { name: n.to_string(), workflow, filter: "source.id eq \"x\"".to_owned() };
        create_quick_filter(&stand.deps, &stand.call(), filter).await.unwrap();
        let action = SmartActionInput {
            name: Some(n.to_string()),
            workflow: Some(workflow),
            apply_to_all_rows: Some(true),
            fields: Some(FieldsInput { decision: Some(Decision::Accepted), ..FieldsInput::default() }),
            ..SmartActionInput::default()
        };
        create_smart_action(&stand.deps, &stand.call(), action).await.unwrap();
    }
}

async fn left(stand: &Stand) -> (usize, usize) {
    let prepared = stand.deps.store.prepared();
    (prepared.quick_filters().await.unwrap().len(), prepared.smart_actions().await.unwrap().len())
}

#[test]
fn a_workflow_takes_its_quick_filters_and_smart_actions_with_it_however_many() {
    for each in [3, 60] {
        simulate(1, async {
            let stand = Stand::new();
            let (workflow, other) = (made(&stand).await, made(&stand).await);
            prepare(&stand, Some(workflow), each).await;
            prepare(&stand, Some(other), 1).await;
            prepare(&stand, None, 1).await;
            workflow::delete(&stand.deps, &stand.call(), workflow).await.unwrap();
            assert_eq!(left(&stand).await, (2, 2));
        });
    }
}

#[test]
fn a_smart_action_moves_to_workflows_that_there_are_and_goes_with_them() {
    simulate(1, async {
        let stand = Stand::new();
        let workflow = made(&stand).await;
        prepare(&stand, None, 1).await;
        let id = stand.deps.store.prepared().smart_actions().await.unwrap()[0].id;
        let change = |workflow| SmartActionInput { workflow, ..SmartActionInput::default() };
        let nowhere = WorkflowId::new(uuid::Uuid::from_u128(7));
        let unknown = update_smart_action(&stand.deps, &stand.call(), id, change(Some(Some(nowhere)))).await;
        assert!(matches!(unknown, Err(Error::NotFound(_))), "{unknown:?}");
        update_smart_action(&stand.deps, &stand.call(), id, change(Some(Some(workflow)))).await.unwrap();
        workflow::delete(&stand.deps, &stand.call(), workflow).await.unwrap();
        let gone = update_smart_action(&stand.deps, &stand.call(), id, change(None)).await;
        assert!(matches!(gone, Err(Error::NotFound(_))), "{gone:?}");
    });
}
