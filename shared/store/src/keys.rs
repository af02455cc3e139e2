//! Every key of the table and every question it answers. Only this module formats keys, and a question that is not
//! listed here is not asked: nothing scans the table.
//!
//! `a` is an attempt of a materialisation, `s` a shard of 0..16. Reads marked *strong* are consistent, because a
//! command or an answer decides on them; the others read what never changes once it can be found, so that an eventual
//! read is right.
//!
//! | question | index | partition | sort | reads |
//! |---|---|---|---|---|
//! | a certification | table | `CERT#<id>` | `META` | strong |
//! | what an attempt was built from | table | `CERT#<id>` | `INPUTS#<a>` | eventual |
//! | how an attempt is laid out: header, block starts | table | `CERT#<id>` | `PLAN#<a>` | eventual |
//! | zone maps of 128 blocks | table | `CERT#<id>` | `ZONES#<a>#<n>` | eventual |
//! | batch groups, 256 in an item | table | `CERT#<id>` | `GROUPS#<a>#<n>` | strong |
//! | who reaches rows of an attempt | table | `CERT#<id>` | `REVIEWERS#<a>#<n>` | strong |
//! | whom no mail about a certification has reached | table | `CERT#<id>` | `CONTACT#<hash of the user>` | strong |
//! | when the reviewers of a certification are reminded next | table | `CERT#<id>` | `REMINDER` | strong |
//! | counts, and whether decisions are accepted | table | `CERT#<id>` | `COUNT#<s>`, all 16 in one query | strong |
//! | frozen rows: 512 in a block, which continues where it passes 350 KB | table | `CERT#<id>#<a>#B#<s>`, s = number / 16 mod 16 | `BLOCK#<number>`, `BLOCKX#<number>#<k>` | eventual |
//! | the row of an identity | table | `CERT#<id>#<a>#K#<bucket>` | `LOOKUP` | eventual |
//! | campaigns that covered an application, the last started first | table | `APP#<hash of its id>` | `CERT#<inverted time>#<id>` | eventual |
//! | what was decided on 64 rows | table | `CERT#<id>#P#<s>`, s = page / 128 mod 16 | `STATE#<page>` | strong |
//! | the commands on a page, in order | table | `CERT#<id>#P#<s>` | `LOG#<page>#<seq>` | strong |
//! | the text of a note | table | `CERT#<id>#P#<s>` | `NOTE#<page>#<seq>#<tag>` | strong |
//! | rows that a user may act on, the user's certifications | table | `USER#<user>` | `REACH#<id>#<a>#<chunk>`, 16,384 pages a chunk | strong |
//! | a user | table | `USER#<user>` | `PROFILE` | strong |
//! | users by e-mail | table | `EMAIL#<lower case>` | `USER#<user>` | eventual |
//! | the deny list of reviewers; who stands in for whom | table | `REVIEWERS` | `DENIED`, `DELEGATES` | strong |
//! | in which version who stands in for whom, and the settings for everything, are to be gone by | table | `SETTLED` | `VERSIONS` | strong |
//! | small aggregates: campaign, workflow, snapshot, data source, provider, job, upload, rule, policy, help page, settings, quick filter, smart action, automation | table | `<KIND>#<id>` | `META` | strong |
//! | the rules of a campaign; the job that evaluates them; its policies | table | `CAMPAIGN#<id>` | `RULES`, `EVALUATION`, `POLICIES` | strong |
//! | the campaigns in which a rule is enabled, or a policy applied | table | `RULE#<id>`, `POLICY#<id>` | `USES` | strong |
//! | all automations, and what is said of all workflows at once | table | `AUTOMATIONS` | `ROSTER` | strong |
//! | whether a call has said something of attachments | table | `AUTOMATIONS` | `SAID#<command>` | strong |
//! | a version of an automation; a former one of a rule or policy | table | `AUTOMATION#<id>`, `RULE#<id>`, `POLICY#<id>` | `V#<version>` | strong |
//! | what is said of the automations of a workflow | table | `WORKFLOW#<id>` | `AUTOMATIONS` | strong |
//! | when campaigns like one are made again | table | `CAMPAIGN#<id>` | `RECURRENCE` | strong |
//! | whether somebody waits to see if a review is ready to complete by itself | table | `CERT#<id>` | `READY` | strong |
//! | small aggregates in their order, newest first where they have a time | table | `LIST#<kind>`, `LIST#CERT#<workflow>` | `<inverted time>#<id>`, or `<id>` | strong |
//! | what messages to a receiver are signed with | table | `SECRET#all`, `SECRET#<workflow>` | `WEBHOOK` | strong |
//! | whether a name is taken: providers, data sources of a provider | table | `NAME#<hash of scope and name>` | `META` | strong |
//! | an inventory version | table | `SOURCE#<source>#<version>` | `HEAD`, `NODES#<family>#<n>#<part>`, `EDGES#<n>#<part>`, `PERMS#<n>#<part>` | eventual |
//! | whom an id or an e-mail address means in it | table | the same | `PEOPLE@<bucket>` | eventual |
//! | how often account ids have come that no data source had | table | `INVENTORY` | `CLAIMS` | strong |
//! | what came of a delivery, for as long as it may be repeated | table | `SOURCE#<source>` | `DELIVERED#<command>` | strong |
//! | the icon of a provider | table | `PROVIDER#<id>` | `ICON` | strong |
//! | the data sources of a provider | table | `LIST#PROVIDER#<provider>` | `<id>` | strong |
//! | a directory that is kept by SCIM; its users and groups | table | `SCIM#<source>` | `META`, `USER#<number>`, `GROUP#<number>` | strong |
//! | who has a value that SCIM clients look for | table | `SCIM#<source>` | `FIND#<hash>#<id>` | strong |
//! | what a command made in a directory | table | `SCIM#<source>` | `MADE#<command>` | strong |
//! | an API key by its token | table | `KEY#<sha-256 of the token>` | `META` | strong |
//! | an API key by its id | table | `KEYID#<id>` | `META` | strong |
//! | finished ranges of a job | table | `JOB#<id>` | `DONE#<first>` | strong |
//! | what a job settled when it began | table | `JOB#<id>` | `INPUTS` | strong |
//! | a mail to somebody | table | `LETTER#<id>` | `META` | strong |
//! | what is not sent yet | table | `OUT#<shard>` | `<time>#<command>#<n>`, from the sweep's watermark on | strong |
//! | how far the sweep has come | table | `OUT#<shard>#SWEEP` | `META` | strong |
//! | the answer to a repeated call | table | `IDEM#<hash of caller, operation and key>` | `META` | strong |
//! | jobs without a sign of life, certifications past due, campaigns to be made again, campaigns that start by themselves, reviews to remind of, letters that wait for more, reviews that may be ready to complete by themselves | `due` | `JOB`, `CERT`, `RECUR`, `CAMPAIGN`, `REMIND`, `LETTER`, `READY` | `<time>#<id>` | index |

