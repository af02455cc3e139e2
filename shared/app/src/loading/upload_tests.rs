use engine::{Crash, simulate};

use super::*;
use crate::loading::source;
use crate::loading::stand::Stand;

fn pairs(users: usize, permissions: usize) -> Vec<u8> {
    let lines =
        (0..users).flat_map(|user| (0..permissions).map(move |permission| format!("{user:9} {permission:10}\n")));
    lines.collect::<String>().into_bytes()
}

async fn opened(stand: &Stand) -> Opened {
    open(&stand.deps, &stand.call(), "ds", OpenInput { format: Format::Pairs, name: None }).await.unwrap()
}

async fn seen(stand: &Stand, id: UploadId) -> UploadView {
    get(&stand.deps, &stand.call(), &id.to_string()).await.unwrap()
}

#[test]
fn an_upload_waits_is_read_and_reports() {
    simulate(1, async {
        let stand = Stand::new();
        let upload = opened(&stand).await;
        assert_eq!(upload.url, format!("memory://uploads/{}", upload.id));
        assert_eq!(seen(&stand, upload.id).await.phase, Phase::Waiting);
        stand.deps.objects.put(&format!("uploads/{}", upload.id), pairs(30, 5)).await.unwrap();
        assert_eq!(seen(&stand, upload.id).await.phase, Phase::Processing);
        stand.drain().await;
        let done = seen(&stand, upload.id).await;
        assert_eq!((done.phase, done.percent), (Phase::Done, 100));
        assert_eq!(done.result.map(|report| report.created), Some(36));
        assert_eq!(source::list(&stand.deps, 10, None).await.unwrap().items[0].accounts, 30);
    });
}

#[test]
fn a_bad_upload_tells_its_line_and_changes_nothing() {
    simulate(1, async {
        let stand = Stand::new();
        let upload = opened(&stand).await;
        stand.deps.objects.put(&format!("uploads/{}", upload.id), b"1 1\nbroken line here\n".to_vec()).await.unwrap();
        arrived(&stand.deps, &format!("uploads/{}", upload.id)).await.unwrap();
        stand.drain().await;
        let failed = seen(&stand, upload.id).await;
        assert_eq!(failed.phase, Phase::Failed);
        assert!(failed.faults[0].place.contains('2'), "{:?}", failed.faults);
        assert!(source::list(&stand.deps, 10, None).await.unwrap().items.is_empty());
    });
}

#[test]
fn what_is_no_upload_is_not_found() {
    simulate(1, async {
        let stand = Stand::new();
        for id in ["", "upl-1", "upl-0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b"] {
            assert!(matches!(get(&stand.deps, &stand.call(), id).await, Err(Error::NotFound(_))), "{id}");
        }
        arrived(&stand.deps, "exports/elsewhere").await.unwrap();
        arrived(&stand.deps, "uploads/nonsense").await.unwrap();
    });
}

#[test]
fn a_reader_killed_at_any_call_ends_with_one_report() {
    let run = |crash: Option<Crash>| {
        simulate(1, async {
            let stand = Stand::new();
            let upload = opened(&stand).await;
            stand.deps.objects.put(&format!("uploads/{}", upload.id), pairs(5, 5)).await.unwrap();
            arrived(&stand.deps, &format!("uploads/{}", upload.id)).await.unwrap();
            let message = stand.queue.take().unwrap();
            let calls = stand.engine.calls();
            if let Some(crash) = crash {
                stand.engine.crash(crash);
                let _ = stand.deliver(&message).await;
                stand.engine.revive();
            }
            stand.deliver(&message).await.unwrap();
            let calls = stand.engine.calls() - calls;
            (seen(&stand, upload.id).await, stand.dump(), calls)
        })
    };
    let (expected, dump, calls) = run(None);
    assert_eq!(expected.result.as_ref().map(|report| report.created), Some(11));
    for call in 1..=calls {
        for crash in [Crash::After(call - 1), Crash::During(call)] {
            let (seen, table, _) = run(Some(crash));
            assert_eq!(seen, expected, "{crash:?}");
            assert!(table == dump, "{crash:?}");
        }
    }
}
