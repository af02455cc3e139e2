//! A picture as columns and back.
//!
//! Nodes of a family lie together in blocks, in the picture's order. An attribute may have values of different types in
//! different nodes, so a column stands for a name *and* a type: `t:department` holds the texts, `i:department` the whole
//! numbers of that name. Times are kept to the millisecond.

use std::collections::BTreeMap;

use columns::{
    Batch, BatchError, BlockError, BoolBuilder, Cell, Column, FloatBuilder, IntBuilder, ListBuilder, Options,
    TextBuilder, TimeBuilder,
};
use domain::inventory::{Edge, Family, Node, PermissionSet, Value};
use jiff::Timestamp;

/// How many nodes, edges and permission sets a block holds.
pub(super) const NODES: usize = 2_048;
pub(super) const EDGES: usize = 16_384;
pub(super) const SETS: usize = 2_048;

/// Why a picture cannot be packed or unpacked.
#[derive(Debug, thiserror::Error)]
pub(super) enum PackError {
    #[error(transparent)]
    Batch(#[from] BatchError),
    #[error(transparent)]
    Block(#[from] BlockError),
    #[error("the column `{0}` is missing or of another type")]
    Column(&'static str),
    #[error("a number is out of range")]
    Range,
}

/// Columns of one name and type, filled row by row; rows without a value are padded.
struct Growing<B> {
    builder: B,
    rows: usize,
}

macro_rules! growing {
    ($builder:ident, $value:ty) => {
        impl Growing<$builder> {
            fn put(&mut self, row: usize, value: $value) {
                while self.rows < row {
                    self.builder.push(None);
                    self.rows += 1;
                }
                self.builder.push(Some(value));
                self.rows += 1;
            }

            fn finish(mut self, name: String, rows: usize) -> Column {
                while self.rows < rows {
                    self.builder.push(None);
                    self.rows += 1;
                }
                self.builder.finish(name)
            }
        }

        impl Default for Growing<$builder> {
            fn default() -> Self {
                Self { builder: $builder::new(), rows: 0 }
            }
        }
    };
}

growing!(BoolBuilder, bool);
growing!(IntBuilder, i64);
growing!(FloatBuilder, f64);
growing!(TimeBuilder, i64);

#[derive(Default)]
struct Attributes<'a> {
    bools: BTreeMap<&'a str, Growing<BoolBuilder>>,
    ints: BTreeMap<&'a str, Growing<IntBuilder>>,
    floats: BTreeMap<&'a str, Growing<FloatBuilder>>,
    times: BTreeMap<&'a str, Growing<TimeBuilder>>,
    texts: BTreeMap<&'a str, Vec<Option<&'a str>>>,
    lists: BTreeMap<&'a str, Vec<Option<&'a [String]>>>,
}

fn put_sparse<T>(column: &mut Vec<Option<T>>, row: usize, value: T) {
    column.resize_with(row, || None);
    column.push(Some(value));
}

impl<'a> Attributes<'a> {
    fn put(&mut self, row: usize, name: &'a str, value: &'a Value) {
        match value {
            Value::Bool(value) => self.bools.entry(name).or_default().put(row, *value),
            Value::Int(value) => self.ints.entry(name).or_default().put(row, *value),
            Value::Float(value) => self.floats.entry(name).or_default().put(row, *value),
            Value::Time(value) => self.times.entry(name).or_default().put(row, value.as_millisecond()),
            Value::Text(value) => put_sparse(self.texts.entry(name).or_default(), row, value.as_str()),
            Value::List(value) => put_sparse(self.lists.entry(name).or_default(), row, value.as_slice()),
        }
    }

    fn finish(self, rows: usize) -> Vec<Column> {
        let mut columns = Vec::new();
        columns.extend(self.bools.into_iter().map(|(name, column)| column.finish(format!("b:{name}"), rows)));
        columns.extend(self.ints.into_iter().map(|(name, column)| column.finish(format!("i:{name}"), rows)));
        columns.extend(self.floats.into_iter().map(|(name, column)| column.finish(format!("f:{name}"), rows)));
        columns.extend(self.times.into_iter().map(|(name, column)| column.finish(format!("m:{name}"), rows)));
        columns.extend(self.texts.into_iter().map(|(name, values)| texts(format!("t:{name}"), values, rows)));
        columns.extend(self.lists.into_iter().map(|(name, values)| lists(format!("l:{name}"), values, rows)));
        columns
    }
}

fn texts(name: impl Into<String>, values: Vec<Option<&str>>, rows: usize) -> Column {
    let mut builder = TextBuilder::new();
    let padding = rows.saturating_sub(values.len());
    values.into_iter().for_each(|value| builder.push(value));
    (0..padding).for_each(|_| builder.push(None));
    builder.finish(name)
}

fn lists(name: impl Into<String>, values: Vec<Option<&[String]>>, rows: usize) -> Column {
    let mut builder = ListBuilder::new();
    let padding = rows.saturating_sub(values.len());
    values.into_iter().for_each(|value| builder.push(value.map(|list| list.iter().map(String::as_str))));
    (0..padding).for_each(|_| builder.push(None::<std::iter::Empty<&str>>));
    builder.finish(name)
}

fn ints(name: &str, values: impl Iterator<Item = u32>) -> Column {
    let mut builder = IntBuilder::new();
    values.for_each(|value| builder.push(Some(i64::from(value))));
    builder.finish(name)
}

pub(super) fn pack_nodes(nodes: &[Node]) -> Result<Vec<u8>, PackError> {
    let rows = nodes.len();
    let mut attributes = Attributes::default();
    for (row, node) in nodes.iter().enumerate() {
        node.attributes.iter().for_each(|(name, value)| attributes.put(row, name, value));
    }
    let mut columns = vec![
        texts("id", nodes.iter().map(|node| Some(node.id.as_str())).collect(), rows),
        texts("name", nodes.iter().map(|node| Some(node.name.as_str())).collect(), rows),
        texts("type", nodes.iter().map(|node| Some(node.node_type.as_str())).collect(), rows),
    ];
    columns.extend(attributes.finish(rows));
    Ok(columns::encode(&Batch::of(rows, columns)?, &Options::default())?)
}

pub(super) fn unpack_nodes(family: Family, bytes: &[u8]) -> Result<Vec<Node>, PackError> {
    let batch = columns::decode(bytes)?;
    let column = |name: &'static str| batch.column(name).ok_or(PackError::Column(name));
    let (ids, names, types) = (column("id")?, column("name")?, column("type")?);
    let mut nodes = Vec::with_capacity(batch.rows());
    for row in 0..batch.rows() {
        nodes.push(Node {
            family,
            id: ids.text(row).ok_or(PackError::Column("id"))?.to_owned(),
            name: names.text(row).ok_or(PackError::Column("name"))?.to_owned(),
            node_type: types.text(row).ok_or(PackError::Column("type"))?.to_owned(),
            attributes: BTreeMap::new(),
        });
    }
    for column in batch.columns() {
        let Some((_, name)) = column.name.split_once(':') else { continue };
        for (row, node) in nodes.iter_mut().enumerate() {
            if let Some(cell) = column.cell(row) {
                node.attributes.insert(name.to_owned(), value_of(cell)?);
            }
        }
    }
    Ok(nodes)
}

fn value_of(cell: Cell<'_>) -> Result<Value, PackError> {
    Ok(match cell {
        Cell::Bool(value) => Value::Bool(value),
        Cell::Int(value) => Value::Int(value),
        Cell::Float(value) => Value::Float(value),
        Cell::Time(ms) => Value::Time(Timestamp::from_millisecond(ms).map_err(|_| PackError::Range)?),
        Cell::Text(value) => Value::Text(value.to_owned()),
        Cell::List(values) => Value::List(values.iter().map(str::to_owned).collect()),
    })
}

pub(super) fn pack_edges(edges: &[Edge]) -> Result<Vec<u8>, PackError> {
    let columns = [
        ints("from", edges.iter().map(|edge| edge.from)),
        ints("to", edges.iter().map(|edge| edge.to)),
        ints("permissions", edges.iter().map(|edge| edge.permissions)),
    ];
    Ok(columns::encode(&Batch::of(edges.len(), columns)?, &Options::default())?)
}

pub(super) fn unpack_edges(bytes: &[u8]) -> Result<Vec<Edge>, PackError> {
    let batch = columns::decode(bytes)?;
    let column = |name: &'static str| batch.column(name).ok_or(PackError::Column(name));
    let (from, to, permissions) = (column("from")?, column("to")?, column("permissions")?);
    let number =
        |column: &Column, row| column.int(row).and_then(|value| u32::try_from(value).ok()).ok_or(PackError::Range);
    let edge =
        |row| Ok(Edge { from: number(from, row)?, to: number(to, row)?, permissions: number(permissions, row)? });
    (0..batch.rows()).map(edge).collect()
}

pub(super) fn pack_sets(sets: &[PermissionSet]) -> Result<Vec<u8>, PackError> {
    let rows = sets.len();
    let columns = [
        lists("raw", sets.iter().map(|set| Some(set.raw.as_slice())).collect(), rows),
        lists("effective", sets.iter().map(|set| Some(set.effective.as_slice())).collect(), rows),
    ];
    Ok(columns::encode(&Batch::of(rows, columns)?, &Options::default())?)
}

pub(super) fn unpack_sets(bytes: &[u8]) -> Result<Vec<PermissionSet>, PackError> {
    let batch = columns::decode(bytes)?;
    let column = |name: &'static str| batch.column(name).ok_or(PackError::Column(name));
    let (raw, effective) = (column("raw")?, column("effective")?);
    let list = |column: &Column, row| -> Vec<String> {
        column.list(row).map(|list| list.iter().map(str::to_owned).collect()).unwrap_or_default()
    };
    Ok((0..batch.rows()).map(|row| PermissionSet { raw: list(raw, row), effective: list(effective, row) }).collect())
}
