//! The service itself: it answers, and it describes itself, to whoever asks.

use serde_json::json;

use crate::world::target;

#[test]
fn whoever_asks_is_told_that_the_service_answers() {
    let answer = target().anonymous().get("/health").expect(200);
    assert_eq!(answer.body, json!({ "status": "ok" }));
}

#[test]
fn the_interface_is_described_for_machines_and_for_people() {
    let document = target().anonymous().get("/openapi.json").expect(200).body;
    let published: serde_json::Value = serde_json::from_str(include_str!("../../docs/api/openapi.json")).expect("JSON");
    assert_eq!(document, published, "what is served is what is published");
    let page = target().anonymous().get("/docs").expect(200);
    assert!(page.headers["content-type"].starts_with("text/html"), "{:?}", page.headers);
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for operation in methods.as_object().expect("methods").values() {
            let summary = operation["summary"].as_str().expect("a summary");
            assert!(page.text.contains(summary), "{path}: {summary}");
        }
    }
}
