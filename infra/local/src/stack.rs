//! Start and stop of everything.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use app::deps::{Config, Deps, FirstRetries, Ids};
use app::loading::jobs::sweep;
use delivery::Reach;
use domain::reminder::Reminders;
use domain::user::Role;
use engine::Engine;
use issuer::{Algorithm, Issuer};
use jiff::SignedDuration;
use runtime::ports::{SqsQueues, SystemIds};
use runtime::receivers::OverHttp;
use store::Store;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::assigned::Assigned;
use crate::clocked::Clocked;
use crate::functions::{self, Handler};
use crate::gateway::Gateway;
use crate::mailbox::{self, Mailbox};
use crate::objects::Directory;
use crate::options::{Data, Options};
use crate::pump::Pump;
use crate::queues::Queues;
use crate::rhythm::Rhythm;
use crate::server::Server;
use crate::template::Template;
use crate::{Error, bus, oidc, seed};

/// The table's name; any would do.
const TABLE: &str = "access-review";
/// Calls of one worker at the same time, at most: this machine has other things to do.
const MOST_WORKERS: u32 = 2;
/// How long what failed waits for its second try: a person at a keyboard should not have to wait for the usual time.
const FIRST_RETRY: Duration = Duration::from_secs(2);
/// How often idleness is looked for.
const GLANCE: Duration = Duration::from_millis(20);

/// A running local stack. Dropping it leaves its tasks to their runtime; [`Self::shutdown`] ends them in order.
pub struct Stack {
    base_url: String,
    tokens: BTreeMap<String, String>,
    directory: PathBuf,
    ephemeral: bool,
    engine: Engine,
    deps: Arc<Deps>,
    issuer: Arc<Issuer>,
    queues: Queues,
    workers: Vec<String>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
    first_start: bool,
    /// Keeps other processes out of the directory for as long as this one lives.
    _lock: File,
}

impl Stack {
    /// Starts everything and waits until it answers.
    ///
    /// # Errors
    /// When the directory is in use or cannot be written, the port is taken, or the sample cannot be loaded.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let template = Template::load()?;
        let (directory, ephemeral) = match &options.data {
            Data::Directory(directory) => (directory.clone(), false),
            Data::Ephemeral => (temporary_directory(), true),
        };
        std::fs::create_dir_all(&directory)?;
        let lock = lock(&directory)?;
        let engine = if ephemeral { Engine::memory()? } else { Engine::open(&directory.join("table.db"))? };
        engine.create_table(TABLE)?;
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, options.port))).await;
        let listener = listener.map_err(|error| Error::new(format!("port {}: {error}", options.port)))?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let issuer = Arc::new(oidc::open(&directory, &base_url)?);
        let queues = Queues::create(&template.queues).await?;
        let (deps, objects) = deps(&options, &engine, &queues, &template, &base_url, &directory)?;
        let assigned = Assigned::new(&template, &deps, &engine, &queues)?;
        let (tokens, first_start) = match seed::tokens(&directory)? {
            Some(tokens) => (tokens, false),
            None => (seed::run(&deps, &directory, options.sample).await?, true),
        };
        let (stop, stopped) = watch::channel(false);
        let mut stack = Self {
            base_url,
            tokens,
            directory,
            ephemeral,
            engine,
            deps,
            issuer,
            queues,
            workers: template.pumps.iter().map(|pump| pump.queue.clone()).collect(),
            stop,
            tasks: JoinSet::new(),
            first_start,
            _lock: lock,
        };
        stack.serve(&template, &assigned, listener, objects, &stopped)?;
        stack.pump(&template, &assigned, &stopped)?;
        stack.tick(&template, &assigned, options.tick, &stopped)?;
        // The messages of an earlier process died with it; its unfinished jobs are handed over again.
        sweep::resume(&stack.deps).await.map_err(Error::of)?;
        Ok(stack)
    }

    /// Where the API is, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// A token for each role: `administrator`, `operator`, `reviewer`, `auditor`.
    pub fn tokens(&self) -> &BTreeMap<String, String> {
        &self.tokens
    }

    /// This machine's issuer, which the authorizer trusts.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// A JWT of [`Self::issuer`] that gives a role to the user with an e-mail address; without one, to the user for
    /// whom the API token of the role acts.
    ///
    /// # Errors
    /// When the address cannot be looked up.
    pub fn jwt(
        &self,
        algorithm: Algorithm,
        role: Role,
        email: Option<&str>,
        valid_for: SignedDuration,
    ) -> Result<String, Error> {
        let email = email.map_or_else(|| seed::email(&self.directory, role), |email| Ok(email.to_owned()))?;
        oidc::sign(&self.issuer, algorithm, (role, &email), self.deps.clock.now(), valid_for)
    }

    /// Where `tokens.json` and, unless ephemeral, the data lie.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Where every event is appended that is told on the bus: a JSON object a line, as a rule's target receives it.
    pub fn events(&self) -> PathBuf {
        self.directory.join(bus::FILE)
    }

    /// Where mails are put in place of people's mailboxes: a Maildir, a readable file for each.
    pub fn mails(&self) -> PathBuf {
        self.directory.join(mailbox::FOLDER)
    }

    /// Whether the stack was empty, so that tokens were made and the sample was loaded.
    pub fn is_first_start(&self) -> bool {
        self.first_start
    }

    /// The embedded engine: its meter, its faults, its dump.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The name of the table in the engine.
    pub fn table(&self) -> &str {
        TABLE
    }

    /// What the functions share out among them, to call use cases without HTTP.
    pub fn deps(&self) -> &Arc<Deps> {
        &self.deps
    }

    /// Waits until no message waits or is being worked on.
    ///
    /// # Errors
    /// When the queues do not answer.
    pub async fn idle(&self) -> Result<(), Error> {
        while self.queues.unfinished(&self.workers).await? > 0 {
            tokio::time::sleep(GLANCE).await;
        }
        Ok(())
    }

    /// Stops taking requests, lets what is under way finish, and stops the rest.
    ///
    /// # Errors
    /// When the temporary directory cannot be removed.
    pub async fn shutdown(mut self) -> Result<(), Error> {
        self.stop.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
        self.queues.shutdown().await;
        if self.ephemeral {
            std::fs::remove_dir_all(&self.directory)?;
        }
        Ok(())
    }

    fn serve(
        &mut self,
        template: &Template,
        assigned: &Assigned,
        listener: TcpListener,
        objects: Directory,
        stop: &watch::Receiver<bool>,
    ) -> Result<(), Error> {
        let server = Server {
            gateway: Gateway::new(template, assigned, Arc::clone(&self.deps), oidc::trust(&self.issuer)?)?,
            objects,
            issuer: Arc::clone(&self.issuer),
            queues: self.queues.client.clone(),
            uploads_queue: self.queues.address(&template.uploads_queue)?.to_owned(),
        };
        self.tasks.spawn(Arc::new(server).run(listener, stop.clone()));
        Ok(())
    }

    fn pump(&mut self, template: &Template, assigned: &Assigned, stop: &watch::Receiver<bool>) -> Result<(), Error> {
        for source in &template.pumps {
            let function = template.functions.get(&source.function);
            let code = function.and_then(|function| Some((function, functions::handler(&function.binary)?)));
            let Some((function, Handler::Queue(handler))) = code else {
                return Err(Error::new(format!("`{}` is not called by queues", source.function)));
            };
            let pump = Pump {
                queues: self.queues.clone(),
                queue: source.queue.clone(),
                batch_size: source.batch_size,
                timeout: function.timeout,
                deps: assigned.of(&source.function)?,
                handler,
            };
            for _ in 0..source.concurrency.clamp(1, MOST_WORKERS) {
                self.tasks.spawn(pump.clone().run(stop.clone()));
            }
        }
        Ok(())
    }

    fn tick(
        &mut self,
        template: &Template,
        assigned: &Assigned,
        every: Option<Duration>,
        stop: &watch::Receiver<bool>,
    ) -> Result<(), Error> {
        for schedule in &template.schedules {
            let function = template.functions.get(&schedule.function);
            let code = function.and_then(|function| Some((function, functions::handler(&function.binary)?)));
            let Some((function, Handler::Schedule(handler))) = code else {
                return Err(Error::new(format!("`{}` is not called by timers", schedule.function)));
            };
            let clocked = Clocked {
                rhythm: every.map_or_else(|| schedule.rhythm.clone(), Rhythm::Every),
                timeout: function.timeout,
                deps: assigned.of(&schedule.function)?,
                engine: self.engine.clone(),
                handler,
            };
            self.tasks.spawn(clocked.run(stop.clone()));
        }
        Ok(())
    }
}

