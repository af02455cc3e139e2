use domain::refusal::Refusal;
use engine::simulate;
use serde_json::json;

use super::*;
use crate::loading::current;
use crate::loading::stand::Stand;

async fn provider(stand: &Stand, name: &str) -> Result<ProviderView, Error> {
    let input = ProviderInput { name: name.to_owned(), template: Template::Application };
    create(&stand.deps, &stand.call(), input).await
}

fn payload(user: &str) -> String {
    let body = json!({ "applications": [{
        "name": "Billing", "application_type": "billing",
        "local_users": [{ "id": user, "name": user, "groups": ["clerks"] }], "local_groups": [{ "name": "clerks" }],
    }] });
    body.to_string()
}

#[test]
fn names_of_providers_and_of_their_data_sources_are_taken_once_and_freed_by_deletion() {
    simulate(1, async {
        let stand = Stand::new();
        let billing = provider(&stand, "Billing").await.unwrap();
        let taken = provider(&stand, "Billing").await;
        assert!(matches!(taken, Err(Error::Refused(Refusal::AlreadyExists { what: "provider" }))), "{taken:?}");
        let id = billing.id.to_string();
        let source = create_source(&stand.deps, &stand.call(), &id, "EU".to_owned()).await.unwrap();
        let taken = create_source(&stand.deps, &stand.call(), &id, "EU".to_owned()).await;
        assert!(matches!(taken, Err(Error::Refused(Refusal::AlreadyExists { what: "data source" }))), "{taken:?}");
        assert_eq!(list_sources(&stand.deps, &id, Some("EU")).await.unwrap(), [source]);
        assert!(list_sources(&stand.deps, &id, Some("US")).await.unwrap().is_empty());
        delete(&stand.deps, &stand.call(), &id).await.unwrap();
        assert!(matches!(get(&stand.deps, &id).await, Err(Error::NotFound(_))));
        assert!(list(&stand.deps, None).await.unwrap().is_empty());
        provider(&stand, "Billing").await.unwrap();
    });
}

#[test]
fn a_push_is_the_whole_picture_of_its_data_source() {
    simulate(1, async {
        let stand = Stand::new();
        let id = provider(&stand, "Billing").await.unwrap().id.to_string();
        let source = create_source(&stand.deps, &stand.call(), &id, "EU".to_owned()).await.unwrap().id.to_string();
        let push = async |body: serde_json::Value| {
            push(&stand.deps, &stand.call(), &id, &source, body.to_string().as_bytes()).await
        };
        let first = push(json!({ "id": id, "data_source_id": source, "json_data": payload("ann") })).await.unwrap();
        assert_eq!((first.created, first.removed), (3, 0));
        let second = push(json!({ "json_data": payload("bo") })).await.unwrap();
        assert_eq!((second.created, second.removed), (1, 1));
        let seen = get_source(&stand.deps, &id, &source).await.unwrap();
        assert_eq!((seen.name.as_str(), seen.loaded_at.is_some()), ("EU", true));
        let before = stand.dump();
        for (body, field) in [
            (json!({ "json_data": "{\"applications\": 7}" }), "applications"),
            (json!({ "id": "another", "json_data": payload("cy") }), "id"),
            (json!({ "data_source_id": "another", "json_data": payload("cy") }), "data_source_id"),
            (json!({}), "json_data"),
        ] {
            let Err(Error::Invalid(faults)) = push(body).await else { panic!("{field} was taken") };
            assert_eq!(faults[0].field, field);
        }
        assert!(stand.dump() == before);
    });
}

#[test]
fn what_was_pushed_stays_known_under_its_provider_alone() {
    simulate(1, async {
        let stand = Stand::new();
        let one = provider(&stand, "One").await.unwrap().id.to_string();
        let two = provider(&stand, "Two").await.unwrap().id.to_string();
        let source = create_source(&stand.deps, &stand.call(), &one, "EU".to_owned()).await.unwrap().id.to_string();
        let body = json!({ "json_data": payload("ann") }).to_string();
        let elsewhere = push(&stand.deps, &stand.call(), &two, &source, body.as_bytes()).await;
        assert!(matches!(elsewhere, Err(Error::NotFound(_))));
        push(&stand.deps, &stand.call(), &one, &source, body.as_bytes()).await.unwrap();
        assert_eq!(current::versions(&stand.deps).await.unwrap().len(), 1);
        delete_source(&stand.deps, &stand.call(), &one, &source).await.unwrap();
        assert!(current::versions(&stand.deps).await.unwrap().is_empty());
    });
}
