//! Paths to attributes, as filters and changes write them: `name.givenName`, `emails[type eq "work"].value`,
//! `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager`.

use store::scim::ResourceKind;

use super::schema::{self, Attribute, Type};

/// What a path leads to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    /// Whether it stands in the extension.
    pub(super) extension: bool,
    /// The attribute.
    pub(super) attribute: &'static Attribute,
    /// Which entries of a list are meant, as a filter over their parts.
    pub(super) among: Option<String>,
    /// The part of the attribute, or of each entry.
    pub(super) part: Option<&'static Attribute>,
}

impl Place {
    /// What is compared there: the part, or the attribute itself.
    pub(super) fn sought(&self) -> &'static Attribute {
        self.part.unwrap_or(self.attribute)
    }
}

/// Reads a path; `None` when there is no such attribute, `Err` when it cannot be read.
pub(super) fn parse(kind: ResourceKind, path: &str) -> Result<Option<Place>, String> {
    let path = path.trim();
    let (extension, rest) = scope(kind, path);
    let (head, among, tail) = match rest.split_once('[') {
        None => (rest, None, ""),
        Some((head, rest)) => {
            let Some((among, tail)) = rest.rsplit_once(']') else {
                return Err(format!("`{path}` has no closing bracket"));
            };
            (head, Some(among.trim().to_owned()), tail)
        }
    };
    let (name, part) = match (among.is_some(), head.split_once('.')) {
        (false, Some((name, part))) => (name, Some(part)),
        _ => (head, tail.strip_prefix('.')),
    };
    if name.is_empty() || (!tail.is_empty() && !tail.starts_with('.')) || part.is_some_and(str::is_empty) {
        return Err(format!("`{path}` is not a path"));
    }
    let found = match extension {
        true => schema::named(schema::extension(kind).iter(), name),
        false => schema::named(schema::attributes(kind), name),
    };
    let Some(attribute) = found else { return Ok(None) };
    let part = match (part, attribute.kind) {
        (None, _) => None,
        (Some(part), Type::Complex(parts)) => match schema::named(parts.iter(), part) {
            Some(part) => Some(part),
            None => return Ok(None),
        },
        (Some(_), _) => return Ok(None),
    };
    if among.is_some() && !attribute.multi {
        return Err(format!("`{}` is not a list", attribute.name));
    }
    Ok(Some(Place { extension, attribute, among, part }))
}

/// The schema that a path names, if it does, and the rest of it.
fn scope(kind: ResourceKind, path: &str) -> (bool, &str) {
    let behind = |urn: &str| {
        let (head, rest) = path.split_at_checked(urn.len())?;
        if head.eq_ignore_ascii_case(urn) { rest.strip_prefix(':') } else { None }
    };
    match behind(schema::ENTERPRISE).filter(|_| kind == ResourceKind::User) {
        Some(rest) => (true, rest),
        None => (false, behind(schema::core(kind)).unwrap_or(path)),
    }
}

/// Whether a name is that of the extension as a whole.
pub(super) fn is_extension(kind: ResourceKind, name: &str) -> bool {
    kind == ResourceKind::User && name.trim().eq_ignore_ascii_case(schema::ENTERPRISE)
}
