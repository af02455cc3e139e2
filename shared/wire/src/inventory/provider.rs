//! Providers that push payloads: management and push, in the envelopes their clients expect.

use app::error::Error;
use app::loading::ingestion::parts::MAX_PARTS;
use app::loading::ingestion::push::unarmoured;
use app::loading::ingestion::report::{Note, Report};
use app::loading::sources::provider::{
    ListInput, MAX_ICON, OrderBy, ProviderInput, ProviderSourceView, ProviderView, Template,
};
use app::page::Page;
use domain::ids::UploadId;
use serde_json::{Value, json};

use crate::awf::paging;
use crate::decode::{Faults, MAX_NAME, Object, Query, parse};
use crate::encode;
use crate::exchange::Pairs;

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
            body.fault("custom_template", "must be one of application, identity_provider, hris");
        }
        template
    });
    let provisioning = body.flag("provisioning").unwrap_or(false);
    match (name, template) {
        (Some(name), Some(template)) => {
            faults.check()?;
            Ok(ProviderInput { name, template, provisioning })
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

/// Decodes what a provider changes to: `provisioning`, when given.
///
/// # Errors
/// All faults of the body.
pub fn change(body: &[u8]) -> Result<Option<bool>, Error> {
    let faults = Faults::new();
    let value = parse(body)?;
    let provisioning = Object::root(&value, &faults)?.unwrapped().flag("provisioning");
    faults.check().map(|()| provisioning)
}

/// Decodes an icon, which stays encoded.
///
/// # Errors
/// All faults of the body.
pub fn icon(body: &[u8]) -> Result<String, Error> {
    let faults = Faults::new();
    let value = parse(body)?;
    let body = Object::root(&value, &faults)?.unwrapped();
    let icon = body.required("icon_base64", body.text("icon_base64", MAX_ICON));
    faults.check().map(|()| icon.unwrap_or_default())
}

/// What is done to a payload that is sent in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parts {
    /// It begins.
    Start,
    /// A part comes.
    Add {
        /// The upload, as it was called when it began.
        upload: String,
        /// The place of the part, from 1.
        number: u32,
        /// The part.
        bytes: Vec<u8>,
    },
    /// All parts have come.
    Complete {
        /// The upload.
        upload: String,
        /// How many parts there are.
        count: u32,
    },
}

/// Decodes a call on a payload in parts.
///
/// # Errors
/// All faults of the body.
pub fn parts(body: &[u8]) -> Result<Parts, Error> {
    #[derive(Clone, Copy)]
    enum Word {
        Start,
        Upload,
        Complete,
    }
    const WORDS: [(Word, &str); 3] = [(Word::Start, "start"), (Word::Upload, "upload"), (Word::Complete, "complete")];
    let faults = Faults::new();
    let value = parse(body)?;
    let body = Object::root(&value, &faults)?;
    let upload = || body.required("upload_id", body.text("upload_id", MAX_NAME)).unwrap_or_default();
    let number = |name: &str| {
        let number = body.required(name, body.integer(name, 1..=i64::from(MAX_PARTS)));
        number.and_then(|number| u32::try_from(number).ok()).unwrap_or_default()
    };
    let call = match body.required("operation", body.word("operation", &WORDS)) {
        Some(Word::Start) => Parts::Start,
        None => {
            // What it takes is not known: what is there is looked at all the same, so that every fault is told.
            let _ = (body.text("upload_id", MAX_NAME), body.text("data", usize::MAX));
            let numbers = ["sequence_number", "sequence_count"];
            let _ = numbers.map(|name| body.integer(name, 1..=i64::from(MAX_PARTS)));
            Parts::Start
        }
        Some(Word::Complete) => Parts::Complete { upload: upload(), count: number("sequence_count") },
        Some(Word::Upload) => {
            let (upload, number) = (upload(), number("sequence_number"));
            let data = body.required("data", body.raw("data").and_then(Value::as_str));
            let bytes = match data.map(unarmoured) {
                Some(Ok(bytes)) => bytes,
                Some(Err(issue)) => {
                    body.fault("data", issue);
                    Vec::new()
                }
                None if body.raw("data").is_some() => {
                    body.fault("data", "must be a string");
                    Vec::new()
                }
                None => Vec::new(),
            };
            Parts::Add { upload, number, bytes }
        }
    };
    faults.check().map(|()| call)
}

/// A payload in parts has begun.
#[must_use]
pub fn begun(upload: UploadId) -> Value {
    json!({ "upload_id": upload.to_string() })
}

/// Decodes which part of a list is asked for: `filter=name eq "X"`, `order_by`, `page_size` and `page_token`.
///
/// # Errors
/// All faults of the query; the filter may be no other expression.
pub fn list(query: &Pairs) -> Result<ListInput, Error> {
    let faults = Faults::new();
    let query = Query::new(query, &faults);
    let name = query.text("filter").and_then(|filter| {
        let name = name_of(filter);
        if name.is_none() {
            query.fault("filter", "must read name eq \"...\"");
        }
        name
    });
    let (order, descending) = order(&query);
    let (limit, after) = paging::all_or_page(&query);
    faults.check()?;
    Ok(ListInput { name, order, descending, limit, after })
}

/// Decodes `order_by`: `id`, `name` or `created_at`, and the direction behind it.
fn order(query: &Query<'_>) -> (OrderBy, bool) {
    let words = [(OrderBy::Id, "id"), (OrderBy::Name, "name"), (OrderBy::CreatedAt, "created_at")];
    let Some(text) = query.text("order_by") else { return (OrderBy::Id, false) };
    let (by, direction) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), "asc"));
    let by = words.into_iter().find(|(_, word)| word.eq_ignore_ascii_case(by));
    let descending = match direction.trim().to_ascii_lowercase().as_str() {
        "asc" => Some(false),
        "desc" => Some(true),
        _ => None,
    };
    let (Some((by, _)), Some(descending)) = (by, descending) else {
        query.fault("order_by", "must be id, name or created_at, and may be followed by asc or desc");
        return (OrderBy::Id, false);
    };
    (by, descending)
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
pub fn value(provider: &ProviderView, icon: Option<&str>) -> Value {
    json!({ "value": provider_body(provider, icon) })
}

/// A page of providers.
#[must_use]
pub fn values(page: &Page<ProviderView>) -> Value {
    envelope(page, |provider| provider_body(provider, None))
}

/// One data source in its envelope.
#[must_use]
pub fn source_value(source: &ProviderSourceView) -> Value {
    json!({ "value": source_body(source) })
}

/// A page of data sources.
#[must_use]
pub fn source_values(page: &Page<ProviderSourceView>) -> Value {
    envelope(page, source_body)
}

/// The templates that payloads can follow.
#[must_use]
pub fn templates() -> Value {
    let all = Template::ALL.into_iter().map(|template| json!({ "name": template.name() }));
    json!({ "values": all.collect::<Vec<_>>(), "has_more": false, "next_page_token": "" })
}

fn envelope<T>(page: &Page<T>, each: impl Fn(&T) -> Value) -> Value {
    let values: Vec<Value> = page.items.iter().map(each).collect();
    json!({ "values": values, "has_more": page.has_more(), "next_page_token": paging::next(page) })
}

fn provider_body(provider: &ProviderView, icon: Option<&str>) -> Value {
    let ProviderView { id, name, template, provisioning, created_at, version: _ } = provider;
    json!({
        "id": id.to_string(),
        "name": name,
        "custom_template": template,
        "state": "ENABLED",
        "provisioning": provisioning,
        "icon_base64": icon,
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
