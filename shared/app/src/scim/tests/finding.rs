//! Resources as clients look for them.

use super::*;

#[test]
fn a_user_is_found_by_what_clients_look_for() {
    simulate(1, async {
        let stand = Stand::new();
        let body = json!({ "userName": "Ann@Corp.example", "externalId": "00uA", "displayName": "Ann",
            "emails": [{ "value": "ann@home.example", "type": "home" }, { "value": "ann@corp.example", "type": "work", "primary": true }] });
        let ann = made(&stand, ResourceKind::User, body).await.id.to_string();
        let _ = user(&stand, "bo@corp.example").await;
        for filter in [
            r#"userName eq "ann@corp.example""#,
            r#"USERNAME Eq "ANN@corp.example""#,
            r#"externalId eq "00uA""#,
            r#"emails[type eq "work"].value eq "ann@corp.example""#,
            r#"emails.value eq "ann@home.example""#,
            r#"emails eq "ann@home.example""#,
            r#"userName eq "ann@corp.example" and active ne true"#,
            r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "ann""#,
            r#"displayName co "nn" and not (userName eq "bo@corp.example")"#,
            r#"emails[type eq "work" and value ew "corp.example"]"#,
            &format!(r#"id eq "{ann}""#),
        ] {
            assert_eq!(
                ids(&listed(&stand, ResourceKind::User, Some(filter), 1, 9).await),
                std::slice::from_ref(&ann),
                "{filter}"
            );
        }
        for filter in [
            r#"userName eq "ann""#,
            r#"externalId eq "00ua""#,
            r#"emails[type eq "home"].value eq "ann@corp.example""#,
            r#"shoeSize eq "7""#,
            r#"id eq "g-1""#,
        ] {
            assert_eq!(listed(&stand, ResourceKind::User, Some(filter), 1, 9).await.total, 0, "{filter}");
        }
        for filter in
            ["userName", r#"userName eq "#, r#"emails[type eq "work".value eq "x""#, r#"userName like "x""#, "("]
        {
            let input = ListInput { filter: Some(filter.to_owned()), start: 1, count: 9, with_groups: false };
            let refused = find::list(&stand.deps, &stand.call(), ResourceKind::User, &input).await.unwrap_err();
            assert_eq!(word(&refused), "invalidFilter", "{filter}");
        }
    });
}

#[test]
fn resources_are_found_by_what_is_told_of_them() {
    simulate(1, async {
        let stand = Stand::new();
        let department = json!({ "userName": "ann", schema::ENTERPRISE: { "department": "Finance" } });
        let ann = made(&stand, ResourceKind::User, department).await;
        let bo = user(&stand, "bo").await;
        let (ann, version, created) = (ann.id.to_string(), ann.version, ann.created_at);
        let earlier = created - jiff::SignedDuration::from_secs(60);
        let elsewhere = created.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(2)));
        let elsewhere = elsewhere.strftime("%Y-%m-%dT%H:%M:%S%.f%:z");
        for (filter, expected) in [
            (format!(r#"meta.lastModified gt "{earlier}""#), vec![&ann, &bo]),
            (format!(r#"meta.lastModified le "{earlier}""#), vec![]),
            (format!(r#"id eq "{ann}" and meta.created eq "{elsewhere}""#), vec![&ann]),
            (format!(r#"not (meta.created lt "{created}")"#), vec![&ann, &bo]),
            (format!(r#"id eq "{ann}" and meta.version eq "W/\"{version}\"""#), vec![&ann]),
            (r#"meta.resourceType eq "User""#.to_owned(), vec![&ann, &bo]),
            (r#"meta.resourceType eq "Group""#.to_owned(), vec![]),
            (format!(r#"schemas eq "{}""#, schema::USER), vec![&ann, &bo]),
            (format!(r#"schemas eq "{}""#, schema::ENTERPRISE), vec![&ann]),
        ] {
            let found = ids(&listed(&stand, ResourceKind::User, Some(&filter), 1, 9).await);
            assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{filter}");
        }
        let input = ListInput {
            filter: Some(r#"meta.created gt "yesterday""#.to_owned()),
            start: 1,
            count: 9,
            with_groups: false,
        };
        let refused = find::list(&stand.deps, &stand.call(), ResourceKind::User, &input).await.unwrap_err();
        assert_eq!(word(&refused), "invalidFilter");
    });
}

#[test]
fn groups_are_found_by_their_members_and_users_by_their_groups() {
    simulate(1, async {
        let stand = Stand::new();
        let (ann, bo) = (user(&stand, "ann").await, user(&stand, "bo").await);
        let body = json!({ "displayName": "Clerks", "members": [{ "value": ann }] });
        let clerks = made(&stand, ResourceKind::Group, body).await.id.to_string();
        let body = json!({ "displayName": "Staff", "members": [{ "value": clerks }, { "value": bo }] });
        let staff = made(&stand, ResourceKind::Group, body).await.id.to_string();
        let found = async |kind, filter: String| ids(&listed(&stand, kind, Some(&filter), 1, 9).await);
        for (filter, expected) in [
            (format!(r#"members.value eq "{ann}""#), vec![&clerks]),
            (format!(r#"members eq "{bo}""#), vec![&staff]),
            (format!(r#"id eq "{clerks}" and members.value eq "{ann}""#), vec![&clerks]),
            (format!(r#"id eq "{clerks}" and members.value eq "{bo}""#), vec![]),
            (r#"members[type eq "group"]"#.to_owned(), vec![&staff]),
            (format!(r#"not (members.value eq "{ann}")"#), vec![&staff]),
        ] {
            let found = found(ResourceKind::Group, filter.clone()).await;
            assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{filter}");
        }
        for (filter, expected) in [
            (format!(r#"groups.value eq "{clerks}""#), vec![&ann]),
            (r#"groups.display eq "staff""#.to_owned(), vec![&bo]),
            ("not (groups pr)".to_owned(), vec![]),
        ] {
            let found = found(ResourceKind::User, filter.clone()).await;
            assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{filter}");
        }
    });
}

#[test]
fn pages_are_whole_when_resources_come_and_go() {
    simulate(1, async {
        let stand = Stand::new();
        let mut all = Vec::new();
        for n in 0..23 {
            all.push(user(&stand, &format!("user{n}")).await);
        }
        for gone in [0, 7, 8, 22] {
            change::delete(&stand.deps, &stand.call(), ResourceKind::User, &all[gone]).await.unwrap();
        }
        let left: Vec<String> = (0..23).filter(|n| ![0, 7, 8, 22].contains(n)).map(|n| all[n].clone()).collect();
        let mut pages = Vec::new();
        for start in [1, 6, 11, 16, 21] {
            let page = listed(&stand, ResourceKind::User, None, start, 5).await;
            assert_eq!((page.total, page.start), (19, start));
            pages.extend(ids(&page));
        }
        assert_eq!(pages, left);
        let total = listed(&stand, ResourceKind::User, None, 1, 0).await;
        assert_eq!((total.total, total.resources.len()), (19, 0));
    });
}

#[test]
fn callers_have_directories_of_their_own() {
    simulate(1, async {
        let stand = Stand::new();
        let ann = user(&stand, "ann").await;
        let mut other = stand.call();
        other.caller.user.id = "another".to_owned();
        let unseen = find::get(&stand.deps, &other, ResourceKind::User, &ann).await;
        assert!(matches!(unseen, Err(Error::NotFound(_))));
        let body = object(json!({ "userName": "ann" }));
        change::create(&stand.deps, &other, ResourceKind::User, &body).await.unwrap();
        assert_eq!(listed(&stand, ResourceKind::User, None, 1, 9).await.total, 1);
    });
}
