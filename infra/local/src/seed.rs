//! What a newcomer finds: the sample organisation, loaded by the real use cases, and a token for each role.

use std::collections::BTreeMap;
use std::path::Path;

use app::api_key::{self, CreateInput, WhoseKey};
use app::call::Call;
use app::deps::Deps;
use app::loading::ingestion::ingest;
use domain::ids::CommandId;
use domain::user::{Caller, Role, User};
use sample::Organisation;

use crate::{Error, files};

/// The sample organisation is the same everywhere, so that guides and screenshots stay true.
const SEED: u64 = 2026;
/// Where the tokens lie in the data directory.
const FILE: &str = "tokens.json";
/// Where the e-mail addresses of those lie for whom the tokens act.
const USERS_FILE: &str = "users.json";

/// The tokens of a directory that has been set up.
pub(crate) fn tokens(directory: &Path) -> Result<Option<BTreeMap<String, String>>, Error> {
    files::read(directory, FILE)?.map(|text| serde_json::from_str(&text).map_err(Error::of)).transpose()
}

/// The e-mail address of the user for whom the token of a role acts.
pub(crate) fn email(directory: &Path, role: Role) -> Result<String, Error> {
    let users: BTreeMap<String, String> = match files::read(directory, USERS_FILE)? {
        Some(text) => serde_json::from_str(&text).map_err(Error::of)?,
        None => BTreeMap::new(),
    };
    Ok(users.get(role.word()).cloned().unwrap_or_else(|| address(role)))
}

/// The address of the local user of a role.
fn address(role: Role) -> String {
    format!("{role}@corp.example")
}

/// Loads the sample, issues the tokens and writes them down. Doing it again after it was broken off does no harm.
pub(crate) async fn run(deps: &Deps, directory: &Path, people: Option<u32>) -> Result<BTreeMap<String, String>, Error> {
    let reviewer = match people {
        Some(people) => load_sample(deps, people).await?,
        None => address(Role::Reviewer),
    };
    let (mut tokens, mut users) = (BTreeMap::new(), BTreeMap::new());
    for role in Role::ALL {
        let email = match role {
            Role::Reviewer => reviewer.clone(),
            Role::Administrator | Role::Operator | Role::Auditor => address(role),
        };
        users.insert(role.word(), email.clone());
        let input = CreateInput { name: format!("local {role}"), role, user: WhoseKey::Email(email), expires_at: None };
        let issued = api_key::create(deps, &call(deps), input).await.map_err(Error::of)?;
        let token = issued.token.ok_or_else(|| Error::new(format!("no token for the role {role}")))?;
        tokens.insert(role.word().to_owned(), token);
    }
    // The tokens come last: they say that everything is set up.
    files::write(directory, USERS_FILE, &serde_json::to_string_pretty(&users).map_err(Error::of)?)?;
    files::write(directory, FILE, &serde_json::to_string_pretty(&tokens).map_err(Error::of)?)?;
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
