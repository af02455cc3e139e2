//! The open reviews in which a reviewer has rows.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use domain::ids::ReviewId;
use domain::review::{Certification, Phase};
use domain::settings::{Book, Origin, SelfReview, Settings};
use domain::user::UserKey;
use futures::{StreamExt, TryStreamExt, stream};
use store::Listing;
use store::reach::{Reach, Reached};

use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::review::open::{Review, Sight};

/// How many open reviews a reviewer's inbox holds.
const MAX_OPEN: usize = 2_000;
/// How many reviews one page of an inbox holds.
const PAGE: usize = 500;
/// How many reviews of one person are looked at, open or not: what somebody reviews in decades. Reviews that are over stay
/// in the inbox, and their ids say nothing about when they were.
const MAX_EXAMINED: usize = 20_000;
/// How many reviews are looked into at the same time.
const AT_ONCE: usize = 16;

/// The reviews that the caller, a reviewer, sees: open, and with a row of theirs or of somebody for whom they stand in. In
/// no order.
pub(crate) async fn open(deps: &Deps, call: &Call) -> Result<Vec<Review>, Error> {
    let role = call.caller.role;
    found(deps, call, PAGE, |certification| certification.visible_to(role)).await
}

/// The open reviews in which the caller, whatever their role, has rows of their own, or of somebody for whom they stand in.
/// In no order.
pub(crate) async fn assigned(deps: &Deps, call: &Call) -> Result<Vec<Review>, Error> {
    found(deps, call, PAGE, |certification| certification.phase() == Phase::Open).await
}

/// Reviews that are wanted, each with the rows in it that the caller reaches. Inboxes are read `page` reviews at a time.
async fn found(
    deps: &Deps,
    call: &Call,
    page: usize,
    is_wanted: impl Fn(&Certification) -> bool,
) -> Result<Vec<Review>, Error> {
    let user = call.caller.user.key();
    let originals = deps.store.standing().all().await?.originals(&user);
    let mut inbox = Inbox::default();
    for whose in std::iter::once(&user).chain(&originals) {
        let (mut after, mut examined) = (None, 0);
        loop {
            let Listing { values, more } = deps.store.reaches().inbox(whose, after.as_ref(), page).await?;
            after = values.last().map(|reached| reached.review);
            examined += values.len();
            inbox.take(deps, values, &is_wanted, *whose == user).await?;
            if !more || after.is_none() || examined >= MAX_EXAMINED || inbox.wanted.len() >= MAX_OPEN {
                break;
            }
        }
    }
    inbox.reviews(deps, call, &originals).await
}

/// A review with the rows in it that somebody reaches.
struct Rows {
    review: store::certification::Review,
    own: Reach,
    for_others: Reach,
}

/// What was found so far.
#[derive(Default)]
struct Inbox {
    /// Reviews that are wanted, with the rows that are reached in their live attempt.
    wanted: HashMap<ReviewId, Rows>,
    /// Reviews that are not.
    others: HashSet<ReviewId>,
}

impl Inbox {
    async fn take(
        &mut self,
        deps: &Deps,
        values: Vec<Reached>,
        is_wanted: impl Fn(&Certification) -> bool,
        are_own: bool,
    ) -> Result<(), Error> {
        let is_new = |id: &ReviewId| !self.wanted.contains_key(id) && !self.others.contains(id);
        let mut ids: Vec<ReviewId> = values.iter().map(|reached| reached.review).filter(is_new).collect();
        ids.dedup();
        if !ids.is_empty() {
            let stored = deps.store.certifications().get_many(&ids).await?;
            self.others.extend(ids);
            for review in stored.into_iter().filter(|review| is_wanted(&review.certification)) {
                self.others.remove(&review.certification.id);
                let rows = Rows { review, own: Reach::new(), for_others: Reach::new() };
                self.wanted.insert(rows.review.certification.id, rows);
            }
        }
        for Reached { review, attempt, reach } in values {
            // The reach of an attempt that is not the live one says nothing.
            if let Some(rows) = self.wanted.get_mut(&review).filter(|held| held.review.attempt == attempt) {
                let whose = if are_own { &mut rows.own } else { &mut rows.for_others };
                whose.unite(reach);
            }
        }
        Ok(())
    }

    async fn reviews(self, deps: &Deps, call: &Call, originals: &[UserKey]) -> Result<Vec<Review>, Error> {
        let self_review = match originals {
            [] => SelfReview::CheckingDisabled,
            _ => self_review(deps).await?,
        };
        let reviews = self.wanted.into_values().map(async |rows| -> Result<Review, Error> {
            let (sight, originals) = (Sight::Own(Arc::new(rows.own)), originals.to_vec());
            let mut review = Review { sight, originals, ..Review::of_all(rows.review) };
            review.add_for_others(deps, call, self_review, rows.for_others).await?;
            Ok(review)
        });
        let mut reviews: Vec<Review> = stream::iter(reviews).buffered(AT_ONCE).try_collect().await?;
        reviews.retain(|review| !review.sight.is_empty());
        Ok(reviews)
    }
}

/// Whether people may judge their own access: the same for all reviews.
async fn self_review(deps: &Deps) -> Result<SelfReview, Error> {
    let all = deps.store.settings().ruling(None).await?;
    Ok(Settings::new(Book::default(), all, Origin::Certification).self_review())
}

#[cfg(test)]
mod tests {
    use domain::inventory::Family;
    use domain::user::{Caller, Role, User};
    use engine::simulate;

    use super::*;
    use crate::campaign;
    use crate::testing::sketch::{Sketch, text};
    use crate::testing::stand::Stand;

    #[test]
    fn an_open_review_is_found_however_many_are_over() {
        simulate(1, async {
            let stand = Stand::new();
            let sketch = Sketch::default()
                .node(Family::Application, "app", &[])
                .node(Family::Identity, "lena", &[("email", text("lena@corp.example"))])
                .node(Family::Identity, "ann", &[("manager_id", text("lena"))])
                .account("a1", &[("owner_id", text("ann"))]);
            stand.load("ds", &sketch.picture()).await.unwrap();
            let mut left = Vec::new();
            for _ in 0..5 {
                left.push(stand.start_campaign().await);
            }
            stand.drain().await;
            let lena = User {
                user_type: "Identity".to_owned(),
                id: "lena".to_owned(),
                email: "lena@corp.example".to_owned(),
                name: "lena".to_owned(),
            };
            let call = Call { caller: Caller { user: lena, role: Role::Reviewer, key_id: None }, ..stand.call() };
            loop {
                let open = |certification: &Certification| certification.phase() == Phase::Open;
                let found = found(&stand.deps, &call, 2, open).await.unwrap();
                let mut found: Vec<ReviewId> = found.iter().map(|review| review.certification.id).collect();
                found.sort_unstable();
                left.sort_unstable();
                assert_eq!(found, left);
                let Some(over) = left.pop() else { break };
                campaign::terminate(&stand.deps, &stand.call(), over).await.unwrap();
                let turn = left.len().min(1);
                left.rotate_left(turn);
            }
        });
    }
}
