//! A client of the HTTP API as the black-box suite uses it: personas with a token each, answers that are compared whole.
//!
//! Nothing here knows the code of the product: the same suite runs against the local stack and against a deployed one.

mod calls;
pub mod contract;
mod replay;
mod schema;

use std::collections::BTreeMap;
use std::panic::Location;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

pub use replay::replay;

/// How long the suite waits for something asynchronous (a started campaign, an upload) before it fails.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Pauses between two questions about something asynchronous: at first, and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(15);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// The stack under test: where it listens, and one token per role.
#[derive(Clone, Debug)]
pub struct Target {
    /// For instance `http://127.0.0.1:8080`, without a trailing slash.
    pub base_url: String,
    /// Role name to API token, as in `tokens.json`.
    pub tokens: BTreeMap<String, String>,
    /// Role names with a JWT of the issuer that the target trusts; none when the suite was given none.
    pub jwts: Vec<(String, String)>,
}

impl Target {
    /// Somebody with the token of a role (`administrator`, `operator`, `reviewer`, `auditor`).
    ///
    /// # Panics
    /// When the target has no token for the role.
    #[must_use]
    pub fn persona(&self, role: &str) -> Persona {
        let token = self.tokens.get(role).cloned();
        assert!(token.is_some(), "the target has no token for the role {role}");
        self.bearer(token)
    }

    /// Somebody with this token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Persona {
        self.bearer(Some(token.to_owned()))
    }

    /// Somebody without any token.
    #[must_use]
    pub fn anonymous(&self) -> Persona {
        self.bearer(None)
    }

    fn bearer(&self, token: Option<String>) -> Persona {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(PATIENCE))
            .build()
            .new_agent();
        Persona { agent, base_url: self.base_url.clone(), token, headers: Vec::new(), sweeps: false }
    }
}

/// One caller of the API.
#[derive(Clone, Debug)]
pub struct Persona {
    agent: ureq::Agent,
    base_url: String,
    token: Option<String>,
    headers: Vec<(String, String)>,
    sweeps: bool,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Header names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body as JSON; `Null` when it is empty or not JSON.
    pub body: Value,
    /// The body as text; what is none in it is replaced.
    pub text: String,
    /// The body as it came.
    pub bytes: Vec<u8>,
    /// Method and path, for messages.
    pub request: String,
}

impl Persona {
    /// The same caller, sending one header more with every request.
    #[must_use]
    pub fn header(&self, name: &str, value: &str) -> Self {
        let mut other = self.clone();
        other.headers.push((name.to_owned(), value.to_owned()));
        other
    }

    /// The same caller, whose calls count as tests of no operation: for what goes over all of them.
    #[must_use]
    pub fn sweeping(&self) -> Self {
        Self { sweeps: true, ..self.clone() }
    }

