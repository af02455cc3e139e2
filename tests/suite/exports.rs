//! Exports: the rows of a certification as a file, which other programs read, held against the list of results.

mod compared;

use std::collections::BTreeMap;
use std::io::Cursor;

use blackbox::{Answer, Persona};
use calamine::{Data, Reader, Xlsx};
use serde_json::{Value, json};

use crate::world::{World, administrator, all_rows, auditor, awf_error, names_field, operator, target};

const CREATE: &str = "/api/preview/awf/exports/access_review:create";
const NOBODY: &str = "0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b";

fn results(certification: &str) -> String {
    format!("/api/preview/awf/certifications/{certification}/results")
}

fn export(id: &str) -> String {
    format!("/api/preview/awf/exports/access_review/{id}")
}

/// Asks for an export and waits until its file is there.
fn finished(who: &Persona, body: Value) -> Value {
    let created = who.post(CREATE, body).expect(200);
    let shown = who.until(&export(created.str("/export_id")), |body| {
        let status = body["value"]["status"].as_str().expect("a status");
        assert!(["CREATED", "PROCESSING", "FINISHED"].contains(&status), "{body}");
        status == "FINISHED"
    });
    shown["value"].clone()
}

/// The file of an export: the answer of the object store, to which no token is shown.
fn fetched(who: &Persona, export_id: &str) -> Answer {
    let sent = who.get(&format!("{}:download", export(export_id))).expect(302);
    assert_eq!(sent.text, "");
    target().anonymous().get(&sent.headers["location"]).expect(200)
}

/// The lines of a table, each by the names of its columns.
fn table(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(|line| line.expect("a line of the table")).collect()
}

fn csv_of(who: &Persona, body: Value) -> Vec<BTreeMap<String, String>> {
    let value = finished(who, body);
    let lines = table(&fetched(who, value["export_id"].as_str().expect("it is there")).text);
    assert_eq!(value["row_count"], lines.len(), "{value}");
    lines
}

