//! A client that remembers what it was told.

use std::collections::BTreeMap;
use std::sync::Mutex;

use local::Stack;
use serde_json::Value;

/// A client of a stack. Its calls run beside the stack's tasks.
pub struct Client {
    base_url: String,
    tokens: Mutex<BTreeMap<String, String>>,
    answers: Mutex<Vec<Answer>>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    pub request: String,
    pub status: u16,
    pub request_id: Option<String>,
    pub gateway_id: Option<String>,
    pub text: String,
    pub body: Value,
}

impl Answer {
    /// A refusal names its request, and tells nothing of the inside. The gateway's own refusals and those of SCIM name it in a
    /// header.
    pub fn is_a_proper_refusal(&self) {
        if self.body["message"].is_string() && self.body["code"].is_null() {
            assert!(self.gateway_id.is_some(), "{} has no request id", self.request);
            return;
        }
        let id = self.request_id.as_deref().unwrap_or_else(|| panic!("{} has no request id", self.request));
        // SCIM has no place for it but the header.
        if self.body["schemas"] == serde_json::json!(["urn:ietf:params:scim:api:messages:2.0:Error"]) {
            return;
        }
        let own = self.body["error"]["request_id"].as_str().or(self.body["request_id"].as_str());
        assert_eq!(own, Some(id), "{} answered {}", self.request, self.text);
        if self.status >= 500 {
            for inside in ["dynamodb", "#", "serde", "panic", ".rs", "corrupt", "line 1", "Exception", "META"] {
                assert!(!self.text.contains(inside), "{} says `{inside}`: {}", self.request, self.text);
            }
        }
    }

    pub fn id(&self, pointer: &str) -> String {
        let id = self.body.pointer(pointer).and_then(Value::as_str);
        id.unwrap_or_else(|| panic!("{} answered {} {}", self.request, self.status, self.text)).to_owned()
    }

    pub fn ok(self) -> Self {
        assert!(self.status < 300, "{} answered {} {}", self.request, self.status, self.text);
        self
    }
}

impl Client {
    pub fn new(stack: &Stack) -> Self {
        Self {
            base_url: stack.base_url().to_owned(),
            tokens: Mutex::new(stack.tokens().clone()),
            answers: Mutex::default(),
        }
    }

    /// Remembers a token under a name.
    pub fn knows(&self, name: &str, token: &str) {
        self.tokens.lock().expect("tokens").insert(name.to_owned(), token.to_owned());
    }

    /// Every token, and what makes each of them secret.
    pub fn secrets(&self) -> Vec<String> {
        let tokens = self.tokens.lock().expect("tokens");
        // Of a JWT the signature, of a key what stands behind its number.
        let end = |token: &String| if token.contains('.') { '.' } else { '_' };
        let secret = |token: &String| token.rsplit(end(token)).next().map(str::to_owned);
        tokens.values().filter_map(secret).filter(|secret| secret.len() > 20).collect()
    }

    /// Everything that came back so far.
    pub fn answers(&self) -> Vec<Answer> {
        self.answers.lock().expect("answers").clone()
    }

    pub async fn send(&self, who: &str, method: &str, path: &str, body: impl Into<Vec<u8>>) -> Answer {
        self.send_with(who, method, path, body, &[]).await
    }

    /// Sends a request; somebody without a token of their own sends their name as one, `nobody` sends none.
    pub async fn send_with(
        &self,
        who: &str,
        method: &str,
        path: &str,
        body: impl Into<Vec<u8>>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base_url) };
        let mut request = ureq::http::Request::builder().method(method).uri(&url);
        request = request.header("content-type", "application/json");
        if who != "nobody" {
            let token = self.tokens.lock().expect("tokens").get(who).cloned().unwrap_or_else(|| who.to_owned());
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).expect("a request");
        let label = format!("{method} {path}");
        let answer = tokio::task::spawn_blocking(move || {
            let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
            let mut answer = agent.run(request).expect("an answer");
            let header = |name| answer.headers().get(name).and_then(|id| id.to_str().ok()).map(str::to_owned);
            let (request_id, gateway_id) = (header("x-request-id"), header("apigw-requestid"));
            let text = answer.body_mut().read_to_string().expect("text");
            let body = serde_json::from_str(&text).unwrap_or(Value::Null);
            Answer { request: label, status: answer.status().as_u16(), request_id, gateway_id, text, body }
        });
        let answer = answer.await.expect("the client's thread");
        if !path.contains("/_uploads/") {
            self.answers.lock().expect("answers").push(answer.clone());
        }
        answer
    }
}
