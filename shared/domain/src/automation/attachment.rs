//! To which workflows automations are attached.
//!
//! An attachment is a pair of automation and workflow with its own `opt_in`. There may be thousands of workflows, so that
//! what is said of all of them at once stands once, as a [`Sweep`] in the [`Roster`], and what is said of one workflow
//! stands beside it, as its [`Attachments`]. Every change of the roster has a number; an entry of a workflow, and the
//! workflow itself, know up to which number they have seen it. What holds of a pair is its own entry, and then the sweeps
//! that came after it.

use crate::automation::{AttachmentBehavior, Automation, MAX_AUTOMATIONS};
use crate::ids::AutomationId;

/// How many sweeps of one automation are remembered. Only switching `attach_to_new_workflows` on again and again with
/// another `opt_in` each time comes near it; attaching to, or detaching from, all workflows makes room.
pub const MAX_SWEEPS: usize = 32;

/// What was said of all workflows that existed at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sweep {
    /// The number of the roster's version that says it first.
    pub number: u64,
    /// What was said.
    pub what: Said,
}

/// What can be said of all workflows at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// The automation is attached to them, with this `opt_in`.
    Attach {
        /// Whether it runs only where it is selected.
        opt_in: bool,
    },
    /// It is attached to those that it was not attached to, with this `opt_in`.
    AttachRest {
        /// Whether it runs only where it is selected.
        opt_in: bool,
    },
    /// It is attached to none of them.
    Detach,
}

impl Said {
    /// What becomes of an attachment's `opt_in`; `None` is not attached.
    fn after(self, before: Option<bool>) -> Option<bool> {
        match self {
            Self::Attach { opt_in } => Some(opt_in),
            Self::AttachRest { opt_in } => before.or(Some(opt_in)),
            Self::Detach => None,
        }
    }
}

/// What is said of all workflows about one automation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// Which automation.
    pub automation: AutomationId,
    /// The version that it stands at.
    pub version: u64,
    /// Which workflows it is attached to by itself.
    pub behavior: AttachmentBehavior,
    /// What still counts of what was said of all workflows, in the order of their numbers.
    pub sweeps: Vec<Sweep>,
}

/// Every automation that there is, at most [`MAX_AUTOMATIONS`], and to which workflows it is attached by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Roster {
    /// In the order in which they were made.
    pub entries: Vec<Enrolled>,
}

/// There are as many as there can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no room")]
pub struct Full;

impl Roster {
    /// The entry of an automation.
    #[must_use]
    pub fn get(&self, automation: AutomationId) -> Option<&Enrolled> {
        self.entries.iter().find(|entry| entry.automation == automation)
    }

    fn get_mut(&mut self, automation: AutomationId) -> Option<&mut Enrolled> {
        self.entries.iter_mut().find(|entry| entry.automation == automation)
    }

    /// All automations.
    pub fn automations(&self) -> impl Iterator<Item = AutomationId> {
        self.entries.iter().map(|entry| entry.automation)
    }

    /// Adds a new automation; `next` is the number of the version of the roster that says so.
    ///
    /// # Errors
    /// [`Full`].
    pub fn enrol(&mut self, automation: &Automation, next: u64) -> Result<(), Full> {
        if self.entries.len() >= MAX_AUTOMATIONS {
            return Err(Full);
        }
        let (id, version, behavior) = (automation.id, automation.version, AttachmentBehavior::default());
        self.entries.push(Enrolled { automation: id, version, behavior, sweeps: Vec::new() });
        self.update(automation, next)
    }

    /// Takes over the version of an automation, and how it is attached by itself. Switched on, it is attached to every
    /// workflow that it was not attached to; switched off, nothing is detached.
    ///
    /// # Errors
    /// [`Full`] after [`MAX_SWEEPS`] such changes.
    pub fn update(&mut self, automation: &Automation, next: u64) -> Result<(), Full> {
        let behavior = automation.content.attachment;
        let Some(entry) = self.get_mut(automation.id) else { return Ok(()) };
        entry.version = automation.version;
        let before = std::mem::replace(&mut entry.behavior, behavior);
        if before.attach_to_new_workflows || !behavior.attach_to_new_workflows {
            return Ok(());
        }
        let what = Said::AttachRest { opt_in: behavior.opt_in };
        // The same said again reaches everything that it had reached before.
        entry.sweeps.pop_if(|last| last.what == what);
        if entry.sweeps.len() >= MAX_SWEEPS {
            return Err(Full);
        }
        entry.sweeps.push(Sweep { number: next, what });
        Ok(())
    }

    /// Attaches an automation to all workflows, or detaches it from all of them where `opt_in` is `None`.
    pub fn sweep(&mut self, automation: AutomationId, opt_in: Option<bool>, next: u64) {
        if let Some(entry) = self.get_mut(automation) {
            let what = opt_in.map_or(Said::Detach, |opt_in| Said::Attach { opt_in });
            entry.sweeps = vec![Sweep { number: next, what }];
        }
    }

    /// Takes an automation off, and with it all of its attachments.
    pub fn strike(&mut self, automation: AutomationId) {
        self.entries.retain(|entry| entry.automation != automation);
    }
}

/// What was said of one automation and one workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Own {
    /// Which automation.
    pub automation: AutomationId,
    /// The number of the roster's version that stood when it was said.
    pub seen: u64,
    /// The attachment's `opt_in`; `None` when it was detached.
    pub opt_in: Option<bool>,
}

/// What was said of one workflow, an entry an automation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attachments {
    /// The number of the roster's version that stood when the workflow was made; 0 when there was none.
    pub born: u64,
    /// In no order.
    pub entries: Vec<Own>,
}

/// An automation that is attached to a workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attachment {
    /// Which automation.
    pub automation: AutomationId,
    /// The version that it stands at.
    pub version: u64,
    /// Whether it runs only where it is selected.
    pub opt_in: bool,
}

impl Attachments {
    /// Those of a workflow that is being made, when the roster stands at `number`: nothing that was said of all workflows
    /// before reaches it.
    #[must_use]
    pub fn at_birth(roster: &Roster, number: u64) -> Self {
        let attached = roster.entries.iter().filter(|entry| entry.behavior.attach_to_new_workflows);
        let own =
            |entry: &Enrolled| Own { automation: entry.automation, seen: number, opt_in: Some(entry.behavior.opt_in) };
        Self { born: number, entries: attached.map(own).collect() }
    }

    /// Attaches an automation, or detaches it where `opt_in` is `None`, when the roster stands at `number`.
    pub fn set(&mut self, automation: AutomationId, opt_in: Option<bool>, number: u64) {
        self.entries.retain(|own| own.automation != automation);
        self.entries.push(Own { automation, seen: number, opt_in });
    }

    /// Forgets automations that are no more.
    pub fn prune(&mut self, roster: &Roster) {
        self.entries.retain(|own| roster.get(own.automation).is_some());
    }

    /// What is attached to the workflow, in the order of the roster.
    #[must_use]
    pub fn resolved(&self, roster: &Roster) -> Vec<Attachment> {
        let attached = |entry: &Enrolled| {
            let own = self.entries.iter().find(|own| own.automation == entry.automation);
            let (seen, before) = own.map_or((self.born, None), |own| (own.seen, own.opt_in));
            let after = entry.sweeps.iter().filter(|sweep| sweep.number > seen);
            let opt_in = after.fold(before, |before, sweep| sweep.what.after(before))?;
            Some(Attachment { automation: entry.automation, version: entry.version, opt_in })
        };
        roster.entries.iter().filter_map(attached).collect()
    }
}

#[cfg(test)]
mod tests;
