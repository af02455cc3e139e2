//! Exports on a table of our own: every row once, in order, whoever dies on the way.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::refusal::Refusal;
use domain::settings::{BuiltIn, DiffDropdown, Origin, ReviewerExports, UiCustomization, Value};
use engine::{Crash, simulate};
use futures::FutureExt;
use jiff::SignedDuration;
use sha2::{Digest, Sha256};

use super::*;
use crate::call::Call;
use crate::deps::{Deps, Fetched, Growing, Label, Objects, PortError, Soon};
use crate::error::Error;
use crate::loading::jobs::Worked;
use crate::review::tests::bed::{Bed, accounts, all_pages, everything};
use crate::review::{self, Dialect, ListInput, SortColumn, SortKey, UpdateInput};
use crate::settings;

mod sight;

/// Objects in memory.
#[derive(Clone, Default)]
struct Shelf(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl Shelf {
    fn files(&self) -> BTreeMap<String, String> {
        let held = self.0.lock().unwrap();
        held.iter().map(|(key, bytes)| (key.clone(), String::from_utf8(bytes.clone()).unwrap())).collect()
    }
}

impl Objects for Shelf {
    fn upload_url<'a>(&'a self, key: &'a str, _: u64, _: Duration) -> Soon<'a, Result<String, PortError>> {
        Box::pin(async move { Err(PortError::unsupported(key.to_owned())) })
    }

    fn size<'a>(&'a self, _: &'a str) -> Soon<'a, Result<Option<u64>, PortError>> {
        Box::pin(async { Ok(None) })
    }

    fn get<'a>(&'a self, _: &'a str, _: u64) -> Soon<'a, Result<Fetched, PortError>> {
        Box::pin(async { Ok(Fetched::Absent) })
    }

    fn put<'a>(&'a self, key: &'a str, _: Vec<u8>) -> Soon<'a, Result<(), PortError>> {
        Box::pin(async move { Err(PortError::unsupported(key.to_owned())) })
    }

    fn begin<'a>(&'a self, key: &'a str, _: &'a Label) -> Soon<'a, Result<Box<dyn Growing>, PortError>> {
        let sprout = Sprout { key: key.to_owned(), bytes: Vec::new(), shelf: self.clone() };
        Box::pin(async { Ok(Box::new(sprout) as Box<dyn Growing>) })
    }

    fn download_url<'a>(&'a self, key: &'a str, _: Duration) -> Soon<'a, Result<String, PortError>> {
        Box::pin(async move { Ok(key.to_owned()) })
    }
}

/// An object store that does not answer for a while.
struct Away;

impl Away {
    fn passing<T>() -> Result<T, PortError> {
        Err(PortError { action: "beginning".to_owned(), reason: "no answer".to_owned(), retryable: true })
    }
}

impl Objects for Away {
    fn upload_url<'a>(&'a self, _: &'a str, _: u64, _: Duration) -> Soon<'a, Result<String, PortError>> {
        Box::pin(async { Self::passing() })
    }

    fn size<'a>(&'a self, _: &'a str) -> Soon<'a, Result<Option<u64>, PortError>> {
        Box::pin(async { Self::passing() })
    }

    fn get<'a>(&'a self, _: &'a str, _: u64) -> Soon<'a, Result<Fetched, PortError>> {
        Box::pin(async { Self::passing() })
    }

    fn put<'a>(&'a self, _: &'a str, _: Vec<u8>) -> Soon<'a, Result<(), PortError>> {
        Box::pin(async { Self::passing() })
    }

    fn begin<'a>(&'a self, _: &'a str, _: &'a Label) -> Soon<'a, Result<Box<dyn Growing>, PortError>> {
        Box::pin(async { Self::passing() })
    }
}

struct Sprout {
    key: String,
    bytes: Vec<u8>,
    shelf: Shelf,
}

impl Growing for Sprout {
    fn write(&mut self, bytes: Vec<u8>) -> Soon<'_, Result<(), PortError>> {
        self.bytes.extend(bytes);
        Box::pin(async { Ok(()) })
    }

    fn finish(self: Box<Self>) -> Soon<'static, Result<(), PortError>> {
        self.shelf.0.lock().unwrap().insert(self.key, self.bytes);
        Box::pin(async { Ok(()) })
    }

    fn abort(self: Box<Self>) -> Soon<'static, ()> {
        Box::pin(async {})
    }
}

