use super::*;

const UUID: &str = "6a8f5c1e-8a0b-4c4d-9f0e-0b7a5e1d2c33";

#[test]
fn a_kind_prints_what_it_parses() {
    assert_eq!(UUID.parse::<ReviewId>().unwrap().to_string(), UUID);
    let job = format!("job-{UUID}");
    assert_eq!(job.parse::<JobId>().unwrap().to_string(), job);
    assert_eq!(serde_json::to_string(&job.parse::<JobId>().unwrap()).unwrap(), format!("\"{job}\""));
}

#[test]
fn a_kind_refuses_the_form_of_another() {
    assert!(format!("job-{UUID}").parse::<UploadId>().is_err());
    assert!(format!("job-{UUID}").parse::<ReviewId>().is_err());
    assert!(UUID.parse::<JobId>().is_err());
    assert!(serde_json::from_str::<JobId>(&format!("\"upl-{UUID}\"")).is_err());
}

#[test]
fn other_spellings_of_a_uuid_are_refused() {
    for text in ["6a8f5c1e8a0b4c4d9f0e0b7a5e1d2c33", &format!("{{{UUID}}}"), &format!("urn:uuid:{UUID}"), ""] {
        assert!(text.parse::<ReviewId>().is_err(), "{text}");
    }
}

#[test]
fn a_snapshot_is_a_positive_second_without_sign_or_blank() {
    assert_eq!("1717200000".parse::<SnapshotId>().unwrap().time().to_string(), "2024-06-01T00:00:00Z");
    for text in ["0", "-1", "+1", " 1", "", "1.0", "253402300800", "99999999999999999999"] {
        assert!(text.parse::<SnapshotId>().is_err(), "{text}");
    }
}

#[test]
fn a_data_source_id_has_1_to_128_characters_and_no_control_character() {
    assert!(DataSourceId::new(&"ä".repeat(128)).is_ok());
    assert!(DataSourceId::new(&"a".repeat(129)).is_err());
    assert!(DataSourceId::new("").is_err());
    assert!(DataSourceId::new("a\nb").is_err());
}

#[test]
fn a_row_knows_its_page_and_bit() {
    let row = RowId(64 * 7 + 63);
    assert_eq!((row.page(), row.slot(), row.bit()), (7, 63, 1 << 63));
    assert_eq!(RowId::at(7, 63), Some(row));
    assert_eq!(RowId::at(7, 64), None);
    assert_eq!(RowId::at(u32::MAX, 0), None);
}
