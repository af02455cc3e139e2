//! A mail as it is handed to whoever carries it.

use jiff::Timestamp;

/// One mail to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The same whenever it is sent again, so that readers of mail show it once.
    pub id: String,
    /// When it is sent.
    pub at: Timestamp,
    /// What the recipient is called; empty when nobody knows.
    pub name: String,
    /// Where to.
    pub address: String,
    /// One line.
    pub subject: String,
    /// For readers that show text.
    pub text: String,
    /// The same for those that show HTML.
    pub html: String,
}

/// Why a mail was not taken. None of these quotes what the mail host said: it may name people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// The host refuses the recipient, or the mail.
    #[error("the mail host refuses the recipient or the mail: {0}")]
    Refused(u16),
    /// Nothing can be sent to such an address.
    #[error("the address is none that mail can be sent to")]
    Unusable,
    /// The host does not want it now, or does not want this installation at all.
    #[error("the mail host answered {0}")]
    Answered(u16),
    /// No connection, none that is encrypted as it has to be, or it ended early.
    #[error("the mail host cannot be reached as it is configured")]
    Unreachable,
    /// No answer in time.
    #[error("the mail host did not answer in time")]
    TimedOut,
    /// What came back is no SMTP.
    #[error("the mail host does not speak SMTP")]
    Garbage,
    /// There is no mail host.
    #[error("no mail host is configured")]
    Off,
}

impl NotSent {
    /// Whether sending the same mail later is of no use.
    #[must_use]
    pub const fn is_for_good(self) -> bool {
        match self {
            Self::Refused(_) | Self::Unusable => true,
            Self::Answered(_) | Self::Unreachable | Self::TimedOut | Self::Garbage | Self::Off => false,
        }
    }
}
