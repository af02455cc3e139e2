mod chain;
mod codec;
mod fold;

use jiff::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::automatic::{Automatic, AutomaticStep, Cause};
use crate::decide::{
    AutomationWish, Context, ForcedUpdate, NotesRequired, RowCommand, RowUpdate, Verdict, Wished, apply_command, fulfil,
};
use crate::ids::{AutomationId, AutomationRunId, CommandId, ReviewId, RuleId};
use crate::note::{NoteDigest, NoteEdit};
use crate::review::{Phase, RevokeMode};
use crate::row::{Decision, NotificationStatus};
use crate::user::{Role, UserKey};

pub(super) const START: i64 = 1_780_000_000_000;

pub(super) fn review() -> ReviewId {
    "6a8f5c1e-8a0b-4c4d-9f0e-0b7a5e1d2c33".parse().unwrap()
}

pub(super) fn command(number: u128) -> CommandId {
    CommandId::new(Uuid::from_u128(number))
}

pub(super) fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap()
}

pub(super) fn user(number: u8) -> UserKey {
    UserKey::new("localCookieUser", &format!("user-{number}")).unwrap()
}

/// A page and its log.
pub(super) struct Book {
    pub(super) state: PageState,
    pub(super) log: Vec<Entry>,
}

impl Book {
    pub(super) fn new() -> Self {
        Self { state: PageState::new(review(), 3), log: Vec::new() }
    }

    /// Gives a command on some rows, as the store would: decide on the state, write one entry. Refusals change nothing.
    pub(super) fn give(&mut self, step: &Step) {
        let now = self.log.last().map_or(START, |entry| entry.at.as_millisecond()) + i64::from(step.after);
        let context = Context {
            actor: user(step.actor),
            role: if step.actor == 0 { Role::Administrator } else { Role::Reviewer },
            phase: Phase::Open,
            notes: NotesRequired::default(),
            revoke_mode: if step.enforce { RevokeMode::Enforce } else { RevokeMode::RecordOnly },
            assigned: vec![user(1)],
            if_match: None,
        };
        let changes = (0..64).filter(|slot| step.rows & 1 << slot != 0).filter_map(|slot| {
            let row = self.state.row(slot).cloned().unwrap_or_default();
            Some((slot, apply_command(&row, &step.command, &context, at(now)).ok()?))
        });
        let acts = acts(changes);
        self.write(acts, now, context.actor);
    }

    /// Has automations change some rows, as their run would.
    pub(super) fn automate(&mut self, rows: u64, wishes: &[AutomationWish]) {
        let now = self.log.last().map_or(START, |entry| entry.at.as_millisecond());
        let context = Context {
            actor: UserKey::system(),
            role: Role::Administrator,
            phase: Phase::Open,
            notes: NotesRequired::default(),
            revoke_mode: RevokeMode::Enforce,
            assigned: Vec::new(),
            if_match: None,
        };
        let changes = (0..64).filter(|slot| rows & 1 << slot != 0).map(|slot| {
            let row = self.state.row(slot).cloned().unwrap_or_default();
            (slot, fulfil(&row, wishes, &context, at(now)).unwrap().changes)
        });
        let acts = acts(changes);
        self.write(acts, now, context.actor);
    }

