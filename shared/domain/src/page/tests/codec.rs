use super::*;

proptest! {
    #[test]
    fn a_state_is_read_back_as_it_was_written(book in any_book(40)) {
        prop_assert_eq!(PageState::decode(&book.state.encode()), Ok(book.state));
    }

    #[test]
    fn random_bytes_are_refused_without_panic(
        mut bytes in prop::collection::vec(any::<u8>(), 0..400),
        version in 1..4u8,
    ) {
        prop_assert!(PageState::decode(&bytes).is_err());
        if let Some(first) = bytes.first_mut() {
            *first = version;
        }
        let _ = PageState::decode(&bytes);
    }

    #[test]
    fn damaged_states_are_refused_or_read_without_panic(
        book in any_book(20),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let whole = book.state.encode();
        prop_assert_eq!(PageState::decode(&whole[..cut.index(whole.len())]).is_ok(), false);
        let longer = [whole.as_slice(), &[0]].concat();
        prop_assert_eq!(PageState::decode(&longer), Err(DecodeError::Corrupt));
        let mut bytes = whole;
        for (at, value) in damage {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(read) = PageState::decode(&bytes) {
            prop_assert_eq!(PageState::decode(&read.encode()), Ok(read));
        }
    }
}

/// Every row decided on its own by one reviewer, seconds to hours apart over two weeks.
fn full_page(order: impl Fn(u8) -> u8, signed_off_apart: bool, note: impl Fn(u8) -> Option<String>) -> PageState {
    let mut book = Book::new();
    for slot in (0..64).map(order) {
        let note = NoteEdit::from_text(note(slot).as_deref());
        let command = if signed_off_apart {
            RowCommand::Update(RowUpdate { decision: Some(Decision::Accepted), note, ..RowUpdate::default() })
        } else {
            RowCommand::Decide { verdict: Verdict::Approved, comment: note }
        };
        let after = if slot % 8 == 7 { 150_000_123 } else { 9_137 };
        book.give(&Step { rows: 1 << slot, command, actor: 1, after, enforce: false });
    }
    if signed_off_apart {
        book.give(&Step { rows: u64::MAX, command: RowCommand::SignOff, actor: 1, after: 5, enforce: false });
    }
    book.state
}

#[test]
fn a_full_page_of_one_decider_stays_within_1000_bytes() {
    let in_one_go = {
        let mut book = Book::new();
        let command = RowCommand::Decide { verdict: Verdict::Rejected, comment: NoteEdit::from_text(Some("left")) };
        book.give(&Step { rows: u64::MAX, command, actor: 1, after: 0, enforce: false });
        book.state
    };
    let (straight, scattered) = (|slot: u8| slot, |slot: u8| (u16::from(slot) * 37 % 64) as u8);
    let some = |slot: u8| Some(slot.to_string());
    let sizes = [
        ("decided in one go with one note", in_one_go.encode().len()),
        ("decided one by one", full_page(straight, false, |_| None).encode().len()),
        ("decided one by one, out of order", full_page(scattered, false, |_| None).encode().len()),
        ("decided one by one, signed off together", full_page(straight, true, |_| None).encode().len()),
        ("the same out of order", full_page(scattered, true, |_| None).encode().len()),
        ("decided one by one with different notes", full_page(straight, false, some).encode().len()),
    ];
    assert!(sizes[..5].iter().all(|(_, size)| *size <= 1_000), "{sizes:?}");
    let shown = sizes.map(|(name, size)| format!("{size:>5} {name}")).join("\n");
    insta::assert_snapshot!(shown, @r"
     450 decided in one go with one note
     703 decided one by one
     813 decided one by one, out of order
     836 decided one by one, signed off together
     946 the same out of order
    1343 decided one by one with different notes
    ");
}

fn golden_bytes(golden: &str) -> Vec<u8> {
    let digits = golden.split_whitespace().flat_map(|line| line.as_bytes().chunks(2));
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

#[test]
fn version_1_stays_readable() {
    let bytes = golden_bytes(include_str!("golden/page_state_v1.hex"));
    let state = PageState::decode(&bytes).unwrap();
    assert_eq!(state, golden_book().state);
    assert_eq!(state.encode(), bytes, "a change of the format needs a new version");
}

#[test]
fn version_2_stays_readable() {
    let mut book = golden_book();
    for (rows, info) in [(0x0f, Some(NoteDigest::of("INC0042"))), (0x8000_0000_0000_0000, None)] {
        let command = RowCommand::Answer { status: NotificationStatus::Failed, info };
        book.give(&Step { rows, command, actor: 4, after: 7, enforce: false });
    }
    let bytes = golden_bytes(include_str!("golden/page_state_v2.hex"));
    assert_eq!(hex::encode(&book.state.encode()), hex::encode(&bytes), "a change of the format needs a new version");
    assert_eq!(PageState::decode(&bytes), Ok(book.state));
}

#[test]
fn version_3_stays_readable() {
    let mut book = Book::new();
    let wish = |number, what| AutomationWish {
        automation: AutomationId::new(Uuid::from_u128(number)),
        version: 200,
        run: AutomationRunId::new(Uuid::from_u128(7)),
        what,
    };
    let change = |note| Wished::Modify {
        decision: Some(Decision::Accepted),
        note: Some(NoteDigest::of(note)),
        signed_off: Some(true),
    };
    book.automate(0xff, &[wish(1, change("as before")), wish(2, Wished::Display)]);
    book.automate(0xff00, &[wish(1, change("as before")), wish(3, change("usual"))]);
    go_on(&mut book);
    let bytes = golden_bytes(include_str!("golden/page_state_v3.hex"));
    assert_eq!(hex::encode(&book.state.encode()), hex::encode(&bytes), "a change of the format needs a new version");
    assert_eq!(PageState::decode(&bytes), Ok(book.state));
}

#[test]
fn version_4_stays_readable() {
    let mut book = Book::new();
    let found = |number| RowUpdate {
        reviewers: Some(vec![user(number)]),
        instructions: Some(NoteDigest::of("the manager")),
        ..RowUpdate::default()
    };
    go_on(&mut book);
    book.give(&Step { rows: 0x7_0000, command: RowCommand::Update(found(2)), actor: 4, after: 7, enforce: false });
    let named = RowUpdate { instructions: None, ..found(3) };
    book.give(&Step { rows: 0x1_0000, command: RowCommand::Update(named), actor: 4, after: 7, enforce: false });
    let instructed = |slot| book.state.row(slot).unwrap().instructions.is_some();
    assert_eq!([16, 17, 18].map(instructed), [false, true, true]);
    let bytes = golden_bytes(include_str!("golden/page_state_v4.hex"));
    assert_eq!(hex::encode(&book.state.encode()), hex::encode(&bytes), "a change of the format needs a new version");
    assert_eq!(PageState::decode(&bytes), Ok(book.state));
}

fn golden_book() -> Book {
    let mut book = Book::new();
    go_on(&mut book);
    book
}

/// What people do on some rows of a page.
fn go_on(book: &mut Book) {
    let update = RowUpdate {
        decision: Some(Decision::Rejected),
        note: NoteEdit::from_text(Some("left")),
        reviewers: Some(vec![user(2), user(3)]),
        instructions: None,
        signed_off: Some(true),
    };
    let fixed = RowUpdate { decision: Some(Decision::Fixed), ..RowUpdate::default() };
    let accepted = RowUpdate { decision: Some(Decision::Accepted), ..RowUpdate::default() };
    for (rows, actor, command) in [
        (0x8000_0000_0000_00ff, 1, RowCommand::Update(update)),
        (0x0f, 4, RowCommand::Update(fixed)),
        (0xff00, 2, RowCommand::Update(accepted)),
        (0x0f00, 3, RowCommand::SignOff),
        (0x1_0000, 1, RowCommand::Decide { verdict: Verdict::Flagged, comment: NoteEdit::from_text(Some("who?")) }),
        (0x80, 1, RowCommand::Undo),
    ] {
        book.give(&Step { rows, command, actor, after: 7, enforce: rows & 1 == 1 });
    }
}

#[test]
fn a_later_version_is_told_apart_from_damage() {
    assert_eq!(PageState::decode(&[5, 0, 0]), Err(DecodeError::Version(5)));
    assert_eq!(PageState::decode(&[]), Err(DecodeError::Corrupt));
    assert_eq!(PageState::decode(&[1]), Err(DecodeError::Corrupt));
}
