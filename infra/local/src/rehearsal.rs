//! A review of very many grants, played against a fresh stack on disk through nothing but its HTTP API: what each step
//! takes before anybody has to wait for it.
//!
//! The list goes up through the upload route, is read by the worker, reviewed as a campaign (a row for each account) and as
//! a certification (a row for each grant), listed, filtered, sorted, decided, counted and replaced. It ends with an error
//! when an answer is not what it must be, when a call takes longer than the gateway waits, when work takes longer than a minute
//! for every 100,000 grants, or when the process, which is every function and the table at once, takes more memory than one
//! worker has.

mod watch;

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{self, Client, escaped};
use crate::{Data, Error, Options, Stack};
use watch::Kind::{Calls, Work};
use watch::Watch;

/// From which the list is generated.
const SEED: u64 = 7;
/// How often somebody looks whether work is done.
const GLANCE: Duration = Duration::from_millis(250);
/// How long work may take in all.
const PATIENCE: Duration = Duration::from_secs(3_600);
/// Rows that are decided one by one.
const SINGLE: u32 = 50;
/// Accounts that one batch decides on.
const BATCH: usize = 100;
/// Rows on a page when all of them are read.
const PAGE: usize = 2_000;

/// Plays it with generated grants, or with those in a file.
///
/// # Errors
/// When the stack does not start, something is answered that should not be, or a step takes more than it may.
pub async fn run(grants: u32, pairs: Option<&Path>) -> Result<(), Error> {
    let text = match pairs {
        Some(path) => std::fs::read_to_string(path)?,
        None => sample::grants::pairs(SEED, grants),
    };
    let directory = std::env::temp_dir().join(format!("access-review-rehearsal-{}", std::process::id()));
    let options = Options { data: Data::Directory(directory.clone()), port: 0, sample: None, ..Options::default() };
    let stack = Stack::start(options).await?;
    let rehearsal = Rehearsal::of(&stack, text)?;
    let watch = Watch::new(stack.engine().clone(), rehearsal.grants);
    // The client blocks; the stack's own tasks go on beside it.
    let played = tokio::task::spawn_blocking(move || rehearsal.play(watch)).await.map_err(Error::of)?;
    stack.shutdown().await?;
    std::fs::remove_dir_all(&directory)?;
    played
}

struct Rehearsal {
    administrator: Client,
    text: String,
    users: usize,
    grants: usize,
}

impl Rehearsal {
    fn of(stack: &Stack, text: String) -> Result<Self, Error> {
        let token = stack.tokens().get("administrator");
        let token = token.ok_or_else(|| Error::new("there is no token for the role administrator"))?;
        let (mut users, mut grants) = (HashSet::new(), HashSet::new());
        for pair in text.lines().filter(|line| !line.trim().is_empty()) {
            let mut words = pair.split_whitespace();
            let (user, permission) = (words.next(), words.next());
            users.insert(user.map(ToOwned::to_owned));
            grants.insert(hash(&(user, permission)));
        }
        let (users, grants) = (users.len(), grants.len());
        say(&format!("{grants} grants of {users} users, {} bytes", text.len()));
        Ok(Self { administrator: Client::new(stack.base_url(), token), text, users, grants })
    }

    fn play(self, mut watch: Watch) -> Result<(), Error> {
        watch.step("upload and read the list", (Work, 1), || self.load(&self.text))?;
        watch.step("test a query", (Calls, 1), || self.test_query())?;
        let campaign = watch.step("start a campaign", (Work, 1), || self.campaign())?;
        self.review_campaign(&mut watch, &campaign)?;
        let certification = watch.step("start a certification", (Work, 1), || self.certification())?;
        self.review_certification(&mut watch, &certification)?;
        self.load_again(&mut watch)?;
        match watch.excesses() {
            excesses if excesses.is_empty() => Ok(()),
            excesses => Err(Error::new(format!("too much: {}", excesses.join("; ")))),
        }
    }

