//! No input makes a parser panic, and no accepted one makes a picture that is not valid.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::parsed_bytes;
use crate::{Format, Template};

const JSON: &str = include_str!("../../../../docs/samples/inventory/rich.json");
const ACCOUNTS: &str = include_str!("../../../../docs/samples/inventory/csv/accounts.csv");
const ENTITLEMENTS: &str = include_str!("../../../../docs/samples/inventory/csv/entitlements.csv");
const FILES: [(&str, &str); 6] = [
    ("accounts.csv", ACCOUNTS),
    ("entitlements.csv", ENTITLEMENTS),
    ("owners.csv", include_str!("../../../../docs/samples/inventory/csv/owners.csv")),
    ("applications.csv", include_str!("../../../../docs/samples/inventory/csv/applications.csv")),
    ("groups.csv", include_str!("../../../../docs/samples/inventory/csv/groups.csv")),
    ("memberships.csv", include_str!("../../../../docs/samples/inventory/csv/memberships.csv")),
];
const PAIRS: &str = include_str!("../../../../docs/samples/inventory/pairs.txt");
const APPLICATION: &str = include_str!("../../../../docs/samples/inventory/oaa_application.json");
const PROVIDER: &str = include_str!("../../../../docs/samples/inventory/oaa_identity_provider.json");

fn samples() -> Vec<(Format, Vec<u8>)> {
    let set = serde_json::json!({ "files": { "accounts.csv": ACCOUNTS, "entitlements.csv": ENTITLEMENTS } });
    [
        (Format::Full, JSON.to_owned()),
        (Format::Csv, set.to_string()),
        (Format::CsvFile(crate::Table::Accounts), ACCOUNTS.to_owned()),
        (Format::CsvFile(crate::Table::Entitlements), ENTITLEMENTS.to_owned()),
        (Format::Pairs, PAIRS.to_owned()),
        (Format::Oaa(Template::Application), APPLICATION.to_owned()),
        (Format::Oaa(Template::IdentityProvider), PROVIDER.to_owned()),
    ]
    .map(|(format, text)| (format, text.into_bytes()))
    .to_vec()
}

/// One change to an input.
#[derive(Debug, Clone)]
enum Edit {
    /// Another byte at a place.
    Byte(prop::sample::Index, u8),
    /// The rest cut off.
    Cut(prop::sample::Index),
    /// A piece moved elsewhere, which repeats ids and breaks references.
    Copy(prop::sample::Index, prop::sample::Index, usize),
    /// A word of the input's language at a place.
    Word(prop::sample::Index, &'static str),
    /// A piece taken out.
    Drop(prop::sample::Index, usize),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let words = prop::sample::select(vec![
        "null", "[]", "{}", "\"\"", "-1", "1e999", "\"a\"", ",", ";", "\t", "\n", "\"", "\u{feff}", "\\u0000", "a.b",
        "[[[[[[[[",
    ]);
    let edit = prop_oneof![
        (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(at, byte)| Edit::Byte(at, byte)),
        any::<prop::sample::Index>().prop_map(Edit::Cut),
        (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 1_usize..200)
            .prop_map(|(from, to, length)| Edit::Copy(from, to, length)),
        (any::<prop::sample::Index>(), words).prop_map(|(at, word)| Edit::Word(at, word)),
        (any::<prop::sample::Index>(), 1_usize..200).prop_map(|(at, length)| Edit::Drop(at, length)),
    ];
    prop::collection::vec(edit, 0..4)
}

fn edited(mut bytes: Vec<u8>, edits: &[Edit]) -> Vec<u8> {
    for edit in edits {
        let length = bytes.len() + 1;
        match edit {
            Edit::Byte(at, byte) => {
                if let Some(found) = bytes.get_mut(at.index(length)) {
                    *found = *byte;
                }
            }
            Edit::Cut(at) => bytes.truncate(at.index(length)),
            Edit::Copy(from, to, size) => {
                let (from, to) = (from.index(length), to.index(length));
                let piece: Vec<u8> = bytes.iter().skip(from).take(*size).copied().collect();
                bytes.splice(to..to, piece);
            }
            Edit::Word(at, word) => {
                let at = at.index(length);
                bytes.splice(at..at, word.bytes());
            }
            Edit::Drop(at, size) => {
                let at = at.index(length);
                bytes.drain(at..(at + size).min(bytes.len()));
            }
        }
    }
    bytes
}

/// Visits every value below the root in a fixed order until `at` are passed, and puts `with` into the place of that one.
fn replace(value: &mut Json, at: &mut usize, with: &Json) {
    let below: Vec<&mut Json> = match value {
        Json::Array(entries) => entries.iter_mut().collect(),
        Json::Object(fields) => fields.values_mut().collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => Vec::new(),
    };
    for entry in below {
        match at.checked_sub(1) {
            None => return,
            Some(0) => {
                *entry = with.clone();
                *at = 0;
                return;
            }
            Some(left) => *at = left,
        }
        replace(entry, at, with);
        if *at == 0 {
            return;
        }
    }
}

/// All values below the root.
fn values(value: &Json, found: &mut Vec<Json>) {
    let below: Vec<&Json> = match value {
        Json::Array(entries) => entries.iter().collect(),
        Json::Object(fields) => fields.values().collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => Vec::new(),
    };
    for entry in below {
        found.push(entry.clone());
        values(entry, found);
    }
}

/// A value to put somewhere: a constant, or another part of the same document.
fn parts(document: &Json) -> Vec<Json> {
    let long = "x".repeat(600);
    let mut found = vec![
        json!(null),
        json!(7),
        json!(-1.5),
        json!(true),
        json!(""),
        json!("a/b"),
        json!("a.b"),
        json!("a\nb"),
        json!(long),
        json!([]),
        json!({}),
        json!([null]),
        json!([[]]),
        json!([{}]),
        json!([""]),
        json!({ "id": "x" }),
    ];
    values(document, &mut found);
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_document_with_wrong_parts_is_refused_with_places_or_gives_a_valid_picture(
        sample in 0_usize..3,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..4),
    ) {
        let (format, text) = [
            (Format::Full, JSON),
            (Format::Oaa(Template::Application), APPLICATION),
            (Format::Oaa(Template::IdentityProvider), PROVIDER),
        ][sample];
        let mut document: Json = serde_json::from_str(text).unwrap();
        let parts = parts(&document);
        for (at, with) in changes {
            let mut places = Vec::new();
            values(&document, &mut places);
            replace(&mut document, &mut (1 + at.index(places.len().max(1))), with.get(&parts));
        }
        match parsed_bytes(format, document.to_string().as_bytes()) {
            Ok(parsed) => prop_assert_eq!(parsed.picture.validate(), Ok(())),
            // A place that is only `$` would send its reader through the whole document.
            Err(faults) => prop_assert!(faults.faults.iter().all(|fault| fault.place != "$"), "{faults:?}\n{document}"),
        }
    }

