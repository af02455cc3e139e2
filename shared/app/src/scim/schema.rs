//! What users and groups are made of: the attributes that are kept, their types, and which of them clients may set.
//!
//! One table for everything: bodies are read by it, paths and filters are resolved by it, and clients are told of it. What
//! is not in it is ignored.

use store::scim::ResourceKind;

/// The schema of users.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The schema of what enterprises add to users.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// The schema of groups.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// The type of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Text.
    Text,
    /// True or false.
    Flag,
    /// A point in time.
    Time,
    /// Where something is to be found.
    Reference,
    /// Some attributes together.
    Complex(&'static [Attribute]),
}

/// Who may change an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutability {
    /// The client.
    ReadWrite,
    /// Nobody: it follows from others.
    ReadOnly,
    /// Whoever makes what it stands in, once.
    Immutable,
}

/// An attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute {
    /// Its name in its canonical spelling.
    pub name: &'static str,
    /// Its type.
    pub kind: Type,
    /// Whether it is a list.
    pub multi: bool,
    /// Whether it must be there.
    pub required: bool,
    /// Whether letter case tells values apart.
    pub exact: bool,
    /// Who may change it.
    pub mutability: Mutability,
    /// Whether no two resources have the same.
    pub unique: bool,
    /// What it means.
    pub text: &'static str,
}

const fn text(name: &'static str, text: &'static str) -> Attribute {
    Attribute {
        name,
        kind: Type::Text,
        multi: false,
        required: false,
        exact: false,
        mutability: Mutability::ReadWrite,
        unique: false,
        text,
    }
}

const fn flag(name: &'static str, meaning: &'static str) -> Attribute {
    Attribute { kind: Type::Flag, ..text(name, meaning) }
}

const fn group(name: &'static str, parts: &'static [Attribute], meaning: &'static str) -> Attribute {
    Attribute { kind: Type::Complex(parts), ..text(name, meaning) }
}

const fn list(name: &'static str, parts: &'static [Attribute], meaning: &'static str) -> Attribute {
    Attribute { multi: true, ..group(name, parts, meaning) }
}

const fn reference(meaning: &'static str) -> Attribute {
    Attribute { kind: Type::Reference, exact: true, ..text("$ref", meaning) }
}

/// An id of a client or of ours.
const fn exact(attribute: Attribute) -> Attribute {
    Attribute { exact: true, ..attribute }
}

const fn read_only(attribute: Attribute) -> Attribute {
    Attribute { mutability: Mutability::ReadOnly, ..attribute }
}

const fn immutable(attribute: Attribute) -> Attribute {
    Attribute { mutability: Mutability::Immutable, ..attribute }
}

const fn time(name: &'static str, meaning: &'static str) -> Attribute {
    Attribute { kind: Type::Time, ..exact(text(name, meaning)) }
}

const META: &[Attribute] = &[
    exact(text("resourceType", "User or Group")),
    time("created", "When it was made"),
    time("lastModified", "When it changed last"),
    exact(text("version", "Which version it is")),
];

const NAME: &[Attribute] =
    &[text("formatted", "The full name"), text("familyName", "The family name"), text("givenName", "The given name")];

const CONTACT: &[Attribute] = &[
    text("value", "The address or number"),
    text("type", "What it is for: work, home, ..."),
    flag("primary", "Whether it is the one to use"),
];

const MANAGER: &[Attribute] = &[
    exact(text("value", "The id of the manager's user")),
    reference("The manager's user"),
    read_only(text("displayName", "The manager's name")),
];

const GROUPS: &[Attribute] = &[
    read_only(exact(text("value", "The id of the group"))),
    read_only(reference("The group")),
    read_only(text("display", "The name of the group")),
];

const MEMBERS: &[Attribute] = &[
    immutable(exact(text("value", "The id of the user or group"))),
    immutable(reference("The user or group")),
    immutable(text("display", "What people call it")),
    immutable(text("type", "User or Group")),
];

const USER_ATTRIBUTES: &[Attribute] = &[
    Attribute { required: true, unique: true, ..text("userName", "What the user signs in with") },
    group("name", NAME, "The parts of the name"),
    text("displayName", "What people call the user"),
    text("nickName", "What friends call the user"),
    text("title", "The job title"),
    text("userType", "How the user belongs to the company"),
    text("preferredLanguage", "The language to write in"),
    text("locale", "How to write numbers and dates"),
    text("timezone", "Where it is what time"),
    flag("active", "Whether the user may sign in"),
    list("emails", CONTACT, "E-mail addresses"),
    list("phoneNumbers", CONTACT, "Telephone numbers"),
    Attribute { mutability: Mutability::ReadOnly, ..list("groups", GROUPS, "The groups that the user is in") },
];

const ENTERPRISE_ATTRIBUTES: &[Attribute] = &[
    text("employeeNumber", "The number in the human resources"),
    text("costCenter", "Who pays"),
    text("organization", "The company"),
    text("division", "The division"),
    text("department", "The department"),
    group("manager", MANAGER, "Who the user reports to"),
];

const GROUP_ATTRIBUTES: &[Attribute] = &[
    Attribute { required: true, ..text("displayName", "What people call the group") },
    list("members", MEMBERS, "Who is in it"),
];

/// Attributes that every resource has, whatever its schema.
pub const COMMON: &[Attribute] = &[
    read_only(exact(text("id", "Our id"))),
    exact(text("externalId", "The id that the client has for it")),
    read_only(Attribute { kind: Type::Reference, multi: true, ..exact(text("schemas", "What it is made of")) }),
    read_only(group("meta", META, "What we know of it")),
];

/// A schema that clients are told of.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// Its URN.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it describes.
    pub text: &'static str,
    /// Its attributes.
    pub attributes: &'static [Attribute],
}

/// Every schema.
pub const SCHEMAS: [Schema; 3] = [
    Schema { id: USER, name: "User", text: "Somebody who signs in", attributes: USER_ATTRIBUTES },
    Schema {
        id: ENTERPRISE,
        name: "EnterpriseUser",
        text: "What companies know of their users",
        attributes: ENTERPRISE_ATTRIBUTES,
    },
    Schema { id: GROUP, name: "Group", text: "Users and groups together", attributes: GROUP_ATTRIBUTES },
];

/// The schema that resources of a kind have by themselves.
#[must_use]
pub fn core(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::User => USER,
        ResourceKind::Group => GROUP,
    }
}

/// The attributes of a kind of resource that stand in the resource itself.
pub fn attributes(kind: ResourceKind) -> impl Iterator<Item = &'static Attribute> {
    let own = match kind {
        ResourceKind::User => USER_ATTRIBUTES,
        ResourceKind::Group => GROUP_ATTRIBUTES,
    };
    COMMON.iter().chain(own)
}

/// The attributes of the extension of a kind.
pub fn extension(kind: ResourceKind) -> &'static [Attribute] {
    match kind {
        ResourceKind::User => ENTERPRISE_ATTRIBUTES,
        ResourceKind::Group => &[],
    }
}

/// The attribute of a name, in any letter case.
pub fn named<'a>(mut among: impl Iterator<Item = &'a Attribute>, name: &str) -> Option<&'a Attribute> {
    among.find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}
