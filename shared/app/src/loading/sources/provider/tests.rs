use domain::refusal::Refusal;
use engine::simulate;
use serde_json::json;

use super::*;
use crate::loading::ingestion::push as pushes;
use crate::loading::ingestion::terms::Terms;
use crate::loading::sources::current;
use crate::testing::stand::Stand;

async fn provider(stand: &Stand, name: &str) -> Result<ProviderView, Error> {
    let input = ProviderInput { name: name.to_owned(), template: Template::Application, provisioning: false };
    create(&stand.deps, &stand.call(), input).await
}

fn everything() -> ListInput {
    ListInput { name: None, order: OrderBy::Id, descending: false, limit: 500, after: None }
}

fn named(name: &str) -> ListInput {
    ListInput { name: Some(name.to_owned()), ..everything() }
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
        assert_eq!(list_sources(&stand.deps, &id, &named("EU")).await.unwrap().items, [source]);
        assert!(list_sources(&stand.deps, &id, &named("US")).await.unwrap().items.is_empty());
        delete(&stand.deps, &stand.call(), &id).await.unwrap();
        assert!(matches!(get(&stand.deps, &id).await, Err(Error::NotFound(_))));
        assert!(list(&stand.deps, &everything()).await.unwrap().items.is_empty());
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
            pushes::payload(&stand.deps, &stand.call(), &id, &source, body.to_string().as_bytes()).await
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
        let elsewhere = pushes::payload(&stand.deps, &stand.call(), &two, &source, body.as_bytes()).await;
        assert!(matches!(elsewhere, Err(Error::NotFound(_))));
        pushes::payload(&stand.deps, &stand.call(), &one, &source, body.as_bytes()).await.unwrap();
        assert_eq!(current::versions(&stand.deps).await.unwrap().len(), 1);
        delete_source(&stand.deps, &stand.call(), &one, &source).await.unwrap();
        assert!(current::versions(&stand.deps).await.unwrap().is_empty());
    });
}

#[test]
fn a_deleted_provider_is_gone_at_once_and_its_data_sources_follow() {
    simulate(1, async {
        let stand = Stand::new();
        let id = provider(&stand, "Billing").await.unwrap().id.to_string();
        for (name, user) in [("EU", "ann"), ("US", "bo"), ("APAC", "cy")] {
            let source = create_source(&stand.deps, &stand.call(), &id, name.to_owned()).await.unwrap().id.to_string();
            let body = json!({ "json_data": payload(user) }).to_string();
            pushes::payload(&stand.deps, &stand.call(), &id, &source, body.as_bytes()).await.unwrap();
        }
        delete(&stand.deps, &stand.call(), &id).await.unwrap();
        assert!(matches!(get(&stand.deps, &id).await, Err(Error::NotFound(_))));
        assert!(matches!(delete(&stand.deps, &stand.call(), &id).await, Err(Error::NotFound(_))));
        assert_eq!(current::versions(&stand.deps).await.unwrap().len(), 3);
        let message = stand.queue.take().unwrap();
        stand.deliver(&message).await.unwrap();
        assert!(current::versions(&stand.deps).await.unwrap().is_empty());
        assert!(source::list(&stand.deps, 9, None).await.unwrap().items.is_empty());
        stand.deliver(&message).await.unwrap();
        let told = stand.bus.told().into_iter().filter(|(kind, _)| kind == "datasource.deleted").count();
        assert_eq!(told, 3, "each is told of once, however often the message comes");
    });
}

#[test]
fn providers_are_listed_in_order_and_in_pages() {
    simulate(1, async {
        let stand = Stand::new();
        for name in ["delta", "Alpha", "charlie", "Bravo"] {
            provider(&stand, name).await.unwrap();
        }
        for (descending, expected) in
            [(false, ["Alpha", "Bravo", "charlie", "delta"]), (true, ["delta", "charlie", "Bravo", "Alpha"])]
        {
            let mut input = ListInput { order: OrderBy::Name, descending, limit: 3, ..everything() };
            let first = list(&stand.deps, &input).await.unwrap();
            input.after = first.next.clone();
            let second = list(&stand.deps, &input).await.unwrap();
            assert!(second.next.is_none() && second.has_previous);
            let names: Vec<_> =
                first.items.iter().chain(&second.items).map(|provider| provider.name.as_str()).collect();
            assert_eq!(names, expected);
            input.order = OrderBy::CreatedAt;
            let foreign = list(&stand.deps, &input).await;
            assert!(matches!(foreign, Err(Error::Invalid(_))), "a cursor belongs to its list");
        }
    });
}

