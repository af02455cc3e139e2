//! A whole review, played against a fresh stack through nothing but its HTTP API: what a newcomer would do by hand.
//!
//! An administrator starts a campaign over the sample organisation; a manager looks at the riskiest accounts, rejects some,
//! changes their mind once and approves the rest; an operator finishes what other managers would; the campaign is completed.
//! At the end stands what it cost, as the engine metered it.

use std::io::Write;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::client::{self, Client};
use crate::{Data, Error, Options, Stack};

/// Accounts that are decided with one call.
const BATCH: usize = 100;
/// How many of the riskiest accounts the manager looks at, and rejects, one by one.
const LOOKED_AT: usize = 3;
/// From this risk score on, the operator takes access away.
const TOO_RISKY: u64 = 40;
/// How often a started campaign is asked after.
const GLANCE: Duration = Duration::from_millis(100);

/// Plays it with an organisation of this many people.
///
/// # Errors
/// When the stack does not start, or something is answered that should not be.
pub async fn run(people: u32) -> Result<(), Error> {
    let begin = Instant::now();
    let spinner = spinner(&format!("loading an organisation of {people} people"));
    let options = Options { data: Data::Ephemeral, port: 0, sample: Some(people), ..Options::default() };
    let stack = Stack::start(options).await?;
    spinner.finish_and_clear();
    say(&format!("✓ an organisation of {people} people, loaded in {:.1?}", begin.elapsed()));
    stack.engine().reset_usage();
    let review = Review::of(&stack)?;
    // The client blocks; the stack's own tasks go on beside it.
    let told = tokio::task::spawn_blocking(move || review.play()).await.map_err(Error::of)??;
    say(&told);
    let usage = stack.engine().usage();
    say(&format!(
        "  the table answered {} requests: {:.0} read units, {:.0} write units\n  all of it took {:.1?}",
        usage.requests(),
        usage.read_units(),
        usage.write_units(),
        begin.elapsed()
    ));
    stack.shutdown().await
}

/// The people of the play, and its end of time.
struct Review {
    administrator: Client,
    operator: Client,
    reviewer: Client,
    auditor: Client,
    start_date: String,
    end_date: String,
}

impl Review {
    fn of(stack: &Stack) -> Result<Self, Error> {
        let client = |role: &str| {
            let token = stack.tokens().get(role);
            let token = token.ok_or_else(|| Error::new(format!("there is no token for the role {role}")))?;
            Ok::<_, Error>(Client::new(stack.base_url(), token))
        };
        let now = stack.deps().clock.now();
        let end = now.checked_add(jiff::SignedDuration::from_hours(14 * 24)).map_err(Error::of)?;
        Ok(Self {
            administrator: client("administrator")?,
            operator: client("operator")?,
            reviewer: client("reviewer")?,
            auditor: client("auditor")?,
            start_date: now.to_string(),
            end_date: end.to_string(),
        })
    }

    fn play(&self) -> Result<String, Error> {
        let campaign = self.start()?;
        self.look(&campaign)?;
        let own = self.decide_own(&campaign)?;
        say(&format!("✓ the manager decided on their {own} accounts"));
        let others = self.decide_rest(&campaign)?;
        say(&format!("✓ an operator decided on the other {others}"));
        let done = self.administrator.post(&format!("/api/v1/campaigns/{campaign}/complete"), &json!({}))?;
        say(&format!("✓ the campaign is {}", text(&done, "/status")));
        let counts = self.auditor.get(&format!("/api/v1/campaigns/{campaign}/approvals/counts"))?;
        Ok(format!(
            "\nThe auditor reads the result: {} approved, {} rejected, {} flagged, {} pending",
            number(&counts, "/approved"),
            number(&counts, "/rejected"),
            number(&counts, "/flagged"),
            number(&counts, "/pending")
        ))
    }

    /// Creates a campaign over all accounts, starts it, and waits until its items are built.
    fn start(&self) -> Result<String, Error> {
        let body = json!({
            "name": "Access review of the whole company",
            "start_date": self.start_date,
            "end_date": self.end_date,
        });
        let created = self.administrator.post("/api/v1/campaigns", &body)?;
        let id = text(&created, "/id").to_owned();
        self.administrator.post(&format!("/api/v1/campaigns/{id}/start"), &json!({}))?;
        let begin = Instant::now();
        let spinner = spinner("building the items: who has which access, how risky is it, who reviews it");
        let campaign = loop {
            let campaign = self.administrator.get(&format!("/api/v1/campaigns/{id}"))?;
            match (text(&campaign, "/status"), text(&campaign, "/start_state")) {
                ("active", _) => break campaign,
                (_, "failed") => {
                    return Err(Error::new(format!("the start failed: {}", text(&campaign, "/start_error"))));
                }
                _ => client::pause(GLANCE),
            }
        };
        spinner.finish_and_clear();
        let total = number(&campaign, "/progress/total");
        say(&format!("✓ a campaign over {total} accounts, built in {:.1?}", begin.elapsed()));
        Ok(id)
    }

