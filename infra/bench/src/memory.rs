//! The memory of this process, as Linux tells it.

use crate::Failure;

/// Bytes that are held.
pub(crate) fn held() -> Result<f64, Failure> {
    read("VmRSS:")
}

/// The most bytes that were held since the start, or since [`forget_peak`].
pub(crate) fn peak() -> Result<f64, Failure> {
    read("VmHWM:")
}

/// Begins to watch for the most anew.
pub(crate) fn forget_peak() -> Result<(), Failure> {
    Ok(std::fs::write("/proc/self/clear_refs", "5")?)
}

fn read(field: &str) -> Result<f64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)).ok_or("memory is told on Linux alone")?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes * 1_024.0)
}
