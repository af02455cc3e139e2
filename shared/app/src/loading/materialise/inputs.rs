//! What an attempt is built from, frozen before anything else is done.

use domain::assignment::Rules;
use domain::ids::{ReviewId, SnapshotId};
use domain::policy::Policy;
use domain::review::{
    Campaign, CampaignCommand, CampaignQuery, Certification, Condition, ConditionValue, Scope, step_campaign,
};
use domain::settings::{
    Book, BuiltIn, IdentityProvider, Origin, OutlierDetection, SelfReview, Setting, Settings, Value as Chosen,
};
use domain::user::User;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Stored;
use store::enter::Site;
use store::job::Job;
use store::policy::FrozenPolicy;
use store::settings::FrozenValue;
use store::snapshot::Snapshot;

use super::build::{self, Question};
use crate::deps::Deps;
use crate::error::Error;
use crate::loading::evidence::past::{self, Previous};
use crate::loading::jobs::building::OrderRecord;
use crate::loading::population::campaign;
use crate::loading::sources::current::Version;
use crate::loading::sources::snapshot;
use crate::loading::sources::snapshot::{Sight, Source};
use crate::policy;
use crate::rule::ask;
use crate::rule::order::FrozenRule;
use crate::settings;
use crate::standing::Settled;

/// Read by every step after the first. Evidence of how the population came about, so that nothing is ever taken from
/// it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Inputs {
    format: u32,
    attempt: u32,
    snapshot: SnapshotId,
    /// The instant that ages are judged by.
    pub(crate) as_of: Timestamp,
    self_review_checking: bool,
    order: OrderRecord,
    /// What a campaign covers; absent for a certification, whose query never changes.
    campaign: Option<Covered>,
    /// The rules that a campaign evaluates as soon as its rows are in place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) evaluated: Vec<FrozenRule>,
    /// What administrators had chosen that rows are built by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    settings: Vec<FrozenValue>,
    /// The policies that a campaign checks its accounts against.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    policies: Vec<FrozenPolicy>,
    /// The review whose decisions count as experience.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) previous: Option<Previous>,
    /// Who must not be assigned, and who stands in for whom.
    #[serde(default, skip_serializing_if = "Settled::is_empty")]
    pub(crate) settled: Settled,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Covered {
    applications: Vec<String>,
    account_types: Vec<String>,
    query: Value,
}

const FORMAT: u32 = 1;
/// The settings that rows are built by.
const FROZEN: [Setting; 2] = [Setting::IdentityProvider, Setting::Outliers];

impl Inputs {
    /// Freezes the inputs of an attempt, and notes on its campaign that its rows are being built; or reads what is frozen
    /// already. With the snapshot that they name.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a snapshot that does not exist; [`Error::Unavailable`].
    pub(crate) async fn freeze(
        deps: &Deps,
        job: &Job,
        order: &OrderRecord,
        site: &mut Site,
    ) -> Result<(Self, Snapshot), Error> {
        let mut versions = None;
        for _ in 0..snapshot::TRIES {
            if let Some(text) = &site.inputs {
                let inputs = Self::read(&order.review, text)?;
                let snapshot = deps.store.snapshots().get(&inputs.snapshot()?).await?;
                return Ok((inputs, snapshot.ok_or_else(Error::not_found)?.value));
            }
            let sight = wanted(deps, order, &mut versions).await?;
            let campaign = site.campaign.as_ref().map(|stored| &stored.value);
            let evaluated = ask::in_use(deps, &site.rules).await?;
            let policies = policy::active_of(deps, &site.policies).await?;
            let policies = policies.iter().map(|(policy, threshold)| FrozenPolicy::new(policy, *threshold)).collect();
            let previous = previous(deps, order, site).await?;
            let settings = chosen(deps, order, site).await?;
            let settled = Settled::of(deps, site.standing.clone()).await?;
            let collected = Self::collect(job, order, sight.snapshot.id, campaign, &settings)?;
            let inputs = Self { previous, evaluated, policies, settled, ..collected };
            if inputs.write(deps, order, site, &sight).await? {
                return Ok((inputs, sight.snapshot));
            }
        }
        Err(super::busy())
    }

