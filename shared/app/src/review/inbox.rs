//! The open reviews in which a reviewer has rows.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use domain::ids::ReviewId;
use domain::review::{Certification, Phase};
use domain::user::UserKey;
use store::Listing;
use store::reach::{Reach, Reached};

use super::open::{Review, Sight};
use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;

/// How many open reviews a reviewer's inbox holds.
const MAX_OPEN: usize = 2_000;
/// How many reviews one page of an inbox holds.
const PAGE: usize = 500;
/// How many reviews of one person are looked at, open or not: what somebody reviews in decades. Reviews that are over stay
/// in the inbox, and their ids say nothing about when they were.
const MAX_EXAMINED: usize = 20_000;

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
    let pairs = deps.store.standing().delegates().await?.value;
    let originals = pairs.into_iter().filter(|(_, delegate)| *delegate == user).map(|(original, _)| original);
    let originals: Vec<UserKey> = originals.collect();
    let mut inbox = Inbox::default();
    for user in std::iter::once(&user).chain(&originals) {
        let (mut after, mut examined) = (None, 0);
        loop {
            let Listing { values, more } = deps.store.reaches().inbox(user, after.as_ref(), page).await?;
            after = values.last().map(|reached| reached.review);
            examined += values.len();
            inbox.take(deps, values, &is_wanted).await?;
            if !more || after.is_none() || examined >= MAX_EXAMINED || inbox.wanted.len() >= MAX_OPEN {
                break;
            }
        }
    }
    Ok(inbox.reviews(&originals))
}

/// What was found so far.
#[derive(Default)]
struct Inbox {
    /// Reviews that are wanted, with the rows that are reached in their live attempt.
    wanted: HashMap<ReviewId, (store::certification::Review, Reach)>,
    /// Reviews that are not.
    others: HashSet<ReviewId>,
}

impl Inbox {
    async fn take(
        &mut self,
        deps: &Deps,
        values: Vec<Reached>,
        is_wanted: impl Fn(&Certification) -> bool,
    ) -> Result<(), Error> {
        let is_new = |id: &ReviewId| !self.wanted.contains_key(id) && !self.others.contains(id);
        let mut ids: Vec<ReviewId> = values.iter().map(|reached| reached.review).filter(is_new).collect();
        ids.dedup();
        if !ids.is_empty() {
            let stored = deps.store.certifications().get_many(&ids).await?;
            self.others.extend(ids);
            for review in stored.into_iter().filter(|review| is_wanted(&review.certification)) {
                self.others.remove(&review.certification.id);
                self.wanted.insert(review.certification.id, (review, Reach::new()));
            }
        }
        for Reached { review, attempt, reach } in values {
            // The reach of an attempt that is not the live one says nothing.
            if let Some((_, own)) = self.wanted.get_mut(&review).filter(|(held, _)| held.attempt == attempt) {
                own.unite(reach);
            }
        }
        Ok(())
    }

    fn reviews(self, originals: &[UserKey]) -> Vec<Review> {
        let reached = self.wanted.into_values().filter(|(_, reach)| !reach.is_empty());
        let review = |(stored, own)| Review {
            sight: Sight::Own(Arc::new(own)),
            originals: originals.to_vec(),
            ..Review::of_all(stored)
        };
        reached.map(review).collect()
    }
}

#[cfg(test)]
mod tests {
    use domain::inventory::Family;
    use domain::user::{Caller, Role, User};
    use engine::simulate;

    use super::*;
    use crate::campaign;
    use crate::loading::stand::Stand;
    use crate::loading::testing::{Sketch, text};

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
