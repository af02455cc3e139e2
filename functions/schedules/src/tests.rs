use std::sync::Arc;

use lambda_runtime::{Context, LambdaEvent};
use testbed::Testbed;

#[tokio::test]
async fn a_tick_is_handled_and_so_is_the_same_tick_again() {
    let bed = Testbed::new();
    for _ in 0..2 {
        let event = serde_json::from_str(include_str!("../../../events/schedules-every-minute.json")).unwrap();
        super::handle(Arc::clone(&bed.deps), LambdaEvent::new(event, Context::default())).await.unwrap();
    }
}
