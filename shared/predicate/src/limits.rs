//! The bounds of every input. Each is far above what a person writes, and keeps what a program may send cheap.

/// Characters of a filter or rule.
pub const LENGTH: usize = 4_096;
/// Parentheses and negations within one another.
pub const DEPTH: usize = 32;
/// Conditions, connectives and negations of one filter or rule.
pub const NODES: usize = 256;
/// Values of one `IN` list.
pub const LIST: usize = 200;
/// Conditions of the query builder, inclusion and exclusion each.
pub const CONDITIONS: usize = 100;
/// Characters of one value in the query builder.
pub const VALUE: usize = 1_024;
/// Characters of one path.
pub const PATH: usize = 256;
/// Keys of a sort expression.
pub const SORT_KEYS: usize = 16;
/// Faults reported at once.
pub const FAULTS: usize = 20;
