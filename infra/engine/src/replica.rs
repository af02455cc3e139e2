//! A second copy of the database that is some writes behind: what an eventual read or an index may see.
//!
//! It never goes back in time, and it is always a state that the first copy really was in.

use std::collections::VecDeque;

use bytes::Bytes;
use dynoxide::Database;
use serde_json::json;

use crate::dispatch::Cut;
use crate::{Error, dispatch, dump, table};

pub(crate) struct Replica {
    database: Database,
    behind: VecDeque<(String, Bytes, Cut)>,
}

impl Replica {
    /// A copy of the product's tables as they are now.
    pub(crate) fn of(database: &Database) -> Result<Self, Error> {
        let copy = Database::memory()?;
        let tables = serde_json::from_value(json!({})).map_err(|error| Error(error.to_string()))?;
        for name in database.list_tables(tables)?.table_names {
            table::create(&copy, &name)?;
            for item in dump::raw_items(database, &name)? {
                let put = serde_json::from_value(json!({"TableName": name, "Item": item}))
                    .map_err(|error| Error(error.to_string()))?;
                copy.put_item(put)?;
            }
        }
        Ok(Self { database: copy, behind: VecDeque::new() })
    }

    /// A write that the first copy has carried out.
    pub(crate) fn follow(&mut self, operation: &str, body: Bytes, cut: Cut) {
        self.behind.push_back((operation.to_owned(), body, cut));
    }

    /// The copy as it was at most `lag` writes ago.
    pub(crate) fn at_most_behind(&mut self, lag: u32) -> &Database {
        while self.behind.len() > lag as usize {
            if let Some((operation, body, cut)) = self.behind.pop_front() {
                // The same write on the same state: it succeeds here as it did there.
                let _ = dispatch::run(&self.database, &operation, &body, cut);
            }
        }
        &self.database
    }
}
