//! What a review costs in money: the measured units times what AWS asks for them.
//!
//! ```text
//! cargo run --release -p bench -- price
//! cargo run --release -p bench -- price --price write_units=0.7131 --price api_requests=1.11
//! ```
//!
//! Units are metered, see `cost`. How long a request keeps a function busy depends on the region and on the load, and is
//! an assumption that stands among the prices, to be replaced by what CloudWatch says.

use std::io::Write;

use crate::figure::Figure;

/// How many rows the answer is for.
pub const ROWS: usize = 100_000;
/// Rows on a page, and rows decided at once.
const AT_ONCE: f64 = 100.0;
/// The memory of a worker and of a function behind the API, in GB, as the template sets them.
const WORKER_GB: f64 = 3.008;
const FUNCTION_GB: f64 = 1.0;
/// The memory of the authorizer, in GB.
const AUTHORIZER_GB: f64 = 0.5;
const BYTES_PER_GB: f64 = 1_073_741_824.0;

/// A price or an assumption by its name.
#[derive(Debug, Clone, Copy)]
struct Rate {
    name: &'static str,
    value: f64,
    meaning: &'static str,
}

/// List prices in US dollars of the region us-east-1 on demand without free tier, as published in June 2025, and how
/// much of it a request is assumed to use.
const RATES: [Rate; 11] = [
    rate("write_units", 0.625, "USD for a million write units of the table"),
    rate("read_units", 0.125, "USD for a million read units of the table"),
    rate("storage", 0.25, "USD for a GB in the table for a month"),
    rate("backup", 0.20, "USD for a GB of point-in-time recovery for a month"),
    rate("gb_seconds", 16.6667, "USD for a million GB-seconds of functions (x86_64)"),
    rate("invocations", 0.20, "USD for a million calls of functions"),
    rate("api_requests", 1.00, "USD for a million requests of the HTTP API"),
    rate("logs", 0.50, "USD for a GB of logs taken in"),
    rate("request_ms", 30.0, "milliseconds that a request keeps its function busy (assumed)"),
    rate("authorizer_ms", 10.0, "milliseconds that a request keeps the authorizer busy (assumed)"),
    rate("log_bytes", 2_000.0, "bytes of logs and metrics for a request (assumed)"),
];

const fn rate(name: &'static str, value: f64, meaning: &'static str) -> Rate {
    Rate { name, value, meaning }
}

/// What AWS asks for.
#[derive(Debug, Clone)]
pub struct Prices(Vec<Rate>);

impl Default for Prices {
    fn default() -> Self {
        Self(RATES.to_vec())
    }
}

impl Prices {
    /// Replaces one price, given as `name=value`.
    ///
    /// # Errors
    /// When there is no such price, or the value is no number.
    pub fn replace(&mut self, given: &str) -> Result<(), String> {
        let (name, value) = given.split_once('=').ok_or_else(|| format!("`{given}` is not name=value"))?;
        let value: f64 = value.parse().map_err(|error| format!("{given}: {error}"))?;
        let names: Vec<_> = self.0.iter().map(|rate| rate.name).collect();
        let held = self.0.iter_mut().find(|rate| rate.name == name);
        held.ok_or_else(|| format!("there is no price `{name}`, only {}", names.join(", ")))?.value = value;
        Ok(())
    }

    fn of(&self, name: &str) -> f64 {
        self.0.iter().find(|rate| rate.name == name).map_or(f64::NAN, |rate| rate.value)
    }

    fn millions(&self, name: &str, count: f64) -> f64 {
        count / 1e6 * self.of(name)
    }

    fn units(&self, writes: f64, reads: f64) -> f64 {
        self.millions("write_units", writes) + self.millions("read_units", reads)
    }

    /// What it costs that so many requests are answered, without what they do to the table.
    fn requests(&self, count: f64) -> f64 {
        let busy = self.of("request_ms") * FUNCTION_GB + self.of("authorizer_ms") * AUTHORIZER_GB;
        self.millions("api_requests", count)
            + self.millions("invocations", 2.0 * count)
            + self.millions("gb_seconds", count * busy / 1e3)
            + count * self.of("log_bytes") / BYTES_PER_GB * self.of("logs")
    }
}

/// What one part of a review costs.
#[derive(Debug, Clone, PartialEq)]
struct Item {
    what: &'static str,
    dollars: f64,
}

