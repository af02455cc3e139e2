//! The worker of exports.
//!
//! The numbers of the rows are found and sorted first. Then rows are read some thousands at a time, made into text, and
//! handed to the document, whose bytes go to the object store as they come. What is held in memory is the numbers of all
//! rows, and the text of some.

use domain::export::{Document, Format, Head, Unwritten};
use domain::ids::{JobId, RowId};
use domain::settings::Settings;
use sha2::{Digest, Sha256};
use store::job::{Ending, Job, Part};

use super::FOLDER;
use super::allowed::{may_export, most_rows, sight};
use super::columns::{self, Chosen, Comparison};
use super::compare::{self, Difference};
use super::facts::{self, Totals};
use super::order::Order;
use super::portion::{READ, require_time};
use super::written::Written;
use crate::call::Call;
use crate::deps::{Deps, Growing, Label};
use crate::error::Error;
use crate::loading::jobs::{self, Left, Worked};
use crate::review::Dialect;
use crate::review::list::every::{self, Wanted};
use crate::review::open::{Review, read};
use crate::review::row::assemble::{self, Known};
use crate::settings::{in_sight, order_of};

/// How many rows are text at the same time.
const PORTION: usize = 8_192;
/// How many bytes are sent together.
const SENT: usize = 1 << 20;

/// Who writes documents. A port of its own, because the libraries that do so are large and one function alone needs them.
pub trait Formats: Send + Sync {
    /// Begins a document; what can be sent already is appended to `out`.
    ///
    /// # Errors
    /// [`Unwritten`].
    fn begin(&self, format: Format, head: Head, out: &mut Vec<u8>) -> Result<Box<dyn Document>, Unwritten>;
}

/// How a delivery ended, unless something failed.
enum Outcome {
    Written(Written),
    CalledOff,
}

/// Writes the file that a job is about.
///
/// # Errors
/// Passing difficulties alone: the message is to be delivered again. Everything else is recorded with the job.
pub async fn work(deps: &Deps, job: JobId, formats: &dyn Formats, left: Left<'_>) -> Result<Worked, Error> {
    let Some(job) = jobs::take_up(deps, &job).await? else { return Ok(Worked::Repeated) };
    let worked = Box::pin(settle(deps, &job, formats, left)).await;
    jobs::ended(deps, &job, worked).await
}

async fn settle(deps: &Deps, job: &Job, formats: &dyn Formats, left: Left<'_>) -> Result<Worked, Error> {
    let end = async |ending: Ending| deps.store.jobs().end(&job.id, &ending, deps.clock.now()).await;
    match carry_out(deps, job, formats, left).await {
        Ok(Outcome::Written(written)) => {
            let rows = written.rows;
            let result = serde_json::to_string(&written).map_err(|error| Error::Bug(error.to_string()))?;
            end(Ending::Completed { result: Some(result), processed: Some(rows) }).await?;
            Ok(Worked::Completed { rows })
        }
        Ok(Outcome::CalledOff) => {
            end(Ending::Cancelled).await?;
            Ok(Worked::Cancelled)
        }
        Err(error) if error.retryable() => Err(error),
        Err(error) => {
            tracing::warn!(job = %job.id, %error, "an export cannot be written");
            end(Ending::Failed { error: reason(&error) }).await?;
            Ok(Worked::Failed)
        }
    }
}

/// What a client is told about a failure. What went wrong inside is for the log alone.
fn reason(error: &Error) -> String {
    match error {
        Error::NotFound(_) => "the certification is not there any more".to_owned(),
        Error::TooLarge(what) => what.clone(),
        Error::Forbidden(_) | Error::Invalid(_) => "what was asked for is not allowed any more".to_owned(),
        Error::Refused(_)
        | Error::Stale
        | Error::Unacknowledged(_)
        | Error::Partly { .. }
        | Error::Unavailable(_)
        | Error::Bug(_) => "an internal error, which has been logged".to_owned(),
    }
}

