//! What a year has to look like, worked out from the plan alone.
//!
//! The rules, in words:
//!
//! - A campaign is made by the first tick at or after its time, and starts with it. It ends as long after its time as the
//!   first one lasts, on the clocks of its time zone. Where that has passed when it is made, because no tick came for so
//!   long, it gets its whole length from then on.
//! - The first campaign of a series starts with the first tick at or after its start date, and ends at its end date.
//! - An open campaign expires with the first tick after its due date while reviews expire; where all of its rows were decided
//!   in time it completes instead, with the first tick after the last decision cannot be undone any more.
//! - Reviewers are reminded at one hour of the days that are set, with the first tick at or after that: one mail a day to
//!   each, about all that waits for them then. However many days no tick came, one mail follows.
//! - Whoever stands in for a reviewer is mailed in their place.
//! - Whoever made a campaign is mailed when it has completed or expired, and not when it was broken off.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;

use crate::calendar::{HOUR, MINUTE, Moment, at_hour, day, moment, zone};
use crate::plan::{ALL, Conduct, Series};

/// A campaign: the number of its series, and the time that it was made for.
pub type Which = (usize, Moment);

/// How a campaign ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    Completed,
    Expired,
    BrokenOff,
}

/// What becomes of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Life {
    pub which: Which,
    pub name: String,
    pub made: Moment,
    pub started: Moment,
    pub active: Moment,
    pub due: Moment,
    pub end: Option<(Moment, End)>,
    /// Rows that are approved, rejected and undecided when the year is over.
    pub rows: (i64, i64, i64),
}

/// What somebody is mailed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Letter {
    pub at: Moment,
    pub to: &'static str,
    pub subject: String,
    pub about: BTreeSet<Which>,
}

/// A stretch of time without ticks: from a moment on, until the tick at another.
#[derive(Debug, Clone, Copy)]
pub struct Outage {
    pub from: Moment,
    pub back: Moment,
}

/// The circumstances of a year.
#[derive(Debug)]
pub struct Year {
    pub set_up: Moment,
    pub over: Moment,
    pub outages: Vec<Outage>,
    /// While reviews do not expire.
    pub lenient: Outage,
    pub zone: Tz,
    pub hour: u32,
    pub days: Vec<i64>,
}

/// Rows of every campaign.
pub const ROWS: i64 = 2;
/// Who makes all campaigns.
pub const OWNER: &str = "ann";
/// Whoever stands in for somebody.
pub const STANDS_IN: (&str, &str) = ("pia", "ola");

impl Year {
    /// From the first of September to the first of September, over a 29th of February; with outages over the change of
    /// clocks in autumn and in spring, over the leap day, over the end of a year and for five days at a stretch; and one after
    /// which yesterday's reminders come on the same day as today's, but only where mails are sent from.
    pub fn leap() -> Self {
        let outage = |from: &str, back: &str| Outage { from: moment(from), back: moment(back) };
        Self {
            set_up: moment("2027-08-31T12:00:00Z"),
            over: moment("2028-09-01T00:00:00Z"),
            outages: vec![
                outage("2027-10-30T20:00:00Z", "2027-10-31T05:30:00Z"),
                outage("2027-11-07T04:00:00Z", "2027-11-07T09:00:00Z"),
                outage("2027-12-14T22:00:00Z", "2027-12-15T23:20:00Z"),
                outage("2027-12-31T22:00:00Z", "2028-01-01T04:00:00Z"),
                outage("2028-02-28T18:00:00Z", "2028-03-01T07:00:00Z"),
                outage("2028-03-26T00:00:00Z", "2028-03-26T06:10:00Z"),
                outage("2028-06-10T09:00:00Z", "2028-06-15T13:37:00Z"),
            ],
            lenient: outage("2028-01-10T10:00:17Z", "2028-02-07T10:00:17Z"),
            zone: zone("Europe/Berlin"),
            hour: 2,
            days: vec![3, -1],
        }
    }

    /// The first tick at or after a moment.
    pub fn tick(&self, at: Moment) -> Moment {
        let minute = (at + MINUTE - 1).div_euclid(MINUTE) * MINUTE;
        self.outages.iter().find(|outage| (outage.from..outage.back).contains(&minute)).map_or(minute, |out| out.back)
    }

