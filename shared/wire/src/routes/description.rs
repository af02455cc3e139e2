//! What an operation takes and answers, by the names of schemas.

use serde_json::Value;

use crate::openapi::schema;

/// A parameter of the query.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// Its schema.
    pub schema: fn() -> Value,
    /// What it does.
    pub text: &'static str,
}

/// The body of a successful answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// JSON after a schema of the document.
    Json(&'static str),
    /// A page.
    Html,
    /// The address of something.
    Elsewhere,
}

/// What an operation takes and answers.
#[derive(Debug, Clone)]
pub struct Description {
    /// Parameters of the query.
    pub query: Vec<Parameter>,
    /// Schema of the body, when one is read.
    pub request: Option<&'static str>,
    /// Status of success.
    pub status: u16,
    /// Body of success.
    pub answer: Option<Answer>,
}

/// Answers 200 with a body and takes nothing.
pub(super) fn shows(answer: &'static str) -> Description {
    Description { query: Vec::new(), request: None, status: 200, answer: Some(Answer::Json(answer)) }
}

/// Takes a body and answers 200 with one.
pub(super) fn takes(request: &'static str, answer: &'static str) -> Description {
    Description { request: Some(request), ..shows(answer) }
}

/// Takes a body and answers 201 with what was made.
pub(super) fn makes(request: &'static str, answer: &'static str) -> Description {
    Description { status: 201, ..takes(request, answer) }
}

/// Answers 204.
pub(super) fn removes() -> Description {
    Description { status: 204, answer: None, ..shows("Empty") }
}

/// A list with its parameters.
pub(super) fn lists(answer: &'static str, query: Vec<Parameter>) -> Description {
    Description { query, ..shows(answer) }
}

pub(super) fn may(name: &'static str, schema: fn() -> Value, text: &'static str) -> Parameter {
    Parameter { name, required: false, schema, text }
}

/// Answers a definition, or what it said in a version that decided something.
pub(super) fn versioned(answer: &'static str) -> Description {
    let text = "As it was in this version, also when it has been deleted since; the newest by default";
    lists(answer, vec![may("version", schema::count, text)])
}

/// `limit` and `after`.
pub(super) fn paged(limit: &'static str) -> Vec<Parameter> {
    vec![may("limit", schema::count, limit), may("after", schema::text, "A previous endCursor")]
}

/// `page_size` and `page_token`.
pub(super) fn token_paged() -> Vec<Parameter> {
    vec![
        may("page_size", schema::count, "At most this many"),
        may("page_token", schema::text, "A previous next_page_token"),
    ]
}
