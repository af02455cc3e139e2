//! Everybody's mailbox: a Maildir in the data directory, which mail programs open and people read.
//!
//! A mail is a file of `mail/new`, named by its time and its id; one that is sent twice replaces the first.

use std::path::{Path, PathBuf};

use app::deps::{Mailer, Soon};
use app::notify::{Mail, NotSent};
use post::Sender;

use crate::Error;

/// The folder in the data directory.
pub(crate) const FOLDER: &str = "mail";
/// Whom mails are from.
const FROM: &str = "Access reviews <reviews@access-review.invalid>";

/// The mailbox of all people.
#[derive(Debug, Clone)]
pub(crate) struct Mailbox {
    folder: PathBuf,
    from: Sender,
}

impl Mailbox {
    /// The mailbox in a folder, which is made when absent.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        for part in ["tmp", "new", "cur"] {
            std::fs::create_dir_all(folder.join(part))?;
        }
        Ok(Self { folder: folder.to_owned(), from: Sender::parse(FROM).map_err(Error::of)? })
    }

    async fn put(&self, mail: &Mail) -> Result<(), NotSent> {
        let written = post::message(&self.from, mail)?;
        let name = format!("{}-{}.eml", mail.at.strftime("%Y%m%dT%H%M%SZ"), mail.id);
        let draft = self.folder.join("tmp").join(&name);
        let put = async {
            tokio::fs::write(&draft, written.bytes).await?;
            // Whoever looks never sees half a mail.
            tokio::fs::rename(&draft, self.folder.join("new").join(&name)).await
        };
        put.await.map_err(|_| NotSent::Unreachable)
    }
}

impl Mailer for Mailbox {
    fn send<'a>(&'a self, mail: &'a Mail) -> Soon<'a, Result<(), NotSent>> {
        Box::pin(self.put(mail))
    }
}
