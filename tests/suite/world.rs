//! The stack under test and the little organisations that the tests review.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use blackbox::{Answer, Persona, Target, unique};
use jiff::SignedDuration;
use local::{Algorithm, Options, Role, Stack};
use serde_json::{Value, json};

/// The stack that all tests share.
pub fn target() -> &'static Target {
    static TARGET: OnceLock<Target> = OnceLock::new();
    TARGET.get_or_init(|| match std::env::var("REVIEW_BASE_URL") {
        Ok(base_url) => deployed(base_url.trim_end_matches('/')),
        Err(_) => local(),
    })
}

/// Where the mails of the stack under test come to lie.
static MAILS: OnceLock<PathBuf> = OnceLock::new();

/// The mails of the stack under test: a Maildir.
pub fn mails() -> &'static Path {
    let _ = target();
    MAILS.get().expect("REVIEW_MAILS names the folder with the mails of the stack").as_path()
}

/// A stack that runs elsewhere.
fn deployed(base_url: &str) -> Target {
    let path = std::env::var("REVIEW_TOKENS").expect("REVIEW_TOKENS names the tokens.json of the stack");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let tokens = serde_json::from_str(&text).expect("tokens.json maps roles to tokens");
    if let Some(mails) = std::env::var_os("REVIEW_MAILS") {
        let _ = MAILS.set(mails.into());
    }
    Target { base_url: base_url.to_owned(), tokens, jwts: deployed_jwts() }
}

/// The JWTs for a stack that runs elsewhere; what needs them is left out when there are none.
fn deployed_jwts() -> Vec<(String, String)> {
    let Ok(path) = std::env::var("REVIEW_JWTS") else { return Vec::new() };
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let jwts: BTreeMap<String, String> = serde_json::from_str(&text).expect("REVIEW_JWTS maps roles to JWTs");
    jwts.into_iter().collect()
}

/// The local stack, in memory, on a port of its own, for as long as this process lives.
fn local() -> Target {
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().expect("a tokio runtime");
        runtime.block_on(async {
            let stack = Stack::start(Options::for_tests()).await.expect("the local stack starts");
            let (base_url, tokens) = (stack.base_url().to_owned(), stack.tokens().clone());
            let _ = MAILS.set(stack.mails());
            let target = Target { base_url, tokens, jwts: local_jwts(&stack) };
            send.send(target).expect("the test waits for the stack");
            std::future::pending::<()>().await;
        });
    });
    receive.recv().expect("the local stack came up")
}

/// A JWT of the local issuer for each role and algorithm.
fn local_jwts(stack: &Stack) -> Vec<(String, String)> {
    let each = Role::ALL.into_iter().flat_map(|role| Algorithm::ALL.map(|algorithm| (role, algorithm)));
    each.map(|(role, algorithm)| {
        let jwt = stack.jwt(algorithm, role, None, SignedDuration::from_hours(12)).expect("the local issuer signs");
        (role.word().to_owned(), jwt)
    })
    .collect()
}

pub fn administrator() -> Persona {
    target().persona("administrator")
}

pub fn operator() -> Persona {
    target().persona("operator")
}

pub fn auditor() -> Persona {
    target().persona("auditor")
}

/// An organisation of its own: one application, two managers with their people, one group, two roles.
///
/// Ids carry a unique word, so that organisations never meet. `lena` manages the first `reports` people, `omar` the rest;
/// neither has an account, so that every account has one of the two as its reviewer.
pub struct World {
    /// Unique word in every id.
    pub word: String,
    /// The data source that holds everything.
    pub source: String,
    /// The application that all accounts belong to.
    pub application: String,
    /// Account ids in the order of their names.
    pub accounts: Vec<String>,
    /// How many of them `lena` reviews.
    pub lenas: usize,
}

impl World {
    /// `people` accounts, two thirds of them under `lena`.
    pub fn new(people: usize) -> Self {
        let word = unique("w");
        let lenas = people * 2 / 3;
        let world = Self {
            source: format!("ds-{word}"),
            application: format!("app-{word}"),
            accounts: (0..people).map(|n| format!("acct-{word}-{n:04}")).collect(),
            lenas,
            word,
        };
        let answer = administrator().put(&format!("/api/v1/inventory/datasources/{}", world.source), world.picture());
        let _ = answer.expect(200);
        world
    }

