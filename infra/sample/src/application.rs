//! The applications: who has an account, in which groups and roles, and what that opens.

mod moved;

use std::collections::BTreeMap;

use domain::inventory::{Edge, Family, Node, PermissionSet, Picture, Value};
use jiff::Timestamp;

use crate::anomalies::{Anomaly, Planted};
use crate::people::{People, Person, before};
use crate::words::DEPARTMENTS;

/// What an application is like.
pub(crate) struct Application {
    pub(crate) id: &'static str,
    name: &'static str,
    platform: &'static str,
    criticality: &'static str,
    /// Departments whose people have an account; empty for everybody.
    departments: &'static [&'static str],
    /// Roles with their permissions as the system spells them and in canonical words. The first is for everybody with an
    /// account, the second for managers, the third for administrators, the fourth for nobody by rule.
    roles: [(&'static str, &'static [&'static str], &'static [&'static str]); 4],
    resources: &'static [(&'static str, &'static str)],
}

impl Application {
    /// All of them.
    pub(crate) const ALL: &'static [Self] = &[
        Self {
            id: "directory",
            name: "Corporate Directory",
            platform: "OpenDirectory",
            criticality: "high",
            departments: &[],
            roles: [
                ("Employee", &["dir.read"], &["Read"]),
                ("Team Lead", &["dir.read", "group.manage"], &["Read", "Update"]),
                ("Directory Admin", &["dir.read", "dir.write", "dir.reset"], &["Read", "Update"]),
                ("Auditor", &["dir.export"], &["Read"]),
            ],
            resources: &[("people", "Tree"), ("devices", "Tree")],
        },
        Self {
            id: "payroll",
            name: "Payroll",
            platform: "PayrollSuite",
            criticality: "high",
            departments: &["Finance", "People"],
            roles: [
                ("Payslip Reader", &["payslip.read"], &["Read"]),
                ("Period Close", &["period.close", "payslip.read"], &["Read", "Update"]),
                ("Payroll Admin", &["payroll.admin"], &["Create", "Read", "Update", "Delete"]),
                ("Bank File Release", &["bank.release"], &["Update"]),
            ],
            resources: &[("salaries", "Ledger"), ("bank-files", "Folder")],
        },
        Self {
            id: "erp",
            name: "Resource Planning",
            platform: "PlanCore",
            criticality: "high",
            departments: &["Finance", "Operations", "Logistics", "Sales", "Legal"],
            roles: [
                ("Requester", &["po.create"], &["Create"]),
                ("Approver", &["po.approve", "po.create"], &["Create", "Update"]),
                ("Vendor Master", &["vendor.write"], &["Update"]),
                ("Payment Run", &["payment.run"], &["Create", "Update"]),
            ],
            resources: &[("orders", "Table"), ("vendors", "Table"), ("payments", "Table")],
        },
        Self {
            id: "crm",
            name: "Customer Records",
            platform: "ClientBook",
            criticality: "medium",
            departments: &["Sales", "Customer Care"],
            roles: [
                ("Agent", &["case.read", "case.write"], &["Read", "Update"]),
                ("Supervisor", &["case.read", "case.assign"], &["Read", "Update"]),
                ("CRM Admin", &["crm.admin"], &["Create", "Read", "Update", "Delete"]),
                ("Mass Export", &["customer.export"], &["Read"]),
            ],
            resources: &[("cases", "Table"), ("customers", "Table")],
        },
        Self {
            id: "code",
            name: "Source Code",
            platform: "GitForge",
            criticality: "high",
            departments: &["Engineering", "Security", "Information Technology"],
            roles: [
                ("Developer", &["repo.read", "repo.push"], &["Read", "Update"]),
                ("Maintainer", &["repo.merge", "repo.push"], &["Read", "Update"]),
                ("Forge Admin", &["forge.admin"], &["Create", "Read", "Update", "Delete"]),
                ("Release Signing", &["release.sign"], &["Create"]),
            ],
            resources: &[("platform", "Repository"), ("mobile", "Repository"), ("infrastructure", "Repository")],
        },
        Self {
            id: "vault",
            name: "Secrets Vault",
            platform: "KeyVault",
            criticality: "critical",
            departments: &["Engineering", "Security", "Information Technology"],
            roles: [
                ("Reader", &["kv.read"], &["Read"]),
                ("Operator", &["kv.read", "kv.write"], &["Read", "Update"]),
                ("Vault Root", &["sys.root"], &["Create", "Read", "Update", "Delete"]),
                ("Break Glass", &["kv.all"], &["Read", "Update", "Delete"]),
            ],
            resources: &[("keys-eu", "SecretStore"), ("keys-us", "SecretStore")],
        },
    ];

    /// The data source of this application, and what was planted in it.
    pub(crate) fn picture(
        &self,
        random: &mut fastrand::Rng,
        moves: &mut fastrand::Rng,
        people: &People,
        now: Timestamp,
    ) -> (Picture, Vec<Planted>) {
        let mut build = Build::new(self);
        for (n, person) in people.all.iter().enumerate() {
            if self.departments.is_empty() || self.departments.contains(&person.department_name()) {
                build.account(random, person, n, now);
            }
        }
        for n in 0..people.all.len().div_ceil(120) {
            build.service(random, people, n, now);
        }
        moved::movers(&mut build, moves);
        moved::projects(&mut build, moves);
        (build.picture, build.planted)
    }
}

/// An account of a person.
#[derive(Debug, Clone)]
struct Held {
    node: u32,
    id: String,
    department: usize,
}

/// A picture in the making.
struct Build<'a> {
    application: &'a Application,
    picture: Picture,
    planted: Vec<Planted>,
    accounts: Vec<Held>,
    roles: [u32; 4],
    /// The group of a department, made when its first member comes.
    teams: BTreeMap<usize, u32>,
    everybody: u32,
    administrators: u32,
}

impl<'a> Build<'a> {
    fn new(application: &'a Application) -> Self {
        let picture = Picture {
            name: application.name.to_owned(),
            platform: application.platform.to_owned(),
            nodes: Vec::new(),
            edges: Vec::new(),
            permission_sets: vec![PermissionSet::default()],
        };
        let mut build = Self {
            application,
            picture,
            planted: Vec::new(),
            accounts: Vec::new(),
            roles: [0; 4],
            teams: BTreeMap::new(),
            everybody: 0,
            administrators: 0,
        };
        let root = build.node(
            Family::Application,
            application.id,
            application.name,
            &[("criticality", application.criticality), ("platform", application.platform)],
        );
        let resources: Vec<u32> = application
            .resources
            .iter()
            .map(|(name, kind)| {
                let resource = build.node(
                    Family::Resource,
                    &format!("{}/{name}", application.id),
                    name,
                    &[("resource_type", kind), ("application_id", application.id)],
                );
                if let Some(node) = build.picture.nodes.get_mut(resource as usize) {
                    (*kind).clone_into(&mut node.node_type);
                }
                resource
            })
            .collect();
        build.add_roles(root, &resources);
        build.add_groups();
        build
    }

    /// The roles of the application and what they open.
    fn add_roles(&mut self, root: u32, resources: &[u32]) {
        for (n, (name, raw, effective)) in self.application.roles.iter().enumerate() {
            let role = self.node(
                Family::Role,
                &format!("{}-role-{n}", self.application.id),
                name,
                &[("platform", self.application.platform), ("application_id", self.application.id)],
            );
            let mut permissions = PermissionSet { raw: owned(raw), effective: owned(effective) };
            permissions.tidy();
            self.picture.permission_sets.push(permissions);
            let set = u32::try_from(n + 1).unwrap_or(0);
            self.edge(role, root, set);
            // The first role opens one resource, the others all of them.
            for resource in resources.iter().take(if n == 0 { 1 } else { resources.len() }) {
                self.edge(role, *resource, set);
            }
            if let Some(place) = self.roles.get_mut(n) {
                *place = role;
            }
        }
    }

    /// The groups of everybody and of administrators, with their roles.
    fn add_groups(&mut self) {
        self.everybody = self.node(
            Family::Group,
            &format!("{}-all", self.application.id),
            &format!("{} users", self.application.name),
            &[("group_type", "security")],
        );
        self.administrators = self.node(
            Family::Group,
            &format!("{}-admins", self.application.id),
            &format!("{} administrators", self.application.name),
            &[("group_type", "security")],
        );
        if let Some(node) = self.picture.nodes.get_mut(self.administrators as usize) {
            node.attributes.insert("is_high_privilege".to_owned(), Value::Bool(true));
        }
        let [first, _, third, _] = self.roles;
        self.edge(self.everybody, first, 0);
        self.edge(self.administrators, third, 0);
    }

    fn node(&mut self, family: Family, id: &str, name: &str, texts: &[(&str, &str)]) -> u32 {
        let mut node = Node::new(family, id);
        name.clone_into(&mut node.name);
        node.attributes =
            texts.iter().map(|(name, text)| ((*name).to_owned(), Value::Text((*text).to_owned()))).collect();
        self.picture.nodes.push(node);
        u32::try_from(self.picture.nodes.len() - 1).unwrap_or(u32::MAX)
    }

    fn edge(&mut self, from: u32, to: u32, permissions: u32) {
        self.picture.edges.push(Edge { from, to, permissions });
    }

    fn team(&mut self, department: usize) -> u32 {
        if let Some(team) = self.teams.get(&department) {
            return *team;
        }
        let name = DEPARTMENTS.get(department).map_or("", |(name, _)| name);
        let id = format!("{}-team-{department}", self.application.id);
        let team = self.node(
            Family::Group,
            &id,
            &format!("{name} in {}", self.application.name),
            &[("group_type", "security")],
        );
        self.edge(team, self.everybody, 0);
        self.teams.insert(department, team);
        team
    }

    fn plant(&mut self, account: &str, anomaly: Anomaly, grant: Option<u32>) {
        let node = grant.and_then(|node| self.picture.nodes.get(node as usize));
        let grant = node.map(|node| node.id.clone());
        self.planted.push(Planted { account: account.to_owned(), anomaly, grant });
    }

    /// The account of a person, with the access of department and title, and now and then something odd.
    fn account(&mut self, random: &mut fastrand::Rng, person: &Person, n: usize, now: Timestamp) {
        let id = format!("{}-{n:06}", self.application.id);
        let orphaned = random.u16(..1000) < 8;
        let stale = random.u16(..1000) < 40;
        let administers = person.administers();
        let second_factor = if administers { random.u16(..1000) >= 60 } else { random.u16(..1000) >= 120 };
        let account = self.node(
            Family::Account,
            &id,
            &person.login,
            &[
                ("application_id", self.application.id),
                ("account_type", "user"),
                ("status", "active"),
                ("department", person.department_name()),
                ("title", person.title),
                ("display_name", &person.name),
            ],
        );
        let idle = if stale { random.i64(185..900) } else { random.i64(0..45) };
        let age = random.i64(1..85) + if random.u16(..1000) < 90 { 200 } else { 0 };
        let attributes = [
            ("email", (!orphaned).then(|| Value::Text(person.email.clone()))),
            ("owner_id", (!orphaned).then(|| Value::Text(person.id.clone()))),
            ("privileged", Some(Value::Bool(administers))),
            ("mfa_enabled", Some(Value::Bool(second_factor))),
            ("created_at", Some(Value::Time(before(now, idle + random.i64(100..2000))))),
            ("last_login_at", Some(Value::Time(before(now, idle)))),
            ("password_changed_at", Some(Value::Time(before(now, age)))),
        ];
        self.attributes(account, attributes);
        let team = self.team(person.department);
        self.edge(account, team, 0);
        if administers {
            self.edge(account, self.administrators, 0);
        }
        let [_, manager, _, rare] = self.roles;
        if person.title.contains("Manager") || person.title.starts_with("Chief") || person.title.starts_with("Head") {
            self.edge(account, manager, 0);
        }
        if random.u16(..1000) < 5 {
            self.edge(account, rare, 0);
            self.plant(&id, Anomaly::RareAccess, Some(rare));
        }
        let administrators = administers.then_some(self.administrators);
        for (odd, anomaly, grant) in [
            (stale, Anomaly::Stale, None),
            (orphaned, Anomaly::Orphaned, None),
            (administers && !second_factor, Anomaly::PrivilegedWithoutSecondFactor, administrators),
            (!person.active && !orphaned, Anomaly::OwnerLeft, None),
        ] {
            if odd {
                self.plant(&id, anomaly, grant);
            }
        }
        self.accounts.push(Held { node: account, id, department: person.department });
    }

    /// A service account: half of them belong to somebody of the department that runs systems.
    fn service(&mut self, random: &mut fastrand::Rng, people: &People, n: usize, now: Timestamp) {
        let id = format!("{}-svc-{n:04}", self.application.id);
        let account = self.node(
            Family::Account,
            &id,
            &format!("svc-{}-{n}", self.application.id),
            &[("application_id", self.application.id), ("account_type", "service"), ("status", "active")],
        );
        let owner = people.all.iter().filter(|person| person.administers()).nth(n).filter(|_| random.bool());
        if owner.is_none() {
            self.plant(&id, Anomaly::ServiceWithoutOwner, None);
        }
        let privileged = random.u8(..) < 80;
        self.attributes(
            account,
            [
                ("owner_id", owner.map(|owner| Value::Text(owner.id.clone()))),
                ("privileged", Some(Value::Bool(privileged))),
                ("created_at", Some(Value::Time(before(now, random.i64(400..2000))))),
                ("last_login_at", Some(Value::Time(before(now, random.i64(0..20))))),
                ("password_changed_at", Some(Value::Time(before(now, random.i64(20..700))))),
            ],
        );
        let [first, _, third, _] = self.roles;
        self.edge(account, if privileged { third } else { first }, 0);
    }

    fn attributes<const N: usize>(&mut self, node: u32, attributes: [(&str, Option<Value>); N]) {
        if let Some(node) = self.picture.nodes.get_mut(node as usize) {
            let present = attributes.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
            node.attributes.extend(present);
        }
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