use std::fmt::Display;

use domain::ids::{CampaignId, CommandId, DataSourceId, ReviewId, SnapshotId, WorkflowId};
use domain::inventory::folded_address;
use domain::note::NoteTag;
use domain::page::hex;
use domain::user::UserKey;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

mod automation;
mod kind;
mod letter;
mod secret;
mod standing;
mod work;

pub use automation::{attachments, attachments_said, roster};
pub use kind::Kind;
pub use letter::{CONTACT_PREFIX, contact, letter, reminder};

pub use secret::webhook_secret;
pub use standing::{delegates, denied, settled};
pub use work::{
    DONE_PREFIX, ending, idempotency, job, job_inputs, job_range, out, out_partition, out_shard, out_sweep, upload,
};

/// The partition key attribute.
pub const PARTITION: &str = "pk";
/// The sort key attribute.
pub const SORT: &str = "sk";
/// The attribute that holds the second after which the table may remove an item. No logic reads it.
pub const TTL: &str = "ttl";
/// The sparse index over due times.
pub const DUE_INDEX: &str = "due";
/// The partition attribute of [`DUE_INDEX`].
pub const DUE_PARTITION: &str = "dpk";
/// The sort attribute of [`DUE_INDEX`].
pub const DUE_SORT: &str = "dsk";

/// How many COUNT items a certification has; a decision updates one of them.
pub const COUNT_SHARDS: u8 = 16;
/// Over how many partitions the blocks, and the pages, of a certification spread.
pub const SHARDS: u32 = 16;
/// How many consecutive blocks share a partition.
pub const BLOCKS_PER_STRIPE: u32 = 16;
/// How many consecutive pages share a partition: the pages of one stripe of blocks.
pub const PAGES_PER_STRIPE: u32 = 128;
/// How many blocks the zone maps of one item cover.
pub const BLOCKS_PER_ZONES: u32 = 128;
/// How many pages one REACH item covers: a million rows, so that whoever enters a review reads one item by its name.
pub const PAGES_PER_REACH: u32 = 16_384;
/// Over how many partitions outgoing messages spread.
pub const OUT_SHARDS: u8 = 8;

