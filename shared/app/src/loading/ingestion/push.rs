//! Pushes: a client hands over the full picture of a data source in one call.

use std::sync::Arc;

use intake::Format;
use intake::Table;
pub use intake::oaa::unarmoured;
use intake::oaa::{Push, decode_csv_push, decode_push};
use store::inventory::Source;
use store::provider::Provider;

use super::delivery::Delivery;
use super::onto::Onto;
use super::report::{Report, delivered, faults_of};
use super::terms::Terms;
use crate::call::Call;
use crate::deps::Deps;
use crate::error::{Error, Faults};
use crate::loading::sources::provider::{Template, load_source, template};

/// Takes a payload after the template of its provider. `body` is the body of the push call.
///
/// # Errors
/// [`Error::NotFound`] for an unknown provider or data source, also one that is deleted meanwhile; [`Error::Invalid`] with
/// every fault by its place; [`Error::Unavailable`]. A refused payload leaves the data source as it was.
pub async fn payload(deps: &Deps, call: &Call, provider: &str, id: &str, body: &[u8]) -> Result<Report, Error> {
    let (provider, source) = load_source(deps, provider, id).await?;
    let push = decode_push(body).map_err(|faults| Error::Invalid(faults_of(faults)))?;
    let format = Format::Oaa(template(&provider)?);
    take(deps, call, (&provider, source.value), push, (format, Terms::default())).await
}

/// Takes a CSV file: accounts for an application, people for a system of human resources. `body` is the body of the call.
///
/// # Errors
/// As [`payload`]; also [`Error::Invalid`] for a provider of another template, and [`Error::Refused`] where too much would be
/// gone.
pub async fn csv(
    deps: &Deps,
    call: &Call,
    (provider, id): (&str, &str),
    terms: Terms,
    body: &[u8],
) -> Result<Report, Error> {
    let (provider, source) = load_source(deps, provider, id).await?;
    let table = match template(&provider)? {
        Template::Application => Table::Accounts,
        Template::Hris => Table::Owners,
        Template::IdentityProvider => {
            return Err(Error::invalid("id", "takes no CSV: providers of the templates application and hris do"));
        }
    };
    let push = decode_csv_push(body).map_err(|faults| Error::Invalid(faults_of(faults)))?;
    take(deps, call, (&provider, source.value), push, (Format::CsvPush(table), terms)).await
}

/// Puts what was pushed in place.
async fn take(
    deps: &Deps,
    call: &Call,
    (provider, source): (&Provider, Source),
    push: Push,
    (format, terms): (Format, Terms),
) -> Result<Report, Error> {
    let Push { provider_id, data_source_id, payload } = push;
    let mut faults = Faults::new();
    let same = |given: Option<String>, held: &str| given.is_none_or(|given| given.is_empty() || given == held);
    let provider_id = same(provider_id, &provider.id.to_string());
    faults.require(provider_id, "id", "is another provider than the path names");
    let data_source_id = same(data_source_id, source.id.as_str());
    faults.require(data_source_id, "data_source_id", "is another data source than the path names");
    faults.done()?;
    if call.repeatable
        && let Some(report) = delivered(deps, &source.id, call.command).await?
    {
        return Ok(report);
    }
    let delivery = Delivery {
        id: source.id,
        onto: Onto::Provider(provider.id),
        version: call.command,
        by: Some(call.caller.user.key()),
        now: call.now,
        format,
        name: Some(source.name),
        terms,
    };
    let read = delivery.read(deps, Arc::new(payload)).await?;
    delivery.load(deps, read, None).await
}

#[cfg(test)]
mod tests {
    use engine::simulate;
    use serde_json::json;

    use super::*;
    use crate::loading::sources::provider::{self, ProviderInput};
    use crate::testing::stand::Stand;

    #[test]
    fn what_was_deleted_while_its_push_was_read_does_not_come_back() {
        simulate(1, async {
            let stand = Stand::new();
            let (deps, call) = (&stand.deps, || stand.call());
            let input = ProviderInput { name: "A".to_owned(), template: Template::Application, provisioning: false };
            let made = provider::create(deps, &call(), input).await.unwrap().id.to_string();
            let source = provider::create_source(deps, &call(), &made, "EU".to_owned()).await.unwrap().id;
            let payload = json!({ "applications": [{ "name": "B", "application_type": "b", "local_users": [] }] });
            let body = json!({ "json_data": payload.to_string() }).to_string();
            let push = || decode_push(body.as_bytes()).unwrap();
            let format = Format::Oaa(Template::Application);
            let (held, stored) = load_source(deps, &made, source.as_str()).await.unwrap();
            take(deps, &call(), (&held, stored.value.clone()), push(), (format, Terms::default())).await.unwrap();
            provider::delete(deps, &call(), &made).await.unwrap();
            stand.drain().await;
            let late = take(deps, &call(), (&held, stored.value), push(), (format, Terms::default())).await;
            assert!(matches!(late, Err(Error::NotFound(_))), "{late:?}");
            assert!(deps.store.inventory().source(&source).await.unwrap().is_none());
        });
    }
}