/// What the columns of a row say, read off the answer of the API.
fn told_of(row: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().expect("it is there").iter().map(text).collect::<Vec<_>>().join("; ");
    let person = |user: &Value| format!("{} <{}>", text(&user["name"]), text(&user["email"]));
    let reviewers: Vec<String> = row["reviewers"].as_array().expect("it is there").iter().map(person).collect();
    let status = match row["decision"].as_str() {
        Some("ACCEPTED") => "APPROVED",
        Some("REJECTED") => "REJECTED",
        Some("FIXED") => "REVOKED",
        _ => "PENDING",
    };
    let columns = [
        ("result_id", row["result_id"].to_string()),
        ("source.name", text(&row["source"]["name"])),
        ("source.identity_unique_id", text(&row["source"]["identity_unique_id"])),
        ("concrete_permissions", list(&row["accumulated_raw_permissions"])),
        ("idp.on_premises_distinguished_name", String::new()),
        ("idp.name", String::new()),
        ("destination.name", text(&row["destination"]["name"])),
        ("destination.type", text(&row["destination"]["type"])),
        ("reviewers", reviewers.join("; ")),
        ("notes", text(&row["notes"])),
        ("decision_by", text(&row["decision_by"]["name"])),
        ("decision_by_email", text(&row["decision_by"]["email"])),
        ("decision_at", text(&row["decision_at"])),
        ("notification_status", text(&row["notification_status"])),
        ("automation_run_ids", list(&row["automation_run_ids"])),
        ("decision", text(&row["decision"])),
        ("signed_off_state", text(&row["signed_off_state"])),
        ("signed_off_by_name", text(&row["signed_off_by"]["name"])),
        ("signed_off_at", text(&row["signed_off_at"])),
        ("status", status.to_owned()),
        ("source.id", text(&row["source"]["id"])),
    ];
    columns.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A certification with marks beside its rows, some of which are decided, with notes of every kind; answers its id.
fn decided(world: &World) -> String {
    let id = world.marked();
    let notes = ["left the team", "two\nlines, \"quoted\"", "Ünïcødé 王小明 ✓", "=1+1", " @SUM(A1)"];
    for (row, note) in notes.iter().enumerate() {
        let decision = if row % 2 == 0 { "REJECTED" } else { "ACCEPTED" };
        let state = if row < 3 { "SIGNED_OFF" } else { "NOT_SIGNED_OFF" };
        let value = json!({ "result_id": row, "decision": decision, "notes": note, "signed_off_state": state });
        let _ = operator().put(&results(&id), json!({ "value": value })).expect(200);
    }
    id
}

#[test]
fn a_csv_export_has_every_row_as_the_list_of_results_shows_it() {
    let world = World::new(12);
    let id = decided(&world);
    let value = finished(&operator(), json!({ "certification_id": id, "format": 0 }));
    assert_eq!(
        (&value["certification_id"], &value["format"], &value["error_message"]),
        (&json!(id), &json!(0), &json!(""))
    );
    let file = fetched(&operator(), value["export_id"].as_str().unwrap());
    assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
    let disposition = &file.headers["content-disposition"];
    assert!(
        disposition.starts_with("attachment; filename=\"autumn-") && disposition.ends_with(".csv\""),
        "{disposition}"
    );
    assert_eq!(value["file_size"], file.text.len());
    let lines = table(&file.text);
    let rows = all_rows(&operator(), &results(&id));
    assert_eq!((value["row_count"].as_u64(), value["rows_written"].as_u64()), (Some(13), Some(13)));
    assert!(rows.iter().all(|row| row["automation_run_ids"].as_array().is_some_and(|runs| runs.len() == 1)));
    assert_eq!(lines.len(), rows.len());
    for (line, row) in lines.iter().zip(&rows) {
        let mut expected = told_of(row);
        let note = expected.get_mut("notes").unwrap();
        if ["=1+1", " @SUM(A1)"].contains(&note.as_str()) {
            // A spreadsheet would calculate it.
            note.insert(0, '\'');
        }
        assert_eq!(line, &expected);
    }
}

/// The cells of a worksheet, all of which are text.
fn sheet(workbook: &mut Xlsx<Cursor<Vec<u8>>>, name: &str) -> Vec<Vec<String>> {
    let range = workbook.worksheet_range(name).expect("a worksheet");
    let text = |cell: &Data| match cell {
        Data::String(text) => text.clone(),
        Data::Empty => String::new(),
        other => panic!("{other:?} is no text"),
    };
    range.rows().map(|row| row.iter().map(text).collect()).collect()
}

#[test]
fn an_xlsx_export_has_every_row_as_the_list_of_results_shows_it() {
    let world = World::new(12);
    let id = decided(&world);
    let body = json!({ "certification_id": id, "format": 6, "title": "Q3: [payroll]" });
    let value = finished(&operator(), body);
    let file = fetched(&operator(), value["export_id"].as_str().unwrap());
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    assert_eq!((file.headers["content-type"].as_str(), &value["file_size"]), (kind, &json!(file.bytes.len())));
    let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(file.bytes)).expect("a workbook");
    assert_eq!(workbook.sheet_names(), ["Q3   payroll", "About"]);
    let names: Vec<String> = csv_names(&operator(), &id);
    let cells = sheet(&mut workbook, "Q3   payroll");
    assert_eq!(cells[0][..3], ["Result id", "Source name", "Source identity unique id"]);
    let rows = all_rows(&operator(), &results(&id));
    assert_eq!(cells.len(), rows.len() + 1);
    for (line, row) in cells[1..].iter().zip(&rows) {
        let line: BTreeMap<String, String> = names.iter().cloned().zip(line.iter().cloned()).collect();
        // Nothing is put in front of a formula: the cell is text, whatever it begins with.
        assert_eq!(line, told_of(row));
    }
    assert!(workbook.worksheet_formula("Q3   payroll").expect("a worksheet").used_cells().next().is_none());
    let about: BTreeMap<String, String> = sheet(&mut workbook, "About")
        .into_iter()
        .filter_map(|row| Some((row[0].clone(), row.get(1)?.clone())))
        .collect();
    assert_eq!(
        (about["Review"].as_str(), about["Rejected"].as_str(), about["Signed off"].as_str()),
        ("Autumn", "3", "3")
    );
    assert_eq!(about["Scope"], "Account with access to Role");
    let certification = operator().get(&format!("/api/preview/awf/certifications/{id}")).expect(200);
    let snapshot = certification.str("/value/snapshot_time").replace('T', " ").replace('Z', " UTC");
    assert_eq!(about["State of the access"], snapshot);
    assert!(about["Reviewers"].contains(&world.email("lena")) && about["Reviewers"].contains(&world.email("omar")));
    assert!(about["Exported"].contains(" UTC by "), "{about:?}");
}

/// The text of each page as another program reads it, without the blanks and ends of lines of its layout.
fn pages(pdf: &[u8]) -> Vec<String> {
    let opened = lopdf::Document::load_mem(pdf).expect("a PDF");
    let numbers: Vec<u32> = opened.get_pages().into_keys().collect();
    let text = |number: &u32| opened.extract_text(&[*number]).expect("text");
    numbers.iter().map(|number| solid(&text(number))).collect()
}

