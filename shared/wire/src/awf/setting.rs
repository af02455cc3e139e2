//! Settings: one form for each, all under `value`.

mod expiration;

use std::collections::BTreeSet;

use app::error::Error;
use app::settings::{AllColumns, SettingView};
use domain::ids::WorkflowId;
use domain::settings::{
    BuiltIn, ColumnSettings, GroupingProperty, GroupingTarget, IdentityProvider, MAX_PROPERTIES, Origin,
    OutlierDetection, OverdueReviews, PredefinedNotes, ReviewerExports, RowGrouping, Scope, Setting, Settings,
    UiCustomization, Value as Chosen, ViewSort,
};
use domain::webhook::{Occasion, Signing, Webhook};
use serde_json::{Map, Value, json};

use super::enums::{
    ACKNOWLEDGEMENT, AUTO_COMPLETE, COMPLETION_RULE, DIFF_DROPDOWN, GROUPING_TARGET, NOTES_BEHAVIOR, SELF_REVIEW,
    SIGN_OFF_BUTTON, Target,
};
use crate::decode::{Faults, MAX_TEXT, Object, Query, parse};
use crate::exchange::Pairs;
use crate::forms::Family;

/// Reads which setting a path means.
///
/// # Errors
/// [`Error::NotFound`] for a name that no setting has.
pub fn path_setting(path: &Pairs) -> Result<Setting, Error> {
    Setting::from_name(path.get("setting").unwrap_or_default()).ok_or_else(Error::not_found)
}

/// Reads for which workflow a setting is asked for; for everything when none is named.
///
/// # Errors
/// [`Error::NotFound`] for what is no id.
pub fn scope(query: &Pairs) -> Result<Scope, Error> {
    scope_of(query.get("workflow_id").unwrap_or_default())
}

fn scope_of(workflow: &str) -> Result<Scope, Error> {
    if workflow.is_empty() {
        return Ok(None);
    }
    workflow.parse::<WorkflowId>().map(Some).map_err(|_| Error::not_found())
}

/// Decodes a value to be stored, and for which workflow.
///
/// # Errors
/// All faults of body and query; [`Error::NotFound`] for a `workflow_id` that is no id.
pub fn put(setting: Setting, body: &[u8], query: &Pairs) -> Result<(Chosen, Scope), Error> {
    let (value, faults) = (parse(body)?, Faults::new());
    let body = Object::root(&value, &faults)?;
    let (in_body, in_query) = (body.text("workflow_id", MAX_TEXT), Query::new(query, &faults).text("workflow_id"));
    let in_body = in_body.filter(|workflow| !workflow.is_empty());
    if let (Some(one), Some(other)) = (&in_body, in_query)
        && one != other
    {
        body.fault("workflow_id", "must not differ from the one in the query");
    }
    let chosen = chosen(setting, &body);
    faults.check()?;
    let scope = scope_of(in_body.as_deref().or(in_query).unwrap_or_default())?;
    Ok((chosen.ok_or_else(|| faults.error())?, scope))
}

