//! Series of campaigns, as stored.

use domain::ids::CampaignId;
use domain::recurrence::{Frequency, Made, NameTemplate, Occurrence, Pattern, Recurrence, Rule, Series, Setup};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::user::UserRecord;
use crate::doc::Record;
use crate::error::Error;
use crate::keys;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SeriesRecord {
    #[serde(default)]
    setup: Option<SetupRecord>,
    #[serde(default)]
    next: Option<NextRecord>,
    #[serde(default)]
    made: u32,
    #[serde(default)]
    last: Option<MadeRecord>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct SetupRecord {
    pattern: PatternRecord,
    time_zone: String,
    #[serde(default)]
    until: Option<Timestamp>,
    #[serde(default)]
    count: Option<u32>,
    #[serde(default)]
    skipped: Vec<Date>,
    name: String,
    first: Timestamp,
    end: Timestamp,
    set_by: UserRecord,
    set_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum PatternRecord {
    Weekly(u32),
    Monthly(u32),
    Quarterly(u32),
    Yearly(u32),
    Rule(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct NextRecord {
    at: Timestamp,
    number: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct MadeRecord {
    at: Timestamp,
    campaign: CampaignId,
}

impl Record for SeriesRecord {
    const KIND: &'static str = "recurrence";
    const FORMAT: u32 = 1;
}

impl From<&Series> for SeriesRecord {
    fn from(series: &Series) -> Self {
        let Series { template: _, setup, next, made, last } = series;
        Self {
            setup: setup.as_ref().map(SetupRecord::from),
            next: next.map(|Occurrence { at, number }| NextRecord { at, number }),
            made: *made,
            last: last.map(|Made { at, campaign }| MadeRecord { at, campaign }),
        }
    }
}

impl From<&Setup> for SetupRecord {
    fn from(setup: &Setup) -> Self {
        let Setup { recurrence, name, first, end, set_by, set_at } = setup;
        let Recurrence { pattern, time_zone, until, count, skipped } = recurrence.clone();
        let pattern = match pattern {
            Pattern::Every { frequency: Frequency::Weekly, interval } => PatternRecord::Weekly(interval),
            Pattern::Every { frequency: Frequency::Monthly, interval } => PatternRecord::Monthly(interval),
            Pattern::Every { frequency: Frequency::Quarterly, interval } => PatternRecord::Quarterly(interval),
            Pattern::Every { frequency: Frequency::Yearly, interval } => PatternRecord::Yearly(interval),
            Pattern::ByRule(rule) => PatternRecord::Rule(rule.as_str().to_owned()),
        };
        Self {
            pattern,
            time_zone,
            until,
            count,
            skipped,
            name: name.as_str().to_owned(),
            first: *first,
            end: *end,
            set_by: set_by.into(),
            set_at: *set_at,
        }
    }
}

impl SeriesRecord {
    /// The series of campaigns made like `template`.
    pub(crate) fn into_domain(self, template: &CampaignId) -> Result<Series, Error> {
        let Self { setup, next, made, last } = self;
        Ok(Series {
            template: *template,
            setup: setup.map(|setup| setup.into_domain(template)).transpose()?,
            next: next.map(|NextRecord { at, number }| Occurrence { at, number }),
            made,
            last: last.map(|MadeRecord { at, campaign }| Made { at, campaign }),
        })
    }
}

impl SetupRecord {
    fn into_domain(self, template: &CampaignId) -> Result<Setup, Error> {
        let Self { pattern, time_zone, until, count, skipped, name, first, end, set_by, set_at } = self;
        let every = |frequency, interval| Pattern::Every { frequency, interval };
        let corrupt = |reason: String| Error::corrupt(keys::recurrence(template).to_string(), reason);
        let pattern = match pattern {
            PatternRecord::Weekly(interval) => every(Frequency::Weekly, interval),
            PatternRecord::Monthly(interval) => every(Frequency::Monthly, interval),
            PatternRecord::Quarterly(interval) => every(Frequency::Quarterly, interval),
            PatternRecord::Yearly(interval) => every(Frequency::Yearly, interval),
            PatternRecord::Rule(text) => {
                Pattern::ByRule(Rule::parse(&text).map_err(|error| corrupt(format!("the rule {error}")))?)
            }
        };
        let name = NameTemplate::parse(&name).map_err(|error| corrupt(format!("the name {error}")))?;
        let recurrence = Recurrence { pattern, time_zone, until, count, skipped };
        Ok(Setup { recurrence, name, first, end, set_by: set_by.into(), set_at })
    }
}
