//! With whom somebody's access is compared.

use super::Origin;
use super::built_in::BuiltIn;

/// The most properties that a group is formed by.
pub const MAX_PROPERTIES: usize = 20;

/// With whom access is compared, and up to what it is rare.
#[derive(Debug, Clone, PartialEq)]
pub struct OutlierDetection {
    /// Rows that agree in all of these are compared; all rows where there are none. A row that lacks one is not judged.
    pub grouping: Vec<GroupingProperty>,
    /// Up to which lower bound of the share of holders an access is an outlier: 0 to 1.
    pub threshold: f64,
}

/// A property by which comparable rows are told.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GroupingProperty {
    /// The attribute.
    pub name: String,
    /// Whose.
    pub target: GroupingTarget,
}

/// Whose property it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum GroupingTarget {
    /// It was not said: the source's.
    Unspecified,
    /// The source's.
    Source,
    /// The destination's.
    Destination,
    /// That of the node that is joined to the row under this alias.
    Joined(String),
}

impl BuiltIn for OutlierDetection {
    fn built_in(_: Origin) -> Self {
        let manager =
            GroupingProperty { name: "manager_idp_unique_id".to_owned(), target: GroupingTarget::Unspecified };
        Self { grouping: vec![manager], threshold: 0.15 }
    }
}