fn chosen(setting: Setting, body: &Object<'_>) -> Option<Chosen> {
    let object = || body.required("value", body.object("value"));
    match setting {
        Setting::Completion => one_of(&COMPLETION_RULE, body).map(Chosen::Completion),
        Setting::AutoComplete => one_of(&AUTO_COMPLETE, body).map(Chosen::AutoComplete),
        Setting::Overdue => {
            let expire = body.required("value", body.flag("value"))?;
            Some(Chosen::Overdue(if expire { OverdueReviews::Expire } else { OverdueReviews::StayOpen }))
        }
        Setting::Acknowledgement => one_of(&ACKNOWLEDGEMENT, body).map(Chosen::Acknowledgement),
        Setting::Expiration => expiration::decode(body).map(Chosen::Expiration),
        Setting::SelfReview => one_of(&SELF_REVIEW, body).map(Chosen::SelfReview),
        Setting::UiCustomization => object().map(|value| Chosen::UiCustomization(ui_customization(&value))),
        Setting::Columns => {
            let value = object()?;
            let texts = |name| value.texts(name, MAX_TEXT).unwrap_or_default();
            let (shown, hidden) = (texts("default_ordered_columns"), texts("hide_from_reviewers_columns"));
            Some(Chosen::Columns(ColumnSettings { shown, hidden }))
        }
        Setting::ViewSort => {
            let value = object()?;
            let order_by = value.required("order_by", value.text("order_by", MAX_TEXT))?;
            Some(Chosen::ViewSort(ViewSort { order_by }))
        }
        Setting::PredefinedNotes => {
            let value = object()?;
            let texts = |name| value.texts(name, MAX_TEXT).unwrap_or_default();
            let (reject, accept) = (texts("reject_notes"), texts("accept_notes"));
            Some(Chosen::PredefinedNotes(PredefinedNotes { reject, accept }))
        }
        Setting::ReviewerExports => {
            let value = object()?;
            let flag = |name| value.flag(name).unwrap_or(false);
            let (csv, pdf, xlsx) = (flag("allow_csv_exports"), flag("allow_pdf_exports"), flag("allow_xlsx_exports"));
            Some(Chosen::ReviewerExports(ReviewerExports { csv, pdf, xlsx }))
        }
        Setting::RowGrouping => {
            let value = object()?;
            let column = value.text("group_by_column", MAX_TEXT);
            let expanded = value.flag("expand_groups_by_default").unwrap_or(false);
            Some(Chosen::RowGrouping(RowGrouping { column, expanded }))
        }
        Setting::Outliers => outliers(&object()?).map(Chosen::Outliers),
        Setting::IdentityProvider => object().map(|value| Chosen::IdentityProvider(identity_provider(&value))),
        Setting::Webhook => webhook(&object()?).map(Chosen::Webhook),
    }
}

/// Without an address there is no receiver; without a secret, the one that is stored stays.
fn webhook(value: &Object<'_>) -> Option<Option<Webhook>> {
    let url = value.required("url", value.text("url", MAX_TEXT));
    let secret = value.text("secret", MAX_TEXT).filter(|secret| !secret.is_empty());
    let signing = secret.map_or(Signing::Stored, Signing::With);
    let events = value.required("events", value.texts("events", MAX_TEXT));
    let mut occasions = BTreeSet::new();
    for (place, event) in events.iter().flatten().enumerate() {
        match Occasion::named(event) {
            Some(occasion) => drop(occasions.insert(occasion)),
            None => value.fault(
                &format!("events[{place}]"),
                format!("must be one of {}", Occasion::ALL.map(Occasion::name).join(", ")),
            ),
        }
    }
    let enabled = value.flag("enabled").unwrap_or(true);
    let webhook = |url: String| Webhook { url, signing, occasions, enabled };
    events.and(url).map(|url| (!url.is_empty()).then(|| webhook(url)))
}

/// A value that is one word. Not given, and given as unknown, are the same fault.
fn one_of<T: Copy + PartialEq>(family: &Family<T>, body: &Object<'_>) -> Option<T> {
    let value = family.field(body, "value");
    if value.is_none() && !body.is_faulty("value") {
        body.fault("value", "is required");
    }
    value
}

/// What is not given, or given as unknown, has its built-in value.
fn ui_customization(value: &Object<'_>) -> UiCustomization {
    let usual = UiCustomization::built_in(Origin::Certification);
    UiCustomization {
        accept_notes: NOTES_BEHAVIOR.field(value, "accept_notes_behavior").unwrap_or(usual.accept_notes),
        reject_notes: NOTES_BEHAVIOR.field(value, "reject_notes_behavior").unwrap_or(usual.reject_notes),
        sign_off_button: SIGN_OFF_BUTTON
            .field(value, "approve_and_sign_off_button_behavior")
            .unwrap_or(usual.sign_off_button),
        diff_dropdown: DIFF_DROPDOWN.field(value, "diff_dropdown_behavior").unwrap_or(usual.diff_dropdown),
    }
}

/// A property without a target is the source's.
fn outliers(value: &Object<'_>) -> Option<OutlierDetection> {
    let properties = value.objects("grouping_properties", MAX_PROPERTIES).unwrap_or_default();
    let grouping: Vec<Option<GroupingProperty>> = properties.iter().map(grouping_property).collect();
    let threshold = value.required("threshold", value.number("threshold"))?;
    Some(OutlierDetection { grouping: grouping.into_iter().collect::<Option<_>>()?, threshold })
}

