//! Keys over the embedded table.

use domain::ids::{ApiKeyId, CommandId};
use domain::user::{LOCAL_USER_TYPE, Role, User};
use jiff::SignedDuration;
use store::api_key::ApiKey;
use uuid::Uuid;

use super::{CreateInput, IssuedKey, WhoseKey, authenticate, create, list, revoke};
use crate::review::tests::bed::{Bed, TABLE, accounts, user};
use crate::{Call, Error};

async fn issue(bed: &Bed, email: &str) -> IssuedKey {
    let input = CreateInput {
        name: " Laptop ".to_owned(),
        role: Role::Reviewer,
        user: WhoseKey::Email(email.to_owned()),
        expires_at: Some(bed.deps.clock.now() + SignedDuration::from_secs(60)),
    };
    create(&bed.deps, &bed.root(), input).await.unwrap()
}

#[test]
fn a_key_opens_until_it_expires_or_is_revoked() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(1, &["ann"])).await;
        let ann = User { user_type: LOCAL_USER_TYPE.to_owned(), ..user("ann") };
        crate::user::remember(&bed.deps, bed.root().command, &[ann]).await.unwrap();
        let issued = issue(&bed, "ANN@corp.example").await;
        let token = issued.token.unwrap();
        let opens = || async { authenticate(&bed.deps, &token, bed.deps.clock.now()).await.unwrap() };
        let caller = opens().await.unwrap();
        assert_eq!((caller.user.id.as_str(), caller.role), ("ann", Role::Reviewer), "known by its e-mail address");
        assert_eq!(caller.key_id, Some(issued.key.id.to_string()));
        assert_eq!(issued.key.name, "Laptop");
        bed.clock.turn(SignedDuration::from_secs(60));
        assert_eq!(opens().await, None);

        let other = issue(&bed, "bob@corp.example").await;
        let token = other.token.unwrap();
        assert_eq!(list(&bed.deps, &bed.root()).await.unwrap().len(), 2);
        revoke(&bed.deps, &bed.root(), other.key.id).await.unwrap();
        assert_eq!(authenticate(&bed.deps, &token, bed.deps.clock.now()).await.unwrap(), None);
        assert_eq!(list(&bed.deps, &bed.root()).await.unwrap().len(), 1);
        assert!(matches!(revoke(&bed.deps, &bed.root(), other.key.id).await, Err(Error::NotFound(_))));
    });
}

#[test]
fn the_table_never_sees_a_token() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(1, &["ann"])).await;
        let token = issue(&bed, "ann@corp.example").await.token.unwrap();
        let secret = token.rsplit('_').next().unwrap();
        assert!(!bed.engine.dump(TABLE).unwrap().contains(secret));
        let forged = format!("{}x", &token[..token.len() - 1]);
        assert_eq!(authenticate(&bed.deps, &forged, bed.deps.clock.now()).await.unwrap(), None);
    });
}

#[test]
fn a_key_for_somebody_new_makes_a_local_user_once() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(1, &["ann"])).await;
        let first = issue(&bed, "new@corp.example").await.key.user;
        let second = issue(&bed, "New@corp.example").await.key.user;
        assert_eq!((first.user_type.as_str(), first.name.as_str()), ("localCookieUser", "new"));
        assert_eq!(first, second);
    });
}

#[test]
fn a_repeated_call_issues_no_second_key_and_shows_no_secret() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(1, &["ann"])).await;
        let call = Call { repeatable: true, ..bed.root() };
        let input = CreateInput {
            name: "CI".to_owned(),
            role: Role::Operator,
            user: WhoseKey::Reference(crate::review::UserReference {
                user_type: "Identity".to_owned(),
                id: "ann".to_owned(),
                email: None,
                name: None,
            }),
            expires_at: None,
        };
        let first = create(&bed.deps, &call, input.clone()).await.unwrap();
        let again = create(&bed.deps, &call, input).await.unwrap();
        assert_eq!((again.key, again.token), (first.key, None));
        assert_eq!(list(&bed.deps, &bed.root()).await.unwrap().len(), 1);
    });
}

#[test]
fn every_fault_of_a_key_is_told() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(1, &["ann"])).await;
        let input = CreateInput {
            name: " ".to_owned(),
            role: Role::Reviewer,
            user: WhoseKey::Email("nobody".to_owned()),
            expires_at: Some(bed.deps.clock.now()),
        };
        let Err(Error::Invalid(faults)) = create(&bed.deps, &bed.root(), input).await else { panic!("accepted") };
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["name", "expires_at", "user"]);
        let user = User::system();
        assert_eq!(authenticate(&bed.deps, &user.id, bed.deps.clock.now()).await.unwrap(), None);
    });
}

#[test]
fn every_key_is_listed_and_no_more_are_issued_than_are() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(1, &["ann"])).await;
        let first = issue(&bed, "ann@corp.example").await;
        let held = bed.deps.store.api_keys().get(&first.key.id).await.unwrap().unwrap().value;
        for (n, some) in (0_u128..).zip((1..super::MAX_KEYS).collect::<Vec<_>>().chunks(20)) {
            let mut tx = bed.deps.store.write(CommandId::new(Uuid::from_u128(n + 1)), bed.deps.clock.now());
            for key in some {
                let id = ApiKeyId::new(Uuid::from_u128(*key as u128));
                let mut hash = [0; 32];
                hash[..8].copy_from_slice(&(*key as u64).to_be_bytes());
                tx.insert_api_key(&ApiKey { id, hash, ..held.clone() }).unwrap();
            }
            let _ = tx.commit().await.unwrap();
        }
        assert_eq!(list(&bed.deps, &bed.root()).await.unwrap().len(), super::MAX_KEYS);
        let input = || CreateInput {
            name: "One more".to_owned(),
            role: Role::Reviewer,
            user: WhoseKey::Email("ann@corp.example".to_owned()),
            expires_at: None,
        };
        let refused = create(&bed.deps, &bed.root(), input()).await;
        assert!(matches!(&refused, Err(Error::Invalid(faults)) if faults[0].field == "name"), "{refused:?}");
        revoke(&bed.deps, &bed.root(), first.key.id).await.unwrap();
        let _ = create(&bed.deps, &bed.root(), input()).await.unwrap();
        assert_eq!(list(&bed.deps, &bed.root()).await.unwrap().len(), super::MAX_KEYS);
    });
}

#[test]
fn keys_that_are_issued_at_the_same_time_for_one_new_address_are_of_one_user() {
    engine::simulate(1, async {
        let bed = Bed::campaign(accounts(1, &["ann"])).await;
        let (one, other) = futures::join!(issue(&bed, "okta@corp.example"), issue(&bed, "Okta@corp.example"));
        let of = async |issued: &IssuedKey| {
            let token = issued.token.clone().unwrap();
            authenticate(&bed.deps, &token, bed.deps.clock.now()).await.unwrap().unwrap().user.key()
        };
        assert_eq!(of(&one).await, of(&other).await);
        assert_eq!(of(&issue(&bed, "okta@corp.example").await).await, of(&one).await, "and later ones");
    });
}
