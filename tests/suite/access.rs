//! Who gets in, and how far: keys, roles, and what a stranger sees.

use std::collections::BTreeSet;

use blackbox::Persona;
use blackbox::contract::published;
use serde_json::{Value, json};

use crate::world::{self, World, administrator, target};

/// Who is let in where, written down by hand: method, path template, least role, and whether auditors are let in.
const ROLES: &str = include_str!("roles.tsv");

/// An id that nothing has.
const NOBODY: &str = "0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b";

/// One line of the table.
struct Admission {
    method: &'static str,
    /// With made-up ids.
    path: String,
    /// The least role; none where no token is needed.
    least: Option<&'static str>,
    auditor: bool,
}

/// Every line of the table.
fn admissions() -> Vec<Admission> {
    let lines = ROLES.lines().skip(1).map(|line| {
        let [method, path, least, auditor] = *line.split('\t').collect::<Vec<_>>() else { panic!("{line}") };
        let made_up = path.split('{').enumerate().map(|(n, part)| match part.split_once('}') {
            Some((_, rest)) if n > 0 => format!("{NOBODY}{rest}"),
            _ => part.to_owned(),
        });
        let least = (least != "anybody").then_some(least);
        Admission { method, path: made_up.collect(), least, auditor: auditor == "yes" }
    });
    lines.collect()
}

impl Admission {
    /// Whether somebody with this role is let in.
    fn admits(&self, role: &str) -> bool {
        let rank = |role: &str| {
            ["reviewer", "operator", "administrator"].iter().position(|known| *known == role).expect("a known role")
        };
        if role == "auditor" { self.auditor } else { self.least.is_none_or(|least| rank(role) >= rank(least)) }
    }
}

fn ask(who: &Persona, admission: &Admission) -> blackbox::Answer {
    let body = (admission.method != "GET" && admission.method != "DELETE").then(|| b"{}".to_vec());
    who.sweeping().send(admission.method, &admission.path, body)
}

/// The error body is the one of the dialect that the path belongs to.
fn refused(answer: &blackbox::Answer, status: u16, campaigns: &str, awf: &str) {
    if answer.request.contains("/scim/v2") {
        assert_eq!(answer.status, status, "{}", answer.body);
        assert_eq!(answer.body["status"], status.to_string(), "{}", answer.body);
        assert_eq!(answer.body["schemas"][0], "urn:ietf:params:scim:api:messages:2.0:Error");
    } else if answer.request.contains("/api/preview/")
        || answer.request.contains("/api/private/")
        || answer.request.contains("/api/v1/providers")
    {
        world::awf_error(answer, status, awf);
    } else {
        world::campaigns_error(answer, status, campaigns);
    }
}

#[test]
fn every_operation_stands_in_the_table_of_roles_and_tells_the_role_that_stands_there() {
    let mut told = BTreeSet::new();
    for Admission { method, path, least, .. } in admissions() {
        let operation = published().operation(method, &path).unwrap_or_else(|| panic!("{method} {path}"));
        assert_eq!(operation.described["x-minimum-role"].as_str(), least, "{method} {path}");
        told.insert((&operation.method, &operation.path));
    }
    let all = published().operations().iter().map(|operation| (&operation.method, &operation.path));
    assert_eq!(told, all.collect());
}

#[test]
fn every_operation_but_the_anonymous_ones_asks_for_a_token() {
    for admission in admissions() {
        for stranger in [target().anonymous(), target().with_token("not-a-token")] {
            let answer = ask(&stranger, &admission);
            match admission.least {
                Some(_) => refused(&answer, 401, "UNAUTHORIZED", "Unauthenticated"),
                None => assert!(![401, 403].contains(&answer.status), "{} is for anybody", answer.request),
            }
        }
    }
}

#[test]
fn every_operation_lets_in_exactly_the_roles_of_the_table() {
    for role in ["reviewer", "operator", "administrator", "auditor"] {
        let who = target().persona(role);
        for admission in admissions() {
            let answer = ask(&who, &admission);
            if !admission.admits(role) {
                refused(&answer, 403, "FORBIDDEN", "PermissionDenied");
            } else {
                assert!(![401, 403].contains(&answer.status), "{role}: {} answered {}", answer.request, answer.text);
            }
        }
    }
}

#[test]
fn an_unknown_path_is_404_and_a_wrong_method_405() {
    world::campaigns_error(&administrator().get("/api/v1/nowhere"), 404, "NOT_FOUND");
    let answer = administrator().send("PATCH", "/api/v1/campaigns", Some(b"{}".to_vec()));
    assert_eq!(answer.status, 405, "{}", answer.text);
    let allowed = answer.headers.get("allow").map(String::as_str).unwrap_or_default();
    assert!(allowed.contains("GET") && allowed.contains("POST"), "{allowed}");
}

#[test]
fn me_tells_who_is_asking() {
    for role in ["administrator", "operator", "reviewer", "auditor"] {
        let me = target().persona(role).get("/api/v1/me").expect(200);
        assert_eq!(me.body["roles"], json!([role]));
        assert!(me.body["user"]["id"].as_str().is_some_and(|id| !id.is_empty()), "{}", me.text);
    }
}

