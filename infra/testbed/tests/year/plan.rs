//! The fifty campaigns that come again, and what is done with each.

use domain::recurrence::Frequency::{self, Monthly, Quarterly, Weekly, Yearly};

/// How the product is told when a campaign comes again.
#[derive(Debug, Clone, Copy)]
pub enum Pattern {
    /// After so many weeks, months, quarters or years.
    Every(Frequency, u32),
    /// By a rule of RFC 5545.
    Rule(&'static str),
}

/// What becomes of each campaign of a series. Hours are counted from the minute in which its rows are in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conduct {
    /// Nobody does anything: it expires, and its rows stay undecided.
    Left,
    /// Nobody does anything: it expires, and its rows are rejected.
    Rejected,
    /// One row is decided after so many hours; it expires.
    Begun(i64),
    /// All rows are decided after so many hours: it completes by itself.
    Decided(i64),
    /// An administrator completes it after so many hours.
    Completed(i64),
    /// An administrator breaks it off after so many hours.
    BrokenOff(i64),
    /// An administrator starts it so many hours after it was made, because it does not start by itself; it expires.
    ByHand(i64),
}

/// Campaigns that come again.
#[derive(Debug, Clone, Copy)]
pub struct Series {
    /// The time zone whose clocks count.
    pub zone: &'static str,
    /// When the first starts, on those clocks.
    pub first: &'static str,
    /// What the product is told.
    pub pattern: Pattern,
    /// The same as a rule of RFC 5545 alone.
    pub rule: &'static str,
    /// The last time, on those clocks.
    pub until: Option<&'static str>,
    /// How many there are.
    pub count: Option<u32>,
    /// Days without one.
    pub skipped: &'static [&'static str],
    /// How long each lasts: days on the clocks.
    pub days: u64,
    /// And hours after those.
    pub hours: i64,
    /// What becomes of each.
    pub conduct: Conduct,
    /// Who reviews every row.
    pub reviewers: &'static [&'static str],
}

const fn every(
    zone: &'static str,
    first: &'static str,
    frequency: Frequency,
    interval: u32,
    rule: &'static str,
) -> Series {
    series(zone, first, Pattern::Every(frequency, interval), rule)
}

const fn by_rule(zone: &'static str, first: &'static str, rule: &'static str) -> Series {
    series(zone, first, Pattern::Rule(rule), rule)
}

const fn series(zone: &'static str, first: &'static str, pattern: Pattern, rule: &'static str) -> Series {
    Series {
        zone,
        first,
        pattern,
        rule,
        until: None,
        count: None,
        skipped: &[],
        days: 7,
        hours: 0,
        conduct: Conduct::Left,
        reviewers: &["kim"],
    }
}

impl Series {
    const fn lasting(self, days: u64, hours: i64) -> Self {
        Self { days, hours, ..self }
    }

    const fn times_of_all(self, count: u32) -> Self {
        Self { count: Some(count), ..self }
    }

    const fn until(self, until: &'static str) -> Self {
        Self { until: Some(until), ..self }
    }

    const fn without(self, skipped: &'static [&'static str]) -> Self {
        Self { skipped, ..self }
    }

    const fn by(self, reviewers: &'static [&'static str]) -> Self {
        Self { reviewers, ..self }
    }

    const fn and(self, conduct: Conduct) -> Self {
        Self { conduct, ..self }
    }

    /// Whether each campaign starts by itself.
    pub const fn starts_by_itself(&self) -> bool {
        !matches!(self.conduct, Conduct::ByHand(_))
    }
}

use Conduct::{Begun, BrokenOff, ByHand, Completed, Decided, Left, Rejected};

const MONTH_END: &str = "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1";
const QUARTER_END: &str = "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=28,29,30,31;BYSETPOS=-1";

