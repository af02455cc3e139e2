use app::error::Error;
use app::export::Status;
use app::review::{SortColumn, SortKey};

use super::*;
use crate::fixture::{at, review};
use crate::openapi::check::fits;

fn decoded(body: Value) -> Result<CreateInput, Error> {
    create(body.to_string().as_bytes())
}

fn faults(body: Value) -> Vec<String> {
    match decoded(body) {
        Err(Error::Invalid(faults)) => faults.into_iter().map(|fault| fault.field).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_format_is_its_code_or_its_name() {
    for format in [json!(0), json!("0"), json!("CSV"), json!("csv")] {
        let input = decoded(json!({ "certification_id": review().to_string(), "format": format })).unwrap();
        assert_eq!((input.review, input.format), (review(), Format::Csv));
    }
    for (format, expected) in [(json!(6), Format::Xlsx), (json!("xlsx"), Format::Xlsx), (json!("1"), Format::Pdf)] {
        let input = decoded(json!({ "certification_id": review().to_string(), "format": format })).unwrap();
        assert_eq!(input.format, expected);
    }
    for format in [json!(2), json!(-1), json!("DOC"), json!(true), json!(0.5)] {
        assert_eq!(faults(json!({ "certification_id": "x", "format": format })), ["format"], "{format}");
    }
}

#[test]
fn everything_that_is_wrong_is_named() {
    assert_eq!(faults(json!({})), ["certification_id", "format"]);
    let long = "t".repeat(31);
    let body = json!({ "certification_id": "x", "format": 0, "order_by": "sideways", "title": long, "filter": 1 });
    let mut found = faults(body);
    found.sort();
    assert_eq!(found, ["filter", "order_by", "title"]);
}

#[test]
fn blank_texts_count_as_absent() {
    let body = json!({ "certification_id": review().to_string(), "format": 0, "filter": " ", "mutable_filter": "",
        "order_by": "source.name ASC, decision desc", "title": " June " });
    let input = decoded(body).unwrap();
    assert_eq!((input.filter, input.mutable_filter, input.title), (None, None, Some("June".to_owned())));
    let by_name = SortKey { by: SortColumn::Frozen("source.name".to_owned()), descending: false };
    assert_eq!(input.order, [by_name, SortKey { by: SortColumn::Status, descending: true }]);
}

#[test]
fn an_export_is_shown_with_every_field() {
    let id = ExportId::new(review().uuid());
    let done = ExportView {
        id,
        review: review(),
        format: Format::Csv,
        status: Status::Finished,
        created_at: at("2026-05-01T08:00:00Z"),
        finished_at: Some(at("2026-05-01T08:00:09Z")),
        expires_at: Some(at("2026-05-02T08:00:09Z")),
        error: String::new(),
        rows: Some(120),
        written: 120,
        bytes: Some(9_000),
        sha256: Some("ab".repeat(32)),
    };
    fits("ExportValue", &encode_value(&done));
    let begun = ExportView { finished_at: None, expires_at: None, rows: None, bytes: None, sha256: None, ..done };
    fits("ExportValue", &encode_value(&begun));
    fits("ExportId", &encode_id(id));
}
