//! Why a token is refused: for the log of the installation. Whoever sent it is told nothing but that it was.

/// Why a token is refused. The text names no part of the token, so that it may be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Longer than any token that is accepted.
    #[error("it is too long")]
    TooLong,
    /// Not three parts in base64, or its header is no JSON object that says each thing once.
    #[error("it is not a signed token in compact form")]
    Form,
    /// Five parts: what it says is encrypted.
    #[error("it is encrypted")]
    Encrypted,
    /// Its header asks for something that is not done: a key of its own, an extension, a token inside.
    #[error("its header asks for what is not supported")]
    Header,
    /// The algorithm is not of the fixed list, or not the one of the key.
    #[error("its algorithm is not accepted")]
    Algorithm,
    /// It names no key, or one that the issuer does not publish.
    #[error("its key is not known")]
    Key,
    /// The signature is not that of the key.
    #[error("its signature is wrong")]
    Signature,
    /// It is no access token, but for instance an ID token.
    #[error("it is no access token")]
    Kind,
    /// Of another issuer, or of none.
    #[error("its issuer is another")]
    Issuer,
    /// For somebody else, or for nobody.
    #[error("it is for somebody else")]
    Audience,
    /// `exp` is missing, no whole number of seconds, or past.
    #[error("it has expired")]
    Expired,
    /// `nbf` is no whole number of seconds, or in the future.
    #[error("it is not valid yet")]
    NotYet,
    /// `iat` is missing, no whole number of seconds, in the future, or before what the installation accepts.
    #[error("the time of its issue is not accepted")]
    IssuedAt,
    /// More time between issue and expiry than the installation accepts.
    #[error("it is valid for too long")]
    Lifetime,
    /// It does not say for whom it speaks, or not in a form that a user may have.
    #[error("it speaks for nobody")]
    Subject,
    /// None of its roles is one here.
    #[error("it gives no role")]
    Role,
}