fn grouping_property(property: &Object<'_>) -> Option<GroupingProperty> {
    let name = property.required("property_name", property.text("property_name", MAX_TEXT));
    let target = GROUPING_TARGET.field(property, "target");
    let alias = property.text("joined_node_alias", MAX_TEXT).filter(|alias| !alias.is_empty());
    let target = match (target, alias) {
        (Some(Target::Joined), Some(alias)) => Some(GroupingTarget::Joined(alias)),
        (Some(Target::Joined), None) => {
            property.fault("joined_node_alias", "is required for a joined node");
            None
        }
        (_, Some(_)) => {
            property.fault("joined_node_alias", "is for joined nodes only");
            None
        }
        (Some(Target::Source), None) => Some(GroupingTarget::Source),
        (Some(Target::Destination), None) => Some(GroupingTarget::Destination),
        (None, None) => Some(GroupingTarget::Unspecified),
    };
    Some(GroupingProperty { name: name?, target: target? })
}

fn encode_property(property: &GroupingProperty) -> Value {
    let mut value = Map::from_iter([("property_name".to_owned(), property.name.as_str().into())]);
    let target = match &property.target {
        GroupingTarget::Unspecified => None,
        GroupingTarget::Source => Some(Target::Source),
        GroupingTarget::Destination => Some(Target::Destination),
        GroupingTarget::Joined(alias) => {
            value.insert("joined_node_alias".to_owned(), alias.as_str().into());
            Some(Target::Joined)
        }
    };
    if let Some(target) = target {
        value.insert("target".to_owned(), GROUPING_TARGET.prefixed(target).into());
    }
    Value::Object(value)
}

/// What names users and managers has a default where it is not given, or empty.
fn identity_provider(value: &Object<'_>) -> IdentityProvider {
    let usual = IdentityProvider::built_in(Origin::Certification);
    let enabled = value.flag("enabled").unwrap_or(usual.enabled);
    let Some(idp) = value.object("idp") else { return IdentityProvider { enabled, ..usual } };
    let text = |name: &str, usual: String| idp.text(name, MAX_TEXT).filter(|text| !text.is_empty()).unwrap_or(usual);
    IdentityProvider {
        enabled,
        user_type: text("user_type", usual.user_type),
        instance_id: text("instance_id", usual.instance_id),
        user_identity_property: text("user_identity_property", usual.user_identity_property),
        instance_id_property: text("instance_id_property", usual.instance_id_property),
        manager_identity_property: text("manager_identity_property", usual.manager_identity_property),
    }
}

/// What holds of a setting.
#[must_use]
pub fn encode(view: &SettingView) -> Value {
    let mut answer = fields(&view.value);
    if let Chosen::Expiration(expiration) = &view.value {
        answer.insert("setting".to_owned(), expiration::encode(expiration));
    }
    if view.value.setting() == Setting::ReviewerExports {
        let workflow = view.scope.map(|workflow| workflow.to_string()).unwrap_or_default();
        answer.insert("workflow_id".to_owned(), workflow.into());
    }
    Value::Object(answer)
}

/// The answer to storing a value: some settings show it, others say nothing.
#[must_use]
pub fn encode_stored(view: &SettingView) -> Value {
    match view.value.setting() {
        Setting::PredefinedNotes
        | Setting::ReviewerExports
        | Setting::RowGrouping
        | Setting::Outliers
        | Setting::IdentityProvider
        | Setting::Webhook => json!({}),
        Setting::Completion
        | Setting::AutoComplete
        | Setting::Overdue
        | Setting::Acknowledgement
        | Setting::Expiration
        | Setting::SelfReview
        | Setting::UiCustomization
        | Setting::Columns
        | Setting::ViewSort => encode(view),
    }
}

fn fields(value: &Chosen) -> Map<String, Value> {
    Map::from_iter([("value".to_owned(), plain(value))])
}

