use std::time::Duration;

use domain::inventory::{Family, Picture, Value};
use domain::review::{CampaignStatus, CertState, StartState};
use engine::{Crash, simulate};

use super::*;
use crate::loading::ingestion::terms::Terms;
use crate::testing::deaths::{deliver_to_the_end, survives_death_at_any_call};
use crate::testing::sketch::{Sketch, text};
use crate::testing::stand::Stand;

/// `people` accounts of as many people under two managers, every third in a group that leads to a role.
fn organisation(people: usize) -> Picture {
    let mut sketch = Sketch::default()
        .node(Family::Application, "app", &[])
        .node(Family::Identity, "lena", &[("email", text("lena@corp.example"))])
        .node(Family::Identity, "omar", &[("email", text("omar@corp.example"))])
        .node(Family::Group, "approvers", &[("is_high_privilege", Value::Bool(true))])
        .node(Family::Role, "close", &[("application_id", text("app"))])
        .node(Family::Role, "reader", &[("application_id", text("app"))])
        .edge("approvers", "close");
    for n in 0..people {
        let (owner, account) = (format!("p{n:04}"), format!("a{n:04}"));
        let manager = if n % 2 == 0 { "lena" } else { "omar" };
        sketch = sketch
            .node(Family::Identity, &owner, &[("manager_id", text(manager))])
            .account(&account, &[("owner_id", text(&owner)), ("department", text("Finance"))])
            .named(&format!("user{n:04}"))
            .grant(&account, "reader", &["read"]);
        if n % 3 == 0 {
            sketch = sketch.edge(&account, "approvers");
        }
    }
    sketch.picture()
}

async fn started(people: usize) -> (Stand, domain::ids::ReviewId, Message) {
    let stand = Stand::new();
    stand.load("ds", &organisation(people)).await.unwrap();
    let review = stand.start_campaign().await;
    let message = stand.queue.take().unwrap();
    (stand, review, message)
}

#[test]
fn a_started_campaign_becomes_active_with_a_row_for_each_account() {
    simulate(1, async {
        let (stand, id, message) = started(200).await;
        stand.deliver(&message).await.unwrap();
        let campaign = stand.deps.store.campaigns().get(&id).await.unwrap().unwrap().value;
        assert_eq!((campaign.status, campaign.start_state), (CampaignStatus::Active, StartState::Done));
        let review = stand.deps.store.certifications().get(&id).await.unwrap().unwrap();
        assert_eq!((review.certification.state, review.certification.total), (CertState::InProgress, 200));
        assert!(review.certification.snapshot.is_some());
        let tally = stand.deps.store.certifications().tally(&id).await.unwrap();
        assert_eq!((tally.total, tally.open, tally.pending()), (200, true, 200));
        let block = stand.deps.store.blocks().read(&id, 1, 0).await.unwrap().batch().unwrap();
        assert_eq!(block.rows(), 200);
        assert_eq!((block.text("source.id", 0), block.text("source.name", 0)), (Some("a0000"), Some("user0000")));
        assert_eq!(block.text("source.id", 100), Some("a0001"), "the rows of the second reviewer follow the first's");
        assert_eq!(block.text("owner.manager_email", 0), Some("lena@corp.example"));
        assert_eq!(block.column("entitlements.groups").unwrap().list(0).unwrap().len(), 1);
    });
}

#[test]
fn advice_is_stored_with_every_row_and_follows_from_what_was_frozen() {
    simulate(1, async {
        let (stand, id, message) = started(200).await;
        stand.deliver(&message).await.unwrap();
        let block = stand.deps.store.blocks().read(&id, 1, 0).await.unwrap().batch().unwrap();
        for row in 0..block.rows() {
            let frozen = crate::review::Frozen::new(Arc::new(block.clone()), row);
            let advice = crate::advice::recommendation(&frozen).expect("advice");
            assert_eq!(Some(advice.brief), crate::advice::brief(&frozen));
            assert!(advice.words.data_gaps.contains(&"No sign-in time on record".to_owned()), "{advice:?}");
        }
        // The inventory goes on; what was frozen does not.
        stand.load("ds", &organisation(90)).await.unwrap();
        let replayed = replay(&stand.deps, id).await.unwrap();
        assert_eq!(replayed, Replayed { rows: 200, ..Replayed::default() });
    });
}