/// Writes a line for each row, and one for each fact.
struct Plain;

impl Formats for Plain {
    fn begin(&self, _: Format, head: Head, out: &mut Vec<u8>) -> Result<Box<dyn Document>, Unwritten> {
        out.extend(format!("{}\n", head.title).bytes());
        head.facts.iter().for_each(|fact| out.extend(format!("{}: {}\n", fact.label, fact.value).bytes()));
        Ok(Box::new(Plain))
    }
}

impl Document for Plain {
    fn row(&mut self, cells: &[String], out: &mut Vec<u8>) -> Result<(), Unwritten> {
        out.extend(format!("{}\n", cells.join("|")).bytes());
        Ok(())
    }

    fn finish(self: Box<Self>, closing: &[Fact]) -> Result<Rest, Unwritten> {
        let told: Vec<String> = closing.iter().map(|fact| format!("{}={}", fact.label, fact.value)).collect();
        Ok(Box::new(std::iter::once(Ok(told.join(",").into_bytes()))))
    }
}

/// Breaks off at the first row, as a library does whose disk is full.
struct Breaking;

impl Formats for Breaking {
    fn begin(&self, _: Format, _: Head, _: &mut Vec<u8>) -> Result<Box<dyn Document>, Unwritten> {
        Ok(Box::new(Breaking))
    }
}

impl Document for Breaking {
    fn row(&mut self, _: &[String], _: &mut Vec<u8>) -> Result<(), Unwritten> {
        panic!("no space left on device")
    }

    fn finish(self: Box<Self>, _: &[Fact]) -> Result<Rest, Unwritten> {
        Ok(Box::new(std::iter::empty()))
    }
}

/// A certification whose rows can be exported.
struct Scene {
    bed: Bed,
    deps: Deps,
    shelf: Shelf,
}

impl Scene {
    async fn of(rows: usize) -> Self {
        Self::on(Bed::certification(accounts(rows, &["ann", "bob", "cid"])).await)
    }

    fn on(bed: Bed) -> Self {
        let shelf = Shelf::default();
        let deps = Deps { objects: Arc::new(shelf.clone()), ..bed.deps.clone() };
        Self { bed, deps, shelf }
    }

    fn input(&self) -> CreateInput {
        let (filter, mutable_filter, title, order) = (None, None, None, Vec::new());
        let (review, previous) = (self.bed.review, None);
        CreateInput { review, previous, format: Format::Csv, title, filter, mutable_filter, order }
    }

    async fn asked(&self, input: CreateInput) -> domain::ids::ExportId {
        create(&self.deps, &self.bed.operator(), input).await.unwrap()
    }

    async fn delivered(&self, id: domain::ids::ExportId) -> Result<Worked, Error> {
        work(&self.deps, job(id), &Plain, &|| Duration::from_secs(300)).await
    }

    /// Delivers the message of an export whose document panics; whether it did.
    async fn broken_off(&self, id: domain::ids::ExportId) -> bool {
        let left = || Duration::from_secs(300);
        let worked = work(&self.deps, job(id), &Breaking, &left);
        std::panic::AssertUnwindSafe(worked).catch_unwind().await.is_err()
    }

    async fn shown(&self, id: domain::ids::ExportId) -> ExportView {
        get(&self.deps, &self.bed.operator(), id).await.unwrap()
    }

    /// The file of an export that is done.
    async fn file(&self, id: domain::ids::ExportId) -> String {
        let object = download(&self.deps, &self.bed.operator(), id).await.unwrap();
        self.shelf.files().remove(&object).unwrap()
    }

    async fn decide(&self, row: u32, note: &str) {
        let input = UpdateInput {
            decision: Some(domain::row::Decision::Rejected),
            notes: Some(note.to_owned()),
            ..UpdateInput::default()
        };
        review::update(&self.deps, &self.bed.operator(), self.bed.review, domain::ids::RowId(row), input)
            .await
            .unwrap();
    }
}

