//! The columns of a file, and what stands in them for a row.
//!
//! Which columns reviews show is a setting; a file has those, in their order. A record of a review that does not tell what
//! was decided is none, so that whatever the setting leaves out of [`RECORD`] follows behind.

use columns::Cell;
use domain::export::{Column, Part};
use domain::row::{Approval, Decision, Mark};
use domain::user::User;
use jiff::Timestamp;

use super::compare::Difference;
use crate::review::RowView;
use crate::review::list::overlay::{decision_word, notification_word, sign_off_word};

/// What no file goes without: which row, what was decided about it, by whom and when, and why.
const RECORD: [&str; 11] = [
    "reviewers",
    "decision",
    "decision_by",
    "decision_by_email",
    "decision_at",
    "notes",
    "signed_off_state",
    "signed_off_by_name",
    "signed_off_at",
    STATUS,
    "source.id",
];
/// The decision as campaigns count it, which tells what is flagged.
const STATUS: &str = "status";
/// What stands first.
const NUMBER: &str = "result_id";
/// Between the elements of a list.
const BETWEEN: &str = "; ";

/// A column of who decided, or that nobody has.
const DECIDER_OR_NONE: &str = "no_decision_or_decision_by";
/// Persons in several columns each, which are hidden together.
const PERSONS: [&str; 3] = ["decision_by", "marked_fixed_by", "signed_off_by"];

/// The columns of a file, in order, where these are shown and those hidden from whoever exports. Each name once.
pub(super) fn chosen(shown: &[String], hidden: &[String]) -> Vec<Chosen> {
    let mut names: Vec<&str> = vec![NUMBER];
    for name in shown.iter().map(String::as_str).chain(RECORD) {
        if !names.contains(&name) && !is_hidden(hidden, name) {
            names.push(name);
        }
    }
    names.into_iter().map(|name| Chosen::of(name, hidden)).collect()
}

/// What is told of a comparison, beside [`DIFFERENCE`]; each is the column of the same name in the review before.
const COMPARED: [&str; 5] = ["decision", "decision_by", "decision_at", "signed_off_state", "notes"];
/// How a row stands to the review before.
const DIFFERENCE: &str = "difference";

/// The columns that compare rows with those of a review before.
pub(super) struct Comparison(Vec<Chosen>);

impl Comparison {
    /// Those that are not hidden from whoever exports.
    pub(super) fn new(hidden: &[String]) -> Self {
        let seen = COMPARED.iter().filter(|name| !is_hidden(hidden, name));
        Self(seen.map(|name| Chosen::of(name, hidden)).collect())
    }

    /// The columns as documents know them.
    pub(super) fn columns(&self) -> impl Iterator<Item = Column> {
        let previous = self.0.iter().map(|column| format!("previous.{}", column.name));
        std::iter::once(DIFFERENCE.to_owned()).chain(previous).map(|name| Column::of(Part::Course, name))
    }

    /// What stands in them for a row whose like in the review before is `previous`.
    pub(super) fn texts<'a>(
        &'a self,
        difference: Difference,
        previous: Option<&'a RowView>,
    ) -> impl Iterator<Item = String> + 'a {
        let told = self.0.iter().map(move |column| previous.map(|row| column.text(row)).unwrap_or_default());
        std::iter::once(difference.word().to_owned()).chain(told)
    }
}

fn is_hidden(hidden: &[String], name: &str) -> bool {
    hidden.iter().any(|hidden| hides(hidden, name))
}

fn hides(hidden: &str, name: &str) -> bool {
    let within = |joint: char| name.strip_prefix(hidden).is_some_and(|rest| rest.is_empty() || rest.starts_with(joint));
    let named = name == DECIDER_OR_NONE && ["decision_by", "decision_by_name"].contains(&hidden);
    let decided = name == STATUS && hidden == "decision";
    within('.') || PERSONS.contains(&hidden) && within('_') || named || decided
}

/// A column of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chosen {
    name: String,
    value: Value,
    /// What of a person may stand in it, the first that is known; nothing where it is not about a person.
    tells: Vec<Tells>,
}

/// Where the text of a cell comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    /// The frozen column of the same name.
    Frozen,
    Number,
    Status,
    Updated,
    Notes,
    Reviewers,
    Decision,
    DecidedAt,
    FixedAt,
    SignOff,
    IsSignedOff,
    SignedOffAt,
    Notification,
    DeciderOrNone,
    Decider,
    Fixer,
    Signer,
    Runs,
}

/// What is told of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tells {
    Id,
    Name,
    Email,
}

impl Tells {
    const ALL: [Self; 3] = [Self::Id, Self::Name, Self::Email];

    /// What the name of a column ends with that tells it.
    const fn word(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::Email => "email",
        }
    }

    /// What is told in its place where somebody has none, in this order.
    const fn or(self) -> &'static [Self] {
        match self {
            Self::Id => &[Self::Id],
            Self::Email => &[Self::Email],
            Self::Name => &[Self::Name, Self::Email, Self::Id],
        }
    }
}

/// Which person a column is about, and what it tells of them.
fn person(column: &str) -> Option<(&str, Tells)> {
    if ["decision_by", DECIDER_OR_NONE].contains(&column) {
        return Some(("decision_by", Tells::Name));
    }
    let (person, word) = column.rsplit_once('_')?;
    let tells = Tells::ALL.into_iter().find(|tells| tells.word() == word)?;
    PERSONS.contains(&person).then_some((person, tells))
}

