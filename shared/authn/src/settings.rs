//! What an installation trusts, and how it reads claims.
//!
//! | variable | meaning | when empty |
//! |---|---|---|
//! | `OIDC_ISSUER` | the issuer, exactly as tokens name it in `iss`; https, or http on a loopback address | no JWT is accepted |
//! | `OIDC_AUDIENCE` | accepted values of `aud`, separated by commas | the function does not start |
//! | `OIDC_JWKS_URL` | where the keys lie | they are found through `/.well-known/openid-configuration` |
//! | `OIDC_ROLE_CLAIM` | the claim with the roles: a name, or a JSON pointer that begins with `/` | `roles` |
//! | `OIDC_ROLE_MAP` | JSON object from a value of that claim to a role | each role by its own name |
//! | `OIDC_USER_TYPE` | the type of users that tokens name | `oidcUser` |
//! | `OIDC_USER_TYPE_CLAIM` | the claim with the type instead, where a token has it | none |
//! | `OIDC_USER_ID_CLAIM` | the claim with the user's id | `sub` |
//! | `OIDC_EMAIL_CLAIM` | the claim with the e-mail address | `email` |
//! | `OIDC_NAME_CLAIM` | the claim with the full name | `name` |
//! | `OIDC_MATCH_EMAIL` | whether a known user with the e-mail address is the one who calls: `verified` where the token says that it is verified, `true` unless it says that it is not, `false` never | `verified` |
//! | `OIDC_MAX_TOKEN_SECONDS` | the longest time from issue to expiry | 86400 |
//! | `OIDC_ISSUED_AFTER` | tokens that were issued before this moment (RFC 3339) are refused | none are |

use std::collections::BTreeMap;

use domain::user::{Role, SYSTEM_USER_TYPE, UserKey};
use jiff::Timestamp;

use crate::documents::may_be_fetched;

/// Every variable that [`Settings::read`] asks for.
pub const VARIABLES: [&str; 13] = [
    "OIDC_ISSUER",
    "OIDC_AUDIENCE",
    "OIDC_JWKS_URL",
    "OIDC_ROLE_CLAIM",
    "OIDC_ROLE_MAP",
    "OIDC_USER_TYPE",
    "OIDC_USER_TYPE_CLAIM",
    "OIDC_USER_ID_CLAIM",
    "OIDC_EMAIL_CLAIM",
    "OIDC_NAME_CLAIM",
    "OIDC_MATCH_EMAIL",
    "OIDC_MAX_TOKEN_SECONDS",
    "OIDC_ISSUED_AFTER",
];

/// The type of users whom only their issuer knows.
const USER_TYPE: &str = "oidcUser";
/// A day: the longest default among common issuers.
const MAX_TOKEN_SECONDS: i64 = 86_400;

/// A setting is missing or unusable. Its value is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the variable `{variable}` {reason}")]
pub struct SettingError {
    /// Which one.
    pub variable: &'static str,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// What an installation trusts, and how it reads claims. See the table of the module for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The issuer, exactly as tokens name it.
    pub issuer: String,
    /// Accepted audiences; at least one.
    pub audiences: Vec<String>,
    /// Where the keys lie, unless they are to be discovered.
    pub jwks_url: Option<String>,
    /// The claim with the roles: a name, or a JSON pointer.
    pub role_claim: String,
    /// From a value of that claim to a role.
    pub role_map: BTreeMap<String, Role>,
    /// The type of users that tokens name.
    pub user_type: String,
    /// The claim with the type, where a token has it.
    pub user_type_claim: Option<String>,
    /// The claim with the user's id.
    pub id_claim: String,
    /// The claim with the e-mail address.
    pub email_claim: String,
    /// The claim with the full name.
    pub name_claim: String,
    /// When a known user with the e-mail address is the one who calls.
    pub match_email: EmailMatch,
    /// The longest time from issue to expiry, in seconds.
    pub max_token_seconds: i64,
    /// Tokens that were issued before this moment are refused: all of an issuer's tokens are revoked by setting it.
    pub issued_after: Option<Timestamp>,
}

/// When the e-mail address of a token makes its holder the known user who has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailMatch {
    /// Where the token says that the address is verified: where users may write any address into their account, and the
    /// issuer tells nothing of it, nobody becomes somebody else.
    Verified,
    /// Unless the token says that it is not verified: for issuers that tell nothing and hand out addresses themselves.
    UnlessUnverified,
    /// Never.
    Never,
}

