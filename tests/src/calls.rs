//! Which test calls which operation: written down when `REVIEW_CALLS` names a folder, for the table of endpoints.
//!
//! A call counts when it succeeds and stands in the test itself: what the shared `world` does to prepare, and what goes over
//! all operations at once, tests none of them.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::panic::Location;
use std::path::Path;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::contract::Operation;

/// The file that prepares what other files test.
const PREPARES: &str = "world.rs";

static BOOK: LazyLock<Option<Book>> = LazyLock::new(Book::open);

struct Book {
    suite: String,
    lines: Mutex<(File, BTreeSet<String>)>,
}

impl Book {
    #[expect(clippy::expect_used, reason = "a test client fails the test")]
    fn open() -> Option<Self> {
        let folder = std::env::var_os("REVIEW_CALLS")?;
        let program = std::env::current_exe().expect("this program has a name");
        let stem = program.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        // Behind the name of the suite stands a hash of how it was built.
        let suite = stem.rsplit_once('-').map_or(stem.as_str(), |(suite, _)| suite).to_owned();
        std::fs::create_dir_all(&folder).expect("a folder for calls");
        let path = Path::new(&folder).join(format!("{suite}-{}.tsv", std::process::id()));
        let file = OpenOptions::new().create(true).append(true).open(path).expect("a file for calls");
        Some(Self { suite, lines: Mutex::new((file, BTreeSet::new())) })
    }
}

/// Writes a call down, once for each test. Calls of threads without a name belong to no test.
#[expect(clippy::expect_used, reason = "a test client fails the test")]
pub(crate) fn note(operation: &Operation, from: &Location<'_>) {
    let Some(book) = &*BOOK else { return };
    let thread = std::thread::current();
    let Some(test) = thread.name().filter(|name| *name != "main") else { return };
    if from.file().ends_with(PREPARES) {
        return;
    }
    let line = format!("{}\t{}\t{}\t{test}\n", operation.method, operation.path, book.suite);
    let mut lines = book.lines.lock().unwrap_or_else(PoisonError::into_inner);
    if lines.1.insert(line.clone()) {
        lines.0.write_all(line.as_bytes()).expect("room for calls");
    }
}
