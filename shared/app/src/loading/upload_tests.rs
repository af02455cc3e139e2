use engine::{Crash, simulate};

use super::*;
use crate::loading::source;
use crate::loading::stand::Stand;
use crate::loading::terms::{Mode, Terms};

fn pairs(users: usize, permissions: usize) -> Vec<u8> {
    let lines =
        (0..users).flat_map(|user| (0..permissions).map(move |permission| format!("{user:9} {permission:10}\n")));
    lines.collect::<String>().into_bytes()
}

async fn opened(stand: &Stand) -> Opened {
    let input = OpenInput { format: Format::Pairs, name: None, terms: Terms::default() };
    open(&stand.deps, &stand.call(), "ds", input).await.unwrap()
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
fn an_uploaded_table_that_takes_too_much_away_fails_and_a_delta_adds() {
    simulate(1, async {
        let stand = Stand::new();
        let load = async |table: &str, terms| {
            let input = OpenInput { format: Format::CsvFile(intake::Table::Accounts), name: None, terms };
            let upload = open(&stand.deps, &stand.call(), "ds", input).await.unwrap();
            let object = format!("uploads/{}", upload.id);
            stand.deps.objects.put(&object, table.as_bytes().to_vec()).await.unwrap();
            arrived(&stand.deps, &object).await.unwrap();
            stand.drain().await;
            seen(&stand, upload.id).await
        };
        let usual = Terms::default();
        assert_eq!(load("account_id\na\nb\nc\n", usual).await.phase, Phase::Done);
        let cut_off = load("account_id\na\nb\n", usual).await;
        assert_eq!(cut_off.phase, Phase::Done, "1 of 4 things is the share that may go");
        let cut_off = load("account_id\na\n", usual).await;
        assert_eq!(cut_off.phase, Phase::Failed);
        assert!(cut_off.faults[0].message.starts_with("1 of 3 things would be gone"), "{:?}", cut_off.faults);
        let delta = Terms { mode: Mode::Delta, ..usual };
        let added = load("account_id\nd\n", delta).await;
        assert_eq!(added.result.map(|report| (report.created, report.updated, report.removed)), Some((1, 0, 0)));
        let all = Terms { share: Some(100), ..usual };
        assert_eq!(load("account_id\na\n", all).await.phase, Phase::Done);
    });
}

#[test]
fn what_kept_the_last_delivery_out_stands_with_the_data_source_until_one_is_taken() {
    simulate(1, async {
        let stand = Stand::new();
        let load = async |bytes: &[u8]| {
            let upload = opened(&stand).await;
            let object = format!("uploads/{}", upload.id);
            stand.deps.objects.put(&object, bytes.to_vec()).await.unwrap();
            arrived(&stand.deps, &object).await.unwrap();
            stand.drain().await;
            let id = DataSourceId::new("ds").unwrap();
            crate::loading::status::of(&stand.deps, &[id]).await.unwrap().remove(0)
        };
        assert_eq!(load(&pairs(3, 2)).await.last_error, "");
        let loaded_at = load(b"1 1\nbroken line here\n").await;
        assert!(loaded_at.last_error.contains('2') && loaded_at.loaded_at.is_some(), "{loaded_at:?}");
        let mut long = b"broken line ".to_vec();
        long.extend(vec![b'x'; 3_000]);
        assert!(load(&long).await.last_error.chars().count() <= MAX_ERROR);
        assert_eq!(load(&pairs(3, 2)).await.last_error, "", "the same as before, and it was taken");
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
