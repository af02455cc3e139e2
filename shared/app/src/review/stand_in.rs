//! What people see because they stand in for others: the rows of those, but, where nobody is to judge their own access, not
//! the rows that are about themselves. Assignment would not have given them these either.
//!
//! Rows that somebody was given in person stay theirs, whatever they are about.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::page::ROWS;
use domain::settings::SelfReview;
use domain::user::User;
use store::reach::Reach;

use super::open::{Review, Sight};
use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::review::row::own;

impl Review {
    /// Adds the rows of those for whom the caller stands in to those that the caller sees. Blocks are read only where
    /// nobody is to judge their own access.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(super) async fn add_for_others(
        &mut self,
        deps: &Deps,
        call: &Call,
        self_review: SelfReview,
        for_others: Reach,
    ) -> Result<(), Error> {
        let Sight::Own(own) = &self.sight else { return Ok(()) };
        if for_others.is_empty() {
            return Ok(());
        }
        let own = Reach::clone(own);
        self.own_access = self.own_access_in(deps, &call.caller.user, self_review, [&own, &for_others]).await?;
        self.sight = Sight::Own(Arc::new(self.joined(own, for_others)));
        Ok(())
    }

    /// The rows assigned to the caller, or to somebody for whom they stand in: what they see, or of everything that they see
    /// what is to be done by them.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(super) async fn assigned_to(&self, deps: &Deps, call: &Call) -> Result<Reach, Error> {
        if let Sight::Own(reach) = &self.sight {
            return Ok(Reach::clone(reach));
        }
        let (reaches, user, id) = (deps.store.reaches(), &call.caller.user, self.id());
        let own = reaches.of(&user.key(), &id, self.attempt).await?;
        let for_others = reaches.of_others(&self.originals, &id, self.attempt, self.total()).await?;
        let self_review = self.settings(deps).await?.self_review();
        let own_access = self.own_access_in(deps, user, self_review, [&own, &for_others]).await?;
        Ok(Self { own_access, ..self.clone() }.joined(own, for_others))
    }

    /// The caller's own rows, with those of others that are not about the caller.
    fn joined(&self, mut own: Reach, mut for_others: Reach) -> Reach {
        for (page, rows) in self.own_access.pages() {
            for_others.remove(page, rows);
        }
        own.unite(for_others);
        own
    }

    /// Which of some rows are about somebody's own access; none where that does not matter.
    async fn own_access_in(
        &self,
        deps: &Deps,
        user: &User,
        self_review: SelfReview,
        among: [&Reach; 2],
    ) -> Result<Reach, Error> {
        let [own, for_others] = among;
        if self_review == SelfReview::CheckingDisabled || for_others.is_empty() {
            return Ok(Reach::new());
        }
        let layout = self.plan(deps).await?;
        let pages: BTreeSet<u32> = own.pages().chain(for_others.pages()).map(|(page, _)| page).collect();
        let place = |page: u32| layout.plan.locate(page.saturating_mul(ROWS));
        let numbers: BTreeSet<u32> = pages.iter().filter_map(|page| place(*page)).map(|(block, _)| block).collect();
        let numbers: Vec<u32> = numbers.into_iter().collect();
        let columns = own::Columns::new();
        let wanted = columns.with(&[]);
        let mut found = Reach::new();
        for block in deps.store.blocks().read_many(&self.id(), self.attempt, &numbers).await? {
            let batch = block.columns(&wanted)?;
            for (row, index) in layout.plan.rows_of(block.number()).zip(0..batch.rows()) {
                if pages.contains(&(row / ROWS)) && columns.of(&batch, index).is(user) {
                    found.add(row / ROWS, 1 << (row % ROWS));
                }
            }
        }
        Ok(found)
    }
}
