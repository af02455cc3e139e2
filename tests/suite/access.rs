//! Who gets in, and how far: keys, roles, and what a stranger sees.

use blackbox::Persona;
use serde_json::{Value, json};

use crate::world::{self, World, administrator, auditor, operator, target};

/// An operation of the published interface description.
struct Operation {
    method: String,
    path: String,
    minimum_role: Option<String>,
    reads: bool,
}

/// An id that nothing has.
const NOBODY: &str = "0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b";

/// Every operation that `/openapi.json` lists, with made-up ids in its path.
fn operations() -> Vec<Operation> {
    let document = target().anonymous().get("/openapi.json").expect(200).body;
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            if !["get", "put", "post", "delete", "patch"].contains(&method.as_str()) {
                continue;
            }
            let made_up: String = path
                .split('{')
                .enumerate()
                .map(|(n, part)| match part.split_once('}') {
                    Some((_, rest)) if n > 0 => format!("{NOBODY}{rest}"),
                    _ => part.to_owned(),
                })
                .collect();
            operations.push(Operation {
                method: method.to_uppercase(),
                path: made_up,
                minimum_role: operation["x-minimum-role"].as_str().map(str::to_owned),
                reads: method == "get" || operation["x-reads"] == true,
            });
        }
    }
    assert!(operations.len() > 40, "{} operations", operations.len());
    operations
}

fn ask(who: &Persona, operation: &Operation) -> blackbox::Answer {
    let body = (operation.method != "GET" && operation.method != "DELETE").then(|| b"{}".to_vec());
    who.sweeping().send(&operation.method, &operation.path, body)
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
fn every_operation_but_the_anonymous_ones_asks_for_a_token() {
    let mut anonymous = Vec::new();
    for operation in operations() {
        if operation.minimum_role.is_none() {
            anonymous.push(operation.path);
            continue;
        }
        refused(&ask(&target().anonymous(), &operation), 401, "UNAUTHORIZED", "Unauthenticated");
        refused(&ask(&target().with_token("not-a-token"), &operation), 401, "UNAUTHORIZED", "Unauthenticated");
    }
    anonymous.retain(|path| !path.contains("/uploads/"));
    anonymous.sort();
    // What provisioning can do is told to whoever asks, as clients expect before they sign in.
    let discovery = ["ResourceTypes", "Schemas", "ServiceProviderConfig"];
    anonymous.retain(|path| !discovery.iter().any(|told| path.starts_with(&format!("/scim/v2/{told}"))));
    assert_eq!(anonymous, ["/docs", "/health", "/openapi.json"]);
}

#[test]
fn every_operation_refuses_a_lower_role() {
    let rank = |role: &str| {
        ["reviewer", "operator", "administrator"].iter().position(|known| *known == role).expect("a known role")
    };
    let reviewer = target().persona("reviewer");
    for operation in operations() {
        let Some(minimum) = operation.minimum_role.as_deref() else { continue };
        for (role, who) in [("reviewer", &reviewer), ("operator", &operator())] {
            if rank(role) < rank(minimum) {
                refused(&ask(who, &operation), 403, "FORBIDDEN", "PermissionDenied");
            } else {
                let answer = ask(who, &operation);
                assert!(
                    answer.status != 401 && answer.status != 403,
                    "{role}: {} answered {}",
                    answer.request,
                    answer.text
                );
            }
        }
    }
}

#[test]
fn an_auditor_reads_what_an_operator_reads_and_writes_nothing() {
    for operation in operations() {
        let Some(minimum) = operation.minimum_role.as_deref() else { continue };
        let answer = ask(&auditor(), &operation);
        if operation.reads && minimum != "administrator" {
            assert!(answer.status != 401 && answer.status != 403, "{} answered {}", answer.request, answer.text);
        } else if !operation.reads {
            refused(&answer, 403, "FORBIDDEN", "PermissionDenied");
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
