//! Keys of automations beside those of small aggregates.

use domain::ids::{CommandId, WorkflowId};

use super::{Key, Kind, aggregate};

/// Every automation that there is, and what is said of all workflows at once.
pub fn roster() -> Key {
    Key::new("AUTOMATIONS", "ROSTER")
}

/// Which automations are attached to a workflow.
pub fn attachments(workflow: &WorkflowId) -> Key {
    Key::new(aggregate(Kind::Workflow, workflow).pk, "AUTOMATIONS")
}

/// That a command has said something of attachments.
pub fn attachments_said(command: CommandId) -> Key {
    Key::new("AUTOMATIONS", format!("SAID#{command}"))
}
