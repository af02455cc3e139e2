//! The documentation as one page that needs nothing else: no script, no font, no other host.
//!
//! Everything on it comes from the route table and the schemas, so that it cannot say anything else than the document.

use std::fmt::Write as _;

use serde_json::Value;

use super::{schemas, tags};
use crate::routes::{Answer, Dialect, ROUTES, Route, describe};

const STYLE: &str = "
:root { color-scheme: light dark; --soft: color-mix(in srgb, currentColor 12%, transparent); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.7rem; margin-bottom: 0; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--soft); }
code, pre { font: 0.9em/1.45 ui-monospace, monospace; }
pre { background: var(--soft); padding: .8rem; overflow-x: auto; border-radius: .3rem; }
details { border: 1px solid var(--soft); border-radius: .3rem; margin: .4rem 0; padding: .4rem .7rem; }
summary { cursor: pointer; } summary b { display: inline-block; min-width: 4.2rem; }
summary span { opacity: .75; margin-left: .6rem; }
table { border-collapse: collapse; width: 100%; margin: .4rem 0; }
td, th { text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--soft); }
";

const INTRODUCTION: &str = r#"
<p>Load who has access to what, let people review it, keep the record. The same description for machines is at
<a href="/openapi.json"><code>/openapi.json</code></a>.</p>
<h2>Start here</h2>
<p>Send an API key as a bearer token with every request. An administrator issues keys by
<code>POST /api/v1/api-keys</code>.</p>
<pre>curl -H "Authorization: Bearer $TOKEN" $HOST/api/v1/me</pre>
<p>A review in five steps:</p>
<ol>
<li><code>PUT /api/v1/inventory/datasources/{datasource_id}</code> loads who has access to what.</li>
<li><code>POST /api/v1/campaigns</code> makes a campaign over it, <code>POST /api/v1/campaigns/{id}/start</code> starts it.</li>
<li><code>GET /api/v1/campaigns/{id}</code> shows <code>"status": "active"</code> as soon as its items are there.</li>
<li>Reviewers read <code>GET /api/v1/campaigns/{id}/review-items</code> and decide by
<code>POST /api/v1/campaigns/{id}/approvals/{accountId}</code>.</li>
<li><code>POST /api/v1/campaigns/{id}/complete</code> ends it; the result stays readable.</li>
</ol>
<p>The paths under <code>/api/preview/awf</code> show the same reviews in other words: a workflow says what is reviewed,
a certification is one review of it, its results are the rows.</p>
<h2>What holds everywhere</h2>
<ul>
<li>Bodies are JSON whatever the content type says. Unknown fields are ignored; a wrong type is refused, and all faults
are named at once.</li>
<li>Times are RFC 3339 in UTC. Lists come in pages: pass the cursor of one page to get the next.</li>
<li>Roles contain one another: administrator, operator, reviewer. An auditor reads what an operator reads. What a
reviewer may not see answers 404.</li>
<li>Every write takes an <code>Idempotency-Key</code>; single objects carry an <code>ETag</code>, and a write with a
stale <code>If-Match</code> answers 409. Where nothing has a single version, such as for many items at once,
<code>If-Match</code> is refused by 400.</li>
<li>A body may have 4 MB. Larger inventories go through
<code>POST /api/v1/inventory/datasources/{datasource_id}/uploads</code>.</li>
</ul>
"#;

/// The page.
#[must_use]
pub fn page() -> String {
    let mut html = String::from("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">");
    html.push_str("<meta name=\"viewport\" content=\"width=device-width\"><title>Access reviews API</title><style>");
    html.push_str(STYLE);
    html.push_str("</style></head><body><h1>Access reviews API</h1>");
    html.push_str(INTRODUCTION);
    for tag in tags() {
        let name = tag.get("name").and_then(Value::as_str).unwrap_or_default();
        let _ = write!(html, "<h2>{}</h2>", escaped(name));
        ROUTES.iter().filter(|route| route.tag == name).for_each(|route| operation(&mut html, route));
    }
    html.push_str("<h2>Bodies</h2>");
    for (name, schema) in schemas() {
        body(&mut html, &name, &schema);
    }
    html.push_str("</body></html>\n");
    html
}

fn operation(html: &mut String, route: &Route) {
    let description = describe(route.operation);
    let (method, path, summary) = (route.method.as_str(), escaped(route.path), escaped(route.summary));
    let _ = write!(html, "<details><summary><b>{method}</b><code>{path}</code><span>{summary}</span></summary><table>");
    let role = route.minimum_role.map_or("nobody in particular: no token is needed".to_owned(), |role| {
        format!("{role} or higher{}", if route.reads { ", auditor" } else { "" })
    });
    row(html, "Who", &escaped(&role));
    for parameter in &description.query {
        let required = if parameter.required { " (required)" } else { "" };
        row(html, &format!("?{}{required}", parameter.name), &escaped(parameter.text));
    }
    if let Some(request) = description.request {
        row(html, "Takes", &link(request));
    }
    let answer = match description.answer {
        Some(Answer::Json(schema)) => format!("{} {}", description.status, link(schema)),
        Some(Answer::Html) => format!("{} a page", description.status),
        Some(Answer::Elsewhere) => format!("{} where it is", description.status),
        None => description.status.to_string(),
    };
    row(html, "Answers", &answer);
    let error = match route.dialect {
        Dialect::Campaigns => "Error",
        Dialect::Awf => "AwfError",
        Dialect::Scim => "ScimError",
    };
    row(html, "Fails with", &link(error));
    html.push_str("</table></details>");
}

fn body(html: &mut String, name: &str, schema: &Value) {
    let description = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    let name = escaped(name);
    let _ = write!(
        html,
        "<details id=\"{name}\"><summary><code>{name}</code><span>{}</span></summary><table>",
        escaped(description)
    );
    let required = schema.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for (field, schema) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let mark = if required.iter().any(|name| name == field.as_str()) { "" } else { " (optional)" };
        let text = schema.get("description").and_then(Value::as_str).unwrap_or_default();
        row(html, &format!("{field}{mark}"), &format!("{} {}", kind(schema), escaped(text)));
    }
    html.push_str("</table>");
    for example in schema.get("examples").and_then(Value::as_array).into_iter().flatten() {
        let _ = write!(html, "<pre>{}</pre>", escaped(&format!("{example:#}")));
    }
    html.push_str("</details>");
}

/// What a value is, in a few words.
fn kind(schema: &Value) -> String {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        return link(reference.rsplit('/').next().unwrap_or_default());
    }
    if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
        return choices.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return words
            .iter()
            .map(|word| format!("<code>{}</code>", escaped(&word.to_string())))
            .collect::<Vec<_>>()
            .join(" ");
    }
    if let Some(items) = schema.get("items") {
        return format!("list of {}", kind(items));
    }
    let name = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let format = schema.get("format").map(name);
    match (schema.get("type"), format) {
        (_, Some(format)) => escaped(&format),
        (Some(Value::Array(names)), None) => names.iter().map(name).collect::<Vec<_>>().join(" or "),
        (Some(kind), None) => name(kind),
        (None, None) => "anything".to_owned(),
    }
}

fn row(html: &mut String, name: &str, content: &str) {
    let _ = write!(html, "<tr><th><code>{}</code></th><td>{content}</td></tr>", escaped(name));
}

fn link(schema: &str) -> String {
    format!("<a href=\"#{0}\"><code>{0}</code></a>", escaped(schema))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
