//! One caller of the HTTP API.

use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::Body;
use ureq::http::Response;

use crate::Error;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The longest answer that is read.
const LONGEST: u64 = 64 << 20;

/// Somebody with a token.
pub(crate) struct Client {
    agent: Agent,
    base_url: String,
    authorization: String,
}

impl Client {
    pub(crate) fn new(base_url: &str, token: &str) -> Self {
        let config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).build();
        Self { agent: config.new_agent(), base_url: base_url.to_owned(), authorization: format!("Bearer {token}") }
    }

    pub(crate) fn get(&self, path: &str) -> Result<Value, Error> {
        let url = format!("{}{path}", self.base_url);
        let answer = self.agent.get(url).header("authorization", &self.authorization).call();
        read("GET", path, answer.map_err(Error::of)?)
    }

    pub(crate) fn put(&self, path: &str, body: &[u8]) -> Result<Value, Error> {
        let url = format!("{}{path}", self.base_url);
        let request = self.agent.put(url).header("authorization", &self.authorization);
        read("PUT", path, request.header("content-type", "application/json").send(body).map_err(Error::of)?)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Value, Error> {
        let url = format!("{}{path}", self.base_url);
        let request = self.agent.post(url).header("authorization", &self.authorization);
        let request = request.header("content-type", "application/json");
        read("POST", path, request.send(body.to_string()).map_err(Error::of)?)
    }
}

/// Sends bytes to an address that was handed out for them.
pub(crate) fn upload(url: &str, bytes: &[u8]) -> Result<(), Error> {
    let config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).build();
    let answer = config.new_agent().put(url).send(bytes).map_err(Error::of)?;
    if answer.status().is_success() {
        Ok(())
    } else {
        Err(Error::new(format!("the upload was answered by {}", answer.status())))
    }
}

/// The JSON of a success; everything else is an error that says what was answered.
fn read(method: &str, path: &str, mut answer: Response<Body>) -> Result<Value, Error> {
    let status = answer.status();
    let text = answer.body_mut().with_config().limit(LONGEST).read_to_string().map_err(Error::of)?;
    if !status.is_success() {
        return Err(Error::new(format!("{method} {path} was answered by {status}: {text}")));
    }
    serde_json::from_str(&text).map_err(|error| Error::new(format!("{method} {path}: {error}: {text}")))
}

/// A value as it stands in a path or a query.
pub(crate) fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => text.push(char::from(byte)),
            other => text.push_str(&format!("%{other:02X}")),
        }
    }
    text
}

/// Waits a moment before asking again.
#[expect(clippy::disallowed_methods, reason = "a person who looks again after a while has nothing to wait on")]
pub(crate) fn pause(moment: Duration) {
    std::thread::sleep(moment);
}
