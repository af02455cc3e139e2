//! What administrators say at the same moment, and in calls that break off anywhere.

use domain::automation::ActionParts;
use domain::ids::{CommandId, WorkflowId};
use engine::{Crash, Faults, simulate};
use uuid::Uuid;

use super::*;
use crate::simulated::answered;
use crate::testing::stand::{Stand, query};
use crate::workflow;

fn call(stand: &Stand, number: u128) -> Call {
    Call { command: CommandId::new(Uuid::from_u128(number)), repeatable: true, ..stand.call() }
}

fn input(name: &str, attach_to_new_workflows: bool, opt_in: bool) -> ContentInput {
    ContentInput {
        name: name.to_owned(),
        attachment: AttachmentBehavior { attach_to_new_workflows, opt_in },
        criteria: Criteria { filter: "source.id pr".to_owned(), mutable_filter: String::new() },
        action: ActionParts { signed_off: Some(true), ..ActionParts::default() },
        ..ContentInput::default()
    }
}

async fn made(stand: &Stand, number: u128, name: &str, to_new: bool) -> Result<AutomationId, Error> {
    create(&stand.deps, &call(stand, number), input(name, to_new, false)).await
}

async fn workflow(stand: &Stand, number: u128) -> Result<WorkflowId, Error> {
    let input = workflow::CreateInput {
        name: "Pairs".to_owned(),
        description: String::new(),
        notes: String::new(),
        owner: None,
        query: query("Account", "Role"),
    };
    Ok(workflow::create(&stand.deps, &call(stand, number), input).await?.id)
}

async fn attached_to(stand: &Stand, workflow: WorkflowId) -> Vec<(AutomationId, bool)> {
    let page = attached(&stand.deps, &stand.call(), workflow, &ListInput { limit: 500, after: None }).await.unwrap();
    page.items.into_iter().map(|attached| (attached.automation.id, attached.opt_in)).collect()
}

#[test]
fn an_automation_for_every_workflow_misses_none_that_is_made_at_the_same_moment() {
    for seed in 0..40 {
        simulate(seed, async {
            let stand = Stand::new();
            made(&stand, 1, "Another", false).await.unwrap();
            let old = workflow(&stand, 2).await.unwrap();
            stand.engine.set_faults(if seed % 2 == 0 { Faults::races(seed) } else { Faults::storm(seed) }).unwrap();
            let (everywhere, second, one, two, three) = futures::join!(
                answered(async || made(&stand, 3, "Everywhere", true).await),
                answered(async || made(&stand, 4, "Second", false).await),
                answered(async || workflow(&stand, 5).await),
                answered(async || workflow(&stand, 6).await),
                answered(async || workflow(&stand, 7).await),
            );
            let everything = AttachInput::EveryAutomation(two);
            futures::join!(
                answered(async || attach(&stand.deps, &call(&stand, 8), everything, Some(true)).await),
                answered(async || attach(&stand.deps, &call(&stand, 9), AttachInput::One(second, one), None).await),
                answered(async || detach(&stand.deps, &call(&stand, 10), AttachInput::One(everywhere, three)).await),
                answered(
                    async || attach(&stand.deps, &call(&stand, 11), AttachInput::EveryWorkflow(second), None).await
                ),
            );
            stand.engine.set_faults(Faults::default()).unwrap();
            assert_eq!(attached_to(&stand, old).await, [(everywhere, false), (second, false)], "seed {seed}");
            assert_eq!(attached_to(&stand, one).await, [(everywhere, false), (second, false)], "seed {seed}");
            assert_eq!(attached_to(&stand, three).await, [(second, false)], "seed {seed}");
            let both = attached_to(&stand, two).await;
            assert_eq!((both.len(), both[1]), (3, (everywhere, true)), "seed {seed}");
            assert_eq!(
                list(&stand.deps, &stand.call(), &ListInput { limit: 9, after: None }).await.unwrap().items.len(),
                3
            );
        });
    }
}

/// Everything that can be said, each in a call of its own.
async fn say(stand: &Stand, step: usize, automation: AutomationId, workflow: WorkflowId) -> Result<(), Error> {
    let call = &call(stand, 100 + step as u128);
    match step {
        0 => create(&stand.deps, call, input("New", true, true)).await.map(|_| ()),
        1 => replace(&stand.deps, call, automation, input("Renamed", true, false)).await,
        2 => attach(&stand.deps, call, AttachInput::One(automation, workflow), Some(true)).await,
        3 => attach(&stand.deps, call, AttachInput::EveryAutomation(workflow), None).await,
        4 => attach(&stand.deps, call, AttachInput::EveryWorkflow(automation), Some(true)).await,
        5 => detach(&stand.deps, call, AttachInput::EveryWorkflow(automation)).await,
        6 => delete(&stand.deps, call, automation).await,
        _ => self::workflow(stand, 100 + step as u128).await.map(|_| ()),
    }
}

#[test]
fn a_call_that_breaks_off_anywhere_and_is_made_again_leaves_what_one_call_leaves() {
    let (stand, automation, workflow) = simulate(1, async {
        let stand = Stand::new();
        let automation = made(&stand, 1, "Kept", false).await.unwrap();
        made(&stand, 2, "Everywhere", true).await.unwrap();
        let workflow = workflow(&stand, 3).await.unwrap();
        (stand, automation, workflow)
    });
    for step in 0..8 {
        let (expected, calls) = simulate(1, async {
            let copy = stand.copied();
            let before = copy.engine.calls();
            say(&copy, step, automation, workflow).await.unwrap();
            (copy.dump(), copy.engine.calls() - before)
        });
        assert!(calls >= 2, "step {step}: {calls}");
        for number in 1..=calls {
            for crash in [Crash::After(number - 1), Crash::During(number)] {
                let dump = simulate(number, async {
                    let copy = stand.copied();
                    copy.engine.crash(crash);
                    let _ = say(&copy, step, automation, workflow).await;
                    copy.engine.revive();
                    let again = say(&copy, step, automation, workflow).await;
                    assert!(again.is_ok(), "step {step}, {crash:?}: {again:?}");
                    copy.dump()
                });
                let differs = expected.lines().zip(dump.lines()).find(|(one, other)| one != other);
                assert!(dump == expected, "step {step}, {crash:?} of {calls}: {differs:?}");
            }
        }
    }
}

#[test]
fn a_call_that_is_made_again_takes_nothing_back_that_was_said_since() {
    simulate(1, async {
        let stand = Stand::new();
        let automation = made(&stand, 1, "Kept", false).await.unwrap();
        let workflow = workflow(&stand, 2).await.unwrap();
        let one = AttachInput::One(automation, workflow);
        let (every, all) = (AttachInput::EveryAutomation(workflow), AttachInput::EveryWorkflow(automation));
        for (n, input) in (10..).step_by(10).zip([one, every, all]) {
            let (first, second) = (call(&stand, n), call(&stand, n + 1));
            attach(&stand.deps, &first, input, None).await.unwrap();
            detach(&stand.deps, &call(&stand, n + 2), one).await.unwrap();
            attach(&stand.deps, &first, input, None).await.unwrap();
            assert_eq!(attached_to(&stand, workflow).await, []);

            // What changed nothing was said all the same.
            detach(&stand.deps, &second, input).await.unwrap();
            attach(&stand.deps, &call(&stand, n + 3), one, Some(true)).await.unwrap();
            detach(&stand.deps, &second, input).await.unwrap();
            assert_eq!(attached_to(&stand, workflow).await, [(automation, true)]);
        }
    });
}