    /// `GET path`.
    #[must_use]
    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None)
    }

    /// `POST path` with a JSON body.
    #[must_use]
    #[track_caller]
    pub fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(body.to_string().into_bytes()))
    }

    /// `POST path` without a body.
    #[must_use]
    #[track_caller]
    pub fn post_empty(&self, path: &str) -> Answer {
        self.send("POST", path, Some(Vec::new()))
    }

    /// `PUT path` with a JSON body.
    #[must_use]
    #[track_caller]
    pub fn put(&self, path: &str, body: Value) -> Answer {
        self.send("PUT", path, Some(body.to_string().into_bytes()))
    }

    /// `DELETE path`.
    #[must_use]
    #[track_caller]
    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None)
    }

    /// Any method, any bytes. A path that starts with `http` is taken as a whole address.
    ///
    /// # Panics
    /// When no HTTP answer arrives: the suite tests answers, a dead server is a failure of every test. When the exchange is
    /// not as it is documented.
    #[must_use]
    #[track_caller]
    #[expect(clippy::panic, reason = "a test client fails the test")]
    pub fn send(&self, method: &str, path: &str, body: Option<Vec<u8>>) -> Answer {
        let sent = body.clone().unwrap_or_default();
        match self.exchange(method, path, body) {
            Ok(answer) => self.checked(method, path, &sent, answer),
            Err(error) => panic!("{method} {path}: {error}"),
        }
    }

    /// Like [`Persona::send`], of a server that may go away meanwhile: `None` when no whole answer arrived, so that nobody
    /// knows whether it did what was asked.
    #[must_use]
    #[track_caller]
    pub fn attempt(&self, method: &str, path: &str, body: &Value) -> Option<Answer> {
        let sent = body.to_string().into_bytes();
        let answer = self.exchange(method, path, Some(sent.clone())).ok()?;
        Some(self.checked(method, path, &sent, answer))
    }

    /// The answer, held against what is published.
    #[track_caller]
    #[expect(clippy::panic, reason = "a test client fails the test")]
    fn checked(&self, method: &str, path: &str, sent: &[u8], answer: Answer) -> Answer {
        if let Some(operation) = contract::published().operation(method, path) {
            let differences = contract::published().differences(operation, sent, &answer);
            if !differences.is_empty() {
                panic!("{} is not as documented: {differences:#?}\n{}", answer.request, answer.text);
            }
            if answer.status < 400 && !self.sweeps {
                calls::note(operation, Location::caller());
            }
        }
        answer
    }

    #[expect(clippy::expect_used, reason = "a test client fails the test")]
    fn exchange(&self, method: &str, path: &str, body: Option<Vec<u8>>) -> Result<Answer, ureq::Error> {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base_url) };
        let mut request = ureq::http::Request::builder().method(method).uri(&url);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.body(body.unwrap_or_default()).expect("a request that can be built");
        let mut response = self.agent.run(request)?;
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let bytes = response.body_mut().with_config().limit(64 * 1024 * 1024).read_to_vec()?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Ok(Answer {
            status: response.status().as_u16(),
            headers,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
            text,
            bytes,
            request: format!("{method} {path}"),
        })
    }

    /// Asks `GET path` until `done` holds for a 200 answer, for at most [`PATIENCE`].
    ///
    /// # Panics
    /// When it does not hold in time.
    #[must_use]
    #[track_caller]
    pub fn until(&self, path: &str, done: impl Fn(&Value) -> bool) -> Value {
        let started = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let answer = self.get(path);
            if answer.status == 200 && done(&answer.body) {
                return answer.body;
            }
            assert!(
                started.elapsed() < PATIENCE,
                "{path} did not get there in time, last: {} {}",
                answer.status,
                answer.text
            );
            // The condition is asked for again in any case: the pause only spares the server, the more the slower it is.
            thread::park_timeout(pause);
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }
}

impl Answer {
    /// The answer itself when it has this status.
    ///
    /// # Panics
    /// When the status is another.
    #[track_caller]
    #[must_use]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{} answered {}", self.request, self.text);
        self
    }

    /// The string at a JSON pointer.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    #[must_use]
    #[expect(clippy::panic, reason = "a test client fails the test")]
    pub fn str(&self, pointer: &str) -> &str {
        match self.body.pointer(pointer).and_then(Value::as_str) {
            Some(text) => text,
            None => panic!("{}: no string at {pointer} in {}", self.request, self.text),
        }
    }

    /// The array at a JSON pointer.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    #[must_use]
    #[expect(clippy::panic, reason = "a test client fails the test")]
    pub fn list(&self, pointer: &str) -> &Vec<Value> {
        match self.body.pointer(pointer).and_then(Value::as_array) {
            Some(list) => list,
            None => panic!("{}: no array at {pointer} in {}", self.request, self.text),
        }
    }
}

/// A short unique word, so that tests which share a stack do not meet in each other's inventory.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the suite is a client: it has no injected ids")]
pub fn unique(word: &str) -> String {
    let id = uuid::Uuid::new_v4().simple().to_string();
    format!("{word}-{}", id.get(..10).unwrap_or(&id))
}
