//! The attributes that formats share: what a field is called, what type it has, and where it goes.
//!
//! One table per kind of entity. The full picture reads them as JSON fields, CSV as columns; a field that is spelled
//! differently from the attribute it fills stands here once.

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A text, kept as it is.
    Text,
    /// A text that other code compares with known words: kept in lower case.
    Word,
    /// A boolean.
    Flag,
    /// A time.
    Time,
    /// A list of texts; `;` separates them in CSV.
    Texts,
}

/// One field of an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attribute {
    /// Its name in JSON, and in CSV but for case, blanks and underscores.
    pub(crate) field: &'static str,
    /// The attribute it becomes.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
}

const fn text(name: &'static str) -> Attribute {
    Attribute { field: name, name, kind: Kind::Text }
}

const fn word(name: &'static str) -> Attribute {
    Attribute { field: name, name, kind: Kind::Word }
}

const fn flag(name: &'static str) -> Attribute {
    Attribute { field: name, name, kind: Kind::Flag }
}

const fn time(name: &'static str) -> Attribute {
    Attribute { field: name, name, kind: Kind::Time }
}

const fn texts(name: &'static str) -> Attribute {
    Attribute { field: name, name, kind: Kind::Texts }
}

/// A person.
pub(crate) const OWNER: &[Attribute] = &[
    text("email"),
    texts("alternative_emails"),
    text("user_name"),
    text("employee_number"),
    text("title"),
    text("department"),
    text("division"),
    text("cost_center"),
    text("location"),
    text("manager_id"),
    text("owner_type"),
    word("status"),
    flag("is_active"),
    time("start_date"),
    time("end_date"),
];

/// An account. `application_id`, groups and roles are read apart, because they lead to other entities.
pub(crate) const ACCOUNT: &[Attribute] = &[
    text("email"),
    text("display_name"),
    word("account_type"),
    word("status"),
    flag("privileged"),
    flag("mfa_enabled"),
    text("department"),
    text("title"),
    text("platform"),
    text("owner_id"),
    time("created_at"),
    time("last_login_at"),
    time("password_changed_at"),
    flag("password_never_set"),
    time("expires_at"),
    texts("identities"),
    texts("classifications"),
    texts("owner_ids"),
];

/// An application.
pub(crate) const APPLICATION: &[Attribute] = &[
    text("description"),
    text("owner"),
    text("criticality"),
    text("platform"),
    text("environment"),
    text("data_classification"),
    text("url"),
    texts("classifications"),
    texts("owner_ids"),
];

/// A group.
pub(crate) const GROUP: &[Attribute] = &[
    flag("is_high_privilege"),
    Attribute { field: "is_privileged", name: "is_high_privilege", kind: Kind::Flag },
    text("group_type"),
    text("description"),
    text("platform"),
    time("created_at"),
    texts("identities"),
    texts("owner_ids"),
];

/// A role. `application_id` is read apart.
pub(crate) const ROLE: &[Attribute] =
    &[text("platform"), text("description"), flag("privileged"), time("created_at"), texts("owner_ids")];

/// A resource. `application_id` and `parent_id` are read apart.
pub(crate) const RESOURCE: &[Attribute] =
    &[text("resource_type"), text("description"), text("criticality"), texts("classifications"), texts("owner_ids")];

/// A classification.
pub(crate) const CLASSIFICATION: &[Attribute] = &[text("description")];