/// The name of an item.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The partition.
    pub pk: String,
    /// The place inside the partition.
    pub sk: String,
}

impl Key {
    fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }
}

/// For messages: people do not appear in it.
impl Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::label::of_key(&self.pk, &self.sk))
    }
}

/// A time that sorts as text in its own order: milliseconds, 15 digits. Times before 1970 count as 1970.
pub fn ascending(at: Timestamp) -> String {
    format!("{:015}", at.as_millisecond().max(0))
}

/// A time that sorts as text in the opposite order: the newest comes first.
pub fn descending(at: Timestamp) -> String {
    format!("{:015}", 999_999_999_999_999 - at.as_millisecond().max(0))
}

// ---- certification ----

/// The partition of a certification's own items.
pub fn review_partition(review: &ReviewId) -> String {
    format!("CERT#{review}")
}

/// State, version, totals and times of a certification.
pub fn review_meta(review: &ReviewId) -> Key {
    Key::new(review_partition(review), "META")
}

/// What an attempt is built from.
pub fn inputs(review: &ReviewId, attempt: u32) -> Key {
    Key::new(review_partition(review), format!("INPUTS#{attempt:04}"))
}

/// How an attempt is laid out.
pub fn plan(review: &ReviewId, attempt: u32) -> Key {
    Key::new(review_partition(review), format!("PLAN#{attempt:04}"))
}

/// The zone maps of the blocks from `n` * 128 on.
pub fn zones(review: &ReviewId, attempt: u32, n: u32) -> Key {
    Key::new(review_partition(review), format!("{}{n:06}", zones_prefix(attempt)))
}

/// What the sort keys of an attempt's zone maps begin with.
pub fn zones_prefix(attempt: u32) -> String {
    format!("ZONES#{attempt:04}#")
}

/// The batch groups from number `n` * 256 on.
pub fn groups(review: &ReviewId, attempt: u32, n: u32) -> Key {
    Key::new(review_partition(review), format!("{}{n:06}", groups_prefix(attempt)))
}

/// What the sort keys of an attempt's batch groups begin with.
pub fn groups_prefix(attempt: u32) -> String {
    format!("GROUPS#{attempt:04}#")
}

/// A part of the list of users who reach rows of an attempt.
pub fn reviewers(review: &ReviewId, attempt: u32, n: u32) -> Key {
    Key::new(review_partition(review), format!("{}{n:06}", reviewers_prefix(attempt)))
}

/// What the sort keys of the list of reviewers of an attempt begin with.
pub fn reviewers_prefix(attempt: u32) -> String {
    format!("REVIEWERS#{attempt:04}#")
}

/// What the sort keys of the COUNT items begin with.
pub const COUNT_PREFIX: &str = "COUNT#";

/// One of the COUNT items.
pub fn count(review: &ReviewId, shard: u8) -> Key {
    Key::new(review_partition(review), format!("{COUNT_PREFIX}{shard:02}"))
}

/// Which of the COUNT items a sort key names.
pub(crate) fn parse_count(sort: &str) -> Option<u8> {
    sort.strip_prefix(COUNT_PREFIX)?.parse().ok()
}

/// The COUNT item that a command updates: by its id, so that no two commands share a hot item on purpose.
pub fn count_shard(command: &CommandId) -> u8 {
    (digest(&[&command.to_string()]).first().copied().unwrap_or(0)) % COUNT_SHARDS
}

/// The partition of the blocks of a shard.
pub fn block_partition(review: &ReviewId, attempt: u32, shard: u32) -> String {
    format!("CERT#{review}#{attempt:04}#B#{shard:02}")
}

/// The shard of a block.
pub fn block_shard(number: u32) -> u32 {
    (number / BLOCKS_PER_STRIPE) % SHARDS
}

/// The first part of a block.
pub fn block(review: &ReviewId, attempt: u32, number: u32) -> Key {
    Key::new(block_partition(review, attempt, block_shard(number)), format!("BLOCK#{number:06}"))
}

/// A further part of a block, from 1 on.
pub fn block_part(review: &ReviewId, attempt: u32, number: u32, part: u32) -> Key {
    Key::new(block_partition(review, attempt, block_shard(number)), format!("BLOCKX#{number:06}#{part:03}"))
}

/// One bucket of the lookup.
pub fn lookup(review: &ReviewId, attempt: u32, bucket: u32) -> Key {
    Key::new(format!("CERT#{review}#{attempt:04}#K#{bucket:06}"), "LOOKUP")
}

