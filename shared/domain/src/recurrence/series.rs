//! A campaign that others are made like, again and again: how far that has come.

use jiff::Timestamp;

use super::{NameTemplate, Occurrence, Recurrence};
use crate::ids::CampaignId;
use crate::user::User;

/// What somebody set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// When.
    pub recurrence: Recurrence,
    /// What each campaign is called.
    pub name: NameTemplate,
    /// When the first campaign starts: the one that the others are made like.
    pub first: Timestamp,
    /// When the first campaign ends.
    pub end: Timestamp,
    /// By whom: they are the creator of what is made.
    pub set_by: User,
    /// When it was set up.
    pub set_at: Timestamp,
}

/// The last campaign that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// The time that it was made for.
    pub at: Timestamp,
    /// The campaign.
    pub campaign: CampaignId,
}

/// Campaigns made like one, again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// The campaign that the others are made like.
    pub template: CampaignId,
    /// What is set up; `None` once it is called off. What was made stays on record, so that nothing is made twice when it
    /// is set up anew.
    pub setup: Option<Setup>,
    /// The next time; `None` when there is none.
    pub next: Option<Occurrence>,
    /// How many campaigns were made.
    pub made: u32,
    /// The last of them.
    pub last: Option<Made>,
}

impl Series {
    /// Sets up, or sets up anew: from `now` on, and never again for a time that something was made for.
    #[must_use]
    pub fn set(before: Option<Self>, template: CampaignId, setup: Setup, now: Timestamp) -> Self {
        let (made, last) = before.map_or((0, None), |before| (before.made, before.last));
        let after = last.map_or(now, |last| last.at.max(now));
        let next = setup.recurrence.next(setup.first, after);
        Self { template, next, setup: Some(setup), made, last }
    }

    /// Calls off: nothing is made any more.
    #[must_use]
    pub fn called_off(self) -> Self {
        Self { setup: None, next: None, ..self }
    }

    /// Notes that `campaign` was made for the next time. Every time is made up for, one after the other, however late.
    #[must_use]
    pub fn made(self, campaign: CampaignId) -> Self {
        let Some(Occurrence { at, .. }) = self.next else { return self };
        let next = self.setup.as_ref().and_then(|setup| setup.recurrence.next(setup.first, at));
        Self { next, made: self.made.saturating_add(1), last: Some(Made { at, campaign }), ..self }
    }

    /// What is to be made at `now`, if anything is due.
    #[must_use]
    pub fn due(&self, now: Timestamp) -> Option<(&Setup, Occurrence)> {
        let next = self.next.filter(|next| next.at <= now)?;
        Some((self.setup.as_ref()?, next))
    }
}

impl Setup {
    /// The following times, at most `count` of them.
    #[must_use]
    pub fn upcoming(&self, next: Option<Occurrence>, count: usize) -> Vec<Timestamp> {
        let Some(next) = next else { return Vec::new() };
        let times = self.recurrence.times(self.first).skip_while(|occurrence| occurrence.at < next.at);
        times.take(count).map(|occurrence| occurrence.at).collect()
    }

    /// When a campaign for a time ends that is made at `now`: as long after it as the first one does. A time that is over
    /// by then gets its whole length from now on, so that the review can still be done.
    #[must_use]
    pub fn end_for(&self, occurrence: Occurrence, now: Timestamp) -> Option<Timestamp> {
        let end = |from| self.recurrence.end_of(from, self.first, self.end);
        end(occurrence.at).filter(|end| *end > now).or_else(|| end(now))
    }

    /// What a campaign for a time is called that is made like one called `name`; at most `max` characters.
    #[must_use]
    pub fn name_for(&self, occurrence: Occurrence, name: &str, max: usize) -> String {
        let zone = super::time_zone(&self.recurrence.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
        let whole = self.name.render(name, zone.to_datetime(occurrence.at), occurrence.number);
        whole.chars().take(max).collect::<String>().trim().to_owned()
    }
}
