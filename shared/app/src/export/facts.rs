//! What a file says about itself: what was reviewed, by whom, from which picture, who exported it and when; and, when all
//! rows are written, what they come to.

use domain::export::{Fact, Format};
use domain::query::NodeSet;
use domain::review::{CertState, Certification};
use domain::row::Decision;
use jiff::Timestamp;

use super::columns::named;
use super::compare::Difference;
use super::order::Order;
use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;
use crate::review::RowView;
use crate::review::open::Review;
use crate::review::read::reviewers::reviewers;

/// How many reviewers are named.
const MAX_NAMED: usize = 20;

/// What stands in a file before its rows, of which there are `rows`.
pub(super) async fn head(
    deps: &Deps,
    call: &Call,
    (review, before): (&Review, Option<&Review>),
    order: &Order,
    rows: usize,
) -> Result<Vec<Fact>, Error> {
    let certification = &review.certification;
    let workflow = deps.store.workflows().get(&certification.workflow_id).await?;
    let workflow = workflow.map(|stored| stored.value.name).unwrap_or_default();
    let mut facts = vec![Fact::new("Review", &certification.name), Fact::new("Review id", review.id().to_string())];
    if review.campaign.is_none() {
        facts.push(Fact::new("Workflow", workflow));
    }
    facts.push(Fact::new("Scope", scope(review)));
    facts.push(Fact::new("State of the access", moment(certification.snapshot_time())));
    facts.push(Fact::new("Started", by(Some(certification.started_at), &named(&certification.created_by))));
    facts.push(Fact::new("Due", moment(certification.due_date)));
    facts.push(Fact::new("Status", status(certification)));
    facts.push(Fact::new("Reviewers", names(deps, call, review).await?));
    facts.push(Fact::new("Rows", rows_told(review, call, rows)));
    if let Some(before) = before.map(|before| &before.certification) {
        let told = format!("{} ({}), {}", before.name, before.id, status(before));
        facts.push(Fact::new("Compared with", told));
    }
    let filters = [("Filter", &order.filter), ("Filter on decisions", &order.mutable_filter)];
    let filters = filters.into_iter().filter_map(|(label, filter)| Some((label, filter.as_ref()?)));
    facts.extend(filters.map(|(label, filter)| Fact::new(label, filter)));
    facts.push(Fact::new("Exported", by(Some(call.now), &named(&call.caller.user))));
    Ok(facts)
}

/// What the file is called in itself.
pub(super) fn title(review: &Review, order: &Order) -> String {
    order.title.clone().unwrap_or_else(|| review.certification.name.clone())
}

/// The name of the file: what it is about and how it is written, without anything that a file system minds.
pub(super) fn file_name(title: &str, now: Timestamp, format: Format) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let word: String = title.chars().map(plain).collect();
    let word: Vec<&str> = word.split('-').filter(|part| !part.is_empty()).take(8).collect();
    let word = if word.is_empty() { "access-review".to_owned() } else { word.join("-") };
    format!("{word}-{}.{}", now.strftime("%Y-%m-%d"), format.extension())
}

fn scope(review: &Review) -> String {
    if let Some(campaign) = &review.campaign {
        let scope = &campaign.plan.scope;
        let of = |what: &str, values: &[String]| match values {
            [] => format!("all {what}"),
            values => format!("{what} {}", values.join(", ")),
        };
        return format!("{}; {}", of("applications", &scope.applications), of("account types", &scope.account_types));
    }
    let query = &review.certification.query_used;
    let relation = if query.no_relation { "without access to" } else { "with access to" };
    format!("{} {relation} {}", ends(&query.source_node_types), ends(&query.destination_node_types))
}

fn ends(set: &NodeSet) -> String {
    let node = |spec: &domain::query::NodeSpec| match spec.node_id.as_str() {
        "" => spec.node_type.clone(),
        id => format!("{} {id}", spec.node_type),
    };
    set.nodes.iter().map(node).collect::<Vec<_>>().join(", ")
}