    /// Sends the list through the upload route and waits until it is read.
    fn load(&self, text: &str) -> Result<Value, Error> {
        let opened =
            self.administrator.post("/api/v1/inventory/datasources/grants/uploads", &json!({ "format": "pairs" }))?;
        client::upload(word(&opened, "/url"), text.as_bytes())?;
        let path = format!("/api/v1/inventory/uploads/{}", word(&opened, "/upload_id"));
        let done = self.wait(&path, |upload| matches!(word(upload, "/status"), "completed" | "failed"))?;
        holds(word(&done, "/status") == "completed", || done.to_string())?;
        Ok(done)
    }

    fn wait(&self, path: &str, done: impl Fn(&Value) -> bool) -> Result<Value, Error> {
        let begin = Instant::now();
        loop {
            let answer = self.administrator.get(path)?;
            if done(&answer) {
                return Ok(answer);
            }
            holds(begin.elapsed() < PATIENCE, || format!("{path} does not get there: {answer}"))?;
            client::pause(GLANCE);
        }
    }

    fn test_query(&self) -> Result<(), Error> {
        let condition = json!({ "entity": "account", "field": "account_name", "operator": "contains", "value": "1" });
        let body = json!({ "inclusion_filters": [condition], "exclusion_filters": [] });
        let found = self.administrator.post("/api/v1/campaigns/query/test", &body)?;
        holds(number(&found, "/count") > 0, || found.to_string())
    }

    fn campaign(&self) -> Result<String, Error> {
        let body =
            json!({ "name": "Grants", "start_date": "2026-01-01T00:00:00Z", "end_date": "2099-01-01T00:00:00Z" });
        let created = self.administrator.post("/api/v1/campaigns", &body)?;
        let path = format!("/api/v1/campaigns/{}", word(&created, "/id"));
        self.administrator.post(&format!("{path}/start"), &json!({}))?;
        let over =
            |campaign: &Value| word(campaign, "/status") == "active" || word(campaign, "/start_state") == "failed";
        let campaign = self.wait(&path, over)?;
        holds(number(&campaign, "/progress/total") == self.users, || campaign.to_string())?;
        Ok(path)
    }

    fn review_campaign(&self, watch: &mut Watch, path: &str) -> Result<(), Error> {
        let who = &self.administrator;
        let first = watch
            .step("campaign: first page, 100 rows", (Calls, 1), || who.get(&format!("{path}/approvals?limit=100")))?;
        let accounts: Vec<&str> = list(&first, "approvals").map(|row| word(row, "/account_id")).collect();
        watch.step("campaign: a page sorted by risk", (Calls, 1), || {
            who.get(&format!("{path}/review-items?limit=100&sort=-risk_score"))
        })?;
        let (single, batch) = accounts.split_at(accounts.len().min(10));
        watch.step("campaign: 10 decisions", (Calls, 10), || {
            single.iter().try_for_each(|account| {
                let approval = format!("{path}/approvals/{}", escaped(account));
                who.post(&approval, &json!({ "decision": "approved" })).map(|_| ())
            })
        })?;
        let batch: Vec<&str> = batch.iter().copied().take(BATCH).collect();
        watch.step("campaign: a batch of decisions", (Calls, 1), || {
            let body = json!({ "account_ids": batch, "decision": "rejected" });
            who.post(&format!("{path}/approvals/batch"), &body)
        })?;
        let counts = watch.step("campaign: counts", (Calls, 1), || who.get(&format!("{path}/approvals/counts")))?;
        let decided = (number(&counts, "/approved"), number(&counts, "/rejected"));
        let pending = self.users - single.len() - batch.len();
        let exact = decided == (single.len(), batch.len()) && number(&counts, "/pending") == pending;
        holds(exact, || counts.to_string())?;
        watch.step("campaign: complete", (Calls, 1), || who.post(&format!("{path}/complete"), &json!({})))?;
        Ok(())
    }

