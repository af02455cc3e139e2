//! Instructions, as valgrind counts them: without the kernel's, and hardly different from run to run.

use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Once;

/// A command that runs a program and counts its instructions; `None` where there is no valgrind, which it says once.
pub(crate) fn counting(binary: &Path) -> Option<Command> {
    static SAID: Once = Once::new();
    if Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_err() {
        // A figure that is not there holds every budget: who reads the others has to know.
        SAID.call_once(|| {
            let _ = writeln!(
                std::io::stderr(),
                "valgrind is not installed: NO INSTRUCTIONS ARE COUNTED, none is held to a budget"
            );
        });
        return None;
    }
    let mut command = Command::new("valgrind");
    command.args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]).arg(binary);
    Some(command)
}

/// How many there were, by what such a command has said on its error output.
///
/// # Errors
/// When it said nothing of the kind.
pub(crate) fn counted(said: &[u8]) -> Result<u64, Box<dyn Error>> {
    let said = String::from_utf8_lossy(said);
    let refs = said.lines().find_map(|line| line.split_once("refs:")).map(|(_, count)| count.replace([',', ' '], ""));
    Ok(refs.ok_or_else(|| format!("valgrind says nothing of use: {said}"))?.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_found_among_whatever_else_is_said() {
        let said = b"==7== Cachegrind\n==7== Command: bench passes f1 0\n==7== \n==7== I   refs:      1,234,567\n";
        assert_eq!(counted(said).unwrap(), 1_234_567);
        assert!(counted(b"==7== Fatal error").is_err());
    }
}
