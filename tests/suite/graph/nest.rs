//! An organisation of groups that are nested, also in circles, and everything that a query can ask about it.

use std::collections::{BTreeMap, BTreeSet};

use blackbox::unique;
use serde_json::{Value, json};

use super::{Row, certify, nodes_of, results, same_rows, texts};
use crate::world::administrator;

const ACCOUNTS: usize = 14;
const GROUPS: usize = 11;
const ROLES: usize = 5;
const RESOURCES: usize = 4;

/// Numbers that look random and are always the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }
}

/// A loaded organisation, and the steps that access takes in it.
pub struct Nest {
    pub source: String,
    /// Account, group, role or resource, with what it leads to and the permissions of each step.
    pub leads: BTreeMap<String, Vec<(String, BTreeSet<String>)>>,
}

impl Nest {
    pub fn new() -> Self {
        let mut nest = Self { source: unique("nest"), leads: BTreeMap::new() };
        let mut dice = Dice(7);
        for account in 0..ACCOUNTS {
            for _ in 0..2 {
                nest.lead(("acct", account), ("grp", dice.below(GROUPS)), &[]);
            }
            if account % 4 == 0 {
                nest.lead(("acct", account), ("res", dice.below(RESOURCES)), &["secret.read"]);
            }
        }
        // Three groups in a circle, one that is in it, one that it is in; the others as it comes.
        for (one, other) in [(0, 1), (1, 2), (2, 0), (3, 1), (2, 4), (4, 5)] {
            nest.lead(("grp", one), ("grp", other), &[]);
        }
        for group in 5..GROUPS {
            nest.lead(("grp", group), ("role", dice.below(ROLES)), &[]);
            if group > 6 {
                nest.lead(("grp", group), ("grp", dice.below(group)), &[]);
            }
        }
        nest.lead(("role", 0), ("role", 1), &[]);
        nest.lead(("role", 1), ("role", 0), &[]);
        for role in 0..ROLES {
            let permissions: &[&str] = if role % 2 == 0 { &["secret.read"] } else { &["secret.read", "secret.write"] };
            nest.lead(("role", role), ("res", dice.below(RESOURCES)), permissions);
        }
        nest.lead(("grp", 4), ("res", 3), &["secret.purge"]);
        let path = format!("/api/v1/inventory/datasources/{}", nest.source);
        let _ = administrator().put(&path, nest.picture()).expect(200);
        nest
    }

    pub fn id(&self, kind: &str, number: usize) -> String {
        format!("{kind}-{}-{number:02}", self.source)
    }

    fn lead(&mut self, from: (&str, usize), to: (&str, usize), permissions: &[&str]) {
        let (from, to) = (self.id(from.0, from.1), self.id(to.0, to.1));
        let permissions = permissions.iter().map(|name| (*name).to_owned()).collect();
        let steps = self.leads.entry(from).or_default();
        if steps.iter().all(|(held, _)| *held != to) {
            steps.push((to, permissions));
        }
    }

    fn all(&self, kind: &str, count: usize) -> Vec<String> {
        (0..count).map(|number| self.id(kind, number)).collect()
    }

    fn picture(&self) -> Value {
        let kind = |id: &str| id.split('-').next().unwrap_or_default().to_owned();
        let field = |id: &str| match kind(id).as_str() {
            "acct" => "account_id",
            "grp" => "group_id",
            _ => "role_id",
        };
        let (mut memberships, mut assignments, mut grants) = (Vec::new(), Vec::new(), Vec::new());
        for (from, steps) in &self.leads {
            for (to, permissions) in steps {
                match (kind(from).as_str(), kind(to).as_str()) {
                    ("acct", "grp") => memberships.push(json!({ "account_id": from, "group_id": to })),
                    ("grp", "grp") => memberships.push(json!({ "member_group_id": from, "group_id": to })),
                    ("role", "role") => assignments.push(json!({ "holder_role_id": from, "role_id": to })),
                    (_, "role") => assignments.push(json!({ field(from): from, "role_id": to })),
                    _ => grants.push(json!({ field(from): from, "resource_id": to, "permissions": permissions })),
                }
            }
        }
        let plain = |kind: &str, count: usize| -> Vec<Value> {
            self.all(kind, count).iter().map(|id| json!({ "id": id, "name": format!("name of {id}") })).collect()
        };
        let email = |number: usize| format!("p{number}.{}@corp.example", self.source);
        let accounts: Vec<Value> = (0..ACCOUNTS)
            .map(|number| json!({ "id": self.id("acct", number), "name": format!("user{number}"), "login": "x", "email": email(number) }))
            .collect();
        // The first two have no person.
        let owners: Vec<Value> = (2..ACCOUNTS)
            .map(|number| json!({ "id": self.id("own", number), "email": email(number).to_uppercase(), "department": format!("D{}", number % 3) }))
            .collect();
        let resources: Vec<Value> = (0..RESOURCES)
            .map(|number| json!({ "id": self.id("res", number), "resource_type": "SecretStore", "application_id": format!("app-{}", self.source) }))
            .collect();
        json!({
            "name": format!("Vaults {}", self.source), "applications": [{ "id": format!("app-{}", self.source) }],
            "owners": owners, "accounts": accounts, "groups": plain("grp", GROUPS), "roles": plain("role", ROLES), "resources": resources,
            "permissions": [
                { "name": "secret.read", "effective_permissions": ["Read"] }, { "name": "secret.write", "effective_permissions": ["Update"] },
                { "name": "secret.purge", "effective_permissions": ["Delete"] },
            ],
            "memberships": memberships, "role_assignments": assignments, "grants": grants,
        })
    }

