//! Small files of the data directory that only their owner reads.

use std::io::Write;
use std::path::Path;

use crate::Error;

/// The text of a file, `None` when there is none.
pub(crate) fn read(directory: &Path, file: &str) -> Result<Option<String>, Error> {
    match std::fs::read_to_string(directory.join(file)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Writes a file where only its owner reads it: whole, or not at all.
pub(crate) fn write(directory: &Path, file: &str, text: &str) -> Result<(), Error> {
    let part = directory.join(format!("{file}.part"));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut written = options.open(&part)?;
    written.write_all(text.as_bytes())?;
    written.sync_all()?;
    Ok(std::fs::rename(part, directory.join(file))?)
}
