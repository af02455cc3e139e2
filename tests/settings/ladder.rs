//! Who reviews a row, worked out a second time: from what was loaded and settled, for every row of certifications over a
//! made-up organisation whose managers, owners, denied people and delegates leave no rung of the ladder out.

use std::collections::{BTreeMap, BTreeSet};

use blackbox::unique;
use serde_json::{Value, json};

use crate::alone::Alone;
use crate::world::{administrator, all_rows, operator};

const PEOPLE: usize = 40;
const ROLES: usize = 8;
/// An id that nobody has.
const NOBODY: usize = PEOPLE;

/// Numbers that look random, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("a small number") % limit
    }
}

/// People by number: their managers, whose accounts and roles they are, who is denied, who stands in for whom.
struct Organisation {
    word: String,
    managers: Vec<Option<usize>>,
    /// Whose account each person's account is: mostly their own.
    accounts: Vec<usize>,
    owners: Vec<Vec<usize>>,
    grants: Vec<(usize, usize)>,
    denied: BTreeSet<usize>,
    delegates: Vec<(usize, usize)>,
}

impl Organisation {
    fn new() -> Self {
        let dice = &mut Dice(7);
        let managers = (0..PEOPLE)
            .map(|person| match dice.below(8) {
                0 => None,
                1 => Some(NOBODY),
                _ => Some(dice.below(PEOPLE)).filter(|manager| *manager != person),
            })
            .collect();
        let accounts = (0..PEOPLE).map(|person| if dice.below(10) == 0 { NOBODY } else { person }).collect();
        let owners = (0..ROLES).map(|_| (0..dice.below(4)).map(|_| dice.below(PEOPLE + 1)).collect()).collect();
        let grants: BTreeSet<_> = (0..120).map(|_| (dice.below(PEOPLE), dice.below(ROLES))).collect();
        let denied = (0..12).map(|_| dice.below(PEOPLE)).collect();
        let pairs: BTreeSet<_> = (0..15).map(|_| (dice.below(PEOPLE), dice.below(PEOPLE))).collect();
        let delegates = pairs.into_iter().filter(|(original, delegate)| original != delegate).collect();
        let grants = grants.into_iter().collect();
        Self { word: unique("lad"), managers, accounts, owners, grants, denied, delegates }
    }

    fn id(&self, person: usize) -> String {
        format!("own-{}-{person:02}", self.word)
    }

    fn account(&self, person: usize) -> String {
        format!("acct-{}-{person:02}", self.word)
    }

    fn role(&self, role: usize) -> String {
        format!("role-{}-{role}", self.word)
    }

    fn users(&self, people: &[usize]) -> Vec<Value> {
        people.iter().map(|person| json!({ "user_type": "Identity", "id": self.id(*person) })).collect()
    }

    /// Loads everything; answers the workflow over all grants.
    fn load(&self) -> String {
        let word = &self.word;
        let email = |person: usize| format!("person{person}.{word}@corp.example");
        let owners: Vec<Value> = (0..PEOPLE)
            .map(|person| {
                let manager = self.managers[person].map(|manager| self.id(manager));
                json!({ "id": self.id(person), "name": format!("Person {person}"), "email": email(person), "manager_id": manager })
            })
            .collect();
        let accounts: Vec<Value> = (0..PEOPLE)
            .map(|person| {
                let of = self.accounts[person];
                let email = (of != NOBODY).then(|| email(of));
                json!({ "id": self.account(person), "account_name": format!("user{person}"), "application_id": format!("app-{word}"),
                    "owner_id": self.id(of), "email": email })
            })
            .collect();
        let roles: Vec<Value> = (0..ROLES)
            .map(|role| {
                let owners: Vec<String> = self.owners[role].iter().map(|owner| self.id(*owner)).collect();
                json!({ "id": self.role(role), "name": format!("Role {role}"), "application_id": format!("app-{word}"), "owner_ids": owners })
            })
            .collect();
        let grants: Vec<Value> = self
            .grants
            .iter()
            .map(|(person, role)| json!({ "account_id": self.account(*person), "role_id": self.role(*role) }))
            .collect();
        let picture = json!({ "name": word, "owners": owners, "applications": [{ "id": format!("app-{word}"), "name": word }],
            "accounts": accounts, "roles": roles, "role_assignments": grants });
        let _ = administrator().put(&format!("/api/v1/inventory/datasources/ds-{word}"), picture).expect(200);
        let from = json!({ "node_type": "Account", "condition_expression": format!("datasource_id eq \"ds-{word}\"") });
        let nodes = |spec: Value| json!({ "nodes": [spec], "nodes_operator": "AND" });
        let query = json!({ "source_node_types": nodes(from), "destination_node_types": nodes(json!({ "node_type": "Role" })) });
        let body = json!({ "name": word, "query": query });
        operator().post("/api/preview/awf/workflows", body).expect(200).str("/workflow_id").to_owned()
    }