#[test]
fn rows_of_a_certification_are_the_pairs_of_its_query() {
    simulate(1, async {
        let stand = Stand::new();
        stand.load("ds", &organisation(9)).await.unwrap();
        let id = stand.start_certification("Account", "Role").await;
        stand.drain().await;
        let review = stand.deps.store.certifications().get(&id).await.unwrap().unwrap();
        assert_eq!((review.certification.state, review.certification.total), (CertState::InProgress, 12));
        let block = stand.deps.store.blocks().read(&id, 1, 0).await.unwrap().batch().unwrap();
        let rows: Vec<String> = (0..block.rows())
            .map(|row| {
                let hops = block.column("path").unwrap().list(row).unwrap().len();
                let name = |column| block.text(column, row).unwrap().to_owned();
                format!("{} {} {hops}", name("source.id"), name("destination.id"))
            })
            .collect();
        assert_eq!(rows[..3], ["a0000 close 1", "a0000 reader 0", "a0002 reader 0"]);
    });
}

#[test]
fn nobody_to_review_still_opens_the_review() {
    simulate(1, async {
        let stand = Stand::new();
        let id = stand.start_campaign().await;
        stand.drain().await;
        let review = stand.deps.store.certifications().get(&id).await.unwrap().unwrap();
        assert_eq!((review.certification.state, review.certification.total), (CertState::InProgress, 0));
    });
}

fn undisturbed() -> (String, u64) {
    simulate(1, async {
        let (stand, _, message) = started(200).await;
        let before = stand.engine.calls();
        stand.deliver(&message).await.unwrap();
        (stand.dump(), stand.engine.calls() - before)
    })
}

#[test]
fn a_worker_killed_at_any_call_leaves_the_same_rows_when_its_message_comes_again() {
    survives_death_at_any_call(async || {
        let (stand, _, message) = started(200).await;
        (stand, message)
    });
}

#[test]
fn a_worker_killed_at_any_call_of_a_certification_leaves_the_same_rows() {
    survives_death_at_any_call(async || {
        let stand = Stand::new();
        stand.load("ds", &organisation(90)).await.unwrap();
        stand.start_certification("Account", "Role").await;
        let message = stand.queue.take().unwrap();
        (stand, message)
    });
}

#[test]
fn a_worker_killed_at_any_call_of_several_ranges_leaves_the_same_rows_whoever_goes_on() {
    survives_death_at_any_call(async || {
        let mut stand = Stand::new();
        stand.deps.settings.blocks_per_range = 1;
        stand.load("ds", &organisation(520)).await.unwrap();
        stand.start_campaign().await;
        let message = stand.queue.take().unwrap();
        (stand, message)
    });
}

#[test]
fn messages_that_come_twice_late_or_in_any_order_change_nothing() {
    let (expected, _) = undisturbed();
    simulate(1, async {
        let (stand, _, message) = started(200).await;
        stand.deliver(&message).await.unwrap();
        stand.deliver(&message).await.unwrap();
        assert!(stand.dump() == expected);
        let stranger = Message::Materialise { job: domain::ids::JobId::new(uuid::Uuid::nil()) };
        stand.deliver(&stranger).await.unwrap();
        assert!(stand.dump() == expected);
    });
}

#[test]
fn two_workers_who_see_different_inventories_build_from_the_same_one() {
    let mut rows = std::collections::BTreeSet::new();
    for seed in 0..24 {
        simulate(seed, async {
            let (stand, id, message) = started(60).await;
            stand.engine.set_faults(engine::Faults::races(seed)).unwrap();
            let late = async {
                stand.load("ds", &organisation(50)).await.unwrap();
                stand.deliver(&message).await
            };
            let (first, second) = futures::join!(stand.deliver(&message), late);
            stand.engine.clear_faults();
            assert!(first.is_ok() && second.is_ok(), "{first:?} {second:?}");
            let replayed = replay(&stand.deps, id).await.unwrap();
            let tally = stand.deps.store.certifications().tally(&id).await.unwrap();
            assert_eq!(replayed, Replayed { rows: usize::try_from(tally.total).unwrap(), ..Replayed::default() });
            rows.insert(tally.total);
        });
    }
    assert_eq!(rows, [50, 60].into(), "either was faster at times");
}

/// Two ranges of blocks: what an upload of a hundred thousand grants becomes.
async fn grants_started() -> (Stand, domain::ids::ReviewId, Message) {
    use crate::loading::ingestion::ingest::{self, Format, PutInput};
    let stand = Stand::new();
    let grants = (0..2_500_u32).flat_map(|user| (0..40_u32).map(move |n| (user, (user * 7 + n * 25) % 1_000)));
    let list: String = grants.map(|(user, permission)| format!("{user:9} {permission:10}\n")).collect();
    let input = PutInput { format: Format::Pairs, name: None, terms: Terms::default(), bytes: list.as_bytes() };
    let report = ingest::put(&stand.deps, &stand.call(), "grants", input).await.unwrap();
    assert_eq!(report.created, 2_500 + 1_000 + 1);
    let certification = stand.start_certification("Account", "Permission").await;
    let message = stand.queue.take().unwrap();
    (stand, certification, message)
}