    /// Everything from which access goes on that `from` comes to, itself included, without what is avoided.
    pub fn reach(&self, from: &str, avoided: &BTreeSet<String>) -> BTreeSet<String> {
        let mut reached = BTreeSet::from([from.to_owned()]);
        loop {
            let steps = reached.iter().filter_map(|node| self.leads.get(node)).flatten();
            let next: BTreeSet<String> =
                steps.map(|(to, _)| to.clone()).filter(|to| !avoided.contains(to)).chain(reached.clone()).collect();
            if next.len() == reached.len() {
                return reached;
            }
            reached = next;
        }
    }

    /// What the last steps from some nodes to a resource give; `None` when there is none.
    fn given(&self, from: &BTreeSet<String>, to: &str) -> Option<Vec<String>> {
        let steps = from.iter().filter_map(|node| self.leads.get(node)).flatten().filter(|(held, _)| held == to);
        let steps: Vec<_> = steps.collect();
        let all: BTreeSet<String> = steps.iter().flat_map(|(_, permissions)| permissions.iter().cloned()).collect();
        (!steps.is_empty()).then(|| all.into_iter().collect())
    }

    /// Rows of all accounts and resources; `from` tells for an account the sets of nodes from which the last step may be
    /// taken, each with its waypoint.
    fn rows(&self, from: impl Fn(&str) -> Vec<(String, BTreeSet<String>)>) -> BTreeSet<Row> {
        let mut rows = BTreeSet::new();
        for account in self.all("acct", ACCOUNTS) {
            for (waypoint, nodes) in from(&account) {
                for resource in self.all("res", RESOURCES) {
                    let given = self.given(&nodes, &resource);
                    rows.extend(given.map(|given| (account.clone(), resource, waypoint.clone(), given)));
                }
            }
        }
        rows
    }

    fn query(&self, more: Value) -> Value {
        let mut query = json!({
            "source_node_types": nodes_of(&self.source, &["Account"]),
            "destination_node_types": nodes_of(&self.source, &["SecretStore"]),
        });
        query.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        query
    }
}

fn of_kind(nodes: &BTreeSet<String>, kind: &str) -> Vec<String> {
    nodes.iter().filter(|id| id.starts_with(&format!("{kind}-"))).cloned().collect()
}

