//! Typed columns: what is frozen about a certification row or an inventory node, many rows at a time.
//!
//! This crate knows types and bytes, and nothing about access reviews. It offers three things:
//!
//! - **in memory**: [`Batch`], a set of equally long named [`Column`]s, each one typed vector ([`Data`]) and an optional
//!   bitmap of the rows that have a value. Text is dictionary-encoded, so that a predicate compares a string once per
//!   distinct value. Builders ([`BoolBuilder`], [`TextBuilder`], ..., and [`AnyBuilder`] for values whose type is
//!   known only at the end) make columns row by row.
//! - **as bytes**: [`encode`] and [`decode`] turn a batch into one block and back; [`decode_columns`] decodes only the
//!   columns that a reader names. See [`block`](mod@block) for the format.
//! - **as a summary**: a [`ZoneMap`] says enough about a block to skip it without reading it.
//!
//! A missing value is a property of the row (`present`), never a magic value. Columns are shared ([`std::sync::Arc`]):
//! cloning a batch to lay a few changing columns over a cached block copies pointers, not data.

mod any;
mod batch;
mod bits;
pub mod block;
mod build;
mod column;
mod dict;
mod fold;
pub mod zone;

pub use any::{AnyBuilder, Value, format_millis};
pub use batch::{Batch, BatchError};
pub use bits::{Bits, Ones};
pub use block::{BlockError, Options, decode, decode_columns, encode};
pub use build::{BoolBuilder, FloatBuilder, IntBuilder, ListBuilder, TextBuilder, TimeBuilder};
pub use column::{Cell, Column, Data, DataType, Elements};
pub use dict::{Dict, DictBuilder};
pub use fold::fold;
pub use zone::{Bloom, ColumnZone, Texts, Zone, ZoneMap, ZoneOptions, decode_zones, encode_zones};
