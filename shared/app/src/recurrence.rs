//! Campaigns that are made again and again, each like the first one.
//!
//! What is set up stands beside the first campaign. A schedule looks every minute for times that have come and makes a
//! campaign for each, one after the other, however late. The campaign and the step of the series to the next time are
//! one transaction under an id that follows from the series and the time, so that a time has exactly one campaign,
//! whether the schedule fires twice, a function dies anywhere, or nothing ran for a month.

mod input;
mod make;

use domain::ids::CampaignId;
use domain::recurrence::{Series, Setup};
use jiff::Timestamp;
use store::Stored;

pub use input::RecurrenceInput;
pub use make::{Due, make_due};

use crate::call::Call;
use crate::campaign;
use crate::deps::Deps;
use crate::error::Error;
use crate::event::{self, Event};
use crate::outgoing::{self, Told};
use crate::retry::Again;

/// How many of the following times are shown.
const SHOWN: usize = 5;

/// A series of campaigns as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecurrenceView {
    /// The series.
    pub series: Series,
    /// What is set up.
    pub setup: Setup,
    /// The following times, the next one first.
    pub upcoming: Vec<Timestamp>,
    /// Its version: the ETag.
    pub version: u64,
}

fn view(stored: Stored<Series>) -> Result<RecurrenceView, Error> {
    let Stored { value: series, version, .. } = stored;
    let setup = series.setup.clone().ok_or_else(Error::not_found)?;
    Ok(RecurrenceView { upcoming: setup.upcoming(series.next, SHOWN), setup, series, version })
}

/// When campaigns like one are made.
///
/// # Errors
/// [`Error::NotFound`] when there is no such campaign, and when none is made like it.
pub async fn get(deps: &Deps, id: CampaignId) -> Result<RecurrenceView, Error> {
    let _ = campaign::load(deps, id).await?;
    view(deps.store.recurrences().get(&id).await?.ok_or_else(Error::not_found)?)
}

/// Sets up, or sets up anew, when campaigns like one are made: from now on, at the time of day at which it starts, each
/// as long as it. Its dates are those of this moment.
///
/// # Errors
/// [`Error::NotFound`] when there is no such campaign; [`Error::Invalid`]; [`Error::Stale`].
pub async fn set(deps: &Deps, call: &Call, id: CampaignId, input: RecurrenceInput) -> Result<RecurrenceView, Error> {
    let mut again = Again::new();
    loop {
        let template = campaign::load(deps, id).await?.value;
        let stored = deps.store.recurrences().get(&id).await?;
        if let Some(stored) = stored.as_ref().filter(|stored| stored.is_by(call.command)) {
            return view(stored.clone());
        }
        call.expects(stored.as_ref().map_or(0, |stored| stored.version))?;
        let setup = input::checked(&input, &template, call)?;
        let version = stored.as_ref().map(|stored| stored.version);
        let series = Series::set(stored.map(|stored| stored.value), id, setup, call.now);
        if series.next.is_none() {
            return Err(Error::invalid(input::what_ends(&input), "leaves no time from now on"));
        }
        let mut tx = deps.store.write(call.command, call.now);
        tx.put_series(&series, version)?;
        event::tell_by(&mut tx, call, &Event::CampaignUpdated((&template).into()))?;
        match tx.commit().await {
            Err(error) if again.after(&error).await => {}
            Err(error) => return Err(error.into()),
            Ok(committed) => {
                outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
                return view(Stored::written(series, version.unwrap_or(0) + 1, call.command));
            }
        }
    }
}

/// Stops making campaigns like one. Those that were made stay.
///
/// # Errors
/// [`Error::NotFound`] when there is no such campaign, and when none is made like it; [`Error::Stale`].
pub async fn end(deps: &Deps, call: &Call, id: CampaignId) -> Result<(), Error> {
    let mut again = Again::new();
    loop {
        let template = campaign::load(deps, id).await?.value;
        let stored = deps.store.recurrences().get(&id).await?.ok_or_else(Error::not_found)?;
        if stored.is_by(call.command) {
            return Ok(());
        }
        if stored.value.setup.is_none() {
            return Err(Error::not_found());
        }
        call.expects(stored.version)?;
        let mut tx = deps.store.write(call.command, call.now);
        tx.put_series(&stored.value.called_off(), Some(stored.version))?;
        event::tell_by(&mut tx, call, &Event::CampaignUpdated((&template).into()))?;
        match tx.commit().await {
            Err(error) if again.after(&error).await => {}
            Err(error) => return Err(error.into()),
            Ok(committed) => {
                outgoing::dispatch(deps, committed.outgoing, Told::Marked).await;
                return Ok(());
            }
        }
    }
}