    /// The full picture of the organisation, as it is pushed.
    pub fn picture(&self) -> Value {
        let word = &self.word;
        let mut owners = vec![self.manager("lena"), self.manager("omar")];
        let mut accounts = Vec::new();
        for (n, id) in self.accounts.iter().enumerate() {
            let manager = if n < self.lenas { "lena" } else { "omar" };
            owners.push(json!({
                "id": format!("own-{word}-{n:04}"), "name": format!("Person {n:04}"), "email": format!("person{n}.{word}@corp.example"),
                "title": "Clerk", "department": if n % 2 == 0 { "Finance" } else { "Logistics" },
                "manager_id": format!("own-{word}-{manager}"), "status": "active",
            }));
            accounts.push(json!({
                "id": id, "account_name": format!("user{n:04}"), "application_id": self.application, "email": format!("person{n}.{word}@corp.example"),
                "owner_id": format!("own-{word}-{n:04}"), "account_type": if n % 10 == 9 { "service" } else { "user" },
                "status": "active", "department": if n % 2 == 0 { "Finance" } else { "Logistics" },
                "privileged": n % 5 == 0, "mfa_enabled": n % 3 != 0, "last_login_at": if n % 4 == 0 { "2020-01-01T00:00:00Z" } else { "2099-01-01T00:00:00Z" },
            }));
        }
        let every_account = |role: &str| -> Vec<Value> {
            self.accounts
                .iter()
                .map(|id| json!({ "account_id": id, "role_id": format!("role-{word}-{role}") }))
                .collect()
        };
        let mut role_assignments = every_account("reader");
        role_assignments.push(json!({ "group_id": format!("grp-{word}"), "role_id": format!("role-{word}-close") }));
        json!({
            "name": format!("Payroll {word}"), "platform": "PayrollSuite",
            "owners": owners,
            "applications": [{ "id": self.application, "name": format!("Payroll {word}") }],
            "accounts": accounts,
            "groups": [{ "id": format!("grp-{word}"), "name": format!("Approvers {word}"), "is_high_privilege": true }],
            "roles": [
                { "id": format!("role-{word}-close"), "name": "PeriodClose", "application_id": self.application, "platform": "PayrollSuite" },
                { "id": format!("role-{word}-reader"), "name": "Reader", "application_id": self.application, "platform": "PayrollSuite" },
            ],
            "memberships": [{ "account_id": self.accounts[0], "group_id": format!("grp-{word}") }],
            "role_assignments": role_assignments,
        })
    }

    fn manager(&self, name: &str) -> Value {
        let word = &self.word;
        json!({ "id": format!("own-{word}-{name}"), "name": name, "email": self.email(name), "title": "Head of clerks", "status": "active" })
    }

    /// The e-mail address of a manager.
    pub fn email(&self, name: &str) -> String {
        format!("{name}.{}@corp.example", self.word)
    }

    /// A manager of this organisation, logged in as a reviewer.
    pub fn reviewer(&self, name: &str) -> Persona {
        self.logged_in(name, &self.email(name))
    }

    /// One of the people of this organisation, logged in as a reviewer.
    pub fn person(&self, n: usize) -> Persona {
        self.logged_in(&format!("person {n}"), &format!("person{n}.{}@corp.example", self.word))
    }

    fn logged_in(&self, name: &str, email: &str) -> Persona {
        let body = json!({ "name": format!("{name} of {}", self.word), "role": "reviewer", "user": email });
        let key = administrator().post("/api/v1/api-keys", body).expect(201);
        target().with_token(key.str("/token"))
    }

    /// What a campaign over this organisation's application is created from.
    pub fn campaign_body(&self) -> Value {
        json!({
            "name": format!("Payroll review {}", self.word), "description": "Before the audit", "type": "periodic",
            "start_date": "2026-09-01T06:00:00Z", "end_date": "2099-09-21T18:00:00Z",
            "scope": { "applications": [self.application], "account_types": [] },
        })
    }

    /// A draft campaign; answers its id.
    pub fn draft(&self) -> String {
        administrator().post("/api/v1/campaigns", self.campaign_body()).expect(201).str("/id").to_owned()
    }

    /// An active campaign; answers its id.
    pub fn active(&self) -> String {
        let id = self.draft();
        start(&id);
        id
    }

    /// A workflow over all role assignments of this organisation's source; answers its id.
    pub fn workflow(&self) -> String {
        let body = json!({
            "name": format!("Payroll roles {}", self.word), "description": "Who holds which role", "notes": "",
            "query": {
                "source_node_types": { "nodes": [{ "node_type": "Account", "condition_expression": format!("datasource_id eq \"{}\"", self.source) }], "nodes_operator": "AND" },
                "destination_node_types": { "nodes": [{ "node_type": "Role" }], "nodes_operator": "AND" },
            },
        });
        operator().post("/api/preview/awf/workflows", body).expect(200).str("/workflow_id").to_owned()
    }

    /// A certification in progress, rows assigned to the managers; answers its id and the number of rows.
    pub fn certification(&self) -> (String, u64) {
        Self::certification_of(&self.workflow())
    }

    /// A certification in which an automation has marked every row; answers its id.
    pub fn marked(&self) -> String {
        let workflow = self.workflow();
        let criteria = json!({ "filter": "source.id pr" });
        let action = json!({ "display_style": "HIGHLIGHT" });
        let _ = attached(&workflow, &json!({ "name": "Mark", "criteria": criteria, "action": action }));
        Self::certification_of(&workflow).0
    }

