//! Certifications: META, what they were built from, how they are laid out, and the COUNT items that count decisions and
//! fence them off.
//!
//! Up to sixteen COUNT items hold the counts, each changed by the decisions whose command id selects it, so that no two
//! decisions share a hot item; one query reads them all. The first is written by the publication and says how many rows
//! there are, and until when decisions are accepted. The others come into being with the first decision on them, or when
//! somebody moves the due date or closes the certification, which writes all of them.
//!
//! A decision is made on condition that its COUNT item lets it through ([`Fence`]). Whoever closes a certification reads all
//! of them, checks the completion rule, and flips META and all sixteen in one transaction on condition that none has
//! changed or come into being: no decision slips in between. That there are rows to decide on stands in META, and once
//! said is never taken back.

use domain::counts::Counts;
use domain::ids::{ReviewId, WorkflowId};
use domain::review::{CertState, Certification};
use domain::settings::Origin;
use domain::user::UserKey;
use jiff::Timestamp;

use crate::Store;
use crate::doc::{self, Listing, Stored};
use crate::error::Error;
use crate::expr::Expr;
use crate::item::{self, Fields, Item};
use crate::keys::{self, COUNT_SHARDS, Kind, List};
use crate::records::CertificationRecord;
use crate::table::{Query, Read, Write};
use crate::tx::Tx;

mod fence;
pub(crate) mod layout;

pub use fence::{Closed, Fence};
pub use layout::Plan;

/// The partition of the index of due times in which certifications that close by themselves are found.
const DUE: &str = "CERT";

/// A certification as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Review {
    /// The certification; its `version` is the one to name in changes.
    pub certification: Certification,
    /// The live attempt: part of the keys of everything derived.
    pub attempt: u32,
    /// The commands that wrote this version and those before.
    pub commands: Vec<domain::ids::CommandId>,
}

impl Review {
    /// As [`Stored::is_by`].
    pub fn is_by(&self, command: domain::ids::CommandId) -> bool {
        self.commands.contains(&command)
    }
}

pub(crate) fn of(stored: Stored<CertificationRecord>) -> Review {
    let Stored { value, version, command, earlier } = stored;
    let commands = command.into_iter().chain(earlier).collect();
    Review { attempt: value.attempt, certification: value.into_domain(version), commands }
}

/// Exact counts, with the state of the fence.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// Rows by status.
    pub counts: Counts,
    /// All rows; 0 before the certification is published.
    pub total: i64,
    /// Whether decisions are accepted.
    pub open: bool,
    /// After which instant no decision is accepted, whether or not somebody has closed the certification by then.
    pub due: Option<Timestamp>,
    /// The last change of any row.
    pub updated: Option<(Timestamp, UserKey)>,
    /// In which dialect the certification was created; `None` before it is published, and for one that was published
    /// before this was noted.
    pub origin: Option<Origin>,
    /// Whether the certification is deleted: it is not found, though its counts stay as evidence.
    pub deleted: bool,
    /// The versions of the COUNT items: what closing is conditional on.
    versions: Vec<u64>,
}

impl Tally {
    /// Rows neither decided nor flagged.
    pub fn pending(&self) -> i64 {
        self.counts.pending(self.total)
    }
}

/// Certifications.
#[derive(Debug, Clone, Copy)]
pub struct Certifications<'a>(&'a Store);

impl Store {
    /// Certifications.
    pub fn certifications(&self) -> Certifications<'_> {
        Certifications(self)
    }
}

