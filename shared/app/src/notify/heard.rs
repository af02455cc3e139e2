//! From an event of the bus to what people may be mailed about.

use domain::ids::ReviewId;
use domain::user::UserKey;
use jiff::Timestamp;
use serde::Deserialize;

use crate::error::Error;
use crate::event::received::{self, Received};

/// Something that people may be mailed about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The event's id: the same whenever it comes.
    pub(super) id: String,
    /// When it happened.
    pub(super) at: Timestamp,
    /// Who did it.
    pub(super) actor: Option<UserKey>,
    /// Where.
    pub(super) review: ReviewId,
    /// What.
    pub(super) what: What,
}

/// What happened to a review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// There are rows to decide.
    Began,
    /// It may be due at another time.
    Changed,
    /// Nothing is decided any more, because it is completed.
    Completed,
    /// Nothing is decided any more, because its due date has passed.
    Expired,
    /// Nothing is decided any more, for another reason.
    Ended,
    /// These people review rows from now on that they did not review before.
    Reassigned(Vec<UserKey>),
}

/// What is looked at of all types of events.
#[derive(Deserialize)]
struct Data {
    #[serde(alias = "campaign", alias = "certification")]
    review: ReviewId,
    #[serde(default)]
    changes: Vec<Change>,
    /// Whom rows were given to; `None` in what was told before that was told of.
    added: Option<Vec<UserKey>>,
}

#[derive(Deserialize)]
struct Change {
    #[serde(default)]
    reviewers: Vec<UserKey>,
}

impl Heard {
    /// Reads an event of the bus; `None` for one that nobody is mailed about.
    ///
    /// # Errors
    /// [`Error::Bug`] for what is no event of this product.
    pub fn of(detail: &str) -> Result<Option<Self>, Error> {
        let Received::<Data> { id, r#type, time, actor, data } = received::read(detail)?;
        let what = match r#type.as_str() {
            "campaign.activated" | "certification.opened" => What::Began,
            "campaign.updated" | "certification.updated" => What::Changed,
            "campaign.completed" | "certification.completed" => What::Completed,
            "campaign.expired" | "certification.expired" => What::Expired,
            "campaign.terminated" => What::Ended,
            // What a machine assigns is part of how rows find their reviewers: nobody is mailed for each such row.
            "row.reassigned" if actor.as_ref().is_some_and(|actor| !actor.is_system()) => {
                let all = || data.changes.into_iter().flat_map(|change| change.reviewers).collect();
                let mut people: Vec<UserKey> = data.added.unwrap_or_else(all);
                people.sort_unstable();
                people.dedup();
                // Whoever takes rows over knows it.
                people.retain(|person| Some(person) != actor.as_ref());
                What::Reassigned(people)
            }
            _ => return Ok(None),
        };
        Ok(Some(Self { id, at: time, actor, review: data.review, what }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sample of an event in the documentation.
    fn sample(kind: &str) -> String {
        let path = format!("{}/../../docs/events/{kind}.sample.json", env!("CARGO_MANIFEST_DIR"));
        let event: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        event["detail"].to_string()
    }

    #[test]
    fn each_event_of_the_rule_is_something_to_mail_about() {
        for (kind, expected) in [
            ("campaign.activated", What::Began),
            ("certification.opened", What::Began),
            ("campaign.updated", What::Changed),
            ("certification.updated", What::Changed),
            ("campaign.completed", What::Completed),
            ("certification.completed", What::Completed),
            ("campaign.expired", What::Expired),
            ("certification.expired", What::Expired),
            ("campaign.terminated", What::Ended),
        ] {
            assert_eq!(Heard::of(&sample(kind)).unwrap().unwrap().what, expected, "{kind}");
        }
        let What::Reassigned(people) = Heard::of(&sample("row.reassigned")).unwrap().unwrap().what else { panic!() };
        assert!(!people.is_empty(), "{people:?}");
    }

    #[test]
    fn who_reviewed_the_rows_before_is_not_told_that_they_are_given_to_them() {
        let told = sample("row.reassigned");
        let added = r#","added":["Identity/ines","Identity/omar"]"#;
        assert!(told.contains(added), "{told}");
        let people = |told: &str| match Heard::of(told).unwrap().unwrap().what {
            What::Reassigned(people) => people.iter().map(ToString::to_string).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        assert_eq!(people(&told.replace(added, r#","added":["Identity/ines"]"#)), ["Identity/ines"]);
        assert_eq!(people(&told.replace(added, "")), ["Identity/ines", "Identity/omar"], "an event of long ago");
    }

    /// The types of events that the rule of the bus hands to the queue of mails.
    fn ruled() -> Vec<String> {
        let path = format!("{}/../../template.yaml", env!("CARGO_MANIFEST_DIR"));
        let template = std::fs::read_to_string(path).unwrap();
        let rule = template.split_once("\n  NotifyRule:").unwrap().1;
        let types = rule.split_once("detail-type: [").unwrap().1.split_once(']').unwrap().0;
        types.split(',').map(|kind| kind.trim().to_owned()).collect()
    }

    #[test]
    fn the_rule_of_the_bus_hands_over_what_people_are_mailed_about_and_nothing_else() {
        let mut heard = Vec::new();
        for file in std::fs::read_dir(format!("{}/../../docs/events", env!("CARGO_MANIFEST_DIR"))).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            let Some(kind) = name.strip_suffix(".sample.json") else { continue };
            // What is not about a review is none of its business.
            if Heard::of(&sample(kind)).is_ok_and(|heard| heard.is_some()) {
                heard.push(kind.to_owned());
            }
        }
        heard.sort();
        assert_eq!(ruled(), heard);
    }

    #[test]
    fn nobody_is_mailed_about_decisions_or_about_what_a_machine_assigns() {
        for kind in ["row.decided", "row.signed_off"] {
            assert_eq!(Heard::of(&sample(kind)).unwrap(), None, "{kind}");
        }
        let by_rule = sample("row.reassigned").replace("\"actor\":\"Identity/lena\"", "\"actor\":\"system/system\"");
        assert!(by_rule.contains("system/system"), "{by_rule}");
        assert_eq!(Heard::of(&by_rule).unwrap(), None);
        assert!(Heard::of("{}").is_err() && Heard::of("no json").is_err());
    }
}