fn job(id: domain::ids::ExportId) -> domain::ids::JobId {
    domain::ids::JobId::new(id.uuid())
}

/// The row numbers of a file, in its order.
fn numbers(file: &str) -> Vec<u32> {
    let lines = file.lines().skip(1);
    lines.filter_map(|line| line.split_once('|')?.0.parse().ok()).collect()
}

#[tokio::test]
async fn a_file_has_the_rows_of_the_list_in_its_order_however_many_portions_they_take() {
    let scene = Scene::of(9_000).await;
    for row in [0, 70, 8_999] {
        scene.decide(row, "gone").await;
    }
    for by in [SortColumn::Frozen("source.name".to_owned()), SortColumn::DecidedAt, SortColumn::Status] {
        let order = vec![SortKey { by, descending: true }];
        let id = scene.asked(CreateInput { order: order.clone(), ..scene.input() }).await;
        assert_eq!(scene.delivered(id).await.unwrap(), Worked::Completed { rows: 9_000 });
        let (listed, _) = all_pages(|start| {
            let (input, call) = (ListInput { order: order.clone(), start, ..everything(5_000) }, scene.bed.operator());
            let (deps, review) = (&scene.deps, scene.bed.review);
            async move { review::list(deps, &call, review, Dialect::Certification, input).await }
        })
        .await;
        let listed: Vec<u32> = listed.into_iter().map(|row| row.row.0).collect();
        assert_eq!(numbers(&scene.file(id).await), listed);
    }
}

#[tokio::test]
async fn a_file_ends_with_what_its_rows_come_to() {
    let scene = Scene::of(20).await;
    scene.decide(3, "gone").await;
    let id = scene.asked(scene.input()).await;
    scene.delivered(id).await.unwrap();
    let file = scene.file(id).await;
    let end =
        "Rows=20,Accepted=0,Rejected=1,Fixed after rejection=0,Without a decision=19,of these flagged=0,Signed off=0";
    assert_eq!(file.lines().last(), Some(end));
    assert!(file.starts_with("June\n"), "{file}");
    let shown = scene.shown(id).await;
    let digest: [u8; 32] = Sha256::digest(file.as_bytes()).into();
    assert_eq!(shown.sha256, Some(domain::page::hex::encode(&digest)));
    assert_eq!((shown.bytes, shown.rows, shown.written), (Some(file.len() as u64), Some(20), 20));
}

#[tokio::test]
async fn a_message_that_comes_again_changes_nothing() {
    let scene = Scene::of(20).await;
    let id = scene.asked(scene.input()).await;
    scene.delivered(id).await.unwrap();
    let before = (scene.shown(id).await, scene.file(id).await);
    scene.decide(0, "later").await;
    assert_eq!(scene.delivered(id).await.unwrap(), Worked::Repeated);
    assert_eq!((scene.shown(id).await, scene.file(id).await), before);
}

#[tokio::test]
async fn two_workers_at_once_leave_one_whole_file() {
    let scene = Scene::of(600).await;
    let id = scene.asked(scene.input()).await;
    let (one, two) = futures::join!(scene.delivered(id), scene.delivered(id));
    assert!(one.is_ok() && two.is_ok());
    let (shown, file) = (scene.shown(id).await, scene.file(id).await);
    assert_eq!((shown.status, numbers(&file).len()), (Status::Finished, 600));
    let digest: [u8; 32] = Sha256::digest(file.as_bytes()).into();
    assert_eq!(shown.sha256, Some(domain::page::hex::encode(&digest)));
}

