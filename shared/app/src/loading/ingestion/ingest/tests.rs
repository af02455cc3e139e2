use std::collections::BTreeSet;

use domain::inventory::{Family, Value};
use engine::{Crash, simulate};

use super::*;
use crate::error::Fault;
use crate::loading::sources::{current, snapshot, source};
use crate::testing::sketch::{Sketch, text};
use crate::testing::stand::Stand;

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

/// One file of a table set, told in part.
fn part(table: intake::Table, text: &str) -> PutInput<'_> {
    PutInput { format: Format::CsvFile(table), ..self::table(text, Mode::Delta, None) }
}

/// A set of files, all there is.
fn files(files: &[(&str, &str)]) -> String {
    let files: serde_json::Map<_, _> = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).into())).collect();
    serde_json::json!({ "files": files }).to_string()
}

fn set(bytes: &str) -> PutInput<'_> {
    PutInput { format: Format::Csv, ..table(bytes, Mode::Full, None) }
}

/// The picture of a stand in which the first set was loaded as a whole, and then parts in their order.
async fn in_parts(whole: &[(&str, &str)], parts: &[(intake::Table, &str)]) -> Picture {
    let stand = Stand::new();
    put(&stand.deps, &stand.call(), "ds", set(&files(whole))).await.unwrap();
    for (table, text) in parts {
        put(&stand.deps, &stand.call(), "ds", part(*table, text)).await.unwrap();
    }
    current_picture(&stand).await
}

/// That a whole and parts of it come to the same as a larger whole.
async fn come_to(whole: &[(&str, &str)], parts: &[(intake::Table, &str)], all: &[(&str, &str)]) {
    let (parts, all) = (in_parts(whole, parts).await, in_parts(all, &[]).await);
    assert_eq!(parts.nodes, all.nodes);
    let ends = |picture: &Picture| {
        let id = |index: u32| picture.nodes[index as usize].id.clone();
        picture.edges.iter().map(|edge| (id(edge.from), id(edge.to))).collect::<BTreeSet<_>>()
    };
    assert_eq!(ends(&parts), ends(&all));
}

#[test]
fn people_who_are_told_in_part_are_linked_to_those_who_are_there() {
    simulate(1, async {
        const HEAD: &str = "owner_id,name,manager_id\n";
        const ACCOUNTS: &str = "account_id,owner_id\na1,7\n";
        let owners = |rows: &str| format!("{HEAD}{rows}");
        let whole = [("owners.csv", owners("1,Lena,\n")), ("accounts.csv", "account_id,owner_id\n".to_owned())];
        let all = [("owners.csv", owners("1,Lena,\n7,Omar,1\n")), ("accounts.csv", ACCOUNTS.to_owned())];
        let [whole, all] = [&whole, &all].map(|files| files.each_ref().map(|(name, text)| (*name, text.as_str())));
        let omar = owners("7,Omar,1\n");
        use intake::Table::{Accounts, Owners};
        // A manager who is held, an owner who is held; and an owner who comes after the account.
        come_to(&whole, &[(Owners, &omar), (Accounts, ACCOUNTS)], &all).await;
        come_to(&whole, &[(Accounts, ACCOUNTS), (Owners, &omar)], &all).await;
        let stranger = in_parts(&whole, &[(Owners, "owner_id,name,manager_id\n8,Ida,hr:4\n")]).await;
        let ida = stranger.nodes.iter().find(|node| node.id == "ds:8").unwrap();
        assert_eq!(ida.text("manager_id"), Some("hr:4"), "somebody of another data source");
    });
}

#[test]
fn accounts_that_are_told_in_part_live_in_the_applications_that_are_there() {
    simulate(1, async {
        use intake::Table::{Accounts, Applications, Entitlements};
        let applications = ("applications.csv", "application_id,name\npay,Payroll\nerp,Planning\n");
        let head = "account_id,application,roles\n";
        let accounts = |rows: &str| format!("{head}{rows}");
        let (one, both) = (accounts("a,pay,Closer\n"), accounts("a,pay,Closer;Reader\nb,erp,Reader\n"));
        let told = accounts("b,PLANNING,Reader\na,,Reader\n");
        let (whole, all) = ([applications, ("accounts.csv", &one)], [applications, ("accounts.csv", &both)]);
        come_to(&whole, &[(Accounts, &told)], &all).await;
        // An entitlement without an application is one of the application that the account lives in.
        let entitlements = "account_id,role\na,Reader\n";
        let reader = accounts("a,pay,Closer;Reader\n");
        come_to(&whole, &[(Entitlements, entitlements)], &[applications, ("accounts.csv", &reader)]).await;
        // Where there is one application, accounts that name none live in it.
        let only = ("applications.csv", "application_id,name\npay,Payroll\n");
        let (none, later) = ("account_id\na\n", "account_id\na\nb\n");
        let (whole, all) = ([only, ("accounts.csv", none)], [only, ("accounts.csv", later)]);
        come_to(&whole, &[(Accounts, "account_id\nb\n")], &all).await;
        let stand = Stand::new();
        put(&stand.deps, &stand.call(), "ds", set(&files(&whole))).await.unwrap();
        let more = files(&[("applications.csv", "application_id,name\nhr,HR\n"), ("accounts.csv", "account_id\nz\n")]);
        let more = PutInput { terms: Terms { mode: Mode::Delta, share: None }, ..set(&more) };
        let Err(Error::Invalid(faults)) = put(&stand.deps, &stand.call(), "ds", more).await else {
            panic!("there are two applications by then")
        };
        assert!(faults[0].issue.contains("several applications"), "{faults:?}");
        let hr = part(Applications, "application_id,name\nhr,HR\n");
        assert_eq!(counts(&put(&stand.deps, &stand.call(), "ds", hr).await.unwrap()), (1, 0, 0));
    });
}

