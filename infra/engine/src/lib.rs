//! An embedded DynamoDB for the local stack, the tests and the bench.
//!
//! The product always speaks through `aws-sdk-dynamodb`; this crate is an HTTP client for that SDK which never opens a
//! socket: it hands the JSON of a request to [`dynoxide::Database`] in the same process and answers with the JSON that
//! DynamoDB would send. The SDK's own retries, error types and request tokens are therefore part of every test.
//!
//! What the embedded database cannot show by itself is added here, from a seed, so that a failing run can be repeated:
//!
//! | what happens in AWS                                   | here                                        |
//! | ----------------------------------------------------- | ------------------------------------------- |
//! | throttling, 500, a response lost after the commit     | [`Faults`], [`Engine::inject`]              |
//! | transaction conflicts, unprocessed items, short pages | [`Faults`], [`Engine::inject`]              |
//! | eventual reads and indexes that lag behind            | [`Faults::stale`] (a replica up to n writes behind) |
//! | a function killed in the middle of its work           | [`Engine::crash`], [`Engine::revive`]       |
//! | consumed capacity                                     | [`Engine::usage`]: always metered           |
//! | calls of several functions interleaved                | [`Faults::interleave`], [`simulate`]        |
//! | clients that ask again what nobody answered           | [`sim::insist`]                             |
//! | a role that does not allow a call                     | [`Engine::client_of`]                       |
//!
//! What stays different from AWS: writes are serial (no real contention), a request that fails its condition consumes
//! nothing on the meter, and expired items stay until [`Engine::sweep_expired`] is called.

mod connector;
mod crash;
mod dispatch;
mod dump;
mod faults;
mod meter;
mod replica;
mod role;
pub mod sim;
mod simulate;
mod table;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dynoxide::Database;

pub use crash::Crash;
pub use faults::{Fault, Faults};
pub use meter::{Operation, Usage};
pub use role::{Grant, Partitions};
pub use simulate::{SIMULATED_START_SECONDS, simulate};
pub use table::definition as table_definition;

use crate::replica::Replica;

/// The embedded database refused something or its file could not be used. Carries the database's own words.
#[derive(Debug)]
pub struct Error(String);

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

impl From<dynoxide::DynoxideError> for Error {
    fn from(error: dynoxide::DynoxideError) -> Self {
        Self(error.to_string())
    }
}

/// One embedded database. Clones share it, so that several clients see the same table.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

struct Shared {
    database: Database,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    faults: faults::Injector,
    usage: Usage,
    crash: crash::State,
    calls: u64,
    replica: Option<Replica>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Engine")
    }
}

impl Engine {
    /// A database in memory, gone with its last clone.
    ///
    /// # Errors
    /// When the database library cannot start.
    pub fn memory() -> Result<Self, Error> {
        Ok(Self::over(Database::memory()?))
    }

    /// A database in a file, created when absent. Survives the death of the process (write-ahead log), not of the
    /// machine: syncing every write would make local work slow for nothing.
    ///
    /// # Errors
    /// When the file cannot be opened, is no database or is not valid as a path.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let text = path.to_str().ok_or_else(|| Error(format!("`{}` is not valid UTF-8", path.display())))?;
        let database = Database::new(text)?;
        database.enable_bulk_loading()?;
        Ok(Self::over(database))
    }

    fn over(database: Database) -> Self {
        Self { shared: Arc::new(Shared { database, state: Mutex::default() }) }
    }

    /// Creates the product's table ([`table_definition`]) under `name` (three characters at least) unless it exists.
    ///
    /// # Errors
    /// When the name is refused.
    pub fn create_table(&self, name: &str) -> Result<(), Error> {
        table::create(&self.shared.database, name)
    }

    /// Injects seeded faults from the next call on. Data that exists is visible to lagging reads at once.
    ///
    /// # Errors
    /// When the lagging replica cannot be set up.
    pub fn set_faults(&self, faults: Faults) -> Result<(), Error> {
        let mut state = self.state();
        state.replica = match faults.stale {
            0 => None,
            _ => Some(Replica::of(&self.shared.database)?),
        };
        state.faults.plan(faults);
        Ok(())
    }

    /// No more faults: neither seeded nor queued ones.
    pub fn clear_faults(&self) {
        let mut state = self.state();
        state.faults.clear();
        state.replica = None;
    }

    /// Queues one fault for the next call of `operation` (`"PutItem"`, ...). Several queued for one operation happen
    /// one after the other, a call each (a retry of the SDK is a call).
    pub fn inject(&self, operation: &str, fault: Fault) {
        self.state().faults.queue(operation, fault);
    }

    /// From now on the process counts as dead after some calls: see [`Crash`].
    pub fn crash(&self, crash: Crash) {
        self.state().crash.plan(crash);
    }

    /// The crashed process is started again: calls are answered. Says whether it had crashed.
    pub fn revive(&self) -> bool {
        self.state().crash.revive()
    }

    /// The same, but a crash that is still to come stays planned: for who cannot know whether it has come.
    pub fn revive_if_dead(&self) -> bool {
        self.state().crash.revive_if_dead()
    }

    /// Calls that reached the engine since it was made, whether answered or not.
    pub fn calls(&self) -> u64 {
        self.state().calls
    }

    /// What was consumed since the start or the last [`Self::reset_usage`].
    pub fn usage(&self) -> Usage {
        self.state().usage.clone()
    }

    /// Sets the meter to zero and returns what it had counted.
    pub fn reset_usage(&self) -> Usage {
        std::mem::take(&mut self.state().usage)
    }

    /// Every item of a table as canonical JSON (keys and sets sorted), one a line, ordered by key: two runs that left
    /// the same data give the same text.
    ///
    /// # Errors
    /// When the table does not exist.
    pub fn dump(&self, table: &str) -> Result<String, Error> {
        dump::text(&self.shared.database, table)
    }

    /// Every item of a table in DynamoDB JSON (`{"pk": {"S": ".."}, ..}`), keys and sets sorted, ordered by key.
    ///
    /// # Errors
    /// When the table does not exist.
    pub fn items(&self, table: &str) -> Result<Vec<serde_json::Value>, Error> {
        dump::items(&self.shared.database, table)
    }

    /// Writes an item in DynamoDB JSON over whatever has its key, as a broken program or a foreign hand would.
    ///
    /// # Errors
    /// When the item is refused.
    pub fn put(&self, table: &str, item: serde_json::Value) -> Result<(), Error> {
        dump::put(&self.shared.database, table, item)
    }

    /// Deletes what is past its time to live, which AWS does within days. Returns how many items went.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn sweep_expired(&self) -> Result<usize, Error> {
        Ok(self.shared.database.sweep_ttl()?)
    }

    /// Writes a consistent copy of the whole database to `path`, which must not exist.
    ///
    /// # Errors
    /// When the file exists or cannot be written.
    pub fn backup(&self, path: &Path) -> Result<(), Error> {
        let text = path.to_str().ok_or_else(|| Error(format!("`{}` is not valid UTF-8", path.display())))?;
        Ok(self.shared.database.vacuum_into(text)?)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic of one test task must not hide the engine's state from the others: every update of it is complete.
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
