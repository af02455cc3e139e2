use domain::inventory::Family;
use domain::refusal::Refusal;
use engine::simulate;
use serde_json::json;

use super::*;
use crate::loading::ingestion::push;
use crate::loading::sources::current;
use crate::loading::sources::provider::{self, ProviderInput, Template};
use crate::loading::sources::source;
use crate::testing::stand::Stand;

/// An upload that is begun: provider, data source and upload.
struct Begun {
    provider: String,
    source: String,
    upload: String,
}

impl Begun {
    async fn on(stand: &Stand) -> Self {
        let input = ProviderInput { name: "HR".to_owned(), template: Template::Hris, provisioning: false };
        let provider = provider::create(&stand.deps, &stand.call(), input).await.unwrap().id.to_string();
        let source = provider::create_source(&stand.deps, &stand.call(), &provider, "EU".to_owned()).await.unwrap();
        let source = source.id.to_string();
        let upload = start(&stand.deps, &stand.call(), &provider, &source).await.unwrap().to_string();
        Self { provider, source, upload }
    }

    fn place(&self) -> Place<'_> {
        Place { provider: &self.provider, source: &self.source, upload: &self.upload }
    }
}

/// People who work there.
fn payload(people: &[&str]) -> Vec<u8> {
    let employee = |id: &&str| {
        json!({ "id": id, "name": id, "employee_number": id, "first_name": id, "last_name": id,
            "is_active": true, "employment_status": "ACTIVE" })
    };
    let employees: Vec<_> = people.iter().map(employee).collect();
    json!({ "name": "HR", "hris_type": "hr", "employees": employees }).to_string().into_bytes()
}

async fn send(stand: &Stand, begun: &Begun, number: u32, bytes: &[u8]) -> Result<(), Error> {
    add(&stand.deps, &stand.call(), &begun.place(), number, bytes.to_vec()).await
}

/// Closes, has the worker work, and closes again.
async fn close(stand: &Stand, begun: &Begun, count: u32) -> Result<Report, Error> {
    match complete(&stand.deps, &stand.call(), &begun.place(), count).await {
        Err(Error::Unavailable(_)) => {}
        other => return other,
    }
    stand.drain().await;
    complete(&stand.deps, &stand.call(), &begun.place(), count).await
}

#[track_caller]
fn issues<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<String> {
    let Err(Error::Invalid(faults)) = result else { panic!("{result:?}") };
    faults.into_iter().map(|fault| format!("{}: {}", fault.field, fault.issue)).collect()
}

#[test]
fn parts_are_one_payload_in_whatever_order_they_come() {
    simulate(1, async {
        let stand = Stand::new();
        let begun = Begun::on(&stand).await;
        let whole = payload(&["ann", "bo", "cy"]);
        let (first, rest) = whole.split_at(40);
        let (second, third) = rest.split_at(100);
        send(&stand, &begun, 3, third).await.unwrap();
        send(&stand, &begun, 1, b"sent once more").await.unwrap();
        send(&stand, &begun, 2, second).await.unwrap();
        send(&stand, &begun, 1, first).await.unwrap();
        let report = close(&stand, &begun, 3).await.unwrap();
        assert_eq!((report.created, report.removed), (3, 0));
        let again = complete(&stand.deps, &stand.call(), &begun.place(), 3).await.unwrap();
        assert_eq!(again, report, "closing again tells the same");
        let listed = source::list(&stand.deps, 9, None).await.unwrap().items;
        assert_eq!((listed.len(), listed[0].nodes, listed[0].format.as_str()), (1, 3, "oaa_hris"));
        assert_eq!(issues(send(&stand, &begun, 4, b"x").await), ["upload_id: the upload is complete"]);
    });
}

#[test]
fn parts_that_are_missing_or_too_many_are_named() {
    simulate(1, async {
        let stand = Stand::new();
        let begun = Begun::on(&stand).await;
        send(&stand, &begun, 2, b"b").await.unwrap();
        send(&stand, &begun, 5, b"e").await.unwrap();
        let before = stand.dump();
        assert_eq!(
            issues(close(&stand, &begun, 3).await),
            [
                "sequence_count: part 1 has not come",
                "sequence_count: part 3 has not come",
                "sequence_count: part 5 has come, although there are 3",
            ]
        );
        assert!(stand.dump() == before);
    });
}