#[test]
fn whatever_a_query_asks_of_the_way_its_rows_are_those_of_an_obvious_search() {
    let nest = Nest::new();
    let none = BTreeSet::new();
    let found = |more: Value| results(&certify(&nest.query(more)));
    let groups = nodes_of(&nest.source, &["Group"]);
    let alone = |nodes: BTreeSet<String>| vec![(String::new(), nodes)];

    let plain = nest.rows(|account| alone(nest.reach(account, &none)));
    same_rows(&found(json!({})), &plain, "plain");

    let circle: BTreeSet<String> = (0..3).map(|number| nest.id("grp", number)).collect();
    let avoided: Vec<Value> = circle.iter().map(|id| json!({ "node_type": "Group", "node_id": id })).collect();
    let around = found(json!({ "avoided_intermediate_node_types": { "nodes": avoided } }));
    same_rows(&around, &nest.rows(|account| alone(nest.reach(account, &circle))), "avoided");

    let behind = |account: &str, kind: &str| -> BTreeSet<String> {
        let met = of_kind(&nest.reach(account, &none), kind);
        met.iter().flat_map(|met| nest.reach(met, &none)).collect()
    };
    let over = found(json!({ "required_intermediate_node_types": nodes_of(&nest.source, &["Role"]) }));
    same_rows(&over, &nest.rows(|account| alone(behind(account, "role"))), "required");

    let by_group = |account: &str| {
        let met = of_kind(&nest.reach(account, &none), "grp");
        met.into_iter().map(|group| (group.clone(), nest.reach(&group, &none))).collect()
    };
    same_rows(&found(json!({ "waypoint_node_types": groups })), &nest.rows(by_group), "waypoint");

    let direct = |account: &str| alone(BTreeSet::from([account.to_owned()]));
    let mut stores = nodes_of(&nest.source, &["SecretStore"]);
    stores["nodes"][0]["direct_relationship_only"] = true.into();
    same_rows(&found(json!({ "destination_node_types": stores })), &nest.rows(direct), "direct");

    let purge = found(json!({ "raw_permissions": ["secret.purge", "nothing"] }));
    let granted = plain.iter().filter(|row| row.3.contains(&"secret.purge".to_owned())).cloned().collect();
    same_rows(&purge, &granted, "by permission");

    let related: BTreeSet<(String, String)> = plain.iter().map(|row| (row.0.clone(), row.1.clone())).collect();
    let all = nest
        .all("acct", ACCOUNTS)
        .into_iter()
        .flat_map(|account| nest.all("res", RESOURCES).into_iter().map(move |resource| (account.clone(), resource)));
    let unrelated = all.filter(|pair| !related.contains(pair)).map(|(one, two)| (one, two, String::new(), Vec::new()));
    same_rows(&found(json!({ "no_relation": true })), &unrelated.collect(), "no relation");
}

#[test]
fn rows_tell_what_lies_on_their_way_and_what_is_joined_to_them() {
    let nest = Nest::new();
    let join = |alias: &str| json!({ "alias": alias, "node_type": "Identity", "join_on": { "source_property": "email", "joined_property": "email" } });
    let id = certify(&nest.query(json!({
        "path_summary_node_types": nodes_of(&nest.source, &["Group", "Role"]),
        "joined_nodes": [join("idp"), join("owner")],
    })));
    let none = BTreeSet::new();
    let rows = results(&id);
    assert!(rows.len() > ACCOUNTS, "{}", rows.len());
    for row in &rows {
        let (source, destination) = (row["source"]["id"].as_str().unwrap(), row["destination"]["id"].as_str().unwrap());
        let met = nest.reach(source, &none).into_iter().filter(|node| node != source);
        let between: BTreeSet<String> =
            met.filter(|node| node != destination && nest.reach(node, &none).contains(destination)).collect();
        let summary = row["path_summary"].as_array().expect("a list");
        let listed: BTreeSet<String> = summary.iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!((listed, summary.len()), (between.clone(), between.len()), "{source} {destination}");
        for node in summary {
            assert_eq!(node["name"], json!(format!("name of {}", node["id"].as_str().unwrap())));
            assert!(["Group", "Role"].contains(&node["type"].as_str().unwrap()), "{node}");
            assert_eq!(node["datasource_id"], json!(nest.source));
        }
        let number: usize = source.rsplit('-').next().unwrap().parse().unwrap();
        let joined = row["joined_nodes"].as_object().expect("an object");
        assert_eq!(joined.keys().collect::<Vec<_>>(), if number < 2 { vec![] } else { vec!["idp", "owner"] });
        for person in joined.values() {
            assert_eq!(person["id"], json!(nest.id("own", number)));
            assert_eq!(person["department"], json!(format!("D{}", number % 3)));
        }
    }
    let path = format!("/api/preview/awf/certifications/{id}/results?page_size=2000&filter=");
    let filtered = |filter: &str| crate::world::all_rows(&crate::world::operator(), &format!("{path}{filter}"));
    let of_first = rows.iter().filter(|row| row["joined_nodes"]["idp"]["department"] == "D1").count();
    assert_eq!(filtered("idp.department%20eq%20%22D1%22").len(), of_first);
    let circle = format!("path_summary.id%20eq%20%22{}%22", nest.id("grp", 0));
    let over = rows.iter().filter(|row| texts_of_ids(&row["path_summary"]).contains(&nest.id("grp", 0))).count();
    assert!(over > 0);
    assert_eq!(filtered(&circle).len(), over);
}

fn texts_of_ids(nodes: &Value) -> Vec<String> {
    texts(&nodes.as_array().into_iter().flatten().map(|node| node["id"].clone()).collect())
}
