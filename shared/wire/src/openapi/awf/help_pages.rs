//! Schemas of help pages, and of who reads them.

use domain::letter::Undeliverable;
use serde_json::Value;

use crate::decode::MAX_NAME;
use crate::openapi::schema::{Field, answer, bounded, flag, list, of, or_null, request, text, uuid, words};

/// Name and schema of each.
pub fn schemas() -> Vec<(&'static str, Value)> {
    let usage = || words(&["HELP_PAGE", "REVIEW_START", "SIGN_OFF"]);
    let head = || -> Vec<Field> {
        vec![
            ("workflow_id", uuid(), "All zeros for every workflow without a template of its own"),
            ("name", bounded(MAX_NAME), ""),
            ("usage", usage(), "When it is shown"),
        ]
    };
    let template = bounded(domain::help_page::MAX_TEMPLATE);
    let body = || ("template_body", template.clone(), "Markdown; `{{WORKFLOW_NAME}}` and the like are filled");
    let whole = || [head(), vec![body()]].concat();
    let stats: Vec<Field> = vec![
        ("total", text(), "no_decision + accepted + rejected + fixed"),
        ("no_decision", text(), ""),
        ("accepted", text(), ""),
        ("rejected", text(), ""),
        ("fixed", text(), ""),
        ("signed_off", text(), "Whatever was decided"),
    ];
    vec![
        ("HelpPageTemplateHead", answer("A template without its text.", head())),
        ("HelpPageTemplate", answer("A template as it was written.", whole())),
        ("HelpPageTemplateValue", answer("", vec![("value", of("HelpPageTemplate"), "")])),
        ("HelpPageTemplateInput", request("A template.", &["workflow_id", "name", "usage", "template_body"], whole())),
        (
            "HelpPageTemplateList",
            answer(
                "Templates, those for every workflow first.",
                vec![
                    ("values", list(of("HelpPageTemplateHead")), ""),
                    ("next_page_token", text(), "Empty on the last page"),
                    ("has_more", flag(), ""),
                ],
            ),
        ),
        ("HelpPageContent", answer("", vec![("content", text(), "Markdown; empty when there is no template")])),
        ("ReviewerRowStats", answer("Numbers of rows, as text. A row of two reviewers counts for both.", stats)),
        (
            "ReviewerInfo",
            answer(
                "",
                vec![
                    ("reviewer", of("WorkflowUser"), ""),
                    ("row_stats", of("ReviewerRowStats"), ""),
                    (
                        "mail_failure",
                        or_null(words(&Undeliverable::ALL.map(Undeliverable::word))),
                        "Why mail about the certification does not reach them; null when nothing is known against it",
                    ),
                ],
            ),
        ),
        (
            "ReviewerInfoList",
            answer("Reviewers by name.", vec![("values", list(of("ReviewerInfo")), ""), ("has_more", flag(), "")]),
        ),
    ]
}
