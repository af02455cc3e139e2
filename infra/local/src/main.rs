//! `access-review`: the whole product on this machine.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use app::deps::Clock;
use clap::{Parser, Subcommand};
use domain::user::Role;
use jiff::SignedDuration;
use local::back_test::BackTest;
use local::{Data, Error, Options, Stack};
use runtime::ports::SystemClock;

/// Access reviews on this machine: the HTTP API, its workers and its data, without AWS.
#[derive(Debug, Parser)]
#[command(name = "access-review", version)]
struct Arguments {
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 8080, global = true)]
    port: u16,
    /// Where data lives between starts.
    #[arg(long, default_value = "data", global = true)]
    data_dir: PathBuf,
    /// Keep everything in memory and forget it at the end.
    #[arg(long, global = true)]
    ephemeral: bool,
    /// Start empty, without the sample organisation.
    #[arg(long)]
    no_sample: bool,
    /// People in the sample organisation.
    #[arg(long, default_value_t = local::SAMPLE_PEOPLE, global = true, value_parser = clap::value_parser!(u32).range(25..=20_000))]
    people: u32,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play one whole review against a fresh stack in memory, and say what happened.
    Demo,
    /// Sign JWTs with the keys of the local issuer, for the stack that runs with this data directory.
    Token {
        /// administrator, operator, reviewer or auditor; without it a JSON object with a token for each is printed.
        #[arg(long)]
        role: Option<Role>,
        /// For whom the token speaks; without it for whom the API token of the role acts.
        #[arg(long, requires = "role")]
        email: Option<String>,
        /// How long it opens anything.
        #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u16).range(1..=1_440))]
        minutes: u16,
    },
    /// Play a review of very many grants against a fresh stack on disk, by upload, and say what each step took.
    Rehearse {
        /// How many grants are generated.
        #[arg(long, default_value_t = 1_000_000)]
        grants: u32,
        /// A file of `user permission` lines, instead of generated ones.
        #[arg(long)]
        pairs: Option<PathBuf>,
    },
    /// Hide what was decided on grants, advise on them from the rest, and say how good the advice is.
    BackTest(BackTest),
    /// Draw the recommendations of a started campaign again from what was frozen, and compare them with the stored ones.
    /// Needs the data directory to itself.
    Replay {
        /// The campaign's id.
        #[arg(long)]
        campaign: uuid::Uuid,
        /// The table of a deployed installation, as the stack's output `TableName` says, instead of the data directory.
        #[arg(long)]
        table: Option<String>,
    },
    /// Issue an API key of a deployed installation, with the AWS credentials of this terminal: the first key, which no
    /// API call can issue.
    IssueKey {
        /// The table, as the stack's output `TableName` says.
        #[arg(long)]
        table: String,
        /// administrator, operator, reviewer or auditor.
        #[arg(long, default_value = "administrator")]
        role: Role,
        /// For whom the key acts.
        #[arg(long)]
        email: String,
        /// What the key is called.
        #[arg(long, default_value = "first key")]
        name: String,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Without a bus at hand, the event of a key is left to the installation: nothing to warn of.
    start_logging(if matches!(arguments.command, Some(Command::IssueKey { .. })) { "error" } else { "warn" });
    let outcome = match &arguments.command {
        None => serve(&arguments).await,
        Some(Command::Demo) => local::demo::run(arguments.people).await,
        Some(Command::Token { role, email, minutes }) => {
            jwts(&arguments.data_dir, *role, email.as_deref(), *minutes).map(|text| say(&text))
        }
        Some(Command::Rehearse { grants, pairs }) => local::rehearsal::run(*grants, pairs.as_deref()).await,
        Some(Command::BackTest(command)) => command.run(arguments.people).map(|text| say(&text)),
        Some(Command::Replay { campaign, table }) => {
            local::replay::run(*campaign, table.clone(), &arguments.data_dir).await.map(|text| say(&text))
        }
        Some(Command::IssueKey { table, role, email, name }) => {
            local::issue_key(table, *role, email, name).await.map(|token| say(&token))
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("access-review: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn serve(arguments: &Arguments) -> Result<(), Error> {
    let data = if arguments.ephemeral { Data::Ephemeral } else { Data::Directory(arguments.data_dir.clone()) };
    let sample = (!arguments.no_sample).then_some(arguments.people);
    let stack = Stack::start(Options { data, port: arguments.port, sample, ..Options::default() }).await?;
    say(&greeting(&stack));
    asked_to_stop().await;
    say("stopping");
    stack.shutdown().await
}

/// A JWT, or one for each role as JSON.
fn jwts(directory: &Path, role: Option<Role>, email: Option<&str>, minutes: u16) -> Result<String, Error> {
    let (now, valid_for) = (SystemClock.now(), SignedDuration::from_mins(i64::from(minutes)));
    let token = |role, email| local::token(directory, role, email, now, valid_for);
    match role {
        Some(role) => token(role, email),
        None => {
            let tokens = Role::ALL.into_iter().map(|role| Ok(format!("  \"{role}\": \"{}\"", token(role, None)?)));
            let tokens: Vec<String> = tokens.collect::<Result<_, Error>>()?;
            Ok(format!("{{\n{}\n}}", tokens.join(",\n")))
        }
    }
}

/// Waits for Ctrl-C, or for the signal by which a service manager ends a process. Where neither can be waited for, the
/// process runs until it is killed.
async fn asked_to_stop() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signals) => signals.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<Option<()>>();
    tokio::select! {
        () = interrupt => {}
        _ = terminate => {}
    }
}

/// What a newcomer needs: where it listens, where the tokens are, and commands to try.
fn greeting(stack: &Stack) -> String {
    let url = stack.base_url();
    let directory = stack.directory().display();
    let tokens = stack.directory().join("tokens.json");
    let tokens = Path::new(&tokens).display();
    let events = stack.events();
    let events = events.display();
    let first = if stack.is_first_start() { "" } else { " (kept from an earlier start)" };
    format!(
        r#"listening on {url}

  documentation  {url}/docs
  tokens         {tokens}{first}
                 one for each role: administrator, operator, reviewer, auditor
  JWTs           cargo run -q -- token --role reviewer --data-dir "{directory}"
  events         {events}
                 what happens, as the bus tells it: tail -f "{events}"

Try it in another terminal:

  API={url}
  token() {{ sed -n "s/.*\"$1\": \"\(.*\)\".*/\1/p" "{tokens}"; }}
  as() {{ who=$1; shift; curl -s -H "Authorization: Bearer $(token $who)" "$@"; echo; }}

  as administrator $API/api/v1/inventory/datasources
  as administrator -X POST $API/api/v1/campaigns -d '{{"name": "First review", "start_date": "2026-01-01T00:00:00Z", "end_date": "2030-01-01T00:00:00Z"}}'

  ID=...          # the "id" of the answer
  as administrator -X POST $API/api/v1/campaigns/$ID/start
  as administrator $API/api/v1/campaigns/$ID
  as reviewer "$API/api/v1/campaigns/$ID/review-items?limit=3"
  as reviewer $API/api/v1/campaigns/$ID/approvals/counts

Or see a whole review played: cargo run -- demo
Ctrl-C stops.
"#
    )
}

/// Writes a line for the person at the terminal; one that cannot be written is nobody's problem.
fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}");
    let _ = out.flush();
}

/// Lines of this level and above for people, on standard error; `RUST_LOG` asks for more.
fn start_logging(level: &str) {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env();
    let filter = filter.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false).init();
}
