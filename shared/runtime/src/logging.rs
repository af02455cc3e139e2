//! Logs: which lines, in which form.
//!
//! A line holds ids, counts, times and words of the product: never a token, a body, a note, a name or an address. That
//! is a promise of our own crates alone, so that only they are heard at the level that an operator asks for; a library
//! may say that something is wrong, and nothing else, because at finer levels it prints whole requests.
//!
//! | variable | meaning |
//! |---|---|
//! | `LOG_LEVEL` | `error` to `trace`; when absent, `AWS_LAMBDA_LOG_LEVEL`, else `info` |
//! | `AWS_LAMBDA_LOG_FORMAT` | `JSON`, as the template sets it, is one object a line; anything else is for people |
//! | `METRICS_NAMESPACE` | where metrics are kept, `AccessReview` when absent |

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::metrics;

/// The crates whose lines hold no personal data.
const OWN_CRATES: [&str; 30] = [
    "app",
    "approvals",
    "authn",
    "authorizer",
    "automate",
    "automations",
    "campaigns",
    "columns",
    "deliver",
    "delivery",
    "domain",
    "evaluate",
    "exports",
    "ingest",
    "intake",
    "inventory",
    "materialize",
    "notify",
    "post",
    "predicate",
    "render",
    "report",
    "reviews",
    "rules",
    "runtime",
    "schedules",
    "scim",
    "settings",
    "store",
    "wire",
];

/// What a line looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line, as CloudWatch reads it.
    Json,
    /// For people.
    Text,
}

/// Which lines are written at this level: our own crates', and warnings of everybody else.
#[must_use]
pub fn lines(level: LevelFilter) -> Targets {
    let others = level.min(LevelFilter::WARN);
    OWN_CRATES.into_iter().fold(Targets::new().with_default(others), |lines, own| lines.with_target(own, level))
}

/// These lines in this form. Fields of the request or message that a line belongs to are part of it.
pub fn layer<S, W>(format: Format, lines: Targets, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let written = tracing_subscriber::fmt::layer().with_target(false).with_writer(writer);
    match format {
        Format::Json => written.json().flatten_event(true).with_span_list(false).with_filter(lines).boxed(),
        Format::Text => written.with_ansi(false).without_time().with_filter(lines).boxed(),
    }
}

/// Logging and metrics of a function, as its environment asks for them. A panic is logged by its place alone: its text
/// may quote data.
pub(crate) fn start() {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let level = variable("LOG_LEVEL").or_else(|| variable("AWS_LAMBDA_LOG_LEVEL"));
    let level = level.and_then(|word| word.parse().ok()).unwrap_or(LevelFilter::INFO);
    let is_json = variable("AWS_LAMBDA_LOG_FORMAT").is_some_and(|format| format.eq_ignore_ascii_case("json"));
    let format = if is_json { Format::Json } else { Format::Text };
    let subscriber = tracing_subscriber::registry().with(layer(format, lines(level), std::io::stdout));
    // A second start in one process keeps the first one's logging.
    let _ = subscriber.try_init();
    if variable("AWS_LAMBDA_RUNTIME_API").is_some() {
        metrics::write_to_standard_output(
            variable("METRICS_NAMESPACE").unwrap_or_else(|| metrics::NAMESPACE.to_owned()),
        );
    }
    hide_panics();
}

/// From now on a panic is one log line with its place; what it says is not written anywhere.
pub fn hide_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use tracing::Level;

    use super::*;

    #[test]
    fn a_library_says_nothing_below_a_warning_whatever_level_is_asked_for() {
        let lines = lines(LevelFilter::TRACE);
        assert!(lines.would_enable("app::review", &Level::TRACE));
        for library in ["aws_smithy_runtime::client", "hyper_util", "lambda_runtime", "rustls", "object_store"] {
            assert!(lines.would_enable(library, &Level::WARN), "{library}");
            assert!(!lines.would_enable(library, &Level::INFO), "{library}");
        }
    }

    #[test]
    fn an_operator_may_ask_for_errors_alone() {
        let lines = lines(LevelFilter::ERROR);
        assert!(!lines.would_enable("runtime::edge", &Level::WARN));
        assert!(!lines.would_enable("hyper", &Level::WARN));
    }

    #[test]
    fn every_crate_that_a_function_is_made_of_is_heard() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let folders = ["shared", "functions"].map(|folder| std::fs::read_dir(root.join(folder)).unwrap());
        let crates = folders.into_iter().flatten().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        assert_eq!(crates.collect::<BTreeSet<_>>(), OWN_CRATES.map(str::to_owned).into());
    }
}
