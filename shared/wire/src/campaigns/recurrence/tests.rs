use domain::recurrence::{Made, NameTemplate, Occurrence, Rule, Series};

use super::*;
use crate::fixture::{at, lena, review};
use crate::openapi::check::fits;

fn decoded(body: &Value) -> Result<RecurrenceInput, String> {
    input(body.to_string().as_bytes()).map_err(|error| match error {
        Error::Invalid(faults) => faults.iter().map(|fault| fault.field.clone()).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    })
}

fn view(pattern: Pattern) -> RecurrenceView {
    let recurrence = Recurrence {
        pattern,
        time_zone: "Europe/Berlin".to_owned(),
        until: Some(at("2028-01-01T00:00:00Z")),
        count: None,
        skipped: vec!["2026-12-24".parse().unwrap()],
    };
    let setup = Setup {
        recurrence,
        name: NameTemplate::default(),
        first: at("2026-09-01T06:00:00Z"),
        end: at("2026-09-21T18:00:00Z"),
        set_by: lena(),
        set_at: at("2026-08-18T12:04:11Z"),
    };
    let next = Some(Occurrence { at: at("2026-12-01T07:00:00Z"), number: 2 });
    let last = Some(Made { at: at("2026-09-01T06:00:00Z"), campaign: review() });
    let series = Series { template: review(), setup: Some(setup.clone()), next, made: 1, last };
    RecurrenceView { upcoming: setup.upcoming(next, 2), series, setup, version: 3 }
}

#[test]
fn a_recurrence_is_shown_with_what_comes_next() {
    let shown = encode(&view(Pattern::Every { frequency: Frequency::Quarterly, interval: 1 }));
    fits("Recurrence", &shown);
    assert_eq!(
        (&shown["frequency"], &shown["interval"], &shown["rrule"]),
        (&json!("quarterly"), &json!(1), &Value::Null)
    );
    assert_eq!(shown["upcoming"], json!(["2026-12-01T07:00:00Z", "2027-03-01T07:00:00Z"]));
    assert_eq!(shown["skip_dates"], json!(["2026-12-24"]));
    assert_eq!(shown["last_created"]["campaign_id"], json!(review().to_string()));
    let ruled = encode(&view(Pattern::ByRule(Rule::parse("FREQ=MONTHLY;BYDAY=1MO").unwrap())));
    fits("Recurrence", &ruled);
    assert_eq!((&ruled["frequency"], &ruled["rrule"]), (&Value::Null, &json!("FREQ=MONTHLY;BYDAY=1MO")));
}

#[test]
fn what_sets_it_up_is_read_whole() {
    let input = decoded(&json!({
        "frequency": "Weekly", "interval": "2", "time_zone": "Europe/Berlin", "until": "2028-01-01T00:00:00Z", "count": 7,
        "skip_dates": ["2026-12-24"], "name": " {name} {date} ",
    }))
    .unwrap();
    assert_eq!((input.frequency, input.interval, input.count), (Some(Frequency::Weekly), Some(2), Some(7)));
    assert_eq!((input.skipped.len(), input.name.as_deref()), (1, Some("{name} {date}")));
}

#[test]
fn every_fault_names_its_field() {
    let all = json!({
        "frequency": "hourly", "interval": 0, "rrule": 7, "time_zone": [], "until": "soon", "count": 10_001,
        "skip_dates": ["24.12.2026"], "name": "",
    });
    let fields = decoded(&all).unwrap_err();
    for field in all.as_object().unwrap().keys() {
        assert!(fields.contains(field.as_str()), "{field}: {fields}");
    }
    let many: Vec<String> = (0..367).map(|_| "2026-12-24".to_owned()).collect();
    assert_eq!(decoded(&json!({ "frequency": "weekly", "skip_dates": many })).unwrap_err(), "skip_dates");
}