#[test]
fn a_key_is_shown_once_works_until_it_is_revoked_and_is_never_listed_with_its_secret() {
    let body = json!({ "name": "short lived", "role": "operator", "user": "key.holder@corp.example" });
    let created = administrator().post("/api/v1/api-keys", body).expect(201);
    let token = created.str("/token").to_owned();
    let id = created.str("/id").to_owned();
    let holder = target().with_token(&token);
    assert_eq!(holder.get("/api/v1/me").expect(200).body["user"]["email"], "key.holder@corp.example");

    let listed = administrator().get("/api/v1/api-keys").expect(200);
    assert!(listed.list("/api_keys").iter().any(|key| key["id"] == Value::String(id.clone())), "{}", listed.text);
    assert!(!listed.text.contains(&token), "a token is listed");
    let secret = token.rsplit('_').next().expect("a secret");
    assert!(!listed.text.contains(secret), "a secret is listed");

    let _ = administrator().delete(&format!("/api/v1/api-keys/{id}")).expect(204);
    world::campaigns_error(&holder.get("/api/v1/me"), 401, "UNAUTHORIZED");
    world::campaigns_error(
        &administrator().delete("/api/v1/api-keys/key-0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b"),
        404,
        "NOT_FOUND",
    );
}

#[test]
fn an_expired_key_is_refused() {
    let past = json!({ "name": "too late", "role": "reviewer", "user": "late@corp.example", "expires_at": "2020-01-01T00:00:00Z" });
    world::names_field(&administrator().post("/api/v1/api-keys", past), "expires_at");

    // In whole milliseconds, as the API keeps time: what is finer would be over for us before it is for the API.
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_millis(900);
    let soon = soon.round(jiff::Unit::Millisecond).unwrap();
    let body =
        json!({ "name": "soon", "role": "reviewer", "user": "soon@corp.example", "expires_at": soon.to_string() });
    let token = administrator().post("/api/v1/api-keys", body).expect(201).str("/token").to_owned();
    let holder = target().with_token(&token);
    let mut answers = std::iter::repeat_with(|| holder.get("/api/v1/me"));
    let last = answers.by_ref().take(100_000).find(|answer| answer.status != 200 || jiff::Timestamp::now() > soon);
    assert!(last.is_some());
    world::campaigns_error(&holder.get("/api/v1/me"), 401, "UNAUTHORIZED");
}

#[test]
fn a_changed_token_is_refused() {
    let token = target().tokens["administrator"].clone();
    for wrong in [
        token.to_uppercase(),
        format!("{token}x"),
        token[..token.len() - 1].to_owned(),
        format!(" {token}"),
        String::new(),
    ] {
        world::campaigns_error(&target().with_token(&wrong).get("/api/v1/me"), 401, "UNAUTHORIZED");
    }
}

#[test]
fn bad_keys_are_refused_by_field() {
    let answer = administrator().post("/api/v1/api-keys", json!({ "role": "emperor" }));
    for field in ["name", "role", "user"] {
        world::names_field(&answer, field);
    }
    let nobody = json!({ "user_type": "localCookieUser", "id": "nobody" });
    let body = json!({ "name": "n", "role": "reviewer", "user": nobody });
    world::names_field(&administrator().post("/api/v1/api-keys", body), "user");
}

#[test]
fn a_reviewer_sees_nothing_of_reviews_without_a_row_of_theirs() {
    let world = World::new(6);
    let id = world.active();
    let stranger = World::new(3).reviewer("lena");
    for path in ["", "/approvals", "/approvals/counts", "/review-items"] {
        world::campaigns_error(&stranger.get(&format!("/api/v1/campaigns/{id}{path}")), 404, "NOT_FOUND");
    }
    let listed = world::all_pages(&stranger, "/api/v1/campaigns?limit=500", "campaigns");
    assert!(listed.iter().all(|campaign| campaign["id"] != Value::String(id.clone())));
}

#[test]
fn a_reviewer_sees_and_touches_only_rows_of_their_own() {
    let world = World::new(9);
    let id = world.active();
    let lena = world.reviewer("lena");
    let own = world::all_pages(&lena, &format!("/api/v1/campaigns/{id}/approvals"), "approvals");
    let ids: Vec<&str> = own.iter().filter_map(|approval| approval["account_id"].as_str()).collect();
    assert_eq!(ids, world.accounts[..world.lenas].iter().map(String::as_str).collect::<Vec<_>>());

    let foreign = &world.accounts[world.lenas];
    let unknown = "acct-that-never-was";
    for account in [foreign.as_str(), unknown] {
        let path = format!("/api/v1/campaigns/{id}/approvals/{account}");
        world::campaigns_error(&lena.post(&path, json!({ "decision": "approved" })), 404, "NOT_FOUND");
        world::campaigns_error(&lena.post_empty(&format!("{path}/undo")), 404, "NOT_FOUND");
        for part in ["", "/entitlements"] {
            world::campaigns_error(
                &lena.get(&format!("/api/v1/campaigns/{id}/review-items/{account}{part}")),
                404,
                "NOT_FOUND",
            );
        }
    }
    let counts = lena.get(&format!("/api/v1/campaigns/{id}/approvals/counts")).expect(200);
    assert_eq!(counts.body, json!({ "pending": world.lenas, "approved": 0, "rejected": 0, "flagged": 0 }));
}
