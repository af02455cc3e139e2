//! The real process, killed without warning in mid-review: what was acknowledged is still there.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use blackbox::{Persona, Target};
use serde_json::json;

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
}

impl Drop for Process {
    fn drop(&mut self) {
        // SIGKILL: the process gets no chance to tidy up.
        self.child.kill().expect("the process can be killed");
        self.child.wait().expect("the process is gone");
    }
}

#[test]
fn a_killed_process_loses_no_acknowledged_decision() {
    let directory = std::env::temp_dir().join(blackbox::unique("restart"));
    let accounts: Vec<String> = (0..200).map(|n| format!("acct-{n:03}")).collect();
    let picture = json!({
        "name": "Killed", "platform": "Test", "applications": [{ "id": "app", "name": "App" }],
        "accounts": accounts.iter().map(|id| json!({ "id": id, "account_name": id, "application_id": "app" })).collect::<Vec<_>>(),
    });
    let campaign = {
        let process = Process::start(&directory);
        let administrator = process.persona("administrator");
        let _ = administrator.put("/api/v1/inventory/datasources/source", picture).expect(200);
        let body =
            json!({ "name": "Killed", "start_date": "2026-01-01T00:00:00Z", "end_date": "2099-01-01T00:00:00Z" });
        let campaign = administrator.post("/api/v1/campaigns", body).expect(201).str("/id").to_owned();
        let _ = administrator.post_empty(&format!("/api/v1/campaigns/{campaign}/start")).expect(200);
        let _ = administrator.until(&format!("/api/v1/campaigns/{campaign}"), |body| body["status"] == "active");
        campaign
    };
    let mut decided = 0;
    for round in 0..4 {
        let process = Process::start(&directory);
        let chosen = &accounts[round * 50..(round + 1) * 50];
        decided += decide(&process.persona("administrator"), &campaign, chosen);
    }
    let process = Process::start(&directory);
    let counts = process.persona("auditor").get(&format!("/api/v1/campaigns/{campaign}/approvals/counts")).expect(200);
    assert_eq!(counts.body, json!({ "pending": 200 - decided, "approved": decided, "rejected": 0, "flagged": 0 }));
    drop(process);
    std::fs::remove_dir_all(&directory).expect("the data directory can be removed");
}

/// Approves the accounts and answers how many were acknowledged.
fn decide(who: &Persona, campaign: &str, accounts: &[String]) -> usize {
    for account in accounts {
        let path = format!("/api/v1/campaigns/{campaign}/approvals/{account}");
        let _ = who.post(&path, json!({ "decision": "approved" })).expect(200);
    }
    accounts.len()
}

#[test]
fn a_campaign_whose_start_was_interrupted_still_becomes_active() {
    let directory = std::env::temp_dir().join(blackbox::unique("restart"));
    let accounts: Vec<_> = (0..3000)
        .map(|n| json!({ "id": format!("a{n}"), "account_name": format!("a{n}"), "application_id": "app" }))
        .collect();
    let picture = json!({ "name": "Killed", "platform": "Test", "applications": [{ "id": "app", "name": "App" }], "accounts": accounts });
    let campaign = {
        let process = Process::start(&directory);
        let administrator = process.persona("administrator");
        let _ = administrator.put("/api/v1/inventory/datasources/source", picture).expect(200);
        let body =
            json!({ "name": "Killed", "start_date": "2026-01-01T00:00:00Z", "end_date": "2099-01-01T00:00:00Z" });
        let campaign = administrator.post("/api/v1/campaigns", body).expect(201).str("/id").to_owned();
        let _ = administrator.post_empty(&format!("/api/v1/campaigns/{campaign}/start")).expect(200);
        campaign
    };
    let process = Process::start(&directory);
    let body = process
        .persona("administrator")
        .until(&format!("/api/v1/campaigns/{campaign}"), |body| body["status"] == "active");
    assert_eq!(body["progress"]["total"], 3000);
    drop(process);
    std::fs::remove_dir_all(&directory).expect("the data directory can be removed");
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
    let accounts: Vec<String> = (0..60).map(|n| format!("acct-{n:03}")).collect();
    let picture = json!({
        "name": "Saved", "applications": [{ "id": "app", "name": "App" }],
        "accounts": accounts.iter().map(|id| json!({ "id": id, "account_name": id, "application_id": "app" })).collect::<Vec<_>>(),
    });
    let seen = |process: &Process, campaign: &str| {
        let ask =
            |path: &str| process.persona("auditor").get(&format!("/api/v1/campaigns/{campaign}{path}")).expect(200);
        (ask("").body, ask("/approvals/counts").body, ask("/review-items?limit=100").body["review_items"].clone())
    };
    let process = Process::start(&first);
    let administrator = process.persona("administrator");
    let _ = administrator.put("/api/v1/inventory/datasources/source", picture).expect(200);
    let body = json!({ "name": "Saved", "start_date": "2026-01-01T00:00:00Z", "end_date": "2099-01-01T00:00:00Z" });
    let campaign = administrator.post("/api/v1/campaigns", body).expect(201).str("/id").to_owned();
    let _ = administrator.post_empty(&format!("/api/v1/campaigns/{campaign}/start")).expect(200);
    let _ = administrator.until(&format!("/api/v1/campaigns/{campaign}"), |body| body["status"] == "active");
    decide(&administrator, &campaign, &accounts[..20]);
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
