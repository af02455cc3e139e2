use wire::routes::Function;

#[tokio::test]
async fn every_route_of_the_function_is_served() {
    testbed::every_route_is_served(Function::Automations, super::handle).await;
}
