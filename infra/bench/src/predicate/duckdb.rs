//! The same rows in DuckDB, by a Python that has its package: the engine is too large to be built for a comparison.

use std::error::Error;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use columns::{Batch, Cell};
use serde_json::Value;

/// What DuckDB is asked to do.
const SCRIPT: &str = include_str!("duckdb.py");
/// Its columns, and those of a block that they are made of.
const COLUMNS: [(&str, &str); 9] = [
    ("source_name", "source.name"),
    ("source_department", "source.department"),
    ("source_privileged", "source.privileged"),
    ("source_mfa_enabled", "source.mfa_enabled"),
    ("source_last_login_at", "source.last_login_at"),
    ("destination_name", "destination.name"),
    ("destination_is_active", "destination.is_active"),
    ("risk_score", "risk.score"),
    ("concrete_permissions", "concrete_permissions"),
];

/// How many rows satisfy a condition, and how long the fastest of several passes took.
pub(super) struct Counted {
    pub(super) rows: usize,
    pub(super) fastest: Duration,
}

/// Counts the rows that satisfy each condition in SQL.
///
/// # Errors
/// When the Python does not run, or has no package `duckdb`: what it said is on the error output.
pub(super) fn count(
    python: &Path,
    blocks: &[Batch],
    passes: usize,
    conditions: &[&str],
) -> Result<Vec<Counted>, Box<dyn Error>> {
    let file = std::env::temp_dir().join(format!("bench-rows-{}.csv", std::process::id()));
    write(blocks, &file)?;
    let mut command = Command::new(python);
    command.args(["-c", SCRIPT]).arg(&file).arg(passes.to_string()).args(conditions).stderr(Stdio::inherit());
    let output = command.output();
    std::fs::remove_file(&file)?;
    let output = output?;
    if !output.status.success() {
        return Err(format!("`{}` with the package duckdb: {}", python.display(), output.status).into());
    }
    let counted: Vec<Value> = serde_json::from_slice(&output.stdout)?;
    let counted = counted.iter().map(|counted| {
        let rows = usize::try_from(counted.get("count")?.as_u64()?).ok()?;
        Some(Counted { rows, fastest: Duration::try_from_secs_f64(counted.get("seconds")?.as_f64()?).ok()? })
    });
    counted.collect::<Option<_>>().ok_or_else(|| "DuckDB answers something else".into())
}

/// All rows, a line each. No value holds a comma or a quote.
fn write(blocks: &[Batch], file: &Path) -> std::io::Result<()> {
    let mut out = BufWriter::new(std::fs::File::create(file)?);
    writeln!(out, "{}", COLUMNS.map(|(name, _)| name).join(","))?;
    for block in blocks {
        for row in 0..block.rows() {
            let values = COLUMNS.map(|(_, name)| block.column(name).and_then(|column| column.cell(row)).map(shown));
            writeln!(out, "{}", values.map(Option::unwrap_or_default).join(","))?;
        }
    }
    out.flush()
}

fn shown(cell: Cell<'_>) -> String {
    match cell {
        Cell::Text(text) => text.to_owned(),
        Cell::Bool(holds) => holds.to_string(),
        Cell::Int(number) | Cell::Time(number) => number.to_string(),
        Cell::List(list) => list.iter().collect::<Vec<_>>().join("|"),
        Cell::Float(number) => number.to_string(),
    }
}