// ---- pages ----

/// The shard of a page: a page lies in the shard of its block.
pub fn page_shard(page: u32) -> u32 {
    (page / PAGES_PER_STRIPE) % SHARDS
}

/// The partition of the pages of a shard.
pub fn page_partition(review: &ReviewId, shard: u32) -> String {
    format!("CERT#{review}#P#{shard:02}")
}

/// The state of a page.
pub fn state(review: &ReviewId, page: u32) -> Key {
    Key::new(page_partition(review, page_shard(page)), state_sort(page))
}

/// The sort key of a page's state.
pub fn state_sort(page: u32) -> String {
    format!("STATE#{page:06}")
}

/// What the sort keys of a page's log begin with.
pub fn log_prefix(page: u32) -> String {
    format!("LOG#{page:06}#")
}

/// An entry of a page's log.
pub fn log(review: &ReviewId, page: u32, seq: u64) -> Key {
    Key::new(page_partition(review, page_shard(page)), format!("{}{seq:010}", log_prefix(page)))
}

/// What the sort keys of a page's notes begin with.
pub fn note_prefix(page: u32) -> String {
    format!("NOTE#{page:06}#")
}

/// The text of a note: the entry that wrote it and the tag of the text name it, so that the state of a row leads to
/// it in one step, and many rows that got the same text in one command share it.
pub fn note(review: &ReviewId, page: u32, seq: u64, tag: &NoteTag) -> Key {
    let tag = hex::encode(&tag.0);
    Key::new(page_partition(review, page_shard(page)), format!("{}{seq:010}#{tag}", note_prefix(page)))
}

// ---- users ----

/// What belongs to a user.
pub fn user_partition(user: &UserKey) -> String {
    format!("USER#{user}")
}

/// The profile of a user.
pub fn profile(user: &UserKey) -> Key {
    Key::new(user_partition(user), "PROFILE")
}

/// The users of an e-mail address.
pub fn email_partition(email: &str) -> String {
    format!("EMAIL#{}", folded_address(email))
}

/// A user under an e-mail address.
pub fn email(email: &str, user: &UserKey) -> Key {
    Key::new(email_partition(email), user_partition(user))
}

/// What the sort keys of all reach items begin with.
pub const REACH_PREFIX: &str = "REACH#";

/// What the sort keys of a user's reach into an attempt of a certification begin with.
pub fn reach_prefix(review: &ReviewId, attempt: u32) -> String {
    format!("{REACH_PREFIX}{review}#{attempt:04}#")
}

/// A user's reach into the pages from `chunk` * 16,384 on.
pub fn reach(user: &UserKey, review: &ReviewId, attempt: u32, chunk: u32) -> Key {
    Key::new(user_partition(user), format!("{}{chunk:04}", reach_prefix(review, attempt)))
}

/// The certification, attempt and chunk of a reach item's sort key.
pub fn parse_reach(sort: &str) -> Option<(&str, u32, u32)> {
    let mut parts = sort.strip_prefix(REACH_PREFIX)?.split('#');
    let (review, attempt, chunk) = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().is_none().then_some((review, attempt.parse().ok()?, chunk.parse().ok()?))
}

/// An API key by the SHA-256 of its token.
pub fn api_key(hash: &[u8; 32]) -> Key {
    Key::new(format!("KEY#{}", hex::encode(hash)), "META")
}

/// Where an API key lies, by its id.
pub fn api_key_id(id: impl Display) -> Key {
    Key::new(format!("KEYID#{id}"), "META")
}

// ---- small aggregates and their lists ----

/// The item of a small aggregate.
pub fn aggregate(kind: Kind, id: impl Display) -> Key {
    Key::new(format!("{}#{id}", kind.word()), "META")
}

/// What a small aggregate said in a version.
pub fn version(kind: Kind, id: impl Display, version: u64) -> Key {
    Key::new(aggregate(kind, id).pk, format!("V#{version:010}"))
}

/// The campaigns in which something that campaigns share is in use.
pub fn uses(kind: Kind, id: impl Display) -> Key {
    Key::new(aggregate(kind, id).pk, "USES")
}

/// The icon of a provider.
pub fn provider_icon(provider: impl Display) -> Key {
    Key::new(aggregate(Kind::Provider, provider).pk, "ICON")
}

/// The rules that are assigned to a campaign.
pub fn assigned_rules(campaign: &CampaignId) -> Key {
    Key::new(aggregate(Kind::Campaign, campaign).pk, "RULES")
}

