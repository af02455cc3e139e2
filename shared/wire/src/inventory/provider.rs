//! Providers that push payloads: management and push, in the envelopes their clients expect.

use app::error::Error;
use app::loading::ingest::{Note, Report};
use app::loading::provider::{ProviderInput, ProviderSourceView, ProviderView, Template};
use serde_json::{Value, json};

use crate::decode::{Faults, MAX_NAME, Object, Query, parse};
use crate::encode;
use crate::exchange::Pairs;

/// The templates that payloads can follow.
const TEMPLATES: [Template; 2] = [Template::Application, Template::IdentityProvider];

/// Decodes a new provider.
///
/// # Errors
/// All faults of the body.
pub fn create(body: &[u8]) -> Result<ProviderInput, Error> {
    let faults = Faults::new();
    let value = parse(body)?;
    let body = Object::root(&value, &faults)?.unwrapped();
    let name = body.required("name", provider_name(&body));
    let template = body.required("custom_template", body.text("custom_template", MAX_NAME)).and_then(|word| {
        let template = Template::from_name(&word);
        if template.is_none() {
            body.fault("custom_template", "must be one of application, identity_provider");
        }
        template
    });
    match (name, template) {
        (Some(name), Some(template)) => {
            faults.check()?;
            Ok(ProviderInput { name, template })
        }
        (_, _) => Err(faults.error()),
    }
}

/// Decodes the name of a new data source.
///
/// # Errors
/// All faults of the body.
pub fn create_source(body: &[u8]) -> Result<String, Error> {
    let faults = Faults::new();
    let value = parse(body)?;
    let body = Object::root(&value, &faults)?.unwrapped();
    let name = body.required("name", provider_name(&body));
    match name {
        Some(name) => faults.check().map(|()| name),
        None => Err(faults.error()),
    }
}

/// Names of providers and their data sources: letters, digits, spaces and some punctuation.
fn provider_name(body: &Object<'_>) -> Option<String> {
    let name = body.name("name")?;
    let fits = |c: char| c.is_alphanumeric() || " @#$%&*:()!,_'\"=.-".contains(c);
    if !name.chars().all(fits) {
        body.fault("name", "may hold letters, digits, spaces and @ # $ % & * : ( ) ! , _ ' \" = . -");
        return None;
    }
    Some(name)
}

/// Decodes the filter of a list: the name asked for by `filter=name eq "X"`, or `None` for everything.
///
/// # Errors
/// The filter is another expression.
pub fn filter(query: &Pairs) -> Result<Option<String>, Error> {
    let faults = Faults::new();
    let query = Query::new(query, &faults);
    let Some(filter) = query.text("filter") else { return Ok(None) };
    let name = name_of(filter);
    if name.is_none() {
        query.fault("filter", "must read name eq \"...\"");
    }
    faults.check().map(|()| name)
}

fn name_of(filter: &str) -> Option<String> {
    let (attribute, rest) = filter.trim().split_once(char::is_whitespace)?;
    let (operator, value) = rest.trim_start().split_once(char::is_whitespace)?;
    if !attribute.eq_ignore_ascii_case("name") || !operator.eq_ignore_ascii_case("eq") {
        return None;
    }
    serde_json::from_str::<String>(value.trim()).ok()
}

/// The answer to a push: empty, or with what was left out.
#[must_use]
pub fn pushed(report: &Report) -> Value {
    if report.warnings.is_empty() {
        return json!({});
    }
    let message = |Note { place, message }: &Note| json!({ "message": format!("{place}: {message}") });
    json!({ "warnings": report.warnings.iter().map(message).collect::<Vec<_>>() })
}

/// One provider in its envelope.
#[must_use]
pub fn value(provider: &ProviderView) -> Value {
    json!({ "value": provider_body(provider) })
}

/// All providers that fit the filter.
#[must_use]
pub fn values(providers: &[ProviderView]) -> Value {
    envelope(providers.iter().map(provider_body).collect())
}

/// One data source in its envelope.
#[must_use]
pub fn source_value(source: &ProviderSourceView) -> Value {
    json!({ "value": source_body(source) })
}

/// All data sources that fit the filter.
#[must_use]
pub fn source_values(sources: &[ProviderSourceView]) -> Value {
    envelope(sources.iter().map(source_body).collect())
}

/// The templates that payloads can follow.
#[must_use]
pub fn templates() -> Value {
    envelope(TEMPLATES.into_iter().map(|template| json!({ "name": template.name() })).collect())
}

fn envelope(values: Vec<Value>) -> Value {
    json!({ "values": values, "has_more": false, "next_page_token": "" })
}

fn provider_body(provider: &ProviderView) -> Value {
    let ProviderView { id, name, template, created_at } = provider;
    json!({
        "id": id.to_string(),
        "name": name,
        "custom_template": template,
        "state": "ENABLED",
        "created_at": encode::time(*created_at),
    })
}

fn source_body(source: &ProviderSourceView) -> Value {
    let ProviderSourceView { id, provider, name, created_at, loaded_at } = source;
    json!({
        "id": id.as_str(),
        "provider_id": provider.to_string(),
        "name": name,
        "created_at": encode::time(*created_at),
        "last_sync_time": encode::optional_time(*loaded_at),
    })
}
