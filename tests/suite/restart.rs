//! The real process, killed without warning in mid-review: what was acknowledged is still there.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Sender, channel};

use blackbox::{Persona, Target};
use serde_json::{Value, json};

use crate::world;

/// The local stack as its own process, killed (not asked to stop) when dropped.
pub struct Process {
    child: Child,
    target: Target,
    /// Kept open: a process whose output nobody takes ends at the first word that it says.
    _output: BufReader<ChildStdout>,
}

/// Names the data directory to the child process; without it the child's test does nothing.
const DIRECTORY: &str = "REVIEW_RESTART_DIRECTORY";

/// Not a test by itself: the process that the tests below start and kill, which is this binary running only this function.
#[test]
fn the_process_that_gets_killed() {
    let Ok(directory) = std::env::var(DIRECTORY) else { return };
    let runtime = tokio::runtime::Runtime::new().expect("a tokio runtime");
    runtime.block_on(async {
        let stack =
            local::Stack::start(local::Options::durable(Path::new(&directory))).await.expect("the local stack starts");
        println!("listening on {}", stack.base_url());
        std::future::pending::<()>().await;
    });
}

impl Process {
    /// Starts the product on any free port, with this data directory, and waits until it says where it listens.
    pub fn start(directory: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this test's path"))
            .args(["--exact", "restart::the_process_that_gets_killed", "--nocapture"])
            .env(DIRECTORY, directory)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the product starts");
        let mut output = BufReader::new(child.stdout.take().expect("its output"));
        let base_url = output
            .by_ref()
            .lines()
            .map(|line| line.expect("a line"))
            .find_map(|line| line.split_once("listening on ").map(|(_, url)| url.trim().to_owned()));
        let tokens = std::fs::read_to_string(directory.join("tokens.json")).expect("tokens.json");
        let tokens = serde_json::from_str(&tokens).expect("roles and tokens");
        let base_url = base_url.expect("the product says where it listens");
        Self { child, target: Target { base_url, tokens, jwts: Vec::new() }, _output: output }
    }

    pub fn persona(&self, role: &str) -> Persona {
        self.target.persona(role)
    }

    /// SIGKILL: the process gets no chance to tidy up, whatever it is about.
    fn kill(&mut self) {
        self.child.kill().expect("the process can be killed");
        self.child.wait().expect("the process is gone");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A review of these accounts that is ready to be decided.
fn review_of(process: &Process, accounts: &[String]) -> String {
    let campaign = review_begun(process, accounts);
    let _ = process
        .persona("administrator")
        .until(&format!("/api/v1/campaigns/{campaign}"), |body| body["status"] == "active");
    campaign
}

/// A review of these accounts that has just been told to start.
fn review_begun(process: &Process, accounts: &[String]) -> String {
    let account = |id: &String| json!({ "id": id, "account_name": id, "application_id": "app" });
    let picture = json!({
        "name": "Killed", "platform": "Test", "applications": [{ "id": "app", "name": "App" }],
        "accounts": accounts.iter().map(account).collect::<Vec<_>>(),
    });
    let administrator = process.persona("administrator");
    let _ = administrator.put("/api/v1/inventory/datasources/source", picture).expect(200);
    let body = json!({ "name": "Killed", "start_date": "2026-01-01T00:00:00Z", "end_date": "2099-01-01T00:00:00Z" });
    let campaign = administrator.post("/api/v1/campaigns", body).expect(201).str("/id").to_owned();
    let _ = administrator.post_empty(&format!("/api/v1/campaigns/{campaign}/start")).expect(200);
    campaign
}

fn accounts(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("acct-{n:04}")).collect()
}

/// What one client asked for, call by call.
struct Client {
    who: usize,
    /// What is still to be decided, the next call last.
    ahead: Vec<Vec<String>>,
    /// Each account whose decision was acknowledged.
    acknowledged: Vec<String>,
    /// Each account of a call that nobody answered: decided or not.
    in_doubt: Vec<String>,
}

impl Client {
    /// Clients ask for one account at a time, and the last one for several.
    fn new(who: usize, accounts: &[String]) -> Self {
        let at_once = if who == CLIENTS - 1 { 5 } else { 1 };
        let ahead = accounts.chunks(at_once).map(<[String]>::to_vec).rev().collect();
        Self { who, ahead, acknowledged: Vec::new(), in_doubt: Vec::new() }
    }

    fn decision(&self) -> &'static str {
        ["approved", "rejected", "flagged", "approved"][self.who]
    }

    /// Decides until nothing is left or the process is gone, and tells of every acknowledgement.
    fn decide(&mut self, who: &Persona, campaign: &str, told: &Sender<usize>) {
        let approvals = format!("/api/v1/campaigns/{campaign}/approvals");
        while let Some(accounts) = self.ahead.pop() {
            let answer = match accounts.as_slice() {
                [one] => who.attempt("POST", &format!("{approvals}/{one}"), &json!({ "decision": self.decision() })),
                several => {
                    let body = json!({ "account_ids": several, "decision": self.decision() });
                    who.attempt("POST", &format!("{approvals}/batch"), &body)
                }
            };
            let Some(answer) = answer else { return self.in_doubt.extend(accounts) };
            let _ = answer.expect(200);
            let _ = told.send(accounts.len());
            self.acknowledged.extend(accounts);
        }
    }
}

/// Who decide at the same time.
const CLIENTS: usize = 4;

