//! A hundred thousand rows, while people decide.

use domain::decide::Verdict;
use engine::simulate;

use super::*;
use crate::loading::ingestion::ingest::put_picture;
use crate::review::{BatchInput, decide_batch};
use crate::testing::stand::{TABLE, now};

#[test]
fn a_hundred_thousand_rows_are_judged_with_exact_counts_while_people_decide_within_the_budget() {
    simulate(1, async {
        let stand = Stand::new();
        let organisation = sample::Organisation::generate(7, 42_000, now()).unwrap();
        for (id, picture) in organisation.sources {
            put_picture(&stand.deps, &stand.call(), id, picture).await.unwrap();
        }
        let campaign = stand.draft_campaign().await;
        let scene = Scene { stand, campaign };
        scene.start().await;
        let stand = &scene.stand;
        let total = stand.deps.store.certifications().tally(&campaign).await.unwrap().total;
        assert!(total > 100_000, "{total}");

        // Nothing matches, and no zone map says so: what remains is the reading of every block.
        let condition = "owner.department != '' AND account.mfa_enabled = false AND account.mfa_enabled = true";
        let nobody = scene.rule(condition, Wish::Reject).await;
        let cold = crate::Deps { store: store::Store::new(stand.engine.client(), TABLE), ..stand.deps.clone() };
        let (job, _) = scene.asked().await;
        stand.engine.reset_usage();
        super::super::work(&cold, job, &|| std::time::Duration::from_secs(900)).await.unwrap();
        let usage = stand.engine.reset_usage();
        let per_million = 1_000_000.0 / total as f64;
        let (units, requests) = (usage.read_units() * per_million, usage.requests() as f64 * per_million);
        println!("reading per 1,000,000 rows: {units:.0} read units, {requests:.0} requests");
        assert!(units > 1_000.0, "blocks are read: {units} read units");
        assert!(units <= 15_000.0 && requests <= 200.0, "{units} read units, {requests} requests");
        super::super::remove(&stand.deps, &stand.call(), campaign, nobody).await.unwrap();

        scene.rule("account.login_age_days > 90", Wish::Reject).await;
        scene.rule("account.privileged = true", Wish::Flag).await;
        scene.rule("account.account_type = 'user'", Wish::Approve).await;
        let (job, message) = scene.asked().await;
        let people = async {
            let mut decided = 0;
            for n in 0..40_usize {
                let accounts: Vec<String> = (0..25).map(|k| format!("erp-{:06}", (n * 25 + k) * 37 % 30_000)).collect();
                let input = BatchInput { accounts, verdict: Verdict::Revoked, comment: None };
                decided += match decide_batch(&stand.deps, &stand.call(), campaign, input).await {
                    Ok(rows) => rows.len(),
                    Err(crate::Error::NotFound(_) | crate::Error::Unavailable(_)) => 0,
                    Err(error) => panic!("{error:?}"),
                };
            }
            decided
        };
        stand.engine.reset_usage();
        let (decided, worked) = futures::join!(people, stand.deliver(&message));
        worked.unwrap();
        let usage = stand.engine.reset_usage();
        let job = super::super::job(&stand.deps, &stand.call(), job).await.unwrap();
        let tally = stand.deps.store.certifications().tally(&campaign).await.unwrap();
        assert_eq!(job.processed, total as u64);
        let pages = u32::try_from(total).unwrap().div_ceil(64);
        let states = stand.deps.store.pages().touched(&campaign, 0..pages).await.unwrap();
        let recount = states.values().map(|state| state.masks().counts()).sum::<domain::counts::Counts>();
        assert_eq!(tally.counts, recount, "counts are the recount");
        let logs = stand.deps.store.pages().logs(&campaign, &(0..pages).collect::<Vec<_>>()).await.unwrap();
        let acts = logs.values().flatten().flat_map(|entry| &entry.acts);
        let automatic = acts.filter(|act| matches!(act.change, Change::Automatic { .. }));
        let changed: u32 = automatic.map(|act| act.rows.count_ones()).sum();
        assert_eq!(job.applied, u64::from(changed), "what rules changed is counted once");
        let by_system =
            states.values().flat_map(|state| state.rows()).filter(|(_, row)| row.decided_by_system()).count();
        let by_people = states.values().flat_map(|state| state.rows()).count() - by_system;
        assert!(decided > 0 && by_people <= decided && by_people > 0, "{decided} decided, {by_people} stand");
        println!(
            "{total} rows: {} matches, {} applied, {by_people} by people; {:.0} write units, {} requests with theirs",
            job.matches,
            job.applied,
            usage.write_units(),
            usage.requests()
        );
    });
}
