//! Schemas of inbound provisioning.

use serde_json::{Value, json};

use super::schema::{answer, count, flag, list, of, open_object, request, text};

/// Name and schema of everything that identity providers send and are told.
pub fn schemas() -> Vec<(&'static str, Value)> {
    let contact = || list(request("", &[], vec![("value", text(), ""), ("type", text(), ""), ("primary", flag(), "")]));
    let member = || {
        let reference = ("$ref", text(), "Where it is");
        request("", &["value"], vec![("value", text(), "Id of a user or group"), ("type", text(), ""), reference])
    };
    let user = || {
        vec![
            ("schemas", list(text()), ""),
            ("id", text(), "Ours"),
            ("externalId", text(), "Of the client"),
            ("userName", text(), "There is one of each, in any letter case"),
            ("name", open_object(), "formatted, familyName, givenName"),
            ("displayName", text(), ""),
            ("title", text(), ""),
            ("userType", text(), ""),
            ("active", flag(), ""),
            ("emails", contact(), ""),
            ("phoneNumbers", contact(), ""),
            ("groups", list(open_object()), "Follows from the groups"),
            ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", open_object(), ENTERPRISE),
            ("meta", open_object(), ""),
        ]
    };
    let group = || {
        vec![
            ("schemas", list(text()), ""),
            ("id", text(), "Ours"),
            ("externalId", text(), "Of the client"),
            ("displayName", text(), ""),
            ("members", list(member()), "At most 20,000"),
            ("meta", open_object(), ""),
        ]
    };
    let resources = vec![
        ("ScimUser", open(request("A user of RFC 7643, with any other attributes of it.", &["userName"], user()))),
        ("ScimGroup", open(request("A group of RFC 7643.", &["displayName"], group()))),
        ("ScimUserShown", open(request("A user, or the attributes of it that were asked for.", &[], user()))),
        ("ScimGroupShown", open(request("A group, or the attributes of it that were asked for.", &[], group()))),
    ];
    [resources, messages()].concat()
}

/// What is said about resources.
fn messages() -> Vec<(&'static str, Value)> {
    let operation = request(
        "",
        &["op"],
        vec![
            ("op", text(), "add, replace or remove, in any letter case"),
            ("path", text(), ""),
            ("value", json!({}), ""),
        ],
    );
    let change = request(
        "Operations of RFC 7644, carried out together or not at all.",
        &["Operations"],
        vec![("schemas", list(text()), ""), ("Operations", list(operation), "")],
    );
    let page = answer(
        "A page of a list.",
        vec![
            ("schemas", list(text()), ""),
            ("totalResults", count(), ""),
            ("startIndex", count(), "From 1"),
            ("itemsPerPage", count(), ""),
            ("Resources", list(open_object()), ""),
        ],
    );
    let error = request(
        "A failure.",
        &["schemas", "status", "detail"],
        vec![
            ("schemas", list(text()), ""),
            ("status", text(), "The status of HTTP, as text"),
            ("scimType", text(), "The kind of fault, in the words of RFC 7644"),
            ("detail", text(), ""),
        ],
    );
    vec![
        ("ScimPatch", change),
        ("ScimList", page),
        ("ScimDescription", open(answer("What the service is.", vec![("schemas", list(of("Anything")), "")]))),
        ("ScimError", error),
    ]
}

/// The object with any other fields.
fn open(mut object: Value) -> Value {
    if let Value::Object(object) = &mut object {
        object.insert("additionalProperties".to_owned(), Value::Bool(true));
    }
    object
}

const ENTERPRISE: &str = "employeeNumber, costCenter, organization, division, department, manager";