#[test]
fn killed_under_four_clients_the_process_loses_no_acknowledged_decision() {
    let directory = std::env::temp_dir().join(blackbox::unique("restart"));
    let accounts = accounts(1_200);
    let mut process = Process::start(&directory);
    let campaign = review_of(&process, &accounts);
    let shares = accounts.chunks(accounts.len() / CLIENTS);
    let mut clients: Vec<Client> = shares.enumerate().map(|(who, share)| Client::new(who, share)).collect();
    for kill_after in [Some(170), Some(260), Some(330), None] {
        let in_doubt = |clients: &[Client]| clients.iter().map(|client| client.in_doubt.len()).sum::<usize>();
        let before = in_doubt(&clients);
        std::thread::scope(|scope| {
            let (told, heard) = channel();
            for client in &mut clients {
                let (who, campaign, told) = (process.persona("operator"), &campaign, told.clone());
                scope.spawn(move || client.decide(&who, campaign, &told));
            }
            drop(told);
            let mut acknowledged = 0;
            // Without a kill the clients go on until they have nothing to decide any more.
            while let Ok(more) = heard.recv() {
                acknowledged += more;
                if kill_after.is_some_and(|enough| acknowledged >= enough) {
                    process.kill();
                    break;
                }
            }
        });
        if kill_after.is_some() {
            assert!(in_doubt(&clients) > before, "the kill cut nobody off");
            process = Process::start(&directory);
        }
    }
    drop(process);
    let process = Process::start(&directory);
    let administrator = process.persona("administrator");
    let approvals = format!("/api/v1/campaigns/{campaign}/approvals");
    let statuses = statuses(&administrator, &approvals);
    assert_eq!(statuses.len(), accounts.len(), "every account exactly once");
    for client in &clients {
        for account in &client.acknowledged {
            assert_eq!(statuses[account], client.decision(), "{account} of client {} was acknowledged", client.who);
        }
        for account in &client.in_doubt {
            let status = &statuses[account];
            assert!([client.decision(), "pending"].contains(&status.as_str()), "{account}: {status}");
        }
    }
    let acknowledged: usize = clients.iter().map(|client| client.acknowledged.len()).sum();
    assert!(acknowledged >= 1_000, "{acknowledged} decisions are enough of them");
    assert_eq!(acknowledged + clients.iter().map(|client| client.in_doubt.len()).sum::<usize>(), accounts.len());
    let recount = |status: &str| statuses.values().filter(|other| *other == status).count();
    let counts = administrator.get(&format!("{approvals}/counts")).expect(200);
    let names = ["pending", "approved", "rejected", "flagged"];
    let recounted = names.map(|status| (status.to_owned(), json!(recount(status))));
    assert_eq!(counts.body, Value::Object(recounted.into_iter().collect()));
    drop(process);
    std::fs::remove_dir_all(&directory).expect("the data directory can be removed");
}

/// What became of every account.
fn statuses(who: &Persona, approvals: &str) -> BTreeMap<String, String> {
    let text = |row: &Value, key: &str| row[key].as_str().expect("a text").to_owned();
    let rows = world::all_pages(who, &format!("{approvals}?limit=500"), "approvals");
    let statuses: BTreeMap<_, _> = rows.iter().map(|row| (text(row, "account_id"), text(row, "status"))).collect();
    assert_eq!(statuses.len(), rows.len(), "no account twice");
    statuses
}

#[test]
fn a_campaign_whose_start_was_interrupted_still_becomes_active() {
    let directory = std::env::temp_dir().join(blackbox::unique("restart"));
    let campaign = review_begun(&Process::start(&directory), &accounts(3_000));
    let process = Process::start(&directory);
    let body = process
        .persona("administrator")
        .until(&format!("/api/v1/campaigns/{campaign}"), |body| body["status"] == "active");
    assert_eq!(body["progress"]["total"], 3_000);
    drop(process);
    std::fs::remove_dir_all(&directory).expect("the data directory can be removed");
}

/// Approves the accounts one by one.
fn decide(who: &Persona, campaign: &str, accounts: &[String]) {
    for account in accounts {
        let path = format!("/api/v1/campaigns/{campaign}/approvals/{account}");
        let _ = who.post(&path, json!({ "decision": "approved" })).expect(200);
    }
}

/// Copies a directory of files and directories.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a new directory");
    for entry in std::fs::read_dir(from).expect("the data directory") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("its type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

#[test]
fn a_copied_data_directory_is_a_backup() {
    let directory = std::env::temp_dir().join(blackbox::unique("backup"));
    let (first, second) = (directory.join("first"), directory.join("second"));
    let accounts = accounts(60);
    let seen = |process: &Process, campaign: &str| {
        let ask =
            |path: &str| process.persona("auditor").get(&format!("/api/v1/campaigns/{campaign}{path}")).expect(200);
        (ask("").body, ask("/approvals/counts").body, ask("/review-items?limit=100").body["review_items"].clone())
    };
    let process = Process::start(&first);
    let campaign = review_of(&process, &accounts);
    decide(&process.persona("administrator"), &campaign, &accounts[..20]);
    let before = seen(&process, &campaign);
    drop(process);

    copy(&first, &second);
    // What happens to the original afterwards is not in the copy.
    let process = Process::start(&first);
    decide(&process.persona("administrator"), &campaign, &accounts[20..40]);
    drop(process);
    let process = Process::start(&second);
    let after = seen(&process, &campaign);
    assert_eq!(after, before);
    let decided = after.2.as_array().into_iter().flatten().filter(|row| row["status"] == "approved").count();
    assert_eq!(after.1, json!({ "pending": 40, "approved": decided, "rejected": 0, "flagged": 0 }));
    assert_eq!(decided, 20);
    decide(&process.persona("administrator"), &campaign, &accounts[40..]);
    drop(process);
    std::fs::remove_dir_all(&directory).expect("the data directory can be removed");
}
