//! Receivers of messages, as far as settings of everybody have to do with them.

use serde_json::json;

use crate::alone::Alone;
use crate::receiver::{CERTIFICATIONS, Closers, Receiver, SECRET, SETTING};
use crate::world::administrator;

#[test]
fn a_receiver_is_told_of_what_is_rejected_because_nobody_decided_in_time() {
    let (alone, closers, receiver) = (Alone::new(), Closers::new(), Receiver::listen());
    closers.report_to(&receiver, &["row.rejected"]);
    let behaviour = SETTING.replace("webhook_settings", "review_expiration_behavior");
    let at_expiry = json!({ "workflow_id": closers.workflow, "value": "AUTO_REJECT_INCOMPLETE_RESULTS" });
    let _ = administrator().put(&behaviour, at_expiry).expect(200);
    alone.put("expire_overdue_certifications", json!(true));
    let id = closers.certification();
    let path = format!("{CERTIFICATIONS}/{id}");
    let accepted = json!({ "result_id": 1, "decision": "ACCEPTED", "notes": "Needs it" });
    let _ = administrator().put(&format!("{path}/results"), json!({ "value": accepted })).expect(200);
    #[expect(clippy::disallowed_methods, reason = "the running stack goes by the clock of the wall")]
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(2);
    let body = json!({ "value": { "certification_id": id, "due_date": soon.to_string() } });
    let _ = administrator().put(CERTIFICATIONS, body).expect(200);
    let _ = administrator().until(&path, |body| body["value"]["total_rejected_count"] == 2);
    // The message waits for longer than anybody else should for their settings.
    drop(alone);
    receiver.hears_of_rejections(&id, &[0, 2]);
}

#[test]
fn the_receiver_of_all_reviews_is_shown_without_its_secret() {
    let _alone = Alone::new();
    let who = administrator();
    let value = json!({ "url": "https://hooks.example.com/", "secret": SECRET, "events": ["row.rejected", "review.completed"] });
    assert_eq!(who.put(SETTING, json!({ "value": value })).expect(200).body, json!({}));
    let unsigned = json!({ "url": "https://hooks.example.com/", "events": ["row.rejected", "review.completed"] });
    let _ = who.put(SETTING, json!({ "value": unsigned })).expect(200);
    let shown = json!({ "value": { "url": "https://hooks.example.com/", "events": ["review.completed", "row.rejected"], "enabled": true } });
    assert_eq!(who.get(SETTING).expect(200).body, shown, "the secret is nobody's business");
}