#[test]
fn a_payload_in_parts_is_no_longer_than_one_in_one_piece() {
    let upload = |parts: &[(u32, u64)]| Upload {
        terms: String::new(),
        found: None,
        id: UploadId::new(uuid::Uuid::from_u128(1)),
        source: "s".parse().unwrap(),
        name: String::new(),
        format: "oaa_hris".to_owned(),
        object: "uploads/parts/x".to_owned(),
        job: None,
        state: UploadState::Waiting,
        report: String::new(),
        created_by: domain::user::UserKey::system(),
        created_at: "2026-05-01T08:00:00Z".parse().unwrap(),
        expires_at: "2026-05-02T08:00:00Z".parse().unwrap(),
        parts: parts.iter().map(|(number, bytes)| Part { number: *number, bytes: *bytes }).collect(),
    };
    let now = "2026-05-01T08:00:00Z".parse().unwrap();
    assert!(grown(&upload(&[(1, MAX_BYTES - 3)]), 2, b"abc", now).is_ok());
    assert!(grown(&upload(&[(1, MAX_BYTES - 2)]), 2, b"abc", now).is_err());
    assert!(grown(&upload(&[(1, MAX_BYTES)]), 1, b"abc", now).is_ok(), "a part that comes again replaces itself");
    let late = "2026-05-02T08:00:01Z".parse().unwrap();
    assert_eq!(issues(grown(&upload(&[]), 1, b"", late)), ["upload_id: the upload has expired; start another one"]);
}

#[test]
fn a_refused_payload_is_told_by_its_places_and_changes_nothing() {
    simulate(1, async {
        let stand = Stand::new();
        let begun = Begun::on(&stand).await;
        send(&stand, &begun, 1, br#"{"name": "HR", "hris_type": "hr", "employees": [{"id": 7}]}"#).await.unwrap();
        let refused = issues(close(&stand, &begun, 1).await);
        assert_eq!(refused[0], "employees[0].id: must be a string");
        let again = complete(&stand.deps, &stand.call(), &begun.place(), 1).await;
        assert_eq!(issues(again), refused, "closing again tells the same");
        assert_eq!(source::list(&stand.deps, 9, None).await.unwrap().items[0].loaded_at, None);
    });
}

#[test]
fn an_upload_is_known_under_its_data_source_alone() {
    simulate(1, async {
        let stand = Stand::new();
        let begun = Begun::on(&stand).await;
        let other =
            provider::create_source(&stand.deps, &stand.call(), &begun.provider, "US".to_owned()).await.unwrap();
        let other = other.id.to_string();
        for place in [
            Place { source: &other, ..begun.place() },
            Place { upload: "upl-0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b", ..begun.place() },
            Place { upload: "nonsense", ..begun.place() },
        ] {
            let answer = complete(&stand.deps, &stand.call(), &place, 1).await;
            assert!(matches!(answer, Err(Error::NotFound(_))), "{place:?}");
        }
    });
}

#[test]
fn a_payload_does_not_bring_a_deleted_data_source_back() {
    simulate(1, async {
        let stand = Stand::new();
        let begun = Begun::on(&stand).await;
        send(&stand, &begun, 1, &payload(&["ann"])).await.unwrap();
        let unread = complete(&stand.deps, &stand.call(), &begun.place(), 1).await;
        assert!(matches!(unread, Err(Error::Unavailable(_))));
        provider::delete_source(&stand.deps, &stand.call(), &begun.provider, &begun.source).await.unwrap();
        stand.drain().await;
        assert!(source::list(&stand.deps, 9, None).await.unwrap().items.is_empty());
    });
}

#[test]
fn a_payload_in_parts_does_not_go_over_what_was_pushed_since_it_was_started() {
    simulate(1, async {
        let stand = Stand::new();
        let begun = Begun::on(&stand).await;
        send(&stand, &begun, 1, &payload(&["ann"])).await.unwrap();
        let body = json!({ "json_data": String::from_utf8(payload(&["bo"])).unwrap() }).to_string();
        let (provider, source) = (&begun.provider, &begun.source);
        push::payload(&stand.deps, &stand.call(), provider, source, body.as_bytes()).await.unwrap();
        for _ in 0..2 {
            let late = close(&stand, &begun, 1).await;
            assert!(matches!(late, Err(Error::Refused(Refusal::LoadedMeanwhile))), "{late:?}");
        }
        let graph = current::graph(&stand.deps).await.unwrap();
        assert_eq!(graph.family(Family::Identity).map(|person| graph.name(person)).collect::<Vec<_>>(), ["bo"]);
    });
}
