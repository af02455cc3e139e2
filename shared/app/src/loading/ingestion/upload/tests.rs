use domain::inventory::Family;
use engine::{Crash, simulate};

use super::*;
use crate::loading::ingestion::ingest;
use crate::loading::ingestion::terms::{Mode, Terms};
use crate::loading::sources::current;
use crate::loading::sources::source;
use crate::testing::stand::Stand;

fn pairs(users: usize, permissions: usize) -> Vec<u8> {
    let lines =
        (0..users).flat_map(|user| (0..permissions).map(move |permission| format!("{user:9} {permission:10}\n")));
    lines.collect::<String>().into_bytes()
}

async fn opened(stand: &Stand) -> Opened {
    let input = OpenInput { format: Format::Pairs, name: None, terms: Terms::default() };
    open(&stand.deps, &stand.call(), "ds", input).await.unwrap()
}

/// The same some minutes after the hour.
async fn opened_at(stand: &Stand, minutes: i64, terms: Terms) -> Opened {
    let call = stand.call();
    let call = Call { now: call.now + SignedDuration::from_mins(minutes), ..call };
    let input = OpenInput { format: Format::CsvFile(intake::Table::Accounts), name: None, terms };
    open(&stand.deps, &call, "ds", input).await.unwrap()
}

/// Sends a table of accounts, has it read, and tells what came of it.
async fn sent(stand: &Stand, upload: &Opened, table: &str) -> UploadView {
    let object = format!("uploads/{}", upload.id);
    stand.deps.objects.put(&object, table.as_bytes().to_vec()).await.unwrap();
    arrived(&stand.deps, &object).await.unwrap();
    stand.drain().await;
    seen(stand, upload.id).await
}

/// Loads a table of accounts at once.
async fn put(stand: &Stand, table: &str) -> Result<Report, Error> {
    let (format, terms) = (Format::CsvFile(intake::Table::Accounts), Terms { share: Some(100), ..Terms::default() });
    let input = ingest::PutInput { format, name: None, terms, bytes: table.as_bytes() };
    ingest::put(&stand.deps, &stand.call(), "ds", input).await
}

async fn accounts(stand: &Stand) -> Vec<String> {
    let graph = current::graph(&stand.deps).await.unwrap();
    graph.family(Family::Account).map(|account| graph.id(account).to_owned()).collect()
}

#[track_caller]
fn assert_refused(upload: &UploadView, why: &str) {
    assert_eq!(upload.phase, Phase::Failed);
    assert!(upload.faults[0].message.contains(why), "{:?}", upload.faults);
}

#[test]
fn an_upload_of_a_data_source_that_was_deleted_meanwhile_does_not_bring_it_back() {
    simulate(1, async {
        let stand = Stand::new();
        let delete = async || source::delete(&stand.deps, &stand.call(), "ds").await.unwrap();
        let first = opened_at(&stand, 0, Terms::default()).await;
        put(&stand, "account_id\na\n").await.unwrap();
        let second = opened_at(&stand, 1, Terms::default()).await;
        delete().await;
        for late in [&first, &second] {
            assert_refused(&sent(&stand, late, "account_id\nold\n").await, "was deleted after the upload was opened");
        }
        let third = opened_at(&stand, 2, Terms::default()).await;
        put(&stand, "account_id\nb\n").await.unwrap();
        delete().await;
        put(&stand, "account_id\nc\n").await.unwrap();
        assert_refused(&sent(&stand, &third, "account_id\nold\n").await, "loaded by somebody else");
        assert_eq!(accounts(&stand).await, ["ds:c"]);
        delete().await;
        let anew = opened_at(&stand, 3, Terms::default()).await;
        assert_eq!(sent(&stand, &anew, "account_id\nd\n").await.phase, Phase::Done, "what is opened then may");
    });
}

#[test]
fn an_upload_does_not_go_over_what_was_loaded_after_it_was_opened() {
    simulate(1, async {
        let stand = Stand::new();
        put(&stand, "account_id\na\n").await.unwrap();
        let upload = opened_at(&stand, 0, Terms::default()).await;
        put(&stand, "account_id\nb\n").await.unwrap();
        assert_refused(&sent(&stand, &upload, "account_id\nold\n").await, "loaded by somebody else");
        let upload = opened_at(&stand, 0, Terms::default()).await;
        put(&stand, "account_id\nb\n").await.unwrap();
        let why = "loaded by somebody else";
        assert_refused(&sent(&stand, &upload, "account_id\nold\n").await, why);
        assert_eq!(accounts(&stand).await, ["ds:b"]);
        let id = DataSourceId::new("ds").unwrap();
        let status = crate::loading::sources::status::of(&stand.deps, &[id]).await.unwrap().remove(0);
        assert_eq!(status.last_error, "", "what is there is as good as before");
    });
}

