//! What a cold start costs: the size of each function as it is deployed, and what it does from its first instruction to
//! the moment at which it asks for work.
//!
//! Each function is started as Lambda starts it, against a runtime interface and a table that answer at once on the
//! loopback address. Time is of this machine and of an idle moment; instructions are counted by valgrind, without the
//! kernel's, and hardly change from run to run. No TLS handshake is part of either: the table is reached without one.

mod lambda;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::DeflateEncoder;
use runtime::ports::QUEUES;

use self::lambda::Lambda;
use crate::figure::Figure;
use crate::valgrind;

/// What a function should be at most. Most of it is what the SDK of the table takes, see `docs/adr/0017`.
const GOAL_BYTES: f64 = 7e6;
const GOAL_ZIPPED_BYTES: f64 = 3e6;
/// What a start may do at most.
const MOST_INSTRUCTIONS: f64 = 20e6;
/// What a function may be at most: a little above what the largest is, so that none grows unseen.
const CEILING: Ceiling = Ceiling { bytes: 11.5e6, zipped_bytes: 5.2e6 };
/// The same of functions that carry more than code.
const LARGER: [(&str, Ceiling); 1] = [("render", Ceiling { bytes: 16.8e6, zipped_bytes: 7.9e6 })];
/// Starts of which the middle one counts.
const STARTS: usize = 5;
/// A function that has not asked for work after so long never will. Counting instructions takes fifty times as long as
/// carrying them out.
const PATIENCE: Duration = Duration::from_secs(120);
/// What a zip adds to the compressed bytes of one file.
const ZIP_BYTES: usize = 150;

/// The size over which a function does not pass.
#[derive(Clone, Copy)]
struct Ceiling {
    bytes: f64,
    zipped_bytes: f64,
}

impl Ceiling {
    fn of(function: &str) -> Self {
        LARGER.iter().find(|(name, _)| *name == function).map_or(CEILING, |(_, larger)| *larger)
    }
}

type Failure = Box<dyn std::error::Error>;

/// Measures every function whose binary lies in `directory`.
///
/// # Errors
/// When a binary is missing or does not start.
pub fn run(directory: &Path) -> Result<Vec<Figure>, Failure> {
    let mut figures = Vec::new();
    for name in names()? {
        let binary = directory.join(&name);
        if !binary.is_file() {
            let packages = names()?.join(" -p ");
            return Err(format!("no `{}`; build them: cargo build --release -p {packages}", binary.display()).into());
        }
        figures.extend(measured(&name, &binary)?);
    }
    Ok(figures)
}

/// The functions of the product.
fn names() -> Result<Vec<String>, Failure> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../functions");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

#[expect(clippy::cast_precision_loss, reason = "figures are shown with four digits")]
fn measured(name: &str, binary: &Path) -> Result<Vec<Figure>, Failure> {
    let bytes = std::fs::read(binary)?;
    let figure = |what: &str, value: f64, unit: &'static str| Figure::new(format!("{name}.{what}"), value, unit, 0);
    let ceiling = Ceiling::of(name);
    let mut figures = vec![
        figure("binary", bytes.len() as f64, "bytes").at_most(GOAL_BYTES).tolerated_to(ceiling.bytes),
        figure("zipped", zipped(&bytes)? as f64, "bytes").at_most(GOAL_ZIPPED_BYTES).tolerated_to(ceiling.zipped_bytes),
        figure("first_poll", first_poll(binary)?.as_secs_f64() * 1e3, "ms"),
    ];
    if let Some(instructions) = instructions(binary)? {
        figures.push(figure("instructions", instructions as f64, "count").at_most(MOST_INSTRUCTIONS));
    }
    Ok(figures)
}

fn zipped(bytes: &[u8]) -> Result<usize, Failure> {
    let mut zip = DeflateEncoder::new(Vec::new(), Compression::best());
    zip.write_all(bytes)?;
    Ok(zip.finish()?.len() + ZIP_BYTES)
}

/// The middle one of several starts.
fn first_poll(binary: &Path) -> Result<Duration, Failure> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let lambda = Lambda::start()?;
        let started = Instant::now();
        let mut process = started_in(&lambda, &mut Command::new(binary)).spawn()?;
        let asked = lambda.first_poll(PATIENCE);
        process.kill()?;
        process.wait()?;
        times.push(asked.ok_or_else(|| never(binary))?.duration_since(started));
    }
    times.sort();
    times.get(STARTS / 2).copied().ok_or_else(|| "no start".into())
}

/// Instructions from the first one to the poll, and of the exit that follows. `None` without valgrind.
fn instructions(binary: &Path) -> Result<Option<u64>, Failure> {
    let Some(mut command) = valgrind::counting(binary) else { return Ok(None) };
    let lambda = Lambda::start()?;
    let process = started_in(&lambda, &mut command).stderr(Stdio::piped()).spawn()?;
    let asked = lambda.first_poll(PATIENCE);
    // The poll is not answered but broken off, so that the function ends by itself.
    let output = process.wait_with_output()?;
    asked.ok_or_else(|| never(binary))?;
    valgrind::counted(&output.stderr).map(Some)
}

fn never(binary: &Path) -> String {
    format!("`{}` never asked for work", binary.display())
}

/// A function in its environment, as the template and Lambda set it.
fn started_in<'a>(lambda: &Lambda, command: &'a mut Command) -> &'a mut Command {
    let endpoint = format!("http://{}", lambda.address());
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("AWS_LAMBDA_RUNTIME_API", lambda.address())
        .env("AWS_LAMBDA_FUNCTION_NAME", "bench")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024")
        .env("AWS_LAMBDA_LOG_FORMAT", "JSON")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "bench")
        .env("AWS_SECRET_ACCESS_KEY", "bench")
        .env("AWS_ENDPOINT_URL", &endpoint)
        .env("TABLE_NAME", "reviews")
        .env("EVENT_BUS_NAME", "bench")
        // Each function looks for its own.
        .envs(QUEUES.map(|(_, variable)| (variable, format!("{endpoint}/{variable}"))))
        .env("UPLOADS_BUCKET", "uploads")
        .env("EXPORTS_BUCKET", "exports")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_larger_is_a_function_and_larger() {
        let names = names().unwrap();
        for (name, ceiling) in LARGER {
            assert!(names.iter().any(|function| function == name), "{name}");
            assert!(ceiling.bytes > CEILING.bytes && ceiling.zipped_bytes > CEILING.zipped_bytes, "{name}");
            assert!(Ceiling::of(name).bytes > Ceiling::of("authorizer").bytes);
        }
    }
}
