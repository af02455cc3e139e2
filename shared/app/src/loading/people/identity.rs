//! People of the current inventory, for those who have no profile of their own yet.

use domain::inventory::{Family, folded_address};
use domain::settings::{Book, IdentityProvider, Origin, Settings};
use domain::user::{User, UserKey};
use store::inventory::PersonName;

use super::directory::{Directory, addresses};
use crate::deps::Deps;
use crate::error::Error;
use crate::loading::sources::current;

/// The identities that keys name, as users; those that are not there are left out.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn find_many(deps: &Deps, keys: &[UserKey]) -> Result<Vec<User>, Error> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let provider = provider(deps).await?;
    // Where a provider is enabled, ids are values of an attribute that it chooses.
    let graph = if provider.enabled {
        current::nodes(deps, &[Family::Identity]).await?
    } else {
        let names: Vec<PersonName<'_>> = keys.iter().map(|key| PersonName::Id(key.id())).collect();
        current::people(deps, &names).await?
    };
    let directory = Directory::new(&graph, provider);
    let found = keys.iter().filter_map(|key| directory.find(&graph, key));
    Ok(found.map(|identity| directory.user(&graph, identity)).collect())
}

/// Shows all identities, as users; one that several data sources know comes once for each.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn each(deps: &Deps, mut show: impl FnMut(User)) -> Result<(), Error> {
    let (graph, provider) = futures::try_join!(current::nodes(deps, &[Family::Identity]), provider(deps))?;
    let directory = Directory::new(&graph, provider);
    let held = graph.family(Family::Identity).filter(|identity| directory.holds(&graph, *identity));
    held.for_each(|identity| show(directory.user(&graph, identity)));
    Ok(())
}

/// The identities of an e-mail address, as users; letter case aside.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn by_email(deps: &Deps, email: &str) -> Result<Vec<User>, Error> {
    let wanted = folded_address(email);
    let names = [PersonName::Address(&wanted)];
    let (graph, provider) = futures::try_join!(current::people(deps, &names), provider(deps))?;
    let directory = Directory::new(&graph, provider);
    let has = |identity: &u32| addresses(&graph, *identity).any(|address| address == wanted);
    let found = graph.family(Family::Identity).filter(has).filter(|identity| directory.holds(&graph, *identity));
    Ok(found.map(|identity| directory.user(&graph, identity)).collect())
}

/// Whose identities the users are.
async fn provider(deps: &Deps) -> Result<IdentityProvider, Error> {
    let all = deps.store.settings().ruling(None).await?;
    Ok(Settings::new(Book::default(), all, Origin::Certification).identity_provider())
}
