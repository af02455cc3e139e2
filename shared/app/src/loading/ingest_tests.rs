use domain::inventory::{Family, Value};
use engine::{Crash, simulate};

use super::*;
use crate::loading::stand::Stand;
use crate::loading::testing::{Sketch, text};
use crate::loading::{snapshot, source};

const BEFORE: &str = r#"{"name": "Payroll", "applications": [{"id": "pay", "name": "Payroll"}],
    "accounts": [{"id": "a1", "account_name": "ann"}, {"id": "a2", "account_name": "bo"}]}"#;
const AFTER: &str = r#"{"name": "Payroll", "applications": [{"id": "pay", "name": "Payroll"}],
    "accounts": [{"id": "a1", "account_name": "ann", "title": "Clerk"}, {"id": "a3", "account_name": "cy"}]}"#;

fn full(bytes: &str) -> PutInput<'_> {
    PutInput { format: Format::Full, name: None, terms: Terms::default(), bytes: bytes.as_bytes() }
}

fn counts(report: &Report) -> (u64, u64, u64) {
    (report.created, report.updated, report.removed)
}

#[test]
fn a_load_reports_what_came_changed_and_went() {
    simulate(1, async {
        let stand = Stand::new();
        let put = async |bytes| counts(&put(&stand.deps, &stand.call(), "ds", full(bytes)).await.unwrap());
        assert_eq!(put(BEFORE).await, (3, 0, 0));
        assert_eq!(put(BEFORE).await, (0, 0, 0));
        assert_eq!(put(AFTER).await, (1, 1, 1));
    });
}

#[test]
fn a_load_that_says_nothing_new_adds_no_version() {
    simulate(1, async {
        let stand = Stand::new();
        put(&stand.deps, &stand.call(), "ds", full(BEFORE)).await.unwrap();
        let before = current::versions(&stand.deps).await.unwrap();
        put(&stand.deps, &stand.call(), "ds", full(BEFORE)).await.unwrap();
        assert_eq!(current::versions(&stand.deps).await.unwrap(), before);
    });
}