pub(crate) fn deps(
    options: &Options,
    engine: &Engine,
    queues: &Queues,
    template: &Template,
    base_url: &str,
    directory: &Path,
) -> Result<(Arc<Deps>, Directory), Error> {
    let mut secret = [0; 32];
    SystemIds.secret(&mut secret);
    let clock = Arc::clone(&options.clock);
    let objects = Directory::open(&directory.join("objects"), base_url.to_owned(), secret, Arc::clone(&clock))?;
    let address = |binary: &str| {
        let pump = template
            .pumps
            .iter()
            .find(|pump| template.functions.get(&pump.function).is_some_and(|function| function.binary == binary));
        let pump = pump.ok_or_else(|| Error::new(format!("no queue calls `{binary}`")))?;
        queues.address(&pump.queue).map(str::to_owned)
    };
    let workers = [
        ("materialise", "materialize"),
        ("ingest", "ingest"),
        ("evaluate", "evaluate"),
        ("automate", "automate"),
        ("export", "render"),
        ("remind", "notify"),
        ("mail", "notify"),
    ];
    let addresses: Result<Vec<_>, Error> =
        workers.into_iter().map(|(kind, binary)| Ok((kind, address(binary)?))).collect();
    let queue = SqsQueues::new(queues.client.clone(), addresses?);
    let deps = Deps {
        store: Store::new(engine.client(), TABLE.to_owned()),
        clock,
        ids: Arc::new(SystemIds),
        queue: Arc::new(queue),
        events: Arc::new(bus::open(directory, &template.rules, queues)?),
        objects: Arc::new(objects.port()),
        receivers: Arc::new(OverHttp::new(Reach::Anywhere)),
        mailer: Arc::new(Mailbox::open(&directory.join(mailbox::FOLDER))?),
        settings: Config {
            webhook_reach: Reach::Anywhere,
            mail: Some(Reminders::default()),
            first_retries: FirstRetries { work: FIRST_RETRY, outside: FIRST_RETRY },
            ..Config::default()
        },
    };
    Ok((Arc::new(deps), objects))
}

fn temporary_directory() -> PathBuf {
    std::env::temp_dir().join(format!("access-review-{}", SystemIds.uuid().simple()))
}

fn lock(directory: &Path) -> Result<File, Error> {
    let file = File::create(directory.join("lock"))?;
    file.try_lock().map_err(|_| Error::new(format!("another process uses `{}`", directory.display())))?;
    Ok(file)
}
