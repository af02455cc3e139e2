//! What a whole campaign costs: building its rows, listing, counting, filtering, deciding.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use app::api_key::{self, WhoseKey};
use app::campaign;
use app::deps::Message;
use app::loading::ingestion::ingest;
use app::loading::materialise;
use app::review::{self, AssignmentInput, Dialect, ListInput, RowFilter, SortColumn, SortKey, Start, UserReference};
use app::{Deps, Page, rule};
use bench::figure::Figure;
use domain::automatic::Wish;
use domain::decide::Verdict;
use domain::ids::ReviewId;
use domain::inventory::Picture;
use domain::page::{Change, PageState, acts};
use domain::row::Decision;
use domain::rule::RuleKind;
use domain::user::{Role, User};
use engine::Usage;
use jiff::SignedDuration;
use store::certification::Fence;
use store::page::{Command, MAX_PAGES, PageWork};

use crate::world::World;
use crate::{Failure, bulk, inventory};

/// Requests that building a review takes however few rows it has: taking the job up, the review with what is frozen for it,
/// the directories, data sources and snapshots there are, the inputs, what small data sources consist of and what lies in
/// them, the publication, and the mark of what was told. They depend on one another, or are queries of several partitions,
/// which no request joins. What is budgeted for each row comes on top: the inventory of many rows, and their items, 25 to a
/// request.
const FIXED_REQUESTS: f64 = 10.0;
/// The reviewer of everything that has no manager.
const REVIEWER: &str = "reviewer@corp.example";

/// Measures everything over a campaign of this many rows.
pub(crate) async fn run(rows: usize) -> Result<Vec<Figure>, Failure> {
    let (world, pictures) = taken_in(rows).await?;
    let taken_in = world.usage();
    let (id, reviewer) = start(&world).await?;
    let bench = Bench { rows, id, reviewer, world };
    let mut addresses = pictures.iter().flat_map(|picture| &picture.nodes).filter_map(|node| node.addresses().next());
    let address = addresses.next_back().map(str::to_owned).unwrap_or_default();
    drop(pictures);
    let mut figures = vec![
        bench.per_row("ingest.write_units_per_row", taken_in.write_units(), "units"),
        bench.per_row("ingest.read_units_per_row", taken_in.read_units(), "units"),
        bench.per_row("ingest.requests_per_row", requests(&taken_in), "requests"),
    ];
    figures.extend(bench.sign_in(&address).await?);
    figures.extend(bench.materialise().await?);
    figures.extend(bench.lists().await?);
    figures.extend(bench.filter().await?);
    figures.extend(bench.decisions().await?);
    figures.extend(bench.filter_touched().await?);
    figures.extend(bench.rule().await?);
    if rows <= bulk::MOST_ROWS {
        figures.extend(bulk::run(&bench.world, bench.id, rows).await?);
    }
    Ok(figures)
}

/// An inventory of so many accounts, and what it was taken from; the world's usage is what that cost.
pub(crate) async fn taken_in(rows: usize) -> Result<(World, Vec<Picture>), Failure> {
    let world = World::new()?;
    let now = world.call().now;
    world.usage();
    let mut pictures = Vec::new();
    for (id, picture) in inventory::with_accounts(rows, now)? {
        ingest::put_picture(&world.deps, &world.call(), id, picture.clone()).await?;
        pictures.push(picture);
    }
    Ok((world, pictures))
}

/// A campaign of so many rows whose rows are built.
pub(crate) async fn built(rows: usize) -> Result<(World, ReviewId), Failure> {
    let (world, _) = taken_in(rows).await?;
    let (id, _) = start(&world).await?;
    for message in world.messages() {
        if let Message::Materialise { job } = message {
            materialise::work(&world.deps, job, &|| Duration::from_secs(3600)).await?;
        }
    }
    Ok((world, id))
}

/// Creates a campaign over everything and asks for its start. What has no manager falls to one reviewer, whose rows are
/// enough for a long list.
async fn start(world: &World) -> Result<(ReviewId, User), Failure> {
    let key = api_key::CreateInput {
        name: "Bench".to_owned(),
        role: Role::Reviewer,
        user: WhoseKey::Email(REVIEWER.to_owned()),
        expires_at: None,
    };
    let reviewer = api_key::create(&world.deps, &world.call(), key).await?.key.user;
    let fallback =
        UserReference { user_type: reviewer.user_type.clone(), id: reviewer.id.clone(), email: None, name: None };
    let call = world.call();
    let input = campaign::CreateInput {
        name: Some("Bench".to_owned()),
        start_date: Some(call.now),
        end_date: Some(call.now + SignedDuration::from_hours(24)),
        reviewer_assignment: Some(AssignmentInput {
            users_manager: true,
            fallback_reviewers: vec![fallback],
            ..AssignmentInput::default()
        }),
        ..campaign::CreateInput::default()
    };
    let campaign = campaign::create(&world.deps, &call, input).await?.campaign;
    campaign::start(&world.deps, &world.call(), campaign.id).await?;
    Ok((campaign.id, reviewer))
}

