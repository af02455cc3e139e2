//! Whom rows are assigned to: nobody to their own access, and the people whom the identity provider knows.

use blackbox::unique;
use serde_json::{Value, json};

use crate::alone::{Alone, path};
use crate::world::{World, administrator, all_rows, names_field, operator};

const SELF_REVIEW: &str = "self_reviewer_settings";
const PROVIDER: &str = "idp_settings";

/// A certification in progress; answers its rows.
fn rows_of(workflow: &str, assignment: &Value) -> (String, Vec<Value>) {
    let body = json!({ "workflow_id": workflow, "reviewer_assignment": assignment });
    let created = operator().post("/api/preview/awf/certifications", body).expect(200);
    let path = format!("/api/preview/awf/certifications/{}", created.str("/certification_id"));
    let _ = operator().until(&path, |body| body["value"]["state"] == "IN_PROGRESS");
    let rows = all_rows(&operator(), &format!("{path}/results"));
    (format!("{path}/results"), rows)
}

fn emails(row: &Value) -> Vec<&str> {
    row["reviewers"].as_array().into_iter().flatten().filter_map(|user| user["email"].as_str()).collect()
}

#[test]
fn nobody_is_assigned_to_their_own_access_while_that_is_checked() {
    let alone = Alone::new();
    let world = World::new(3);
    let person = format!("person0.{}@corp.example", world.word);
    let own = json!({ "user_type": "Identity", "id": format!("own-{}-0000", world.word) });
    let lena = json!({ "user_type": "Identity", "id": format!("own-{}-lena", world.word) });
    let assignment = json!({ "reviewers": [own], "fallback_reviewers": [lena] });
    let workflow = world.workflow();
    let about_person = |row: &&Value| row["source"]["email"] == json!(person);

    let (_, rows) = rows_of(&workflow, &assignment);
    assert!(rows.iter().all(|row| emails(row) == [person.as_str()]), "not checked by default");

    alone.put(SELF_REVIEW, json!(2));
    let (path, rows) = rows_of(&workflow, &assignment);
    let (about, others): (Vec<&Value>, Vec<&Value>) = rows.iter().partition(about_person);
    assert!(!about.is_empty() && about.iter().all(|row| emails(row) == [world.email("lena").as_str()]), "{about:#?}");
    assert!(!others.is_empty() && others.iter().all(|row| emails(row) == [person.as_str()]), "{others:#?}");

    let reassign = |row: &Value| {
        operator().put(&path, json!({ "value": { "result_id": row["result_id"], "reviewers": [lena, own] } }))
    };
    names_field(&reassign(about[0]), "value.reviewers[1]");
    let _ = reassign(others[0]).expect(200);
    alone.put(SELF_REVIEW, json!("SELF_REVIEWER_CHECKING_DISABLED"));
    let _ = reassign(about[0]).expect(200);
}

#[test]
fn a_campaign_item_is_not_given_to_its_subject_while_that_is_checked() {
    let alone = Alone::new();
    let world = World::new(3);
    let campaign = world.active();
    let path = format!("/api/v1/campaigns/{campaign}/approvals/{}/reviewer", world.accounts[0]);
    let body = json!({ "reviewer": format!("person0.{}@corp.example", world.word) });
    alone.put(SELF_REVIEW, json!(2));
    names_field(&operator().put(&path, body.clone()), "reviewer");
    alone.put(SELF_REVIEW, json!(1));
    let _ = operator().put(&path, body).expect(200);
}

