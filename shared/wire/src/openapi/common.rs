//! Schemas of what belongs to neither dialect: callers, keys, health.

use serde_json::{Value, json};

use super::schema::{answer, bounded, list, of, one_of, or_null, request, text, time, words};
use crate::decode::MAX_NAME;

/// Name and schema.
pub fn schemas() -> Vec<(&'static str, Value)> {
    callers()
}

const ROLES: [&str; 4] = ["administrator", "operator", "reviewer", "auditor"];

fn callers() -> Vec<(&'static str, Value)> {
    let key = || {
        vec![
            ("id", text(), ""),
            ("name", text(), ""),
            ("role", words(&ROLES), ""),
            ("user", of("WorkflowUser"), "Whom the key acts for"),
            ("created_at", time(), ""),
            ("created_by", of("WorkflowUser"), ""),
            ("expires_at", or_null(time()), "Never, when null"),
        ]
    };
    let mut issued = key();
    issued.push((
        "token",
        or_null(text()),
        "Null in a repeated answer. Shown once; send it as `Authorization: Bearer <token>`",
    ));
    vec![
        ("Me", answer("The caller.", vec![("user", of("WorkflowUser"), ""), ("roles", list(words(&ROLES)), "")])),
        ("ApiKey", answer("An API key, without its secret.", key())),
        ("ApiKeyList", answer("", vec![("api_keys", list(of("ApiKey")), "")])),
        ("IssuedApiKey", answer("A new API key with its token.", issued)),
        (
            "ApiKeyInput",
            request(
                "A new API key.",
                &["name", "role", "user"],
                vec![
                    ("name", bounded(MAX_NAME), ""),
                    ("role", words(&ROLES), ""),
                    (
                        "user",
                        one_of(vec![text(), of("WorkflowUserInput")]),
                        "E-mail address or user: whom the key acts for",
                    ),
                    ("expires_at", time(), "Never, when absent"),
                ],
            ),
        ),
        ("Health", answer("The service answers.", vec![("status", words(&["ok"]), "")])),
        ("Anything", json!({ "description": "Any JSON value" })),
    ]
}
