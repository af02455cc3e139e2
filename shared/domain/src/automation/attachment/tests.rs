//! Random histories, compared with a plain table that has an entry for each pair of automation and workflow.

use std::collections::BTreeMap;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::automation::{Action, Content, Criteria, Modification};

fn id(n: u8) -> AutomationId {
    AutomationId::new(Uuid::from_u128(u128::from(n)))
}

fn behaving(id: AutomationId, attachment: AttachmentBehavior) -> Automation {
    let content = Content {
        name: "one".to_owned(),
        description: String::new(),
        priority: 0,
        attachment,
        criteria: Criteria::default(),
        action: Action::Modify(Modification::default()),
    };
    Automation { id, content, version: 4 }
}

#[derive(Debug, Clone)]
enum Step {
    Enrol(u8, AttachmentBehavior),
    Behave(u8, AttachmentBehavior),
    Strike(u8),
    MakeWorkflow,
    Set(u8, usize, Option<bool>),
    Sweep(u8, Option<bool>),
}

fn step() -> impl Strategy<Value = Step> {
    let behavior = || {
        any::<(bool, bool)>()
            .prop_map(|(attach_to_new_workflows, opt_in)| AttachmentBehavior { attach_to_new_workflows, opt_in })
    };
    prop_oneof![
        (0u8..4, behavior()).prop_map(|(n, behavior)| Step::Enrol(n, behavior)),
        (0u8..4, behavior()).prop_map(|(n, behavior)| Step::Behave(n, behavior)),
        (0u8..4).prop_map(Step::Strike),
        Just(Step::MakeWorkflow),
        (0u8..4, 0usize..6, any::<Option<bool>>()).prop_map(|(n, workflow, said)| Step::Set(n, workflow, said)),
        (0u8..4, any::<Option<bool>>()).prop_map(|(n, said)| Step::Sweep(n, said)),
    ]
}

/// What is attached, pair by pair.
#[derive(Debug, Default)]
struct Plain {
    behaviors: BTreeMap<u8, AttachmentBehavior>,
    workflows: Vec<BTreeMap<u8, bool>>,
}

impl Plain {
    fn behave(&mut self, n: u8, behavior: AttachmentBehavior) {
        let before = self.behaviors.insert(n, behavior).unwrap_or_default();
        if behavior.attach_to_new_workflows && !before.attach_to_new_workflows {
            for workflow in &mut self.workflows {
                workflow.entry(n).or_insert(behavior.opt_in);
            }
        }
    }

    fn set(&mut self, n: u8, place: usize, said: Option<bool>) {
        let workflow = &mut self.workflows[place];
        workflow.remove(&n);
        workflow.extend(said.map(|opt_in| (n, opt_in)));
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Enrol(n, behavior) if !self.behaviors.contains_key(&n) => self.behave(n, behavior),
            Step::Behave(n, behavior) if self.behaviors.contains_key(&n) => self.behave(n, behavior),
            Step::Strike(n) => {
                self.behaviors.remove(&n);
                self.workflows.iter_mut().for_each(|workflow| workflow.retain(|held, _| *held != n));
            }
            Step::MakeWorkflow => {
                let attached = self.behaviors.iter().filter(|(_, behavior)| behavior.attach_to_new_workflows);
                self.workflows.push(attached.map(|(n, behavior)| (*n, behavior.opt_in)).collect());
            }
            Step::Set(n, place, said) if self.behaviors.contains_key(&n) && place < self.workflows.len() => {
                self.set(n, place, said);
            }
            Step::Sweep(n, said) if self.behaviors.contains_key(&n) => {
                (0..self.workflows.len()).for_each(|place| self.set(n, place, said));
            }
            _ => {}
        }
    }
}

/// The same as it is kept: a roster with a number, and what each workflow has of its own.
#[derive(Debug, Default)]
struct Kept {
    roster: Roster,
    number: u64,
    workflows: Vec<Attachments>,
}

impl Kept {
    fn take(&mut self, step: &Step) {
        let next = self.number + 1;
        match *step {
            Step::Enrol(n, behavior) if self.roster.get(id(n)).is_none() => {
                self.roster.enrol(&behaving(id(n), behavior), next).unwrap();
                self.number = next;
            }
            Step::Behave(n, behavior) => {
                self.roster.update(&behaving(id(n), behavior), next).unwrap();
                self.number = next;
            }
            Step::Strike(n) => {
                self.roster.strike(id(n));
                self.number = next;
            }
            Step::MakeWorkflow => self.workflows.push(Attachments::at_birth(&self.roster, self.number)),
            Step::Set(n, place, said) if self.roster.get(id(n)).is_some() => {
                if let Some(workflow) = self.workflows.get_mut(place) {
                    workflow.prune(&self.roster);
                    workflow.set(id(n), said, self.number);
                }
            }
            Step::Sweep(n, said) => {
                self.roster.sweep(id(n), said, next);
                self.number = next;
            }
            _ => {}
        }
    }
}

proptest! {
    #[test]
    fn sweeps_and_entries_come_to_what_a_table_of_pairs_says(steps in proptest::collection::vec(step(), 1..24)) {
        let (mut plain, mut kept) = (Plain::default(), Kept::default());
        let mut enrolled = std::collections::BTreeSet::new();
        for step in &steps {
            // An id is never given twice.
            if matches!(step, Step::Enrol(n, _) if !enrolled.insert(*n)) {
                continue;
            }
            plain.take(step);
            kept.take(step);
            for (expected, workflow) in plain.workflows.iter().zip(&kept.workflows) {
                let mut found: Vec<_> = workflow.resolved(&kept.roster).into_iter().map(|a| (a.automation, a.opt_in)).collect();
                found.sort_unstable();
                let expected: Vec<_> = expected.iter().map(|(n, opt_in)| (id(*n), *opt_in)).collect();
                prop_assert_eq!(found, expected);
            }
        }
    }
}

#[test]
fn a_workflow_that_was_made_before_there_were_automations_is_reached_by_what_is_said_of_all() {
    let mut roster = Roster::default();
    roster.enrol(&behaving(id(1), AttachmentBehavior { attach_to_new_workflows: true, opt_in: true }), 1).unwrap();
    let attached = Attachments::default().resolved(&roster);
    assert_eq!(attached, [Attachment { automation: id(1), version: 4, opt_in: true }]);
}

#[test]
fn the_roster_and_what_it_remembers_are_bounded() {
    let mut roster = Roster::default();
    for n in 0..MAX_AUTOMATIONS {
        let id = AutomationId::new(Uuid::from_u128(n as u128));
        roster.enrol(&behaving(id, AttachmentBehavior::default()), 1).unwrap();
    }
    let another = AutomationId::new(Uuid::from_u128(u128::MAX));
    assert_eq!(roster.enrol(&behaving(another, AttachmentBehavior::default()), 2), Err(Full));

    let off = AttachmentBehavior::default();
    let mut switch = |number, opt_in| {
        roster.update(&behaving(id(1), off), number).unwrap();
        roster.update(&behaving(id(1), AttachmentBehavior { attach_to_new_workflows: true, opt_in }), number)
    };
    for number in 0..MAX_SWEEPS as u64 {
        switch(number, number % 2 == 0).unwrap();
    }
    assert_eq!(switch(98, false), Ok(()), "the same once more takes no room");
    assert_eq!(switch(99, true), Err(Full));
    roster.sweep(id(1), Some(true), 100);
    let on = AttachmentBehavior { attach_to_new_workflows: true, opt_in: false };
    assert_eq!(roster.update(&behaving(id(1), on), 101), Ok(()));
}
