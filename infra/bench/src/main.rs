//! The figures: what a review costs in DynamoDB units, requests, bytes and time.
//!
//! ```text
//! cargo run --release -p bench                  a table
//! cargo run --release -p bench -- --json        one JSON object a line
//! cargo run --release -p bench -- --rows 1000,100000
//! cargo run --release -p bench -- --duckdb python3   predicates against DuckDB too, by a Python with its package
//! cargo run --release -p bench -- passes f1 10  the predicates once and one of them more often: what valgrind counts
//! cargo run --release -p bench -- price         what a review costs in money
//! cargo run --release -p bench -- functions     size and cold start of the functions in the same target directory
//! cargo run --release -p bench -- exports     files of a review, in memory and time; --rows for another number
//! cargo run --release -p bench -- automations   automations over a certification of 100,000 rows, and a dry run; --rows for another number
//! cargo run --release -p bench -- graph         queries over an inventory of a million edges; --edges for another number
//! ```
//!
//! Ends with 1 when a figure is over its budget, or over its ceiling where the budget is a goal that is not met.
//! Without valgrind no instructions are counted, which it says on its error output.
//!
//! Units and requests are what the embedded engine meters, not what a formula says. Time is of this machine; what is
//! compared is compared within one run.

mod automations;
mod bulk;
mod cost;
mod export;
mod graph;
mod inventory;
mod memory;
mod world;

use std::io::stdout;
use std::path::PathBuf;

use bench::figure::{self, Figure};
use bench::functions;
use bench::price::{self, Prices};
use domain::ids::ReviewId;

/// The sizes that are measured unless others are asked for.
const SIZES: &[usize] = &[1_000, 100_000, 1_000_000];

type Failure = Box<dyn std::error::Error>;

/// What is measured.
enum Wanted {
    /// Predicates, and reviews of these sizes.
    Reviews { predicates: bool, duckdb: Option<PathBuf>, sizes: Vec<usize> },
    /// The functions whose binaries lie beside this one.
    Functions,
    /// Queries over an inventory of so many edges, which lies in a table when it has been made.
    Graph { edges: usize, table: Option<PathBuf> },
    /// Files of a review of so many rows, which lies in a table when it has been built.
    Exports { rows: usize, table: Option<PathBuf>, review: Option<ReviewId> },
    /// Automations over a certification of so many rows.
    Automations { rows: usize },
    /// One predicate, so many times more than the others: what valgrind counts.
    Passes { name: String, more: u32 },
    /// One review, in money.
    Price(Prices),
}

impl Wanted {
    /// What a word asks for, as it is unless more is said of it.
    fn named(word: Option<&str>, arguments: &mut impl Iterator<Item = String>) -> Result<Self, Failure> {
        Ok(match word {
            None => Self::Reviews { predicates: true, duckdb: None, sizes: SIZES.to_vec() },
            Some("functions") => Self::Functions,
            Some("graph") => Self::Graph { edges: graph::EDGES, table: None },
            Some("exports") => Self::Exports { rows: export::ROWS, table: None, review: None },
            Some("automations") => Self::Automations { rows: automations::ROWS },
            Some("passes") => {
                let name = arguments.next().ok_or("passes needs the name of a predicate, such as f1")?;
                let more = arguments.next().ok_or("passes needs a number")?;
                Self::Passes { name, more: more.parse().map_err(|error| format!("passes: {error}"))? }
            }
            Some("price") => Self::Price(Prices::default()),
            Some(other) => return Err(format!("unknown command `{other}`").into()),
        })
    }
}

/// What the command line asks for.
struct Options {
    json: bool,
    wanted: Wanted,
}

impl Options {
    fn parse(arguments: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let mut arguments = arguments.skip(1).peekable();
        let mut json = false;
        let word = arguments.next_if(|word| !word.starts_with('-'));
        let mut wanted = Wanted::named(word.as_deref(), &mut arguments)?;
        while let Some(argument) = arguments.next() {
            match (argument.as_str(), &mut wanted) {
                (
                    "--json",
                    Wanted::Reviews { .. }
                    | Wanted::Functions
                    | Wanted::Graph { .. }
                    | Wanted::Exports { .. }
                    | Wanted::Automations { .. },
                ) => json = true,
                ("--rows", Wanted::Exports { rows, .. } | Wanted::Automations { rows }) => {
                    let given = arguments.next().ok_or("--rows needs a number")?;
                    *rows = given.parse().map_err(|error| format!("--rows: {error}"))?;
                }
                ("--review", Wanted::Exports { review, .. }) => {
                    let given = arguments.next().ok_or("--review needs an id")?;
                    *review = Some(given.parse().map_err(|error| format!("--review: {error}"))?);
                }
                ("--table", Wanted::Graph { table, .. } | Wanted::Exports { table, .. }) => {
                    *table = Some(arguments.next().ok_or("--table needs a file")?.into());
                }
                ("--edges", Wanted::Graph { edges, .. }) => {
                    let given = arguments.next().ok_or("--edges needs a number")?;
                    *edges = given.parse().map_err(|error| format!("--edges: {error}"))?;
                }
                ("--duckdb", Wanted::Reviews { duckdb, .. }) => {
                    *duckdb = Some(arguments.next().ok_or("--duckdb needs a Python that has the package")?.into());
                }
                ("--no-predicates", Wanted::Reviews { predicates, .. }) => *predicates = false,
                ("--rows", Wanted::Reviews { sizes, .. }) => {
                    let given = arguments.next().ok_or("--rows needs numbers, such as 1000,100000")?;
                    let given = given.split(',').filter(|size| !size.is_empty()).map(str::parse);
                    *sizes = given.collect::<Result<_, _>>().map_err(|error| format!("--rows: {error}"))?;
                }
                ("--price", Wanted::Price(prices)) => {
                    prices.replace(&arguments.next().ok_or("--price needs name=value")?)?;
                }
                (other, _) => return Err(format!("unknown argument `{other}`").into()),
            }
        }
        Ok(Self { json, wanted })
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let options = Options::parse(std::env::args())?;
    let mut figures: Vec<Figure> = Vec::new();
    match options.wanted {
        Wanted::Price(prices) => return price::print(&cost::run(price::ROWS).await?, &prices, &mut stdout()),
        Wanted::Passes { name, more } => return bench::predicate::passes(&name, more),
        Wanted::Graph { edges, table: None } => {
            return graph::run(edges, if options.json { &["--json"] } else { &[] }).await;
        }
        Wanted::Graph { edges, table: Some(path) } => figures.extend(graph::measure(&path, edges).await?),
        Wanted::Exports { rows, table: Some(path), review: Some(id) } => {
            figures.extend(export::measure(&path, id, rows).await?);
        }
        Wanted::Exports { rows, .. } => return export::run(rows, if options.json { &["--json"] } else { &[] }).await,
        Wanted::Automations { rows } => figures.extend(automations::run(rows).await?),
        Wanted::Functions => {
            let own = std::env::current_exe()?;
            figures.extend(functions::run(own.parent().ok_or("no directory")?)?);
        }
        Wanted::Reviews { predicates, duckdb, sizes } => {
            if predicates {
                figures.extend(bench::predicate::run(duckdb.as_deref())?);
            }
            for rows in sizes {
                figures.extend(cost::run(rows).await?);
            }
        }
    }
    match options.json {
        true => figure::print_json(&figures, &mut stdout())?,
        false => figure::print_table(&figures, &mut stdout())?,
    }
    Ok(figure::verdict(&figures)?)
}
