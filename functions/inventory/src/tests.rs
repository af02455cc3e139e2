use std::sync::Arc;

use testbed::{Testbed, shown};
use wire::routes::Function;

#[tokio::test]
async fn every_route_of_the_function_is_served() {
    testbed::every_route_is_served(Function::Inventory, super::handle).await;
}

#[tokio::test]
async fn the_sample_event_is_answered() {
    let bed = Testbed::new();
    let request =
        lambda_http::request::from_str(include_str!("../../../events/inventory-list-datasources.json")).unwrap();
    let (status, body) = shown(&super::handle(Arc::clone(&bed.deps), request).await);
    assert_eq!((status, body["datasources"].as_array().map(Vec::len)), (200, Some(0)), "{body}");
}
