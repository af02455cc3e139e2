//! What a value has to be like before it is stored.

use std::collections::HashSet;

use delivery::{Reach, Secret, Target};
use domain::settings::{
    ColumnSettings, GroupingTarget, IdentityProvider, MAX_COLUMNS, MAX_NOTE, MAX_NOTES, MAX_PROPERTIES,
    OutlierDetection, PredefinedNotes, RowGrouping, Value, ViewSort,
};
use domain::webhook::{Signing, Webhook};

use crate::error::{Error, Faults};
use crate::review::{SortColumn, SortKey};

/// The most characters of a property's name or the like.
const MAX_WORD: usize = 200;
/// Columns by which rows may be grouped beside those that can be shown.
const GROUPS: [&str; 3] = ["destination.veza_unique_name", "source.veza_unique_name", "risk_level"];

/// The value as it is stored.
///
/// # Errors
/// [`Error::Invalid`] names everything that is wrong, below `value`.
pub(super) fn checked(value: Value, reach: Reach) -> Result<Value, Error> {
    let mut faults = Faults::new();
    let value = match value {
        Value::Columns(columns) => Value::Columns(columns_of(&mut faults, &columns)),
        Value::ViewSort(sort) => {
            if let Err(error) = read(&sort.order_by) {
                faults.add("value.order_by", error);
            }
            Value::ViewSort(sort)
        }
        Value::PredefinedNotes(PredefinedNotes { reject, accept }) => {
            for (name, notes) in [("value.reject_notes", &reject), ("value.accept_notes", &accept)] {
                check_notes(&mut faults, name, notes);
            }
            Value::PredefinedNotes(PredefinedNotes { reject, accept })
        }
        Value::RowGrouping(grouping) => Value::RowGrouping(grouping_of(&mut faults, grouping)),
        Value::Outliers(detection) => {
            check_outliers(&mut faults, &detection);
            Value::Outliers(detection)
        }
        Value::IdentityProvider(provider) => {
            check_provider(&mut faults, &provider);
            Value::IdentityProvider(provider)
        }
        Value::Webhook(webhook) => {
            if let Some(webhook) = &webhook {
                check_webhook(&mut faults, webhook, reach);
            }
            Value::Webhook(webhook)
        }
        Value::Completion(_)
        | Value::AutoComplete(_)
        | Value::Overdue(_)
        | Value::Acknowledgement(_)
        | Value::Expiration(_)
        | Value::SelfReview(_)
        | Value::UiCustomization(_)
        | Value::ReviewerExports(_) => value,
    };
    faults.done()?;
    Ok(value)
}

fn columns_of(faults: &mut Faults, columns: &ColumnSettings) -> ColumnSettings {
    let shown = names_of(faults, "value.default_ordered_columns", &columns.shown);
    let hidden = names_of(faults, "value.hide_from_reviewers_columns", &columns.hidden);
    for (place, name) in hidden.iter().enumerate().filter(|(_, name)| shown.contains(name)) {
        faults.add(format!("value.hide_from_reviewers_columns[{place}]"), format!("{name} is shown to everybody, too"));
    }
    ColumnSettings { shown, hidden }
}

fn names_of(faults: &mut Faults, field: &str, names: &[String]) -> Vec<String> {
    if names.len() > MAX_COLUMNS {
        faults.add(field, format!("must have at most {MAX_COLUMNS} elements"));
    }
    let mut seen = HashSet::new();
    let mut known = Vec::with_capacity(names.len());
    for (place, name) in names.iter().enumerate() {
        match ColumnSettings::column(name) {
            Err(fault) => faults.add(format!("{field}[{place}]"), fault.to_string()),
            Ok(name) if seen.insert(name.clone()) => known.push(name),
            Ok(_) => faults.add(format!("{field}[{place}]"), "is there twice"),
        }
    }
    known
}

fn check_webhook(faults: &mut Faults, webhook: &Webhook, reach: Reach) {
    if let Err(error) = Target::parse(&webhook.url, reach) {
        faults.add("value.url", error.to_string());
    }
    if let Signing::With(secret) = &webhook.signing
        && let Err(error) = Secret::parse(secret)
    {
        faults.add("value.secret", error.to_string());
    }
}

