//! What events carry about what administrators settle, so that it can be shown afterwards by which rules a review was held.

use domain::automation::Automation;
use domain::ids::{AutomationId, ExportId, ReviewId, WorkflowId};
use domain::settings::{Setting, Value};
use domain::user::UserKey;
#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;
use store::settings::FrozenValue;
#[cfg(test)]
use uuid::Uuid;

use crate::error::Error;

/// About a setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct OfSetting {
    /// Its name in the API: `self_reviewer_settings`.
    pub setting: &'static str,
    /// For whose reviews it was chosen; null for all.
    #[cfg_attr(test, schemars(with = "Option<Uuid>"))]
    pub workflow: Option<WorkflowId>,
    /// The version of what was stored before; 0 where nothing was.
    pub before: u64,
    /// The version of what is stored now; 0 where it was taken away.
    pub version: u64,
    /// What was chosen, in the codes of the API; null where it was taken away, and for values that hold texts, names of
    /// columns or addresses.
    pub value: Option<serde_json::Value>,
}

impl OfSetting {
    /// A choice of `value`, or that it was taken away.
    pub(crate) fn new(
        setting: Setting,
        workflow: Option<WorkflowId>,
        (before, version): (u64, u64),
        value: Option<&Value>,
    ) -> Result<Self, Error> {
        let told = value.filter(|value| value.setting().holds_codes()).map(FrozenValue::new).transpose()?;
        let value = told.map(FrozenValue::into_json);
        Ok(Self { setting: setting.name(), workflow, before, version, value })
    }
}

/// Who came onto the deny list, and who left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct DenyListChange {
    /// Who must not be assigned from now on: user type and id of each.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub added: Vec<UserKey>,
    /// Who may be assigned again.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub removed: Vec<UserKey>,
    /// The version of the list from now on.
    pub version: u64,
}

/// Who stands in for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct DelegationChange {
    /// Pairs that are settled from now on.
    pub added: Vec<StandIn>,
    /// Pairs that are not any more.
    pub removed: Vec<StandIn>,
    /// The version of the list from now on.
    pub version: u64,
}

/// Somebody and who stands in for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct StandIn {
    /// For whom: user type and id.
    #[cfg_attr(test, schemars(with = "String"))]
    pub original: UserKey,
    /// Who: user type and id.
    #[cfg_attr(test, schemars(with = "String"))]
    pub delegate: UserKey,
}

impl From<(UserKey, UserKey)> for StandIn {
    fn from((original, delegate): (UserKey, UserKey)) -> Self {
        Self { original, delegate }
    }
}

/// About an automation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct OfAutomation {
    /// The automation.
    #[cfg_attr(test, schemars(with = "Uuid"))]
    pub automation: AutomationId,
    /// Its version: what it says in each version is kept, and a run names the one that it went by.
    pub version: u64,
}

impl From<&Automation> for OfAutomation {
    fn from(automation: &Automation) -> Self {
        Self { automation: automation.id, version: automation.version }
    }
}

/// About automations and workflows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct OfAttachment {
    /// The automation; null for all that there are.
    #[cfg_attr(test, schemars(with = "Option<Uuid>"))]
    pub automation: Option<AutomationId>,
    /// The workflow; null for all that there are.
    #[cfg_attr(test, schemars(with = "Option<Uuid>"))]
    pub workflow: Option<WorkflowId>,
}

/// About an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct OfExport {
    /// The export.
    #[cfg_attr(test, schemars(with = "String"))]
    pub export: ExportId,
    /// Whose rows: a campaign and its certification have the same id.
    #[cfg_attr(test, schemars(with = "Uuid"))]
    pub review: ReviewId,
    /// In which form: `csv`, `pdf` or `xlsx`.
    pub format: &'static str,
}
