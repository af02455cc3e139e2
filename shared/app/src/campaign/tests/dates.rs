//! Dates that have passed: nobody starts what has ended, and what waits for its start is not forgotten.

use domain::review::CampaignPlan;
use domain::settings::{OverdueReviews, Value as Chosen};
use jiff::SignedDuration;

use super::*;
use crate::campaign::{EditInput, Started, start_due};
use crate::deps::Deps;
use crate::settings;

/// A call some minutes later.
fn later(stand: &Stand, minutes: i64) -> (Deps, Call) {
    let deps = stand.ahead(minutes);
    let now = deps.clock.now();
    (deps, Call { now, ..stand.call() })
}

/// From now on reviews end when they are due.
async fn reviews_expire(stand: &Stand) {
    let expire = Chosen::Overdue(OverdueReviews::Expire);
    settings::put(&stand.deps, &stand.call(), expire, None).await.unwrap();
}

/// A campaign of an hour that starts by itself in two minutes.
fn automatic() -> CreateInput {
    CreateInput {
        start_date: Some(now() + SignedDuration::from_mins(2)),
        end_date: Some(now() + SignedDuration::from_mins(62)),
        auto_start: Some(true),
        ..input("By itself")
    }
}

#[test]
fn a_campaign_whose_end_has_passed_does_not_start_until_it_ends_later() {
    engine::simulate(1, async {
        let stand = stocked().await;
        let stays_open = create(&stand.deps, &stand.call(), input("Older")).await.unwrap().campaign.id;
        let (deps, call) = later(&stand, 31 * 24 * 60);
        start(&deps, &call, stays_open).await.unwrap();
        reviews_expire(&stand).await;
        let id = create(&stand.deps, &stand.call(), input("Old")).await.unwrap().campaign.id;
        let (deps, call) = later(&stand, 31 * 24 * 60);
        assert_eq!(refusal(start(&deps, &call, id).await).code(), "ends_in_the_past");
        let end_date = Some(call.now + SignedDuration::from_mins(1));
        let longer = EditInput { end_date, ..EditInput::default() };
        let edited = update(&deps, &call, id, longer).await.unwrap();
        assert_eq!((edited.campaign.status, edited.campaign.start_state), (CampaignStatus::Draft, StartState::None));
        start(&deps, &Call { now: call.now, ..stand.call() }, id).await.unwrap();
    });
}

#[test]
fn the_end_of_an_active_campaign_is_moved_into_the_future_alone() {
    engine::simulate(1, async {
        let stand = stocked().await;
        let made = active(&stand).await.campaign;
        reviews_expire(&stand).await;
        let (deps, call) = later(&stand, 20 * 24 * 60);
        let edit = |end: Timestamp| EditInput { end_date: Some(end), ..EditInput::default() };
        let past = update(&deps, &call, made.id, edit(call.now)).await;
        assert_eq!(faults(past), ["end_date"], "completing and terminating are for that");
        let stands = EditInput { description: Some("Late".to_owned()), ..edit(made.plan.end_date) };
        let kept = update(&deps, &call, made.id, stands).await.unwrap().campaign.plan;
        assert_eq!(
            (kept.end_date, kept.description.as_str()),
            (made.plan.end_date, "Late"),
            "what is sent back stands"
        );
        let ahead = call.now + SignedDuration::from_millis(1);
        let moved = update(&deps, &Call { now: call.now, ..stand.call() }, made.id, edit(ahead)).await.unwrap();
        assert_eq!(moved.campaign.plan.end_date, ahead);
    });
}

#[test]
fn a_start_that_comes_after_the_end_fails_once_and_tells_why() {
    engine::simulate(1, async {
        let stand = stocked().await;
        reviews_expire(&stand).await;
        let id = create(&stand.deps, &stand.call(), automatic()).await.unwrap().campaign.id;
        let (deps, call) = later(&stand, 62);
        for _ in 0..2 {
            assert_eq!(start_due(&deps).await.unwrap(), Started::default());
        }
        let failed = get(&deps, &call, id).await.unwrap().campaign;
        assert_eq!((failed.start_state, failed.version), (StartState::Failed, 2));
        assert_eq!(failed.start_error.as_deref(), Some("the end of the campaign has passed"));
        assert!(deps.store.campaigns().due(call.now, 10).await.unwrap().is_empty(), "it is not looked at each minute");

        let again = EditInput {
            start_date: Some(call.now + SignedDuration::from_mins(2)),
            end_date: Some(call.now + SignedDuration::from_mins(30)),
            ..EditInput::default()
        };
        let planned = update(&deps, &call, id, again).await.unwrap().campaign;
        assert_eq!((planned.status, planned.start_state), (CampaignStatus::Scheduled, StartState::None));
        assert_eq!(planned.start_error, None);
        let (deps, _) = later(&stand, 65);
        assert_eq!(start_due(&deps).await.unwrap().started, 1);
    });
}

#[test]
fn an_edit_between_the_start_date_and_the_start_leaves_the_campaign_scheduled() {
    engine::simulate(1, async {
        let stand = stocked().await;
        let id = create(&stand.deps, &stand.call(), automatic()).await.unwrap().campaign.id;
        let (deps, call) = later(&stand, 3);
        let word = EditInput { description: Some("Only a word".to_owned()), ..EditInput::default() };
        let edited = update(&deps, &call, id, word).await.unwrap().campaign;
        assert_eq!(edited.status, CampaignStatus::Scheduled);
        let CampaignPlan { start_date, .. } = edited.plan;
        let same = EditInput { start_date: Some(start_date), auto_start: Some(true), ..EditInput::default() };
        let same = update(&deps, &Call { now: call.now, ..stand.call() }, id, same).await.unwrap().campaign;
        assert_eq!(same.status, CampaignStatus::Scheduled);
        assert_eq!(start_due(&deps).await.unwrap().started, 1);
    });
}
