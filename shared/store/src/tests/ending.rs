//! When to look again whether a review is ready.

use super::{later, now, review_id, run, world};

#[test]
fn a_review_is_found_when_it_is_to_be_looked_at_until_somebody_has() {
    run(async {
        let world = world();
        let (endings, id) = (world.store.endings(), review_id(1));
        assert_eq!(endings.note(&id).await.unwrap(), None);
        endings.look_at(&id, later(30)).await.unwrap();
        assert_eq!(endings.due(later(29), 9).await.unwrap(), []);
        assert_eq!(endings.due(later(30), 9).await.unwrap(), [id]);
        let note = endings.note(&id).await.unwrap().unwrap();
        // Somebody decides meanwhile: what was read before is no reason to forget it.
        endings.look_at(&id, later(50)).await.unwrap();
        endings.done(&id, note, now()).await.unwrap();
        assert_eq!(
            (endings.due(later(49), 9).await.unwrap(), endings.due(later(50), 9).await.unwrap()),
            (vec![], vec![id])
        );
        let note = endings.note(&id).await.unwrap().unwrap();
        endings.done(&id, note, now()).await.unwrap();
        assert_eq!(endings.due(later(9_999), 9).await.unwrap(), []);
        endings.look_at(&id, later(70)).await.unwrap();
        assert_eq!(endings.due(later(70), 9).await.unwrap(), [id]);
    });
}