async fn carry_out(deps: &Deps, job: &Job, formats: &dyn Formats, left: Left<'_>) -> Result<Outcome, Error> {
    if job.cancel {
        return Ok(Outcome::CalledOff);
    }
    jobs::require_hope(job)?;
    let order: Order = jobs::input(job)?;
    let call = Call {
        caller: order.caller()?,
        command: domain::ids::CommandId::new(job.id.uuid()),
        repeatable: true,
        if_match: None,
        now: deps.clock.now(),
        request_id: job.id.to_string(),
    };
    let Contents { review, rows, columns, before, head } = Contents::of(deps, &call, &order, left).await?;
    let format = order.format()?;
    let lines = rows.len() + before.as_ref().map_or(0, |before| before.removed.len());
    let (lines, most) = (u64::try_from(lines).unwrap_or(u64::MAX), most_rows(deps, format));
    if lines > most {
        return Err(Error::TooLarge(format!(
            "{lines} rows, where a file has at most {most}: export parts by a filter"
        )));
    }
    let label = Label { media_type: format.media_type(), file_name: facts::file_name(&head.title, call.now, format) };
    let object = format!("{FOLDER}{}/{}/{}", job.id.uuid(), deps.ids.uuid(), label.file_name);
    let growing = deps.objects.begin(&object, &label).await?;
    let mut file = File { growing, pending: Vec::new(), hash: Sha256::new(), bytes: 0 };
    let before = before.as_ref();
    let from = Source { deps, call: &call, review: &review, job, columns: &columns, rows: &rows, before, left };
    match from.write(formats, format, head, &mut file).await {
        Ok(true) => {
            let (bytes, sha256) = file.finish().await?;
            Ok(Outcome::Written(Written {
                object,
                rows: from.lines_in_all(),
                bytes,
                sha256,
                sight: sight(&review, &call),
            }))
        }
        Ok(false) => {
            file.growing.abort().await;
            Ok(Outcome::CalledOff)
        }
        Err(error) => {
            file.growing.abort().await;
            Err(error)
        }
    }
}

/// What a file will hold, worked out before it is begun.
struct Contents {
    review: Review,
    rows: Vec<RowId>,
    columns: Vec<Chosen>,
    before: Option<Before>,
    head: Head,
}

impl Contents {
    /// What somebody who asked for it may take along now.
    async fn of(deps: &Deps, call: &Call, order: &Order, left: Left<'_>) -> Result<Self, Error> {
        let review = read(deps, call, order.review, Dialect::Certification).await?.rows()?;
        let settings = review.settings(deps).await?;
        if !may_export(call.caller.role, order.format()?, &settings) {
            return Err(Error::forbidden());
        }
        let hidden = review.hidden_columns(call);
        let wanted = wanted(order, &settings, &hidden)?.in_sight(&hidden)?;
        let rows = match review.plan(deps).await {
            Ok(layout) => every::rows(deps, call, &review, &layout, &wanted).await?,
            // Nothing is laid out before the rows are built.
            Err(_) if review.total() == 0 => Vec::new(),
            Err(error) => return Err(error),
        };
        let columns = columns::chosen(&settings.columns().shown, &hidden);
        let before = match order.previous {
            Some(previous) => {
                let before = compare::before(deps, call, &review, &settings, previous).await?;
                Some(Before::of(deps, call, (&review, before), order, (&wanted, &hidden), left).await?)
            }
            None => None,
        };
        let compared = before.iter().flat_map(|before| before.comparison.columns());
        let head = Head {
            title: facts::title(&review, order),
            facts: facts::head(deps, call, (&review, before.as_ref().map(|before| &before.review)), order, rows.len())
                .await?,
            columns: columns.iter().map(Chosen::column).chain(compared).collect(),
            made_at: call.now,
        };
        Ok(Self { review, rows, columns, before, head })
    }
}

/// Which rows, in which order: that of the list of results, unless another was asked for.
fn wanted(order: &Order, settings: &Settings, hidden: &[String]) -> Result<Wanted, Error> {
    let asked = order.order();
    let usual = || order_of(&in_sight(&settings.view_sort(), hidden));
    Wanted::new(&order.rows(), &if asked.is_empty() { usual() } else { asked })
}

/// Where the rows of a file come from.
struct Source<'a> {
    deps: &'a Deps,
    call: &'a Call,
    review: &'a Review,
    job: &'a Job,
    columns: &'a [Chosen],
    rows: &'a [RowId],
    before: Option<&'a Before>,
    left: Left<'a>,
}

/// The review that a file compares with.
struct Before {
    review: Review,
    comparison: Comparison,
    /// Its rows that are gone. To reviewers, who see their own rows alone, nothing is told of rows that nobody has.
    removed: Vec<RowId>,
}

impl Before {
    async fn of(
        deps: &Deps,
        call: &Call,
        (review, before): (&Review, Review),
        order: &Order,
        (wanted, hidden): (&Wanted, &[String]),
        left: Left<'_>,
    ) -> Result<Self, Error> {
        // Nothing is decided on what is gone, so that no filter on decisions lets it pass.
        let told = call.sees_all_rows() && order.mutable_filter.is_none();
        let removed = match told {
            true => compare::removed(deps, call, (review, &before), wanted, left).await?,
            false => Vec::new(),
        };
        Ok(Self { review: before, comparison: Comparison::new(hidden), removed })
    }
}

