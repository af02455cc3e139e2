//! Writes about people and what holds for everybody: delegation, deny list, settings, keys, provisioning.

use serde_json::{Value, json};

use super::{Make, Request, Scene, done, made};
use crate::world::administrator;

const DENIED: &str = "/api/preview/workflows/deny_list/users";
const DELEGATIONS: &str = "/api/preview/awf/delegation/users";
const SETTING: &str = "rows_group_by_setting";

fn pair(scene: &Scene, original: &str, delegate: &str) -> Value {
    json!({ "values": [{ "original_user": scene.user(original), "delegate_user": scene.user(delegate) }] })
}

fn users(scene: &Scene, name: &str) -> Value {
    json!({ "users": [scene.user(name)] })
}

/// Adds something to a list, and answers it.
fn listed(list: &str, body: Value) -> Value {
    done(&administrator().sweeping().post(&format!("{list}:add"), body.clone()));
    body
}

fn setting(workflow: &str) -> Value {
    json!({ "value": { "group_by_column": "status", "expand_groups_by_default": true }, "workflow_id": workflow })
}

/// A workflow that has a setting of its own.
fn with_setting(scene: &Scene) -> String {
    let workflow = scene.world.workflow();
    let path = format!("/api/private/workflows/access/global_settings/{SETTING}");
    done(&administrator().sweeping().put(&path, setting(&workflow)));
    workflow
}

fn key(scene: &Scene) -> Value {
    json!({ "name": scene.world.word, "role": "operator", "user": "loader@corp.example" })
}

fn user() -> Value {
    json!({ "userName": format!("{}@corp.example", blackbox::unique("u")), "active": true })
}

fn group() -> Value {
    json!({ "displayName": blackbox::unique("g") })
}

fn provisioned(kind: &str, body: Value) -> String {
    made(&format!("/scim/v2/{kind}"), body, "/id")
}

fn patch(path: &str, value: Value) -> Value {
    json!({ "Operations": [{ "op": "replace", "path": path, "value": value }] })
}

/// One request for each operation.
pub const WRITES: &[Make] = &[
    |scene| Request::of_one("AddDelegations", &[]).body(pair(scene, "lena", "omar")),
    |scene| Request::of_one("RemoveDelegations", &[]).body(listed(DELEGATIONS, pair(scene, "omar", "lena"))),
    |scene| Request::of_one("AddDeniedUsers", &[]).body(users(scene, "0000")),
    |scene| Request::of_one("RemoveDeniedUsers", &[]).body(listed(DENIED, users(scene, "0001"))),
    |scene| Request::of_one("PutSetting", &[SETTING]).body(setting(&scene.world.workflow())).naming(&["/workflow_id"]),
    |scene| Request::of_one("RemoveSetting", &[SETTING]).query(format!("?workflow_id={}", with_setting(scene))),
    |scene| Request::making("CreateApiKey", &[]).body(key(scene)),
    |scene| Request::making("RevokeApiKey", &[&made("/api/v1/api-keys", key(scene), "/id")]),
    |_| Request::making("CreateScimUser", &[]).body(user()),
    |_| Request::of_one("ReplaceScimUser", &[&provisioned("Users", user())]).body(user()),
    |_| Request::of_one("ChangeScimUser", &[&provisioned("Users", user())]).body(patch("active", json!(false))),
    |_| Request::of_one("DeleteScimUser", &[&provisioned("Users", user())]),
    |_| Request::making("CreateScimGroup", &[]).body(group()),
    |_| Request::of_one("ReplaceScimGroup", &[&provisioned("Groups", group())]).body(group()),
    |_| {
        let change = patch("displayName", json!(blackbox::unique("g")));
        Request::of_one("ChangeScimGroup", &[&provisioned("Groups", group())]).body(change)
    },
    |_| Request::of_one("DeleteScimGroup", &[&provisioned("Groups", group())]),
];
