//! Writes about what is reviewed: data sources, snapshots, providers.

use blackbox::unique;
use serde_json::{Value, json};

use super::{Make, Request, Scene, made};
use crate::world::World;

const PROVIDERS: &str = "/api/v1/providers/custom";

fn provider_body() -> Value {
    json!({ "name": unique("p"), "custom_template": "hris" })
}

fn provider() -> String {
    made(PROVIDERS, provider_body(), "/value/id")
}

/// A data source of a provider: the ids of both.
pub fn fed() -> [String; 2] {
    let provider = provider();
    let source = made(&format!("{PROVIDERS}/{provider}/datasources"), json!({ "name": unique("s") }), "/value/id");
    [provider, source]
}

/// A request for a data source of a provider.
fn of_fed(make: fn(&str, &[&str]) -> Request, operation: &str) -> Request {
    let [provider, source] = fed();
    make(operation, &[&provider, &source])
}

fn upload(scene: &Scene) -> Request {
    Request::making("CreateUpload", &[&scene.world.source]).body(json!({ "format": "pairs" })).under_a_name()
}

/// One request for each operation.
pub const WRITES: &[Make] = &[
    |scene| Request::of_one("PutDataSource", &[&scene.world.source]).body(scene.world.picture()).under_a_name(),
    |_| Request::of_one("DeleteDataSource", &[&World::new(1).source]),
    upload,
    |_| Request::making("CreateSnapshot", &[]),
    |_| Request::making("CreateProvider", &[]).body(provider_body()),
    |_| Request::of_one("ChangeProvider", &[&provider()]).body(json!({ "provisioning": true })),
    |_| Request::of_one("SetProviderIcon", &[&provider()]).body(json!({ "icon_base64": "iVBORw0KGgo=" })),
    |_| Request::of_one("DeleteProvider", &[&provider()]),
    |_| Request::making("CreateProviderSource", &[&provider()]).body(json!({ "name": unique("s") })),
    |_| of_fed(Request::of_one, "DeleteProviderSource"),
    |_| {
        let payload = json!({ "name": "HR", "hris_type": "hr", "employees": [] });
        of_fed(Request::making, "PushProviderSource").body(json!({ "json_data": payload }))
    },
    |_| of_fed(Request::making, "PushProviderSourceInParts").body(json!({ "operation": "start" })),
    |_| of_fed(Request::making, "PushProviderSourceCsv").body(json!({ "csv_data": "aWQKMQo=" })),
];
