//! Columns of nodes that stand beside one another only in a row: gathers what many nodes say, from the blocks they are
//! stored in, into columns of one block of rows.

use std::collections::BTreeSet;

use columns::{
    AnyBuilder, BoolBuilder, Cell, Column, DataType, FloatBuilder, IntBuilder, ListBuilder, TextBuilder, TimeBuilder,
};
use domain::inventory::Family;

use crate::loading::graph::{Chunk, Graph, NONE};

/// Name of the data source's id beside a node's own columns.
const SOURCE_ID: &str = "datasource_id";
/// Name of the data source's name beside a node's own columns.
const SOURCE_NAME: &str = "datasource_name";
/// The kind of system: of the node, else of its data source.
const PLATFORM: &str = "platform";

/// All columns `<scope>.<name>` of `nodes`, one row each; [`NONE`] gives a row without values. Names without any value
/// are left out. The order of columns is that of their names.
pub(crate) fn gather(graph: &Graph, scope: &str, nodes: &[u32]) -> Vec<Column> {
    gather_some(graph, scope, nodes, |_| true)
}

/// The same, of the columns that are `wanted`, by their full names.
pub(crate) fn gather_some(graph: &Graph, scope: &str, nodes: &[u32], wanted: impl Fn(&str) -> bool) -> Vec<Column> {
    let places: Vec<Option<(&Chunk, usize)>> =
        nodes.iter().map(|node| if *node == NONE { None } else { graph.chunk(*node) }).collect();
    let mut chunks: Vec<&Chunk> = places.iter().flatten().map(|(chunk, _)| *chunk).collect();
    chunks.sort_by_key(|chunk| chunk.first);
    chunks.dedup_by_key(|chunk| chunk.first);
    let mut names: BTreeSet<&str> = chunks
        .iter()
        .flat_map(|chunk| chunk.batch.columns().iter().map(|column| column.name.as_str()))
        .filter(|name| wanted(&format!("{scope}.{name}")))
        .collect();
    for own in [SOURCE_ID, SOURCE_NAME, PLATFORM] {
        names.remove(own);
    }
    let rows: Vec<Option<(usize, usize)>> = places
        .iter()
        .map(|place| {
            let (chunk, row) = (*place)?;
            Some((chunks.binary_search_by_key(&chunk.first, |held| held.first).ok()?, row))
        })
        .collect();
    let mut columns: Vec<Column> = names
        .into_iter()
        .map(|name| {
            let held: Vec<Option<&Column>> = chunks.iter().map(|chunk| chunk.batch.column(name)).collect();
            let cell = |place: &Option<(usize, usize)>| {
                let (chunk, row) = (*place)?;
                (*held.get(chunk)?)?.cell(row)
            };
            collect(format!("{scope}.{name}"), &common_type(&held), rows.iter().map(cell))
        })
        .collect();
    columns.extend(origin_columns(graph, scope, &places).into_iter().filter(|column| wanted(&column.name)));
    columns.retain(|column| column.absent() < column.rows());
    columns
}

/// What the data sources of the nodes say about them.
fn origin_columns(graph: &Graph, scope: &str, places: &[Option<(&Chunk, usize)>]) -> Vec<Column> {
    let (mut ids, mut names, mut platforms) = (TextBuilder::new(), TextBuilder::new(), TextBuilder::new());
    for place in places {
        let origin = place.and_then(|(chunk, _)| graph.origins().get(chunk.origin));
        ids.push(origin.map(|origin| origin.id.as_str()));
        names.push(origin.map(|origin| origin.name.as_str()));
        platforms.push(place.and_then(|(chunk, row)| platform(graph, chunk, row)));
    }
    [(SOURCE_ID, ids), (SOURCE_NAME, names), (PLATFORM, platforms)]
        .into_iter()
        .map(|(name, column)| column.finish(format!("{scope}.{name}")))
        .collect()
}

/// The kind of system a node belongs to: what it says itself, else, for what lives in a system, its data source's.
pub(crate) fn platform<'a>(graph: &'a Graph, chunk: &'a Chunk, row: usize) -> Option<&'a str> {
    let own = chunk.batch.text(PLATFORM, row).filter(|text| !text.trim().is_empty());
    let of_source = || match chunk.family {
        Family::Account | Family::Role | Family::Application => {
            graph.origins().get(chunk.origin).map(|origin| origin.platform.as_str()).filter(|text| !text.is_empty())
        }
        Family::Identity | Family::Group | Family::Resource | Family::Classification => None,
    };
    own.or_else(of_source)
}

/// The type that all columns share; `None` when they differ.
fn common_type(columns: &[Option<&Column>]) -> Option<DataType> {
    let mut types = columns.iter().flatten().map(|column| column.data.data_type());
    let first = types.next()?;
    types.all(|other| other == first).then_some(first)
}

/// A column of these cells. Cells of mixed types meet in the widest one.
fn collect<'a>(name: String, kind: &Option<DataType>, cells: impl Iterator<Item = Option<Cell<'a>>>) -> Column {
    macro_rules! plain {
        ($builder:ty, $variant:path) => {{
            let mut builder = <$builder>::new();
            for cell in cells {
                builder.push(if let Some($variant(value)) = cell { Some(value) } else { None });
            }
            builder.finish(name)
        }};
    }
    match kind {
        Some(DataType::Bool) => plain!(BoolBuilder, Cell::Bool),
        Some(DataType::Int) => plain!(IntBuilder, Cell::Int),
        Some(DataType::Float) => plain!(FloatBuilder, Cell::Float),
        Some(DataType::Time) => plain!(TimeBuilder, Cell::Time),
        Some(DataType::Text) => plain!(TextBuilder, Cell::Text),
        Some(DataType::TextList) => {
            let mut builder = ListBuilder::new();
            for cell in cells {
                match cell {
                    Some(Cell::List(texts)) => builder.push(Some(texts.iter())),
                    Some(_) | None => builder.push_absent(),
                }
            }
            builder.finish(name)
        }
        None => {
            let mut builder = AnyBuilder::new();
            for cell in cells {
                builder.push(cell.map(owned));
            }
            builder.finish(name)
        }
    }
}

/// A cell as a value that owns its text.
pub(crate) fn owned(cell: Cell<'_>) -> columns::Value {
    match cell {
        Cell::Bool(value) => columns::Value::Bool(value),
        Cell::Int(value) => columns::Value::Int(value),
        Cell::Float(value) => columns::Value::Float(value),
        Cell::Time(value) => columns::Value::Time(value),
        Cell::Text(value) => columns::Value::Text(value.to_owned()),
        Cell::List(values) => columns::Value::List(values.iter().map(str::to_owned).collect()),
    }
}
