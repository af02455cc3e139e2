use super::*;

/// Parses a stored log as an auditor would and compares it with the stored state.
fn audit(stored: &[Vec<u8>], state: &PageState) -> Result<(), String> {
    let entries: Vec<Entry> =
        stored.iter().map(|bytes| Entry::parse(bytes)).collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    verify_against(review(), 3, &entries, state).map_err(|broken| broken.to_string())
}

fn stored(book: &Book) -> Vec<Vec<u8>> {
    book.log.iter().map(Entry::canonical).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_entry_is_read_back_as_it_was_written(book in any_book(30)) {
        for entry in &book.log {
            prop_assert_eq!(Entry::parse(&entry.canonical()), Ok(entry.clone()));
        }
        prop_assert_eq!(audit(&stored(&book), &book.state), Ok(()));
    }

    #[test]
    fn any_flipped_bit_of_a_log_is_noticed(book in any_book(12), at in any::<prop::sample::Index>(), bit in 0..8u8) {
        prop_assume!(!book.log.is_empty());
        let mut stored = stored(&book);
        let total: usize = stored.iter().map(Vec::len).sum();
        let mut index = at.index(total);
        for bytes in &mut stored {
            if index < bytes.len() {
                bytes[index] ^= 1 << bit;
                break;
            }
            index -= bytes.len();
        }
        prop_assert!(audit(&stored, &book.state).is_err());
    }

    #[test]
    fn a_dropped_repeated_or_moved_entry_is_noticed(book in any_book(12), at in any::<prop::sample::Index>()) {
        prop_assume!(!book.log.is_empty());
        let stored = stored(&book);
        let index = at.index(stored.len());
        let mut dropped = stored.clone();
        dropped.remove(index);
        prop_assert!(audit(&dropped, &book.state).is_err());
        let mut repeated = stored.clone();
        repeated.insert(index, stored[index].clone());
        prop_assert!(audit(&repeated, &book.state).is_err());
        if index > 0 {
            let mut moved = stored.clone();
            moved.swap(index - 1, index);
            prop_assert!(audit(&moved, &book.state).is_err());
        }
    }

    #[test]
    fn the_log_of_another_page_is_noticed(book in any_book(8)) {
        prop_assume!(!book.log.is_empty());
        prop_assert_eq!(verify(review(), 4, &book.log), Err(Broken { seq: 1 }));
        let other: ReviewId = "00000000-0000-4000-8000-000000000000".parse().unwrap();
        prop_assert_eq!(verify(other, 3, &book.log), Err(Broken { seq: 1 }));
    }
}

#[test]
fn every_single_flipped_byte_of_a_log_is_noticed() {
    let mut book = Book::new();
    let decide = RowCommand::Decide { verdict: Verdict::Revoked, comment: NoteEdit::from_text(Some("left")) };
    for (rows, command) in [(7, decide), (1, RowCommand::Undo)] {
        book.give(&Step { rows, command, actor: 1, after: 5, enforce: false });
    }
    let original = stored(&book);
    assert_eq!(audit(&original, &book.state), Ok(()));
    for entry in 0..original.len() {
        for byte in 0..original[entry].len() {
            for flip in [1, 0x20, 0x80, 0xff] {
                let mut changed = original.clone();
                changed[entry][byte] ^= flip;
                assert!(audit(&changed, &book.state).is_err(), "entry {entry} byte {byte} flip {flip}");
            }
        }
    }
}

#[test]
fn a_break_names_the_first_entry_that_does_not_follow() {
    let mut book = Book::new();
    for slot in 0..5 {
        let command = RowCommand::Decide { verdict: Verdict::Approved, comment: NoteEdit::Keep };
        book.give(&Step { rows: 1 << slot, command, actor: 1, after: 5, enforce: false });
    }
    let mut log = book.log.clone();
    log[2].actor = user(9);
    assert_eq!(verify(review(), 3, &log), Err(Broken { seq: 4 }));
    assert_eq!(verify_against(review(), 3, &book.log[..3], &book.state), Err(Broken { seq: 4 }));
    assert_eq!(verify(review(), 3, &book.log[1..]), Err(Broken { seq: 1 }));
}

#[test]
fn another_spelling_of_the_same_entry_is_refused() {
    let mut book = Book::new();
    let command = RowCommand::Decide { verdict: Verdict::Approved, comment: NoteEdit::Keep };
    book.give(&Step { rows: 1, command, actor: 1, after: 5, enforce: false });
    let text = String::from_utf8(book.log[0].canonical()).unwrap();
    assert!(Entry::parse(text.as_bytes()).is_ok());
    for other in [
        format!(" {text}"),
        text.replace("{\"v\":1,\"seq\":1,", "{\"seq\":1,\"v\":1,"),
        text.replace("\"v\":1,", "\"v\":1,\"v\":1,"),
        text.replace("\"v\":1", "\"v\":2"),
        text.replace("\"actor\":\"l", "\"actor\":\"\\u006c"),
    ] {
        assert_ne!(other, text);
        assert!(Entry::parse(other.as_bytes()).is_err(), "{other}");
    }
}

#[test]
fn the_canonical_bytes_of_version_1_stay_as_they_are() {
    let mut book = Book::new();
    let update = RowUpdate {
        decision: Some(Decision::Rejected),
        note: NoteEdit::from_text(Some("left")),
        reviewers: Some(vec![user(2)]),
        instructions: None,
        signed_off: Some(true),
    };
    let steps = [
        (0x8000_0000_0000_0001, RowCommand::Update(update)),
        (1, RowCommand::Undo),
        (2, RowCommand::Decide { verdict: Verdict::Flagged, comment: NoteEdit::Keep }),
    ];
    for (rows, command) in steps {
        book.give(&Step { rows, command, actor: 1, after: 7, enforce: true });
    }
    let lines: Vec<String> = stored(&book).into_iter().map(|bytes| String::from_utf8(bytes).unwrap()).collect();
    insta::assert_snapshot!(format!("{}\nhead {}", lines.join("\n"), hex::encode(&book.state.head())));
}
