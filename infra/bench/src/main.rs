//! The figures: what a review costs in DynamoDB units, requests, bytes and time.
//!
//! ```text
//! cargo run --release -p bench                  a table
//! cargo run --release -p bench -- --json        one JSON object a line
//! cargo run --release -p bench -- --rows 1000,100000
//! ```
//!
//! Units and requests are what the embedded engine meters, not what a formula says. Time is of this machine; what is
//! compared is compared within one run.

mod cost;
mod inventory;
mod world;

use std::io::stdout;

use bench::figure::{self, Figure};

/// The sizes that are measured unless others are asked for.
const SIZES: &[usize] = &[1_000, 100_000, 1_000_000];

type Failure = Box<dyn std::error::Error>;

/// What the command line asks for.
struct Options {
    json: bool,
    predicates: bool,
    sizes: Vec<usize>,
}

impl Options {
    fn parse(arguments: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let mut options = Self { json: false, predicates: true, sizes: SIZES.to_vec() };
        let mut arguments = arguments.skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--json" => options.json = true,
                "--no-predicates" => options.predicates = false,
                "--rows" => {
                    let sizes = arguments.next().ok_or("--rows needs numbers, such as 1000,100000")?;
                    let sizes = sizes.split(',').filter(|size| !size.is_empty()).map(str::parse);
                    options.sizes = sizes.collect::<Result<_, _>>().map_err(|error| format!("--rows: {error}"))?;
                }
                other => return Err(format!("unknown argument `{other}`").into()),
            }
        }
        Ok(options)
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let options = Options::parse(std::env::args())?;
    let mut figures: Vec<Figure> = Vec::new();
    if options.predicates {
        figures.extend(bench::predicate::run()?);
    }
    for rows in options.sizes {
        figures.extend(cost::run(rows).await?);
    }
    match options.json {
        true => figure::print_json(&figures, &mut stdout())?,
        false => figure::print_table(&figures, &mut stdout())?,
    }
    Ok(())
}