    fn certification_of(workflow: &str) -> (String, u64) {
        let body = json!({
            "workflow_id": workflow, "name": "Autumn", "due_date": "2099-06-30T16:00:00Z",
            "reviewer_assignment": { "users_manager": true },
        });
        let created = operator().post("/api/preview/awf/certifications", body).expect(200);
        let id = created.str("/certification_id").to_owned();
        let path = format!("/api/preview/awf/certifications/{id}");
        let body = operator().until(&path, |body| body["value"]["state"] == "IN_PROGRESS");
        let rows = body["value"]["total_result_count"].as_u64().expect("a number of rows");
        (id, rows)
    }
}

/// An automation that is attached to a workflow, and runs in it always.
pub fn attached(workflow: &str, body: &Value) -> String {
    let id = administrator().post("/api/preview/awf/automations", body.clone()).expect(200).str("/id").to_owned();
    let attachment = json!({ "id": id, "workflow_id": workflow, "opt_in": false });
    let _ = administrator().post("/api/preview/awf/automations:attach", attachment).expect(200);
    id
}

/// Starts a campaign and waits until it is active.
pub fn start(id: &str) {
    let answer = administrator().post_empty(&format!("/api/v1/campaigns/{id}/start")).expect(200);
    assert_eq!(answer.body["status"], "queued");
    let body = administrator().until(&format!("/api/v1/campaigns/{id}"), |body| {
        assert_ne!(body["start_state"], "failed", "{body}");
        body["status"] == "active"
    });
    assert_eq!(body["start_state"], "done");
}

/// Follows `after` cursors of the campaigns dialect and answers all entries under `key`.
#[track_caller]
pub fn all_pages(who: &Persona, path: &str, key: &str) -> Vec<Value> {
    let mut entries = Vec::new();
    let mut after = String::new();
    let join = if path.contains('?') { '&' } else { '?' };
    for _ in 0..10_000 {
        let url = if after.is_empty() { path.to_owned() } else { format!("{path}{join}after={after}") };
        let page = who.get(&url).expect(200);
        entries.extend(page.list(&format!("/{key}")).iter().cloned());
        if page.body["pageInfo"]["hasNextPage"] != true {
            return entries;
        }
        after = page.str("/pageInfo/endCursor").to_owned();
    }
    panic!("{path} never ends");
}

/// Follows `page_token` of the access-reviews dialect and answers all rows.
#[track_caller]
pub fn all_rows(who: &Persona, path: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut token = String::new();
    let join = if path.contains('?') { '&' } else { '?' };
    for _ in 0..10_000 {
        let page = who.get(&format!("{path}{join}page_token={token}")).expect(200);
        rows.extend(page.list("/values").iter().cloned());
        if page.body["has_more"] != true {
            return rows;
        }
        token = page.str("/next_page_token").to_owned();
    }
    panic!("{path} never ends");
}

/// A 400 of the campaigns dialect that names this field.
#[track_caller]
pub fn names_field(answer: &Answer, field: &str) {
    assert_eq!(answer.status, 400, "{} answered {}", answer.request, answer.text);
    let campaigns =
        answer.body["error"]["details"].as_array().into_iter().flatten().any(|fault| fault["field"] == field);
    let awf = answer.body["details"].as_array().into_iter().flatten();
    let awf = awf
        .flat_map(|detail| detail["field_violations"].as_array().into_iter().flatten())
        .any(|fault| fault["field"] == field);
    assert!(campaigns || awf, "{} does not name {field}: {}", answer.request, answer.text);
}

/// An error of the campaigns dialect, whole: code, message, request id.
#[track_caller]
pub fn campaigns_error(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{} answered {}", answer.request, answer.text);
    let error = &answer.body["error"];
    assert_eq!(error["code"], code, "{}", answer.text);
    assert!(error["message"].as_str().is_some_and(|text| !text.is_empty()), "{}", answer.text);
    assert!(error["request_id"].as_str().is_some_and(|text| !text.is_empty()), "{}", answer.text);
}

/// An error of the access-reviews dialect, whole: code, message, request id, time, details.
#[track_caller]
pub fn awf_error(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{} answered {}", answer.request, answer.text);
    assert_eq!(answer.body["code"], code, "{}", answer.text);
    assert!(answer.body["message"].as_str().is_some_and(|text| !text.is_empty()), "{}", answer.text);
    assert!(answer.body["request_id"].as_str().is_some_and(|text| !text.is_empty()), "{}", answer.text);
    assert!(answer.body["timestamp"].as_str().is_some_and(|text| text.ends_with('Z')), "{}", answer.text);
    assert!(answer.body["details"].is_array(), "{}", answer.text);
}
