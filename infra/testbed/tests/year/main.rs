//! A year of simulated time over fifty campaigns that come again, against what another implementation of calendars and
//! time zones says that has to happen: each campaign, each end and each mail, to the second.
//!
//! Every function that has a part in it runs as it is deployed: the one behind the schedule, the workers behind the queues,
//! and the one that mails, which the bus fills as the template's rule says. Ticks come twice and together, messages come
//! twice and in any order, and for hours or days no tick comes at all.

#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod calendar;
mod oracle;
mod plan;
mod ports;
mod world;

use std::collections::BTreeSet;
use std::fmt::Debug;

use engine::simulate;

use calendar::shown;
use oracle::{End, Life, Year};
use plan::ALL;
use world::World;

/// What is in one of them alone, where they differ.
#[track_caller]
fn same<T: Ord + Debug + Clone>(what: &str, expected: &[T], seen: &[T]) {
    let of = |all: &[T]| all.iter().cloned().collect::<BTreeSet<_>>();
    let (wanted, found) = (of(expected), of(seen));
    let missing: Vec<_> = wanted.difference(&found).take(5).collect();
    let too_many: Vec<_> = found.difference(&wanted).take(5).collect();
    assert!(missing.is_empty() && too_many.is_empty(), "{what}: missing {missing:#?}, too many {too_many:#?}");
    assert_eq!(expected.len(), seen.len(), "{what}: something is there twice");
}

#[test]
fn a_year_of_fifty_recurring_campaigns_is_what_the_calendar_says_to_the_second() {
    let year = Year::leap();
    let lives = year.lives();
    let ticks = year.ticks(&lives);
    let letters = year.letters(&lives, &ticks);
    let seen = simulate(2027, async {
        let mut world = World::set_up(&year).await;
        world.live(&year, &ticks).await;
        world.seen().await
    });
    same("campaigns", &lives, &seen.lives);
    same("mails", &letters, &seen.letters);
    eprintln!("{} campaigns, {} mails, {} ticks, {} requests", lives.len(), letters.len(), seen.ticks, seen.requests);
}

#[test]
fn the_year_holds_what_it_is_meant_to_prove() {
    let year = Year::leap();
    let lives = year.lives();
    let any = |what: &dyn Fn(&Life) -> bool| lives.iter().filter(|life| what(life)).count();
    let late = |life: &Life| life.made > life.which.1;
    assert_eq!(ALL.len(), 50);
    assert!(lives.len() >= 250 && any(&late) >= 20, "made after an outage");
    let longer = |life: &Life| late(life) && life.due != ALL[life.which.0].end_of(life.which.1);
    assert!(any(&longer) >= 2, "over by then");
    for end in [End::Completed, End::Expired, End::BrokenOff] {
        assert!(any(&|life| life.end.is_some_and(|(_, how)| how == end)) >= 15, "{end:?}");
    }
    assert!(any(&|life| life.end.is_some_and(|(at, how)| how == End::Expired && at > life.due + 86_400 * 7)) >= 2);
    let on = |text: &str| any(&|life| shown(life.which.1).starts_with(text));
    assert!(on("2028-02-29") >= 5 && on("2028-03-26") >= 4 && on("2027-10-31") >= 5, "leap day and changes of clocks");
}
