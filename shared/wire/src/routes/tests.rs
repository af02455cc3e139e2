//! The table holds together.

mod endpoints;

use std::collections::BTreeSet;

use super::*;

#[test]
fn every_operation_has_exactly_one_route() {
    for operation in Operation::ALL {
        let routes = ROUTES.iter().filter(|route| route.operation == *operation).count();
        assert_eq!(routes, 1, "{}", operation.name());
    }
    assert_eq!(ROUTES.len(), Operation::ALL.len());
}

#[test]
fn no_two_routes_share_method_and_path() {
    let pairs: BTreeSet<_> = ROUTES.iter().map(|route| (route.method.as_str(), route.path)).collect();
    assert_eq!(pairs.len(), ROUTES.len());
}

#[test]
fn every_get_reads_and_every_other_method_writes_but_tests_and_exports() {
    const READING_POSTS: [Operation; 3] = [Operation::TestQuery, Operation::TestAutomation, Operation::CreateExport];
    for route in ROUTES {
        let reads = route.method == Method::GET || READING_POSTS.contains(&route.operation);
        assert_eq!(route.reads, reads, "{}", route.path);
    }
}

#[test]
fn only_health_documentation_and_what_provisioning_is_are_open() {
    let open: Vec<_> = ROUTES.iter().filter(|route| route.minimum_role.is_none()).map(|route| route.path).collect();
    let provisioning = ["ServiceProviderConfig", "ResourceTypes", "ResourceTypes/{id}", "Schemas", "Schemas/{id}"]
        .map(|path| format!("/scim/v2/{path}"));
    let all = [provisioning.as_slice(), &["/health", "/openapi.json", "/docs"].map(str::to_owned)].concat();
    assert_eq!(open, all);
}

#[test]
fn parameters_are_read_off_the_path() {
    let push = route(Operation::PushProviderSource).map(Route::parameters);
    assert_eq!(push, Some(vec!["provider_id", "data_source_id"]));
    assert_eq!(route(Operation::GetMe).map(Route::parameters), Some(vec![]));
}
