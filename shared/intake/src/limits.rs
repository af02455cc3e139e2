//! Every bound of the parsers, in one place.
//!
//! They keep one data source inside the memory of one function, and they are far above what real systems hold. Lengths
//! are in bytes of UTF-8. `docs/inventory.md` repeats them for clients.

/// Bytes of one input, after decompression.
pub const MAX_INPUT: usize = 256 * 1024 * 1024;
/// Nodes (people, accounts, groups, roles, applications, resources, classifications) of one data source.
pub const MAX_NODES: usize = 3_000_000;
/// Edges of one data source, after grants on whole trees are expanded.
pub const MAX_EDGES: usize = 20_000_000;
/// Different sets of permissions of one data source.
pub const MAX_PERMISSION_SETS: usize = 1_000_000;
/// Length of an id, together with the prefix it gets.
pub const MAX_ID: usize = 512;
/// Length of a name.
pub const MAX_NAME: usize = 512;
/// Length of a node type, a platform or a permission name.
pub const MAX_LABEL: usize = 256;
/// Length of the name of a custom property.
pub const MAX_CUSTOM_NAME: usize = 100;
/// Length of any other text.
pub const MAX_TEXT: usize = 8 * 1024;
/// Texts in one list attribute, such as `identities`.
pub const MAX_LIST: usize = 1_000;
/// References in one list of an entity, such as its groups, and permissions of one grant.
pub const MAX_REFERENCES: usize = 10_000;
/// Custom properties of one entity.
pub const MAX_CUSTOM: usize = 100;
/// Levels of resources inside resources.
pub const MAX_DEPTH: usize = 32;
/// Columns of a CSV file.
pub const MAX_COLUMNS: usize = 256;
/// Faults that are reported one by one; the rest is only counted.
pub const MAX_FAULTS: usize = 100;
/// Length of the place, and of the text, of a fault or warning: what an input says is quoted up to there.
pub const MAX_REMARK: usize = 300;
/// Warnings that are reported one by one; the rest is only counted.
pub const MAX_WARNINGS: usize = 100;
