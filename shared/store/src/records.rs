//! Stored forms of domain types, apart from the domain so that neither can change the other by accident.
//!
//! Fields are only added, with a default, and never renamed or removed; a change that this cannot express gets a new
//! format number and an upgrade. `tests/golden` keeps a file of every format for good.

mod automation;
mod campaign;
mod certification;
mod policy;
mod query;
mod recurrence;
mod rule;
pub(crate) mod settings;
mod user;

pub(crate) use automation::{AttachmentsRecord, AutomationRecord, RosterRecord};
pub(crate) use campaign::{AssignmentRecord, CampaignRecord};
pub(crate) use certification::{CertificationRecord, WorkflowRecord};
pub(crate) use policy::PolicyRecord;
pub(crate) use recurrence::SeriesRecord;
pub(crate) use rule::RuleRecord;
pub(crate) use user::{UserRecord, users, users_of};
