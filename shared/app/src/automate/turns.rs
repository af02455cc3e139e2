//! Writing what becomes of the rows of a page in as few commands as the table holds.
//!
//! A command is one entry of a page's log with the notes that it brings, in one transaction. Hundreds of automations that
//! are each for other rows, or each bring a note of their own, fill more than one entry: a page is then done in turns,
//! each under an id of its own. What an automation does to many rows stands in an entry once, so that most runs take one.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::automatic::Cause;
use domain::ids::AutomationId;
use domain::note::NoteDigest;
use domain::page::{Act, Change};

/// Acts of one entry at most: each takes some hundred bytes, and an item of the table holds 400 KB.
const MAX_ACTS: usize = 1_000;
/// Notes of one entry at most: each is an item of its transaction, which holds 100, and takes up to 16 KB.
const MAX_NOTES: usize = 64;

/// What happens to a page in each turn.
pub(super) type Turns = Vec<Vec<Act>>;

/// What an automation does to some rows.
struct Deed {
    /// Where the automation stands among all.
    place: usize,
    rows: u64,
    changes: Vec<Change>,
}

impl Deed {
    fn notes(&self) -> impl Iterator<Item = NoteDigest> {
        self.changes.iter().filter_map(Change::text)
    }
}

/// Puts the changes of rows, named by their places on the page, into turns. `order` tells where automations stand, which
/// is the order of each row's changes, too.
pub(super) fn turns(rows: &[(u8, Vec<Change>)], order: &HashMap<AutomationId, usize>) -> Turns {
    let mut turns = Turns::new();
    let (mut turn, mut notes) = (Vec::new(), HashSet::new());
    for deed in deeds(rows, order) {
        let fresh = deed.notes().filter(|note| !notes.contains(&note.0)).count();
        if turn.len() + deed.changes.len() > MAX_ACTS || notes.len() + fresh > MAX_NOTES {
            turns.push(std::mem::take(&mut turn));
            notes.clear();
        }
        notes.extend(deed.notes().map(|note| note.0));
        turn.extend(deed.changes.into_iter().map(|change| Act { rows: deed.rows, change }));
    }
    turns.push(turn);
    turns.retain(|turn| !turn.is_empty());
    turns
}

/// What each automation does, in their order: once for all rows to which it does the same.
fn deeds(rows: &[(u8, Vec<Change>)], order: &HashMap<AutomationId, usize>) -> Vec<Deed> {
    let mut deeds: Vec<Deed> = Vec::new();
    let mut known: HashMap<&[Change], usize> = HashMap::new();
    for (slot, changes) in rows {
        let bit = 1_u64 << (slot & 63);
        for part in changes.chunk_by(|_, next| !matches!(next, Change::Automatic { .. })) {
            match known.get(part).and_then(|at| deeds.get_mut(*at)) {
                Some(deed) => deed.rows |= bit,
                None => {
                    known.insert(part, deeds.len());
                    deeds.push(Deed { place: place(part, order), rows: bit, changes: part.to_vec() });
                }
            }
        }
    }
    // INVARIANT: stable, so that equal runs write equal entries.
    deeds.sort_by_key(|deed| deed.place);
    deeds
}

fn place(part: &[Change], order: &HashMap<AutomationId, usize>) -> usize {
    match part.first() {
        Some(Change::Automatic { cause: Cause::Automation { id, .. } }) => order.get(id).copied().unwrap_or(usize::MAX),
        _ => usize::MAX,
    }
}

/// The rows that turns change.
pub(super) fn rows_of<'a>(acts: impl IntoIterator<Item = &'a Act>) -> u64 {
    acts.into_iter().fold(0, |rows, act| rows | act.rows)
}

/// What happens to each page in one of the turns, where it has that many.
pub(super) fn of_turn(pages: &BTreeMap<u32, Turns>, turn: usize) -> BTreeMap<u32, &Vec<Act>> {
    pages.iter().filter_map(|(page, turns)| Some((*page, turns.get(turn)?))).collect()
}

#[cfg(test)]
mod tests {
    use domain::ids::{AutomationRunId, CommandId, ReviewId};
    use domain::page::PageState;
    use domain::row::Decision;
    use domain::user::UserKey;
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn by(number: u128) -> Change {
        let (id, run) = (AutomationId::new(Uuid::from_u128(number)), AutomationRunId::new(Uuid::max()));
        Change::Automatic { cause: Cause::Automation { id, version: u64::MAX, run } }
    }

    fn shown(number: u128) -> Vec<Change> {
        vec![
            by(number),
            Change::Displayed { automation: AutomationId::new(Uuid::from_u128(number)), version: u64::MAX },
        ]
    }

    fn noted(number: u128) -> Vec<Change> {
        let digest = NoteDigest::of(&number.to_string());
        vec![by(number), Change::Decided { decision: Decision::Accepted }, Change::Commented { digest }]
    }

    fn order(count: u128) -> HashMap<AutomationId, usize> {
        (0..count).map(|n| (AutomationId::new(Uuid::from_u128(n)), usize::try_from(n).unwrap())).collect()
    }

    /// What the turns do to each row, in order.
    fn of_rows(turns: &Turns) -> Vec<(u8, Vec<Change>)> {
        let of = |slot: u8| {
            let own = turns.iter().flatten().filter(|act| act.rows & 1 << slot != 0);
            (slot, own.map(|act| act.change.clone()).collect::<Vec<_>>())
        };
        (0..64).map(of).filter(|(_, changes)| !changes.is_empty()).collect()
    }

    #[test]
    fn what_an_automation_does_to_many_rows_is_told_once_and_in_the_order_of_automations() {
        let rows = vec![(0, shown(2)), (1, [shown(1), shown(2)].concat()), (5, [shown(0), shown(1)].concat())];
        let turns = turns(&rows, &order(3));
        assert_eq!(turns.len(), 1);
        let masks: Vec<u64> = turns.concat().iter().map(|act| act.rows).collect();
        assert_eq!(masks, [0b10_0000, 0b10_0000, 0b10_0010, 0b10_0010, 0b11, 0b11]);
        assert_eq!(of_rows(&turns), rows);
    }

    #[test]
    fn no_turn_is_larger_than_the_table_holds_and_together_they_do_everything() {
        for own in [shown, noted] {
            // Each row is that of other automations.
            let all = |slot: u8| (0..500).filter(|n| n % 64 <= u128::from(slot)).flat_map(own).collect::<Vec<_>>();
            let rows: Vec<(u8, Vec<Change>)> = (0..64).map(|slot| (slot, all(slot))).collect();
            let turns = turns(&rows, &order(500));
            assert_eq!(of_rows(&turns), rows);
            for turn in turns {
                let state = PageState::new(ReviewId::new(Uuid::max()), u32::MAX);
                let command = CommandId::new(Uuid::max());
                let notes: HashSet<_> = turn.iter().filter_map(|act| act.change.text()).map(|note| note.0).collect();
                let entry = state.next(command, Timestamp::MAX, UserKey::system(), turn).unwrap();
                assert!(entry.canonical().len() < 350 * 1024 && notes.len() <= 64);
            }
        }
    }

    #[test]
    fn rows_without_changes_take_no_turn() {
        assert!(turns(&[(3, Vec::new())], &order(1)).is_empty());
    }
}
