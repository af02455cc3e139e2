use jiff::civil::date;
use jiff::{SignedDuration, ToSpan};
use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn every(frequency: Frequency, interval: u32) -> Recurrence {
    Recurrence {
        pattern: Pattern::Every { frequency, interval },
        time_zone: "UTC".to_owned(),
        until: None,
        count: None,
        skipped: Vec::new(),
    }
}

fn by_rule(text: &str) -> Recurrence {
    Recurrence { pattern: Pattern::ByRule(Rule::parse(text).unwrap()), ..every(Frequency::Weekly, 1) }
}

/// The first `count` times after the first.
fn times(recurrence: &Recurrence, first: &str, count: usize) -> Vec<String> {
    recurrence.times(at(first)).take(count).map(|occurrence| occurrence.at.to_string()).collect()
}

fn days(recurrence: &Recurrence, first: &str, count: usize) -> Vec<String> {
    times(recurrence, first, count).into_iter().map(|time| time[..10].to_owned()).collect()
}

#[test]
fn plain_intervals_keep_to_the_day_and_to_the_ends_of_short_months() {
    let monthly = days(&every(Frequency::Monthly, 1), "2027-01-31T09:00:00Z", 4);
    assert_eq!(monthly, ["2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]);
    let quarterly = days(&every(Frequency::Quarterly, 1), "2026-11-30T09:00:00Z", 3);
    assert_eq!(quarterly, ["2027-02-28", "2027-05-30", "2027-08-30"]);
    let yearly = days(&every(Frequency::Yearly, 1), "2024-02-29T09:00:00Z", 4);
    assert_eq!(yearly, ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]);
    let weekly = days(&every(Frequency::Weekly, 2), "2026-12-24T09:00:00Z", 2);
    assert_eq!(weekly, ["2027-01-07", "2027-01-21"]);
}

#[test]
fn a_rule_leaves_out_months_that_do_not_have_the_day() {
    let rule = by_rule("FREQ=MONTHLY");
    assert_eq!(days(&rule, "2027-01-31T09:00:00Z", 3), ["2027-03-31", "2027-05-31", "2027-07-31"]);
    let last = by_rule("RRULE:freq=monthly;bymonthday=-1");
    assert_eq!(days(&last, "2027-01-31T09:00:00Z", 2), ["2027-02-28", "2027-03-31"]);
}

#[test]
fn rules_name_days_as_people_plan_them() {
    let first_monday_of_a_quarter = by_rule("FREQ=MONTHLY;INTERVAL=3;BYDAY=1MO");
    let first = "2027-01-04T08:00:00Z";
    assert_eq!(days(&first_monday_of_a_quarter, first, 3), ["2027-04-05", "2027-07-05", "2027-10-04"]);
    let last_working_day = by_rule("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1");
    assert_eq!(days(&last_working_day, "2027-01-29T08:00:00Z", 2), ["2027-02-26", "2027-03-31"]);
    let friday_13th = by_rule("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13");
    assert_eq!(days(&friday_13th, "2026-11-13T08:00:00Z", 1), ["2027-08-13"]);
    let leap_days = by_rule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29");
    assert_eq!(days(&leap_days, "2096-02-29T08:00:00Z", 2), ["2104-02-29", "2108-02-29"]);
}

#[test]
fn the_clock_of_the_time_zone_is_kept_through_its_changes() {
    let berlin = Recurrence { time_zone: "Europe/Berlin".to_owned(), ..every(Frequency::Weekly, 1) };
    let spring = times(&berlin, "2027-03-21T01:30:00Z", 2);
    // 02:30 on the 28th is skipped, and comes an hour later; a week on it is 02:30 again.
    assert_eq!(spring, ["2027-03-28T01:30:00Z", "2027-04-04T00:30:00Z"]);
    let autumn = times(&berlin, "2027-10-24T00:30:00Z", 2);
    assert_eq!(autumn, ["2027-10-31T00:30:00Z", "2027-11-07T01:30:00Z"], "02:30 comes twice: the first counts");
    for (zone, first, next) in [
        ("America/New_York", "2027-03-07T07:30:00Z", "2027-03-14T07:30:00Z"),
        ("Australia/Lord_Howe", "2027-09-25T16:15:00Z", "2027-10-02T15:45:00Z"),
        ("America/St_Johns", "2027-11-05T12:00:00Z", "2027-11-12T13:00:00Z"),
        ("Asia/Kolkata", "2027-03-21T01:30:00Z", "2027-03-28T01:30:00Z"),
        ("Pacific/Apia", "2027-03-21T01:30:00Z", "2027-03-28T01:30:00Z"),
    ] {
        let recurrence = Recurrence { time_zone: zone.to_owned(), ..every(Frequency::Weekly, 1) };
        assert_eq!(times(&recurrence, first, 1), [next], "{zone}");
    }
}

#[test]
fn skipped_days_are_left_out_and_counted() {
    let mut weekly = every(Frequency::Weekly, 1);
    (weekly.count, weekly.skipped) = (Some(4), vec![date(2026, 12, 25)]);
    let found: Vec<_> = weekly.times(at("2026-12-18T09:00:00Z")).collect();
    let numbers: Vec<u32> = found.iter().map(|occurrence| occurrence.number).collect();
    assert_eq!(numbers, [3, 4], "the first is 1, the skipped one 2");
    assert_eq!(found[1].at, at("2027-01-08T09:00:00Z"));
    // The day is one of the time zone: 23:30 in Berlin is still the 24th.
    let berlin = Recurrence { time_zone: "Europe/Berlin".to_owned(), skipped: vec![date(2026, 12, 25)], ..weekly };
    assert_eq!(berlin.times(at("2026-12-17T23:30:00Z")).next().unwrap().number, 3);
    assert_eq!(berlin.times(at("2026-12-17T22:30:00Z")).next().unwrap().number, 2);
}

#[test]
fn the_end_is_the_last_time_that_counts() {
    let mut weekly = every(Frequency::Weekly, 1);
    let first = at("2027-01-01T09:00:00Z");
    weekly.until = Some(at("2027-01-15T09:00:00Z"));
    assert_eq!(weekly.times(first).count(), 2);
    weekly.until = Some(at("2027-01-15T08:59:59Z"));
    assert_eq!(weekly.times(first).count(), 1);
    weekly.count = Some(1);
    assert_eq!(weekly.next(first, first), None, "the first is the only one");
    let monthly = every(Frequency::Monthly, 1);
    assert_eq!(monthly.next(first, at("2027-02-01T09:00:00Z")).unwrap().at, at("2027-03-01T09:00:00Z"));
    assert_eq!(by_rule("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30").next(first, first), None, "a day that never comes");
    assert_eq!(Recurrence { time_zone: "Mars/Base".to_owned(), ..monthly }.next(first, first), None);
}

#[test]
fn what_takes_days_takes_as_many_on_the_clock() {
    let berlin = Recurrence { time_zone: "Europe/Berlin".to_owned(), ..every(Frequency::Monthly, 1) };
    let (first, end) = (at("2027-02-22T08:00:00Z"), at("2027-03-05T16:00:00Z"));
    let next = berlin.next(first, first).unwrap().at;
    assert_eq!(next, at("2027-03-22T08:00:00Z"));
    assert_eq!(berlin.end_of(next, first, end), Some(at("2027-04-02T15:00:00Z")), "17:00 in Berlin, eleven days on");
}

#[test]
fn names_say_when() {
    let name = |text: &str| {
        let template = NameTemplate::parse(text).unwrap();
        template.render("Payroll", date(2027, 1, 1).at(9, 0, 0, 0), 12)
    };
    assert_eq!(NameTemplate::default().render("Payroll", date(2027, 1, 1).at(9, 0, 0, 0), 12), "Payroll 2027-01-01");
    assert_eq!(name("{name} Q{quarter}/{year}"), "Payroll Q1/2027");
    assert_eq!(name("{month_name} {day}, week {week}: {number} ({month})"), "January 01, week 53: 12 (01)");
    assert_eq!(name("plain"), "plain");
    let fault = |text: &str| NameTemplate::parse(text).unwrap_err();
    assert_eq!(fault("{Year}"), InvalidName::Unknown("Year".to_owned()));
    for text in ["{year", "year}", "a } b {", "{"] {
        assert_eq!(fault(text), InvalidName::Unbalanced, "{text}");
    }
    assert_eq!(fault("{{year}}"), InvalidName::Unknown("{year".to_owned()));
}

#[test]
fn every_fault_of_a_rule_is_told() {
    for (text, expected) in [
        ("", "NAME=VALUE"),
        ("FREQ", "NAME=VALUE"),
        ("INTERVAL=2", "needs FREQ"),
        ("FREQ=HOURLY", "FREQ"),
        ("FREQ=WEEKLY;FREQ=WEEKLY", "twice"),
        ("FREQ=WEEKLY;INTERVAL=0", "INTERVAL"),
        ("FREQ=WEEKLY;BYHOUR=9", "BYHOUR"),
        ("FREQ=WEEKLY;COUNT=3", "until"),
        ("FREQ=WEEKLY;UNTIL=20270101", "until"),
        ("FREQ=WEEKLY;BYDAY=1MO", "BYDAY"),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=Ü", "BYDAY"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTH=-1", "BYMONTH"),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS"),
        (&format!("FREQ=MONTHLY;BYMONTH={}", "1,".repeat(300)), "500 bytes"),
    ] {
        let fault = Rule::parse(text).unwrap_err().to_string();
        assert!(fault.contains(expected), "{text}: {fault}");
    }
}

