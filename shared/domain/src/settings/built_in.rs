//! What holds where nothing is stored.

use super::Origin;

/// A type of values that holds something even where nothing is stored.
pub trait BuiltIn {
    /// What holds for reviews of this origin where nothing is stored.
    fn built_in(origin: Origin) -> Self;
}
