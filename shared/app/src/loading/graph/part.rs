//! A stored version as a part of a graph: columns under the names that attributes have.
//!
//! The store keeps a column for every name and type, because nodes may disagree about the type of an attribute. Readers
//! know attributes by name alone, so columns of one name are laid together.

use columns::{AnyBuilder, Batch, BatchError, Column};
use domain::ids::DataSourceId;
use store::inventory::Columns;

use crate::error::Error;
use crate::loading::graph::{Origin, Part};
use crate::loading::paths::scope::owned;

/// A version of a data source as a part of a graph.
///
/// # Errors
/// [`Error::Bug`] when stored columns contradict each other.
pub(crate) fn of(id: &DataSourceId, version: Columns) -> Result<Part, Error> {
    let Columns { name, platform, nodes, edges, permission_sets } = version;
    let nodes: Result<Vec<_>, BatchError> =
        nodes.into_iter().map(|(family, batch)| Ok((family, by_name(&batch)?))).collect();
    let nodes = nodes.map_err(|error| Error::Bug(format!("a version of {id}: {error}")))?;
    Ok(Part { origin: Origin { id: id.clone(), name, platform }, nodes, edges, sets: permission_sets })
}

/// The columns of a stored block under the names of their attributes.
pub(crate) fn by_name(stored: &Batch) -> Result<Batch, BatchError> {
    let mut batch = Batch::new(stored.rows());
    for column in stored.columns() {
        let name = column.name.split_once(':').map_or(column.name.as_str(), |(_, name)| name);
        match batch.column(name) {
            None => batch.push(Column { name: name.to_owned(), ..Column::clone(column) })?,
            Some(held) => batch.overlay(together(name, held, column))?,
        }
    }
    Ok(batch)
}

/// Two columns of one name; a row has a value in at most one of them.
fn together(name: &str, one: &Column, other: &Column) -> Column {
    let mut values = AnyBuilder::new();
    for row in 0..one.rows() {
        values.push(one.cell(row).or_else(|| other.cell(row)).map(owned));
    }
    values.finish(name)
}

#[cfg(test)]
mod tests {
    use columns::{Cell, IntBuilder, TextBuilder};

    use super::*;

    #[test]
    fn an_attribute_of_two_types_is_one_column() {
        let (mut texts, mut numbers) = (TextBuilder::new(), IntBuilder::new());
        for (text, number) in [(Some("4711"), None), (None, Some(7)), (None, None)] {
            texts.push(text);
            numbers.push(number);
        }
        let stored = Batch::of(3, [texts.finish("t:cost"), numbers.finish("i:cost")]).unwrap();
        let batch = by_name(&stored).unwrap();
        let cost = batch.column("cost").unwrap();
        assert_eq!((cost.cell(0), cost.cell(1), cost.cell(2)), (Some(Cell::Text("4711")), Some(Cell::Text("7")), None));
        assert_eq!(batch.columns().len(), 1);
    }
}