struct Bench {
    rows: usize,
    id: ReviewId,
    /// Who has enough rows for a long list.
    reviewer: User,
    world: World,
}

impl Bench {
    fn figure(&self, name: &str, value: f64, unit: &'static str) -> Figure {
        Figure::new(name, value, unit, self.rows)
    }

    #[expect(clippy::cast_precision_loss, reason = "figures are shown with four digits")]
    fn per_row(&self, name: &str, value: f64, unit: &'static str) -> Figure {
        self.figure(name, value / self.rows.max(1) as f64, unit)
    }

    /// Finds somebody by their e-mail address, in a function that has just started.
    async fn sign_in(&self, address: &str) -> Result<Vec<Figure>, Failure> {
        let deps = self.world.cold();
        self.world.usage();
        if app::user::known_by_email(&deps, address).await?.is_none() {
            return Err(format!("nobody is found by `{address}`").into());
        }
        let usage = self.world.usage();
        Ok(vec![
            self.figure("sign_in.read_units", usage.read_units(), "units").at_most(25.0),
            self.figure("sign_in.requests", requests(&usage), "requests").at_most(5.0),
        ])
    }

    /// Builds the rows as the worker does.
    async fn materialise(&self) -> Result<Vec<Figure>, Failure> {
        let deps = self.world.cold();
        self.world.usage();
        let started = Instant::now();
        for message in self.world.messages() {
            if let Message::Materialise { job } = message {
                materialise::work(&deps, job, &|| Duration::from_secs(3600)).await?;
            }
        }
        let seconds = started.elapsed().as_secs_f64();
        let usage = self.world.usage();
        let bytes = self.world.stored_bytes(&self.id.to_string())?;
        Ok(vec![
            self.per_row("materialise.write_units_per_row", usage.write_units(), "units").at_most(0.15),
            self.per_row("materialise.read_units_per_row", usage.read_units(), "units"),
            self.per_row("materialise.requests_per_row", requests(&usage), "requests")
                .at_most((FIXED_REQUESTS + 0.003 * count(self.rows)) / count(self.rows.max(1))),
            self.figure("materialise.rows_per_second", count(self.rows) / seconds, "rows/s"),
            self.per_row("stored_bytes_per_row", count(bytes), "bytes").at_most(140.0),
        ])
    }

    /// Lists own rows and counts everybody's.
    async fn lists(&self) -> Result<Vec<Figure>, Failure> {
        let deps = self.world.cold();
        let own = |deps: Deps| async move {
            let call = self.world.call_of(self.reviewer.clone(), Role::Reviewer);
            let page = review::list(&deps, &call, self.id, Dialect::Campaign, by_name(100)).await?;
            Ok::<_, Failure>((page, self.world.usage()))
        };
        self.world.usage();
        let (page, cold) = own(deps.clone()).await?;
        let (_, warm) = own(deps.clone()).await?;
        let listed = page.items.len();
        let results = self.results(&deps).await?;
        review::counts(&deps, &self.world.call(), self.id).await?;
        let counts = self.world.usage();
        let mut figures = vec![
            self.figure("list_100.rows", count(listed), "rows"),
            self.figure("list_100.read_units_cold", cold.read_units(), "units").at_most(16.0),
            self.figure("list_100.requests_cold", requests(&cold), "requests").at_most(3.0),
            self.figure("list_100.read_units_warm", warm.read_units(), "units").at_most(4.0),
            self.figure("list_100.requests_warm", requests(&warm), "requests").at_most(3.0),
            self.figure("counts.read_units", counts.read_units(), "units").at_most(4.0),
            self.figure("counts.requests", requests(&counts), "requests").at_most(1.0),
        ];
        figures.extend(results);
        Ok(figures)
    }

