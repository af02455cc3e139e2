//! What is kept for a workflow goes with it.

use std::collections::BTreeSet;

use domain::help_page::{HelpPage, HelpPageKey, Usage};
use domain::settings::{PredefinedNotes, ReviewerExports};
use engine::simulate;

use super::*;
use crate::help_page;
use crate::testing::stand::{Stand, query};
use crate::workflow;

/// Something that is stored for a workflow.
#[derive(Debug, Clone, Copy)]
enum Kept {
    Shared,
    Alone,
    Page,
}

impl Kept {
    fn value(self) -> Value {
        match self {
            Self::Alone => {
                Value::PredefinedNotes(PredefinedNotes { reject: vec!["Left".to_owned()], accept: Vec::new() })
            }
            Self::Shared | Self::Page => Value::ReviewerExports(ReviewerExports { csv: true, ..Default::default() }),
        }
    }

    async fn put(self, stand: &Stand, workflow: WorkflowId) -> Result<(), Error> {
        match self {
            Self::Shared | Self::Alone => {
                put(&stand.deps, &stand.call(), self.value(), Some(workflow)).await.map(|_| ())
            }
            Self::Page => {
                let page =
                    HelpPage { key: page_of(workflow), name: "Help".to_owned(), template: "What to do".to_owned() };
                help_page::put(&stand.deps, &stand.call(), page).await
            }
        }
    }

    async fn is_there(self, stand: &Stand, workflow: WorkflowId) -> bool {
        let store = &stand.deps.store;
        match self {
            Self::Page => store.help_pages().get(&page_of(workflow)).await.unwrap().is_some(),
            Self::Shared | Self::Alone => {
                store.settings().get(Some(workflow), self.value().setting()).await.unwrap().is_some()
            }
        }
    }
}

fn page_of(workflow: WorkflowId) -> HelpPageKey {
    HelpPageKey { workflow: Some(workflow), usage: Usage::ALL[0] }
}

async fn after(turns: u32) {
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
}

#[test]
fn what_is_stored_while_its_workflow_is_deleted_goes_with_it_or_is_refused() {
    for kept in [Kept::Shared, Kept::Alone, Kept::Page] {
        let mut outcomes = BTreeSet::new();
        for turns in 0..80 {
            let stored = simulate(1, async {
                let stand = Stand::new();
                let input = workflow::CreateInput {
                    name: "Pairs".to_owned(),
                    description: String::new(),
                    notes: String::new(),
                    owner: None,
                    query: query("Account", "Role"),
                };
                let workflow = workflow::create(&stand.deps, &stand.call(), input).await.unwrap().id;
                let put = async {
                    after(turns).await;
                    kept.put(&stand, workflow).await
                };
                let delete = async {
                    after(40).await;
                    workflow::delete(&stand.deps, &stand.call(), workflow).await
                };
                let (put, deleted) = futures::join!(put, delete);
                deleted.unwrap();
                assert!(!kept.is_there(&stand, workflow).await, "{kept:?}, {turns}: an orphan, {put:?}");
                match put {
                    Ok(()) => true,
                    Err(Error::NotFound(_)) => false,
                    other => panic!("{kept:?}, {turns}: {other:?}"),
                }
            });
            outcomes.insert(stored);
        }
        assert_eq!(outcomes.len(), 2, "{kept:?}: both came first at times");
    }
}
