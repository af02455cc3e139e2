use super::*;

/// The next times after the beginning of a Sunday, 1 November 2026.
fn after_sunday(text: &str, count: usize) -> Vec<String> {
    let cron = Cron::of(text).unwrap_or_else(|| panic!("{text} is refused"));
    let start: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
    let times = std::iter::successors(cron.next(start), |at| cron.next(*at));
    times.take(count).map(|at| at.strftime("%a %F %H:%M").to_string()).collect()
}

#[test]
fn times_are_those_that_the_documentation_of_eventbridge_tells() {
    for (text, times) in [
        ("0 10 * * ? *", ["Sun 2026-11-01 10:00", "Mon 2026-11-02 10:00"]),
        ("15 12 * * ? *", ["Sun 2026-11-01 12:15", "Mon 2026-11-02 12:15"]),
        ("0 18 ? * MON-FRI *", ["Mon 2026-11-02 18:00", "Tue 2026-11-03 18:00"]),
        ("0 8 1 * ? *", ["Sun 2026-11-01 08:00", "Tue 2026-12-01 08:00"]),
        ("0/15 * * * ? *", ["Sun 2026-11-01 00:15", "Sun 2026-11-01 00:30"]),
        ("0/10 * ? * MON-FRI *", ["Mon 2026-11-02 00:00", "Mon 2026-11-02 00:10"]),
        ("0/5 8-17 ? * MON-FRI *", ["Mon 2026-11-02 08:00", "Mon 2026-11-02 08:05"]),
        ("0 9 ? * 2#1 *", ["Mon 2026-11-02 09:00", "Mon 2026-12-07 09:00"]),
    ] {
        assert_eq!(after_sunday(text, 2), times, "{text}");
    }
}

#[test]
fn days_are_told_by_number_by_weekday_and_from_the_end() {
    for (text, times) in [
        ("0 0 L * ? *", ["Mon 2026-11-30 00:00", "Thu 2026-12-31 00:00"]),
        ("0 0 1W * ? *", ["Mon 2026-11-02 00:00", "Tue 2026-12-01 00:00"]),
        ("0 0 14W * ? *", ["Fri 2026-11-13 00:00", "Mon 2026-12-14 00:00"]),
        ("0 0 31W JAN,MAY ? *", ["Fri 2027-01-29 00:00", "Mon 2027-05-31 00:00"]),
        ("0 0 ? * 6L *", ["Fri 2026-11-27 00:00", "Fri 2026-12-25 00:00"]),
        ("0 0 ? * L *", ["Sat 2026-11-07 00:00", "Sat 2026-11-14 00:00"]),
        ("0 0 ? * 1,7 *", ["Sat 2026-11-07 00:00", "Sun 2026-11-08 00:00"]),
        ("0 0 29 2 ? *", ["Tue 2028-02-29 00:00", "Sun 2032-02-29 00:00"]),
        ("59 23 31 12 ? 2030-2099/10", ["Tue 2030-12-31 23:59", "Mon 2040-12-31 23:59"]),
    ] {
        assert_eq!(after_sunday(text, 2), times, "{text}");
    }
}

#[test]
fn what_never_comes_again_has_no_next_time() {
    assert!(after_sunday("0 0 30 2 ? *", 1).is_empty());
    assert!(after_sunday("0 0 1 1 ? 2020", 1).is_empty());
    assert_eq!(after_sunday("0 0 1 1 ? 2027", 9).len(), 1);
}

#[test]
fn what_eventbridge_would_refuse_is_refused() {
    for text in [
        "0 10 * * *",
        "0 10 * * ? * *",
        "0 10 * * * *",
        "0 10 ? * ? *",
        "0 10 1 * MON *",
        "60 10 * * ? *",
        "0 24 * * ? *",
        "0 0 0 * ? *",
        "0 0 32 * ? *",
        "0 0 1 13 ? *",
        "0 0 ? * 8 *",
        "0 0 ? * 0 *",
        "0 0 ? * MON#6 *",
        "0 0 ? * FRI-MON *",
        "0 20-2 * * ? *",
        "0/0 * * * ? *",
        "-1 * * * ? *",
        "0  10 * * ? *",
        "0 0 1 * ? 1969",
        "",
    ] {
        assert_eq!(Cron::of(text), None, "{text}");
    }
}
