//! What a reviewer's file does not tell, and who may still download it.

use domain::ids::{ExportId, ReviewId, RowId};
use domain::row::Decision;
use domain::settings::{ColumnSettings, ReviewerExports, Value, ViewSort};
use domain::user::{Caller, Role, User};

use super::*;
use crate::campaign;
use crate::review::{SignOffInput, UserReference};
use crate::standing::{self, DelegationReference};

/// The parts of a person, each with what columns call it.
const PARTS: [&str; 3] = ["id", "name", "email"];

/// Somebody whose every part is found in a text; without a name where `named` says so.
fn marked(who: &str, named: bool) -> User {
    User {
        user_type: "Identity".to_owned(),
        id: format!("id-{who}"),
        email: format!("mail-{who}@corp.example"),
        name: if named { format!("name-{who}") } else { String::new() },
    }
}

fn part<'a>(user: &'a User, part: &str) -> &'a str {
    match part {
        "id" => &user.id,
        "name" => &user.name,
        _ => &user.email,
    }
}

impl Scene {
    async fn choose(&self, value: Value) {
        crate::settings::put(&self.deps, &self.bed.root(), value, None).await.unwrap();
    }

    async fn hide(&self, shown: &[&str], hidden: &[&str]) {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        self.choose(Value::Columns(ColumnSettings { shown: owned(shown), hidden: owned(hidden) })).await;
    }

    async fn allow(&self, csv: bool) {
        self.choose(Value::ReviewerExports(ReviewerExports { csv, ..ReviewerExports::default() })).await;
    }

    /// An export that somebody asked for, written.
    async fn written_for(&self, call: &Call, input: CreateInput) -> ExportId {
        let id = create(&self.deps, call, input).await.unwrap();
        let Worked::Completed { .. } = self.delivered(id).await.unwrap() else {
            panic!("{}", self.shown(id).await.error)
        };
        id
    }

    async fn text_for(&self, call: &Call, input: CreateInput) -> String {
        let id = self.written_for(call, input).await;
        let object = download(&self.deps, call, id).await.unwrap();
        self.shelf.files().remove(&object).unwrap()
    }

    /// Has the first row of a review rejected, signed off and marked as fixed, each by another person.
    async fn by_three(&self, review: ReviewId, people: &[User; 3]) {
        let [decider, signer, fixer] = people.clone();
        self.deps.store.users().write_all(self.bed.operator().command, people).await.unwrap();
        let call = |user: User| {
            let caller = Caller { user, role: Role::Operator, key_id: None };
            Call { caller, ..self.bed.operator() }
        };
        let decide = |decision| UpdateInput {
            decision: Some(decision),
            notes: (decision == Decision::Rejected).then(|| "gone".to_owned()),
            ..UpdateInput::default()
        };
        review::update(&self.deps, &call(decider), review, RowId(0), decide(Decision::Rejected)).await.unwrap();
        review::sign_off(&self.deps, &call(signer), review, SignOffInput::Rows(vec![RowId(0)])).await.unwrap();
        review::update(&self.deps, &call(fixer), review, RowId(0), decide(Decision::Fixed)).await.unwrap();
    }
}

#[tokio::test]
async fn the_usual_order_leaves_out_what_is_hidden_in_files_as_in_lists() {
    let scene = Scene::of(60).await;
    scene.allow(true).await;
    scene.choose(Value::ViewSort(ViewSort { order_by: "source.name desc, source.id desc".to_owned() })).await;
    scene.hide(&["source.id"], &["source.name"]).await;
    let call = || scene.bed.reviewer("ann");
    let (listed, pages) = all_pages(|start| {
        let (deps, review, call) = (&scene.deps, scene.bed.review, call());
        async move {
            let input = ListInput { start, ..everything(7) };
            review::list(deps, &call, review, Dialect::Certification, input).await
        }
    })
    .await;
    let listed: Vec<u32> = listed.into_iter().map(|row| row.row.0).collect();
    let mut by_id = listed.clone();
    by_id.sort_by_key(|row| std::cmp::Reverse(&scene.bed.rows[*row as usize].id));
    assert!(pages > 1 && listed == by_id, "{listed:?}");
    assert_eq!(numbers(&scene.text_for(&call(), scene.input()).await), listed);
    let order = vec![SortKey { by: SortColumn::Frozen("source.name".to_owned()), descending: true }];
    let asked = create(&scene.deps, &call(), CreateInput { order, ..scene.input() }).await;
    assert!(matches!(asked, Err(Error::Invalid(_))), "{asked:?}");
}

