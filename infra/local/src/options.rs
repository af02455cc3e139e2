//! What may be chosen about a local stack.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use app::deps::Clock;
use runtime::ports::SystemClock;

/// People in the sample organisation, unless another number is asked for.
pub const SAMPLE_PEOPLE: u32 = 3_000;

/// Where data lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// In memory, gone with the process. Uploads and tokens lie in a temporary directory.
    Ephemeral,
    /// In this directory, which is created when absent.
    Directory(PathBuf),
}

/// What may be chosen about a local stack.
#[derive(Clone)]
pub struct Options {
    /// Where data lives.
    pub data: Data,
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// How many people the sample organisation has, which is loaded into an empty stack; `None` loads nothing.
    pub sample: Option<u32>,
    /// The time, as every function sees it.
    pub clock: Arc<dyn Clock>,
    /// Time between two ticks of every schedule, instead of what the template says.
    pub tick: Option<Duration>,
}

impl Default for Options {
    /// As `cargo run` starts it: data in `./data`, port 8080, with the sample organisation.
    fn default() -> Self {
        Self {
            data: Data::Directory(PathBuf::from("data")),
            port: 8080,
            sample: Some(SAMPLE_PEOPLE),
            clock: Arc::new(SystemClock),
            tick: None,
        }
    }
}

impl Options {
    /// In memory, on a free port, empty but for the four tokens.
    #[must_use]
    pub fn for_tests() -> Self {
        Self { data: Data::Ephemeral, port: 0, sample: None, ..Self::default() }
    }

    /// As [`Self::for_tests`], but in a directory that outlives the process.
    #[must_use]
    pub fn durable(directory: &Path) -> Self {
        Self { data: Data::Directory(directory.to_owned()), ..Self::for_tests() }
    }
}
