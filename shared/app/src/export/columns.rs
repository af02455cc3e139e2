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
use crate::review::overlay::{decision_word, notification_word, sign_off_word};

/// What no file goes without: which row, what was decided about it, by whom and when, and why.
const RECORD: [&str; 9] = [
    "reviewers",
    "decision",
    "decision_by",
    "decision_by_email",
    "decision_at",
    "notes",
    "signed_off_state",
    "signed_off_by_name",
    "signed_off_at",
];
/// What stands first.
const NUMBER: &str = "result_id";
/// Between the elements of a list.
const BETWEEN: &str = "; ";

/// Persons in several columns each, which are hidden together.
const PERSONS: [&str; 3] = ["decision_by", "marked_fixed_by", "signed_off_by"];

/// The columns of a file, in order, where these are shown and those hidden from whoever exports. Each name once.
pub(super) fn chosen(shown: &[String], hidden: &[String]) -> Vec<Chosen> {
    let mut names: Vec<&str> = vec![NUMBER];
    for name in shown.iter().map(String::as_str).chain(RECORD) {
        if !names.contains(&name) && !hidden.iter().any(|hidden| hides(hidden, name)) {
            names.push(name);
        }
    }
    names.into_iter().map(Chosen::of).collect()
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
        let seen = COMPARED.iter().filter(|name| !hidden.iter().any(|hidden| hides(hidden, name)));
        Self(seen.map(|name| Chosen::of(name)).collect())
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

fn hides(hidden: &str, name: &str) -> bool {
    let within = |joint: char| name.strip_prefix(hidden).is_some_and(|rest| rest.is_empty() || rest.starts_with(joint));
    within('.') || PERSONS.contains(&hidden) && within('_')
}

/// A column of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chosen {
    name: String,
    value: Value,
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
    Decider(Tells),
    Fixer(Tells),
    Signer(Tells),
    /// Nothing writes it yet.
    Nothing,
}

/// What is told of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tells {
    Id,
    Name,
    Email,
}

impl Chosen {
    fn of(name: &str) -> Self {
        let value = match name {
            NUMBER => Value::Number,
            "status" => Value::Status,
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
            "no_decision_or_decision_by" => Value::DeciderOrNone,
            "decision_by" | "decision_by_name" => Value::Decider(Tells::Name),
            "decision_by_id" => Value::Decider(Tells::Id),
            "decision_by_email" => Value::Decider(Tells::Email),
            "marked_fixed_by_name" => Value::Fixer(Tells::Name),
            "marked_fixed_by_id" => Value::Fixer(Tells::Id),
            "marked_fixed_by_email" => Value::Fixer(Tells::Email),
            "signed_off_by_name" => Value::Signer(Tells::Name),
            "signed_off_by_id" => Value::Signer(Tells::Id),
            "signed_off_by_email" => Value::Signer(Tells::Email),
            "automation_run_ids" => Value::Nothing,
            _ => Value::Frozen,
        };
        Self { name: name.to_owned(), value }
    }

    /// The column as documents know it.
    pub(super) fn column(&self) -> Column {
        let name = self.name.as_str();
        let begins = |words: &[&str]| words.iter().any(|word| name.starts_with(word));
        let part = match self.value {
            Value::Number => Part::Row,
            Value::Reviewers => Part::Reviewers,
            Value::Status | Value::Notes | Value::Decision | Value::DecidedAt | Value::DeciderOrNone => Part::Decision,
            Value::Decider(_) => Part::Decision,
            Value::Frozen if begins(&["destination.", "waypoint.", "path_summary.", "abstract_", "concrete_"]) => {
                Part::Access
            }
            Value::Frozen => Part::Who,
            Value::Updated | Value::FixedAt | Value::SignOff | Value::IsSignedOff | Value::SignedOffAt => Part::Course,
            Value::Notification | Value::Fixer(_) | Value::Signer(_) | Value::Nothing => Part::Course,
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
            Value::DeciderOrNone => of(row.decided_by.as_ref(), Tells::Name),
            Value::Decider(tells) => of(row.decided_by.as_ref(), tells),
            Value::Fixer(tells) => of(row.marked_fixed_by.as_ref(), tells),
            Value::Signer(tells) => of(row.signed_off_by.as_ref(), tells),
            Value::Nothing => String::new(),
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

fn of(user: Option<&User>, tells: Tells) -> String {
    let Some(user) = user else { return String::new() };
    match tells {
        Tells::Id => user.id.clone(),
        Tells::Email => user.email.clone(),
        Tells::Name if user.name.is_empty() => first_known([&user.email, &user.id]),
        Tells::Name => user.name.clone(),
    }
}

/// A person as people are told apart: by name and address.
pub(super) fn named(user: &User) -> String {
    match (user.name.is_empty(), user.email.is_empty()) {
        (false, false) => format!("{} <{}>", user.name, user.email),
        (false, true) => user.name.clone(),
        (true, _) => first_known([&user.email, &user.id]),
    }
}

fn first_known(texts: [&String; 2]) -> String {
    texts.into_iter().find(|text| !text.is_empty()).cloned().unwrap_or_default()
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
