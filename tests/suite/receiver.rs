//! Receivers of messages, which stand on this machine: so does the stack that reaches them, the local one or a deployed one
//! on an emulator.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver as Channel, channel};
use std::time::Duration;

use blackbox::unique;
use serde_json::{Value, json};

use crate::world::{administrator, operator};

pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub const CERTIFICATIONS: &str = "/api/preview/awf/certifications";
pub const SETTING: &str = "/api/private/workflows/access/global_settings/webhook_settings";
/// Messages wait until no decision can be taken back any more.
const PATIENCE: Duration = Duration::from_secs(120);

/// One message: headers in lower case, and the body.
pub type Message = (Vec<String>, Value);

/// A receiver that takes every message.
pub struct Receiver {
    /// Its address.
    pub url: String,
    told: Channel<Message>,
}

impl Receiver {
    /// Listens on a free port, for as long as this is kept.
    pub fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/reviews", listener.local_addr().expect("an address"));
        let (send, told) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if send.send(take(stream.expect("a connection"))).is_err() {
                    return;
                }
            }
        });
        Self { url, told }
    }

    /// The next message about a certification. Those about others belong to tests that share the stack.
    pub fn next(&self, certification: &str) -> Message {
        loop {
            let message = self.told.recv_timeout(PATIENCE).expect("a message");
            if message.1["certification"]["id"] == certification {
                return message;
            }
        }
    }

    /// That it is told of the rejection of these rows, once each and of nothing else, and that that is their removal.
    pub fn hears_of_rejections(&self, certification: &str, rows: &[u64]) {
        let results = format!("{CERTIFICATIONS}/{certification}/results");
        for row in rows {
            let shown = operator().get(&format!("{results}/{row}")).expect(200);
            let now = (&shown.body["value"]["decision"], &shown.body["value"]["signed_off_state"]);
            assert_eq!(now, (&json!("REJECTED"), &json!("SIGNED_OFF")), "{}", shown.text);
        }
        let mut heard = Vec::new();
        while heard.len() < rows.len() {
            let (_, body) = self.next(certification);
            assert_eq!((&body["event"], &body["actor"]["user_type"]), (&json!("row.rejected"), &json!("system")));
            heard.extend(body["results"].as_array().expect("rows").iter().map(|row| row["result_id"].as_u64()));
        }
        heard.sort_unstable();
        assert_eq!(heard, rows.iter().copied().map(Some).collect::<Vec<_>>());
        for row in rows {
            let _ = operator().until(&format!("{results}/{row}"), |it| it["value"]["notification_status"] == "SUCCEED");
        }
        let more: Vec<Message> =
            self.told.try_iter().filter(|it| it.1["certification"]["id"] == certification).collect();
        assert!(more.is_empty(), "nothing else is told: {more:?}");
    }
}

/// Takes one message from a connection.
fn take(stream: std::net::TcpStream) -> Message {
    let mut reader = BufReader::new(stream);
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a line");
        if line.trim().is_empty() {
            break;
        }
        headers.push(line.trim().to_lowercase());
    }
    let length = headers.iter().find_map(|header| header.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.expect("a length")];
    reader.read_exact(&mut body).expect("a body");
    let answer = b"HTTP/1.1 204 Taken\r\nconnection: close\r\n\r\n";
    reader.get_mut().write_all(answer).expect("an answer");
    (headers, serde_json::from_slice(&body).expect("JSON"))
}

/// Accounts with a role each, three of them, and a workflow over just these.
pub struct Closers {
    pub workflow: String,
    accounts: [String; 3],
}

impl Closers {
    pub fn new() -> Self {
        let word = unique("closers");
        let ids = [0, 1, 2].map(|n| format!("acct-{word}-{n}"));
        let app = format!("app-{word}");
        let role = format!("role-{word}");
        let accounts = ids.each_ref().map(|id| json!({ "id": id, "account_name": id, "application_id": app }));
        let grants = ids.each_ref().map(|id| json!({ "account_id": id, "role_id": role }));
        let picture = json!({ "name": "Payroll", "applications": [{ "id": app, "name": "Payroll" }], "accounts": accounts,
            "roles": [{ "id": role, "name": "Closer", "application_id": app }], "role_assignments": grants });
        let _ = administrator().put(&format!("/api/v1/inventory/datasources/ds-{word}"), picture).expect(200);
        let ours = format!("datasource_id eq \"ds-{word}\"");
        let query = json!({
            "source_node_types": { "nodes": [{ "node_type": "Account", "condition_expression": ours }], "nodes_operator": "AND" },
            "destination_node_types": { "nodes": [{ "node_type": "Role" }], "nodes_operator": "AND" } });
        let workflow =
            administrator().post("/api/preview/awf/workflows", json!({ "name": word, "query": query })).expect(200);
        Self { workflow: workflow.str("/workflow_id").to_owned(), accounts: ids }
    }

    /// Has the workflow's reviews told to a receiver.
    pub fn report_to(&self, receiver: &Receiver, events: &[&str]) {
        let value = json!({ "url": receiver.url, "secret": SECRET, "events": events });
        let _ = administrator().put(SETTING, json!({ "value": value, "workflow_id": self.workflow })).expect(200);
    }

    /// The account of a row.
    pub fn account(&self, row: usize) -> &str {
        &self.accounts[row]
    }

    /// A certification in progress, named June: a row for each account, in their order.
    pub fn certification(&self) -> String {
        let body = json!({ "workflow_id": self.workflow, "name": "June" });
        let id = administrator().post(CERTIFICATIONS, body).expect(200).str("/certification_id").to_owned();
        let _ = administrator().until(&format!("{CERTIFICATIONS}/{id}"), |it| it["value"]["state"] == "IN_PROGRESS");
        id
    }
}
