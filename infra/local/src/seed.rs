//! What a newcomer finds: the sample organisation, loaded by the real use cases, and a token for each role.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use app::api_key::{self, CreateInput, WhoseKey};
use app::call::Call;
use app::deps::Deps;
use app::loading::ingest;
use domain::ids::CommandId;
use domain::user::{Caller, Role, User};
use sample::Organisation;

use crate::Error;

/// The sample organisation is the same everywhere, so that guides and screenshots stay true.
const SEED: u64 = 2026;
/// Where the tokens lie in the data directory.
const FILE: &str = "tokens.json";

/// The tokens of a directory that has been set up.
pub(crate) fn tokens(directory: &Path) -> Result<Option<BTreeMap<String, String>>, Error> {
    match std::fs::read_to_string(directory.join(FILE)) {
        Ok(text) => serde_json::from_str(&text).map(Some).map_err(Error::of),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Loads the sample, issues the tokens and writes them down. Doing it again after it was broken off does no harm.
pub(crate) async fn run(deps: &Deps, directory: &Path, people: Option<u32>) -> Result<BTreeMap<String, String>, Error> {
    let reviewer = match people {
        Some(people) => load_sample(deps, people).await?,
        None => "reviewer@corp.example".to_owned(),
    };
    let mut tokens = BTreeMap::new();
    for role in Role::ALL {
        let email = match role {
            Role::Reviewer => reviewer.clone(),
            Role::Administrator | Role::Operator | Role::Auditor => format!("{role}@corp.example"),
        };
        let input = CreateInput { name: format!("local {role}"), role, user: WhoseKey::Email(email), expires_at: None };
        let issued = api_key::create(deps, &call(deps), input).await.map_err(Error::of)?;
        let token = issued.token.ok_or_else(|| Error::new(format!("no token for the role {role}")))?;
        tokens.insert(role.word().to_owned(), token);
    }
    write(directory, &tokens)?;
    Ok(tokens)
}

/// Issues an API key of a deployed installation and answers its token.
///
/// # Errors
/// When the table does not answer, or the e-mail address or the name is refused.
pub async fn issue_key(table: &str, role: Role, email: &str, name: &str) -> Result<String, Error> {
    let deps = runtime::bootstrap::connect(table.to_owned()).await.map_err(Error::of)?;
    issue(&deps, role, email, name).await
}

async fn issue(deps: &Deps, role: Role, email: &str, name: &str) -> Result<String, Error> {
    let user = WhoseKey::Email(email.to_owned());
    let input = CreateInput { name: name.to_owned(), role, user, expires_at: None };
    let issued = api_key::create(deps, &call(deps), input).await.map_err(Error::of)?;
    issued.token.ok_or_else(|| Error::new(format!("no token for the role {role}")))
}

/// Loads every data source; answers the address of a manager who will be asked to review.
async fn load_sample(deps: &Deps, people: u32) -> Result<String, Error> {
    let organisation = Organisation::generate(SEED, people, deps.clock.now()).map_err(Error::of)?;
    for (id, picture) in organisation.sources {
        ingest::put_picture(deps, &call(deps), id, picture).await.map_err(Error::of)?;
    }
    Ok(organisation.reviewer.email)
}

/// A call by the system itself, which may do everything.
fn call(deps: &Deps) -> Call {
    Call {
        caller: Caller { user: User::system(), role: Role::Administrator, key_id: None },
        command: CommandId::new(deps.ids.uuid()),
        repeatable: false,
        if_match: None,
        now: deps.clock.now(),
        request_id: deps.ids.uuid().to_string(),
    }
}

/// Writes the tokens where only their owner reads them: whole, or not at all.
fn write(directory: &Path, tokens: &BTreeMap<String, String>) -> Result<(), Error> {
    let part = directory.join(format!("{FILE}.part"));
    let text = serde_json::to_string_pretty(tokens).map_err(Error::of)?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&part)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(std::fs::rename(part, directory.join(FILE))?)
}