impl Chosen {
    /// The column of a name, in which nothing stands that `hidden` names.
    fn of(name: &str, hidden: &[String]) -> Self {
        let person = person(name);
        let value = match name {
            NUMBER => Value::Number,
            STATUS => Value::Status,
            "updated_at" => Value::Updated,
            "notes" => Value::Notes,
            "reviewers" => Value::Reviewers,
            "decision" => Value::Decision,
            "decision_at" => Value::DecidedAt,
            "marked_fixed_at" => Value::FixedAt,
            "signed_off_state" => Value::SignOff,
            "Is_signed_off" | "is_signed_off" => Value::IsSignedOff,
            "signed_off_at" => Value::SignedOffAt,
            "notification_status" => Value::Notification,
            DECIDER_OR_NONE => Value::DeciderOrNone,
            "automation_run_ids" => Value::Runs,
            _ => match person {
                Some(("decision_by", _)) => Value::Decider,
                Some(("marked_fixed_by", _)) => Value::Fixer,
                Some(("signed_off_by", _)) => Value::Signer,
                Some(_) | None => Value::Frozen,
            },
        };
        let tells = person.map(|(person, tells)| {
            let seen = |tells: &&Tells| !is_hidden(hidden, &format!("{person}_{}", tells.word()));
            tells.or().iter().filter(seen).copied().collect()
        });
        Self { name: name.to_owned(), value, tells: tells.unwrap_or_default() }
    }

    /// The column as documents know it.
    pub(super) fn column(&self) -> Column {
        let name = self.name.as_str();
        let begins = |words: &[&str]| words.iter().any(|word| name.starts_with(word));
        let part = match self.value {
            Value::Number => Part::Row,
            Value::Reviewers => Part::Reviewers,
            Value::Status | Value::Notes | Value::Decision | Value::DecidedAt | Value::DeciderOrNone => Part::Decision,
            Value::Decider => Part::Decision,
            Value::Frozen if begins(&["destination.", "waypoint.", "path_summary.", "abstract_", "concrete_"]) => {
                Part::Access
            }
            Value::Frozen => Part::Who,
            Value::Updated | Value::FixedAt | Value::SignOff | Value::IsSignedOff | Value::SignedOffAt => Part::Course,
            Value::Notification | Value::Fixer | Value::Signer | Value::Runs => Part::Course,
        };
        Column::of(part, name)
    }

    /// What stands in it for a row that is gone: what was reviewed, and nothing of what is decided now.
    pub(super) fn of_removed(&self, row: &RowView) -> String {
        if self.value == Value::Frozen { self.text(row) } else { String::new() }
    }

    /// What stands in it for a row; empty where there is nothing to say.
    pub(super) fn text(&self, row: &RowView) -> String {
        let state = &row.state;
        match self.value {
            Value::Frozen => row.frozen.cell(&self.name).map(text).unwrap_or_default(),
            Value::Number => row.row.0.to_string(),
            Value::Status => status(state.approval()).to_owned(),
            Value::Updated => at(state.updated.as_ref()),
            Value::Notes => row.note.clone().unwrap_or_default(),
            Value::Reviewers => row.reviewers.iter().map(named).collect::<Vec<_>>().join(BETWEEN),
            Value::Decision => decision_word(state.decision).to_owned(),
            Value::DecidedAt => at(state.decided.as_ref()),
            Value::FixedAt => at(state.marked_fixed.as_ref()),
            Value::SignOff => sign_off_word(state).to_owned(),
            Value::IsSignedOff => state.is_signed_off().to_string(),
            Value::SignedOffAt => at(state.signed_off.as_ref()),
            Value::Notification => notification_word(state.notification).to_owned(),
            Value::DeciderOrNone if state.decision == Decision::None => decision_word(Decision::None).to_owned(),
            Value::DeciderOrNone | Value::Decider => of(row.decided_by.as_ref(), &self.tells),
            Value::Fixer => of(row.marked_fixed_by.as_ref(), &self.tells),
            Value::Signer => of(row.signed_off_by.as_ref(), &self.tells),
            Value::Runs => state.automation_runs.iter().map(ToString::to_string).collect::<Vec<_>>().join(BETWEEN),
        }
    }
}

/// A frozen value as text.
fn text(cell: Cell<'_>) -> String {
    match cell {
        Cell::Bool(flag) => flag.to_string(),
        Cell::Int(number) => number.to_string(),
        Cell::Float(number) => number.to_string(),
        Cell::Time(at) => Timestamp::from_millisecond(at).map(|at| at.to_string()).unwrap_or_default(),
        Cell::Text(text) => text.to_owned(),
        Cell::List(items) => items.iter().collect::<Vec<_>>().join(BETWEEN),
    }
}

fn at(mark: Option<&Mark>) -> String {
    mark.map(|mark| mark.at.to_string()).unwrap_or_default()
}

/// What may be told of a person, the first that is known.
fn of(user: Option<&User>, tells: &[Tells]) -> String {
    let Some(user) = user else { return String::new() };
    first_known(tells.iter().map(|tells| match tells {
        Tells::Id => &user.id,
        Tells::Email => &user.email,
        Tells::Name => &user.name,
    }))
}

/// A person as people are told apart: by name and address.
pub(super) fn named(user: &User) -> String {
    match (user.name.is_empty(), user.email.is_empty()) {
        (false, false) => format!("{} <{}>", user.name, user.email),
        (false, true) => user.name.clone(),
        (true, _) => first_known([&user.email, &user.id].into_iter()),
    }
}

fn first_known<'a>(mut texts: impl Iterator<Item = &'a String>) -> String {
    texts.find(|text| !text.is_empty()).cloned().unwrap_or_default()
}

const fn status(status: Approval) -> &'static str {
    match status {
        Approval::Pending => "PENDING",
        Approval::Approved => "APPROVED",
        Approval::Rejected => "REJECTED",
        Approval::Flagged => "FLAGGED",
        Approval::Revoked => "REVOKED",
    }
}