/// The policies that are applied to a campaign.
pub fn applied_policies(campaign: &CampaignId) -> Key {
    Key::new(aggregate(Kind::Campaign, campaign).pk, "POLICIES")
}

/// The last evaluation of a campaign.
pub fn evaluation(campaign: &CampaignId) -> Key {
    Key::new(aggregate(Kind::Campaign, campaign).pk, "EVALUATION")
}

/// A list of things, each entry naming one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum List<'a> {
    /// Everything of a kind.
    All(Kind),
    /// The certifications of a workflow.
    Reviews(&'a WorkflowId),
    /// The API keys.
    ApiKeys,
    /// The users.
    Users,
    /// The data sources of a provider.
    ProviderSources(&'a str),
}

/// The partition of a list.
pub fn list_partition(list: &List<'_>) -> String {
    match list {
        List::All(kind) => format!("LIST#{}", kind.word()),
        List::Reviews(workflow) => format!("LIST#CERT#{workflow}"),
        List::ApiKeys => "LIST#KEY".to_owned(),
        List::Users => "LIST#USER".to_owned(),
        List::ProviderSources(provider) => format!("LIST#PROVIDER#{provider}"),
    }
}

/// An entry of a list that is ordered by time, the newest first, then by id.
pub fn newest_first(list: &List<'_>, at: Timestamp, id: impl Display) -> Key {
    Key::new(list_partition(list), format!("{}#{id}", descending(at)))
}

/// An entry of a list that is ordered by id.
pub fn by_id(list: &List<'_>, id: impl Display) -> Key {
    Key::new(list_partition(list), id.to_string())
}

/// A name that only one thing in its scope may have, whatever its letter case.
pub fn name(scope: &str, name: &str) -> Key {
    Key::new(format!("NAME#{}", hex::encode(&digest(&[scope, &name.trim().to_lowercase()]))), "META")
}

// ---- inventory ----

/// The partition of an inventory version. Versions are named by the command that wrote them.
pub fn version_partition(source: &DataSourceId, version: &CommandId) -> String {
    format!("SOURCE#{source}#{version}")
}

/// What came of a delivery that the command of this id put in place.
pub fn delivered(source: &DataSourceId, delivery: &CommandId) -> Key {
    Key::new(aggregate(Kind::Source, source).pk, format!("DELIVERED#{delivery}"))
}

/// How often account ids have come into the inventory.
pub fn claims() -> Key {
    Key::new("INVENTORY", "CLAIMS")
}

/// The head of an inventory version.
pub fn version_head(source: &DataSourceId, version: &CommandId) -> Key {
    Key::new(version_partition(source, version), "HEAD")
}

/// A bucket of the names of people in an inventory version. Not a block: whoever reads the version passes over it.
pub fn version_people(source: &DataSourceId, version: &CommandId, bucket: u32) -> Key {
    Key::new(version_partition(source, version), format!("PEOPLE@{bucket:06}"))
}

/// A part of a block of an inventory version: `section` is `NODES#<family>`, `EDGES` or `PERMS`.
pub fn version_part(source: &DataSourceId, version: &CommandId, section: &str, n: u32, part: u32) -> Key {
    Key::new(version_partition(source, version), format!("{section}#{n:06}#{part:03}"))
}

/// The block (section and number) and the part that a sort key of an inventory version names.
pub fn parse_version_part(sort: &str) -> Option<(&str, u32)> {
    let (block, part) = sort.rsplit_once('#')?;
    Some((block, part.parse().ok()?))
}

/// A snapshot.
pub fn snapshot(id: &SnapshotId) -> Key {
    aggregate(Kind::Snapshot, id)
}

/// The sort attribute of [`DUE_INDEX`].
pub fn due(at: Timestamp, id: impl Display) -> String {
    format!("{}#{id}", ascending(at))
}

/// SHA-256 over parts, each preceded by its length, so that no two lists of parts share a digest.
pub(crate) fn digest(parts: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().into()
}

/// A request token of 36 characters, the most that the table takes.
pub(crate) fn token(parts: &[&str]) -> String {
    hex::encode(digest(parts).first_chunk::<18>().map_or(&[][..], |head| head))
}

mod coverage;
mod scim;

pub(crate) use coverage::parse_coverage;
pub use coverage::{COVERAGE_PREFIX, application_partition, coverage, recurrence};
pub(crate) use scim::parse_scim_resource;
pub use scim::{scim_find, scim_made, scim_resource};

#[cfg(test)]
mod tests;
