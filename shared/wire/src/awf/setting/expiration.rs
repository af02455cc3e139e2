//! What becomes of the rows of reviews that expire: a word under `value`, and an object under `setting` that says more.

use domain::settings::{Expiration, UndecidedRows};
use serde_json::{Value, json};

use crate::decode::{MAX_TEXT, Object};

/// Every choice with its name.
const NAMES: [(UndecidedRows, &str); 2] =
    [(UndecidedRows::Stay, "DO_NOTHING"), (UndecidedRows::AreRejected, "AUTO_REJECT_INCOMPLETE_RESULTS")];

/// The name of a choice.
pub(super) fn name(choice: UndecidedRows) -> &'static str {
    NAMES.iter().find(|(one, _)| *one == choice).map_or("", |(_, name)| name)
}

/// Reads either form, or both where they say the same. Here 0 is a choice like any other.
pub(super) fn decode(body: &Object<'_>) -> Option<Expiration> {
    let value = body.raw("value").map(|_| choice(body, "value"));
    let Some(setting) = body.object("setting") else {
        if value.is_none() && !body.is_faulty("setting") {
            body.fault("value", "is required");
        }
        return value.flatten().map(|undecided| Expiration { undecided, note: String::new() });
    };
    let undecided = setting.required("behavior", setting.raw("behavior").and_then(|_| choice(&setting, "behavior")));
    let note = setting.text("note_to_add", MAX_TEXT).unwrap_or_default();
    if let (Some(Some(value)), Some(undecided)) = (value, undecided)
        && value != undecided
    {
        body.fault("value", "must not differ from setting.behavior");
    }
    undecided.map(|undecided| Expiration { undecided, note })
}

fn choice(object: &Object<'_>, field: &str) -> Option<UndecidedRows> {
    let code = |code: i64| NAMES.iter().find(|(choice, _)| i64::from(choice.code()) == code).map(|(choice, _)| *choice);
    let found = match object.raw(field)? {
        Value::Number(number) => number.as_i64().and_then(code),
        Value::String(text) => {
            let named = NAMES.iter().find(|(_, name)| name.eq_ignore_ascii_case(text.trim()));
            named.map(|(choice, _)| *choice).or_else(|| text.trim().parse().ok().and_then(code))
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    if found.is_none() {
        object.fault(field, "must be one of DO_NOTHING, AUTO_REJECT_INCOMPLETE_RESULTS");
    }
    found
}

/// The object under `setting`.
pub(super) fn encode(expiration: &Expiration) -> Value {
    json!({ "behavior": expiration.undecided.code(), "note_to_add": expiration.note })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Faults;

    fn read(body: &Value) -> Result<Option<Expiration>, Vec<String>> {
        let faults = Faults::new();
        let object = Object::root(body, &faults).unwrap();
        let read = decode(&object);
        match faults.check() {
            Ok(()) => Ok(read),
            Err(app::Error::Invalid(faults)) => Err(faults.into_iter().map(|fault| fault.field).collect()),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn either_form_is_read_and_both_where_they_agree() {
        use UndecidedRows::{AreRejected, Stay};
        let of = |undecided, note: &str| Ok(Some(Expiration { undecided, note: note.to_owned() }));
        for form in [json!(1), json!("1"), json!("auto_reject_incomplete_results")] {
            assert_eq!(read(&json!({ "value": form })), of(AreRejected, ""), "{form}");
            assert_eq!(
                read(&json!({ "setting": { "behavior": form, "note_to_add": "late" } })),
                of(AreRejected, "late")
            );
        }
        assert_eq!(read(&json!({ "value": "DO_NOTHING", "setting": { "behavior": 0 } })), of(Stay, ""));
        for (body, field) in [
            (json!({}), "value"),
            (json!({ "value": "REJECT" }), "value"),
            (json!({ "value": "DO_NOTHING", "setting": { "behavior": 1 } }), "value"),
            (json!({ "setting": {} }), "setting.behavior"),
            (json!({ "setting": { "behavior": 2 } }), "setting.behavior"),
            (json!({ "setting": { "behavior": 1, "note_to_add": "n".repeat(4_001) } }), "setting.note_to_add"),
        ] {
            assert_eq!(read(&body), Err(vec![field.to_owned()]), "{body}");
        }
    }
}