/// The parts of a review of [`ROWS`] rows.
fn items(figures: &[Figure], prices: &Prices) -> Result<Vec<Item>, String> {
    let of = |name: &str| {
        let figure = figures.iter().find(|figure| figure.name == name);
        figure.map(|figure| figure.value).ok_or_else(|| format!("`{name}` was not measured"))
    };
    #[expect(clippy::cast_precision_loss, reason = "a hundred thousand")]
    let rows = ROWS as f64;
    let taken_in = prices.units(of("ingest.write_units_per_row")? * rows, of("ingest.read_units_per_row")? * rows);
    let worker = prices.millions("gb_seconds", rows / of("materialise.rows_per_second")? * WORKER_GB);
    let built = of("materialise.write_units_per_row")? * rows;
    let built = prices.units(built, of("materialise.read_units_per_row")? * rows) + worker;
    let pages = rows / AT_ONCE;
    let listed = prices.units(0.0, pages * of("list_100.read_units_cold")?) + prices.requests(pages);
    let singly = prices.units(rows * of("decision.write_units")?, rows * of("decision.read_units")?);
    let at_once = prices.units(pages * of("decisions_100.write_units")?, pages * of("decisions_100.read_units")?);
    let gigabytes = of("stored_bytes_per_row")? * rows / BYTES_PER_GB;
    let kept = 12.0 * gigabytes * (prices.of("storage") + prices.of("backup"));
    Ok(vec![
        Item { what: "take the inventory in", dollars: taken_in },
        Item { what: "build the rows", dollars: built },
        Item { what: "list them all once, 100 to a page", dollars: listed },
        Item { what: "decide each by itself", dollars: singly + prices.requests(rows) },
        Item { what: "  or 100 at once", dollars: at_once + prices.requests(pages) },
        Item { what: "keep the built rows for a year", dollars: kept },
    ])
}

/// Prints prices and what a review costs at them.
///
/// # Errors
/// When a figure is missing or the output cannot be written.
pub fn print(figures: &[Figure], prices: &Prices, out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    writeln!(out, "At these prices and assumptions:")?;
    for Rate { name, value, meaning } in &prices.0 {
        writeln!(out, "  {name:<14} {value:>10} {meaning}")?;
    }
    writeln!(out, "\na review of {ROWS} rows costs, in US dollars:")?;
    for Item { what, dollars } in items(figures, prices)? {
        writeln!(out, "  {what:<36} {dollars:>10.4}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures() -> Vec<Figure> {
        [
            ("ingest.write_units_per_row", 0.1),
            ("ingest.read_units_per_row", 0.0),
            ("materialise.write_units_per_row", 0.1),
            ("materialise.read_units_per_row", 0.01),
            ("materialise.rows_per_second", 100_000.0),
            ("list_100.read_units_cold", 10.0),
            ("decision.write_units", 8.0),
            ("decision.read_units", 1.0),
            ("decisions_100.write_units", 20.0),
            ("decisions_100.read_units", 10.0),
            ("stored_bytes_per_row", 100.0),
        ]
        .map(|(name, value)| Figure::new(name, value, "units", ROWS))
        .to_vec()
    }

    fn dollars(prices: &Prices, what: &str) -> f64 {
        items(&figures(), prices).unwrap().into_iter().find(|item| item.what.contains(what)).unwrap().dollars
    }

    #[test]
    fn units_cost_what_a_million_of_them_does() {
        let mut prices = Prices::default();
        assert!((dollars(&prices, "inventory") - 0.1 * 100_000.0 * 0.625 / 1e6).abs() < 1e-9);
        prices.replace("write_units=1.25").unwrap();
        assert!((dollars(&prices, "inventory") - 0.1 * 100_000.0 * 1.25 / 1e6).abs() < 1e-9);
    }

    #[test]
    fn deciding_at_once_costs_a_fraction_of_deciding_singly() {
        let prices = Prices::default();
        assert!(dollars(&prices, "100 at once") * 20.0 < dollars(&prices, "each by itself"));
    }

    #[test]
    fn an_unknown_price_and_a_missing_figure_are_told() {
        assert!(Prices::default().replace("water=1").unwrap_err().contains("write_units"));
        assert!(items(&[], &Prices::default()).unwrap_err().contains("ingest"));
    }
}
