//! Equally long columns.

use std::sync::Arc;

use crate::Column;

/// Rows, as columns.
///
/// Cloning shares the columns. Names are unique; the order of columns is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    rows: usize,
    columns: Vec<Arc<Column>>,
}

/// Why a column cannot join a batch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// The column has another number of rows.
    #[error("column `{name}` has {found} rows, its batch {expected}")]
    Length {
        /// The column.
        name: String,
        /// Rows of the column.
        found: usize,
        /// Rows of the batch.
        expected: usize,
    },
    /// There is a column of this name already.
    #[error("column `{0}` is there twice")]
    Duplicate(String),
    /// Codes, offsets or the presence bitmap do not fit the data.
    #[error("column `{0}` contradicts itself")]
    Unsound(String),
}

impl Batch {
    /// A batch of `rows` rows without any column.
    #[must_use]
    pub fn new(rows: usize) -> Self {
        Self { rows, columns: Vec::new() }
    }

    /// A batch of these columns.
    ///
    /// # Errors
    /// As [`Batch::push`].
    pub fn of(rows: usize, columns: impl IntoIterator<Item = Column>) -> Result<Self, BatchError> {
        let mut batch = Self::new(rows);
        for column in columns {
            batch.push(column)?;
        }
        Ok(batch)
    }

    /// Appends a column.
    ///
    /// # Errors
    /// When its length differs, its name is taken, or its parts do not fit together.
    pub fn push(&mut self, column: impl Into<Arc<Column>>) -> Result<(), BatchError> {
        let column = column.into();
        self.check(&column)?;
        if self.column(&column.name).is_some() {
            return Err(BatchError::Duplicate(column.name.clone()));
        }
        self.columns.push(column);
        Ok(())
    }

    /// Appends a column, or replaces the one of its name: lays what changes over what is frozen.
    ///
    /// # Errors
    /// When its length differs or its parts do not fit together.
    pub fn overlay(&mut self, column: impl Into<Arc<Column>>) -> Result<(), BatchError> {
        let column = column.into();
        self.check(&column)?;
        match self.columns.iter_mut().find(|held| held.name == column.name) {
            Some(held) => *held = column,
            None => self.columns.push(column),
        }
        Ok(())
    }

    fn check(&self, column: &Column) -> Result<(), BatchError> {
        let (found, expected) = (column.rows(), self.rows);
        if found != expected {
            return Err(BatchError::Length { name: column.name.clone(), found, expected });
        }
        if !column.is_sound() {
            return Err(BatchError::Unsound(column.name.clone()));
        }
        Ok(())
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The columns in their order.
    #[must_use]
    #[inline]
    pub fn columns(&self) -> &[Arc<Column>] {
        &self.columns
    }

    /// The column of a name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name).map(Arc::as_ref)
    }

    /// The string of a row in a text column; `None` when column, value or type is another.
    #[must_use]
    pub fn text(&self, name: &str, row: usize) -> Option<&str> {
        self.column(name)?.text(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Data, Dict, IntBuilder, TextBuilder};

    #[test]
    fn a_column_of_another_length_is_refused() {
        let mut numbers = IntBuilder::new();
        numbers.push(Some(1));
        let mut batch = Batch::new(2);
        let expected = BatchError::Length { name: "n".to_owned(), found: 1, expected: 2 };
        assert_eq!(batch.push(numbers.finish("n")), Err(expected));
    }

    #[test]
    fn names_are_unique_unless_laid_over() {
        let column = |value| {
            let mut text = TextBuilder::new();
            text.push(Some(value));
            text.finish("t")
        };
        let mut batch = Batch::of(1, [column("a")]).unwrap();
        assert_eq!(batch.push(column("b")), Err(BatchError::Duplicate("t".to_owned())));
        let frozen = batch.clone();
        batch.overlay(column("b")).unwrap();
        assert_eq!(batch.text("t", 0), Some("b"));
        assert_eq!(frozen.text("t", 0), Some("a"));
    }

    #[test]
    fn a_code_outside_its_dictionary_is_refused() {
        let dict = Dict::from_sorted(["a"]).unwrap();
        let column = Column::new("t", Data::Text { codes: vec![1], dict }, None);
        assert_eq!(Batch::of(1, [column]), Err(BatchError::Unsound("t".to_owned())));
        let empty = Column::new("t", Data::Text { codes: vec![0], dict: Dict::default() }, None);
        assert_eq!(Batch::of(1, [empty]), Err(BatchError::Unsound("t".to_owned())));
    }
}
