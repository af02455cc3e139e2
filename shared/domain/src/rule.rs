//! A campaign rule: a condition on accounts under review, and what is to become of those that satisfy it.
//!
//! A rule is kept apart from the campaigns that use it. Each change makes a new version, and what a rule does names the
//! version that did it.

use jiff::Timestamp;

use crate::automatic::Wish;
use crate::ids::RuleId;
use crate::user::User;

/// What a rule is mostly about. It orders rules for people; conditions may ask about anything in any of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RuleKind {
    /// Properties of the account.
    Account,
    /// Properties of its owner.
    Owner,
    /// The roles it holds.
    Role,
}

impl RuleKind {
    /// All, in the order in which they are documented.
    pub const ALL: [Self; 3] = [Self::Account, Self::Owner, Self::Role];

    /// The word in records and on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Owner => "owner",
            Self::Role => "role",
        }
    }
}

/// Whether a rule is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RuleStatus {
    /// It is evaluated wherever it is assigned and enabled.
    #[default]
    Active,
    /// It is evaluated nowhere.
    Inactive,
}

impl RuleStatus {
    /// All.
    pub const ALL: [Self; 2] = [Self::Active, Self::Inactive];

    /// The word in records and on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
        }
    }
}

/// Who becomes the reviewer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum NewReviewer {
    /// This person.
    Given(User),
    /// The owner of the account.
    Owner,
    /// The manager of the account's owner.
    Manager,
}

/// What becomes of an account that satisfies the condition.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RuleAction {
    /// Its access is kept.
    Approve,
    /// Its access is taken away.
    Reject,
    /// A person looks at it again.
    Flag,
    /// Somebody else reviews it.
    Assign(NewReviewer),
}

impl RuleAction {
    /// What the rule wishes, beside others that match the same account.
    #[must_use]
    pub const fn wish(&self) -> Wish {
        match self {
            Self::Approve => Wish::Approve,
            Self::Reject => Wish::Reject,
            Self::Flag => Wish::Flag,
            Self::Assign(_) => Wish::Assign,
        }
    }
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// 1 to 200 characters after trimming.
    pub name: String,
    /// At most 4000 characters.
    pub description: String,
    /// What it is about.
    pub kind: RuleKind,
    /// Which accounts, in the condition language; it could be read when the rule was saved.
    pub condition: String,
    /// What becomes of them.
    pub action: RuleAction,
    /// Whether it is in use.
    pub status: RuleStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: User,
    /// Its last change.
    pub updated_at: Timestamp,
    /// 1 more with each change. The ETag, and what the log names.
    pub version: u64,
}

/// New values of a rule's properties; `None` leaves one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuleEdit {
    /// New name.
    pub name: Option<String>,
    /// New description.
    pub description: Option<String>,
    /// New type.
    pub kind: Option<RuleKind>,
    /// New condition.
    pub condition: Option<String>,
    /// New action.
    pub action: Option<RuleAction>,
    /// New status.
    pub status: Option<RuleStatus>,
}

impl Rule {
    /// The rule after an edit: a new version, unless nothing differs.
    #[must_use]
    pub fn edited(&self, edit: RuleEdit, now: Timestamp) -> Self {
        let RuleEdit { name, description, kind, condition, action, status } = edit;
        let mut next = self.clone();
        next.name = name.unwrap_or(next.name);
        next.description = description.unwrap_or(next.description);
        next.kind = kind.unwrap_or(next.kind);
        next.condition = condition.unwrap_or(next.condition);
        next.action = action.unwrap_or(next.action);
        next.status = status.unwrap_or(next.status);
        if next != *self {
            next.version += 1;
            next.updated_at = now;
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn rule() -> Rule {
        Rule {
            id: RuleId::new(Uuid::nil()),
            name: "Dormant".to_owned(),
            description: String::new(),
            kind: RuleKind::Account,
            condition: "account.login_age_days > 180".to_owned(),
            action: RuleAction::Reject,
            status: RuleStatus::Active,
            created_at: Timestamp::UNIX_EPOCH,
            created_by: User::system(),
            updated_at: Timestamp::UNIX_EPOCH,
            version: 1,
        }
    }

    #[test]
    fn an_edit_counts_the_version_up_and_leaves_what_it_does_not_name() {
        let edit = RuleEdit { action: Some(RuleAction::Flag), ..RuleEdit::default() };
        let now = Timestamp::from_second(60).unwrap();
        let next = rule().edited(edit, now);
        assert_eq!((next.version, next.updated_at, next.action.clone()), (2, now, RuleAction::Flag));
        assert_eq!(next, Rule { action: RuleAction::Flag, version: 2, updated_at: now, ..rule() });
    }

    #[test]
    fn an_edit_that_says_what_stands_is_no_change() {
        let edit = RuleEdit { name: Some("Dormant".to_owned()), ..RuleEdit::default() };
        assert_eq!(rule().edited(edit, Timestamp::from_second(60).unwrap()), rule());
    }
}
