use insta::assert_json_snapshot;

use super::*;
use crate::openapi::check::fits;

fn both(error: &Error) -> Value {
    let now = "2026-05-11T09:30:02.114Z".parse().unwrap();
    let shown = [Dialect::Campaigns, Dialect::Awf].map(|dialect| {
        let (status, body) = reply(dialect, error, "req-1", now);
        fits(if dialect == Dialect::Campaigns { "Error" } else { "AwfError" }, &body);
        json!([status.as_u16(), body])
    });
    shown.into_iter().collect()
}

#[test]
fn every_fault_of_an_invalid_request_is_listed() {
    let faults = vec![Fault::new("name", "is required"), Fault::new("scope.applications[1]", "must be a string")];
    assert_json_snapshot!(both(&Error::Invalid(faults)));
}

#[test]
fn a_refused_undo_names_the_account_and_the_reason() {
    assert_json_snapshot!(both(&Error::Refused(Refusal::UndoWindowElapsed)));
}

#[test]
fn a_missing_note_is_a_fault_of_the_field_by_its_name_in_the_dialect() {
    assert_json_snapshot!(both(&Error::Refused(Refusal::NoteRequired)));
}

#[test]
fn unknown_things_of_a_batch_are_listed() {
    assert_json_snapshot!(both(&Error::NotFound(vec![Fault::new("account_ids", "acct-9")])));
}

#[test]
fn every_kind_of_error_has_its_status_and_codes() {
    let refused = |refusal| Error::Refused(refusal);
    let cases = [
        Error::invalid("f", "i"),
        Error::forbidden(),
        Error::not_found(),
        refused(Refusal::Completed),
        refused(Refusal::AlreadyExists { what: "provider" }),
        refused(Refusal::NotTheDecider),
        refused(Refusal::Stale { current: 2 }),
        Error::Stale,
        Error::TooLarge("x".to_owned()),
        Error::Unavailable("secret cause".to_owned()),
        Error::Bug("secret cause".to_owned()),
    ];
    let table: Vec<_> = cases
        .iter()
        .map(|error| {
            let shown = both(error);
            assert!(!shown.to_string().contains("secret"), "{shown}");
            format!("{}: {} {} / {}", error_name(error), shown[0][0], shown[0][1]["error"]["code"], shown[1][1]["code"])
        })
        .collect();
    assert_json_snapshot!(table);
}

fn error_name(error: &Error) -> String {
    format!("{error:?}").chars().take_while(|c| c.is_alphanumeric()).collect()
}

#[test]
fn the_edge_has_a_reply_for_everything_it_refuses() {
    use EdgeError as E;
    let now = "2026-05-11T09:30:02Z".parse().unwrap();
    let all = [
        E::Unauthenticated,
        E::RoleTooLow,
        E::NoRoute,
        E::MethodNotAllowed,
        E::BodyTooLarge,
        E::KeyInFlight,
        E::KeyReused,
        E::KeyInvalid,
        E::IfMatchInvalid,
        E::IfMatchUnexpected,
        E::RateLimited,
    ];
    let table: Vec<_> = all
        .iter()
        .map(|error| {
            let (status, campaigns) = edge_reply(Dialect::Campaigns, *error, "req-1", now);
            let (_, awf) = edge_reply(Dialect::Awf, *error, "req-1", now);
            fits("Error", &campaigns);
            fits("AwfError", &awf);
            format!("{error:?}: {} {} / {}", status.as_u16(), campaigns["error"]["code"], awf["code"])
        })
        .collect();
    assert_json_snapshot!(table);
}

#[test]
fn a_body_that_is_too_large_is_shown_the_way_of_an_upload() {
    let (_, body) = edge_reply(Dialect::Campaigns, EdgeError::BodyTooLarge, "r", Timestamp::UNIX_EPOCH);
    assert!(body["error"]["message"].as_str().unwrap().contains("/uploads"));
}

#[test]
fn a_version_that_is_not_the_current_one_has_the_status_of_its_dialect() {
    for (dialect, expected) in [(Dialect::Campaigns, 409), (Dialect::Awf, 409), (Dialect::Scim, 412)] {
        let (status, body) = reply(dialect, &Error::Stale, "r", Timestamp::UNIX_EPOCH);
        assert_eq!(status.as_u16(), expected);
        assert!(body.to_string().contains("no longer the current one"), "{body}");
    }
}
