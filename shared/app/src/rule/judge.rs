//! Which rule or policy decides which row, worked out on the frozen columns of blocks.
//!
//! The rules stand in the order of their strength, so that the first that matches a row is the one that counts, and a row
//! that is taken is not looked at again by the weaker ones but to count it. Then policies are checked on the rows that are
//! not to be rejected anyway; of equally strong wishes that of a rule counts, then that of the policy of highest priority.

use std::collections::BTreeSet;
use std::sync::Arc;

use columns::{Batch, Bits, ZoneMap};
use domain::assignment::OwnAccess;
use domain::automatic::{Cause, Wish, sort_by_strength, strongest};
use domain::ids::RowId;
use domain::policy::Policy;
use domain::user::UserKey;
use jiff::Timestamp;
use predicate::Checked;
use store::block::Block;

use super::findings::{ConditionFault, SAMPLES, SampleMatch};
use super::frozen;
use super::order::FrozenRule;
use crate::error::Error;
use crate::policy::checker::{Checker, Outcome};
use crate::review::row::own;

/// What names an account to people.
const NAMES: [&str; 2] = ["source.id", "source.name"];
/// What tells who reviews an account, and whose it is.
const PEOPLE: [&str; 4] = ["reviewers", "owner.id", "owner.type", "owner.datasource_id"];

/// A rule whose condition has been read.
#[derive(Debug)]
pub(super) struct Readable {
    pub(super) rule: FrozenRule,
    condition: Checked,
}

/// Rules ready to be applied, the strongest first, and the policies that decide.
#[derive(Debug)]
pub(super) struct Judge {
    rules: Vec<Readable>,
    policies: Checker,
    /// The instant that ages are judged by.
    as_of: Timestamp,
    /// The columns that all conditions read.
    read: BTreeSet<String>,
}

/// What decides about a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decider {
    /// The rule at this place among the rules of the judge.
    Rule(usize),
    /// A policy.
    Policy { cause: Cause, wish: Wish },
}

/// A row that a rule or a policy decides about.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Verdict {
    pub(super) row: RowId,
    pub(super) by: Decider,
    /// Whom the row concerns, where the rule assigns a reviewer.
    pub(super) people: Option<RowPeople>,
}

/// Whom a row concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RowPeople {
    /// The reviewers as assigned when the row was built.
    pub(super) assigned: Vec<UserKey>,
    /// The owner of the account: type, id and data source of the identity.
    pub(super) owner: Option<(String, String, String)>,
    /// What tells somebody to be the subject.
    pub(super) own: OwnAccess,
}

/// What rules make of a range of blocks.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// Rows that something decides about, ascending.
    pub(super) verdicts: Vec<Verdict>,
    /// The first matching accounts.
    pub(super) samples: Vec<SampleMatch>,
}