    /// The same in the other dialect: a hundred results in the usual order with their logs, by the function that has listed
    /// review items before.
    async fn results(&self, deps: &Deps) -> Result<Vec<Figure>, Failure> {
        let mut usages = Vec::new();
        for deps in [self.world.cold(), deps.clone(), deps.clone()] {
            let call = self.world.call_of(self.reviewer.clone(), Role::Reviewer);
            let input = ListInput { order: Vec::new(), with_log: true, ..by_name(100) };
            self.world.usage();
            review::list(&deps, &call, self.id, Dialect::Certification, input).await?;
            usages.push(self.world.usage());
        }
        let [cold, _, warm] = usages.as_slice() else { return Ok(Vec::new()) };
        Ok(vec![
            self.figure("results_100.read_units_cold", cold.read_units(), "units").at_most(16.0),
            self.figure("results_100.requests_cold", requests(cold), "requests").at_most(3.0),
            self.figure("results_100.read_units_warm", warm.read_units(), "units").at_most(4.0),
            self.figure("results_100.requests_warm", requests(warm), "requests").at_most(3.0),
        ])
    }

    /// A filter that the zone maps are no help with: every block holds somebody without a second factor and somebody who
    /// has not been seen for long, so that every block is read.
    fn unhelped(&self) -> RowFilter {
        let long_ago = self.world.call().now - SignedDuration::from_hours(180 * 24);
        let text = format!("source.mfa_enabled eq false and source.last_login_at lt \"{long_ago}\"");
        RowFilter { filter: Some(text), ..RowFilter::default() }
    }

    /// What it takes to read every row that matches a filter, page after page, in a function that has just started.
    async fn filter_through(&self, filter: RowFilter, suffix: &str, units: f64) -> Result<Vec<Figure>, Failure> {
        let name = format!("{}{suffix}", if self.rows == 1_000_000 { "filter_1m" } else { "filter" });
        let deps = self.world.cold();
        self.world.usage();
        let started = Instant::now();
        let mut input = ListInput { filter, order: Vec::new(), ..by_name(1_000) };
        let mut matches = 0;
        loop {
            let page: Page<_> =
                review::list(&deps, &self.world.call(), self.id, Dialect::Campaign, input.clone()).await?;
            matches += page.items.len();
            match page.next {
                Some(next) => input.start = Start::After(next),
                None => break,
            }
        }
        let (usage, seconds) = (self.world.usage(), started.elapsed().as_secs_f64());
        let mut figures = self.read(&name, &usage, seconds, units);
        figures.push(self.figure(&format!("{name}.matches"), count(matches), "rows"));
        Ok(figures)
    }

    /// The same filter, and one over decisions beside it, when somebody has decided on every page.
    async fn filter_touched(&self) -> Result<Vec<Figure>, Failure> {
        let pages: Vec<u32> = (0..u32::try_from(self.rows)?.div_ceil(domain::page::ROWS)).collect();
        let decided = vec![Change::Decided { decision: Decision::Accepted }];
        for pages in pages.chunks(MAX_PAGES) {
            let call = self.world.call();
            let command = Command {
                review: self.id,
                attempt: 1,
                id: call.command,
                repeated: false,
                actor: call.caller.user.key(),
                now: call.now,
                fence: Fence::Open,
            };
            let work = |_, _: &PageState| {
                Ok::<_, Infallible>(PageWork { acts: acts([(0, decided.clone())]), ..PageWork::default() })
            };
            let _nothing_to_send = self.world.deps.store.pages().commit(&command, pages, work).await?;
        }
        let undecided = RowFilter { mutable_filter: Some("decision eq \"NONE\"".to_owned()), ..self.unhelped() };
        self.filter_through(undecided, "_touched", 24_000.0).await
    }

    /// A rule that matches no row, though zone maps cannot tell: what it takes to judge them all.
    async fn rule(&self) -> Result<Vec<Figure>, Failure> {
        let deps = &self.world.deps;
        let input = rule::RuleInput {
            name: Some("Nobody".to_owned()),
            kind: Some(RuleKind::Account),
            condition: Some("account.mfa_enabled = false AND account.mfa_enabled = true".to_owned()),
            decision: Some(Wish::Reject),
            ..rule::RuleInput::default()
        };
        let nobody = rule::create(deps, &self.world.call(), input).await?;
        rule::assign(deps, &self.world.call(), self.id, vec![nobody.id.to_string()]).await?;
        let job = rule::evaluate(deps, &self.world.call(), self.id).await?;
        self.world.messages();
        let cold = self.world.cold();
        self.world.usage();
        let started = Instant::now();
        rule::work(&cold, job, &|| Duration::from_secs(3600)).await?;
        let (usage, seconds) = (self.world.usage(), started.elapsed().as_secs_f64());
        Ok(self.read("rule", &usage, seconds, 15_000.0))
    }