#[test]
fn a_refused_load_changes_nothing() {
    simulate(1, async {
        let stand = Stand::new();
        put(&stand.deps, &stand.call(), "ds", full(BEFORE)).await.unwrap();
        let before = stand.dump();
        let bad =
            put(&stand.deps, &stand.call(), "ds", full(r#"{"accounts": [{"id": "a1", "privileged": "x"}]}"#)).await;
        let Err(Error::Invalid(faults)) = bad else { panic!("{bad:?}") };
        assert!(faults.iter().any(|fault| fault.field == "accounts[0].privileged"), "{faults:?}");
        assert!(stand.dump() == before);
    });
}

#[test]
fn an_account_id_of_another_data_source_is_refused_by_its_place() {
    simulate(1, async {
        let stand = Stand::new();
        put(&stand.deps, &stand.call(), "one", full(BEFORE)).await.unwrap();
        let before = stand.dump();
        let refused = put(&stand.deps, &stand.call(), "two", full(AFTER)).await;
        let Err(Error::Invalid(faults)) = refused else { panic!("{refused:?}") };
        let expected = Fault::new("accounts[0].id", "`a1` is an account of the data source `one` already");
        assert_eq!(faults, [expected]);
        assert!(stand.dump() == before);
        source::delete(&stand.deps, &stand.call(), "one").await.unwrap();
        put(&stand.deps, &stand.call(), "two", full(AFTER)).await.unwrap();
    });
}

#[test]
fn of_many_account_ids_that_another_data_source_has_the_first_twenty_are_named_with_their_places() {
    simulate(1, async {
        let stand = Stand::new();
        let ids: Vec<String> = (0..30).rev().map(|n| format!("a{n:02}")).collect();
        let accounts: Vec<_> = ids.iter().map(|id| serde_json::json!({ "id": id, "account_name": id })).collect();
        let picture = serde_json::json!({ "applications": [{ "id": "pay", "name": "Payroll" }], "accounts": accounts });
        put(&stand.deps, &stand.call(), "one", full(&picture.to_string())).await.unwrap();
        let refused = put(&stand.deps, &stand.call(), "two", full(&picture.to_string())).await;
        let Err(Error::Invalid(faults)) = refused else { panic!("{refused:?}") };
        let expected = |n: usize| {
            let issue = format!("`a{n:02}` is an account of the data source `one` already");
            Fault::new(format!("accounts[{}].id", 29 - n), issue)
        };
        assert_eq!(faults, (0..20).map(expected).collect::<Vec<_>>());
    });
}

#[test]
fn a_load_killed_at_any_call_is_seen_whole_or_not_at_all_and_its_repetition_ends_it() {
    let undisturbed = |crash: Option<Crash>| {
        simulate(1, async {
            let stand = Stand::new();
            put(&stand.deps, &stand.call(), "ds", full(BEFORE)).await.unwrap();
            let call = stand.call();
            let calls = stand.engine.calls();
            if let Some(crash) = crash {
                stand.engine.crash(crash);
                let _ = put(&stand.deps, &call, "ds", full(AFTER)).await;
                stand.engine.revive();
                let graph = current::graph(&stand.deps).await.unwrap();
                let accounts: Vec<&str> = graph.family(Family::Account).map(|account| graph.id(account)).collect();
                assert!(accounts == ["a1", "a2"] || accounts == ["a1", "a3"], "{crash:?}: {accounts:?}");
            }
            put(&stand.deps, &call, "ds", full(AFTER)).await.unwrap();
            (stand.dump(), stand.engine.calls() - calls)
        })
    };
    let (expected, calls) = undisturbed(None);
    for call in 1..=calls {
        for crash in [Crash::After(call - 1), Crash::During(call)] {
            let (dump, _) = undisturbed(Some(crash));
            // The second try may find its own version in place: then it changes the data source once more.
            let without_versions = |dump: &str| {
                let lines = dump.lines().filter(|line| !line.contains("\"rev\"")).collect::<Vec<_>>();
                lines.join("\n")
            };
            assert!(without_versions(&dump) == without_versions(&expected), "{crash:?}");
        }
    }
}

#[test]
fn inventories_that_change_faster_than_the_clock_are_frozen_one_second_after_the_other() {
    simulate(1, async {
        let stand = Stand::new();
        let mut ids = Vec::new();
        for n in 0..50 {
            let sketch = Sketch::default().node(Family::Application, &format!("app{n}"), &[]);
            stand.load("erp", &sketch.picture()).await.unwrap();
            let call = stand.call();
            stand.engine.reset_usage();
            ids.push(snapshot::take(&stand.deps, call.command, call.now).await.unwrap().id.second());
            let requests = stand.engine.reset_usage().requests();
            assert!(requests <= 6, "{requests} requests for snapshot {n}");
        }
        let first = ids[0];
        assert_eq!(ids, (first..first + 50).collect::<Vec<i64>>());
    });
}

#[test]
fn a_snapshot_of_what_has_not_changed_is_the_last_one_and_keeps_its_versions() {
    simulate(1, async {
        let stand = Stand::new();
        let take = async || {
            let call = stand.call();
            snapshot::take(&stand.deps, call.command, call.now).await.unwrap().id
        };
        put(&stand.deps, &stand.call(), "ds", full(BEFORE)).await.unwrap();
        let first = take().await;
        assert_eq!(take().await, first);
        put(&stand.deps, &stand.call(), "ds", full(AFTER)).await.unwrap();
        let second = take().await;
        assert!(second > first, "the same second is taken");
        source::delete(&stand.deps, &stand.call(), "ds").await.unwrap();
        let kept = stand.deps.store.snapshots().get(&first).await.unwrap().unwrap().value;
        let graph = current::load(&stand.deps, &kept.sources).await.unwrap();
        assert_eq!(graph.family(Family::Account).map(|account| graph.id(account)).collect::<Vec<_>>(), ["a1", "a2"]);
        let listed = snapshot::list(&stand.deps, 1, None).await.unwrap();
        assert_eq!((listed.items[0].id, listed.has_more()), (second, true));
        let rest = snapshot::list(&stand.deps, 1, listed.next.as_deref()).await.unwrap();
        assert_eq!((rest.items[0].id, rest.has_more()), (first, false));
    });
}

#[test]
fn attributes_come_back_from_the_table_as_they_were_loaded() {
    simulate(1, async {
        let stand = Stand::new();
        let sketch = Sketch::default()
            .node(Family::Application, "app", &[])
            .account("a", &[("privileged", Value::Bool(true)), ("customprop_x", Value::Int(7))])
            .account("b", &[("customprop_x", text("seven"))])
            .grant("a", "app", &["kv.read"]);
        stand.load("ds", &sketch.picture()).await.unwrap();
        let graph = current::graph(&stand.deps).await.unwrap();
        let a = graph.find(Family::Account, "a", None).unwrap();
        assert_eq!(graph.flag(a, "privileged"), Some(true));
        assert_eq!(graph.text(a, "customprop_x"), Some("7"));
        assert_eq!(graph.text(a + 1, "customprop_x"), Some("seven"));
        let sets: Vec<&[String]> =
            graph.edges().of(a).iter().map(|to| graph.sets().get(to.set).raw.as_slice()).collect();
        assert!(sets.contains(&["kv.read".to_owned()].as_slice()));
    });
}

/// A table of accounts, meant so.
fn table(text: &str, mode: Mode, share: Option<u8>) -> PutInput<'_> {
    let format = Format::CsvFile(intake::Table::Accounts);
    PutInput { format, name: None, terms: Terms { mode, share }, bytes: text.as_bytes() }
}

const MANY: &str = "account_id,groups,title\na,clerks,Clerk\nb,clerks,\nc,,\nd,,\n";

async fn current_picture(stand: &Stand) -> Picture {
    let versions = current::versions(&stand.deps).await.unwrap();
    let (source, version) = versions.first().unwrap();
    stand.deps.store.inventory().read(source, version).await.unwrap().unwrap()
}

#[test]
fn a_delta_changes_what_it_names_and_leaves_the_rest() {
    simulate(1, async {
        let stand = Stand::new();
        let put = async |input| put(&stand.deps, &stand.call(), "ds", input).await;
        assert_eq!(counts(&put(table(MANY, Mode::Full, None)).await.unwrap()), (6, 0, 0));
        let delta = table("account_id,groups,title\na,payables,\ne,clerks,Head\n", Mode::Delta, None);
        assert_eq!(counts(&put(delta).await.unwrap()), (2, 1, 0), "an account and a group came, an account changed");
        let all = "account_id,groups,title\na,clerks;payables,Clerk\nb,clerks,\nc,,\nd,,\ne,clerks,Head\n";
        let with_delta = current_picture(&stand).await;
        assert_eq!(counts(&put(table(all, Mode::Full, None)).await.unwrap()), (0, 0, 0));
        assert_eq!(current_picture(&stand).await, with_delta, "as if all of it had come at once");
        let same = table("account_id,groups,title\na,payables,\n", Mode::Delta, None);
        assert_eq!(counts(&put(same).await.unwrap()), (0, 0, 0));
        let first = super::put(&stand.deps, &stand.call(), "other", table("account_id\nz\n", Mode::Delta, None)).await;
        assert_eq!(counts(&first.unwrap()), (2, 0, 0), "over nothing it is everything");
    });
}

#[test]
fn memberships_that_are_told_leave_accounts_where_they_are() {
    simulate(1, async {
        let stand = Stand::new();
        let put = async |input| put(&stand.deps, &stand.call(), "ds", input).await.unwrap();
        put(table("account_id,account_name,application\na,Ann,Ledger\n", Mode::Full, None)).await;
        let delta = PutInput {
            format: Format::CsvFile(intake::Table::Memberships),
            ..table("group_id,account_id\nclerks,a\n", Mode::Delta, None)
        };
        assert_eq!(counts(&put(delta).await), (1, 1, 0));
        let picture = current_picture(&stand).await;
        let account = picture.nodes.iter().find(|node| node.family == Family::Account).unwrap();
        assert_eq!((account.name.as_str(), account.text("application_id")), ("Ann", Some("ds:Ledger")));
        assert_eq!(picture.nodes.iter().filter(|node| node.family == Family::Application).count(), 1);
    });
}

#[test]
fn a_table_that_takes_too_much_away_is_refused_unless_it_is_meant() {
    simulate(1, async {
        let stand = Stand::new();
        let put = async |input| put(&stand.deps, &stand.call(), "ds", input).await;
        put(table(MANY, Mode::Full, None)).await.unwrap();
        let before = stand.dump();
        let cut_off = "account_id,groups,title\na,clerks,Clerk\nb,clerks,\n";
        let refused = put(table(cut_off, Mode::Full, None)).await;
        let Err(Error::Refused(refusal)) = &refused else { panic!("{refused:?}") };
        assert_eq!(refusal.code(), "removes_too_much");
        assert!(refusal.to_string().starts_with("2 of 6 things"), "{refusal}");
        assert!(stand.dump() == before);
        assert!(put(table(cut_off, Mode::Full, Some(33))).await.is_err(), "two of six is more than 33 %");
        assert_eq!(counts(&put(table(cut_off, Mode::Full, Some(34))).await.unwrap()), (0, 0, 2));
        let whole = full(r#"{"accounts": []}"#);
        assert_eq!(counts(&put(whole).await.unwrap()).2, 4, "a full picture as JSON means what it says");
        let part = PutInput { terms: Terms { mode: Mode::Delta, share: None }, ..full("{}") };
        let Err(Error::Invalid(faults)) = put(part).await else { panic!("only tables are told in part") };
        assert_eq!(faults[0].field, "mode");
    });
}

#[test]
fn two_deltas_at_once_both_count() {
    for seed in 0..20 {
        simulate(seed, async {
            let stand = Stand::new();
            put(&stand.deps, &stand.call(), "ds", table(MANY, Mode::Full, None)).await.unwrap();
            let one = stand.call();
            let other = stand.call();
            let (one, other) = futures::join!(
                put(&stand.deps, &one, "ds", table("account_id\nx\n", Mode::Delta, None)),
                put(&stand.deps, &other, "ds", table("account_id\ny\n", Mode::Delta, None)),
            );
            assert_eq!((one.unwrap().created, other.unwrap().created), (1, 1), "seed {seed}");
            let accounts = current_picture(&stand).await;
            assert_eq!(accounts.nodes.iter().filter(|node| node.family == Family::Account).count(), 6, "seed {seed}");
        });
    }
}