/// A value as it stands under `value`.
fn plain(value: &Chosen) -> Value {
    match value {
        Chosen::Completion(rule) => COMPLETION_RULE.prefixed(*rule).into(),
        Chosen::AutoComplete(choice) => AUTO_COMPLETE.prefixed(*choice).into(),
        Chosen::Overdue(overdue) => (*overdue == OverdueReviews::Expire).into(),
        Chosen::Acknowledgement(choice) => ACKNOWLEDGEMENT.prefixed(*choice).into(),
        Chosen::Expiration(expiration) => expiration::name(expiration.undecided).into(),
        Chosen::SelfReview(choice) => SELF_REVIEW.prefixed(*choice).into(),
        Chosen::UiCustomization(ui) => json!({
            "accept_notes_behavior": NOTES_BEHAVIOR.name(ui.accept_notes),
            "reject_notes_behavior": NOTES_BEHAVIOR.name(ui.reject_notes),
            "approve_and_sign_off_button_behavior": SIGN_OFF_BUTTON.name(ui.sign_off_button),
            "diff_dropdown_behavior": DIFF_DROPDOWN.name(ui.diff_dropdown),
        }),
        Chosen::Columns(columns) => encode_columns(columns),
        Chosen::ViewSort(ViewSort { order_by }) => json!({ "order_by": order_by }),
        Chosen::PredefinedNotes(PredefinedNotes { reject, accept }) => {
            json!({ "reject_notes": reject, "accept_notes": accept })
        }
        Chosen::ReviewerExports(ReviewerExports { csv, pdf, xlsx }) => {
            json!({ "allow_csv_exports": csv, "allow_pdf_exports": pdf, "allow_xlsx_exports": xlsx })
        }
        Chosen::RowGrouping(RowGrouping { column, expanded }) => {
            let column = column.as_deref().unwrap_or_default();
            json!({ "group_by_column": column, "expand_groups_by_default": expanded })
        }
        Chosen::Outliers(OutlierDetection { grouping, threshold }) => json!({
            "grouping_properties": grouping.iter().map(encode_property).collect::<Vec<_>>(),
            "threshold": threshold,
        }),
        Chosen::Webhook(webhook) => encode_webhook(webhook.as_ref()),
        Chosen::IdentityProvider(provider) => json!({
            "enabled": provider.enabled,
            "idp": {
                "user_type": provider.user_type,
                "instance_id": provider.instance_id,
                "user_identity_property": provider.user_identity_property,
                "instance_id_property": provider.instance_id_property,
                "manager_identity_property": provider.manager_identity_property,
            },
        }),
    }
}

/// Where a receiver is and what it hears of. The secret is nobody's business.
fn encode_webhook(webhook: Option<&Webhook>) -> Value {
    let events: Vec<&str> = webhook.iter().flat_map(|webhook| &webhook.occasions).map(|it| it.name()).collect();
    let url = webhook.map_or("", |webhook| webhook.url.as_str());
    json!({ "url": url, "events": events, "enabled": webhook.is_some_and(|webhook| webhook.enabled) })
}

/// Nothing hidden is not mentioned.
fn encode_columns(columns: &ColumnSettings) -> Value {
    let ColumnSettings { shown, hidden } = columns;
    let mut value = Map::from_iter([("default_ordered_columns".to_owned(), json!(shown))]);
    if !hidden.is_empty() {
        value.insert("hide_from_reviewers_columns".to_owned(), json!(hidden));
    }
    Value::Object(value)
}

/// Reads behind which workflow the list of all columns goes on.
///
/// # Errors
/// A token that no answer gave.
pub fn columns_after(query: &Pairs) -> Result<Option<WorkflowId>, Error> {
    let token = query.get("page_token").unwrap_or_default();
    if token.is_empty() {
        return Ok(None);
    }
    token.parse().map(Some).map_err(|_| Error::invalid("page_token", "is not a token of this list"))
}

/// The columns of everything, and of the first workflows that have their own, at most `limit`. Where there are more, the token
/// says where to go on.
#[must_use]
pub fn encode_all_columns(all: &AllColumns, limit: usize) -> Value {
    let own = |(workflow, columns): &(WorkflowId, ColumnSettings)| json!({ "workflow_id": workflow.to_string(), "settings": encode_columns(columns) });
    let shown = all.workflows.get(..limit).unwrap_or(&all.workflows);
    let workflows: Vec<_> = shown.iter().map(own).collect();
    let global = encode_columns(&all.everything);
    let last = shown.last().filter(|_| all.more || shown.len() < all.workflows.len());
    match last {
        Some((last, _)) => {
            json!({ "global_settings": global, "workflow_settings": workflows, "next_page_token": last.to_string() })
        }
        None => json!({ "global_settings": global, "workflow_settings": workflows }),
    }
}

/// Everything that rules a review, by the names of settings; what is of interest to administrators only is left out.
#[must_use]
pub fn encode_effective(settings: &Settings) -> Value {
    let shown = Setting::ALL.iter().filter(|setting| setting.is_shown_to_everybody());
    let value: Map<String, Value> =
        shown.map(|setting| (setting.name().to_owned(), plain(&settings.value(*setting)))).collect();
    json!({ "value": value })
}

#[cfg(test)]
mod tests;