#[test]
fn many_rows_are_handed_over_after_every_range_and_survive_a_kill_between_them() {
    let (expected, calls) = simulate(1, async {
        let (stand, id, message) = grants_started().await;
        let before = stand.engine.calls();
        stand.deliver(&message).await.unwrap();
        let review = stand.deps.store.certifications().get(&id).await.unwrap().unwrap();
        assert_eq!((review.certification.state, review.certification.total), (CertState::InProgress, 100_000));
        let plan = stand.deps.store.certifications().plan(&id, 1).await.unwrap().unwrap();
        assert_eq!((plan.rows, plan.blocks()), (100_000, 196));
        (stand.dump(), stand.engine.calls() - before)
    });
    simulate(1, async {
        let (stand, _, message) = grants_started().await;
        let (mut messages, mut next) = (0, Some(message));
        while let Some(message) = next {
            stand.deliver_within(&message, &|| Duration::ZERO).await.unwrap();
            messages += 1;
            next = stand.queue.take();
        }
        assert_eq!(messages, 3, "each of two ranges, then the rest with the publication");
        assert!(stand.dump() == expected);
    });
    // Within the first range, behind its mark, within the rest, and in the publication.
    for call in [calls / 4, calls / 2, calls - 3, calls - 1, calls] {
        simulate(call, async {
            let (stand, _, message) = grants_started().await;
            stand.engine.crash(Crash::During(call));
            deliver_to_the_end(&stand, message).await;
            assert!(stand.dump() == expected, "a kill during call {call} of {calls} leaves another table");
        });
    }
}

#[test]
fn a_thousand_rows_cost_few_requests_beside_their_items() {
    simulate(1, async {
        let (stand, _, message) = started(1_000).await;
        stand.engine.reset_usage();
        stand.deliver(&message).await.unwrap();
        let usage = stand.engine.reset_usage();
        assert_eq!(usage.of("BatchWriteItem").requests, 1, "blocks, lookup, reach and layout together");
        let zones = stand.dump().lines().filter(|line| line.contains("ZONES#")).count();
        assert_eq!(zones, 0, "maps that nobody would read");
        assert_eq!(usage.of("TransactWriteItems").requests, 2, "the inputs with their snapshot, the publication");
        // Among them: directories that are to be cut, and the mark of what was told.
        assert!(usage.requests() <= 10, "{} requests", usage.requests());
    });
}

#[test]
fn a_question_that_cannot_be_answered_fails_the_start_and_a_repeated_start_is_another_attempt() {
    simulate(1, async {
        let stand = Stand::new();
        let duplicate = || Sketch::default().node(Family::Application, "app", &[]).account("a", &[]).picture();
        stand.load("one", &duplicate()).await.unwrap();
        // What two loads at the same moment can bring about.
        let version = stand.call().command;
        let second = domain::ids::DataSourceId::new("two").unwrap();
        stand.deps.store.inventory().write(&second, &version, &duplicate()).await.unwrap();
        let held = stand.deps.store.inventory().source(&domain::ids::DataSourceId::new("one").unwrap()).await.unwrap();
        let source = store::inventory::Source { id: second.clone(), current: Some(version), ..held.unwrap().value };
        let mut tx = stand.deps.store.write(version, crate::testing::stand::now());
        tx.insert_source(&source).unwrap();
        let _ = tx.commit().await.unwrap();

        let id = stand.start_campaign().await;
        stand.drain().await;
        let campaign = stand.deps.store.campaigns().get(&id).await.unwrap().unwrap().value;
        assert_eq!((campaign.status, campaign.start_state), (CampaignStatus::Draft, StartState::Failed));
        assert_eq!(campaign.start_error.as_deref(), Some("inventory: account `a` is in more than one data source"));
        let review = stand.deps.store.certifications().get(&id).await.unwrap().unwrap();
        assert_eq!(review.certification.state, CertState::Searching);
        assert!(review.certification.error_reason.contains("more than one data source"));

        crate::loading::sources::source::delete(&stand.deps, &stand.call(), "two").await.unwrap();
        crate::campaign::start(&stand.deps, &stand.call(), id).await.unwrap();
        stand.drain().await;
        let review = stand.deps.store.certifications().get(&id).await.unwrap().unwrap();
        assert_eq!((review.attempt, review.certification.state), (2, CertState::InProgress));
        assert_eq!(stand.deps.store.blocks().read(&id, 2, 0).await.unwrap().batch().unwrap().rows(), 1);
    });
}