impl<'a> Certifications<'a> {
    pub(crate) fn store(&self) -> &'a Store {
        self.0
    }

    /// One certification, read consistently.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn get(&self, id: &ReviewId) -> Result<Option<Review>, Error> {
        Ok(self.0.load(&keys::review_meta(id)).await?.map(of))
    }

    /// One certification, read consistently, also when it was deleted and is kept as evidence.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn get_kept(&self, id: &ReviewId) -> Result<Option<Review>, Error> {
        let item = self.0.table().get(&keys::review_meta(id), Read::Consistent).await?;
        Ok(item.as_ref().map(doc::read_kept).transpose()?.flatten().map(of))
    }

    /// Several certifications, read consistently; those that do not exist are left out. The order is that of `ids`.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn get_many(&self, ids: &[ReviewId]) -> Result<Vec<Review>, Error> {
        let items = self.0.table().batch_get(ids.iter().map(keys::review_meta).collect(), Read::Consistent).await?;
        let mut reviews = Vec::with_capacity(items.len());
        for item in items {
            reviews.extend(doc::read(&item)?.map(of));
        }
        reviews.sort_by_key(|review| ids.iter().position(|id| *id == review.certification.id));
        Ok(reviews)
    }

    /// The certifications of a workflow, the last started first, then by id; at most `limit` behind the one that
    /// `after` names.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn list(
        &self,
        workflow: &WorkflowId,
        after: Option<(Timestamp, ReviewId)>,
        limit: usize,
    ) -> Result<Listing<Review>, Error> {
        let list = List::Reviews(workflow);
        let after = after.map(|(at, id)| keys::newest_first(&list, at, id).sk);
        let found = self.0.load_list(&list, after.as_deref(), limit).await?;
        Ok(Listing { values: found.values.into_iter().map(of).collect(), more: found.more })
    }

    /// How many certifications a workflow has.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn number(&self, workflow: &WorkflowId) -> Result<usize, Error> {
        self.0.count_list(&List::Reviews(workflow)).await
    }

    /// Certifications whose due time lies at or before `now`, at most `limit`, the longest overdue first. The index
    /// may lag: read each one before acting on it.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<ReviewId>, Error> {
        self.0.due(DUE, now, limit).await
    }

    /// Counts and fence in one query of about one read unit; [`Tally::default`] before the certification is published.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn tally(&self, id: &ReviewId) -> Result<Tally, Error> {
        let query = Query::prefix(keys::review_partition(id), keys::COUNT_PREFIX, Read::Consistent);
        let items = self.0.table().query(&query).await?.items;
        let mut tally = Tally { versions: vec![0; usize::from(COUNT_SHARDS)], ..Tally::default() };
        for item in &items {
            add_shard(&mut tally, item)?;
        }
        Ok(tally)
    }
}

const ORIGINS: [Origin; 2] = [Origin::Campaign, Origin::Certification];

const fn word_of(origin: Origin) -> &'static str {
    match origin {
        Origin::Campaign => "campaign",
        Origin::Certification => "certification",
    }
}

fn add_shard(tally: &mut Tally, item: &Item) -> Result<(), Error> {
    let shard = keys::parse_count(item.get_text(keys::SORT)?);
    let shard = shard.ok_or_else(|| Error::corrupt(item.label(), "not the key of a count"))?;
    if let Some(version) = tally.versions.get_mut(usize::from(shard)) {
        *version = doc::version_of(item);
    }
    if shard == 0 {
        // Automations decide before the publication, which says both.
        tally.total = item.maybe_number("total").unwrap_or(0);
        tally.open = item.get_flag("open");
        tally.due = item.maybe_time("due");
        let origin = item.maybe_text("origin");
        tally.origin = origin.and_then(|word| ORIGINS.into_iter().find(|origin| word == word_of(*origin)));
        tally.deleted = doc::is_gone(item);
    }
    let count = |name: &str| item.maybe_number::<i64>(name).unwrap_or(0);
    tally.counts += Counts {
        accepted: count("acc"),
        rejected: count("rej"),
        fixed: count("fix"),
        flagged: count("flg"),
        signed_off: count("sig"),
    };
    if let (Some(at), Some(by)) = (item.maybe_time("at"), item.maybe_text("by")) {
        let by: UserKey = by.parse().map_err(|error| Error::corrupt(item.label(), error))?;
        if tally.updated.as_ref().is_none_or(|(held, _)| *held < at) {
            tally.updated = Some((at, by));
        }
    }
    Ok(())
}

