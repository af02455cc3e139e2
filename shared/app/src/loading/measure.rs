//! What the graph of an inventory takes, and how long queries over it do: for who wants figures.

use domain::query::Query;

use super::graph::Graph;
use super::population;
use crate::deps::Deps;
use crate::error::Error;
use crate::loading::sources::current;

/// The graph of the current inventory, in memory.
#[derive(Debug)]
pub struct Loaded(Graph);

/// Loads the inventory as a worker does.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn load(deps: &Deps) -> Result<Loaded, Error> {
    Ok(Loaded(current::graph(deps).await?))
}

impl Loaded {
    /// How many nodes there are.
    pub fn nodes(&self) -> usize {
        self.0.len()
    }

    /// How many edges there are, those included that follow from who owns an account and where it lives.
    pub fn edges(&self) -> usize {
        self.0.edges().edges()
    }

    /// The bytes of edges in memory, with the table of where those of each node start.
    pub fn edge_bytes(&self) -> usize {
        self.0.edges().bytes()
    }

    /// How many rows a query has.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it cannot be run; [`Error::TooLarge`] when it has too many.
    pub fn rows(&mut self, query: &Query) -> Result<usize, Error> {
        let terms = population::terms(&self.0, query)?;
        Ok(population::pairs(&mut self.0, &terms, &[])?.len())
    }
}