#[test]
fn people_are_provisioned_from_the_human_resources_alone() {
    simulate(1, async {
        let stand = Stand::new();
        let billing = provider(&stand, "Billing").await.unwrap().id.to_string();
        assert!(matches!(change(&stand.deps, &stand.call(), &billing, Some(true)).await, Err(Error::Invalid(_))));
        let hr = ProviderInput { name: "HR".to_owned(), template: Template::Hris, provisioning: true };
        let hr = create(&stand.deps, &stand.call(), hr).await.unwrap();
        assert!(hr.provisioning);
        let changed = change(&stand.deps, &stand.call(), &hr.id.to_string(), Some(false)).await.unwrap();
        assert_eq!((changed.provisioning, changed.version), (false, 2));
        let same = change(&stand.deps, &stand.call(), &hr.id.to_string(), None).await.unwrap();
        assert_eq!((same.provisioning, same.version), (false, 3));
        let stale = Call { if_match: Some(2), ..stand.call() };
        assert!(matches!(change(&stand.deps, &stale, &hr.id.to_string(), Some(true)).await, Err(Error::Stale)));
    });
}

#[test]
fn a_change_that_is_sent_again_is_known_by_its_call_and_not_stale() {
    simulate(1, async {
        let stand = Stand::new();
        let id = provider(&stand, "Billing").await.unwrap().id.to_string();
        let call = Call { if_match: Some(1), ..stand.call() };
        let changed = change(&stand.deps, &call, &id, None).await.unwrap();
        assert_eq!(change(&stand.deps, &call, &id, None).await.unwrap(), changed);
        let call = Call { if_match: Some(2), ..stand.call() };
        for _ in 0..2 {
            set_icon(&stand.deps, &call, &id, "aWNvbg==").await.unwrap();
        }
    });
}

#[test]
fn an_icon_is_kept_up_to_its_limit() {
    simulate(1, async {
        let stand = Stand::new();
        let id = provider(&stand, "Billing").await.unwrap().id.to_string();
        assert_eq!(get(&stand.deps, &id).await.unwrap().1, None);
        let longest = "AAAA".repeat(MAX_ICON / 4);
        for icon in [longest.as_str(), "aWNvbg=="] {
            set_icon(&stand.deps, &stand.call(), &id, icon).await.unwrap();
            assert_eq!(get(&stand.deps, &id).await.unwrap().1.as_deref(), Some(icon));
        }
        for bad in ["", "icon!", &format!("{longest}AAAA")] {
            assert!(matches!(set_icon(&stand.deps, &stand.call(), &id, bad).await, Err(Error::Invalid(_))));
        }
    });
}

#[test]
fn a_file_is_pushed_to_applications_and_human_resources() {
    simulate(1, async {
        let stand = Stand::new();
        let file = "user_id,name,roles\n1,ann,\"reader,approver\"\n";
        let body = json!({ "csv_data": base64::Engine::encode(&base64::engine::general_purpose::STANDARD, file) });
        for (template, expected) in
            [(Template::Application, Some(4)), (Template::Hris, None), (Template::IdentityProvider, None)]
        {
            let input = ProviderInput { name: format!("{template:?}"), template, provisioning: false };
            let id = create(&stand.deps, &stand.call(), input).await.unwrap().id.to_string();
            let source = create_source(&stand.deps, &stand.call(), &id, "EU".to_owned()).await.unwrap().id.to_string();
            let pushed =
                pushes::csv(&stand.deps, &stand.call(), (&id, &source), Terms::default(), body.to_string().as_bytes())
                    .await;
            assert_eq!(pushed.ok().map(|report| report.created), expected, "{template:?}");
        }
    });
}

#[test]
fn a_provider_that_is_deleted_meanwhile_takes_no_data_source() {
    simulate(1, async {
        let stand = Stand::new();
        let id = provider(&stand, "Billing").await.unwrap().id;
        for is_there in [true, false] {
            let mut tx = stand.deps.store.write(stand.call().command, stand.call().now);
            tx.require_provider(id);
            assert_eq!(tx.commit().await.is_ok(), is_there);
            if is_there {
                let before = get(&stand.deps, &id.to_string()).await.unwrap();
                create_source(&stand.deps, &stand.call(), &id.to_string(), "EU".to_owned()).await.unwrap();
                assert_eq!(
                    get(&stand.deps, &id.to_string()).await.unwrap(),
                    before,
                    "a data source is no change of it"
                );
                delete(&stand.deps, &stand.call(), &id.to_string()).await.unwrap();
            }
        }
        let late = create_source(&stand.deps, &stand.call(), &id.to_string(), "US".to_owned()).await;
        assert!(matches!(late, Err(Error::NotFound(_))), "{late:?}");
    });
}
