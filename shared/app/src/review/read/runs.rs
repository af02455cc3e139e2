//! The run history of a campaign: a line for each account, read off what was decided about it.

use std::sync::Arc;

use domain::ids::ReviewId;
use domain::refusal::Refusal;
use domain::run::{Outcome, Response};
use jiff::Timestamp;

use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::page::Page;
use crate::review::input::ListInput;
use crate::review::list::line::{Circumstances, Line};
use crate::review::list::{self, Asked};
use crate::review::open::{Dialect, Entered, Review, read};
use crate::review::row::RowView;

/// A line of the run history.
#[derive(Debug, Clone)]
pub struct LineView {
    /// The account's row.
    pub row: RowView,
    /// The e-mail address of who answered; of who is to answer, as long as nobody has.
    pub approver: Option<String>,
    /// How they answered.
    pub response: Response,
    /// When; `None` without an answer.
    pub answered_at: Option<Timestamp>,
    /// What came of the answer; `None` while there is none, or while that is not known.
    pub outcome: Option<Outcome>,
}

/// The run history of a campaign, from its beginning on and after its end.
///
/// # Errors
/// [`Error::NotFound`] when there is no such campaign; [`Error::Refused`] while it has no rows; [`Error::Invalid`] on
/// `after` for a cursor of another list, filter or order.
pub async fn run_history(deps: &Deps, call: &Call, id: ReviewId, input: ListInput) -> Result<Page<LineView>, Error> {
    let asked = Asked::of(id, Dialect::Campaign, input)?.with_answers();
    let review = match read(deps, call, id, Dialect::Campaign).await? {
        Entered::NotStarted(_) => return Err(Refusal::NotStarted.into()),
        Entered::Open(review) => review,
    };
    let unreached = Arc::new(deps.store.letters().unreached(&id).await?);
    let review = Review { unreached, ..*review };
    let circumstances = review.circumstances();
    Ok(list::within(deps, call, &review, asked).await?.map(|row| view(&circumstances, row)))
}

fn view(circumstances: &Circumstances, row: RowView) -> LineView {
    let line = Line::of(circumstances, &row.state, row.decided_by.as_ref(), &row.reviewers);
    let Line { approver, response, answered_at, outcome } = line;
    LineView { approver: approver.map(str::to_owned), response, answered_at, outcome, row }
}