    /// What becomes of all campaigns.
    pub fn lives(&self) -> Vec<Life> {
        let all = ALL.iter().enumerate().flat_map(|(number, series)| {
            series.times(self.over).into_iter().map(move |at| self.life(number, series, at))
        });
        all.filter(|life| life.made <= self.over).collect()
    }

    fn life(&self, number: usize, series: &Series, at: Moment) -> Life {
        let first = at == series.starts();
        let made = if first { self.set_up } else { self.tick(at) };
        let in_time = Some(series.end_of(at)).filter(|due| first || *due > made);
        let due = in_time.unwrap_or_else(|| series.end_of(made));
        let started = match series.conduct {
            Conduct::ByHand(hours) if first => at + hours * HOUR + SECONDS,
            Conduct::ByHand(hours) => made + hours * HOUR + SECONDS,
            _ => self.tick(at),
        };
        let name = format!("Series {number}");
        let name = if first { name } else { format!("{name} {}", day(zone(series.zone), at)) };
        let act = |hours: i64| {
            let act = started.div_euclid(MINUTE) * MINUTE + hours * HOUR + SECONDS;
            (act + 10 * MINUTE < due).then_some(act)
        };
        let expired = (self.expiry(due), End::Expired, if series.conduct == Conduct::Rejected { ROWS } else { 0 }, 0);
        let (end, how, rejected, approved) = match series.conduct {
            Conduct::Left | Conduct::Rejected | Conduct::ByHand(_) => expired,
            Conduct::Begun(hours) => (expired.0, expired.1, 0, i64::from(act(hours).is_some_and(|at| at <= self.over))),
            Conduct::Decided(hours) => act(hours).map_or(expired, |act| {
                (self.tick(act + UNDO + 1), End::Completed, 0, if act <= self.over { ROWS } else { 0 })
            }),
            Conduct::Completed(hours) => act(hours).map_or(expired, |act| (act, End::Completed, 0, 0)),
            Conduct::BrokenOff(hours) => act(hours).map_or(expired, |act| (act, End::BrokenOff, 0, 0)),
        };
        let ended = end <= self.over;
        let rejected = if ended { rejected } else { 0 };
        let rows = if started <= self.over { (approved, rejected, ROWS - approved - rejected) } else { (0, 0, 0) };
        Life { which: (number, at), name, made, started, active: started, due, end: ended.then_some((end, how)), rows }
    }

    /// The first tick at which something is overdue while reviews expire.
    fn expiry(&self, due: Moment) -> Moment {
        let at = self.tick(due + 1);
        if (self.lenient.from..self.lenient.back).contains(&at) { self.tick(self.lenient.back) } else { at }
    }

    /// When reviewers of something are reminded, without regard to ticks.
    pub fn reminders(&self, due: Moment) -> BTreeSet<Moment> {
        let due = day(self.zone, due);
        let before = |days: i64| match u64::try_from(days) {
            Ok(days) => due - Days::new(days),
            Err(_) => due + Days::new(days.unsigned_abs()),
        };
        self.days.iter().map(|days| at_hour(self.zone, before(*days), self.hour)).collect()
    }

    /// All ticks at which something has to happen, and some right before, at which it must not.
    pub fn ticks(&self, lives: &[Life]) -> BTreeSet<Moment> {
        let mut moments = BTreeSet::new();
        for life in lives {
            moments.extend([life.which.1, life.started]);
            moments.extend(life.end.map(|(at, _)| at));
            // When it is due to the second, nothing expires yet.
            moments.extend(Some(life.due).filter(|due| due / HOUR % 5 == 0));
            moments.extend(self.reminders(life.due).into_iter().filter(|at| *at > life.active));
        }
        moments.extend(self.outages.iter().map(|outage| outage.back));
        moments.extend([self.lenient.back, self.over]);
        let before = moments.clone().into_iter().filter(|at| at / HOUR % 11 == 0).map(|at| at - MINUTE);
        let ticks = moments.clone().into_iter().chain(before).map(|at| self.tick(at));
        ticks.filter(|tick| (self.set_up..=self.over).contains(tick)).collect()
    }

