//! Which columns of rows are shown, and which are hidden from reviewers.

use super::Origin;
use super::built_in::BuiltIn;

/// The most names of one list.
pub const MAX_COLUMNS: usize = 200;
/// The most characters of a name.
const MAX_NAME: usize = 200;

/// Columns that every row has, whatever its query.
const FIXED: [&str; 25] = [
    "status",
    "abstract_permissions",
    "concrete_permissions",
    "updated_at",
    "notes",
    "reviewers",
    "decision",
    "decision_by",
    "decision_by_id",
    "decision_by_name",
    "decision_by_email",
    "decision_at",
    "marked_fixed_by_id",
    "marked_fixed_by_name",
    "marked_fixed_by_email",
    "marked_fixed_at",
    "signed_off_state",
    "signed_off_by_id",
    "signed_off_by_name",
    "signed_off_by_email",
    "signed_off_at",
    "notification_status",
    "automation_run_ids",
    "no_decision_or_decision_by",
    "Is_signed_off",
];
/// Scopes of nodes that a query names itself.
const SCOPES: [&str; 4] = ["source", "destination", "waypoint", "path_summary"];
/// Scopes that no node of a query can have.
const RESERVED: [&str; 2] = ["previous", "joined_nodes"];
/// What is shown where nothing else is chosen.
const SHOWN: [&str; 13] = [
    "source.name",
    "source.identity_unique_id",
    "concrete_permissions",
    "idp.on_premises_distinguished_name",
    "idp.name",
    "destination.name",
    "destination.type",
    "reviewers",
    "notes",
    "decision_by",
    "decision_at",
    "notification_status",
    "automation_run_ids",
];

/// What is wrong with the name of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ColumnFault {
    /// Nothing is named.
    #[error("must not be empty")]
    Empty,
    /// Names are separated by these elsewhere.
    #[error("must not contain spaces or commas")]
    Separator,
    /// No name has them.
    #[error("must not contain control characters")]
    Control,
    /// Nothing has such a long name.
    #[error("must have at most 200 characters")]
    Long,
    /// No row has such a column.
    #[error(
        "names no column: `source.`, `destination.`, `waypoint.`, `path_summary.` or an alias with an attribute, or a known column"
    )]
    Unknown,
}

/// Which columns are shown, and which are hidden from reviewers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ColumnSettings {
    /// Columns that are shown to everybody, in order.
    pub shown: Vec<String>,
    /// Columns that callers of role reviewer neither see nor may ask about.
    pub hidden: Vec<String>,
}

impl BuiltIn for ColumnSettings {
    fn built_in(_: Origin) -> Self {
        Self { shown: SHOWN.map(str::to_owned).to_vec(), hidden: Vec::new() }
    }
}

impl ColumnSettings {
    /// The name of a column as it is written: one of the known names has two spellings.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn column(name: &str) -> Result<String, ColumnFault> {
        if name.is_empty() {
            return Err(ColumnFault::Empty);
        }
        if name.contains(|c: char| c.is_whitespace() || c == ',') {
            return Err(ColumnFault::Separator);
        }
        if name.contains(char::is_control) {
            return Err(ColumnFault::Control);
        }
        if name.chars().nth(MAX_NAME).is_some() {
            return Err(ColumnFault::Long);
        }
        if name == "is_signed_off" {
            return Ok("Is_signed_off".to_owned());
        }
        if FIXED.contains(&name) || is_attribute(name) { Ok(name.to_owned()) } else { Err(ColumnFault::Unknown) }
    }

    /// Whether reviewers may not see a column.
    #[must_use]
    pub fn hides(&self, column: &str) -> bool {
        self.hidden.iter().any(|hidden| hidden == column)
    }
}

/// A scope, or the alias of a joined node, and an attribute of it.
fn is_attribute(name: &str) -> bool {
    let Some((scope, attribute)) = name.split_once('.') else { return false };
    let named = attribute.split('.').all(|part| !part.is_empty());
    named && (SCOPES.contains(&scope) || is_alias(scope))
}

fn is_alias(scope: &str) -> bool {
    let mut letters = scope.chars();
    letters.next().is_some_and(|first| first.is_ascii_lowercase())
        && letters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !RESERVED.contains(&scope)
}
