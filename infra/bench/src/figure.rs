//! What is measured, and how it is shown.

use std::io::Write;

use serde_json::json;

/// One measured figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// What was measured: `materialise.write_units_per_row`.
    pub name: String,
    /// How much.
    pub value: f64,
    /// Of what: `units`, `requests`, `bytes`, `s`, `ns/row`, `rows/s`; `x` for ratios.
    pub unit: &'static str,
    /// Over how many rows.
    pub rows: usize,
    /// The most that it may be, where there is a budget.
    pub budget: Option<f64>,
}

impl Figure {
    /// A figure without a budget.
    #[must_use]
    pub fn new(name: impl Into<String>, value: f64, unit: &'static str, rows: usize) -> Self {
        Self { name: name.into(), value, unit, rows, budget: None }
    }

    /// The same with the most that it may be.
    #[must_use]
    pub fn at_most(mut self, budget: f64) -> Self {
        self.budget = Some(budget);
        self
    }

    /// Whether the figure holds its budget; one without holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.budget.is_none_or(|budget| self.value <= budget)
    }
}

/// Prints one JSON object a line.
///
/// # Errors
/// When the output cannot be written.
pub fn print_json(figures: &[Figure], out: &mut impl Write) -> std::io::Result<()> {
    for Figure { name, value, unit, rows, budget } in figures {
        writeln!(out, "{}", json!({ "name": name, "value": value, "unit": unit, "rows": rows, "budget": budget }))?;
    }
    Ok(())
}

/// Prints a table to read.
///
/// # Errors
/// When the output cannot be written.
pub fn print_table(figures: &[Figure], out: &mut impl Write) -> std::io::Result<()> {
    writeln!(out, "{:<36} {:>10} {:>14} {:<9} {:>10}", "figure", "rows", "value", "unit", "at most")?;
    for figure in figures {
        let Figure { name, value, unit, rows, budget } = figure;
        let budget = budget.map_or_else(String::new, |budget| format!("{budget}"));
        let mark = if figure.holds() { "" } else { "  over" };
        writeln!(out, "{name:<36} {rows:>10} {:>14} {unit:<9} {budget:>10}{mark}", shown(*value))?;
    }
    Ok(())
}

/// Four significant digits.
fn shown(value: f64) -> String {
    match value.abs() {
        size if size >= 1000.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.1 || size == 0.0 => format!("{value:.3}"),
        _ => format!("{value:.5}"),
    }
}
