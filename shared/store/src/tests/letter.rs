//! Letters, whom they do not reach, and reminders.

use domain::ids::JobId;
use domain::letter::{Fate, Letter, Motive, Undeliverable};
use engine::simulate;

use super::{command_id, key, later, now, review_id, uuid, world};
use crate::{Error, Store};

/// A letter with every field.
pub(super) fn letter() -> Letter {
    Letter {
        id: JobId::new(uuid(60)),
        motive: Motive::Reassigned,
        review: Some(review_id(1)),
        to: key("lena"),
        instead_of: vec![key("omar")],
        actor: Some(key("ines")),
        at: now(),
        after: None,
        cause: None,
        fate: Fate::Sending { since: later(1) },
    }
}

/// A letter that waits for more to tell.
fn gathering() -> Letter {
    let cause = Some(command_id(62).to_string());
    Letter { id: JobId::new(uuid(61)), after: Some(later(30)), cause, fate: Fate::Waiting, ..letter() }
}

/// Writes letters, a reminder, and somebody whom it does not reach.
pub(super) async fn write(store: &Store) -> Result<(), Error> {
    let mut tx = store.write(command_id(61), now());
    tx.put_letter(&letter(), None)?;
    tx.put_letter(&gathering(), None)?;
    tx.put_reminder(&review_id(1), Some(later(90)), None)?;
    let _ = tx.commit().await?;
    store.letters().note_contact(&review_id(1), &key("lena"), Some(Undeliverable::Refused)).await
}

/// Reads what [`write`] wrote.
pub(super) async fn read(store: &Store) {
    let letters = store.letters();
    assert_eq!(letters.get(&letter().id).await.unwrap().unwrap().value, letter());
    assert_eq!(letters.reminder(&review_id(1)).await.unwrap().unwrap().value, Some(later(90)));
    assert_eq!(letters.due(later(90), 9).await.unwrap(), [review_id(1)]);
    assert_eq!(letters.get(&gathering().id).await.unwrap().unwrap().value, gathering());
    assert_eq!(letters.gathered(later(30), 9).await.unwrap(), [gathering().id]);
    let unreached = letters.unreached(&review_id(1)).await.unwrap();
    assert_eq!(unreached.why(&key("lena")), Some(Undeliverable::Refused));
}

#[test]
fn a_letter_is_changed_by_one_of_two_who_read_it() {
    simulate(1, async {
        let world = world();
        write(&world.store).await.unwrap();
        let stored = world.store.letters().get(&letter().id).await.unwrap().unwrap();
        for (command, fate, wins) in
            [(70, Fate::Sent { at: later(2) }, true), (71, Fate::Failed { at: later(2), for_good: true }, false)]
        {
            let mut tx = world.store.write(command_id(command), later(2));
            tx.put_letter(&Letter { fate, ..letter() }, Some(stored.version)).unwrap();
            assert_eq!(tx.commit().await.is_ok(), wins);
        }
        let fate = world.store.letters().get(&letter().id).await.unwrap().unwrap().value.fate;
        assert_eq!(fate, Fate::Sent { at: later(2) });
    });
}

#[test]
fn a_letter_is_found_when_it_has_waited_long_enough_until_it_is_on_its_way() {
    simulate(4, async {
        let store = world().store;
        write(&store).await.unwrap();
        let found = async |seconds| store.letters().gathered(later(seconds), 9).await.unwrap();
        assert_eq!((found(29).await, found(30).await), (Vec::new(), vec![gathering().id]));
        let version = store.letters().get(&gathering().id).await.unwrap().unwrap().version;
        let mut tx = store.write(command_id(74), later(31));
        tx.put_letter(&Letter { after: None, ..gathering() }, Some(version)).unwrap();
        let _ = tx.commit().await.unwrap();
        assert_eq!(found(90).await, []);
    });
}

#[test]
fn the_last_word_counts_about_whom_mail_reaches() {
    simulate(2, async {
        let store = world().store;
        let (letters, review, lena) = (store.letters(), review_id(1), key("lena"));
        letters.note_contact(&review, &lena, None).await.unwrap();
        assert!(letters.unreached(&review).await.unwrap().is_empty(), "nothing was known against it");
        for why in [Undeliverable::NoAddress, Undeliverable::GivenUp] {
            letters.note_contact(&review, &lena, Some(why)).await.unwrap();
            let unreached = letters.unreached(&review).await.unwrap();
            assert_eq!((unreached.why(&lena), unreached.why(&key("omar"))), (Some(why), None));
        }
        assert!(letters.unreached(&review_id(2)).await.unwrap().is_empty());
        letters.note_contact(&review, &lena, None).await.unwrap();
        assert!(letters.unreached(&review).await.unwrap().is_empty());
    });
}

#[test]
fn a_reminder_is_due_until_it_is_moved_or_ended() {
    simulate(3, async {
        let store = world().store;
        write(&store).await.unwrap();
        let due = async |seconds| store.letters().due(later(seconds), 9).await.unwrap().len();
        assert_eq!((due(89).await, due(90).await), (0, 1));
        for (command, next, expected) in [(72, Some(later(200)), (0, 1)), (73, None, (0, 0))] {
            let version = store.letters().reminder(&review_id(1)).await.unwrap().unwrap().version;
            let mut tx = store.write(command_id(command), later(2));
            tx.put_reminder(&review_id(1), next, Some(version)).unwrap();
            let _ = tx.commit().await.unwrap();
            assert_eq!((due(90).await, due(200).await), expected);
        }
    });
}