fn check_notes(faults: &mut Faults, field: &str, notes: &[String]) {
    if notes.len() > MAX_NOTES {
        faults.add(field, format!("must have at most {MAX_NOTES} elements"));
    }
    let mut seen = HashSet::new();
    for (place, note) in notes.iter().enumerate() {
        let at = format!("{field}[{place}]");
        if note.trim().is_empty() {
            faults.add(at, "must not be blank");
        } else if note.chars().nth(MAX_NOTE).is_some() {
            faults.add(at, format!("must have at most {MAX_NOTE} characters"));
        } else if note.contains(|letter: char| letter.is_control() && !['\r', '\n'].contains(&letter)) {
            faults.add(at, "must not contain control characters other than ends of lines");
        } else if !seen.insert(note) {
            faults.add(at, "is there twice");
        }
    }
}

/// Without a column there are no groups to be open.
fn grouping_of(faults: &mut Faults, grouping: RowGrouping) -> RowGrouping {
    let Some(name) = grouping.column.filter(|name| !name.is_empty()) else { return RowGrouping::default() };
    if GROUPS.contains(&name.as_str()) {
        return RowGrouping { column: Some(name), expanded: grouping.expanded };
    }
    match ColumnSettings::column(&name) {
        Ok(name) => RowGrouping { column: Some(name), expanded: grouping.expanded },
        Err(fault) => {
            faults.add("value.group_by_column", fault.to_string());
            RowGrouping::default()
        }
    }
}

fn check_outliers(faults: &mut Faults, detection: &OutlierDetection) {
    let OutlierDetection { grouping, threshold } = detection;
    faults.require((0.0..=1.0).contains(threshold), "value.threshold", "must lie between 0.0 and 1.0");
    if grouping.len() > MAX_PROPERTIES {
        faults.add("value.grouping_properties", format!("must have at most {MAX_PROPERTIES} elements"));
    }
    for (place, property) in grouping.iter().enumerate() {
        let at = |name: &str| format!("value.grouping_properties[{place}].{name}");
        let empty = property.name.trim().is_empty();
        faults.require(!empty, &at("property_name"), "must not be empty");
        let alias = match &property.target {
            GroupingTarget::Joined(alias) => alias.as_str(),
            GroupingTarget::Unspecified | GroupingTarget::Source | GroupingTarget::Destination => "",
        };
        for (name, word) in [("property_name", property.name.as_str()), ("joined_node_alias", alias)] {
            check_word(faults, &at(name), word);
        }
    }
}

fn check_provider(faults: &mut Faults, provider: &IdentityProvider) {
    let IdentityProvider { enabled, user_type, .. } = provider;
    faults.require(!enabled || !user_type.is_empty(), "value.idp.user_type", "is required when enabled");
    faults.require(!user_type.contains('/'), "value.idp.user_type", "must not contain a slash");
    let words = [
        ("user_type", user_type),
        ("instance_id", &provider.instance_id),
        ("user_identity_property", &provider.user_identity_property),
        ("instance_id_property", &provider.instance_id_property),
        ("manager_identity_property", &provider.manager_identity_property),
    ];
    for (name, word) in words {
        check_word(faults, &format!("value.idp.{name}"), word);
    }
}

/// A control character takes six bytes where it is stored.
fn check_word(faults: &mut Faults, field: &str, word: &str) {
    if word.chars().nth(MAX_WORD).is_some() {
        faults.add(field, format!("must have at most {MAX_WORD} characters"));
    }
    faults.require(!word.contains(char::is_control), field, "must not contain control characters");
}

/// The order of lists for whom some columns are hidden from: what was chosen, without those.
pub(crate) fn in_sight(sort: &ViewSort, hidden: &[String]) -> ViewSort {
    if hidden.is_empty() {
        return sort.clone();
    }
    let seen = order_of(sort).into_iter().filter(|key| !key.is_hidden(hidden)).filter_map(|key| {
        let SortColumn::Frozen(name) = &key.by else { return None };
        Some(format!("{name} {}", if key.descending { "desc" } else { "asc" }))
    });
    ViewSort { order_by: seen.collect::<Vec<_>>().join(", ") }
}

/// What a stored order sorts by. One that cannot be read any more sorts by nothing but the numbers of rows.
pub(crate) fn order_of(sort: &ViewSort) -> Vec<SortKey> {
    read(&sort.order_by).unwrap_or_default()
}

fn read(text: &str) -> Result<Vec<SortKey>, String> {
    let order = predicate::sort::parse(text, &predicate::places::sortable())
        .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))?;
    let key =
        |key: &predicate::sort::Key| SortKey { by: SortColumn::Frozen(key.column.clone()), descending: key.descending };
    Ok(order.keys().iter().map(key).collect())
}
