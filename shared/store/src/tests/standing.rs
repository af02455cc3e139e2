//! The deny list, and who stands in for whom.

use domain::assignment::Standing;

use super::{command_id, key, now, run, world};

#[test]
fn both_lists_are_read_as_they_were_written_last() {
    run(async {
        let world = world();
        let standing = world.store.standing();
        assert_eq!(standing.all().await.unwrap(), Standing::default());
        assert_eq!((standing.denied().await.unwrap().version, standing.delegates().await.unwrap().version), (0, 0));
        for (n, denied) in (1..).zip([vec![key("lena"), key("omar")], vec![key("omar")], vec![]]) {
            let pairs = vec![(key("ines"), key("lena")); denied.len()];
            let version = standing.denied().await.unwrap().version;
            let mut tx = world.store.write(command_id(n), now());
            tx.put_denied(&denied, version).unwrap();
            let _ = tx.commit().await.unwrap();
            let mut tx = world.store.write(command_id(100 + n), now());
            tx.put_delegates(&pairs, version).unwrap();
            let _ = tx.commit().await.unwrap();
            let read = standing.denied().await.unwrap();
            assert_eq!((read.version, &read.value, read.is_by(command_id(n))), (version + 1, &denied, true));
            assert_eq!(standing.delegates().await.unwrap().value, pairs);
            assert_eq!(standing.all().await.unwrap(), Standing { denied, delegates: pairs });
        }
    });
}

#[test]
fn a_list_that_somebody_else_changed_meanwhile_is_not_replaced() {
    run(async {
        let world = world();
        let write = async |n: u128, version: u64| {
            let mut tx = world.store.write(command_id(n), now());
            tx.put_denied(&[key("lena")], version).unwrap();
            tx.commit().await
        };
        let _ = write(1, 0).await.unwrap();
        assert!(write(2, 0).await.unwrap_err().is_conflict());
        let _ = write(3, 1).await.unwrap();
        assert!(write(4, 1).await.unwrap_err().is_conflict());
    });
}