impl Tx<'_> {
    /// Adds a new certification, whose first attempt is `attempt`, to the table and to its workflow's list.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn insert_certification(&mut self, certification: &Certification, attempt: u32) -> Result<(), Error> {
        let key = keys::review_meta(&certification.id);
        self.insert(key.clone(), &CertificationRecord::new(certification, attempt))?;
        let list = List::Reviews(&certification.workflow_id);
        self.list(keys::newest_first(&list, certification.started_at, certification.id), &key);
        self.count_use(Kind::Workflow, certification.workflow_id);
        Ok(())
    }

    /// Adds a change of a certification that leaves its fence alone, from `version`: a name, a failure, a new attempt.
    /// `due` must be that of the fence, as long as it is open.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn update_certification(
        &mut self,
        certification: &Certification,
        attempt: u32,
        version: u64,
        due: Option<Timestamp>,
    ) -> Result<(), Error> {
        let key = keys::review_meta(&certification.id);
        let record = CertificationRecord::new(certification, attempt);
        let mut item = doc::item(&key, &record, version + 1, self.command())?;
        if let Some(due) = due {
            doc::due(&mut item, DUE, due, &certification.id.to_string());
        }
        self.replace_item("certification", key, item, version);
        Ok(())
    }

    /// Adds another beginning of a certification whose rows could not be built, from `before` to `next`, as `attempt`. Its
    /// place in its workflow's list follows the time at which it begins.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn restart_certification(
        &mut self,
        before: &Certification,
        next: &Certification,
        attempt: u32,
    ) -> Result<(), Error> {
        self.update_certification(next, attempt, before.version, None)?;
        let list = List::Reviews(&next.workflow_id);
        let [from, to] = [before, next].map(|it| keys::newest_first(&list, it.started_at, it.id));
        if from != to {
            self.unlist(from);
            self.list(to, &keys::review_meta(&next.id));
        }
        Ok(())
    }

    /// Adds the publication of an attempt: META and the first COUNT item, whatever the due date is. Decisions are accepted
    /// from then on, up to and including `due`, if there is one: who decides brings it along ([`Fence`]). `origin` stands in
    /// the count, so that whoever asks for counts through one dialect need not read whether there is a campaign.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn publish_certification(
        &mut self,
        certification: &Certification,
        attempt: u32,
        version: u64,
        due: Option<Timestamp>,
        origin: Origin,
    ) -> Result<(), Error> {
        self.update_certification(certification, attempt, version, due)?;
        let set_due = if due.is_some() { ", #due = :due" } else { "" };
        let set = format!("SET #open = :open, #total = :total, #origin = :origin{set_due} ADD #rev :one");
        let mut expr = Expr::update(set)
            .value(":origin", item::text(word_of(origin)))
            .value(":open", item::flag(true))
            .value(":total", item::number(certification.total));
        if let Some(due) = due {
            expr = expr.value(":due", item::time(due));
        }
        self.count(certification, 0, expr);
        Ok(())
    }

    /// Adds a change of a certification together with its due time: META and all COUNT items, so that whoever decides on an
    /// older one is told.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn move_certification(
        &mut self,
        certification: &Certification,
        attempt: u32,
        version: u64,
        due: Option<Timestamp>,
    ) -> Result<(), Error> {
        self.update_certification(certification, attempt, version, due)?;
        for shard in 0..COUNT_SHARDS {
            let expr = match due {
                Some(due) => Expr::update("SET #due = :due ADD #rev :one").value(":due", item::time(due)),
                None => Expr::update("REMOVE #due ADD #rev :one"),
            };
            let expr = expr.value(":open", item::flag(true)).when("attribute_not_exists(#open) OR #open = :open");
            self.count(certification, shard, expr);
        }
        Ok(())
    }

    /// Adds the closing of a certification (completed, terminated, expired) that was decided on `tally`: no decision is
    /// accepted from then on, and none can have come since the tally was read.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn close_certification(
        &mut self,
        certification: &Certification,
        attempt: u32,
        version: u64,
        tally: &Tally,
    ) -> Result<(), Error> {
        self.update_certification(certification, attempt, version, None)?;
        for (shard, version) in (0..COUNT_SHARDS).zip(&tally.versions) {
            let expr = Expr::update("SET #open = :shut ADD #rev :one").value(":shut", item::flag(false));
            let expr = match version {
                0 => expr.when("attribute_not_exists(#rev)"),
                version => expr
                    .when("(attribute_not_exists(#open) OR #open = :open) AND #rev = :rev")
                    .value(":open", item::flag(true))
                    .value(":rev", item::number(*version)),
            };
            self.count(certification, shard, expr);
        }
        Ok(())
    }

    /// Adds a change of a COUNT item, which is another version from then on.
    fn count(&mut self, certification: &Certification, shard: u8, expr: Expr) {
        let key = keys::count(&certification.id, shard);
        self.plan("a count", key.clone(), None, Write::Update(key, expr.value(":one", item::number(1))));
    }

    /// Adds the deletion of a certification: it answers as if it had never been, and leaves its workflow's list. The
    /// record of a closed one stays as evidence (`keep`).
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn delete_certification(
        &mut self,
        certification: &Certification,
        attempt: u32,
        version: u64,
        keep: bool,
    ) -> Result<(), Error> {
        let record = CertificationRecord::new(certification, attempt);
        self.delete(keys::review_meta(&certification.id), &record, version, keep)?;
        let list = List::Reviews(&certification.workflow_id);
        self.unlist(keys::newest_first(&list, certification.started_at, certification.id));
        if certification.state == CertState::Searching && certification.automation_run.is_none() {
            return Ok(());
        }
        // Whoever reads nothing but the counts learns it from the first of them.
        let gone =
            Expr::update("SET #gone = :gone, #open = :shut ADD #rev :one").value(":gone", item::time(self.now()));
        self.count(certification, 0, gone.value(":shut", item::flag(false)));
        if !keep {
            // No decision that is under way comes in behind the sweep of its rows.
            for shard in 1..COUNT_SHARDS {
                let shut = Expr::update("SET #open = :shut ADD #rev :one").value(":shut", item::flag(false));
                self.count(certification, shard, shut);
            }
        }
        Ok(())
    }
}
