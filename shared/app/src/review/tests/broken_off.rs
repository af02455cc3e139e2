//! Commands on more pages than one transaction holds: what is left when something comes between two of them, and that the
//! same command sent again does the rest.

use domain::decide::Verdict;
use domain::page::PageState;
use engine::{Crash, Faults, simulate};

use super::bed::{Bed, accounts, user};
use crate::review::{self, BatchInput, UpdateInput, UserReference};
use crate::simulated::seeds;
use crate::{Call, Error};

/// So many pages that two transactions are needed, with an account of each.
const PAGES: usize = store::page::MAX_PAGES + 5;

async fn wide() -> (Bed, Vec<String>) {
    let rows = usize::try_from(domain::page::ROWS).unwrap();
    let bed = Bed::campaign(accounts(PAGES * rows, &["ann"])).await;
    let accounts = bed.rows.iter().step_by(rows).map(|row| row.id.clone()).collect();
    (bed, accounts)
}

fn approve(accounts: &[String]) -> BatchInput {
    BatchInput { accounts: accounts.to_vec(), verdict: Verdict::Approved, comment: None }
}

/// The accounts that are decided, and that nothing was done twice.
async fn decided(bed: &Bed, call: &Call, accounts: &[String]) -> Vec<String> {
    let store = bed.another().store;
    let mut decided = Vec::new();
    for account in accounts {
        let row = bed.row(account);
        let state: PageState = store.pages().state(&bed.review, row.page()).await.unwrap();
        let log = store.pages().log(&bed.review, row.page()).await.unwrap();
        assert!(log.iter().filter(|entry| entry.command == call.command).count() <= 1, "{account} twice");
        if state.row(row.slot()).is_some_and(|row| row.decided.is_some()) {
            decided.push(account.clone());
        }
    }
    let tally = store.certifications().tally(&bed.review).await.unwrap();
    assert_eq!(usize::try_from(tally.counts.accepted).unwrap(), decided.len(), "counts are those of the states");
    decided
}

#[test]
fn a_batch_that_is_killed_between_its_transactions_is_completed_by_the_same_command() {
    let calls = simulate(1, async {
        let (bed, accounts) = wide().await;
        let deps = bed.another();
        let before = bed.engine.calls();
        review::decide_batch(&deps, &bed.reviewer("ann"), bed.review, approve(&accounts)).await.unwrap();
        bed.engine.calls() - before
    });
    let mut in_part = 0;
    for call in 1..=calls {
        for crash in [Crash::After(call - 1), Crash::During(call)] {
            in_part += simulate(1, async {
                let (bed, accounts) = wide().await;
                let command = bed.reviewer("ann");
                let deps = bed.another();
                bed.engine.crash(crash);
                let told = review::decide_batch(&deps, &command, bed.review, approve(&accounts)).await;
                bed.engine.revive();
                if let Err(error) = &told {
                    assert!(error.retryable(), "{crash:?}: {error:?}");
                }
                let done = decided(&bed, &command, &accounts).await.len();
                let again = Call { repeatable: true, ..command };
                let rows = review::decide_batch(&bed.another(), &again, bed.review, approve(&accounts)).await.unwrap();
                assert_eq!(rows.len(), PAGES);
                assert_eq!(decided(&bed, &again, &accounts).await, accounts, "{crash:?}");
                usize::from(0 < done && done < PAGES)
            });
        }
    }
    assert!(in_part >= 2, "no kill came between the transactions");
}

/// Makes somebody the only reviewer of an account.
async fn hand_to(bed: &Bed, name: &str, account: &str) -> Result<(), Error> {
    let to = UserReference { user_type: user(name).user_type, id: user(name).id, email: None, name: None };
    let update = UpdateInput { reviewers: Some(vec![to]), ..UpdateInput::default() };
    review::update(&bed.another(), &bed.operator(), bed.review, bed.row(account), update).await.map(|_row| ())
}

#[test]
fn a_batch_whose_last_row_is_taken_away_meanwhile_tells_what_is_done_and_is_completed_when_it_comes_back() {
    let mut in_part = 0;
    for seed in 0..seeds() {
        in_part += simulate(seed, async {
            let (bed, accounts) = wide().await;
            let last = accounts.last().unwrap().clone();
            let command = Call { repeatable: true, ..bed.reviewer("ann") };
            let deps = bed.another();
            bed.engine.set_faults(Faults::races(seed)).unwrap();
            let (told, taken) = futures::join!(
                review::decide_batch(&deps, &command, bed.review, approve(&accounts)),
                hand_to(&bed, "bob", &last)
            );
            bed.engine.clear_faults();
            let done = decided(&bed, &command, &accounts).await;
            let is_in_part = match told {
                Ok(_) => {
                    assert_eq!(done, accounts, "seed {seed}");
                    return 0;
                }
                Err(Error::NotFound(faults)) => {
                    assert_eq!((faults.len(), done.len()), (1, 0), "seed {seed}: nothing is written");
                    0
                }
                Err(Error::Partly { error, done: told, undone }) => {
                    assert!(matches!(*error, Error::NotFound(_)), "seed {seed}: {error:?}");
                    assert_eq!((told, undone), (done, vec![last.clone()]), "seed {seed}");
                    1
                }
                Err(error) => panic!("seed {seed}: {error:?}"),
            };
            taken.unwrap();
            hand_to(&bed, "ann", &last).await.unwrap();
            review::decide_batch(&bed.another(), &command, bed.review, approve(&accounts)).await.unwrap();
            assert_eq!(decided(&bed, &command, &accounts).await, accounts, "seed {seed}");
            is_in_part
        });
    }
    assert!(in_part > 0, "no seed came between the transactions");
}
