use std::sync::Arc;

use app::campaign::{CreateInput, ListInput};
use app::recurrence::RecurrenceInput;
use app::{Call, campaign, recurrence};
use domain::ids::{CampaignId, CommandId};
use domain::recurrence::Frequency;
use domain::review::{Campaign, StartState};
use domain::user::{Caller, Role, User};
use engine::{Crash, simulate};
use jiff::{SignedDuration, Timestamp, ToSpan};
use lambda_runtime::{Context, Error, LambdaEvent};
use testbed::Testbed;

async fn tick(bed: &Testbed) -> Result<(), Error> {
    let event = serde_json::from_str(include_str!("../../../events/schedules-every-minute.json"))?;
    super::handle(Arc::clone(&bed.deps), LambdaEvent::new(event, Context::default())).await
}

fn call(bed: &Testbed) -> Call {
    let user = User {
        user_type: "localCookieUser".to_owned(),
        id: "ann".to_owned(),
        email: "ann@corp.example".to_owned(),
        name: "Ann".to_owned(),
    };
    Call {
        caller: Caller { user, role: Role::Administrator, key_id: None },
        command: CommandId::new(bed.deps.ids.uuid()),
        repeatable: false,
        if_match: None,
        now: bed.deps.clock.now(),
        request_id: "test".to_owned(),
    }
}

/// A campaign on Monday the 5th of January 2026, 09:00 to the next Friday, 17:00, in Berlin, and what is set up with it.
async fn series(bed: &Testbed, auto_start: bool, input: RecurrenceInput) -> CampaignId {
    let create = CreateInput {
        name: Some("Payroll".to_owned()),
        start_date: "2026-01-05T08:00:00Z".parse().ok(),
        end_date: "2026-01-09T16:00:00Z".parse().ok(),
        auto_start: Some(auto_start),
        ..CreateInput::default()
    };
    let id = campaign::create(&bed.deps, &call(bed), create).await.unwrap().campaign.id;
    let input = RecurrenceInput { time_zone: Some("Europe/Berlin".to_owned()), ..input };
    let _ = recurrence::set(&bed.deps, &call(bed), id, input).await.unwrap();
    id
}

fn weekly() -> RecurrenceInput {
    RecurrenceInput { frequency: Some(Frequency::Weekly), ..RecurrenceInput::default() }
}

/// The campaigns made like one, the first first.
async fn made(bed: &Testbed, template: CampaignId) -> Vec<Campaign> {
    let input = ListInput { status: None, kind: None, limit: 500, after: None };
    let all = campaign::list(&bed.deps, &call(bed), input).await.unwrap().items;
    let mut made: Vec<Campaign> = all.into_iter().filter(|campaign| campaign.template_id == Some(template)).collect();
    made.sort_by_key(|campaign| campaign.plan.start_date);
    made
}

fn starts(made: &[Campaign]) -> Vec<String> {
    made.iter().map(|campaign| campaign.plan.start_date.to_string()).collect()
}

fn names(made: &[Campaign]) -> Vec<&str> {
    made.iter().map(|campaign| campaign.plan.name.as_str()).collect()
}

