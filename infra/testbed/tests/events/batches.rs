//! What functions behind queues do with batches.

use aws_lambda_events::sqs::SqsEvent;

use crate::answers::OUTCOMES;
use crate::scene::{ANNOUNCED, Event, NOTHING, Scene, function};

/// For each queue a sample with a message of a job, and a kind of message that is for another queue.
const QUEUES: [(&str, &str); 7] = [
    ("automate-forgotten", "ingest"),
    ("deliver-signed-off", "ingest"),
    ("evaluate-rules", "ingest"),
    ("ingest-job", "materialise"),
    ("materialize-campaign", "ingest"),
    ("notify-letter", "ingest"),
    ("render-job", "ingest"),
];

fn batch(sample: &str) -> SqsEvent {
    match Event::of(sample) {
        Event::Queue(event) => event,
        _ => panic!("{sample} is for no queue"),
    }
}

/// The messages that are to come again.
async fn failed(scene: &Scene, sample: &str, batch: SqsEvent) -> Vec<String> {
    let answer = scene.messages(function(sample), batch).await;
    answer.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
}

#[test]
fn every_queue_is_tried() {
    let queues = OUTCOMES.iter().filter(|(sample, _)| matches!(Event::of(sample), Event::Queue(_)));
    for (sample, _) in queues {
        assert!(QUEUES.iter().any(|(tried, _)| function(tried) == function(sample)), "{sample}");
    }
}

#[tokio::test]
async fn a_message_for_a_job_that_is_gone_is_done() {
    for (sample, _) in QUEUES {
        let scene = Scene::after(NOTHING).await;
        assert_eq!(failed(&scene, sample, batch(sample)).await, Vec::<String>::new(), "{sample}");
    }
}

#[tokio::test]
async fn a_bad_message_fails_alone_by_its_id() {
    for (sample, foreign) in QUEUES {
        let mut batch = batch(sample);
        let good = batch.records[0].clone();
        let foreign = format!(r#"{{"kind":"{foreign}","job":"job-0190f2a4-7b1c-7f3e-9d52-3d1a5c8e4b10"}}"#);
        let bodies = ["", "{}", r#"{"kind":"dance","job":"job-1"}"#, &foreign];
        for (number, body) in bodies.into_iter().enumerate() {
            let mut bad = good.clone();
            bad.message_id = Some(format!("bad-{number}"));
            bad.body = Some(body.to_owned());
            batch.records.push(bad);
        }
        let scene = Scene::after(NOTHING).await;
        assert_eq!(failed(&scene, sample, batch).await, ["bad-0", "bad-1", "bad-2", "bad-3"], "{sample}");
    }
}

#[tokio::test]
async fn a_letter_is_one_mail_however_often_its_message_comes() {
    let scene = Scene::after(ANNOUNCED).await;
    for _ in 0..3 {
        assert_eq!(failed(&scene, "notify-letter", batch("notify-letter")).await, Vec::<String>::new());
    }
    let mails = scene.bed.mailbox.all();
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(mails[0].subject.starts_with("Please review: ") && mails[0].text.contains("to decide"), "{mails:?}");
}

#[tokio::test]
async fn an_object_that_is_no_upload_is_left_alone() {
    let scene = Scene::after(NOTHING).await;
    assert_eq!(failed(&scene, "ingest-object-created", batch("ingest-object-created")).await, Vec::<String>::new());
    assert_eq!(scene.bed.sent.all().len(), 0, "nobody announced that upload");
}