/// Parts of rules, each alone valid.
fn any_rule() -> impl Strategy<Value = String> {
    let day = prop::sample::select(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"]);
    let days = prop::collection::vec(day, 1..4).prop_map(|days| format!(";BYDAY={}", days.join(",")));
    let nth = (prop::sample::select(vec![1, 2, 4, 5, -1, -2]), prop::sample::select(vec!["MO", "SU", "WE"]))
        .prop_map(|(n, day)| format!(";BYDAY={n}{day}"));
    let month_day = prop::sample::select(vec![1, 13, 28, 29, 30, 31, -1, -2, -31]);
    let month_days = prop::collection::vec(month_day, 1..3).prop_map(|days| format!(";BYMONTHDAY={}", joined(&days)));
    let months = prop::collection::vec(1..=12_i32, 1..4).prop_map(|months| format!(";BYMONTH={}", joined(&months)));
    let position = prop::sample::select(vec![";BYSETPOS=1", ";BYSETPOS=-1", ";BYSETPOS=2,-2"]);
    let maybe = |part: BoxedStrategy<String>| prop_oneof![2 => Just(String::new()), 1 => part].boxed();
    let none = || Just(String::new()).boxed();
    let frequency = prop_oneof![
        ("DAILY", maybe(days.clone().boxed()), maybe(month_days.clone().boxed())).prop_map(tuple),
        ("WEEKLY", maybe(days.clone().boxed()), none()).prop_map(tuple),
        ("MONTHLY", maybe(prop_oneof![days.clone(), nth.clone()].boxed()), maybe(month_days.clone().boxed()))
            .prop_map(tuple),
        ("YEARLY", maybe(prop_oneof![days, nth].boxed()), maybe(month_days.boxed())).prop_map(tuple),
    ];
    let week_start = prop::sample::select(vec!["", ";WKST=SU", ";WKST=WE"]);
    (frequency, 1..5_u32, maybe(months.boxed()), prop::option::of(position), week_start).prop_map(
        |((frequency, days, month_days), interval, months, position, week_start)| {
            let others = format!("{days}{month_days}{months}");
            // The other cuts the first week off before the first time, and so counts its days from there.
            let position = if others.is_empty() || frequency == "WEEKLY" { "" } else { position.unwrap_or_default() };
            format!("FREQ={frequency};INTERVAL={interval}{others}{position}{week_start}")
        },
    )
}

fn tuple((frequency, days, month_days): (String, String, String)) -> (String, String, String) {
    (frequency, days, month_days)
}

fn joined(numbers: &[i32]) -> String {
    numbers.iter().map(i32::to_string).collect::<Vec<_>>().join(",")
}

/// The same rule as another implementation of RFC 5545 reads it, without the first time.
fn oracle(rule: &str, first: jiff::civil::Date, count: u16) -> Vec<String> {
    let start = format!("{:04}{:02}{:02}T090000Z", first.year(), first.month(), first.day());
    let set: rrule::RRuleSet = format!("DTSTART:{start}\nRRULE:{rule}").parse().unwrap();
    let found = set.all(count + 1).dates;
    let days = found.into_iter().map(|at| at.format("%Y-%m-%d").to_string());
    days.filter(|day| *day != first.to_string()).take(usize::from(count)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn rules_mean_what_another_implementation_reads(rule in any_rule(), since in 0..20_000_i64) {
        let first = date(1999, 1, 1).checked_add(since.days()).unwrap();
        let start = first.at(9, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp();
        let own: Vec<String> =
            by_rule(&rule).times(start).take(8).map(|occurrence| occurrence.at.to_string()[..10].to_owned()).collect();
        let other = oracle(&rule, first, 8);
        let other: Vec<String> = other.into_iter().filter(|day| day[..4] <= *"2200").collect();
        // The other gives up on rules that have no day for a long time.
        prop_assert_eq!(&own[..other.len().min(own.len())], &other[..], "{}", rule);
    }

    #[test]
    fn times_ascend_and_next_is_the_first_behind_a_place(
        frequency in prop::sample::select(Frequency::ALL.to_vec()), interval in 1..7_u32, since in 0..900_000_i64,
        zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Chatham"]),
        behind in 0..40_000_i64,
    ) {
        let first = at("2020-01-01T00:00:00Z") + SignedDuration::from_hours(since / 10) + SignedDuration::from_mins(since % 60);
        let recurrence = Recurrence { time_zone: zone.to_owned(), ..every(frequency, interval) };
        let all: Vec<Occurrence> = recurrence.times(first).take(60).collect();
        prop_assert!(all.windows(2).all(|pair| pair[0].at < pair[1].at && pair[0].number + 1 == pair[1].number));
        let after = first + SignedDuration::from_hours(behind);
        let expected = all.iter().find(|occurrence| occurrence.at > after);
        if let Some(expected) = expected {
            prop_assert_eq!(recurrence.next(first, after), Some(*expected));
        }
    }
}