    /// Writes the inputs, their snapshot and the campaign's new state together, and answers whether they stand. Leaves in
    /// `site` what stands then, whoever wrote it.
    ///
    /// The command is named after the inputs: of two workers with one message, which may see different things, the one
    /// that comes second is not to take the other's inputs for its own.
    async fn write(&self, deps: &Deps, order: &OrderRecord, site: &mut Site, sight: &Sight) -> Result<bool, Error> {
        let text = serde_json::to_string(self).map_err(|error| Error::Bug(format!("the inputs: {error}")))?;
        let now = deps.clock.now();
        let mut tx = deps.store.write(order.command(&format!("freeze\0{text}")), now);
        tx.freeze_inputs(&order.review, order.attempt, &text);
        if sight.is_new {
            tx.insert_snapshot(&sight.snapshot)?;
        }
        let mut running = None;
        if let Some(held) = &site.campaign {
            let next = step_campaign(&held.value, CampaignCommand::Run, now)?;
            if next != held.value {
                tx.update_campaign(&next, held.version)?;
                running = Some(Stored::written(next, held.version + 1, tx.command()));
            }
        }
        match tx.commit().await {
            Ok(_nothing_to_send) => {
                site.inputs = Some(text);
                site.campaign = running.or(site.campaign.take());
                Ok(true)
            }
            Err(error) if error.is_conflict() => {
                *site = deps.store.certifications().site_to_build(&order.review, order.attempt).await?;
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn collect(
        job: &Job,
        order: &OrderRecord,
        snapshot: SnapshotId,
        campaign: Option<&Campaign>,
        settings: &Settings,
    ) -> Result<Self, Error> {
        let campaign = if order.campaign {
            let plan = campaign.ok_or_else(Error::not_found)?.plan.clone();
            Some(Covered {
                applications: plan.scope.applications,
                account_types: plan.scope.account_types,
                query: campaign::record(&plan.query),
            })
        } else {
            None
        };
        let frozen = FROZEN.iter().map(|setting| FrozenValue::new(&settings.value(*setting)));
        Ok(Self {
            format: FORMAT,
            attempt: order.attempt,
            snapshot,
            as_of: job.created_at,
            self_review_checking: settings.self_review() == SelfReview::CheckingEnabled,
            order: order.clone(),
            campaign,
            evaluated: Vec::new(),
            settings: frozen.collect::<Result<_, _>>()?,
            previous: None,
            policies: Vec::new(),
            settled: Settled::default(),
        })
    }

    /// What is frozen already.
    ///
    /// # Errors
    /// [`Error::Bug`] for a text that holds no inputs.
    pub(crate) fn read(review: &ReviewId, text: &str) -> Result<Self, Error> {
        serde_json::from_str(text)
            .map_err(|error| Error::Bug(format!("the inputs of {review}: {}", store::label::of_fault(&error))))
    }

    /// The picture of the inventory that is reviewed.
    pub(crate) fn snapshot(&self) -> Result<SnapshotId, Error> {
        if self.format == FORMAT {
            Ok(self.snapshot)
        } else {
            Err(Error::Bug(format!("inputs of format {}", self.format)))
        }
    }

    /// What the review asks for.
    pub(crate) fn question(&self, certification: &Certification) -> Result<Question, Error> {
        let Some(covered) = &self.campaign else {
            let (query, named) = (Box::new(certification.query_used.clone()), self.order.identities.clone());
            return Ok(Question::Pairs { query, named });
        };
        let Covered { applications, account_types, query } = covered.clone();
        let list = |name: &str| conditions(query.get(name)).ok_or_else(|| Error::Bug(format!("the frozen {name}")));
        Ok(Question::Accounts {
            scope: Scope { applications, account_types },
            query: CampaignQuery {
                inclusion_filters: list("inclusion_filters")?,
                exclusion_filters: list("exclusion_filters")?,
            },
        })
    }

    /// What asked for the rows.
    pub(crate) fn order(&self) -> &OrderRecord {
        &self.order
    }

    /// The policies that accounts are checked against, with their thresholds.
    pub(crate) fn policies(&self) -> Vec<(Policy, Option<f64>)> {
        self.policies.iter().cloned().map(FrozenPolicy::thaw).collect()
    }

    /// Who reviews.
    pub(crate) fn rules(&self, order: &OrderRecord) -> Rules {
        self.settled.rules(order.assignment(), User::from(order.creator.clone()), self.self_review())
    }

    /// Whose identities the users are.
    pub(crate) fn provider(&self) -> IdentityProvider {
        let thawed = self.settings.iter().find_map(|value| match value.thaw()? {
            Chosen::IdentityProvider(provider) => Some(provider),
            _ => None,
        });
        thawed.unwrap_or_else(|| IdentityProvider::built_in(self.origin()))
    }

    /// With whom access is compared.
    fn outliers(&self) -> OutlierDetection {
        let thawed = self.settings.iter().find_map(|value| match value.thaw()? {
            Chosen::Outliers(detection) => Some(detection),
            _ => None,
        });
        thawed.unwrap_or_else(|| OutlierDetection::built_in(self.origin()))
    }

    fn origin(&self) -> Origin {
        if self.order.campaign { Origin::Campaign } else { Origin::Certification }
    }

    /// What was chosen about the review before it was built.
    pub(crate) fn chosen(&self, order: &OrderRecord) -> build::Chosen {
        build::Chosen { rules: self.rules(order), provider: self.provider(), outliers: self.outliers() }
    }

    /// Whether people may be made reviewers of their own access.
    pub(crate) fn self_review(&self) -> SelfReview {
        if self.self_review_checking { SelfReview::CheckingEnabled } else { SelfReview::CheckingDisabled }
    }
}

/// The settings that hold for a review as it is about to be built.
async fn chosen(deps: &Deps, order: &OrderRecord, site: &Site) -> Result<Settings, Error> {
    let origin = if order.campaign { Origin::Campaign } else { Origin::Certification };
    let all = site.settings.clone();
    match &site.review {
        Some(review) => settings::of_workflow(deps, all, review.certification.workflow_id, origin).await,
        None => Ok(Settings::new(Book::default(), all, origin)),
    }
}

/// The review before a campaign's: the last completed one of the same workflow. Only a campaign that was made from another
/// shares a workflow with an earlier one.
async fn previous(deps: &Deps, order: &OrderRecord, site: &Site) -> Result<Option<Previous>, Error> {
    let copied = site.campaign.as_ref().is_some_and(|campaign| campaign.value.template_id.is_some());
    match site.review.as_ref().filter(|_| order.campaign && copied) {
        Some(review) => past::previous(deps, &review.certification.workflow_id, &order.review).await,
        None => Ok(None),
    }
}

/// The snapshot that the order asks for; one of the inventory as it is now when it asks for that. The versions are kept, so
/// that another try shows the same inventory.
async fn wanted(deps: &Deps, order: &OrderRecord, seen: &mut Option<Vec<Version>>) -> Result<Sight, Error> {
    let snapshots = deps.store.snapshots();
    let given = match order.wanted()? {
        Source::Given(id) => Some(snapshots.get(&id).await?.ok_or_else(Error::not_found)?.value),
        Source::Latest => snapshots.latest().await?,
        Source::Current => None,
    };
    let now = deps.clock.now();
    match (given, seen.take()) {
        (Some(snapshot), _) => Ok(Sight { snapshot, is_new: false }),
        (None, versions) => {
            let versions = match versions {
                Some(versions) => versions,
                None => snapshot::versions(deps, now).await?,
            };
            snapshot::sight(deps, seen.insert(versions), now).await
        }
    }
}

fn conditions(list: Option<&Value>) -> Option<Vec<Condition>> {
    list?.as_array()?.iter().map(condition).collect()
}

/// Reads what [`campaign::record`] wrote.
fn condition(body: &Value) -> Option<Condition> {
    let text = |name: &str| body.get(name)?.as_str().map(str::to_owned);
    let value = match body.get("value") {
        None | Some(Value::Null) => None,
        Some(Value::Bool(value)) => Some(ConditionValue::Bool(*value)),
        Some(Value::String(value)) => Some(ConditionValue::Text(value.clone())),
        Some(Value::Number(value)) => match value.as_i64() {
            Some(whole) => Some(ConditionValue::Int(whole)),
            None => Some(ConditionValue::Float(value.as_f64()?)),
        },
        Some(Value::Array(_) | Value::Object(_)) => return None,
    };
    Some(Condition { entity: text("entity")?, field: text("field")?, operator: text("operator")?, value })
}
