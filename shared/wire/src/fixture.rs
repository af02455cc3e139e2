//! Things that the tests of the encoders show: the same few people and one row.

use std::sync::Arc;

use app::policy::PolicyCheck;
use app::review::{Frozen, RowView};
use columns::{AnyBuilder, Batch, ListBuilder, Value};
use domain::ids::{PolicyId, ReviewId, RowId};
use domain::policy::check::{Check, CheckStatus};
use domain::row::{Mark, RowState};
use domain::user::User;
use jiff::Timestamp;
use uuid::Uuid;

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn lena() -> User {
    user("00u-lena", "lena.brandt@corp.example", "Lena Brandt")
}

pub fn omar() -> User {
    user("00u-omar", "omar.haddad@corp.example", "Omar Haddad")
}

fn user(id: &str, email: &str, name: &str) -> User {
    User { user_type: "Identity".to_owned(), id: id.to_owned(), email: email.to_owned(), name: name.to_owned() }
}

pub fn mark(user: &User, time: &str) -> Mark {
    Mark { by: user.key(), at: at(time) }
}

pub fn review() -> ReviewId {
    ReviewId::new(Uuid::from_u128(0x6a8f_5c1e_8a0b_4c4d_9f0e_0b7a_5e1d_2c33))
}

fn lists(assigned: &str) -> [(&'static str, Vec<&str>); 7] {
    [
        ("risk.triggered", vec!["stale_account", "mfa_disabled"]),
        ("risk.passing", vec!["privileged_account"]),
        ("abstract_permissions", vec!["Read", "Update"]),
        ("concrete_permissions", vec!["ledger.read", "ledger.write"]),
        (
            "entitlements.groups",
            vec![
                r#"{"id":"grp-40","name":"Payroll Approvers","is_high_privilege":true}"#,
                r#"{"id":"grp-2","name":"Everybody"}"#,
            ],
        ),
        (
            "entitlements.roles",
            vec![r#"{"id":"role-9","name":"PeriodClose","platform":"PayrollSuite","data_source_name":"Payroll EU"}"#],
        ),
        ("reviewers", vec![assigned]),
    ]
}

/// An account and its application as they are frozen, with everything the inventory can say.
pub fn frozen() -> Frozen {
    let text = |text: &str| Value::Text(text.to_owned());
    let singles = [
        ("source.id", text("acct-7731")),
        ("source.name", text("m.okafor")),
        ("source.type", text("Account")),
        ("source.email", text("m.okafor@corp.example")),
        ("source.account_type", text("user")),
        ("source.status", text("active")),
        ("source.department", text("Finance")),
        ("source.platform", text("PayrollSuite")),
        ("source.datasource_id", text("ds-payroll")),
        ("source.datasource_name", text("Payroll EU")),
        ("source.mfa_enabled", Value::Bool(false)),
        ("source.privileged", Value::Bool(false)),
        ("source.last_login_at", Value::Time(at("2026-05-02T15:20:00Z").as_millisecond())),
        ("source.customprop_desk", Value::Int(12)),
        ("destination.id", text("app-payroll")),
        ("destination.name", text("Payroll")),
        ("destination.type", text("Application")),
        ("owner.id", text("own-118")),
        ("owner.name", text("Maya Okafor")),
        ("owner.email", text("m.okafor@corp.example")),
        ("owner.title", text("Payroll Clerk")),
        ("owner.department", text("Finance")),
        ("owner.manager_email", text("lena.brandt@corp.example")),
        ("owner.status", text("active")),
        ("risk.score", Value::Int(45)),
        ("risk.level", text("medium")),
    ];
    let columns = singles.map(|(name, value)| {
        let mut column = AnyBuilder::new();
        column.push(Some(value));
        column.finish(name)
    });
    let assigned = app::user::encode(&lena());
    let assigned_lists = lists(&assigned);
    let lists = assigned_lists.map(|(name, items)| {
        let mut column = ListBuilder::new();
        column.push(Some(items));
        column.finish(name)
    });
    Frozen::new(Arc::new(Batch::of(1, columns.into_iter().chain(lists)).unwrap()), 0)
}

/// A row that nobody touched.
pub fn row() -> RowView {
    RowView {
        hidden: [].into(),
        review: review(),
        row: RowId(4),
        frozen: frozen(),
        aliases: Arc::new([]),
        as_of: at("2026-09-01T06:00:00Z"),
        assignment: None,
        display: Vec::new(),
        state: RowState::default(),
        note: None,
        reviewers: vec![lena()],
        decided_by: None,
        signed_off_by: None,
        marked_fixed_by: None,
        updated_by: None,
        assigned_to_caller: true,
        answer: None,
        log: Some(Vec::new()),
    }
}

/// How the row's account meets three policies.
pub fn checks() -> Vec<PolicyCheck> {
    let check = |n: u128, name: &str, status, message: &str| PolicyCheck {
        id: PolicyId::new(Uuid::from_u128(n)),
        name: name.to_owned(),
        check: Check { status, message: message.to_owned(), wish: None },
    };
    vec![
        check(1, "Inactivity ceiling", CheckStatus::Fail, "122 days without sign-in; the limit is 90"),
        check(2, "Owned", CheckStatus::Pass, "the account belongs to Maya Okafor"),
        check(3, "Passwords", CheckStatus::Pass, "the password is 12 days old; the limit is 365"),
    ]
}

/// The row after a decision by Lena.
pub fn decided(state: RowState) -> RowView {
    let decided = mark(&lena(), "2026-09-03T08:15:30.25Z");
    RowView {
        state: RowState { decided: Some(decided.clone()), updated: Some(decided), version: 1, ..state },
        note: Some("Transferred to another plant".to_owned()),
        decided_by: Some(lena()),
        updated_by: Some(lena()),
        ..row()
    }
}
