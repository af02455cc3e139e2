//! Keys of mails to people, and of what is known of people by mails.

use domain::ids::{JobId, ReviewId};
use domain::user::UserKey;

use super::{Key, digest, hex, review_partition};

/// A mail to somebody.
pub fn letter(id: &JobId) -> Key {
    Key::new(format!("LETTER#{id}"), "META")
}

/// What the sort keys of what is known of people begin with.
pub const CONTACT_PREFIX: &str = "CONTACT#";

/// Whether mail about a review reaches somebody, who is hashed: their key may be longer than a sort key.
pub fn contact(review: &ReviewId, user: &UserKey) -> Key {
    Key::new(review_partition(review), format!("{CONTACT_PREFIX}{}", hex::encode(&digest(&[user.as_str()]))))
}

/// When the reviewers of a review are reminded next.
pub fn reminder(review: &ReviewId) -> Key {
    Key::new(review_partition(review), "REMINDER")
}
