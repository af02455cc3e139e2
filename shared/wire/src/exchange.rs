//! What a handler takes and gives, free of any HTTP library's request types: the edge fills a [`Incoming`], a handler
//! decodes it, calls a use case and returns an [`Answer`].

use http::StatusCode;
use serde_json::Value;

use crate::routes::Operation;

/// One request, routed and with its percent-encoding undone.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// Which route matched.
    pub operation: Operation,
    /// Parameters of the path, decoded.
    pub path: Pairs,
    /// Parameters of the query, decoded, in the order of the request.
    pub query: Pairs,
    /// The body as sent, at most 4 MB.
    pub body: Vec<u8>,
    /// The `Content-Type`, when one was sent; JSON bodies are parsed whatever it says.
    pub content_type: Option<String>,
}

/// Named text values. A name may repeat; the first one counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pairs(pub Vec<(String, String)>);

impl Pairs {
    /// The first value of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_str())
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Pairs {
    fn from(pairs: [(&str, &str); N]) -> Self {
        Self(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }
}

/// A successful answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// What is sent.
    pub content: Content,
    /// Version of the single object that is shown, sent as `ETag`; a later `If-Match` names it.
    pub version: Option<u64>,
    /// Holds a secret: must be neither stored for a repeated request nor cached.
    pub secret: bool,
}

/// The body of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// No body (204).
    Empty,
    /// A JSON body.
    Json(Value),
    /// A page for a browser.
    Html(String),
    /// Nothing but where to find it (302).
    ElsewhereAt(String),
}

impl Answer {
    /// 200 with a JSON body.
    #[must_use]
    pub const fn ok(body: Value) -> Self {
        Self { status: StatusCode::OK, content: Content::Json(body), version: None, secret: false }
    }

    /// 201 with a JSON body.
    #[must_use]
    pub const fn created(body: Value) -> Self {
        Self { status: StatusCode::CREATED, content: Content::Json(body), version: None, secret: false }
    }

    /// 204 without a body.
    #[must_use]
    pub const fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, content: Content::Empty, version: None, secret: false }
    }

    /// 200 with `{}`: a write that has nothing to say.
    #[must_use]
    pub fn done() -> Self {
        Self::ok(Value::Object(serde_json::Map::new()))
    }

    /// 200 with a page for a browser.
    #[must_use]
    pub const fn html(page: String) -> Self {
        Self { status: StatusCode::OK, content: Content::Html(page), version: None, secret: false }
    }

    /// 302 with the address of what was asked for. The address lets whoever has it fetch that, so that the answer is secret.
    #[must_use]
    pub const fn found_at(address: String) -> Self {
        Self { status: StatusCode::FOUND, content: Content::ElsewhereAt(address), version: None, secret: true }
    }

    /// The same answer with the version of what it shows.
    #[must_use]
    pub const fn at_version(mut self, version: u64) -> Self {
        self.version = Some(version);
        self
    }

    /// The same answer, marked as holding a secret.
    #[must_use]
    pub const fn with_secret(mut self) -> Self {
        self.secret = true;
        self
    }
}
