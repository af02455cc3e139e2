//! Metrics as log lines: CloudWatch reads them out of the log by themselves (embedded metric format), so that counting
//! costs no request and no client.
//!
//! Every dimension has few values, because each combination is a metric that is paid for: operations of the route table,
//! classes of status, kinds of work, outcomes. Never an id, never anything about a person. What there is and what to do
//! about it stands in `docs/operations.md`.
//!
//! Outside Lambda a line goes to the debug log instead.

use std::io::Write;
use std::sync::OnceLock;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The namespace of all metrics, unless the installation names another.
pub(crate) const NAMESPACE: &str = "AccessReview";

/// Where lines go to; empty as long as nobody reads metrics.
static STANDARD_OUTPUT: OnceLock<String> = OnceLock::new();

/// From now on metrics are written to the standard output, under this namespace.
pub(crate) fn write_to_standard_output(namespace: String) {
    // A second start in one process keeps the first one's namespace.
    let _ = STANDARD_OUTPUT.set(namespace);
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Things or events.
    Count,
    /// Thousandths of a second.
    Milliseconds,
}

impl Unit {
    fn word(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Milliseconds => "Milliseconds",
        }
    }
}

/// One line of metrics: dimensions with their values, and numbers by some of them.
#[derive(Debug, Clone)]
pub struct Line {
    at: Timestamp,
    members: Map<String, Value>,
    /// Which numbers are kept by which dimensions.
    directives: Vec<Directive>,
}

#[derive(Debug, Clone)]
struct Directive {
    by: &'static [&'static [&'static str]],
    numbers: Vec<(&'static str, Unit)>,
}

impl Line {
    /// An empty line of this moment.
    pub fn at(at: Timestamp) -> Self {
        Self { at, members: Map::new(), directives: Vec::new() }
    }

    /// Gives a dimension its value, of which there must be few.
    #[must_use]
    pub fn dimension(mut self, name: &'static str, value: &str) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// Adds numbers that are kept by each of these sets of dimensions; the empty set is the number of everything.
    #[must_use]
    pub fn numbers(mut self, by: &'static [&'static [&'static str]], numbers: &[(&'static str, Unit, u64)]) -> Self {
        for (name, _, value) in numbers {
            self.members.insert((*name).to_owned(), (*value).into());
        }
        let numbers = numbers.iter().map(|(name, unit, _)| (*name, *unit)).collect();
        self.directives.push(Directive { by, numbers });
        self
    }

    /// Writes the line: to the standard output where metrics are read, else to the debug log.
    pub fn write(self) {
        match STANDARD_OUTPUT.get() {
            Some(namespace) => {
                let line = format!("{}\n", self.json(namespace));
                // A metric that cannot be written is nobody's problem but the metric's.
                let _ = std::io::stdout().lock().write_all(line.as_bytes());
            }
            None => tracing::debug!(line = %self.json(NAMESPACE), "metrics"),
        }
    }

    fn json(self, namespace: &str) -> Value {
        let Self { at, members, directives } = self;
        let directive = |Directive { by, numbers }: Directive| {
            let numbers: Vec<_> =
                numbers.into_iter().map(|(name, unit)| json!({"Name": name, "Unit": unit.word()})).collect();
            json!({"Namespace": namespace, "Dimensions": by, "Metrics": numbers})
        };
        let directives: Vec<_> = directives.into_iter().map(directive).collect();
        let mut line = Map::new();
        line.insert("_aws".to_owned(), json!({"Timestamp": at.as_millisecond(), "CloudWatchMetrics": directives}));
        line.extend(members);
        line.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_embedded_metric_format() {
        let line = Line::at("2026-01-01T00:00:00Z".parse().unwrap())
            .dimension("Operation", "decide_approval")
            .dimension("StatusClass", "2xx")
            .numbers(&[&[], &["Operation", "StatusClass"]], &[("Requests", Unit::Count, 1)])
            .numbers(&[&["Operation"]], &[("Latency", Unit::Milliseconds, 12)]);
        let number = |name: &str, unit: &str| json!({"Name": name, "Unit": unit});
        let expected = json!({
            "_aws": {"Timestamp": 1_767_225_600_000_i64, "CloudWatchMetrics": [
                {
                    "Namespace": "AccessReview/test", "Dimensions": [[], ["Operation", "StatusClass"]],
                    "Metrics": [number("Requests", "Count")],
                },
                {
                    "Namespace": "AccessReview/test", "Dimensions": [["Operation"]],
                    "Metrics": [number("Latency", "Milliseconds")],
                },
            ]},
            "Operation": "decide_approval", "StatusClass": "2xx", "Requests": 1, "Latency": 12,
        });
        assert_eq!(line.json("AccessReview/test"), expected);
    }
}