/// A personnel system and a directory that know the same three people; only the directory knows who manages `ann`.
fn two_pictures() -> (String, Vec<Value>) {
    let word = unique("idp");
    let mail = |name: &str| format!("{name}.{word}@corp.example");
    let hr = json!({
        "name": "Personnel", "owners": [
            { "id": format!("{word}-1"), "name": "Ann", "email": mail("ann") },
            { "id": format!("{word}-2"), "name": "Bob", "email": mail("bob") } ],
        "applications": [{ "id": format!("{word}-app"), "name": "Ledger" }],
        "accounts": [{ "id": format!("{word}-acct"), "account_name": "ann", "application_id": format!("{word}-app"),
            "owner_id": format!("{word}-1") }],
        "roles": [{ "id": format!("{word}-role"), "name": "Poster", "application_id": format!("{word}-app"),
            "owner_ids": [mail("bob")] }],
        "role_assignments": [{ "account_id": format!("{word}-acct"), "role_id": format!("{word}-role") }],
    });
    let okta = |id: &str, name: &str, boss: Option<&str>| {
        json!({ "id": format!("{word}-{id}"), "name": name, "type": "OktaUser", "email": mail(name),
            "custom_properties": { "login": format!("{name}@{word}"), "boss": boss.map(|boss| format!("{boss}@{word}")) } })
    };
    let directory = json!({ "name": "Directory", "owners": [
        okta("o1", "ann", Some("cid")), okta("o2", "bob", None), okta("o3", "cid", Some("cid")) ] });
    (word, vec![hr, directory])
}

#[test]
fn managers_and_owners_are_the_users_of_the_identity_provider_once_it_is_enabled() {
    let alone = Alone::new();
    let (word, pictures) = two_pictures();
    for (n, picture) in pictures.into_iter().enumerate() {
        let _ = administrator().put(&format!("/api/v1/inventory/datasources/{word}-{n}"), picture).expect(200);
    }
    let only = format!("datasource_id eq \"{word}-0\"");
    let query = json!({
        "source_node_types": { "nodes": [{ "node_type": "Account", "condition_expression": only }], "nodes_operator": "AND" },
        "destination_node_types": { "nodes": [{ "node_type": "Role" }], "nodes_operator": "AND" },
    });
    let workflow = operator().post("/api/preview/awf/workflows", json!({ "name": word, "query": query })).expect(200);
    let workflow = workflow.str("/workflow_id");
    let assignment = json!({ "users_manager": true, "resource_managers": true });
    let users = |rows: &[Value]| -> Vec<(String, String)> {
        let users = rows[0]["reviewers"].as_array().expect("reviewers");
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        users.iter().map(|user| (text(&user["user_type"]), text(&user["id"]))).collect()
    };
    let (_, rows) = rows_of(workflow, &assignment);
    assert_eq!(
        users(&rows),
        [("Identity".to_owned(), format!("{word}-2"))],
        "the owner whom the personnel system knows"
    );

    alone.put(
        PROVIDER,
        json!({ "enabled": true, "idp": { "user_type": "OktaUser", "instance_id": format!("{word}-1"),
            "user_identity_property": "customprop_login", "manager_identity_property": "customprop_boss" } }),
    );
    let (_, rows) = rows_of(workflow, &assignment);
    let okta = |name: &str| ("OktaUser".to_owned(), format!("{name}@{word}"));
    assert_eq!(users(&rows), [okta("cid"), okta("bob")]);

    let body = json!({ "name": "cid", "role": "reviewer", "user": format!("cid.{word}@corp.example") });
    let key = administrator().post("/api/v1/api-keys", body).expect(201);
    let me = crate::world::target().with_token(key.str("/token")).get("/api/v1/me").expect(200);
    assert_eq!(
        me.body["user"]["id"],
        json!(format!("cid@{word}")),
        "people sign in as the users whom rows are assigned to"
    );
}

#[test]
fn settings_of_the_identity_provider_are_shown_with_what_was_left_out() {
    let alone = Alone::new();
    names_field(&administrator().put(&path(PROVIDER), json!({ "value": { "enabled": true } })), "value.idp.user_type");
    alone.put(PROVIDER, json!({ "enabled": true, "idp": { "user_type": "AzureADUser" } }));
    let expected = json!({ "value": { "enabled": true, "idp": {
        "user_type": "AzureADUser", "instance_id": "", "user_identity_property": "id",
        "instance_id_property": "datasource_id", "manager_identity_property": "manager_id" } } });
    assert_eq!(administrator().get(&path(PROVIDER)).expect(200).body, expected);
}
