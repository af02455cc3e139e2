//! A mail as bytes.

use std::time::SystemTime;

use app::notify::{Mail, NotSent};
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

/// Characters of a name or a subject at most; more of them says nothing more.
const MOST_CHARACTERS: usize = 200;

/// Who mails are from.
#[derive(Debug, Clone)]
pub struct Sender(Mailbox);

/// What was given is no address to send from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an address to send from: give one such as `Access reviews <reviews@corp.example>`")]
pub struct SenderError;

impl Sender {
    /// Reads an address with or without a name: `Access reviews <reviews@corp.example>`.
    ///
    /// # Errors
    /// [`SenderError`].
    pub fn parse(text: &str) -> Result<Self, SenderError> {
        let whole = !text.contains(|c: char| c.is_control());
        text.parse().ok().filter(|_| whole).map(Self).ok_or(SenderError)
    }

    pub(crate) fn address(&self) -> &Address {
        &self.0.email
    }
}

/// Says that no person wrote it, so that mailboxes do not answer that they are away.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Where a mail goes, and the whole message.
#[derive(Debug, Clone)]
pub struct Written {
    pub(crate) to: Address,
    /// The message, with CRLF.
    pub bytes: Vec<u8>,
}

/// Writes a mail down.
///
/// # Errors
/// [`NotSent::Unusable`] when its address is none.
pub fn message(from: &Sender, mail: &Mail) -> Result<Written, NotSent> {
    let to: Address = mail.address.trim().parse().map_err(|_| NotSent::Unusable)?;
    // Few hosts know other letters in addresses, and none has to.
    if !AsRef::<str>::as_ref(&to).is_ascii() {
        return Err(NotSent::Unusable);
    }
    let name = one_line(&mail.name);
    let name = Some(name).filter(|name| !name.is_empty());
    let part = |kind, body: &str| SinglePart::builder().header(kind).body(body.to_owned());
    let parts = MultiPart::alternative()
        .singlepart(part(ContentType::TEXT_PLAIN, &mail.text))
        .singlepart(part(ContentType::TEXT_HTML, &mail.html));
    let message = Message::builder()
        .from(from.0.clone())
        .to(Mailbox::new(name, to.clone()))
        .subject(one_line(&mail.subject))
        .date(SystemTime::from(mail.at))
        .message_id(Some(format!("<{}@{}>", mail.id, from.address().domain())))
        .header(AutoSubmitted)
        .multipart(parts);
    let message = message.map_err(|_| NotSent::Unusable)?;
    Ok(Written { to, bytes: message.formatted() })
}

/// A text without line breaks and other control characters, and not longer than anybody reads.
fn one_line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MOST_CHARACTERS).collect()
}

#[cfg(test)]
mod tests;
