//! Evaluating predicates: this engine, a loop written by hand over the same blocks, SQLite and, where a Python has it,
//! DuckDB, both with typed columns in memory.
//!
//! Where there is valgrind, the instructions of a row are counted too.
//!
//! All count the matching rows of the same generated certification, and must agree. Times are the best of several
//! passes over all rows, one thread; the ratios are what to compare, since they hold from one machine to another.

mod by_hand;
mod duckdb;
mod instructions;
mod rows;
mod sqlite;

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use ::predicate::{Checked, places};
use columns::{Batch, Bits, Options};

use crate::figure::Figure;

pub use self::instructions::passes;

/// Rows that are measured.
pub const ROWS: usize = 200_000;
/// Rows of a block, as certifications store them.
const BLOCK: usize = 512;
/// Passes over all rows, of which the fastest counts.
const PASSES: usize = 30;

/// Blocks that are decoded.
const DECODED: usize = 40;

/// A measured predicate in each of its forms.
struct Subject {
    name: &'static str,
    filter: &'static str,
    by_hand: fn(&Batch) -> usize,
    sql: &'static str,
    /// In the words of DuckDB, which has booleans, lists and comparisons without case.
    duckdb: &'static str,
    /// How many times the loop by hand it may take.
    at_most: f64,
    /// How many instructions a row may take.
    instructions: f64,
}

const SUBJECTS: [Subject; 3] = [
    Subject {
        name: "f1",
        filter: r#"(source.name sw "A" or source.name sw "B") and destination.is_active eq true"#,
        by_hand: by_hand::f1,
        sql: "(source_name LIKE 'A%' OR source_name LIKE 'B%') AND destination_is_active = 1",
        duckdb: "(source_name ILIKE 'A%' OR source_name ILIKE 'B%') AND destination_is_active",
        at_most: 2.5,
        instructions: 22.0,
    },
    Subject {
        name: "f2",
        filter: "source.privileged eq true and source.mfa_enabled eq false",
        by_hand: by_hand::f2,
        sql: "source_privileged = 1 AND source_mfa_enabled = 0",
        duckdb: "source_privileged AND NOT source_mfa_enabled",
        at_most: 5.0,
        instructions: 1.5,
    },
    Subject {
        name: "f3",
        filter: r#"source.department eq "Finance" and source.last_login_at lt "2026-06-01T00:00:00Z" and concrete_permissions eq "perm-0" and not (destination.name co "TEST") and risk.score ge 20 and destination.is_active eq true"#,
        by_hand: by_hand::f3,
        sql: "source_department = 'Finance' AND source_last_login_at < 1780272000000 \
              AND instr(concrete_permissions, '|perm-0|') > 0 AND destination_name NOT LIKE '%test%' \
              AND risk_score >= 20 AND destination_is_active = 1",
        duckdb: "source_department = 'Finance' AND source_last_login_at < 1780272000000 \
                 AND list_contains(concrete_permissions, 'perm-0') AND destination_name NOT ILIKE '%test%' \
                 AND risk_score >= 20 AND destination_is_active",
        at_most: 2.5,
        instructions: 40.0,
    },
];

/// Measures everything in this module; DuckDB with the Python that has it, if one is named.
///
/// # Errors
/// When a predicate does not check, a block does not decode, or another engine refuses.
///
/// # Panics
/// When the engines do not count the same rows: then no figure means anything.
pub fn run(duckdb: Option<&Path>) -> Result<Vec<Figure>, Box<dyn Error>> {
    let blocks = rows::blocks(ROWS, BLOCK)?;
    let table = sqlite::Table::of(&blocks)?;
    let mut figures = Vec::new();
    for subject in SUBJECTS {
        measure(&subject, &blocks, &table, &mut figures)?;
    }
    if let Some(python) = duckdb {
        against_duckdb(python, &blocks, &mut figures)?;
    }
    figures.extend(instructions::figures()?);
    decoding(&blocks, &mut figures)?;
    parsing(&mut figures)?;
    Ok(figures)
}

fn measure(
    subject: &Subject,
    blocks: &[Batch],
    table: &sqlite::Table,
    figures: &mut Vec<Figure>,
) -> Result<(), Box<dyn Error>> {
    let checked = check(subject.filter)?;
    let mut evaluator = checked.evaluator();
    let mut selected = Bits::default();
    let mut found = 0;
    let (mut engine, mut hand) = (Duration::MAX, Duration::MAX);
    // In turns, so that whatever else the machine does hits both.
    for _ in 0..PASSES {
        let start = Instant::now();
        found = 0;
        for block in blocks {
            evaluator.select_into(black_box(block), &mut selected);
            found += selected.count();
        }
        engine = engine.min(start.elapsed());
        let start = Instant::now();
        let by_hand: usize = blocks.iter().map(|block| (subject.by_hand)(black_box(block))).sum();
        hand = hand.min(start.elapsed());
        assert_eq!(by_hand, found, "{} by hand", subject.name);
    }
    let mut sqlite = Duration::MAX;
    for _ in 0..PASSES / 6 {
        let start = Instant::now();
        let counted = table.count(subject.sql)?;
        sqlite = sqlite.min(start.elapsed());
        assert_eq!(counted, found, "{} in SQLite", subject.name);
    }
    let figure = |what: &str, value, unit| Figure::new(format!("predicate.{}.{what}", subject.name), value, unit, ROWS);
    figures.push(figure("matches", float(found), "rows"));
    figures.push(figure("ns_per_row", nanos(engine) / float(ROWS), "ns/row"));
    figures.push(figure("loop_ns_per_row", nanos(hand) / float(ROWS), "ns/row"));
    figures.push(figure("ratio_to_loop", nanos(engine) / nanos(hand), "x").at_most(subject.at_most));
    figures.push(figure("ratio_to_sqlite", nanos(engine) / nanos(sqlite), "x").at_most(0.1));
    Ok(())
}

