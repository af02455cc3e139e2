//! What the columns of a file mean, by their names.

use super::Table;
use crate::attributes::{self, Attribute, Kind};
use crate::values;

/// What a column is for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Column {
    /// Something that the file's own code reads, by this name.
    Key(&'static str),
    /// An attribute.
    Attribute(Attribute),
    /// A custom property, by its attribute name.
    Custom(String),
    /// Known, and of no use here.
    Known,
    /// Not known.
    Unknown,
}

/// Names as they are compared: lower case, without blanks, underscores and hyphens.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-' | '\u{feff}'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Columns that each file reads itself, with their other names (plain spelling), the best first.
fn keys(table: Table) -> &'static [(&'static str, &'static [&'static str])] {
    match table {
        Table::Applications => {
            &[("application_id", &["applicationid", "id", "appid"]), ("name", &["name", "applicationname"])]
        }
        Table::Owners => &[
            ("owner_id", &["ownerid", "id", "identity", "uniqueid", "employeeid"]),
            ("name", &["name", "fullname", "displayname"]),
            ("first_name", &["firstname", "givenname"]),
            ("last_name", &["lastname", "familyname", "surname"]),
            ("manager_id", &["managerid", "manager"]),
            ("employee_number", &["employeenumber"]),
        ],
        Table::Groups => &[
            ("group_id", &["groupid", "id"]),
            ("name", &["name", "groupname"]),
            ("parent_group_id", &["parentgroupid", "parentgroup", "parent", "parentgroups"]),
        ],
        Table::Accounts => &[
            ("account_id", &["accountid", "userid", "id"]),
            ("account_name", &["accountname", "username", "login", "name"]),
            ("application", &["application", "applicationid", "applicationname", "app"]),
            ("first_name", &["firstname", "givenname"]),
            ("last_name", &["lastname", "familyname", "surname"]),
            ("owner_id", &["ownerid", "owner"]),
            ("status", &["status", "active", "isactive", "enabled", "accountstatus"]),
            ("groups", &["groups", "group"]),
            ("roles", &["roles", "role"]),
        ],
        Table::Memberships => &[
            ("group_id", &["groupid", "group", "groupname"]),
            ("account_id", &["accountid", "userid", "id", "username", "accountname"]),
        ],
        Table::Entitlements => &[
            ("account_id", &["accountid", "userid", "id", "username", "accountname"]),
            ("group_id", &["groupid", "group", "groupname"]),
            ("application", &["applicationid", "application", "applicationname", "app"]),
            ("role", &["role", "rolename", "roleid"]),
            ("permission", &["permission", "permissionname"]),
            ("resource", &["resource", "resourceid", "resourcename"]),
        ],
    }
}

fn attributes(table: Table) -> &'static [Attribute] {
    match table {
        Table::Applications => attributes::APPLICATION,
        Table::Owners => attributes::OWNER,
        Table::Groups => attributes::GROUP,
        Table::Accounts => attributes::ACCOUNT,
        Table::Memberships | Table::Entitlements => &[],
    }
}

/// Other names of attributes, in plain spelling.
const ALIASES: &[(&str, &str)] = &[
    ("emailaddress", "email"),
    ("mail", "email"),
    ("workemail", "email"),
    ("alternativeemail", "alternative_emails"),
    ("fullname", "display_name"),
    ("jobtitle", "title"),
    ("lastlogin", "last_login_at"),
    ("lastsignin", "last_login_at"),
    ("created", "created_at"),
    ("passwordlastchangedat", "password_changed_at"),
    ("passwordchanged", "password_changed_at"),
    ("expires", "expires_at"),
    ("mfa", "mfa_enabled"),
    ("mfastatus", "mfa_enabled"),
    ("isprivileged", "privileged"),
    ("isadmin", "privileged"),
    ("usertype", "account_type"),
    ("datetimeterminated", "end_date"),
    ("dateterminated", "end_date"),
    ("account", "user_name"),
    ("employmenttype", "owner_type"),
    ("terminationdate", "end_date"),
    ("active", "is_active"),
    ("employmentstatus", "status"),
];

/// The meaning of each column, left to right. `Err` holds the number of a column (from 1) that says the same as one
/// before it, with the name of that.
pub(super) fn columns(table: Table, names: &[&str]) -> Result<Vec<Column>, (usize, String)> {
    let plain_names: Vec<String> = names.iter().map(|name| plain(name)).collect();
    let mut found: Vec<Column> = vec![Column::Unknown; names.len()];
    // The best spelling of each key that the file has: with `id` and `user_name`, the first is the id.
    for (key, spellings) in keys(table) {
        let position = spellings.iter().find_map(|spelling| plain_names.iter().position(|name| name == spelling));
        let column = position.and_then(|position| found.get_mut(position));
        if let Some(column) = column.filter(|column| **column == Column::Unknown) {
            *column = Column::Key(key);
        }
    }
    for ((column, name), raw) in found.iter_mut().zip(&plain_names).zip(names) {
        if *column == Column::Unknown {
            *column = meaning(table, name, raw);
        }
    }
    for (index, column) in found.iter().enumerate() {
        let before = found.iter().take(index).position(|other| other == column);
        if let (Some(before), false) = (before, matches!(column, Column::Unknown | Column::Known)) {
            return Err((index + 1, names.get(before).map(|name| name.trim().to_owned()).unwrap_or_default()));
        }
    }
    Ok(found)
}

fn meaning(table: Table, name: &str, raw: &str) -> Column {
    let raw = raw.trim();
    if raw.to_ascii_lowercase().starts_with("custom_") || raw.to_ascii_lowercase().starts_with("custom ") {
        let rest = raw.get("custom_".len()..).unwrap_or_default().replace([' ', '-'], "_");
        return values::custom_name(&rest).map_or(Column::Unknown, Column::Custom);
    }
    let is = |attribute: &&Attribute, name: &str| plain(attribute.field) == name;
    let by_alias = ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, field)| plain(field));
    let table_attributes = attributes(table);
    let attribute = table_attributes.iter().find(|attribute| is(attribute, name)).or_else(|| {
        table_attributes.iter().find(|attribute| by_alias.as_deref().is_some_and(|alias| is(attribute, alias)))
    });
    match attribute {
        Some(attribute) => Column::Attribute(*attribute),
        None if table == Table::Entitlements && matches!(name, "grantedat" | "grantedby") => Column::Known,
        None => Column::Unknown,
    }
}

/// Whether an attribute holds one value. First rows win for these; lists grow.
pub(super) fn single(kind: Kind) -> bool {
    kind != Kind::Texts
}
