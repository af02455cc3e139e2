//! Proves that stored advice follows from what was frozen: builds the rows again and compares.

use columns::Batch;
use domain::ids::ReviewId;

use super::inputs::Inputs;
use crate::advice::{self, COLUMNS};
use crate::deps::Deps;
use crate::error::Error;
use crate::loading::offload;

/// How many differences are named.
const NAMED: usize = 20;

/// What building the rows of a review again came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Replayed {
    /// Rows that were compared.
    pub rows: usize,
    /// Rows whose advice was not stored: they were built before there was any.
    pub without: usize,
    /// How many rows differ.
    pub different: usize,
    /// The first of them: account, column, what is stored, what comes out now.
    pub examples: Vec<(String, String, String, String)>,
}

/// Draws the advice on every row of a published review again, from its frozen inputs and snapshot, and compares it with
/// what is stored, column by column. Writes nothing.
///
/// # Errors
/// [`Error::NotFound`] when the review has no rows; [`Error::Unavailable`].
pub async fn replay(deps: &Deps, id: ReviewId) -> Result<Replayed, Error> {
    let review = deps.store.certifications().get(&id).await?.ok_or_else(Error::not_found)?;
    let site = deps.store.certifications().site(&id, review.attempt).await?;
    let text = site.inputs.ok_or_else(Error::not_found)?;
    let inputs = Inputs::read(&id, &text)?;
    let snapshot = deps.store.snapshots().get(&inputs.snapshot()?).await?.ok_or_else(Error::not_found)?.value;
    let built = super::rows(deps, &inputs, &snapshot, inputs.order(), &review.certification).await?;
    let built = std::sync::Arc::new(built);
    let mut replayed = Replayed::default();
    for number in 0..built.blocks() {
        let own = std::sync::Arc::clone(&built);
        let drawn = offload(move || own.batch(number)).await??;
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let stored = deps.store.blocks().read(&id, review.attempt, number).await?.batch()?;
        replayed.compare(&stored, &drawn);
    }
    Ok(replayed)
}

impl Replayed {
    fn compare(&mut self, stored: &Batch, drawn: &Batch) {
        self.rows += stored.rows();
        for row in 0..stored.rows() {
            let said = |batch: &Batch, column: &str| {
                let cell = batch.column(column).and_then(|column| column.cell(row));
                cell.map_or_else(String::new, |cell| format!("{cell:?}"))
            };
            if said(stored, advice::EVIDENCE).is_empty() {
                self.without += 1;
                continue;
            }
            let columns = ["source.id"].into_iter().chain(COLUMNS);
            let differs = columns.map(|column| (column, said(stored, column), said(drawn, column)));
            let Some((column, held, now)) = differs.into_iter().find(|(_, held, now)| held != now) else { continue };
            self.different += 1;
            if self.examples.len() < NAMED {
                let account = stored.text("source.id", row).unwrap_or_default().to_owned();
                self.examples.push((account, column.to_owned(), held, now));
            }
        }
    }
}