fn solid(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace()).collect()
}

#[test]
fn a_pdf_export_has_every_row_as_the_list_of_results_shows_it() {
    let world = World::new(30);
    let id = decided(&world);
    let value = finished(&auditor(), json!({ "certification_id": id, "format": 1, "title": "Quarter 3" }));
    let file = fetched(&auditor(), value["export_id"].as_str().unwrap());
    assert_eq!(file.headers["content-type"], "application/pdf");
    let pages = pages(&file.bytes);
    let told = |fact: &str| assert!(pages[0].contains(&solid(fact)), "{fact} in {}", pages[0]);
    let me = auditor().get("/api/v1/me").expect(200);
    let certification = operator().get(&format!("/api/preview/awf/certifications/{id}")).expect(200);
    let snapshot = certification.str("/value/snapshot_time").replace('T', " ").replace('Z', " UTC");
    told("Quarter 3 Record of an access review");
    told("Review Autumn");
    told("Scope Account with access to Role");
    told(&format!("State of the access {snapshot}"));
    told(&format!("{} <{}>", me.str("/user/name"), me.str("/user/email")));
    told(&world.email("lena"));
    told("Rows 31 Accepted 2 Rejected 3 Fixed after rejection 0 Without a decision 26 of these flagged 0 Signed off 3");
    for (number, page) in (1..).zip(&pages) {
        assert!(page.ends_with(&solid(&format!("Quarter 3 Page {number} of"))), "{page}");
    }
    let all = pages[1..].concat();
    let mut rest = all.as_str();
    for row in all_rows(&operator(), &results(&id)) {
        let row = told_of(&row);
        // As they stand on the page: what is of one part shares a column.
        let order =
            ["result_id", "source.name", "destination.name", "concrete_permissions", "reviewers", "decision", "notes"];
        let last = ["decision_by", "decision_at", "signed_off_state", "signed_off_by_name", "signed_off_at"];
        for name in order.iter().chain(&last).filter(|name| !row[**name].is_empty()) {
            let cell = solid(&row[*name]);
            let at = rest.find(&cell).unwrap_or_else(|| panic!("{name} {cell} in {rest}"));
            rest = &rest[at + cell.len()..];
        }
    }
}

/// The names of the columns of a file, in order.
fn csv_names(who: &Persona, certification: &str) -> Vec<String> {
    let value = finished(who, json!({ "certification_id": certification, "format": 0 }));
    let file = fetched(who, value["export_id"].as_str().expect("it is there"));
    let mut reader = csv::Reader::from_reader(file.bytes.as_slice());
    reader.headers().expect("a heading").iter().map(str::to_owned).collect()
}

#[test]
fn an_export_honours_filters_and_order_as_the_list_of_results_does() {
    let world = World::new(12);
    let id = decided(&world);
    let order = [
        ("order_by", "source.name desc"),
        ("order_by", "source.department, source.name desc"),
        ("order_by", "decision desc"),
    ];
    let filters = [
        ("filter", "source.department eq \"Finance\""),
        ("filter", "destination.name eq \"PeriodClose\""),
        ("filter", "source.name eq \"nobody\""),
        ("mutable_filter", "decision eq \"RESULT_DECISION_REJECTED\" and signed_off_state eq \"SIGNED_OFF\""),
        ("mutable_filter", "notes co \"LINES\""),
        ("mutable_filter", "decision eq \"NONE\""),
    ];
    for (name, text) in order.into_iter().chain(filters) {
        let lines = csv_of(&operator(), json!({ "certification_id": id, "format": "CSV", name: text }));
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let rows = all_rows(&operator(), &format!("{}?{name}={encoded}", results(&id)));
        let numbers: Vec<String> = rows.iter().map(|row| row["result_id"].to_string()).collect();
        let exported: Vec<&str> = lines.iter().map(|line| line["result_id"].as_str()).collect();
        assert_eq!(exported, numbers, "{name}={text}");
    }
}