#[test]
fn a_worker_killed_at_any_call_leaves_the_same_file_when_its_message_comes_again() {
    let scene = async || {
        let scene = Scene::of(150).await;
        scene.decide(3, "gone").await;
        let id = scene.asked(scene.input()).await;
        (scene, id)
    };
    let (expected, calls) = simulate(1, async {
        let (scene, id) = scene().await;
        let before = scene.bed.engine.calls();
        scene.delivered(id).await.unwrap();
        let calls = scene.bed.engine.calls() - before;
        (scene.file(id).await, calls)
    });
    assert!(calls > 5, "{calls}");
    for call in 1..=calls {
        for crash in [Crash::After(call - 1), Crash::During(call)] {
            let (file, shown) = simulate(call, async {
                let (scene, id) = scene().await;
                scene.bed.engine.crash(crash);
                while scene.delivered(id).await.is_err() {
                    scene.bed.engine.revive();
                }
                scene.bed.engine.revive();
                (scene.file(id).await, scene.shown(id).await)
            });
            assert_eq!(
                (file.as_str(), shown.status, shown.written),
                (expected.as_str(), Status::Finished, 150),
                "{crash:?}"
            );
        }
    }
}

#[tokio::test]
async fn an_export_that_is_called_off_has_no_file() {
    let scene = Scene::of(20).await;
    let id = scene.asked(scene.input()).await;
    assert!(scene.deps.store.jobs().cancel(&job(id)).await.unwrap());
    assert_eq!(scene.delivered(id).await.unwrap(), Worked::Cancelled);
    assert_eq!((scene.shown(id).await.status, scene.shelf.files().len()), (Status::Cancelled, 0));
}

#[tokio::test]
async fn more_than_is_written_in_one_go_is_told_and_not_tried_for_ever() {
    let scene = Scene::of(20).await;
    let id = scene.asked(scene.input()).await;
    let worked = work(&scene.deps, job(id), &Plain, &|| Duration::from_secs(1)).await.unwrap();
    let shown = scene.shown(id).await;
    assert_eq!((worked, shown.status, scene.shelf.files().len()), (Worked::Failed, Status::Failed, 0));
    assert!(shown.error.contains("by a filter"), "{}", shown.error);
}

#[tokio::test]
async fn an_export_that_kills_its_workers_is_given_up() {
    let scene = Scene::of(20).await;
    let id = scene.asked(scene.input()).await;
    for _ in 0..5 {
        assert!(scene.broken_off(id).await);
        scene.bed.clock.turn(SignedDuration::from_mins(20));
        assert_eq!(crate::loading::jobs::sweep::run(&scene.deps).await.unwrap().requeued, 1);
    }
    assert!(!scene.broken_off(id).await);
    let shown = scene.shown(id).await;
    assert_eq!(shown.status, Status::Failed);
    assert!(shown.error.contains("5 tries"), "{}", shown.error);
    scene.bed.clock.turn(SignedDuration::from_mins(20));
    assert_eq!(crate::loading::jobs::sweep::run(&scene.deps).await.unwrap().requeued, 0);
    assert_eq!(scene.delivered(id).await.unwrap(), Worked::Repeated);
}

#[tokio::test]
async fn what_passes_is_no_try() {
    let scene = Scene::of(20).await;
    let id = scene.asked(scene.input()).await;
    for _ in 0..4 {
        assert!(scene.broken_off(id).await);
    }
    let away = Deps { objects: Arc::new(Away), ..scene.deps.clone() };
    for _ in 0..8 {
        let worked = work(&away, job(id), &Plain, &|| Duration::from_secs(300)).await;
        assert!(matches!(worked, Err(Error::Unavailable(_))), "{worked:?}");
    }
    scene.delivered(id).await.unwrap();
    assert_eq!(scene.shown(id).await.status, Status::Finished);
}

#[tokio::test]
async fn a_file_that_would_have_too_many_rows_is_refused_and_parts_of_it_are_not() {
    let mut scene = Scene::of(30).await;
    scene.deps.settings.exported_rows = 29;
    let whole = create(&scene.deps, &scene.bed.operator(), scene.input()).await;
    let Err(Error::Invalid(faults)) = &whole else { panic!("{whole:?}") };
    assert_eq!(faults[0].field, "filter");
    let some = |filter: &str| CreateInput { filter: Some(filter.to_owned()), ..scene.input() };
    let all_but_one = scene.asked(some("source.id ne \"acct-7\"")).await;
    assert_eq!(scene.delivered(all_but_one).await.unwrap(), Worked::Completed { rows: 29 });
    let all = scene.asked(some("source.id pr")).await;
    assert_eq!(scene.delivered(all).await.unwrap(), Worked::Failed);
    let view = get(&scene.deps, &scene.bed.operator(), all).await.unwrap();
    assert_eq!(view.error, "30 rows, where a file has at most 29: export parts by a filter");
    assert_eq!(scene.shelf.files().len(), 1, "nothing of it was written");
}