    #[test]
    fn files_with_wrong_cells_are_refused_with_places_or_give_a_valid_picture(
        changes in prop::collection::vec((0_usize..FILES.len(), any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..4),
        given in 1_u8..64,
    ) {
        let mut files = serde_json::Map::new();
        for (number, (name, text)) in FILES.into_iter().enumerate().filter(|(number, _)| given >> number & 1 == 1) {
            let mut rows: Vec<Vec<String>> =
                text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect();
            for (_, at, with) in changes.iter().filter(|(file, _, _)| *file == number) {
                let columns = rows[0].len();
                let at = at.index(rows.len() * columns);
                let odd = [String::new(), "x".repeat(600), "grp-all".to_owned(), "a;b;;c".to_owned(), "\u{1}".to_owned(),
                    "2026-13-01".to_owned(), "account_id".to_owned(), "custom_x".to_owned(), "Payroll".to_owned()];
                let cell = odd[with.index(odd.len())].clone();
                rows[at / columns][at % columns] = cell;
            }
            let text: Vec<String> = rows.iter().map(|row| row.join(",")).collect();
            files.insert(name.to_owned(), text.join("\n").into());
        }
        match parsed_bytes(Format::Csv, json!({ "files": files }).to_string().as_bytes()) {
            Ok(parsed) => prop_assert_eq!(parsed.picture.validate(), Ok(())),
            Err(faults) => {
                prop_assert!(faults.faults.iter().all(|fault| fault.place.contains(".csv:")), "{faults:?}\n{files:?}");
            }
        }
    }

    #[test]
    fn a_damaged_input_is_refused_or_gives_a_valid_picture(sample in 0_usize..7, edits in edits()) {
        let (format, bytes) = samples().swap_remove(sample);
        match parsed_bytes(format, &edited(bytes, &edits)) {
            Ok(parsed) => {
                prop_assert_eq!(parsed.picture.validate(), Ok(()));
                let mut again = parsed.picture.clone();
                again.normalise();
                prop_assert_eq!(again, parsed.picture);
            }
            Err(faults) => prop_assert!(!faults.faults.is_empty()),
        }
    }

    #[test]
    fn any_bytes_are_refused_or_give_a_valid_picture(sample in 0_usize..7, bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let (format, _) = samples().swap_remove(sample);
        if let Ok(parsed) = parsed_bytes(format, &bytes) {
            prop_assert_eq!(parsed.picture.validate(), Ok(()));
        }
    }

    #[test]
    fn any_envelope_is_refused_or_gives_a_payload(edits in edits()) {
        let body = serde_json::json!({ "id": "p", "data_source_id": "d", "json_data": "{}" }).to_string();
        if let Ok(push) = crate::oaa::decode_push(&edited(body.into_bytes(), &edits)) {
            prop_assert!(push.payload.len() < 1_000);
        }
    }
}
