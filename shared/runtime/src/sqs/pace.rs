//! When a message that failed comes again.
//!
//! A queue hides a message from others for as long as its worker might live, six timeouts of its function: half an hour
//! for most. A worker that fails and lives to tell need not leave the message hidden for that long.

use std::time::Duration;

use app::deps::FirstRetries;
use sha2::{Digest, Sha256};

use super::TRIES;

/// The longest wait for another try of background work, before it is spread.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// The longest wait for another try of what others did not take, before it is spread.
const LONGEST_OUTSIDE: Duration = Duration::from_secs(60 * 60);

/// How fast the tries of a message follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Work of our own: soon at first, and each further try waits four times as long.
    Work,
    /// What others are sent: later at first, and each further try waits twice as long.
    Outside,
}

impl Pace {
    /// How long a message waits that has failed after so many deliveries: up to a quarter longer than the pace says, so
    /// that what failed together does not come together. Not at all when nobody will try again, and the queue is only to notice that it gives the message up.
    pub(super) fn wait(self, message: &str, received: u32, first: FirstRetries) -> Duration {
        if received >= TRIES {
            return Duration::ZERO;
        }
        let (first, growth, longest) = match self {
            Self::Work => (first.work, 4_u32, LONGEST),
            Self::Outside => (first.outside, 2, LONGEST_OUTSIDE),
        };
        let growth = growth.saturating_pow(received.saturating_sub(1));
        let wait = first.saturating_mul(growth).min(longest);
        wait + wait.mul_f64(share(message, received) / 4.0)
    }
}

/// A number from 0 to 1 that is another one for each message and try, and the same one for the same.
fn share(message: &str, received: u32) -> f64 {
    let hash = Sha256::new().chain_update(message).chain_update(received.to_be_bytes()).finalize();
    let first = hash.first_chunk().copied().unwrap_or_default();
    f64::from(u32::from_be_bytes(first)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(pace: Pace, message: &str, received: u32) -> Duration {
        pace.wait(message, received, FirstRetries::default())
    }

    /// The shortest and the longest wait of a hundred messages after so many deliveries, in seconds.
    fn waits(pace: Pace, received: u32) -> (u64, u64) {
        let waits = (0..100).map(|n| wait(pace, &format!("message {n}"), received).as_secs());
        waits.fold((u64::MAX, 0), |(least, most), wait| (least.min(wait), most.max(wait)))
    }

    #[test]
    fn waits_grow_are_bounded_and_spread_by_a_quarter() {
        for (received, least) in [(1, 10), (2, 40), (3, 160), (4, 640)] {
            let (shortest, longest) = waits(Pace::Work, received);
            assert!(least <= shortest && shortest < longest && longest <= least * 5 / 4, "{shortest} to {longest}");
        }
        for (received, least) in [(1, 120), (2, 240), (3, 480), (4, 960)] {
            let (shortest, longest) = waits(Pace::Outside, received);
            assert!(least <= shortest && shortest < longest && longest <= least * 5 / 4, "{shortest} to {longest}");
        }
        let slow = FirstRetries { work: Duration::from_secs(60), outside: Duration::from_secs(3600) };
        assert!(Pace::Work.wait("m", 4, slow) <= LONGEST * 5 / 4);
        assert!(Pace::Outside.wait("m", 4, slow) <= LONGEST_OUTSIDE * 5 / 4);
    }

    #[test]
    fn a_letter_is_in_nobodys_hands_when_its_message_comes_again() {
        let (shortest, _) = waits(Pace::Outside, 1);
        assert!(shortest > app::notify::PATIENCE.unsigned_abs().as_secs());
    }

    #[test]
    fn what_nobody_tries_again_is_given_up_at_once() {
        assert_eq!((waits(Pace::Work, 5), waits(Pace::Outside, 6)), ((0, 0), (0, 0)));
    }

    #[test]
    fn one_delivery_has_one_wait() {
        assert_eq!(wait(Pace::Work, "m", 2), wait(Pace::Work, "m", 2));
        assert_ne!(wait(Pace::Work, "m", 2), wait(Pace::Work, "n", 2));
    }
}
