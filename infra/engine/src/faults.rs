//! Faults: what AWS does under load or in bad weather, drawn from a seed or queued one by one.

use std::collections::{BTreeMap, VecDeque};

/// How often each kind of fault happens, as a share of the calls it can happen to (0.0 never, 1.0 always).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Faults {
    /// Drives every draw.
    pub seed: u64,
    /// `ProvisionedThroughputExceededException` or `ThrottlingException`, before anything is done.
    pub throttled: f64,
    /// Status 500, before anything is done.
    pub failed: f64,
    /// The call is carried out and its response is lost.
    pub lost: f64,
    /// `TransactionConflict` as a cancellation reason of a transaction, or as the error of a single write.
    pub conflicted: f64,
    /// A batch is carried out in part, the rest comes back as unprocessed.
    pub unprocessed: f64,
    /// A query or scan reads one to seven items and stops with a `LastEvaluatedKey`.
    pub short_pages: f64,
    /// Eventual reads and all index reads are answered from up to this many writes ago; 0 means up to date.
    pub stale: u32,
    /// Before each call the task steps aside up to this many times, so that other tasks run in between.
    pub interleave: u32,
}

impl Faults {
    /// The weather that every store operation must survive.
    pub fn storm(seed: u64) -> Self {
        Self {
            seed,
            throttled: 0.10,
            failed: 0.02,
            lost: 0.05,
            conflicted: 0.10,
            unprocessed: 0.30,
            short_pages: 0.50,
            stale: 20,
            interleave: 3,
        }
    }

    /// No faults, but tasks take turns in an order that the seed decides.
    pub fn races(seed: u64) -> Self {
        Self { seed, interleave: 4, ..Self::default() }
    }
}

/// One fault of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `ProvisionedThroughputExceededException`; nothing is done. The SDK retries.
    Throughput,
    /// `ThrottlingException`; nothing is done. The SDK retries.
    Throttling,
    /// Status 500; nothing is done. The SDK retries.
    Internal,
    /// Carried out, but the connection breaks before the answer. The SDK retries.
    Lost,
    /// A transaction is cancelled because of the item with this index (modulo its length); a single write fails with
    /// `TransactionConflictException`. Nothing is done, and the SDK does not retry.
    Conflict(u32),
    /// `TransactionInProgressException`: the same token is still being worked on. Nothing is done; the SDK retries.
    InProgress,
    /// Only this many entries of a batch are carried out (at least one is left over), the rest is unprocessed.
    Unprocessed(u32),
    /// A query or scan stops after this many items.
    ShortPage(u32),
    /// The connection breaks before the request is sent. The SDK retries.
    Unreachable,
    /// Carried out, but nothing comes back and nothing breaks: whoever sets no limit of time waits for ever.
    Unanswered,
}

#[derive(Default)]
pub(crate) struct Injector {
    plan: Option<(Faults, fastrand::Rng)>,
    queued: BTreeMap<String, VecDeque<Fault>>,
}

/// What shall happen to one call.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weather {
    pub(crate) fault: Option<Fault>,
    pub(crate) lag: u32,
    pub(crate) steps_aside: u32,
}

impl Injector {
    pub(crate) fn plan(&mut self, faults: Faults) {
        let random = fastrand::Rng::with_seed(faults.seed);
        self.plan = Some((faults, random));
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn queue(&mut self, operation: &str, fault: Fault) {
        self.queued.entry(operation.to_owned()).or_default().push_back(fault);
    }

    pub(crate) fn next_call(&mut self, operation: &str) -> Weather {
        let mut weather = Weather::default();
        if let Some((faults, random)) = &mut self.plan {
            weather.steps_aside = up_to(random, faults.interleave);
            weather.lag = up_to(random, faults.stale);
            weather.fault = draw(faults, random, operation);
        }
        if let Some(fault) = self.queued.get_mut(operation).and_then(VecDeque::pop_front) {
            weather.fault = Some(fault);
        }
        weather
    }
}

fn up_to(random: &mut fastrand::Rng, most: u32) -> u32 {
    if most == 0 { 0 } else { random.u32(0..=most) }
}

fn draw(faults: &Faults, random: &mut fastrand::Rng, operation: &str) -> Option<Fault> {
    let (batch, transaction, page, single_write) = match operation {
        "BatchWriteItem" | "BatchGetItem" => (true, false, false, false),
        "TransactWriteItems" | "TransactGetItems" => (false, true, false, false),
        "Query" | "Scan" => (false, false, true, false),
        "PutItem" | "UpdateItem" | "DeleteItem" => (false, false, false, true),
        "GetItem" => (false, false, false, false),
        // Faults are for data; tables are set up in peace.
        _ => return None,
    };
    let mut happens = |share: f64| share > 0.0 && random.f64() < share;
    if happens(faults.throttled) {
        return Some(if random.bool() { Fault::Throughput } else { Fault::Throttling });
    }
    if happens(faults.failed) {
        return Some(Fault::Internal);
    }
    if happens(faults.lost) {
        return Some(Fault::Lost);
    }
    if (transaction || single_write) && happens(faults.conflicted) {
        return Some(Fault::Conflict(random.u32(..)));
    }
    if batch && happens(faults.unprocessed) {
        return Some(Fault::Unprocessed(random.u32(0..25)));
    }
    if page && happens(faults.short_pages) {
        return Some(Fault::ShortPage(random.u32(1..=7)));
    }
    None
}