fn status(certification: &Certification) -> String {
    let completed_by = certification.completed_by.as_ref().map(named).unwrap_or_default();
    match (certification.state, certification.terminated_at, certification.expired_at) {
        (_, Some(at), _) => format!("terminated {}", by(Some(at), &completed_by)),
        (_, None, Some(at)) => format!("expired {}", moment(Some(at))),
        (CertState::Completed, None, None) => {
            format!("completed {}", by(certification.completed_at, &completed_by))
        }
        (CertState::InProgress, None, None) => "in progress".to_owned(),
        (CertState::Searching, None, None) => "being prepared".to_owned(),
    }
}

fn by(at: Option<Timestamp>, who: &str) -> String {
    if who.is_empty() { moment(at) } else { format!("{} by {who}", moment(at)) }
}

/// A time as people read it, without doubt about the zone.
fn moment(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "none".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

/// Who reviews. A reviewer is told of no other.
async fn names(deps: &Deps, call: &Call, review: &Review) -> Result<String, Error> {
    if !call.sees_all_rows() {
        return Ok(named(&call.caller.user));
    }
    let mut all: Vec<String> = reviewers(deps, call, review).await?.iter().map(named).collect();
    all.sort_by_key(|name| name.to_lowercase());
    let more = all.len().saturating_sub(MAX_NAMED);
    all.truncate(MAX_NAMED);
    let shown = all.join(", ");
    Ok(if more > 0 { format!("{shown}, and {more} more") } else { shown })
}

/// How many rows the file has, and of how many, so that nobody takes a part for the whole. How many others have is told to
/// those alone who see them.
fn rows_told(review: &Review, call: &Call, rows: usize) -> String {
    let told = format!("{rows} of {}", review.total_in_sight());
    if call.sees_all_rows() { told } else { format!("{told}, assigned to {}", named(&call.caller.user)) }
}

/// What the rows of a file come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Totals {
    rows: u64,
    accepted: u64,
    rejected: u64,
    fixed: u64,
    flagged: u64,
    signed_off: u64,
    /// Rows that the review before did not have, and those that it alone has; where reviews are compared.
    differences: Option<(u64, u64)>,
}

impl Totals {
    /// Counts a row.
    pub(super) fn add(&mut self, row: &RowView) {
        let state = &row.state;
        self.rows += 1;
        match state.decision {
            Decision::Accepted => self.accepted += 1,
            Decision::Rejected => self.rejected += 1,
            Decision::Fixed => self.fixed += 1,
            Decision::None => self.flagged += u64::from(state.flagged),
        }
        self.signed_off += u64::from(state.is_signed_off());
    }

    /// Notes how a row stands to the review before.
    pub(super) fn differs(&mut self, difference: Difference) {
        let (added, removed) = self.differences.get_or_insert_default();
        match difference {
            Difference::Added => *added += 1,
            Difference::Removed => *removed += 1,
            Difference::Unchanged => {}
        }
    }

    /// The totals as they stand in the file.
    pub(super) fn facts(&self) -> Vec<Fact> {
        let Self { rows, accepted, rejected, fixed, flagged, signed_off, differences } = *self;
        let undecided = rows - accepted - rejected - fixed;
        let told = [
            ("Rows", rows),
            ("Accepted", accepted),
            ("Rejected", rejected),
            ("Fixed after rejection", fixed),
            ("Without a decision", undecided),
            ("of these flagged", flagged),
            ("Signed off", signed_off),
        ];
        let since = differences.map(|(added, removed)| [("New since then", added), ("Removed since then", removed)]);
        let told = told.into_iter().chain(since.into_iter().flatten());
        told.map(|(label, number)| Fact::new(label, number.to_string())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_after_its_title_by_plain_letters() {
        let now = "2026-05-01T08:00:00Z".parse().unwrap();
        for (title, expected) in [
            ("Vault access, June", "vault-access-june-2026-05-01.csv"),
            ("../../etc/passwd\r\n\"", "etc-passwd-2026-05-01.csv"),
            ("日本", "access-review-2026-05-01.csv"),
        ] {
            assert_eq!(file_name(title, now, Format::Csv), expected);
        }
    }
}
