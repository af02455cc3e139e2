//! A command on pages of one certification.

use domain::counts::Counts;
use domain::ids::{CommandId, ReviewId};
use domain::user::UserKey;
use jiff::Timestamp;

use crate::certification::Fence;
use crate::expr::Expr;
use crate::item;
use crate::keys::{self, Key};
use crate::table::Write;

/// A command on pages of one certification.
#[derive(Debug, Clone)]
pub struct Command {
    /// The certification.
    pub review: ReviewId,
    /// The live attempt of the certification: whose reach a reassignment changes.
    pub attempt: u32,
    /// The id of the command, the same for every retry of the call.
    pub id: CommandId,
    /// Whether an earlier life of the command may have written something, as when an idempotency key is seen again
    /// after a crash. Looking far back into the log is spared otherwise.
    pub repeated: bool,
    /// Who acts.
    pub actor: UserKey,
    /// The time of the command; it is judged against the due time.
    pub now: Timestamp,
    /// What it makes of the end of the certification.
    pub fence: Fence,
}

impl Command {
    /// The COUNT item of the command, which carries the fence.
    pub(super) fn count_write(&self, delta: Counts) -> Write {
        let key: Key = keys::count(&self.review, keys::count_shard(&self.id));
        let update = "ADD #acc :acc, #rej :rej, #fix :fix, #flg :flg, #sig :sig, #rev :one SET #at = :at, #by = :by";
        let expr = Expr::update(update)
            .value(":acc", item::number(delta.accepted))
            .value(":rej", item::number(delta.rejected))
            .value(":fix", item::number(delta.fixed))
            .value(":flg", item::number(delta.flagged))
            .value(":sig", item::number(delta.signed_off))
            .value(":one", item::number(1))
            .value(":at", item::time(self.now))
            .value(":by", item::text(self.actor.as_str()));
        Write::Update(key, self.fence.guard(expr, self.now))
    }
}
