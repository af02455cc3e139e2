//! Schemas of how automations went, and of what they show.

use serde_json::Value;

use crate::openapi::schema::{Field, answer, count, list, of, or_null, request, text, time, uuid, words};

/// Name and schema of each.
pub fn schemas() -> Vec<(&'static str, Value)> {
    let run: Vec<Field> = vec![
        ("id", uuid(), ""),
        ("certification_id", uuid(), ""),
        ("automation_ids", list(uuid()), "What was to be applied: by default, and because it was selected"),
        ("status", words(&["RUNNING", "SUCCEEDED", "FAILED"]), "A certification is opened whichever way its run ends"),
        ("error_message", text(), "Why it failed, else empty"),
        ("started_at", time(), ""),
        ("completed_at", or_null(time()), "Null while it runs"),
        ("rows_matched", count(), "Rows that some automation is for"),
        ("rows_changed", count(), "Rows that were changed or marked"),
        (
            "conflicts",
            count(),
            "Parts of rows that automations wished to be different things: they stayed as they were",
        ),
        ("skipped", count(), "Parts of rows that could not be had, such as a sign-off without a decision"),
    ];
    let display: Vec<Field> = vec![
        ("automation_id", uuid(), ""),
        ("display_style", words(&["HIGHLIGHT", "SUGGEST_ACCEPT", "SUGGEST_REJECT"]), ""),
        ("display_text", text(), "May be empty"),
        ("highlight_color", text(), "`#RRGGBB`; absent for the usual colour"),
    ];
    vec![
        ("AutomationRun", answer("The work of automations on one certification.", run)),
        ("AutomationRunList", answer("", vec![("values", list(of("AutomationRun")), "None, or one")])),
        (
            "ResultDisplay",
            request(
                "What an automation shows beside a row.",
                &["automation_id", "display_style", "display_text"],
                display,
            ),
        ),
    ]
}