/// How many times what DuckDB takes on one thread this engine has just taken.
fn against_duckdb(python: &Path, blocks: &[Batch], figures: &mut Vec<Figure>) -> Result<(), Box<dyn Error>> {
    let conditions = SUBJECTS.map(|subject| subject.duckdb);
    for (subject, counted) in SUBJECTS.iter().zip(duckdb::count(python, blocks, PASSES / 6, &conditions)?) {
        let measured = |what: &str| {
            let name = format!("predicate.{}.{what}", subject.name);
            figures.iter().find(|figure| figure.name == name).map(|figure| figure.value)
        };
        let (Some(matches), Some(own)) = (measured("matches"), measured("ns_per_row")) else { continue };
        assert!((float(counted.rows) - matches).abs() < 0.5, "{} in DuckDB", subject.name);
        let ratio = own / (nanos(counted.fastest) / float(ROWS));
        let name = format!("predicate.{}.ratio_to_duckdb", subject.name);
        figures.push(Figure::new(name, ratio, "x", ROWS).at_most(0.1));
    }
    Ok(())
}

/// Decoding the columns that F1 reads, against decoding whole blocks.
fn decoding(blocks: &[Batch], figures: &mut Vec<Figure>) -> Result<(), Box<dyn Error>> {
    // Few enough blocks that one pass fits between two interruptions of a busy machine.
    let blocks = blocks.get(..DECODED).unwrap_or(blocks);
    let rows: usize = blocks.iter().map(Batch::rows).sum();
    let encoded: Result<Vec<Vec<u8>>, _> =
        blocks.iter().map(|block| columns::encode(block, &Options::default())).collect();
    let encoded = encoded?;
    let bytes: usize = encoded.iter().map(Vec::len).sum();
    figures.push(Figure::new("columns.bytes_per_row", float(bytes) / float(rows), "B/row", rows));
    let names = ["source.name", "destination.is_active"];
    let (mut some, mut whole) = (Duration::MAX, Duration::MAX);
    for _ in 0..PASSES {
        let start = Instant::now();
        for block in &encoded {
            black_box(columns::decode_columns(block, &names)?);
        }
        some = some.min(start.elapsed());
        let start = Instant::now();
        for block in &encoded {
            black_box(columns::decode(block)?);
        }
        whole = whole.min(start.elapsed());
    }
    figures.push(Figure::new("columns.decode_two_ns_per_row", nanos(some) / float(rows), "ns/row", rows));
    figures.push(Figure::new("columns.decode_all_ns_per_row", nanos(whole) / float(rows), "ns/row", rows));
    Ok(())
}

/// Reading and checking: what each filter costs once, and the longest and deepest ones by character.
fn parsing(figures: &mut Vec<Figure>) -> Result<(), Box<dyn Error>> {
    for subject in SUBJECTS {
        let best = best_check(subject.filter)?;
        figures.push(Figure::new(format!("predicate.{}.compile_ns", subject.name), nanos(best), "ns", 0));
    }
    for (name, terms, depth) in [("short", 10, 1), ("long", 180, 1), ("deep", 10, 32)] {
        let chain = vec!["source.name pr"; terms].join(" and ");
        let filter = format!("{}{chain}{}", "(".repeat(depth), ")".repeat(depth));
        let value = nanos(best_check(&filter)?) / float(filter.len());
        figures.push(Figure::new(format!("predicate.parse_{name}_ns_per_character"), value, "ns/char", 0));
    }
    Ok(())
}

fn best_check(filter: &str) -> Result<Duration, Box<dyn Error>> {
    let mut best = Duration::MAX;
    for _ in 0..PASSES {
        let start = Instant::now();
        black_box(check(black_box(filter))?);
        best = best.min(start.elapsed());
    }
    Ok(best)
}

fn check(filter: &str) -> Result<Checked, Box<dyn Error>> {
    // The score is the product's own column, beside the attributes that filters may name.
    let score = ::predicate::Field::new(::predicate::Type::Any, "risk.score");
    let checked = ::predicate::filter(filter, &places::frozen().field("risk.score", score));
    checked.map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ").into())
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn nanos(duration: Duration) -> f64 {
    duration.as_nanos() as f64
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn float(number: usize) -> f64 {
    number as f64
}
