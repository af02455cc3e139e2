//! Keys of secrets. They stand in partitions of their own, which the roles of most functions leave out.

use super::Key;

/// What messages to the receiver of a scope, as it stands in keys, are signed with.
pub fn webhook_secret(scope: &str) -> Key {
    Key::new(format!("SECRET#{scope}"), "WEBHOOK")
}
