//! Checks of policies on the frozen columns of a block: the one way from what is frozen about an account to what the
//! domain says of it, whoever asks.

use std::collections::{BTreeSet, HashMap};

use columns::{Batch, BatchError, Bits, Cell, Data};
use domain::policy::check::{Answer, Check, Entitlement, Facts, Ownership, check};
use domain::policy::{Expectation, Policy, PolicyRule};
use jiff::Timestamp;
use predicate::{Checked, Number};

use crate::cells;
use crate::rule::frozen;

/// The columns that facts are read from.
const FACTS: [&str; 13] = [
    "destination.id",
    "source.account_type",
    "source.privileged",
    "source.mfa_enabled",
    "source.created_at",
    "source.last_login_at",
    "source.password_changed_at",
    "source.password_never_set",
    "owner.id",
    "owner.name",
    "owner.email",
    "owner.is_active",
    "owner.status",
];
const GROUPS: &str = "entitlements.groups";
const ROLES: &str = "entitlements.roles";
/// The most characters of a value that a message shows.
const MAX_SHOWN: usize = 80;

/// A condition of a guardrail with the threshold in place.
#[derive(Debug)]
struct Condition {
    text: String,
    /// `None` for what cannot be read any more: it holds of nobody.
    checked: Option<Checked>,
    /// The same where it does not hold merely because something is missing.
    certain: Option<Checked>,
}

/// The rows of which a condition holds, and those of which it holds for sure.
struct Holding {
    rows: Bits,
    certain: Bits,
}

#[derive(Debug)]
struct Readable {
    policy: Policy,
    threshold: Option<f64>,
    conditions: Vec<Condition>,
}

/// Policies ready to be checked.
#[derive(Debug)]
pub(crate) struct Checker {
    policies: Vec<Readable>,
    /// The instant that ages are judged by.
    as_of: Timestamp,
    /// The columns that conditions read.
    read: BTreeSet<String>,
}

/// The outcome of one policy that covers an account, by its place in [`Checker::policy`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) policy: usize,
    pub(crate) check: Check,
}

impl Checker {
    /// Policies with their thresholds, in the order of their application; they are checked by descending priority.
    pub(crate) fn new(mut policies: Vec<(Policy, Option<f64>)>, as_of: Timestamp) -> Self {
        policies.sort_by_key(|(policy, _)| std::cmp::Reverse(policy.priority));
        let policies: Vec<Readable> = policies
            .into_iter()
            .map(|(policy, threshold)| {
                // A threshold stands in for a limit where there is exactly one.
                let limit = threshold.filter(|_| policy.expectation.limit().is_some());
                let conditions = policy.expectation.rules().iter().map(|rule| readable(rule, limit)).collect();
                Readable { policy, threshold, conditions }
            })
            .collect();
        let checked = policies.iter().flat_map(|policy| &policy.conditions).filter_map(|held| held.checked.as_ref());
        let read = checked.flat_map(Checked::columns).cloned().collect();
        Self { policies, as_of, read }
    }

    /// Whether there is nothing to check.
    pub(crate) fn is_empty(&self) -> bool {
        self.policies.is_empty()
    }

    /// The policy at a place.
    pub(crate) fn policy(&self, place: usize) -> Option<&Policy> {
        self.policies.get(place).map(|readable| &readable.policy)
    }

    /// The columns of a block that have to be decoded.
    pub(crate) fn columns(&self) -> BTreeSet<&str> {
        let read = self.read.iter().map(String::as_str);
        let held = if self.policies.iter().any(asks_entitlements) { &[GROUPS, ROLES][..] } else { &[] };
        frozen::stored(read).into_iter().chain(FACTS).chain(held.iter().copied()).collect()
    }

    /// Checks some rows of a block: for each place the outcomes of the policies that cover it.
    ///
    /// # Errors
    /// When columns do not fit together: a bug.
    pub(crate) fn check(
        &self,
        block: &Batch,
        places: impl IntoIterator<Item = usize>,
    ) -> Result<Vec<Vec<Outcome>>, BatchError> {
        if self.policies.is_empty() {
            return Ok(places.into_iter().map(|_| Vec::new()).collect());
        }
        let asked = frozen::batch(block, self.read.iter().map(String::as_str), self.as_of)?;
        let holding: Vec<Vec<Holding>> = self.policies.iter().map(|policy| holding(policy, &asked)).collect();
        let entities = Entities::of(block);
        let row = |place| {
            let facts = facts(block, &entities, place);
            let outcome = |(number, (readable, holding)): (usize, (&Readable, &Vec<Holding>))| {
                let answers: Vec<Answer> = readable
                    .conditions
                    .iter()
                    .zip(holding)
                    .map(|(condition, holding)| answer(condition, &asked, place, holding))
                    .collect();
                let check = check(&readable.policy, readable.threshold, &facts, &answers, self.as_of)?;
                Some(Outcome { policy: number, check })
            };
            self.policies.iter().zip(&holding).enumerate().filter_map(outcome).collect()
        };
        Ok(places.into_iter().map(row).collect())
    }
}

