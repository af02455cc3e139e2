//! What a step took: time, memory, and what the table was asked for.

use std::time::{Duration, Instant};

use engine::{Engine, Usage};

/// The longest that a call of the API may take: the gateway gives up after 30 seconds, and its functions before.
const CALL: Duration = Duration::from_secs(29);
/// The longest that work may take for every so many grants, one after the other though it has several workers.
const WORK: Duration = Duration::from_secs(60);
const GRANTS: usize = 100_000;
/// The memory of a worker, in bytes, as the template has it unless another is chosen.
const WORKER_BYTES: u64 = 3_008 << 20;

/// What a step may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Calls of the API, each within the gateway's patience.
    Calls,
    /// Work behind a queue, which may hand over to itself: a minute for every 100,000 grants.
    Work,
}

/// A step that was taken.
#[derive(Debug)]
pub(super) struct Step {
    name: String,
    kind: Kind,
    calls: u32,
    took: Duration,
    /// The most memory that the whole process held: functions, table, queue and client together.
    peak_bytes: Option<u64>,
    usage: Usage,
}

/// Takes the time and the memory of one step after the other.
pub(super) struct Watch {
    engine: Engine,
    /// The longest that work may take.
    work: Duration,
    steps: Vec<Step>,
}

impl Watch {
    /// A watch over a review of so many grants.
    pub(super) fn new(engine: Engine, grants: usize) -> Self {
        let shares = u32::try_from(grants.div_ceil(GRANTS)).unwrap_or(u32::MAX).max(1);
        Self { engine, work: WORK.saturating_mul(shares), steps: Vec::new() }
    }

    /// Takes a step of `calls` calls, one after the other, and tells of it.
    pub(super) fn step<T, E>(
        &mut self,
        name: &str,
        (kind, calls): (Kind, u32),
        step: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.engine.reset_usage();
        memory::forget_peak();
        let begin = Instant::now();
        let answer = step()?;
        let step = Step {
            name: name.to_owned(),
            kind,
            calls,
            took: begin.elapsed(),
            peak_bytes: memory::peak(),
            usage: self.engine.usage(),
        };
        super::say(&step.line());
        self.steps.push(step);
        Ok(answer)
    }

    /// What took longer, or more memory, than its function has.
    pub(super) fn excesses(&self) -> Vec<String> {
        self.steps.iter().filter_map(|step| step.excess(self.work)).collect()
    }
}

impl Step {
    fn line(&self) -> String {
        let memory = self.peak_bytes.map_or_else(|| "-".to_owned(), |bytes| format!("{}", bytes >> 20));
        let Self { name, took, usage, .. } = self;
        let (read, write) = (usage.read_units(), usage.write_units());
        format!(
            "{name:<52} {:>9.3} s {memory:>6} MB {:>7} requests {read:>9.0} read {write:>9.0} written",
            took.as_secs_f64(),
            usage.requests()
        )
    }

    fn excess(&self, work: Duration) -> Option<String> {
        let each = self.took / self.calls.max(1);
        match (self.kind, self.peak_bytes) {
            (Kind::Calls, _) if each > CALL => Some(format!("{}: {each:.1?} for a call", self.name)),
            (Kind::Work, _) if self.took > work => Some(format!("{}: {:.1?}", self.name, self.took)),
            (_, Some(bytes)) if bytes > WORKER_BYTES => Some(format!("{}: {} MB", self.name, bytes >> 20)),
            (Kind::Calls | Kind::Work, _) => None,
        }
    }
}

/// The memory of this process, where the system tells.
mod memory {
    /// The most that was resident since the start or since [`forget_peak`], in bytes.
    pub(super) fn peak() -> Option<u64> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kilobytes << 10)
    }

    /// Begins to watch for the most anew. Where that is not possible, the peak is that of the whole process.
    pub(super) fn forget_peak() {
        let _ = std::fs::write("/proc/self/clear_refs", "5");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(kind: Kind, calls: u32, seconds: u64) -> Step {
        let (took, usage) = (Duration::from_secs(seconds), Usage::default());
        Step { name: "step".to_owned(), kind, calls, took, peak_bytes: Some(1 << 20), usage }
    }

    #[test]
    fn work_may_take_a_minute_for_every_hundred_thousand_grants_and_a_call_what_the_gateway_waits() {
        let most = |grants| Watch::new(Engine::memory().unwrap(), grants).work;
        assert_eq!([most(1), most(100_000), most(100_001)].map(|most| most.as_secs()), [60, 60, 120]);
        let excess = |step: Step| step.excess(Duration::from_secs(60));
        assert_eq!(excess(taken(Kind::Work, 1, 60)), None);
        assert_eq!(excess(taken(Kind::Work, 1, 61)).as_deref(), Some("step: 61.0s"));
        assert_eq!(excess(taken(Kind::Calls, 10, 290)), None);
        assert_eq!(excess(taken(Kind::Calls, 10, 291)).as_deref(), Some("step: 29.1s for a call"));
        let greedy = Step { peak_bytes: Some(WORKER_BYTES + 1), ..taken(Kind::Work, 1, 1) };
        assert_eq!(excess(greedy).as_deref(), Some("step: 3008 MB"));
    }
}
