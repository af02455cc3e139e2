//! What identifies a resource of a directory.

use std::fmt;
use std::str::FromStr;

/// What kind of resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceKind {
    /// A user.
    User,
    /// A group.
    Group,
}

impl ResourceKind {
    const fn letter(self) -> char {
        match self {
            Self::User => 'u',
            Self::Group => 'g',
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::User => "USER",
            Self::Group => "GROUP",
        }
    }
}

/// The id of a resource: unique in its directory for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId {
    /// What it is.
    pub kind: ResourceKind,
    /// Its number, from 1.
    pub number: u32,
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.kind.letter(), self.number)
    }
}

/// A text that is no id of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the id of a resource")]
pub struct NoResourceId;

impl FromStr for ResourceId {
    type Err = NoResourceId;

    fn from_str(text: &str) -> Result<Self, NoResourceId> {
        let (letter, number) = text.split_once('-').ok_or(NoResourceId)?;
        let kinds = [ResourceKind::User, ResourceKind::Group];
        let kind = kinds.into_iter().find(|kind| letter.chars().eq([kind.letter()])).ok_or(NoResourceId)?;
        let number = number.parse().ok().filter(|found: &u32| *found > 0 && found.to_string() == number);
        Ok(Self { kind, number: number.ok_or(NoResourceId)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written_and_no_other_way() {
        for text in ["u-1", "g-4294967295"] {
            assert_eq!(text.parse::<ResourceId>().unwrap().to_string(), text);
        }
        for text in ["", "u", "u-", "u-0", "u-01", "u-+1", "x-1", "uu-1", "u-4294967296", "1"] {
            assert!(text.parse::<ResourceId>().is_err(), "{text}");
        }
    }
}
