//! The conversation with a mail host.

use std::sync::Arc;
use std::time::Duration;

use app::deps::{Mailer, Soon};
use app::notify::{Mail, NotSent};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as From, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use tokio::time::{Instant, timeout, timeout_at};

use crate::message::{Sender, Written, message};

/// What a mail host has until it has heard all of a mail but its end.
const OPENING: Duration = Duration::from_secs(20);
/// What it has for the whole conversation, until it has said whether it takes the mail: most of what its function has. Who
/// turns away while the host still thinks about it sends the same mail again.
const WHOLE: Duration = Duration::from_secs(54);
/// What it has for saying goodbye.
const PARTING: Duration = Duration::from_secs(1);

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// From the beginning, as on port 465.
    Tls,
    /// Before anything is said, as on port 587; a host that cannot is not spoken to.
    StartTls,
    /// Not at all: for a relay on the same machine or network. No password is sent then.
    None,
}

impl Encryption {
    /// The way that a word names: `tls`, `starttls` or `none`.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "tls" => Some(Self::Tls),
            "starttls" => Some(Self::StartTls),
            "none" => Some(Self::None),
            _ => None,
        }
    }
}

/// A mail host.
#[derive(Clone)]
pub struct Host {
    /// Its name, which its certificate has to have.
    pub name: String,
    /// Its port.
    pub port: u16,
    /// How connections to it are protected.
    pub encryption: Encryption,
    /// Where user and password are; `None` where it knows senders without.
    pub login: Option<Arc<dyn Login>>,
}

/// Where user and password for a mail host are kept.
pub trait Login: Send + Sync {
    /// Reads both, as they are now.
    fn read(&self) -> Soon<'_, Result<(String, String), LoginError>>;
}

/// User and password cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the login of the mail host cannot be read: {0}")]
pub struct LoginError(pub String);

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{} ({:?})", self.name, self.port, self.encryption)
    }
}

/// Sends mails by a mail host, each over a connection of its own.
#[derive(Debug, Clone)]
pub struct Smtp {
    host: Host,
    from: Sender,
    patience: Patience,
}

/// How long a mail host may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Until it has heard who the mail is from and for.
    pub opening: Duration,
    /// From the beginning until it has said whether it takes the mail.
    pub whole: Duration,
}

impl Smtp {
    /// Mails from a sender by a host.
    #[must_use]
    pub fn new(host: Host, from: Sender) -> Self {
        Self { host, from, patience: Patience { opening: OPENING, whole: WHOLE } }
    }

    /// The same with another patience.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    async fn converse(&self, written: &Written) -> Result<(), NotSent> {
        let begun = Instant::now();
        let opened = timeout_at(begun + self.patience.opening, self.open(written)).await;
        let (mut connection, ready) = opened.unwrap_or(Err(NotSent::TimedOut))?;
        let sent = match ready {
            Ok(()) => {
                let verdict = timeout_at(begun + self.patience.whole, connection.message(&written.bytes)).await;
                verdict.map_or(Err(NotSent::TimedOut), |told| told.map(|_| ()).map_err(|error| refusal(&error)))
            }
            Err(failure) => Err(failure),
        };
        if sent != Err(NotSent::TimedOut) {
            // The mail is taken or not by now; how the conversation ends changes nothing.
            let _ = timeout(PARTING, connection.quit()).await;
        }
        sent
    }

    /// A connection, and whether its host wants to hear the mail now.
    async fn open(&self, written: &Written) -> Result<(AsyncSmtpConnection, Result<(), NotSent>), NotSent> {
        let login = match &self.host.login {
            Some(login) => Some(login.read().await.map_err(|error| {
                tracing::error!(%error, "no mail can be sent");
                NotSent::Unreachable
            })?),
            None => None,
        };
        let login = login.map(|(user, password)| Credentials::new(user, password));
        let mut connection = self.connect(login).await.map_err(|error| passing(&error))?;
        let from = From::new(Some(self.from.address().clone()), Vec::new());
        let announced = async {
            // Who may send at all is between the host and this installation.
            connection.command(from).await.map_err(|error| passing(&error))?;
            let to = Rcpt::new(written.to.clone(), Vec::new());
            connection.command(to).await.map_err(|error| refusal(&error))?;
            connection.command(Data).await.map_err(|error| refusal(&error))
        };
        let ready = announced.await.map(|_| ());
        Ok((connection, ready))
    }

    async fn connect(&self, login: Option<Credentials>) -> Result<AsyncSmtpConnection, Error> {
        let Host { name, port, encryption, login: _ } = &self.host;
        let hello = ClientId::Domain(self.from.address().domain().to_owned());
        let tls = match encryption {
            Encryption::None => None,
            Encryption::Tls | Encryption::StartTls => Some(TlsParameters::new(name.clone())?),
        };
        let at_once = tls.clone().filter(|_| *encryption == Encryption::Tls);
        let address = (name.as_str(), *port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(address, Some(self.patience.opening), &hello, at_once, None).await?;
        if let (Encryption::StartTls, Some(tls)) = (encryption, tls) {
            connection.starttls(tls, &hello).await?;
        }
        if let (true, Some(credentials)) = (connection.is_encrypted(), login) {
            connection.auth(DEFAULT_MECHANISMS, &credentials).await?;
        }
        Ok(connection)
    }
}

impl Mailer for Smtp {
    fn send<'a>(&'a self, mail: &'a Mail) -> Soon<'a, Result<(), NotSent>> {
        Box::pin(async move {
            let written = message(&self.from, mail)?;
            self.converse(&written).await
        })
    }
}

/// An answer to what is about the recipient or the mail.
fn refusal(error: &Error) -> NotSent {
    match (error.is_permanent(), code(error)) {
        (true, Some(code)) => NotSent::Refused(code),
        _ => passing(error),
    }
}

/// An answer to anything else: somebody may put it right.
fn passing(error: &Error) -> NotSent {
    match code(error) {
        Some(code) => NotSent::Answered(code),
        None if error.is_timeout() => NotSent::TimedOut,
        None if error.is_response() => NotSent::Garbage,
        None => NotSent::Unreachable,
    }
}

fn code(error: &Error) -> Option<u16> {
    error.status().map(u16::from)
}

#[cfg(test)]
mod tests;
