use domain::decide::Verdict;
use domain::inventory::{Family, Value};
use engine::simulate;

use super::*;
use crate::review::DecideInput;
use crate::review::decide;
use crate::testing::sketch::{Sketch, text};
use crate::testing::stand::Stand;

/// A campaign over so many clerks who are alike but for their names.
async fn clerks(count: usize) -> (Stand, ReviewId) {
    let mut sketch = Sketch::default().node(Family::Application, "app", &[]).node(Family::Role, "reader", &[]);
    for n in 0..count {
        let id = format!("a{n:04}");
        let about = [("department", text("Finance")), ("title", text("Clerk")), ("mfa_enabled", Value::Bool(true))];
        sketch = sketch.account(&id, &about).edge(&id, "reader");
    }
    let stand = Stand::new();
    stand.load("payroll", &sketch.picture()).await.unwrap();
    let id = stand.start_campaign().await;
    stand.drain().await;
    (stand, id)
}

fn approval() -> DecideInput {
    DecideInput { verdict: Verdict::Approved, comment: None }
}

#[test]
fn five_hundred_accounts_are_decided_in_a_handful_of_requests() {
    simulate(1, async {
        let (stand, id) = clerks(500).await;
        let call = stand.call();
        decide(&stand.deps, &call, id, "a0007", DecideInput { verdict: Verdict::Rejected, ..approval() })
            .await
            .unwrap();
        stand.engine.reset_usage();
        let decided = decide_group(&stand.deps, &stand.call(), id, "bg-01", approval()).await.unwrap();
        let usage = stand.engine.reset_usage();
        assert_eq!(decided.len(), 499, "all but the one that somebody decided");
        assert_eq!(usage.of("TransactWriteItems").requests, 1, "eight pages together: {usage:?}");
        assert!(usage.requests() <= 12, "{usage:?}");

        let again = decide_group(&stand.deps, &stand.call(), id, "bg-01", approval()).await.unwrap();
        assert!(again.is_empty());
        assert_eq!(stand.engine.reset_usage().of("TransactWriteItems").requests, 0, "there is nothing to write");
    });
}