#[test]
fn groups_that_are_told_of_in_part_are_those_that_are_there_by_id_or_name() {
    simulate(1, async {
        use intake::Table::{Accounts, Groups, Memberships};
        let groups = ("groups.csv", "group_id,name\ng1,Clerks\ng2,Everybody\n");
        let head = "account_id,groups\n";
        let accounts = |rows: &str| format!("{head}{rows}");
        let (one, two) = (accounts("a,g1\n"), accounts("a,g1;g2\nb,g1\n"));
        let whole = [groups, ("accounts.csv", one.as_str())];
        let all = [groups, ("accounts.csv", two.as_str())];
        let told = accounts("b,clerks\na,EVERYBODY\n");
        come_to(&whole, &[(Accounts, &told)], &all).await;
        let joined = "group_id,account_id\nEverybody,a\ng1,b\n";
        let alone = accounts("b,\n");
        come_to(&whole, &[(Accounts, &alone), (Memberships, joined)], &all).await;
        let nested = ("groups.csv", "group_id,name,parent_group_id\ng1,Clerks,\ng2,Everybody,\ng3,Heads,g2\n");
        let heads = "group_id,name,parent_group_id\ng3,Heads,g2\n";
        come_to(&whole, &[(Groups, heads)], &[nested, ("accounts.csv", one.as_str())]).await;
    });
}

#[test]
fn a_part_is_read_beside_what_is_there_when_it_counts() {
    for seed in 0..10 {
        simulate(seed, async {
            let stand = Stand::new();
            let whole =
                files(&[("groups.csv", "group_id,name\ng1,Clerks\n"), ("accounts.csv", "account_id,groups\na,g1\n")]);
            put(&stand.deps, &stand.call(), "ds", set(&whole)).await.unwrap();
            let (one, other) = (stand.call(), stand.call());
            let (one, other) = futures::join!(
                put(&stand.deps, &one, "ds", part(intake::Table::Groups, "group_id,name\ng2,Heads\n")),
                put(&stand.deps, &other, "ds", part(intake::Table::Accounts, "account_id,groups\na,heads\n")),
            );
            one.unwrap();
            other.unwrap();
            let picture = current_picture(&stand).await;
            let groups: Vec<&str> =
                picture.nodes.iter().filter(|node| node.family == Family::Group).map(|node| node.id.as_str()).collect();
            // Whoever comes first is read beside nothing of the other.
            assert!(
                groups == ["ds:g1", "ds:g2"] || groups == ["ds:g1", "ds:g2", "ds:heads"],
                "seed {seed}: {groups:?}"
            );
        });
    }
}

#[test]
fn a_repeated_load_is_told_what_it_did_and_puts_nothing_old_over_what_is_new() {
    simulate(1, async {
        let stand = Stand::new();
        let first = Call { repeatable: true, ..stand.call() };
        let report = put(&stand.deps, &first, "ds", full(BEFORE)).await.unwrap();
        assert_eq!(put(&stand.deps, &first, "ds", full(BEFORE)).await.unwrap(), report);
        put(&stand.deps, &stand.call(), "ds", full(AFTER)).await.unwrap();
        let after = current_picture(&stand).await;
        let late = Call { if_match: Some(1), ..first };
        assert_eq!(
            put(&stand.deps, &late, "ds", full(BEFORE)).await.unwrap(),
            report,
            "(3, 0, 0), not what it would do now"
        );
        assert_eq!(current_picture(&stand).await, after);
    });
}

#[test]
fn a_table_from_which_memberships_are_missing_is_refused_though_everything_is_named() {
    simulate(1, async {
        let stand = Stand::new();
        let put = async |input| put(&stand.deps, &stand.call(), "ds", input).await;
        let groups = "account_id,groups\na,clerks;heads\nb,clerks;heads\nc,clerks\nd,heads\n";
        put(table(groups, Mode::Full, None)).await.unwrap();
        let less = "account_id,groups\na,clerks\nb,heads\nc,clerks\nd,heads\n";
        let refused = put(table(less, Mode::Full, None)).await;
        let Err(Error::Refused(refusal)) = &refused else { panic!("{refused:?}") };
        assert_eq!(refusal.code(), "removes_too_much");
        assert!(refusal.to_string().starts_with("2 of 6 memberships and grants"), "{refusal}");
        assert_eq!(counts(&put(table(less, Mode::Full, Some(34))).await.unwrap()), (0, 2, 0));
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

#[test]
fn of_two_loads_onto_the_same_version_one_is_taken() {
    for seed in 0..20 {
        simulate(seed, async {
            let stand = Stand::new();
            let onto = |version| Call { if_match: Some(version), ..stand.call() };
            let absent = put(&stand.deps, &onto(1), "ds", full(BEFORE)).await;
            assert!(matches!(absent, Err(Error::Stale)), "there is no version yet: {absent:?}");
            put(&stand.deps, &stand.call(), "ds", full(BEFORE)).await.unwrap();
            let version =
                stand.deps.store.inventory().source(&DataSourceId::new("ds").unwrap()).await.unwrap().unwrap().version;
            let (one, other) = (onto(version), onto(version));
            let (one, other) = futures::join!(
                put(&stand.deps, &one, "ds", full(AFTER)),
                put(&stand.deps, &other, "ds", full(r#"{"name": "Payroll"}"#)),
            );
            let taken = [&one, &other].into_iter().filter(|load| load.is_ok()).count();
            let stale = [&one, &other].into_iter().filter(|load| matches!(load, Err(Error::Stale))).count();
            assert_eq!((taken, stale), (1, 1), "{one:?} {other:?}");
        });
    }
}
