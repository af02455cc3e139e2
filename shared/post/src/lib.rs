//! Mails, from what is to be said to a mailbox: as a message of RFC 5322, and by SMTP to the mail host of an installation.
//!
//! Names, notes and addresses come from people and from other systems' directories. None of them can become a header, another
//! recipient or a command: headers are encoded by the library that writes them, an address is taken apart and must be one, and
//! the server is spoken to in whole commands.
//!
//! What the mail host answers decides what becomes of a mail. A refusal of the recipient or of the message (`5xx`) is for good;
//! a refusal of this installation (its password, its sender) is not the recipient's fault, and is tried again like everything
//! that may pass.

mod message;
mod smtp;

pub use message::{Sender, SenderError, Written, message};
pub use smtp::{Encryption, Host, Login, LoginError, Smtp};