#[test]
fn what_was_refused_meanwhile_keeps_no_upload_out() {
    simulate(1, async {
        let stand = Stand::new();
        put(&stand, "account_id\na\nb\nc\n").await.unwrap();
        let (one, other) = (opened_at(&stand, 1, Terms::default()).await, opened_at(&stand, 2, Terms::default()).await);
        assert!(put(&stand, "nonsense\n1\n").await.is_err());
        assert_eq!(sent(&stand, &other, "nonsense\n1\n").await.phase, Phase::Failed);
        assert_eq!(sent(&stand, &one, "account_id\na\nb\nc\nd\n").await.phase, Phase::Done);
    });
}

#[test]
fn of_two_uploads_the_one_that_was_opened_later_holds() {
    simulate(1, async {
        let stand = Stand::new();
        let pair = async || {
            let all = Terms { share: Some(100), ..Terms::default() };
            (opened_at(&stand, 1, all).await, opened_at(&stand, 2, all).await)
        };
        let (first, second) = pair().await;
        assert_eq!(sent(&stand, &first, "account_id\na\n").await.phase, Phase::Done);
        assert_eq!(sent(&stand, &second, "account_id\nb\n").await.phase, Phase::Done);
        assert_eq!(accounts(&stand).await, ["ds:b"]);
        let (first, second) = pair().await;
        assert_eq!(sent(&stand, &second, "account_id\nd\n").await.phase, Phase::Done);
        assert_refused(&sent(&stand, &first, "account_id\nc\n").await, "loaded by somebody else");
        assert_eq!(accounts(&stand).await, ["ds:d"]);
    });
}

#[test]
fn what_is_told_in_part_is_laid_over_what_was_loaded_meanwhile_but_brings_nothing_back() {
    simulate(1, async {
        let stand = Stand::new();
        put(&stand, "account_id\na\n").await.unwrap();
        let delta = Terms { mode: Mode::Delta, ..Terms::default() };
        let (one, other) = (opened_at(&stand, 1, delta).await, opened_at(&stand, 1, delta).await);
        put(&stand, "account_id\na\nb\n").await.unwrap();
        assert_eq!(sent(&stand, &one, "account_id\nc\n").await.phase, Phase::Done);
        assert_eq!(accounts(&stand).await, ["ds:a", "ds:b", "ds:c"]);
        source::delete(&stand.deps, &stand.call(), "ds").await.unwrap();
        let call = stand.call();
        let later = Call { now: call.now + SignedDuration::from_mins(9), ..call };
        let input = ingest::PutInput {
            format: Format::CsvFile(intake::Table::Accounts),
            name: None,
            terms: Terms::default(),
            bytes: b"account_id\nz\n",
        };
        ingest::put(&stand.deps, &later, "ds", input).await.unwrap();
        assert_refused(&sent(&stand, &other, "account_id\nd\n").await, "was deleted after");
        assert_eq!(accounts(&stand).await, ["ds:z"]);
    });
}

#[test]
fn a_load_beside_the_reading_of_an_upload_holds_whoever_comes_first() {
    for seed in 0..20 {
        simulate(seed, async {
            let stand = Stand::new();
            let upload = opened(&stand).await;
            stand.deps.objects.put(&format!("uploads/{}", upload.id), pairs(3, 2)).await.unwrap();
            arrived(&stand.deps, &format!("uploads/{}", upload.id)).await.unwrap();
            let message = stand.queue.take().unwrap();
            let (worked, loaded) = futures::join!(stand.deliver(&message), put(&stand, "account_id\nnew\n"));
            worked.unwrap();
            loaded.unwrap();
            assert_eq!(accounts(&stand).await, ["ds:new"], "seed {seed}");
        });
    }
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
            crate::loading::sources::status::of(&stand.deps, &[id]).await.unwrap().remove(0)
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
