//! What exports cost: memory and time to write the rows of a review to a file, in each format.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use app::Deps;
use app::deps::{Fetched, Growing, Label, Message, Objects, PortError, Soon};
use app::export::{self, Document, Format, Formats, Head, Unwritten};
use bench::figure::Figure;
use domain::ids::ReviewId;

use crate::world::World;
use crate::{Failure, cost, memory};

/// How many rows the review has unless another number is asked for.
pub(crate) const ROWS: usize = 100_000;
/// The most memory that writing a file may take, whatever its length: a small part of what a worker has.
const MOST_BYTES: f64 = 512.0 * 1_048_576.0;
/// How long a worker has, in seconds.
const WORKER_SECONDS: f64 = 900.0;

/// Builds a review of so many rows and has other processes write its files, which hold nothing else in memory. `more` is told
/// to them.
pub(crate) async fn run(rows: usize, more: &[&str]) -> Result<(), Failure> {
    let folder = std::env::temp_dir().join(format!("bench-exports-{}", std::process::id()));
    std::fs::create_dir(&folder)?;
    let path = folder.join("table.db");
    let (world, id) = cost::built(rows).await?;
    world.engine.backup(&path)?;
    drop(world);
    let own = std::env::current_exe()?;
    let (rows, id) = (rows.to_string(), id.to_string());
    let status =
        Command::new(own).args(["exports", "--rows", &rows, "--review", &id, "--table"]).arg(&path).args(more).status();
    std::fs::remove_dir_all(&folder)?;
    if status?.success() { Ok(()) } else { Err("the measuring process has failed".into()) }
}

/// Writes the files of the review in a table, one after the other, as a worker does that is asked for all of them.
pub(crate) async fn measure(path: &Path, id: ReviewId, rows: usize) -> Result<Vec<Figure>, Failure> {
    let world = World::at(path)?;
    let mut figures = Vec::new();
    let before = memory::held()?;
    for format in Format::ALL {
        let figure = |name: &str, value: f64, unit| {
            Figure::new(format!("export.{}.{name}", format.extension()), value, unit, rows)
        };
        let counted = Arc::new(Counted::default());
        let deps = Deps { objects: Arc::clone(&counted) as Arc<dyn Objects>, ..world.cold() };
        let input = export::CreateInput {
            review: id,
            previous: None,
            format,
            title: None,
            filter: None,
            mutable_filter: None,
            order: Vec::new(),
        };
        let asked = export::create(&deps, &world.call(), input).await?;
        world.usage();
        memory::forget_peak()?;
        let started = Instant::now();
        for message in world.messages() {
            if let Message::Export { job } = message {
                export::work(&deps, job, &Writers, &|| Duration::from_secs(3600)).await?;
            }
        }
        let (seconds, usage) = (started.elapsed().as_secs_f64(), world.usage());
        let written = export::get(&deps, &world.call(), asked).await?;
        if written.rows != Some(u64::try_from(rows)?) || written.bytes != Some(counted.0.load(Ordering::Relaxed)) {
            return Err(format!("an export ended as {written:?}").into());
        }
        figures.extend([
            figure("seconds", seconds, "s").at_most(WORKER_SECONDS),
            figure("peak_bytes", memory::peak()? - before, "bytes").at_most(MOST_BYTES),
            figure("bytes", count(counted.0.load(Ordering::Relaxed)), "bytes"),
            figure("read_units", usage.read_units(), "units"),
            figure("requests", count(usage.requests()), "requests"),
        ]);
    }
    Ok(figures)
}

/// The formats that the worker knows.
struct Writers;

impl Formats for Writers {
    fn begin(&self, format: Format, head: Head, out: &mut Vec<u8>) -> Result<Box<dyn Document>, Unwritten> {
        report::begin(format, head, out)
    }
}

/// Takes files and keeps nothing of them but how long they are.
#[derive(Default)]
struct Counted(Arc<AtomicU64>);

struct Growth(Arc<AtomicU64>);

impl Growing for Growth {
    fn write(&mut self, bytes: Vec<u8>) -> Soon<'_, Result<(), PortError>> {
        self.0.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Box::pin(async { Ok(()) })
    }

    fn finish(self: Box<Self>) -> Soon<'static, Result<(), PortError>> {
        Box::pin(async { Ok(()) })
    }

    fn abort(self: Box<Self>) -> Soon<'static, ()> {
        Box::pin(async {})
    }
}

impl Objects for Counted {
    fn upload_url<'a>(&'a self, key: &'a str, _: u64, _: Duration) -> Soon<'a, Result<String, PortError>> {
        Box::pin(async move { Err(PortError::unsupported(format!("an upload of `{key}`"))) })
    }

    fn size<'a>(&'a self, _: &'a str) -> Soon<'a, Result<Option<u64>, PortError>> {
        Box::pin(async { Ok(None) })
    }

    fn get<'a>(&'a self, _: &'a str, _: u64) -> Soon<'a, Result<Fetched, PortError>> {
        Box::pin(async { Ok(Fetched::Absent) })
    }

    fn put<'a>(&'a self, key: &'a str, _: Vec<u8>) -> Soon<'a, Result<(), PortError>> {
        Box::pin(async move { Err(PortError::unsupported(format!("keeping `{key}`"))) })
    }

    fn begin<'a>(&'a self, _: &'a str, _: &'a Label) -> Soon<'a, Result<Box<dyn Growing>, PortError>> {
        let growth: Box<dyn Growing> = Box::new(Growth(Arc::clone(&self.0)));
        Box::pin(async move { Ok(growth) })
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures are shown with four digits")]
fn count(value: u64) -> f64 {
    value as f64
}
