//! Series of campaigns.

use domain::recurrence::{Frequency, Made, NameTemplate, Occurrence, Pattern, Recurrence, Rule, Series, Setup};

use super::{TABLE, command_id, later, now, review_id, run, user, world};
use crate::keys;

fn series(pattern: Pattern) -> Series {
    let recurrence = Recurrence {
        pattern,
        time_zone: "Europe/Berlin".to_owned(),
        until: Some(later(1_000_000)),
        count: Some(7),
        skipped: vec!["2026-12-24".parse().unwrap()],
    };
    let name = NameTemplate::parse("{name} {year}").unwrap();
    let setup = Setup { recurrence, name, first: now(), end: later(86_400), set_by: user("ines"), set_at: later(1) };
    Series {
        template: review_id(1),
        setup: Some(setup),
        next: Some(Occurrence { at: later(700), number: 3 }),
        made: 2,
        last: Some(Made { at: later(100), campaign: review_id(2) }),
    }
}

#[test]
fn every_series_is_read_as_it_was_written_and_found_when_it_is_due() {
    run(async {
        let world = world();
        let mut version = None;
        let every = Frequency::ALL.map(|frequency| Pattern::Every { frequency, interval: 2 });
        let rule = Pattern::ByRule(Rule::parse("FREQ=MONTHLY;BYDAY=-1FR").unwrap());
        for (n, pattern) in (1..).zip(every.into_iter().chain([rule])) {
            let mut tx = world.store.write(command_id(n), now());
            tx.put_series(&series(pattern.clone()), version).unwrap();
            let _ = tx.commit().await.unwrap();
            let stored = world.store.recurrences().get(&review_id(1)).await.unwrap().unwrap();
            assert_eq!(stored.value, series(pattern));
            version = Some(stored.version);
        }
        let mut late = world.store.write(command_id(90), now());
        late.put_series(&series(Pattern::Every { frequency: Frequency::Weekly, interval: 1 }), Some(1)).unwrap();
        assert!(late.commit().await.unwrap_err().is_conflict());

        assert_eq!(world.store.recurrences().due(later(699), 9).await.unwrap(), []);
        assert_eq!(world.store.recurrences().due(later(700), 9).await.unwrap(), [review_id(1)]);
        let mut tx = world.store.write(command_id(91), now());
        let stored = world.store.recurrences().get(&review_id(1)).await.unwrap().unwrap();
        tx.put_series(&stored.value.called_off(), version).unwrap();
        let _ = tx.commit().await.unwrap();
        assert_eq!(world.store.recurrences().due(later(9_999), 9).await.unwrap(), []);
    });
}

#[test]
fn a_series_of_the_first_form_is_read_for_ever() {
    const WRITTEN: &str = r#"{"setup":{"pattern":{"rule":"FREQ=MONTHLY;BYDAY=-1FR"},"time_zone":"Europe/Berlin","until":"2026-03-12T23:46:40Z","count":7,"skipped":["2026-12-24"],"name":"{name} {year}","first":"2026-03-01T10:00:00Z","end":"2026-03-02T10:00:00Z","set_by":{"type":"localCookieUser","id":"ines","email":"ines@corp.example","name":"INES"},"set_at":"2026-03-01T10:00:01Z"},"next":{"at":"2026-03-01T10:11:40Z","number":3},"made":2,"last":{"at":"2026-03-01T10:01:40Z","campaign":"00000000-0000-4002-8000-000000000000"}}"#;
    run(async {
        let world = world();
        let mut tx = world.store.write(command_id(1), now());
        let rule = Pattern::ByRule(Rule::parse("FREQ=MONTHLY;BYDAY=-1FR").unwrap());
        tx.put_series(&series(rule.clone()), None).unwrap();
        let _ = tx.commit().await.unwrap();
        let mut item = world.engine.items(TABLE).unwrap().remove(0);
        let key = keys::recurrence(&review_id(1));
        assert_eq!((item["pk"]["S"].as_str(), item["sk"]["S"].as_str()), (Some(&*key.pk), Some(&*key.sk)));
        assert_eq!(item["d"]["S"].as_str(), Some(WRITTEN));
        // What an older program wrote: nothing but what it had to.
        item["d"]["S"] = serde_json::Value::from("{}");
        world.engine.put(TABLE, item).unwrap();
        let read = world.store.recurrences().get(&review_id(1)).await.unwrap().unwrap().value;
        assert_eq!(read, Series { template: review_id(1), setup: None, next: None, made: 0, last: None });
    });
}
