//! What an operator may know about a request: one log line and one line of metrics.

use domain::user::Caller;
use http::StatusCode;
use jiff::Timestamp;
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};
use tokio::time::Instant;

use crate::caller;
use crate::metrics::{Line, Unit};

/// A request under way.
pub(crate) struct Seen {
    started: Instant,
    request_id: String,
    /// The gateway's own id, which its access log has; empty without a gateway.
    gateway_id: String,
    /// The operation of the route table; `none` as long as no route is found.
    pub(crate) operation: &'static str,
    role: &'static str,
    caller: String,
}

impl Seen {
    pub(crate) fn of(request: &Request, request_id: &str, caller: Option<&Caller>) -> Self {
        let gateway_id = match request.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => context.request_id.clone().unwrap_or_default(),
            _ => String::new(),
        };
        Self {
            started: Instant::now(),
            request_id: request_id.to_owned(),
            gateway_id,
            operation: "none",
            role: caller.map_or("none", |caller| caller.role.word()),
            caller: caller::tag(caller),
        }
    }

    /// Writes both lines.
    pub(crate) fn answered(self, status: StatusCode, now: Timestamp) {
        let Self { started, request_id, gateway_id, operation, role, caller } = self;
        let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let status_code = status.as_u16();
        tracing::info!(request_id, gateway_id, operation, status = status_code, milliseconds, role, caller, "answered");
        Line::at(now)
            .dimension("Operation", operation)
            .dimension("StatusClass", class(status))
            .numbers(&[&[], &["Operation", "StatusClass"]], &[("Requests", Unit::Count, 1)])
            .numbers(
                &[&[], &["Operation"]],
                &[
                    ("Latency", Unit::Milliseconds, milliseconds),
                    ("ServerErrors", Unit::Count, u64::from(status.is_server_error())),
                ],
            )
            .write();
    }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        ..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        500.. => "5xx",
    }
}
