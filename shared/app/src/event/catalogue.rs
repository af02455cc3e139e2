//! The catalogue: every fact that is told, by its type and the version of what it carries.

use serde::Serialize;

use super::facts::{
    OfCampaign, OfCampaignRows, OfCertification, OfCertificationRows, OfDataSource, OfIssuedKey, OfKey, OfLoad,
    OfWorkflow, Rows, RowsCleared, RowsDecided, RowsNoted, RowsReassigned, RowsRemoved,
};
use super::governance::{DelegationChange, DenyListChange, OfAttachment, OfAutomation, OfExport, OfSetting};

macro_rules! catalogue {
    ($($(#[doc = $doc:literal])+ $name:ident($data:ty) = $kind:literal, $version:literal;)+) => {
        /// A fact, by its type.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[serde(untagged)]
        pub enum Event {
            $($(#[doc = $doc])+ $name($data),)+
        }

        impl Event {
            /// The name of its type, as rules match it.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => $kind,)+
                }
            }

            /// The version of what it carries.
            pub fn version(&self) -> u32 {
                match self {
                    $(Self::$name(_) => $version,)+
                }
            }
        }

        /// Every type with its version, its meaning and the schema of what it carries.
        #[cfg(test)]
        pub(super) fn types(schemas: &mut schemars::SchemaGenerator) -> Vec<(&'static str, u32, String, schemars::Schema)> {
            vec![$((
                $kind,
                $version,
                [$($doc.trim()),+].join(" "),
                schemas.subschema_for::<$data>(),
            ),)+]
        }
    };
}

catalogue! {
    /// A workflow was made; a campaign brings one of its own.
    WorkflowCreated(OfWorkflow) = "workflow.created", 1;
    /// A workflow was edited.
    WorkflowUpdated(OfWorkflow) = "workflow.updated", 1;
    /// A workflow was deleted.
    WorkflowDeleted(OfWorkflow) = "workflow.deleted", 1;
    /// A campaign was made.
    CampaignCreated(OfCampaign) = "campaign.created", 1;
    /// A campaign was edited.
    CampaignUpdated(OfCampaign) = "campaign.updated", 1;
    /// A campaign was deleted.
    CampaignDeleted(OfCampaign) = "campaign.deleted", 1;
    /// A campaign was told to start: its rows are being built.
    CampaignStarted(OfCampaign) = "campaign.started", 1;
    /// The rows of a campaign are in place: it can be decided on.
    CampaignActivated(OfCampaignRows) = "campaign.activated", 1;
    /// The rows of a campaign could not be built; it may be started again.
    CampaignFailed(OfCampaign) = "campaign.failed", 1;
    /// A campaign was completed: nothing is decided any more.
    CampaignCompleted(OfCampaign) = "campaign.completed", 1;
    /// A campaign was broken off: nothing is decided any more.
    CampaignTerminated(OfCampaign) = "campaign.terminated", 1;
    /// A campaign has expired: its end date has passed, and nothing is decided any more.
    CampaignExpired(OfCampaign) = "campaign.expired", 1;
    /// A certification was made: its rows are being built.
    CertificationStarted(OfCertification) = "certification.started", 1;
    /// The rows of a certification are in place: it can be decided on.
    CertificationOpened(OfCertificationRows) = "certification.opened", 1;
    /// The rows of a certification could not be built.
    CertificationFailed(OfCertification) = "certification.failed", 1;
    /// A certification was completed: nothing is decided any more.
    CertificationCompleted(OfCertification) = "certification.completed", 1;
    /// A certification has expired: its due date has passed, and nothing is decided any more.
    CertificationExpired(OfCertification) = "certification.expired", 1;
    /// A certification was edited: its name, notes, reviewers or due date.
    CertificationUpdated(OfCertification) = "certification.updated", 1;
    /// A certification was deleted, with all that was decided in it.
    CertificationDeleted(OfCertification) = "certification.deleted", 1;
    /// Rows were decided.
    RowDecided(RowsDecided) = "row.decided", 1;
    /// Decisions were taken away: undone within the time for it, or replaced by none.
    RowCleared(RowsCleared) = "row.cleared", 1;
    /// Rows were set aside; an earlier decision is gone.
    RowFlagged(Rows) = "row.flagged", 1;
    /// Notes were written or removed. What they say is not part of the event.
    RowNoted(RowsNoted) = "row.noted", 1;
    /// Rows were given to other reviewers.
    RowReassigned(RowsReassigned) = "row.reassigned", 1;
    /// Decisions were confirmed for good.
    RowSignedOff(Rows) = "row.signed_off", 1;
    /// Confirmations were lifted.
    RowSignOffUndone(Rows) = "row.sign_off_undone", 1;
    /// The removal of rejected access was asked for, called off, or answered.
    RowRemovalChanged(RowsRemoved) = "row.removal_changed", 1;
    /// A picture of a data source was taken in and counts from now on.
    DataSourceLoaded(OfLoad) = "datasource.loaded", 1;
    /// A data source was retired.
    DataSourceDeleted(OfDataSource) = "datasource.deleted", 1;
    /// An API key was issued.
    ApiKeyIssued(OfIssuedKey) = "api_key.issued", 1;
    /// An API key was revoked: it opens nothing from now on.
    ApiKeyRevoked(OfKey) = "api_key.revoked", 1;
    /// A setting was chosen, for everything or for one workflow.
    SettingChanged(OfSetting) = "setting.changed", 1;
    /// What was chosen for a setting was taken away: the next in line holds.
    SettingRemoved(OfSetting) = "setting.removed", 1;
    /// Users were put on the deny list of reviewers, or taken off it.
    DenyListChanged(DenyListChange) = "deny_list.changed", 1;
    /// People stand in for others from now on, or do so no more.
    DelegationChanged(DelegationChange) = "delegation.changed", 1;
    /// An automation was made.
    AutomationCreated(OfAutomation) = "automation.created", 1;
    /// An automation says something else from now on.
    AutomationUpdated(OfAutomation) = "automation.updated", 1;
    /// An automation was deleted; reviews that have begun still apply it.
    AutomationDeleted(OfAutomation) = "automation.deleted", 1;
    /// Automations were attached to workflows.
    AutomationAttached(OfAttachment) = "automation.attached", 1;
    /// Automations were detached from workflows.
    AutomationDetached(OfAttachment) = "automation.detached", 1;
    /// Somebody asked for a file with rows of a review.
    ExportCreated(OfExport) = "export.created", 1;
}