impl Judge {
    /// Reads the conditions of rules. Of the policies those count that decide.
    ///
    /// # Errors
    /// What is wrong with each condition of a rule that cannot be read.
    pub(super) fn new(
        rules: &[FrozenRule],
        policies: Vec<(Policy, Option<f64>)>,
        as_of: Timestamp,
    ) -> Result<Self, Vec<ConditionFault>> {
        let mut faults = Vec::new();
        let mut readable = Vec::with_capacity(rules.len());
        for rule in rules {
            match predicate::condition(&rule.condition) {
                Ok(condition) => readable.push(Readable { rule: rule.clone(), condition }),
                Err(found) => faults.extend(found.into_iter().map(|fault| ConditionFault {
                    rule: Some(rule.id),
                    position: fault.offset(),
                    issue: fault.issue,
                })),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        sort_by_strength(&mut readable, |readable| readable.rule.wish());
        let read = readable.iter().flat_map(|readable| readable.condition.columns()).cloned().collect();
        let policies = policies.into_iter().filter(|(policy, _)| policy.decides()).collect();
        Ok(Self { rules: readable, policies: Checker::new(policies, as_of), as_of, read })
    }

    /// The rules, the strongest first.
    pub(super) fn rules(&self) -> impl Iterator<Item = &FrozenRule> {
        self.rules.iter().map(|readable| &readable.rule)
    }

    /// The rule at a place.
    pub(super) fn rule(&self, place: usize) -> Option<&FrozenRule> {
        self.rules.get(place).map(|readable| &readable.rule)
    }

    /// Whether there is nothing to judge by.
    pub(super) fn is_idle(&self) -> bool {
        self.rules.is_empty() && self.policies.is_empty()
    }

    /// Whether zone maps can rule blocks out: not when some rule asks only what they do not hold, nor when policies are
    /// checked, which fail on what is missing, too.
    pub(super) fn is_prunable(&self) -> bool {
        let prunable = |rule: &Readable| rule.condition.columns().iter().any(|column| frozen::is_stored(column));
        self.policies.is_empty() && self.rules.iter().all(prunable)
    }

    /// Whether a row of a block may satisfy some condition. `false` is certain.
    pub(super) fn may_match(&self, zones: &ZoneMap) -> bool {
        self.rules.iter().any(|rule| rule.condition.may_match(zones))
    }

    /// Judges the rows of blocks, each with its first row, which ascend.
    ///
    /// # Errors
    /// [`Error::Bug`] for a block that cannot be read.
    pub(super) fn judge(&self, blocks: &[(RowId, Arc<Block>)]) -> Result<Judged, Error> {
        let mut judged = Judged::default();
        for (first, block) in blocks {
            self.block(*first, block, &mut judged)?;
        }
        Ok(judged)
    }

    fn block(&self, first: RowId, block: &Block, judged: &mut Judged) -> Result<(), Error> {
        let read = || self.read.iter().map(String::as_str);
        let stored: Vec<&str> = frozen::stored(read()).into_iter().collect();
        let held = block.columns(&stored)?;
        let batch = frozen::batch(&held, read(), self.as_of)
            .map_err(|error| Error::Bug(format!("the columns of block {}: {error}", block.number())))?;
        let mut winners = self.winners(&batch);
        self.check(block, &mut winners)?;
        if winners.iter().all(Option::is_none) {
            return Ok(());
        }
        let assigns = winners.iter().flatten().any(|by| self.assigns(*by));
        let own = own::Columns::new();
        let people = if assigns { block.columns(&own.with(&PEOPLE))? } else { Batch::new(0) };
        let sampled = judged.samples.len() < SAMPLES;
        let names = if sampled { block.columns(&NAMES)? } else { Batch::new(0) };
        for (place, by) in winners.iter().enumerate().filter_map(|(place, by)| Some((place, (*by)?))) {
            let row = RowId(first.0.saturating_add(u32::try_from(place).unwrap_or(u32::MAX)));
            judged.verdicts.push(Verdict {
                row,
                by,
                people: self.assigns(by).then(|| row_people(&people, &own, place)),
            });
            if judged.samples.len() < SAMPLES {
                let text = |column| names.text(column, place).unwrap_or_default().to_owned();
                let [account_id, account_name] = NAMES.map(text);
                judged.samples.push(SampleMatch { account_name, account_id });
            }
        }
        Ok(())
    }

    /// For each row the rule that decides about it.
    fn winners(&self, batch: &Batch) -> Vec<Option<Decider>> {
        let mut winners = vec![None; batch.rows()];
        let mut free = Bits::ones(batch.rows());
        for (place, rule) in self.rules.iter().enumerate() {
            let mut rows = free.clone();
            rule.condition.evaluator().narrow(batch, &mut rows);
            for row in rows.ones_iter() {
                if let Some(winner) = winners.get_mut(row) {
                    *winner = Some(Decider::Rule(place));
                }
            }
            free.and_not(&rows);
        }
        winners
    }

    /// Lets policies win rows that no rule wishes something at least as strong for.
    fn check(&self, block: &Block, winners: &mut [Option<Decider>]) -> Result<(), Error> {
        if self.policies.is_empty() {
            return Ok(());
        }
        let read: Vec<&str> = self.policies.columns().into_iter().collect();
        let held = block.columns(&read)?;
        let open = |by: &Option<Decider>| by.and_then(|by| self.wish(by)) != Some(Wish::Reject);
        let places = winners.iter().enumerate().filter(|(_, by)| open(by)).map(|(place, _)| place);
        let places: Vec<usize> = places.collect();
        let outcomes = self.policies.check(&held, places.iter().copied());
        let outcomes =
            outcomes.map_err(|error| Error::Bug(format!("the columns of block {}: {error}", block.number())))?;
        for (place, outcomes) in places.into_iter().zip(outcomes) {
            let Some(winner) = winners.get_mut(place) else { continue };
            let by_policy = |outcome: &Outcome| {
                let (cause, wish) = (self.policies.policy(outcome.policy)?.cause(), outcome.check.wish?);
                Some((wish, Decider::Policy { cause, wish }))
            };
            let by_rule = winner.and_then(|by| Some((self.wish(by)?, by)));
            let wishes = by_rule.into_iter().chain(outcomes.iter().filter_map(by_policy));
            *winner = strongest(wishes).map(|(_, by)| by);
        }
        Ok(())
    }

    /// How the log names what decides.
    pub(super) fn cause(&self, by: Decider) -> Option<Cause> {
        match by {
            Decider::Rule(place) => self.rule(place).map(FrozenRule::cause),
            Decider::Policy { cause, .. } => Some(cause),
        }
    }

    fn wish(&self, by: Decider) -> Option<Wish> {
        match by {
            Decider::Rule(place) => self.rule(place).map(FrozenRule::wish),
            Decider::Policy { wish, .. } => Some(wish),
        }
    }

    /// Whether a row is to be handed to another reviewer.
    fn assigns(&self, by: Decider) -> bool {
        self.wish(by) == Some(Wish::Assign)
    }
}

fn row_people(batch: &Batch, own: &own::Columns, place: usize) -> RowPeople {
    let text = |column: &str| batch.text(column, place).filter(|text| !text.is_empty()).map(str::to_owned);
    let reviewers = batch.column("reviewers").and_then(|column| column.list(place));
    let assigned = reviewers.into_iter().flat_map(|reviewers| reviewers.iter().filter_map(crate::user::decode));
    let owner = text("owner.type").zip(text("owner.id")).zip(text("owner.datasource_id"));
    RowPeople {
        assigned: assigned.map(|user| user.key()).collect(),
        owner: owner.map(|((kind, id), source)| (kind, id, source)),
        own: own.of(batch, place),
    }
}