    /// The manager looks at what is riskiest.
    fn look(&self, campaign: &str) -> Result<(), Error> {
        let items = format!("/api/v1/campaigns/{campaign}/review-items");
        let page = self.reviewer.get(&format!("{items}?sort=-risk_score&limit={LOOKED_AT}"))?;
        say("  the riskiest accounts of one manager:");
        for item in list(&page, "review_items") {
            let id = client::escaped(text(item, "/account_id"));
            let whole = self.reviewer.get(&format!("{items}/{id}"))?;
            let reasons = whole.pointer("/risk/triggered_factors").and_then(Value::as_array).into_iter().flatten();
            let reasons: Vec<&str> = reasons.map(|factor| text(factor, "/name")).collect();
            say(&format!(
                "    {:<22} {:<18} risk {:>3}  {}",
                text(item, "/account_name"),
                text(item, "/application_name"),
                risk(item),
                reasons.join(", ")
            ));
        }
        Ok(())
    }

    /// The manager rejects what is too risky, takes one rejection back, and approves the rest.
    fn decide_own(&self, campaign: &str) -> Result<usize, Error> {
        let mut pending = self.pending(&self.reviewer, campaign)?;
        pending.sort_by_key(|item| std::cmp::Reverse(risk(item)));
        let (risky, fine) = pending.split_at(LOOKED_AT.min(pending.len()));
        let fine: Vec<&Value> = fine.iter().collect();
        let bar = bar("the manager decides", pending.len());
        for item in risky {
            let id = client::escaped(text(item, "/account_id"));
            let body = json!({ "decision": "rejected", "comment": "not needed for the job" });
            self.reviewer.post(&format!("/api/v1/campaigns/{campaign}/approvals/{id}"), &body)?;
            bar.inc(1);
        }
        if let Some(item) = risky.first() {
            let approval =
                format!("/api/v1/campaigns/{campaign}/approvals/{}", client::escaped(text(item, "/account_id")));
            self.reviewer.post(&format!("{approval}/undo"), &json!({}))?;
            self.reviewer
                .post(&approval, &json!({ "decision": "approved", "comment": "needed until the move is over" }))?;
        }
        self.approve(&self.reviewer, campaign, &fine, &bar)?;
        bar.finish_and_clear();
        Ok(pending.len())
    }

    /// What other managers would decide, decided by an operator, who may act on any row.
    fn decide_rest(&self, campaign: &str) -> Result<usize, Error> {
        let pending = self.pending(&self.operator, campaign)?;
        let (risky, fine): (Vec<_>, Vec<_>) = pending.iter().partition(|item| risk(item) >= TOO_RISKY);
        let bar = bar("an operator decides", pending.len());
        self.decide(&self.operator, campaign, &risky, "rejected", &bar)?;
        self.approve(&self.operator, campaign, &fine, &bar)?;
        bar.finish_and_clear();
        Ok(pending.len())
    }

    fn approve(&self, who: &Client, campaign: &str, items: &[&Value], bar: &ProgressBar) -> Result<(), Error> {
        self.decide(who, campaign, items, "approved", bar)
    }

    fn decide(
        &self,
        who: &Client,
        campaign: &str,
        items: &[&Value],
        decision: &str,
        bar: &ProgressBar,
    ) -> Result<(), Error> {
        for batch in items.chunks(BATCH) {
            let ids: Vec<&str> = batch.iter().map(|item| text(item, "/account_id")).collect();
            let body = json!({ "account_ids": ids, "decision": decision, "comment": "decided in the demonstration" });
            who.post(&format!("/api/v1/campaigns/{campaign}/approvals/batch"), &body)?;
            bar.inc(batch.len() as u64);
        }
        Ok(())
    }

    /// Every undecided item that this person sees.
    fn pending(&self, who: &Client, campaign: &str) -> Result<Vec<Value>, Error> {
        let mut items = Vec::new();
        let mut after = String::new();
        loop {
            let page = format!("/api/v1/campaigns/{campaign}/review-items?status=pending&limit=500{after}");
            let page = who.get(&page)?;
            items.extend(list(&page, "review_items").cloned());
            if page.pointer("/pageInfo/hasNextPage") != Some(&Value::Bool(true)) {
                return Ok(items);
            }
            after = format!("&after={}", client::escaped(text(&page, "/pageInfo/endCursor")));
        }
    }
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn number(value: &Value, pointer: &str) -> u64 {
    value.pointer(pointer).and_then(Value::as_u64).unwrap_or_default()
}

fn risk(item: &Value) -> u64 {
    number(item, "/risk_score")
}

fn spinner(text: &str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(text.to_owned());
    spinner.enable_steady_tick(GLANCE);
    spinner
}

fn bar(text: &str, length: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("  {msg} [{bar:40}] {pos}/{len}");
    let bar = ProgressBar::new(length as u64).with_message(text.to_owned());
    match style {
        Ok(style) => bar.with_style(style.progress_chars("=> ")),
        Err(_) => bar,
    }
}

/// Writes a line for the person at the terminal; one that cannot be written is nobody's problem.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}