#[test]
fn a_start_that_is_called_off_stops_and_may_be_repeated() {
    simulate(1, async {
        let (stand, id, message) = started(20).await;
        for _ in 0..2 {
            crate::campaign::cancel_start(&stand.deps, &stand.call(), id).await.unwrap();
        }
        stand.deliver(&message).await.unwrap();
        let campaign = stand.deps.store.campaigns().get(&id).await.unwrap().unwrap().value;
        assert_eq!((campaign.status, campaign.start_state), (CampaignStatus::Draft, StartState::Failed));
        assert_eq!(campaign.start_error.as_deref(), Some("the start was called off"));
        crate::campaign::start(&stand.deps, &stand.call(), id).await.unwrap();
        stand.drain().await;
        let campaign = stand.deps.store.campaigns().get(&id).await.unwrap().unwrap().value;
        assert_eq!(campaign.status, CampaignStatus::Active);
    });
}

/// However late it comes: who was told that a start is called off does not find it done.
#[test]
fn a_start_that_is_called_off_at_any_call_of_its_worker_does_not_come_to_its_end() {
    let (_, calls) = undisturbed();
    simulate(1, async {
        let mut called_off = 0;
        for after in 0..calls {
            let (stand, id, message) = started(20).await;
            stand.engine.crash(Crash::After(after));
            let _broken_off = stand.deliver(&message).await;
            stand.engine.revive();
            let asked = crate::campaign::cancel_start(&stand.deps, &stand.call(), id).await;
            stand.deliver(&message).await.unwrap();
            let campaign = stand.deps.store.campaigns().get(&id).await.unwrap().unwrap().value;
            let expected = if asked.is_ok() { StartState::Failed } else { StartState::Done };
            assert_eq!(campaign.start_state, expected, "after {after} calls");
            called_off += u64::from(asked.is_ok());
        }
        assert!(called_off > 5);
    });
}

#[test]
fn what_a_broken_off_attempt_wrote_is_cleared_by_the_one_that_succeeds() {
    let (_, calls) = undisturbed();
    simulate(1, async {
        let (stand, id, message) = started(200).await;
        // Everything is written but for the publication, behind which only a mark follows; then somebody calls the start off.
        stand.engine.crash(Crash::After(calls - 2));
        assert!(stand.deliver(&message).await.is_err());
        stand.engine.revive();
        crate::campaign::cancel_start(&stand.deps, &stand.call(), id).await.unwrap();
        stand.deliver(&message).await.unwrap();
        let of_first = |dump: &str| {
            let keys = [format!("CERT#{id}#0001"), "BLOCK#".to_owned(), "INPUTS#0001".to_owned()];
            dump.lines().filter(|line| keys.iter().any(|key| line.contains(key)) && !line.contains("#0002")).count()
        };
        assert!(of_first(&stand.dump()) > 2);
        crate::campaign::start(&stand.deps, &stand.call(), id).await.unwrap();
        stand.drain().await;
        assert_eq!(of_first(&stand.dump()), 0);
        assert_eq!(stand.deps.store.blocks().read(&id, 2, 0).await.unwrap().batch().unwrap().rows(), 200);
    });
}

#[test]
fn a_hundred_thousand_rich_rows_stay_within_the_budget() {
    simulate(1, async {
        let stand = Stand::new();
        let organisation = sample::Organisation::generate(7, 33_000, crate::testing::stand::now()).unwrap();
        for (id, picture) in organisation.sources {
            crate::loading::ingestion::ingest::put_picture(&stand.deps, &stand.call(), id, picture).await.unwrap();
        }
        let id = stand.start_certification("Account", "Resource").await;
        stand.engine.reset_usage();
        stand.drain().await;
        let usage = stand.engine.reset_usage();
        let rows = f64::from(stand.deps.store.certifications().get(&id).await.unwrap().unwrap().certification.total);
        assert!(rows > 100_000.0, "{rows}");
        assert!(usage.write_units() / rows <= 0.15, "{} write units for {rows} rows", usage.write_units());
        assert!(f64::from(u32::try_from(usage.requests()).unwrap()) / rows <= 0.003, "{} requests", usage.requests());
    });
}