#[tokio::test]
async fn a_file_can_be_downloaded_from_its_end_for_a_day_and_the_export_is_known_for_a_month() {
    let scene = Scene::of(5).await;
    let call: &dyn Fn() -> Call = &|| scene.bed.operator();
    let id = scene.asked(scene.input()).await;
    let refused = async |status: &'static str| match download(&scene.deps, &call(), id).await {
        Err(Error::Refused(Refusal::NothingExported { status: told })) => assert_eq!(told, status),
        other => panic!("{other:?}"),
    };
    assert_eq!(scene.shown(id).await.status, Status::Created);
    refused("CREATED").await;
    scene.delivered(id).await.unwrap();
    scene.bed.clock.turn(AVAILABLE - SignedDuration::from_millis(1));
    assert!(download(&scene.deps, &call(), id).await.is_ok());
    scene.bed.clock.turn(SignedDuration::from_millis(1));
    refused("EXPIRED").await;
    assert_eq!(scene.shown(id).await.status, Status::Expired);
    scene.bed.clock.turn(KEPT);
    assert!(matches!(get(&scene.deps, &call(), id).await, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn reviewers_compare_nothing_where_comparisons_are_hidden_from_them() {
    let scene = Scene::of(6).await;
    let put = async |value| settings::put(&scene.deps, &scene.bed.root(), value, None).await.unwrap();
    put(Value::ReviewerExports(ReviewerExports { csv: true, ..ReviewerExports::default() })).await;
    let previous = Some(domain::ids::ReviewId::new(uuid::Uuid::from_u128(9)));
    let compared = async |call: Call| {
        let asked = create(&scene.deps, &call, CreateInput { previous, ..scene.input() }).await;
        asked.err().map(|error| matches!(error, Error::Forbidden(_)))
    };
    assert_eq!(compared(scene.bed.reviewer("ann")).await, Some(false), "there is no such certification");
    let ui = UiCustomization::built_in(Origin::Certification);
    put(Value::UiCustomization(UiCustomization { diff_dropdown: DiffDropdown::HiddenFromReviewers, ..ui })).await;
    assert_eq!(compared(scene.bed.reviewer("ann")).await, Some(true));
    assert_eq!(compared(scene.bed.operator()).await, Some(false), "it is hidden from reviewers alone");
    let alone = create(&scene.deps, &scene.bed.reviewer("ann"), scene.input()).await;
    assert!(alone.is_ok(), "{alone:?}");
}

#[tokio::test]
async fn a_filter_looks_at_the_notes_of_all_rows() {
    let scene = Scene::of(2_300).await;
    for row in (0..2_300).step_by(100) {
        scene.decide(row, "gone for good").await;
    }
    let mutable_filter = Some("notes co \"GOOD\"".to_owned());
    let id = scene.asked(CreateInput { mutable_filter, ..scene.input() }).await;
    assert_eq!(scene.delivered(id).await.unwrap(), Worked::Completed { rows: 23 });
}

#[tokio::test]
async fn a_file_follows_the_order_that_was_chosen_for_lists() {
    use domain::settings::{Value, ViewSort};
    let scene = Scene::of(40).await;
    let sort = ViewSort { order_by: "source.name desc".to_owned() };
    crate::settings::put(&scene.deps, &scene.bed.root(), Value::ViewSort(sort), None).await.unwrap();
    let id = scene.asked(scene.input()).await;
    scene.delivered(id).await.unwrap();
    let input = everything(5_000);
    let listed = review::list(&scene.deps, &scene.bed.operator(), scene.bed.review, Dialect::Certification, input)
        .await
        .unwrap();
    let listed: Vec<u32> = listed.items.iter().map(|row| row.row.0).collect();
    assert_ne!(listed, (0..40).collect::<Vec<_>>());
    assert_eq!(numbers(&scene.file(id).await), listed);
}
