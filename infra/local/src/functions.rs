//! Which code a function of the template runs: the crate that its binary is made of.
//!
//! The only table of the local stack, and one that cannot lie: a function that is missing here stops the start, and one
//! that the template does not know is found by a test.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use app::deps::Deps;
use authorizer::Trust;
use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use lambda_http::{Body, Request, Response};
use lambda_runtime::{Error, LambdaEvent};
use serde_json::Value;

type Soon<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A function behind the HTTP API.
pub(crate) type HttpHandler = fn(Arc<Deps>, Request) -> Soon<Response<Body>>;
/// A function behind a queue.
pub(crate) type QueueHandler = fn(Arc<Deps>, LambdaEvent<SqsEvent>) -> Soon<SqsBatchResponse>;
/// A function behind a timer.
pub(crate) type ScheduleHandler = fn(Arc<Deps>, LambdaEvent<EventBridgeEvent<Value>>) -> Soon<Result<(), Error>>;
/// The function that says who calls, with the trust in an issuer; events as JSON.
pub(crate) type AuthorizerHandler = fn(Arc<Deps>, Arc<Trust>, LambdaEvent<Value>) -> Soon<Result<Value, Error>>;

/// The code of a function, by what calls it.
#[derive(Clone, Copy)]
pub(crate) enum Handler {
    Http(HttpHandler),
    Queue(QueueHandler),
    Schedule(ScheduleHandler),
    Authorizer(AuthorizerHandler),
}

/// Every function there is.
#[cfg(test)]
pub(crate) const BINARIES: [&str; 18] = [
    "approvals",
    "authorizer",
    "automate",
    "automations",
    "campaigns",
    "deliver",
    "evaluate",
    "exports",
    "ingest",
    "inventory",
    "materialize",
    "notify",
    "render",
    "reviews",
    "rules",
    "schedules",
    "scim",
    "settings",
];

/// The code of the function with this binary.
pub(crate) fn handler(binary: &str) -> Option<Handler> {
    Some(match binary {
        "approvals" => Handler::Http(|deps, request| Box::pin(approvals::handle(deps, request))),
        "automations" => Handler::Http(|deps, request| Box::pin(automations::handle(deps, request))),
        "campaigns" => Handler::Http(|deps, request| Box::pin(campaigns::handle(deps, request))),
        "exports" => Handler::Http(|deps, request| Box::pin(exports::handle(deps, request))),
        "inventory" => Handler::Http(|deps, request| Box::pin(inventory::handle(deps, request))),
        "reviews" => Handler::Http(|deps, request| Box::pin(reviews::handle(deps, request))),
        "rules" => Handler::Http(|deps, request| Box::pin(rules::handle(deps, request))),
        "scim" => Handler::Http(|deps, request| Box::pin(scim::handle(deps, request))),
        "settings" => Handler::Http(|deps, request| Box::pin(settings::handle(deps, request))),
        "deliver" => Handler::Queue(|deps, event| Box::pin(deliver::handle(deps, event))),
        "automate" => Handler::Queue(|deps, event| Box::pin(automate::handle(deps, event))),
        "evaluate" => Handler::Queue(|deps, event| Box::pin(evaluate::handle(deps, event))),
        "ingest" => Handler::Queue(|deps, event| Box::pin(ingest::handle(deps, event))),
        "materialize" => Handler::Queue(|deps, event| Box::pin(materialize::handle(deps, event))),
        "notify" => Handler::Queue(|deps, event| Box::pin(notify::handle(deps, event))),
        "render" => Handler::Queue(|deps, event| Box::pin(render::handle(deps, event))),
        "schedules" => Handler::Schedule(|deps, event| Box::pin(schedules::handle(deps, event))),
        "authorizer" => Handler::Authorizer(|deps, trust, event| Box::pin(authorize(deps, trust, event))),
        _ => return None,
    })
}

async fn authorize(deps: Arc<Deps>, trust: Arc<Trust>, event: LambdaEvent<Value>) -> Result<Value, Error> {
    let request = serde_json::from_value(event.payload)?;
    let answer = authorizer::handle(deps, Some(trust), LambdaEvent::new(request, event.context)).await?;
    Ok(serde_json::to_value(answer)?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::template::Template;

    #[test]
    fn the_template_and_the_code_know_the_same_functions() {
        let template = Template::load().unwrap();
        let declared: BTreeSet<_> = template.functions.values().map(|function| function.binary.as_str()).collect();
        assert_eq!(declared, BINARIES.into_iter().collect());
        for binary in BINARIES {
            assert!(handler(binary).is_some(), "{binary}");
        }
    }

    #[test]
    fn each_program_brings_the_ports_that_the_template_tells_it_of() {
        for function in Template::load().unwrap().functions.values() {
            let path = format!("{}/../../functions/{}/src/main.rs", env!("CARGO_MANIFEST_DIR"), function.binary);
            let program = std::fs::read_to_string(path).unwrap();
            for (port, variables) in [
                (".queues()", runtime::ports::QUEUES.map(|(_, variable)| variable).as_slice()),
                (".events()", &["EVENT_BUS_NAME"]),
                (".objects()", &["UPLOADS_BUCKET"]),
                (".exports()", &["EXPORTS_BUCKET"]),
            ] {
                let told = variables.iter().any(|variable| function.variables.contains_key(*variable));
                assert_eq!(program.contains(port), told, "{} and {port}", function.binary);
            }
        }
    }

    #[test]
    fn each_function_is_called_by_what_the_template_says() {
        let template = Template::load().unwrap();
        let kind = |id: &str| handler(&template.functions[id].binary).unwrap();
        assert!(template.routes.iter().all(|route| matches!(kind(&route.function), Handler::Http(_))));
        assert!(template.pumps.iter().all(|pump| matches!(kind(&pump.function), Handler::Queue(_))));
        assert!(template.schedules.iter().all(|schedule| matches!(kind(&schedule.function), Handler::Schedule(_))));
        assert!(matches!(kind(&template.authorizer), Handler::Authorizer(_)));
    }
}