#[tokio::test]
async fn what_is_hidden_of_a_person_stands_nowhere_in_a_reviewers_file() {
    let persons = ["decision_by", "signed_off_by", "marked_fixed_by"];
    let columns: Vec<String> = persons.iter().flat_map(|who| PARTS.map(|part| format!("{who}_{part}"))).collect();
    for named in [true, false] {
        let people = ["decider", "signer", "fixer"].map(|who| marked(who, named));
        let then = ["old-decider", "old-signer", "old-fixer"].map(|who| marked(who, named));
        let scene = Scene::on(Bed::campaign(accounts(20, &["ann", "bob", "cid"])).await);
        let before = scene.bed.before().await;
        scene.by_three(scene.bed.review, &people).await;
        scene.by_three(before, &then).await;
        campaign::terminate(&scene.deps, &scene.bed.root(), before).await.unwrap();
        scene.allow(true).await;
        let hidings = columns.iter().map(String::as_str).chain(["", "decision_by", "no_decision_or_decision_by"]);
        for hidden in hidings {
            let all = columns.iter().map(String::as_str).chain(["decision_by", "no_decision_or_decision_by"]);
            let shown: Vec<&str> = all.filter(|name| *name != hidden).collect();
            let hidden: &[&str] = if hidden.is_empty() { &[] } else { &[hidden] };
            scene.hide(&shown, hidden).await;
            let input = CreateInput { previous: Some(before), ..scene.input() };
            let file = scene.text_for(&scene.bed.reviewer("ann"), input).await;
            for (person, who) in persons.iter().zip(&people).chain([(&"decision_by", &then[0])]) {
                for name in PARTS {
                    let (column, word) = (format!("{person}_{name}"), part(who, name));
                    // What is told of a decision before is told in one column.
                    let told = who.id != then[0].id || (name == "name") == named && name != "id";
                    let may = !hidden.contains(&column.as_str()) && !hidden.contains(person);
                    assert!(word.is_empty() || !told || file.contains(word) == may, "{hidden:?}: {word} in {file}");
                    assert!(word.is_empty() || may || !file.contains(word), "{hidden:?}: {word} in {file}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_reviewer_compares_with_what_is_over_and_began_earlier_and_with_nothing_else() {
    let scene = Scene::on(Bed::campaign(accounts(6, &["ann", "bob"])).await);
    scene.allow(true).await;
    let (now, before) = (scene.bed.review, scene.bed.before().await);
    let compared = async |call: Call, review, previous| {
        let input = CreateInput { review, previous: Some(previous), ..scene.input() };
        create(&scene.deps, &call, input).await
    };
    let missing = |asked: Result<ExportId, Error>| matches!(asked, Err(Error::NotFound(_)));
    let ann = || scene.bed.reviewer("ann");
    assert!(missing(compared(ann(), now, before).await), "others decide there at this moment");
    assert!(compared(scene.bed.operator(), now, before).await.is_ok());
    campaign::terminate(&scene.deps, &scene.bed.root(), before).await.unwrap();
    assert!(compared(ann(), now, before).await.is_ok());

    let scene = Scene::on(Bed::campaign(accounts(6, &["ann", "bob"])).await);
    scene.allow(true).await;
    let (later, before) = (scene.bed.review, scene.bed.before().await);
    campaign::terminate(&scene.deps, &scene.bed.root(), later).await.unwrap();
    let backwards = CreateInput { review: before, previous: Some(later), ..scene.input() };
    assert!(missing(create(&scene.deps, &scene.bed.reviewer("ann"), backwards).await), "it began later");
}

#[tokio::test]
async fn a_reviewers_file_does_not_tell_how_much_others_have() {
    let scene = Scene::on(Bed::certification(accounts(137, &["ann", "bob"])).await);
    scene.allow(true).await;
    let own = scene.bed.rows.iter().filter(|row| row.reviewers.contains(&"ann".to_owned())).count();
    let file = scene.text_for(&scene.bed.reviewer("ann"), scene.input()).await;
    assert!(file.contains(&format!("Rows: {own} of {own}, assigned to ANN")), "{file}");
    assert!(!file.lines().any(|line| !line.contains('|') && line.contains("137")), "{file}");
    let whole = scene.text_for(&scene.bed.operator(), scene.input()).await;
    assert!(whole.contains("Rows: 137 of 137\n"), "{whole}");
}

#[tokio::test]
async fn who_becomes_a_reviewer_does_not_keep_what_they_exported_before() {
    let scene = Scene::of(30).await;
    scene.allow(true).await;
    let id = scene.written_for(&scene.bed.call("ann", Role::Operator), scene.input()).await;
    let ann = || scene.bed.reviewer("ann");
    assert!(matches!(download(&scene.deps, &ann(), id).await, Err(Error::NotFound(_))));
    assert!(matches!(get(&scene.deps, &ann(), id).await, Err(Error::NotFound(_))));
    let own = scene.written_for(&ann(), scene.input()).await;
    assert!(download(&scene.deps, &ann(), own).await.is_ok());
    assert!(download(&scene.deps, &scene.bed.call("ann", Role::Auditor), own).await.is_ok());
}

#[tokio::test]
async fn a_format_that_is_not_allowed_any_more_is_not_downloaded() {
    let scene = Scene::of(30).await;
    scene.allow(true).await;
    let id = scene.written_for(&scene.bed.reviewer("ann"), scene.input()).await;
    scene.allow(false).await;
    assert!(matches!(download(&scene.deps, &scene.bed.reviewer("ann"), id).await, Err(Error::Forbidden(_))));
    assert!(download(&scene.deps, &scene.bed.operator(), id).await.is_ok());
}

#[tokio::test]
async fn a_file_of_what_was_seen_for_somebody_else_ends_with_standing_in() {
    let scene = Scene::of(30).await;
    scene.allow(true).await;
    let user =
        |id: &str| UserReference { user_type: "Identity".to_owned(), id: id.to_owned(), email: None, name: None };
    let pair = [DelegationReference { original: user("ann"), delegate: user("bob") }];
    standing::delegate(&scene.deps, &scene.bed.root(), &pair).await.unwrap();
    let bob = || scene.bed.reviewer("bob");
    let id = scene.written_for(&bob(), scene.input()).await;
    assert!(download(&scene.deps, &bob(), id).await.is_ok());
    standing::undelegate(&scene.deps, &scene.bed.root(), &pair).await.unwrap();
    let refused = download(&scene.deps, &bob(), id).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::SightChanged))), "{refused:?}");
    let again = scene.written_for(&bob(), scene.input()).await;
    assert!(download(&scene.deps, &bob(), again).await.is_ok());
    scene.hide(&["source.id"], &["source.name"]).await;
    let refused = download(&scene.deps, &bob(), again).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::SightChanged))), "{refused:?}");
}