/// Everything in the table, but for whether messages are marked as sent: after a crash the sweep marks them.
fn table(bed: &Testbed) -> String {
    let mut items = bed.engine.items("reviews").unwrap();
    for item in &mut items {
        item.as_object_mut().unwrap().retain(|name, _| name != "sent" && name != "ttl");
    }
    // How far the sweep has come depends on how often it ran.
    items.retain(|item| !item["pk"]["S"].as_str().unwrap().ends_with("#SWEEP"));
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_tick_is_handled_and_so_is_the_same_tick_again() {
    let bed = Testbed::new();
    for _ in 0..2 {
        tick(&bed).await.unwrap();
    }
}

#[test]
fn a_year_of_ticks_that_come_twice_and_together_makes_each_campaign_once() {
    simulate(3, async {
        let bed = Testbed::new();
        let skipped = ["2026-04-06", "2026-12-28"].map(|day| day.parse().unwrap()).to_vec();
        let name = Some("{name} {year}-W{week}".to_owned());
        let every_week = series(&bed, false, RecurrenceInput { skipped, name, ..weekly() }).await;
        let rule = Some("FREQ=MONTHLY;INTERVAL=3;BYDAY=1MO".to_owned());
        let name = Some("Q{quarter}/{year}, number {number}".to_owned());
        let every_quarter = series(&bed, false, RecurrenceInput { rule, name, ..RecurrenceInput::default() }).await;
        let mut now: Timestamp = "2026-01-05T08:00:00Z".parse().unwrap();
        while now < "2027-01-05T00:00:00Z".parse::<Timestamp>().unwrap() {
            bed.clock.set(&now.to_string());
            let (one, two) = tokio::join!(tick(&bed), tick(&bed));
            one.unwrap();
            two.unwrap();
            now += SignedDuration::from_hours(17);
        }
        let zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
        let first = jiff::civil::date(2026, 1, 5).at(9, 0, 0, 0);
        let mondays = (1..53).map(|week| first.checked_add(week.weeks()).unwrap());
        let mondays =
            mondays.filter(|monday| !["2026-04-06", "2026-12-28"].contains(&monday.date().to_string().as_str()));
        let expected: Vec<String> =
            mondays.map(|monday| monday.to_zoned(zone.clone()).unwrap().timestamp().to_string()).collect();
        let weekly = made(&bed, every_week).await;
        assert_eq!(starts(&weekly), expected);
        assert_eq!(names(&weekly)[..2], ["Payroll 2026-W03", "Payroll 2026-W04"]);
        // 17:00 on the clocks of Berlin, before and after they change.
        assert_eq!(weekly[0].plan.end_date.to_string(), "2026-01-16T16:00:00Z");
        assert_eq!(weekly[11].plan.end_date.to_string(), "2026-04-03T15:00:00Z");
        let quarterly = made(&bed, every_quarter).await;
        assert_eq!(
            names(&quarterly),
            ["Q2/2026, number 2", "Q3/2026, number 3", "Q4/2026, number 4", "Q1/2027, number 5"]
        );
        let view = recurrence::get(&bed.deps, every_week).await.unwrap();
        assert_eq!(view.series.made, 50);
        assert_eq!(view.upcoming[0].to_string(), "2027-01-11T08:00:00Z");
    });
}

#[test]
fn what_an_outage_missed_is_made_up_for_and_can_still_be_reviewed() {
    simulate(4, async {
        let bed = Testbed::new();
        let id = series(&bed, false, weekly()).await;
        bed.clock.set("2026-02-09T10:00:00Z");
        tick(&bed).await.unwrap();
        tick(&bed).await.unwrap();
        let made = made(&bed, id).await;
        let days: Vec<String> = starts(&made).into_iter().map(|start| start[..10].to_owned()).collect();
        assert_eq!(days, ["2026-01-12", "2026-01-19", "2026-01-26", "2026-02-02", "2026-02-09"]);
        let ends: Vec<String> = made.iter().map(|campaign| campaign.plan.end_date.to_string()).collect();
        assert_eq!(ends[4], "2026-02-13T16:00:00Z");
        assert!(ends[..4].iter().all(|end| end == "2026-02-13T18:00:00Z"), "the whole length from now on: {ends:?}");
    });
}

#[test]
fn the_end_of_a_series_is_its_last_time_its_count_its_deletion_or_being_called_off() {
    simulate(5, async {
        let bed = Testbed::new();
        let until = "2026-01-26T08:00:00Z".parse().ok();
        let by_time = series(&bed, false, RecurrenceInput { until, ..weekly() }).await;
        let by_count = series(&bed, false, RecurrenceInput { count: Some(2), ..weekly() }).await;
        let (deleted, called_off) = (series(&bed, false, weekly()).await, series(&bed, false, weekly()).await);
        campaign::delete(&bed.deps, &call(&bed), deleted).await.unwrap();
        bed.clock.set("2026-01-20T00:00:00Z");
        tick(&bed).await.unwrap();
        recurrence::end(&bed.deps, &call(&bed), called_off).await.unwrap();
        bed.clock.set("2026-03-01T00:00:00Z");
        tick(&bed).await.unwrap();
        tick(&bed).await.unwrap();
        for (id, count) in [(by_time, 3), (by_count, 1), (deleted, 0), (called_off, 2)] {
            assert_eq!(made(&bed, id).await.len(), count, "{id}");
        }
        // Set up anew: from now on, and nothing twice.
        let again = recurrence::set(&bed.deps, &call(&bed), called_off, weekly()).await.unwrap();
        assert_eq!((again.series.made, again.upcoming[0].to_string()), (2, "2026-03-02T08:00:00Z".to_owned()));
    });
}

#[test]
fn a_campaign_that_starts_by_itself_is_made_with_the_job_that_builds_it() {
    simulate(6, async {
        let bed = Testbed::new();
        let id = series(&bed, true, weekly()).await;
        bed.clock.set("2026-01-12T08:00:30Z");
        tick(&bed).await.unwrap();
        tick(&bed).await.unwrap();
        let made = made(&bed, id).await;
        assert_eq!(made.iter().map(|campaign| campaign.start_state).collect::<Vec<_>>(), [StartState::Queued]);
        assert_eq!(made[0].created_by.email, "ann@corp.example", "who set it up stands for it");
        // The first of the series started by itself, too.
        assert_eq!(bed.sent.all().len(), 2);
        let told: Vec<String> = bed.sent.events().into_iter().map(|event| event.kind).collect();
        assert_eq!(told.iter().filter(|kind| *kind == "campaign.started").count(), 2, "{told:?}");
    });
}

/// A campaign that is to start by itself on the 5th of January 2026, 08:00.
async fn scheduled(bed: &Testbed) -> CampaignId {
    let create = CreateInput {
        name: Some("Payroll".to_owned()),
        start_date: "2026-01-05T08:00:00Z".parse().ok(),
        end_date: "2026-01-09T16:00:00Z".parse().ok(),
        auto_start: Some(true),
        ..CreateInput::default()
    };
    campaign::create(&bed.deps, &call(bed), create).await.unwrap().campaign.id
}

async fn start_state(bed: &Testbed, id: CampaignId) -> StartState {
    campaign::get(&bed.deps, &call(bed), id).await.unwrap().campaign.start_state
}

#[test]
fn a_scheduled_campaign_starts_once_when_its_start_date_has_come_however_late() {
    simulate(7, async {
        for late in ["2026-01-05T08:00:00Z", "2026-01-08T12:00:00Z"] {
            let bed = Testbed::new();
            let id = scheduled(&bed).await;
            bed.clock.set("2026-01-05T07:59:59Z");
            tick(&bed).await.unwrap();
            assert_eq!(start_state(&bed, id).await, StartState::None);
            bed.clock.set(late);
            let (one, two) = tokio::join!(tick(&bed), tick(&bed));
            one.unwrap();
            two.unwrap();
            tick(&bed).await.unwrap();
            assert_eq!(start_state(&bed, id).await, StartState::Queued);
            assert_eq!(bed.sent.all().len(), 1, "one job builds its rows");
        }
    });
}

#[test]
fn a_scheduled_campaign_that_is_moved_waits_and_one_that_is_deleted_never_starts() {
    simulate(8, async {
        let bed = Testbed::new();
        let (moved, deleted) = (scheduled(&bed).await, scheduled(&bed).await);
        let start_date = "2026-01-07T08:00:00Z".parse().ok();
        let edit = campaign::EditInput { start_date, ..campaign::EditInput::default() };
        let _ = campaign::update(&bed.deps, &call(&bed), moved, edit).await.unwrap();
        campaign::delete(&bed.deps, &call(&bed), deleted).await.unwrap();
        bed.clock.set("2026-01-06T00:00:00Z");
        tick(&bed).await.unwrap();
        assert_eq!(start_state(&bed, moved).await, StartState::None);
        bed.clock.set("2026-01-07T08:01:00Z");
        tick(&bed).await.unwrap();
        assert_eq!(start_state(&bed, moved).await, StartState::Queued);
        assert_eq!(bed.sent.all().len(), 1);
    });
}

/// What is due when a tick dies at some point and others follow.
async fn due(crash: Option<Crash>) -> (String, u64) {
    let bed = Testbed::new();
    let id = series(&bed, true, weekly()).await;
    let alone = scheduled(&bed).await;
    bed.clock.set("2026-01-19T09:00:00Z");
    let before = bed.engine.calls();
    if let Some(crash) = crash {
        bed.engine.crash(crash);
    }
    let _ = tick(&bed).await;
    let calls = bed.engine.calls() - before;
    bed.engine.revive();
    for _ in 0..2 {
        tick(&bed).await.unwrap();
    }
    assert_eq!(made(&bed, id).await.len(), 2, "{crash:?}");
    assert_eq!(start_state(&bed, alone).await, StartState::Queued, "{crash:?}");
    (table(&bed), calls)
}

#[test]
fn a_tick_killed_at_any_call_leaves_the_same_campaigns_when_the_next_one_comes() {
    let (expected, calls) = simulate(1, due(None));
    assert!(calls > 10, "{calls}");
    for call in 1..=calls {
        for crash in [Crash::After(call - 1), Crash::During(call)] {
            let (table, _) = simulate(1, due(Some(crash)));
            assert!(table == expected, "{crash:?} of {calls} leaves another table");
        }
    }
}