#[test]
fn who_sees_all_rows_may_export_and_reviewers_may_not_unless_it_is_allowed() {
    let world = World::new(6);
    let (id, total) = world.certification();
    let body = json!({ "certification_id": id, "format": 0 });
    for who in [administrator(), operator(), auditor()] {
        assert_eq!(csv_of(&who, body.clone()).len() as u64, total);
    }
    let lena = world.reviewer("lena");
    awf_error(&lena.post(CREATE, body.clone()), 403, "PermissionDenied");
    // Somebody else's export is not there for them, and neither is a certification without a row of theirs.
    let made = finished(&operator(), body);
    let made = export(made["export_id"].as_str().unwrap());
    awf_error(&lena.get(&made), 404, "NotFound");
    awf_error(&lena.get(&format!("{made}:download")), 404, "NotFound");
    let _ = auditor().get(&made).expect(200);
    let (foreign, _) = World::new(3).certification();
    awf_error(&lena.post(CREATE, json!({ "certification_id": foreign, "format": 0 })), 404, "NotFound");
}

/// Chooses a value of a setting for the workflow of a certification.
fn choose(certification: &str, setting: &str, value: Value) {
    let shown = operator().get(&format!("/api/preview/awf/certifications/{certification}")).expect(200);
    let body = json!({ "value": value, "workflow_id": shown.str("/value/workflow_id") });
    let _ = administrator().put(&format!("/api/private/workflows/access/global_settings/{setting}"), body).expect(200);
}

#[test]
fn reviewers_export_their_own_rows_in_the_formats_that_are_allowed() {
    let world = World::new(9);
    let id = decided(&world);
    choose(&id, "allow_reviewer_exports", json!({ "allow_csv_exports": true, "allow_pdf_exports": true }));
    let lena = world.reviewer("lena");
    let lines = csv_of(&lena, json!({ "certification_id": id, "format": 0 }));
    let own = all_rows(&lena, &results(&id));
    assert!(!own.is_empty() && own.len() < 10, "{}", own.len());
    let numbers: Vec<String> = own.iter().map(|row| row["result_id"].to_string()).collect();
    assert_eq!(lines.iter().map(|line| line["result_id"].clone()).collect::<Vec<_>>(), numbers);
    let pdf = finished(&lena, json!({ "certification_id": id, "format": 1 }));
    let pages = pages(&fetched(&lena, pdf["export_id"].as_str().unwrap()).bytes);
    let told = format!("Rows{0}of{0},assignedto", own.len());
    assert!(pages[0].contains(&told), "not how many rows others have: {}", pages[0]);
    assert!(!pages.concat().contains(&world.email("omar")), "a reviewer is told of no other");
    awf_error(&lena.post(CREATE, json!({ "certification_id": id, "format": 6 })), 403, "PermissionDenied");
    // Another reviewer of the same review does not see the file, and neither does she once the review is over.
    let mine = export(pdf["export_id"].as_str().unwrap());
    awf_error(&world.reviewer("omar").get(&mine), 404, "NotFound");
    let _ = operator().get(&mine).expect(200);
    finish(&id);
    awf_error(&lena.get(&mine), 404, "NotFound");
    awf_error(&lena.get(&format!("{mine}:download")), 404, "NotFound");
}

/// Signs everything off and completes a certification.
fn finish(certification: &str) {
    for row in all_rows(&operator(), &results(certification)) {
        if row["signed_off_state"] == "NOT_SIGNED_OFF" {
            let value =
                json!({ "result_id": row["result_id"], "decision": "ACCEPTED", "signed_off_state": "SIGNED_OFF" });
            let _ = operator().put(&results(certification), json!({ "value": value })).expect(200);
        }
    }
    let _ = operator().post_empty(&format!("/api/preview/awf/certifications/{certification}:complete")).expect(200);
}

#[test]
fn a_file_has_the_columns_that_were_chosen_and_none_that_is_hidden_from_who_exports() {
    let world = World::new(6);
    let id = decided(&world);
    choose(&id, "allow_reviewer_exports", json!({ "allow_csv_exports": true }));
    choose(
        &id,
        "ui_column_settings",
        json!({
            "default_ordered_columns": ["destination.name", "source.id", "decision", "updated_at", "source.department"],
            "hide_from_reviewers_columns": ["source.privileged", "decision_by", "destination.type"],
        }),
    );
    // What was decided, by whom, when and why is in every file.
    let chosen =
        ["result_id", "destination.name", "source.id", "decision", "updated_at", "source.department", "reviewers"];
    let record = [
        "decision_by",
        "decision_by_email",
        "decision_at",
        "notes",
        "signed_off_state",
        "signed_off_by_name",
        "signed_off_at",
        "status",
    ];
    assert_eq!(csv_names(&operator(), &id), [chosen.as_slice(), &record].concat());
    let lena = world.reviewer("lena");
    assert_eq!(csv_names(&lena, &id), [chosen.as_slice(), &record[2..]].concat());
    let rows = all_rows(&operator(), &results(&id));
    let lines = csv_of(&operator(), json!({ "certification_id": id, "format": 0 }));
    for (line, row) in lines.iter().zip(&rows) {
        let shown = [&row["source"]["id"], &row["source"]["department"], &row["updated_at"]];
        let shown = shown.map(|value| value.as_str().unwrap_or_default());
        assert_eq!(["source.id", "source.department", "updated_at"].map(|name| line[name].as_str()), shown);
    }
    // What is decided is not told in other words either.
    choose(&id, "ui_column_settings", json!({ "hide_from_reviewers_columns": ["decision"] }));
    let told = csv_names(&lena, &id);
    assert!(!told.iter().any(|name| ["decision", "status"].contains(&name.as_str())), "{told:?}");
    assert_eq!(told.last().map(String::as_str), Some("source.id"), "and which row it is, is");
    choose(
        &id,
        "ui_column_settings",
        json!({ "hide_from_reviewers_columns": ["source.privileged", "destination.type"] }),
    );
    // Nor may anybody find out by a filter or an order.
    for (field, text) in [("filter", "source.privileged eq true"), ("order_by", "destination.type")] {
        let body = json!({ "certification_id": id, "format": 0, field: text });
        names_field(&lena.post(CREATE, body.clone()), field);
        let _ = operator().post(CREATE, body).expect(200);
    }
}

