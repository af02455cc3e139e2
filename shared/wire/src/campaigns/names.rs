//! What attributes are called in the query builder.

/// What the query builder calls an attribute of the account.
pub(super) fn name_of(attribute: &str) -> &str {
    match attribute {
        "name" => "account_name",
        "mfa_enabled" => "mfa_status",
        "datasource_name" => "data_source_name",
        other => other,
    }
}
