//! An issuer, an installation that trusts it, and a clock.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use authn::{Bearer, Documents, Error, Refusal, Settings, Soon, Verifier};
use issuer::{Algorithm, Issuer, SigningKey};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

pub const ISSUER: &str = "https://issuer.example";
pub const AUDIENCE: &str = "access-review";
pub const DISCOVERY: &str = "https://issuer.example/.well-known/openid-configuration";
pub const JWKS: &str = "https://issuer.example/jwks.json";

/// The time of the tests, in seconds since 1970.
pub const NOW: i64 = 1_767_225_600;

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a time")
}

/// The issuer of all tests: keys take a moment to make.
pub fn issuer() -> &'static Issuer {
    static ISSUED: OnceLock<Issuer> = OnceLock::new();
    ISSUED.get_or_init(|| Issuer::generate(ISSUER, AUDIENCE).expect("keys"))
}

pub fn key(algorithm: Algorithm) -> &'static SigningKey {
    issuer().key(algorithm).expect("a key for each algorithm")
}

/// The settings of these variables besides issuer and audience.
pub fn settings(variables: &[(&str, &str)]) -> Settings {
    let mut all = BTreeMap::from([("OIDC_ISSUER", ISSUER), ("OIDC_AUDIENCE", AUDIENCE)]);
    all.extend(variables.iter().copied());
    Settings::read(|name| all.get(name).map(|value| (*value).to_owned())).expect("settings").expect("an issuer")
}

/// What an issuer publishes, as a test wants it, and how often it was asked.
#[derive(Clone, Default)]
pub struct Published {
    documents: Arc<Mutex<BTreeMap<String, Reply>>>,
    asked: Arc<AtomicUsize>,
}

#[derive(Clone)]
pub enum Reply {
    Body(Vec<u8>),
    Nothing,
    /// An answer that never comes.
    Silence,
}

impl Published {
    /// The documents of [`issuer`].
    pub fn by_issuer() -> Self {
        let published = Self::default();
        published.put(DISCOVERY, &issuer().discovery());
        published.put(JWKS, &issuer().jwks());
        published
    }

    pub fn put(&self, url: &str, document: &Value) {
        self.reply(url, Reply::Body(document.to_string().into_bytes()));
    }

    pub fn reply(&self, url: &str, reply: Reply) {
        self.documents.lock().expect("no panic").insert(url.to_owned(), reply);
    }

    /// How often the keys were asked for.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Documents for Published {
    fn get<'a>(&'a self, url: &'a str) -> Soon<'a, Result<Vec<u8>, String>> {
        if url != DISCOVERY {
            self.asked.fetch_add(1, Ordering::SeqCst);
        }
        let reply = self.documents.lock().expect("no panic").get(url).cloned().unwrap_or(Reply::Nothing);
        Box::pin(async move {
            match reply {
                Reply::Body(body) => {
                    // Others get on with theirs before it comes, as over a network.
                    tokio::task::yield_now().await;
                    Ok(body)
                }
                Reply::Nothing => Err("answered 503".to_owned()),
                Reply::Silence => std::future::pending().await,
            }
        })
    }
}

/// An installation with these variables, and what its issuer publishes.
pub fn installation(variables: &[(&str, &str)]) -> (Verifier, Published) {
    let published = Published::by_issuer();
    (Verifier::new(settings(variables), published.clone()), published)
}

/// A token that is good at [`NOW`].
pub fn good() -> String {
    signed(&header(), &claims())
}

pub fn header() -> Value {
    header_of(Algorithm::Rs256)
}

pub fn header_of(algorithm: Algorithm) -> Value {
    json!({ "typ": "at+jwt", "alg": algorithm.name(), "kid": key(algorithm).kid() })
}

pub fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "u-1", "iat": NOW - 60, "exp": NOW + 3600,
        "email": "lena@corp.example", "email_verified": true, "name": "Lena Brandt", "roles": ["reviewer"],
    })
}

/// The good claims with others instead or besides; `null` leaves one out.
pub fn claims_with(changes: Value) -> Value {
    changed(claims(), changes)
}

/// The good header with other members instead or besides; `null` leaves one out.
pub fn header_with(changes: Value) -> Value {
    changed(header(), changes)
}

fn changed(of: Value, changes: Value) -> Value {
    let (Value::Object(mut members), Value::Object(changes)) = (of, changes) else { panic!("objects") };
    for (name, value) in changes {
        if value.is_null() {
            members.remove(&name);
        } else {
            members.insert(name, value);
        }
    }
    members.into()
}

/// Signed with the RSA key of the issuer, whatever the header says.
pub fn signed(header: &Value, claims: &Value) -> String {
    key(Algorithm::Rs256).token(header, claims).expect("a token")
}

/// A token of the issuer with these claims besides the necessary ones.
pub fn issued(algorithm: Algorithm, claims: Value) -> String {
    let Value::Object(claims) = claims else { panic!("an object") };
    let claims: Map<String, Value> = claims;
    issuer().token(algorithm, NOW - 60, NOW + 3600, claims).expect("a token")
}

/// Whom a new installation with these variables takes the token for at [`NOW`].
pub async fn verify(variables: &[(&str, &str)], token: &str) -> Result<Bearer, Refusal> {
    let (verifier, _) = installation(variables);
    match verifier.verify(token, at(NOW)).await {
        Ok(bearer) => Ok(bearer),
        Err(Error::Refused(refusal)) => Err(refusal),
        Err(error) => panic!("{error}"),
    }
}
