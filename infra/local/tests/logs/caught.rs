//! A log that is kept in memory.

use std::io::Write;
use std::sync::{Arc, Mutex};

use runtime::logging::{self, Format};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Everything that was logged since the start.
#[derive(Clone, Default)]
pub struct Caught(Arc<Mutex<Vec<u8>>>);

impl Caught {
    /// Catches what functions log at the finest level, libraries as they are set in an installation, and what the local
    /// stack itself says.
    pub fn start() -> Self {
        let caught = Self::default();
        let lines = logging::lines(LevelFilter::TRACE).with_target("local", LevelFilter::TRACE);
        let writer = caught.clone();
        let layer = logging::layer(Format::Json, lines, move || writer.clone());
        tracing_subscriber::registry().with(layer).try_init().expect("nobody else logs in this process");
        caught
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("no writer panicked").clone()).expect("text")
    }
}

impl Write for Caught {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no writer panicked").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
