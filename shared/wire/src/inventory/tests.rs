use app::error::Error;
use app::loading::ingestion::ingest::Format;
use app::loading::ingestion::report::{Note, Report};
use app::loading::ingestion::terms::{Mode, Terms};
use app::loading::ingestion::upload::{Phase, UploadView};
use app::loading::sources::provider::OrderBy;
use app::page::Page;
use insta::assert_json_snapshot;
use serde_json::json;

use super::*;
use crate::exchange::Pairs;

#[track_caller]
fn faults<T>(result: Result<T, Error>) -> Vec<String> {
    match result {
        Err(Error::Invalid(faults)) => {
            faults.into_iter().map(|fault| format!("{}: {}", fault.field, fault.issue)).collect()
        }
        Err(other) => panic!("{other}"),
        Ok(_) => Vec::new(),
    }
}

#[test]
fn a_list_of_providers_is_filtered_by_name_alone() {
    let filter = |text: &str| provider::list(&Pairs::from([("filter", text)])).map(|input| input.name);
    assert_eq!(filter("").unwrap(), None);
    assert_eq!(filter(r#"name eq "Billing EU""#).unwrap().as_deref(), Some("Billing EU"));
    assert_eq!(filter(r#"  NAME  EQ  "say \"hi\"" "#).unwrap().as_deref(), Some("say \"hi\""));
    for bad in ["name", "name eq", "name eq Billing", r#"id eq "x""#, r#"name ne "x""#, r#"name eq "x" or name eq "y""#]
    {
        assert_eq!(faults(filter(bad)), ["filter: must read name eq \"...\""], "{bad}");
    }
}

#[test]
fn a_provider_needs_a_name_and_a_template_we_read() {
    let good =
        provider::create(br#"{"name": " Billing (EU) ", "custom_template": "Application", "other": 1}"#).unwrap();
    assert_eq!((good.name.as_str(), good.template.name()), ("Billing (EU)", "application"));
    assert_eq!(faults(provider::create(b"{}")), ["name: is required", "custom_template: is required"]);
    let bad = provider::create(r#"{"name": "a/b", "custom_template": "secret_store"}"#.as_bytes());
    assert_eq!(faults(bad).len(), 2);
    assert_eq!(provider::create_source(br#"{"value": {"name": "EU"}}"#).unwrap(), "EU");
}

#[test]
fn a_list_of_providers_says_what_it_is_ordered_by() {
    let order = |text: &str| {
        let input = provider::list(&Pairs::from([("order_by", text), ("page_size", "7"), ("page_token", "x")]));
        input.map(|input| (input.order, input.descending, input.limit, input.after))
    };
    let page = (7, Some("x".to_owned()));
    let of = |by, descending| (by, descending, page.0, page.1.clone());
    assert_eq!(order("").unwrap(), of(OrderBy::Id, false));
    assert_eq!(order("name").unwrap(), of(OrderBy::Name, false));
    assert_eq!(order("Created_At  DESC").unwrap(), of(OrderBy::CreatedAt, true));
    for bad in ["template", "name up", "name desc id"] {
        assert!(faults(order(bad))[0].starts_with("order_by: must be id, name or created_at"), "{bad}");
    }
}

#[test]
fn a_payload_in_parts_begins_grows_and_ends() {
    use provider::Parts;
    let parts = |body: &str| provider::parts(body.as_bytes());
    assert_eq!(parts(r#"{"operation": "start"}"#).unwrap(), Parts::Start);
    let add = parts(r#"{"operation": "Upload", "upload_id": "u", "sequence_number": "2", "data": "YWJj"}"#);
    assert_eq!(add.unwrap(), Parts::Add { upload: "u".to_owned(), number: 2, bytes: b"abc".to_vec() });
    let complete = parts(r#"{"operation": "complete", "upload_id": "u", "sequence_count": 2}"#);
    assert_eq!(complete.unwrap(), Parts::Complete { upload: "u".to_owned(), count: 2 });
    for (body, expected) in [
        ("{}", vec!["operation: is required"]),
        (r#"{"operation": "stop"}"#, vec!["operation: must be one of start, upload, complete"]),
        (
            r#"{"operation": "upload"}"#,
            vec!["upload_id: is required", "sequence_number: is required", "data: is required"],
        ),
        (
            r#"{"operation": "upload", "upload_id": "u", "sequence_number": 0, "data": "*"}"#,
            vec!["sequence_number: must lie between 1 and 1000", "data: is not base64: Invalid symbol 42, offset 0."],
        ),
        (
            r#"{"operation": "upload", "upload_id": "u", "sequence_number": 1, "data": 7}"#,
            vec!["data: must be a string"],
        ),
        (
            r#"{"operation": "complete", "upload_id": "u", "sequence_count": 1001}"#,
            vec!["sequence_count: must lie between 1 and 1000"],
        ),
    ] {
        assert_eq!(faults(parts(body)), expected, "{body}");
    }
}

#[test]
fn a_page_holds_at_most_five_hundred() {
    let start_of = |limit: &str| start(&Pairs::from([("limit", limit), ("after", "x")]));
    assert_eq!(start_of("").unwrap(), Start { limit: 50, after: Some("x".to_owned()) });
    assert_eq!(start_of("501").unwrap().limit, 500);
    assert_eq!(faults(start_of("0")), ["limit: must be at least 1"]);
    assert_eq!(faults(start_of("many")), ["limit: must be an integer"]);
}

#[test]
fn an_upload_takes_its_format_from_body_or_query() {
    let incoming = |query: Pairs, body: &str| crate::exchange::Incoming {
        operation: crate::routes::Operation::CreateUpload,
        path: Pairs::default(),
        query,
        body: body.as_bytes().to_vec(),
        content_type: None,
    };
    let open = |query: Pairs, body: &str| upload::open(&incoming(query, body));
    assert_eq!(open(Pairs::default(), "").unwrap().format, Format::Full);
    assert_eq!(open(Pairs::default(), r#"{"format": "pairs"}"#).unwrap().format, Format::Pairs);
    let of_query = open(Pairs::from([("format", "csv"), ("name", "HR")]), "").unwrap();
    assert_eq!((of_query.format, of_query.name.as_deref()), (Format::Csv, Some("HR")));
    assert!(faults(open(Pairs::default(), r#"{"format": "xml"}"#))[0].starts_with("format: must be one of"));
    let terms = |query: Pairs, body: &str| open(query, body).map(|input| input.terms);
    assert_eq!(terms(Pairs::default(), "{}").unwrap(), Terms::default());
    let delta = Terms { mode: Mode::Delta, share: Some(40) };
    assert_eq!(terms(Pairs::default(), r#"{"mode": "Delta", "max_removed_percent": 40}"#).unwrap(), delta);
    assert_eq!(terms(Pairs::from([("mode", "delta"), ("max_removed_percent", "40")]), "").unwrap(), delta);
    assert_eq!(terms(Pairs::default(), r#"{"force": true, "max_removed_percent": 1}"#).unwrap().share, Some(100));
    assert_eq!(terms(Pairs::from([("force", "true")]), "").unwrap().share, Some(100));
    for (field, query) in [("mode", "parts"), ("max_removed_percent", "101"), ("force", "perhaps")] {
        assert!(faults(terms(Pairs::from([(field, query)]), ""))[0].starts_with(field), "{field}");
    }
}

#[test]
fn an_upload_is_shown_with_its_report() {
    let upload = UploadView {
        id: "upl-0190f2a4-7b1c-7f3e-9d52-3d1a5c8e4b10".parse().unwrap(),
        source: "payroll".parse().unwrap(),
        phase: Phase::Done,
        created_at: "2026-05-01T08:00:00Z".parse().unwrap(),
        expires_at: "2026-05-01T09:00:00Z".parse().unwrap(),
        result: Some(Report {
            created: 3,
            updated: 1,
            removed: 0,
            warnings: vec![Note {
                place: "accounts.shoe_size".to_owned(),
                message: "unknown field ignored".to_owned(),
            }],
        }),
        faults: Vec::new(),
        percent: 100,
    };
    assert_json_snapshot!(upload::upload(&upload), @r#"
    {
      "upload_id": "upl-0190f2a4-7b1c-7f3e-9d52-3d1a5c8e4b10",
      "datasource_id": "payroll",
      "status": "completed",
      "percent_complete": 100,
      "created_at": "2026-05-01T08:00:00Z",
      "expires_at": "2026-05-01T09:00:00Z",
      "report": {
        "created": 3,
        "updated": 1,
        "removed": 0,
        "warnings": [
          {
            "place": "accounts.shoe_size",
            "message": "unknown field ignored"
          }
        ]
      },
      "errors": []
    }
    "#);
}

#[test]
fn an_empty_page_says_so() {
    let body = source::list(&Page::empty());
    assert_eq!(body, json!({ "datasources": [], "pageInfo": { "hasNextPage": false, "endCursor": null } }));
}
