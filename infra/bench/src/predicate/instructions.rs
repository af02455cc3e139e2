//! How many instructions a row takes, those of reading and checking the filter included.
//!
//! This program is run under valgrind twice, once with more passes over the rows than the other time: what making the
//! rows takes falls out of the difference.

use std::error::Error;
use std::hint::black_box;
use std::process::Stdio;

use columns::{Batch, Bits};

use super::{ROWS, SUBJECTS, check, rows};
use crate::figure::Figure;
use crate::valgrind;

/// Passes by which the two runs differ.
const MORE: u32 = 10;

/// Evaluates every measured predicate over all rows once, and the named one as often as asked for besides.
///
/// # Errors
/// When a predicate does not check, or the name is none.
pub fn passes(name: &str, more: u32) -> Result<(), Box<dyn Error>> {
    let blocks = rows::blocks(ROWS, super::BLOCK)?;
    for subject in &SUBJECTS {
        pass(subject.filter, &blocks)?;
    }
    let named = SUBJECTS.iter().find(|subject| subject.name == name).ok_or_else(|| format!("no predicate `{name}`"))?;
    for _ in 0..more {
        pass(named.filter, &blocks)?;
    }
    Ok(())
}

fn pass(filter: &str, blocks: &[Batch]) -> Result<(), Box<dyn Error>> {
    let checked = check(black_box(filter))?;
    let mut evaluator = checked.evaluator();
    let mut selected = Bits::default();
    for block in blocks {
        evaluator.select_into(black_box(block), &mut selected);
        black_box(selected.count());
    }
    Ok(())
}

/// The figures, or none where there is no valgrind.
pub(super) fn figures() -> Result<Vec<Figure>, Box<dyn Error>> {
    let Some(none) = counted(SUBJECTS[0].name, 0)? else { return Ok(Vec::new()) };
    let mut figures = Vec::new();
    for subject in &SUBJECTS {
        let Some(some) = counted(subject.name, MORE)? else { continue };
        #[expect(clippy::cast_precision_loss, reason = "figures for people")]
        let per_row = some.saturating_sub(none) as f64 / f64::from(MORE) / ROWS as f64;
        let name = format!("predicate.{}.instructions_per_row", subject.name);
        figures.push(Figure::new(name, per_row, "count", ROWS).at_most(subject.instructions));
    }
    Ok(figures)
}

fn counted(name: &str, more: u32) -> Result<Option<u64>, Box<dyn Error>> {
    let Some(mut command) = valgrind::counting(&std::env::current_exe()?) else { return Ok(None) };
    let output = command.args(["passes", name, &more.to_string()]).stdin(Stdio::null()).output()?;
    valgrind::counted(&output.stderr).map(Some)
}