    fn write(&mut self, acts: Vec<Act>, now: i64, actor: UserKey) {
        let id = command(self.log.len() as u128 + 1);
        if let Some(entry) = self.state.next(id, at(now), actor, acts) {
            self.state.apply(&entry).unwrap();
            self.log.push(entry);
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) rows: u64,
    pub(super) command: RowCommand,
    pub(super) actor: u8,
    pub(super) after: u32,
    pub(super) enforce: bool,
}

fn any_note() -> impl Strategy<Value = NoteEdit> {
    prop_oneof![
        3 => Just(NoteEdit::Keep),
        1 => Just(NoteEdit::Clear),
        2 => (0..4u8).prop_map(|text| NoteEdit::from_text(Some(&format!("note {text}")))),
    ]
}

fn any_command() -> impl Strategy<Value = RowCommand> {
    let verdict = prop::sample::select(Verdict::ALL.to_vec());
    let update = || {
        let decision = prop::option::of(prop::sample::select(Decision::ALL.to_vec()));
        let reviewers = prop::option::weighted(0.2, prop::collection::vec(0..5u8, 0..4));
        let found = prop::option::weighted(0.3, 0..3u8);
        let parts = (decision, any_note(), reviewers, found, prop::option::weighted(0.3, any::<bool>()));
        parts.prop_map(|(decision, note, reviewers, found, signed_off)| {
            let reviewers = reviewers.map(|numbers| numbers.into_iter().map(user).collect());
            let instructions = found.map(|text| NoteDigest::of(&format!("instructions {text}")));
            RowUpdate { decision, note, reviewers, instructions, signed_off }
        })
    };
    prop_oneof![
        3 => (verdict, any_note()).prop_map(|(verdict, comment)| RowCommand::Decide { verdict, comment }),
        1 => Just(RowCommand::Undo),
        1 => Just(RowCommand::SignOff),
        1 => any_automatic().prop_map(RowCommand::Automatic),
        4 => update().prop_map(RowCommand::Update),
        2 => (update(), prop::option::of(any_status()))
            .prop_map(|(update, removal)| RowCommand::Force(ForcedUpdate { update, removal })),
        2 => (any_status(), prop::option::of(0..4u8)).prop_map(|(status, info)| {
            let info = info.map(|text| NoteDigest::of(&format!("note {text}")));
            RowCommand::Answer { status, info }
        }),
    ]
}

fn any_status() -> impl Strategy<Value = NotificationStatus> {
    prop::sample::select(NotificationStatus::ALL[1..].to_vec())
}

fn any_automatic() -> impl Strategy<Value = Automatic> {
    let step = prop_oneof![
        prop::sample::select(Verdict::ALL.to_vec()).prop_map(AutomaticStep::Decide),
        (0..5u8).prop_map(|number| AutomaticStep::Assign { reviewers: vec![user(number)], over: None }),
    ];
    (0..3u128, 1..4u64, step).prop_map(|(rule, version, step)| {
        let id = RuleId::new(Uuid::from_u128(rule));
        Automatic { cause: Cause::Rule { id, version }, step }
    })
}

fn any_wishes() -> impl Strategy<Value = Vec<AutomationWish>> {
    let decision = prop::option::of(prop::sample::select(Decision::ALL.to_vec()));
    let change = (decision, prop::option::of(0..3u8), prop::option::of(any::<bool>()));
    let change = change.prop_map(|(decision, text, signed_off)| {
        let note = text.map(|text| NoteDigest::of(&format!("note {text}")));
        Wished::Modify { decision, note, signed_off }
    });
    let wish = (0..4u128, 1..3u64, 0..2u128, prop_oneof![change, Just(Wished::Display)]);
    let wish = wish.prop_map(|(number, version, run, what)| AutomationWish {
        automation: AutomationId::new(Uuid::from_u128(number)),
        version,
        run: AutomationRunId::new(Uuid::from_u128(run)),
        what,
    });
    prop::collection::vec(wish, 0..4)
}

/// Steps that often meet the same rows and sometimes the whole page.
pub(super) fn any_step() -> impl Strategy<Value = Step> {
    let rows = prop_oneof![(0..6u32).prop_map(|slot| 1 << slot), any::<u64>(), Just(u64::MAX), Just(1 << 63)];
    let after = prop_oneof![Just(0u32), 1..40_000u32, Just(90_000_000)];
    (rows, any_command(), 0..5u8, after, any::<bool>()).prop_map(|(rows, command, actor, after, enforce)| Step {
        rows,
        command,
        actor,
        after,
        enforce,
    })
}

pub(super) fn any_book(steps: usize) -> impl Strategy<Value = Book> {
    let automated = prop::collection::vec((any::<u64>(), any_wishes()), 0..3);
    (automated, prop::collection::vec(any_step(), 0..steps)).prop_map(|(automated, steps)| {
        let mut book = Book::new();
        automated.iter().for_each(|(rows, wishes)| book.automate(*rows, wishes));
        steps.iter().for_each(|step| book.give(step));
        book
    })
}

impl std::fmt::Debug for Book {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.log).finish()
    }
}