/// All of them.
pub const ALL: [Series; 50] = [
    // Weeks, at hours that clocks skip in spring and show twice in autumn, in both halves of the world.
    every("Europe/Berlin", "2027-09-05 02:30", Weekly, 1, "FREQ=WEEKLY")
        .until("2028-04-09 02:30")
        .lasting(7, 0)
        .and(Completed(30)),
    every("America/New_York", "2027-10-17 01:30", Weekly, 1, "FREQ=WEEKLY")
        .times_of_all(5)
        .lasting(6, 5)
        .and(Decided(20))
        .by(&["lou"]),
    every("America/New_York", "2028-02-13 02:30", Weekly, 2, "FREQ=WEEKLY;INTERVAL=2").times_of_all(5).by(&["max"]),
    every("Australia/Sydney", "2027-09-05 02:15", Weekly, 2, "FREQ=WEEKLY;INTERVAL=2")
        .until("2028-04-30 02:15")
        .lasting(14, 0)
        .and(Rejected)
        .by(&["ned"]),
    every("Australia/Lord_Howe", "2027-09-12 02:05", Weekly, 3, "FREQ=WEEKLY;INTERVAL=3")
        .times_of_all(4)
        .lasting(9, 0)
        .and(Begun(50)),
    every("America/Santiago", "2028-02-19 23:30", Weekly, 3, "FREQ=WEEKLY;INTERVAL=3")
        .times_of_all(5)
        .lasting(3, 12)
        .by(&["ned", "ola"]),
    every("Africa/Cairo", "2028-03-17 00:20", Weekly, 2, "FREQ=WEEKLY;INTERVAL=2")
        .times_of_all(5)
        .lasting(6, 0)
        .and(Completed(60)),
    every("Asia/Kolkata", "2028-05-15 09:30", Weekly, 1, "FREQ=WEEKLY")
        .times_of_all(8)
        .lasting(4, 8)
        .and(Decided(49))
        .by(&["ola"]),
    every("Asia/Kathmandu", "2027-09-07 10:00", Weekly, 8, "FREQ=WEEKLY;INTERVAL=8").lasting(10, 0).and(Rejected),
    every("Pacific/Chatham", "2027-09-19 02:50", Weekly, 1, "FREQ=WEEKLY")
        .times_of_all(4)
        .lasting(2, 0)
        .and(BrokenOff(25)),
    every("UTC", "2027-12-13 00:00", Weekly, 1, "FREQ=WEEKLY")
        .without(&["2027-12-27", "2028-02-28"])
        .until("2028-03-20 00:00")
        .lasting(7, 0)
        .and(BrokenOff(100)),
    every("Europe/London", "2027-10-31 01:30", Weekly, 7, "FREQ=WEEKLY;INTERVAL=7")
        .until("2028-05-14 01:29")
        .lasting(4, 0)
        .by(&["pia"]),
    // Several days of the week, and nearly every day.
    by_rule("Europe/Berlin", "2028-02-21 08:00", "FREQ=WEEKLY;BYDAY=MO,WE,FR")
        .until("2028-03-10 08:00")
        .lasting(1, 0)
        .and(Completed(4))
        .by(&["lou"]),
    by_rule("America/Chicago", "2027-10-26 17:45", "FREQ=WEEKLY;BYDAY=TU,TH")
        .until("2027-11-18 17:44")
        .lasting(2, 0)
        .and(Rejected)
        .by(&["max"]),
    by_rule("Europe/Berlin", "2028-03-22 02:30", "FREQ=DAILY")
        .times_of_all(9)
        .lasting(1, 0)
        .and(Decided(3))
        .by(&["ned"]),
    by_rule("America/Toronto", "2027-10-30 01:30", "FREQ=DAILY;INTERVAL=2")
        .times_of_all(7)
        .lasting(0, 20)
        .and(Left)
        .by(&["pia"]),
    by_rule("Asia/Tokyo", "2028-02-24 07:00", "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR")
        .until("2028-03-06 23:59")
        .lasting(0, 9)
        .and(Rejected)
        .by(&["max"]),
    by_rule("America/St_Johns", "2028-06-07 00:01", "FREQ=DAILY;INTERVAL=2")
        .times_of_all(6)
        .lasting(3, 0)
        .and(Begun(7))
        .by(&["ola"]),
    by_rule("Pacific/Apia", "2027-09-08 23:30", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,WE;WKST=SU")
        .times_of_all(5)
        .lasting(5, 0)
        .and(Completed(48)),
    by_rule("Pacific/Apia", "2027-09-08 23:30", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,WE;WKST=MO")
        .times_of_all(5)
        .lasting(5, 0)
        .and(Decided(48)),
    // Ends of months, which a plain interval moves to the last day, and a rule leaves out.
    every("Europe/Berlin", "2027-10-31 09:00", Monthly, 1, MONTH_END).lasting(14, 0).and(Left).by(&["kim", "lou"]),
    every("America/Los_Angeles", "2027-12-31 16:00", Monthly, 1, MONTH_END)
        .times_of_all(5)
        .lasting(20, 8)
        .and(Completed(300))
        .by(&["pia"]),
    every("Asia/Singapore", "2027-11-30 08:00", Monthly, 1, "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1")
        .times_of_all(5)
        .lasting(12, 0)
        .and(Rejected)
        .by(&["max"]),
    by_rule("Europe/Paris", "2027-10-31 02:00", "FREQ=MONTHLY").lasting(10, 0).and(Begun(100)).by(&["ola"]),
    by_rule("Europe/Madrid", "2027-09-30 22:00", "FREQ=MONTHLY;BYMONTHDAY=-1")
        .times_of_all(7)
        .lasting(9, 0)
        .and(Decided(130))
        .by(&["lou"]),
    by_rule("Europe/Rome", "2027-12-31 06:15", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1")
        .times_of_all(5)
        .lasting(8, 10)
        .and(Left)
        .by(&["ned"]),
    every("Europe/Istanbul", "2027-12-15 12:00", Monthly, 1, "FREQ=MONTHLY")
        .times_of_all(4)
        .lasting(15, 0)
        .and(Rejected)
        .by(&["ola"]),
    every("America/Phoenix", "2027-09-29 05:00", Monthly, 2, "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=28,29;BYSETPOS=-1")
        .lasting(20, 0)
        .and(Left),
    every("Asia/Tehran", "2027-09-30 20:30", Monthly, 5, "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=28,29,30;BYSETPOS=-1")
        .lasting(25, 0)
        .and(Completed(480)),
    // The n-th weekday.
    by_rule("Europe/Berlin", "2027-10-31 02:15", "FREQ=MONTHLY;BYDAY=-1SU")
        .times_of_all(7)
        .lasting(13, 0)
        .and(Left)
        .by(&["lou"]),
    by_rule("America/Denver", "2027-09-14 09:00", "FREQ=MONTHLY;BYDAY=2TU")
        .times_of_all(6)
        .lasting(10, 0)
        .and(Decided(200))
        .by(&["max", "ned"]),
    by_rule("America/New_York", "2027-11-14 02:45", "FREQ=MONTHLY;BYDAY=2SU")
        .times_of_all(6)
        .lasting(6, 0)
        .and(Rejected),
    by_rule("Australia/Adelaide", "2027-09-05 02:30", "FREQ=MONTHLY;BYDAY=1SU")
        .times_of_all(8)
        .lasting(12, 0)
        .and(Begun(20))
        .by(&["pia"]),
    by_rule("Asia/Hong_Kong", "2027-09-06 09:00", "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1,-1")
        .times_of_all(5)
        .lasting(6, 6)
        .and(Completed(90))
        .by(&["ned"]),
    by_rule("Europe/Lisbon", "2027-10-29 18:00", "FREQ=MONTHLY;BYDAY=5FR").lasting(7, 0).and(Left).by(&["ola"]),
    by_rule("Europe/Helsinki", "2027-09-13 03:30", "FREQ=MONTHLY;BYMONTHDAY=13")
        .times_of_all(4)
        .lasting(11, 0)
        .and(Completed(250)),
    by_rule("America/Sao_Paulo", "2027-11-13 09:00", "FREQ=MONTHLY;BYDAY=FR,SA;BYMONTHDAY=13")
        .lasting(9, 0)
        .and(Rejected)
        .by(&["lou"]),
    by_rule("Europe/Athens", "2027-09-07 09:00", "FREQ=MONTHLY;BYDAY=1MO")
        .times_of_all(5)
        .lasting(10, 0)
        .and(ByHand(26))
        .by(&["max"]),
    // Quarters.
    every("Europe/Berlin", "2027-11-30 23:30", Quarterly, 1, "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=28,29,30;BYSETPOS=-1")
        .lasting(30, 0)
        .and(Left)
        .by(&["lou"]),
    every("Australia/Melbourne", "2027-12-31 23:45", Quarterly, 1, QUARTER_END)
        .lasting(21, 0)
        .and(Rejected)
        .by(&["ned"]),
    every("America/Halifax", "2027-09-12 02:10", Quarterly, 2, "FREQ=MONTHLY;INTERVAL=6")
        .lasting(45, 0)
        .and(Completed(700)),
    every("Asia/Dubai", "2027-09-01 00:00", Quarterly, 1, "FREQ=MONTHLY;INTERVAL=3")
        .times_of_all(3)
        .lasting(40, 0)
        .and(Decided(500))
        .by(&["pia"]),
    by_rule("UTC", "2027-10-04 08:00", "FREQ=MONTHLY;INTERVAL=3;BYDAY=1MO")
        .until("2028-07-03 07:59")
        .lasting(28, 0)
        .and(Begun(400))
        .by(&["ola"]),
    // Years, and the day that most of them do not have.
    by_rule("Europe/Berlin", "2027-09-20 08:00", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29")
        .lasting(30, 0)
        .and(Left)
        .by(&["max"]),
    every("America/Anchorage", "2027-09-03 09:00", Yearly, 1, "FREQ=YEARLY").lasting(60, 0).and(Completed(1_000)),
    by_rule("Europe/Warsaw", "2027-12-31 12:00", "FREQ=YEARLY;BYDAY=-1FR;BYMONTH=12,3,6")
        .lasting(14, 0)
        .and(Rejected)
        .by(&["ned"]),
    by_rule("Pacific/Auckland", "2027-09-05 02:20", "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=4,9")
        .lasting(25, 0)
        .and(Left)
        .by(&["pia"]),
    by_rule("Asia/Kolkata", "2028-02-29 06:30", "FREQ=MONTHLY;BYMONTHDAY=29")
        .times_of_all(4)
        .lasting(10, 0)
        .and(ByHand(50))
        .by(&["lou"]),
    every("Europe/Vienna", "2028-02-29 02:30", Monthly, 1, "FREQ=MONTHLY")
        .until("2028-06-01 00:00")
        .lasting(26, 0)
        .and(Decided(600))
        .by(&["ned"]),
    every("Europe/Berlin", "2028-01-30 02:30", Weekly, 8, "FREQ=WEEKLY;INTERVAL=8")
        .times_of_all(1_000)
        .lasting(55, 0)
        .and(Left)
        .by(&["kim", "max"]),
];
