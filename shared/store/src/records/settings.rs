//! The values of settings as they are stored: one JSON form for each.

use domain::settings::{
    Coded, ColumnSettings, Expiration, GroupingProperty, GroupingTarget, IdentityProvider, OutlierDetection,
    OverdueReviews, PredefinedNotes, ReviewerExports, RowGrouping, Setting, UiCustomization, UndecidedRows, Value,
    ViewSort,
};
use domain::webhook::{Occasion, Signing, Webhook};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

#[derive(Serialize, Deserialize)]
struct UiRecord {
    accept: u8,
    reject: u8,
    button: u8,
    diff: u8,
}

#[derive(Serialize, Deserialize)]
struct ColumnsRecord {
    shown: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hidden: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct NotesRecord {
    reject: Vec<String>,
    accept: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct ExportsRecord {
    csv: bool,
    pdf: bool,
    xlsx: bool,
}

#[derive(Serialize, Deserialize)]
struct GroupingRecord {
    column: Option<String>,
    expanded: bool,
}

#[derive(Serialize, Deserialize)]
struct OutliersRecord {
    grouping: Vec<PropertyRecord>,
    threshold: f64,
}

#[derive(Serialize, Deserialize)]
struct PropertyRecord {
    name: String,
    /// `source`, `destination` or `joined`; absent where it was not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alias: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct ExpirationRecord {
    reject: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    note: String,
}

#[derive(Serialize, Deserialize)]
struct ProviderRecord {
    enabled: bool,
    user_type: String,
    instance: String,
    user_property: String,
    instance_property: String,
    manager_property: String,
}

#[derive(Serialize, Deserialize)]
struct WebhookRecord {
    url: String,
    events: Vec<String>,
    enabled: bool,
}

/// The stored form of a value.
pub(crate) fn encode(value: &Value) -> Result<Json, serde_json::Error> {
    match value {
        Value::Completion(rule) => Ok(rule.code().into()),
        Value::SelfReview(choice) => Ok(choice.code().into()),
        Value::AutoComplete(choice) => Ok(choice.code().into()),
        Value::Overdue(overdue) => Ok((*overdue == OverdueReviews::Expire).into()),
        Value::Acknowledgement(choice) => Ok(choice.code().into()),
        Value::Expiration(Expiration { undecided, note }) => serde_json::to_value(ExpirationRecord {
            reject: *undecided == UndecidedRows::AreRejected,
            note: note.clone(),
        }),
        Value::UiCustomization(ui) => serde_json::to_value(UiRecord {
            accept: ui.accept_notes.code(),
            reject: ui.reject_notes.code(),
            button: ui.sign_off_button.code(),
            diff: ui.diff_dropdown.code(),
        }),
        Value::Columns(ColumnSettings { shown, hidden }) => {
            serde_json::to_value(ColumnsRecord { shown: shown.clone(), hidden: hidden.clone() })
        }
        Value::ViewSort(sort) => Ok(sort.order_by.as_str().into()),
        Value::PredefinedNotes(PredefinedNotes { reject, accept }) => {
            serde_json::to_value(NotesRecord { reject: reject.clone(), accept: accept.clone() })
        }
        Value::ReviewerExports(ReviewerExports { csv, pdf, xlsx }) => {
            serde_json::to_value(ExportsRecord { csv: *csv, pdf: *pdf, xlsx: *xlsx })
        }
        Value::RowGrouping(RowGrouping { column, expanded }) => {
            serde_json::to_value(GroupingRecord { column: column.clone(), expanded: *expanded })
        }
        Value::Outliers(OutlierDetection { grouping, threshold }) => serde_json::to_value(OutliersRecord {
            grouping: grouping.iter().map(PropertyRecord::from).collect(),
            threshold: *threshold,
        }),
        Value::IdentityProvider(provider) => serde_json::to_value(ProviderRecord::from(provider.clone())),
        Value::Webhook(webhook) => serde_json::to_value(webhook.clone().map(WebhookRecord::from)),
    }
}

/// The value of a stored form; `None` for a form that this version does not know.
pub(crate) fn decode(setting: Setting, json: &Json) -> Option<Value> {
    Some(match setting {
        Setting::Completion => Value::Completion(coded(json)?),
        Setting::SelfReview => Value::SelfReview(coded(json)?),
        Setting::AutoComplete => Value::AutoComplete(coded(json)?),
        Setting::Overdue => {
            Value::Overdue(if json.as_bool()? { OverdueReviews::Expire } else { OverdueReviews::StayOpen })
        }
        Setting::Acknowledgement => Value::Acknowledgement(coded(json)?),
        Setting::Expiration => {
            let ExpirationRecord { reject, note } = record(json)?;
            let undecided = if reject { UndecidedRows::AreRejected } else { UndecidedRows::Stay };
            Value::Expiration(Expiration { undecided, note })
        }
        Setting::UiCustomization => {
            let UiRecord { accept, reject, button, diff } = record(json)?;
            Value::UiCustomization(UiCustomization {
                accept_notes: Coded::from_code(accept)?,
                reject_notes: Coded::from_code(reject)?,
                sign_off_button: Coded::from_code(button)?,
                diff_dropdown: Coded::from_code(diff)?,
            })
        }
        Setting::Columns => {
            let ColumnsRecord { shown, hidden } = record(json)?;
            Value::Columns(ColumnSettings { shown, hidden })
        }
        Setting::ViewSort => Value::ViewSort(ViewSort { order_by: json.as_str()?.to_owned() }),
        Setting::PredefinedNotes => {
            let NotesRecord { reject, accept } = record(json)?;
            Value::PredefinedNotes(PredefinedNotes { reject, accept })
        }
        Setting::ReviewerExports => {
            let ExportsRecord { csv, pdf, xlsx } = record(json)?;
            Value::ReviewerExports(ReviewerExports { csv, pdf, xlsx })
        }
        Setting::RowGrouping => {
            let GroupingRecord { column, expanded } = record(json)?;
            Value::RowGrouping(RowGrouping { column, expanded })
        }
        Setting::Outliers => {
            let OutliersRecord { grouping, threshold } = record(json)?;
            let grouping = grouping.into_iter().map(PropertyRecord::property).collect::<Option<_>>()?;
            Value::Outliers(OutlierDetection { grouping, threshold })
        }
        Setting::IdentityProvider => Value::IdentityProvider(record::<ProviderRecord>(json)?.into()),
        Setting::Webhook => {
            Value::Webhook(record::<Option<WebhookRecord>>(json)?.map(Webhook::try_from).transpose().ok()?)
        }
    })
}

fn record<T: DeserializeOwned>(json: &Json) -> Option<T> {
    serde_json::from_value(json.clone()).ok()
}

fn coded<T: Coded>(json: &Json) -> Option<T> {
    T::from_code(u8::try_from(json.as_u64()?).ok()?)
}

impl From<Webhook> for WebhookRecord {
    fn from(webhook: Webhook) -> Self {
        // The secret is kept elsewhere.
        let Webhook { url, signing: _, occasions, enabled } = webhook;
        let events = occasions.iter().map(|occasion| occasion.name().to_owned()).collect();
        Self { url, events, enabled }
    }
}

/// A record that names an occasion which this version does not know.
struct Unknown;

impl TryFrom<WebhookRecord> for Webhook {
    type Error = Unknown;

    fn try_from(record: WebhookRecord) -> Result<Self, Unknown> {
        let WebhookRecord { url, events, enabled } = record;
        let occasions = events.iter().map(|event| Occasion::named(event).ok_or(Unknown)).collect::<Result<_, _>>()?;
        Ok(Self { url, signing: Signing::Stored, occasions, enabled })
    }
}

impl From<IdentityProvider> for ProviderRecord {
    fn from(provider: IdentityProvider) -> Self {
        Self {
            enabled: provider.enabled,
            user_type: provider.user_type,
            instance: provider.instance_id,
            user_property: provider.user_identity_property,
            instance_property: provider.instance_id_property,
            manager_property: provider.manager_identity_property,
        }
    }
}

impl From<ProviderRecord> for IdentityProvider {
    fn from(record: ProviderRecord) -> Self {
        Self {
            enabled: record.enabled,
            user_type: record.user_type,
            instance_id: record.instance,
            user_identity_property: record.user_property,
            instance_id_property: record.instance_property,
            manager_identity_property: record.manager_property,
        }
    }
}

impl From<&GroupingProperty> for PropertyRecord {
    fn from(property: &GroupingProperty) -> Self {
        let (of, alias) = match &property.target {
            GroupingTarget::Unspecified => (None, None),
            GroupingTarget::Source => (Some("source"), None),
            GroupingTarget::Destination => (Some("destination"), None),
            GroupingTarget::Joined(alias) => (Some("joined"), Some(alias.clone())),
        };
        Self { name: property.name.clone(), of: of.map(str::to_owned), alias }
    }
}

impl PropertyRecord {
    fn property(self) -> Option<GroupingProperty> {
        let target = match (self.of.as_deref(), self.alias) {
            (None, _) => GroupingTarget::Unspecified,
            (Some("source"), _) => GroupingTarget::Source,
            (Some("destination"), _) => GroupingTarget::Destination,
            (Some("joined"), Some(alias)) => GroupingTarget::Joined(alias),
            (Some(_), _) => return None,
        };
        Some(GroupingProperty { name: self.name, target })
    }
}
