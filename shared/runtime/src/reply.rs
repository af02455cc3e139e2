//! From an answer to an HTTP response: body, version, and the headers that every response carries.

use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, Response, StatusCode};
use lambda_http::Body;
use serde_json::Value;
use wire::exchange::{Answer, Content};
use wire::routes::Dialect;

/// The response to a request that was carried out, by way of the gateway at `base`: `https://reviews.example`.
pub(crate) fn success(answer: Answer, dialect: Dialect, request_id: &str, base: Option<&str>) -> Response<Body> {
    let Answer { status, content, version, secret: _ } = answer;
    let mut response = match content {
        Content::Empty => Response::new(Body::Empty),
        Content::Json(mut body) => {
            if let (Dialect::Scim, Some(base)) = (dialect, base) {
                wire::scim::locate(&mut body, base);
            }
            made(json(&body, dialect), status, &body)
        }
        Content::Html(page) => html(page),
        Content::ElsewhereAt(address) => elsewhere(address),
    };
    *response.status_mut() = status;
    if let Some(tag) = version.and_then(|version| HeaderValue::try_from(format!("\"{version}\"")).ok()) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    common(response.headers_mut(), request_id);
    response
}

/// The response to a request that was not.
pub(crate) fn failure((status, body): (StatusCode, Value), dialect: Dialect, request_id: &str) -> Response<Body> {
    let mut response = json(&body, dialect);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE || status == StatusCode::TOO_MANY_REQUESTS {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    common(headers, request_id);
    response
}

/// How many bytes the body takes inside the JSON of what a function sends: text is escaped, everything else base64.
pub(crate) fn payload_bytes(response: &Response<Body>) -> usize {
    let escaped = |byte: &u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 2,
        0..0x20 => 6,
        _ => 1,
    };
    match response.body() {
        Body::Text(text) => text.as_bytes().iter().map(escaped).sum(),
        Body::Binary(bytes) => bytes.len().div_ceil(3) * 4,
        _ => 0,
    }
}

fn json(body: &Value, dialect: Dialect) -> Response<Body> {
    let mut response = Response::new(Body::Text(body.to_string()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(dialect.media_type()));
    response
}

/// Says where something that was made is, when it says so itself.
fn made(mut response: Response<Body>, status: StatusCode, body: &Value) -> Response<Body> {
    let place = body.pointer("/meta/location").and_then(Value::as_str).filter(|_| status == StatusCode::CREATED);
    if let Some(Ok(place)) = place.map(HeaderValue::try_from) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}

/// An address that cannot stand in a header is none of ours.
fn elsewhere(address: String) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    response.headers_mut().extend(HeaderValue::try_from(address).ok().map(|address| (header::LOCATION, address)));
    response
}

/// A page may style itself and load nothing: it stands alone, also without internet access.
fn html(page: String) -> Response<Body> {
    const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";
    let mut response = Response::new(Body::Text(page));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

/// Answers are about people's access: no cache keeps them, no browser guesses what they are.
fn common(headers: &mut HeaderMap, request_id: &str) {
    if let Ok(id) = HeaderValue::try_from(request_id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}