/// Whether a policy asks what accounts hold, which takes longer to decode than all the rest.
fn asks_entitlements(readable: &Readable) -> bool {
    let Policy { targets, expectation, .. } = &readable.policy;
    !targets.groups.is_empty() || matches!(expectation, Expectation::SeparationOfDuties { .. })
}

fn readable(rule: &PolicyRule, limit: Option<f64>) -> Condition {
    let limited = limit.and_then(|limit| {
        let syntax = predicate::rule::parse(&rule.condition).ok()?;
        syntax.with_limit(Number::from(limit)).to_rule()
    });
    let text = limited.unwrap_or_else(|| rule.condition.clone());
    let checked = predicate::condition(&text).ok();
    let certain = checked.as_ref().map(Checked::certainly);
    Condition { text, checked, certain }
}

/// The rows that satisfy each condition of a policy.
fn holding(policy: &Readable, asked: &Batch) -> Vec<Holding> {
    let rows = |checked: &Option<Checked>| match checked {
        Some(checked) => checked.select(asked),
        None => Bits::zeros(asked.rows()),
    };
    let holding = |condition: &Condition| Holding { rows: rows(&condition.checked), certain: rows(&condition.certain) };
    policy.conditions.iter().map(holding).collect()
}

fn answer(condition: &Condition, asked: &Batch, place: usize, holding: &Holding) -> Answer {
    let mut figures = Vec::new();
    let holds = holding.rows.get(place);
    let mut is_lacking = false;
    for column in condition.checked.iter().flat_map(Checked::columns) {
        let cell = asked.column(column).and_then(|held| held.cell(place));
        let Some(field) = predicate::catalogue::FIELDS.iter().find(|field| field.column == column) else { continue };
        is_lacking |= cell.is_none();
        let value = cell.map_or("not known".to_owned(), shown);
        figures.push(format!("{}.{} is {value}", field.entity, field.field));
    }
    let unknown = if holds { !holding.certain.get(place) } else { is_lacking };
    Answer { holds, unknown, condition: condition.text.clone(), figures: figures.join(", ") }
}

/// A value for people.
fn shown(cell: Cell<'_>) -> String {
    let text = match cell {
        Cell::Bool(flag) => flag.to_string(),
        Cell::Int(number) => number.to_string(),
        Cell::Float(number) => number.to_string(),
        Cell::Time(at) => Timestamp::from_millisecond(at).map(|at| at.to_string()).unwrap_or_default(),
        Cell::Text(text) => format!("'{text}'"),
        Cell::List(texts) => texts.iter().map(|text| format!("'{text}'")).collect::<Vec<_>>().join(" and "),
    };
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None if text.is_empty() => "none".to_owned(),
        None => text,
    }
}

/// The groups and roles that a block names, each read once.
#[derive(Default)]
struct Entities {
    groups: HashMap<u32, Entitlement>,
    roles: HashMap<u32, Entitlement>,
}

impl Entities {
    fn of(block: &Batch) -> Self {
        let [groups, roles] = [GROUPS, ROLES].map(|name| match block.column(name).map(|column| &column.data) {
            Some(Data::TextList { dict, .. }) => {
                (0..).zip(dict.iter()).map(|(code, text)| (code, entity(text))).collect()
            }
            Some(_) | None => HashMap::new(),
        });
        Self { groups, roles }
    }
}

fn entity(text: &str) -> Entitlement {
    let entity: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let said = |name: &str| entity.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    Entitlement { id: said("id"), name: said("name") }
}

fn held<'a>(
    block: &Batch,
    column: &str,
    entities: &'a HashMap<u32, Entitlement>,
    place: usize,
) -> Vec<&'a Entitlement> {
    let list = block.column(column).and_then(|column| column.list(place));
    list.map(|list| list.codes().iter().filter_map(|code| entities.get(code)).collect()).unwrap_or_default()
}

/// What a row of a block says about its account.
fn facts<'a>(block: &'a Batch, entities: &'a Entities, place: usize) -> Facts<'a> {
    let cell = |name: &str| block.column(name).and_then(|column| column.cell(place));
    let text = |name: &str| cell(name).and_then(cells::text);
    let time = |name: &str| cell(name).and_then(cells::time).and_then(|at| Timestamp::from_millisecond(at).ok());
    let flag = |name: &str| cell(name).and_then(cells::flag);
    let owner = match text("owner.id") {
        None => Ownership::Nobody,
        Some(id) => Ownership::Somebody {
            name: text("owner.name").or(text("owner.email")).unwrap_or(id),
            active: cells::activity(cell("owner.is_active"), cell("owner.status")),
        },
    };
    Facts {
        application: text("destination.id"),
        account_type: text("source.account_type"),
        privileged: flag("source.privileged"),
        mfa_enabled: flag("source.mfa_enabled"),
        created_at: time("source.created_at"),
        last_login_at: time("source.last_login_at"),
        password_changed_at: time("source.password_changed_at"),
        password_never_set: flag("source.password_never_set"),
        owner,
        groups: held(block, GROUPS, &entities.groups, place),
        roles: held(block, ROLES, &entities.roles, place),
    }
}

#[cfg(test)]
mod tests;
