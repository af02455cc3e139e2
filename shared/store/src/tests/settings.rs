//! Books of settings.

use domain::ids::WorkflowId;
use domain::settings::{
    AutoComplete, Book, BuiltIn, ColumnSettings, CompletionRule, Expiration, GroupingProperty, GroupingTarget,
    IdentityProvider, Origin, OutlierDetection, OverdueReviews, PredefinedNotes, ReviewerExports, RowGrouping, Scope,
    SelfReview, Setting, SourceAcknowledgement, UiCustomization, UndecidedRows, Value, ViewSort,
};
use domain::webhook::{Occasion, Signing, Webhook};

use super::{TABLE, command_id, now, uuid, world};
use crate::{Error, Store};

/// A property of every kind.
fn properties() -> Vec<GroupingProperty> {
    let joined = GroupingTarget::Joined("idp".to_owned());
    let targets = [GroupingTarget::Unspecified, GroupingTarget::Source, GroupingTarget::Destination, joined];
    targets.into_iter().map(|target| GroupingProperty { name: "team".to_owned(), target }).collect()
}

/// A value of every setting, none of them the built-in one.
pub(super) fn each() -> Vec<Value> {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    vec![
        Value::Completion(CompletionRule::AllRowsHaveNonRejectedDecision),
        Value::SelfReview(SelfReview::CheckingEnabled),
        Value::UiCustomization(UiCustomization::built_in(Origin::Campaign)),
        Value::Columns(ColumnSettings { shown: texts(&["source.name"]), hidden: texts(&["source.email"]) }),
        Value::ViewSort(ViewSort { order_by: "destination.name desc".to_owned() }),
        Value::PredefinedNotes(PredefinedNotes { reject: texts(&["Left"]), accept: texts(&["Asked"]) }),
        Value::ReviewerExports(ReviewerExports { csv: true, pdf: false, xlsx: true }),
        Value::RowGrouping(RowGrouping { column: Some("status".to_owned()), expanded: true }),
        Value::Outliers(OutlierDetection { grouping: properties(), threshold: 0.1 }),
        Value::Webhook(Some(Webhook {
            url: "https://hooks.example.com/".to_owned(),
            signing: Signing::Stored,
            occasions: Occasion::ALL.into(),
            enabled: true,
        })),
        Value::IdentityProvider(IdentityProvider {
            enabled: true,
            user_type: "OktaUser".to_owned(),
            ..IdentityProvider::built_in(Origin::Campaign)
        }),
        Value::AutoComplete(AutoComplete::Enabled),
        Value::Overdue(OverdueReviews::Expire),
        Value::Acknowledgement(SourceAcknowledgement::Required),
        Value::Expiration(Expiration { undecided: UndecidedRows::AreRejected, note: "Too late".to_owned() }),
    ]
}

/// Stores values, one command each.
pub(super) async fn put(store: &Store, scope: Scope, values: &[Value]) -> Result<(), Error> {
    for (n, value) in (30..).zip(values) {
        let setting = value.setting();
        let (mut book, version) = match store.settings().get(scope, setting).await? {
            Some(stored) => (stored.value, stored.version),
            None => (Book::default(), 0),
        };
        book.put(value.clone(), version + 1);
        book.note_override(Setting::Columns);
        let mut tx = store.write(command_id(n), now());
        tx.put_settings(scope, setting, &book, version)?;
        let _ = tx.commit().await?;
    }
    Ok(())
}

#[tokio::test]
async fn every_value_reads_back_as_it_was_stored() {
    let world = world();
    put(&world.store, None, &each()).await.unwrap();
    let whole = world.store.settings().whole(None).await.unwrap();
    let values: Vec<Value> = whole.values().map(|held| held.value.clone()).collect();
    assert_eq!(values, each());
    assert!(whole.overridden().contains(&Setting::Columns));
    assert_eq!(each().len(), Setting::ALL.len(), "a setting without a sample here");
    let ruling = world.store.settings().ruling(None).await.unwrap();
    assert_eq!(ruling.get(Setting::PredefinedNotes), None, "they have a book of their own");
}

#[tokio::test]
async fn workflows_with_values_of_their_own_are_listed_until_they_are_deleted() {
    let world = world();
    let (one, other) = (WorkflowId::new(uuid(1)), WorkflowId::new(uuid(2)));
    put(&world.store, Some(other), &each()[3..4]).await.unwrap();
    put(&world.store, Some(one), &each()[3..6]).await.unwrap();
    let listed = async || world.store.settings().of_workflows(None, 9).await.unwrap().values;
    assert_eq!(listed().await.iter().map(|(workflow, _)| *workflow).collect::<Vec<_>>(), [one, other]);
    let mut books = Vec::new();
    for setting in [Setting::Columns, Setting::PredefinedNotes] {
        books.push((setting, world.store.settings().get(Some(one), setting).await.unwrap().unwrap()));
    }
    let mut tx = world.store.write(command_id(50), now());
    tx.delete_settings(one, &books).unwrap();
    let _ = tx.commit().await.unwrap();
    assert_eq!(listed().await.iter().map(|(workflow, _)| *workflow).collect::<Vec<_>>(), [other]);
    assert_eq!(world.store.settings().whole(Some(one)).await.unwrap(), Book::default());
}

#[tokio::test]
async fn a_change_of_a_book_that_somebody_else_changed_is_a_conflict() {
    let world = world();
    put(&world.store, None, &each()[..2]).await.unwrap();
    let mut tx = world.store.write(command_id(60), now());
    tx.put_settings(None, Setting::Completion, &Book::default(), 1).unwrap();
    assert!(tx.commit().await.unwrap_err().is_conflict());
}

#[tokio::test]
async fn a_secret_stands_apart_from_the_book_and_nothing_is_left_of_one_that_is_forgotten() {
    let world = world();
    let Some(Value::Webhook(Some(webhook))) = each().into_iter().find(|value| value.setting() == Setting::Webhook)
    else {
        panic!("a sample of a receiver");
    };
    let named = Value::Webhook(Some(Webhook { signing: Signing::With("whsec_one".to_owned()), ..webhook }));
    put(&world.store, None, &[named]).await.unwrap();
    let workflow = Some(WorkflowId::new(uuid(1)));
    let mut tx = world.store.write(command_id(60), now());
    tx.put_webhook_secret(None, "whsec_one").unwrap();
    tx.put_webhook_secret(workflow, "whsec_two").unwrap();
    let _ = tx.commit().await.unwrap();
    assert_eq!(world.store.webhook_secret(None).await.unwrap().as_deref(), Some("whsec_one"));
    assert_eq!(world.store.webhook_secret(workflow).await.unwrap().as_deref(), Some("whsec_two"));
    // Lines of the table that hold a secret, by the partitions that they stand in.
    let holds = |secret: &str| {
        let dump = world.engine.dump(TABLE).unwrap();
        let lines = dump.lines().filter(|line| line.contains(secret));
        lines.map(|line| line.contains(r#""pk":{"S":"SECRET#"#)).collect::<Vec<bool>>()
    };
    assert_eq!((holds("whsec_one"), holds("whsec_two")), (vec![true], vec![true]));

    let mut tx = world.store.write(command_id(61), now());
    tx.forget_webhook_secret(workflow).unwrap();
    let _ = tx.commit().await.unwrap();
    assert_eq!(world.store.webhook_secret(workflow).await.unwrap(), None);
    assert_eq!(holds("whsec_two"), [] as [bool; 0]);
}
