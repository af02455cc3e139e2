use domain::review::CampaignStatus;
use engine::simulate;

use super::*;
use crate::loading::ingestion::terms::Terms;
use crate::loading::ingestion::upload::{OpenInput, Phase};
use crate::testing::stand::Stand;
use intake::Format;

/// A stand whose clock is `minutes` ahead of the other's, on the same table and with the same queue.
fn later(stand: &Stand, minutes: i64) -> Deps {
    stand.ahead(minutes)
}

#[test]
fn a_message_that_nobody_sent_is_sent_once() {
    simulate(1, async {
        let stand = Stand::new();
        let id = stand.start_campaign().await;
        let lost = stand.queue.take();
        assert!(lost.is_some());
        assert_eq!(run(&later(&stand, 5)).await.unwrap(), Swept::default(), "it was sent and marked");
        let mut tx = stand.deps.store.write(stand.call().command, crate::testing::stand::now());
        let job = *lost.unwrap().job();
        tx.send(store::Outgoing { kind: "materialise".to_owned(), body: job.to_string() }).unwrap();
        let _ = tx.commit().await.unwrap();
        assert_eq!(run(&later(&stand, 5)).await.unwrap(), Swept { sent: 1, ..Swept::default() });
        assert_eq!(run(&later(&stand, 6)).await.unwrap(), Swept::default());
        stand.drain().await;
        assert_eq!(stand.deps.store.campaigns().get(&id).await.unwrap().unwrap().value.status, CampaignStatus::Active);
    });
}

#[test]
fn a_silent_job_is_handed_over_again_and_a_lively_or_ended_one_is_not() {
    simulate(1, async {
        let stand = Stand::new();
        stand.start_campaign().await;
        assert!(stand.queue.take().is_some(), "the message is lost");
        assert_eq!(run(&later(&stand, 19)).await.unwrap().requeued, 0);
        assert_eq!(run(&later(&stand, 20)).await.unwrap().requeued, 1);
        assert_eq!(run(&later(&stand, 21)).await.unwrap().requeued, 0, "it was given time");
        stand.drain().await;
        assert_eq!(run(&later(&stand, 600)).await.unwrap().requeued, 0);
    });
}

#[test]
fn a_process_with_an_empty_queue_finds_all_its_work() {
    simulate(1, async {
        let stand = Stand::new();
        stand.start_campaign().await;
        stand.queue.take();
        assert_eq!(resume(&stand.deps).await.unwrap(), 1);
        stand.drain().await;
        assert_eq!(resume(&stand.deps).await.unwrap(), 0);
    });
}

#[test]
fn an_upload_that_nobody_told_about_is_begun_and_one_that_never_came_is_given_up() {
    simulate(1, async {
        let stand = Stand::new();
        let input = || OpenInput { format: Format::Pairs, name: None, terms: Terms::default() };
        let came = upload::open(&stand.deps, &stand.call(), "ds", input()).await.unwrap();
        let never = upload::open(&stand.deps, &stand.call(), "other", input()).await.unwrap();
        stand.deps.objects.put(&format!("uploads/{}", came.id), b"1 1\n".to_vec()).await.unwrap();
        assert_eq!(run(&stand.deps).await.unwrap().uploads, 1);
        stand.drain().await;
        run(&later(&stand, 26 * 60)).await.unwrap();
        let phase = async |id: domain::ids::UploadId| {
            upload::get(&stand.deps, &stand.call(), &id.to_string()).await.unwrap().phase
        };
        assert_eq!((phase(came.id).await, phase(never.id).await), (Phase::Done, Phase::Expired));
    });
}

#[test]
fn an_upload_is_found_behind_any_number_that_never_came() {
    simulate(1, async {
        let stand = Stand::new();
        let input = || OpenInput { format: Format::Pairs, name: None, terms: Terms::default() };
        let came = upload::open(&stand.deps, &stand.call(), "ds", input()).await.unwrap();
        for other in 0..UPLOADS_AT_ONCE * 2 {
            upload::open(&stand.deps, &stand.call(), &format!("other-{other}"), input()).await.unwrap();
        }
        stand.deps.objects.put(&format!("uploads/{}", came.id), b"1 1\n".to_vec()).await.unwrap();
        assert_eq!(run(&stand.deps).await.unwrap().uploads, 1);
    });
}

/// A queue that takes nothing and says nothing.
struct Silent;

impl crate::deps::Queue for Silent {
    fn send<'a>(&'a self, _: &'a Message) -> crate::deps::Soon<'a, Result<(), crate::deps::PortError>> {
        Box::pin(std::future::pending())
    }
}

#[test]
fn a_queue_that_never_answers_holds_up_nothing_else() {
    simulate(1, async {
        let stand = Stand::new();
        let job = domain::ids::JobId::new(stand.deps.ids.uuid());
        let mut tx = stand.deps.store.write(stand.call().command, crate::testing::stand::now());
        tx.send(store::Outgoing { kind: "materialise".to_owned(), body: job.to_string() }).unwrap();
        let _ = tx.commit().await.unwrap();
        let late = Deps { queue: std::sync::Arc::new(Silent), ..later(&stand, 5) };
        let swept = tokio::time::timeout(Duration::from_secs(30), run(&late)).await.expect("it ends in time");
        assert_eq!(swept.unwrap(), Swept { left: 1, ..Swept::default() });
        assert_eq!(run(&later(&stand, 6)).await.unwrap(), Swept { sent: 1, ..Swept::default() }, "nothing is lost");
    });
}
