//! A list of who holds which permission, of any length, with the shape that such lists have: people hold a few bundles of
//! permissions that go with their work, and some permissions of their own.

use std::collections::HashSet;
use std::fmt::Write as _;

/// Grants for each user, about.
const PER_USER: u32 = 40;
/// Permissions in a bundle that goes with a job.
const BUNDLE: u32 = 16;

/// `grants` lines of `user permission`, no two the same, ascending by user. The same seed and number give the same list,
/// to the byte.
#[must_use]
pub fn pairs(seed: u64, grants: u32) -> String {
    let mut random = fastrand::Rng::with_seed(seed);
    let permissions = (grants / 100).max(PER_USER * 8);
    let bundles = (permissions / BUNDLE).max(1);
    let mut text = String::new();
    let mut left = grants;
    let mut user = 0;
    while left > 0 {
        user += 1;
        let wanted = random.u32(PER_USER / 2..PER_USER * 3 / 2).min(left);
        let mut held = HashSet::new();
        let mut bundle = random.u32(0..bundles);
        while (held.len() as u64) < u64::from(wanted) {
            let own = random.u32(0..100) < 15;
            if !own && (held.len() as u64).is_multiple_of(u64::from(BUNDLE)) {
                bundle = random.u32(0..bundles);
            }
            let permission = if own { random.u32(0..permissions) } else { bundle * BUNDLE + random.u32(0..BUNDLE) };
            if held.insert(permission) {
                // Writing into a string cannot fail.
                let _ = writeln!(text, "{user} {}", permission + 1);
            }
        }
        left -= wanted;
    }
    text
}