impl Settings {
    /// Reads the settings; `None` when no issuer is named, so that no JWT is accepted.
    ///
    /// # Errors
    /// [`SettingError`] for the first variable that is missing or unusable: better no start than a door ajar.
    pub fn read(variable: impl Fn(&'static str) -> Option<String>) -> Result<Option<Self>, SettingError> {
        let given = |name| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let or = |name, default: &str| given(name).unwrap_or_else(|| default.to_owned());
        let wrong = |variable, reason| Err(SettingError { variable, reason });
        let Some(issuer) = given("OIDC_ISSUER") else { return Ok(None) };
        if !may_be_fetched(&issuer, &issuer) || issuer.contains('?') {
            return wrong("OIDC_ISSUER", "is not the https address of an issuer");
        }
        let audiences: Vec<String> = or("OIDC_AUDIENCE", "").split(',').map(|name| name.trim().to_owned()).collect();
        if audiences.iter().any(String::is_empty) {
            return wrong("OIDC_AUDIENCE", "names no audience, or an empty one");
        }
        let jwks_url = given("OIDC_JWKS_URL");
        if jwks_url.as_ref().is_some_and(|url| !may_be_fetched(url, &issuer)) {
            return wrong("OIDC_JWKS_URL", "is not an https address");
        }
        let user_type = or("OIDC_USER_TYPE", USER_TYPE);
        if UserKey::new(&user_type, "any").is_err() || user_type == SYSTEM_USER_TYPE {
            return wrong("OIDC_USER_TYPE", "is not a type that a user may have");
        }
        let match_email = match or("OIDC_MATCH_EMAIL", "verified").as_str() {
            "verified" => EmailMatch::Verified,
            "true" => EmailMatch::UnlessUnverified,
            "false" => EmailMatch::Never,
            _ => return wrong("OIDC_MATCH_EMAIL", "is none of `verified`, `true` and `false`"),
        };
        Ok(Some(Self {
            issuer,
            audiences,
            jwks_url,
            role_claim: or("OIDC_ROLE_CLAIM", "roles"),
            role_map: role_map(given("OIDC_ROLE_MAP"))?,
            user_type,
            user_type_claim: given("OIDC_USER_TYPE_CLAIM"),
            id_claim: or("OIDC_USER_ID_CLAIM", "sub"),
            email_claim: or("OIDC_EMAIL_CLAIM", "email"),
            name_claim: or("OIDC_NAME_CLAIM", "name"),
            match_email,
            max_token_seconds: max_token_seconds(given("OIDC_MAX_TOKEN_SECONDS"))?,
            issued_after: issued_after(given("OIDC_ISSUED_AFTER"))?,
        }))
    }
}

fn role_map(text: Option<String>) -> Result<BTreeMap<String, Role>, SettingError> {
    let own_names = || Role::ALL.into_iter().map(|role| (role.word().to_owned(), role)).collect();
    let wrong = SettingError {
        variable: "OIDC_ROLE_MAP",
        reason: "is not a JSON object from texts to `administrator`, `operator`, `reviewer` or `auditor`",
    };
    let Some(text) = text else { return Ok(own_names()) };
    let written: BTreeMap<String, String> = serde_json::from_str(&text).map_err(|_| wrong)?;
    let map = written.into_iter().map(|(value, role)| Ok((value, role.parse().map_err(|_| wrong)?)));
    map.collect::<Result<BTreeMap<_, _>, _>>().and_then(|map| if map.is_empty() { Err(wrong) } else { Ok(map) })
}

fn max_token_seconds(text: Option<String>) -> Result<i64, SettingError> {
    let Some(text) = text else { return Ok(MAX_TOKEN_SECONDS) };
    let seconds = text.parse().ok().filter(|seconds| (1..=30 * 86_400).contains(seconds));
    seconds.ok_or(SettingError {
        variable: "OIDC_MAX_TOKEN_SECONDS",
        reason: "is not a whole number of seconds from 1 to 2592000",
    })
}

fn issued_after(text: Option<String>) -> Result<Option<Timestamp>, SettingError> {
    let moment = text.map(|text| text.parse()).transpose();
    moment.map_err(|_| SettingError {
        variable: "OIDC_ISSUED_AFTER",
        reason: "is not a time such as 2026-01-31T12:00:00Z",
    })
}
