//! No input makes a parser panic, and no accepted one makes a picture that is not valid.

use proptest::prelude::*;

use super::parsed_bytes;
use crate::{Format, Template};

const JSON: &str = include_str!("../../../../docs/samples/inventory/rich.json");
const ACCOUNTS: &str = include_str!("../../../../docs/samples/inventory/csv/accounts.csv");
const ENTITLEMENTS: &str = include_str!("../../../../docs/samples/inventory/csv/entitlements.csv");
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

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