    /// All mails of a year with these ticks.
    pub fn letters(&self, lives: &[Life], ticks: &BTreeSet<Moment>) -> Vec<Letter> {
        let mut letters = Vec::new();
        for life in lives.iter().filter(|life| life.active <= self.over) {
            let about = BTreeSet::from([life.which]);
            let to = ALL[life.which.0].reviewers.iter().map(|reviewer| mailed(reviewer)).collect::<BTreeSet<_>>();
            let subject = format!("Please review: {}", life.name);
            letters.extend(to.into_iter().map(|to| Letter {
                at: life.active,
                to,
                subject: subject.clone(),
                about: about.clone(),
            }));
            let (at, word) = match life.end {
                Some((at, End::Completed)) => (at, "Completed"),
                Some((at, End::Expired)) => (at, "Expired"),
                Some((_, End::BrokenOff)) | None => continue,
            };
            letters.push(Letter { at, to: OWNER, subject: format!("{word}: {}", life.name), about });
        }
        letters.extend(self.digests(lives, ticks));
        letters.sort();
        letters
    }

    fn digests(&self, lives: &[Life], ticks: &BTreeSet<Moment>) -> Vec<Letter> {
        let mut reminders: BTreeMap<Moment, Vec<&Life>> = BTreeMap::new();
        for life in lives {
            for at in self.reminders(life.due).into_iter().filter(|at| *at > life.active) {
                reminders.entry(self.tick(at)).or_default().push(life);
            }
        }
        let mut mailed_on: BTreeSet<(NaiveDate, &'static str)> = BTreeSet::new();
        let mut letters = Vec::new();
        for (tick, due) in reminders.into_iter().filter(|(tick, _)| *tick <= self.over) {
            assert!(ticks.contains(&tick), "a reminder without a tick");
            let waiting = due.into_iter().filter(|life| waits(life, tick));
            let people: BTreeSet<&'static str> =
                waiting.flat_map(|life| ALL[life.which.0].reviewers).map(|reviewer| mailed(reviewer)).collect();
            for to in people {
                if mailed_on.insert((day(self.zone, tick), to)) {
                    letters.push(digest(lives, to, tick));
                }
            }
        }
        letters
    }
}

/// Seconds of the minute in which people act: no tick comes then.
pub const SECONDS: i64 = 17;
/// For how many seconds a decision can be undone.
const UNDO: i64 = 30;

/// Who is mailed in order to reach somebody.
fn mailed(reviewer: &'static str) -> &'static str {
    if reviewer == STANDS_IN.0 { STANDS_IN.1 } else { reviewer }
}

/// Whether something of a campaign waits for its reviewers at a tick. What ends with a tick has ended when reminders come.
fn waits(life: &Life, tick: Moment) -> bool {
    life.active <= tick && life.end.is_none_or(|(end, _)| end > tick) && !decided(life, tick)
}

/// Whether all rows of a campaign are decided at a tick, though it has not completed yet.
fn decided(life: &Life, tick: Moment) -> bool {
    let Conduct::Decided(hours) = ALL[life.which.0].conduct else { return false };
    let act = life.active.div_euclid(MINUTE) * MINUTE + hours * HOUR + SECONDS;
    act < tick && act + 10 * MINUTE < life.due
}

/// One mail about all that waits for somebody.
fn digest(lives: &[Life], to: &'static str, tick: Moment) -> Letter {
    let theirs = |life: &&Life| ALL[life.which.0].reviewers.iter().any(|reviewer| mailed(reviewer) == to);
    let all: Vec<&Life> = lives.iter().filter(theirs).filter(|life| waits(life, tick)).collect();
    let about: BTreeSet<Which> = all.iter().map(|life| life.which).collect();
    let subject = match all.as_slice() {
        [one] if one.due < tick => format!("Overdue: {}", one.name),
        [one] => format!("Still to review: {}", one.name),
        many => format!("{} reviews wait for you", many.len()),
    };
    assert!(about.len() <= 30, "a mail names no more");
    Letter { at: tick, to, subject, about }
}