#[test]
fn whoever_completed_a_review_can_still_export_it() {
    let world = World::new(3);
    let id = world.active();
    let path = format!("/api/v1/campaigns/{id}/approvals/{}", world.accounts[1]);
    let _ = administrator().post(&path, json!({ "decision": "rejected", "comment": "gone" })).expect(200);
    let _ = administrator().post_empty(&format!("/api/v1/campaigns/{id}/complete")).expect(200);
    let lines = csv_of(&auditor(), json!({ "certification_id": id, "format": 0 }));
    let rejected: Vec<_> = lines.iter().filter(|line| line["decision"] == "REJECTED").collect();
    assert_eq!((lines.len(), rejected.len(), rejected[0]["notes"].as_str()), (3, 1, "gone"));
}

#[test]
fn what_cannot_be_exported_is_refused_by_name() {
    let (id, _) = World::new(3).certification();
    let faulty = json!({
        "certification_id": id, "format": 5, "filter": "source.name eq", "mutable_filter": "colour eq \"red\"",
        "order_by": "sideways", "title": "t".repeat(31),
    });
    let answer = operator().post(CREATE, faulty);
    for field in ["format", "order_by", "title"] {
        names_field(&answer, field);
    }
    let filters =
        json!({ "certification_id": id, "format": 0, "filter": "source.name eq", "mutable_filter": "colour eq 1" });
    let answer = operator().post(CREATE, filters);
    names_field(&answer, "filter");
    names_field(&answer, "mutable_filter");
    names_field(&operator().post(CREATE, json!({})), "certification_id");
    awf_error(&operator().post(CREATE, json!({ "certification_id": NOBODY, "format": 0 })), 404, "NotFound");
    awf_error(&operator().post(CREATE, json!({ "certification_id": "x", "format": 0 })), 404, "NotFound");
    let _ = [export(NOBODY), format!("{}:download", export(NOBODY)), export("x")]
        .map(|path| awf_error(&operator().get(&path), 404, "NotFound"));
}

#[test]
fn a_repeated_request_with_its_key_is_one_export() {
    let (id, _) = World::new(3).certification();
    let who = auditor().header("idempotency-key", &format!("export of {id}"));
    let body = json!({ "certification_id": id, "format": 0 });
    let first = who.post(CREATE, body.clone()).expect(200).body;
    assert_eq!(who.post(CREATE, body.clone()).expect(200).body, first);
    assert_ne!(auditor().post(CREATE, body).expect(200).body, first);
}

#[test]
fn the_address_of_a_file_leads_to_that_file_alone() {
    let value = finished(&operator(), json!({ "certification_id": World::new(3).certification().0, "format": 0 }));
    let path = export(value["export_id"].as_str().unwrap());
    let address = operator().get(&format!("{path}:download")).expect(302).headers["location"].clone();
    let (place, query) = address.split_once('?').expect("a signature");
    let changed = format!("{}?{query}", place.replace(value["export_id"].as_str().unwrap(), NOBODY));
    for address in [place.to_owned(), changed] {
        assert!([400, 403, 404].contains(&target().anonymous().get(&address).status), "{address}");
    }
    let put = target().anonymous().send("PUT", &address, Some(b"x".to_vec()));
    assert!([400, 403, 404, 405].contains(&put.status), "{}", put.text);
}
