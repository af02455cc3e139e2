//! Consumed capacity, counted as AWS would bill it on demand.

use std::collections::BTreeMap;

use dynoxide::types::ConsumedCapacity;

/// What calls consumed, by kind of operation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    /// By the operation's name in the API: `"Query"`, `"TransactWriteItems"`, ...
    pub operations: BTreeMap<String, Operation>,
}

/// What calls of one kind consumed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Operation {
    /// Calls that were carried out, refused ones included; injected faults that stopped a call before it ran are not.
    pub requests: u64,
    /// Those among them that the database refused (a failed condition, an unknown table).
    pub refused: u64,
    /// Read units; half for eventual reads, double for transactional ones.
    pub read_units: f64,
    /// Write units, of table and index; double for transactional ones.
    pub write_units: f64,
    /// Bytes of JSON sent.
    pub request_bytes: u64,
    /// Bytes of JSON received.
    pub response_bytes: u64,
}

impl Usage {
    /// Calls of every kind.
    pub fn requests(&self) -> u64 {
        self.operations.values().map(|operation| operation.requests).sum()
    }

    /// Read units of every kind of call.
    pub fn read_units(&self) -> f64 {
        self.operations.values().map(|operation| operation.read_units).sum()
    }

    /// Write units of every kind of call.
    pub fn write_units(&self) -> f64 {
        self.operations.values().map(|operation| operation.write_units).sum()
    }

    /// What calls of one kind consumed; zero for a kind that never came.
    pub fn of(&self, operation: &str) -> Operation {
        self.operations.get(operation).copied().unwrap_or_default()
    }

    pub(crate) fn count(&mut self, operation: &str, call: Operation) {
        let sum = self.operations.entry(operation.to_owned()).or_default();
        sum.requests += call.requests;
        sum.refused += call.refused;
        sum.read_units += call.read_units;
        sum.write_units += call.write_units;
        sum.request_bytes += call.request_bytes;
        sum.response_bytes += call.response_bytes;
    }
}

/// Units of one call as (read, write).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Units {
    pub(crate) read: f64,
    pub(crate) write: f64,
}

impl Units {
    /// Units of a call: the database splits them for transactions (a replayed one is billed as a read), and for all
    /// others the kind of operation says which they are.
    pub(crate) fn of<'a>(used: impl IntoIterator<Item = &'a ConsumedCapacity>, writes: bool) -> Self {
        let mut units = Self::default();
        for used in used {
            match (used.read_capacity_units, used.write_capacity_units) {
                (None, None) if writes => units.write += used.capacity_units,
                (None, None) => units.read += used.capacity_units,
                (read, write) => {
                    units.read += read.unwrap_or_default();
                    units.write += write.unwrap_or_default();
                }
            }
        }
        units
    }
}
