//! The same rows in an SQLite table with typed columns, in memory.

use columns::{Batch, Cell, Column};
use rusqlite::{Connection, params};

/// The table.
pub(super) struct Table {
    connection: Connection,
}

impl Table {
    /// All rows. A list is one text between bars, the form in which SQLite finds an element fastest without a second
    /// table.
    pub(super) fn of(blocks: &[Batch]) -> rusqlite::Result<Self> {
        let mut connection = Connection::open_in_memory()?;
        connection.execute_batch(
            "CREATE TABLE rows (source_name TEXT, source_department TEXT, source_privileged INTEGER,
             source_mfa_enabled INTEGER, source_last_login_at INTEGER, destination_name TEXT,
             destination_is_active INTEGER, risk_score INTEGER, concrete_permissions TEXT) STRICT",
        )?;
        let transaction = connection.transaction()?;
        {
            let mut insert = transaction.prepare("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")?;
            for (block, row) in blocks.iter().flat_map(|block| (0..block.rows()).map(move |row| (block, row))) {
                let column = |name| block.column(name);
                insert.execute(params![
                    column("source.name").and_then(|column| column.text(row)),
                    column("source.department").and_then(|column| column.text(row)),
                    column("source.privileged").and_then(|column| column.bool(row)),
                    column("source.mfa_enabled").and_then(|column| column.bool(row)),
                    column("source.last_login_at").and_then(|column| column.time(row)),
                    column("destination.name").and_then(|column| column.text(row)),
                    column("destination.is_active").and_then(|column| column.bool(row)),
                    column("risk.score").and_then(|column| column.int(row)),
                    column("concrete_permissions").and_then(|column| joined(column, row)),
                ])?;
            }
        }
        transaction.commit()?;
        Ok(Self { connection })
    }

    /// How many rows satisfy a condition in SQL.
    pub(super) fn count(&self, condition: &str) -> rusqlite::Result<usize> {
        let mut statement = self.connection.prepare_cached(&format!("SELECT count(*) FROM rows WHERE {condition}"))?;
        statement.query_row([], |row| row.get::<_, u32>(0)).map(|count| count as usize)
    }
}

fn joined(column: &Column, row: usize) -> Option<String> {
    match column.cell(row)? {
        Cell::List(list) => Some(format!("|{}|", list.iter().collect::<Vec<_>>().join("|"))),
        _ => None,
    }
}
