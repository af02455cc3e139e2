//! Why rules could not be evaluated, in words for clients.

use crate::error::Error;

/// What a client is told about a failure. What went wrong inside is for the log alone.
pub(super) fn reason(error: &Error) -> String {
    match error {
        Error::Refused(refusal) => refusal.to_string(),
        Error::NotFound(_) => "the campaign does not exist any more".to_owned(),
        Error::TooLarge(what) => what.clone(),
        Error::Invalid(_)
        | Error::Forbidden(_)
        | Error::Stale
        | Error::Unacknowledged(_)
        | Error::Partly { .. }
        | Error::Unavailable(_)
        | Error::Bug(_) => "an internal error, which has been logged".to_owned(),
    }
}