impl Source<'_> {
    /// Writes the whole file; `false` when nobody wants it any more.
    async fn write(&self, formats: &dyn Formats, format: Format, head: Head, file: &mut File) -> Result<bool, Error> {
        if jobs::resume(self.deps, self.job, self.lines_in_all()).await?.is_none() {
            return Ok(false);
        }
        let mut document = formats.begin(format, head, &mut file.pending).map_err(bug)?;
        let mut totals = Totals::default();
        let removed = self.before.map(|before| before.removed.as_slice()).unwrap_or_default();
        let portions = self.rows.chunks(PORTION).map(|rows| (rows, false));
        let portions = portions.chain(removed.chunks(PORTION).map(|rows| (rows, true)));
        for (number, (portion, gone)) in (0_u32..).zip(portions) {
            require_time(self.left)?;
            let lines = match gone {
                false => self.lines(portion, &mut totals).await?,
                true => self.lines_of_removed(portion, &mut totals).await?,
            };
            for line in lines {
                document.row(&line, &mut file.pending).map_err(bug)?;
                file.send().await?;
            }
            let done = Part { processed: u64::try_from(portion.len()).unwrap_or(0), ..Part::default() };
            if !jobs::finish_range(self.deps, self.job, number, &done).await? {
                return Ok(false);
            }
        }
        for piece in document.finish(&totals.facts()).map_err(bug)? {
            file.pending.extend(piece.map_err(bug)?);
            file.send().await?;
        }
        Ok(true)
    }

    /// The texts of some rows, in their order. They are read in the order of their numbers, so that no block is read
    /// twice for them.
    async fn lines(&self, portion: &[RowId], totals: &mut Totals) -> Result<Vec<Vec<String>>, Error> {
        let mut places: Vec<(RowId, usize)> = portion.iter().copied().zip(0..).collect();
        places.sort_unstable();
        let mut lines: Vec<Vec<String>> = vec![Vec::new(); portion.len()];
        for some in places.chunks(READ) {
            let ids: Vec<RowId> = some.iter().map(|(row, _)| *row).collect();
            let rows = assemble::rows(self.deps, self.call, self.review, &ids, Known::default()).await?;
            let likes = match self.before {
                Some(before) => compare::alike(self.deps, self.call, &before.review, &rows).await?,
                None => Vec::new(),
            };
            for (number, ((_, place), row)) in some.iter().zip(&rows).enumerate() {
                totals.add(row);
                let mut texts: Vec<String> = self.columns.iter().map(|column| column.text(row)).collect();
                if let (Some(before), Some(like)) = (self.before, likes.get(number)) {
                    let difference = if like.is_some() { Difference::Unchanged } else { Difference::Added };
                    totals.differs(difference);
                    texts.extend(before.comparison.texts(difference, like.as_ref()));
                }
                if let Some(line) = lines.get_mut(*place) {
                    *line = texts;
                }
            }
        }
        Ok(lines)
    }

    /// The texts of rows that the review before alone has.
    async fn lines_of_removed(&self, portion: &[RowId], totals: &mut Totals) -> Result<Vec<Vec<String>>, Error> {
        let Some(before) = self.before else { return Ok(Vec::new()) };
        let mut lines = Vec::with_capacity(portion.len());
        for some in portion.chunks(READ) {
            for row in assemble::rows(self.deps, self.call, &before.review, some, Known::default()).await? {
                totals.differs(Difference::Removed);
                let own = self.columns.iter().map(|column| column.of_removed(&row));
                lines.push(own.chain(before.comparison.texts(Difference::Removed, Some(&row))).collect());
            }
        }
        Ok(lines)
    }

    /// How many lines the file has: rows, and those that are gone.
    fn lines_in_all(&self) -> u64 {
        let removed = self.before.map_or(0, |before| before.removed.len());
        u64::try_from(self.rows.len() + removed).unwrap_or(u64::MAX)
    }
}

/// The file on its way to the object store.
struct File {
    growing: Box<dyn Growing>,
    pending: Vec<u8>,
    hash: Sha256,
    bytes: u64,
}

impl File {
    /// Sends what is pending, once it is worth it.
    async fn send(&mut self) -> Result<(), Error> {
        if self.pending.len() >= SENT { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> Result<(), Error> {
        let bytes = std::mem::take(&mut self.pending);
        self.hash.update(&bytes);
        self.bytes += u64::try_from(bytes.len()).unwrap_or(0);
        Ok(self.growing.write(bytes).await?)
    }

    /// How long it is, and its hash.
    async fn finish(mut self) -> Result<(u64, String), Error> {
        self.flush().await?;
        self.growing.finish().await?;
        let digest: [u8; 32] = self.hash.finalize().into();
        Ok((self.bytes, domain::page::hex::encode(&digest)))
    }
}

fn bug(error: Unwritten) -> Error {
    Error::Bug(format!("a document: {error}"))
}
