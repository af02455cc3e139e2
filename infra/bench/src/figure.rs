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
    /// The most that it should be, where there is a budget.
    pub budget: Option<f64>,
    /// The most that it may be where the budget is a goal that is known not to be met.
    pub ceiling: Option<f64>,
}

impl Figure {
    /// A figure without a budget.
    #[must_use]
    pub fn new(name: impl Into<String>, value: f64, unit: &'static str, rows: usize) -> Self {
        Self { name: name.into(), value, unit, rows, budget: None, ceiling: None }
    }

    /// The same with the most that it may be.
    #[must_use]
    pub fn at_most(mut self, budget: f64) -> Self {
        self.budget = Some(budget);
        self
    }

    /// The same whose budget is a goal: over it nothing fails, until the figure is over the ceiling.
    #[must_use]
    pub fn tolerated_to(mut self, ceiling: f64) -> Self {
        self.ceiling = Some(ceiling);
        self
    }

    /// Whether the figure holds its budget; one without holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.budget.is_none_or(|budget| self.value <= budget)
    }

    /// Whether the run fails by this figure: by its ceiling, and by its budget where it has none. What is no number fails.
    #[must_use]
    pub fn fails(&self) -> bool {
        self.ceiling.or(self.budget).is_some_and(|most| self.value.is_nan() || self.value > most)
    }

    /// What stands behind a figure that is over something.
    fn mark(&self) -> String {
        match self.ceiling {
            Some(ceiling) if self.fails() => format!("  over its ceiling {ceiling}"),
            Some(ceiling) if !self.holds() => format!("  over its goal, below its ceiling {ceiling}"),
            _ if self.fails() => "  over".to_owned(),
            _ => String::new(),
        }
    }
}

/// Whether what was measured may pass.
///
/// # Errors
/// Names the figures by which it may not.
pub fn verdict(figures: &[Figure]) -> Result<(), String> {
    let over: Vec<&str> = figures.iter().filter(|figure| figure.fails()).map(|figure| figure.name.as_str()).collect();
    if over.is_empty() { Ok(()) } else { Err(format!("over budget: {}", over.join(", "))) }
}

/// Prints one JSON object a line.
///
/// # Errors
/// When the output cannot be written.
pub fn print_json(figures: &[Figure], out: &mut impl Write) -> std::io::Result<()> {
    for Figure { name, value, unit, rows, budget, ceiling } in figures {
        let figure =
            json!({ "name": name, "value": value, "unit": unit, "rows": rows, "budget": budget, "ceiling": ceiling });
        writeln!(out, "{figure}")?;
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
        let Figure { name, value, unit, rows, budget, .. } = figure;
        let budget = budget.map_or_else(String::new, |budget| format!("{budget}"));
        let mark = figure.mark();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn shown_as(figure: Figure) -> String {
        let mut out = Vec::new();
        print_table(&[figure], &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_budget_without_a_ceiling_is_the_most_that_passes() {
        let figure = |value| Figure::new("row.units", value, "units", 1).at_most(2.0);
        assert_eq!(verdict(&[figure(2.0)]), Ok(()));
        assert_eq!(verdict(&[figure(2.0), figure(2.1)]), Err("over budget: row.units".to_owned()));
        assert!(shown_as(figure(2.1)).ends_with("  over\n"), "{}", shown_as(figure(2.1)));
        assert_eq!(verdict(&[figure(f64::NAN)]), Err("over budget: row.units".to_owned()));
    }

    #[test]
    fn a_goal_that_is_missed_passes_and_is_told_until_the_ceiling_is_reached() {
        let figure = |value| Figure::new("f.binary", value, "bytes", 0).at_most(7.0).tolerated_to(12.0);
        assert_eq!(verdict(&[figure(6.0), figure(12.0)]), Ok(()));
        assert_eq!(verdict(&[figure(12.1)]), Err("over budget: f.binary".to_owned()));
        assert!(shown_as(figure(6.0)).ends_with(" 7\n"));
        assert!(shown_as(figure(11.0)).ends_with(" 7  over its goal, below its ceiling 12\n"));
        assert!(shown_as(figure(13.0)).ends_with(" 7  over its ceiling 12\n"));
    }

    #[test]
    fn figures_without_a_budget_never_fail() {
        assert_eq!(verdict(&[Figure::new("time", 1e12, "s", 1)]), Ok(()));
    }
}