    fn certification(&self) -> Result<String, Error> {
        let set = |node_type: &str| json!({ "nodes": [{ "node_type": node_type }], "nodes_operator": "AND" });
        let query = json!({ "source_node_types": set("Account"), "destination_node_types": set("Permission") });
        let workflow =
            self.administrator.post("/api/preview/awf/workflows", &json!({ "name": "Grants", "query": query }))?;
        let body = json!({ "workflow_id": word(&workflow, "/workflow_id") });
        let created = self.administrator.post("/api/preview/awf/certifications", &body)?;
        let path = format!("/api/preview/awf/certifications/{}", word(&created, "/certification_id"));
        let over = |answer: &Value| {
            word(answer, "/value/state") == "IN_PROGRESS" || !word(answer, "/value/error_reason").is_empty()
        };
        let certification = self.wait(&path, over)?;
        holds(number(&certification, "/value/total_result_count") == self.grants, || certification.to_string())?;
        Ok(path)
    }

    fn review_certification(&self, watch: &mut Watch, path: &str) -> Result<(), Error> {
        let who = &self.administrator;
        let results = format!("{path}/results");
        for (name, query) in [
            ("certification: first page, 100 rows", "page_size=100"),
            ("certification: a filter that few rows pass", "page_size=100&filter=destination.name%20eq%20%2277%22"),
            ("certification: a filter that many rows pass", "page_size=100&filter=source.name%20sw%20%221%22"),
            ("certification: a page sorted by name", "page_size=100&order_by=destination.name%20desc"),
        ] {
            watch.step(name, (Calls, 1), || who.get(&format!("{results}?{query}")))?;
        }
        let pages = u32::try_from(self.grants.div_ceil(PAGE)).unwrap_or(u32::MAX);
        let seen = watch.step("certification: every row, page by page", (Calls, pages), || self.every_row(&results))?;
        holds(seen == self.grants, || format!("{seen} different rows were listed"))?;
        let singles = u32::try_from(self.grants).unwrap_or(u32::MAX).min(SINGLE);
        // As far apart as the rows allow: every decision meets a page that nobody has touched.
        let apart = self.grants / singles.max(1) as usize;
        watch.step("certification: decisions far apart", (Calls, singles), || {
            (0..singles as usize).try_for_each(|n| {
                let value = json!({ "result_id": n * apart, "decision": "ACCEPTED" });
                who.put(&results, json!({ "value": value }).to_string().as_bytes()).map(|_| ())
            })
        })?;
        let counted = watch.step("certification: counts", (Calls, 1), || who.get(path))?;
        holds(number(&counted, "/value/total_complete_count") == singles as usize, || counted.to_string())?;
        watch.step("certification: what is accepted", (Calls, 1), || {
            who.get(&format!("{results}?page_size=100&mutable_filter=decision%20eq%20%22ACCEPTED%22"))
        })?;
        Ok(())
    }

    /// How many different rows all pages show.
    fn every_row(&self, results: &str) -> Result<usize, Error> {
        let mut seen = HashSet::new();
        let mut token = String::new();
        loop {
            let page = self.administrator.get(&format!("{results}?page_size={PAGE}&page_token={}", escaped(&token)))?;
            let pair = |row: &Value| hash(&(word(row, "/source/name"), word(row, "/destination/name")));
            seen.extend(list(&page, "values").map(pair));
            if page.pointer("/has_more") != Some(&Value::Bool(true)) {
                return Ok(seen.len());
            }
            word(&page, "/next_page_token").clone_into(&mut token);
        }
    }

    /// Replaces the list by one that lacks a line, and loads another data source beside it.
    fn load_again(&self, watch: &mut Watch) -> Result<(), Error> {
        let (_, shorter) = self.text.split_once('\n').unwrap_or_default();
        let done = watch.step("replace the list by one with a line less", (Work, 1), || self.load(shorter))?;
        holds(number(&done, "/report/created") == 0, || done.to_string())?;
        let small = "9000001 1\n9000002 1\n";
        watch.step("load a small data source beside it", (Calls, 1), || {
            self.administrator.put("/api/v1/inventory/datasources/small?format=pairs", small.as_bytes())
        })?;
        Ok(())
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn holds(condition: bool, answer: impl FnOnce() -> String) -> Result<(), Error> {
    if condition { Ok(()) } else { Err(Error::new(format!("not as it must be: {}", answer()))) }
}

fn word<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, pointer: &str) -> usize {
    value.pointer(pointer).and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok()).unwrap_or_default()
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// Writes a line for the person at the terminal; one that cannot be written is nobody's problem.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}