    fn settle(&self, verb: &str) {
        let denied: Vec<usize> = self.denied.iter().copied().collect();
        let denied = json!({ "users": self.users(&denied) });
        let _ = administrator().post(&format!("/api/preview/workflows/deny_list/users:{verb}"), denied).expect(200);
        let pairs: Vec<Value> = self
            .delegates
            .iter()
            .map(|(original, delegate)| {
                let users = self.users(&[*original, *delegate]);
                json!({ "original_user": users[0], "delegate_user": users[1] })
            })
            .collect();
        let pairs = json!({ "values": pairs });
        let _ = administrator().post(&format!("/api/preview/awf/delegation/users:{verb}"), pairs).expect(200);
    }
}

/// How rows are to be assigned.
struct Wish {
    manager: bool,
    owners: bool,
    reviewers: Vec<usize>,
    fallback: Vec<usize>,
    own_access_is_checked: bool,
}

impl Wish {
    /// Who reviews a grant, by number; nobody where only the creator of the workflow is left.
    fn reviewers_of(&self, of: &Organisation, person: usize, role: usize) -> BTreeSet<usize> {
        let subject = of.accounts[person];
        let fits = |user: usize| {
            user != NOBODY && !of.denied.contains(&user) && !(self.own_access_is_checked && user == subject)
        };
        let mut chosen: Vec<usize> = self.reviewers.iter().copied().filter(|user| fits(*user)).collect();
        let above = |user: usize| if user == NOBODY { None } else { of.managers[user] };
        if self.manager
            && let Some(manager) = above(subject)
        {
            let instead = above(manager).filter(|user| fits(*user));
            chosen.extend(if fits(manager) { Some(manager) } else { instead });
        }
        if self.owners {
            chosen.extend(of.owners[role].iter().copied().filter(|user| fits(*user)));
        }
        if chosen.is_empty() {
            chosen = self.fallback.iter().copied().filter(|user| fits(*user)).collect();
        }
        let delegates = of.delegates.iter().filter(|(original, _)| chosen.contains(original));
        let delegates: Vec<usize> = delegates.map(|(_, delegate)| *delegate).filter(|user| fits(*user)).collect();
        chosen.into_iter().chain(delegates).collect()
    }
}

/// The reviewers of every row of a new certification, by the ids of source and destination.
fn assigned(workflow: &str, of: &Organisation, wish: &Wish) -> BTreeMap<(String, String), BTreeSet<String>> {
    let body = json!({ "workflow_id": workflow, "reviewer_assignment": {
        "users_manager": wish.manager, "resource_managers": wish.owners,
        "reviewers": of.users(&wish.reviewers), "fallback_reviewers": of.users(&wish.fallback) } });
    let created = operator().post("/api/preview/awf/certifications", body).expect(200);
    let path = format!("/api/preview/awf/certifications/{}", created.str("/certification_id"));
    let _ = operator().until(&path, |body| body["value"]["state"] == "IN_PROGRESS");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let rows = all_rows(&operator(), &format!("{path}/results"));
    rows.iter()
        .map(|row| {
            let reviewers = row["reviewers"].as_array().expect("reviewers");
            let reviewers = reviewers.iter().map(|user| text(&user["id"])).collect();
            ((text(&row["source"]["id"]), text(&row["destination"]["id"])), reviewers)
        })
        .collect()
}

#[test]
fn every_row_is_given_to_whom_the_ladder_says() {
    let alone = Alone::new();
    let of = Organisation::new();
    let workflow = of.load();
    of.settle("add");
    let creator = operator().get("/api/v1/me").expect(200).str("/user/id").to_owned();
    let mut alone_with_creator = 0;
    for own_access_is_checked in [false, true] {
        alone.put("self_reviewer_settings", json!(if own_access_is_checked { 2 } else { 1 }));
        for (manager, owners, reviewers, fallback) in [
            (true, false, vec![], vec![]),
            (false, true, vec![], vec![3, 4]),
            (true, true, vec![5], vec![6]),
            (false, false, vec![1, 2, 8], vec![9]),
            (true, true, vec![], vec![10, 11]),
        ] {
            let wish = Wish { manager, owners, reviewers, fallback, own_access_is_checked };
            let found = assigned(&workflow, &of, &wish);
            assert_eq!(found.len(), of.grants.len());
            for (person, role) in &of.grants {
                let mut expected: BTreeSet<String> =
                    wish.reviewers_of(&of, *person, *role).into_iter().map(|user| of.id(user)).collect();
                if expected.is_empty() {
                    alone_with_creator += 1;
                    expected.insert(creator.clone());
                }
                assert_eq!(found[&(of.account(*person), of.role(*role))], expected, "person {person}, role {role}");
            }
        }
    }
    assert!(alone_with_creator > 0, "the last rung was tried, too");
    of.settle("remove");
}
