//! Who a JSON web token speaks for, as an OpenID Connect issuer says.
//!
//! One issuer is trusted, for one or a few audiences. A token is an *access token* in compact form, signed with one of a
//! fixed list of asymmetric algorithms by a key that the issuer publishes. It says who calls and which role they have;
//! what a role may do is decided elsewhere.
//!
//! | module | question it answers |
//! |---|---|
//! | [`settings`] | what does the installation trust and how does it read claims |
//! | `token` | is this text a token of a form that is worth checking |
//! | `keys` | which key of the issuer signed it, and did it |
//! | `claims` | who is it for, when, and for whom does it speak |
//! | `held` | are the keys at hand good enough, or may they be fetched again |
//! | [`documents`] | how are the issuer's documents reached |
//! | [`verifier`] | all of it together |
//!
//! # Rules
//!
//! - A token brings no key: `jku`, `jwk`, `x5u`, `x5c` and `crit` in its header refuse it, whatever they say.
//! - A key signs with one algorithm: the one that the issuer names for it, else the usual one of its kind.
//! - The time is an argument. Clocks may differ by [`claims::LEEWAY_SECONDS`].
//! - Keys are fetched again after ten minutes, or for a key id that is not known, then once a minute at most. When the
//!   issuer does not answer, keys are good for an hour.
//! - Tokens cannot be revoked one by one. Their life is limited, and all that were issued before a moment can be refused
//!   ([`settings::Settings::issued_after`]).

pub mod claims;
pub mod documents;
mod held;
mod keys;
pub mod refusal;
pub mod settings;
mod token;
pub mod verifier;

pub use claims::Bearer;
pub use documents::{DocumentError, Documents, Soon};
pub use refusal::Refusal;
pub use settings::{SettingError, Settings};
pub use verifier::{Error, Verifier, looks_like_a_token};