    /// Every row that matches a filter on frozen columns; and the first page of a filtered and sorted list.
    async fn filter(&self) -> Result<Vec<Figure>, Failure> {
        let filter = self.unhelped();
        let mut figures = self.filter_through(filter.clone(), "", 15_000.0).await?;
        let deps = self.world.cold();
        self.world.usage();
        let started = Instant::now();
        let by_score = SortKey { by: SortColumn::Frozen("risk.score".to_owned()), descending: true };
        let sorted = ListInput { filter, order: vec![by_score], ..by_name(50) };
        review::list(&deps, &self.world.call(), self.id, Dialect::Campaign, sorted.clone()).await?;
        let (usage, seconds) = (self.world.usage(), started.elapsed().as_secs_f64());
        figures.extend(self.read("sorted_page", &usage, seconds, 15_000.0));

        let deps = self.world.cold();
        self.world.usage();
        let started = Instant::now();
        let riskiest = ListInput { filter: RowFilter::default(), ..sorted };
        review::list(&deps, &self.world.call(), self.id, Dialect::Campaign, riskiest).await?;
        let (usage, seconds) = (self.world.usage(), started.elapsed().as_secs_f64());
        figures.extend(self.read("riskiest_page", &usage, seconds, 15_000.0));
        Ok(figures)
    }

    fn read(&self, name: &str, usage: &Usage, seconds: f64, units: f64) -> Vec<Figure> {
        vec![
            self.per_million(&format!("{name}.read_units"), usage.read_units(), units, "units"),
            self.per_million(&format!("{name}.requests"), requests(usage), 200.0, "requests"),
            self.figure(&format!("{name}.seconds"), seconds, "s"),
        ]
    }

    /// A figure whose budget is given for a million rows, or, for a first page, for a hundred thousand.
    fn per_million(&self, name: &str, value: f64, budget: f64, unit: &'static str) -> Figure {
        let figure = self.figure(name, value, unit);
        if self.rows == 1_000_000 { figure.at_most(budget) } else { figure }
    }

    /// Decides one account, then a hundred neighbours at once.
    async fn decisions(&self) -> Result<Vec<Figure>, Failure> {
        let deps = &self.world.deps;
        let call = || self.world.call_of(self.reviewer.clone(), Role::Reviewer);
        let page = review::list(deps, &call(), self.id, Dialect::Campaign, by_name(101)).await?;
        let accounts: Vec<String> =
            page.items.iter().filter_map(|row| row.frozen.text("source.id").map(str::to_owned)).collect();
        let Some((first, others)) = accounts.split_first() else { return Ok(Vec::new()) };
        let input = || review::DecideInput { verdict: Verdict::Approved, comment: None };
        review::decide(deps, &call(), self.id, first, input()).await?;
        self.world.usage();
        review::decide(deps, &call(), self.id, first, input()).await?;
        let one = self.world.usage();
        let batch = review::BatchInput { accounts: others.to_vec(), verdict: Verdict::Approved, comment: None };
        review::decide_batch(deps, &call(), self.id, batch).await?;
        let many = self.world.usage();
        let writes = |usage: &Usage| count_u64(usage.of("TransactWriteItems").requests);
        Ok(vec![
            self.figure("decision.write_units", one.write_units(), "units").at_most(8.0),
            self.figure("decision.requests", writes(&one), "requests").at_most(1.0),
            self.figure("decision.read_units", one.read_units(), "units"),
            self.figure("decision.read_requests", requests(&one) - writes(&one), "requests").at_most(2.0),
            self.figure("decisions_100.rows", count(others.len()), "rows"),
            self.figure("decisions_100.write_units", many.write_units(), "units").at_most(24.0),
            self.figure("decisions_100.read_units", many.read_units(), "units"),
            self.figure("decisions_100.requests", writes(&many), "requests").at_most(1.0),
        ])
    }
}

/// A page of review items by account name, as reviewers see them first.
fn by_name(limit: usize) -> ListInput {
    let key = |column: &str| SortKey { by: SortColumn::Frozen(column.to_owned()), descending: false };
    ListInput {
        filter: RowFilter::default(),
        order: vec![key("source.name"), key("source.id")],
        limit,
        start: Start::First,
        backwards: false,
        with_log: false,
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures are shown with four digits")]
fn count(value: usize) -> f64 {
    value as f64
}

#[expect(clippy::cast_precision_loss, reason = "figures are shown with four digits")]
fn count_u64(value: u64) -> f64 {
    value as f64
}

fn requests(usage: &Usage) -> f64 {
    count_u64(usage.requests())
}
