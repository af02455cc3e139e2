use super::*;
use crate::counts::Counts;
use crate::page::state::slots;

proptest! {
    #[test]
    fn the_state_is_the_fold_of_its_log(book in any_book(40)) {
        prop_assert_eq!(verify(review(), 3, &book.log), Ok(book.state.clone()));
        prop_assert_eq!(verify_against(review(), 3, &book.log, &book.state), Ok(()));
    }

    #[test]
    fn masks_say_what_the_rows_say_and_never_overlap(book in any_book(40)) {
        let masks = book.state.masks();
        for slot in 0..64 {
            let row = book.state.row_or_default(crate::ids::RowId(3 * 64 + u32::from(slot)));
            let on = |mask: u64| mask & 1 << slot != 0;
            prop_assert_eq!(masks.decision(slot), row.decision);
            prop_assert_eq!(on(masks.flagged), row.flagged);
            prop_assert_eq!(on(masks.signed_off), row.is_signed_off());
            prop_assert!(!row.flagged || row.decision == Decision::None);
            prop_assert!(!row.is_signed_off() || row.decision != Decision::None);
            prop_assert_eq!(row.marked_fixed.is_some(), row.decision == Decision::Fixed);
            prop_assert_eq!(row.decided.is_some(), row.flagged || row.decision != Decision::None);
            prop_assert_eq!(row.version > 0, row.updated.is_some());
        }
    }

    #[test]
    fn counts_kept_by_differences_equal_a_recount(book in any_book(40), reach in any::<u64>()) {
        let mut state = PageState::new(review(), 3);
        let (mut kept, mut own) = (Counts::default(), Counts::default());
        for entry in &book.log {
            let before = state.masks();
            state.apply(entry).unwrap();
            kept += state.masks().change_since(&before);
            own += state.masks().within(reach).change_since(&before.within(reach));
        }
        let mut recount = Counts::default();
        for (_, row) in book.state.rows() {
            match row.decision {
                Decision::Accepted => recount.accepted += 1,
                Decision::Rejected => recount.rejected += 1,
                Decision::Fixed => recount.fixed += 1,
                Decision::None => recount.flagged += i64::from(row.flagged),
            }
            recount.signed_off += i64::from(row.is_signed_off());
        }
        prop_assert_eq!(kept, recount);
        prop_assert_eq!(kept.pending(64) + kept.decided() + kept.flagged, 64);
        prop_assert_eq!(own, book.state.masks().within(reach).counts());
    }

    #[test]
    fn a_version_is_the_number_of_entries_that_name_the_row(book in any_book(30), slot in 0..64u8) {
        let entries = book.log.iter().filter(|entry| entry.changes_of(slot).next().is_some()).count();
        prop_assert_eq!(book.state.row(slot).map_or(0, |row| row.version) as usize, entries);
    }

    #[test]
    fn every_command_of_the_log_is_seen_or_perhaps_and_no_other_is(book in any_book(40)) {
        for entry in &book.log {
            match book.state.seen(entry.command) {
                Seen::At(seq) => prop_assert_eq!(seq, entry.seq),
                Seen::Perhaps { up_to } => prop_assert!(entry.seq <= up_to),
                Seen::No => prop_assert!(false, "entry {} is forgotten", entry.seq),
            }
        }
        prop_assert!(!matches!(book.state.seen(command(u128::MAX)), Seen::At(_)));
    }
}

fn approve(slot: u8) -> Step {
    let command = RowCommand::Decide { verdict: Verdict::Approved, comment: NoteEdit::Keep };
    Step { rows: 1 << slot, command, actor: 1, after: 1_000, enforce: false }
}

#[test]
fn the_ring_remembers_the_last_24_commands() {
    let mut book = Book::new();
    assert_eq!(book.state.seen(command(1)), Seen::No);
    (0..24).for_each(|slot| book.give(&approve(slot)));
    assert_eq!((book.state.seen(command(1)), book.state.seen(command(24))), (Seen::At(1), Seen::At(24)));
    assert_eq!(book.state.seen(command(99)), Seen::No);
    book.give(&approve(24));
    assert_eq!(book.state.seen(command(2)), Seen::At(2));
    assert_eq!(book.state.seen(command(1)), Seen::Perhaps { up_to: 1 });
}

#[test]
fn rows_to_which_the_same_happens_share_their_acts() {
    let decided = Change::Decided { decision: Decision::Accepted };
    let changes = [
        (0, vec![decided.clone(), Change::SignedOff]),
        (1, vec![]),
        (2, vec![Change::SignOffUndone, decided.clone(), Change::SignedOff]),
        (63, vec![decided.clone(), Change::SignedOff]),
    ];
    let shown: Vec<_> = acts(changes).into_iter().map(|act| (act.rows, act.change)).collect();
    assert_eq!(
        shown,
        [
            (1 << 63 | 1, decided.clone()),
            (1 << 63 | 1, Change::SignedOff),
            (4, Change::SignOffUndone),
            (4, decided),
            (4, Change::SignedOff),
        ]
    );
}

#[test]
fn a_command_that_changes_nothing_has_no_entry() {
    let state = PageState::new(review(), 0);
    assert_eq!(state.next(command(1), at(START), user(1), vec![]), None);
    assert_eq!(acts([(0, vec![]), (5, vec![])]), []);
}

#[test]
fn an_entry_that_changes_nothing_is_no_part_of_a_log() {
    let state = PageState::new(review(), 0);
    let accept = Change::Decided { decision: Decision::Accepted };
    let good = state.next(command(1), at(START), user(1), vec![Act { rows: 1, change: accept.clone() }]).unwrap();
    assert!(state.clone().apply(&good).is_ok());
    let none = Change::Decided { decision: Decision::None };
    for acts in [vec![], vec![Act { rows: 0, change: accept }], vec![Act { rows: 1, change: none }]] {
        let mut after = state.clone();
        assert_eq!(after.apply(&Entry { acts, ..good.clone() }), Err(Broken { seq: 1 }));
        assert_eq!(after, state);
    }
}

#[test]
fn slots_are_the_bits_of_a_mask() {
    assert_eq!(slots(1 << 63 | 1 << 5 | 1).collect::<Vec<_>>(), [0, 5, 63]);
}
